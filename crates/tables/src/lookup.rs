//! A table that answers: a question in, the matching rows or a refusal out.
//!
//! Applies the table's own rule (the single match or nothing, at most so many) and nothing else:
//! it must never know who asks, or cut a row down.

use std::path::PathBuf;
use std::sync::Arc;

use packhorse_model::identifier::Rules;
use serde_json::{Map, Value, json};

use crate::definition::{Lookup, Rule, Source, TableDefinition};
use crate::error::TableError;
use crate::frozen::FrozenCopy;
use crate::question::{self, Question};
use crate::reload::FrozenTable;
use crate::sql::SqlTable;
use crate::status::Status;

/// What a question led to, for the meters of the table's own side only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The table was described.
    Described,
    /// So many rows are in the answer.
    Found(usize),
    /// No row matches.
    NoMatch,
    /// More than one row matches where only a single one may be answered.
    SeveralMatches,
    /// More rows match than may be answered.
    TooManyMatches,
    /// The question itself was refused.
    Refused,
}

/// An answer, before it is cut down to what an agreement gives.
#[derive(Debug, Clone, PartialEq)]
pub struct TableAnswer {
    /// HTTP status code.
    pub status: u16,
    /// A row, `{"rows": […]}`, a description, or `{"type", "message"}`.
    pub body: Value,
    /// What happened. No match and several matches differ here and nowhere else.
    pub outcome: Outcome,
    /// Where in the body the declared fields are.
    pub(crate) records: Records,
}

/// Where in a body the declared fields are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Records {
    /// Nowhere.
    None,
    /// The body is a row.
    Body,
    /// The rows stand under `rows`.
    Rows,
}

impl TableAnswer {
    /// The part of the body that holds rows, whose members are the declared fields: the row itself,
    /// or the array under `rows`; none when the body is a description or a refusal.
    pub fn records_mut(&mut self) -> Option<&mut Value> {
        match self.records {
            Records::None => None,
            Records::Body => Some(&mut self.body),
            Records::Rows => self.body.get_mut("rows"),
        }
    }

    /// A refusal in words.
    pub(crate) fn refused(status: u16, kind: &str, message: impl Into<String>) -> Self {
        Self::without_rows(status, kind, message, Outcome::Refused)
    }

    fn without_rows(status: u16, kind: &str, message: impl Into<String>, outcome: Outcome) -> Self {
        Self { status, body: json!({"type": kind, "message": message.into()}), outcome, records: Records::None }
    }
}

/// Data somebody already has, asked by key.
pub struct Table {
    definition: Arc<TableDefinition>,
    engine: Engine,
}

enum Engine {
    Frozen(FrozenTable),
    Live(SqlTable),
}

/// Where one question is answered from, from beginning to end.
enum View<'a> {
    Frozen(Arc<FrozenCopy>),
    Live(&'a SqlTable),
}

impl Table {
    /// Loads a file into a frozen copy under `scratch`, or connects to a database and verifies that
    /// every lookup has an index.
    ///
    /// # Errors
    /// [`TableError`] saying what is wrong with the definition, the file or the database.
    pub async fn open(definition: TableDefinition, scratch: impl Into<PathBuf>) -> Result<Self, TableError> {
        definition.check()?;
        let definition = Arc::new(definition);
        let engine = match definition.source {
            Source::Csv { .. } | Source::Parquet { .. } => {
                Engine::Frozen(FrozenTable::open(Arc::clone(&definition), scratch.into()).await?)
            }
            Source::Sqlite { .. } | Source::Postgres { .. } => {
                Engine::Live(SqlTable::open(Arc::clone(&definition)).await?)
            }
            Source::Upstream { .. } => {
                return Err(TableError::Definition("an upstream is no table: open it as an upstream".to_owned()));
            }
        };
        Ok(Self { definition, engine })
    }

    /// Answers a request: `path` is what stands behind the service code, raw and percent-encoded.
    ///
    /// # Errors
    /// [`TableError`] when the data cannot be read; a refused question is an answer, not an error.
    pub async fn answer(
        &self,
        method: &str,
        path: &str,
        query: Option<&str>,
        body: &[u8],
    ) -> Result<TableAnswer, TableError> {
        let view = match &self.engine {
            Engine::Frozen(table) => View::Frozen(table.copy()),
            Engine::Live(table) => View::Live(table),
        };
        let (lookup, keys) =
            match question::read(&self.definition, view.rules(&self.definition), (method, path, query, body)) {
                Ok(Question::Find { lookup, keys }) => (lookup, keys),
                Ok(Question::Describe) => return Ok(self.description()),
                Err(refusal) => return Ok(refusal),
            };
        let Some(asked) = self.definition.lookups.get(lookup) else {
            return Ok(TableAnswer::refused(404, "no_such_lookup", "no such lookup"));
        };
        let rows = view.find(&self.definition, lookup, keys).await?;
        Ok(self.by_rule(asked, rows))
    }

    /// Looks whether the source is another one than the one served, and if so takes it whole or not
    /// at all; a database is verified again. True when something new is served.
    ///
    /// # Errors
    /// [`TableError`] saying why the new source is not served; the old one still is.
    pub async fn refresh_if_changed(&self) -> Result<bool, TableError> {
        match &self.engine {
            Engine::Frozen(table) => table.refresh_if_changed().await,
            Engine::Live(table) => table.verify().await.map(|()| false),
        }
    }

    /// Takes the source again whole or not at all.
    ///
    /// # Errors
    /// As [`Table::refresh_if_changed`].
    pub async fn refresh(&self) -> Result<(), TableError> {
        match &self.engine {
            Engine::Frozen(table) => table.refresh().await,
            Engine::Live(table) => table.verify().await,
        }
    }

    /// How fresh and how good it is.
    #[must_use]
    pub fn status(&self) -> Status {
        match &self.engine {
            Engine::Frozen(table) => table.status(),
            Engine::Live(table) => table.status(),
        }
    }

    /// How it is published.
    #[must_use]
    pub fn definition(&self) -> &TableDefinition {
        &self.definition
    }

    fn by_rule(&self, lookup: &Lookup, mut rows: Vec<Vec<Value>>) -> TableAnswer {
        let count = rows.len();
        match (lookup.rule, rows.pop()) {
            (Rule::Single, Some(row)) if count == 1 => {
                TableAnswer { status: 200, body: self.object(row), outcome: Outcome::Found(1), records: Records::Body }
            }
            (Rule::Single, last) => {
                let outcome = if last.is_some() { Outcome::SeveralMatches } else { Outcome::NoMatch };
                TableAnswer::without_rows(404, "not_found", "no single row matches", outcome)
            }
            (Rule::AtMost(most), _) if count > most as usize => {
                let message = format!("more than {most} rows match: ask more narrowly");
                TableAnswer::without_rows(422, "too_many_matches", message, Outcome::TooManyMatches)
            }
            (Rule::AtMost(_), last) => {
                let rows: Vec<Value> = rows.into_iter().chain(last).map(|row| self.object(row)).collect();
                let outcome = if count == 0 { Outcome::NoMatch } else { Outcome::Found(count) };
                TableAnswer { status: 200, body: json!({"rows": rows}), outcome, records: Records::Rows }
            }
        }
    }

    fn object(&self, row: Vec<Value>) -> Value {
        let names = self.definition.columns.iter().map(|column| column.name.clone());
        Value::Object(names.zip(row).collect::<Map<_, _>>())
    }

    fn description(&self) -> TableAnswer {
        TableAnswer {
            status: 200,
            body: describe(&self.definition),
            outcome: Outcome::Described,
            records: Records::None,
        }
    }
}

impl View<'_> {
    fn rules(&self, definition: &TableDefinition) -> Rules {
        match self {
            Self::Frozen(copy) => copy.rules(),
            Self::Live(_) => definition.rules(),
        }
    }

    /// One row more than may be answered is enough to know that there are too many.
    async fn find(
        self,
        definition: &Arc<TableDefinition>,
        lookup: usize,
        keys: Vec<String>,
    ) -> Result<Vec<Vec<Value>>, TableError> {
        let most = definition.lookups.get(lookup).map_or(1, |lookup| lookup.rule.most() as usize + 1);
        match self {
            Self::Frozen(copy) => {
                let definition = Arc::clone(definition);
                tokio::task::spawn_blocking(move || copy.find(&definition, lookup, &keys, most))
                    .await
                    .map_err(|_| TableError::Abandoned)?
            }
            Self::Live(table) => table.find(lookup, &keys, most).await,
        }
    }
}

/// What a table is, for whoever may ask it: no data.
fn describe(definition: &TableDefinition) -> Value {
    let columns: Vec<Value> = definition
        .columns
        .iter()
        .map(|column| {
            json!({"name": column.name, "format": column.format, "title": column.title,
                   "description": column.description, "nullable": column.nullable})
        })
        .collect();
    let lookups: Vec<Value> = definition
        .lookups
        .iter()
        .map(|lookup| json!({"name": lookup.name, "keys": lookup.keys, "rule": lookup.rule}))
        .collect();
    json!({"service": definition.service, "title": definition.title, "description": definition.description,
           "columns": columns, "lookups": lookups})
}
