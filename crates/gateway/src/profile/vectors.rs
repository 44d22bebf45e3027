//! The test vector of docs/protocol/query.md: made here by the product's own profile, kept as a snapshot, and judged
//! by a program that we did not write.
//!
//! The judge is PyPI's `http-message-signatures` in the environment that PACKHORSE_JUDGES_VENV names. Without it the
//! judgement is skipped, unless PACKHORSE_JUDGES=required.
#![allow(clippy::print_stdout, reason = "a line says that the judge is missing")]

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use http::{HeaderMap, HeaderName, Method, StatusCode};
use packhorse_keys::message::{
    CONTENT_DIGEST, MessageView, RequestView, ResponseView, SIGNATURE, SIGNATURE_INPUT, SignedMessage, parse_signature,
    sign_request, sign_response,
};
use packhorse_keys::{PublicKey, Signer as _, SoftwareKey, content_digest};
use serde::Serialize;

use super::{parameters, request, response};
use crate::wire::{digested_headers, headers_digest, packhorse, signature};

const VECTOR: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/protocol/vectors/query.json");
const JUDGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/judge/judge.py");

const TARGET: &str = "https://gateway.agency.example:5500/r1/TEST/GOV/agency/licensing/vehicles/by-vrm?detail=full";
const QUESTION: &str = "{\"vrm\":\"AA19AAA\"}";
const ANSWER: &str = "{\"colour\":\"BLUE\",\"make\":\"FORD\"}";
/// 2026-01-01T12:00:00Z.
const ASKED_AT: i64 = 1_767_268_800;

/// The vector, in the order in which it is read.
#[derive(Serialize)]
struct Vector {
    note: &'static str,
    consumer: Party,
    provider: Party,
    request: Message,
    response: Message,
}

/// Whose signing key it is; Ed25519.
#[derive(Serialize)]
struct Party {
    organisation: &'static str,
    seed: String,
    public: String,
    keyid: String,
}

#[derive(Serialize)]
struct Message {
    #[serde(skip_serializing_if = "Option::is_none")]
    method: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    target_uri: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    headers: Vec<[String; 2]>,
    body: &'static str,
    /// What `packhorse-headers-digest` is the digest of.
    digested_headers: String,
    signature_base: String,
}

impl Party {
    fn new(organisation: &'static str, seed: [u8; 32]) -> (Self, SoftwareKey) {
        let key = SoftwareKey::from_ed25519_seed(&seed).unwrap();
        let public = key.public_key();
        let seed = seed.iter().map(|byte| format!("{byte:02x}")).collect();
        let party = Self { organisation, seed, public: public.to_string(), keyid: public.fingerprint().to_string() };
        (party, key)
    }
}

impl Message {
    fn new(headers: &HeaderMap, body: &'static str, signature_base: String) -> Self {
        let text = |value: &[u8]| String::from_utf8(value.to_vec()).unwrap();
        let mut lines: Vec<[String; 2]> =
            headers.iter().map(|(name, value)| [name.to_string(), text(value.as_bytes())]).collect();
        lines.sort();
        let digested_headers = text(&digested_headers(headers));
        let (method, target_uri, status) = (None, None, None);
        Self { method, target_uri, status, headers: lines, body, digested_headers, signature_base }
    }
}

fn headers(lines: &[(&'static str, &str)], body: &str) -> HeaderMap {
    let line = |(name, value): &(&'static str, &str)| (HeaderName::from_static(name), value.parse().unwrap());
    let mut headers: HeaderMap = lines.iter().map(line).collect();
    headers.insert(CONTENT_DIGEST, content_digest(body.as_bytes()).parse().unwrap());
    let digest = headers_digest(&headers);
    headers.insert(packhorse::HEADERS_DIGEST, digest);
    headers
}

fn attach(headers: &mut HeaderMap, signed: &SignedMessage) {
    headers.insert(SIGNATURE_INPUT, signed.signature_input.clone());
    headers.insert(SIGNATURE, signed.signature.clone());
}

/// The base that a recipient arrives at, having checked the signature.
fn checked(key: &PublicKey, headers: &HeaderMap, required: &[super::Component], message: MessageView<'_>) -> String {
    parse_signature(headers, signature::LABEL).unwrap().check(key, required, &message).unwrap()
}

fn vector() -> Vector {
    let (consumer, asking) = Party::new("TEST/LOC/borough", [7; 32]);
    let (provider, answering) = Party::new("TEST/GOV/agency", [8; 32]);
    let mut question = headers(
        &[
            ("accept", "application/json"),
            ("content-type", "application/json"),
            ("x-road-client", "TEST/LOC/borough/parking"),
            ("x-road-id", "TEST-2b0e9c3a-6f1d-4f3e-9a55-0f6f2f0c7d11"),
            ("x-road-issue", "case 2026/17"),
            ("x-road-request-id", "019b796d-d600-7b1e-8d2a-5c9e0f1a2b3c"),
            ("x-road-userid", "officer-7"),
            (
                "packhorse-agreement",
                "keepers-2026;sha256:c4b77c7f67de25f392456ef30e5ca721bc76a2d172fb3482c661ebf909329594",
            ),
            ("packhorse-fields", "make,colour"),
            ("packhorse-purpose", "parking-penalty"),
            ("packhorse-role", "parking-officer"),
            ("packhorse-trained-on", "2025-11-03"),
        ],
        QUESTION,
    );
    let view = RequestView { method: &Method::POST, target_uri: TARGET, headers: &question };
    let made = parameters(asking.public_key(), signature::REQUEST_TAG, ASKED_AT);
    let signed = sign_request(&asking, &made, &request(&question), &view).unwrap();
    attach(&mut question, &signed);
    let view = RequestView { method: &Method::POST, target_uri: TARGET, headers: &question };
    let base = checked(asking.public_key(), &question, &request(&question), MessageView::Request(view));
    let asked = Message::new(&question, QUESTION, base);

    let lines = [("content-type", "application/json"), ("packhorse-outcome", "answered"), ("packhorse-cut", "2;4")];
    let mut answer = headers(&lines, ANSWER);
    let status = StatusCode::OK;
    let made = parameters(answering.public_key(), signature::RESPONSE_TAG, ASKED_AT + 1);
    let reply = ResponseView { status, headers: &answer };
    let signed = sign_response(&answering, &made, &response(&answer), &reply, &view).unwrap();
    attach(&mut answer, &signed);
    let reply = MessageView::Response { response: ResponseView { status, headers: &answer }, request: view };
    let base = checked(answering.public_key(), &answer, &response(&answer), reply);
    let answered = Message::new(&answer, ANSWER, base);
    Vector {
        note: "The keys are Ed25519, each from a seed of 32 bytes that is given here and therefore worthless. Headers \
               are sorted by name.",
        consumer,
        provider,
        request: Message { method: Some(Method::POST.to_string()), target_uri: Some(TARGET), ..asked },
        response: Message { status: Some(status.as_u16()), ..answered },
    }
}

fn written() -> String {
    format!("{}\n", serde_json::to_string_pretty(&vector()).unwrap())
}

/// `PACKHORSE_SNAPSHOT=write cargo test -p packhorse-gateway` writes the vector anew: the protocol has changed.
#[test]
fn the_vector_is_the_one_that_the_protocol_page_names() {
    let made = written();
    if std::env::var("PACKHORSE_SNAPSHOT").is_ok_and(|what| what == "write") {
        std::fs::write(VECTOR, &made).unwrap();
    }
    assert_eq!(std::fs::read_to_string(VECTOR).unwrap_or_default(), made, "what is signed has changed");
    let page = include_str!("../../../../docs/protocol/query.md");
    assert!(page.contains("(vectors/query.json)"), "the page names the vector");
}

/// What the judge says of a request and its answer; `None` when there is no judge.
fn judge(messages: &str) -> Option<Output> {
    let python = Path::new(&std::env::var_os("PACKHORSE_JUDGES_VENV")?).join("bin/python");
    let mut judging = Command::new(python);
    judging.arg(JUDGE).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut judging = judging.spawn().unwrap();
    judging.stdin.take().unwrap().write_all(messages.as_bytes()).unwrap();
    Some(judging.wait_with_output().unwrap())
}

#[test]
fn a_strangers_library_accepts_both_signatures_and_refuses_every_change() {
    let made = written();
    let Some(judgement) = judge(&made) else {
        assert_ne!(std::env::var("PACKHORSE_JUDGES").as_deref(), Ok("required"), "the judge is required and missing");
        println!("skipped: http-message-signatures is not there (PACKHORSE_JUDGES_VENV)");
        return;
    };
    let said = |output: &Output| String::from_utf8_lossy(&[&output.stdout[..], &output.stderr].concat()).into_owned();
    assert!(judgement.status.success() && said(&judgement) == "accepted\n", "{}", said(&judgement));
    // Each stands in the vector where it says, and only the message it stands in is refused for it.
    for (message, from, to) in [
        ("request", "\"method\": \"POST\"", "\"method\": \"PUT\""),
        ("request", "by-vrm?detail=full", "by-vrm?detail=fuller"),
        ("request", "{\\\"vrm\\\":\\\"AA19AAA\\\"}", "{\\\"vrm\\\":\\\"AA19AAB\\\"}"),
        ("request", "\"parking-penalty\"", "\"curiosity\""),
        ("request", "\"case 2026/17\"", "\"case 2026/18\""),
        ("request", "created=1767268800", "created=1767268801"),
        ("response", "\"status\": 200", "\"status\": 404"),
        ("response", "{\\\"colour\\\":\\\"BLUE\\\"", "{\\\"colour\\\":\\\"RED\\\""),
        ("response", "\"2;4\"", "\"6;0\""),
        ("response", "\"answered\"", "\"refused\""),
    ] {
        let changed = made.replacen(from, to, 1);
        assert_ne!(changed, made, "{from} stands in the vector");
        let judgement = judge(&changed).unwrap();
        assert_eq!(judgement.status.code(), Some(1), "{from}: {}", said(&judgement));
        assert!(said(&judgement).starts_with(&format!("{message}: ")), "{from}: {}", said(&judgement));
    }
    let strange = made.replace(&vector().provider.public, &vector().consumer.public);
    assert!(said(&judge(&strange).unwrap()).starts_with("response: "), "another key");
}
