//! Talks to a running gateway's inside port: its management API, and X-Road requests for `ask`.
//!
//! Sizes and times are bounded; over TLS only the gateway's own key is accepted. It must never know what a call
//! means.

mod connection;

use std::fmt::Write as _;
use std::path::PathBuf;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode, Uri, header};
use http_body_util::Full;
use packhorse_keys::{Fingerprint, TlsIdentity};
use packhorse_model::id::encode_part;
use packhorse_model::organisation::Purpose;
use serde_json::Value;

use crate::config::{GatewayConfig, InsideTls};
use crate::error::{Error, Result};
use crate::files;
use crate::keys;
pub(crate) use connection::Coming;
use connection::Pins;

/// Where the configuration is looked for when the command line does not say.
const CONFIG_VARIABLE: &str = "PACKHORSE_CONFIG";
const CONFIG_DEFAULT: &str = "gateway.toml";

/// Which gateway to talk to.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Target {
    /// The gateway's configuration, which knows address, token and key [default: $PACKHORSE_CONFIG, else gateway.toml]
    #[arg(long, value_name = "FILE", conflicts_with_all = ["gateway", "token_file", "pin"])]
    pub(crate) config: Option<PathBuf>,
    /// The inside address of a gateway whose configuration is elsewhere, for example https://127.0.0.1:8080
    #[arg(long, value_name = "URL")]
    gateway: Option<Uri>,
    /// A file of mode 0600 with the management token; asking and parcels need none
    #[arg(long, value_name = "FILE", requires = "gateway")]
    token_file: Option<PathBuf>,
    /// The fingerprint of the gateway's TLS key, for an https address
    #[arg(long, value_name = "sha256:HEX", requires = "gateway")]
    pin: Option<Fingerprint>,
}

/// A gateway's inside port.
pub(crate) struct Api {
    base: Uri,
    pins: Option<Pins>,
    /// The management token's file: read when something is managed, which not everybody may.
    token: Option<PathBuf>,
}

/// What the gateway answered.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Target {
    /// The configuration file that is meant.
    pub(crate) fn config_file(&self) -> PathBuf {
        let named = self.config.clone().or_else(|| std::env::var_os(CONFIG_VARIABLE).map(PathBuf::from));
        named.unwrap_or_else(|| CONFIG_DEFAULT.into())
    }

    /// Reads the configuration that is meant.
    pub(crate) fn load_config(&self) -> Result<GatewayConfig> {
        if self.gateway.is_some() {
            return Err(Error::Usage(
                "this command works on the gateway's own files: name them with --config".to_owned(),
            ));
        }
        GatewayConfig::load(&self.config_file())
    }

    /// Prepares to talk to the gateway; no connection is made yet.
    pub(crate) fn api(&self) -> Result<Api> {
        let Some(base) = &self.gateway else {
            return Api::of(&self.load_config()?);
        };
        let pins = match (base.scheme_str(), self.pin) {
            (Some("http"), None) => None,
            (Some("https"), Some(pin)) => Some(Pins(vec![pin])),
            (Some("https"), None) => {
                return Err(Error::Usage(
                    "an https address needs --pin with the gateway's TLS key fingerprint".to_owned(),
                ));
            }
            _ => return Err(Error::Usage("the gateway's address is http://host:port, or https with --pin".to_owned())),
        };
        Ok(Api { base: base.clone(), pins, token: self.token_file.clone() })
    }
}

impl Api {
    /// The gateway of a configuration on this machine.
    pub(crate) fn of(config: &GatewayConfig) -> Result<Self> {
        let mut address = config.inside.listen;
        if address.ip().is_unspecified() {
            address.set_ip(if address.is_ipv4() {
                [127, 0, 0, 1].into()
            } else {
                std::net::Ipv6Addr::LOCALHOST.into()
            });
        }
        let (scheme, pins) = match config.inside.tls {
            InsideTls::None => ("http", None),
            InsideTls::Own => {
                // Whichever of its keys the gateway uses just now.
                let files = keys::every(&config.keys_folder(), Purpose::Tls)?;
                let keys = files.iter().map(|file| Ok(TlsIdentity::load(file)?.fingerprint()));
                ("https", Some(Pins(keys.collect::<Result<_>>()?)))
            }
        };
        let base: Uri = format!("{scheme}://{address}")
            .parse()
            .map_err(|_| Error::Usage("[inside] listen is no address to connect to".to_owned()))?;
        Ok(Self { base, pins, token: Some(config.token_file()) })
    }

    /// Gets a JSON answer.
    pub(crate) async fn get(&self, path: &str) -> Result<Value> {
        self.call(Method::GET, path, None).await
    }

    /// Sends a JSON body.
    pub(crate) async fn send(&self, method: Method, path: &str, body: &Value) -> Result<Value> {
        self.call(method, path, Some(body)).await
    }

    /// Deletes what stands at a path.
    pub(crate) async fn delete(&self, path: &str) -> Result<Value> {
        self.call(Method::DELETE, path, None).await
    }

    /// Gets bytes that are not JSON.
    pub(crate) async fn get_bytes(&self, path: &str) -> Result<Bytes> {
        Ok(accepted(self.managed(Method::GET, path, None).await?)?.body)
    }

    /// Sends a request of any kind, without the management token.
    pub(crate) async fn raw(&self, method: Method, path: &str, headers: HeaderMap, body: Bytes) -> Result<Answer> {
        connection::exchange(&self.base, self.pins.as_ref(), self.request(method, path, headers, body)?).await
    }

    /// Gets an answer of any size, to be read as it comes.
    pub(crate) async fn stream(&self, path: &str, headers: HeaderMap) -> Result<Coming> {
        let request = self.request(Method::GET, path, headers, Bytes::new())?;
        connection::open(&self.base, self.pins.as_ref(), request).await
    }

    fn request(&self, method: Method, path: &str, headers: HeaderMap, body: Bytes) -> Result<Request<Full<Bytes>>> {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(all) = request.headers_mut() {
            *all = headers;
        }
        let request = request.header(header::HOST, self.authority()).body(body.into());
        request.map_err(|_| Error::Usage("the path is not one of a URL".to_owned()))
    }

    /// Sends a body that is not JSON.
    pub(crate) async fn send_text(
        &self,
        method: Method,
        path: &str,
        kind: &'static str,
        body: String,
    ) -> Result<Value> {
        self.read(self.managed_with(method, path, kind, body).await?)
    }

    async fn call(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value> {
        self.read(self.managed(method, path, body).await?)
    }

    fn read(&self, answer: Answer) -> Result<Value> {
        let answer = accepted(answer)?;
        if answer.body.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_slice(&answer.body).map_err(|_| Error::Unreachable {
            url: self.base.to_string(),
            why: "what answers there is not a gateway of this version".to_owned(),
        })
    }

    async fn managed(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Answer> {
        let body = body.map(Value::to_string).unwrap_or_default();
        self.managed_with(method, path, "application/json", body).await
    }

    async fn managed_with(&self, method: Method, path: &str, kind: &'static str, body: String) -> Result<Answer> {
        let mut headers = HeaderMap::new();
        let token = self.token.as_ref().ok_or_else(|| {
            Error::Usage("managing a gateway needs --token-file with the management token".to_owned())
        })?;
        let bearer = http::HeaderValue::from_str(&format!("Bearer {}", files::read_secret_line(token)?));
        let mut bearer =
            bearer.map_err(|_| Error::refused("the token file holds no token", "write the token into it anew"))?;
        bearer.set_sensitive(true);
        headers.insert(header::AUTHORIZATION, bearer);
        headers.insert(header::ACCEPT, http::HeaderValue::from_static("application/json"));
        if !body.is_empty() {
            headers.insert(header::CONTENT_TYPE, http::HeaderValue::from_static(kind));
        }
        self.raw(method, &format!("/api{path}"), headers, body.into()).await
    }

    fn authority(&self) -> &str {
        self.base.authority().map_or("localhost", http::uri::Authority::as_str)
    }
}

/// Turns the gateway's "no" into an error with its words.
pub(crate) fn accepted(answer: Answer) -> Result<Answer> {
    if answer.status.is_success() {
        return Ok(answer);
    }
    let said: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let text = |name: &str| said.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let mut message = text("error");
    if message.is_empty() {
        message = answer.status.canonical_reason().unwrap_or("no reason given").to_owned();
    }
    for finding in said.get("findings").and_then(Value::as_array).into_iter().flatten() {
        let word = |name: &str| finding.get(name).and_then(Value::as_str).unwrap_or_default();
        // Writing to a String cannot fail.
        let _ = write!(message, "\n  {}: {}: {}", word("field"), word("problem"), word("remedy"));
    }
    Err(Error::Api { status: answer.status.as_u16(), message, remedy: text("remedy") })
}

/// A path below the API from segments, each encoded on its own.
pub(crate) fn path(segments: &[&str]) -> String {
    segments.iter().map(|segment| format!("/{}", encode_part(segment))).collect()
}

/// A query from those parameters that are given; everything but letters, digits and `-._~` is encoded.
pub(crate) fn query(parameters: &[(&str, Option<String>)]) -> String {
    let mut query = String::new();
    for (name, value) in parameters {
        let Some(value) = value else { continue };
        query.push(if query.is_empty() { '?' } else { '&' });
        query.push_str(name);
        query.push('=');
        for byte in value.bytes() {
            match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => query.push(char::from(byte)),
                // Writing to a String cannot fail.
                _ => _ = write!(query, "%{byte:02X}"),
            }
        }
    }
    query
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_cannot_be_broken_out_of() {
        let partner = Some("TEST/LOC/a&limit=9 ü".to_owned());
        assert_eq!(
            query(&[("since", None), ("partner", partner), ("limit", Some("5".into()))]),
            "?partner=TEST%2FLOC%2Fa%26limit%3D9%20%C3%BC&limit=5"
        );
        assert_eq!(query(&[("since", None)]), "");
    }

    #[test]
    fn a_path_cannot_be_broken_out_of() {
        assert_eq!(path(&["systems", "a/../b?c", "keys"]), "/systems/a%2F..%2Fb%3Fc/keys");
    }

    #[test]
    fn findings_are_shown_one_to_a_line() {
        let body = r#"{"error":"the agreement is not complete","remedy":"fill it in","findings":[{"field":"law.art6","problem":"is missing","remedy":"name a basis"}]}"#;
        let answer = Answer {
            status: StatusCode::UNPROCESSABLE_ENTITY,
            headers: HeaderMap::new(),
            body: Bytes::from_static(body.as_bytes()),
        };
        let error = accepted(answer).map(|_| ()).unwrap_err().to_string();
        assert_eq!(
            error,
            "the gateway refused (status 422): the agreement is not complete\n  law.art6: is missing: name a basis; fill it in"
        );
    }
}
