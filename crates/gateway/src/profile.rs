//! The signature profile: what the two signatures of an exchange cover (docs/protocol/query.md).
//!
//! Both sides build their lists here, so that what one signs is what the other demands. A message
//! without content carries the digest of the empty string. Headers that have no line of their own are
//! covered by `packhorse-headers-digest`.

#[cfg(test)]
mod vectors;

use http::HeaderMap;
use http::header::{CONTENT_TYPE, HeaderName};
use packhorse_keys::PublicKey;
use packhorse_keys::message::{CONTENT_DIGEST, Component, SIGNATURE, SIGNATURE_INPUT, SignatureParameters};

use crate::wire::{packhorse, signature, xroad};

/// Request headers that have a line of their own when present: what the record must be able to prove
/// when body and headers are gone.
const REQUEST_LINES: [HeaderName; 7] = [
    xroad::CLIENT,
    xroad::REQUEST_ID,
    xroad::ISSUE,
    packhorse::AGREEMENT,
    packhorse::PURPOSE,
    packhorse::ROLE,
    packhorse::TRAINED_ON,
];

/// What a signature says of itself: made by this key, for this use, at this second since 1970.
pub(crate) fn parameters(key: &PublicKey, tag: &str, created: i64) -> SignatureParameters {
    SignatureParameters {
        label: signature::LABEL.to_owned(),
        created,
        expires: None,
        nonce: None,
        keyid: key.fingerprint().to_string(),
        algorithm: key.algorithm(),
        tag: Some(tag.to_owned()),
    }
}

/// What a request's signature covers.
pub(crate) fn request(headers: &HeaderMap) -> Vec<Component> {
    let mut components = vec![
        Component::METHOD,
        Component::TARGET_URI,
        Component::field(CONTENT_DIGEST),
        Component::field(packhorse::HEADERS_DIGEST),
    ];
    let present = |name: &HeaderName| headers.contains_key(name);
    components.extend([CONTENT_TYPE].into_iter().chain(REQUEST_LINES).filter(present).map(Component::field));
    components
}

/// What an answer's signature covers: itself, and the question it answers.
///
/// The request's components are repeated, because covering a signature value does not by itself cover
/// what that signature covered; `signature-input` is bound too, so that nobody can keep the signature
/// and re-label what it covers.
pub(crate) fn response(headers: &HeaderMap) -> Vec<Component> {
    let mut components = vec![
        Component::STATUS,
        Component::field(CONTENT_DIGEST),
        Component::field(packhorse::HEADERS_DIGEST),
        Component::field(packhorse::OUTCOME),
        Component::METHOD.of_request(),
        Component::TARGET_URI.of_request(),
        Component::field(CONTENT_DIGEST).of_request(),
        Component::field(xroad::REQUEST_ID).of_request(),
        Component::member(SIGNATURE, signature::LABEL).of_request(),
        Component::member(SIGNATURE_INPUT, signature::LABEL).of_request(),
    ];
    let present = |name: &HeaderName| headers.contains_key(name);
    components.extend([CONTENT_TYPE, packhorse::CUT].into_iter().filter(present).map(Component::field));
    components
}
