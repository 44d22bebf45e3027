//! Time-based one-time passwords (RFC 6238 over RFC 4226): the second factor that an app on a telephone shows.
//!
//! SHA-1, six digits, thirty seconds: what every app knows. It must never know whose secret it is, nor which steps
//! were used: callers keep those, because a code counts once.

use aws_lc_rs::hmac;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::{KeyError, constant_time_equal, random};

/// Seconds that one code stands for.
pub const TOTP_STEP_SECONDS: i64 = 30;
/// RFC 4226 section 4, R6: 160 bits.
const SECRET_BYTES: usize = 20;
const DIGITS: usize = 6;
/// RFC 6238 section 5.2: one step to either side, for clocks that differ and people who type slowly.
const STEPS_ASIDE: i64 = 1;
/// RFC 4648 section 6.
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// The secret that an app and we share.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct TotpSecret([u8; SECRET_BYTES]);

impl TotpSecret {
    /// A new one.
    ///
    /// # Errors
    /// [`KeyError::Crypto`] when there is no randomness.
    pub fn generate() -> Result<Self, KeyError> {
        random().map(Self)
    }

    /// One that was kept.
    ///
    /// # Errors
    /// [`KeyError::Malformed`] when it is not 20 bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, KeyError> {
        let bytes = bytes.try_into();
        bytes.map(Self).map_err(|_| KeyError::Malformed { what: "one-time password secret", why: "it is not 20 bytes" })
    }

    /// What is to be kept, sealed.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The secret for typing into an app: base32 (RFC 4648 section 6). Twenty bytes need no padding.
    #[must_use]
    pub fn to_base32(&self) -> String {
        let mut text = String::with_capacity(SECRET_BYTES * 8 / 5);
        for five in self.0.chunks_exact(5) {
            let bits = five.iter().fold(0u64, |bits, byte| (bits << 8) | u64::from(*byte));
            (0..8).rev().for_each(|place| text.push(char::from(BASE32[(bits >> (place * 5)) as usize & 31])));
        }
        text
    }

    /// The secret as somebody typed it, whatever the case and wherever the spaces.
    ///
    /// # Errors
    /// [`KeyError::Malformed`] when it is not the base32 of 20 bytes.
    pub fn from_base32(text: &str) -> Result<Self, KeyError> {
        let malformed = KeyError::Malformed { what: "one-time password secret", why: "it is not 20 bytes in base32" };
        let value = |letter: u8| BASE32.iter().zip(0u64..).find(|(known, _)| **known == letter.to_ascii_uppercase());
        let letters = text.bytes().filter(|letter| !letter.is_ascii_whitespace());
        let values: Option<Vec<u64>> = letters.map(|letter| value(letter).map(|(_, value)| value)).collect();
        let values = Zeroizing::new(values.filter(|values| values.len() * 5 == SECRET_BYTES * 8).ok_or(malformed)?);
        let mut bytes = [0; SECRET_BYTES];
        for (five, eight) in bytes.chunks_exact_mut(5).zip(values.chunks_exact(8)) {
            let bits = eight.iter().fold(0u64, |bits, value| (bits << 5) | value);
            five.copy_from_slice(&bits.to_be_bytes()[3..]);
        }
        Ok(Self(bytes))
    }

    /// The step of time for which the code is right, near a moment (seconds since 1970).
    #[must_use]
    pub fn step_of(&self, code: &str, unix_seconds: i64) -> Option<i64> {
        let now = unix_seconds.div_euclid(TOTP_STEP_SECONDS);
        // Every step is looked at, whichever is right.
        (now - STEPS_ASIDE..=now + STEPS_ASIDE).fold(None, |found, step| {
            let right = constant_time_equal(self.code(step).as_bytes(), code.as_bytes());
            if right { Some(step) } else { found }
        })
    }

    /// The code at a moment (seconds since 1970).
    #[must_use]
    pub fn code_at(&self, unix_seconds: i64) -> String {
        self.code(unix_seconds.div_euclid(TOTP_STEP_SECONDS))
    }

    fn code(&self, step: i64) -> String {
        format!("{:0DIGITS$}", truncated(&self.0, step) % 1_000_000)
    }
}

/// RFC 4226 section 5.3.
fn truncated(secret: &[u8], step: i64) -> u32 {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
    let mac = hmac::sign(&key, &step.to_be_bytes());
    let mac = mac.as_ref();
    let offset = usize::from(mac.last().copied().unwrap_or_default() & 15);
    let word = mac.get(offset..offset + 4).unwrap_or(&[0; 4]);
    word.iter().fold(0u32, |word, byte| (word << 8) | u32::from(*byte)) & 0x7fff_ffff
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_the_rfc() -> TotpSecret {
        TotpSecret::from_bytes(b"12345678901234567890").unwrap()
    }

    #[test]
    fn the_values_of_rfc_4226_appendix_d_are_reproduced() {
        let expected =
            ["755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"];
        for (step, code) in expected.iter().enumerate() {
            assert_eq!(of_the_rfc().code(step as i64), *code);
        }
    }

    #[test]
    fn the_times_of_rfc_6238_appendix_b_are_reproduced() {
        // The appendix shows eight digits; six are their end.
        for (time, code) in [
            (59, 94_287_082),
            (1_111_111_109, 7_081_804),
            (1_111_111_111, 14_050_471),
            (1_234_567_890, 89_005_924),
            (2_000_000_000, 69_279_037),
            (20_000_000_000, 65_353_130),
        ] {
            assert_eq!(truncated(b"12345678901234567890", time / TOTP_STEP_SECONDS) % 100_000_000, code);
            assert_eq!(of_the_rfc().code_at(time), format!("{:06}", code % 1_000_000));
        }
    }

    #[test]
    fn a_code_counts_a_step_to_either_side_and_no_further() {
        let secret = of_the_rfc();
        let code = secret.code_at(3000);
        for (moment, counts) in [(2939, false), (2970, true), (3000, true), (3059, true), (3060, false)] {
            assert_eq!(secret.step_of(&code, moment).is_some(), counts, "{moment}");
        }
        assert_eq!(secret.step_of(&code, 3030), Some(100));
        for wrong in ["", "0", "00000a", "0000000", "７５５２２４"] {
            assert_eq!(secret.step_of(wrong, 3000), None);
        }
    }

    #[test]
    fn a_secret_that_is_typed_is_the_one_that_was_shown_or_none() {
        let shown = of_the_rfc().to_base32();
        for typed in [shown.clone(), shown.to_lowercase(), shown.replace("GEZ", " ge z")] {
            assert_eq!(TotpSecret::from_base32(&typed).unwrap().as_bytes(), of_the_rfc().as_bytes());
        }
        for wrong in ["", &shown[1..], &format!("{shown}A"), &shown.replace('G', "1"), &shown.replace('G', "é")] {
            assert!(TotpSecret::from_base32(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_secret_is_shown_as_apps_read_it() {
        assert_eq!(of_the_rfc().to_base32(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert_ne!(TotpSecret::generate().unwrap().as_bytes(), TotpSecret::generate().unwrap().as_bytes());
        assert!(TotpSecret::from_bytes(b"short").is_err());
    }
}
