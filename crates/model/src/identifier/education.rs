//! Numbers of pupils and learners: UPN and ULN.
//!
//! Must never know a school or a pupil.

use super::pattern::{DIGITS, compact, digit, exactly, falling_sum, follows, is_repeated};
use super::{Reading, Rules};

/// The check letters of the Department for Education and the police: no I, O or S.
pub(super) const CHECK_LETTERS: &[u8] = b"ABCDEFGHJKLMNPQRTUVWXYZ";

/// Check letter, local authority 3, school 4, year 2, serial 3; a temporary number has a serial of 2
/// and a letter. The letter is modulus 23 over weights 2 to 13.
pub(super) fn upn(text: &str, rules: Rules) -> Option<Reading> {
    let canonical = compact(text, &[' ']);
    let permanent = [exactly(CHECK_LETTERS, 1), exactly(DIGITS, 12)];
    let temporary = [exactly(CHECK_LETTERS, 1), exactly(DIGITS, 11), exactly(CHECK_LETTERS, 1)];
    if !follows(&canonical, &permanent) && !follows(&canonical, &temporary) {
        return None;
    }
    let (letter, body) = canonical.as_bytes().split_at(1);
    let sum: usize = body.iter().zip(2..).map(|(byte, weight)| letter_value(*byte) * weight).sum();
    let checked = letter.first() == Some(&CHECK_LETTERS[sum % CHECK_LETTERS.len()]);
    let plausible = match &canonical[1..4] {
        "000" => false,
        "999" => rules.allow_synthetic,
        _ => true,
    };
    Some(Reading { canonical, checked, plausible })
}

/// A digit stands for itself, a letter for its place in the alphabet.
fn letter_value(byte: u8) -> usize {
    CHECK_LETTERS.iter().position(|letter| *letter == byte).unwrap_or_else(|| usize::from(byte.wrapping_sub(b'0')))
}

/// Modulus 11 over weights 10 to 2; remainder 0 is no number at all.
pub(super) fn uln(text: &str, rules: Rules) -> Option<Reading> {
    let canonical = compact(text, &[' ']);
    if !follows(&canonical, &[exactly(DIGITS, 10)]) {
        return None;
    }
    let (body, check) = canonical.as_bytes().split_at(9);
    let remainder = falling_sum(body, 10) % 11;
    let checked = remainder != 0 && check.first().map(|byte| digit(*byte)) == Some(10 - remainder);
    let plausible = if canonical.starts_with("999") { rules.allow_synthetic } else { !is_repeated(&canonical) };
    Some(Reading { canonical, checked, plausible })
}
