//! HTTP message signatures judged by the crate `httpsig`, which we did not write.
#![allow(clippy::unwrap_used, reason = "in a test a panic is the failure report")]

use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, Method};
use httpsig::prelude::message_component::{HttpMessageComponent, HttpMessageComponentId};
use httpsig::prelude::{
    AlgorithmName, HttpSignatureBase, HttpSignatureHeaders, HttpSignatureParams, PublicKey, SecretKey, VerifyingKey,
};
use packhorse_keys::message::{
    CONTENT_DIGEST, Component, RequestView, SIGNATURE, SIGNATURE_INPUT, SignatureParameters, parse_signature,
    sign_request,
};
use packhorse_keys::{Algorithm, Signer, SoftwareKey, content_digest};

const TARGET: &str = "https://gw.example.gov.uk/r1/TEST/GOV/1000/prov/petstore/pets?full=true";

fn header() -> HeaderMap {
    let digest = content_digest(b"{}");
    HeaderMap::from_iter([
        (CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (CONTENT_DIGEST, HeaderValue::from_str(&digest).unwrap()),
    ])
}

fn lines() -> Vec<HttpMessageComponent> {
    let digest = content_digest(b"{}");
    [
        "\"@method\": POST".to_owned(),
        format!("\"@target-uri\": {TARGET}"),
        "\"@authority\": gw.example.gov.uk".to_owned(),
        "\"@path\": /r1/TEST/GOV/1000/prov/petstore/pets".to_owned(),
        "\"@query\": ?full=true".to_owned(),
        "\"content-type\": application/json".to_owned(),
        format!("\"content-digest\": {digest}"),
    ]
    .iter()
    .map(|line| HttpMessageComponent::try_from(line.as_str()).unwrap())
    .collect()
}

fn components() -> [Component; 7] {
    [
        Component::METHOD,
        Component::TARGET_URI,
        Component::AUTHORITY,
        Component::PATH,
        Component::QUERY,
        Component::field(CONTENT_TYPE),
        Component::field(CONTENT_DIGEST),
    ]
}

#[test]
fn what_the_judge_signs_we_verify() {
    let ours = SoftwareKey::from_ed25519_seed(&[7; 32]).unwrap();
    let judge = SecretKey::from_bytes(&AlgorithmName::Ed25519, &[7; 32]).unwrap();
    let ids: Vec<HttpMessageComponentId> = lines().iter().map(|line| line.id.clone()).collect();
    let mut params = HttpSignatureParams::try_new(&ids).unwrap();
    params.set_created(1_767_268_800).set_expires(1_767_268_860);
    params.set_nonce("once").set_alg(&AlgorithmName::Ed25519).set_keyid("k").set_tag("t");
    let base = HttpSignatureBase::try_new(&lines(), &params).unwrap();
    let made = base.build_signature_headers(&judge, Some("req")).unwrap();

    let mut headers = header();
    let value = |text: String| HeaderValue::from_str(&text).unwrap();
    headers.insert(SIGNATURE_INPUT, value(made.signature_input_header_value()));
    headers.insert(SIGNATURE, value(made.signature_header_value()));
    let received = parse_signature(&headers, "req").unwrap();
    let request = RequestView { method: &Method::POST, target_uri: TARGET, headers: &headers };
    let checked = received.check(ours.public_key(), &components(), &request.into()).unwrap();
    assert_eq!(checked.as_bytes(), base.as_bytes());
    assert_eq!(received.expires, Some(1_767_268_860));
    assert_eq!(received.nonce.as_deref(), Some("once"));
    assert_eq!(received.tag.as_deref(), Some("t"));
}

#[test]
fn what_we_sign_the_judge_verifies() {
    for (algorithm, name) in
        [(Algorithm::Ed25519, AlgorithmName::Ed25519), (Algorithm::EcdsaP256Sha256, AlgorithmName::EcdsaP256Sha256)]
    {
        let ours = SoftwareKey::generate(algorithm).unwrap();
        let judge = PublicKey::from_bytes(&name, ours.public_key().as_bytes()).unwrap();
        let parameters = SignatureParameters {
            label: "req".into(),
            created: 1_767_268_800,
            expires: Some(1_767_268_860),
            nonce: Some("once".into()),
            keyid: "k".into(),
            algorithm,
            tag: Some("t".into()),
        };
        let headers = header();
        let request = RequestView { method: &Method::POST, target_uri: TARGET, headers: &headers };
        let signed = sign_request(&ours, &parameters, &components(), &request).unwrap();

        // The judge reads our header fields, and has the same lines for the same message. It
        // always writes alg before keyid, so the last line it can only take from us.
        let input = signed.signature_input.to_str().unwrap();
        let read = HttpSignatureHeaders::try_parse(signed.signature.to_str().unwrap(), input);
        let read = read.unwrap();
        let params = read.get("req").unwrap().signature_params();
        assert_eq!((params.created, params.expires), (Some(1_767_268_800), Some(1_767_268_860)));
        assert_eq!(params.alg.as_deref(), Some(algorithm.name()));
        assert_eq!(params.keyid.as_deref(), Some("k"));
        let theirs = HttpSignatureBase::try_new(&lines(), params).unwrap().to_string();
        let before_parameters = |base: &str| base.rsplit_once('\n').unwrap().0.to_owned();
        assert_eq!(before_parameters(&signed.base), before_parameters(&theirs));
        let received = parse_signature(
            &HeaderMap::from_iter([
                (SIGNATURE_INPUT, signed.signature_input.clone()),
                (SIGNATURE, signed.signature.clone()),
            ]),
            "req",
        );
        judge.verify(signed.base.as_bytes(), &received.unwrap().signature).unwrap();
    }
}
