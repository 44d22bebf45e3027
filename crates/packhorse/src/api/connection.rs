//! One request over one connection: plain to this machine, or TLS to a pinned key.
//!
//! It must never know what is asked.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode, Uri};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use packhorse_keys::Fingerprint;
use packhorse_keys::tls::{PinnedKeys, pinned_client_config};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;

use super::Answer;
use crate::error::{Error, Result};

/// Longest wait for a connection.
const CONNECT: Duration = Duration::from_secs(5);
/// Longest wait for an answer to begin, and then for it to go on: an `ask` waits as long as a gateway for its peer.
const ANSWER: Duration = Duration::from_secs(120);
/// Largest answer: a directory's snapshot.
const MAX_ANSWER: usize = 512 << 20;

/// The keys that the gateway may show.
#[derive(Debug, Clone)]
pub(super) struct Pins(pub(super) Vec<Fingerprint>);

impl PinnedKeys for Pins {
    fn is_pinned(&self, key: &Fingerprint) -> bool {
        self.0.contains(key)
    }
}

/// An answer whose body is still coming.
pub(crate) struct Coming {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    body: Incoming,
    url: String,
}

impl Coming {
    /// The next bytes; nothing at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>> {
        let unreachable = |why: String| Error::Unreachable { url: self.url.clone(), why };
        loop {
            match tokio::time::timeout(ANSWER, self.body.frame()).await {
                Err(_) => return Err(unreachable("the answer stopped coming".to_owned())),
                Ok(None) => return Ok(None),
                Ok(Some(Err(error))) => return Err(unreachable(error.to_string())),
                Ok(Some(Ok(frame))) => {
                    if let Ok(bytes) = frame.into_data() {
                        return Ok(Some(bytes));
                    }
                }
            }
        }
    }

    /// All of it.
    pub(crate) async fn whole(self) -> Result<Answer> {
        let Self { status, headers, body, url } = self;
        let collecting = tokio::time::timeout(ANSWER, Limited::new(body, MAX_ANSWER).collect());
        match collecting.await {
            Ok(Ok(body)) => Ok(Answer { status, headers, body: body.to_bytes() }),
            Ok(Err(error)) => Err(Error::Unreachable { url, why: error.to_string() }),
            Err(_) => Err(Error::Unreachable { url, why: "no answer in time".to_owned() }),
        }
    }
}

/// Sends the request and waits for the whole answer.
pub(super) async fn exchange(base: &Uri, pins: Option<&Pins>, request: Request<Full<Bytes>>) -> Result<Answer> {
    open(base, pins, request).await?.whole().await
}

/// Sends the request and waits for the beginning of the answer.
pub(super) async fn open(base: &Uri, pins: Option<&Pins>, request: Request<Full<Bytes>>) -> Result<Coming> {
    let unreachable = |why: String| Error::Unreachable { url: base.to_string(), why };
    let host = base.host().unwrap_or("localhost").trim_matches(['[', ']']);
    let port = base.port_u16().unwrap_or(if pins.is_some() { 443 } else { 80 });
    let connecting = tokio::time::timeout(CONNECT, TcpStream::connect((host, port)));
    let socket = match connecting.await {
        Ok(connected) => connected.map_err(|error| unreachable(error.to_string()))?,
        Err(_) => return Err(unreachable("timed out".to_owned())),
    };
    let answering = async {
        let Some(pins) = pins else { return converse(socket, request).await };
        let config = pinned_client_config(Arc::new(pins.clone()), &[b"http/1.1"]).map_err(|error| error.to_string())?;
        let name = ServerName::try_from(host.to_owned()).map_err(|error| error.to_string())?;
        let tls = TlsConnector::from(config).connect(name, socket).await;
        converse(tls.map_err(|error| format!("no connection to the gateway's own key: {error}"))?, request).await
    };
    let (head, body) = match tokio::time::timeout(ANSWER, answering).await {
        Ok(answer) => answer.map_err(unreachable)?.into_parts(),
        Err(_) => return Err(unreachable("no answer in time".to_owned())),
    };
    Ok(Coming { status: head.status, headers: head.headers, body, url: base.to_string() })
}

async fn converse<S>(socket: S, request: Request<Full<Bytes>>) -> Result<Response<Incoming>, String>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (mut sender, connection) = http1::handshake(TokioIo::new(socket)).await.map_err(|error| error.to_string())?;
    // Ends with the answer; its own error is seen by the request.
    tokio::spawn(connection);
    sender.send_request(request).await.map_err(|error| error.to_string())
}
