//! The waybill: what lies beside a sealed parcel that is carried by hand, in place of the signed request by which it
//! would have been offered. It says what that request would have said, and no more about persons.

use jiff::Timestamp;
use jiff::civil::Date;
use packhorse_keys::DocumentSignature;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

use super::offer::{OFFER_LIMIT, Offer, OfferError};
use crate::agreement::AgreementDigest;
use crate::id::{AgreementId, ExchangeId, ServiceId, SystemId};

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

/// A waybill with its signature, byte for byte as it was signed. Nothing here says that the signature is good: whoever
/// uses it checks it against the directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedWaybill {
    json: Box<str>,
    waybill: Waybill,
    signature: DocumentSignature,
}

impl SignedWaybill {
    /// Takes the exact bytes that were signed.
    ///
    /// # Errors
    /// [`WaybillError`] with the first rule that they break.
    pub fn of(json: &str, signature: DocumentSignature) -> Result<Self, WaybillError> {
        if json.len() > WAYBILL_LIMIT {
            return Err(WaybillError::TooLarge);
        }
        let waybill: Waybill = serde_json::from_str(json).map_err(|_| WaybillError::Form)?;
        if waybill.version != VERSION {
            return Err(WaybillError::Version);
        }
        // Content is in the file beside, whatever its size: one place to look.
        if waybill.offer.inline.is_some() {
            return Err(WaybillError::Form);
        }
        waybill.offer.check()?;
        Ok(Self { json: json.into(), waybill, signature })
    }

    /// Reads a stranger's file.
    ///
    /// # Errors
    /// [`WaybillError`] with the first rule that it breaks.
    pub fn parse(file: &[u8]) -> Result<Self, WaybillError> {
        if file.len() > WAYBILL_LIMIT {
            return Err(WaybillError::TooLarge);
        }
        let carried: Carried<Box<RawValue>> = serde_json::from_slice(file).map_err(|_| WaybillError::Form)?;
        Self::of(carried.waybill.get(), carried.signature)
    }

    /// The signed bytes.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.json
    }

    /// What they say.
    #[must_use]
    pub fn waybill(&self) -> &Waybill {
        &self.waybill
    }

    /// The signature over the bytes.
    #[must_use]
    pub fn signature(&self) -> &DocumentSignature {
        &self.signature
    }
}

impl Serialize for SignedWaybill {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let waybill: &RawValue = serde_json::from_str(&self.json).map_err(serde::ser::Error::custom)?;
        Carried { waybill, signature: self.signature.clone() }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for SignedWaybill {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let carried = Carried::<Box<RawValue>>::deserialize(deserializer)?;
        Self::of(carried.waybill.get(), carried.signature).map_err(serde::de::Error::custom)
    }
}

/// How a waybill is written: verbatim, so that the signed bytes survive.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Carried<R> {
    waybill: R,
    signature: DocumentSignature,
}
