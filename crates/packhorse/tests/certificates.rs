//! Stories at an inside port that is encrypted: a system proves itself by the key of its client certificate.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a panic is the failure report")]
#![allow(dead_code, reason = "every file of stories uses its part of the network")]

mod network;

use std::sync::Arc;

use network::Network;
use network::http::Answer;
use packhorse_keys::tls::{PinnedKeys, mutual_client_config, pinned_client_config};
use packhorse_keys::{Fingerprint, TlsIdentity};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;

#[test]
fn a_system_proves_itself_by_the_key_of_its_certificate_and_by_no_other() {
    let network = Network::start();
    let borough = &network.borough;
    borough.stop();
    borough.configure("tls = \"none\"", "tls = \"self\"");
    borough.start_encrypted();
    let caller = Caller::of(&network);
    let (parking, other) = (TlsIdentity::generate().unwrap(), TlsIdentity::generate().unwrap());
    let key = format!("packhorse-api-key: {}\r\n", borough.api_key);

    assert_eq!(caller.ask(None, &key).status, 200, "a key is enough without a certificate");
    assert_eq!(caller.ask(Some(&parking), "").rule(), "authentication", "nobody has registered it");
    for (system, identity) in [("main", &parking), ("plain", &other)] {
        let fingerprint = identity.fingerprint().to_string();
        borough.must(&["system", "certificate", system, "--fingerprint", &fingerprint]);
    }
    let answer = caller.ask(Some(&parking), "");
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert!(answer.text().contains("AA19AAA"));
    let records = borough.must(&["records", "show", answer.header("packhorse-exchange"), "--json"]);
    assert!(records.contains("PH/LOC/borough/main"), "{records}");

    for (what, identity, headers) in [
        ("no certificate", None, ""),
        ("another system's certificate", Some(&other), ""),
        ("its own, beside a key that is wrong", Some(&parking), "packhorse-api-key: ph_wrong\r\n"),
        ("a header that a proxy would set", None, &*format!("x-ssl-client-cert: {}\r\n", parking.fingerprint())),
    ] {
        let refused = caller.ask(identity, headers);
        assert_eq!((refused.status, refused.rule()), (500, "authentication"), "{what}: {}", refused.text());
        assert_eq!(refused.header("x-road-error"), "Server.ClientProxy.SslAuthenticationFailed", "{what}");
    }
    assert_eq!(caller.ask(Some(&other), &key).status, 200, "a right key decides, whatever the certificate is for");
}

/// A client of the borough's systems, over TLS to the gateway's own key.
struct Caller<'n> {
    network: &'n Network,
    gateway: Fingerprint,
    runtime: tokio::runtime::Runtime,
}

#[derive(Debug)]
struct Only(Fingerprint);

impl PinnedKeys for Only {
    fn is_pinned(&self, key: &Fingerprint) -> bool {
        self.0 == *key
    }
}

impl<'n> Caller<'n> {
    fn of(network: &'n Network) -> Self {
        let gateway = TlsIdentity::load(&network.borough.dir.join("keys/tls-1.key")).unwrap().fingerprint();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        Self { network, gateway, runtime }
    }

    /// `main` asks for a vehicle on a connection with this certificate.
    fn ask(&self, identity: Option<&TlsIdentity>, headers: &str) -> Answer {
        let request = format!(
            "GET /r1/PH/GOV/agency/main/vehicles/by-vrm/AA19AAA HTTP/1.1\r\nhost: gateway\r\nconnection: close\r\n\
             x-road-client: PH/LOC/borough/main\r\nx-road-userid: officer-1\r\n{headers}\r\n"
        );
        let pins = Arc::new(Only(self.gateway));
        let config = match identity {
            Some(identity) => mutual_client_config(identity, pins, &[b"http/1.1"]),
            None => pinned_client_config(pins, &[b"http/1.1"]),
        };
        let came = self.runtime.block_on(async {
            let stream = TcpStream::connect(self.network.borough.inside).await.unwrap();
            let name = ServerName::try_from("gateway.invalid").unwrap();
            let mut stream = TlsConnector::from(config.unwrap()).connect(name, stream).await.unwrap();
            stream.write_all(request.as_bytes()).await.unwrap();
            let mut came = Vec::new();
            // An end without TLS's own goodbye is an end too.
            let _ = stream.read_to_end(&mut came).await;
            came
        });
        Answer::parse(&came).unwrap_or_else(|| panic!("no answer: {}", String::from_utf8_lossy(&came)))
    }
}
