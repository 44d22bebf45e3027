//! The Police National Computer id.
//!
//! Must never know a record that one names.

use super::education::CHECK_LETTERS;
use super::pattern::{DIGITS, between, compact, digit, exactly, follows};
use super::{Reading, Rules};

/// The check letters, from remainder 0 on.
const LETTERS: &[u8] = b"ZABCDEFGHJKLMNPQRTUVWXY";

/// Canonical `YYYY/NNNNNNND`. Also read: without the slash, and the short form `YY/NNND` without
/// leading zeros, whose century is this one if the year is not in the future.
///
/// The letter is modulus 23 of the year's last two digits followed by the serial. The year 1900
/// predates the system and serves as the example range.
pub(super) fn pnc_id(text: &str, rules: Rules) -> Option<Reading> {
    let (year, serial, letter) = parts(&compact(text, &[' ']), rules.this_year)?;
    let number = u64::from(year % 100) * 10_000_000 + u64::from(serial);
    let checked = usize::try_from(number % 23).is_ok_and(|place| LETTERS.get(place) == Some(&letter));
    let this_year = u32::try_from(rules.this_year).unwrap_or(0);
    let plausible = (1901..=this_year).contains(&year) || (year == 1900 && rules.allow_synthetic);
    let canonical = format!("{year:04}/{serial:07}{}", char::from(letter));
    Some(Reading { canonical, checked, plausible })
}

/// Year, serial and letter of any of the written forms.
fn parts(text: &str, this_year: i16) -> Option<(u32, u32, u8)> {
    let (digits, letter) = text.as_bytes().split_last().map(|(last, rest)| (rest.len(), *last))?;
    if !CHECK_LETTERS.contains(&letter) {
        return None;
    }
    let body = text.get(..digits)?;
    let (year, serial) = match body.split_once('/') {
        Some(parts) => parts,
        None if body.len() == 11 => body.split_at_checked(4)?,
        None => body.split_at_checked(2)?,
    };
    let long = follows(year, &[exactly(DIGITS, 4)]) && follows(serial, &[exactly(DIGITS, 7)]);
    let short = follows(year, &[exactly(DIGITS, 2)]) && follows(serial, &[between(DIGITS, 1, 7)]);
    if !long && !short {
        return None;
    }
    let year = number(year);
    let year = if long { year } else { year + century(year, this_year) };
    Some((year, number(serial), letter))
}

fn century(two_digits: u32, this_year: i16) -> u32 {
    let this_year = u32::try_from(this_year).unwrap_or(0);
    if two_digits <= this_year % 100 { this_year - this_year % 100 } else { 1900 }
}

fn number(digits: &str) -> u32 {
    digits.bytes().fold(0, |sum, byte| sum * 10 + digit(byte))
}
