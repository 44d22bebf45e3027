//! How payloads lie in a column: one byte that says which way, then the bytes.
//!
//! The first byte is the format's version; a reader keeps understanding every value it ever had. Records are short and
//! alike: a dictionary of what they have in common halves them, and halves the work. It is trained on invented evidence
//! (examples/evidence_samples.rs), and only makes smaller what looks like that; anything may be packed.

use std::cell::RefCell;
use std::io::Read;

use crate::error::{Result, StoreError};

const PLAIN: u8 = 0;
/// A zstd frame (RFC 8878) made with [`DICTIONARY`].
const ZSTD: u8 = 1;
/// Never changed, or what was packed could not be read: a better one takes the next version.
const DICTIONARY: &[u8] = include_bytes!("packing/evidence-1.dict");

/// Fast, and within a few hundredths of slower levels.
const LEVEL: i32 = 1;
/// Below this many bytes a frame's own header eats the gain.
const WORTH_COMPRESSING: usize = 96;

thread_local! {
    /// Kept per thread: setting up a compressor costs more than compressing one record.
    static COMPRESSOR: RefCell<Option<zstd::bulk::Compressor<'static>>> = const { RefCell::new(None) };
}

/// Packs bytes for a column.
pub(crate) fn pack(bytes: &[u8]) -> Vec<u8> {
    compressed(bytes).unwrap_or_else(|| {
        let mut plain = Vec::with_capacity(bytes.len() + 1);
        plain.push(PLAIN);
        plain.extend_from_slice(bytes);
        plain
    })
}

/// The compressed form, unless it would not be smaller.
fn compressed(bytes: &[u8]) -> Option<Vec<u8>> {
    if bytes.len() < WORTH_COMPRESSING {
        return None;
    }
    let frame = COMPRESSOR.with_borrow_mut(|slot| {
        if slot.is_none() {
            *slot = zstd::bulk::Compressor::with_dictionary(LEVEL, DICTIONARY).ok();
        }
        slot.as_mut().and_then(|compressor| compressor.compress(bytes).ok())
    })?;
    if frame.len() >= bytes.len() {
        return None;
    }
    let mut packed = Vec::with_capacity(frame.len() + 1);
    packed.push(ZSTD);
    packed.extend_from_slice(&frame);
    Some(packed)
}

/// Unpacks a column, never into more than `limit` bytes.
pub(crate) fn unpack(what: &str, packed: &[u8], limit: usize) -> Result<Vec<u8>> {
    let damaged = || StoreError::Damaged(what.to_owned());
    match packed.split_first() {
        Some((&PLAIN, bytes)) if bytes.len() <= limit => Ok(bytes.to_vec()),
        Some((&ZSTD, frame)) => {
            let decoder = zstd::stream::read::Decoder::with_dictionary(frame, DICTIONARY).map_err(|_| damaged())?;
            let mut bytes = Vec::new();
            decoder.take(limit as u64 + 1).read_to_end(&mut bytes).map_err(|_| damaged())?;
            if bytes.len() > limit { Err(damaged()) } else { Ok(bytes) }
        }
        _ => Err(damaged()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_unpacks_to_the_same_bytes() {
        for length in [0, 1, 95, 96, 1000, 100_000] {
            let bytes: Vec<u8> = (0..length).map(|i| (i % 7) as u8).collect();
            assert_eq!(unpack("a test", &pack(&bytes), 100_000).unwrap(), bytes);
        }
    }

    #[test]
    fn a_value_packed_by_the_first_release_is_read_for_ever() {
        let text =
            br#"{"version":1,"side":"inbound","id":"b2b92e70-c0ca-43cc-a534-f9b74eb5b898","kind":"query","role":"x"}"#;
        let kept = include_bytes!("packing/first-release.bin");
        assert_eq!(unpack("a test", kept, 1000).unwrap(), text);
        assert!(kept.len() < 60);
    }

    #[test]
    fn a_frame_that_swells_past_the_limit_is_damaged() {
        let packed = pack(&vec![0; 1 << 20]);
        assert!(packed.len() < 1000);
        assert!(unpack("a test", &packed, 1 << 19).is_err());
        assert!(unpack("a test", &packed[..packed.len() / 2], 1 << 20).is_err());
        assert!(unpack("a test", &[9, 9], 100).is_err());
        assert!(unpack("a test", &[], 100).is_err());
    }
}
