//! Hashes of the tree: how an entry becomes a leaf and two nodes become one (RFC 6962 §2.1).
//!
//! Knows nothing of what an entry means, nor of sizes and positions.

use std::fmt;
use std::str::FromStr;

use packhorse_keys::sha256;

use crate::{LedgerError, text};

/// A SHA-256 hash of a leaf, a node or a whole tree. Written in base64.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash(pub [u8; Hash::LEN]);

impl Hash {
    /// Length in bytes.
    pub const LEN: usize = 32;
}

/// Root of the tree without entries: SHA-256 of nothing (RFC 6962 §2.1).
pub const EMPTY_ROOT: Hash = Hash([
    0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24, 0x27, 0xae, 0x41,
    0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
]);

/// Hashes an entry into its leaf: SHA-256(`0x00` ‖ entry) (RFC 6962 §2.1).
#[must_use]
pub fn leaf_hash(entry: &[u8]) -> Hash {
    let mut input = Vec::with_capacity(1 + entry.len());
    input.push(0x00);
    input.extend_from_slice(entry);
    Hash(sha256(&input))
}

/// Hashes two neighbours into their parent: SHA-256(`0x01` ‖ left ‖ right) (RFC 6962 §2.1).
#[must_use]
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    let mut input = [0x01; 1 + 2 * Hash::LEN];
    input[1..=Hash::LEN].copy_from_slice(&left.0);
    input[1 + Hash::LEN..].copy_from_slice(&right.0);
    Hash(sha256(&input))
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&text::to_base64(&self.0))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hash({self})")
    }
}

/// Reads the base64 form; only the canonical spelling of exactly 32 bytes is accepted.
impl FromStr for Hash {
    type Err = LedgerError;

    fn from_str(text: &str) -> Result<Self, LedgerError> {
        let wrong_length = LedgerError::Malformed { what: "hash", rule: "a hash is 32 bytes, 44 characters in base64" };
        if text.len() != 44 {
            return Err(wrong_length);
        }
        let bytes = text::base64(text, "hash")?;
        bytes.try_into().map(Hash).map_err(|_| wrong_length)
    }
}
