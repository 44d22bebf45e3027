//! Tiles at hand, read as tree nodes.
//!
//! Nothing here is trusted: a wrong tile makes a proof that does not verify against the signed root.

use std::collections::HashMap;
use std::iter;
use std::sync::OnceLock;

use crate::plan::Place;
use crate::tile::{TILE_HEIGHT, TILE_WIDTH};
use crate::tree::NodeId;
use crate::{Hash, LedgerError, NodeReader, Tile, TileCoordinate, node_hash};

/// Fetched tiles. A wider tile serves wherever a narrower one at the same place is wanted, so that a deleted partial
/// tile may be replaced by [`TileCoordinate::full`].
///
/// ```
/// use packhorse_ledger::*;
///
/// let leaves: Vec<_> = ["alpha", "beta", "gamma"].map(|entry| leaf_hash(entry.as_bytes())).into();
/// let growth = RightEdge::new().grow(leaves.iter().copied())?;
/// let tiles: TileSet = growth.tiles.into_iter().collect();
///
/// let path = prove_inclusion(1, 3, &tiles)?;
/// verify_inclusion(&leaves[1], 1, 3, &path, &growth.edge.root())?;
/// # Ok::<(), LedgerError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct TileSet {
    tiles: HashMap<(u8, u64), Loaded>,
}

impl TileSet {
    /// An empty set.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a tile; of two at the same place the wider stays.
    pub fn insert(&mut self, tile: Tile) {
        let key = place_of(tile.coordinate());
        let kept = self.tiles.get(&key);
        if kept.is_none_or(|kept| kept.tile.coordinate().width() < tile.coordinate().width()) {
            self.tiles.insert(key, Loaded { tile, rows: OnceLock::new() });
        }
    }

    /// Those of the wanted tiles that are not yet here in the wanted width.
    #[must_use]
    pub fn missing(&self, wanted: &[TileCoordinate]) -> Vec<TileCoordinate> {
        let here = |coordinate: &TileCoordinate| {
            let key = place_of(*coordinate);
            let tile = self.tiles.get(&key);
            tile.is_some_and(|loaded| loaded.tile.coordinate().width() >= coordinate.width())
        };
        wanted.iter().copied().filter(|coordinate| !here(coordinate)).collect()
    }

    /// The hashes of a tile in exactly its width, also when a wider tile is here in its place.
    pub(crate) fn prefix(&self, coordinate: TileCoordinate) -> Result<&[Hash], LedgerError> {
        let tile = self.tiles.get(&place_of(coordinate));
        tile.and_then(|loaded| loaded.tile.hashes().get(..coordinate.width().into())).ok_or(LedgerError::NodeMissing {
            level: coordinate.level() * TILE_HEIGHT,
            index: coordinate.index() * u64::from(TILE_WIDTH),
        })
    }
}

fn place_of(coordinate: TileCoordinate) -> (u8, u64) {
    (coordinate.level(), coordinate.index())
}

impl NodeReader for TileSet {
    fn node(&self, level: u8, index: u64) -> Option<Hash> {
        let place = Place::of(NodeId { level, index });
        let tile = self.tiles.get(&(place.level, place.tile))?;
        tile.row(place.height)?.get(place.position).copied()
    }
}

impl FromIterator<Tile> for TileSet {
    fn from_iter<T: IntoIterator<Item = Tile>>(tiles: T) -> Self {
        let mut set = Self::new();
        set.extend(tiles);
        set
    }
}

impl Extend<Tile> for TileSet {
    fn extend<T: IntoIterator<Item = Tile>>(&mut self, tiles: T) {
        tiles.into_iter().for_each(|tile| self.insert(tile));
    }
}

/// A tile and, once asked for, the roots of the full subtrees within it: proofs from one tile share them.
#[derive(Clone, Debug)]
struct Loaded {
    tile: Tile,
    rows: OnceLock<Vec<Vec<Hash>>>,
}

impl Loaded {
    /// The roots of all full subtrees of 2^`height` of the tile's hashes, left to right.
    fn row(&self, height: u8) -> Option<&[Hash]> {
        let Some(above) = height.checked_sub(1) else {
            return Some(self.tile.hashes());
        };
        let rows = self.rows.get_or_init(|| {
            let lowest = pair_up(self.tile.hashes());
            let rows = iter::successors(Some(lowest), |row| Some(pair_up(row)));
            rows.take(usize::from(TILE_HEIGHT) - 1).collect()
        });
        rows.get(usize::from(above)).map(Vec::as_slice)
    }
}

/// The parents of a row; a last hash without neighbour has none yet.
fn pair_up(row: &[Hash]) -> Vec<Hash> {
    let (pairs, _) = row.as_chunks();
    pairs.iter().map(|[left, right]| node_hash(left, right)).collect()
}
