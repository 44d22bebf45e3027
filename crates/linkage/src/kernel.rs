//! Kernels: how close two texts, dates, numbers or places are. Symmetric, bounded, equal on identical.
//!
//! They work on values alone and must never know columns or records.

mod edits;
mod jaro;
pub(crate) mod metaphone;
pub(crate) mod nickname;
pub(crate) mod soundex;
mod token;

pub(crate) use edits::{damerau, levenshtein};
pub(crate) use jaro::{jaro, jaro_winkler};
pub(crate) use token::{cosine, jaccard};

use crate::clean::Date;

/// Longest text, in characters, for which one machine word holds a position each.
pub(crate) const WORD: usize = 64;
/// Longest text that is measured by edits or tokens; what stands behind is not looked at.
pub(crate) const MEASURED: usize = 512;

/// Whether day and month are swapped.
#[must_use]
pub(crate) fn transposed(left: Date, right: Date) -> bool {
    left != right && left.year == right.year && left.month == right.day && left.day == right.month
}

/// Whether one is the first of January, which often means "year only", and the years are the same.
#[must_use]
pub(crate) fn first_of_january(left: Date, right: Date) -> bool {
    let first = |date: Date| date.month == 1 && date.day == 1;
    left.year == right.year && (first(left) || first(right))
}

/// Days between two dates.
#[must_use]
pub(crate) fn days(left: Date, right: Date) -> f64 {
    f64::from((left.number() - right.number()).abs())
}

/// Months between two dates of the same day of the month; without bound if the days differ.
#[must_use]
pub(crate) fn months(left: Date, right: Date) -> f64 {
    let months = |date: Date| i32::from(date.year) * 12 + i32::from(date.month);
    if left.day == right.day { f64::from((months(left) - months(right)).abs()) } else { f64::INFINITY }
}

/// Years between two dates of the same day and month; without bound if those differ.
#[must_use]
pub(crate) fn years(left: Date, right: Date) -> f64 {
    let same = left.day == right.day && left.month == right.month;
    if same { (f64::from(left.year) - f64::from(right.year)).abs() } else { f64::INFINITY }
}

/// Kilometres between two places on a sphere of the earth's mean radius.
#[must_use]
pub(crate) fn kilometres(left: (f64, f64), right: (f64, f64)) -> f64 {
    let (lat1, lat2) = (left.0.to_radians(), right.0.to_radians());
    let north = ((lat2 - lat1) / 2.0).sin().powi(2);
    let east = ((right.1 - left.1).to_radians() / 2.0).sin().powi(2);
    let half = (north + lat1.cos() * lat2.cos() * east).clamp(0.0, 1.0);
    2.0 * 6371.0088 * half.sqrt().asin()
}

/// The difference over the larger, 0 to 2.
#[must_use]
pub(crate) fn relative(left: f64, right: f64) -> f64 {
    let larger = left.abs().max(right.abs());
    if larger == 0.0 { 0.0 } else { (left - right).abs() / larger }
}

/// Where each character of a text stands, one bit a position.
pub(crate) struct Positions {
    ascii: [u64; 128],
}

impl Positions {
    pub(crate) fn new() -> Self {
        Self { ascii: [0; 128] }
    }

    /// Marks the positions of an ASCII text of at most [`WORD`] bytes.
    pub(crate) fn mark(&mut self, text: &[u8]) {
        for (place, byte) in text.iter().enumerate() {
            self.ascii[usize::from(*byte & 127)] |= 1 << place;
        }
    }

    /// Unmarks what was marked.
    pub(crate) fn clear(&mut self, text: &[u8]) {
        for byte in text {
            self.ascii[usize::from(*byte & 127)] = 0;
        }
    }

    pub(crate) fn of(&self, byte: u8) -> u64 {
        self.ascii[usize::from(byte & 127)]
    }
}

/// A text as characters, as far as it is measured.
pub(crate) fn characters(text: &str) -> Vec<char> {
    text.chars().take(MEASURED).collect()
}

/// Whether both are short ASCII texts, for which the bit-parallel ways are right.
pub(crate) fn fits_word(left: &str, right: &str) -> bool {
    left.len() <= WORD && right.len() <= WORD && left.is_ascii() && right.is_ascii()
}
