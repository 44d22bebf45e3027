//! Tiles: the tree cut into static files of up to 256 hashes (C2SP tlog-tiles, "Merkle Tree").
//!
//! Knows places and contents; never fetches or stores one.

use crate::{Hash, LedgerError, MAX_TREE_SIZE};

/// Hashes in a full tile and entries in a full bundle.
pub const TILE_WIDTH: u16 = 256;

/// Tree levels that one tile level spans: 2^8 = [`TILE_WIDTH`].
pub(crate) const TILE_HEIGHT: u8 = 8;

/// Highest tile level that a tree of [`MAX_TREE_SIZE`] reaches.
pub const MAX_TILE_LEVEL: u8 = 7;

/// Which tile: level, number within the level, and how many hashes it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TileCoordinate {
    level: u8,
    index: u64,
    width: u16,
}

impl TileCoordinate {
    /// A tile with `width` hashes of 1 to 256; fewer than 256 is a partial tile.
    ///
    /// # Errors
    /// [`LedgerError::Malformed`] for a width outside 1..=256 or a place that no tree up to [`MAX_TREE_SIZE`] has.
    pub fn new(level: u8, index: u64, width: u16) -> Result<Self, LedgerError> {
        let malformed = |rule| LedgerError::Malformed { what: "tile", rule };
        if !(1..=TILE_WIDTH).contains(&width) {
            return Err(malformed("a tile holds 1 to 256 hashes"));
        }
        // Every hash of the tile stands for 256^level leaves: the last must still lie within the largest tree.
        let hashes = index.checked_mul(TILE_WIDTH.into()).and_then(|first| first.checked_add(width.into()));
        if level > MAX_TILE_LEVEL || hashes.is_none_or(|hashes| hashes > hashes_at(level, MAX_TREE_SIZE)) {
            return Err(malformed("no tree is large enough to have this tile"));
        }
        Ok(Self { level, index, width })
    }

    /// The tile as it is in a tree of `size`, or `None` when that tree has no hash in it.
    pub(crate) fn in_tree(level: u8, index: u64, size: u64) -> Option<Self> {
        let width = hashes_at(level, size).saturating_sub(index * u64::from(TILE_WIDTH)).min(TILE_WIDTH.into()) as u16;
        (width > 0).then_some(Self { level, index, width })
    }

    /// The last full tile of a level in a tree of `size` that has just filled it.
    pub(crate) fn last_full(level: u8, size: u64) -> Self {
        Self { level, index: (hashes_at(level, size) / u64::from(TILE_WIDTH)).saturating_sub(1), width: TILE_WIDTH }
    }

    /// Tile level: 0 holds leaf hashes, level *l* the roots of full tiles of level *l* − 1.
    #[must_use]
    pub fn level(&self) -> u8 {
        self.level
    }

    /// Number of the tile within its level, from 0.
    #[must_use]
    pub fn index(&self) -> u64 {
        self.index
    }

    /// Number of hashes, 1 to 256.
    #[must_use]
    pub fn width(&self) -> u16 {
        self.width
    }

    /// Whether the tile can never change again.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.width == TILE_WIDTH
    }

    /// The full tile at the same place: what to fetch when the partial one has been deleted. `None` when already full
    /// or when no tree can fill it.
    #[must_use]
    pub fn full(&self) -> Option<Self> {
        if self.is_full() {
            return None;
        }
        Self::new(self.level, self.index, TILE_WIDTH).ok()
    }
}

/// Number of hashes that tile level `level` of a tree of `size` has: the full subtrees of 256^level leaves.
pub(crate) fn hashes_at(level: u8, size: u64) -> u64 {
    size.checked_shr(u32::from(level) * u32::from(TILE_HEIGHT)).unwrap_or(0)
}

/// A tile with its hashes; their number is always the coordinate's width.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tile {
    coordinate: TileCoordinate,
    hashes: Vec<Hash>,
}

impl Tile {
    /// The caller inside the crate hands as many hashes as the coordinate says.
    pub(crate) fn new(coordinate: TileCoordinate, hashes: Vec<Hash>) -> Self {
        debug_assert_eq!(hashes.len(), usize::from(coordinate.width));
        Self { coordinate, hashes }
    }

    /// Reads a tile's served content.
    ///
    /// # Errors
    /// [`LedgerError::Malformed`] when the length is not 32 bytes for every hash of the coordinate.
    pub fn from_bytes(coordinate: TileCoordinate, bytes: &[u8]) -> Result<Self, LedgerError> {
        let (hashes, excess) = bytes.as_chunks();
        if !excess.is_empty() || hashes.len() != usize::from(coordinate.width) {
            return Err(LedgerError::Malformed {
                what: "tile",
                rule: "its content is 32 bytes for each hash that the path promises",
            });
        }
        let hashes = hashes.iter().copied().map(Hash).collect();
        Ok(Self { coordinate, hashes })
    }

    /// The content to store and serve as `application/octet-stream`.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.hashes.iter().flat_map(|hash| hash.0).collect()
    }

    /// Which tile this is.
    #[must_use]
    pub fn coordinate(&self) -> TileCoordinate {
        self.coordinate
    }

    /// The hashes, left to right.
    #[must_use]
    pub fn hashes(&self) -> &[Hash] {
        &self.hashes
    }
}
