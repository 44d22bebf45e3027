//! A service somebody already runs, asked over HTTP/1.1 as it stands, in the clear or over TLS.
//!
//! Redirects are never followed, every wait and every size has a limit. Whether an answer must be JSON
//! depends on what was agreed: whoever has to cut it down asks for [`UpstreamAnswer::json`], which
//! takes nothing else. Must never log a path, a header or a body: all of them may be personal.

use std::error::Error;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderName};
use http::uri::{Authority, PathAndQuery, Scheme};
use http::{Method, Request, Response, StatusCode, Uri};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::{Body, Incoming};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use packhorse_keys::tls::authorities_client_config;
use serde_json::Value;
use tokio::time::timeout;

use crate::definition::Source;
use crate::error::TableError;

/// Headers that belong to one connection or to the server in between, in lower case: never passed
/// on in either direction (X-Road REST message protocol, "Use of HTTP Headers").
pub const NEVER_FORWARDED: [&str; 13] = [
    "transfer-encoding",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "te",
    "trailer",
    "upgrade",
    "connection",
    "user-agent",
    "host",
    "content-length",
    "server",
    "expect",
];

/// Idle connections kept for the next request.
const IDLE_CONNECTIONS: usize = 256;
const IDLE_TIME: Duration = Duration::from_secs(30);
/// Most bytes of a file of authorities: more than every public one of the world.
const MAX_AUTHORITIES: u64 = 1 << 20;

/// A request for the upstream.
#[derive(Debug, Clone)]
pub struct UpstreamRequest {
    /// The method, passed on as it is.
    pub method: Method,
    /// What stands behind the service code, raw: empty or beginning with `/`, then `?` and the
    /// query if there is one.
    pub path_and_query: String,
    /// Headers to pass on; those of [`NEVER_FORWARDED`] are left out.
    pub headers: HeaderMap,
    /// The body, which may be empty.
    pub body: Bytes,
}

/// The upstream's answer, whatever it says.
#[derive(Debug, Clone)]
pub struct UpstreamAnswer {
    /// Its status, redirects included.
    pub status: StatusCode,
    /// Its headers without those of [`NEVER_FORWARDED`].
    pub headers: HeaderMap,
    /// Its whole body.
    pub body: Bytes,
}

impl UpstreamAnswer {
    /// The body as JSON; null when there is none. Only what can be read can be cut down to agreed fields.
    ///
    /// # Errors
    /// [`TableError::UpstreamNotJson`] when it is not announced as JSON, or does not keep what its type promised.
    pub fn json(&self) -> Result<Value, TableError> {
        if self.body.is_empty() {
            return Ok(Value::Null);
        }
        let not_json = || TableError::UpstreamNotJson { status: self.status.as_u16() };
        if !is_announced_as_json(&self.headers) {
            return Err(not_json());
        }
        serde_json::from_slice(&self.body).map_err(|_| not_json())
    }
}

/// A connection pool to one upstream.
pub struct Upstream {
    pool: Box<Pool>,
    base: Base,
    first_byte: Duration,
    whole: Duration,
    max_body: usize,
}

/// Who is not to speak TLS has no way to.
enum Pool {
    Clear(Client<HttpConnector, Full<Bytes>>),
    Encrypted(Client<HttpsConnector<HttpConnector>, Full<Bytes>>),
}

impl Pool {
    fn new(connect: Duration, authorities: Option<&Path>) -> Result<Self, TableError> {
        let mut connector = HttpConnector::new();
        connector.set_connect_timeout(Some(connect));
        connector.set_nodelay(true);
        let mut builder = Client::builder(TokioExecutor::new());
        builder.pool_timer(TokioTimer::new()).pool_idle_timeout(IDLE_TIME).pool_max_idle_per_host(IDLE_CONNECTIONS);
        let Some(file) = authorities else { return Ok(Self::Clear(builder.build(connector))) };
        connector.enforce_http(false);
        let tls = authorities_client_config(&read(file)?).map_err(|error| TableError::Source(error.to_string()))?;
        let mut connector = HttpsConnector::from((connector, tls));
        connector.enforce_https();
        Ok(Self::Encrypted(builder.build(connector)))
    }

    async fn request(
        &self,
        request: Request<Full<Bytes>>,
    ) -> Result<Response<Incoming>, hyper_util::client::legacy::Error> {
        match self {
            Self::Clear(client) => client.request(request).await,
            Self::Encrypted(client) => client.request(request).await,
        }
    }
}

fn read(file: &Path) -> Result<Vec<u8>, TableError> {
    let failed = |error| TableError::file("reading ca_file", &error);
    let mut text = Vec::new();
    File::open(file).map_err(failed)?.take(MAX_AUTHORITIES).read_to_end(&mut text).map_err(failed)?;
    Ok(text)
}

impl Upstream {
    /// Makes the pool; connects on the first call.
    ///
    /// # Errors
    /// [`TableError::Definition`] when the source is no usable upstream, [`TableError::File`] and
    /// [`TableError::Source`] when its authorities cannot be read.
    pub fn new(source: &Source) -> Result<Self, TableError> {
        let Source::Upstream {
            base_url, ca_file, connect_timeout_ms, first_byte_timeout_ms, timeout_ms, max_body, ..
        } = source
        else {
            return Err(TableError::Definition("the source is no upstream".to_owned()));
        };
        Ok(Self {
            pool: Box::new(Pool::new(Duration::from_millis(*connect_timeout_ms), ca_file.as_deref())?),
            base: base(base_url).map_err(TableError::Definition)?,
            first_byte: Duration::from_millis(*first_byte_timeout_ms),
            whole: Duration::from_millis(*timeout_ms),
            max_body: *max_body,
        })
    }

    /// Asks the upstream.
    ///
    /// # Errors
    /// One of the `Upstream…` variants of [`TableError`]; an error status of the upstream is none.
    pub async fn call(&self, request: UpstreamRequest) -> Result<UpstreamAnswer, TableError> {
        let request = self.written(request)?;
        timeout(self.whole, self.exchange(request)).await.unwrap_or(Err(TableError::UpstreamTimedOut("answer")))
    }

    fn written(&self, request: UpstreamRequest) -> Result<Request<Full<Bytes>>, TableError> {
        let uri = self.base.join(&request.path_and_query)?;
        let mut headers = request.headers;
        strip(&mut headers);
        let mut written = Request::new(Full::new(request.body));
        *written.method_mut() = request.method;
        *written.uri_mut() = uri;
        *written.headers_mut() = headers;
        Ok(written)
    }

    async fn exchange(&self, request: Request<Full<Bytes>>) -> Result<UpstreamAnswer, TableError> {
        let response = timeout(self.first_byte, self.pool.request(request))
            .await
            .map_err(|_| TableError::UpstreamTimedOut("begin its answer"))?
            .map_err(|error| unanswered(&error))?;
        let (mut head, body) = response.into_parts();
        let too_large = TableError::UpstreamTooLarge { limit: self.max_body };
        if body.size_hint().lower() > self.max_body as u64 {
            return Err(too_large);
        }
        let body = whole(body, self.max_body).await.map_err(|broken| broken.unwrap_or(too_large))?;
        strip(&mut head.headers);
        Ok(UpstreamAnswer { status: head.status, headers: head.headers, body })
    }
}

/// The whole body; no error inside the error when it is larger than the limit.
async fn whole(body: Incoming, limit: usize) -> Result<Bytes, Option<TableError>> {
    match Limited::new(body, limit).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(None),
        Err(_) => Err(Some(TableError::UpstreamBroken)),
    }
}

fn is_announced_as_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"))
}

fn unanswered(error: &hyper_util::client::legacy::Error) -> TableError {
    let timed_out = causes(error)
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .any(|cause| cause.kind() == io::ErrorKind::TimedOut);
    let untrusted = causes(error).filter_map(|cause| cause.downcast_ref::<io::Error>()).any(is_of_tls);
    match (error.is_connect(), timed_out) {
        (true, true) => TableError::UpstreamTimedOut("accept a connection"),
        (true, false) if untrusted => TableError::UpstreamUntrusted,
        (true, false) => TableError::UpstreamUnreachable,
        (false, _) => TableError::UpstreamBroken,
    }
}

/// The TLS library's own errors come as invalid data (tokio-rustls), wrapped once more by the connector.
fn is_of_tls(error: &io::Error) -> bool {
    let wrapped = error.get_ref().and_then(|inner| inner.downcast_ref::<io::Error>());
    error.kind() == io::ErrorKind::InvalidData || wrapped.is_some_and(is_of_tls)
}

fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error| (*error).source())
}

fn strip(headers: &mut HeaderMap) {
    // What `Connection` names belongs to the connection as well (RFC 9110 §7.6.1).
    let named: Vec<HeaderName> = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    for name in named {
        headers.remove(name);
    }
    for name in NEVER_FORWARDED {
        headers.remove(name);
    }
}

/// Where the upstream is: service paths are joined behind its path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Base {
    scheme: Scheme,
    authority: Authority,
    path: String,
}

/// Reads a base URL; the error is for the owner of the definition.
pub(crate) fn base(url: &str) -> Result<Base, String> {
    let uri: Uri = url.parse().map_err(|_| "base_url is not a URL such as http://127.0.0.1:8000/path".to_owned())?;
    let parts = uri.into_parts();
    let scheme = parts.scheme.filter(|scheme| [Scheme::HTTP, Scheme::HTTPS].contains(scheme));
    let scheme = scheme.ok_or("base_url must begin with http:// or https://")?;
    let authority = parts.authority.ok_or("base_url names no host")?;
    if authority.as_str().contains('@') {
        return Err("base_url holds a user name: send credentials in a header".to_owned());
    }
    match parts.path_and_query {
        Some(path) if path.query().is_some() => Err("base_url must not have a query".to_owned()),
        path => Ok(Base { scheme, authority, path: path.map(|path| path.path().to_owned()).unwrap_or_default() }),
    }
}

impl Base {
    /// Whether it is asked over TLS.
    pub(crate) fn is_encrypted(&self) -> bool {
        self.scheme == Scheme::HTTPS
    }

    /// One slash is dropped where both sides of the joint have one; nothing else is changed. The
    /// path can never reach into the host, since both are put together as parts.
    fn join(&self, path_and_query: &str) -> Result<Uri, TableError> {
        let refuse = |_| TableError::UpstreamRequest("the path or query has characters that HTTP does not allow");
        if !path_and_query.is_empty() && !path_and_query.starts_with(['/', '?']) {
            return Err(TableError::UpstreamRequest("the service path does not begin with a slash"));
        }
        let base = match path_and_query.starts_with('/') {
            true => self.path.strip_suffix('/').unwrap_or(&self.path),
            false => &self.path,
        };
        let joined = format!("{base}{path_and_query}");
        let path = PathAndQuery::try_from(joined).map_err(|_| ()).map_err(refuse)?;
        Uri::builder()
            .scheme(self.scheme.clone())
            .authority(self.authority.clone())
            .path_and_query(path)
            .build()
            .map_err(|_| ())
            .map_err(refuse)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_slash_is_dropped_at_the_joint_and_nothing_else_changes() {
        for (url, path, joined) in [
            ("http://h:1/api", "/pets", "http://h:1/api/pets"),
            ("http://h:1/api/", "/pets", "http://h:1/api/pets"),
            ("http://h:1/api/", "//pets", "http://h:1/api//pets"),
            ("http://h:1/api/", "", "http://h:1/api/"),
            ("http://h:1/api", "", "http://h:1/api"),
            ("http://h:1/api", "/", "http://h:1/api/"),
            ("http://h:1", "", "http://h:1/"),
            ("http://h:1", "/path%3B/?a=%20b", "http://h:1/path%3B/?a=%20b"),
            ("http://h:1/api", "?a=1", "http://h:1/api?a=1"),
            ("https://h/api", "/pets", "https://h/api/pets"),
        ] {
            assert_eq!(base(url).unwrap().join(path).unwrap().to_string(), joined);
        }
    }

    #[test]
    fn a_path_cannot_reach_into_the_host() {
        let base = base("http://h:1").unwrap();
        assert!(base.join("@evil/").is_err());
        assert!(base.join(".evil/").is_err());
        assert_eq!(base.join("//evil/").unwrap().host(), Some("h"));
        assert!(base.join("/a b").is_err());
    }

    #[test]
    fn an_unusable_base_url_is_refused_with_what_to_do() {
        for (url, why) in [
            ("ftp://h/", "begin with http:// or https://"),
            ("/api", "begin with http:// or https://"),
            ("http://u:p@h/", "user name"),
            ("http://h/?a=b", "must not have a query"),
        ] {
            assert!(base(url).unwrap_err().contains(why), "{url}");
        }
    }
}
