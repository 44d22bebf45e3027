//! Values that identify nobody by themselves: numbers, yes and no, days and moments.
//!
//! Must never repair a value: what is not well formed stays as it came.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};

use super::Reading;
use super::pattern::{DIGITS, compact, exactly, follows};

/// Exactly `count` digits, kept with their leading zeros.
pub(super) fn digits(text: &str, count: usize) -> Option<Reading> {
    let canonical = compact(text, &[' ']);
    follows(&canonical, &[exactly(DIGITS, count)]).then(|| Reading::valid(canonical))
}

/// At most 64 bits. A leading zero means a code, not a quantity, and would be lost: it is refused.
pub(super) fn integer(text: &str) -> Option<Reading> {
    let text = text.trim_ascii();
    if text.starts_with('+') || has_leading_zero(text) {
        return None;
    }
    text.parse::<i64>().ok().map(|value| Reading::valid(value.to_string()))
}

/// A finite decimal number, without leading zeros as above; an exponent is allowed, words such as `inf` are not. The
/// canonical form is the shortest that reads back as the same number, with an exponent only where it would be long.
pub(super) fn number(text: &str) -> Option<Reading> {
    let text = text.trim_ascii();
    let first = text.strip_prefix('-').unwrap_or(text).bytes().next()?;
    if !first.is_ascii_digit() || has_leading_zero(text) {
        return None;
    }
    let value: f64 = text.parse().ok()?;
    // Adding zero makes minus zero zero.
    value.is_finite().then(|| Reading::valid(shortest(value + 0.0)))
}

/// As long as the digits of a double say something, they are written out.
fn shortest(value: f64) -> String {
    let size = value.abs();
    if size == 0.0 || (1e-7..1e17).contains(&size) { value.to_string() } else { format!("{value:e}") }
}

fn has_leading_zero(number: &str) -> bool {
    matches!(number.strip_prefix('-').unwrap_or(number).as_bytes(), [b'0', b'0'..=b'9', ..])
}

pub(super) fn boolean(text: &str) -> Option<Reading> {
    let value = match compact(text, &[]).as_str() {
        "TRUE" | "T" | "YES" | "Y" | "1" => "true",
        "FALSE" | "F" | "NO" | "N" | "0" => "false",
        _ => return None,
    };
    Some(Reading::valid(value.to_owned()))
}

/// `YYYY-MM-DD`, `YYYYMMDD` or `DD/MM/YYYY`, and only a day that the calendar has.
pub(super) fn date(text: &str) -> Option<Reading> {
    let text = text.trim_ascii();
    let (year, month, day) = match text.as_bytes() {
        [_, _, _, _, b'-', _, _, b'-', _, _] => (text.get(..4)?, text.get(5..7)?, text.get(8..)?),
        [_, _, b'/', _, _, b'/', _, _, _, _] => (text.get(6..)?, text.get(3..5)?, text.get(..2)?),
        [_, _, _, _, _, _, _, _] => (text.get(..4)?, text.get(4..6)?, text.get(6..)?),
        _ => return None,
    };
    let numeric = [year, month, day].iter().all(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
    if !numeric {
        return None;
    }
    let date = Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()?;
    Some(Reading::valid(date.to_string()))
}

/// RFC 3339, also with a space in place of `T`; without an offset it stays a wall-clock time.
pub(super) fn date_time(text: &str) -> Option<Reading> {
    let text = text.trim_ascii();
    if !matches!(text.as_bytes().get(10), Some(b'T' | b't' | b' ')) {
        return None;
    }
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Some(Reading::valid(moment.to_string()));
    }
    text.parse::<DateTime>().ok().map(|time| Reading::valid(time.to_string()))
}
