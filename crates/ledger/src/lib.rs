//! The only room that knows the Merkle log: an auditor can depend on it alone.
//!
//! A log is an append-only list of entries under one signed head. Whoever holds the head can be shown, in a few
//! hundred bytes, that an entry is in the log and that the log has only grown since an earlier head; witnesses
//! cosign heads, so that nobody is shown a log of their own. All formats are those of C2SP (tlog-tiles, signed-note,
//! tlog-checkpoint, tlog-cosignature, tlog-witness, tlog-proof, tlog-policy) over the tree of RFC 6962, so that
//! software from elsewhere can check everything.
//!
//! No async, no I/O: callers fetch and store tiles, this crate says which. It never knows what an entry means.
//!
//! | to | use |
//! |---|---|
//! | verify a receipt | [`LogProof`], [`Policy`] |
//! | open a signed head | [`Policy::open`], [`SignedCheckpoint::open`] |
//! | prove from fetched tiles | [`tiles_for_inclusion`], [`tiles_for_consistency`], [`TileSet`], [`prove_inclusion`], [`prove_consistency`] |
//! | publish a log | [`RightEdge`], [`EntryBundle`], [`Checkpoint::sign`] |
//! | witness a log | [`AddCheckpoint`], [`Cosigner`] |
//!
//! # Verifying a receipt
//!
//! Needed are the entry, the log's key, the keys of the witnesses one trusts, and the receipt:
//!
//! ```
//! use packhorse_ledger::{LogProof, Policy, leaf_hash};
//!
//! let policy = Policy::parse(b"\
//! log gw.example.gov.uk/log+3561d7cc+Ae1JKMYo0cLG6ukDOJBZlWEpWSc6XGP5NjbBRhSshzfR
//! witness one witness.example.org/w1+07be827a+BMqTrBcFGHBx1nuDx/8O/oEI6OxFMFdddyaHkzPb2r58
//! quorum one
//! ")?;
//! let receipt = "\
//! c2sp.org/tlog-proof@v1
//! index 1
//! KhWNiv1I4/iMtBld/bKp5IF9lfpX/TREDZP5quXE+Cs=
//! THnQ1i989cqIdBVfLTuHXyYl2iuzq8hrvWgz8lupDlE=
//!
//! gw.example.gov.uk/log
//! 3
//! OF2jDzkXKCyJOd/4UZV+UZqxhGsTUaFMCts7EWMnQqo=
//!
//! — gw.example.gov.uk/log NWHXzP7YwkKqwYSz7U32qfS5cEIdGxSRIrhugfHc0U9rgohTFnxdYJ1FYgGcYd3gzjm0qzJyY90iD5PuK11AlUQGwAg=
//! — witness.example.org/w1 B76CegAAAABpVmHAbyN9DAAj5oA3QVvP1eV/cVCKVucWyrdNKucfXh4KOkGseaYoeedyzXf2Xo9fEYt+7b7EuiplZyHCugBgZkbBBA==
//! ";
//! let receipt = LogProof::parse(receipt.as_bytes())?;
//! let head = receipt.verify(&leaf_hash(b"beta"), &policy)?;
//! assert_eq!(head.checkpoint().size(), 3);
//! assert!(receipt.verify(&leaf_hash(b"another entry"), &policy).is_err());
//! # Ok::<(), packhorse_ledger::LedgerError>(())
//! ```

mod bundle;
mod checkpoint;
mod cosign;
mod edge;
mod error;
mod frontier;
mod hash;
mod note;
mod path;
mod plan;
mod policy;
mod proof;
mod text;
mod tile;
mod tile_set;
mod tree;
mod vkey;
mod witness;

pub use bundle::{BundleCoordinate, EntryBundle, MAX_ENTRY_BYTES};
pub use checkpoint::{Checkpoint, Head, SignedCheckpoint};
pub use cosign::Cosigner;
pub use edge::{Growth, RightEdge};
pub use error::LedgerError;
pub use frontier::Frontier;
pub use hash::{EMPTY_ROOT, Hash, leaf_hash, node_hash};
pub use note::{MAX_NOTE_BYTES, MAX_SIGNATURES, Note, NoteSigner, SignatureLine, VerifiedNote, VerifiedSignature};
pub use path::LogPath;
pub use plan::{bundles_for_growth, tiles_for_consistency, tiles_for_edge, tiles_for_growth, tiles_for_inclusion};
pub use policy::{MAX_POLICY_BYTES, MAX_POLICY_PARTS, Policy};
pub use proof::{LogProof, MAX_EXTRA_BYTES, MAX_PROOF_BYTES};
pub use tile::{MAX_TILE_LEVEL, TILE_WIDTH, Tile, TileCoordinate};
pub use tile_set::TileSet;
pub use tree::{
    MAX_PATH, MAX_TREE_SIZE, NodeReader, prove_consistency, prove_inclusion, verify_consistency, verify_inclusion,
};
pub use vkey::{MAX_NAME_BYTES, SignatureKind, VerifierKey};
pub use witness::{AddCheckpoint, MAX_REQUEST_BYTES, Refusal, parse_witness_answer};
