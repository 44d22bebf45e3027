//! Registers filled from a file: rows of a comma-separated table, taken or refused one by one.

use std::collections::BTreeMap;

use jiff::civil::Date;
use packhorse_model::agreement::Code;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::training::{Course, Entry};
use super::wording::NAME;
use super::{Assurance, Papers};
use crate::{GovernanceError, Result};

/// Most bytes of a file: the bound of the management API.
pub const IMPORT_LIMIT: usize = 1024 * 1024;
/// Most rows of a file.
const ROWS_LIMIT: usize = 20_000;
/// Most refused rows that are told one by one.
const TOLD_LIMIT: usize = 200;

/// What came of a file.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub struct Imported {
    /// Rows that were entered.
    pub entered: usize,
    /// Rows that were known already.
    pub known: usize,
    /// Rows that were refused.
    pub refused: usize,
    /// The first of those, by line; nothing of what stands in them is repeated.
    pub refusals: Vec<RefusedRow>,
}

/// A row that was not entered.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct RefusedRow {
    /// Its line in the file.
    pub line: u64,
    /// Why.
    pub why: &'static str,
}

/// A row as it stands in the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    course: String,
    person: String,
    passed_on: String,
    #[serde(default)]
    score: Option<String>,
    #[serde(default)]
    expires_on: Option<String>,
}

impl Assurance {
    /// Takes a file in: columns `course`, `person`, `passed_on`, and where wanted `score` and `expires_on`.
    ///
    /// # Errors
    /// [`GovernanceError::Act`] when it is no such table or beyond the bounds; nothing is entered then. Else as the
    /// store fails.
    pub async fn import_training(&self, file: &[u8], today: Date) -> Result<Imported> {
        let (entries, mut imported) = read(file, &self.papers(), today)?;
        let rows: usize = entries.values().map(Vec::len).sum();
        imported.entered = self.enter_training(entries).await?;
        imported.known = rows - imported.entered;
        Ok(imported)
    }
}

/// Entries by person, and what was refused.
fn read(file: &[u8], papers: &Papers, today: Date) -> Result<(BTreeMap<String, Vec<Entry>>, Imported)> {
    let mut entries = BTreeMap::<String, Vec<Entry>>::new();
    let imported = rows(file, &["course", "person", "passed_on"], |row: Row| {
        let (person, entry) = entry(row, papers, today)?;
        entries.entry(person).or_default().push(entry);
        Ok(())
    })?;
    Ok((entries, imported))
}

/// Reads a table row by row: each is taken, or refused with its line and why.
pub(super) fn rows<R: DeserializeOwned>(
    file: &[u8],
    needed: &[&str],
    mut take: impl FnMut(R) -> std::result::Result<(), &'static str>,
) -> Result<Imported> {
    let refused = |problem: &str| GovernanceError::act(problem, "save the table as CSV in UTF-8 with a heading row");
    if file.len() > IMPORT_LIMIT {
        return Err(GovernanceError::act("the file is larger than 1 MiB", "split it"));
    }
    let file = file.strip_prefix(b"\xef\xbb\xbf").unwrap_or(file);
    let text = std::str::from_utf8(file).map_err(|_| refused("the file is not UTF-8"))?;
    let mut table = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    let headings = table.headers().map_err(|_| refused("the file is no comma-separated table"))?.clone();
    if let Some(missing) = needed.iter().find(|needed| !headings.iter().any(|heading| heading == **needed)) {
        return Err(refused(&format!("the file has no column {missing}")));
    }
    let mut imported = Imported::default();
    for (number, record) in table.records().enumerate() {
        if number >= ROWS_LIMIT {
            return Err(GovernanceError::act("the file has more than 20000 rows", "split it"));
        }
        let line = record.as_ref().ok().and_then(csv::StringRecord::position).map_or(0, csv::Position::line);
        let row: std::result::Result<R, _> = record.and_then(|record| record.deserialize(Some(&headings)));
        if let Err(why) = row.map_err(|_| "it does not have the heading's columns").and_then(&mut take) {
            imported.refused += 1;
            if imported.refusals.len() < TOLD_LIMIT {
                imported.refusals.push(RefusedRow { line, why });
            }
        }
    }
    Ok(imported)
}

fn entry(row: Row, papers: &Papers, today: Date) -> std::result::Result<(String, Entry), &'static str> {
    let given = |text: Option<String>| text.filter(|text| !text.is_empty());
    let date = |text: &str| text.parse::<Date>().map_err(|_| "a date is not written 2026-04-01");
    check_person(&row.person)?;
    let code: Code = row.course.parse().map_err(|_| "the course is no code")?;
    let course: &Course = papers.courses.get(&code).ok_or("no course has this code")?;
    let score = given(row.score).map(|score| score.parse::<u8>().map_err(|_| "the score is no number from 0 to 100"));
    let expires_on = given(row.expires_on).map(|day| date(&day)).transpose()?;
    let entry = course.passed(date(&row.passed_on)?, score.transpose()?, expires_on, today)?;
    Ok((row.person, entry))
}

/// A person's id, as systems send it.
pub(super) fn check_person(person: &str) -> std::result::Result<(), &'static str> {
    let formed = !person.is_empty() && person.len() <= NAME && !person.chars().any(char::is_control);
    if formed { Ok(()) } else { Err("the person's id is empty, over 255 bytes, or has control characters") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn papers() -> Papers {
        let code: Code = "data-protection".parse().unwrap();
        let course = Course { code: code.clone(), title: "Data protection".into(), valid_months: 12, pass_mark: 80 };
        Papers { courses: BTreeMap::from([(code, course)]), ..Papers::default() }
    }

    #[test]
    fn each_row_is_entered_or_refused_with_its_line_and_without_its_words() {
        let file = "course,person,passed_on,score\n\
                    data-protection,officer-1,2026-11-01,95\n\
                    data-protection,officer-2,2026-11-01,12\n\
                    no-such-course,officer-3,2026-11-01,95\n\
                    data-protection,officer-4,yesterday,95\n\
                    data-protection,officer-5\n\
                    data-protection,,2026-11-01,95\n";
        let (entries, imported) = read(file.as_bytes(), &papers(), date(2026, 11, 29)).unwrap();
        assert_eq!(entries.keys().collect::<Vec<_>>(), ["officer-1"]);
        assert_eq!(imported.refused, 5);
        let told = serde_json::to_string(&imported).unwrap();
        assert!(!told.contains("officer"), "{told}");
        assert_eq!(imported.refusals[0], RefusedRow { line: 3, why: imported.refusals[0].why });
    }

    #[test]
    fn what_is_no_table_enters_nothing() {
        for file in [&b"\xff\xfe"[..], b"name,day\nx,y\n", &[b'x'; IMPORT_LIMIT + 1]] {
            assert!(read(file, &papers(), date(2026, 11, 29)).is_err());
        }
        let endless = format!("course,person,passed_on\n{}", "a,b,c\n".repeat(ROWS_LIMIT + 1));
        assert!(read(endless.as_bytes(), &papers(), date(2026, 11, 29)).is_err());
    }
}
