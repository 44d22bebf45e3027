//! Vehicles, drivers and parking badges: registration mark, driver number, Blue Badge number.
//!
//! Must never know a keeper, a driver or a badge holder.

use super::pattern::{ALPHANUMERIC, DIGITS, LETTERS, Run, between, compact, exactly, follows};
use super::{Reading, Rules};

/// First two letters of the current pattern: no I, Q, Z (`[A-HJ-PR-Y]`).
const CURRENT_AREA: &[u8] = b"ABCDEFGHJKLMNOPRSTUVWXY";
/// Last three letters of the current pattern: no I, Q (`[A-HJ-PR-Z]`).
const CURRENT_TAIL: &[u8] = b"ABCDEFGHJKLMNOPRSTUVWXYZ";
/// Year letters of the prefix pattern (`[A-HJ-NPR-TV-Y]`).
const PREFIX_YEAR: &[u8] = b"ABCDEFGHJKLMNPRSTVWXY";

const CURRENT: &[Run] = &[exactly(CURRENT_AREA, 2), exactly(DIGITS, 2), exactly(CURRENT_TAIL, 3)];
const PREFIX: &[Run] = &[exactly(PREFIX_YEAR, 1), between(DIGITS, 1, 3), exactly(LETTERS, 3)];
const SUFFIX: &[Run] = &[exactly(LETTERS, 3), between(DIGITS, 1, 3), exactly(LETTERS, 1)];
/// Northern Ireland, and dateless marks with the letters first.
const LETTERS_FIRST: &[Run] = &[between(LETTERS, 1, 3), between(DIGITS, 1, 4)];
const DIGITS_FIRST: &[Run] = &[between(DIGITS, 1, 4), between(LETTERS, 1, 3)];

/// Any 2 to 7 letters and digits are well formed, since dateless and special marks follow no rule;
/// a mark is plausible when it follows one of the issued patterns.
pub(super) fn vrm(text: &str) -> Option<Reading> {
    let canonical = compact(text, &[' ']);
    if !follows(&canonical, &[between(ALPHANUMERIC, 2, 7)]) {
        return None;
    }
    let issued = [CURRENT, PREFIX, SUFFIX, LETTERS_FIRST, DIGITS_FIRST];
    let plausible = issued.iter().any(|pattern| follows(&canonical, pattern));
    Some(Reading { canonical, checked: true, plausible })
}

const SURNAME: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ9";

/// Surname 5, decade, month (plus 50 for women), day, year, initials 2, three more characters. The
/// check characters' rule is not published. The surnames `ZZZZZ` and `99999` serve as examples.
pub(super) fn driver_number(text: &str, rules: Rules) -> Option<Reading> {
    let canonical = compact(text, &[' ']);
    let runs = [exactly(SURNAME, 5), exactly(DIGITS, 6), exactly(SURNAME, 2), exactly(ALPHANUMERIC, 3)];
    if !follows(&canonical, &runs) {
        return None;
    }
    let month: u8 = canonical[6..8].parse().ok()?;
    let day: u8 = canonical[8..10].parse().ok()?;
    if !matches!(month, 1..=12 | 51..=62) || !matches!(day, 1..=31) {
        return None;
    }
    let example = matches!(&canonical[..5], "ZZZZZ" | "99999");
    Some(Reading { canonical, checked: true, plausible: !example || rules.allow_synthetic })
}

/// Digits of a badge number, in base 20.
const BADGE_DIGITS: &[u8] = b"0123456789ABCDEFGHJK";

/// Badge numbers count down from `KKKKKK`, so that the low end `000000` to `000KKK` serves for examples.
pub(super) fn blue_badge(text: &str, rules: Rules) -> Option<Reading> {
    let canonical = compact(text, &[' ']);
    if !follows(&canonical, &[exactly(BADGE_DIGITS, 6)]) {
        return None;
    }
    let example = badge_value(&canonical) < 20_u32.pow(3);
    Some(Reading { canonical, checked: true, plausible: !example || rules.allow_synthetic })
}

fn badge_value(canonical: &str) -> u32 {
    let value = |byte| (0..).zip(BADGE_DIGITS).find(|(_, digit)| **digit == byte).map_or(0, |(value, _)| value);
    canonical.bytes().fold(0, |sum, byte| sum * 20 + value(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_badge_number_is_a_number_in_base_20() {
        for (number, value) in [
            ("KKKKKK", 63_999_999),
            ("KKKKKJ", 63_999_998),
            ("KKKKK0", 63_999_980),
            ("KKKKJK", 63_999_979),
            ("000KKK", 7_999),
        ] {
            assert_eq!(badge_value(number), value);
        }
    }

    #[test]
    fn letters_never_issued_fail_the_current_pattern() {
        for mark in ["AA19AAA", "TE57VRN", "ER19NFD"] {
            assert!(follows(mark, CURRENT));
        }
        for mark in ["AI19AAA", "AQ19AAA", "AA19AIA"] {
            assert!(!follows(mark, CURRENT));
        }
        assert!(follows("L2WPS", PREFIX));
    }
}
