//! Accepts connections: bounded in number, in time for the handshake, for headers and for a whole request.
//!
//! Knows nothing of what is asked.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use packhorse_keys::tls::server_config;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;

use super::router;
use crate::error::Result;
use crate::registry::Registry;

/// Most connections at once; more wait to be accepted.
const MAX_CONNECTIONS: usize = 4096;
/// Longest TLS handshake.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// Longest wait for a request, longer than the time between polls: a gateway keeps its connection.
const IDLE: Duration = Duration::from_secs(40);
/// Longest time from a request's headers to its answer's.
const REQUEST: Duration = Duration::from_secs(30);
/// How long requests in flight may take after the stop.
const GRACE: Duration = Duration::from_secs(10);

/// Serves the registry on a bound socket until `shutdown` completes, then finishes what is in flight.
/// [`Registry::run`] has to run beside it.
///
/// # Errors
/// [`crate::DirectoryError::Key`] when TLS cannot be set up with the registry's key.
pub async fn serve(registry: Arc<Registry>, listener: TcpListener, shutdown: impl Future<Output = ()>) -> Result<()> {
    let acceptor = TlsAcceptor::from(server_config(&registry.keys.tls, &[b"h2", b"http/1.1"])?);
    let routes = router(registry).layer(middleware::from_fn(bound_time));
    let graceful = GracefulShutdown::new();
    let room = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        let accepted = tokio::select! {
            () = &mut shutdown => break,
            accepted = accept(&listener, &room) => accepted,
        };
        if let Some((socket, place)) = accepted {
            let (acceptor, routes, graceful) = (acceptor.clone(), routes.clone(), graceful.watcher());
            tokio::spawn(async move {
                converse(socket, acceptor, routes, graceful).await;
                drop(place);
            });
        }
    }
    // Connections end when they fall idle; whoever holds one open longer is cut off.
    let _ = tokio::time::timeout(GRACE, graceful.shutdown()).await;
    Ok(())
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

async fn converse(socket: TcpStream, acceptor: TlsAcceptor, routes: Router, graceful: Watcher) {
    let Ok(Ok(tls)) = tokio::time::timeout(HANDSHAKE, acceptor.accept(socket)).await else { return };
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(IDLE).max_buf_size(64 * 1024);
    builder.http2().timer(TokioTimer::new()).keep_alive_interval(IDLE).max_concurrent_streams(64);
    let connection = builder.serve_connection(TokioIo::new(tls), TowerToHyperService::new(routes));
    if let Err(error) = graceful.watch(connection.into_owned()).await {
        tracing::debug!(%error, "a connection ended early");
    }
}

async fn bound_time(request: Request, next: Next) -> Response {
    match tokio::time::timeout(REQUEST, next.run(request)).await {
        Ok(response) => response,
        Err(_) => StatusCode::REQUEST_TIMEOUT.into_response(),
    }
}
