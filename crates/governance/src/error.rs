//! What can go wrong while agreements and callers are kept, in words for whoever asked.
//!
//! A lawful "no" to an exchange is never an error: that is a `Refusal` of the model.

use packhorse_keys::KeyError;
use packhorse_model::OrganisationId;
use packhorse_model::agreement::{Finding, TextError};
use packhorse_store::StoreError;

/// Shorthand for this crate.
pub type Result<T> = std::result::Result<T, GovernanceError>;

/// What can go wrong.
#[derive(Debug, thiserror::Error)]
pub enum GovernanceError {
    /// A document of ours could not be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A key did not sign.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// The text or statement of an agreement is malformed.
    #[error(transparent)]
    Text(#[from] TextError),
    /// A TOML document cannot be read.
    #[error("line {line}: {message}")]
    Document {
        /// Line, from 1.
        line: usize,
        /// What is wrong there.
        message: String,
    },
    /// The agreement may not be proposed, signed or taken in yet.
    #[error("the agreement is not complete ({} findings), the first: {}", .0.len(), first(.0))]
    Incomplete(Vec<Finding>),
    /// The agreement could not be made into policies.
    #[error("the agreement cannot be enforced: {0}")]
    Policy(String),
    /// This organisation is not a party.
    #[error("{0} is not a party to the agreement: only parties hold it")]
    NotParty(OrganisationId),
    /// Somebody's statement does not count.
    #[error(transparent)]
    Rejected(#[from] crate::agreement::sign::Rejected),
    /// Somebody was not let in.
    #[error(transparent)]
    TurnedAway(#[from] crate::people::TurnedAway),
    /// The agreement is not there, or its state does not allow the act.
    #[error("{problem}: {remedy}")]
    Act {
        /// What was refused.
        problem: String,
        /// What to do.
        remedy: &'static str,
    },
    /// A gate keeps it from being done.
    #[error("{why} (gate {gate}): {remedy}")]
    Gate {
        /// Which.
        gate: crate::assurance::Gate,
        /// How it stands.
        why: String,
        /// What mends it.
        remedy: &'static str,
    },
    /// A document does not say what it must, or goes beyond its bounds.
    #[error("{what} cannot be taken as it stands ({} findings), the first: {}", .findings.len(), first(.findings))]
    Unfit {
        /// Which document.
        what: &'static str,
        /// What is wrong.
        findings: Vec<Finding>,
    },
    /// A stored document cannot be read.
    #[error("a stored {0} cannot be read: restore it from a backup")]
    Damaged(&'static str),
    /// Something about a calling system or person is not well formed.
    #[error("{0}")]
    People(&'static str),
}

impl GovernanceError {
    pub(crate) fn act(problem: impl Into<String>, remedy: &'static str) -> Self {
        Self::Act { problem: problem.into(), remedy }
    }
}

fn first(findings: &[Finding]) -> String {
    findings.first().map(Finding::to_string).unwrap_or_default()
}
