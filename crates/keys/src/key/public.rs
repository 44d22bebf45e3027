//! Public keys, their algorithms and fingerprints.
//!
//! It must never hold anything secret.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use aws_lc_rs::signature::{self, ParsedPublicKey, VerificationAlgorithm};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::small_order;
use crate::text::serde_as_text;
use crate::{KeyError, sha256};

/// A signature algorithm, under its name in the HTTP Signature Algorithms registry
/// (RFC 9421 section 6.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Algorithm {
    /// `ed25519` (RFC 8032), the ordinary choice.
    Ed25519,
    /// `ecdsa-p256-sha256` (FIPS 186-5), for TLS and for hardware without Ed25519.
    EcdsaP256Sha256,
}

impl Algorithm {
    /// The registered name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ed25519 => "ed25519",
            Self::EcdsaP256Sha256 => "ecdsa-p256-sha256",
        }
    }

    fn verification(self) -> &'static dyn VerificationAlgorithm {
        match self {
            Self::Ed25519 => &signature::ED25519,
            Self::EcdsaP256Sha256 => &signature::ECDSA_P256_SHA256_FIXED,
        }
    }

    /// The DER of a SubjectPublicKeyInfo up to the key bytes; its length is fixed because the
    /// key's is (RFC 8410 section 4, RFC 5480 section 2).
    const fn spki_prefix(self) -> &'static [u8] {
        match self {
            Self::Ed25519 => b"\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00",
            Self::EcdsaP256Sha256 => {
                b"\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\
                  \x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x03\x42\x00"
            }
        }
    }

    const fn key_bytes(self) -> usize {
        match self {
            Self::Ed25519 => 32,
            Self::EcdsaP256Sha256 => 65,
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Algorithm {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        [Self::Ed25519, Self::EcdsaP256Sha256]
            .into_iter()
            .find(|algorithm| algorithm.name() == text)
            .ok_or(KeyError::UnknownAlgorithm)
    }
}

serde_as_text!(Algorithm);

/// A public key that was checked to be one; written `ed25519:<base64>`.
///
/// A clone is a reference: the directory holds many keys, and every exchange looks at some of them.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PublicKey(Arc<Parts>);

#[derive(PartialEq, Eq, Hash)]
struct Parts {
    algorithm: Algorithm,
    bytes: Box<[u8]>,
    /// Kept, because keys are looked up by it more often than they are made.
    fingerprint: Fingerprint,
}

impl PublicKey {
    /// Takes a raw Ed25519 key (32 bytes) or an uncompressed P-256 point (65 bytes).
    ///
    /// # Errors
    /// [`KeyError::Malformed`] for a wrong length, for a point that is not on the curve, and for
    /// an Ed25519 point of small order, under which signatures prove nothing.
    pub fn new(algorithm: Algorithm, bytes: &[u8]) -> Result<Self, KeyError> {
        let refused = |why| KeyError::Malformed { what: "public key", why };
        if bytes.len() != algorithm.key_bytes() {
            return Err(refused("it has the wrong length for its algorithm"));
        }
        if algorithm == Algorithm::Ed25519 && small_order::is_ed25519(bytes) {
            return Err(refused("it is an ed25519 point of small order"));
        }
        ParsedPublicKey::new(algorithm.verification(), bytes).map_err(|_| refused("it is not a point on the curve"))?;
        let fingerprint = Fingerprint(sha256(&[algorithm.spki_prefix(), bytes].concat()));
        Ok(Self(Arc::new(Parts { algorithm, bytes: bytes.into(), fingerprint })))
    }

    /// What the key signs with.
    pub fn algorithm(&self) -> Algorithm {
        self.0.algorithm
    }

    /// The raw key, as [`PublicKey::new`] takes it.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0.bytes
    }

    /// The key as a DER SubjectPublicKeyInfo (RFC 5280 section 4.1.2.7).
    pub fn spki(&self) -> Vec<u8> {
        [self.0.algorithm.spki_prefix(), &self.0.bytes].concat()
    }

    /// The SHA-256 of [`PublicKey::spki`], the same for a signing key and for a TLS key.
    pub fn fingerprint(&self) -> Fingerprint {
        self.0.fingerprint
    }

    /// Checks `signature` over `message`, in the form [`crate::Signer::sign`] makes.
    ///
    /// # Errors
    /// [`KeyError::BadSignature`], which never says why.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), KeyError> {
        let Parts { algorithm, bytes, .. } = &*self.0;
        algorithm.verification().verify_sig(bytes, message, signature).map_err(|_| KeyError::BadSignature)
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.0.algorithm, STANDARD.encode(&self.0.bytes))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({self})")
    }
}

impl FromStr for PublicKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let refused = |why| KeyError::Malformed { what: "public key", why };
        let (algorithm, key) = text.split_once(':').ok_or(refused("expected <algorithm>:<base64>"))?;
        let algorithm: Algorithm = algorithm.parse()?;
        // Longer than any key: do not decode what cannot be one.
        if key.len() > 128 {
            return Err(refused("it has the wrong length for its algorithm"));
        }
        let bytes = STANDARD.decode(key).map_err(|_| refused("the key is not base64"))?;
        Self::new(algorithm, &bytes)
    }
}

serde_as_text!(PublicKey);

/// The SHA-256 of a key's SubjectPublicKeyInfo; written `sha256:<64 lower-case hex digits>`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fingerprint(pub [u8; 32]);

impl Fingerprint {
    /// The raw digest.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("sha256:")?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({self})")
    }
}

impl FromStr for Fingerprint {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let why = "expected sha256: and 64 lower-case hex digits";
        let refused = || KeyError::Malformed { what: "key fingerprint", why };
        let digit = |byte: u8| match byte {
            b'0'..=b'9' => Ok(byte - b'0'),
            b'a'..=b'f' => Ok(byte - b'a' + 10),
            _ => Err(refused()),
        };
        let hex = text.strip_prefix("sha256:").ok_or_else(refused)?.as_bytes();
        if hex.len() != 64 {
            return Err(refused());
        }
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(hex.chunks_exact(2)) {
            *byte = digit(pair[0])? << 4 | digit(pair[1])?;
        }
        Ok(Self(bytes))
    }
}

serde_as_text!(Fingerprint);
