//! Connections to other gateways: HTTP/2 over mutual TLS, the peer's key pinned from the directory.
//!
//! A few connections per peer are kept and shared by all exchanges. Whether the peer still belongs is
//! asked of the directory at every handshake, and by the pipeline at every exchange.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::http2::{self, SendRequest};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use packhorse_directory::DirectoryHandle;
use packhorse_keys::tls::{TlsIdentity, mutual_client_config};
use packhorse_model::OrganisationId;
use packhorse_model::organisation::Members as _;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::sync::Mutex;
use tokio_rustls::TlsConnector;

/// Connections kept per gateway of a peer: two, so that one lost packet does not stall everybody.
const CONNECTIONS: usize = 2;
/// How long connecting and the handshake may take.
const CONNECT_TIME: Duration = Duration::from_secs(5);
const WINDOW: u32 = 4 * 1024 * 1024;

type Sender = SendRequest<Full<Bytes>>;

/// Why a peer could not be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PeerTrouble {
    /// No connection to any of its gateways.
    Unreachable,
    /// The connection broke before the answer was there.
    Broken,
}

/// The pool of connections, one slot list per gateway address.
pub struct PeerPool {
    identity: Arc<TlsIdentity>,
    directory: DirectoryHandle,
    slots: Mutex<HashMap<(OrganisationId, String), Arc<Slots>>>,
}

struct Slots {
    tls: TlsConnector,
    address: String,
    next: AtomicUsize,
    senders: [Mutex<Option<Sender>>; CONNECTIONS],
}

impl PeerPool {
    /// A pool that introduces itself with this TLS key.
    #[must_use]
    pub fn new(identity: Arc<TlsIdentity>, directory: DirectoryHandle) -> Self {
        Self { identity, directory, slots: Mutex::default() }
    }

    /// Sends a request to the member's gateway at `address` (`host:port`).
    pub(crate) async fn send(
        &self,
        to: &OrganisationId,
        address: &str,
        request: Request<Full<Bytes>>,
    ) -> Result<Response<Incoming>, PeerTrouble> {
        let slots = self.slots(to, address).await?;
        let index = slots.next.fetch_add(1, Ordering::Relaxed) % CONNECTIONS;
        let mut sender = slots.sender(index).await?;
        // Ready means that the request has not left yet: only up to here is a second try harmless.
        if sender.ready().await.is_err() {
            slots.forget(index).await;
            sender = slots.sender(index).await?;
            sender.ready().await.map_err(|_| PeerTrouble::Unreachable)?;
        }
        sender.send_request(request).await.map_err(|_| PeerTrouble::Broken)
    }

    async fn slots(&self, to: &OrganisationId, address: &str) -> Result<Arc<Slots>, PeerTrouble> {
        let key = (to.clone(), address.to_owned());
        let mut all = self.slots.lock().await;
        if let Some(slots) = all.get(&key) {
            return Ok(Arc::clone(slots));
        }
        let pins = self.directory.pins_of(to);
        let config = mutual_client_config(&self.identity, pins, &[b"h2"]).map_err(|_| PeerTrouble::Unreachable)?;
        let slots = Arc::new(Slots {
            tls: TlsConnector::from(config),
            address: address.to_owned(),
            next: AtomicUsize::new(0),
            senders: [const { Mutex::const_new(None) }; CONNECTIONS],
        });
        all.insert(key, Arc::clone(&slots));
        Ok(slots)
    }

    /// The addresses of a member's gateways, the one asked for first when it is named.
    pub(crate) fn addresses(&self, of: &OrganisationId, gateway: Option<&str>) -> Vec<String> {
        let Some(organisation) = self.directory.organisation(of) else { return Vec::new() };
        organisation
            .details
            .gateways
            .iter()
            .filter(|entry| gateway.is_none_or(|code| entry.code == code))
            .map(|entry| entry.address.clone())
            .collect()
    }
}

impl Slots {
    async fn sender(&self, index: usize) -> Result<Sender, PeerTrouble> {
        let mut slot = self.senders[index].lock().await;
        if let Some(sender) = slot.as_ref().filter(|sender| !sender.is_closed()) {
            return Ok(sender.clone());
        }
        let sender = tokio::time::timeout(CONNECT_TIME, self.connect())
            .await
            .map_err(|_| PeerTrouble::Unreachable)?
            .ok_or(PeerTrouble::Unreachable)?;
        *slot = Some(sender.clone());
        Ok(sender)
    }

    async fn forget(&self, index: usize) {
        *self.senders[index].lock().await = None;
    }

    async fn connect(&self) -> Option<Sender> {
        let stream = TcpStream::connect(&self.address).await.ok()?;
        let _ = stream.set_nodelay(true);
        // The name in the certificate means nothing: the key is what is pinned.
        let name = ServerName::try_from("packhorse.invalid").ok()?;
        let stream = self.tls.connect(name, stream).await.ok()?;
        let (sender, connection) = http2::Builder::new(TokioExecutor::new())
            .timer(TokioTimer::new())
            .initial_stream_window_size(WINDOW)
            .initial_connection_window_size(4 * WINDOW)
            .max_header_list_size(64 * 1024)
            .keep_alive_interval(Some(Duration::from_secs(20)))
            .keep_alive_timeout(Duration::from_secs(10))
            .handshake(TokioIo::new(stream))
            .await
            .ok()?;
        tokio::spawn(async move {
            let _ = connection.await;
        });
        Some(sender)
    }
}
