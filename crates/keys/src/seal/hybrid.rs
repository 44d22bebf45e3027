//! The post-quantum recipient (age "The mlkem768x25519 recipient type"): HPKE (RFC 9180) with
//! MLKEM768-X25519, so it stays shut until both ML-KEM-768 and X25519 are broken.
//!
//! It must never know of other recipients of the same message.

use hpke::aead::ChaCha20Poly1305;
use hpke::kdf::HkdfSha256;
use hpke::kem::XWing;
use hpke::{Deserializable, Kem, OpModeR, OpModeS, Serializable, single_shot_open, single_shot_seal};
use zeroize::Zeroizing;

use super::derive::FileKey;
use super::stanza::{Body, Stanza};
use super::x25519;
use crate::KeyError;

pub(super) const RECIPIENT: &str = "age1pq";
pub(super) const IDENTITY: &str = "AGE-SECRET-KEY-PQ-";
const INFO: &[u8] = b"age-encryption.org/mlkem768x25519";

/// An ML-KEM-768 encapsulation key (1184 bytes) and an X25519 point.
pub(super) type Public = [u8; 1216];
/// An ML-KEM-768 ciphertext (1088 bytes) and an X25519 point.
pub(super) type Share = [u8; 1120];
const POINT_BYTES: usize = 32;

/// Refuses a key whose ML-KEM half is not reduced (FIPS 203 section 7.2), or whose X25519 half
/// adds nothing.
pub(super) fn check(public: &Public) -> Result<(), &'static str> {
    <XWing as Kem>::PublicKey::from_bytes(public).map_err(|_| "it is not an ml-kem-768 key (FIPS 203)")?;
    x25519::check(point(public))
}

pub(super) fn public(secret: &[u8; 32]) -> Result<Public, KeyError> {
    let mut public = [0; size_of::<Public>()];
    XWing::sk_to_pk(&private(secret)?).write_exact(&mut public);
    Ok(public)
}

/// The library draws its randomness from the operating system itself, and ends the thread
/// when there is none.
pub(super) fn wrap(recipient: &Public, key: &FileKey) -> Result<Stanza, KeyError> {
    let recipient = <XWing as Kem>::PublicKey::from_bytes(recipient).map_err(|_| FAILED)?;
    let (encapsulated, body) =
        single_shot_seal::<ChaCha20Poly1305, HkdfSha256, XWing>(&OpModeS::Base, &recipient, INFO, key.as_bytes(), &[])
            .map_err(|_| FAILED)?;
    let mut share = Box::new([0; size_of::<Share>()]);
    encapsulated.write_exact(&mut share[..]);
    let body = body.try_into().map_err(|_| FAILED)?;
    Ok(Stanza::Hybrid { share, body })
}

/// # Errors
/// [`KeyError::CannotOpen`] for a share that no sender makes, as with X25519.
pub(super) fn unwrap(secret: &[u8; 32], share: &Share, body: &Body) -> Result<Option<FileKey>, KeyError> {
    x25519::check(point(share)).map_err(|_| KeyError::CannotOpen)?;
    let encapsulated = <XWing as Kem>::EncappedKey::from_bytes(share).map_err(|_| KeyError::CannotOpen)?;
    let opened = single_shot_open::<ChaCha20Poly1305, HkdfSha256, XWing>(
        &OpModeR::Base,
        &private(secret)?,
        &encapsulated,
        INFO,
        body,
        &[],
    );
    match opened.map(Zeroizing::new) {
        Ok(key) => FileKey::from_bytes(&key).map(Some),
        Err(_) => Ok(None),
    }
}

const FAILED: KeyError = KeyError::Crypto("encapsulate a key with mlkem768x25519");

fn private(secret: &[u8; 32]) -> Result<<XWing as Kem>::PrivateKey, KeyError> {
    Deserializable::from_bytes(secret).map_err(|_| FAILED)
}

/// The X25519 point, which comes last in keys and in shares.
fn point(bytes: &[u8]) -> &[u8] {
    &bytes[bytes.len() - POINT_BYTES..]
}
