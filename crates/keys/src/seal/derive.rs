//! The key of one sealed message, and what is derived from it.
//!
//! It must never know to whom it is wrapped, or what it seals.

use std::fmt;

use aws_lc_rs::hkdf::{HKDF_SHA256, Salt};
use aws_lc_rs::hmac;
use zeroize::Zeroizing;

use crate::{KeyError, random};

/// The secret of one sealed message, from which everything else of it is derived; wiped when
/// dropped. Fresh for every payload: the same key and nonce must never seal two.
pub struct FileKey(Zeroizing<[u8; Self::BYTES]>);

impl FileKey {
    pub(super) const BYTES: usize = 16;

    /// Makes a new key.
    ///
    /// # Errors
    /// [`KeyError::Crypto`] when there is no randomness.
    pub fn generate() -> Result<Self, KeyError> {
        Ok(Self(Zeroizing::new(random()?)))
    }

    /// The key that a stanza held; [`KeyError::CannotOpen`] for any other length.
    pub(super) fn from_bytes(bytes: &[u8]) -> Result<Self, KeyError> {
        let mut key = Zeroizing::new([0; Self::BYTES]);
        if bytes.len() != key.len() {
            return Err(KeyError::CannotOpen);
        }
        key.copy_from_slice(bytes);
        Ok(Self(key))
    }

    pub(super) fn as_bytes(&self) -> &[u8; Self::BYTES] {
        &self.0
    }

    /// The key of the header's MAC (age "Header MAC").
    pub(super) fn header_mac(&self) -> Result<hmac::Key, KeyError> {
        let key = hkdf(self.as_bytes(), &[], b"header")?;
        Ok(hmac::Key::new(hmac::HMAC_SHA256, &*key))
    }

    /// The key of the payload that begins with `nonce` (age "Payload").
    pub(super) fn payload(&self, nonce: &[u8]) -> Result<Zeroizing<[u8; 32]>, KeyError> {
        hkdf(self.as_bytes(), nonce, b"payload")
    }
}

impl fmt::Debug for FileKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileKey").finish_non_exhaustive()
    }
}

/// 32 bytes of HKDF-SHA-256 (RFC 5869), the only derivation of the age format.
pub(super) fn hkdf(secret: &[u8], salt: &[u8], info: &[u8]) -> Result<Zeroizing<[u8; 32]>, KeyError> {
    let failed = |_| KeyError::Crypto("derive a key");
    let mut out = Zeroizing::new([0; 32]);
    let extracted = Salt::new(HKDF_SHA256, salt).extract(secret);
    extracted.expand(&[info], HKDF_SHA256).map_err(failed)?.fill(&mut *out).map_err(failed)?;
    Ok(out)
}
