//! A private key held in this process and kept in a file of its own.
//!
//! It must never show the key: AWS-LC wipes its memory when the key is dropped, our buffers
//! around it are wiped (a PEM reader's own scratch buffer is not ours to wipe), and `Debug`
//! prints the public half.

use std::fmt;
use std::path::Path;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair};
use rustls_pki_types::PrivatePkcs8KeyDer;
use rustls_pki_types::pem::PemObject;
use zeroize::Zeroizing;

use super::{Algorithm, PublicKey, Signer};
use crate::KeyError;
use crate::file::{read_secret, secret_pem, write_secret};

/// A signing key in memory.
pub struct SoftwareKey {
    public: PublicKey,
    pair: Pair,
}

enum Pair {
    Ed25519(Ed25519KeyPair),
    EcdsaP256Sha256(EcdsaKeyPair),
}

impl SoftwareKey {
    /// Makes a new key.
    ///
    /// # Errors
    /// [`KeyError::Crypto`] when there is no randomness.
    pub fn generate(algorithm: Algorithm) -> Result<Self, KeyError> {
        let failed = |_| KeyError::Crypto("make a key");
        Self::from_pair(match algorithm {
            Algorithm::Ed25519 => Pair::Ed25519(Ed25519KeyPair::generate().map_err(failed)?),
            Algorithm::EcdsaP256Sha256 => {
                Pair::EcdsaP256Sha256(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map_err(failed)?)
            }
        })
    }

    /// The Ed25519 key that belongs to a seed (RFC 8032 section 5.1.5): for test vectors and
    /// for keys derived elsewhere.
    ///
    /// # Errors
    /// [`KeyError::Crypto`] when the library refuses the seed.
    pub fn from_ed25519_seed(seed: &[u8; 32]) -> Result<Self, KeyError> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| KeyError::Crypto("use the ed25519 seed"))?;
        Self::from_pair(Pair::Ed25519(pair))
    }

    /// Reads a key from a PKCS#8 PEM file (RFC 7468 section 10).
    ///
    /// # Errors
    /// [`KeyError::FileNotPrivate`] when others have any right to the file,
    /// [`KeyError::File`] when it cannot be read, [`KeyError::Malformed`] when it holds no
    /// Ed25519 or P-256 key.
    pub fn load(path: &Path) -> Result<Self, KeyError> {
        Self::from_pem(&read_secret(path)?)
    }

    /// Writes the key as PKCS#8 PEM into a new file that only its owner can use (mode 0600).
    ///
    /// # Errors
    /// [`KeyError::FileExists`] rather than overwriting, [`KeyError::File`] when it cannot be
    /// written.
    pub fn save(&self, path: &Path) -> Result<(), KeyError> {
        write_secret(path, secret_pem("PRIVATE KEY", &self.pkcs8()?).as_bytes())
    }

    /// Reads the first PKCS#8 block of a PEM text.
    pub(crate) fn from_pem(pem: &[u8]) -> Result<Self, KeyError> {
        let why = "expected a PKCS#8 PEM block with an ed25519 or p-256 key";
        let refused = || KeyError::Malformed { what: "private key", why };
        let der = Zeroizing::new(PrivatePkcs8KeyDer::from_pem_slice(pem).map_err(|_| refused())?);
        let pkcs8 = der.secret_pkcs8_der();
        if let Ok(pair) = Ed25519KeyPair::from_pkcs8(pkcs8) {
            return Self::from_pair(Pair::Ed25519(pair));
        }
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8).map_err(|_| refused())?;
        Self::from_pair(Pair::EcdsaP256Sha256(pair))
    }

    /// The private key as PKCS#8 version 1, which every tool reads.
    pub(crate) fn pkcs8(&self) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let document = match &self.pair {
            Pair::Ed25519(pair) => pair.to_pkcs8v1(),
            Pair::EcdsaP256Sha256(pair) => pair.to_pkcs8v1(),
        };
        let document = document.map_err(|_| KeyError::Crypto("write down the key"))?;
        Ok(Zeroizing::new(document.as_ref().to_vec()))
    }

    fn from_pair(pair: Pair) -> Result<Self, KeyError> {
        let public = match &pair {
            Pair::Ed25519(pair) => PublicKey::new(Algorithm::Ed25519, pair.public_key().as_ref()),
            Pair::EcdsaP256Sha256(pair) => PublicKey::new(Algorithm::EcdsaP256Sha256, pair.public_key().as_ref()),
        }?;
        Ok(Self { public, pair })
    }
}

impl Signer for SoftwareKey {
    fn public_key(&self) -> &PublicKey {
        &self.public
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        let signature = match &self.pair {
            Pair::Ed25519(pair) => pair.sign(message),
            Pair::EcdsaP256Sha256(pair) => {
                pair.sign(&SystemRandom::new(), message).map_err(|_| KeyError::Crypto("sign with the key"))?
            }
        };
        Ok(signature.as_ref().to_vec())
    }
}

impl fmt::Debug for SoftwareKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SoftwareKey").field("public", &self.public).finish_non_exhaustive()
    }
}
