//! Reading a CSV or Parquet file, only the columns that a specification names.

use std::fs::File;
use std::path::Path;

use crate::Result;
use crate::error::LinkageError;
use crate::spec::{Spec, nearest};
use crate::table::{Table, csv_file, parquet_file};

/// Which of two tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The first, or the only one.
    Left,
    /// The second.
    Right,
}

impl Spec {
    /// The table columns of that side that the specification needs, each once.
    #[must_use]
    pub fn wanted(&self, side: Side) -> Vec<String> {
        let right = side == Side::Right;
        let id = self.input.id_right.as_ref().filter(|_| right).unwrap_or(&self.input.id);
        let mut wanted = vec![id.clone()];
        let mut want = |name: &str| {
            if !wanted.iter().any(|known| known == name) {
                wanted.push(name.to_owned());
            }
        };
        self.input.truth.iter().for_each(|name| want(name));
        for column in &self.columns {
            column.sources(side).iter().for_each(|name| want(name));
        }
        wanted
    }
}

impl crate::spec::Column {
    /// The table columns of that side that it is made of.
    #[must_use]
    pub fn sources(&self, side: Side) -> &[String] {
        match side {
            Side::Right if !self.from_right.is_empty() => &self.from_right,
            _ if self.from.is_empty() => std::slice::from_ref(&self.name),
            _ => &self.from,
        }
    }
}

/// Reads a file by its ending: `.parquet`, `.tsv`, else CSV with a line of headings.
///
/// # Errors
/// [`LinkageError::File`] or [`LinkageError::Table`], which says where.
pub fn read(path: &Path, spec: &Spec, side: Side) -> Result<Table> {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let file = File::open(path).map_err(|error| LinkageError::file(format!("opening {name:?}"), &error))?;
    let wanted = spec.wanted(side);
    let limits = &spec.limits;
    match path.extension().and_then(|ending| ending.to_str()) {
        Some("parquet") => parquet_file::read(file, &name, &wanted, limits),
        Some("tsv") => csv_file::read(file, &name, b'\t', &wanted, limits),
        _ => csv_file::read(file, &name, b',', &wanted, limits),
    }
}

/// The headings of a file, to recognise what is in it.
///
/// # Errors
/// [`LinkageError::File`] or [`LinkageError::Table`].
pub fn headings(path: &Path) -> Result<Vec<String>> {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let file = File::open(path).map_err(|error| LinkageError::file(format!("opening {name:?}"), &error))?;
    match path.extension().and_then(|ending| ending.to_str()) {
        Some("parquet") => parquet_file::headings(file, &name),
        Some("tsv") => csv_file::headings(file, &name, b'\t'),
        _ => csv_file::headings(file, &name, b','),
    }
}

/// Where the wanted columns stand among the headings.
pub(super) fn places(table: &str, headings: &[String], wanted: &[String]) -> Result<Vec<usize>> {
    let place = |name: &String| {
        let mut found = headings.iter().enumerate().filter(|(_, heading)| *heading == name);
        match (found.next(), found.next()) {
            (Some((place, _)), None) => Ok(place),
            (Some(_), Some(_)) => Err(LinkageError::table(table, format!("it has two columns {name:?}"))),
            (None, _) => {
                let hint = nearest(name, headings.iter().map(String::as_str));
                Err(LinkageError::table(table, format!("it has no column {name:?}{hint}")))
            }
        }
    };
    wanted.iter().map(place).collect()
}
