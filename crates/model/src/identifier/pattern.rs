//! Character patterns as a row of runs, enough for every identifier and never exponential.
//!
//! Knows characters only, not what any identifier means.

pub(super) const DIGITS: &[u8] = b"0123456789";
pub(super) const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ";
pub(super) const ALPHANUMERIC: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/// From `least` to `most` characters out of a set.
pub(super) struct Run {
    set: &'static [u8],
    least: usize,
    most: usize,
}

/// Exactly `count` characters of `set`.
pub(super) const fn exactly(set: &'static [u8], count: usize) -> Run {
    between(set, count, count)
}

/// From `least` to `most` characters of `set`. The run is greedy: a run of varying length must not
/// be followed by one whose set overlaps.
pub(super) const fn between(set: &'static [u8], least: usize, most: usize) -> Run {
    Run { set, least, most }
}

/// Whether the whole text is these runs in order.
pub(super) fn follows(text: &str, runs: &[Run]) -> bool {
    let mut rest = text.as_bytes();
    for run in runs {
        let length = rest.iter().take(run.most).take_while(|byte| run.set.contains(byte)).count();
        if length < run.least {
            return false;
        }
        rest = &rest[length..];
    }
    rest.is_empty()
}

/// The text in upper case, trimmed and without the given separators inside.
pub(super) fn compact(text: &str, separators: &[char]) -> String {
    text.trim_ascii().chars().filter(|c| !separators.contains(c)).map(|c| c.to_ascii_uppercase()).collect()
}

/// Value of a digit character; the caller has checked that it is one.
pub(super) fn digit(byte: u8) -> u32 {
    u32::from(byte.wrapping_sub(b'0'))
}

/// Sum of digit × weight, the weights falling by one from `first_weight`.
pub(super) fn falling_sum(digits: &[u8], first_weight: u32) -> u32 {
    digits.iter().zip((0..=first_weight).rev()).map(|(byte, weight)| digit(*byte) * weight).sum()
}

/// Whether all characters are the same.
pub(super) fn is_repeated(text: &str) -> bool {
    text.bytes().all(|byte| text.as_bytes().first() == Some(&byte))
}
