//! Verifier keys ("vkeys"): a public key with a name and a purpose (C2SP signed-note, "Verifier keys").
//!
//! Never decides whether a key is trusted; callers bring the keys they trust.

use std::fmt;
use std::str::FromStr;

use packhorse_keys::{Algorithm, PublicKey, sha256};

use crate::{LedgerError, cosign, text};

/// Longest key name and origin in bytes (one length byte in C2SP tlog-cosignature, "ML-DSA-44 signed message").
pub const MAX_NAME_BYTES: usize = 255;

/// What a key signs: the type byte of signed notes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SignatureKind {
    /// `0x01`: Ed25519 over the note's text. A log signs its checkpoints so.
    Note,
    /// `0x04`: timestamped Ed25519 cosignature over a checkpoint. A witness signs so.
    Cosignature,
}

impl SignatureKind {
    /// The type byte (C2SP signed-note, "Signature types").
    #[must_use]
    pub fn type_byte(self) -> u8 {
        match self {
            Self::Note => 0x01,
            Self::Cosignature => 0x04,
        }
    }
}

/// A named Ed25519 public key for one kind of signature.
///
/// Written `<name>+<key id in hex>+<base64 of type byte and key>`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct VerifierKey {
    name: String,
    kind: SignatureKind,
    id: [u8; 4],
    key: PublicKey,
}

impl VerifierKey {
    /// Names a public key. A URL without scheme is the recommended form of a name; a log's key bears the log's origin.
    ///
    /// # Errors
    /// [`LedgerError::Malformed`] for a key that is not Ed25519 or a name that is empty, longer than
    /// [`MAX_NAME_BYTES`], or holds a space, a control character or `+`.
    pub fn new(name: &str, kind: SignatureKind, key: PublicKey) -> Result<Self, LedgerError> {
        check_name(name)?;
        if key.algorithm() != Algorithm::Ed25519 {
            return Err(malformed("notes are signed with ed25519 keys"));
        }
        let id = key_id(name, kind, &key);
        let name = name.to_owned();
        Ok(Self { name, kind, id, key })
    }

    /// Name of the key.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the key signs.
    #[must_use]
    pub fn kind(&self) -> SignatureKind {
        self.kind
    }

    /// Key id: a short hint, not a fingerprint.
    #[must_use]
    pub fn id(&self) -> [u8; 4] {
        self.id
    }

    /// The public key itself.
    #[must_use]
    pub fn public_key(&self) -> &PublicKey {
        &self.key
    }

    /// Verifies a signature over a note's text; answers with the time of a cosignature.
    pub(crate) fn verify(&self, text: &str, signature: &[u8]) -> Result<Option<u64>, LedgerError> {
        let bad_signature = || LedgerError::BadSignature { name: self.name.clone() };
        match self.kind {
            SignatureKind::Note => self.key.verify(text.as_bytes(), signature).map(|()| None).ok(),
            SignatureKind::Cosignature => cosign::verify(&self.key, text, signature).map(Some),
        }
        .ok_or_else(bad_signature)
    }
}

/// First four bytes of SHA-256(name ‖ LF ‖ type ‖ key).
fn key_id(name: &str, kind: SignatureKind, key: &PublicKey) -> [u8; 4] {
    let input = [name.as_bytes(), b"\n", &[kind.type_byte()], key.as_bytes()].concat();
    let [a, b, c, d, ..] = sha256(&input);
    [a, b, c, d]
}

/// Holds a key name against the rules of C2SP signed-note, "Format".
pub(crate) fn check_name(name: &str) -> Result<(), LedgerError> {
    let forbidden = |char: char| char.is_whitespace() || char.is_control() || char == '+';
    if name.is_empty() || name.len() > MAX_NAME_BYTES || name.contains(forbidden) {
        return Err(LedgerError::Malformed {
            what: "key name",
            rule: "a name has 1 to 255 bytes and holds no space, control character or +",
        });
    }
    Ok(())
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = u32::from_be_bytes(self.id);
        let key = [&[self.kind.type_byte()], self.key.as_bytes()].concat();
        write!(f, "{}+{id:08x}+{}", self.name, text::to_base64(&key))
    }
}

impl FromStr for VerifierKey {
    type Err = LedgerError;

    fn from_str(vkey: &str) -> Result<Self, LedgerError> {
        let mut parts = vkey.splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(malformed("name, key id and key are joined by +"));
        };
        // 33 bytes are 44 characters; anything else need not be decoded.
        if key.len() != 44 {
            return Err(malformed("the key is 33 bytes in base64: type and ed25519 key"));
        }
        let key = text::base64(key, WHAT)?;
        let (kind, key) = match key.split_first() {
            Some((0x01, key)) => (SignatureKind::Note, key),
            Some((0x04, key)) => (SignatureKind::Cosignature, key),
            _ => return Err(malformed("types 1 (ed25519) and 4 (ed25519 cosignature) are accepted")),
        };
        let key =
            PublicKey::new(Algorithm::Ed25519, key).map_err(|_| malformed("the key must be a usable ed25519 point"))?;
        let vkey = Self::new(name, kind, key)?;
        if id != format!("{:08x}", u32::from_be_bytes(vkey.id)) {
            return Err(malformed("the key id does not belong to this name and key"));
        }
        Ok(vkey)
    }
}

const WHAT: &str = "verifier key";

fn malformed(rule: &'static str) -> LedgerError {
    LedgerError::Malformed { what: WHAT, rule }
}
