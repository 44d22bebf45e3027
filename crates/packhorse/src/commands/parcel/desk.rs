//! Calls of the native interface for parcels, as one system and person.
//!
//! It must never know what a call is for.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method};
use serde_json::Value;

use crate::api::{Answer, Api, Coming, accepted};
use crate::error::{Error, Result};

/// The gateway, and who calls.
pub(super) struct Desk {
    api: Api,
    caller: HeaderMap,
}

impl Desk {
    pub(super) fn new(api: Api, caller: HeaderMap) -> Self {
        Self { api, caller }
    }

    /// Gets a JSON answer.
    pub(super) async fn get(&self, path: &str) -> Result<Value> {
        json(accepted(self.call(Method::GET, path, HeaderMap::new(), Bytes::new()).await?)?)
    }

    /// Posts JSON, or nothing; the answer, which may be nothing.
    pub(super) async fn post(&self, path: &str, body: Option<&Value>) -> Result<Value> {
        let answer = accepted(self.post_raw(path, HeaderMap::new(), body).await?)?;
        if answer.body.is_empty() { Ok(Value::Null) } else { json(answer) }
    }

    /// Posts JSON; whatever was answered.
    pub(super) async fn post_raw(&self, path: &str, mut headers: HeaderMap, body: Option<&Value>) -> Result<Answer> {
        let body = body.map(Value::to_string).unwrap_or_default();
        if !body.is_empty() {
            headers.insert(http::header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        self.call(Method::POST, path, headers, body.into()).await
    }

    /// Any call below `/parcels`.
    pub(super) async fn call(&self, method: Method, path: &str, headers: HeaderMap, body: Bytes) -> Result<Answer> {
        self.api.raw(method, &format!("/parcels{path}"), self.all(headers), body).await
    }

    /// Gets content, to be read as it comes.
    pub(super) async fn content(&self, path: &str, headers: HeaderMap) -> Result<Coming> {
        self.api.stream(&format!("/parcels{path}"), self.all(headers)).await
    }

    fn all(&self, headers: HeaderMap) -> HeaderMap {
        let mut all = self.caller.clone();
        all.extend(headers);
        all
    }
}

/// The rule by which the gateway refused.
pub(super) fn rule(answer: &Answer) -> String {
    let said: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    said.get("rule").and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// The answer's JSON.
pub(super) fn json(answer: Answer) -> Result<Value> {
    serde_json::from_slice(&answer.body).map_err(|_| strange())
}

/// What answers is not a gateway of this version.
pub(super) fn strange() -> Error {
    Error::refused("the gateway's answer cannot be read", "use the program of the gateway's version")
}
