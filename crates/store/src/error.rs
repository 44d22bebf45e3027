//! What can go wrong with our own data, in words for the person who reads the log.
//!
//! Messages never carry stored values: of a database's error only its code and its headline are
//! kept, not the detail in which databases repeat rows. Errors are cloned, because one failed
//! commit is told to everybody who waited for it.

use packhorse_ledger::LedgerError;
use sqlx::error::DatabaseError;

/// Shorthand for this crate.
pub type Result<T> = std::result::Result<T, StoreError>;

/// What can go wrong with our own data.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The database or the disk cannot be used now: unreachable, full, locked for too long.
    #[error("the store cannot be used now ({0}): nothing was written, mend the cause and try again")]
    Unavailable(String),
    /// The database refused a statement, or its tables are not ours.
    #[error("the database refused a statement ({0}): see whether another version wrote this database")]
    Database(String),
    /// The record's side, partner and id are already taken.
    #[error("an exchange with this id is already recorded for this side and partner: use a new id")]
    Duplicate,
    /// Somebody changed the document first, or it exists already.
    #[error("the document was changed by somebody else meanwhile: read it again and repeat the change")]
    Conflict,
    /// Over a fixed limit.
    #[error("{what} has {bytes} bytes, the limit is {limit}")]
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// Its size.
        bytes: u64,
        /// The most that is taken.
        limit: u64,
    },
    /// A text that cannot be stored on every engine.
    #[error("{0} holds a NUL character, which cannot be stored")]
    Nul(&'static str),
    /// The settings make no sense.
    #[error("{0}")]
    Settings(String),
    /// Stored bytes are not what was written.
    #[error("{0} in the store is damaged: restore it from a backup")]
    Damaged(String),
    /// The ledger cannot be carried on from what is stored. Signing another head could show two
    /// faces to the world, so nothing is published until a person has looked.
    #[error("the ledger is in doubt: {0}: nothing will be signed until the data is restored")]
    Doubtful(String),
    /// Object storage failed.
    #[error("object storage failed for {path} ({reason})")]
    Objects {
        /// The object or prefix.
        path: String,
        /// What the storage said.
        reason: String,
    },
    /// A backup could not be made or restored.
    #[error("{0}")]
    Backup(String),
}

impl StoreError {
    /// Whether the same call may succeed later without anybody changing the request.
    #[must_use]
    pub fn is_unavailable(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::Objects { .. })
    }

    /// A file operation that failed, with what was being done.
    pub(crate) fn file(doing: &str, error: &std::io::Error) -> Self {
        Self::Unavailable(format!("{doing}: {error}"))
    }
}

impl From<LedgerError> for StoreError {
    fn from(error: LedgerError) -> Self {
        match error {
            LedgerError::Signing(_) => Self::Unavailable(error.to_string()),
            other => Self::Doubtful(other.to_string()),
        }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::Database(refusal) => from_refusal(refusal.as_ref()),
            sqlx::Error::Io(error) => Self::Unavailable(format!("connection lost: {error}")),
            sqlx::Error::Tls(error) => Self::Unavailable(format!("no TLS connection: {error}")),
            sqlx::Error::PoolTimedOut => Self::Unavailable("every connection is busy".to_owned()),
            sqlx::Error::PoolClosed => Self::Unavailable("the store is closed".to_owned()),
            sqlx::Error::WorkerCrashed => Self::Unavailable("the connection's worker ended".to_owned()),
            sqlx::Error::BeginFailed => Self::Unavailable("no transaction could be begun".to_owned()),
            sqlx::Error::ColumnDecode { index, .. } => Self::Damaged(format!("column {index}")),
            other => Self::Database(other.to_string()),
        }
    }
}

/// Sorts a database's refusal by its code.
fn from_refusal(refusal: &dyn DatabaseError) -> StoreError {
    let code = refusal.code().unwrap_or_default();
    if refusal.is_unique_violation() {
        return StoreError::Duplicate;
    }
    let reason = format!("{}, code {code}", refusal.message());
    if passes_by_itself(&code) { StoreError::Unavailable(reason) } else { StoreError::Database(reason) }
}

/// Codes that say "not now" rather than "never": SQLite's primary result codes (the low byte of an
/// extended code) and PostgreSQL's SQLSTATE classes.
fn passes_by_itself(code: &str) -> bool {
    // SQLITE_BUSY, LOCKED, READONLY, IOERR, FULL, CANTOPEN
    const SQLITE: [u32; 6] = [5, 6, 8, 10, 13, 14];
    // connection exception, transaction rollback, insufficient resources, operator intervention, system error
    const POSTGRES: [&str; 5] = ["08", "40", "53", "57", "58"];
    if code.len() == 5 && !code.starts_with('1') {
        return POSTGRES.iter().any(|class| code.starts_with(class));
    }
    code.parse::<u32>().is_ok_and(|code| SQLITE.contains(&(code & 0xff)))
}
