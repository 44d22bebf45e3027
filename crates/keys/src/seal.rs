//! Sealing: content that only its recipients can open, in the age format
//! (C2SP age-encryption.org/v1), so that the ordinary `age` tool opens it as well.
//!
//! A sealed message is a header, which wraps a fresh key to each recipient, then a nonce, then
//! the payload in chunks. The parts are kept apart here, so that a large payload is sealed and
//! opened chunk by chunk and in any order, and another header can take the place of the first.
//! It must never know who a recipient is, or where a part is kept.

mod derive;
mod header;
mod hybrid;
mod key;
mod payload;
mod piece;
mod recipient;
mod stanza;
mod text;
mod x25519;

pub use derive::FileKey;
pub use header::{MAX_HEADER_BYTES, MAX_RECIPIENTS, open_header, rewrap, write_header};
pub use key::SealingKey;
pub use payload::{CHUNK_BYTES, NONCE_BYTES, PayloadKey, TAG_BYTES, opened_length, sealed_length};
pub use piece::piece_digest;
pub use recipient::SealingRecipient;

use std::iter;

use zeroize::Zeroizing;

use crate::KeyError;

/// Seals `plaintext`, held in memory whole, so that each of `recipients` can open it alone.
///
/// Sealing hides the content and notices alteration; it does not say who sealed. Sign as well.
///
/// # Errors
/// As [`write_header`].
pub fn seal(recipients: &[SealingRecipient], plaintext: &[u8]) -> Result<Vec<u8>, KeyError> {
    let key = FileKey::generate()?;
    let nonce = PayloadKey::generate_nonce()?;
    let mut sealed = write_header(recipients, &key)?;
    sealed.extend_from_slice(&nonce);
    PayloadKey::new(&key, &nonce)?.seal_chunks(0, true, plaintext, &mut sealed)?;
    Ok(sealed)
}

/// Opens a sealed message of at most `limit` bytes of plaintext.
///
/// # Errors
/// [`KeyError::TooLarge`] beyond `limit`, otherwise [`KeyError::CannotOpen`], which never says
/// whether the key or the message is to blame.
pub fn open(key: &SealingKey, sealed: &[u8], limit: usize) -> Result<Vec<u8>, KeyError> {
    let (file_key, header) = open_header(iter::once(key), sealed)?;
    let (nonce, payload) = sealed[header..].split_first_chunk().ok_or(KeyError::CannotOpen)?;
    let length = opened_length(payload.len() as u64)?;
    if length > limit as u64 {
        return Err(KeyError::TooLarge { what: "sealed message", limit });
    }
    let mut plaintext = Zeroizing::new(Vec::new());
    PayloadKey::new(&file_key, nonce)?.open_chunks(0, true, payload, &mut plaintext)?;
    Ok(std::mem::take(&mut *plaintext))
}
