//! Checkpoints: the signed head of a log (C2SP tlog-checkpoint).
//!
//! Never decides whether a head may follow an earlier one; see [`crate::verify_consistency`].

use std::fmt;
use std::str::FromStr;

use crate::{
    Hash, LedgerError, Note, NoteSigner, SignatureKind, SignatureLine, VerifiedNote, VerifiedSignature, VerifierKey,
    text, tree, vkey,
};

/// How large a log is and what it hashes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Head {
    /// Number of entries.
    pub size: u64,
    /// Root hash (RFC 6962 §2.1).
    pub root: Hash,
}

impl Head {
    /// The head of every log before its first entry.
    pub const EMPTY: Self = Self { size: 0, root: crate::EMPTY_ROOT };
}

/// The text of a checkpoint: which log, how large, and its root. Written with a line feed after every line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    origin: String,
    head: Head,
    extensions: Vec<String>,
}

impl Checkpoint {
    /// A checkpoint to sign. The origin is a URL without scheme, usually the tile prefix.
    ///
    /// # Errors
    /// [`LedgerError::Malformed`] for an origin that could not be a key name, [`LedgerError::EmptyLogRoot`] for a head
    /// of size 0 with another root than the empty tree's, [`LedgerError::TooLarge`] beyond [`MAX_TREE_SIZE`](crate::MAX_TREE_SIZE).
    pub fn new(origin: &str, head: Head) -> Result<Self, LedgerError> {
        vkey::check_name(origin)?;
        check_head(head)?;
        Ok(Self { origin: origin.to_owned(), head, extensions: Vec::new() })
    }

    /// Identity of the log.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Size and root.
    #[must_use]
    pub fn head(&self) -> Head {
        self.head
    }

    /// Number of entries.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.head.size
    }

    /// Root hash.
    #[must_use]
    pub fn root(&self) -> &Hash {
        &self.head.root
    }

    /// Lines after the third, which some logs add and no witness vouches for. Ours have none.
    #[must_use]
    pub fn extensions(&self) -> &[String] {
        &self.extensions
    }

    /// Signs with the log's key, whose name is the origin. Whoever signs vouches that this head continues every head
    /// signed before.
    ///
    /// # Errors
    /// [`LedgerError::OtherOrigin`] for a key with another name, [`LedgerError::Signing`] when it cannot be used.
    pub fn sign(self, signer: &NoteSigner) -> Result<SignedCheckpoint, LedgerError> {
        let name = signer.verifier_key().name();
        if name != self.origin {
            return Err(LedgerError::OtherOrigin { name: name.to_owned(), origin: self.origin });
        }
        let note = Note::sign(&self.to_string(), &[signer])?;
        Ok(SignedCheckpoint { checkpoint: self, note })
    }
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Head { size, root } = self.head;
        write!(f, "{}\n{size}\n{root}\n", self.origin)?;
        self.extensions.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

/// Reads the text strictly: there is one spelling for every head.
impl FromStr for Checkpoint {
    type Err = LedgerError;

    fn from_str(checkpoint: &str) -> Result<Self, LedgerError> {
        let body = checkpoint.strip_suffix('\n').ok_or(malformed("every line ends in a line feed"))?;
        let mut lines = body.split('\n');
        let (Some(origin), Some(size), Some(root)) = (lines.next(), lines.next(), lines.next()) else {
            return Err(malformed("its lines are origin, size and root"));
        };
        let head = Head { size: text::decimal(size, WHAT)?, root: root.parse()? };
        let extensions: Vec<_> = lines.map(str::to_owned).collect();
        if origin.is_empty() || extensions.iter().any(String::is_empty) {
            return Err(malformed("no line is empty"));
        }
        check_head(head)?;
        Ok(Self { origin: origin.to_owned(), head, extensions })
    }
}

/// A checkpoint that a trusted key of its log has signed, with its verified cosignatures.
///
/// Only [`SignedCheckpoint::open`], [`crate::Policy::open`] and [`Checkpoint::sign`] make one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedCheckpoint {
    checkpoint: Checkpoint,
    note: VerifiedNote,
}

impl SignedCheckpoint {
    /// Opens a signed checkpoint with the keys of trusted logs and known witnesses. A log's key must bear the origin
    /// as its name, so that one log cannot speak for another. Cosignatures are verified but not demanded here.
    ///
    /// # Errors
    /// [`LedgerError::NoTrustedSignature`] without a signature of such a log key, [`LedgerError::BadSignature`] when
    /// any of the keys is claimed and fails; [`LedgerError::Malformed`], [`LedgerError::TooLarge`] and
    /// [`LedgerError::EmptyLogRoot`] for the format.
    pub fn open(bytes: &[u8], keys: &[VerifierKey]) -> Result<Self, LedgerError> {
        Self::verify(Note::parse(bytes)?, keys)
    }

    pub(crate) fn verify(note: Note, keys: &[VerifierKey]) -> Result<Self, LedgerError> {
        let note = note.verify(keys)?;
        let checkpoint: Checkpoint = note.text().parse()?;
        let by_its_log = |signature: &VerifiedSignature| {
            signature.key.kind() == SignatureKind::Note && signature.key.name() == checkpoint.origin
        };
        if !note.signatures().iter().any(by_its_log) {
            return Err(LedgerError::NoTrustedSignature);
        }
        Ok(Self { checkpoint, note })
    }

    /// Verifies a witness's line and adds it; an earlier line of the same key is replaced. Answers with the time of
    /// the cosignature in seconds since 1970.
    ///
    /// # Errors
    /// [`LedgerError::NoTrustedSignature`] when the line does not claim `key` or `key` is not a cosigning key,
    /// [`LedgerError::BadSignature`] when it fails, [`LedgerError::TooLarge`] beyond
    /// [`MAX_SIGNATURES`](crate::MAX_SIGNATURES).
    pub fn add_cosignature(&mut self, line: SignatureLine, key: &VerifierKey) -> Result<u64, LedgerError> {
        if key.kind() != SignatureKind::Cosignature {
            return Err(LedgerError::NoTrustedSignature);
        }
        self.note.add(line, key)?.ok_or(LedgerError::NoTrustedSignature)
    }

    /// What was signed.
    #[must_use]
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// When `key` last cosigned, in seconds since 1970, if it did.
    #[must_use]
    pub fn cosigned_at(&self, key: &VerifierKey) -> Option<u64> {
        let by_key = self.note.signatures().iter().filter(|signature| signature.key == *key);
        by_key.filter_map(|signature| signature.time).max()
    }

    /// The signatures that verified: the log's and those of known witnesses.
    #[must_use]
    pub fn signatures(&self) -> &[VerifiedSignature] {
        self.note.signatures()
    }

    /// The whole note.
    #[must_use]
    pub fn note(&self) -> &Note {
        self.note.note()
    }

    /// The bytes to store and serve as `checkpoint`.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.note().to_bytes()
    }
}

fn check_head(head: Head) -> Result<(), LedgerError> {
    tree::check_size(head.size)?;
    if !tree::root_fits(head.size, &head.root) {
        return Err(LedgerError::EmptyLogRoot);
    }
    Ok(())
}

const WHAT: &str = "checkpoint";

fn malformed(rule: &'static str) -> LedgerError {
    LedgerError::Malformed { what: WHAT, rule }
}
