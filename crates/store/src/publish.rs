//! Makes the ledger public: tiles first, then the signed head, never a head that an earlier one contradicts.
//!
//! Entries are durable and immutable before they come here, so whatever is signed is the beginning of whatever will
//! be signed later. What could break that is storage going back in time: then nothing is signed any more until a
//! person has looked. The order of a publication:
//!
//! 1. tiles and bundles are written; nobody asks for them yet;
//! 2. the signed head is remembered in the database, only if the head remembered there is still the one it continues:
//!    of two processes that both believe to be the publisher, one fails here;
//! 3. the head is put beside the tiles, where it is served from. A failure before this step is mended by the next call, a
//!    crash at the next start.
//!
//! What an entry says, and who may read tiles, is not known here.

mod alive;
mod check;
mod head;
mod tiles;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use packhorse_ledger::{
    Checkpoint, EntryBundle, Hash, Head, LogPath, LogProof, NodeReader, NoteSigner, RightEdge, SignedCheckpoint,
    TILE_WIDTH, VerifierKey, leaf_hash, prove_consistency, prove_inclusion, tiles_for_consistency, tiles_for_edge,
    tiles_for_inclusion,
};
use tokio::sync::{Mutex, watch};

use self::head::Heads;
use self::tiles::LedgerFiles;
use crate::Store;
use crate::engine::now_ms;
use crate::error::{Result, StoreError};

pub use self::check::{CheckReport, check};

/// Entries of one publication at most: sixteen bundles.
const BATCH: u64 = 16 * TILE_WIDTH as u64;
/// How long a publisher that fell silent without dying keeps others waiting, milliseconds.
const LEASE_MS: i64 = 5_000;
/// How long an idle publisher waits after the first new entry, so that what arrives together is published together.
const GATHER: Duration = Duration::from_millis(100);

/// A published head.
#[derive(Debug, Clone)]
pub struct Published {
    /// The signed head, with the cosignatures it has.
    pub checkpoint: Arc<SignedCheckpoint>,
    /// When it was signed, milliseconds since 1970.
    pub at_ms: i64,
}

impl Published {
    /// How many entries it covers.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.checkpoint.checkpoint().size()
    }

    /// The note to serve as `checkpoint`.
    #[must_use]
    pub fn note(&self) -> Vec<u8> {
        self.checkpoint.to_bytes()
    }
}

/// The publisher of a store's ledger. Every process has one and runs it; a lease in the database lets one of them
/// publish, the others follow what it publishes and take over when it falls silent.
#[derive(Debug)]
pub struct Publisher {
    store: Store,
    heads: Heads,
    files: LedgerFiles,
    signer: NoteSigner,
    edge: Mutex<Edge>,
    /// Who waits for an entry to be covered watches this.
    published: watch::Sender<Option<Published>>,
}

/// The right edge of the published log in memory.
#[derive(Debug, Clone)]
struct Edge {
    growing: RightEdge,
    /// Leaf hashes of the last, partial bundle: it is written again as it grows, and must not have changed.
    tail: Vec<Hash>,
}

impl Publisher {
    /// Opens the ledger for publishing, whose origin is the signer's name, and checks that what was published can be
    /// carried on. `former_keys` are the ledger's keys before the signer's, under the same name: a head signed with one
    /// of them is carried on with the new key.
    ///
    /// # Errors
    /// [`StoreError::Doubtful`] when it cannot: the head is not ours, is larger than the entries that are there, or
    /// the tiles or last entries do not lead to its root. Else as the database or the objects fail.
    pub async fn open(store: &Store, signer: NoteSigner, former_keys: &[VerifierKey]) -> Result<Self> {
        let keys = [std::slice::from_ref(signer.verifier_key()), former_keys].concat();
        let files = LedgerFiles::new(store.objects())?;
        let served = files.checkpoint(&keys).await?;
        let heads = Heads::new(store, keys)?;
        let published = heads.latest().await?;
        refuse_served_beyond(served.as_ref(), published.as_ref())?;
        let edge = load_edge(store, &files, published.as_ref()).await?;
        if let Some(published) = &published {
            files.put_checkpoint(&published.note()).await?;
        }
        let edge = Mutex::new(edge);
        let published = watch::Sender::new(published);
        Ok(Self { store: store.clone(), heads, files, signer, edge, published })
    }

    /// The key by which the ledger's heads are verified.
    #[must_use]
    pub fn verifier_key(&self) -> &VerifierKey {
        self.signer.verifier_key()
    }

    /// The latest head that this process knows of.
    #[must_use]
    pub fn latest(&self) -> Option<Published> {
        self.published.borrow().clone()
    }

    /// Publishes until no entry is left and returns the head, or nothing when no new entry was there or another
    /// process is the publisher. `now_ms` is in milliseconds since 1970.
    ///
    /// # Errors
    /// [`StoreError::Doubtful`] when storage went back in time or an entry changed; else as the database, the objects
    /// or the signing key fail: then the earlier head still stands, and a later call goes on.
    pub async fn publish_once(&self, now_ms: i64) -> Result<Option<Published>> {
        let mut edge = self.edge.lock().await;
        if !self.heads.take_lease(now_ms, LEASE_MS).await? {
            self.follow().await?;
            return Ok(None);
        }
        let remembered = self.heads.latest().await?;
        if remembered.as_ref().map_or(0, Published::size) != edge.growing.size() {
            // Another process published, or ours fell between remembering a head and serving it.
            let loaded = load_edge(&self.store, &self.files, remembered.as_ref()).await?;
            if let Some(remembered) = &remembered {
                self.files.put_checkpoint(&remembered.note()).await?;
            }
            *edge = loaded;
        }
        let size = self.store.ledger().size().await?;
        if size < edge.growing.size() {
            return Err(shrunk(edge.growing.size(), size));
        }
        let mut last = None;
        while edge.growing.size() < size {
            let to = size.min(edge.growing.size() + BATCH);
            let Some(published) = self.publish_batch(&mut edge, to, now_ms).await? else {
                break;
            };
            last = Some(published);
        }
        if last.is_none() {
            self.follow().await?;
        }
        Ok(last)
    }

    /// Publishes whenever there is something new: after a short wait when idle, every `interval` under load; until
    /// `shutdown` completes; then once more, and gives the lease back. Failures that may pass are logged and tried again.
    ///
    /// # Errors
    /// [`StoreError::Doubtful`] and [`StoreError::Damaged`]: publishing has stopped and needs a person.
    pub async fn run(&self, interval: Duration, shutdown: impl Future<Output = ()>) -> Result<()> {
        let mut shutdown = std::pin::pin!(shutdown);
        // What an earlier end left unpublished does not wait for news.
        self.store.grew().notify_one();
        loop {
            let stopping = tokio::select! {
                () = &mut shutdown => true,
                () = self.store.grew().notified() => false,
                // Another process may have appended or published.
                () = tokio::time::sleep(interval) => false,
            };
            if !stopping {
                tokio::time::sleep(GATHER.min(interval)).await;
            }
            match self.publish_once(now_ms()).await {
                Ok(_) => {}
                Err(error @ (StoreError::Doubtful(_) | StoreError::Damaged(_))) => {
                    tracing::error!(%error, "the ledger is not published any more");
                    return Err(error);
                }
                Err(error) => tracing::warn!(%error, "the ledger could not be published, trying again"),
            }
            if stopping {
                return self.heads.release_lease().await;
            }
            tokio::select! {
                () = &mut shutdown => {
                    self.publish_once(now_ms()).await?;
                    return self.heads.release_lease().await;
                }
                () = tokio::time::sleep(interval.saturating_sub(GATHER)) => {}
            }
        }
    }

    /// Waits until a published head covers the entry at `index`. Has no end of its own: bound it with a timeout.
    pub async fn wait_for(&self, index: u64) -> Published {
        let mut published = self.published.subscribe();
        loop {
            let covers = |head: &Option<Published>| head.as_ref().is_some_and(|head| head.size() > index);
            if let Ok(head) = published.wait_for(covers).await
                && let Some(head) = head.as_ref()
            {
                return head.clone();
            }
        }
    }

    /// The proof that the entry at `index` is in the ledger, under the latest head; nothing while no head covers it.
    ///
    /// # Errors
    /// [`StoreError::Doubtful`] when entry and tiles do not lead to the head; else as the database or the objects fail.
    pub async fn proof_for(&self, index: u64) -> Result<Option<LogProof>> {
        match self.latest() {
            Some(published) if published.size() > index => self.prove(index, &published.checkpoint).await.map(Some),
            _ => Ok(None),
        }
    }

    /// The proof under a head of the caller's choice, for instance one that witnesses have cosigned.
    ///
    /// # Errors
    /// As [`Publisher::proof_for`]; also when the head does not cover the entry.
    pub async fn prove(&self, index: u64, checkpoint: &SignedCheckpoint) -> Result<LogProof> {
        let size = checkpoint.checkpoint().size();
        let tiles = self.files.tiles(&tiles_for_inclusion(index, size)?).await?;
        let path = prove_inclusion(index, size, &tiles)?;
        let entry = self.store.ledger().entries(index, index + 1).await?;
        let entry = entry.first().ok_or_else(|| StoreError::Damaged("the ledger (an entry is missing)".to_owned()))?;
        Ok(LogProof::new(&leaf_hash(entry), index, path, checkpoint)?)
    }

    /// The proof that the published log of `new_size` entries continues the one of `old_size`, for witnesses.
    ///
    /// # Errors
    /// [`StoreError::Doubtful`] for sizes that were not published; else as the objects fail.
    pub async fn prove_growth(&self, old_size: u64, new_size: u64) -> Result<Vec<Hash>> {
        let tiles = self.files.tiles(&tiles_for_consistency(old_size, new_size)?).await?;
        Ok(prove_consistency(old_size, new_size, &tiles)?)
    }

    /// What is served below the ledger's prefix (C2SP tlog-tiles): the latest head, tiles, bundles. Nothing for what
    /// is not there; a partial tile goes when its full tile is there.
    ///
    /// # Errors
    /// As the objects fail.
    pub async fn resource(&self, path: &LogPath) -> Result<Option<Bytes>> {
        match path {
            LogPath::Checkpoint => Ok(self.latest().map(|published| published.note().into())),
            LogPath::Tile(_) | LogPath::Entries(_) => self.files.get(path).await,
        }
    }

    /// Serves the same head with more cosignatures. False when a newer head was published meanwhile.
    ///
    /// # Errors
    /// As the database or the objects fail.
    pub async fn adopt(&self, checkpoint: SignedCheckpoint) -> Result<bool> {
        let _alone = self.edge.lock().await;
        let Some(latest) = self.heads.latest().await? else {
            return Ok(false);
        };
        let signed_by_us = checkpoint.signatures().iter().any(|line| self.heads.keys().contains(&line.key));
        let same = signed_by_us && latest.checkpoint.checkpoint() == checkpoint.checkpoint();
        let cosigned = Published { checkpoint: Arc::new(checkpoint), at_ms: latest.at_ms };
        if !same || !self.heads.remember(latest.size(), &cosigned).await? {
            return Ok(false);
        }
        self.files.put_checkpoint(&cosigned.note()).await?;
        self.published.send_replace(Some(cosigned));
        Ok(true)
    }

    /// Publishes the entries up to `to`. Nothing when another process published first.
    async fn publish_batch(&self, edge: &mut Edge, to: u64, now_ms: i64) -> Result<Option<Published>> {
        let old_size = edge.growing.size();
        let first = old_size - edge.tail.len() as u64;
        let entries = self.store.ledger().entries(first, to).await?;
        let leaves: Vec<Hash> = entries.iter().map(|entry| leaf_hash(entry)).collect();
        let fresh = continued(&leaves, &edge.tail)?;
        let growth = edge.growing.grow(fresh.iter().copied())?;
        self.files.write(&growth.tiles, &EntryBundle::split(first, &entries)?).await?;

        let head = Head { size: growth.edge.size(), root: growth.edge.root() };
        let checkpoint = Checkpoint::new(self.signer.verifier_key().name(), head)?.sign(&self.signer)?;
        let published = Published { checkpoint: Arc::new(checkpoint), at_ms: now_ms };
        if !self.heads.remember(old_size, &published).await? {
            return Ok(None);
        }
        self.files.put_checkpoint(&published.note()).await?;
        self.files.forget_partials(old_size, &growth.tiles).await;
        let tail = leaves.len() - leaves.len() % usize::from(TILE_WIDTH);
        *edge = Edge { growing: growth.edge, tail: leaves[tail..].to_vec() };
        self.published.send_replace(Some(published.clone()));
        Ok(Some(published))
    }

    /// Tells those who wait of the head that is remembered, whoever published it.
    async fn follow(&self) -> Result<()> {
        let latest = self.heads.latest().await?;
        self.published.send_if_modified(|known| {
            let news = match (&latest, known.as_ref()) {
                (Some(latest), Some(known)) if latest.size() == known.size() => latest.checkpoint != known.checkpoint,
                (Some(latest), Some(known)) => latest.size() > known.size(),
                (latest, None) => latest.is_some(),
                (None, Some(_)) => false,
            };
            if news {
                *known = latest;
            }
            news
        });
        Ok(())
    }
}

/// The leaves after the tail, once the tail is seen to be unchanged.
fn continued<'a>(leaves: &'a [Hash], tail: &[Hash]) -> Result<&'a [Hash]> {
    leaves.strip_prefix(tail).ok_or_else(|| StoreError::Doubtful("an entry changed after it was published".to_owned()))
}

fn shrunk(published: u64, size: u64) -> StoreError {
    StoreError::Doubtful(format!("a head over {published} entries is published, but only {size} entries are stored"))
}

/// A head that is served but not remembered means that the database went back in time.
fn refuse_served_beyond(served: Option<&SignedCheckpoint>, remembered: Option<&Published>) -> Result<()> {
    let served = served.map_or(Head::EMPTY, |served| served.checkpoint().head());
    let remembered = remembered.map_or(Head::EMPTY, |published| published.checkpoint.checkpoint().head());
    if served.size > remembered.size || (served.size == remembered.size && served.root != remembered.root) {
        return Err(StoreError::Doubtful(format!(
            "the served head over {} entries is not the one remembered over {}",
            served.size, remembered.size
        )));
    }
    Ok(())
}

/// Loads the right edge of what was published, checked against its root and against the entries beside it.
async fn load_edge(store: &Store, files: &LedgerFiles, published: Option<&Published>) -> Result<Edge> {
    let Some(published) = published else {
        return Ok(Edge { growing: RightEdge::new(), tail: Vec::new() });
    };
    let Head { size, root } = published.checkpoint.checkpoint().head();
    let stored = store.ledger().size().await?;
    if stored < size {
        return Err(shrunk(size, stored));
    }
    let tiles = files.tiles(&tiles_for_edge(size)?).await?;
    let growing = RightEdge::restore(size, &root, &tiles)?;
    let first = size - size % u64::from(TILE_WIDTH);
    let tail: Vec<Hash> = store.ledger().entries(first, size).await?.iter().map(|entry| leaf_hash(entry)).collect();
    let unchanged = (first..).zip(&tail).all(|(index, leaf)| tiles.node(0, index) == Some(*leaf));
    if tail.len() as u64 != size - first || !unchanged {
        return Err(StoreError::Doubtful("the last entries are not those that were published".to_owned()));
    }
    Ok(Edge { growing, tail })
}
