//! What is asked of the provider: its description, its keys, a token for a code.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use http::{Method, StatusCode};
use packhorse_governance::people::TurnedAway;
use packhorse_keys::ProviderKeys;
use packhorse_tables::{Source, Upstream, UpstreamRequest};
use serde::Deserialize;
use serde_json::json;
use tokio::sync::Mutex;

use super::claims::Claims;
use super::{OpenIdSettings, form};
use crate::error::GatewayError;

/// How long what the provider says of itself counts.
const FRESH: Duration = Duration::from_secs(3600);
/// A key that is not there is looked for no more often: a stranger's tokens shall not drive us.
const AGAIN: Duration = Duration::from_secs(30);
/// Longest wait for the provider.
const PATIENCE_MS: u64 = 10_000;
/// Most bytes of its answers.
const ANSWER_LIMIT: usize = 512 * 1024;

/// The provider's description of itself (OpenID Connect Discovery §3).
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Found {
    issuer: String,
    pub(super) authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    pub(super) end_session_endpoint: Option<String>,
    #[serde(default)]
    token_endpoint_auth_methods_supported: Vec<String>,
}

struct Known {
    found: Found,
    keys: Arc<ProviderKeys>,
    since: Instant,
}

/// The provider, as it was last seen.
pub(super) struct Provider {
    issuer: String,
    client_id: String,
    client_secret: Option<String>,
    ca_file: Option<PathBuf>,
    known: Mutex<Option<Known>>,
}

#[derive(Deserialize)]
struct Tokens {
    id_token: String,
}

impl Provider {
    pub(super) fn new(settings: &OpenIdSettings) -> Self {
        Self {
            issuer: settings.issuer.clone(),
            client_id: settings.client_id.clone(),
            client_secret: settings.client_secret.clone(),
            ca_file: settings.ca_file.clone(),
            known: Mutex::new(None),
        }
    }

    /// What the provider says of itself.
    pub(super) async fn found(&self) -> Result<Found, GatewayError> {
        Ok(self.known(FRESH).await?.0)
    }

    async fn known(&self, fresh: Duration) -> Result<(Found, Arc<ProviderKeys>), GatewayError> {
        let mut known = self.known.lock().await;
        if let Some(known) = known.as_ref().filter(|known| known.since.elapsed() < fresh) {
            return Ok((known.found.clone(), Arc::clone(&known.keys)));
        }
        let address = format!("{}/.well-known/openid-configuration", self.issuer.trim_end_matches('/'));
        let found: Found = serde_json::from_slice(&self.get(&address).await?)
            .map_err(|_| said("its description of itself cannot be read (OpenID Connect Discovery §3)"))?;
        if found.issuer != self.issuer {
            return Err(said("it calls itself by another issuer than the configuration: write the issuer as it does"));
        }
        let keys = Arc::new(ProviderKeys::parse(&self.get(&found.jwks_uri).await?)?);
        *known = Some(Known { found: found.clone(), keys: Arc::clone(&keys), since: Instant::now() });
        Ok((found, keys))
    }

    /// The identity token for a code (OpenID Connect Core §3.1.3).
    pub(super) async fn token(&self, code: &str, verifier: &str, way_back: &str) -> Result<String, GatewayError> {
        let found = self.found().await?;
        let mut fields = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", way_back),
            ("code_verifier", verifier),
        ];
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        let in_body = found.token_endpoint_auth_methods_supported.iter().any(|method| method == "client_secret_post")
            && !found.token_endpoint_auth_methods_supported.iter().any(|method| method == "client_secret_basic");
        match &self.client_secret {
            Some(secret) if !in_body => {
                // RFC 6749 §2.3.1: both are encoded before they are joined.
                let [id, secret] = [&self.client_id, secret].map(|part| form(&[("", part)])[1..].to_owned());
                let basic = format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")));
                let basic =
                    HeaderValue::try_from(basic).map_err(|_| said("the client secret cannot stand in a header"))?;
                headers.insert(AUTHORIZATION, basic);
            }
            Some(secret) => fields.extend([("client_id", self.client_id.as_str()), ("client_secret", secret.as_str())]),
            None => fields.push(("client_id", &self.client_id)),
        }
        let (status, body) = self.call(Method::POST, &found.token_endpoint, headers, form(&fields).into()).await?;
        // What the browser brought is no code of the provider's.
        if status == StatusCode::BAD_REQUEST {
            return Err(TurnedAway::Expired.into());
        }
        if !status.is_success() {
            return Err(said(
                "it does not give a token: look at client_id, client_secret_file and the redirect address",
            ));
        }
        let tokens: Tokens = serde_json::from_slice(&body).map_err(|_| said("it gives no identity token"))?;
        Ok(tokens.id_token)
    }

    /// What a token claims, by the provider's keys; they are fetched again when a new one is named.
    pub(super) async fn verified(&self, token: &str) -> Result<Claims, GatewayError> {
        let (_, mut keys) = self.known(FRESH).await?;
        if !keys.knows(token) {
            (_, keys) = self.known(AGAIN).await?;
        }
        Ok(keys.verify(token, &self.issuer, &self.client_id)?)
    }

    async fn get(&self, address: &str) -> Result<Bytes, GatewayError> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        match self.call(Method::GET, address, headers, Bytes::new()).await? {
            (StatusCode::OK, body) => Ok(body),
            _ => Err(said("it does not answer as a provider of OpenID Connect does: look at the issuer")),
        }
    }

    async fn call(
        &self,
        method: Method,
        address: &str,
        headers: HeaderMap,
        body: Bytes,
    ) -> Result<(StatusCode, Bytes), GatewayError> {
        let unusable =
            || said("it names an address that cannot be used: https with a ca_file, or http on this machine");
        let source: Source = serde_json::from_value(json!({
            "kind": "upstream", "base_url": address, "ca_file": self.ca_file.as_ref().filter(|_| address.starts_with("https:")),
            "connect_timeout_ms": PATIENCE_MS, "first_byte_timeout_ms": PATIENCE_MS, "timeout_ms": PATIENCE_MS,
            "max_body": ANSWER_LIMIT,
        }))
        .map_err(|_| unusable())?;
        let upstream = Upstream::new(&source).map_err(|_| unusable())?;
        let request = UpstreamRequest { method, path_and_query: String::new(), headers, body };
        let answer = upstream.call(request).await.map_err(|_| said("it does not answer: look whether it runs"))?;
        Ok((answer.status, answer.body))
    }
}

fn said(what: &str) -> GatewayError {
    GatewayError::Identity(what.to_owned())
}
