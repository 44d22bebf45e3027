//! A gateway's sign of life: which version runs, how long its ledger is, how much of the directory it knows.
//!
//! Says nothing of what is exchanged, or with whom. Judged by the registry, in `registry::health`.

use bytes::Bytes;
use jiff::Timestamp;
use packhorse_keys::Signer;
use packhorse_model::OrganisationId;
use serde::{Deserialize, Serialize};

use crate::client::Transport;
use crate::error::{DirectoryError, Result};
use crate::letter::{Letter, Subject};

/// How often a gateway says so.
pub const BEAT_EVERY: std::time::Duration = std::time::Duration::from_secs(60);
/// Largest answer of a registry to it.
const MAX_ANSWER: usize = 16 * 1024;

/// What a gateway says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Heartbeat {
    /// Whose gateway.
    pub organisation: OrganisationId,
    /// Which, by its code in the directory.
    pub gateway: String,
    /// The program's version.
    pub version: String,
    /// Entries in the organisation's ledger.
    pub ledger_size: u64,
    /// Entries of the directory that it knows.
    pub directory_size: u64,
    /// When it was written.
    pub at: Timestamp,
}

/// Tells the registry, signed with the organisation's current signing key.
///
/// # Errors
/// [`DirectoryError::Rejected`] with the registry's words, [`DirectoryError::Unreachable`].
pub async fn tell(registry: &dyn Transport, heartbeat: &Heartbeat, signer: &dyn Signer) -> Result<()> {
    let letter = Letter::sign(Subject::Heartbeat, heartbeat, signer)?;
    let body = serde_json::to_vec(&letter)
        .map_err(|_| DirectoryError::Malformed { what: "heartbeat", why: "it cannot be written as JSON" })?;
    registry.post("/heartbeat", Bytes::from(body), MAX_ANSWER).await.map(drop)
}
