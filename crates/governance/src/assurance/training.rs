//! Courses, and who passed them when.

use jiff::ToSpan as _;
use jiff::civil::Date;
use packhorse_model::agreement::Code;
use serde::{Deserialize, Serialize};

use super::settings::Settings;
use super::wording::Findings;
use crate::Result;

/// Most entries of one person.
pub(super) const ENTRIES_LIMIT: usize = 50;
/// Most courses.
pub(super) const COURSES_LIMIT: usize = 500;

/// A course.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Course {
    /// Its code, as agreements name it in `training_required`.
    pub code: Code,
    /// What it is called.
    pub title: String,
    /// How long it counts.
    pub valid_months: u16,
    /// The score that passes, of 100; 0 where there is no test.
    #[serde(default)]
    pub pass_mark: u8,
}

/// Somebody passed a course.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Which course.
    pub course: Code,
    /// When.
    pub passed_on: Date,
    /// With which score, of 100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<u8>,
    /// The last day on which it counts.
    pub expires_on: Date,
}

impl Course {
    pub(super) fn check(&self) -> Result<()> {
        let mut findings = Findings::default();
        findings.name("title", &self.title, "give it a title");
        let months = (1..=120).contains(&self.valid_months);
        findings.require(months, "valid_months", "is not 1 to 120", "say for how many months it counts");
        findings.require(self.pass_mark <= 100, "pass_mark", "is over 100", "write a percentage");
        findings.end("the course")
    }

    /// The entry of somebody who passed it: it counts for the course's months unless it is said to end sooner.
    ///
    /// # Errors
    /// What keeps it from being entered, in words without the person.
    pub fn passed(
        &self,
        passed_on: Date,
        score: Option<u8>,
        expires_on: Option<Date>,
        today: Date,
    ) -> std::result::Result<Entry, &'static str> {
        if passed_on > today {
            return Err("the day lies in the future");
        }
        if score.is_some_and(|score| score > 100) {
            return Err("the score is over 100");
        }
        if self.pass_mark > 0 && score.is_none_or(|score| score < self.pass_mark) {
            return Err("the score is missing or below the course's pass mark");
        }
        let last = passed_on.saturating_add(i32::from(self.valid_months).months());
        let expires_on = expires_on.unwrap_or(last);
        if expires_on < passed_on || expires_on > last {
            return Err("the end is before the day it was passed, or later than the course counts");
        }
        Ok(Entry { course: self.code.clone(), passed_on, score, expires_on })
    }
}

impl Entry {
    /// Whether it counts on a day, the grace included.
    #[must_use]
    pub fn counts_on(&self, day: Date, settings: &Settings) -> bool {
        day <= self.expires_on.saturating_add(i32::from(settings.training_grace_days).days())
    }
}

/// Puts an entry among somebody's, in place of the same course's on the same day; the oldest go when there are too
/// many. Whether anything changed.
pub(super) fn enter(entries: &mut Vec<Entry>, entry: Entry) -> bool {
    if entries.contains(&entry) {
        return false;
    }
    entries.retain(|known| (&known.course, known.passed_on) != (&entry.course, entry.passed_on));
    entries.push(entry);
    entries.sort_by_key(|entry| std::cmp::Reverse(entry.passed_on));
    entries.truncate(ENTRIES_LIMIT);
    true
}

/// The day that counts as somebody's latest training where these courses are asked for: the earliest of each course's
/// latest. Nothing when one is missing or has lapsed.
pub(super) fn trained_on(entries: &[Entry], courses: &[Code], today: Date, settings: &Settings) -> Option<Date> {
    let latest = |course: Option<&Code>| {
        let of = entries.iter().filter(|entry| course.is_none_or(|course| entry.course == *course));
        of.filter(|entry| entry.counts_on(today, settings)).map(|entry| entry.passed_on).max()
    };
    if courses.is_empty() {
        return latest(None);
    }
    let days: Option<Vec<Date>> = courses.iter().map(|course| latest(Some(course))).collect();
    days.and_then(|days| days.into_iter().min())
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn course(code: &str) -> Course {
        Course { code: code.parse().unwrap(), title: code.into(), valid_months: 12, pass_mark: 80 }
    }

    #[test]
    fn every_course_that_is_asked_for_must_be_in_date_and_the_oldest_counts() {
        let (today, settings) = (date(2026, 11, 29), Settings::default());
        let entry = |code: &str, on| course(code).passed(on, Some(90), None, today).unwrap();
        let both = [entry("privacy", date(2026, 1, 10)), entry("safeguarding", date(2026, 6, 1))];
        let asked: Vec<Code> = ["privacy", "safeguarding"].map(|code| code.parse().unwrap()).into();
        assert_eq!(trained_on(&both, &asked, today, &settings), Some(date(2026, 1, 10)));
        assert_eq!(trained_on(&both, &[], today, &settings), Some(date(2026, 6, 1)));
        assert_eq!(trained_on(&both[..1], &asked, today, &settings), None, "one is missing");
        assert_eq!(trained_on(&both, &asked, date(2027, 1, 11), &settings), None, "one has lapsed");
        let lenient = Settings { training_grace_days: 5, ..settings };
        assert_eq!(trained_on(&both, &asked, date(2027, 1, 11), &lenient), Some(date(2026, 1, 10)));
    }

    #[test]
    fn who_failed_the_test_has_not_passed_the_course() {
        let today = date(2026, 11, 29);
        assert!(course("privacy").passed(today, Some(79), None, today).is_err());
        assert!(course("privacy").passed(today, None, None, today).is_err());
        assert!(course("privacy").passed(date(2026, 11, 30), Some(90), None, today).is_err());
        assert!(course("privacy").passed(today, Some(90), Some(date(2030, 1, 1)), today).is_err());
    }
}
