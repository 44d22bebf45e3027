//! HTTP message signatures against vectors that others made.
#![allow(clippy::unwrap_used, reason = "in a test a panic is the failure report")]

use http::header::{CONTENT_LENGTH, CONTENT_TYPE, DATE};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use packhorse_keys::message::{
    CONTENT_DIGEST, Component, MessageView, RequestView, ResponseView, SIGNATURE, SIGNATURE_INPUT, SignatureParameters,
    parse_signature, sign_request, sign_response,
};
use packhorse_keys::{Algorithm, KeyError, PublicKey, Signer, SoftwareKey, content_digest};

fn headers(fields: &[(HeaderName, &str)]) -> HeaderMap {
    let value = |value: &str| HeaderValue::from_str(value).unwrap();
    fields.iter().map(|(name, text)| (name.clone(), value(text))).collect()
}

fn parameters(label: &str, keyid: &str, created: i64) -> SignatureParameters {
    SignatureParameters {
        label: label.into(),
        created,
        expires: None,
        nonce: None,
        keyid: keyid.into(),
        algorithm: Algorithm::Ed25519,
        tag: None,
    }
}

const TARGET: &str = "https://gw.example.gov.uk/r1/TEST/GOV/1000/prov/petstore/pets?full=true";

const REQUEST_BASE: &str = r#""@method": POST
"@target-uri": https://gw.example.gov.uk/r1/TEST/GOV/1000/prov/petstore/pets?full=true
"content-type": application/json
"content-digest": sha-256=:3GDmMqkDKcz9NPvpBNlHBNu7ZmlXUYXiY4mFT/ZBOcM=:
"@signature-params": ("@method" "@target-uri" "content-type" "content-digest");created=1767268800;keyid="consumer-1";alg="ed25519""#;
const REQUEST_SIGNATURE: &str =
    "req=:bZ9jY5XYaC233IIlgEYHoyl8Ms9ZLtbVuHfF5RSdMDX9yK5mGQQdKS89qdr1xqrv/PNrddDJ0jBxE6eNp+k6Aw==:";

const RESPONSE_BASE: &str = r#""@status": 200
"content-type": application/json
"content-digest": sha-256=:O3/bwLI2GVtr9FYRtNPVLbxUYS+uyizahpaqm17U6/o=:
"@method";req: POST
"@target-uri";req: https://gw.example.gov.uk/r1/TEST/GOV/1000/prov/petstore/pets?full=true
"content-digest";req: sha-256=:3GDmMqkDKcz9NPvpBNlHBNu7ZmlXUYXiY4mFT/ZBOcM=:
"signature";req;key="req": :bZ9jY5XYaC233IIlgEYHoyl8Ms9ZLtbVuHfF5RSdMDX9yK5mGQQdKS89qdr1xqrv/PNrddDJ0jBxE6eNp+k6Aw==:
"signature-input";req;key="req": ("@method" "@target-uri" "content-type" "content-digest");created=1767268800;keyid="consumer-1";alg="ed25519"
"@signature-params": ("@status" "content-type" "content-digest" "@method";req "@target-uri";req "content-digest";req "signature";req;key="req" "signature-input";req;key="req");created=1767268801;keyid="provider-1";alg="ed25519""#;
const RESPONSE_SIGNATURE: &str =
    "resp=:m/9KVUtxXE+ztOgslieSOpQAarNNpMeJbSXiasBZ1pwtcb22Mw9VfeOw3lY0VliMdRjkr8qCCkJ5ivP4pyg2AQ==:";

/// Signatures made by hand from the bases above; PyPI http-message-signatures makes the same.
#[test]
fn a_request_and_its_response_are_signed_byte_for_byte_as_by_others() {
    let consumer = SoftwareKey::from_ed25519_seed(&[1; 32]).unwrap();
    let provider = SoftwareKey::from_ed25519_seed(&[2; 32]).unwrap();

    let digest = content_digest(br#"{"value":42}"#);
    let mut asked = headers(&[(CONTENT_TYPE, "application/json"), (CONTENT_DIGEST, &digest)]);
    let covered =
        [Component::METHOD, Component::TARGET_URI, Component::field(CONTENT_TYPE), Component::field(CONTENT_DIGEST)];
    let request = RequestView { method: &Method::POST, target_uri: TARGET, headers: &asked };
    let by_consumer = parameters("req", "consumer-1", 1_767_268_800);
    let signed = sign_request(&consumer, &by_consumer, &covered, &request).unwrap();
    assert_eq!(signed.base, REQUEST_BASE);
    assert_eq!(signed.signature, REQUEST_SIGNATURE);
    asked.insert(SIGNATURE_INPUT, signed.signature_input);
    asked.insert(SIGNATURE, signed.signature);
    let request = RequestView { method: &Method::POST, target_uri: TARGET, headers: &asked };
    let received = parse_signature(&asked, "req").unwrap();
    assert_eq!(received.keyid, "consumer-1");
    let message = MessageView::Request(request);
    assert_eq!(received.check(consumer.public_key(), &covered, &message).unwrap(), REQUEST_BASE);

    let digest = content_digest(br#"{"name":"Rex"}"#);
    let mut told = headers(&[(CONTENT_TYPE, "application/json"), (CONTENT_DIGEST, &digest)]);
    let covered = [
        Component::STATUS,
        Component::field(CONTENT_TYPE),
        Component::field(CONTENT_DIGEST),
        Component::METHOD.of_request(),
        Component::TARGET_URI.of_request(),
        Component::field(CONTENT_DIGEST).of_request(),
        Component::member(SIGNATURE, "req").of_request(),
        Component::member(SIGNATURE_INPUT, "req").of_request(),
    ];
    let response = ResponseView { status: StatusCode::OK, headers: &told };
    let by_provider = parameters("resp", "provider-1", 1_767_268_801);
    let signed = sign_response(&provider, &by_provider, &covered, &response, &request).unwrap();
    assert_eq!(signed.base, RESPONSE_BASE);
    assert_eq!(signed.signature, RESPONSE_SIGNATURE);
    told.insert(SIGNATURE_INPUT, signed.signature_input);
    told.insert(SIGNATURE, signed.signature);
    let response = ResponseView { status: StatusCode::OK, headers: &told };
    let received = parse_signature(&told, "resp").unwrap();
    let message = MessageView::Response { response, request };
    assert_eq!(received.check(provider.public_key(), &covered, &message).unwrap(), RESPONSE_BASE);
}

/// RFC 9421 appendix B.2.6: Ed25519 over a request.
#[test]
fn the_ed25519_example_of_the_rfc_verifies() {
    let sent = headers(&[
        (DATE, "Tue, 20 Apr 2021 02:07:55 GMT"),
        (CONTENT_TYPE, "application/json"),
        (CONTENT_LENGTH, "18"),
        (
            SIGNATURE_INPUT,
            "sig-b26=(\"date\" \"@method\" \"@path\" \"@authority\" \"content-type\" \
             \"content-length\");created=1618884473;keyid=\"test-key-ed25519\"",
        ),
        (
            SIGNATURE,
            "sig-b26=:wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5\
             lIp5WPpBKRCw==:",
        ),
    ]);
    let key = "ed25519:JrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs=".parse().unwrap();
    let received = parse_signature(&sent, "sig-b26").unwrap();
    assert_eq!((received.created, received.algorithm), (1_618_884_473, None));
    let target_uri = "https://example.com/foo?param=Value&Pet=dog";
    let request = RequestView { method: &Method::POST, target_uri, headers: &sent };
    received.check(&key, &[Component::AUTHORITY], &request.into()).unwrap();
    let elsewhere = RequestView { target_uri: "https://example.org/foo", ..request };
    let refused = received.check(&key, &[], &elsewhere.into());
    assert!(matches!(refused, Err(KeyError::BadSignature)));
}

/// RFC 9421 appendix B.2.4: ECDSA P-256 over a response.
#[test]
fn the_p256_example_of_the_rfc_verifies() {
    let sent = headers(&[
        (CONTENT_TYPE, "application/json"),
        (
            CONTENT_DIGEST,
            "sha-512=:mEWXIS7MaLRuGgxOBdODa3xqM1XdEvxoYhvlCFJ41QJgJc4GTsPp29l5oGX69wWdXymyU0rjJu\
             ahq4l5aGgfLQ==:",
        ),
        (CONTENT_LENGTH, "23"),
        (
            SIGNATURE_INPUT,
            "sig-b24=(\"@status\" \"content-type\" \"content-digest\" \"content-length\")\
             ;created=1618884473;keyid=\"test-key-ecc-p256\"",
        ),
        (
            SIGNATURE,
            "sig-b24=:wNmSUAhwb5LxtOtOpNa6W5xj067m5hFrj0XQ4fvpaCLx0NKocgPquLgyahnzDnDAUy5eCdlYUE\
             kLIj+32oiasw==:",
        ),
    ]);
    let key: PublicKey = "ecdsa-p256-sha256:\
        BKiFWGVSwqz2Rxh4z9ewk1tP/g/S38NBJI6he8QeBYrwMc4nN9LTDOBhfoUeg8Ye9WedFRhnZXZJA12Qp0zZ6F0="
        .parse()
        .unwrap();
    let nothing_asked = HeaderMap::new();
    let request = RequestView { method: &Method::GET, target_uri: "/", headers: &nothing_asked };
    let received = parse_signature(&sent, "sig-b24").unwrap();
    let response = ResponseView { status: StatusCode::OK, headers: &sent };
    received.check(&key, &[Component::STATUS], &(response, request).into()).unwrap();
    let response = ResponseView { status: StatusCode::CREATED, headers: &sent };
    let refused = received.check(&key, &[], &(response, request).into());
    assert!(matches!(refused, Err(KeyError::BadSignature)));
}
