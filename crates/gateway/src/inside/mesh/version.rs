//! Which version of the API a client speaks, and every answer in that version's form.

use std::convert::Infallible;

use axum::extract::{FromRequestParts, Request};
use axum::http::header::{ACCEPT, ALLOW};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::Next;
use axum::response::Response;

use super::errors::Failed;

/// The version of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Version {
    One,
    Two,
}

/// The content type of most answers in version 2.
pub(super) const V2_JSON: &str = "application/vnd.mesh.v2+json";

impl Version {
    /// By `Accept`; none when it names a version in a form that is none.
    fn of(headers: &HeaderMap) -> Option<Self> {
        let accept = headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let Some(named) = accept.split(';').find(|part| part.contains("vnd.mesh")) else { return Some(Self::One) };
        let digits = named.trim().strip_prefix("application/vnd.mesh.v")?.strip_suffix("+json")?;
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        // Later versions are spoken to as to the newest that is known here.
        let later = digits.trim_start_matches('0');
        Some(if matches!(later, "" | "1") { Self::One } else { Self::Two })
    }
}

impl<S: Sync> FromRequestParts<S> for Version {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        // What is in no form was refused before any handler is reached.
        Ok(Self::of(&parts.headers).unwrap_or(Self::One))
    }
}

/// Refuses a version in no form, and writes whatever is refused behind it in the form of the client's version: also
/// what no handler refused, such as a method. A `detail` is always a list, since clients break on anything else.
pub(super) async fn answered(request: Request, next: Next) -> Response {
    let Some(version) = Version::of(request.headers()) else {
        let failed = Failed::event(StatusCode::BAD_REQUEST, "", "", "Accept header api format incorrect");
        return failed.written(Version::One);
    };
    let mut response = next.run(request).await;
    if let Some(failed) = response.extensions_mut().remove::<Failed>() {
        return failed.written(version);
    }
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return response;
    }
    let reason = status.canonical_reason().unwrap_or("Refused");
    let mut written = Failed::event(status, "", "", reason).written(version);
    // RFC 9110 §15.5.6: which methods there are.
    written.headers_mut().extend(response.headers().get(ALLOW).cloned().map(|allow| (ALLOW, allow)));
    written
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn the_version_is_read_as_mesh_reads_it() {
        for (accept, version) in [
            ("*/*", Some(Version::One)),
            ("application/json", Some(Version::One)),
            ("application/vnd.mesh.v1+json", Some(Version::One)),
            ("application/vnd.mesh.v2+json", Some(Version::Two)),
            ("text/html; application/vnd.mesh.v2+json", Some(Version::Two)),
            ("application/vnd.mesh.v31+json", Some(Version::Two)),
            ("application/vnd.mesh.v+json", None),
            ("application/vnd.mesh.v2", None),
            ("application/vnd.mesh.vtwo+json", None),
        ] {
            let headers = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static(accept))]);
            assert_eq!(Version::of(&headers), version, "{accept}");
        }
        assert_eq!(Version::of(&HeaderMap::new()), Some(Version::One));
    }
}
