//! The right edge of a growing tree in its smallest form: the size and the roots of its full subtrees.
//!
//! Enough to append and to state the root; never enough to prove an old entry. Knows nothing of tiles.

use crate::{EMPTY_ROOT, Hash, LedgerError, NodeReader, node_hash, tree};

/// Version byte of [`Frontier::to_bytes`].
const VERSION: u8 = 1;

/// Size and peaks of a tree: what an appender must remember, at most 63 hashes however long the log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    /// Roots of the full subtrees, largest first; one for every bit set in `size`.
    peaks: Vec<Hash>,
}

impl Frontier {
    /// The frontier of the empty tree.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one leaf hash at index [`Frontier::size`].
    pub fn append(&mut self, leaf: Hash) {
        self.append_with(leaf, |_, _| ());
    }

    /// Adds one leaf and reports every subtree it completes, lowest first: the leaf itself at level 0, then its
    /// completed ancestors.
    pub(crate) fn append_with(&mut self, leaf: Hash, mut completed: impl FnMut(u8, Hash)) {
        let mut node = leaf;
        completed(0, node);
        for level in 1..=self.size.trailing_ones() as u8 {
            let Some(left) = self.peaks.pop() else { break };
            node = node_hash(&left, &node);
            completed(level, node);
        }
        self.peaks.push(node);
        self.size += 1;
    }

    /// Number of leaves.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Root hash of the tree (RFC 6962 §2.1).
    #[must_use]
    pub fn root(&self) -> Hash {
        let from_the_right = self.peaks.iter().rev().copied();
        from_the_right.reduce(|right, left| node_hash(&left, &right)).unwrap_or(EMPTY_ROOT)
    }

    /// Takes the frontier of the first `size` leaves from a tree at hand.
    ///
    /// # Errors
    /// [`LedgerError::NodeMissing`] when the reader lacks a peak, [`LedgerError::TooLarge`] beyond [`crate::MAX_TREE_SIZE`].
    pub fn load(size: u64, reader: &impl NodeReader) -> Result<Self, LedgerError> {
        tree::check_size(size)?;
        let peaks = tree::peaks(size).into_iter().map(|node| tree::read(reader, node)).collect::<Result<_, _>>()?;
        Ok(Self { size, peaks })
    }

    /// Stored form: version byte, size as big-endian u64, peaks largest first.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(9 + self.peaks.len() * Hash::LEN);
        bytes.push(VERSION);
        bytes.extend_from_slice(&self.size.to_be_bytes());
        for peak in &self.peaks {
            bytes.extend_from_slice(&peak.0);
        }
        bytes
    }

    /// Reads the stored form.
    ///
    /// # Errors
    /// [`LedgerError::Malformed`] for another version or a wrong number of peaks, [`LedgerError::TooLarge`] for a size
    /// beyond [`crate::MAX_TREE_SIZE`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, LedgerError> {
        let malformed = |rule| LedgerError::Malformed { what: "frontier", rule };
        let Some((&[VERSION], rest)) = bytes.split_first_chunk() else {
            return Err(malformed("its first byte is the version 1"));
        };
        let (size, rest) = rest.split_first_chunk().ok_or(malformed("the size is eight bytes"))?;
        let size = u64::from_be_bytes(*size);
        tree::check_size(size)?;
        let (peaks, excess) = rest.as_chunks();
        if !excess.is_empty() || peaks.len() != size.count_ones() as usize {
            return Err(malformed("one peak of 32 bytes for every bit set in the size"));
        }
        let peaks = peaks.iter().copied().map(Hash).collect();
        Ok(Self { size, peaks })
    }
}
