//! The real transport: HTTP/1.1 over TLS 1.3 to the one key that the anchor names.
//!
//! One connection is kept between polls. Judges nothing but the peer's key, sizes and time.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::{Method, Request, StatusCode, Uri, header};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use packhorse_keys::Fingerprint;
use packhorse_keys::tls::{PinnedKeys, pinned_client_config};
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::sync::Mutex;
use tokio_rustls::TlsConnector;

use super::transport::Transport;
use crate::anchor::Anchor;
use crate::error::{DirectoryError, Result};

/// Longest wait for a connection.
const CONNECT: Duration = Duration::from_secs(10);
/// Longest wait for an answer, with one second more for every MiB that it may have.
const ANSWER: Duration = Duration::from_secs(30);

type Sender = SendRequest<Full<Bytes>>;

/// Asks the registry of an anchor.
pub struct HttpTransport {
    url: String,
    host: String,
    port: u16,
    name: ServerName<'static>,
    tls: TlsConnector,
    idle: Mutex<Option<Sender>>,
}

/// The one key that the anchor names.
#[derive(Debug)]
struct OneKey(Fingerprint);

impl PinnedKeys for OneKey {
    fn is_pinned(&self, key: &Fingerprint) -> bool {
        self.0 == *key
    }
}

impl HttpTransport {
    /// Prepares to ask the registry; no connection is made yet.
    ///
    /// # Errors
    /// [`DirectoryError::Malformed`] when the anchor's address has no host.
    pub fn new(anchor: &Anchor) -> Result<Self> {
        let malformed = DirectoryError::Malformed { what: "registry's address", why: "it is https://host:port" };
        let uri: Option<Uri> = anchor.url.parse().ok();
        let host = uri.as_ref().and_then(Uri::host).map(|host| host.trim_matches(['[', ']']).to_owned());
        let (Some(uri), Some(host)) = (uri, host) else { return Err(malformed) };
        let name = ServerName::try_from(host.clone()).map_err(|_| malformed)?;
        let config = pinned_client_config(Arc::new(OneKey(anchor.tls)), &[b"http/1.1"])?;
        let tls = TlsConnector::from(config);
        let port = uri.port_u16().unwrap_or(443);
        Ok(Self { url: anchor.url.clone(), host, port, name, tls, idle: Mutex::new(None) })
    }

    async fn connect(&self) -> Result<Sender> {
        let connecting = async {
            let socket =
                TcpStream::connect((self.host.as_str(), self.port)).await.map_err(|error| error.to_string())?;
            let tls = self.tls.connect(self.name.clone(), socket).await;
            let tls = tls.map_err(|error| format!("no connection to the pinned key: {error}"))?;
            http1::handshake(TokioIo::new(tls)).await.map_err(|error| error.to_string())
        };
        let connected = tokio::time::timeout(CONNECT, connecting).await.map_err(|_| self.unreachable("timed out"))?;
        let (sender, connection) = connected.map_err(|error: String| self.unreachable(&error))?;
        // Ends when the sender is dropped or the peer closes; either is noticed by the next request.
        tokio::spawn(connection);
        Ok(sender)
    }

    /// Sends over the kept connection when there is one, and once more over a new one when that had been closed.
    async fn send(&self, request: Request<Full<Bytes>>, limit: usize) -> Result<(StatusCode, Bytes)> {
        let mut idle = self.idle.lock().await;
        if let Some(mut sender) = idle.take().filter(|sender| !sender.is_closed() && *request.method() == Method::GET)
            && let Ok(answer) = self.exchange(&mut sender, request.clone(), limit).await
        {
            *idle = Some(sender);
            return Ok(answer);
        }
        let mut sender = self.connect().await?;
        let answer = self.exchange(&mut sender, request, limit).await?;
        *idle = Some(sender);
        Ok(answer)
    }

    async fn exchange(
        &self,
        sender: &mut Sender,
        request: Request<Full<Bytes>>,
        limit: usize,
    ) -> Result<(StatusCode, Bytes)> {
        let exchanging = async {
            sender.ready().await.map_err(|error| error.to_string())?;
            let answer = sender.send_request(request).await.map_err(|error| error.to_string())?;
            let status = answer.status();
            let body = Limited::new(answer.into_body(), limit).collect().await.map_err(|error| error.to_string())?;
            Ok::<_, String>((status, body.to_bytes()))
        };
        let patience = ANSWER + Duration::from_secs(limit as u64 >> 20);
        let answer = tokio::time::timeout(patience, exchanging).await.map_err(|_| self.unreachable("timed out"))?;
        answer.map_err(|error| self.unreachable(&error))
    }

    fn request(&self, method: Method, path: &str, body: Bytes) -> Result<Request<Full<Bytes>>> {
        let host = self.url.trim_start_matches("https://").trim_end_matches('/');
        Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, host)
            .header(header::CONTENT_TYPE, "application/json")
            .body(Full::new(body))
            .map_err(|_| DirectoryError::Malformed { what: "request to the registry", why: "its path is no path" })
    }

    fn unreachable(&self, why: &str) -> DirectoryError {
        DirectoryError::Unreachable { url: self.url.clone(), why: why.to_owned() }
    }
}

impl Transport for HttpTransport {
    fn get<'a>(&'a self, path: &'a str, limit: usize) -> BoxFuture<'a, Result<Option<Bytes>>> {
        Box::pin(async move {
            let request = self.request(Method::GET, path, Bytes::new())?;
            match self.send(request, limit).await? {
                (StatusCode::OK, body) => Ok(Some(body)),
                (StatusCode::NOT_FOUND, _) => Ok(None),
                (status, _) => Err(self.unreachable(&format!("it answered {status}"))),
            }
        })
    }

    fn post<'a>(&'a self, path: &'a str, body: Bytes, limit: usize) -> BoxFuture<'a, Result<Bytes>> {
        Box::pin(async move {
            let request = self.request(Method::POST, path, body)?;
            let (status, answer) = self.send(request, limit).await?;
            if status.is_success() {
                return Ok(answer);
            }
            // The registry's own words, cut to what a person reads.
            let said: String = String::from_utf8_lossy(&answer).chars().filter(|c| !c.is_control()).take(500).collect();
            Err(DirectoryError::Rejected(format!("{said} ({status})")))
        })
    }
}
