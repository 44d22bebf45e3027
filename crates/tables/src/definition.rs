//! How a table is to be published: where it is, what its columns are, by which keys it is asked.
//!
//! A TOML document that its owner writes and reads. Knows nothing of the data itself.

mod check;

pub(crate) use check::{COLUMN_LIMIT, nearest};

use std::fmt;
use std::path::{Path, PathBuf};

use packhorse_model::identifier::{Format, Rules};
use packhorse_model::service::Operation;
use serde::{Deserialize, Serialize};

use crate::error::TableError;

/// Most bytes of a definition document.
pub(crate) const DOCUMENT_LIMIT: usize = 1 << 20;

/// A table to be published as one service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableDefinition {
    /// The service code under which it is asked.
    pub service: String,
    /// One line for people.
    pub title: String,
    /// What it holds, from when, for whom.
    #[serde(default)]
    pub description: String,
    /// Whether reserved example identifiers count as real: tests and demonstrations only.
    #[serde(default)]
    pub allow_synthetic: bool,
    /// Where the data is.
    pub source: Source,
    /// What is published of each row. A column of the source that is not named here is not read.
    /// For an upstream: the fields of its answer, as dotted paths.
    #[serde(default)]
    pub columns: Vec<Column>,
    /// The questions it answers.
    #[serde(default)]
    pub lookups: Vec<Lookup>,
}

/// Where the data is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", rename_all_fields = "snake_case", deny_unknown_fields)]
pub enum Source {
    /// A CSV file in UTF-8 with a heading line, frozen on load.
    Csv {
        /// The file.
        path: PathBuf,
        /// What stands between cells.
        #[serde(default = "comma")]
        delimiter: char,
        /// Whether one space after each delimiter belongs to the delimiter; found out from the
        /// heading line when not given.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        space_after_delimiter: Option<bool>,
    },
    /// A Parquet file of flat columns, frozen on load.
    Parquet {
        /// The file.
        path: PathBuf,
    },
    /// A table of a SQLite database, asked live and read-only.
    Sqlite {
        /// The database file.
        path: PathBuf,
        /// The table's name.
        table: String,
    },
    /// A table of a PostgreSQL database, asked live and read-only.
    Postgres {
        /// `postgres://…`
        url: DatabaseUrl,
        /// The table's name, with its schema before a dot if it is not on the search path.
        table: String,
    },
    /// An HTTP service that answers in JSON.
    Upstream {
        /// `http://host[:port][/path]`, or `https://` with `ca_file`; the service path is appended.
        base_url: String,
        /// For https: a PEM file of the authorities, one of which must have issued the service's certificate.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ca_file: Option<PathBuf>,
        /// Milliseconds to connect.
        #[serde(default = "two_seconds")]
        connect_timeout_ms: u64,
        /// Milliseconds from sending the request to the head of the answer.
        #[serde(default = "ten_seconds")]
        first_byte_timeout_ms: u64,
        /// Milliseconds for the whole exchange.
        #[serde(default = "thirty_seconds")]
        timeout_ms: u64,
        /// Most bytes of an answer's body.
        #[serde(default = "sixteen_mebibytes")]
        max_body: usize,
        /// The operations it offers; empty when they are not described.
        #[serde(default)]
        operations: Vec<Operation>,
    },
}

/// A connection string. Its `Debug` form leaves it out: it may hold a password.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DatabaseUrl(pub String);

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DatabaseUrl(…)")
    }
}

/// A column as published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// Its name in answers and agreements.
    pub name: String,
    /// Its name in the source, when that is another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// What its values are.
    #[serde(default)]
    pub format: Format,
    /// One line for people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// More for people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Whether a cell may be empty.
    #[serde(default = "yes")]
    pub nullable: bool,
}

impl Column {
    /// Its name in the source.
    #[must_use]
    pub fn source_name(&self) -> &str {
        self.source.as_deref().unwrap_or(&self.name)
    }
}

/// A question: give these keys, get the matching rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lookup {
    /// Its name, the first segment of the path.
    pub name: String,
    /// The columns whose values are given, in the order of the path.
    pub keys: Vec<String>,
    /// How many rows may be answered.
    pub rule: Rule,
}

/// How many rows may be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// The single matching row, or nothing: the caller cannot tell none from several.
    Single,
    /// All matching rows if they are at most so many, else none and the advice to ask more narrowly.
    AtMost(u32),
}

impl Rule {
    /// Most rows that may be answered.
    #[must_use]
    pub fn most(self) -> u32 {
        match self {
            Self::Single => 1,
            Self::AtMost(most) => most,
        }
    }
}

impl TableDefinition {
    /// Reads and checks a TOML document.
    ///
    /// # Errors
    /// [`TableError::Definition`] naming the line, or every fault and the nearest valid name.
    pub fn from_toml(text: &str) -> Result<Self, TableError> {
        if text.len() > DOCUMENT_LIMIT {
            return Err(TableError::Definition("the document is larger than 1 MiB".to_owned()));
        }
        let definition: Self = toml::from_str(text).map_err(|error| TableError::Definition(located(text, &error)))?;
        definition.check()?;
        Ok(definition)
    }

    /// The document, for the owner to read and change.
    ///
    /// # Errors
    /// [`TableError::Definition`] when a value cannot be written as TOML.
    pub fn to_toml(&self) -> Result<String, TableError> {
        toml::to_string_pretty(self).map_err(|error| TableError::Definition(error.to_string()))
    }

    /// Checks everything that can be checked without the data.
    ///
    /// # Errors
    /// [`TableError::Definition`] with all faults.
    pub fn check(&self) -> Result<(), TableError> {
        check::check(self)
    }

    /// Makes a relative path of the source relative to `base`, the folder of the document.
    #[must_use]
    pub fn resolved(mut self, base: &Path) -> Self {
        match &mut self.source {
            Source::Csv { path, .. } | Source::Parquet { path } | Source::Sqlite { path, .. } => {
                *path = base.join(&*path)
            }
            Source::Postgres { .. } | Source::Upstream { .. } => {}
        }
        self
    }

    /// The published columns' names.
    #[must_use]
    pub fn fields(&self) -> Vec<String> {
        self.columns.iter().map(|column| column.name.clone()).collect()
    }

    /// The place of a column among the columns.
    pub(crate) fn place_of(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }

    /// The key columns of a lookup, in order, with their places.
    pub(crate) fn key_columns<'a>(&'a self, lookup: &'a Lookup) -> impl Iterator<Item = (usize, &'a Column)> {
        lookup.keys.iter().filter_map(|key| self.place_of(key).map(|place| (place, &self.columns[place])))
    }

    /// How values are judged now.
    pub(crate) fn rules(&self) -> Rules {
        let now = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC);
        Rules { allow_synthetic: self.allow_synthetic, this_year: now.year() }
    }
}

/// The line and what is wrong, without the line itself, which may hold a password.
fn located(text: &str, error: &toml::de::Error) -> String {
    let start = error.span().and_then(|span| text.get(..span.start));
    match start {
        Some(before) => format!("line {}: {}", before.matches('\n').count() + 1, error.message()),
        None => error.message().to_owned(),
    }
}

fn comma() -> char {
    ','
}

fn yes() -> bool {
    true
}

fn two_seconds() -> u64 {
    2_000
}

fn ten_seconds() -> u64 {
    10_000
}

fn thirty_seconds() -> u64 {
    30_000
}

fn sixteen_mebibytes() -> usize {
    16 << 20
}
