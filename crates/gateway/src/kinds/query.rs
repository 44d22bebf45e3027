//! The query: ask and be answered. Its payload is an HTTP request to a service, as X-Road carries it.

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};
use packhorse_model::path::CanonicalPath;

/// The question: what the service behind the provider's gateway will see.
#[derive(Debug, Clone)]
pub(crate) struct Question {
    pub(crate) method: Method,
    /// The path behind the service code.
    pub(crate) path: CanonicalPath,
    /// The raw query string, passed on as it came.
    pub(crate) query: Option<String>,
    /// Headers that travel.
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// The service's answer.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Question {
    /// `/path?query` as the provider's service sees it.
    pub(crate) fn path_and_query(&self) -> String {
        match &self.query {
            Some(query) => format!("{}?{query}", self.path.raw()),
            None => self.path.raw().to_owned(),
        }
    }
}
