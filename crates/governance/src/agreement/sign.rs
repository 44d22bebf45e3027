//! Statements about agreements: made with our key, and checked against the directory.
//!
//! A [`Verified`] statement exists only behind every check, so that the fold of an agreement's state
//! cannot count a forged one. A statement is checked once, when it is taken in: a key that was valid
//! when it signed proves the signature for ever.

use jiff::{SignedDuration, Timestamp};
use packhorse_keys::{Signer, sign_document, verify_document};
use packhorse_model::OrganisationId;
use packhorse_model::agreement::{AgreementEvent, AgreementStatement, AgreementText, STATEMENT_CONTEXT};
use packhorse_model::organisation::Members;

use crate::Result;

/// How far another party's clock may run ahead of ours.
const CLOCK_SKEW: SignedDuration = SignedDuration::from_mins(5);

/// A statement whose signature, signer and text were checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified(AgreementEvent);

impl Verified {
    /// What was said.
    #[must_use]
    pub fn statement(&self) -> &AgreementStatement {
        self.0.statement()
    }

    /// The statement with its signature, to be passed on.
    #[must_use]
    pub fn event(&self) -> &AgreementEvent {
        &self.0
    }

    /// A statement out of our own store, where only verified ones are written.
    pub(crate) fn kept(event: AgreementEvent) -> Self {
        Self(event)
    }
}

/// Why a statement does not count.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the statement of {organisation} does not count: {why}")]
pub struct Rejected {
    /// Who is said to have made it.
    pub organisation: OrganisationId,
    /// Which check failed.
    pub why: Flaw,
}

/// Which check a statement failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    /// It is about another text.
    #[error("it is about another text: ask for the text it was made about")]
    OtherText,
    /// Its organisation is not named in the text.
    #[error("its organisation is not a party to the agreement")]
    NotParty,
    /// The directory does not list the organisation.
    #[error("the directory does not list its organisation")]
    Unknown,
    /// The organisation is suspended or removed.
    #[error("its organisation is not an active member of the network")]
    Inactive,
    /// It claims to be made later than now.
    #[error("it is dated in the future: the party must correct its clock and state it again")]
    Future,
    /// The key is not the organisation's signing key at that time.
    #[error("its key was not a signing key of its organisation at that time")]
    Key,
    /// The signature is wrong.
    #[error("its signature is wrong")]
    Signature,
    /// The party has said more about this text than a gateway keeps.
    #[error("its organisation has made too many statements about this text")]
    TooMany,
}

/// Signs a statement.
///
/// # Errors
/// The key's, or [`crate::GovernanceError::Text`] when a name or reason is too long.
pub fn sign(signer: &dyn Signer, statement: &AgreementStatement) -> Result<AgreementEvent> {
    let json = statement.to_json()?;
    let signature = sign_document(signer, STATEMENT_CONTEXT, json.as_bytes())?;
    Ok(AgreementEvent::parse(&json, signature)?)
}

/// Checks a statement about a text.
///
/// # Errors
/// [`Rejected`] with the first check that failed.
pub fn verify(
    text: &AgreementText,
    event: AgreementEvent,
    members: &dyn Members,
    now: Timestamp,
) -> std::result::Result<Verified, Rejected> {
    match flaw(text, &event, members, now) {
        None => Ok(Verified(event)),
        Some(why) => Err(Rejected { organisation: event.statement().organisation.clone(), why }),
    }
}

fn flaw(text: &AgreementText, event: &AgreementEvent, members: &dyn Members, now: Timestamp) -> Option<Flaw> {
    let (statement, agreement) = (event.statement(), text.agreement());
    let about = (&statement.agreement, statement.version, statement.digest);
    if about != (&agreement.id, agreement.version, text.digest()) {
        return Some(Flaw::OtherText);
    }
    if agreement.party(&statement.organisation).is_none() {
        return Some(Flaw::NotParty);
    }
    let Some(organisation) = members.organisation(&statement.organisation) else { return Some(Flaw::Unknown) };
    if !organisation.is_active() {
        return Some(Flaw::Inactive);
    }
    if statement.at.duration_since(now) > CLOCK_SKEW {
        return Some(Flaw::Future);
    }
    let Some(key) = organisation.signing_key_at(&event.signature().key, statement.at) else { return Some(Flaw::Key) };
    let verified = verify_document(&key, STATEMENT_CONTEXT, event.as_str().as_bytes(), event.signature());
    verified.is_err().then_some(Flaw::Signature)
}
