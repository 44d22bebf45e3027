//! Where an agreement's version stands.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Where one version of an agreement stands on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Still being written; known to one organisation.
    Draft,
    /// The text is frozen and goes round for signature.
    Proposed,
    /// Signed by every party; its first day is still to come.
    Agreed,
    /// In force.
    Active,
    /// A party has suspended it.
    Suspended,
    /// Its last day is past.
    Expired,
    /// A party has ended it, or withdrew before it was in force.
    Ended,
    /// A later version is in force in its place.
    Superseded,
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}
