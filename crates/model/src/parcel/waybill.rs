//! The waybill: what lies beside a sealed parcel that is carried by hand, in place of the signed request by which it
//! would have been offered. It says what that request would have said, and no more about persons.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::offer::{OFFER_LIMIT, Offer, OfferError};
use crate::agreement::AgreementDigest;
use crate::id::{AgreementId, ExchangeId, ServiceId, SystemId};
use crate::signed::{Carried, Signable, Signed};

/// The context in which waybills are signed, so that no other document's signature passes for one.
pub const WAYBILL_CONTEXT: &str = "parcel-waybill";
/// Most bytes of a waybill with its signature: an offer's and some.
pub const WAYBILL_LIMIT: usize = OFFER_LIMIT + 64 * 1024;
/// Version of the waybill's JSON that this build writes.
const VERSION: u32 = 1;

/// What is carried, from whom to whom, and under what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Waybill {
    /// Format version, 1.
    pub version: u32,
    /// The medium that it was written for.
    pub medium: ExchangeId,
    /// When.
    pub at: Timestamp,
    /// Whose mailbox it comes from.
    pub from: SystemId,
    /// Whose mailbox, and the workflow, it goes to.
    pub to: ServiceId,
    /// The agreement it rests on.
    pub agreement: AgreementId,
    /// Which text of it.
    pub agreement_digest: AgreementDigest,
    /// What it is for, one of the agreement's purposes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<String>,
    /// In which role it was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// When the person who sent it was last trained.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trained_on: Option<Date>,
    /// What is offered; its content lies in the file beside.
    pub offer: Offer,
}

/// Why a waybill is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WaybillError {
    /// Not JSON of this form.
    #[error("the waybill cannot be read")]
    Form,
    /// Of another version.
    #[error("the waybill is of a version that this program does not know: update it")]
    Version,
    /// More than may be.
    #[error("the waybill is larger than a waybill can be")]
    TooLarge,
    /// What it offers breaks a rule.
    #[error(transparent)]
    Offer(#[from] OfferError),
}

impl Waybill {
    /// The format's version.
    #[must_use]
    pub fn version() -> u32 {
        VERSION
    }

    /// The one JSON form that is signed.
    ///
    /// # Errors
    /// [`WaybillError::TooLarge`].
    pub fn to_json(&self) -> Result<String, WaybillError> {
        let json = serde_json::to_string(self).map_err(|_| WaybillError::Form)?;
        if json.len() > WAYBILL_LIMIT { Err(WaybillError::TooLarge) } else { Ok(json) }
    }
}

/// A waybill with its signature.
pub type SignedWaybill = Signed<Waybill>;

impl SignedWaybill {
    /// Reads a stranger's file.
    ///
    /// # Errors
    /// [`WaybillError`] with the first rule that it breaks.
    pub fn of_file(file: &[u8]) -> Result<Self, WaybillError> {
        if file.len() > WAYBILL_LIMIT {
            return Err(WaybillError::TooLarge);
        }
        let carried: Carried<Waybill> = serde_json::from_slice(file).map_err(|_| WaybillError::Form)?;
        Self::parse(carried.json.get(), carried.signature)
    }

    /// What it says.
    #[must_use]
    pub fn waybill(&self) -> &Waybill {
        self.document()
    }
}

impl Signable for Waybill {
    const CARRIED_AS: &'static str = "waybill";
    type Error = WaybillError;

    fn read(json: &str) -> Result<Self, WaybillError> {
        if json.len() > WAYBILL_LIMIT {
            return Err(WaybillError::TooLarge);
        }
        let waybill: Self = serde_json::from_str(json).map_err(|_| WaybillError::Form)?;
        if waybill.version != VERSION {
            return Err(WaybillError::Version);
        }
        // Content is in the file beside, whatever its size: one place to look.
        if waybill.offer.inline.is_some() || !waybill.offer.along.is_empty() {
            return Err(WaybillError::Form);
        }
        waybill.offer.check()?;
        Ok(waybill)
    }
}
