//! A system's mailbox: what it sends and takes, and which of the system's users may use it.

use std::collections::BTreeSet;

use packhorse_model::{Refusal, Rule, Side};
use serde::{Deserialize, Serialize};

/// The mailbox of a system, for parcels. What an agreement does not cover, no mailbox opens.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Mailbox {
    /// Workflows that may be sent from it; all that are agreed when empty.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub sends: BTreeSet<String>,
    /// Workflows that it takes; all that are agreed when empty.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub takes: BTreeSet<String>,
    /// The system's users to whom it is delegated, by id or by team (`team:<code>`); all of them when empty.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub people: BTreeSet<String>,
    /// Users who may release what a scanner has stopped, by id or by team.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub releasers: BTreeSet<String>,
    /// Most bytes that lie in it at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub most_bytes: Option<u64>,
    /// Most bytes of one partner that lie in it at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub most_bytes_per_partner: Option<u64>,
    /// Warn when something has waited uncollected for so many hours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warn_hours: Option<u32>,
    /// The NHS MESH account: password and shared key, sealed to this organisation; base64. Only their digest would
    /// not do: the client proves itself with an HMAC over the password.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mesh: Option<String>,
    /// Where every change is told, and the secret that signs it, sealed like [`Mailbox::mesh`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub webhook: Option<String>,
    /// Public keys (OpenSSH's one-line form) that may enter over SFTP.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub sftp_keys: BTreeSet<String>,
    /// A folder on the gateway's machine that a case system drops files into.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub folder: Option<String>,
}

impl Mailbox {
    /// Whether a workflow may be sent from it.
    ///
    /// # Errors
    /// A refusal by rule mailbox.
    pub fn may_send(&self, workflow: &str) -> Result<(), Refusal> {
        permitted(&self.sends, workflow, Side::Outbound, "does not send")
    }

    /// Whether it takes a workflow.
    ///
    /// # Errors
    /// A refusal by rule mailbox.
    pub fn takes(&self, workflow: &str) -> Result<(), Refusal> {
        permitted(&self.takes, workflow, Side::Inbound, "does not take")
    }
}

fn permitted(only: &BTreeSet<String>, workflow: &str, side: Side, does_not: &str) -> Result<(), Refusal> {
    if only.is_empty() || only.contains(workflow) {
        return Ok(());
    }
    Err(Refusal {
        side,
        rule: Rule::Mailbox,
        reason: format!("the mailbox {does_not} this workflow"),
        remedy: "use the mailbox for the workflow, or have its owner permit it".into(),
    })
}
