//! The X25519 recipient (age "The X25519 recipient type").
//!
//! It must never know of other recipients of the same message.

use aws_lc_rs::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::agreement::{PrivateKey, UnparsedPublicKey, X25519, agree};
use zeroize::Zeroizing;

use super::derive::{FileKey, hkdf};
use super::stanza::{Body, Stanza};
use crate::KeyError;
use crate::key::small_order;

pub(super) const RECIPIENT: &str = "age";
pub(super) const IDENTITY: &str = "AGE-SECRET-KEY-";
const INFO: &[u8] = b"age-encryption.org/v1/X25519";

/// A point of Curve25519, little-endian (RFC 7748 section 5).
pub(super) type Public = [u8; 32];

/// Refuses a key that every private key agrees with on the same secret.
pub(super) fn check(public: &[u8]) -> Result<(), &'static str> {
    if small_order::is_x25519(public) { Err("it is an x25519 point of small order") } else { Ok(()) }
}

pub(super) fn public(secret: &[u8; 32]) -> Result<Public, KeyError> {
    public_of(&private(secret)?)
}

pub(super) fn wrap(recipient: &Public, key: &FileKey) -> Result<Stanza, KeyError> {
    let ephemeral = PrivateKey::generate(&X25519).map_err(|_| FAILED)?;
    let share = public_of(&ephemeral)?;
    // Agreement fails on a point of small order, which a recipient read from text never is.
    let aead = wrapping_key(&ephemeral, recipient, &share, recipient)?.ok_or(FAILED)?;
    let mut body = key.as_bytes().to_vec();
    aead.seal_in_place_append_tag(once(), Aad::empty(), &mut body).map_err(|_| FAILED)?;
    let body = body.try_into().map_err(|_| FAILED)?;
    Ok(Stanza::X25519 { share, body })
}

/// # Errors
/// [`KeyError::CannotOpen`] for a share that no sender makes: the format wants the whole header
/// refused then, not the stanza passed over.
pub(super) fn unwrap(secret: &[u8; 32], share: &Public, body: &Body) -> Result<Option<FileKey>, KeyError> {
    let private = private(secret)?;
    let public = public_of(&private)?;
    let aead = wrapping_key(&private, share, share, &public)?.ok_or(KeyError::CannotOpen)?;
    let mut body = Zeroizing::new(*body);
    match aead.open_in_place(once(), Aad::empty(), &mut *body) {
        Ok(key) => FileKey::from_bytes(key).map(Some),
        Err(_) => Ok(None),
    }
}

const FAILED: KeyError = KeyError::Crypto("agree on a key with x25519");

fn private(secret: &[u8; 32]) -> Result<PrivateKey, KeyError> {
    PrivateKey::from_private_key(&X25519, secret).map_err(|_| FAILED)
}

fn public_of(private: &PrivateKey) -> Result<Public, KeyError> {
    let public = private.compute_public_key().map_err(|_| FAILED)?;
    public.as_ref().try_into().map_err(|_| FAILED)
}

/// Nothing when the two do not agree on a secret (RFC 7748 section 6.1, the all-zero check).
fn wrapping_key(
    ours: &PrivateKey,
    theirs: &Public,
    share: &Public,
    recipient: &Public,
) -> Result<Option<LessSafeKey>, KeyError> {
    let salt = [*share, *recipient].concat();
    let derived = agree(ours, UnparsedPublicKey::new(&X25519, theirs), None, |secret| {
        Ok::<_, Option<KeyError>>(hkdf(secret, &salt, INFO))
    });
    let Ok(key) = derived else { return Ok(None) };
    let key = UnboundKey::new(&CHACHA20_POLY1305, &*key?).map_err(|_| FAILED)?;
    Ok(Some(LessSafeKey::new(key)))
}

/// Zero, since a wrapping key wraps once.
fn once() -> Nonce {
    Nonce::assume_unique_for_key([0; 12])
}
