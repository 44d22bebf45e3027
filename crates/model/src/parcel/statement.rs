//! What a body says happened to a parcel, signed by it. The chain of them is the parcel's receipt, and outlives its
//! content.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::state::ParcelState;
use crate::agreement::AgreementDigest;
use crate::id::{AgreementId, ExchangeId, OrganisationId, ServiceId, SystemId};
use crate::signed::{Signable, Signed};

/// The context in which statements are signed, so that no other document's signature passes for one.
pub const PARCEL_STATEMENT_CONTEXT: &str = "parcel-statement";
/// Most bytes of one statement.
pub const PARCEL_STATEMENT_LIMIT: usize = 8192;
/// Most bytes of a reason.
const REASON_LIMIT: usize = 1000;

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", rename_all_fields = "kebab-case", tag = "event", deny_unknown_fields)]
pub enum ParcelEvent {
    /// The sender's gateway took it in and answers for its delivery.
    Accepted,
    /// It was looked at for malware on this side, and none was found.
    Scanned,
    /// Malware was found on this side; it goes no further.
    Quarantined,
    /// A named person let it go on, whatever was found.
    Released {
        /// Why.
        reason: String,
    },
    /// It lies whole, opened and checked, in the recipient's mailbox.
    Delivered {
        /// Whether the recipient's gateway had it looked at for malware.
        scanned: bool,
    },
    /// Software or a person fetched all of it.
    Collected,
    /// A person opened it.
    Opened,
    /// The recipient deals with it.
    Acknowledged,
    /// The recipient does not deal with it.
    Declined {
        /// Why.
        reason: String,
    },
    /// The sender wants it back; once it was collected, this asks for its deletion.
    RecallAsked {
        /// Why.
        reason: String,
    },
    /// It was destroyed uncollected, as the sender asked: by the sender before it was delivered, or by the recipient.
    Recalled,
    /// It was collected before, and is deleted now, as the sender asked.
    Deleted,
    /// Its time was prolonged by the sender.
    Extended {
        /// Until when.
        until: Timestamp,
    },
    /// It soon expires uncollected.
    Reminded,
    /// Nobody collected it in time; it was destroyed.
    Expired,
    /// It will not be delivered.
    Undeliverable {
        /// Why.
        reason: String,
    },
    /// Handed on to another mailbox of the recipient, or in a parcel of its own to somebody else.
    Forwarded {
        /// The new parcel.
        parcel: ExchangeId,
    },
    /// Written to a medium for carrying by hand.
    Exported {
        /// The medium's id.
        medium: String,
    },
    /// The medium changed hands.
    HandedOver {
        /// The medium's id.
        medium: String,
        /// Who has it now.
        to: String,
    },
    /// The medium is lost.
    MediumLost {
        /// The medium's id.
        medium: String,
    },
}

/// One statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ParcelStatement {
    /// The statement itself, to be recorded by.
    pub id: ExchangeId,
    /// The parcel.
    pub parcel: ExchangeId,
    /// Whose mailbox it comes from.
    pub from: SystemId,
    /// Whose mailbox, and the workflow, it goes to.
    pub to: ServiceId,
    /// The agreement it rests on.
    pub agreement: AgreementId,
    /// Which text of it.
    pub agreement_digest: AgreementDigest,
    /// Digest of the manifest; absent before there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manifest: Option<String>,
    /// What happened.
    pub what: ParcelEvent,
    /// Who says it.
    pub organisation: OrganisationId,
    /// Through which of its systems.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system: Option<String>,
    /// Who did it, by the system's user id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<String>,
    /// When, by the clock of who says it.
    pub at: Timestamp,
}

/// Why a statement is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StatementError {
    /// Not JSON of this form.
    #[error("the statement cannot be read")]
    Form,
    /// Longer than may be.
    #[error("the statement is longer than 8192 bytes, or its reason than 1000")]
    TooLong,
}

impl ParcelEvent {
    /// The event's word.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Scanned => "scanned",
            Self::Quarantined => "quarantined",
            Self::Released { .. } => "released",
            Self::Delivered { .. } => "delivered",
            Self::Collected => "collected",
            Self::Opened => "opened",
            Self::Acknowledged => "acknowledged",
            Self::Declined { .. } => "declined",
            Self::RecallAsked { .. } => "recall-asked",
            Self::Recalled => "recalled",
            Self::Deleted => "deleted",
            Self::Extended { .. } => "extended",
            Self::Reminded => "reminded",
            Self::Expired => "expired",
            Self::Undeliverable { .. } => "undeliverable",
            Self::Forwarded { .. } => "forwarded",
            Self::Exported { .. } => "exported",
            Self::HandedOver { .. } => "handed-over",
            Self::MediumLost { .. } => "medium-lost",
        }
    }

    /// The state that the event puts a parcel into; none for one that only says something more.
    #[must_use]
    pub fn state(&self) -> Option<ParcelState> {
        Some(match self {
            Self::Accepted => ParcelState::Accepted,
            Self::Quarantined => ParcelState::Quarantined,
            Self::Delivered { .. } => ParcelState::Delivered,
            Self::Collected => ParcelState::Collected,
            Self::Acknowledged => ParcelState::Acknowledged,
            Self::Declined { .. } => ParcelState::Declined,
            Self::Recalled => ParcelState::Recalled,
            Self::Expired => ParcelState::Expired,
            Self::Undeliverable { .. } => ParcelState::Undeliverable,
            _ => return None,
        })
    }

    /// Whether it is the recipient's to say. All else is the sender's, or either's.
    #[must_use]
    pub fn is_recipients(&self) -> bool {
        matches!(
            self,
            Self::Delivered { .. }
                | Self::Collected
                | Self::Opened
                | Self::Acknowledged
                | Self::Declined { .. }
                | Self::Recalled
                | Self::Deleted
                | Self::Reminded
        )
    }

    /// Whether it is the sender's to say.
    #[must_use]
    pub fn is_senders(&self) -> bool {
        matches!(self, Self::Accepted | Self::RecallAsked { .. } | Self::Extended { .. } | Self::Undeliverable { .. })
    }

    fn reason(&self) -> &str {
        match self {
            Self::Released { reason }
            | Self::Declined { reason }
            | Self::RecallAsked { reason }
            | Self::Undeliverable { reason } => reason,
            Self::Exported { medium } | Self::HandedOver { medium, .. } | Self::MediumLost { medium } => medium,
            _ => "",
        }
    }
}

impl ParcelStatement {
    /// The bytes to sign.
    ///
    /// # Errors
    /// [`StatementError::TooLong`] when a reason makes it so.
    pub fn to_json(&self) -> Result<String, StatementError> {
        let json = serde_json::to_string(self).map_err(|_| StatementError::Form)?;
        if json.len() > PARCEL_STATEMENT_LIMIT || self.what.reason().len() > REASON_LIMIT {
            return Err(StatementError::TooLong);
        }
        Ok(json)
    }

    /// Whether who says it may: the sender what is the sender's, the recipient what is the recipient's.
    #[must_use]
    pub fn is_by_the_right_side(&self) -> bool {
        let sender = self.organisation == self.from.organisation;
        let recipient = self.organisation == self.to.system.organisation;
        let senders = !self.what.is_recipients() || self.what == ParcelEvent::Recalled;
        (sender && senders) || (recipient && !self.what.is_senders())
    }
}

/// A statement with its signature.
pub type SignedStatement = Signed<ParcelStatement>;

impl SignedStatement {
    /// What was said.
    #[must_use]
    pub fn statement(&self) -> &ParcelStatement {
        self.document()
    }
}

impl Signable for ParcelStatement {
    const CARRIED_AS: &'static str = "statement";
    type Error = StatementError;

    fn read(json: &str) -> Result<Self, StatementError> {
        if json.len() > PARCEL_STATEMENT_LIMIT {
            return Err(StatementError::TooLong);
        }
        if !(json.starts_with('{') && json.ends_with('}')) {
            return Err(StatementError::Form);
        }
        let statement: Self = serde_json::from_str(json).map_err(|_| StatementError::Form)?;
        if statement.what.reason().len() > REASON_LIMIT { Err(StatementError::TooLong) } else { Ok(statement) }
    }
}
