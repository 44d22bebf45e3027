//! Cleaning: one form for each value, so that what is the same looks the same.
//!
//! Done once per distinct value. It must never know which record a value belongs to.

mod date;
mod fold;

pub use date::Date;

use packhorse_model::identifier::{Format, Rules};

use crate::spec::{Column, Kind};
use crate::table::SEVERAL;

/// What became of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cleaned {
    /// Its one form.
    Value(String),
    /// It means "nothing".
    Missing,
    /// It is something, but nothing of the column's kind.
    Unreadable,
}

impl Cleaned {
    /// Its one form, if it has one.
    pub(crate) fn value(&self) -> Option<&str> {
        if let Self::Value(value) = self { Some(value) } else { None }
    }
}

/// Cleans the values of one column.
#[derive(Debug)]
pub struct Cleaner<'a> {
    column: &'a Column,
    format: Option<Format>,
}

impl<'a> Cleaner<'a> {
    /// A cleaner for a column of a checked specification.
    #[must_use]
    pub fn new(column: &'a Column) -> Self {
        Self { column, format: column.format.as_ref().and_then(|format| format.parse().ok()) }
    }

    /// Cleans a cell: several values stand joined by [`SEVERAL`] in the result, in ascending order.
    #[must_use]
    pub fn clean(&self, cell: &str) -> Cleaned {
        let separators: &[char] = match &self.column.separator {
            Some(separator) => &[*separator, SEVERAL],
            None => &[SEVERAL],
        };
        if !cell.contains(separators) {
            return self.clean_one(cell);
        }
        let mut values = Vec::new();
        let mut unreadable = false;
        for part in cell.split(separators) {
            match self.clean_one(part) {
                Cleaned::Value(value) => values.push(value),
                Cleaned::Unreadable => unreadable = true,
                Cleaned::Missing => {}
            }
        }
        join(values).map_or(if unreadable { Cleaned::Unreadable } else { Cleaned::Missing }, Cleaned::Value)
    }

    fn clean_one(&self, value: &str) -> Cleaned {
        let value = value.trim();
        if value.is_empty() {
            return Cleaned::Missing;
        }
        let cleaned = match self.column.kind {
            Kind::Raw => Some(value.to_owned()),
            Kind::Text => Some(fold::text(value)),
            Kind::Name => Some(fold::name(value)),
            Kind::Date => Date::read(value).map(|date| date.to_string()),
            Kind::Postcode => identifier(Format::Postcode, value),
            Kind::Number => number(value),
            Kind::Coordinates => coordinates(value),
            Kind::Identifier => self.format.and_then(|format| identifier(format, value)),
        };
        match cleaned {
            Some(cleaned) if cleaned.is_empty() || self.is_missing(&cleaned, value) => Cleaned::Missing,
            Some(cleaned) => Cleaned::Value(cleaned),
            None if self.is_missing(value, value) => Cleaned::Missing,
            None => Cleaned::Unreadable,
        }
    }

    fn is_missing(&self, cleaned: &str, given: &str) -> bool {
        self.column.missing.iter().any(|word| word == cleaned || word.eq_ignore_ascii_case(given))
    }
}

/// Several values as one; nothing when there is none.
pub(crate) fn join(mut values: Vec<String>) -> Option<String> {
    values.sort_unstable();
    values.dedup();
    if values.is_empty() { None } else { Some(values.join(&SEVERAL.to_string())) }
}

/// The canonical form where the check digit is right: a mistyped number agrees with nothing.
fn identifier(format: Format, value: &str) -> Option<String> {
    // Whether a number is an example number is no matter for comparing, and the year decides PNC ids only.
    let rules = Rules { allow_synthetic: true, this_year: 2026 };
    let read = format.parse(value, rules).ok()?;
    read.checked().then(|| read.into_canonical())
}

fn number(value: &str) -> Option<String> {
    let plain: String = value.chars().filter(|c| !matches!(c, ',' | ' ' | '£')).collect();
    let number: f64 = plain.parse().ok()?;
    number.is_finite().then(|| number.to_string())
}

fn coordinates(value: &str) -> Option<String> {
    let (latitude, longitude) = value.split_once([',', ' '])?;
    let latitude: f64 = latitude.trim().parse().ok()?;
    let longitude: f64 = longitude.trim().parse().ok()?;
    let fits = latitude.abs() <= 90.0 && longitude.abs() <= 180.0;
    fits.then(|| format!("{latitude},{longitude}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cleaned(kind: Kind, value: &str) -> Cleaned {
        let column = Column {
            name: "x".to_owned(),
            kind,
            from: Vec::new(),
            from_right: Vec::new(),
            separator: Some(';'),
            missing: vec!["unknown".to_owned()],
            format: Some("nhs-number".to_owned()),
        };
        Cleaner::new(&column).clean(value)
    }

    #[test]
    fn each_kind_has_one_form() {
        for (kind, given, form) in [
            (Kind::Name, " O'Brien-Śmith ", "obrien smith"),
            (Kind::Text, "12  High\tSt. ", "12 high st."),
            (Kind::Postcode, "sw1a1aa", "SW1A 1AA"),
            (Kind::Number, "£1,200.50", "1200.5"),
            (Kind::Coordinates, "51.50, -0.12", "51.5,-0.12"),
            (Kind::Identifier, "943 476 5919", "9434765919"),
            (Kind::Name, "Zoe; Anna;zoe", "anna\u{1f}zoe"),
        ] {
            assert_eq!(cleaned(kind, given), Cleaned::Value(form.to_owned()), "{given}");
        }
    }

    #[test]
    fn what_is_none_of_its_kind_agrees_with_nothing() {
        for (kind, given) in [
            (Kind::Date, "31/02/2001"),
            (Kind::Postcode, "nowhere"),
            (Kind::Number, "many"),
            (Kind::Coordinates, "91,0"),
            (Kind::Identifier, "943 476 5918"),
        ] {
            assert_eq!(cleaned(kind, given), Cleaned::Unreadable, "{given}");
        }
        assert_eq!(cleaned(Kind::Name, "Unknown"), Cleaned::Missing);
        assert_eq!(cleaned(Kind::Date, "unknown"), Cleaned::Missing);
        assert_eq!(cleaned(Kind::Name, " -- "), Cleaned::Missing);
    }
}
