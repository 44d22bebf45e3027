//! One's own TLS key and the self-signed certificate around it.
//!
//! It must never know the organisation behind the key. The key is P-256 because every TLS
//! client, browsers included, can use it; Ed25519 they cannot.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair};
use rcgen::{CertificateParams, DistinguishedName, DnType, PublicKeyData, SigningKey};
use rustls::crypto::aws_lc_rs::sign::any_ecdsa_type;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use zeroize::Zeroizing;

use super::peer_fingerprint;
use crate::file::{read_secret, secret_pem, write_secret};
use crate::{Algorithm, DocumentSignature, Fingerprint, KeyError, PublicKey, Signer, SoftwareKey, sign_document};

/// A TLS key with its certificate.
pub struct TlsIdentity {
    key: SoftwareKey,
    fingerprint: Fingerprint,
    certified: Arc<CertifiedKey>,
}

impl TlsIdentity {
    /// The signature context under which possession of a TLS key is proved.
    pub const POSSESSION: &str = "tls-possession";

    /// Makes a new key and a certificate for `localhost`.
    ///
    /// # Errors
    /// [`KeyError::Crypto`] when there is no randomness.
    pub fn generate() -> Result<Self, KeyError> {
        Self::generate_for(&["localhost"])
    }

    /// Makes a new key and a certificate for these DNS names or IP addresses. Peers who pin the
    /// key ignore them; browsers at the inside port look at them.
    ///
    /// # Errors
    /// [`KeyError::Malformed`] for a name that cannot stand in a certificate,
    /// [`KeyError::Crypto`] when there is no randomness.
    pub fn generate_for(names: &[&str]) -> Result<Self, KeyError> {
        let key = SoftwareKey::generate(Algorithm::EcdsaP256Sha256)?;
        let certificate = self_signed(&key, names)?;
        Self::new(key, certificate)
    }

    /// Reads the key and the certificate from one PEM file.
    ///
    /// # Errors
    /// [`KeyError::FileNotPrivate`] when others have any right to the file,
    /// [`KeyError::File`] when it cannot be read, [`KeyError::Malformed`] when it does not hold
    /// a P-256 key and a certificate of that key.
    pub fn load(path: &Path) -> Result<Self, KeyError> {
        let pem = read_secret(path)?;
        let key = SoftwareKey::from_pem(&pem)?;
        let certificate =
            CertificateDer::from_pem_slice(&pem).map_err(|_| refused("expected a certificate after the key"))?;
        Self::new(key, certificate)
    }

    /// Writes the key and the certificate into one new PEM file that only its owner can use
    /// (mode 0600).
    ///
    /// # Errors
    /// [`KeyError::FileExists`] rather than overwriting, [`KeyError::File`] when it cannot be
    /// written.
    pub fn save(&self, path: &Path) -> Result<(), KeyError> {
        let key = secret_pem("PRIVATE KEY", &self.key.pkcs8()?);
        let both = Zeroizing::new([key.as_str(), &self.certificate_pem()].concat());
        write_secret(path, both.as_bytes())
    }

    /// The SHA-256 of the key's SubjectPublicKeyInfo, by which peers pin it.
    pub fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }

    /// The public key, as the directory lists it.
    pub fn public_key(&self) -> &PublicKey {
        self.key.public_key()
    }

    /// The certificate as PEM, for clients such as browsers and curl that must be told of it.
    pub fn certificate_pem(&self) -> String {
        let certificate = self.certified.cert.first().map(AsRef::as_ref).unwrap_or_default();
        // Public, but the same format: one writer of PEM is enough.
        secret_pem("CERTIFICATE", certificate).to_string()
    }

    /// The TLS key as a signer, to show possession of it in a request to join a network.
    ///
    /// Sign documents with it only through [`sign_document`], whose first line keeps them apart
    /// from TLS handshakes; [`TlsIdentity::prove_possession`] does.
    pub fn signer(&self) -> &dyn Signer {
        &self.key
    }

    /// Signs a statement to show possession of the TLS key; checked by
    /// [`crate::verify_document`] with the context [`TlsIdentity::POSSESSION`].
    ///
    /// # Errors
    /// [`KeyError::Crypto`] when the key cannot be used.
    pub fn prove_possession(&self, statement: &[u8]) -> Result<DocumentSignature, KeyError> {
        sign_document(&self.key, Self::POSSESSION, statement)
    }

    pub(super) fn resolver(&self) -> Arc<SingleCertAndKey> {
        Arc::new(self.certified.clone().into())
    }

    fn new(key: SoftwareKey, certificate: CertificateDer<'static>) -> Result<Self, KeyError> {
        if key.public_key().algorithm() != Algorithm::EcdsaP256Sha256 {
            return Err(refused("the key is not a p-256 key"));
        }
        let fingerprint = peer_fingerprint(std::slice::from_ref(&certificate))?;
        if fingerprint != key.public_key().fingerprint() {
            return Err(refused("the certificate is for another key"));
        }
        let der = Zeroizing::new(PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.pkcs8()?.to_vec())));
        let certified = Arc::new(CertifiedKey::new(vec![certificate], any_ecdsa_type(&der)?));
        Ok(Self { key, fingerprint, certified })
    }
}

impl fmt::Debug for TlsIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsIdentity").field("fingerprint", &self.fingerprint).finish_non_exhaustive()
    }
}

fn refused(why: &'static str) -> KeyError {
    KeyError::Malformed { what: "tls identity", why }
}

/// A certificate without an end (RFC 5280 section 4.1.2.5): pins are what expires.
fn self_signed(key: &SoftwareKey, names: &[&str]) -> Result<CertificateDer<'static>, KeyError> {
    let pkcs8 = key.pkcs8()?;
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &pkcs8)
        .map_err(|_| KeyError::Crypto("use the tls key"))?;
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut parameters = CertificateParams::new(names).map_err(|_| refused("a name cannot stand in a certificate"))?;
    let mut subject = DistinguishedName::new();
    subject.push(DnType::CommonName, "packhorse");
    parameters.distinguished_name = subject;
    parameters.not_before = rcgen::date_time_ymd(2000, 1, 1);
    parameters.not_after = rcgen::date_time_ymd(9999, 12, 31);
    let certificate = parameters
        .self_signed(&CertificateKey { public: key.public_key(), pair })
        .map_err(|_| KeyError::Crypto("make a certificate"))?;
    Ok(certificate.into())
}

/// Lets rcgen sign without handing it the key: it would keep a copy that is never wiped.
/// X.509 wants ECDSA signatures in DER (RFC 5480), unlike [`Signer`].
struct CertificateKey<'a> {
    public: &'a PublicKey,
    pair: EcdsaKeyPair,
}

impl PublicKeyData for CertificateKey<'_> {
    fn der_bytes(&self) -> &[u8] {
        self.public.as_bytes()
    }

    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        &rcgen::PKCS_ECDSA_P256_SHA256
    }
}

impl SigningKey for CertificateKey<'_> {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        let signature = self.pair.sign(&SystemRandom::new(), message);
        signature.map(|made| made.as_ref().to_vec()).map_err(|_| rcgen::Error::RingUnspecified)
    }
}
