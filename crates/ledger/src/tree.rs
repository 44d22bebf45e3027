//! Proofs over the Merkle tree: that an entry is in it, and that one tree continues another (RFC 6962 §2.1.1, §2.1.2).
//!
//! Works on positions and hashes alone; never knows where nodes are kept, and never what an entry says.

use crate::{EMPTY_ROOT, Hash, LedgerError, node_hash};

/// Largest tree handled: sizes fit into a signed 64-bit number, as other implementations expect.
pub const MAX_TREE_SIZE: u64 = (1 << 63) - 1;

/// Longest proof that a tree of [`MAX_TREE_SIZE`] can need, and the longest accepted (C2SP tlog-witness).
pub const MAX_PATH: usize = 63;

/// Where proofs get their hashes from.
pub trait NodeReader {
    /// Hash of the **full** subtree of 2^`level` leaves that starts at leaf `index` × 2^`level`, if at hand.
    fn node(&self, level: u8, index: u64) -> Option<Hash>;
}

/// Makes the inclusion proof of entry `index` in the tree of `size`: the leaf's sibling first.
///
/// # Errors
/// [`LedgerError::OutsideTree`] when `index` is not below `size`, [`LedgerError::NodeMissing`] when the reader lacks
/// a node, [`LedgerError::TooLarge`] beyond [`MAX_TREE_SIZE`].
pub fn prove_inclusion(index: u64, size: u64, reader: &impl NodeReader) -> Result<Vec<Hash>, LedgerError> {
    let spans = inclusion_spans(index, size)?;
    spans.into_iter().map(|span| span.root(reader)).collect()
}

/// Makes the proof that the tree of `new_size` continues the tree of `old_size`.
///
/// # Errors
/// [`LedgerError::Shrinks`] when the old size is the larger, [`LedgerError::NodeMissing`] when the reader lacks a
/// node, [`LedgerError::TooLarge`] beyond [`MAX_TREE_SIZE`].
pub fn prove_consistency(old_size: u64, new_size: u64, reader: &impl NodeReader) -> Result<Vec<Hash>, LedgerError> {
    let spans = consistency_spans(old_size, new_size)?;
    spans.into_iter().map(|span| span.root(reader)).collect()
}

/// Checks that `leaf` is entry `index` of the tree with `size` entries and root `root` (RFC 9162 §2.1.3.2).
///
/// # Errors
/// [`LedgerError::OutsideTree`] when `index` is not below `size`, [`LedgerError::TooLarge`] for a size beyond
/// [`MAX_TREE_SIZE`] or a path beyond [`MAX_PATH`], [`LedgerError::NotIncluded`] when the path does not lead to the root.
pub fn verify_inclusion(leaf: &Hash, index: u64, size: u64, path: &[Hash], root: &Hash) -> Result<(), LedgerError> {
    check_size(size)?;
    check_path(path)?;
    if index >= size {
        return Err(LedgerError::OutsideTree { index, size });
    }
    let mut walk = Walk::new(index, size - 1);
    let mut hash = *leaf;
    for sibling in path {
        hash = match walk.step().ok_or(LedgerError::NotIncluded)? {
            Side::Left => node_hash(sibling, &hash),
            Side::Right => node_hash(&hash, sibling),
        };
    }
    if walk.at_root() && hash == *root { Ok(()) } else { Err(LedgerError::NotIncluded) }
}

/// Checks that the tree (`new_size`, `new_root`) holds the tree (`old_size`, `old_root`) unchanged as its beginning
/// (RFC 9162 §2.1.4.2). The empty tree is the beginning of every tree and equal trees need no proof: in both cases
/// the path must be empty.
///
/// # Errors
/// [`LedgerError::Shrinks`] when the old size is the larger, [`LedgerError::TooLarge`] for a size beyond
/// [`MAX_TREE_SIZE`] or a path beyond [`MAX_PATH`], [`LedgerError::NotConsistent`] when the path does not lead to both roots.
pub fn verify_consistency(
    old_size: u64,
    old_root: &Hash,
    new_size: u64,
    new_root: &Hash,
    path: &[Hash],
) -> Result<(), LedgerError> {
    check_growth(old_size, new_size)?;
    check_path(path)?;
    let holds = if old_size == new_size {
        path.is_empty() && old_root == new_root && root_fits(old_size, old_root)
    } else if old_size == 0 {
        path.is_empty() && *old_root == EMPTY_ROOT
    } else {
        leads_to_both_roots(old_size, old_root, new_size, new_root, path)
    };
    if holds { Ok(()) } else { Err(LedgerError::NotConsistent) }
}

/// Whether `root` can be the root of a tree of `size`: the empty tree has exactly one.
pub(crate) fn root_fits(size: u64, root: &Hash) -> bool {
    size != 0 || *root == EMPTY_ROOT
}

/// The proof starts at the largest full subtree that ends the old tree; when that is the whole old tree, its hash is
/// the old root and left out of the path.
fn leads_to_both_roots(old_size: u64, old_root: &Hash, new_size: u64, new_root: &Hash, path: &[Hash]) -> bool {
    let (start, path) = if old_size.is_power_of_two() {
        (old_root, path)
    } else {
        match path.split_first() {
            Some(split) => split,
            None => return false,
        }
    };
    let mut walk = Walk::new(old_size - 1, new_size - 1);
    walk.skip_right_children();
    let (mut old_hash, mut new_hash) = (*start, *start);
    for sibling in path {
        match walk.step() {
            None => return false,
            Some(Side::Left) => {
                old_hash = node_hash(sibling, &old_hash);
                new_hash = node_hash(sibling, &new_hash);
            }
            Some(Side::Right) => new_hash = node_hash(&new_hash, sibling),
        }
    }
    walk.at_root() && old_hash == *old_root && new_hash == *new_root
}

/// On which side of the running hash a proof's next hash stands.
enum Side {
    Left,
    Right,
}

/// The climb from a node to the root: the node's index and the last index of its level.
struct Walk {
    index: u64,
    last: u64,
}

impl Walk {
    fn new(index: u64, last: u64) -> Self {
        Self { index, last }
    }

    fn up(&mut self) {
        self.index >>= 1;
        self.last >>= 1;
    }

    /// Climbs past one sibling; `None` when there is none because the root is reached.
    fn step(&mut self) -> Option<Side> {
        if self.at_root() {
            return None;
        }
        let is_right_child = self.index & 1 == 1;
        let side = if is_right_child || self.index == self.last {
            // A last node without sibling is carried up unchanged until it is a right child.
            while self.index & 1 == 0 {
                self.up();
            }
            Side::Left
        } else {
            Side::Right
        };
        self.up();
        Some(side)
    }

    fn skip_right_children(&mut self) {
        while self.index & 1 == 1 {
            self.up();
        }
    }

    fn at_root(&self) -> bool {
        self.last == 0
    }
}

/// A full subtree's place in the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NodeId {
    pub(crate) level: u8,
    pub(crate) index: u64,
}

/// The leaves `start..end` as they appear in a proof: `start` is a multiple of the largest power of two in the length.
#[derive(Clone, Copy)]
pub(crate) struct Span {
    start: u64,
    end: u64,
}

impl Span {
    /// The full subtrees that make up the span, left to right.
    pub(crate) fn nodes(self) -> Vec<NodeId> {
        let mut nodes = Vec::new();
        let mut start = self.start;
        while start < self.end {
            let level = (self.end - start).ilog2() as u8;
            nodes.push(NodeId { level, index: start >> level });
            start += 1 << level;
        }
        nodes
    }

    fn root(self, reader: &impl NodeReader) -> Result<Hash, LedgerError> {
        let mut hash = None;
        for node in self.nodes().into_iter().rev() {
            let left = read(reader, node)?;
            hash = Some(hash.map_or(left, |right| node_hash(&left, &right)));
        }
        Ok(hash.unwrap_or(EMPTY_ROOT))
    }
}

pub(crate) fn read(reader: &impl NodeReader, node: NodeId) -> Result<Hash, LedgerError> {
    let NodeId { level, index } = node;
    reader.node(level, index).ok_or(LedgerError::NodeMissing { level, index })
}

/// The full subtrees of a tree, largest first.
pub(crate) fn peaks(size: u64) -> Vec<NodeId> {
    let whole = Span { start: 0, end: size };
    whole.nodes()
}

/// The spans whose roots make up an inclusion proof, in the proof's order (RFC 6962 §2.1.1).
pub(crate) fn inclusion_spans(index: u64, size: u64) -> Result<Vec<Span>, LedgerError> {
    check_size(size)?;
    if index >= size {
        return Err(LedgerError::OutsideTree { index, size });
    }
    let (mut start, mut end) = (0, size);
    let mut spans = Vec::new();
    while end - start > 1 {
        let middle = start + split(end - start);
        if index < middle {
            spans.push(Span { start: middle, end });
            end = middle;
        } else {
            spans.push(Span { start, end: middle });
            start = middle;
        }
    }
    spans.reverse();
    Ok(spans)
}

/// The spans whose roots make up a consistency proof, in the proof's order (RFC 6962 §2.1.2).
pub(crate) fn consistency_spans(old_size: u64, new_size: u64) -> Result<Vec<Span>, LedgerError> {
    check_growth(old_size, new_size)?;
    let mut spans = Vec::new();
    if old_size == 0 {
        return Ok(spans);
    }
    let (mut start, mut end) = (0, new_size);
    while end != old_size {
        let middle = start + split(end - start);
        if old_size <= middle {
            spans.push(Span { start: middle, end });
            end = middle;
        } else {
            spans.push(Span { start, end: middle });
            start = middle;
        }
    }
    // A span from leaf 0 is the whole old tree, whose root the verifier has.
    if start != 0 {
        spans.push(Span { start, end });
    }
    spans.reverse();
    Ok(spans)
}

/// Size of the left subtree: the largest power of two smaller than `size`, which is at least 2.
fn split(size: u64) -> u64 {
    1 << (size - 1).ilog2()
}

pub(crate) fn check_size(size: u64) -> Result<(), LedgerError> {
    if size > MAX_TREE_SIZE {
        return Err(LedgerError::TooLarge { what: "tree size", limit: MAX_TREE_SIZE });
    }
    Ok(())
}

pub(crate) fn check_growth(old_size: u64, new_size: u64) -> Result<(), LedgerError> {
    check_size(new_size)?;
    if old_size > new_size {
        return Err(LedgerError::Shrinks { old_size, new_size });
    }
    Ok(())
}

fn check_path(path: &[Hash]) -> Result<(), LedgerError> {
    if path.len() > MAX_PATH {
        return Err(LedgerError::TooLarge { what: "proof path", limit: MAX_PATH as u64 });
    }
    Ok(())
}
