//! The digest over a message's headers, as docs/protocol/query.md describes it.

use http::{HeaderMap, HeaderName, HeaderValue};
use packhorse_keys::content_digest;

/// What the headers' digest leaves out.
const LEFT_OUT: [&str; 18] = [
    "date",
    "content-digest",
    "signature",
    "signature-input",
    "packhorse-headers-digest",
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

/// One line for every header that counts, sorted by name.
pub(super) fn headers_digest(headers: &HeaderMap) -> HeaderValue {
    let mut names: Vec<&str> = headers.keys().map(HeaderName::as_str).filter(|name| !LEFT_OUT.contains(name)).collect();
    names.sort_unstable();
    let mut lines = String::new();
    for name in names {
        for value in headers.get_all(name) {
            lines.push_str(&format!("{name}:{}\n", value.to_str().unwrap()));
        }
    }
    content_digest(lines.as_bytes()).parse().unwrap()
}
