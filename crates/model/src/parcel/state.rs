//! Where a parcel stands on one side. Every change is a statement or follows from one.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Where a parcel stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ParcelState {
    /// Sender: being filled.
    Draft,
    /// Sender: closed, accepted by the own gateway, not sealed yet.
    Accepted,
    /// Sender: sealed, on its way.
    Sealed,
    /// Recipient: content is arriving.
    Arriving,
    /// Recipient: all of it is here, not opened and checked yet.
    Arrived,
    /// Both: in the recipient's mailbox.
    Delivered,
    /// Both: somebody has fetched it.
    Collected,
    /// Both: the recipient said that it is theirs to deal with.
    Acknowledged,
    /// Both: the recipient will not deal with it.
    Declined,
    /// Both: taken back before it was collected.
    Recalled,
    /// Both: nobody collected it in time.
    Expired,
    /// Both: malware was found on this side; a named person may release it.
    Quarantined,
    /// Sender: it will never be delivered.
    Undeliverable,
}

impl ParcelState {
    /// Every state.
    pub const ALL: [Self; 13] = [
        Self::Draft,
        Self::Accepted,
        Self::Sealed,
        Self::Arriving,
        Self::Arrived,
        Self::Delivered,
        Self::Collected,
        Self::Acknowledged,
        Self::Declined,
        Self::Recalled,
        Self::Expired,
        Self::Quarantined,
        Self::Undeliverable,
    ];

    /// The state's word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Accepted => "accepted",
            Self::Sealed => "sealed",
            Self::Arriving => "arriving",
            Self::Arrived => "arrived",
            Self::Delivered => "delivered",
            Self::Collected => "collected",
            Self::Acknowledged => "acknowledged",
            Self::Declined => "declined",
            Self::Recalled => "recalled",
            Self::Expired => "expired",
            Self::Quarantined => "quarantined",
            Self::Undeliverable => "undeliverable",
        }
    }

    /// Whether it ended without being dealt with, and its sender did not want that.
    #[must_use]
    pub const fn is_failure(self) -> bool {
        matches!(self, Self::Declined | Self::Expired | Self::Undeliverable)
    }

    /// Whether nothing more happens to it, and its content may go.
    #[must_use]
    pub fn is_final(self) -> bool {
        matches!(self, Self::Acknowledged | Self::Declined | Self::Recalled | Self::Expired | Self::Undeliverable)
    }
}

impl fmt::Display for ParcelState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// A word that names no state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no parcel stands in such a state")]
pub struct UnknownState;

impl FromStr for ParcelState {
    type Err = UnknownState;
    fn from_str(text: &str) -> Result<Self, UnknownState> {
        Self::ALL.into_iter().find(|state| state.word() == text).ok_or(UnknownState)
    }
}
