//! Why a command did not do what it was asked, told to the person at the terminal.
//!
//! Each message says what failed, which rule stood in the way and what to do; none repeats a key, a token or
//! anything about a person.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Every error of the binary.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The command line asks for something that makes no sense.
    #[error("{0}")]
    Usage(String),
    /// A configuration file breaks a rule.
    #[error("{place}: {rule}")]
    Config {
        /// File, line and column.
        place: String,
        /// The rule, and what to write instead.
        rule: String,
    },
    /// A file could not be read or written.
    #[error("{} cannot be {action}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What was tried: `read`, `written`, …
        action: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
    /// Something that was looked at does not hold; the findings were printed.
    #[error("{0}")]
    NotHeld(String),
    /// Something is not as it has to be for this command.
    #[error("{what}; {remedy}")]
    Refused {
        /// What is in the way.
        what: String,
        /// What to do about it.
        remedy: String,
    },
    /// The gateway's management API said no.
    #[error("the gateway refused (status {status}): {message}{}", advice(remedy))]
    Api {
        /// HTTP status.
        status: u16,
        /// What it said.
        message: String,
        /// What it advised, or nothing.
        remedy: String,
    },
    /// The gateway's management API could not be reached.
    #[error(
        "the gateway does not answer at {url} ({why}); is it running? packhorse gateway check looks at everything else"
    )]
    Unreachable {
        /// Its address.
        url: String,
        /// What happened.
        why: String,
    },
    /// Terminal or pipe.
    #[error("the result cannot be written out")]
    Output(#[from] std::io::Error),
    /// A key failed.
    #[error(transparent)]
    Key(#[from] packhorse_keys::KeyError),
    /// Our own data failed.
    #[error(transparent)]
    Store(#[from] packhorse_store::StoreError),
    /// The ledger's formats or proofs failed.
    #[error(transparent)]
    Ledger(#[from] packhorse_ledger::LedgerError),
    /// Membership failed.
    #[error(transparent)]
    Directory(#[from] packhorse_directory::DirectoryError),
    /// An agreement or a caller failed.
    #[error(transparent)]
    Governance(#[from] packhorse_governance::GovernanceError),
    /// A table failed.
    #[error(transparent)]
    Table(#[from] packhorse_tables::TableError),
    /// Linking failed.
    #[error(transparent)]
    Linkage(#[from] packhorse_linkage::LinkageError),
    /// The running gateway failed.
    #[error(transparent)]
    Gateway(#[from] packhorse_gateway::GatewayError),
}

/// Shorthand for the binary.
pub(crate) type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// 2 when the command line was wrong, 1 for everything else.
    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(if matches!(self, Self::Usage(_)) { 2 } else { 1 })
    }

    /// A refusal with its remedy.
    pub(crate) fn refused(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::Refused { what: what.into(), remedy: remedy.into() }
    }

    /// What the system said about a file; for `map_err`.
    pub(crate) fn file(path: &Path, action: &'static str) -> impl FnOnce(std::io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |source| Self::File { path, action, source }
    }
}

fn advice(remedy: &str) -> String {
    if remedy.is_empty() { String::new() } else { format!("; {remedy}") }
}
