//! Working days by nation. The holidays are data, `bank_holidays.toml`; beyond its last day nothing is said to be a
//! working day, so that no clock is ever wrong quietly.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use jiff::civil::{Date, Weekday};
use serde::{Deserialize, Serialize};

/// Whose bank holidays count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Nation {
    /// England and Wales.
    #[default]
    EnglandAndWales,
    /// Scotland.
    Scotland,
    /// Northern Ireland.
    NorthernIreland,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Holidays {
    until: Option<Date>,
    england_and_wales: BTreeSet<Date>,
    scotland: BTreeSet<Date>,
    northern_ireland: BTreeSet<Date>,
}

/// A file that cannot be read (a test reads it) knows no day.
static HOLIDAYS: LazyLock<Holidays> =
    LazyLock::new(|| toml::from_str(include_str!("bank_holidays.toml")).unwrap_or_default());

/// Whether a day is worked; none beyond the calendar.
fn is_working_day(nation: Nation, day: Date) -> Option<bool> {
    if HOLIDAYS.until.is_none_or(|until| day > until) {
        return None;
    }
    let holidays = match nation {
        Nation::EnglandAndWales => &HOLIDAYS.england_and_wales,
        Nation::Scotland => &HOLIDAYS.scotland,
        Nation::NorthernIreland => &HOLIDAYS.northern_ireland,
    };
    let weekend = matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
    Some(!weekend && !holidays.contains(&day))
}

/// The day itself when it is worked, else the next that is.
pub(super) fn this_or_next_working_day(nation: Nation, mut day: Date) -> Option<Date> {
    while !is_working_day(nation, day)? {
        day = day.tomorrow().ok()?;
    }
    Some(day)
}

/// The day that is so many working days after a day: the first of them is the first working day behind it.
pub(super) fn working_days_after(nation: Nation, mut day: Date, mut left: i32) -> Option<Date> {
    while left > 0 {
        day = day.tomorrow().ok()?;
        if is_working_day(nation, day)? {
            left -= 1;
        }
    }
    Some(day)
}

/// Working days behind `from` up to `to`.
pub(super) fn working_days_between(nation: Nation, from: Date, to: Date) -> i32 {
    let mut day = from;
    let mut days = 0;
    while day < to {
        let Ok(next) = day.tomorrow() else { break };
        day = next;
        days += i32::from(is_working_day(nation, day) == Some(true));
    }
    days
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_calendars_can_be_read_and_hold_no_weekend() {
        assert!(HOLIDAYS.until.is_some());
        for days in [&HOLIDAYS.england_and_wales, &HOLIDAYS.scotland, &HOLIDAYS.northern_ireland] {
            assert!(days.len() >= 8 * 12);
            assert!(days.iter().all(|day| !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday)));
        }
    }

    #[test]
    fn nations_keep_their_own_days() {
        let working = |nation, day: &str| is_working_day(nation, day.parse().unwrap()).unwrap();
        for (day, nations) in [
            ("2026-04-06", [false, true, false]),  // Easter Monday
            ("2026-01-02", [true, false, true]),   // the day after New Year
            ("2026-11-30", [true, false, true]),   // St Andrew
            ("2026-03-17", [true, true, false]),   // St Patrick
            ("2026-07-13", [true, true, false]),   // the Boyne, on a Sunday
            ("2026-08-03", [true, false, true]),   // the Scottish August day
            ("2026-08-31", [false, true, false]),  // the others'
            ("2026-12-28", [false, false, false]), // for Boxing Day, a Saturday
        ] {
            let found =
                [Nation::EnglandAndWales, Nation::Scotland, Nation::NorthernIreland].map(|nation| working(nation, day));
            assert_eq!(found, nations, "{day}");
        }
        assert_eq!(is_working_day(Nation::Scotland, "2036-01-04".parse().unwrap()), None);
    }
}
