//! The header names of both doors, and which headers travel.
//!
//! One place for the fact of which header a caller may set, which we set ourselves, and which never
//! pass on (X-Road REST message protocol v1 §4.3, RFC 9110 §7.6.1).

use http::header::{HeaderMap, HeaderName, HeaderValue};
use packhorse_keys::sha256;
use packhorse_model::record::encode_digest;

/// X-Road's headers.
pub(crate) mod xroad {
    use http::HeaderName;
    pub(crate) const CLIENT: HeaderName = HeaderName::from_static("x-road-client");
    pub(crate) const SERVICE: HeaderName = HeaderName::from_static("x-road-service");
    pub(crate) const ID: HeaderName = HeaderName::from_static("x-road-id");
    pub(crate) const USER_ID: HeaderName = HeaderName::from_static("x-road-userid");
    pub(crate) const ISSUE: HeaderName = HeaderName::from_static("x-road-issue");
    pub(crate) const SECURITY_SERVER: HeaderName = HeaderName::from_static("x-road-security-server");
    pub(crate) const REPRESENTED_PARTY: HeaderName = HeaderName::from_static("x-road-represented-party");
    pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-road-request-id");
    pub(crate) const REQUEST_HASH: HeaderName = HeaderName::from_static("x-road-request-hash");
    pub(crate) const ERROR: HeaderName = HeaderName::from_static("x-road-error");
}

/// Our own headers.
pub(crate) mod packhorse {
    use http::HeaderName;
    /// Inside: which agreement the caller relies on. Outside: `<id>;<digest>`.
    pub(crate) const AGREEMENT: HeaderName = HeaderName::from_static("packhorse-agreement");
    /// What the exchange is for.
    pub(crate) const PURPOSE: HeaderName = HeaderName::from_static("packhorse-purpose");
    /// The person's role.
    pub(crate) const ROLE: HeaderName = HeaderName::from_static("packhorse-role");
    /// The case reference; beside `X-Road-Issue`, for callers that use the latter otherwise.
    pub(crate) const CASE: HeaderName = HeaderName::from_static("packhorse-case");
    /// Inside: the fields asked for, when fewer than agreed; comma-separated.
    pub(crate) const FIELDS: HeaderName = HeaderName::from_static("packhorse-fields");
    /// Inside: the caller's key.
    pub(crate) const API_KEY: HeaderName = HeaderName::from_static("packhorse-api-key");
    /// Outside: when the person was last trained, vouched for by the consumer's gateway.
    pub(crate) const TRAINED_ON: HeaderName = HeaderName::from_static("packhorse-trained-on");
    /// Outside: digest over every header that has no line of its own in the signature base.
    pub(crate) const HEADERS_DIGEST: HeaderName = HeaderName::from_static("packhorse-headers-digest");
    /// Outside: `answered`, `refused` or `failed`.
    pub(crate) const OUTCOME: HeaderName = HeaderName::from_static("packhorse-outcome");
    /// Outside, answers: `<fields given>;<fields withheld>`.
    pub(crate) const CUT: HeaderName = HeaderName::from_static("packhorse-cut");
    /// Inside, answers: the exchange, to fetch its receipt by.
    pub(crate) const EXCHANGE: HeaderName = HeaderName::from_static("packhorse-exchange");
    /// Inside, refusals: the rule that decided.
    pub(crate) const RULE: HeaderName = HeaderName::from_static("packhorse-rule");
    /// What a caller inside may set.
    pub(crate) const FROM_INSIDE: [HeaderName; 6] = [AGREEMENT, PURPOSE, ROLE, CASE, FIELDS, API_KEY];
}

/// RFC 9421 and RFC 9530.
pub(crate) mod signature {
    use http::HeaderName;
    pub(crate) const SIGNATURE: HeaderName = HeaderName::from_static("signature");
    pub(crate) const SIGNATURE_INPUT: HeaderName = HeaderName::from_static("signature-input");
    pub(crate) const CONTENT_DIGEST: HeaderName = HeaderName::from_static("content-digest");
    /// The label of our signatures.
    pub(crate) const LABEL: &str = "packhorse";
    /// RFC 9421 §2.3 `tag`: keeps a signature made for another use of the same key from being taken for ours.
    pub(crate) const REQUEST_TAG: &str = "packhorse-request";
    /// The same for answers.
    pub(crate) const RESPONSE_TAG: &str = "packhorse-response";
}

/// Whether a header ends at this hop.
pub(crate) fn is_hop_by_hop(name: &HeaderName) -> bool {
    packhorse_tables::NEVER_FORWARDED.contains(&name.as_str())
}

/// Whether a header belongs to the gateways' own conversation and never reaches a system inside.
pub(crate) fn is_between_gateways(name: &HeaderName) -> bool {
    name.as_str().starts_with("packhorse-")
        || [signature::SIGNATURE, signature::SIGNATURE_INPUT, signature::CONTENT_DIGEST].contains(name)
}

/// X-Road's headers, of which a message has one line each. Of two that a caller inside sends, the last one counts.
pub(crate) const ONE_LINE: [HeaderName; 9] = [
    xroad::CLIENT,
    xroad::SERVICE,
    xroad::ID,
    xroad::USER_ID,
    xroad::ISSUE,
    xroad::SECURITY_SERVER,
    xroad::REPRESENTED_PARTY,
    xroad::REQUEST_ID,
    xroad::REQUEST_HASH,
];

/// A header of the gateways' own conversation that stands there twice: two lines are two readings, and the
/// signature covers them as one.
pub(crate) fn repeated_between_gateways(headers: &HeaderMap) -> Option<&HeaderName> {
    repeated(headers, is_between_gateways)
}

/// As [`repeated_between_gateways`], and those that a request has once besides.
pub(crate) fn repeated_in_request(headers: &HeaderMap) -> Option<&HeaderName> {
    repeated(headers, |name| {
        is_between_gateways(name) || ONE_LINE.contains(name) || *name == http::header::CONTENT_TYPE
    })
}

fn repeated(headers: &HeaderMap, once: impl Fn(&HeaderName) -> bool) -> Option<&HeaderName> {
    // As many lines as names, in nearly every message.
    if headers.len() == headers.keys_len() {
        return None;
    }
    headers.keys().find(|name| once(name) && headers.get_all(*name).iter().nth(1).is_some())
}

/// Headers that have a line of their own in the signature base, or are the signature.
fn is_outside_digest(name: &HeaderName) -> bool {
    is_hop_by_hop(name)
        || *name == packhorse::HEADERS_DIGEST
        || [signature::SIGNATURE, signature::SIGNATURE_INPUT, signature::CONTENT_DIGEST].contains(name)
        || *name == http::header::DATE
}

/// `sha-256=:…:` over `name:value\n` of every travelling header, sorted by name and, within a name,
/// in order. Sorted, because HTTP/2 stacks may reorder names but never the values of one name.
pub(crate) fn headers_digest(headers: &HeaderMap) -> HeaderValue {
    let digest = format!("sha-256=:{}:", encode_digest(&sha256(&digested_headers(headers))));
    HeaderValue::try_from(digest).unwrap_or_else(|_| HeaderValue::from_static(""))
}

/// The text of which [`headers_digest`] is the digest.
pub(crate) fn digested_headers(headers: &HeaderMap) -> Vec<u8> {
    let mut lines: Vec<(&str, &[u8])> = headers
        .iter()
        .filter(|(name, _)| !is_outside_digest(name))
        .map(|(name, value)| (name.as_str(), value.as_bytes()))
        .collect();
    lines.sort_by_key(|(name, _)| *name);
    let mut text = Vec::with_capacity(512);
    for (name, value) in lines {
        text.extend_from_slice(name.as_bytes());
        text.push(b':');
        text.extend_from_slice(value);
        text.push(b'\n');
    }
    text
}

/// A header's value as text; `None` when absent, not text, or given more than once (two values are
/// two readings).
pub(crate) fn single<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let first = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_added_or_dropped_header_changes_the_digest() {
        let mut headers = HeaderMap::new();
        headers.insert("accept", HeaderValue::from_static("application/json"));
        headers.append("x-case", HeaderValue::from_static("1"));
        let digest = headers_digest(&headers);
        let mut more = headers.clone();
        more.append("x-case", HeaderValue::from_static("2"));
        assert_ne!(digest, headers_digest(&more));
        let mut fewer = headers.clone();
        fewer.remove("accept");
        assert_ne!(digest, headers_digest(&fewer));
        let mut other = headers.clone();
        other.insert("user-agent", HeaderValue::from_static("hop by hop"));
        assert_eq!(digest, headers_digest(&other));
    }

    #[test]
    fn a_header_given_twice_is_found_where_one_is_expected() {
        for (name, in_request, between) in [
            ("packhorse-fields", true, true),
            ("packhorse-anything", true, true),
            ("signature", true, true),
            ("content-digest", true, true),
            ("content-type", true, false),
            ("x-road-issue", true, false),
            ("accept", false, false),
            ("x-road-extension", false, false),
        ] {
            let name = HeaderName::from_static(name);
            let mut headers = HeaderMap::new();
            headers.append("x-once", HeaderValue::from_static("1"));
            headers.append(&name, HeaderValue::from_static("1"));
            assert_eq!(repeated_in_request(&headers), None, "{name}");
            headers.append(&name, HeaderValue::from_static("1"));
            assert_eq!(repeated_in_request(&headers), in_request.then_some(&name));
            assert_eq!(repeated_between_gateways(&headers), between.then_some(&name));
        }
    }

    #[test]
    fn two_values_are_no_value() {
        let mut headers = HeaderMap::new();
        headers.append(packhorse::PURPOSE, HeaderValue::from_static("a"));
        assert_eq!(single(&headers, &packhorse::PURPOSE), Some("a"));
        headers.append(packhorse::PURPOSE, HeaderValue::from_static("b"));
        assert_eq!(single(&headers, &packhorse::PURPOSE), None);
    }
}
