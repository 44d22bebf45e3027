//! The payload of a sealed message: chunks of 64 KiB, each sealed for its place, so that any of
//! them is sealed and opened by itself (age "Payload": STREAM over ChaCha20-Poly1305).
//!
//! It must never know of headers and recipients, or keep more than it was handed.

use std::fmt;

use aws_lc_rs::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};

use super::derive::FileKey;
use crate::{KeyError, random};

/// Plaintext bytes of every chunk but the last, which has at most as many.
pub const CHUNK_BYTES: usize = 64 * 1024;
/// What sealing adds to each chunk.
pub const TAG_BYTES: usize = 16;
/// The length of what stands between header and payload.
pub const NONCE_BYTES: usize = 16;

const SEALED_BYTES: usize = CHUNK_BYTES + TAG_BYTES;
const FAILED: KeyError = KeyError::Crypto("seal the chunk");

/// What a payload of so many plaintext bytes takes sealed, without header and nonce.
pub const fn sealed_length(plaintext: u64) -> u64 {
    let chunks = if plaintext == 0 { 1 } else { plaintext.div_ceil(CHUNK_BYTES as u64) };
    plaintext.saturating_add(chunks * TAG_BYTES as u64)
}

/// How many plaintext bytes a sealed payload of so many bytes holds, if it opens at all.
///
/// # Errors
/// [`KeyError::CannotOpen`] for a length that no payload has.
pub const fn opened_length(sealed: u64) -> Result<u64, KeyError> {
    let tags = sealed.div_ceil(SEALED_BYTES as u64) * TAG_BYTES as u64;
    match sealed.checked_sub(tags) {
        Some(plaintext) if sealed_length(plaintext) == sealed => Ok(plaintext),
        _ => Err(KeyError::CannotOpen),
    }
}

/// Seals and opens the chunks of one payload; wiped when dropped.
///
/// A chunk opens only at the index it was sealed at, and only as the last one if it is that. To
/// seal two different contents at one place under one key would give both away.
pub struct PayloadKey(LessSafeKey);

impl PayloadKey {
    /// A nonce for a new payload, to be kept between its header and its chunks.
    ///
    /// # Errors
    /// [`KeyError::Crypto`] when there is no randomness.
    pub fn generate_nonce() -> Result<[u8; NONCE_BYTES], KeyError> {
        random()
    }

    /// The key of the payload that has `nonce` before it.
    ///
    /// # Errors
    /// [`KeyError::Crypto`] when the library refuses.
    pub fn new(key: &FileKey, nonce: &[u8; NONCE_BYTES]) -> Result<Self, KeyError> {
        let key = UnboundKey::new(&CHACHA20_POLY1305, &*key.payload(nonce)?).map_err(|_| FAILED)?;
        Ok(Self(LessSafeKey::new(key)))
    }

    /// Seals one chunk in place; its tag is appended.
    ///
    /// # Errors
    /// [`KeyError::Malformed`] for a length that a chunk at this place cannot have.
    pub fn seal_chunk(&self, index: u64, last: bool, buffer: &mut Vec<u8>) -> Result<(), KeyError> {
        check_length(index, last, buffer.len())?;
        let tag = self.0.seal_in_place_separate_tag(nonce(index, last), Aad::empty(), buffer).map_err(|_| FAILED)?;
        buffer.extend_from_slice(tag.as_ref());
        Ok(())
    }

    /// Opens one chunk in place; its tag is removed. After an error `buffer` is empty.
    ///
    /// # Errors
    /// [`KeyError::CannotOpen`] when it was not sealed by this key for this place.
    pub fn open_chunk(&self, index: u64, last: bool, buffer: &mut Vec<u8>) -> Result<(), KeyError> {
        let length = buffer.len().saturating_sub(TAG_BYTES);
        let allowed = buffer.len() >= TAG_BYTES && check_length(index, last, length).is_ok();
        let opened = allowed && self.0.open_in_place(nonce(index, last), Aad::empty(), buffer).is_ok();
        buffer.truncate(if opened { length } else { 0 });
        if opened { Ok(()) } else { Err(KeyError::CannotOpen) }
    }

    /// Seals consecutive chunks, the first of them at index `first`, and appends them to
    /// `sealed`. With `last` the payload ends with them; without it they are all full.
    ///
    /// # Errors
    /// [`KeyError::Malformed`] when `plaintext` cannot be those chunks; `sealed` is as before.
    pub fn seal_chunks(&self, first: u64, last: bool, plaintext: &[u8], sealed: &mut Vec<u8>) -> Result<(), KeyError> {
        let run = Run::new(first, last, plaintext.len())?;
        let before = sealed.len();
        sealed.resize(before + sealed_length(plaintext.len() as u64) as usize, 0);
        for (at, out) in sealed[before..].chunks_mut(SEALED_BYTES).enumerate() {
            let (out, tag) = out.split_at_mut(out.len() - TAG_BYTES);
            let chunk = &plaintext[at * CHUNK_BYTES..][..out.len()];
            let done = self.0.seal_out_of_place_scatter(run.nonce(at), Aad::empty(), chunk, out, &[], tag);
            done.map_err(|_| FAILED)?;
        }
        Ok(())
    }

    /// Opens consecutive chunks, the first of them at index `first`, and appends what they hold
    /// to `plaintext`. With `last` the payload ends with them; without it they are all full.
    ///
    /// # Errors
    /// [`KeyError::CannotOpen`] when any of them was not sealed by this key for its place;
    /// `plaintext` is as before.
    pub fn open_chunks(&self, first: u64, last: bool, sealed: &[u8], plaintext: &mut Vec<u8>) -> Result<(), KeyError> {
        let length = opened_length(sealed.len() as u64)? as usize;
        let run = Run::new(first, last, length).map_err(|_| KeyError::CannotOpen)?;
        let before = plaintext.len();
        plaintext.resize(before + length, 0);
        let mut chunks = sealed.chunks(SEALED_BYTES).enumerate();
        let opened = chunks.try_for_each(|(at, chunk)| {
            let (chunk, tag) = chunk.split_at(chunk.len() - TAG_BYTES);
            let out = &mut plaintext[before + at * CHUNK_BYTES..][..chunk.len()];
            self.0.open_separate_gather(run.nonce(at), Aad::empty(), chunk, tag, out)
        });
        opened.map_err(|_| {
            plaintext.truncate(before);
            KeyError::CannotOpen
        })
    }
}

impl fmt::Debug for PayloadKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PayloadKey").finish_non_exhaustive()
    }
}

/// Chunks that stand one after the other in a payload.
struct Run {
    first: u64,
    count: usize,
    last: bool,
}

impl Run {
    /// Those that hold `length` bytes: all full but perhaps the payload's last.
    fn new(first: u64, last: bool, length: usize) -> Result<Self, KeyError> {
        let count = length.div_ceil(CHUNK_BYTES).max(1);
        let end = first.checked_add(count as u64 - 1).ok_or(NO_CHUNK)?;
        check_length(end, last, length - (count - 1) * CHUNK_BYTES)?;
        Ok(Self { first, count, last })
    }

    fn nonce(&self, at: usize) -> Nonce {
        nonce(self.first + at as u64, self.last && at + 1 == self.count)
    }
}

const NO_CHUNK: KeyError = KeyError::Malformed {
    what: "payload chunk",
    why: "every chunk holds 65536 bytes; the last at most that, and nothing only when it is the first (age, payload)",
};

fn check_length(index: u64, last: bool, length: usize) -> Result<(), KeyError> {
    let fits = if last { length <= CHUNK_BYTES && (length > 0 || index == 0) } else { length == CHUNK_BYTES };
    if fits { Ok(()) } else { Err(NO_CHUNK) }
}

/// The chunk's index in eleven bytes, most significant first, then whether it is the last.
fn nonce(index: u64, last: bool) -> Nonce {
    let mut nonce = [0; 12];
    nonce[3..11].copy_from_slice(&index.to_be_bytes());
    nonce[11] = last.into();
    Nonce::assume_unique_for_key(nonce)
}
