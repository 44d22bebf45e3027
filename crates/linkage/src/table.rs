//! Tables as linking takes them: columns of text, each different value kept once where values repeat.
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
use crate::spec::Limits;
use crate::store::fits;

/// Stands in a column for "no value".
pub const MISSING: u32 = u32::MAX;
/// Joins several values of one cell.
pub const SEVERAL: char = '\u{1f}';
/// Most rows of one table.
const ROWS_LIMIT: usize = 1 << 30;
/// Rows after which a column shows whether its values repeat, and after which it is weighed again.
const SHOWS: usize = 8192;

/// One table, as far as it is needed.
#[derive(Debug, Clone)]
pub struct Table {
    pub(crate) name: String,
    pub(crate) rows: usize,
    pub(crate) columns: Vec<TableColumn>,
}

/// One column: its values, and which of them each row has. A value of a column of ids may stand there twice.
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

impl TableColumn {
    /// Bytes of memory that it takes.
    pub(crate) fn held(&self) -> usize {
        self.values.held() + 4 * self.ids.capacity()
    }
}

/// Takes a table row by row.
#[derive(Debug)]
pub struct TableBuilder {
    name: String,
    rows: usize,
    limits: Limits,
    columns: Vec<ColumnBuilder>,
}

/// One column while it is taken.
#[derive(Debug)]
struct ColumnBuilder {
    name: String,
    values: Values,
    ids: Vec<u32>,
}

/// The values of a column so far.
#[derive(Debug)]
enum Values {
    Once(Interner),
    /// Hardly any value repeats, as in a column of ids: looking each up would cost more than keeping all.
    All(Strings),
}

impl ColumnBuilder {
    fn new(name: String) -> Self {
        Self { name, values: Values::Once(Interner::default()), ids: Vec::new() }
    }

    /// Takes the next rows' cells; nothing when 4 GB of text are exceeded.
    fn take(&mut self, cells: &[Option<&str>]) -> Option<()> {
        let before = self.ids.len();
        match &mut self.values {
            Values::Once(interner) => interner.intern_all(cells, &mut self.ids)?,
            Values::All(strings) => {
                for cell in cells {
                    self.ids.push(cell.map_or(Some(MISSING), |cell| strings.push(cell))?);
                }
            }
        }
        let shows = before < SHOWS && self.ids.len() >= SHOWS;
        if let Values::Once(interner) = &mut self.values
            && shows
            && interner.len() > self.ids.len() - self.ids.len() / 16
        {
            self.values = Values::All(std::mem::take(interner).into_strings());
        }
        Some(())
    }

    /// Bytes of memory that it takes.
    fn held(&self) -> usize {
        let values = match &self.values {
            Values::Once(interner) => interner.held(),
            Values::All(strings) => strings.held(),
        };
        values + 4 * self.ids.capacity()
    }

    fn finish(self) -> TableColumn {
        let values = match self.values {
            Values::Once(interner) => interner.into_strings(),
            Values::All(mut strings) => {
                strings.shrink();
                strings
            }
        };
        TableColumn { name: self.name, values, ids: self.ids }
    }
}

impl TableBuilder {
    /// A table of these columns, as large as the limits say at most, and so its cells.
    #[must_use]
    pub fn new(name: &str, columns: impl IntoIterator<Item = String>, limits: &Limits) -> Self {
        let columns = columns.into_iter().map(ColumnBuilder::new).collect();
        Self { name: name.to_owned(), rows: 0, limits: limits.clone(), columns }
    }

    /// Takes the next row's cells, in the order of the columns; blank cells are missing.
    ///
    /// # Errors
    /// [`LinkageError::Table`] when a cell is too large or the table is.
    pub fn push<'a>(&mut self, cells: impl IntoIterator<Item = Option<&'a str>>) -> Result<()> {
        let mut cells = cells.into_iter();
        for at in 0..self.columns.len() {
            self.push_cells(at, [cells.next().flatten()])?;
        }
        self.count(1)
    }

    /// Takes so many rows, whose cells were pushed column by column.
    fn count(&mut self, rows: usize) -> Result<()> {
        let pieces = self.rows / SHOWS;
        self.rows += rows;
        if pieces < self.rows / SHOWS {
            let held = self.columns.iter().map(ColumnBuilder::held).sum::<usize>();
            fits(&self.limits, held)?;
        }
        if self.rows > ROWS_LIMIT {
            return Err(LinkageError::table(&self.name, format!("it has more than {ROWS_LIMIT} rows")));
        }
        Ok(())
    }

    /// Takes some cells of one column; every column must be given every row.
    fn push_cells<'a>(&mut self, at: usize, cells: impl IntoIterator<Item = Option<&'a str>>) -> Result<()> {
        let whole = |cell: Option<&'a str>| cell.map(str::trim).filter(|cell| !cell.is_empty());
        let cells: Vec<Option<&str>> = cells.into_iter().map(whole).collect();
        let large = |cell: &Option<&str>| cell.is_some_and(|cell| cell.len() as u64 > self.limits.cell_bytes_max);
        if let Some(place) = cells.iter().position(large) {
            let why = format!("the cell is larger than {} bytes (limits.cell_bytes_max)", self.limits.cell_bytes_max);
            return Err(self.refusal(at, place, &why));
        }
        match self.columns[at].take(&cells) {
            Some(()) => Ok(()),
            None => Err(self.refusal(at, 0, "the column's different values exceed 4 GB")),
        }
    }

    /// Why a cell so many rows on is not taken.
    fn refusal(&self, at: usize, further: usize, why: &str) -> LinkageError {
        let column = &self.columns[at];
        let row = column.ids.len() + further + 1;
        LinkageError::table(&self.name, format!("row {row}, column {:?}: {why}", column.name))
    }

    /// The table.
    ///
    /// # Errors
    /// [`LinkageError::Table`] when there is no row.
    pub fn finish(self) -> Result<Table> {
        if self.rows == 0 {
            return Err(LinkageError::table(&self.name, "it has no rows"));
        }
        let columns = self.columns.into_iter().map(ColumnBuilder::finish).collect();
        Ok(Table { name: self.name, rows: self.rows, columns })
    }
}
