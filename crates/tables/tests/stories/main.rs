//! Stories of tables: published, asked, replaced, and given bad input.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a panic is a test's failure report"
)]

mod asked;
mod cluster;
mod defined;
mod drafted;
mod loaded;
mod parquet_file;
mod postgres;
mod sqlite;
mod upstream;

use std::fs;
use std::path::PathBuf;

use packhorse_tables::{PublishedTable, TableAnswer, TableDefinition, TableError};
use tempfile::TempDir;

/// A folder with a CSV file of pupils and a definition for it, both invented.
pub(crate) struct Desk {
    folder: TempDir,
}

pub(crate) const PUPILS: &str = "\
upn,name,born,school,age,free_meals
Y999200026001,Ada,2015-03-01,9991,11,yes
M999200026002,Grace,20150401,9991,10,no
B999200026003,Alan,31/02/2015,9992,,
";

pub(crate) const DEFINITION: &str = r#"
service = "pupils"
title = "Pupils on the roll"
allow_synthetic = true

[source]
kind = "csv"
path = "pupils.csv"

[[columns]]
name = "upn"
format = "upn"
nullable = false

[[columns]]
name = "name"

[[columns]]
name = "date_of_birth"
source = "born"
format = "date"

[[columns]]
name = "school"

[[columns]]
name = "age"
format = "integer"

[[columns]]
name = "free_meals"
format = "boolean"

[[lookups]]
name = "by-upn"
keys = ["upn"]
rule = "single"

[[lookups]]
name = "by-school"
keys = ["school"]
rule = { at-most = 2 }

[[lookups]]
name = "by-name-and-birth"
keys = ["name", "date_of_birth"]
rule = "single"
"#;

impl Desk {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("scratch")).unwrap();
        Self { folder }
    }

    pub(crate) fn with(csv: impl AsRef<[u8]>) -> Self {
        let desk = Self::new();
        desk.put(csv);
        desk
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Replaces the file as a careful exporter does: by renaming a finished one.
    pub(crate) fn put(&self, csv: impl AsRef<[u8]>) {
        fs::write(self.path("new"), csv).unwrap();
        fs::rename(self.path("new"), self.path("pupils.csv")).unwrap();
    }

    pub(crate) fn definition(&self) -> TableDefinition {
        TableDefinition::from_toml(DEFINITION).unwrap().resolved(self.folder.path())
    }

    pub(crate) async fn try_open(&self) -> Result<PublishedTable, TableError> {
        PublishedTable::open(self.definition(), self.path("scratch")).await
    }

    pub(crate) async fn open(&self) -> PublishedTable {
        self.try_open().await.unwrap()
    }

    /// Why the file is not taken.
    pub(crate) async fn refusal(&self) -> String {
        let refused = self.try_open().await.err().expect("the file should be refused").to_string();
        assert_eq!(self.scratch_files(), 0, "nothing half-made is left behind");
        refused
    }

    pub(crate) fn scratch_files(&self) -> usize {
        fs::read_dir(self.path("scratch")).unwrap().count()
    }
}

pub(crate) async fn get(table: &PublishedTable, path: &str) -> TableAnswer {
    table.answer("GET", path, None, b"").await.unwrap()
}

pub(crate) async fn post(table: &PublishedTable, path: &str, body: &str) -> TableAnswer {
    table.answer("POST", path, None, body.as_bytes()).await.unwrap()
}
