//! What ends soon in the registers of training and of vetting, and who is told of it beforehand.

use jiff::ToSpan as _;
use jiff::civil::Date;

use super::{Entry, Papers};

/// Something of somebody's that ends soon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ending<'a> {
    /// Whose.
    pub person: &'a str,
    /// The course, or the level of vetting.
    pub what: String,
    /// The last day on which it counts.
    pub last: Date,
}

/// The latest of each course: earlier ones matter no more.
#[must_use]
pub fn latest(entries: &[Entry]) -> Vec<&Entry> {
    let mut latest: Vec<&Entry> = Vec::new();
    for entry in entries {
        match latest.iter_mut().find(|known| known.course == entry.course) {
            Some(known) if known.expires_on < entry.expires_on => *known = entry,
            Some(_) => {}
            None => latest.push(entry),
        }
    }
    latest
}

impl Papers {
    /// Whether what counts until its last day has lapsed on a day, or soon will: within the days of the settings, which
    /// are the same for training and for vetting.
    #[must_use]
    pub fn is_lapsing(&self, last: Date, today: Date) -> bool {
        last <= today.saturating_add(i32::from(self.settings.training_reminder_days).days())
    }

    /// The training that ends soon and still counts; whose has ended sees it with each refusal.
    pub fn training_ending(&self, today: Date) -> impl Iterator<Item = Ending<'_>> {
        self.training.iter().flat_map(move |(person, entries)| {
            let entries = latest(entries).into_iter();
            let endings = entries.map(move |entry| Ending {
                person: person.as_str(),
                what: entry.course.to_string(),
                last: entry.expires_on,
            });
            endings.filter(move |ending| self.is_ending(ending.last, today))
        })
    }

    /// The same of vetting.
    pub fn vetting_ending(&self, today: Date) -> impl Iterator<Item = Ending<'_>> {
        let endings = self.vetting.iter().map(|(person, vetting)| Ending {
            person: person.as_str(),
            what: vetting.level.to_string(),
            last: vetting.ends_on,
        });
        endings.filter(move |ending| self.is_ending(ending.last, today))
    }

    fn is_ending(&self, last: Date, today: Date) -> bool {
        today <= last && self.is_lapsing(last, today)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assurance::{Vetting, VettingLevel};
    use jiff::civil::date;

    const TODAY: Date = date(2026, 11, 29);

    fn passed(course: &str, expires_on: Date) -> Entry {
        let passed_on = expires_on.saturating_sub(12.months());
        Entry { course: course.parse().unwrap(), passed_on, score: None, expires_on }
    }

    #[test]
    fn what_ends_within_the_days_of_the_settings_is_told_until_it_has_ended() {
        let mut papers = Papers::default();
        papers.settings.training_reminder_days = 30;
        let vetting = |ends_on| Vetting { level: VettingLevel::Sc, granted_on: date(2021, 1, 1), ends_on };
        for (person, last) in [
            ("ended", TODAY.yesterday().unwrap()),
            ("today", TODAY),
            ("soon", date(2026, 12, 29)),
            ("later", date(2026, 12, 30)),
        ] {
            papers.vetting.insert(person.into(), vetting(last));
            papers.training.insert(person.into(), vec![passed("privacy", last)]);
        }
        let people =
            |endings: Vec<Ending<'_>>| endings.iter().map(|ending| ending.person.to_owned()).collect::<Vec<_>>();
        assert_eq!(people(papers.vetting_ending(TODAY).collect()), ["soon", "today"]);
        assert_eq!(people(papers.training_ending(TODAY).collect()), ["soon", "today"]);
        let first = papers.vetting_ending(TODAY).next().unwrap();
        assert_eq!((first.what.as_str(), first.last), ("SC", date(2026, 12, 29)));
        assert!(papers.is_lapsing(TODAY.yesterday().unwrap(), TODAY), "the register shows what has lapsed, too");
        assert!(!papers.is_lapsing(date(2026, 12, 30), TODAY));
    }

    #[test]
    fn a_course_that_was_taken_again_ends_with_the_later_entry() {
        let entries = [passed("privacy", date(2027, 11, 1)), passed("privacy", TODAY), passed("safeguarding", TODAY)];
        assert_eq!(latest(&entries), [&entries[0], &entries[2]]);
        let mut papers = Papers::default();
        papers.training.insert("kim".into(), entries.to_vec());
        let endings: Vec<String> = papers.training_ending(TODAY).map(|ending| ending.what).collect();
        assert_eq!(endings, ["safeguarding"]);
    }
}
