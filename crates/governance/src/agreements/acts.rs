//! What this organisation does about an agreement: propose, sign, suspend, resume, end, withdraw.
//!
//! Each act is one signed statement, checked against the directory as anybody's would be, kept, and
//! handed back with whom to send it to; sending is the gateway's.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use packhorse_keys::Signer;
use packhorse_model::agreement::{Act, Agreement, AgreementBundle, AgreementStatement, AgreementText, check};
use packhorse_model::organisation::Members;
use packhorse_model::{AgreementDigest, OrganisationId};

use super::snapshot::Held;
use super::{Agreements, not_held};
use crate::agreement::sign::{sign, verify};
use crate::assurance::Clearance;
use crate::{GovernanceError, Result};

/// With what this organisation acts.
#[derive(Clone, Copy)]
pub struct Hand<'a> {
    /// Its signing key.
    pub signer: &'a dyn Signer,
    /// The directory.
    pub members: &'a dyn Members,
    /// The moment.
    pub now: Timestamp,
}

/// An act that was kept and is to be sent.
#[derive(Debug)]
pub struct Sent {
    /// The version as it stands now.
    pub held: Arc<Held>,
    /// What to send.
    pub bundle: AgreementBundle,
    /// To whom.
    pub to: Vec<OrganisationId>,
}

impl Agreements {
    /// Freezes an agreement and sends it round. Proposing is not signing.
    ///
    /// # Errors
    /// [`GovernanceError::Incomplete`], [`GovernanceError::NotParty`], or an act that its versions do
    /// not allow; else as the store or the key fails.
    pub async fn propose(&self, agreement: &Agreement, hand: Hand<'_>) -> Result<Sent> {
        let findings = check(agreement);
        if !findings.is_empty() {
            return Err(GovernanceError::Incomplete(findings));
        }
        let text = agreement.to_text()?;
        self.check_party(&text)?;
        self.check_lineage(&text, &self.own)?;
        // Compiled before it is kept: what cannot be enforced must not go round.
        self.compiler.compile(text.clone())?;
        self.state(&text, Act::Proposed, hand).await
    }

    /// Signs a text for this organisation, which must have leave to: every gate is open.
    ///
    /// # Errors
    /// [`GovernanceError::Act`] when it is not held, no longer open, or when another text of the same
    /// version was signed; else as the store or the key fails.
    pub async fn sign(
        &self,
        digest: &AgreementDigest,
        name: &str,
        position: &str,
        authority: &str,
        _leave: Clearance,
        hand: Hand<'_>,
    ) -> Result<Sent> {
        let held = self.find(digest).ok_or_else(not_held)?;
        if held.standing().ended_by().is_some() {
            return Err(GovernanceError::act("the agreement has ended", "propose a new version"));
        }
        self.check_single_signature(&held)?;
        let (name, position, authority) = (name.to_owned(), position.to_owned(), authority.to_owned());
        self.state(held.text(), Act::Signed { name, position, authority }, hand).await
    }

    /// Stops all sharing under a text at once.
    ///
    /// # Errors
    /// [`GovernanceError::Act`] when it is not held or has ended; else as the store or the key fails.
    pub async fn suspend(&self, digest: &AgreementDigest, reason: &str, hand: Hand<'_>) -> Result<Sent> {
        self.unless_ended(digest, Act::Suspended { reason: reason.to_owned() }, hand).await
    }

    /// Takes this organisation's own suspension back, which needs leave as signing does.
    ///
    /// # Errors
    /// [`GovernanceError::Act`] when this organisation has not suspended it; else as the store or the
    /// key fails.
    pub async fn resume(&self, digest: &AgreementDigest, _leave: Clearance, hand: Hand<'_>) -> Result<Sent> {
        let held = self.find(digest).ok_or_else(not_held)?;
        if !held.standing().suspended_by().any(|(by, _)| *by == self.own) {
            let remedy = "only the party that suspended it can resume it: ask that party";
            return Err(GovernanceError::act("this organisation has not suspended the agreement", remedy));
        }
        self.unless_ended(digest, Act::Resumed, hand).await
    }

    /// Ends a text for good.
    ///
    /// # Errors
    /// [`GovernanceError::Act`] when it is not held or has ended; else as the store or the key fails.
    pub async fn end(&self, digest: &AgreementDigest, reason: &str, hand: Hand<'_>) -> Result<Sent> {
        self.unless_ended(digest, Act::Ended { reason: reason.to_owned() }, hand).await
    }

    /// Says that this organisation will not sign, or takes its signature back, before the text is in
    /// force.
    ///
    /// # Errors
    /// [`GovernanceError::Act`] when everybody has signed already; else as the store or the key fails.
    pub async fn withdraw(&self, digest: &AgreementDigest, hand: Hand<'_>) -> Result<Sent> {
        let held = self.find(digest).ok_or_else(not_held)?;
        if held.standing().unsigned().is_empty() {
            return Err(GovernanceError::act("every party has signed the agreement", "end it instead"));
        }
        self.unless_ended(digest, Act::Withdrawn, hand).await
    }

    async fn unless_ended(&self, digest: &AgreementDigest, act: Act, hand: Hand<'_>) -> Result<Sent> {
        let held = self.find(digest).ok_or_else(not_held)?;
        if held.standing().ended_by().is_some() {
            return Err(GovernanceError::act("the agreement has ended", "propose a new version"));
        }
        self.state(held.text(), act, hand).await
    }

    /// Makes, checks and keeps one statement of ours.
    async fn state(&self, text: &AgreementText, act: Act, hand: Hand<'_>) -> Result<Sent> {
        let (agreement, digest) = (text.agreement(), text.digest());
        let statement = AgreementStatement {
            agreement: agreement.id.clone(),
            version: agreement.version,
            digest,
            organisation: self.own.clone(),
            act,
            at: self.after_own_words(&digest, hand.now),
        };
        let verified = verify(text, sign(hand.signer, &statement)?, hand.members, hand.now)?;
        self.keep_text(text).await?;
        self.keep_statement(&verified).await?;
        self.refresh().await?;
        let held = self.find(&digest).ok_or_else(not_held)?;
        Ok(Sent { bundle: held.bundle(), to: held.others(&self.own), held })
    }

    /// Now, or just after our own latest statement: a clock set back must not make "resumed" earlier
    /// than the suspension it lifts.
    fn after_own_words(&self, digest: &AgreementDigest, now: Timestamp) -> Timestamp {
        let held = self.find(digest);
        let own = held.iter().flat_map(|held| held.statements()).map(|verified| verified.statement());
        let latest = own.filter(|statement| statement.organisation == self.own).map(|statement| statement.at).max();
        let next = latest.and_then(|at| at.checked_add(SignedDuration::from_millis(1)).ok());
        next.map_or(now, |next| next.max(now))
    }

    /// One signature per version: two texts of one version can then never both be in force.
    fn check_single_signature(&self, held: &Held) -> Result<()> {
        let version = held.agreement().version;
        let same = |other: &Arc<Held>| other.agreement().version == version && other.digest() != held.digest();
        let signed = |other: &Arc<Held>| other.standing().signed().contains_key(&self.own);
        let open = |other: &Arc<Held>| other.standing().ended_by().is_none();
        if self.versions(&held.agreement().id).iter().any(|other| same(other) && signed(other) && open(other)) {
            let problem = "this organisation has signed another text of the same version";
            return Err(GovernanceError::act(problem, "withdraw that signature first, or propose a new version"));
        }
        Ok(())
    }

    pub(super) fn check_party(&self, text: &AgreementText) -> Result<()> {
        match text.agreement().party(&self.own) {
            Some(_) => Ok(()),
            None => Err(GovernanceError::NotParty(self.own.clone())),
        }
    }

    /// A later version may be proposed by any party of an earlier one, and by nobody else; a version
    /// that everybody has signed cannot be proposed again in other words.
    pub(super) fn check_lineage(&self, text: &AgreementText, proposer: &OrganisationId) -> Result<()> {
        let (agreement, digest) = (text.agreement(), text.digest());
        let known = self.versions(&agreement.id);
        let same = |other: &&Arc<Held>| other.agreement().version == agreement.version && other.digest() != digest;
        if known.iter().filter(same).any(|other| other.standing().unsigned().is_empty()) {
            let problem = format!("version {} of {} is signed by everybody", agreement.version, agreement.id);
            return Err(GovernanceError::act(problem, "a change is a new version: raise the number"));
        }
        // Only what everybody signed counts as earlier: a stranger's proposal cannot occupy a name.
        let signed = |other: &&Arc<Held>| other.standing().unsigned().is_empty();
        let mut earlier =
            known.iter().filter(|other| other.agreement().version < agreement.version).filter(signed).peekable();
        if earlier.peek().is_some() && !earlier.any(|other| other.agreement().party(proposer).is_some()) {
            let problem = format!("{proposer} is no party to an earlier version of {}", agreement.id);
            return Err(GovernanceError::act(problem, "let a party to the agreement propose the new version"));
        }
        Ok(())
    }
}
