//! The publisher's side: growing a log tile by tile with nothing but the right edge in memory.
//!
//! Says what to write; the caller writes it. Never reads or stores anything itself.

use std::mem;

use crate::tile::{TILE_HEIGHT, TILE_WIDTH, hashes_at};
use crate::{Frontier, Hash, LedgerError, Tile, TileCoordinate, TileSet, tiles_for_edge, tree};

/// The partial tiles at the right edge of a log, at most 255 hashes a level, and with them size and root.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RightEdge {
    frontier: Frontier,
    /// Hashes of the partial tile by tile level, up to the highest level in use.
    partial: Vec<Vec<Hash>>,
}

/// What growing a log by a batch comes to.
///
/// Write the tiles (and bundles) first, then sign and publish the new head, then replace the old edge by the new:
/// a batch that could not be written leaves the old edge valid.
#[derive(Clone, Debug)]
pub struct Growth {
    /// Every tile that is new or wider than before, as [`tiles_for_growth`](crate::tiles_for_growth) lists them.
    pub tiles: Vec<Tile>,
    /// The edge of the grown log, with its size and root.
    pub edge: RightEdge,
}

impl RightEdge {
    /// The edge of the empty log.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Restores the edge of a log of `size` from its partial tiles, those of [`tiles_for_edge`]; wider tiles at the
    /// same places serve too. `root` is the root of the signed head: tiles that do not lead to it are refused.
    ///
    /// # Errors
    /// [`LedgerError::NodeMissing`] when a tile is missing, [`LedgerError::RootDiffers`] when the tiles do not lead to
    /// the root, [`LedgerError::TooLarge`] beyond [`MAX_TREE_SIZE`](crate::MAX_TREE_SIZE).
    pub fn restore(size: u64, root: &Hash, tiles: &TileSet) -> Result<Self, LedgerError> {
        let frontier = Frontier::load(size, tiles)?;
        if frontier.root() != *root {
            return Err(LedgerError::RootDiffers { size });
        }
        let mut partial = Vec::new();
        for coordinate in tiles_for_edge(size)? {
            let level = usize::from(coordinate.level());
            partial.resize(level + 1, Vec::new());
            partial[level] = tiles.prefix(coordinate)?.to_vec();
        }
        Ok(Self { frontier, partial })
    }

    /// Number of entries.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.frontier.size()
    }

    /// Root hash.
    #[must_use]
    pub fn root(&self) -> Hash {
        self.frontier.root()
    }

    /// Size and peaks without the tiles.
    #[must_use]
    pub fn frontier(&self) -> &Frontier {
        &self.frontier
    }

    /// Appends leaf hashes and says which tiles to write. `self` stays as it is; see [`Growth`].
    ///
    /// # Errors
    /// [`LedgerError::TooLarge`] when the log would outgrow [`MAX_TREE_SIZE`](crate::MAX_TREE_SIZE).
    pub fn grow(&self, leaves: impl IntoIterator<Item = Hash>) -> Result<Growth, LedgerError> {
        let mut edge = self.clone();
        let mut tiles = Vec::new();
        for leaf in leaves {
            edge.append(leaf, &mut tiles)?;
        }
        let grew = |tile: &TileCoordinate| hashes_at(tile.level(), self.size()) != hashes_at(tile.level(), edge.size());
        for coordinate in tiles_for_edge(edge.size())?.into_iter().filter(grew) {
            let hashes = edge.partial[usize::from(coordinate.level())].clone();
            tiles.push(Tile::new(coordinate, hashes));
        }
        tiles.sort_unstable_by_key(Tile::coordinate);
        Ok(Growth { tiles, edge })
    }

    /// A subtree of 256^level leaves that a leaf completes is the next hash of the tile at that level.
    fn append(&mut self, leaf: Hash, filled: &mut Vec<Tile>) -> Result<(), LedgerError> {
        let size = self.size() + 1;
        tree::check_size(size)?;
        let partial = &mut self.partial;
        self.frontier.append_with(leaf, |tree_level, hash| {
            if tree_level % TILE_HEIGHT != 0 {
                return;
            }
            let level = tree_level / TILE_HEIGHT;
            if partial.len() == usize::from(level) {
                partial.push(Vec::new());
            }
            let tile = &mut partial[usize::from(level)];
            tile.push(hash);
            if tile.len() == usize::from(TILE_WIDTH) {
                filled.push(Tile::new(TileCoordinate::last_full(level, size), mem::take(tile)));
            }
        });
        Ok(())
    }
}
