//! Accepts connections: bounded in number, and in time for everything that a stranger can do slowly.
//!
//! Knows nothing of what is asked.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::GracefulShutdown;
use packhorse_keys::tls::server_config;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt as _;

use super::router;
use crate::error::Result;
use crate::registry::Registry;

/// Most connections at once; more wait to be accepted.
const MAX_CONNECTIONS: u32 = 4096;
/// Most header fields of one request.
const HEADERS: usize = 100;
/// Most bytes of one request's head.
const HEAD_BYTES: usize = 64 * 1024;
/// How long requests in flight may take after the stop.
const GRACE: Duration = Duration::from_secs(10);

/// How long each thing on a connection may take.
#[derive(Clone, Copy)]
struct Times {
    /// The TLS handshake, and then the wait for the first request: whoever connects wants something.
    begin: Duration,
    /// Each further wait for a request, and its head; longer than the time between polls, so that a gateway keeps
    /// its connection.
    head: Duration,
    /// From a request's head to its answer's, its body included.
    request: Duration,
    /// After this a connection takes no more requests, however busy: who answers pings or reads slowly must come anew.
    life: Duration,
    /// What is then left for an answer to be read: a large snapshot over a slow line.
    last_answer: Duration,
}

const TIMES: Times = Times {
    begin: Duration::from_secs(10),
    head: Duration::from_secs(40),
    request: Duration::from_secs(30),
    life: Duration::from_secs(600),
    last_answer: Duration::from_secs(600),
};

/// Serves the registry on a bound socket until `shutdown` completes, then finishes what is in flight.
/// [`Registry::run`] has to run beside it.
///
/// # Errors
/// [`crate::DirectoryError::Key`] when TLS cannot be set up with the registry's key.
pub async fn serve(registry: Arc<Registry>, listener: TcpListener, shutdown: impl Future<Output = ()>) -> Result<()> {
    let tls = TlsAcceptor::from(server_config(&registry.keys.tls, &[b"h2", b"http/1.1"])?);
    accept_all(listener, Hall { tls, routes: router(registry), times: TIMES }, shutdown).await;
    Ok(())
}

/// What every connection is led to.
#[derive(Clone)]
struct Hall {
    tls: TlsAcceptor,
    routes: Router,
    times: Times,
}

async fn accept_all(listener: TcpListener, mut hall: Hall, shutdown: impl Future<Output = ()>) {
    let request = hall.times.request;
    hall.routes = hall.routes.layer(middleware::from_fn(move |asked, next| bound_time(request, asked, next)));
    let room = Arc::new(Semaphore::new(MAX_CONNECTIONS as usize));
    let (stop, stopped) = watch::channel(false);
    let mut shutdown = pin!(shutdown);
    loop {
        let accepted = tokio::select! {
            () = &mut shutdown => break,
            accepted = accept(&listener, &room) => accepted,
        };
        if let Some((socket, place)) = accepted {
            let (hall, stopped) = (hall.clone(), stopped.clone());
            tokio::spawn(async move {
                converse(socket, hall, stopped).await;
                drop(place);
            });
        }
    }
    drop(listener);
    stop.send_replace(true);
    // Every place is free again when every connection has ended; whoever holds one longer is cut off.
    let _ = timeout(GRACE, room.acquire_many(MAX_CONNECTIONS)).await;
}

async fn accept(
    listener: &TcpListener,
    room: &Arc<Semaphore>,
) -> Option<(TcpStream, tokio::sync::OwnedSemaphorePermit)> {
    let place = Arc::clone(room).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((socket, _)) => Some((socket, place)),
        Err(error) => {
            // Out of descriptors, mostly: a moment's rest lets some be closed.
            tracing::warn!(%error, "a connection could not be accepted");
            tokio::time::sleep(Duration::from_millis(100)).await;
            None
        }
    }
}

async fn converse(socket: TcpStream, hall: Hall, mut stopped: watch::Receiver<bool>) {
    let Hall { tls, routes, times } = hall;
    let Ok(Ok(stream)) = timeout(times.begin, tls.accept(socket)).await else { return };
    let (begun, mut first) = watch::channel(false);
    let service = hyper::service::service_fn(move |request: Request<hyper::body::Incoming>| {
        begun.send_replace(true);
        routes.clone().oneshot(request.map(Body::new))
    });
    let http = builder(times);
    let end = GracefulShutdown::new();
    let mut connection = pin!(end.watch(http.serve_connection(TokioIo::new(stream), service).into_owned()));
    // What goes wrong on a connection (reset, malformed head, time-out) ends that connection, and is nobody's news.
    tokio::select! {
        _ = &mut connection => return,
        first = timeout(times.begin, first.wait_for(|begun| *begun)) => if first.is_err() { return },
    }
    tokio::select! {
        _ = &mut connection => return,
        _ = stopped.wait_for(|stopped| *stopped) => {}
        () = tokio::time::sleep(times.life) => {}
    }
    let _ = timeout(times.last_answer, async { tokio::join!(connection, end.shutdown()) }).await;
}

fn builder(times: Times) -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(times.head)
        .max_headers(HEADERS)
        .max_buf_size(HEAD_BYTES)
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(64)
        .max_header_list_size(HEAD_BYTES as u32)
        .keep_alive_interval(times.head)
        .keep_alive_timeout(times.begin);
    builder
}

async fn bound_time(limit: Duration, request: Request, next: Next) -> Response {
    match timeout(limit, next.run(request)).await {
        Ok(response) => response,
        Err(_) => StatusCode::REQUEST_TIMEOUT.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;
    use std::time::Instant;

    use axum::body::Bytes;
    use axum::routing::{get, post};
    use packhorse_keys::tls::{PinnedKeys, pinned_client_config};
    use packhorse_keys::{Fingerprint, TlsIdentity};
    use rustls::pki_types::ServerName;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio_rustls::TlsConnector;
    use tokio_rustls::client::TlsStream;

    use super::*;

    #[derive(Debug)]
    struct Anybody;

    impl PinnedKeys for Anybody {
        fn is_pinned(&self, _: &Fingerprint) -> bool {
            true
        }
    }

    async fn open() -> SocketAddr {
        let begin = Duration::from_millis(500);
        let times = Times { begin, head: begin * 2, request: begin * 2, life: begin * 4, last_answer: begin * 2 };
        let tls = TlsAcceptor::from(server_config(&TlsIdentity::generate().unwrap(), &[b"h2", b"http/1.1"]).unwrap());
        let large = || async { Body::from(vec![b' '; 64 << 20]) };
        let routes = Router::new()
            .route("/", get(|| async { "here" }))
            .route("/take", post(|body: Bytes| async move { body.len().to_string() }))
            .route("/large", get(large));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(accept_all(listener, Hall { tls, routes, times }, std::future::pending()));
        address
    }

    async fn connect(to: SocketAddr, protocol: &[u8]) -> TlsStream<TcpStream> {
        let config = pinned_client_config(Arc::new(Anybody), &[protocol]).unwrap();
        let socket = TcpStream::connect(to).await.unwrap();
        let name = ServerName::try_from("registry.invalid").unwrap();
        TlsConnector::from(config).connect(name, socket).await.unwrap()
    }

    /// What the other side says until it hangs up, and how long that took.
    async fn until_the_end(mut stream: impl tokio::io::AsyncRead + Unpin) -> (String, Duration) {
        let (begun, mut said) = (Instant::now(), Vec::new());
        let reading = timeout(Duration::from_secs(20), stream.read_to_end(&mut said));
        let _ = reading.await.expect("the other side hangs up");
        (String::from_utf8_lossy(&said).into_owned(), begun.elapsed())
    }

    #[tokio::test]
    async fn whoever_says_nothing_or_half_of_something_is_hung_up_on() {
        let to = open().await;
        let (_, held) = until_the_end(TcpStream::connect(to).await.unwrap()).await;
        assert!(held < Duration::from_secs(2), "no handshake: {held:?}");
        for (protocol, first) in [
            (&b"http/1.1"[..], &b""[..]),
            (b"h2", b""),
            (b"h2", b"PRI * HT"),
            (b"http/1.1", b"GET / HTTP/1.1\r\nhost: x\r\nx-"),
            (b"http/1.1", b"GET / HTTP/1.1\r\nhost: x\r\n\r\n"),
        ] {
            let mut stream = connect(to, protocol).await;
            stream.write_all(first).await.unwrap();
            let (said, held) = until_the_end(stream).await;
            assert!(held < Duration::from_secs(3), "{}: {held:?} {said}", String::from_utf8_lossy(first));
        }
    }

    #[tokio::test]
    async fn a_body_that_does_not_come_is_answered_in_time() {
        let mut stream = connect(open().await, b"http/1.1").await;
        stream.write_all(b"POST /take HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nhalf").await.unwrap();
        let (said, held) = until_the_end(stream).await;
        assert!(said.starts_with("HTTP/1.1 408 "), "{said}");
        assert!(held < Duration::from_secs(5), "{held:?}");
    }

    #[tokio::test]
    async fn a_connection_ends_however_busy_and_however_slowly_its_answers_are_read() {
        let to = open().await;
        let mut busy = connect(to, b"http/1.1").await;
        let begun = Instant::now();
        while busy.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.is_ok() {
            let mut answer = [0; 4096];
            if !matches!(busy.read(&mut answer).await, Ok(1..)) {
                break;
            }
            assert!(begun.elapsed() < Duration::from_secs(10), "it goes on for ever");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert!(begun.elapsed() > Duration::from_secs(1), "it ended while it was young");

        let mut slow = connect(to, b"http/1.1").await;
        slow.write_all(b"GET /large HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
        tokio::time::sleep(Duration::from_secs(5)).await;
        let (said, _) = until_the_end(slow).await;
        assert!(said.starts_with("HTTP/1.1 200 ") && said.len() < 64 << 20, "{} bytes came", said.len());
    }
}
