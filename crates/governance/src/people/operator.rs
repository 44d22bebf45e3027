//! Those who manage the gateway: a name, a role and a token.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::de::value::{Error as ValueError, StrDeserializer};
use serde::{Deserialize, Serialize};

use super::credential::SecretDigest;

/// Somebody, or something, that manages the gateway.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Operator {
    /// What it is called; unique.
    pub name: String,
    /// What it may do.
    pub role: OperatorRole,
    /// Digest of its token.
    pub token: SecretDigest,
    /// When the token was made.
    pub created: Timestamp,
}

/// What somebody may do at a gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OperatorRole {
    /// Asks and sends.
    Officer,
    /// Proposes, signs and suspends agreements.
    Governance,
    /// Connects systems and publishes tables.
    Integrator,
    /// Runs the gateway.
    Operator,
    /// Reads everything that proves, changes nothing.
    Auditor,
}

impl FromStr for OperatorRole {
    type Err = crate::GovernanceError;
    fn from_str(text: &str) -> crate::Result<Self> {
        let refused = "the role is not one of officer, governance, integrator, operator, auditor";
        let name = StrDeserializer::<ValueError>::new(text);
        Self::deserialize(name).map_err(|_| crate::GovernanceError::People(refused))
    }
}

impl fmt::Display for OperatorRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}
