//! Dates of the proleptic Gregorian calendar in the forms people write them, day before month.

use std::fmt;

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
/// Two-digit years from here on are of the last century.
const PIVOT: u16 = 30;
/// Longest text read as a date.
const LENGTH_LIMIT: usize = 40;

/// A calendar date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date {
    /// The year, 1000 to 2999.
    pub year: u16,
    /// The month, 1 to 12.
    pub month: u8,
    /// The day of the month, from 1.
    pub day: u8,
}

impl Date {
    /// A date that exists.
    #[must_use]
    pub fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        let fits = (1000..3000).contains(&year) && (1..=12).contains(&month) && day >= 1;
        (fits && day <= month_length(year, month)).then_some(Self { year, month, day })
    }

    /// Reads `2001-12-31`, `20011231`, `31/12/2001`, `31.12.01`, `31 December 2001`, `Dec 31, 2001`, with or without
    /// a time behind it. A first number above 12 in `12/31/2001` is no month: what can be read one way only, is.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        if text.len() > LENGTH_LIMIT || !text.is_ascii() {
            return None;
        }
        // A time of day stands behind `T`, or behind a blank and with a colon.
        let day = match text.find([':']) {
            Some(colon) => text[..colon].rfind(['T', ' ']).map_or(text, |end| &text[..end]),
            None => text,
        };
        let parts: Vec<&str> =
            day.split(|c: char| !c.is_ascii_alphanumeric()).filter(|part| !part.is_empty()).collect();
        match *parts.as_slice() {
            [one] => packed(one),
            [first, second, third] => written(first, second, third),
            _ => None,
        }
    }

    /// Days since a fixed day; for differences.
    #[must_use]
    pub fn number(self) -> i32 {
        // Howard Hinnant's days_from_civil: the year begins in March.
        let month = i32::from(self.month);
        let year = i32::from(self.year) - i32::from(month <= 2);
        let era = year.div_euclid(400);
        let of_era = year.rem_euclid(400);
        let of_year = (153 * ((month + 9) % 12) + 2) / 5 + i32::from(self.day) - 1;
        era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

fn month_length(year: u16, month: u8) -> u8 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        _ => 31,
    }
}

fn packed(text: &str) -> Option<Date> {
    if text.len() != 8 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number = |range: std::ops::Range<usize>| text[range].parse::<u16>().ok();
    let date = |year: u16, month: u16, day: u16| Date::new(year, month as u8, day as u8);
    date(number(0..4)?, number(4..6)?, number(6..8)?).or_else(|| date(number(4..8)?, number(2..4)?, number(0..2)?))
}

fn written(first: &str, second: &str, third: &str) -> Option<Date> {
    if first.len() == 4 && first.bytes().all(|byte| byte.is_ascii_digit()) {
        return Date::new(first.parse().ok()?, month(second)?, number(third)?);
    }
    let year = match (third.len(), third.parse::<u16>().ok()?) {
        (4, year) => year,
        (2, year) if year < PIVOT => 2000 + year,
        (2, year) => 1900 + year,
        _ => return None,
    };
    if first.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return Date::new(year, month(first)?, number(second)?);
    }
    let day = number(first)?;
    month(second).and_then(|month| Date::new(year, month, day)).or_else(|| Date::new(year, day, number(second)?))
}

/// A day, such as `3`, `03` or `3rd`.
fn number(text: &str) -> Option<u8> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let fits = !digits.is_empty() && text.len() - digits.len() <= 2;
    if fits { digits.parse().ok() } else { None }
}

/// A month by number or name.
fn month(text: &str) -> Option<u8> {
    if text.starts_with(|c: char| c.is_ascii_digit()) {
        return text.parse().ok();
    }
    let start = text.get(..3)?.to_ascii_lowercase();
    MONTHS.iter().position(|month| *month == start).map(|place| place as u8 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_day_in_many_forms_is_one_day() {
        for text in [
            "2001-12-31",
            "20011231",
            "31122001",
            "31/12/2001",
            "31.12.01",
            "31-Dec-2001",
            "31 December 2001",
            "Dec 31, 2001",
            "31st dec 2001",
            "2001-12-31T10:00:00",
            "31/12/2001 10:00",
            "2001/12/31",
            "12/31/2001",
        ] {
            assert_eq!(Date::read(text).map(|date| date.to_string()).as_deref(), Some("2001-12-31"), "{text}");
        }
    }

    #[test]
    fn a_day_that_never_was_is_no_date() {
        for text in
            ["", "31/02/2001", "2001", "0000-00-00", "1/1/1", "13/13/2001", "2001-12", "é", "9".repeat(50).as_str()]
        {
            assert_eq!(Date::read(text), None, "{text}");
        }
    }

    #[test]
    fn days_are_counted_over_leap_years() {
        let number = |text| Date::read(text).unwrap().number();
        assert_eq!(number("2000-03-01") - number("2000-02-28"), 2);
        assert_eq!(number("1900-03-01") - number("1900-02-28"), 1);
        assert_eq!(number("2026-01-01") - number("1926-01-01"), 36_525);
    }
}
