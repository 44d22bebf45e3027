//! The frozen copy of a file: its rows in one anonymous file, an index in memory for each lookup.
//!
//! The copy has no name in the file system and goes with its last reader, so that neither a crash
//! nor a failed load leaves personal data behind. Must never be changed once it is made.

use std::fs::File;
use std::hash::{BuildHasher, RandomState};
use std::io::{BufWriter, Write};
use std::ops::ControlFlow;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::Timestamp;
use packhorse_model::identifier::Rules;
use serde_json::Value;

use crate::cell::{self, Cell, Finding};
use crate::definition::{Lookup, TableDefinition};
use crate::error::TableError;
use crate::index::{Index, IndexBuilder};
use crate::source::{self, Fingerprint, Place};
use crate::status::{ColumnFindings, Status};

/// Most rows of a frozen table: 16 bytes of memory a row and lookup.
const ROW_LIMIT: u64 = 50_000_000;

/// Most bytes of one row in the copy.
const ROW_BYTES_LIMIT: usize = 16 << 20;

/// A whole source at one moment.
pub(crate) struct FrozenCopy {
    rows: File,
    count: u64,
    hasher: RandomState,
    indexes: Vec<Index>,
    columns: Vec<ColumnFindings>,
    unfindable: Vec<u64>,
    rules: Rules,
    fingerprint: Fingerprint,
    made_at: Timestamp,
    row_reads: AtomicU64,
}

impl FrozenCopy {
    /// Reads the whole source. Blocks; takes time and disk in proportion to the source.
    pub(crate) fn make(definition: &TableDefinition, scratch: &Path) -> Result<Self, TableError> {
        let (file, watched) = source::open(&definition.source)?;
        let picks = source::pick(file.headings(), &definition.columns)?;
        let mut writer = Writer::new(definition, scratch)?;
        file.visit(&picks, &mut |place, cells| {
            writer.row(place, cells)?;
            Ok(ControlFlow::Continue(()))
        })?;
        writer.finish(watched.unchanged()?)
    }

    /// The judgement that the copy's keys were read by, and that a question's keys must be read by.
    pub(crate) fn rules(&self) -> Rules {
        self.rules
    }

    /// The state of the source that was read.
    pub(crate) fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }

    /// The rows with these keys, at most `most` of them. Blocks for as many reads as there are rows
    /// to answer, however many rows the copy has.
    pub(crate) fn find(
        &self,
        definition: &TableDefinition,
        lookup: usize,
        keys: &[String],
        most: usize,
    ) -> Result<Vec<Vec<Value>>, TableError> {
        let Some((lookup, index)) = definition.lookups.get(lookup).zip(self.indexes.get(lookup)) else {
            return Ok(Vec::new());
        };
        let hash = hash(&self.hasher, keys.iter().map(String::as_str));
        let mut found = Vec::new();
        for offset in index.places(hash) {
            let row = self.read(offset)?;
            if has_keys(definition, lookup, &row, keys) {
                found.push(row);
            }
            if found.len() >= most {
                break;
            }
        }
        Ok(found)
    }

    fn read(&self, offset: u64) -> Result<Vec<Value>, TableError> {
        let failed = |error| TableError::file("reading the frozen copy", &error);
        self.row_reads.fetch_add(1, Ordering::Relaxed);
        let mut length = [0; 4];
        self.rows.read_exact_at(&mut length, offset).map_err(failed)?;
        let mut bytes = vec![0; (u32::from_le_bytes(length) as usize).min(ROW_BYTES_LIMIT)];
        self.rows.read_exact_at(&mut bytes, offset + 4).map_err(failed)?;
        serde_json::from_slice(&bytes).map_err(|_| TableError::File {
            what: "reading the frozen copy".to_owned(),
            reason: "a row is damaged: reload the table".to_owned(),
        })
    }

    /// Counts, for the owner.
    pub(crate) fn status(&self) -> Status {
        Status {
            rows: Some(self.count),
            loaded_at: Some(self.made_at),
            error: None,
            columns: self.columns.clone(),
            unfindable: self.unfindable.clone(),
            row_reads: self.row_reads.load(Ordering::Relaxed),
        }
    }
}

/// Two keys can share a hash: only the key itself decides.
fn has_keys(definition: &TableDefinition, lookup: &Lookup, row: &[Value], keys: &[String]) -> bool {
    definition
        .key_columns(lookup)
        .zip(keys)
        .all(|((place, _), key)| row.get(place).and_then(cell::key_text).is_some_and(|text| text == key.as_str()))
}

fn hash<'a>(hasher: &RandomState, keys: impl Iterator<Item = &'a str>) -> u64 {
    hasher.hash_one(keys.collect::<Vec<_>>())
}

/// A copy in the making.
struct Writer<'a> {
    definition: &'a TableDefinition,
    rows: BufWriter<File>,
    offset: u64,
    count: u64,
    hasher: RandomState,
    builders: Vec<IndexBuilder>,
    columns: Vec<ColumnFindings>,
    unfindable: Vec<u64>,
    rules: Rules,
}

impl<'a> Writer<'a> {
    fn new(definition: &'a TableDefinition, scratch: &Path) -> Result<Self, TableError> {
        let file =
            tempfile::tempfile_in(scratch).map_err(|error| TableError::file("making the frozen copy", &error))?;
        let findings = |column: &crate::definition::Column| ColumnFindings {
            column: column.name.clone(),
            ..ColumnFindings::default()
        };
        Ok(Self {
            definition,
            rows: BufWriter::with_capacity(1 << 18, file),
            offset: 0,
            count: 0,
            hasher: RandomState::new(),
            builders: definition.lookups.iter().map(|_| IndexBuilder::default()).collect(),
            columns: definition.columns.iter().map(findings).collect(),
            unfindable: vec![0; definition.lookups.len()],
            rules: definition.rules(),
        })
    }

    fn row(&mut self, place: Place, cells: &[Option<&str>]) -> Result<(), TableError> {
        if self.count >= ROW_LIMIT {
            return Err(TableError::Source(format!("it has more than {ROW_LIMIT} rows: publish it from a database")));
        }
        let row = self.judge(place, cells)?;
        self.index(&row);
        let values: Vec<&Value> = row.iter().map(|cell| &cell.value).collect();
        let bytes = serde_json::to_vec(&values)
            .ok()
            .filter(|bytes| bytes.len() <= ROW_BYTES_LIMIT)
            .ok_or_else(|| TableError::Source(format!("{place} is larger than 16 MiB")))?;
        // The limit above keeps the length within 32 bits.
        let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        let written = self.rows.write_all(&length.to_le_bytes()).and_then(|()| self.rows.write_all(&bytes));
        written.map_err(|error| TableError::file("writing the frozen copy", &error))?;
        self.offset += 4 + u64::from(length);
        self.count += 1;
        Ok(())
    }

    fn judge(&mut self, place: Place, cells: &[Option<&str>]) -> Result<Vec<Cell>, TableError> {
        let mut row = Vec::with_capacity(cells.len());
        for ((column, findings), raw) in self.definition.columns.iter().zip(&mut self.columns).zip(cells) {
            let cell = cell::read(*raw, column.format, self.rules);
            match cell.finding {
                Finding::Empty if !column.nullable => {
                    return Err(TableError::Source(format!(
                        "{place} has nothing in {:?}, which is declared never empty",
                        column.name
                    )));
                }
                Finding::Malformed if cell::is_strict(column.format) => {
                    return Err(TableError::Source(format!(
                        "{place} has something in {:?} that is not {}: declare the column as text",
                        column.name,
                        column.format.title()
                    )));
                }
                Finding::Empty => findings.empty += 1,
                Finding::Malformed => findings.malformed += 1,
                Finding::Doubtful => findings.doubtful += 1,
                Finding::Good => {}
            }
            row.push(cell);
        }
        Ok(row)
    }

    fn index(&mut self, row: &[Cell]) {
        let places = self.builders.iter_mut().zip(&mut self.unfindable);
        for (lookup, (builder, unfindable)) in self.definition.lookups.iter().zip(places) {
            let keys: Option<Vec<_>> = self
                .definition
                .key_columns(lookup)
                .map(|(place, _)| row.get(place).filter(|cell| cell.finding == Finding::Good))
                .map(|cell| cell.and_then(|cell| cell::key_text(&cell.value)))
                .collect();
            match keys {
                Some(keys) => builder.add(hash(&self.hasher, keys.iter().map(AsRef::as_ref)), self.offset),
                None => *unfindable += 1,
            }
        }
    }

    fn finish(self, fingerprint: Fingerprint) -> Result<FrozenCopy, TableError> {
        let rows =
            self.rows.into_inner().map_err(|error| TableError::file("writing the frozen copy", error.error()))?;
        Ok(FrozenCopy {
            rows,
            count: self.count,
            hasher: self.hasher,
            indexes: self.builders.into_iter().map(IndexBuilder::finish).collect(),
            columns: self.columns,
            unfindable: self.unfindable,
            rules: self.rules,
            fingerprint,
            made_at: Timestamp::now(),
            row_reads: AtomicU64::new(0),
        })
    }
}
