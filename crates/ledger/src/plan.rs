//! Which tiles to write when a log grows, and which to fetch for a proof.
//!
//! Pure arithmetic on sizes; knows nothing of contents.

use crate::tile::{TILE_HEIGHT, TILE_WIDTH, hashes_at};
use crate::tree::{self, NodeId, Span};
use crate::{BundleCoordinate, LedgerError, MAX_TILE_LEVEL, TileCoordinate};

/// The tiles that a log of `new_size` has and a log of `old_size` had not, lowest level first: full ones to keep for
/// ever and at most one partial one a level. The list is as long as the growth: ask for verified sizes only.
///
/// # Errors
/// [`LedgerError::Shrinks`] when the old size is the larger, [`LedgerError::TooLarge`] beyond
/// [`MAX_TREE_SIZE`](crate::MAX_TREE_SIZE).
pub fn tiles_for_growth(old_size: u64, new_size: u64) -> Result<Vec<TileCoordinate>, LedgerError> {
    tree::check_growth(old_size, new_size)?;
    let tiles = (0..=MAX_TILE_LEVEL)
        .take_while(|&level| hashes_at(level, old_size) != hashes_at(level, new_size))
        .flat_map(|level| {
            let first = hashes_at(level, old_size) / u64::from(TILE_WIDTH);
            let end = hashes_at(level, new_size).div_ceil(TILE_WIDTH.into());
            (first..end).filter_map(move |index| TileCoordinate::in_tree(level, index, new_size))
        });
    Ok(tiles.collect())
}

/// The entry bundles to write when a log grows.
///
/// # Errors
/// As [`tiles_for_growth`].
pub fn bundles_for_growth(old_size: u64, new_size: u64) -> Result<Vec<BundleCoordinate>, LedgerError> {
    let tiles = tiles_for_growth(old_size, new_size)?;
    Ok(tiles.into_iter().filter_map(BundleCoordinate::beside).collect())
}

/// The partial tiles of a log of `size`, lowest level first: what [`RightEdge::restore`](crate::RightEdge::restore)
/// needs, at most one a level.
///
/// # Errors
/// [`LedgerError::TooLarge`] beyond [`MAX_TREE_SIZE`](crate::MAX_TREE_SIZE).
pub fn tiles_for_edge(size: u64) -> Result<Vec<TileCoordinate>, LedgerError> {
    tree::check_size(size)?;
    let partial = |level| {
        let last = hashes_at(level, size) / u64::from(TILE_WIDTH);
        TileCoordinate::in_tree(level, last, size)
    };
    Ok((0..=MAX_TILE_LEVEL).filter_map(partial).collect())
}

/// The tiles to fetch to make the inclusion proof of entry `index` in a log of `size`.
///
/// # Errors
/// As [`prove_inclusion`](crate::prove_inclusion).
pub fn tiles_for_inclusion(index: u64, size: u64) -> Result<Vec<TileCoordinate>, LedgerError> {
    Ok(tiles_of(tree::inclusion_spans(index, size)?, size))
}

/// The tiles to fetch, from the log of `new_size`, to prove that it continues the log of `old_size`.
///
/// # Errors
/// As [`prove_consistency`](crate::prove_consistency).
pub fn tiles_for_consistency(old_size: u64, new_size: u64) -> Result<Vec<TileCoordinate>, LedgerError> {
    Ok(tiles_of(tree::consistency_spans(old_size, new_size)?, new_size))
}

fn tiles_of(spans: Vec<Span>, size: u64) -> Vec<TileCoordinate> {
    let nodes = spans.into_iter().flat_map(Span::nodes);
    let mut tiles: Vec<_> = nodes
        .filter_map(|node| {
            let place = Place::of(node);
            TileCoordinate::in_tree(place.level, place.tile, size)
        })
        .collect();
    tiles.sort_unstable();
    tiles.dedup();
    tiles
}

/// Where a full subtree is found: the tile, the height above the tile's hashes, and the position at that height.
pub(crate) struct Place {
    pub(crate) level: u8,
    pub(crate) tile: u64,
    pub(crate) height: u8,
    pub(crate) position: usize,
}

impl Place {
    pub(crate) fn of(node: NodeId) -> Self {
        let height = node.level % TILE_HEIGHT;
        // Tiles are aligned, so a subtree lower than a tile never crosses one: 2^(8 - height) of them fill it.
        let per_tile = u64::from(TILE_WIDTH) >> height;
        Self {
            level: node.level / TILE_HEIGHT,
            tile: node.index / per_tile,
            height,
            position: (node.index % per_tile) as usize,
        }
    }
}
