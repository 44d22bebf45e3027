//! Rebuilds the ledger from its entries and compares it with everything that was published.
//!
//! Nothing but the entries is believed: every tile and bundle is made again, and the root at the end must be the one
//! signed. Records are held against their entries too. Says what differs and mends nothing.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use packhorse_ledger::{
    BundleCoordinate, EntryBundle, Growth, Hash, LogPath, RightEdge, TILE_WIDTH, Tile, VerifierKey, leaf_hash,
};

use super::head::Heads;
use super::tiles::LedgerFiles;
use super::{BATCH, Published};
use crate::Store;
use crate::error::Result;

/// The most faults that a report lists.
const MAX_FAULTS: usize = 100;
/// How often, and how long apart, the served head is compared before it counts as another than the remembered one: a
/// publisher at work remembers a head a moment before it serves it.
const LOOKS: usize = 20;
const BETWEEN_LOOKS: Duration = Duration::from_millis(100);

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckReport {
    /// Entries that the latest head covers; all were looked at.
    pub size: u64,
    /// The root over them, made from the entries.
    pub root: Hash,
    /// How many tiles and bundles were compared.
    pub files: u64,
    /// What differs, in words; the first hundred. Empty when all is well. A record counts when its salted digest is not
    /// its entry, a file when it is not what the entries make.
    pub faults: Vec<String>,
}

/// Checks the published ledger against its entries. `keys` are the ledger's keys, former ones included.
///
/// # Errors
/// As the database or the objects fail; [`crate::StoreError::Doubtful`] when the remembered head is not signed with one
/// of the keys, [`crate::StoreError::Damaged`] when an entry is missing.
pub async fn check(store: &Store, keys: &[VerifierKey]) -> Result<CheckReport> {
    let heads = Heads::new(store, keys.to_vec())?;
    let files = LedgerFiles::new(store.objects())?;
    let published = heads.latest().await?;
    let size = published.as_ref().map_or(0, Published::size);
    let mut checking =
        Checking { heads, files, edge: RightEdge::new(), unfinished: BTreeMap::new(), compared: 0, faults: vec![] };
    while checking.edge.size() < size {
        let from = checking.edge.size();
        let entries = store.ledger().entries(from, size.min(from + BATCH)).await?;
        if entries.is_empty() {
            checking.fault(format!("the head covers {size} entries, but only {from} are stored"));
            break;
        }
        checking.batch(&entries).await?;
        for index in store.records().unlike_their_entries(from, from + entries.len() as u64).await? {
            checking.fault(format!("record {index} is not what its ledger entry was made from"));
        }
    }
    checking.finish(published.as_ref()).await
}

struct Checking {
    heads: Heads,
    files: LedgerFiles,
    edge: RightEdge,
    /// The partial tile of each level, as it was after the latest batch.
    unfinished: BTreeMap<u8, Tile>,
    compared: u64,
    faults: Vec<String>,
}

impl Checking {
    /// Grows the ledger by a batch that starts at a bundle's beginning.
    async fn batch(&mut self, entries: &[Vec<u8>]) -> Result<()> {
        let Growth { tiles, edge } = self.edge.grow(entries.iter().map(|entry| leaf_hash(entry)))?;
        for bundle in EntryBundle::split(self.edge.size(), entries)? {
            self.compare_bundle(&bundle).await?;
        }
        for tile in tiles {
            if tile.coordinate().is_full() {
                self.unfinished.remove(&tile.coordinate().level());
                self.compare_tile(&tile).await?;
            } else {
                self.unfinished.insert(tile.coordinate().level(), tile);
            }
        }
        self.edge = edge;
        Ok(())
    }

    async fn finish(mut self, published: Option<&Published>) -> Result<CheckReport> {
        for tile in std::mem::take(&mut self.unfinished).into_values() {
            self.compare_tile(&tile).await?;
        }
        let root = self.edge.root();
        if published.is_some_and(|published| *published.checkpoint.checkpoint().root() != root) {
            self.fault("the signed root is not the root of the entries".to_owned());
        }
        self.compare_served().await?;
        Ok(CheckReport { size: self.edge.size(), root, files: self.compared, faults: self.faults })
    }

    async fn compare_served(&mut self) -> Result<()> {
        for _ in 0..LOOKS {
            let remembered = self.heads.latest().await?.map(|published| Bytes::from(published.note()));
            if self.files.get(&LogPath::Checkpoint).await? == remembered {
                return Ok(());
            }
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
        self.fault("the served checkpoint is not the remembered one".to_owned());
        Ok(())
    }

    async fn compare_tile(&mut self, tile: &Tile) -> Result<()> {
        let coordinate = tile.coordinate();
        self.compare(LogPath::Tile(coordinate), coordinate.full().map(LogPath::Tile), &tile.to_bytes()).await
    }

    async fn compare_bundle(&mut self, bundle: &EntryBundle) -> Result<()> {
        let coordinate: BundleCoordinate = bundle.coordinate();
        self.compare(LogPath::Entries(coordinate), coordinate.full().map(LogPath::Entries), &bundle.to_bytes()).await
    }

    /// Compares a file; in place of a partial one that is gone the beginning of the full one.
    async fn compare(&mut self, path: LogPath, full: Option<LogPath>, expected: &[u8]) -> Result<()> {
        self.compared += 1;
        let found = match self.files.get(&path).await {
            Ok(Some(bytes)) => bytes == expected,
            Ok(None) => match full {
                Some(full) => self.files.get(&full).await?.is_some_and(|bytes| bytes.starts_with(expected)),
                None => false,
            },
            Err(crate::StoreError::TooLarge { .. }) => false,
            Err(error) => return Err(error),
        };
        if !found {
            self.fault(format!("{path} is not what the entries make"));
        }
        Ok(())
    }

    fn fault(&mut self, fault: String) {
        if self.faults.len() < MAX_FAULTS {
            self.faults.push(fault);
        }
    }
}

// A batch must end where bundles end, or the next one would not start at a bundle's beginning.
const _: () = assert!(BATCH.is_multiple_of(TILE_WIDTH as u64));
