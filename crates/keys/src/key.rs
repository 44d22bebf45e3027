//! Signing keys and their public halves.
//!
//! It must never know whose a key is or what it signs. A private key leaves this room only
//! into its own 0600 file; everything else goes through [`Signer`], so that a PKCS#11 or KMS
//! key can take its place.

mod public;
pub(crate) mod small_order;
mod software;

pub use public::{Algorithm, Fingerprint, PublicKey};
pub use software::SoftwareKey;

use crate::KeyError;

/// Something that signs: a key in memory, a hardware module, a key service.
pub trait Signer: Send + Sync {
    /// The public half, by which signatures are checked.
    fn public_key(&self) -> &PublicKey;

    /// Signs `message` as RFC 9421 section 3.3 says for the key's algorithm: 64 bytes for
    /// Ed25519, and `r || s` in 64 bytes (never DER) for ECDSA P-256.
    ///
    /// # Errors
    /// [`KeyError::Crypto`] when the key cannot be used.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError>;
}
