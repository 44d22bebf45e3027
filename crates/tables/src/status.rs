//! What the owner of a table should know about it: is it served, how fresh, how good.
//!
//! Counts only: no value of any row.

use jiff::Timestamp;
use serde::Serialize;

/// The state of a published table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Status {
    /// Rows of the copy being served; absent where rows are asked for live.
    pub rows: Option<u64>,
    /// When the copy being served was made, or the database last verified.
    pub loaded_at: Option<Timestamp>,
    /// Why the newest source is not the one being served.
    pub error: Option<String>,
    /// How good each column is, in the order of the definition.
    pub columns: Vec<ColumnFindings>,
    /// For each lookup, rows that it cannot find because a key is empty or not valid.
    pub unfindable: Vec<u64>,
    /// Rows read to answer questions since the copy was made.
    pub row_reads: u64,
}

/// How good a column is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ColumnFindings {
    /// The column's name.
    pub column: String,
    /// Empty cells.
    pub empty: u64,
    /// Cells that are not of the column's format; answered as received.
    pub malformed: u64,
    /// Well-formed cells whose check digit is wrong or that cannot be real.
    pub doubtful: u64,
}
