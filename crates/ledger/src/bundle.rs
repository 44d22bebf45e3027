//! Entry bundles: the entries themselves, up to 256 to a file (C2SP tlog-tiles, "Log entries").
//!
//! Entries are opaque here; what they say is decided by whoever writes the log.

use crate::tile::TILE_WIDTH;
use crate::{Hash, LedgerError, TileCoordinate, leaf_hash};

/// Longest entry in bytes: its length is written in 16 bits.
pub const MAX_ENTRY_BYTES: usize = u16::MAX as usize;

/// Which bundle: its number and how many entries it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BundleCoordinate(TileCoordinate);

impl BundleCoordinate {
    /// The bundle beside the level-0 tile with the same number and width.
    ///
    /// # Errors
    /// [`LedgerError::Malformed`] for a width outside 1..=256 or a number that no tree has.
    pub fn new(index: u64, width: u16) -> Result<Self, LedgerError> {
        TileCoordinate::new(0, index, width).map(Self)
    }

    /// The bundle that holds entry `entry` in a log of `size` entries.
    ///
    /// # Errors
    /// [`LedgerError::OutsideTree`] when the log has no such entry.
    pub fn holding(entry: u64, size: u64) -> Result<Self, LedgerError> {
        if entry >= size {
            return Err(LedgerError::OutsideTree { index: entry, size });
        }
        TileCoordinate::in_tree(0, entry / u64::from(TILE_WIDTH), size)
            .map(Self)
            .ok_or(LedgerError::OutsideTree { index: entry, size })
    }

    /// The bundle beside a tile; only level-0 tiles have one.
    pub(crate) fn beside(tile: TileCoordinate) -> Option<Self> {
        (tile.level() == 0).then_some(Self(tile))
    }

    /// The level-0 tile that holds the leaf hashes of these entries.
    #[must_use]
    pub fn tile(&self) -> TileCoordinate {
        self.0
    }

    /// Number of the bundle, from 0.
    #[must_use]
    pub fn index(&self) -> u64 {
        self.0.index()
    }

    /// Number of entries, 1 to 256.
    #[must_use]
    pub fn width(&self) -> u16 {
        self.0.width()
    }

    /// Index of the first entry in the log.
    #[must_use]
    pub fn first_entry(&self) -> u64 {
        self.index() * u64::from(TILE_WIDTH)
    }

    /// The full bundle at the same place: what to fetch when the partial one has been deleted.
    #[must_use]
    pub fn full(&self) -> Option<Self> {
        self.0.full().map(Self)
    }
}

/// The entries of one bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryBundle {
    coordinate: BundleCoordinate,
    entries: Vec<Vec<u8>>,
}

impl EntryBundle {
    /// Cuts consecutive entries of a log into the bundles to write. `first` is the index of the first one; a partial
    /// bundle is always rewritten from its beginning, so it must be a multiple of 256.
    ///
    /// # Errors
    /// [`LedgerError::Malformed`] for another `first`, [`LedgerError::TooLarge`] for an entry beyond [`MAX_ENTRY_BYTES`].
    pub fn split<E: AsRef<[u8]>>(first: u64, entries: &[E]) -> Result<Vec<Self>, LedgerError> {
        let width = u64::from(TILE_WIDTH);
        if !first.is_multiple_of(width) {
            return Err(malformed("a bundle starts at a multiple of 256"));
        }
        let numbered = (first / width..).zip(entries.chunks(TILE_WIDTH.into()));
        numbered
            .map(|(index, entries)| {
                let coordinate = BundleCoordinate::new(index, entries.len() as u16)?;
                let entries = entries.iter().map(checked_entry).collect::<Result<_, _>>()?;
                Ok(Self { coordinate, entries })
            })
            .collect()
    }

    /// Reads a bundle's served content.
    ///
    /// # Errors
    /// [`LedgerError::Malformed`] when it is not exactly as many length-prefixed entries as the coordinate says.
    pub fn from_bytes(coordinate: BundleCoordinate, bytes: &[u8]) -> Result<Self, LedgerError> {
        let cut_short = || malformed("every entry is a big-endian 16-bit length and as many bytes");
        let mut rest = bytes;
        let mut entries = Vec::with_capacity(coordinate.width().into());
        for _ in 0..coordinate.width() {
            let (length, tail) = rest.split_first_chunk().ok_or_else(cut_short)?;
            let length = u16::from_be_bytes(*length).into();
            let (entry, tail) = tail.split_at_checked(length).ok_or_else(cut_short)?;
            entries.push(entry.to_vec());
            rest = tail;
        }
        if !rest.is_empty() {
            return Err(malformed("it holds no more entries than the path promises"));
        }
        Ok(Self { coordinate, entries })
    }

    /// The content to store and serve as `application/octet-stream`.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let length = self.entries.iter().map(|entry| 2 + entry.len()).sum();
        let mut bytes = Vec::with_capacity(length);
        for entry in &self.entries {
            bytes.extend_from_slice(&(entry.len() as u16).to_be_bytes());
            bytes.extend_from_slice(entry);
        }
        bytes
    }

    /// Which bundle this is.
    #[must_use]
    pub fn coordinate(&self) -> BundleCoordinate {
        self.coordinate
    }

    /// The entries in order.
    #[must_use]
    pub fn entries(&self) -> &[Vec<u8>] {
        &self.entries
    }

    /// The entries' leaf hashes: what the level-0 tile beside the bundle must hold.
    pub fn leaf_hashes(&self) -> impl Iterator<Item = Hash> + '_ {
        self.entries.iter().map(|entry| leaf_hash(entry))
    }
}

fn checked_entry<E: AsRef<[u8]>>(entry: &E) -> Result<Vec<u8>, LedgerError> {
    let entry = entry.as_ref();
    if entry.len() > MAX_ENTRY_BYTES {
        return Err(LedgerError::TooLarge { what: "log entry", limit: MAX_ENTRY_BYTES as u64 });
    }
    Ok(entry.to_vec())
}

fn malformed(rule: &'static str) -> LedgerError {
    LedgerError::Malformed { what: "entry bundle", rule }
}
