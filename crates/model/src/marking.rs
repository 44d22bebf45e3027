//! Government Security Classifications, as far as the network may carry them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The marking of an exchange. SECRET and TOP SECRET have no value here: they cannot be carried.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Marking {
    /// OFFICIAL.
    #[default]
    Official,
    /// OFFICIAL with the -SENSITIVE marking: a need-to-know audience.
    OfficialSensitive,
}

/// A marking that the network does not carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("only official and official-sensitive are carried: use an accredited route for anything higher")]
pub struct MarkingError;

impl FromStr for Marking {
    type Err = MarkingError;
    fn from_str(text: &str) -> Result<Self, MarkingError> {
        match text {
            "official" => Ok(Self::Official),
            "official-sensitive" => Ok(Self::OfficialSensitive),
            _ => Err(MarkingError),
        }
    }
}

impl fmt::Display for Marking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Official => "official",
            Self::OfficialSensitive => "official-sensitive",
        })
    }
}
