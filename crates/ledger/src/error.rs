//! What can be wrong with a log, told to the person who has to act on it.
//!
//! Names formats, rules, sizes and public key names; never entries or texts.

use packhorse_keys::KeyError;

/// Every error of this crate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LedgerError {
    /// Bytes or text from outside break the rules of their format.
    #[error("the {what} is malformed: {rule}")]
    Malformed {
        /// The thing that was read, for instance `checkpoint`.
        what: &'static str,
        /// The rule it breaks.
        rule: &'static str,
    },
    /// Something is larger than the format allows or than this crate is willing to look at.
    #[error("the {what} exceeds the limit of {limit}")]
    TooLarge {
        /// The thing that was read or made.
        what: &'static str,
        /// The most that is accepted, in the unit natural to `what` (bytes, entries, lines).
        limit: u64,
    },
    /// An entry was asked for that the log does not have.
    #[error("entry {index} is not in a log of {size} entries")]
    OutsideTree {
        /// Zero-based index asked for.
        index: u64,
        /// Number of entries.
        size: u64,
    },
    /// A log only ever grows.
    #[error("a log of {old_size} entries cannot become one of {new_size}")]
    Shrinks {
        /// Number of entries before.
        old_size: u64,
        /// Number of entries claimed to come after.
        new_size: u64,
    },
    /// A hash is needed that is not at hand.
    #[error("the hash at tree level {level}, position {index} is not at hand; fetch its tile")]
    NodeMissing {
        /// Tree level, 0 for leaves.
        level: u8,
        /// Position within the level.
        index: u64,
    },
    /// A head of size 0 claims another root than the empty tree's.
    #[error("the root of a log without entries is the hash of nothing (RFC 6962 section 2.1)")]
    EmptyLogRoot,
    /// Tiles belong to another log or state than the signed head.
    #[error("the tiles at hand do not lead to the root signed for {size} entries")]
    RootDiffers {
        /// Number of entries of the signed head.
        size: u64,
    },
    /// An inclusion proof fails.
    #[error("the proof does not show the entry to be in the log (RFC 6962 section 2.1.1)")]
    NotIncluded,
    /// A consistency proof fails.
    #[error("the proof does not show the log to continue its earlier state (RFC 6962 section 2.1.2)")]
    NotConsistent,
    /// None of the keys at hand has signed.
    #[error("no trusted key has signed this; check whose keys are configured")]
    NoTrustedSignature,
    /// A key at hand is named, but did not make the signature: the note is rejected as a whole.
    #[error("the signature in the name of {name} does not verify (C2SP signed-note)")]
    BadSignature {
        /// Name of the key.
        name: String,
    },
    /// A head is to be signed in the name of another log.
    #[error("the key {name} cannot sign for the log {origin}; a log's key bears its origin as name")]
    OtherOrigin {
        /// Name of the key.
        name: String,
        /// Origin of the checkpoint.
        origin: String,
    },
    /// Too few witnesses have cosigned.
    #[error("the witnesses that the policy asks for have not cosigned this checkpoint")]
    QuorumNotMet,
    /// The signing key could not be used.
    #[error("the signing key cannot be used")]
    Signing(#[source] KeyError),
}
