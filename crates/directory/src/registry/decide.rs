//! The operator's decision on a request to join, carried out whole even when a crash comes between its steps.
//!
//! An approval is two entries of the ledger and a note on the request. It is written down before the first of them,
//! and struck out after the last: whatever is still written down was cut short, and is finished by whoever opens the
//! registry next. All of it happens in this process's turn, so nobody finishes what another is still doing.

use jiff::Timestamp;
use packhorse_keys::Fingerprint;
use packhorse_model::organisation::Assurance;
use serde::{Deserialize, Serialize};

use super::requests::{Kept, refused};
use super::{Folded, JoinStatus, PAGE, Registry};
use crate::entry::{Act, Entry, SignedStatement, Statement};
use crate::error::{DirectoryError, Result};

/// Kind of the documents that hold approvals under way, by the request's name.
const UNDER_WAY: &str = "join-approval";
const FORMAT: i64 = 1;

/// An approval under way.
#[derive(Serialize, Deserialize)]
struct Approval {
    /// What the operator has seen.
    assurance: Assurance,
    /// The ledger's size when it was decided: the admission stands here or after, if anywhere.
    from: u64,
}

impl Registry {
    /// Admits an applicant. `seen` are the fingerprints that the operator compared, all of them; `assurance` is what
    /// the operator has seen. Returns the index of the admission.
    ///
    /// # Errors
    /// [`DirectoryError::NotAllowed`] when the fingerprints are others or the request was decided,
    /// [`DirectoryError::Unknown`] when there is none.
    pub async fn approve(&self, id: &str, seen: &[Fingerprint], assurance: Assurance, now: Timestamp) -> Result<u64> {
        let mut folded = self.folded.lock().await;
        let _turn = self.take_turn().await?;
        let (_, kept) = self.kept(id).await?;
        kept.check_pending()?;
        let shown = kept.shown(id.to_owned())?;
        let same = seen.len() == shown.fingerprints.len();
        if !same || !shown.fingerprints.iter().all(|(_, fingerprint)| seen.contains(fingerprint)) {
            return Err(refused(
                "the fingerprints are not those of the request",
                "compare them with the applicant anew",
            ));
        }
        folded.catch_up(&self.store, u64::MAX).await?;
        let approval = Approval { assurance, from: folded.directory.size() };
        let body = serde_json::to_vec(&approval).map_err(|_| unreadable())?;
        self.store.documents().put(UNDER_WAY, id, FORMAT, &body, None).await?;
        self.finish(&mut folded, id, approval, now).await
    }

    /// Turns an applicant down.
    ///
    /// # Errors
    /// [`DirectoryError::NotAllowed`] when the request was decided, [`DirectoryError::Unknown`] when there is none.
    pub async fn turn_down(&self, id: &str, reason: &str) -> Result<()> {
        crate::rules::check_reason(reason).map_err(|why| refused(why, "shorten it"))?;
        self.settle(id, Timestamp::now()).await?;
        let _folded = self.folded.lock().await;
        let _turn = self.take_turn().await?;
        let (revision, mut kept) = self.kept(id).await?;
        kept.check_pending()?;
        kept.status = JoinStatus::Refused { reason: reason.to_owned() };
        self.keep(id, &kept, revision).await
    }

    /// What became of a request.
    ///
    /// # Errors
    /// [`DirectoryError::Unknown`] when there is none of this name.
    pub async fn join_status(&self, id: &str) -> Result<JoinStatus> {
        let status = self.kept(id).await?.1.status;
        if status == JoinStatus::Pending && self.settle(id, Timestamp::now()).await? {
            return Ok(self.kept(id).await?.1.status);
        }
        Ok(status)
    }

    /// Finishes every approval that a crash cut short.
    pub(super) async fn settle_all(&self, now: Timestamp) -> Result<()> {
        let under_way = self.store.documents().list(UNDER_WAY, "", u32::MAX).await?;
        for document in under_way {
            self.settle(&document.key, now).await?;
        }
        Ok(())
    }

    /// Finishes the approval of a request, if one was cut short; whether there was one.
    async fn settle(&self, id: &str, now: Timestamp) -> Result<bool> {
        if self.store.documents().get(UNDER_WAY, id).await?.is_none() {
            return Ok(false);
        }
        let mut folded = self.folded.lock().await;
        let _turn = self.take_turn().await?;
        // Whoever had the turn before may have finished it.
        let Some(document) = self.store.documents().get(UNDER_WAY, id).await? else { return Ok(true) };
        let approval = serde_json::from_slice(&document.body).map_err(|_| unreadable())?;
        match self.finish(&mut folded, id, approval, now).await {
            // The ledger moved on against it; the request waits again, and the operator sees why when deciding anew.
            Err(error @ DirectoryError::NotAllowed { .. }) => {
                tracing::warn!(%error, "an approval that was cut short cannot be finished");
                Ok(true)
            }
            other => other.map(|_| true),
        }
    }

    /// Does what of an approval is not done yet, each step once, and returns the index of the admission.
    async fn finish(&self, folded: &mut Folded, id: &str, approval: Approval, now: Timestamp) -> Result<u64> {
        let (revision, mut kept) = self.kept(id).await?;
        let index = match self.registered(&kept.request.signed, approval.from).await? {
            Some(index) => index,
            None => match self.append_in_turn(folded, &kept.request.signed, now).await {
                Err(refusal @ DirectoryError::NotAllowed { .. }) => {
                    self.store.documents().delete(UNDER_WAY, id, None).await?;
                    return Err(refusal);
                }
                other => other?,
            },
        };
        folded.catch_up(&self.store, u64::MAX).await?;
        self.assure_admitted(folded, &kept, approval.assurance, now).await?;
        kept.status = JoinStatus::Approved { index };
        self.keep(id, &kept, revision).await?;
        self.store.documents().delete(UNDER_WAY, id, None).await?;
        Ok(index)
    }

    /// States the assurance of an organisation of which nothing was stated since its admission.
    async fn assure_admitted(
        &self,
        folded: &mut Folded,
        kept: &Kept,
        assurance: Assurance,
        now: Timestamp,
    ) -> Result<()> {
        let Statement { organisation, version: admitted, .. } = kept.request.signed.statement()?;
        let version = folded.directory.version(&organisation);
        if version != admitted + 1 {
            return Ok(());
        }
        let statement = Statement { organisation, version, act: Act::Assure { assurance } };
        self.append_in_turn(folded, &SignedStatement::sign(&statement, &[])?, now).await.map(drop)
    }

    /// The index at which a statement stands in the ledger, looked for from an index onward.
    async fn registered(&self, signed: &SignedStatement, mut from: u64) -> Result<Option<u64>> {
        let wanted = signed.to_bytes()?;
        loop {
            let entries = self.store.ledger().entries(from, from.saturating_add(PAGE)).await?;
            if entries.is_empty() {
                return Ok(None);
            }
            for bytes in &entries {
                let entry = Entry::parse(bytes)?;
                if entry.signed.to_bytes()? == wanted {
                    return Ok(Some(entry.index));
                }
            }
            from += entries.len() as u64;
        }
    }
}

fn unreadable() -> DirectoryError {
    DirectoryError::Malformed { what: "kept approval", why: "it is not the JSON that was written" }
}
