//! What can go wrong in the gateway itself, as opposed to in an exchange (those are refusals and
//! faults, which are recorded and answered).

/// The gateway's error.
#[derive(Debug, thiserror::Error)]
pub enum GatewayError {
    /// A key could not be used.
    #[error(transparent)]
    Key(#[from] packhorse_keys::KeyError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] packhorse_store::StoreError),
    /// The directory failed.
    #[error(transparent)]
    Directory(#[from] packhorse_directory::DirectoryError),
    /// Agreements or people failed.
    #[error(transparent)]
    Governance(#[from] packhorse_governance::GovernanceError),
    /// A published table failed.
    #[error(transparent)]
    Table(#[from] packhorse_tables::TableError),
    /// The proof of a record could not be made.
    #[error(transparent)]
    Ledger(#[from] packhorse_ledger::LedgerError),
    /// A port could not be opened or served.
    #[error("cannot serve on {address}: {source}")]
    Listen {
        /// The address asked for.
        address: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// A document of ours in the store cannot be read.
    #[error("a stored {what} cannot be read: {why}")]
    Stored {
        /// What kind of document.
        what: &'static str,
        /// Where it breaks.
        why: String,
    },
    /// The folder for copies of file tables cannot be made.
    #[error("the folder for copies of tables cannot be made: {source}")]
    Scratch {
        /// What the system said.
        source: std::io::Error,
    },
    /// What looks for malware cannot say what it found: nothing goes on until it can.
    #[error("{0}")]
    Scanner(&'static str),
    /// A service's source cannot be opened.
    #[error("the service cannot be published: {why}")]
    Service {
        /// What its source says.
        why: String,
    },
    /// An act of governance cannot be recorded as it stands.
    #[error("{0}")]
    Act(String),
    /// Something asked for does not exist here.
    #[error("no such {what} here")]
    Missing {
        /// What was looked for.
        what: &'static str,
    },
    /// The organisation's identity provider does not do what is expected of it.
    #[error("the identity provider: {0}")]
    Identity(String),
    /// The mail server's settings make no sense.
    #[error("[people.mail]: {0}")]
    Mail(&'static str),
}

impl From<packhorse_governance::people::TurnedAway> for GatewayError {
    fn from(turned_away: packhorse_governance::people::TurnedAway) -> Self {
        Self::Governance(turned_away.into())
    }
}
