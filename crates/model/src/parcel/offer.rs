//! The offer: what a sender's gateway tells the recipient's before any content moves. It travels in the clear inside
//! TLS, signed, so it says nothing about persons: sizes, digests, and two sealed things.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::manifest::MANIFEST_LIMIT;
use super::statement::SignedStatement;
use crate::id::ExchangeId;
use crate::marking::Marking;

/// Sealed pieces (64 KiB of content and a 16-byte tag each) in one object, the unit that travels and is stored.
pub const OBJECT_PIECES: u64 = 128;
/// Bytes of one sealed piece, and of the content in it.
const PIECE: u64 = 65_536;
const SEALED_PIECE: u64 = PIECE + 16;
/// Most objects of one parcel: 128 GiB.
pub const CHUNK_LIMIT: usize = 16_384;
/// Sealed content of at most so many bytes travels inside the offer.
pub const INLINE_LIMIT: usize = 64 * 1024 + 16;
/// Most bytes of an offer.
pub const OFFER_LIMIT: usize = 8 * 1024 * 1024;
/// Most other parcels that an offer brings along.
pub const ALONG_LIMIT: usize = 31;
/// Most bytes of the seal's header and nonce.
const HEADER_LIMIT: usize = 64 * 1024;
/// Version of the offer's JSON that this build writes.
const VERSION: u32 = 1;

/// What is offered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Offer {
    /// Format version, 1.
    pub version: u32,
    /// The recipient's parcel.
    pub parcel: ExchangeId,
    /// Government Security Classification.
    pub marking: Marking,
    /// When it is destroyed, collected or not.
    pub expires_at: Timestamp,
    /// Digest of the manifest, as [`super::Manifest::digest`] makes it.
    pub manifest_digest: String,
    /// The manifest, sealed by itself; base64.
    pub manifest: String,
    /// The seal's header and nonce (C2SP age-encryption.org/v1), base64.
    pub header: String,
    /// Bytes of the archive, before sealing.
    pub size: u64,
    /// SHA-256 of each object, base64, in order.
    pub chunks: Vec<String>,
    /// The only object of a small parcel, base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inline: Option<String>,
    /// Whether the sender's gateway had it looked at for malware.
    pub scanned: bool,
    /// What the sender has said of it so far: that it was accepted, for instance.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub statements: Vec<SignedStatement>,
    /// Small parcels of the same system for the same service under the same agreement, which come along: each with its
    /// only object, and with none along.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub along: Vec<Offer>,
}

/// What the recipient's gateway answers to an offer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferAnswer {
    /// Objects that it does not have yet, from 0.
    pub missing: Vec<u32>,
    /// What it has said of the parcel by now: that it was delivered, when it could be opened at once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub statements: Vec<SignedStatement>,
    /// The parcels that came along and were taken. What is not named is to be offered by itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub along: Vec<TakenAlong>,
}

/// A parcel that came along with another's offer, and was taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TakenAlong {
    /// Which.
    pub parcel: ExchangeId,
    /// What the recipient's gateway has said of it by now.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub statements: Vec<SignedStatement>,
}

/// Why an offer is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OfferError {
    /// Not JSON of this form.
    #[error("the offer cannot be read")]
    Form,
    /// Of another version.
    #[error("the offer is of a version that this gateway does not know: update it")]
    Version,
    /// More than may be.
    #[error("the parcel is larger than 128 GiB, or its manifest than 4 MiB")]
    TooLarge,
    /// Digests that do not fit the size, or are none.
    #[error("the offer's digests do not fit its size")]
    Chunks,
    /// More along than may be, or what may not come along.
    #[error("at most 31 parcels come along with an offer, each once, with its only object and none along")]
    Along,
    /// Something that should be base64 and is not.
    #[error("a sealed part of the offer is not base64")]
    Base64,
}

impl Offer {
    /// The format's version.
    #[must_use]
    pub fn version() -> u32 {
        VERSION
    }

    /// Reads a stranger's offer.
    ///
    /// # Errors
    /// [`OfferError`] with the first rule that it breaks.
    pub fn parse(json: &[u8]) -> Result<Self, OfferError> {
        if json.len() > OFFER_LIMIT {
            return Err(OfferError::TooLarge);
        }
        let offer: Self = serde_json::from_slice(json).map_err(|_| OfferError::Form)?;
        offer.check()?;
        offer.check_along()?;
        Ok(offer)
    }

    /// What comes along is bound here; whether each is a good offer is seen when its turn comes ([`Offer::check`]): one
    /// that is none must not harm the others.
    fn check_along(&self) -> Result<(), OfferError> {
        let mut parcels = std::collections::BTreeSet::from([self.parcel]);
        let fit = |offer: &Self| offer.along.is_empty() && offer.inline.is_some();
        let sound = self.along.len() <= ALONG_LIMIT
            && self.along.iter().all(|offer| fit(offer) && parcels.insert(offer.parcel));
        if sound { Ok(()) } else { Err(OfferError::Along) }
    }

    /// Whether the offer itself keeps to the form, whatever comes along with it.
    ///
    /// # Errors
    /// [`OfferError`] with the first rule that it breaks.
    pub fn check(&self) -> Result<(), OfferError> {
        if self.version != VERSION {
            return Err(OfferError::Version);
        }
        let expected = object_count(self.size);
        if expected > CHUNK_LIMIT as u64 || self.manifest.len() > 2 * MANIFEST_LIMIT {
            return Err(OfferError::TooLarge);
        }
        let is_digest = |text: &String| STANDARD.decode(text).is_ok_and(|bytes| bytes.len() == 32);
        if self.chunks.len() as u64 != expected
            || !self.chunks.iter().all(is_digest)
            || !is_digest(&self.manifest_digest)
        {
            return Err(OfferError::Chunks);
        }
        if self.header.len() > 2 * HEADER_LIMIT {
            return Err(OfferError::TooLarge);
        }
        if let Some(inline) = &self.inline
            && (self.chunks.len() != 1 || inline.len() > 2 * INLINE_LIMIT)
        {
            return Err(OfferError::Chunks);
        }
        Ok(())
    }

    /// The sealed manifest's bytes.
    ///
    /// # Errors
    /// [`OfferError::Base64`].
    pub fn manifest_bytes(&self) -> Result<Vec<u8>, OfferError> {
        STANDARD.decode(&self.manifest).map_err(|_| OfferError::Base64)
    }

    /// The seal's header and nonce.
    ///
    /// # Errors
    /// [`OfferError::Base64`].
    pub fn header_bytes(&self) -> Result<Vec<u8>, OfferError> {
        STANDARD.decode(&self.header).map_err(|_| OfferError::Base64)
    }

    /// The only object of a small parcel.
    ///
    /// # Errors
    /// [`OfferError::Base64`].
    pub fn inline_bytes(&self) -> Result<Option<Vec<u8>>, OfferError> {
        self.inline.as_ref().map(|text| STANDARD.decode(text).map_err(|_| OfferError::Base64)).transpose()
    }
}

/// How many objects an archive of this size is cut into. There is at least one.
fn object_count(size: u64) -> u64 {
    size.div_ceil(PIECE * OBJECT_PIECES).max(1)
}

/// Sealed bytes of the object at `index` of an archive of `size` bytes; 0 beyond the last.
#[must_use]
pub fn object_bytes(size: u64, index: u64) -> u64 {
    let whole = PIECE * OBJECT_PIECES;
    let begin = index.saturating_mul(whole);
    if index > 0 && begin >= size {
        return 0;
    }
    let content = (size - begin.min(size)).min(whole);
    content + content.div_ceil(PIECE).max(1) * (SEALED_PIECE - PIECE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offer() -> serde_json::Value {
        let digest = STANDARD.encode([7; 32]);
        serde_json::json!({
            "version": 1, "parcel": ExchangeId::random(), "marking": "official", "expires_at": "2026-12-01T00:00:00Z",
            "manifest_digest": digest, "manifest": "", "header": "", "size": 1, "chunks": [digest], "inline": "AAAA",
            "scanned": false,
        })
    }

    fn with(along: Vec<serde_json::Value>) -> Result<Offer, OfferError> {
        let mut first = offer();
        first["along"] = along.into();
        Offer::parse(first.to_string().as_bytes())
    }

    #[test]
    fn a_bounded_number_of_small_parcels_comes_along_each_once() {
        let many = |count| (0..count).map(|_| offer()).collect::<Vec<_>>();
        assert_eq!(with(many(ALONG_LIMIT)).unwrap().along.len(), ALONG_LIMIT);
        assert_eq!(with(many(ALONG_LIMIT + 1)), Err(OfferError::Along));
        let one = offer();
        assert_eq!(with(vec![one.clone(), one]), Err(OfferError::Along), "twice");
        let mut large = offer();
        large["inline"] = serde_json::Value::Null;
        assert_eq!(with(vec![large]), Err(OfferError::Along), "without its object");
        let mut nested = offer();
        nested["along"] = vec![offer()].into();
        assert_eq!(with(vec![nested]), Err(OfferError::Along), "one along with one along");
    }

    #[test]
    fn what_comes_along_is_judged_by_itself() {
        let mut wrong = offer();
        wrong["chunks"] = serde_json::json!([]);
        let all = with(vec![wrong, offer()]).unwrap();
        assert_eq!(all.along[0].check(), Err(OfferError::Chunks));
        assert_eq!(all.along[1].check(), Ok(()));
    }

    #[test]
    fn an_archive_is_cut_into_objects_of_whole_pieces() {
        let whole = PIECE * OBJECT_PIECES;
        for (size, objects) in [
            (0, vec![16]),
            (1, vec![17]),
            (PIECE, vec![PIECE + 16]),
            (PIECE + 1, vec![PIECE + 1 + 32]),
            (whole, vec![whole + OBJECT_PIECES * 16]),
            (whole + 5, vec![whole + OBJECT_PIECES * 16, 21]),
        ] {
            assert_eq!(object_count(size), objects.len() as u64, "{size}");
            let cut: Vec<u64> = (0..object_count(size)).map(|index| object_bytes(size, index)).collect();
            assert_eq!(cut, objects, "{size}");
            assert_eq!(object_bytes(size, object_count(size)), 0, "{size}");
        }
    }
}
