//! What can go wrong in linking, in words for the analyst.
//!
//! Never repeats what stands in a cell.

use std::io;

/// Why files cannot be linked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LinkageError {
    /// The specification is wrong; the text names line, rule and remedy.
    #[error("the specification is not usable: {0}")]
    Spec(String),
    /// A table is not usable; the text says which, where and why.
    #[error("the table {table:?} cannot be linked: {reason}")]
    Table {
        /// Its name, as the caller gave it.
        table: String,
        /// What is wrong, and what to do.
        reason: String,
    },
    /// A blocking rule would make more pairs than allowed; nothing was computed.
    #[error(
        "the blocking rule {rule:?} would make {pairs} pairs, and at most {limit} are allowed: its largest block holds \
         {largest} of them; add a column to the rule, or raise limits.pairs_max"
    )]
    Explosion {
        /// The rule as written.
        rule: String,
        /// The pairs it would make.
        pairs: u128,
        /// The pairs in its largest block.
        largest: u128,
        /// The most that are allowed.
        limit: u64,
    },
    /// The records take more memory than allowed; pairs would go to temporary files, records cannot.
    #[error(
        "the records take {held_mb} MB, and limits.memory_mb gives {limit_mb}: raise it, or link fewer columns or fewer \
         rows at once"
    )]
    Memory {
        /// What they take.
        held_mb: usize,
        /// The most that is allowed.
        limit_mb: u64,
    },
    /// A saved model or index does not fit; the text says why.
    #[error("the model is not usable: {0}")]
    Model(String),
    /// A file could not be read or written.
    #[error("{what} failed: {reason}")]
    File {
        /// What was tried.
        what: String,
        /// The operating system's reason.
        reason: String,
    },
    /// A count that must hold does not: the result would be wrong, so there is none.
    #[error("the run is not whole: {0}; run it again, and report this if it comes back")]
    Broken(String),
    /// It was asked to stop.
    #[error("linking was stopped before it was done; nothing was written")]
    Stopped,
}

impl LinkageError {
    /// A file operation that failed.
    pub(crate) fn file(what: impl Into<String>, error: &io::Error) -> Self {
        Self::File { what: what.into(), reason: error.kind().to_string() }
    }

    /// A table that cannot be used.
    pub(crate) fn table(table: &str, reason: impl Into<String>) -> Self {
        Self::Table { table: table.to_owned(), reason: reason.into() }
    }
}
