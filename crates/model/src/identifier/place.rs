//! Places and organisations: property, street, postcode, statistical area, NHS organisation.
//!
//! Must never know who lives or works there.

use super::pattern::{ALPHANUMERIC, DIGITS, LETTERS, Run, between, compact, exactly, follows};
use super::{Reading, Rules};

/// At most 12 digits, no check; leading zeros are dropped. Numbers from 999 000 000 000 serve as examples.
pub(super) fn uprn(text: &str, rules: Rules) -> Option<Reading> {
    let canonical = without_leading_zeros(text, 12)?;
    let example = canonical.len() == 12 && canonical.starts_with("999");
    let plausible = canonical != "0" && (!example || rules.allow_synthetic);
    Some(Reading { canonical, checked: true, plausible })
}

/// At most 8 digits, no check; leading zeros are dropped.
pub(super) fn usrn(text: &str) -> Option<Reading> {
    let canonical = without_leading_zeros(text, 8)?;
    let plausible = canonical != "0";
    Some(Reading { canonical, checked: true, plausible })
}

fn without_leading_zeros(text: &str, most: usize) -> Option<String> {
    let digits = compact(text, &[]);
    if !follows(&digits, &[between(DIGITS, 1, most)]) {
        return None;
    }
    let trimmed = digits.trim_start_matches('0');
    Some(if trimmed.is_empty() { "0".to_owned() } else { trimmed.to_owned() })
}

const OUTWARD: &[Run] = &[between(LETTERS, 1, 2), exactly(DIGITS, 1), between(ALPHANUMERIC, 0, 1)];
const INWARD: &[Run] = &[exactly(DIGITS, 1), exactly(LETTERS, 2)];

/// Canonical in upper case with one space before the last three; read with that space or without.
/// The area `ZZ99` has no addresses: its pseudo-postcodes are never plausible, the rest serves as examples.
pub(super) fn postcode(text: &str, rules: Rules) -> Option<Reading> {
    let text = compact(text, &[]);
    let (outward, inward) = text.split_at_checked(text.len().checked_sub(3)?)?;
    let outward = outward.strip_suffix(' ').unwrap_or(outward);
    if !follows(outward, OUTWARD) || !follows(inward, INWARD) {
        return None;
    }
    let canonical = format!("{outward} {inward}");
    let plausible = outward != "ZZ99" || (rules.allow_synthetic && !is_pseudo_postcode(&canonical));
    Some(Reading { canonical, checked: true, plausible })
}

/// Whether a canonical postcode says something else than a place: no fixed abode, not known, a
/// country (NHS Data Dictionary, `ZZ99` digit-letter-`Z`). Two people are never matched on one.
#[must_use]
pub fn is_pseudo_postcode(canonical: &str) -> bool {
    canonical.strip_prefix("ZZ99 ").is_some_and(|inward| follows(inward, INWARD) && inward.ends_with('Z'))
}

/// A country letter and 8 digits (Office for National Statistics).
pub(super) fn gss_code(text: &str) -> Option<Reading> {
    let canonical = compact(text, &[]);
    follows(&canonical, &[exactly(b"ENSWJKLM", 1), exactly(DIGITS, 8)]).then(|| Reading::valid(canonical))
}

/// 3 to 6 letters and digits (Organisation Data Service).
pub(super) fn ods_code(text: &str) -> Option<Reading> {
    let canonical = compact(text, &[]);
    follows(&canonical, &[between(ALPHANUMERIC, 3, 6)]).then(|| Reading::valid(canonical))
}
