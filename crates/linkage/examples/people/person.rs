//! Somebody who does not exist.

use std::fmt;

use crate::places::Place;

/// What a register calls sex.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sex {
    Man,
    Woman,
}

/// A day of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Day {
    pub(crate) year: i32,
    pub(crate) month: i32,
    pub(crate) day: i32,
}

impl Day {
    /// How many days its month has.
    pub(crate) fn month_length(year: i32, month: i32) -> i32 {
        match month {
            2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        }
    }

    /// Whether the calendar has it.
    pub(crate) fn exists(self) -> bool {
        (1..=12).contains(&self.month) && (1..=Self::month_length(self.year, self.month)).contains(&self.day)
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

/// A person as they are, before anybody writes them down.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    /// The number by which the truth knows them.
    pub(crate) number: u64,
    /// Position in `Names::communities`.
    pub(crate) community: usize,
    pub(crate) sex: Sex,
    pub(crate) first_name: String,
    pub(crate) surname: String,
    pub(crate) born: Day,
    pub(crate) place: Place,
}

impl Person {
    /// A number of the range 999, which the health service keeps for tests, with its check digit. One person in five
    /// has one, because the range has no more; `None` also where the check digit would have to be 10.
    pub(crate) fn health_number(&self) -> Option<String> {
        if !self.number.is_multiple_of(5) {
            return None;
        }
        let body = format!("999{:06}", (self.number / 5).wrapping_mul(414_243) % 1_000_000);
        let sum: u32 = body.bytes().zip((2..=10).rev()).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
        match (11 - sum % 11) % 11 {
            10 => None,
            check => Some(format!("{body}{check}")),
        }
    }

    /// An address at a domain that is kept for examples.
    pub(crate) fn e_mail(&self) -> String {
        let plain = |text: &str| text.chars().filter(char::is_ascii_alphabetic).collect::<String>().to_lowercase();
        let end = ["com", "org", "net"][(self.number % 3) as usize];
        format!("{}.{}{}@example.{end}", plain(&self.first_name), plain(&self.surname), self.number % 97)
    }

    /// A number of the ranges that the regulator keeps for drama. There are few, so that strangers share one.
    pub(crate) fn phone(&self) -> String {
        const RANGES: [&str; 18] = [
            "07700 900",
            "07700 900",
            "07700 900",
            "07700 900",
            "0113 496 0",
            "0114 496 0",
            "0115 496 0",
            "0116 496 0",
            "0117 496 0",
            "0118 496 0",
            "0121 496 0",
            "0131 496 0",
            "0141 496 0",
            "0151 496 0",
            "0161 496 0",
            "020 7946 0",
            "0191 498 0",
            "01632 960",
        ];
        let number = crate::dice::mixed(self.number);
        format!("{}{:03}", RANGES[(number % 18) as usize], (number >> 8) % 1000)
    }
}
