//! What can go wrong with other people's data, in words for the person who published it.
//!
//! Never repeats a value, a row, a body or a connection string.

use std::io;

/// Why a table cannot be published, reloaded or asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TableError {
    /// The definition itself is wrong; the text names every fault and its remedy.
    #[error("the table definition is not usable: {0}")]
    Definition(String),
    /// The file breaks a rule; the text says where.
    #[error("the source cannot be used: {0}")]
    Source(String),
    /// The file changed while it was read, so that the copy would be of neither version.
    #[error("the source changed while it was read: it will be read again; replace the file by renaming a finished one")]
    SourceChanged,
    /// A file could not be opened, read or written.
    #[error("{what} failed: {reason}")]
    File {
        /// What was tried.
        what: String,
        /// The operating system's reason.
        reason: String,
    },
    /// The database refused or failed; the text never holds the database's own message about data.
    #[error("the database cannot be used: {0}")]
    Database(String),
    /// A lookup would have to scan the table.
    #[error("no index serves the lookup {lookup:?}, and a table is never scanned: run {create}")]
    NotIndexed {
        /// The lookup without an index.
        lookup: String,
        /// The statement that remedies it.
        create: String,
    },
    /// The request cannot be written down as HTTP for the upstream.
    #[error("the request cannot be passed on to the upstream: {0}")]
    UpstreamRequest(&'static str),
    /// No connection.
    #[error("the upstream cannot be reached: check that it runs and that its address is right")]
    UpstreamUnreachable,
    /// No connection over TLS to a service that an authority vouches for.
    #[error(
        "the upstream cannot be trusted: it must speak TLS 1.3 and show a certificate for the name in base_url, issued \
         by an authority in ca_file"
    )]
    UpstreamUntrusted,
    /// Too slow; the text says what was waited for.
    #[error("the upstream took too long to {0}")]
    UpstreamTimedOut(&'static str),
    /// More bytes than the limit.
    #[error("the upstream's answer is larger than {limit} bytes: raise max_body or ask more narrowly")]
    UpstreamTooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// The connection ended early, the length was not the one announced, or it was not HTTP.
    #[error("the upstream's answer broke off or is not valid HTTP")]
    UpstreamBroken,
    /// Only JSON can be cut down to the agreed fields, so nothing else leaves.
    #[error("the upstream answered with status {status} and something other than JSON")]
    UpstreamNotJson {
        /// The upstream's status code.
        status: u16,
    },
    /// Reading was given up, because the reading task ended abnormally.
    #[error("reading the source ended abnormally: the file may be corrupt")]
    Abandoned,
}

impl TableError {
    /// A file operation that failed.
    pub(crate) fn file(what: impl Into<String>, error: &io::Error) -> Self {
        Self::File { what: what.into(), reason: error.kind().to_string() }
    }
}
