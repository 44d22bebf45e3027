//! Tables of a database in place of files: `sqlite:people.db#residents`, `postgres://reader@host/housing#tenants`.
//!
//! Read once, row after row, in a session that cannot write. A password belongs into PGPASSWORD or a password file: what
//! stands on a command line, every user of the machine can read.

use std::path::Path;

use packhorse_linkage::spec::Limits;
use packhorse_linkage::table::{Side, Table, TableBuilder, read};
use packhorse_linkage::{Spec, recognise};
use packhorse_tables::{DatabaseUrl, Source, TableError, WholeTable};
use tokio::runtime::Handle;

use crate::error::{Error, Result};

/// A table that an argument names.
struct DatabaseTable {
    database: WholeTable,
    name: String,
}

/// Reads what an argument names, a file or a table: the columns that a specification needs. `runtime` waits for the
/// database; this thread may be any but one of its own.
pub(super) fn table(argument: &Path, spec: &Spec, side: Side, runtime: &Handle) -> Result<Table> {
    match DatabaseTable::named(argument, runtime)? {
        None => Ok(read(argument, spec, side)?),
        Some(named) => runtime.block_on(named.read(Some(&spec.wanted(side)), &spec.limits)),
    }
}

/// Reads everything that stands there, to be recognised.
pub(super) fn look(argument: &Path, runtime: &Handle) -> Result<Table> {
    match DatabaseTable::named(argument, runtime)? {
        None => Ok(recognise::look(argument)?),
        Some(named) => runtime.block_on(named.read(None, &Spec::default().limits)),
    }
}

impl DatabaseTable {
    /// The table, unless a file is named.
    fn named(argument: &Path, runtime: &Handle) -> Result<Option<Self>> {
        let Some(text) = argument.to_str().filter(|_| !argument.exists()) else { return Ok(None) };
        let is_postgres = text.starts_with("postgres://") || text.starts_with("postgresql://");
        let sqlite = text.strip_prefix("sqlite:");
        if !is_postgres && sqlite.is_none() {
            return Ok(None);
        }
        let (place, name) =
            sqlite.unwrap_or(text).rsplit_once('#').filter(|(_, table)| !table.is_empty()).ok_or_else(|| {
                Error::Usage("name the table behind the database: sqlite:people.db#residents".to_owned())
            })?;
        let (place, table) = (place.to_owned(), name.to_owned());
        let source = match is_postgres {
            true => Source::Postgres { url: DatabaseUrl(place), table },
            false => Source::Sqlite { path: place.into(), table },
        };
        // Its connections are looked after by the runtime.
        let _here = runtime.enter();
        let database = WholeTable::open(&source).map_err(|_| {
            Error::Usage("the database's address is not of the form postgres://user@host/name".to_owned())
        })?;
        Ok(Some(Self { database, name: name.to_owned() }))
    }

    async fn read(&self, wanted: Option<&[String]>, limits: &Limits) -> Result<Table> {
        let held = self.database.columns().await.map_err(|error| self.broken(&error))?;
        let columns = self.columns(held, wanted)?;
        let mut builder = TableBuilder::new(&self.name, columns.iter().cloned(), limits);
        let take = |cells: Vec<Option<String>>| builder.push(cells.iter().map(Option::as_deref));
        self.database.rows(&columns, take).await.map_err(|error| self.broken(&error))??;
        Ok(builder.finish()?)
    }

    /// The columns that are read: those wanted, if the table has them, else all.
    fn columns(&self, held: Vec<String>, wanted: Option<&[String]>) -> Result<Vec<String>> {
        if held.is_empty() {
            let what = format!("the database has no table {:?}", self.name);
            return Err(Error::refused(what, "name one that this user may read"));
        }
        let Some(wanted) = wanted else { return Ok(held) };
        match wanted.iter().find(|column| !held.contains(column)) {
            None => Ok(wanted.to_vec()),
            Some(missing) => Err(Error::refused(
                format!("the table {:?} has no column {missing:?}", self.name),
                format!("it has: {}", held.join(", ")),
            )),
        }
    }

    fn broken(&self, error: &TableError) -> Error {
        let what = format!("the table {:?} could not be read: {error}", self.name);
        Error::refused(what, "look at the database's address and at what this user may read")
    }
}
