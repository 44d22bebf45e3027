//! Tables as linking takes them: columns of text, each different value kept once.
//!
//! Whoever reads a file or a database fills a [`TableBuilder`]; [`read()`] does so for CSV and Parquet.

mod csv_file;
mod parquet_file;
pub mod read;
mod strings;

pub use read::{Side, read};
pub use strings::{Interner, Strings};

use crate::Result;
use crate::error::LinkageError;

/// Stands in a column for "no value".
pub const MISSING: u32 = u32::MAX;
/// Joins several values of one cell.
pub const SEVERAL: char = '\u{1f}';
/// Most rows of one table.
const ROWS_LIMIT: usize = 1 << 30;

/// One table, as far as it is needed.
#[derive(Debug, Clone)]
pub struct Table {
    pub(crate) name: String,
    pub(crate) rows: usize,
    pub(crate) columns: Vec<TableColumn>,
}

/// One column: its different values, and which of them each row has.
#[derive(Debug, Clone)]
pub struct TableColumn {
    pub(crate) name: String,
    pub(crate) values: Strings,
    pub(crate) ids: Vec<u32>,
}

impl Table {
    /// Its name, for messages.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The names of the columns that were read.
    pub fn column_names(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|column| column.name.as_str())
    }

    /// The values of a column, row by row.
    pub fn column(&self, name: &str) -> Option<impl Iterator<Item = Option<&str>>> {
        let column = self.columns.iter().find(|column| column.name == name)?;
        Some(column.ids.iter().map(|id| column.values.get(*id)))
    }
}

/// Takes a table row by row.
#[derive(Debug)]
pub struct TableBuilder {
    name: String,
    rows: usize,
    cell_bytes_max: u64,
    columns: Vec<(String, Interner, Vec<u32>)>,
}

impl TableBuilder {
    /// A table of these columns, none of whose cells holds more bytes than given.
    #[must_use]
    pub fn new(name: &str, columns: impl IntoIterator<Item = String>, cell_bytes_max: u64) -> Self {
        let columns = columns.into_iter().map(|column| (column, Interner::default(), Vec::new())).collect();
        Self { name: name.to_owned(), rows: 0, cell_bytes_max, columns }
    }

    /// Takes the next row's cells, in the order of the columns; blank cells are missing.
    ///
    /// # Errors
    /// [`LinkageError::Table`] when a cell is too large or the table is.
    pub fn push<'a>(&mut self, cells: impl IntoIterator<Item = Option<&'a str>>) -> Result<()> {
        self.rows += 1;
        let mut cells = cells.into_iter();
        for at in 0..self.columns.len() {
            self.push_cell(at, cells.next().flatten())?;
        }
        if self.rows > ROWS_LIMIT {
            return Err(LinkageError::table(&self.name, format!("it has more than {ROWS_LIMIT} rows")));
        }
        Ok(())
    }

    /// Takes one cell of one column; every column must be given every row.
    fn push_cell(&mut self, at: usize, cell: Option<&str>) -> Result<()> {
        let Some((name, interner, ids)) = self.columns.get_mut(at) else { return Ok(()) };
        let Some(cell) = cell.map(str::trim).filter(|cell| !cell.is_empty()) else {
            ids.push(MISSING);
            return Ok(());
        };
        let refuse = |why: String| {
            let row = ids.len() + 1;
            Err(LinkageError::table(&self.name, format!("row {row}, column {name:?}: {why}")))
        };
        if cell.len() as u64 > self.cell_bytes_max {
            return refuse(format!("the cell is larger than {} bytes (limits.cell_bytes_max)", self.cell_bytes_max));
        }
        match interner.intern(cell) {
            Some(id) => ids.push(id),
            None => return refuse("the column's different values exceed 4 GB".to_owned()),
        }
        Ok(())
    }

    /// The table.
    ///
    /// # Errors
    /// [`LinkageError::Table`] when there is no row.
    pub fn finish(self) -> Result<Table> {
        if self.rows == 0 {
            return Err(LinkageError::table(&self.name, "it has no rows"));
        }
        let columns = self.columns.into_iter().map(|(name, interner, ids)| {
            let values = interner.into_strings();
            TableColumn { name, values, ids }
        });
        Ok(Table { name: self.name, rows: self.rows, columns: columns.collect() })
    }
}
