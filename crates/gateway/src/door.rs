//! A port: accepts connections, ends TLS, hands each request and who sent it to a router.
//!
//! Both doors use it. Everything here is bounded: connections at once, the time of a handshake, of a
//! request's head and body, the number and size of headers, streams on one HTTP/2 connection. On shutdown it
//! stops accepting, tells open connections to finish, and returns when what was in flight is answered.

mod timed_body;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use http::Request;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use packhorse_keys::Fingerprint;
use packhorse_keys::tls::peer_fingerprint;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt as _;

use crate::context::Limits;
use crate::error::GatewayError;
use timed_body::TimedBody;

/// How long a TLS handshake, the wait for a connection's first request or a request's head may take: a
/// slow-loris gets no longer.
const HEAD_TIME: Duration = Duration::from_secs(10);
/// Most header fields of one request.
const HEADERS: usize = 100;
/// Most bytes of one request's head.
const HEAD_BYTES: usize = 64 * 1024;
/// HTTP/2: bytes in flight per stream and connection before the reader must say "go on".
const WINDOW: u32 = 4 * 1024 * 1024;
/// How long a shutdown waits for what is in flight.
const DRAIN: Duration = Duration::from_secs(30);

/// Who is at the other end of a connection; an extension of every request.
#[derive(Debug, Clone, Copy)]
pub struct Peer {
    /// Network address.
    pub address: SocketAddr,
    /// Fingerprint of the client certificate's key, when one was presented.
    pub fingerprint: Option<Fingerprint>,
    /// Whether the connection is encrypted.
    pub encrypted: bool,
}

/// One open port.
pub struct Door {
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    http: auto::Builder<TokioExecutor>,
    places: Arc<Semaphore>,
    /// How long a request's body may take.
    read: Duration,
}

impl Door {
    /// Opens a port. Where TLS offers HTTP/2 alone, nothing else is spoken even to those who do not ask.
    ///
    /// # Errors
    /// [`GatewayError::Listen`] when the address cannot be had.
    pub async fn open(
        address: &str,
        tls: Option<Arc<rustls::ServerConfig>>,
        limits: &Limits,
    ) -> Result<Self, GatewayError> {
        let refused = |source| GatewayError::Listen { address: address.to_owned(), source };
        let listener = TcpListener::bind(address).await.map_err(refused)?;
        let only_http2 = tls.as_ref().is_some_and(|tls| tls.alpn_protocols == [b"h2"]);
        let http = if only_http2 { builder().http2_only() } else { builder() };
        let places = Arc::new(Semaphore::new(limits.connections));
        Ok(Self { listener, tls: tls.map(TlsAcceptor::from), http, places, read: limits.read })
    }

    /// The address in use, with the port that the system chose when 0 was asked for.
    ///
    /// # Errors
    /// [`GatewayError::Listen`] when the system does not say.
    pub fn address(&self) -> Result<SocketAddr, GatewayError> {
        self.listener.local_addr().map_err(|source| GatewayError::Listen { address: "?".into(), source })
    }
}

/// Serves a port until `stop` becomes true, then drains.
pub async fn serve(door: Door, router: Router, mut stop: watch::Receiver<bool>) {
    let graceful = GracefulShutdown::new();
    loop {
        // A place is taken before accepting: beyond the limit, strangers wait in the kernel's queue.
        let place = tokio::select! {
            place = Arc::clone(&door.places).acquire_owned() => place,
            _ = stop.wait_for(|stop| *stop) => break,
        };
        let Ok(place) = place else { break };
        let (stream, address) = tokio::select! {
            accepted = door.listener.accept() => match accepted {
                Ok(accepted) => accepted,
                // Out of descriptors: give the open connections a moment to end.
                Err(_) => { tokio::time::sleep(Duration::from_millis(50)).await; continue }
            },
            _ = stop.wait_for(|stop| *stop) => break,
        };
        let (tls, http) = (door.tls.clone(), door.http.clone());
        let hall = Hall { http, router: router.clone(), watcher: graceful.watcher(), read: door.read };
        tokio::spawn(async move {
            connection(stream, address, tls, hall).await;
            drop(place);
        });
    }
    drop(door.listener);
    let _ = tokio::time::timeout(DRAIN, graceful.shutdown()).await;
}

/// What a connection is handed to.
struct Hall {
    http: auto::Builder<TokioExecutor>,
    router: Router,
    watcher: Watcher,
    read: Duration,
}

async fn connection(stream: TcpStream, address: SocketAddr, tls: Option<TlsAcceptor>, hall: Hall) {
    let _ = stream.set_nodelay(true);
    let Some(acceptor) = tls else {
        return requests(stream, Peer { address, fingerprint: None, encrypted: false }, hall).await;
    };
    let Ok(Ok(stream)) = tokio::time::timeout(HEAD_TIME, acceptor.accept(stream)).await else { return };
    let fingerprint = stream.get_ref().1.peer_certificates().and_then(|chain| peer_fingerprint(chain).ok());
    requests(stream, Peer { address, fingerprint, encrypted: true }, hall).await;
}

async fn requests<S>(stream: S, peer: Peer, hall: Hall)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let Hall { http, router, watcher, read } = hall;
    let (begun, mut first) = watch::channel(false);
    let service = hyper::service::service_fn(move |request: Request<hyper::body::Incoming>| {
        begun.send_replace(true);
        let router = router.clone();
        async move {
            let mut request = request.map(|body| Body::new(TimedBody::new(body, read)));
            request.extensions_mut().insert(peer);
            Ok::<_, Infallible>(match router.oneshot(request).await {
                Ok(response) => response,
                Err(never) => match never {},
            })
        }
    });
    let connection = http.serve_connection(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(watcher.watch(connection.into_owned()));
    // What goes wrong on one connection (reset, malformed head, time-out) ends that connection. The limit of a
    // head's time runs from its first byte; whoever sends none would otherwise keep a place for ever.
    tokio::select! {
        _ = &mut connection => return,
        first = tokio::time::timeout(HEAD_TIME, first.wait_for(|begun| *begun)) => if first.is_err() { return },
    }
    let _ = connection.await;
}

fn builder() -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME)
        .max_headers(HEADERS)
        .max_buf_size(HEAD_BYTES)
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(256)
        .max_header_list_size(HEAD_BYTES as u32)
        .initial_stream_window_size(WINDOW)
        .initial_connection_window_size(4 * WINDOW)
        .keep_alive_interval(Some(Duration::from_secs(20)))
        .keep_alive_timeout(HEAD_TIME);
    builder
}
