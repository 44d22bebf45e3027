//! `Signature`, `Signature-Input` and `Content-Digest` of a stranger (RFC 9421, RFC 9530).
#![no_main]

use http::{HeaderMap, HeaderValue, Method};
use libfuzzer_sys::fuzz_target;
use packhorse_keys::message::{CONTENT_DIGEST, MessageView, RequestView, SIGNATURE, SIGNATURE_INPUT, parse_signature};
use packhorse_keys::{Signer as _, SoftwareKey, check_content_digest};

fuzz_target!(|input: (&[u8], &[u8], &[u8])| {
    let (signature_input, signature, digest) = input;
    let mut headers = HeaderMap::new();
    for (name, value) in [(SIGNATURE_INPUT, signature_input), (SIGNATURE, signature), (CONTENT_DIGEST, digest)] {
        if let Ok(value) = HeaderValue::from_bytes(value) {
            headers.insert(name, value);
        }
    }
    if let Some(digest) = headers.get(CONTENT_DIGEST) {
        let _ = check_content_digest(digest, b"body");
    }
    let Ok(received) = parse_signature(&headers, "packhorse") else { return };
    let key = SoftwareKey::from_ed25519_seed(&[7; 32]).expect("a key");
    let request = RequestView { method: &Method::GET, target_uri: "https://example.org/r1", headers: &headers };
    assert!(received.check(key.public_key(), &[], &MessageView::Request(request)).is_err(), "nobody signed this");
});
