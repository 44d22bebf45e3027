//! Days and times as people in the United Kingdom write them.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// `29 November 2026`.
pub(crate) fn day(date: Date) -> String {
    format!("{} {}", date.day(), month(date))
}

/// A sentence with its days as people write them: `2026-11-29` is `29 November 2026`.
pub(crate) fn with_days(sentence: &str) -> String {
    let word = |word: &str| {
        let bare = word.trim_matches(|c: char| !c.is_ascii_digit());
        match bare.parse::<Date>() {
            Ok(date) if bare.len() == "2026-11-29".len() => word.replace(bare, &day(date)),
            _ => word.to_owned(),
        }
    };
    sentence.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

/// `November 2026`.
pub(crate) fn month(date: Date) -> String {
    let month = usize::try_from(date.month()).ok().and_then(|month| MONTHS.get(month - 1)).unwrap_or(&"");
    format!("{month} {}", date.year())
}

/// `29 November 2026 at 3:05pm`. The network's clock is UTC, and the page says so once, in its footer.
pub(crate) fn moment(at: Timestamp) -> String {
    let at = at.to_zoned(TimeZone::UTC);
    let (hour, half) = match at.hour() {
        0 => (12, "am"),
        hour @ 1..=11 => (hour, "am"),
        12 => (12, "pm"),
        hour => (hour - 12, "pm"),
    };
    format!("{} at {hour}:{:02}{half}", day(at.date()), at.minute())
}

/// A count with its noun: `1 file`, `2 files`.
pub(crate) fn count(number: impl Into<u64>, noun: &str) -> String {
    let number = number.into();
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

/// A size in the unit that reads best.
pub(crate) fn size(bytes: u64) -> String {
    struct Tenths(u64, &'static str);
    impl fmt::Display for Tenths {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            match self.0 % 10 {
                0 => write!(f, "{} {}", self.0 / 10, self.1),
                tenths => write!(f, "{}.{tenths} {}", self.0 / 10, self.1),
            }
        }
    }
    let tenths = |unit: u64| bytes.saturating_mul(10) / unit;
    match bytes {
        0..1_000 => count(bytes, "byte"),
        1_000..1_000_000 => Tenths(tenths(1_000), "kB").to_string(),
        1_000_000..1_000_000_000 => Tenths(tenths(1_000_000), "MB").to_string(),
        _ => Tenths(tenths(1_000_000_000), "GB").to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_times_and_sizes_read_as_people_write_them() {
        assert_eq!(day(Date::constant(2026, 11, 9)), "9 November 2026");
        assert_eq!(moment("2026-11-29T00:05:00Z".parse().unwrap()), "29 November 2026 at 12:05am");
        assert_eq!(moment("2026-11-29T15:05:59Z".parse().unwrap()), "29 November 2026 at 3:05pm");
        assert_eq!(with_days("It holds until 2027-11-29, see 2027-1."), "It holds until 29 November 2027, see 2027-1.");
        assert_eq!((count(1u64, "file"), count(0u64, "file")), ("1 file".into(), "0 files".into()));
        assert_eq!([size(1), size(999), size(1_000), size(1_234_567)], ["1 byte", "999 bytes", "1 kB", "1.2 MB"]);
    }
}
