//! Private sealing keys, each kept in a file of its own.
//!
//! It must never show a key: `Debug` prints the public half.

use std::fmt;
use std::path::Path;

use zeroize::Zeroizing;

use super::derive::FileKey;
use super::recipient::SealingRecipient;
use super::stanza::Stanza;
use super::{hybrid, text, x25519};
use crate::file::{read_secret, write_secret};
use crate::{KeyError, random};

/// An organisation's private sealing key; wiped when dropped.
pub struct SealingKey {
    kind: Kind,
    secret: Zeroizing<[u8; 32]>,
    recipient: SealingRecipient,
}

/// Both kinds are 32 random bytes, which is all of a key that a file holds.
#[derive(Clone, Copy)]
enum Kind {
    X25519,
    Hybrid,
}

impl Kind {
    const ALL: [Self; 2] = [Self::X25519, Self::Hybrid];

    const fn prefix(self) -> &'static str {
        match self {
            Self::X25519 => x25519::IDENTITY,
            Self::Hybrid => hybrid::IDENTITY,
        }
    }
}

impl SealingKey {
    /// Makes a new X25519 key, which every age tool opens with.
    ///
    /// # Errors
    /// [`KeyError::Crypto`] when there is no randomness.
    pub fn generate() -> Result<Self, KeyError> {
        Self::new(Kind::X25519, Zeroizing::new(random()?))
    }

    /// Makes a new post-quantum key (ML-KEM-768 with X25519), for age 1.3 and newer.
    ///
    /// # Errors
    /// [`KeyError::Crypto`] when there is no randomness.
    pub fn generate_post_quantum() -> Result<Self, KeyError> {
        Self::new(Kind::Hybrid, Zeroizing::new(random()?))
    }

    fn new(kind: Kind, secret: Zeroizing<[u8; 32]>) -> Result<Self, KeyError> {
        let recipient = match kind {
            Kind::X25519 => SealingRecipient::x25519(x25519::public(&secret)?),
            Kind::Hybrid => SealingRecipient::hybrid(hybrid::public(&secret)?),
        };
        Ok(Self { kind, secret, recipient })
    }

    /// Reads a key from an age identity file: one `AGE-SECRET-KEY-1…` or
    /// `AGE-SECRET-KEY-PQ-1…` line; empty lines and lines starting with `#` are comments, as
    /// `age-keygen` writes them.
    ///
    /// # Errors
    /// [`KeyError::FileNotPrivate`] when others have any right to the file,
    /// [`KeyError::File`] when it cannot be read, [`KeyError::Malformed`] when it does not hold
    /// exactly one key.
    pub fn load(path: &Path) -> Result<Self, KeyError> {
        let why = "expected one line starting with AGE-SECRET-KEY-1 or AGE-SECRET-KEY-PQ-1";
        let refused = || KeyError::Malformed { what: "sealing key file", why };
        let bytes = read_secret(path)?;
        let text = std::str::from_utf8(&bytes).map_err(|_| refused())?;
        let comment = |line: &&str| !line.is_empty() && !line.starts_with('#');
        let mut lines = text.lines().map(str::trim).filter(comment);
        let (Some(line), None) = (lines.next(), lines.next()) else { return Err(refused()) };
        let read = |kind: Kind| text::decode(kind.prefix(), line).map(|secret| (kind, secret));
        let (kind, secret) = Kind::ALL.into_iter().find_map(read).ok_or_else(refused)?;
        Self::new(kind, secret)
    }

    /// Writes the key, as age does, into a new file that only its owner can use (mode 0600).
    ///
    /// # Errors
    /// [`KeyError::FileExists`] rather than overwriting, [`KeyError::File`] when it cannot be
    /// written.
    pub fn save(&self, path: &Path) -> Result<(), KeyError> {
        let secret = text::encode(self.kind.prefix(), &*self.secret);
        let line = Zeroizing::new([secret.as_bytes(), b"\n"].concat());
        write_secret(path, &line)
    }

    /// The public half, to be sealed to.
    pub fn recipient(&self) -> SealingRecipient {
        self.recipient.clone()
    }

    /// The key that a stanza wraps, when it is wrapped to this key.
    pub(super) fn unwrap(&self, stanza: &Stanza) -> Result<Option<FileKey>, KeyError> {
        match (self.kind, stanza) {
            (Kind::X25519, Stanza::X25519 { share, body }) => x25519::unwrap(&self.secret, share, body),
            (Kind::Hybrid, Stanza::Hybrid { share, body }) => hybrid::unwrap(&self.secret, share, body),
            _ => Ok(None),
        }
    }
}

impl fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SealingKey").field("recipient", &self.recipient).finish_non_exhaustive()
    }
}
