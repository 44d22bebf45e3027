//! Tables of a database that somebody runs, asked live: read-only, through an index of theirs, with
//! the keys always as bound parameters.
//!
//! Knows what SQLite and PostgreSQL have in common. Must never repeat the database's own message,
//! which may quote data, nor answer a question by a statement that would scan.

mod postgres;
mod sqlite;
mod whole;

pub use whole::WholeTable;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use jiff::Timestamp;
use packhorse_model::identifier::Format;
use serde_json::Value;

use crate::cell::{self, Finding};
use crate::definition::{Column, Lookup, Source, TableDefinition, nearest};
use crate::error::TableError;
use crate::status::Status;

/// Longest that one statement may take.
const STATEMENT_TIME: Duration = Duration::from_secs(5);
/// Longest wait for a free connection.
const ACQUIRE_TIME: Duration = Duration::from_secs(3);
const CONNECTIONS: u32 = 8;
/// Rows looked at to see whether keys are stored in canonical form.
const SAMPLE_ROWS: usize = 200;

/// A column as the database has it.
struct LiveColumn {
    name: String,
    /// The type that a text parameter must be cast to before it is compared.
    cast: Option<String>,
    /// Whether values are compared as text, so that only the exact form is found.
    compares_text: bool,
}

/// Rows as text, in the order of the selected columns.
type TextRows = Vec<Vec<Option<String>>>;

enum Database {
    Sqlite(sqlite::Connection),
    Postgres(postgres::Connection),
}

/// A table that is asked live.
pub(crate) struct SqlTable {
    definition: Arc<TableDefinition>,
    database: Database,
    /// One statement for each lookup, as last verified.
    statements: ArcSwap<Vec<String>>,
    state: Mutex<State>,
    row_reads: AtomicU64,
}

#[derive(Default)]
struct State {
    verified_at: Option<Timestamp>,
    error: Option<TableError>,
}

impl SqlTable {
    /// Connects and verifies.
    pub(crate) async fn open(definition: Arc<TableDefinition>) -> Result<Self, TableError> {
        let database = Database::connect(&definition.source)?;
        let table = Self {
            definition,
            database,
            statements: ArcSwap::default(),
            state: Mutex::default(),
            row_reads: AtomicU64::new(0),
        };
        table.verify().await?;
        Ok(table)
    }

    /// Verifies that the table has the declared columns, an index for each lookup, and its keys in
    /// canonical form. When it has not, questions are answered by the database as before, and the
    /// status says what is wrong.
    pub(crate) async fn verify(&self) -> Result<(), TableError> {
        let verified = self.statements_for().await;
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match verified {
            Ok(statements) => {
                self.statements.store(Arc::new(statements));
                *state = State { verified_at: Some(Timestamp::now()), error: None };
                Ok(())
            }
            Err(error) => {
                state.error = Some(error.clone());
                Err(error)
            }
        }
    }

    async fn statements_for(&self) -> Result<Vec<String>, TableError> {
        let live = self.database.columns().await?;
        if live.is_empty() {
            return Err(TableError::Database("it has no such table, or the table cannot be seen".to_owned()));
        }
        for column in &self.definition.columns {
            find_live(&live, column)?;
        }
        let indexes = self.database.indexes().await?;
        let mut statements = Vec::new();
        for lookup in &self.definition.lookups {
            let keys: Vec<&LiveColumn> = self
                .definition
                .key_columns(lookup)
                .map(|(_, column)| find_live(&live, column))
                .collect::<Result<_, _>>()?;
            if !indexes.iter().any(|index| leads(index, &keys)) {
                return Err(self.not_indexed(lookup, &keys));
            }
            let statement = self.statement(&keys);
            if self.database.scans(&statement, keys.len()).await? {
                return Err(self.not_indexed(lookup, &keys));
            }
            self.check_canonical(lookup, &keys).await?;
            statements.push(statement);
        }
        Ok(statements)
    }

    /// The rows with these keys, at most `most` of them.
    pub(crate) async fn find(
        &self,
        lookup: usize,
        keys: &[String],
        most: usize,
    ) -> Result<Vec<Vec<Value>>, TableError> {
        let statements = self.statements.load_full();
        let Some(statement) = statements.get(lookup) else { return Ok(Vec::new()) };
        let rows = self.database.fetch(statement, keys, most).await?;
        self.row_reads.fetch_add(rows.len() as u64, Ordering::Relaxed);
        let rules = self.definition.rules();
        let typed = |(column, text): (&Column, Option<String>)| {
            let cell = cell::read(text.as_deref(), column.format, rules);
            if cell.finding == Finding::Malformed && cell::is_strict(column.format) {
                let what = format!("a value of {:?} is not {}", column.name, column.format.title());
                return Err(TableError::Database(what));
            }
            Ok(cell.value)
        };
        rows.into_iter().map(|row| self.definition.columns.iter().zip(row).map(typed).collect()).collect()
    }

    /// Counts, and what the last verification found wrong.
    pub(crate) fn status(&self) -> Status {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        Status {
            loaded_at: state.verified_at,
            error: state.error.as_ref().map(ToString::to_string),
            row_reads: self.row_reads.load(Ordering::Relaxed),
            ..Status::default()
        }
    }

    /// Every column as text, so that one typing rule serves all sources.
    fn statement(&self, keys: &[&LiveColumn]) -> String {
        let columns = self.definition.columns.iter().map(Column::source_name);
        let conditions: Vec<String> = (1..)
            .zip(keys)
            .map(|(number, key)| format!("t.{} = {}", quoted(&key.name), self.database.parameter(number, key)))
            .collect();
        let limit = self.database.parameter_number(keys.len() + 1);
        format!(
            "SELECT {} FROM {} AS t WHERE {} LIMIT {limit}",
            as_text(columns),
            self.database.table(),
            conditions.join(" AND ")
        )
    }

    fn not_indexed(&self, lookup: &Lookup, keys: &[&LiveColumn]) -> TableError {
        let columns: Vec<String> = keys.iter().map(|key| quoted(&key.name)).collect();
        TableError::NotIndexed {
            lookup: lookup.name.clone(),
            create: format!("CREATE INDEX ON {} ({})", self.database.table(), columns.join(", ")).replacen(
                " ON",
                &self.database.index_name(lookup),
                1,
            ),
        }
    }

    /// A key is asked for in canonical form; a column of text that holds another form would never
    /// answer, which must not pass for "not found".
    async fn check_canonical(&self, lookup: &Lookup, keys: &[&LiveColumn]) -> Result<(), TableError> {
        let rules = self.definition.rules();
        let names = keys.iter().map(|key| key.name.as_str());
        let sample = format!("SELECT {} FROM {} AS t LIMIT {SAMPLE_ROWS}", as_text(names), self.database.table());
        let rows = self.database.fetch(&sample, &[], 0).await?;
        for (at, (_, column)) in self.definition.key_columns(lookup).enumerate() {
            let exact = keys.get(at).is_some_and(|key| key.compares_text) && !cell::is_strict(column.format);
            if !exact || column.format == Format::Text {
                continue;
            }
            let stored = rows.iter().filter_map(|row| row.get(at).and_then(Option::as_deref));
            let differs = |text: &str| cell::asked_key(text, column.format, rules).is_some_and(|key| key != text);
            if stored.into_iter().any(differs) {
                return Err(TableError::Database(format!(
                    "the key column {:?} holds {} in another form than the canonical one, so that it would not be \
                     found: publish a column in canonical form (upper case, no separators, dates as YYYY-MM-DD)",
                    column.source_name(),
                    column.format.title()
                )));
            }
        }
        Ok(())
    }
}

/// Headings and a bounded sample of a database table, as text.
pub(crate) async fn sample(source: &Source, rows: u64) -> Result<(Vec<String>, TextRows), TableError> {
    let database = Database::connect(source)?;
    let names: Vec<String> = database.columns().await?.into_iter().map(|column| column.name).collect();
    if names.is_empty() {
        return Err(TableError::Database("it has no such table, or the table cannot be seen".to_owned()));
    }
    let columns = as_text(names.iter().map(String::as_str));
    let rows = database.fetch(&format!("SELECT {columns} FROM {} AS t LIMIT {rows}", database.table()), &[], 0).await?;
    Ok((names, rows))
}

fn find_live<'a>(live: &'a [LiveColumn], column: &Column) -> Result<&'a LiveColumn, TableError> {
    let name = column.source_name();
    live.iter().find(|known| known.name == name).ok_or_else(|| {
        let near = nearest(name, live.iter().map(|known| known.name.as_str()));
        TableError::Database(format!("its table has no column {name:?}{near}"))
    })
}

/// Whether the index begins with exactly these keys, in whatever order.
fn leads(index: &[Option<String>], keys: &[&LiveColumn]) -> bool {
    index.len() >= keys.len()
        && index[..keys.len()].iter().all(|column| keys.iter().any(|key| Some(&key.name) == column.as_ref()))
}

/// An identifier in double quotes, as both dialects have it.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Columns are named through the table: SQLite takes a quoted name alone for a text when there is no
/// such column.
fn as_text<'a>(columns: impl Iterator<Item = &'a str>) -> String {
    columns.map(|name| format!("CAST(t.{} AS TEXT)", quoted(name))).collect::<Vec<_>>().join(", ")
}

impl Database {
    fn connect(source: &Source) -> Result<Self, TableError> {
        match source {
            Source::Sqlite { path, table } => Ok(Self::Sqlite(sqlite::Connection::open(path, table))),
            Source::Postgres { url, table } => Ok(Self::Postgres(postgres::Connection::open(&url.0, table)?)),
            _ => Err(TableError::Definition("this kind of source is not a database".to_owned())),
        }
    }

    /// The table's name, quoted.
    fn table(&self) -> String {
        match self {
            Self::Sqlite(connection) => quoted(&connection.table),
            Self::Postgres(connection) => connection.table.clone(),
        }
    }

    fn parameter_number(&self, number: usize) -> String {
        match self {
            Self::Sqlite(_) => format!("?{number}"),
            Self::Postgres(_) => format!("${number}"),
        }
    }

    fn parameter(&self, number: usize, column: &LiveColumn) -> String {
        let parameter = self.parameter_number(number);
        column.cast.as_ref().map_or(parameter.clone(), |cast| format!("CAST({parameter} AS {cast})"))
    }

    /// SQLite wants a name for an index, PostgreSQL makes one.
    fn index_name(&self, lookup: &Lookup) -> String {
        match self {
            Self::Sqlite(connection) => format!(" {} ON", quoted(&format!("{} {}", connection.table, lookup.name))),
            Self::Postgres(_) => " ON".to_owned(),
        }
    }

    async fn columns(&self) -> Result<Vec<LiveColumn>, TableError> {
        limited(async {
            match self {
                Self::Sqlite(connection) => connection.columns().await,
                Self::Postgres(connection) => connection.columns().await,
            }
        })
        .await
    }

    /// The columns of each usable index, in order; an expression in an index has no name.
    async fn indexes(&self) -> Result<Vec<Vec<Option<String>>>, TableError> {
        limited(async {
            match self {
                Self::Sqlite(connection) => connection.indexes().await,
                Self::Postgres(connection) => connection.indexes().await,
            }
        })
        .await
    }

    /// Whether the database would scan for this statement. PostgreSQL scans small tables for speed
    /// and says nothing about larger ones: there its indexes alone decide.
    async fn scans(&self, statement: &str, keys: usize) -> Result<bool, TableError> {
        match self {
            Self::Sqlite(connection) => limited(connection.scans(statement, keys)).await,
            Self::Postgres(_) => Ok(false),
        }
    }

    /// Runs a statement whose parameters are the keys and, if `most` is above zero, the limit.
    async fn fetch(&self, statement: &str, keys: &[String], most: usize) -> Result<TextRows, TableError> {
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        limited(async {
            match self {
                Self::Sqlite(connection) => connection.fetch(statement, keys, most).await,
                Self::Postgres(connection) => connection.fetch(statement, keys, most).await,
            }
        })
        .await
    }
}

async fn limited<T>(work: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T, TableError> {
    match tokio::time::timeout(STATEMENT_TIME, work).await {
        Ok(done) => done.map_err(|error| TableError::Database(said(&error))),
        Err(_) => Err(TableError::Database("it took longer than 5 seconds to answer".to_owned())),
    }
}

/// What went wrong, without the database's own words, which may quote a value or the address.
fn said(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Database(error) => match error.code() {
            Some(code) => format!("it refused with code {code}"),
            None => "it refused".to_owned(),
        },
        sqlx::Error::Io(error) => format!("the connection failed: {}", error.kind()),
        sqlx::Error::Tls(_) => "the TLS connection to it failed".to_owned(),
        sqlx::Error::PoolTimedOut => "no connection to it could be made in time".to_owned(),
        sqlx::Error::Configuration(_) => "the connection string is not usable".to_owned(),
        sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => "a value cannot be read as UTF-8 text".to_owned(),
        _ => "the conversation with it failed".to_owned(),
    }
}

/// The text columns of a row, whatever the dialect.
fn texts<R>(row: &R) -> Result<Vec<Option<String>>, sqlx::Error>
where
    R: sqlx::Row,
    usize: sqlx::ColumnIndex<R>,
    for<'r> Option<String>: sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,
{
    (0..row.len()).map(|column| row.try_get(column)).collect()
}
