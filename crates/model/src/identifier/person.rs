//! Numbers that stand for a person in health and social security: NHS number, National Insurance
//! number.
//!
//! Must never be asked who the person is.

use super::pattern::{DIGITS, compact, digit, exactly, falling_sum, follows, is_repeated};
use super::{Reading, Rules};

/// Modulus 11 over weights 10 to 2, as in the Personal Demographics Service. The range 999 is
/// reserved for tests and demonstrations and never issued.
pub(super) fn nhs_number(text: &str, rules: Rules) -> Option<Reading> {
    let canonical = compact(text, &[' ', '-']);
    if !follows(&canonical, &[exactly(DIGITS, 10)]) {
        return None;
    }
    let (body, check) = canonical.as_bytes().split_at(9);
    let expected = match 11 - falling_sum(body, 10) % 11 {
        11 => Some(0),
        10 => None,
        other => Some(other),
    };
    let checked = expected == check.first().map(|byte| digit(*byte));
    // All ten repeated-digit numbers pass the check; the last of them belongs to the test range.
    let plausible = if canonical.starts_with("999") { rules.allow_synthetic } else { !is_repeated(&canonical) };
    Some(Reading { canonical, checked, plausible })
}

const NINO_FIRST: &[u8] = b"ABCEGHJKLMNOPRSTWXYZ";
const NINO_SECOND: &[u8] = b"ABCEGHJKLMNPRSTWXYZ";
const NINO_SUFFIX: &[u8] = b"ABCD";

/// Prefixes never allocated (National Insurance manual NIM39110).
const NINO_UNUSED: [&str; 7] = ["BG", "GB", "KN", "NK", "NT", "TN", "ZZ"];

/// Prefixes of administrative look-alikes, which are not real numbers (NIM39110).
const NINO_ADMINISTRATIVE: [&str; 8] = ["OO", "CR", "FY", "MW", "NC", "PP", "PY", "PZ"];

/// No check character exists. `QQ` is the prefix of examples.
pub(super) fn nino(text: &str, rules: Rules) -> Option<Reading> {
    let canonical = compact(text, &[' ']);
    let prefix = canonical.get(..2)?;
    let example = prefix == "QQ" && rules.allow_synthetic;
    let allocated =
        follows(prefix, &[exactly(NINO_FIRST, 1), exactly(NINO_SECOND, 1)]) && !NINO_UNUSED.contains(&prefix);
    let rest = follows(&canonical[2..], &[exactly(DIGITS, 6), exactly(NINO_SUFFIX, 1)]);
    if !(example || allocated) || !rest {
        return None;
    }
    let plausible = !NINO_ADMINISTRATIVE.contains(&prefix);
    Some(Reading { canonical, checked: true, plausible })
}
