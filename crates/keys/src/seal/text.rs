//! Sealing keys as text: Bech32 (BIP 173), as the age format uses it.
//!
//! It must never know what kind of key the bytes are.

use bech32::primitives::decode::CheckedHrpstring;
use bech32::{Bech32, Checksum, Hrp};
use zeroize::Zeroizing;

/// Bech32 without its limit of length, which a post-quantum recipient exceeds: age relies on
/// the checksum to notice slips, not on its correcting them.
enum LongBech32 {}

impl Checksum for LongBech32 {
    type MidstateRepr = u32;
    const CODE_LENGTH: usize = 4096;
    const CHECKSUM_LENGTH: usize = Bech32::CHECKSUM_LENGTH;
    const GENERATOR_SH: [u32; 5] = Bech32::GENERATOR_SH;
    const TARGET_RESIDUE: u32 = Bech32::TARGET_RESIDUE;
}

/// The text of `bytes` under `prefix`, in the prefix's case. Empty when the prefix is none that
/// Bech32 allows, which those of this room are not.
pub(super) fn encode(prefix: &str, bytes: &[u8]) -> Zeroizing<String> {
    let Ok(hrp) = Hrp::parse(prefix) else { return Zeroizing::default() };
    // Room for all of it at once: a growing string would leave copies behind.
    let mut text = Zeroizing::new(String::with_capacity(prefix.len() + 8 + bytes.len() * 8 / 5));
    let written = if prefix.starts_with(|first: char| first.is_ascii_uppercase()) {
        bech32::encode_upper_to_fmt::<LongBech32, _>(&mut *text, hrp, bytes)
    } else {
        bech32::encode_lower_to_fmt::<LongBech32, _>(&mut *text, hrp, bytes)
    };
    written.map(|()| text).unwrap_or_default()
}

/// The `N` bytes that `text` says under `prefix`; only the one text that [`encode`] gives them
/// is read, so a key has one form.
pub(super) fn decode<const N: usize>(prefix: &str, text: &str) -> Option<Zeroizing<[u8; N]>> {
    let read = CheckedHrpstring::new::<LongBech32>(text).ok()?;
    if read.byte_iter().len() != N {
        return None;
    }
    let mut bytes = Zeroizing::new([0; N]);
    bytes.iter_mut().zip(read.byte_iter()).for_each(|(byte, read)| *byte = read);
    (*encode(prefix, &*bytes) == text).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_that_of_bech32() {
        LongBech32::sanity_check();
        let (hrp, bytes) = (Hrp::parse("age").unwrap(), [7; 32]);
        assert_eq!(*encode("age", &bytes), bech32::encode::<Bech32>(hrp, &bytes).unwrap());
        let other = bech32::encode::<bech32::Bech32m>(hrp, &bytes).unwrap();
        assert!(decode::<32>("age", &other).is_none());
    }

    #[test]
    fn a_key_has_one_text() {
        let text = encode("age", &[7; 32]);
        assert_eq!(*decode::<32>("age", &text).unwrap(), [7; 32]);
        assert!(decode::<31>("age", &text).is_none());
        assert!(decode::<32>("age", &text.to_uppercase()).is_none());
        assert!(decode::<32>("AGE-SECRET-KEY-", &text).is_none());
        assert!(decode::<32>("age", &format!("{} ", *text)).is_none());
    }
}
