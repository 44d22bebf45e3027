//! Receipts: one file that proves, offline, that an entry is in a log that witnesses watch (C2SP tlog-proof).
//!
//! Never knows how the entry is made from what it stands for; the caller brings the leaf hash.

use crate::{
    Hash, LedgerError, MAX_NOTE_BYTES, MAX_PATH, MAX_TREE_SIZE, Note, Policy, SignedCheckpoint, text, verify_inclusion,
};

/// Most extra data in a receipt, in bytes.
pub const MAX_EXTRA_BYTES: usize = 16 * 1024;

/// Largest receipt accepted, in bytes.
pub const MAX_PROOF_BYTES: usize = MAX_NOTE_BYTES + 2 * MAX_EXTRA_BYTES + 45 * MAX_PATH + 128;

const HEADER: &str = "c2sp.org/tlog-proof@v1";

/// The content of a `.tlog-proof` file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogProof {
    index: u64,
    path: Vec<Hash>,
    checkpoint: Note,
    extra: Option<Vec<u8>>,
}

impl LogProof {
    /// A receipt for entry `index`, whose inclusion proof leads to the checkpoint's root.
    ///
    /// # Errors
    /// Those of [`verify_inclusion`]: a receipt that does not verify is not made.
    pub fn new(leaf: &Hash, index: u64, path: Vec<Hash>, checkpoint: &SignedCheckpoint) -> Result<Self, LedgerError> {
        let head = checkpoint.checkpoint().head();
        verify_inclusion(leaf, index, head.size, &path, &head.root)?;
        let checkpoint = checkpoint.note().clone();
        Ok(Self { index, path, checkpoint, extra: None })
    }

    /// Adds data that is carried along and **not** authenticated; empty data stands for none.
    ///
    /// # Errors
    /// [`LedgerError::TooLarge`] beyond [`MAX_EXTRA_BYTES`].
    pub fn with_extra(self, extra: Vec<u8>) -> Result<Self, LedgerError> {
        check_extra(&extra)?;
        let extra = (!extra.is_empty()).then_some(extra);
        Ok(Self { extra, ..self })
    }

    /// Zero-based index of the entry.
    #[must_use]
    pub fn index(&self) -> u64 {
        self.index
    }

    /// Data carried along, which proves nothing.
    #[must_use]
    pub fn extra(&self) -> Option<&[u8]> {
        self.extra.as_deref()
    }

    /// Verifies that the entry with this leaf hash is in a log the policy knows, under a head signed by that log and
    /// cosigned as the policy asks. Origin, time-stamps and head are in the answer, for the caller's own rules.
    ///
    /// # Errors
    /// Those of [`Policy::open`] and [`verify_inclusion`].
    pub fn verify(&self, leaf: &Hash, policy: &Policy) -> Result<SignedCheckpoint, LedgerError> {
        let checkpoint = policy.verify(self.checkpoint.clone())?;
        let head = checkpoint.checkpoint().head();
        verify_inclusion(leaf, self.index, head.size, &self.path, &head.root)?;
        Ok(checkpoint)
    }

    /// Reads a receipt.
    ///
    /// # Errors
    /// [`LedgerError::Malformed`] when it breaks the format, [`LedgerError::TooLarge`] beyond [`MAX_PROOF_BYTES`],
    /// [`MAX_EXTRA_BYTES`] or 63 hashes.
    pub fn parse(bytes: &[u8]) -> Result<Self, LedgerError> {
        let proof = text::utf8(bytes, MAX_PROOF_BYTES, WHAT)?;
        let (head, checkpoint) = proof.split_once("\n\n").ok_or(malformed("an empty line precedes the checkpoint"))?;
        let mut lines = head.split('\n').peekable();
        if lines.next() != Some(HEADER) {
            return Err(malformed("its first line is c2sp.org/tlog-proof@v1"));
        }
        let extra = lines
            .next_if(|line| line.starts_with("extra "))
            .and_then(|line| line.strip_prefix("extra "))
            .map(parse_extra)
            .transpose()?;
        let index = lines
            .next()
            .and_then(|line| line.strip_prefix("index "))
            .ok_or(malformed("the path is preceded by index and a number"))?;
        let index = text::decimal(index, WHAT)?;
        if index >= MAX_TREE_SIZE {
            return Err(LedgerError::TooLarge { what: "index of the receipt", limit: MAX_TREE_SIZE - 1 });
        }
        Ok(Self { index, path: text::path(lines)?, checkpoint: Note::parse(checkpoint.as_bytes())?, extra })
    }

    /// The bytes of the `.tlog-proof` file.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut head = format!("{HEADER}\n");
        if let Some(extra) = &self.extra {
            head.push_str(&format!("extra {}\n", text::to_base64(extra)));
        }
        head.push_str(&format!("index {}\n", self.index));
        self.path.iter().for_each(|hash| head.push_str(&format!("{hash}\n")));
        head.push('\n');
        [head.into_bytes(), self.checkpoint.to_bytes()].concat()
    }
}

fn parse_extra(extra: &str) -> Result<Vec<u8>, LedgerError> {
    let extra = text::base64(extra, WHAT)?;
    check_extra(&extra)?;
    if extra.is_empty() {
        return Err(malformed("a line without extra data is left out"));
    }
    Ok(extra)
}

fn check_extra(extra: &[u8]) -> Result<(), LedgerError> {
    if extra.len() > MAX_EXTRA_BYTES {
        return Err(LedgerError::TooLarge { what: "extra data of the receipt", limit: MAX_EXTRA_BYTES as u64 });
    }
    Ok(())
}

const WHAT: &str = "receipt";

fn malformed(rule: &'static str) -> LedgerError {
    LedgerError::Malformed { what: WHAT, rule }
}
