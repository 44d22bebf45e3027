//! Judges a peer by its key alone.
//!
//! It must never know who is pinned or why. The peer's signature over the handshake is always
//! checked: without it, anybody could present anybody's certificate.

use std::fmt::Debug;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{CertificateError, DigitallySignedStruct, DistinguishedName, Error, SignatureScheme};
use webpki::EndEntityCert;

use crate::{Fingerprint, KeyError, PublicKey, sha256};

/// The keys that may be talked to now.
///
/// Asked at every handshake, so that a suspended peer is cut off with the next connection. It
/// is asked on the connection's own thread and must answer from memory.
pub trait PinnedKeys: Debug + Send + Sync {
    /// Whether the key with this SubjectPublicKeyInfo fingerprint is welcome.
    fn is_pinned(&self, key: &Fingerprint) -> bool;
}

/// The key a peer has proved to hold, from the certificates of a finished handshake; equal to
/// [`crate::PublicKey::fingerprint`] of that key.
///
/// # Errors
/// [`KeyError::NoCertificate`] when it presented none, [`KeyError::Malformed`] when the first
/// cannot be read.
pub fn peer_fingerprint(certificates: &[CertificateDer<'_>]) -> Result<Fingerprint, KeyError> {
    let certificate = certificates.first().ok_or(KeyError::NoCertificate)?;
    let parsed = EndEntityCert::try_from(certificate).map_err(|_| KeyError::Malformed {
        what: "tls certificate",
        why: "expected an X.509 version 3 certificate in DER",
    })?;
    Ok(Fingerprint(sha256(&parsed.subject_public_key_info())))
}

/// What [`peer_fingerprint`] will say of a peer who holds `key`: how a directory that lists
/// public keys pins them.
pub fn tls_fingerprint(key: &PublicKey) -> Fingerprint {
    key.fingerprint()
}

/// Accepts a peer, on either side, whose key is pinned.
#[derive(Debug)]
pub(super) struct PinnedPeer {
    pins: Arc<dyn PinnedKeys>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl PinnedPeer {
    pub(super) fn new(pins: Arc<dyn PinnedKeys>, provider: &CryptoProvider) -> Self {
        Self { pins, algorithms: provider.signature_verification_algorithms }
    }

    fn judge(&self, certificate: &CertificateDer<'_>) -> Result<(), Error> {
        if self.pins.is_pinned(&readable(certificate)?) {
            return Ok(());
        }
        Err(CertificateError::ApplicationVerificationFailure.into())
    }
}

/// Accepts any client, for the application to judge by [`peer_fingerprint`].
#[derive(Debug)]
pub(super) struct AnyClient {
    algorithms: WebPkiSupportedAlgorithms,
}

impl AnyClient {
    pub(super) fn new(provider: &CryptoProvider) -> Self {
        Self { algorithms: provider.signature_verification_algorithms }
    }
}

fn readable(certificate: &CertificateDer<'_>) -> Result<Fingerprint, Error> {
    peer_fingerprint(std::slice::from_ref(certificate)).map_err(|_| CertificateError::BadEncoding.into())
}

/// The part that all verifiers share: TLS 1.3 signatures through the provider, 1.2 never.
macro_rules! verify_handshake_signatures {
    () => {
        fn verify_tls12_signature(
            &self,
            _: &[u8],
            _: &CertificateDer<'_>,
            _: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, Error> {
            Err(Error::General("tls 1.2 is not spoken here".into()))
        }

        fn verify_tls13_signature(
            &self,
            message: &[u8],
            certificate: &CertificateDer<'_>,
            signed: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, Error> {
            verify_tls13_signature(message, certificate, signed, &self.algorithms)
        }

        fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
            self.algorithms.supported_schemes()
        }
    };
}

impl ServerCertVerifier for PinnedPeer {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        self.judge(certificate).map(|()| ServerCertVerified::assertion())
    }

    verify_handshake_signatures!();
}

impl ClientCertVerifier for PinnedPeer {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        certificate: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        self.judge(certificate).map(|()| ClientCertVerified::assertion())
    }

    verify_handshake_signatures!();
}

impl ClientCertVerifier for AnyClient {
    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        certificate: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        readable(certificate).map(|_| ClientCertVerified::assertion())
    }

    verify_handshake_signatures!();
}
