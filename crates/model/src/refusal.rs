//! Refusals, lawful "no"s with a reason and a remedy; and faults, things that broke.
//!
//! Both are data: they are recorded, signed and shown to people. A text here is written for the
//! reader and never holds personal data.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::exchange::Side;

/// The rule that an exchange broke. The name is stable: it stands in records, metrics and pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// The request cannot be read: path, headers or identifiers.
    Malformed,
    /// `X-Road-Client` is missing or is not an identifier.
    ClientIdentifier,
    /// The caller did not prove to be the system it names.
    Authentication,
    /// The caller's system is not registered here.
    UnknownClient,
    /// The organisation or system called is not in the directory.
    UnknownMember,
    /// The member is suspended or removed.
    MemberSuspended,
    /// The assurance of one of the organisations, its code of connection, is missing or has lapsed.
    AssuranceLapsed,
    /// `X-Road-Security-Server` names no gateway of the provider.
    GatewayAddress,
    /// The body is larger than the limit.
    BodyTooLarge,
    /// The path could be read in two ways.
    AmbiguousPath,
    /// No such service.
    UnknownService,
    /// The service is switched off.
    ServiceDisabled,
    /// A gate of this organisation is shut: its charter, risk policy, SIRO or incident route is missing or has lapsed.
    Gate,
    /// No agreement in force covers the request, or the one named is unknown here.
    NoAgreement,
    /// The agreement is not in force: draft, proposed, suspended, expired or ended.
    AgreementNotInForce,
    /// The agreement does not name this party or system in this direction.
    Party,
    /// The agreement does not cover this service or operation.
    Operation,
    /// The purpose is not one of the agreement's.
    Purpose,
    /// The caller's role is not one of the agreement's.
    Role,
    /// The caller's training is too old or unknown.
    Training,
    /// The caller is not vetted to the level that role, agreement or marking requires.
    Vetting,
    /// The caller has not accepted the acceptable use policy of their organisation.
    AcceptableUse,
    /// A field was asked for that the agreement does not give.
    Fields,
    /// The agreement's daily limit is used up.
    Rate,
    /// The request was signed for somebody else.
    Recipient,
    /// Signature missing, wrong, or by a key that is not the sender's.
    Signature,
    /// The signed digest is not that of the body.
    Digest,
    /// The signature's time is outside the window.
    Clock,
    /// The exchange was seen before.
    Replay,
    /// The directory is too old to decide who belongs.
    StaleDirectory,
    /// The mailbox does not send or take this workflow, or not by this person.
    Mailbox,
    /// The parcel, or what is said of it, breaks the form.
    Parcel,
    /// The mailbox or the partner has no room left.
    Quota,
    /// The answer does not belong to the question.
    InconsistentAnswer,
    /// The provider's answer is not of the declared shape.
    AnswerShape,
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

/// A lawful "no": which rule, said by whom, why, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{reason}; {remedy}")]
pub struct Refusal {
    /// Which side said no.
    pub side: Side,
    /// The rule that decided.
    pub rule: Rule,
    /// What was refused and why, for the reader.
    pub reason: String,
    /// What the reader can do.
    pub remedy: String,
}

/// What broke. The name is stable, like [`Rule`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FaultKind {
    /// The peer's gateway could not be reached.
    Unreachable,
    /// The peer's gateway or the source did not answer in time.
    TimedOut,
    /// The service's source failed: connection, protocol, or a broken answer.
    Source,
    /// Evidence could not be written; the exchange was not answered.
    Evidence,
    /// Anything else inside the gateway.
    Internal,
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

/// Something broke: nobody decided against the exchange, it did not work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{reason}")]
pub struct Fault {
    /// On which side it broke.
    pub side: Side,
    /// What kind of thing broke.
    pub kind: FaultKind,
    /// What happened and what to do, for the reader.
    pub reason: String,
}
