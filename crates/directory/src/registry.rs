//! The registry: admits members and publishes the directory from its own ledger.
//!
//! Every entry is appended under one lock, after the fold has accepted it: what the registry itself would
//! refuse to read never gets into its ledger. Never answers a stranger before checking possession of keys.

mod assurance;
mod challenge;
mod decide;
mod health;
pub mod inside;
mod keys;
mod limits;
mod operators;
mod publish;
mod requests;
pub mod server;

pub use assurance::{AssuranceDates, AssuranceFile, Found, Glance, Sender, Standing, Submitted};
pub use challenge::{ChallengeAnswer, ChallengeRequest};
pub use health::{Beat, Condition, GatewayHealth};
pub use keys::RegistryKeys;
pub use operators::{Operator, OperatorToken, Role};
pub use requests::{JoinRequest, JoinStatus, JoinTicket, PendingRequest, all_keys};

use std::fmt;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arc_swap::ArcSwapOption;
use bytes::Bytes;
use jiff::Timestamp;
use packhorse_ledger::{Frontier, leaf_hash};
use packhorse_model::OrganisationId;
use packhorse_model::organisation::{Assurance, Purpose};
use packhorse_store::{Publisher, Store, StoreError};
use serde::{Deserialize, Serialize};
use tokio::sync::{Mutex, Notify};

use crate::anchor::Anchor;
use crate::entry::{Act, Entry, SignedStatement, Statement};
use crate::error::{DirectoryError, Result};
use crate::fold::Directory;
use crate::snapshot::{Snapshot, Voucher};
use challenge::Challenges;
use health::Beats;
use limits::Limits;

/// Kind and key of the document that says which network this store is the registry of.
const FOUNDED: (&str, &str) = ("registry", "network");
/// Where the newest snapshot lies among the objects.
const SNAPSHOT: &str = "directory/snapshot";
/// Largest snapshot that is read back.
const MAX_SNAPSHOT_BYTES: u64 = 512 << 20;
/// Entries read from the store at once.
const PAGE: u64 = 1024;

/// A network's registry over its store. One process serves; commands work beside it on the same folder.
pub struct Registry {
    network: String,
    store: Store,
    keys: RegistryKeys,
    publisher: Publisher,
    /// Held while entries are appended: in this process, and by a lock on the file between processes.
    folded: Mutex<Folded>,
    turn: PathBuf,
    /// Told when this process appended, so that it is published at once.
    appended: Notify,
    served: ArcSwapOption<Bytes>,
    challenges: Challenges,
    limits: Limits,
    beats: Beats,
}

/// The fold of the ledger's entries so far.
#[derive(Clone)]
struct Folded {
    directory: Arc<Directory>,
    frontier: Frontier,
}

/// What the store says it is the registry of.
#[derive(Serialize, Deserialize, PartialEq)]
struct Founded {
    network: String,
    log: String,
    clock: String,
    registry: String,
}

impl Founded {
    fn new(anchor: &Anchor) -> Self {
        Self {
            network: anchor.network.clone(),
            log: anchor.log.to_string(),
            clock: anchor.clock.to_string(),
            registry: anchor.registry.to_string(),
        }
    }
}

impl Registry {
    /// Makes a store the registry of a new network. `folder` is the registry's data folder.
    ///
    /// # Errors
    /// [`DirectoryError::NotAllowed`] when it is a registry already, otherwise as [`Registry::open`].
    pub async fn init(network: &str, store: Store, keys: RegistryKeys, folder: &Path) -> Result<Self> {
        // The network is the first part of every member's identifier and must be able to stand there.
        OrganisationId::new(network, "CLASS", "code")
            .map_err(|_| DirectoryError::Malformed { what: "network's name", why: "it is a part of an identifier" })?;
        let founded = Founded::new(&keys.anchor(network, "https://localhost")?);
        let body = serde_json::to_vec(&founded).map_err(|_| unreadable())?;
        match store.documents().insert_new(FOUNDED.0, FOUNDED.1, 1, &body).await {
            Err(StoreError::Conflict) => Err(DirectoryError::NotAllowed {
                why: "this folder holds a registry already",
                remedy: "serve it, or choose another folder",
            }),
            other => other.map_err(DirectoryError::from),
        }?;
        Self::open(store, keys, folder).await
    }

    /// Opens a registry, folds its ledger and finishes approvals that a crash cut short.
    ///
    /// # Errors
    /// [`DirectoryError::NotAllowed`] when the store is no registry or belongs to other keys,
    /// [`DirectoryError::Unauthorised`] when its ledger was tampered with; else as the store fails.
    pub async fn open(store: Store, keys: RegistryKeys, folder: &Path) -> Result<Self> {
        let document = store.documents().get(FOUNDED.0, FOUNDED.1).await?.ok_or(DirectoryError::NotAllowed {
            why: "this folder holds no registry",
            remedy: "make one with registry init",
        })?;
        let founded: Founded = serde_json::from_slice(&document.body).map_err(|_| unreadable())?;
        let anchor = keys.anchor(&founded.network, "https://localhost")?;
        if founded != Founded::new(&anchor) {
            return Err(DirectoryError::NotAllowed {
                why: "the keys at hand are not those this registry was founded with",
                remedy: "put the registry's own keys back",
            });
        }
        let publisher = Publisher::open(&store, keys.log_signer(&founded.network)?, &[]).await?;
        let folded = Mutex::new(Folded::load(&store, &anchor).await?);
        let registry = Self {
            network: founded.network,
            store,
            keys,
            publisher,
            folded,
            turn: folder.join("registry.lock"),
            appended: Notify::new(),
            served: ArcSwapOption::empty(),
            challenges: Challenges::default(),
            limits: Limits::default(),
            beats: Beats::default(),
        };
        registry.directory().await?;
        registry.settle_all(Timestamp::now()).await?;
        Ok(registry)
    }

    /// The network.
    #[must_use]
    pub fn network(&self) -> &str {
        &self.network
    }

    /// The document that a new gateway is given out of band, for a registry served at `url`.
    ///
    /// # Errors
    /// [`DirectoryError::Ledger`] when the network's name cannot name a key.
    pub fn anchor(&self, url: &str) -> Result<Anchor> {
        self.keys.anchor(&self.network, url)
    }

    /// The directory as of the newest entry, published or not.
    ///
    /// # Errors
    /// As the store fails; [`DirectoryError::Unauthorised`] when the ledger was tampered with.
    pub async fn directory(&self) -> Result<Arc<Directory>> {
        let mut folded = self.folded.lock().await;
        folded.catch_up(&self.store, u64::MAX).await?;
        Ok(Arc::clone(&folded.directory))
    }

    /// Cuts an active member off, for now. The reason is published: no personal data.
    ///
    /// # Errors
    /// [`DirectoryError::NotAllowed`] with the rule.
    pub async fn suspend(&self, organisation: &OrganisationId, reason: &str, now: Timestamp) -> Result<u64> {
        self.state(organisation, Act::Suspend { reason: reason.to_owned() }, now).await
    }

    /// Lets a suspended member take part again, whose assurance holds.
    ///
    /// # Errors
    /// [`DirectoryError::NotAllowed`] with the rule.
    pub async fn resume(&self, organisation: &OrganisationId, reason: &str, now: Timestamp) -> Result<u64> {
        self.check_may_resume(organisation, now).await?;
        self.state(organisation, Act::Resume { reason: reason.to_owned() }, now).await
    }

    /// Cuts a member off for good.
    ///
    /// # Errors
    /// [`DirectoryError::NotAllowed`] with the rule.
    pub async fn remove(&self, organisation: &OrganisationId, reason: &str, now: Timestamp) -> Result<u64> {
        self.state(organisation, Act::Remove { reason: reason.to_owned() }, now).await
    }

    /// States what was seen of a member's assurance.
    ///
    /// # Errors
    /// [`DirectoryError::NotAllowed`] with the rule.
    pub async fn assure(&self, organisation: &OrganisationId, assurance: Assurance, now: Timestamp) -> Result<u64> {
        self.state(organisation, Act::Assure { assurance }, now).await
    }

    /// Registers what a member states of itself, an amendment or a rotation, on its signature alone.
    /// Returns the entry's index.
    ///
    /// # Errors
    /// [`DirectoryError::NotAllowed`] with the rule, [`DirectoryError::Busy`] when too many come.
    pub async fn submit(&self, signed: &SignedStatement, now: Timestamp) -> Result<u64> {
        self.limits.entries.admit(now)?;
        let statement = signed.statement()?;
        match &statement.act {
            Act::Amend { .. } => {}
            Act::Rotate { keys, nonce, .. } => {
                if let Some(seal) = keys.iter().find(|key| key.purpose == Purpose::Seal) {
                    self.challenges.redeem(nonce.as_deref(), &statement.organisation, &seal.key, now)?;
                }
            }
            _ => {
                return Err(DirectoryError::NotAllowed {
                    why: "a member may amend its details and rotate its keys, nothing else",
                    remedy: "ask the operator for anything else",
                });
            }
        }
        self.append(signed, now).await
    }

    /// Appends what the registry alone states.
    async fn state(&self, organisation: &OrganisationId, act: Act, now: Timestamp) -> Result<u64> {
        let version = self.directory().await?.version(organisation);
        let statement = Statement { organisation: organisation.clone(), version, act };
        self.append(&SignedStatement::sign(&statement, &[])?, now).await
    }

    /// Registers a statement, once the fold has accepted it, and returns its index.
    async fn append(&self, signed: &SignedStatement, now: Timestamp) -> Result<u64> {
        let mut folded = self.folded.lock().await;
        let _turn = self.take_turn().await?;
        self.append_in_turn(&mut folded, signed, now).await
    }

    /// As [`Registry::append`], for whoever has both the fold and the turn.
    async fn append_in_turn(&self, folded: &mut Folded, signed: &SignedStatement, now: Timestamp) -> Result<u64> {
        folded.catch_up(&self.store, u64::MAX).await?;
        let index = folded.directory.size();
        let at = now.max(folded.directory.latest());
        let entry = Entry::register(index, at, signed, &*self.keys.sign)?;
        let next = folded.grown(&entry).map_err(as_refusal)?;
        let appended = self.store.ledger().append_entry(&entry).await?;
        if appended != index {
            let why = "another program appended to the registry's ledger without taking its turn";
            return Err(StoreError::Doubtful(why.to_owned()).into());
        }
        *folded = next;
        self.appended.notify_one();
        tracing::info!(index, "an entry was added to the directory");
        Ok(index)
    }

    /// Waits for the lock between processes; released when the file is closed, also by a crash.
    async fn take_turn(&self) -> Result<File> {
        let path = self.turn.clone();
        let locking = tokio::task::spawn_blocking(move || {
            let file = File::options().create(true).append(true).open(&path);
            let locked = file.and_then(|file| file.lock().map(|()| file));
            locked.map_err(|source| DirectoryError::File { path, action: "locked", source })
        });
        locking.await.unwrap_or(Err(DirectoryError::Busy("tasks: one was cancelled")))
    }
}

impl Folded {
    /// Begins with the newest snapshot, when there is one.
    async fn load(store: &Store, anchor: &Anchor) -> Result<Self> {
        let Some(bytes) = store.objects().get(SNAPSHOT, MAX_SNAPSHOT_BYTES).await? else {
            let directory = Arc::new(Directory::new(&anchor.network, anchor.registry.clone()));
            return Ok(Self { directory, frontier: Frontier::new() });
        };
        let snapshot = Snapshot::read(&mut &bytes[..], anchor, Voucher::Registry)?;
        Ok(Self { directory: Arc::new(snapshot.directory), frontier: snapshot.frontier })
    }

    /// Folds in what the store has up to `to`.
    async fn catch_up(&mut self, store: &Store, to: u64) -> Result<()> {
        loop {
            let from = self.directory.size();
            if from >= to {
                return Ok(());
            }
            let entries = store.ledger().entries(from, to.min(from.saturating_add(PAGE))).await?;
            if entries.is_empty() {
                return Ok(());
            }
            let mut directory = Directory::clone(&self.directory);
            for entry in &entries {
                directory.apply(entry)?;
            }
            entries.iter().for_each(|entry| self.frontier.append(leaf_hash(entry)));
            self.directory = Arc::new(directory);
        }
    }

    fn grown(&self, entry: &[u8]) -> Result<Self> {
        let mut directory = Directory::clone(&self.directory);
        directory.apply(entry)?;
        let mut frontier = self.frontier.clone();
        frontier.append(leaf_hash(entry));
        Ok(Self { directory: Arc::new(directory), frontier })
    }
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registry").field("network", &self.network).finish_non_exhaustive()
    }
}

/// An entry that was never appended is not tampering but a request that breaks a rule.
fn as_refusal(error: DirectoryError) -> DirectoryError {
    match error {
        DirectoryError::Unauthorised { why, .. } => {
            DirectoryError::NotAllowed { why, remedy: "look at the organisation's state in the directory and repeat" }
        }
        other => other,
    }
}

fn unreadable() -> DirectoryError {
    DirectoryError::Malformed { what: "registry's founding document", why: "it is not the JSON that was written" }
}
