//! Public sealing keys.
//!
//! It must never hold anything secret, or know whose a key is.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use super::derive::FileKey;
use super::stanza::Stanza;
use super::{hybrid, text, x25519};
use crate::KeyError;
use crate::text::serde_as_text;

/// A public sealing key; written `age1…` (X25519) or `age1pq1…` (post-quantum: ML-KEM-768 and
/// X25519 together).
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct SealingRecipient(Public);

#[derive(Clone, PartialEq, Eq, Hash)]
enum Public {
    X25519(x25519::Public),
    Hybrid(Arc<hybrid::Public>),
}

impl SealingRecipient {
    /// Whether what is sealed to it stays shut to a quantum computer.
    pub fn is_post_quantum(&self) -> bool {
        matches!(self.0, Public::Hybrid(_))
    }

    pub(super) fn x25519(public: x25519::Public) -> Self {
        Self(Public::X25519(public))
    }

    pub(super) fn hybrid(public: hybrid::Public) -> Self {
        Self(Public::Hybrid(Arc::new(public)))
    }

    pub(super) fn wrap(&self, key: &FileKey) -> Result<Stanza, KeyError> {
        match &self.0 {
            Public::X25519(public) => x25519::wrap(public, key),
            Public::Hybrid(public) => hybrid::wrap(public, key),
        }
    }
}

impl fmt::Display for SealingRecipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&match &self.0 {
            Public::X25519(public) => text::encode(x25519::RECIPIENT, public),
            Public::Hybrid(public) => text::encode(hybrid::RECIPIENT, &public[..]),
        })
    }
}

impl fmt::Debug for SealingRecipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealingRecipient({self})")
    }
}

impl FromStr for SealingRecipient {
    type Err = KeyError;

    /// # Errors
    /// [`KeyError::Malformed`] also for a key of small order, sealing to which is no sealing.
    fn from_str(text: &str) -> Result<Self, KeyError> {
        let refused = |why| KeyError::Malformed { what: "sealing recipient", why };
        if let Some(public) = text::decode(hybrid::RECIPIENT, text) {
            return hybrid::check(&public).map(|()| Self::hybrid(*public)).map_err(refused);
        }
        let public = text::decode(x25519::RECIPIENT, text)
            .ok_or_else(|| refused("expected an age recipient, age1… or age1pq1…"))?;
        x25519::check(&*public).map(|()| Self::x25519(*public)).map_err(refused)
    }
}

serde_as_text!(SealingRecipient);
