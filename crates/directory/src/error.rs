//! What can go wrong with membership, told to the person who has to act on it.
//!
//! Names rules, sizes and moments; never key values, contacts or anything a stranger wrote at length.

use std::path::PathBuf;

use jiff::{SignedDuration, Timestamp};
use packhorse_keys::KeyError;
use packhorse_ledger::LedgerError;
use packhorse_store::StoreError;

/// Every error of this crate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DirectoryError {
    /// Bytes from outside break the rules of their format.
    #[error("the {what} is malformed: {why}")]
    Malformed {
        /// The thing that was read.
        what: &'static str,
        /// The rule it breaks.
        why: &'static str,
    },
    /// Something is larger than is accepted.
    #[error("the {what} exceeds the limit of {limit}")]
    TooLarge {
        /// The thing that was read.
        what: &'static str,
        /// The most that is accepted, in the unit natural to `what`.
        limit: u64,
    },
    /// An entry has no right to stand in the directory.
    #[error(
        "entry {index} of the directory is not authorised: {why}; do not trust this registry before its operator has explained it"
    )]
    Unauthorised {
        /// Its index in the registry's ledger.
        index: u64,
        /// The rule it breaks.
        why: &'static str,
    },
    /// A head of the registry's ledger was refused.
    #[error("the directory offered was refused: {0}")]
    Refused(#[from] HeadRefusal),
    /// A snapshot was refused.
    #[error("the snapshot was refused: {0}; fetch it again, or start from the first entry")]
    Snapshot(&'static str),
    /// The registry could not be reached, or answered with an error.
    #[error("the registry cannot be reached at {url}: {why}")]
    Unreachable {
        /// Its address.
        url: String,
        /// What happened.
        why: String,
    },
    /// The registry said no to a request.
    #[error("the registry refused: {0}")]
    Rejected(String),
    /// A request to the registry, or an operator's act, breaks a rule.
    #[error("refused: {why}; {remedy}")]
    NotAllowed {
        /// The rule.
        why: &'static str,
        /// What to do about it.
        remedy: &'static str,
    },
    /// Too many requests.
    #[error("too many {0}: try again later")]
    Busy(&'static str),
    /// No such organisation or request.
    #[error("there is no such {0}")]
    Unknown(&'static str),
    /// Kept state or a key file could not be read or written.
    #[error("{path} cannot be {action}")]
    File {
        /// The file.
        path: PathBuf,
        /// What was tried.
        action: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
    /// What was kept on disk is damaged.
    #[error("{path} is damaged ({why}): move it away, the directory is then fetched anew")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// A key failed.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The ledger's formats or proofs failed.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The registry's own data failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a head was refused. The known state stays in use until it is too old.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HeadRefusal {
    /// No valid signature of the registry's log key, or none of its clock key.
    #[error("its head is badly signed ({0}); check the anchor, or somebody stands between")]
    BadlySigned(String),
    /// The head is for another log.
    #[error("its head is for another network's directory")]
    OtherOrigin,
    /// The cosignature is too old: the directory is frozen or the clock here is fast.
    #[error("it is stale: its head was last confirmed at {confirmed}; check the clock here, then ask the operator")]
    Stale {
        /// When the registry last confirmed it.
        confirmed: Timestamp,
    },
    /// The cosignature is from the future.
    #[error("its head is dated {ahead:#} in the future; check the clock here")]
    Future {
        /// How far.
        ahead: SignedDuration,
    },
    /// The list was rolled back.
    #[error("it is older than the one known: {offered} entries after {known}")]
    RolledBack {
        /// Entries known.
        known: u64,
        /// Entries offered.
        offered: u64,
    },
    /// Two signed heads that do not belong to one history.
    #[error(
        "it forks: the head of {offered} entries does not continue the known one of {known}; the signed heads are kept as evidence, tell the other members"
    )]
    Forked {
        /// Entries known.
        known: u64,
        /// Entries offered.
        offered: u64,
    },
    /// The registry forked earlier, and nobody has cleared the evidence away.
    #[error(
        "the registry signed two histories earlier; settle it with the operator and the other members, then move {evidence} away"
    )]
    ForkedEarlier {
        /// The kept head.
        evidence: PathBuf,
    },
    /// Entries served do not lead to the signed root.
    #[error("the entries served do not lead to the signed root")]
    EntriesDiffer,
}

/// Shorthand for this crate.
pub type Result<T, E = DirectoryError> = std::result::Result<T, E>;
