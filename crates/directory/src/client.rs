//! The gateway's side: follows the registry's directory and lets nobody rewrite it.
//!
//! Every poll fetches the head, a few hundred bytes, and what is new since the known one. A head that is
//! badly signed, stale, older or of another history is refused by name, and the known state stays in use
//! until it is too old to decide by.

mod handle;
mod http;
mod kept;
mod transport;

pub use handle::{DirectoryHandle, MemberPins};
pub use http::HttpTransport;
pub use transport::Transport;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use packhorse_ledger::{
    BundleCoordinate, EntryBundle, Frontier, Head, LogPath, Tile, TileCoordinate, TileSet, leaf_hash,
    prove_consistency, tiles_for_consistency, tiles_for_edge, verify_consistency,
};

use crate::anchor::Anchor;
use crate::error::{DirectoryError, HeadRefusal, Result};
use crate::fold::Directory;
use crate::head::DirectoryHead;
use crate::snapshot::{Snapshot, Voucher};
use kept::Kept;
use transport::{fetch_bundle, fetch_tile, required};

/// Where a registry serves its ledger, below its address.
pub(crate) const LOG_PREFIX: &str = "/directory/";
/// Largest head accepted, in bytes.
const MAX_HEAD_BYTES: usize = 16 * 1024;
/// Largest snapshot accepted, in bytes.
const MAX_SNAPSHOT_BYTES: usize = 512 << 20;

/// How a gateway follows the directory.
#[derive(Debug, Clone)]
pub struct ClientSettings {
    /// Time between polls.
    pub poll_every: Duration,
    /// Age of the last confirmed head beyond which the directory decides nothing any more.
    pub max_age: SignedDuration,
    /// How to begin without any kept state.
    pub first_start: FirstStart,
}

/// How to begin without any kept state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FirstStart {
    /// From the registry's signed snapshot: fast; its earlier entries are taken on the registry's signature.
    Snapshot,
    /// From the first entry: every signature of every member is checked.
    FirstEntry,
}

impl Default for ClientSettings {
    /// Polls every 10 seconds, trusts for 10 minutes, starts from a snapshot.
    fn default() -> Self {
        Self {
            poll_every: Duration::from_secs(10),
            max_age: SignedDuration::from_mins(10),
            first_start: FirstStart::Snapshot,
        }
    }
}

/// Follows one network's directory and keeps what it knows in a folder.
pub struct DirectoryClient {
    anchor: Anchor,
    transport: Arc<dyn Transport>,
    settings: ClientSettings,
    kept: Kept,
    known: Known,
    handle: DirectoryHandle,
}

/// What was verified so far.
#[derive(Clone)]
struct Known {
    directory: Arc<Directory>,
    frontier: Frontier,
    /// The newest head that was verified; nothing before the first poll ever.
    head: Option<DirectoryHead>,
}

impl Known {
    fn head(&self) -> Head {
        Head { size: self.frontier.size(), root: self.frontier.root() }
    }
}

impl DirectoryClient {
    /// Opens the kept state below `folder`, which is made when it does not exist. Nothing is fetched yet.
    ///
    /// # Errors
    /// [`DirectoryError::File`] and [`DirectoryError::Damaged`] when the kept state cannot be used.
    pub fn open(
        anchor: Anchor,
        transport: Arc<dyn Transport>,
        folder: &Path,
        settings: ClientSettings,
    ) -> Result<Self> {
        let kept = Kept::open(folder)?;
        let known = match kept.load(&anchor)? {
            Some((snapshot, head)) => {
                Known { directory: Arc::new(snapshot.directory), frontier: snapshot.frontier, head }
            }
            None => Known {
                directory: Arc::new(Directory::new(&anchor.network, anchor.registry.clone())),
                frontier: Frontier::new(),
                head: None,
            },
        };
        let confirmed = known.head.as_ref().map(DirectoryHead::confirmed);
        let handle = DirectoryHandle::new(Arc::clone(&known.directory), confirmed, settings.max_age);
        Ok(Self { anchor, transport, settings, kept, known, handle })
    }

    /// The directory for everybody else in the process, always the newest verified.
    #[must_use]
    pub fn handle(&self) -> DirectoryHandle {
        self.handle.clone()
    }

    /// Polls for ever. Errors are logged and shown by [`DirectoryHandle::last_error`].
    pub async fn run(mut self) {
        let mut ticks = tokio::time::interval(self.settings.poll_every);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            if let Err(error) = self.poll(Timestamp::now()).await {
                tracing::warn!(%error, "the directory could not be brought up to date");
            }
        }
    }

    /// Brings the directory up to date once. On an error the known state stays.
    ///
    /// # Errors
    /// [`DirectoryError::Refused`], [`DirectoryError::Unauthorised`] and [`DirectoryError::Snapshot`] name what was
    /// refused; [`DirectoryError::Unreachable`] says that nothing could be learnt.
    pub async fn poll(&mut self, now: Timestamp) -> Result<()> {
        let outcome = self.try_poll(now).await;
        self.handle.note(outcome.as_ref().err());
        outcome
    }

    async fn try_poll(&mut self, now: Timestamp) -> Result<()> {
        self.kept.check_unforked()?;
        if self.known.head.is_none() && self.known.frontier.size() == 0 {
            self.start().await?;
        }
        let head = self.fetch_head(now).await?;
        let next = self.follow(&head).await?;
        let grown = next.frontier.size() != self.known.frontier.size() || self.known.head.is_none();
        let confirmed_before = self.known.head.as_ref().map(DirectoryHead::confirmed);
        if !grown && confirmed_before >= Some(head.confirmed()) {
            return Ok(());
        }
        self.kept.save(grown.then(|| next.snapshot(&head)), &head).await?;
        self.known = Known { head: Some(head), ..next };
        let confirmed = self.known.head.as_ref().map(DirectoryHead::confirmed);
        self.handle.set(Arc::clone(&self.known.directory), confirmed);
        Ok(())
    }

    /// The very first start: takes over the registry's snapshot, when that is wanted and there is one.
    async fn start(&mut self) -> Result<()> {
        if self.settings.first_start == FirstStart::FirstEntry {
            return Ok(());
        }
        let Some(bytes) = self.transport.get(&format!("{LOG_PREFIX}snapshot"), MAX_SNAPSHOT_BYTES).await? else {
            return Ok(());
        };
        let anchor = self.anchor.clone();
        let read = move || Snapshot::read(&mut &bytes[..], &anchor, Voucher::Registry);
        let snapshot = blocking(read).await?;
        self.known.directory = Arc::new(snapshot.directory);
        self.known.frontier = snapshot.frontier;
        Ok(())
    }

    async fn fetch_head(&self, now: Timestamp) -> Result<DirectoryHead> {
        let path = format!("{LOG_PREFIX}{}", LogPath::Checkpoint);
        let bytes = required(self.transport.get(&path, MAX_HEAD_BYTES).await?)?;
        let head = DirectoryHead::open(&bytes, &self.anchor)?;
        let known = self.known.head();
        let refusal = match head.check_date(now, self.settings.max_age) {
            Err(refusal) => refusal,
            Ok(()) if head.size() < known.size => HeadRefusal::RolledBack { known: known.size, offered: head.size() },
            Ok(()) if head.size() == known.size && *head.root() != known.root => {
                HeadRefusal::Forked { known: known.size, offered: head.size() }
            }
            Ok(()) => return Ok(head),
        };
        Err(self.refuse(refusal, &head).await)
    }

    /// Fetches what is new up to a head, and verifies that it continues what is known.
    async fn follow(&self, head: &DirectoryHead) -> Result<Known> {
        let known = self.known.clone();
        if head.size() == known.frontier.size() {
            return Ok(known);
        }
        match self.check_continues(head).await {
            Err(DirectoryError::Refused(refusal)) => return Err(self.refuse(refusal, head).await),
            checked => checked?,
        }
        let mut growing = Growing::from(known);
        while growing.frontier.size() < head.size() {
            let place = BundleCoordinate::holding(growing.frontier.size(), head.size())?;
            let bundle = fetch_bundle(&*self.transport, place).await?;
            growing = blocking(move || growing.take(&bundle, place)).await?;
        }
        if growing.frontier.root() != *head.root() {
            return Err(self.refuse(HeadRefusal::EntriesDiffer, head).await);
        }
        if let Some((error, entry)) = growing.refused {
            self.kept.keep_evidence("unauthorised", &head.to_bytes()).await?;
            self.kept.keep_evidence("unauthorised-entry", &entry).await?;
            return Err(error);
        }
        Ok(Known { directory: Arc::new(growing.directory), frontier: growing.frontier, head: None })
    }

    /// Checks by the tiles that a larger head continues the known one (RFC 6962 §2.1.2).
    async fn check_continues(&self, head: &DirectoryHead) -> Result<()> {
        let (old, new) = (self.known.head(), Head { size: head.size(), root: *head.root() });
        if old.size == 0 {
            return Ok(());
        }
        let fetched = self.fetch_tiles(&tiles_for_consistency(old.size, new.size)?).await?;
        let mut tiles: TileSet = fetched.into_iter().collect();
        let proof = prove_consistency(old.size, new.size, &tiles)?;
        if verify_consistency(old.size, &old.root, new.size, &new.root, &proof).is_ok() {
            return Ok(());
        }
        // Tiles are not signed: only when they do lead to the signed root, by way of another old root, is it proved
        // that the registry signed two histories. Anything else may be a broken copy, and is asked for again.
        tiles.extend(self.fetch_tiles(&tiles_for_edge(old.size)?).await?);
        let other = Frontier::load(old.size, &tiles)?.root();
        Err(match verify_consistency(old.size, &other, new.size, &new.root, &proof) {
            Ok(()) => HeadRefusal::Forked { known: old.size, offered: new.size },
            Err(_) => HeadRefusal::EntriesDiffer,
        }
        .into())
    }

    async fn fetch_tiles(&self, places: &[TileCoordinate]) -> Result<Vec<Tile>> {
        let mut tiles = Vec::with_capacity(places.len());
        for place in places {
            tiles.push(fetch_tile(&*self.transport, *place).await?);
        }
        Ok(tiles)
    }

    /// Keeps a signed head that was refused, as evidence against whoever signed it.
    async fn refuse(&self, refusal: HeadRefusal, head: &DirectoryHead) -> DirectoryError {
        let kept = match &refusal {
            HeadRefusal::Forked { .. } => {
                let known = self.known.head.as_ref().map(DirectoryHead::to_bytes);
                self.kept.keep_fork(head.to_bytes(), known).await
            }
            HeadRefusal::RolledBack { .. } => self.kept.keep_evidence("rolled-back", &head.to_bytes()).await,
            HeadRefusal::EntriesDiffer => self.kept.keep_evidence("entries-differ", &head.to_bytes()).await,
            HeadRefusal::Future { .. } => self.kept.keep_evidence("future", &head.to_bytes()).await,
            _ => Ok(()),
        };
        if let Err(error) = kept {
            tracing::error!(%error, "evidence against the registry could not be kept");
        }
        refusal.into()
    }
}

impl Known {
    fn snapshot(&self, head: &DirectoryHead) -> Snapshot {
        Snapshot {
            directory: Directory::clone(&self.directory),
            frontier: self.frontier.clone(),
            checkpoint: head.to_bytes(),
        }
    }
}

/// The directory while entries are folded in that no signed root covers yet: nobody sees it.
struct Growing {
    directory: Directory,
    frontier: Frontier,
    /// The first entry that had no right to be there, judged once the root shows that it really is there.
    refused: Option<(DirectoryError, Vec<u8>)>,
}

impl From<Known> for Growing {
    fn from(known: Known) -> Self {
        Self { directory: Directory::clone(&known.directory), frontier: known.frontier, refused: None }
    }
}

impl Growing {
    /// Takes the entries of a bundle that come after those taken already.
    fn take(mut self, bundle: &EntryBundle, place: BundleCoordinate) -> Result<Self> {
        let taken = (self.frontier.size() - place.first_entry()) as usize;
        for entry in bundle.entries().iter().take(place.width().into()).skip(taken) {
            self.frontier.append(leaf_hash(entry));
            if self.refused.is_none() {
                self.refused = self.directory.apply(entry).err().map(|error| (error, entry.clone()));
            }
        }
        Ok(self)
    }
}

/// Runs what computes for long, or waits for the disk, beside the runtime.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.unwrap_or(Err(DirectoryError::Busy("tasks: one was cancelled")))
}
