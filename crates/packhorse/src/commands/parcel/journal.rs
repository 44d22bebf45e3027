//! What is kept of a sending until it is done, so that the same command goes on where it ended: a small file of its
//! owner's, in the state folder (XDG Base Directory Specification, `$XDG_STATE_HOME`).
//!
//! It must never hold content or keys.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use packhorse_keys::sha256;
use packhorse_model::ExchangeId;
use serde::{Deserialize, Serialize};

use super::order::Order;
use crate::error::{Error, Result};
use crate::files;

/// Largest journal: 10,000 files with long names.
const LIMIT: u64 = 32 << 20;
/// How long a finished sending is remembered, so that the same command does not send twice unseen.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(24);

/// A sending under way, or done a while ago.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Journal {
    /// The dispatch's idempotency key.
    pub(super) key: String,
    /// Gone when it is done: it tells about people.
    pub(super) order: Option<Order>,
    pub(super) expires_at: Option<Timestamp>,
    #[serde(default)]
    pub(super) parcels: Vec<ExchangeId>,
    pub(super) sent: Option<Timestamp>,
    #[serde(skip)]
    path: PathBuf,
}

impl Journal {
    /// The sending that the same command began before, else a new one.
    pub(super) fn of(caller: &str, order: Order) -> Result<Self> {
        let folder = folder()?;
        let told = serde_json::to_vec(&(caller, &order)).map_err(std::io::Error::other)?;
        let name: String = sha256(&told).iter().map(|byte| format!("{byte:02x}")).collect();
        let path = folder.join(format!("{name}.json"));
        if path.exists() {
            let found = Self::read(&path)?;
            let fresh = |sent: Timestamp| Timestamp::now().duration_since(sent) < REMEMBERED;
            if found.sent.is_none_or(fresh) {
                return Ok(found);
            }
        }
        let expires_at = order.expires_at()?;
        let key = ExchangeId::random().to_string();
        let journal = Self { key, order: Some(order), expires_at, parcels: Vec::new(), sent: None, path };
        // Before anything is asked of the gateway: a key that is lost would be another dispatch.
        journal.keep()?;
        Ok(journal)
    }

    /// The sending of a parcel.
    pub(super) fn find(parcel: ExchangeId) -> Result<Self> {
        let folder = folder()?;
        for entry in std::fs::read_dir(&folder).map_err(Error::file(&folder, "read"))? {
            let path = entry.map_err(Error::file(&folder, "read"))?.path();
            if path.extension().is_some_and(|extension| extension == "json")
                && let Ok(journal) = Self::read(&path)
                && journal.parcels.contains(&parcel)
            {
                return Ok(journal);
            }
        }
        let remedy = "type the command that began it once more, as the same user of this machine";
        Err(Error::refused("nothing is known here of sending that parcel", remedy))
    }

    fn read(path: &Path) -> Result<Self> {
        let journal: Self = serde_json::from_slice(&files::read(path, LIMIT)?).map_err(|_| {
            Error::refused(format!("{} cannot be read", path.display()), "remove it; the parcel is then sent anew")
        })?;
        Ok(Self { path: path.to_owned(), ..journal })
    }

    /// Keeps what is known now, in one piece.
    pub(super) fn keep(&self) -> Result<()> {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        let write = || {
            let mut file = tempfile::NamedTempFile::new_in(folder)?;
            file.write_all(&serde_json::to_vec(self)?)?;
            file.as_file().sync_all()?;
            file.persist(&self.path).map_err(|error| error.error)?;
            std::fs::File::open(folder)?.sync_all()
        };
        write().map_err(Error::file(&self.path, "written"))
    }

    /// It is done: what tells about people goes.
    pub(super) fn done(mut self) -> Result<()> {
        self.sent = Some(Timestamp::now());
        self.order = None;
        self.keep()
    }

    /// Nothing is left of it.
    pub(super) fn forget(self) -> Result<()> {
        std::fs::remove_file(&self.path).map_err(Error::file(&self.path, "removed"))
    }
}

fn folder() -> Result<PathBuf> {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let state = set("XDG_STATE_HOME").filter(|path| path.is_absolute());
    let state = state.or_else(|| set("HOME").map(|home| home.join(".local/state")));
    let state =
        state.ok_or_else(|| Error::refused("you have no home folder", "set XDG_STATE_HOME to a folder of yours"))?;
    let folder = state.join("packhorse/parcels");
    files::private_folder(&folder)?;
    Ok(folder)
}
