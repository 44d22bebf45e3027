//! The vetting register in the store, entered one by one or from a file.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::Deserialize;

use super::Assurance;
use super::import::{Imported, check_person, rows};
use super::roll::shard;
use super::vetting::{Vetting, VettingLevel};
use crate::{GovernanceError, Result};

/// Kind of documents: the vetting of those people whose id's digest begins with the key's two digits.
pub(super) const VETTING: &str = "vetting-entries";

/// The vetting of some people, by person.
pub(super) type Vetted = BTreeMap<String, Vetting>;

/// A row as it stands in a file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    person: String,
    level: String,
    granted_on: String,
    ends_on: String,
}

impl Assurance {
    /// Enters to which level somebody was vetted, in place of what was known. `by` is whoever enters it, where that is a
    /// person: nobody vets themselves.
    ///
    /// # Errors
    /// [`GovernanceError::Act`] when the entry is not well formed; else as the store fails.
    pub async fn vet(&self, person: &str, vetting: Vetting, by: Option<&str>, today: Date) -> Result<()> {
        let formed = check_person(person).and_then(|()| is_another(person, by)).and_then(|()| vetting.check(today));
        formed.map_err(|problem| GovernanceError::act(problem, "correct the entry"))?;
        self.enter_vetting(BTreeMap::from([(person.to_owned(), vetting)])).await.map(|_| ())
    }

    /// Takes somebody out of the register; whether they stood in it.
    ///
    /// # Errors
    /// As the store fails.
    pub async fn forget_vetting(&self, person: &str) -> Result<bool> {
        self.amend(VETTING, &shard(person), Vetted::new, |vetted: &mut Vetted| Ok(vetted.remove(person).is_some()))
            .await
    }

    /// Takes a file in: columns `person`, `level`, `granted_on`, `ends_on`; the row of whoever takes it in is refused.
    ///
    /// # Errors
    /// [`GovernanceError::Act`] when it is no such table or beyond the bounds; nothing is entered then. Else as the
    /// store fails.
    pub async fn import_vetting(&self, file: &[u8], by: Option<&str>, today: Date) -> Result<Imported> {
        let mut entries = BTreeMap::new();
        let mut imported = rows(file, &["person", "level", "granted_on", "ends_on"], |row: Row| {
            let (person, vetting) = entry(row, today)?;
            is_another(&person, by)?;
            entries.insert(person, vetting);
            Ok(())
        })?;
        let people = entries.len();
        imported.entered = self.enter_vetting(entries).await?;
        imported.known = people - imported.entered;
        Ok(imported)
    }

    /// How many entries were new.
    async fn enter_vetting(&self, entries: Vetted) -> Result<usize> {
        let mut by_shard: BTreeMap<String, Vetted> = BTreeMap::new();
        for (person, vetting) in entries {
            by_shard.entry(shard(&person)).or_default().insert(person, vetting);
        }
        let mut entered = 0;
        for (key, people) in by_shard {
            let new = self.amend_quietly(VETTING, &key, Vetted::new, |vetted: &mut Vetted| {
                let new = people.iter().filter(|(person, vetting)| vetted.get(*person) != Some(*vetting)).count();
                vetted.extend(people.clone());
                Ok(new)
            });
            entered += new.await?;
        }
        self.refresh().await?;
        Ok(entered)
    }
}

fn is_another(person: &str, by: Option<&str>) -> std::result::Result<(), &'static str> {
    if by == Some(person) { Err("nobody enters their own vetting: have another do it") } else { Ok(()) }
}

fn entry(row: Row, today: Date) -> std::result::Result<(String, Vetting), &'static str> {
    let date = |text: &str| text.parse::<Date>().map_err(|_| "a date is not written 2026-04-01");
    check_person(&row.person)?;
    let level = VettingLevel::of(&row.level).ok_or("the level is not one of BPSS, CTC, SC, DV")?;
    let vetting = Vetting { level, granted_on: date(&row.granted_on)?, ends_on: date(&row.ends_on)? };
    vetting.check(today)?;
    Ok((row.person, vetting))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_read_or_refused_without_its_words() {
        let today = jiff::civil::date(2026, 11, 29);
        let row = |person: &str, level: &str, granted: &str, ends: &str| Row {
            person: person.into(),
            level: level.into(),
            granted_on: granted.into(),
            ends_on: ends.into(),
        };
        let (person, vetting) = entry(row("kim", "sc", "2026-01-01", "2031-01-01"), today).unwrap();
        assert_eq!((person.as_str(), vetting.level), ("kim", VettingLevel::Sc));
        for bad in [
            row("", "SC", "2026-01-01", "2031-01-01"),
            row("kim", "secret", "2026-01-01", "2031-01-01"),
            row("kim", "SC", "yesterday", "2031-01-01"),
            row("kim", "SC", "2026-01-01", "2046-01-01"),
        ] {
            let why = entry(bad, today).unwrap_err();
            assert!(!why.contains("kim"), "{why}");
        }
        assert!(is_another("kim", Some("kim")).is_err() && is_another("kim", Some("lee")).is_ok());
        assert!(is_another("kim", None).is_ok(), "an operator's token is nobody in particular");
    }
}
