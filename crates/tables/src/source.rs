//! What a CSV file and a Parquet file have in common: headings, and rows of text read once, in order.
//!
//! Must never keep a row.

use std::fmt;
use std::fs::File;
use std::ops::ControlFlow;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use crate::csv::CsvFile;
use crate::definition::{Column, Source};
use crate::error::TableError;
use crate::parquet::ParquetFile;

/// Most bytes of one cell.
pub(crate) const CELL_LIMIT: usize = 1 << 20;

/// Where a row stands, for messages.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Place {
    /// The row that begins at this line of a text file, counted from 1.
    Line(u64),
    /// This row, counted from 1.
    Row(u64),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(line) => write!(f, "line {line}"),
            Self::Row(row) => write!(f, "row {row}"),
        }
    }
}

/// Called with each row: the picked cells, in the order they were picked.
pub(crate) type Visit<'a> = dyn FnMut(Place, &[Option<&str>]) -> Result<ControlFlow<()>, TableError> + 'a;

/// A file of rows.
pub(crate) trait RowFile {
    /// The columns' names, in the file's order.
    fn headings(&self) -> &[String];

    /// Reads all rows, once, giving the cells at the picked places.
    ///
    /// # Errors
    /// [`TableError::Source`] with the place of the first row that breaks a rule, or the visitor's own.
    fn visit(self: Box<Self>, picks: &[usize], visit: &mut Visit<'_>) -> Result<(), TableError>;
}

/// Opens the source's file and reads its headings.
pub(crate) fn open(source: &Source) -> Result<(Box<dyn RowFile>, Watched), TableError> {
    match source {
        Source::Csv { path, delimiter, space_after_delimiter } => {
            let watched = Watched::open(path)?;
            let file = CsvFile::open(watched.reader()?, *delimiter, *space_after_delimiter)?;
            Ok((Box::new(file), watched))
        }
        Source::Parquet { path } => {
            let watched = Watched::open(path)?;
            Ok((Box::new(ParquetFile::open(watched.reader()?)?), watched))
        }
        Source::Sqlite { .. } | Source::Postgres { .. } | Source::Upstream { .. } => {
            Err(TableError::Definition("this kind of source is not a file of rows".to_owned()))
        }
    }
}

/// The places of the declared columns among the headings.
pub(crate) fn pick(headings: &[String], columns: &[Column]) -> Result<Vec<usize>, TableError> {
    columns
        .iter()
        .map(|column| {
            let name = column.source_name();
            headings.iter().position(|heading| heading == name).ok_or_else(|| {
                let near = crate::definition::nearest(name, headings.iter().map(String::as_str));
                TableError::Source(format!("it has no column {name:?}{near}"))
            })
        })
        .collect()
}

/// Refuses headings that cannot be told apart.
pub(crate) fn check_headings(headings: &[String]) -> Result<(), TableError> {
    if headings.len() > crate::definition::COLUMN_LIMIT {
        return Err(TableError::Source(format!("more than {} columns", crate::definition::COLUMN_LIMIT)));
    }
    for (place, heading) in headings.iter().enumerate() {
        if headings[..place].contains(heading) {
            return Err(TableError::Source(format!("two columns are called {heading:?}: rename one")));
        }
    }
    Ok(())
}

/// An open file that must not change while it is read.
pub(crate) struct Watched {
    file: File,
    before: Fingerprint,
}

impl Watched {
    fn open(path: &Path) -> Result<Self, TableError> {
        let failed = |error| TableError::file(format!("opening {}", path.display()), &error);
        let file = File::open(path).map_err(failed)?;
        let metadata = file.metadata().map_err(failed)?;
        if !metadata.is_file() {
            return Err(TableError::Source(format!("{} is not a file", path.display())));
        }
        Ok(Self { file, before: Fingerprint::of(&metadata) })
    }

    fn reader(&self) -> Result<File, TableError> {
        self.file.try_clone().map_err(|error| TableError::file("opening the source twice", &error))
    }

    /// The state that was read.
    ///
    /// # Errors
    /// [`TableError::SourceChanged`] when that was more than one state.
    pub(crate) fn unchanged(self) -> Result<Fingerprint, TableError> {
        let after = self.file.metadata().map_err(|error| TableError::file("looking at the source", &error))?;
        if Fingerprint::of(&after) == self.before { Ok(self.before) } else { Err(TableError::SourceChanged) }
    }
}

/// What tells one state of a file from another without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fingerprint {
    device: u64,
    inode: u64,
    length: u64,
    modified: (i64, i64),
}

impl Fingerprint {
    fn of(metadata: &std::fs::Metadata) -> Self {
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            length: metadata.len(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
        }
    }

    /// The state of the file at a path now; none when there is no file to look at.
    pub(crate) fn at(path: &Path) -> Option<Self> {
        std::fs::metadata(path).ok().map(|metadata| Self::of(&metadata))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_file_that_changes_while_it_is_read_is_not_taken() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("people.csv");
        fs::write(&path, "id,name\n1,a\n").unwrap();
        let source = Source::Csv { path: path.clone(), delimiter: ',', space_after_delimiter: None };
        let (_, undisturbed) = open(&source).unwrap();
        assert_eq!(undisturbed.unchanged().unwrap(), Fingerprint::at(&path).unwrap());

        let (_, watched) = open(&source).unwrap();
        fs::write(&path, "id,name\n1,a\n2,b\n").unwrap();
        assert_eq!(watched.unchanged(), Err(TableError::SourceChanged));
    }

    #[test]
    fn a_file_replaced_by_renaming_is_still_one_whole_state_but_not_the_newest() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("people.csv");
        fs::write(&path, "id\n1\n").unwrap();
        let (_, watched) =
            open(&Source::Csv { path: path.clone(), delimiter: ',', space_after_delimiter: None }).unwrap();
        fs::write(folder.path().join("new"), "id\n2\n").unwrap();
        fs::rename(folder.path().join("new"), &path).unwrap();
        assert_ne!(watched.unchanged().unwrap(), Fingerprint::at(&path).unwrap());
    }
}
