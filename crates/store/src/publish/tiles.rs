//! Where the ledger's files lie among the objects: `ledger/` and then the paths that C2SP tlog-tiles gives.

use bytes::Bytes;
use futures_util::stream::{self, StreamExt, TryStreamExt};
use packhorse_ledger::{
    EntryBundle, LogPath, MAX_ENTRY_BYTES, MAX_NOTE_BYTES, SignedCheckpoint, TILE_WIDTH, Tile, TileCoordinate, TileSet,
    VerifierKey,
};

use crate::Objects;
use crate::error::{Result, StoreError};

const PREFIX: &str = "ledger";
/// How many files are written or read at once.
const AT_ONCE: usize = 8;
/// The largest bundle: 256 entries, each behind two bytes of length.
const MAX_BUNDLE_BYTES: u64 = TILE_WIDTH as u64 * (2 + MAX_ENTRY_BYTES as u64);

/// The ledger's files.
#[derive(Debug, Clone)]
pub(super) struct LedgerFiles {
    objects: Objects,
}

impl LedgerFiles {
    pub(super) fn new(objects: &Objects) -> Result<Self> {
        Ok(Self { objects: objects.below(PREFIX)? })
    }

    /// A file's bytes, or nothing.
    pub(super) async fn get(&self, path: &LogPath) -> Result<Option<Bytes>> {
        let limit = match path {
            LogPath::Checkpoint => MAX_NOTE_BYTES as u64,
            LogPath::Tile(_) => u64::from(TILE_WIDTH) * 32,
            LogPath::Entries(_) => MAX_BUNDLE_BYTES,
        };
        self.objects.get(&path.to_string(), limit).await
    }

    /// The tiles at these places; in place of a partial tile that is gone the full one.
    pub(super) async fn tiles(&self, wanted: &[TileCoordinate]) -> Result<TileSet> {
        stream::iter(wanted.to_vec()).map(|coordinate| self.tile(coordinate)).buffered(AT_ONCE).try_collect().await
    }

    /// Writes tiles and bundles; when it returns, all are durable.
    pub(super) async fn write(&self, tiles: &[Tile], bundles: &[EntryBundle]) -> Result<()> {
        let tiles = tiles.iter().map(|tile| (LogPath::Tile(tile.coordinate()), tile.to_bytes()));
        let bundles = bundles.iter().map(|bundle| (LogPath::Entries(bundle.coordinate()), bundle.to_bytes()));
        let files: Vec<_> = bundles.chain(tiles).collect();
        stream::iter(files)
            .map(|(path, bytes)| async move { self.objects.put(&path.to_string(), bytes.into()).await })
            .buffered(AT_ONCE)
            .try_collect()
            .await
    }

    /// The served head, if any, verified.
    pub(super) async fn checkpoint(&self, keys: &[VerifierKey]) -> Result<Option<SignedCheckpoint>> {
        let note = self.get(&LogPath::Checkpoint).await?;
        Ok(note.map(|note| SignedCheckpoint::open(&note, keys)).transpose()?)
    }

    pub(super) async fn put_checkpoint(&self, note: &[u8]) -> Result<()> {
        self.objects.put(&LogPath::Checkpoint.to_string(), Bytes::copy_from_slice(note)).await
    }

    /// Removes partial tiles and bundles whose full ones were just written: readers fall back to those (C2SP
    /// tlog-tiles, "Partial Tiles"). Only tidiness: what cannot be removed is left.
    pub(super) async fn forget_partials(&self, old_size: u64, written: &[Tile]) {
        for tile in written.iter().map(Tile::coordinate).filter(TileCoordinate::is_full) {
            let hashes_before = old_size.checked_shr(8 * u32::from(tile.level())).unwrap_or(0);
            if hashes_before <= tile.index() * u64::from(TILE_WIDTH) {
                continue;
            }
            let mut places = vec![LogPath::Tile(tile).to_string()];
            if tile.level() == 0 {
                places.push(places[0].replacen("tile/0/", "tile/entries/", 1));
            }
            for place in places {
                if let Err(error) = self.remove_all(&format!("{place}.p")).await {
                    tracing::warn!(%error, "partial tiles could not be removed");
                }
            }
        }
    }

    async fn remove_all(&self, prefix: &str) -> Result<()> {
        for path in self.objects.list(prefix).await? {
            self.objects.delete(&path).await?;
        }
        Ok(())
    }

    async fn tile(&self, coordinate: TileCoordinate) -> Result<Tile> {
        for coordinate in [Some(coordinate), coordinate.full()].into_iter().flatten() {
            if let Some(bytes) = self.get(&LogPath::Tile(coordinate)).await? {
                return Ok(Tile::from_bytes(coordinate, &bytes)?);
            }
        }
        Err(StoreError::Damaged(format!("the ledger's file {}", LogPath::Tile(coordinate))))
    }
}
