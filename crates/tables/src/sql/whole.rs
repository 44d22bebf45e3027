//! A table read whole, once, row after row: for linking, which has to see every record.
//!
//! Only its owner reads it so, at a terminal; whoever asks over the network is answered through an index. Must never
//! hold more than one row.

use super::{Database, as_text, said};
use crate::definition::Source;
use crate::error::TableError;

/// A table of SQLite or PostgreSQL, in a session that cannot write.
pub struct WholeTable {
    database: Database,
}

impl WholeTable {
    /// Connects on first use.
    ///
    /// # Errors
    /// [`TableError::Definition`] when the source is no database, or its address cannot be used.
    pub fn open(source: &Source) -> Result<Self, TableError> {
        Ok(Self { database: Database::connect(source)? })
    }

    /// Its columns in order; none where there is no such table, or it cannot be seen.
    ///
    /// # Errors
    /// [`TableError::Database`] when the database cannot be reached or refuses.
    pub async fn columns(&self) -> Result<Vec<String>, TableError> {
        Ok(self.database.columns().await?.into_iter().map(|column| column.name).collect())
    }

    /// Hands over every row, these columns of it as text, until `take` refuses one. However long it takes.
    ///
    /// # Errors
    /// [`TableError::Database`] when the database fails; inside, what `take` said.
    pub async fn rows<E>(
        &self,
        columns: &[String],
        take: impl FnMut(Vec<Option<String>>) -> Result<(), E>,
    ) -> Result<Result<(), E>, TableError> {
        let columns = as_text(columns.iter().map(String::as_str));
        let statement = format!("SELECT {columns} FROM {} AS t", self.database.table());
        let read = match &self.database {
            Database::Sqlite(connection) => connection.each(&statement, take).await,
            Database::Postgres(connection) => connection.each(&statement, take).await,
        };
        read.map_err(|error| TableError::Database(said(&error)))
    }
}
