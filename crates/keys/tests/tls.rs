//! TLS handshakes between pinned peers, in memory.
#![allow(clippy::unwrap_used, reason = "in a test a panic is the failure report")]

use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use packhorse_keys::tls::{
    PinnedKeys, TlsIdentity, mutual_client_config, mutual_server_config, peer_fingerprint, pinned_client_config,
    server_config, server_config_with_optional_client, tls_fingerprint,
};
use packhorse_keys::{Fingerprint, KeyError, verify_document};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, Error, NamedGroup, ProtocolVersion, ServerConfig, ServerConnection};

const H2: &[&[u8]] = &[b"h2"];

/// One key, which can be suspended.
#[derive(Debug)]
struct Pin(Fingerprint, AtomicBool);

impl PinnedKeys for Pin {
    fn is_pinned(&self, key: &Fingerprint) -> bool {
        self.0 == *key && self.1.load(Ordering::SeqCst)
    }
}

fn pin(identity: &TlsIdentity) -> Arc<Pin> {
    Arc::new(Pin(identity.fingerprint(), AtomicBool::new(true)))
}

fn identity() -> TlsIdentity {
    TlsIdentity::generate().unwrap()
}

/// Carries bytes between two fresh connections until both have finished or one refuses; then
/// a word each way, because a TLS 1.3 client hears of its refusal only after its own finish.
fn handshake(
    client: Arc<ClientConfig>,
    server: Arc<ServerConfig>,
) -> Result<(ClientConnection, ServerConnection), Error> {
    let name = ServerName::try_from("gw.example.gov.uk").unwrap();
    let mut client = ClientConnection::new(client, name).unwrap();
    let mut server = ServerConnection::new(server).unwrap();
    client.writer().write_all(b"ping").unwrap();
    server.writer().write_all(b"pong").unwrap();
    for _ in 0..8 {
        let mut wire = Vec::new();
        client.write_tls(&mut wire).unwrap();
        server.read_tls(&mut wire.as_slice()).unwrap();
        let server_says = server.process_new_packets();
        let mut wire = Vec::new();
        server.write_tls(&mut wire).unwrap();
        client.read_tls(&mut wire.as_slice()).unwrap();
        server_says?;
        client.process_new_packets()?;
    }
    assert!(!client.is_handshaking() && !server.is_handshaking());
    let mut word = [0; 4];
    server.reader().read_exact(&mut word).unwrap();
    assert_eq!(&word, b"ping");
    client.reader().read_exact(&mut word).unwrap();
    assert_eq!(&word, b"pong");
    Ok((client, server))
}

#[test]
fn peers_who_pin_each_other_talk_tls_1_3_with_post_quantum_key_exchange() {
    let (ours, theirs) = (identity(), identity());
    let server = mutual_server_config(&theirs, pin(&ours), H2).unwrap();
    let client = mutual_client_config(&ours, pin(&theirs), H2).unwrap();
    let (client, server) = handshake(client, server).unwrap();
    assert_eq!(client.protocol_version(), Some(ProtocolVersion::TLSv1_3));
    let group = client.negotiated_key_exchange_group().unwrap().name();
    assert_eq!(group, NamedGroup::X25519MLKEM768);
    assert_eq!(client.alpn_protocol(), Some(&b"h2"[..]));
    let seen_by_server = peer_fingerprint(server.peer_certificates().unwrap()).unwrap();
    assert_eq!(seen_by_server, ours.fingerprint());
    let seen_by_client = peer_fingerprint(client.peer_certificates().unwrap()).unwrap();
    assert_eq!(seen_by_client, tls_fingerprint(theirs.public_key()));
    assert_eq!(server.server_name(), None, "who is called is not sent in the clear");
}

#[test]
fn a_client_whose_key_is_not_pinned_is_refused() {
    let (ours, theirs, stranger) = (identity(), identity(), identity());
    let server = mutual_server_config(&theirs, pin(&ours), H2).unwrap();
    let client = mutual_client_config(&stranger, pin(&theirs), H2).unwrap();
    assert!(matches!(handshake(client, server), Err(Error::InvalidCertificate(_))));
}

#[test]
fn a_server_whose_key_is_not_pinned_is_refused() {
    let (ours, theirs, stranger) = (identity(), identity(), identity());
    let server = mutual_server_config(&stranger, pin(&ours), H2).unwrap();
    let client = mutual_client_config(&ours, pin(&theirs), H2).unwrap();
    assert!(matches!(handshake(client, server), Err(Error::InvalidCertificate(_))));
}

#[test]
fn a_client_without_a_certificate_is_refused() {
    let (ours, theirs) = (identity(), identity());
    let server = mutual_server_config(&theirs, pin(&ours), H2).unwrap();
    let client = pinned_client_config(pin(&theirs), H2).unwrap();
    assert!(matches!(handshake(client, server), Err(Error::NoCertificatesPresented)));
}

#[test]
fn a_suspended_peer_is_cut_off_with_the_next_connection_on_either_side() {
    let (ours, theirs) = (identity(), identity());
    let (pin_ours, pin_theirs) = (pin(&ours), pin(&theirs));
    let server = mutual_server_config(&theirs, pin_ours.clone(), H2).unwrap();
    let client = mutual_client_config(&ours, pin_theirs.clone(), H2).unwrap();
    let again = || handshake(client.clone(), server.clone());
    for _ in 0..3 {
        assert!(again().is_ok());
    }
    pin_ours.1.store(false, Ordering::SeqCst);
    assert!(again().is_err(), "the server must ask for the pin again, and not resume");
    pin_ours.1.store(true, Ordering::SeqCst);
    assert!(again().is_ok());
    pin_theirs.1.store(false, Ordering::SeqCst);
    assert!(again().is_err(), "the client must ask for the pin again, and not resume");
}

#[test]
fn a_certificate_presented_without_its_key_is_refused() {
    // The thief has the certificate, which is public, and a key of another's.
    let (ours, theirs, thief) = (identity(), identity(), identity());
    let pem = |identity: &TlsIdentity| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tls.pem");
        identity.save(&path).unwrap();
        std::fs::read(path).unwrap()
    };
    use rustls::pki_types::pem::PemObject;
    use rustls::pki_types::{CertificateDer, PrivateKeyDer};
    let certificate = CertificateDer::from_pem_slice(&pem(&ours)).unwrap();
    let key = PrivateKeyDer::from_pem_slice(&pem(&thief)).unwrap();
    let key = rustls::crypto::aws_lc_rs::sign::any_ecdsa_type(&key).unwrap();
    let forged = Arc::new(rustls::sign::CertifiedKey::new(vec![certificate], key));
    let mut client = Arc::unwrap_or_clone(mutual_client_config(&ours, pin(&theirs), H2).unwrap());
    client.client_auth_cert_resolver = Arc::new(rustls::sign::SingleCertAndKey::from(forged));
    let server = mutual_server_config(&theirs, pin(&ours), H2).unwrap();
    let refused = handshake(Arc::new(client), server);
    assert!(matches!(refused, Err(Error::InvalidCertificate(_))), "{refused:?}");
}

#[test]
fn tls_1_2_is_refused_by_server_and_client() {
    let (ours, theirs) = (identity(), identity());
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let old_client = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS12])
        .unwrap()
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    for server in [
        mutual_server_config(&theirs, pin(&ours), &[]).unwrap(),
        server_config(&theirs, &[]).unwrap(),
        server_config_with_optional_client(&theirs, &[]).unwrap(),
    ] {
        let refused = handshake(Arc::new(old_client.clone()), server);
        assert!(matches!(refused, Err(Error::PeerIncompatible(_))), "{refused:?}");
    }
    let old_server = Arc::new(old_server(&theirs));
    for client in
        [mutual_client_config(&ours, pin(&theirs), &[]).unwrap(), pinned_client_config(pin(&theirs), &[]).unwrap()]
    {
        let refused = handshake(client, old_server.clone());
        assert!(matches!(refused, Err(Error::PeerIncompatible(_))), "{refused:?}");
    }
}

/// The same identity, offered over TLS 1.2 alone.
fn old_server(identity: &TlsIdentity) -> ServerConfig {
    let resolver = server_config(identity, &[]).unwrap().cert_resolver.clone();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS12])
        .unwrap()
        .with_no_client_auth()
        .with_cert_resolver(resolver)
}

#[test]
fn the_inside_port_tells_who_came_and_takes_those_who_say_nothing() {
    let (ours, theirs) = (identity(), identity());
    let server = server_config_with_optional_client(&theirs, H2).unwrap();
    let known = mutual_client_config(&ours, pin(&theirs), H2).unwrap();
    let (_, seen) = handshake(known, server.clone()).unwrap();
    let fingerprint = peer_fingerprint(seen.peer_certificates().unwrap()).unwrap();
    assert_eq!(fingerprint, ours.fingerprint());
    let silent = pinned_client_config(pin(&theirs), H2).unwrap();
    let (_, seen) = handshake(silent, server).unwrap();
    let nobody = peer_fingerprint(seen.peer_certificates().unwrap_or_default());
    assert!(matches!(nobody, Err(KeyError::NoCertificate)));
}

#[test]
fn the_registry_is_reached_with_a_pin_and_without_a_key_of_ones_own() {
    let registry = identity();
    let server = server_config(&registry, H2).unwrap();
    let client = pinned_client_config(pin(&registry), H2).unwrap();
    assert!(handshake(client, server.clone()).is_ok());
    let client = pinned_client_config(pin(&identity()), H2).unwrap();
    assert!(matches!(handshake(client, server), Err(Error::InvalidCertificate(_))));
}

#[test]
fn a_client_that_trusts_the_certificate_itself_and_checks_names_is_content() {
    // What curl --cacert and browsers do: chain, dates and name by rustls's own verifier.
    use rustls::pki_types::CertificateDer;
    use rustls::pki_types::pem::PemObject;
    let theirs = TlsIdentity::generate_for(&["gw.example.gov.uk", "127.0.0.1"]).unwrap();
    let mut roots = rustls::RootCertStore::empty();
    let pem = theirs.certificate_pem();
    roots.add(CertificateDer::from_pem_slice(pem.as_bytes()).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let client = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    handshake(Arc::new(client), server_config(&theirs, &[]).unwrap()).unwrap();
}

#[test]
fn an_identity_survives_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tls.pem");
    let saved = identity();
    saved.save(&path).unwrap();
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o7777, 0o600);
    let loaded = TlsIdentity::load(&path).unwrap();
    assert_eq!(loaded.fingerprint(), saved.fingerprint());
    assert_eq!(loaded.certificate_pem(), saved.certificate_pem());
    assert!(matches!(saved.save(&path), Err(KeyError::FileExists { .. })));
    let server = server_config(&loaded, H2).unwrap();
    assert!(handshake(pinned_client_config(pin(&saved), H2).unwrap(), server).is_ok());
}

#[test]
fn a_file_with_another_keys_certificate_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tls.pem");
    identity().save(&path).unwrap();
    let pem = std::fs::read_to_string(&path).unwrap();
    let (key, _) = pem.split_once("-----BEGIN CERTIFICATE").unwrap();
    std::fs::write(&path, format!("{key}{}", identity().certificate_pem())).unwrap();
    assert!(matches!(TlsIdentity::load(&path), Err(KeyError::Malformed { .. })));
    std::fs::write(&path, key).unwrap();
    assert!(matches!(TlsIdentity::load(&path), Err(KeyError::Malformed { .. })));
}

#[test]
fn possession_of_the_tls_key_is_proved_by_signing_with_it() {
    let ours = identity();
    let proof = ours.prove_possession(b"please admit us").unwrap();
    let verify = |statement| verify_document(ours.public_key(), TlsIdentity::POSSESSION, statement, &proof);
    assert!(verify(b"please admit us").is_ok());
    assert!(verify(b"please admit them").is_err());
    assert_eq!(proof.key, ours.fingerprint());
    assert_eq!(ours.signer().public_key(), ours.public_key());
    assert!(!format!("{ours:?}").to_lowercase().contains("private"));
}
