//! One request over one connection: plain to this machine, or TLS to a pinned key.
//!
//! It must never know what is asked.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Uri};
use http_body_util::{BodyExt as _, Full, Limited};
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
/// Longest wait for a whole answer: an `ask` waits as long as a gateway waits for its peer.
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

/// Sends the request and waits for the whole answer.
pub(super) async fn exchange(base: &Uri, pins: Option<&Pins>, request: Request<Full<Bytes>>) -> Result<Answer> {
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
    match tokio::time::timeout(ANSWER, answering).await {
        Ok(answer) => answer.map_err(unreachable),
        Err(_) => Err(unreachable("no answer in time".to_owned())),
    }
}

async fn converse<S>(socket: S, request: Request<Full<Bytes>>) -> Result<Answer, String>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (mut sender, connection) = http1::handshake(TokioIo::new(socket)).await.map_err(|error| error.to_string())?;
    // Ends with the sender; its own error is seen by the request.
    tokio::spawn(connection);
    let answer = sender.send_request(request).await.map_err(|error| error.to_string())?;
    let (head, body) = answer.into_parts();
    let body = Limited::new(body, MAX_ANSWER).collect().await.map_err(|error| error.to_string())?;
    Ok(Answer { status: head.status, headers: head.headers, body: body.to_bytes() })
}
