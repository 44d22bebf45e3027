//! X-Road's request hash: `base64(SHA-512(SHA-512(head) ‖ SHA-512(body)))`, without the second part
//! when there is no body (protocol §4.3, as servers compute it).

use base64::Engine as _;
use http::{HeaderMap, Method};
use packhorse_keys::sha512;
use packhorse_model::ExchangeId;

use crate::wire::{is_hop_by_hop, packhorse, xroad};

/// The hash of a request as it arrived. `made_id` is the message id when the caller gave none.
///
/// Header names are written in lower case, the only form that HTTP/2 knows; a caller cannot recompute
/// the hash anyway, since it knows neither the request id nor the order in which headers arrived.
pub(crate) fn request_hash(
    method: &Method,
    path_and_query: &str,
    headers: &HeaderMap,
    request_id: ExchangeId,
    made_id: Option<&str>,
    body: &[u8],
) -> String {
    let mut head = Vec::with_capacity(1024);
    let mut line = |parts: &[&[u8]]| {
        for part in parts {
            head.extend_from_slice(part);
        }
        head.extend_from_slice(b"\r\n");
    };
    line(&[method.as_str().as_bytes()]);
    line(&[path_and_query.as_bytes()]);
    for (name, value) in headers {
        let secret = *name == packhorse::API_KEY;
        if !is_hop_by_hop(name) && *name != xroad::REQUEST_ID && *name != xroad::REQUEST_HASH && !secret {
            line(&[name.as_str().as_bytes(), b":", value.as_bytes()]);
        }
    }
    line(&[b"x-road-request-id:", request_id.to_string().as_bytes()]);
    if let Some(made_id) = made_id {
        line(&[b"x-road-id:", made_id.as_bytes()]);
    }
    let mut parts = sha512(&head).to_vec();
    if body.is_empty() {
        return base64::engine::general_purpose::STANDARD.encode(&parts);
    }
    parts.extend_from_slice(&sha512(body));
    base64::engine::general_purpose::STANDARD.encode(sha512(&parts))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn hash(body: &[u8], id: &str) -> String {
        let mut headers = HeaderMap::new();
        headers.insert("content-type", HeaderValue::from_static("application/json"));
        headers.insert("x-road-client", HeaderValue::from_static("TEST/GOV/2000/cons"));
        headers.insert("user-agent", HeaderValue::from_static("ends at this hop"));
        let made = Some("TEST-00000000-0000-4000-8000-000000000002");
        let path = "/r1/TEST/GOV/1000/prov/petstore/pets?full=true";
        request_hash(&Method::POST, path, &headers, id.parse().unwrap(), made, body)
    }

    /// Computed by hand from the rule with Python's hashlib over the same lines.
    #[test]
    fn the_hash_is_x_roads_over_the_lower_case_head() {
        let id = "00000000-0000-4000-8000-000000000001";
        let head = "POST\r\n/r1/TEST/GOV/1000/prov/petstore/pets?full=true\r\ncontent-type:application/json\r\n\
                    x-road-client:TEST/GOV/2000/cons\r\nx-road-request-id:00000000-0000-4000-8000-000000000001\r\n\
                    x-road-id:TEST-00000000-0000-4000-8000-000000000002\r\n";
        let encode = |bytes: &[u8]| base64::engine::general_purpose::STANDARD.encode(bytes);
        assert_eq!(hash(b"", id), encode(&sha512(head.as_bytes())));
        let both = [sha512(head.as_bytes()), sha512(b"{\"value\":42}")].concat();
        assert_eq!(hash(b"{\"value\":42}", id), encode(&sha512(&both)));
        assert_ne!(hash(b"", id), hash(b"", "00000000-0000-4000-8000-000000000003"));
    }
}
