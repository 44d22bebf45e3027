//! The only room that touches key material: digests, signing keys, document signatures,
//! HTTP message signatures (RFC 9421), sealing (age), pinned TLS, passwords and one-time passwords.
//!
//! It must never know what is signed or sealed, who a peer is, or whether a key is still
//! admitted: callers look keys up, decide on time windows, nonces and replays, and hand the
//! bytes in. It imports none of our crates. Sealing, TLS, passwords and identity are features, so that who judges a
//! ledger builds none of them.

mod digest;
mod error;
mod file;
#[cfg(feature = "identity")]
mod id_token;
mod key;
pub mod message;
#[cfg(feature = "passwords")]
mod password;
#[cfg(feature = "seal")]
mod seal;
mod signature;
mod ssh;
mod text;
#[cfg(feature = "tls")]
pub mod tls;
mod totp;

pub use digest::{Sha256, check_content_digest, content_digest, hmac_sha256, sha256, sha512};
pub use error::KeyError;
#[cfg(feature = "identity")]
pub use id_token::ProviderKeys;
pub use key::{Algorithm, Fingerprint, PublicKey, Signer, SoftwareKey};
#[cfg(feature = "passwords")]
pub use password::{MAX_PASSWORD_BYTES, hash_password, pretend_to_verify, verify_password};
#[cfg(feature = "seal")]
pub use seal::{
    CHUNK_BYTES, FileKey, MAX_HEADER_BYTES, MAX_RECIPIENTS, NONCE_BYTES, PayloadKey, SealingKey, SealingRecipient,
    TAG_BYTES, open, open_header, opened_length, piece_digest, rewrap, seal, sealed_length, write_header,
};
pub use signature::{DocumentSignature, sign_document, verify_document};
pub use ssh::HostSeed;
#[cfg(feature = "tls")]
pub use tls::TlsIdentity;
pub use totp::{TOTP_STEP_SECONDS, TotpSecret};

use aws_lc_rs::rand;
use subtle::ConstantTimeEq;

/// `N` bytes from the operating system's seeded generator, fit for keys, salts and nonces.
///
/// # Errors
/// [`KeyError::Crypto`] when the system gives no randomness; nothing may be signed or sealed then.
pub fn random<const N: usize>() -> Result<[u8; N], KeyError> {
    let mut out = [0; N];
    rand::fill(&mut out).map_err(|_| KeyError::Crypto("draw random bytes"))?;
    Ok(out)
}

/// Whether two secrets are equal, in a time that depends on their lengths alone.
pub fn constant_time_equal(left: &[u8], right: &[u8]) -> bool {
    left.ct_eq(right).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_draws_of_randomness_differ() {
        assert_ne!(random::<32>().unwrap(), random::<32>().unwrap());
    }

    #[test]
    fn equality_of_secrets_looks_at_every_byte_and_at_the_length() {
        assert!(constant_time_equal(b"secret", b"secret"));
        assert!(!constant_time_equal(b"secret", b"secreT"));
        assert!(!constant_time_equal(b"secret", b"secret "));
        assert!(!constant_time_equal(b"secret", b""));
    }
}
