//! Both tables, cleaned and in one piece: dictionaries over both, and for each row its values' numbers side by side.
//!
//! Rows of the first table stand first. Equality of two values is equality of two numbers.

pub(crate) mod keep;
mod prepare;
mod profile;

pub(crate) use profile::warnings;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::spec::Kind;
use crate::summary::TableProfile;
use crate::table::{MISSING, Strings, TableColumn};

/// One column over both tables.
#[derive(Debug)]
pub(crate) struct DataColumn {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    /// The different values after cleaning.
    pub(crate) values: Strings,
    /// Whether some value is several values.
    pub(crate) several: bool,
}

/// Which pairs are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Mode {
    /// Between two tables.
    Link,
    /// Within one.
    Dedupe,
    /// Between and within two.
    Both,
}

/// Everything that is compared.
#[derive(Debug)]
pub(crate) struct Data {
    pub(crate) mode: Mode,
    pub(crate) rows: usize,
    /// Rows of the first table; all, if there is one.
    pub(crate) left_rows: usize,
    pub(crate) columns: Vec<DataColumn>,
    /// Row by row, one number for each column.
    cells: Vec<u32>,
    /// The records' ids, one column a table.
    pub(crate) ids: Vec<TableColumn>,
    /// Who each record truly is, as a hash; 0 where that is not known.
    pub(crate) truth: Option<Vec<u64>>,
    pub(crate) profiles: Vec<TableProfile>,
}

impl Data {
    /// The numbers of a row's values.
    pub(crate) fn row(&self, row: u32) -> &[u32] {
        let width = self.columns.len();
        let start = row as usize * width;
        &self.cells[start..start + width]
    }

    /// The number of a row's value in a column.
    pub(crate) fn cell(&self, row: usize, column: usize) -> u32 {
        self.cells[row * self.columns.len() + column]
    }

    /// The text of a row's value.
    pub(crate) fn value(&self, row: u32, column: usize) -> Option<&str> {
        self.columns[column].values.get(self.cell(row as usize, column))
    }

    /// A record's id as it stands in its table.
    pub(crate) fn record_id(&self, row: u32) -> &str {
        let row = row as usize;
        let (table, at) = if row < self.left_rows { (0, row) } else { (1, row - self.left_rows) };
        let column = &self.ids[table];
        column.ids.get(at).and_then(|id| column.values.get(*id)).unwrap_or_default()
    }

    /// Bytes of memory that it takes.
    pub(crate) fn held(&self) -> usize {
        let values: usize = self.columns.iter().map(|column| column.values.held()).sum();
        let ids: usize = self.ids.iter().map(TableColumn::held).sum();
        let truth = self.truth.as_ref().map_or(0, |truth| 8 * truth.capacity());
        values + ids + truth + 4 * self.cells.capacity()
    }

    /// Whether two rows may be a pair at all.
    pub(crate) fn may_pair(&self, left: u32, right: u32) -> bool {
        let is_left = |row: u32| (row as usize) < self.left_rows;
        left != right && (self.mode != Mode::Link || is_left(left) != is_left(right))
    }

    /// How many pairs there are in all.
    pub(crate) fn pairs_possible(&self) -> u128 {
        pairs(self.mode, self.left_rows as u128, (self.rows - self.left_rows) as u128)
    }

    /// Whether the two are truly the same person; nothing where that is not known.
    pub(crate) fn is_match(&self, left: u32, right: u32) -> Option<bool> {
        let truth = self.truth.as_ref()?;
        let person = truth[left as usize];
        Some(person != 0 && person == truth[right as usize])
    }

    /// How many pairs of rows share a key; a row whose key is 0 shares none.
    pub(crate) fn pairs_sharing(&self, key: impl Fn(usize) -> u64 + Sync) -> u128 {
        // The lowest bit says which table.
        let keyed = (0..self.rows).into_par_iter().map(|row| (key(row), u64::from(row >= self.left_rows)));
        let mut keyed: Vec<u64> = keyed.filter(|(key, _)| *key != 0).map(|(key, right)| key << 1 | right).collect();
        keyed.par_sort_unstable();
        let made = |same: &[u64]| {
            let right = same.iter().map(|key| key & 1).sum::<u64>();
            pairs(self.mode, same.len() as u128 - u128::from(right), u128::from(right))
        };
        keyed.chunk_by(|one, other| one >> 1 == other >> 1).map(made).sum()
    }

    pub(crate) fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }

    /// How often each value of a column stands in the first table and in the second.
    pub(crate) fn frequencies(&self, column: usize) -> (Vec<u32>, Vec<u32>) {
        let mut left = vec![0; self.columns[column].values.len()];
        let mut right = if self.left_rows == self.rows { Vec::new() } else { left.clone() };
        for row in 0..self.rows {
            let id = self.cell(row, column);
            if id != MISSING {
                let counts = if row < self.left_rows { &mut left } else { &mut right };
                counts[id as usize] += 1;
            }
        }
        (left, right)
    }
}

/// Pairs among so many rows of the first table and so many of the second.
pub(crate) fn pairs(mode: Mode, left: u128, right: u128) -> u128 {
    match mode {
        Mode::Link => left * right,
        Mode::Dedupe | Mode::Both => (left + right) * (left + right).saturating_sub(1) / 2,
    }
}
