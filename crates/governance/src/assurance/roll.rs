//! Courses and the training register in the store.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use packhorse_keys::sha256;
use packhorse_model::agreement::Code;

use super::import::check_person;
use super::training::{COURSES_LIMIT, enter};
use super::vetting_roll::VETTING;
use super::{Assurance, Course, Entry, Papers};
use crate::{GovernanceError, Result};

/// Kinds of documents.
pub(super) const COURSE: &str = "training-course";
/// Entries of those people whose id's digest begins with the key's two digits: a file of thousands of rows changes at
/// most 256 documents.
pub(super) const TRAINING: &str = "training-entries";

/// What some people passed, by person.
pub(super) type Shard = BTreeMap<String, Vec<Entry>>;

impl Assurance {
    /// Adds a course or changes it.
    ///
    /// # Errors
    /// As [`Assurance::put_settings`].
    pub async fn put_course(&self, course: &Course) -> Result<()> {
        course.check()?;
        let papers = self.papers();
        if papers.courses.len() >= COURSES_LIMIT && !papers.courses.contains_key(&course.code) {
            return Err(GovernanceError::act("there are 500 courses already", "change one that is no longer held"));
        }
        self.put(COURSE, course.code.as_str(), course).await
    }

    /// Enters that somebody passed a course.
    ///
    /// # Errors
    /// [`GovernanceError::Act`] when the entry is not well formed; else as the store fails.
    pub async fn pass(&self, person: &str, course: &Code, passed: Passed, today: Date) -> Result<Entry> {
        let remedy = "correct the entry";
        check_person(person).map_err(|problem| GovernanceError::act(problem, remedy))?;
        let papers = self.papers();
        let course = papers.courses.get(course);
        let course = course.ok_or_else(|| GovernanceError::act("no course has this code", "add the course first"))?;
        let entry = course.passed(passed.on, passed.score, passed.expires_on, today);
        let entry = entry.map_err(|problem| GovernanceError::act(problem, remedy))?;
        self.enter_training(BTreeMap::from([(person.to_owned(), vec![entry.clone()])])).await?;
        Ok(entry)
    }

    /// Takes somebody out of the register; whether they stood in it.
    ///
    /// # Errors
    /// As the store fails.
    pub async fn forget_training(&self, person: &str) -> Result<bool> {
        self.amend(TRAINING, &shard(person), Shard::new, |shard: &mut Shard| Ok(shard.remove(person).is_some())).await
    }

    /// Enters what people passed; how many entries were new.
    pub(super) async fn enter_training(&self, entries: BTreeMap<String, Vec<Entry>>) -> Result<usize> {
        let mut by_shard: BTreeMap<String, Vec<(String, Vec<Entry>)>> = BTreeMap::new();
        for (person, entries) in entries {
            by_shard.entry(shard(&person)).or_default().push((person, entries));
        }
        let mut entered = 0;
        for (key, people) in by_shard {
            let new = self.amend_quietly(TRAINING, &key, Shard::new, |shard: &mut Shard| {
                let mut new = 0;
                for (person, entries) in &people {
                    let known = shard.entry(person.clone()).or_default();
                    new += entries.iter().filter(|entry| enter(known, (*entry).clone())).count();
                }
                Ok(new)
            });
            entered += new.await?;
        }
        self.refresh().await?;
        Ok(entered)
    }
}

/// When somebody passed, how, and until when it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Passed {
    /// When.
    #[serde(rename = "passed_on")]
    pub on: Date,
    /// With which score.
    #[serde(default)]
    pub score: Option<u8>,
    /// The last day on which it counts, when sooner than the course says.
    #[serde(default)]
    pub expires_on: Option<Date>,
}

impl Papers {
    /// Takes out whoever stands in these documents, by kind and key, of the two registers: they are read anew.
    pub(super) fn forget_shards<'a>(&mut self, changed: impl Iterator<Item = (&'a str, &'a str)>) {
        let changed: BTreeSet<(&str, &str)> = changed.filter(|(kind, _)| [TRAINING, VETTING].contains(kind)).collect();
        if !changed.is_empty() {
            self.training.retain(|person, _| !changed.contains(&(TRAINING, shard(person).as_str())));
            self.vetting.retain(|person, _| !changed.contains(&(VETTING, shard(person).as_str())));
        }
    }
}

/// The key of the document in which a person's entries stand, in each register.
pub(super) fn shard(person: &str) -> String {
    format!("{:02x}", sha256(person.as_bytes())[0])
}
