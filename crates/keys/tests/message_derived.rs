//! Components derived from the target URI are normalised as RFC 9421 §2.2 says.
#![allow(clippy::unwrap_used, reason = "in a test a panic is the failure report")]

use http::{HeaderMap, Method};
use packhorse_keys::message::{Component, RequestView, SignatureParameters, sign_request};
use packhorse_keys::{Signer, SoftwareKey};

#[test]
fn the_authority_is_in_lower_case_without_the_port_of_its_scheme() {
    let key = SoftwareKey::from_ed25519_seed(&[7; 32]).unwrap();
    let parameters = SignatureParameters {
        label: "req".into(),
        created: 1_767_268_800,
        expires: None,
        nonce: None,
        keyid: "key".into(),
        algorithm: key.public_key().algorithm(),
        tag: None,
    };
    let components = [Component::AUTHORITY, Component::PATH, Component::QUERY];
    for (uri, authority, path, query) in [
        ("https://GW.example.gov.uk:443", "gw.example.gov.uk", "/", "?"),
        ("https://gw.example.gov.uk:8443/a?", "gw.example.gov.uk:8443", "/a", "?"),
        ("http://gw.example.gov.uk:80/?b=c", "gw.example.gov.uk", "/", "?b=c"),
        ("http://[::1]:443/%20", "[::1]:443", "/%20", "?"),
    ] {
        let request = RequestView { method: &Method::GET, target_uri: uri, headers: &HeaderMap::new() };
        let base = sign_request(&key, &parameters, &components, &request).unwrap().base;
        let expected = format!("\"@authority\": {authority}\n\"@path\": {path}\n\"@query\": {query}\n");
        assert!(base.starts_with(&expected), "{base}");
    }
}
