//! Tables of a database in place of files: `sqlite:people.db#residents`, `postgres://reader@host/housing#tenants`.
//!
//! Read once, row after row, in a session that cannot write. A password belongs into PGPASSWORD or a password file: what
//! stands on a command line, every user of the machine can read.

use std::path::{Path, PathBuf};
use std::str::FromStr as _;

use futures_util::TryStreamExt as _;
use packhorse_linkage::table::{Side, Table, TableBuilder, read};
use packhorse_linkage::{Spec, recognise};
use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _};
use tokio::runtime::Handle;

use crate::error::{Error, Result};

/// A table that an argument names.
struct DatabaseTable {
    place: Place,
    table: String,
}

enum Place {
    Sqlite(PathBuf),
    Postgres(Box<PgConnectOptions>),
}

/// Reads what an argument names, a file or a table: the columns that a specification needs. `runtime` waits for the
/// database; this thread may be any but one of its own.
pub(super) fn table(argument: &Path, spec: &Spec, side: Side, runtime: &Handle) -> Result<Table> {
    match DatabaseTable::named(argument)? {
        None => Ok(read(argument, spec, side)?),
        Some(named) => runtime.block_on(named.read(Some(&spec.wanted(side)), spec.limits.cell_bytes_max)),
    }
}

/// Reads everything that stands there, to be recognised.
pub(super) fn look(argument: &Path, runtime: &Handle) -> Result<Table> {
    match DatabaseTable::named(argument)? {
        None => Ok(recognise::look(argument)?),
        Some(named) => runtime.block_on(named.read(None, Spec::default().limits.cell_bytes_max)),
    }
}

impl DatabaseTable {
    /// The table, unless a file is named.
    fn named(argument: &Path) -> Result<Option<Self>> {
        let Some(text) = argument.to_str().filter(|_| !argument.exists()) else { return Ok(None) };
        let is_postgres = text.starts_with("postgres://") || text.starts_with("postgresql://");
        let sqlite = text.strip_prefix("sqlite:");
        if !is_postgres && sqlite.is_none() {
            return Ok(None);
        }
        let (place, table) =
            sqlite.unwrap_or(text).rsplit_once('#').filter(|(_, table)| !table.is_empty()).ok_or_else(|| {
                Error::Usage("name the table behind the database: sqlite:people.db#residents".to_owned())
            })?;
        let place = if is_postgres { Place::Postgres(Box::new(postgres(place)?)) } else { Place::Sqlite(place.into()) };
        Ok(Some(Self { place, table: table.to_owned() }))
    }

    async fn read(&self, wanted: Option<&[String]>, cell_bytes_max: u64) -> Result<Table> {
        match &self.place {
            Place::Sqlite(path) => {
                let options = SqliteConnectOptions::new().filename(path).read_only(true).create_if_missing(false);
                let mut session = options.disable_statement_logging().connect().await.map_err(|e| self.broken(&e))?;
                let listed = "SELECT name FROM pragma_table_info(?1)";
                let held = sqlx::query_scalar(listed).bind(&self.table).fetch_all(&mut session).await;
                let columns = self.columns(held.map_err(|error| self.broken(&error))?, wanted)?;
                let sql = select(&columns, &quoted(&self.table));
                let mut builder = TableBuilder::new(&self.table, columns, cell_bytes_max);
                let mut rows = sqlx::query(AssertSqlSafe(sql)).fetch(&mut session);
                while let Some(row) = rows.try_next().await.map_err(|error| self.broken(&error))? {
                    push(&mut builder, texts(&row).map_err(|error| self.broken(&error))?)?;
                }
                Ok(builder.finish()?)
            }
            Place::Postgres(options) => {
                let mut session = options.connect().await.map_err(|error| self.broken(&error))?;
                let table = self.table.split('.').map(quoted).collect::<Vec<_>>().join(".");
                let listed = "SELECT attname::text FROM pg_attribute \
                              WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped ORDER BY attnum";
                let held = sqlx::query_scalar(listed).bind(&table).fetch_all(&mut session).await;
                let columns = self.columns(held.map_err(|error| self.broken(&error))?, wanted)?;
                let sql = select(&columns, &table);
                let mut builder = TableBuilder::new(&self.table, columns, cell_bytes_max);
                let mut rows = sqlx::query(AssertSqlSafe(sql)).fetch(&mut session);
                while let Some(row) = rows.try_next().await.map_err(|error| self.broken(&error))? {
                    push(&mut builder, texts(&row).map_err(|error| self.broken(&error))?)?;
                }
                drop(rows);
                // Nobody waits for an answer to it: the session has read everything.
                let _ = session.close().await;
                Ok(builder.finish()?)
            }
        }
    }

    /// The columns that are read: those wanted, if the table has them, else all.
    fn columns(&self, held: Vec<String>, wanted: Option<&[String]>) -> Result<Vec<String>> {
        if held.is_empty() {
            let what = format!("the database has no table {:?}", self.table);
            return Err(Error::refused(what, "name one that this user may read"));
        }
        let Some(wanted) = wanted else { return Ok(held) };
        match wanted.iter().find(|column| !held.contains(column)) {
            None => Ok(wanted.to_vec()),
            Some(missing) => Err(Error::refused(
                format!("the table {:?} has no column {missing:?}", self.table),
                format!("it has: {}", held.join(", ")),
            )),
        }
    }

    fn broken(&self, error: &sqlx::Error) -> Error {
        let why = match error {
            sqlx::Error::Database(error) => error.message().to_owned(),
            sqlx::Error::Io(error) => error.to_string(),
            sqlx::Error::ColumnDecode { .. } => "a cell is not UTF-8 text".to_owned(),
            _ => "the connection could not be made, or broke off".to_owned(),
        };
        let what = format!("the table {:?} could not be read: {why}", self.table);
        Error::refused(what, "look at the database's address and at what this user may read")
    }
}

/// A session that cannot write, and that writes dates as ISO 8601 does.
fn postgres(url: &str) -> Result<PgConnectOptions> {
    let options = PgConnectOptions::from_str(url)
        .map_err(|_| Error::Usage("the database's address is not of the form postgres://user@host/name".to_owned()))?;
    Ok(options
        .application_name("packhorse link")
        .options([("default_transaction_read_only", "on"), ("TimeZone", "UTC"), ("DateStyle", "ISO")])
        .disable_statement_logging())
}

/// Every column as text. Columns are named through the table: SQLite takes a quoted name alone for a text when there is no
/// such column.
fn select(columns: &[String], table: &str) -> String {
    let columns: Vec<String> = columns.iter().map(|column| format!("CAST(t.{} AS TEXT)", quoted(column))).collect();
    format!("SELECT {} FROM {table} AS t", columns.join(", "))
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn texts<R>(row: &R) -> Result<Vec<Option<String>>, sqlx::Error>
where
    R: sqlx::Row,
    usize: sqlx::ColumnIndex<R>,
    for<'r> Option<String>: sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,
{
    (0..row.len()).map(|column| row.try_get(column)).collect()
}

fn push(builder: &mut TableBuilder, cells: Vec<Option<String>>) -> Result<()> {
    Ok(builder.push(cells.iter().map(Option::as_deref))?)
}
