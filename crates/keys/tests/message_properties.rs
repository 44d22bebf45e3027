//! HTTP message signatures under alteration and under hostile headers.
#![allow(clippy::unwrap_used, reason = "in a test a panic is the failure report")]

use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use packhorse_keys::message::{
    CONTENT_DIGEST, Component, MAX_COMPONENTS, MessageView, RequestView, ResponseView, SIGNATURE, SIGNATURE_INPUT,
    SignatureParameters, SignedMessage, parse_signature, sign_request, sign_response,
};
use packhorse_keys::{Algorithm, KeyError, Signer, SoftwareKey, check_content_digest, content_digest};
use proptest::prelude::*;

const X_CLIENT: HeaderName = HeaderName::from_static("x-road-client");

/// A request as it travels, owning what a view borrows.
#[derive(Clone)]
struct Request {
    method: Method,
    uri: String,
    headers: HeaderMap,
}

impl Request {
    fn new(path: &str, body: &[u8]) -> Self {
        let digest = HeaderValue::from_str(&content_digest(body)).unwrap();
        let headers = HeaderMap::from_iter([
            (CONTENT_TYPE, HeaderValue::from_static("application/json")),
            (X_CLIENT, HeaderValue::from_static("TEST/GOV/1000/cons")),
            (CONTENT_DIGEST, digest),
        ]);
        let uri = format!("https://gw.example.gov.uk/{path}");
        Self { method: Method::POST, uri, headers }
    }

    fn view(&self) -> RequestView<'_> {
        RequestView { method: &self.method, target_uri: &self.uri, headers: &self.headers }
    }

    fn signed(mut self, key: &SoftwareKey) -> Self {
        let made = sign_request(key, &parameters(key, "req"), &covered(), &self.view()).unwrap();
        attach(&mut self.headers, made);
        self
    }

    /// What a receiver makes of it: the base, when all is well.
    fn check(&self, key: &SoftwareKey) -> Result<String, KeyError> {
        parse_signature(&self.headers, "req")?.check(key.public_key(), &covered(), &self.view().into())
    }
}

fn attach(headers: &mut HeaderMap, made: SignedMessage) {
    headers.insert(SIGNATURE_INPUT, made.signature_input);
    headers.insert(SIGNATURE, made.signature);
}

fn covered() -> [Component; 5] {
    [
        Component::METHOD,
        Component::TARGET_URI,
        Component::field(CONTENT_TYPE),
        Component::field(X_CLIENT),
        Component::field(CONTENT_DIGEST),
    ]
}

fn parameters(key: &SoftwareKey, label: &str) -> SignatureParameters {
    SignatureParameters {
        label: label.into(),
        created: 1_767_268_800,
        expires: Some(1_767_268_860),
        nonce: Some("n-1".into()),
        keyid: key.public_key().fingerprint().to_string(),
        algorithm: key.public_key().algorithm(),
        tag: Some("packhorse".into()),
    }
}

fn key() -> SoftwareKey {
    SoftwareKey::from_ed25519_seed(&[1; 32]).unwrap()
}

/// Changes one byte of a header's value to another that a header may hold.
fn with_byte_changed(value: &HeaderValue, at: prop::sample::Index, to: u8) -> HeaderValue {
    let mut bytes = value.as_bytes().to_vec();
    let at = at.index(bytes.len());
    bytes[at] = to;
    HeaderValue::from_bytes(&bytes).unwrap()
}

proptest! {
    #[test]
    fn what_is_signed_verifies_with_the_base_that_was_signed(
        path in "[a-z0-9/?=&%.-]{0,60}",
        body in prop::collection::vec(any::<u8>(), 0..200),
        nonce in "[ -~]{0,40}",
        keyid in "[ -~]{0,40}",
        created in 0i64..1_000_000_000_000_000,
        p256: bool,
    ) {
        let algorithm = if p256 { Algorithm::EcdsaP256Sha256 } else { Algorithm::Ed25519 };
        let key = SoftwareKey::generate(algorithm).unwrap();
        let mut request = Request::new(&path, &body);
        let named = SignatureParameters {
            created, nonce: Some(nonce), keyid, ..parameters(&key, "req")
        };
        let made = sign_request(&key, &named, &covered(), &request.view()).unwrap();
        let base = made.base.clone();
        attach(&mut request.headers, made);
        prop_assert_eq!(request.check(&key).unwrap(), base);
        let received = parse_signature(&request.headers, "req").unwrap();
        prop_assert_eq!(received.created, created);
        prop_assert_eq!((received.nonce, received.keyid), (named.nonce, named.keyid));
    }

    #[test]
    fn an_altered_uri_field_or_signature_is_refused(
        which in 0usize..5,
        at: prop::sample::Index,
        to in 0x21u8..0x7f,
    ) {
        let key = key();
        let request = Request::new("r1/pets?full=true", b"{}").signed(&key);
        let mut altered = request.clone();
        if which == 0 {
            let mut uri = altered.uri.into_bytes();
            let at = at.index(uri.len());
            uri[at] = to;
            altered.uri = String::from_utf8(uri).unwrap();
            prop_assume!(altered.uri != request.uri);
        } else {
            let field = [CONTENT_TYPE, X_CLIENT, CONTENT_DIGEST, SIGNATURE][which - 1].clone();
            let value = with_byte_changed(&altered.headers[&field], at, to);
            prop_assume!(value != request.headers[&field]);
            altered.headers.insert(field, value);
        }
        // Two base64 texts may stand for the same signature; that is no alteration.
        let signature = |of: &Request| parse_signature(&of.headers, "req").map(|s| s.signature).ok();
        prop_assume!(which != 4 || signature(&altered) != signature(&request));
        prop_assert!(altered.check(&key).is_err());
    }

    #[test]
    fn an_altered_signature_input_is_refused_or_says_the_same(
        at: prop::sample::Index,
        to in 0x20u8..0x7f,
    ) {
        let key = key();
        let request = Request::new("r1/pets?full=true", b"{}").signed(&key);
        let base = request.check(&key).unwrap();
        let mut altered = request.clone();
        let value = with_byte_changed(&altered.headers[SIGNATURE_INPUT], at, to);
        altered.headers.insert(SIGNATURE_INPUT, value);
        if let Ok(checked) = altered.check(&key) {
            prop_assert_eq!(checked, base);
        }
    }

    #[test]
    fn no_header_bytes_make_a_parser_panic(
        input in prop::collection::vec(0x20u8..=0xff, 0..200),
        signature in prop::collection::vec(0x20u8..=0xff, 0..100),
    ) {
        let value = |bytes: &[u8]| {
            let kept: Vec<u8> = bytes.iter().copied().filter(|byte| *byte != 0x7f).collect();
            HeaderValue::from_bytes(&kept).unwrap()
        };
        let mut headers = HeaderMap::new();
        headers.insert(SIGNATURE_INPUT, value(&input));
        headers.insert(SIGNATURE, value(&signature));
        let _ = parse_signature(&headers, "req");
        let _ = check_content_digest(&value(&input), b"");
    }

    #[test]
    fn no_near_miss_makes_checking_panic(
        input in r#"req=\((("(@?[a-z-]{1,10}|@method|@query|@authority|@path|signature)"(;(req|sf|bs|key="[a-z]{0,3}"|key|req=\?0))?) ?){0,5}\)(;(created|expires|alg|keyid|nonce|tag|x)(=("[ -~]{0,5}"|-?[0-9]{1,16}|tok|:AA==:|\?1))?){0,5}"#,
        uri in "(https?:)?[ -~]{0,30}",
    ) {
        let mut request = Request::new("", b"");
        request.uri = uri;
        let Ok(input) = HeaderValue::from_str(&input) else { return Ok(()) };
        request.headers.insert(SIGNATURE_INPUT, input);
        request.headers.insert(SIGNATURE, HeaderValue::from_static("req=:AAAA:"));
        if let Ok(received) = parse_signature(&request.headers, "req") {
            let refused = received.check(key().public_key(), &[], &request.view().into());
            prop_assert!(refused.is_err());
        }
    }
}

/// An exchange, signed both ways.
fn exchange() -> (Request, HeaderMap, SoftwareKey, Vec<Component>) {
    let (consumer, provider) = (key(), SoftwareKey::from_ed25519_seed(&[2; 32]).unwrap());
    let request = Request::new("r1/pets", b"{}").signed(&consumer);
    let digest = HeaderValue::from_str(&content_digest(b"[]")).unwrap();
    let mut told = HeaderMap::from_iter([(CONTENT_DIGEST, digest)]);
    let mut components = vec![Component::STATUS, Component::field(CONTENT_DIGEST)];
    components.extend(covered().map(Component::of_request));
    components.push(Component::member(SIGNATURE, "req").of_request());
    components.push(Component::member(SIGNATURE_INPUT, "req").of_request());
    let response = ResponseView { status: StatusCode::OK, headers: &told };
    let named = parameters(&provider, "resp");
    let made = sign_response(&provider, &named, &components, &response, &request.view()).unwrap();
    attach(&mut told, made);
    (request, told, provider, components)
}

#[test]
fn a_response_proves_the_very_request_it_answers() {
    let (request, told, provider, components) = exchange();
    let check = |status, told: &HeaderMap, request: &Request| {
        let response = ResponseView { status, headers: told };
        let message = MessageView::Response { response, request: request.view() };
        parse_signature(told, "resp")?.check(provider.public_key(), &components, &message)
    };
    assert!(check(StatusCode::OK, &told, &request).is_ok());
    assert!(check(StatusCode::NOT_FOUND, &told, &request).is_err());
    // Each thing about the request that the response is bound to.
    let alterations: [fn(&mut Request); 6] = [
        |request| request.method = Method::PUT,
        |request| request.uri.push('x'),
        |request| *request = Request::new("r1/pets", b"{ }").signed(&key()),
        |request| *request = request.clone().signed(&SoftwareKey::from_ed25519_seed(&[3; 32]).unwrap()),
        |request| drop(request.headers.remove(SIGNATURE)),
        |request| drop(request.headers.remove(X_CLIENT)),
    ];
    for (index, alter) in alterations.iter().enumerate() {
        let mut other = request.clone();
        alter(&mut other);
        assert!(check(StatusCode::OK, &told, &other).is_err(), "alteration {index}");
    }
    let mut relabelled = told.clone();
    relabelled.insert(CONTENT_DIGEST, HeaderValue::from_str(&content_digest(b"")).unwrap());
    assert!(check(StatusCode::OK, &relabelled, &request).is_err());
}

#[test]
fn a_second_line_of_a_covered_field_is_noticed() {
    let key = key();
    let mut request = Request::new("r1/pets", b"{}").signed(&key);
    request.headers.append(X_CLIENT, HeaderValue::from_static("TEST/GOV/2000/other"));
    assert!(matches!(request.check(&key), Err(KeyError::BadSignature)));
    // Lines are joined, so one line holding both is the same to the signature (section 2.1).
    let mut split = Request::new("r1/pets", b"{}");
    split.headers.append(X_CLIENT, HeaderValue::from_static("  more \t"));
    let mut split = split.signed(&key);
    let joined = HeaderValue::from_static("TEST/GOV/1000/cons, more");
    split.headers.insert(X_CLIENT, joined);
    assert!(split.check(&key).is_ok());
}

#[test]
fn what_the_profile_requires_must_be_covered() {
    let key = key();
    let request = Request::new("r1/pets", b"{}").signed(&key);
    let received = parse_signature(&request.headers, "req").unwrap();
    let required = [Component::METHOD, Component::field(ACCEPT)];
    let refused = received.check(key.public_key(), &required, &request.view().into());
    assert!(matches!(refused, Err(KeyError::NotCovered { component }) if component == "\"accept\""));
    // A member of a field is not the field, and the request's is not one's own.
    for other in [Component::member(CONTENT_DIGEST, "sha-256"), Component::METHOD.of_request()] {
        let refused = received.check(key.public_key(), &[other], &request.view().into());
        assert!(matches!(refused, Err(KeyError::NotCovered { .. })));
    }
}

#[test]
fn a_covered_field_that_is_absent_is_refused() {
    let key = key();
    let mut request = Request::new("r1/pets", b"{}").signed(&key);
    request.headers.remove(CONTENT_TYPE);
    assert!(matches!(request.check(&key), Err(KeyError::NoSuchComponent { .. })));
    let named = parameters(&key, "req");
    let refused = sign_request(&key, &named, &covered(), &request.view());
    assert!(matches!(refused, Err(KeyError::NoSuchComponent { .. })));
}

#[test]
fn the_algorithm_named_must_be_that_of_the_key() {
    let key = key();
    let p256 = SoftwareKey::generate(Algorithm::EcdsaP256Sha256).unwrap();
    let request = Request::new("r1/pets", b"{}").signed(&key);
    assert!(matches!(request.check(&p256), Err(KeyError::WrongAlgorithm { .. })));
    let named = parameters(&key, "req");
    let refused = sign_request(&p256, &named, &covered(), &request.view());
    assert!(matches!(refused, Err(KeyError::WrongAlgorithm { .. })));
}

#[test]
fn a_signature_that_cannot_be_understood_wholly_is_refused() {
    let parse = |input: &str, signature: &str| {
        let value = |text: &str| HeaderValue::from_str(text).unwrap();
        let headers = HeaderMap::from_iter([(SIGNATURE_INPUT, value(input)), (SIGNATURE, value(signature))]);
        parse_signature(&headers, "req")
    };
    let good = r#"req=("@method");created=1;keyid="k""#;
    assert!(parse(good, "req=:AAAA:").is_ok());
    assert!(parse(&format!("other=(), {good}"), "req=:AAAA:, other=:AAAA:").is_ok());
    let none = parse(&good.replace("req", "other"), "req=:AAAA:");
    assert!(matches!(none, Err(KeyError::NotSigned { label }) if label == "req"));
    assert!(matches!(parse(good, "other=:AAAA:"), Err(KeyError::NotSigned { .. })));
    assert!(matches!(parse(good, "req=AAAA"), Err(KeyError::Malformed { .. })));
    for input in [
        // The label twice, in whatever form.
        r#"req=("@method");created=1;keyid="k", req=("@method");created=1;keyid="k""#,
        r#"req=1, req=("@method");created=1;keyid="k""#,
        // No list; what the profile asks for is missing or of another type.
        r#"req="@method";created=1;keyid="k""#,
        r#"req=("@method");keyid="k""#,
        r#"req=("@method");created=1"#,
        r#"req=("@method");created="1";keyid="k""#,
        r#"req=("@method");created=1;keyid=k"#,
        r#"req=("@method");created=1;keyid="k";nonce=1"#,
        // Components: unknown, upper-case, twice (in either order of parameters), no string.
        r#"req=("@unknown");created=1;keyid="k""#,
        r#"req=("@signature-params");created=1;keyid="k""#,
        r#"req=("Date");created=1;keyid="k""#,
        r#"req=("");created=1;keyid="k""#,
        r#"req=(date);created=1;keyid="k""#,
        r#"req=("date" "date");created=1;keyid="k""#,
        r#"req=("a";req;key="b" "a";key="b";req);created=1;keyid="k""#,
        // Parameters of components that are not in the profile.
        r#"req=("date";sf);created=1;keyid="k""#,
        r#"req=("date";bs);created=1;keyid="k""#,
        r#"req=("date";req=?0);created=1;keyid="k""#,
        r#"req=("@method";key="a");created=1;keyid="k""#,
        r#"req=("@query-param";name="a");created=1;keyid="k""#,
    ] {
        let refused = parse(input, "req=:AAAA:");
        assert!(matches!(refused, Err(KeyError::Malformed { .. })), "{input}: {refused:?}");
    }
    let unknown = r#"req=("@method");created=1;keyid="k";alg="hmac-sha256""#;
    assert!(matches!(parse(unknown, "req=:AAAA:"), Err(KeyError::UnknownAlgorithm)));
}

#[test]
fn sizes_are_bounded() {
    let fields: Vec<String> = (0..=MAX_COMPONENTS).map(|index| format!("\"x-{index}\"")).collect();
    let parse = |list: &[String]| {
        let input = format!("req=({});created=1;keyid=\"k\"", list.join(" "));
        let headers = HeaderMap::from_iter([
            (SIGNATURE_INPUT, HeaderValue::from_str(&input).unwrap()),
            (SIGNATURE, HeaderValue::from_static("req=:AAAA:")),
        ]);
        parse_signature(&headers, "req").map(|received| received.components().len())
    };
    assert_eq!(parse(&fields[..MAX_COMPONENTS]).unwrap(), MAX_COMPONENTS);
    assert!(matches!(parse(&fields), Err(KeyError::TooLarge { .. })));
    assert!(parse(&[format!("\"{}\"", "x".repeat(64))]).is_ok());
    assert!(parse(&[format!("\"{}\"", "x".repeat(65))]).is_err());
    assert!(parse(&[format!("\"x\";key=\"{}\"", "x".repeat(65))]).is_err());
    // The limit is on all lines of a field together.
    let mut headers = HeaderMap::new();
    for _ in 0..3 {
        let line = format!("other=(\"{}\")", "x".repeat(4000));
        headers.append(SIGNATURE_INPUT, HeaderValue::from_str(&line).unwrap());
    }
    assert!(matches!(parse_signature(&headers, "req"), Err(KeyError::TooLarge { .. })));
}

#[test]
fn nothing_that_could_forge_a_line_is_signed() {
    let key = key();
    let named = parameters(&key, "req");
    let sign = |named: &SignatureParameters, components: &[Component], uri: &str| {
        let mut request = Request::new("", b"");
        request.uri = uri.into();
        sign_request(&key, named, components, &request.view())
    };
    let uri = "https://gw.example.gov.uk/";
    assert!(sign(&named, &covered(), uri).is_ok());
    for refused in [
        sign(&named, &covered(), "https://gw.example.gov.uk/\n\"@method\": GET"),
        sign(&named, &covered(), "https://gw.example.gov.uk/ö"),
        sign(&SignatureParameters { keyid: "k\n".into(), ..named.clone() }, &covered(), uri),
        sign(&SignatureParameters { label: "Req".into(), ..named.clone() }, &covered(), uri),
        sign(&SignatureParameters { label: "r=(), s".into(), ..named.clone() }, &covered(), uri),
        sign(&SignatureParameters { created: -1, ..named.clone() }, &covered(), uri),
        sign(&SignatureParameters { created: i64::MAX, ..named.clone() }, &covered(), uri),
        sign(&named, &[Component::METHOD, Component::METHOD], uri),
    ] {
        assert!(matches!(refused, Err(KeyError::Malformed { .. })), "{refused:?}");
    }
    for foreign in [Component::STATUS, Component::METHOD.of_request()] {
        let refused = sign(&named, &[foreign], uri);
        assert!(matches!(refused, Err(KeyError::NoSuchComponent { .. })), "{refused:?}");
    }
}
