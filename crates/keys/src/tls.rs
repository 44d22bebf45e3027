//! TLS between parties who know each other's keys: version 1.3 alone, post-quantum key
//! exchange first, and pinned keys in place of certificate authorities.
//!
//! It must never know which organisation a key belongs to, nor open a socket. A certificate is
//! only the envelope that TLS wants around a key: names, dates and issuers in it mean nothing.
//! This is the one place that builds a cryptography provider.

mod identity;
mod pins;

pub use identity::TlsIdentity;
pub use pins::{PinnedKeys, peer_fingerprint, tls_fingerprint};

use std::sync::Arc;

use rustls::client::Resumption;
use rustls::crypto::CryptoProvider;
use rustls::crypto::aws_lc_rs::{default_provider, kx_group};
use rustls::server::NoServerSessionStorage;
use rustls::version::TLS13;
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;

use crate::KeyError;
use pins::{AnyClient, PinnedPeer};

/// For the outside port: clients must present a pinned key. `alpn` lists protocols, best first.
///
/// Sessions are not resumed, so that the pin is asked for on every connection.
///
/// # Errors
/// [`KeyError::Tls`] when the library refuses the key.
pub fn mutual_server_config(
    identity: &TlsIdentity,
    clients: Arc<dyn PinnedKeys>,
    alpn: &[&[u8]],
) -> Result<Arc<ServerConfig>, KeyError> {
    let provider = provider();
    let verifier = Arc::new(PinnedPeer::new(clients, &provider));
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&TLS13])?
        .with_client_cert_verifier(verifier)
        .with_cert_resolver(identity.resolver());
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    config.alpn_protocols = protocols(alpn);
    Ok(Arc::new(config))
}

/// For the inside port: any client may come, with a certificate or without. The caller takes
/// [`peer_fingerprint`] of the connection and judges by it.
///
/// # Errors
/// [`KeyError::Tls`] when the library refuses the key.
pub fn server_config_with_optional_client(
    identity: &TlsIdentity,
    alpn: &[&[u8]],
) -> Result<Arc<ServerConfig>, KeyError> {
    let provider = provider();
    let verifier = Arc::new(AnyClient::new(&provider));
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&TLS13])?
        .with_client_cert_verifier(verifier)
        .with_cert_resolver(identity.resolver());
    config.alpn_protocols = protocols(alpn);
    Ok(Arc::new(config))
}

/// For a public service such as the registry: clients present nothing.
///
/// # Errors
/// [`KeyError::Tls`] when the library refuses the key.
pub fn server_config(identity: &TlsIdentity, alpn: &[&[u8]]) -> Result<Arc<ServerConfig>, KeyError> {
    let mut config = ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&TLS13])?
        .with_no_client_auth()
        .with_cert_resolver(identity.resolver());
    config.alpn_protocols = protocols(alpn);
    Ok(Arc::new(config))
}

/// For calling another gateway: the server's key must be pinned and our own is presented.
///
/// Sessions are not resumed, so that the pin is asked for on every connection.
///
/// # Errors
/// [`KeyError::Tls`] when the library refuses the key.
pub fn mutual_client_config(
    identity: &TlsIdentity,
    server: Arc<dyn PinnedKeys>,
    alpn: &[&[u8]],
) -> Result<Arc<ClientConfig>, KeyError> {
    let provider = provider();
    let verifier = Arc::new(PinnedPeer::new(server, &provider));
    let config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&TLS13])?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_client_cert_resolver(identity.resolver());
    Ok(finish_client(config, alpn))
}

/// For calling the registry: the server's key must be pinned and nothing is presented.
///
/// # Errors
/// [`KeyError::Tls`] when the library refuses the configuration.
pub fn pinned_client_config(server: Arc<dyn PinnedKeys>, alpn: &[&[u8]]) -> Result<Arc<ClientConfig>, KeyError> {
    let provider = provider();
    let verifier = Arc::new(PinnedPeer::new(server, &provider));
    let config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&TLS13])?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    Ok(finish_client(config, alpn))
}

/// For calling a service that is no gateway: its certificate must be issued, for the name that is called, by one of
/// the authorities in this PEM text. No authority of the machine's own counts.
///
/// # Errors
/// [`KeyError::Malformed`] when the text holds no certificate or something else, [`KeyError::Tls`] when the library
/// refuses an authority.
pub fn authorities_client_config(authorities: &[u8]) -> Result<ClientConfig, KeyError> {
    let unreadable =
        || KeyError::Malformed { what: "file of certificate authorities", why: "expected X.509 certificates in PEM" };
    let mut roots = RootCertStore::empty();
    for authority in CertificateDer::pem_slice_iter(authorities) {
        roots.add(authority.map_err(|_| unreadable())?)?;
    }
    if roots.is_empty() {
        return Err(unreadable());
    }
    Ok(ClientConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&TLS13])?
        .with_root_certificates(roots)
        .with_no_client_auth())
}

/// The server name carries no trust here, and in the clear it would tell an onlooker who is
/// called: it is not sent.
fn finish_client(mut config: ClientConfig, alpn: &[&[u8]]) -> Arc<ClientConfig> {
    config.resumption = Resumption::disabled();
    config.enable_sni = false;
    config.alpn_protocols = protocols(alpn);
    Arc::new(config)
}

/// X25519MLKEM768 first, so that traffic recorded today stays shut when quantum computers come;
/// X25519 and P-256 for plain clients at the inside port.
fn provider() -> Arc<CryptoProvider> {
    Arc::new(CryptoProvider {
        kx_groups: vec![kx_group::X25519MLKEM768, kx_group::X25519, kx_group::SECP256R1],
        ..default_provider()
    })
}

fn protocols(alpn: &[&[u8]]) -> Vec<Vec<u8>> {
    alpn.iter().map(|protocol| protocol.to_vec()).collect()
}
