//! Requests to join: checked when they come, and kept with what became of them.
//!
//! Deciding is the operator's, in `decide`. The code-of-connection answers stay in the registry; only their digest is
//! published.

use jiff::Timestamp;
use packhorse_keys::{Fingerprint, random, sha256};
use packhorse_model::OrganisationId;
use packhorse_model::organisation::{MemberDetails, Purpose};
use packhorse_store::Document;
use serde::{Deserialize, Serialize};

use super::Registry;
use crate::assurance::MAX_ANSWERS;
use crate::entry::{Act, SignedStatement, Statement};
use crate::error::{DirectoryError, Result};
use crate::join::answers_digest;
use crate::rules::key_id;

const KIND: &str = "join-request";
const FORMAT: i64 = 1;
/// Most requests waiting for the operator.
const MAX_PENDING: usize = 200;
/// Most requests waiting of one organisation: a stranger in its name must not keep it out.
const MAX_PENDING_EACH: usize = 3;

/// A request to join, as sent.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JoinRequest {
    /// The admission to be registered, signed by every key that can sign.
    pub signed: SignedStatement,
    /// The code-of-connection answers, a document for the operator.
    pub answers: String,
}

/// The answer to a request: ask for its status by this.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JoinTicket {
    /// The request's name, unguessable.
    pub id: String,
}

/// What became of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "status")]
pub enum JoinStatus {
    /// The operator has not decided.
    Pending,
    /// Admitted, by this entry of the directory.
    Approved {
        /// The entry's index.
        index: u64,
    },
    /// Turned down.
    Refused {
        /// Why, for the applicant.
        reason: String,
    },
}

/// A request as the operator sees it.
#[derive(Debug, Clone)]
pub struct PendingRequest {
    /// The request's name.
    pub id: String,
    /// Who wants to join.
    pub organisation: OrganisationId,
    /// What it says about itself.
    pub details: MemberDetails,
    /// The fingerprints of its keys, to be compared with what its people read out.
    pub fingerprints: Vec<(Purpose, Fingerprint)>,
    /// The code-of-connection answers.
    pub answers: String,
    /// When it came.
    pub received: Timestamp,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Kept {
    pub(super) request: JoinRequest,
    received: Timestamp,
    pub(super) status: JoinStatus,
}

impl Registry {
    /// Takes a request to join, once possession of every key is proved.
    ///
    /// # Errors
    /// [`DirectoryError::NotAllowed`] with the rule it breaks, [`DirectoryError::Busy`] when too many wait.
    pub async fn request(&self, request: JoinRequest, now: Timestamp) -> Result<JoinTicket> {
        self.limits.requests.admit(now)?;
        if request.answers.len() > MAX_ANSWERS {
            return Err(DirectoryError::TooLarge { what: "code-of-connection document", limit: MAX_ANSWERS as u64 });
        }
        let statement = request.signed.statement()?;
        let Act::Admit { details, keys, nonce } = &statement.act else {
            return Err(refused("a request to join is a signed admission", "make it with gateway join"));
        };
        if details.code_of_connection != answers_digest(&request.answers) {
            return Err(refused(
                "the answers are not those whose digest is signed",
                "sign the digest of these answers",
            ));
        }
        let directory = self.directory().await?;
        let why = directory.check_statement(&request.signed, &statement, now.max(directory.latest())).err();
        if let Some(why) = why {
            return Err(refused(why, "correct the request and send it again"));
        }
        self.check_room(&statement.organisation).await?;
        let seal = keys.iter().find(|key| key.purpose == Purpose::Seal).map_or("", |key| &key.key);
        self.challenges.redeem(Some(nonce), &statement.organisation, seal, now)?;
        let id: String = random::<16>()?.iter().map(|byte| format!("{byte:02x}")).collect();
        let kept = Kept { request, received: now, status: JoinStatus::Pending };
        self.store.documents().insert_new(KIND, &id, FORMAT, &kept.to_bytes()?).await?;
        Ok(JoinTicket { id })
    }

    /// The requests that wait for the operator.
    ///
    /// # Errors
    /// As the store fails.
    pub async fn requests(&self) -> Result<Vec<PendingRequest>> {
        let mut pending = Vec::new();
        for document in self.all_kept().await? {
            let kept = Kept::read(&document)?;
            if kept.status == JoinStatus::Pending {
                pending.push(kept.shown(document.key)?);
            }
        }
        Ok(pending)
    }

    pub(super) async fn kept(&self, id: &str) -> Result<(i64, Kept)> {
        let unknown = DirectoryError::Unknown("request to join");
        let plain = id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
        let document = if plain { self.store.documents().get(KIND, id).await? } else { None };
        let document = document.ok_or(unknown)?;
        Ok((document.revision, Kept::read(&document)?))
    }

    pub(super) async fn keep(&self, id: &str, kept: &Kept, revision: i64) -> Result<()> {
        self.store.documents().put(KIND, id, FORMAT, &kept.to_bytes()?, Some(revision)).await?;
        Ok(())
    }

    async fn all_kept(&self) -> Result<Vec<Document>> {
        let mut all: Vec<Document> = Vec::new();
        loop {
            let after = all.last().map_or(String::new(), |document| document.key.clone());
            let page = self.store.documents().list(KIND, &after, 100).await?;
            if page.is_empty() {
                return Ok(all);
            }
            all.extend(page);
        }
    }

    async fn check_room(&self, organisation: &OrganisationId) -> Result<()> {
        let pending = self.requests().await?;
        let of_this = pending.iter().filter(|request| request.organisation == *organisation).count();
        if pending.len() >= MAX_PENDING || of_this >= MAX_PENDING_EACH {
            return Err(DirectoryError::Busy("requests to join wait for the operator"));
        }
        Ok(())
    }
}

impl Kept {
    fn read(document: &Document) -> Result<Self> {
        serde_json::from_slice(&document.body).map_err(|_| unreadable())
    }

    fn to_bytes(&self) -> Result<Vec<u8>> {
        serde_json::to_vec(self).map_err(|_| unreadable())
    }

    pub(super) fn check_pending(&self) -> Result<()> {
        match self.status {
            JoinStatus::Pending => Ok(()),
            _ => Err(refused("the request is decided already", "look at its status")),
        }
    }

    pub(super) fn shown(&self, id: String) -> Result<PendingRequest> {
        let Statement { organisation, act, .. } = self.request.signed.statement()?;
        let Act::Admit { details, keys, .. } = act else { return Err(unreadable()) };
        let fingerprint = |purpose, key: &str| key_id(purpose, key).map(|id| (purpose, id)).map_err(|_| unreadable());
        let fingerprints = keys.iter().map(|key| fingerprint(key.purpose, &key.key)).collect::<Result<_>>()?;
        let (answers, received) = (self.request.answers.clone(), self.received);
        Ok(PendingRequest { id, organisation, details, fingerprints, answers, received })
    }
}

pub(super) fn refused(why: &'static str, remedy: &'static str) -> DirectoryError {
    DirectoryError::NotAllowed { why, remedy }
}

fn unreadable() -> DirectoryError {
    DirectoryError::Malformed { what: "kept request to join", why: "it is not the JSON that was written" }
}

/// One fingerprint over those of all keys, for people to compare in one look. Sorted by purpose, so that both sides
/// make the same.
#[must_use]
pub fn all_keys(fingerprints: &[(Purpose, Fingerprint)]) -> Fingerprint {
    let mut lines: Vec<String> = fingerprints.iter().map(|(purpose, key)| format!("{purpose} {key}\n")).collect();
    lines.sort_unstable();
    Fingerprint(sha256(lines.concat().as_bytes()))
}
