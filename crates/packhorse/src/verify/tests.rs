//! A true receipt is believed, and a receipt altered anywhere is not.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use jiff::{SignedDuration, Timestamp};
use packhorse_keys::message::{
    CONTENT_DIGEST, Component, RequestView, ResponseView, SIGNATURE, SIGNATURE_INPUT, SignatureParameters,
    sign_request, sign_response,
};
use packhorse_keys::{Algorithm, Signer, SoftwareKey, content_digest};
use packhorse_ledger::{Checkpoint, Head, LogProof, NoteSigner, leaf_hash, node_hash};
use packhorse_model::exchange::{Basis, Exchange, Kind, Side};
use packhorse_model::organisation::{
    Assurance, Contact, KeyEntry, MemberDetails, Members, Organisation, Purpose, Status,
};
use packhorse_model::record::{
    Content, Moments, Outcome, Receipt, ReceiptContent, Record, encode_digest, salted_digest,
};
use packhorse_model::{ExchangeId, OrganisationId, Refusal, Rule};
use serde_json::value::to_raw_value;

use super::*;
use crate::report::Verdict;

const AT: i64 = 1_790_000_000;
const SALT: [u8; 16] = [7; 16];

struct Party {
    id: OrganisationId,
    sign: SoftwareKey,
    ledger: Arc<SoftwareKey>,
}

impl Party {
    fn new(id: &str) -> Self {
        let key = || SoftwareKey::generate(Algorithm::Ed25519).unwrap();
        Self { id: id.parse().unwrap(), sign: key(), ledger: Arc::new(key()) }
    }

    fn entry(&self) -> Organisation {
        let at = |second| Timestamp::from_second(second).unwrap();
        let key = |purpose, key: &SoftwareKey| {
            KeyEntry::new(purpose, key.public_key().to_string(), at(AT - 1000), Some(at(AT + 1000)))
        };
        Organisation {
            id: self.id.clone(),
            details: MemberDetails {
                name: "Body".into(),
                siro: Contact { role: "SIRO".into(), email: "siro@body.example".into(), phone: None },
                contacts: vec![],
                charter_url: None,
                code_of_connection: String::new(),
                systems: vec![],
                gateways: vec![],
            },
            keys: vec![key(Purpose::Sign, &self.sign), key(Purpose::Ledger, &self.ledger)],
            status: Status::Active,
            assurance: Assurance::default(),
        }
    }
}

struct World {
    consumer: Party,
    provider: Party,
    id: ExchangeId,
}

impl Members for World {
    fn organisation(&self, id: &OrganisationId) -> Option<Arc<Organisation>> {
        [&self.consumer, &self.provider].into_iter().find(|party| party.id == *id).map(|party| Arc::new(party.entry()))
    }
}

impl World {
    fn new() -> Self {
        Self {
            consumer: Party::new("TEST/LOC/E07000223"),
            provider: Party::new("TEST/GOV/VEHICLES"),
            id: ExchangeId::random(),
        }
    }

    fn record(&self, side: Side, ended: Outcome) -> Record {
        Record {
            version: 1,
            side,
            exchange: Exchange {
                id: self.id,
                kind: Kind::Query,
                client: "TEST/LOC/E07000223/parking".parse().unwrap(),
                service: "TEST/GOV/VEHICLES/register/keepers".parse().unwrap(),
                basis: Some(Basis::Agreement {
                    agreement: "keepers-2026".parse().unwrap(),
                    digest: format!("sha256:{}", "ab".repeat(32)).parse().unwrap(),
                }),
                purpose: Some("parking-enforcement".into()),
                role: None,
            },
            ended,
            moments: Moments { request_in: AT * 1000, ..Moments::default() },
            sizes: [0, 2],
            content: String::new(),
        }
    }

    fn answered(&self) -> Record {
        self.record(Side::Outbound, Outcome::Answered { status: 200, given: 2, withheld: 5 })
    }

    /// The two signed texts of the exchange, as the gateways make them.
    fn content(&self, cut: &str) -> Content {
        let mut asked = HeaderMap::new();
        for (name, value) in [
            ("content-digest", content_digest(b"")),
            ("x-road-client", "TEST/LOC/E07000223/parking".to_owned()),
            ("x-road-request-id", self.id.to_string()),
            ("packhorse-agreement", format!("keepers-2026;sha256:{}", "ab".repeat(32))),
            ("packhorse-purpose", "parking-enforcement".to_owned()),
        ] {
            asked.insert(name, HeaderValue::from_str(&value).unwrap());
        }
        let mut covered = vec![Component::METHOD, Component::TARGET_URI];
        covered.extend(asked.keys().cloned().map(Component::field));
        let target_uri = "https://gateway.vehicles.example:8443/r1/TEST/GOV/VEHICLES/register/keepers/vrm/AA19AAA";
        let asks = RequestView { method: &Method::GET, target_uri, headers: &asked };
        let request = sign_request(&self.consumer.sign, &parameters(&self.consumer, REQUEST), &covered, &asks).unwrap();
        let mut asked = asked.clone();
        asked.insert(SIGNATURE_INPUT, request.signature_input.clone());
        asked.insert(SIGNATURE, request.signature.clone());
        let asks = RequestView { method: &Method::GET, target_uri, headers: &asked };

        let mut said = HeaderMap::new();
        said.insert(CONTENT_DIGEST, HeaderValue::from_str(&content_digest(b"{}")).unwrap());
        said.insert("packhorse-outcome", HeaderValue::from_static("answered"));
        said.insert("packhorse-cut", HeaderValue::from_str(cut).unwrap());
        let mut covered = vec![Component::STATUS];
        covered.extend(said.keys().cloned().map(Component::field));
        covered.extend([
            Component::METHOD.of_request(),
            Component::TARGET_URI.of_request(),
            Component::field(CONTENT_DIGEST).of_request(),
            Component::field(http::HeaderName::from_static("x-road-request-id")).of_request(),
            Component::member(SIGNATURE, "packhorse").of_request(),
            Component::member(SIGNATURE_INPUT, "packhorse").of_request(),
        ]);
        let says = ResponseView { status: StatusCode::OK, headers: &said };
        let response =
            sign_response(&self.provider.sign, &parameters(&self.provider, RESPONSE), &covered, &says, &asks).unwrap();
        Content {
            request_base: request.base,
            request_signature: request.signature.to_str().unwrap().to_owned(),
            response_base: response.base,
            response_signature: response.signature.to_str().unwrap().to_owned(),
            user: "officer-7".into(),
            ..Content::default()
        }
    }

    /// A receipt as a gateway hands it out, for the entry of a ledger of two.
    fn receipt(&self, keeper: &Party, mut record: Record, content: &Content) -> Receipt {
        let content = to_raw_value(content).unwrap();
        record.content = encode_digest(&salted_digest(&SALT, content.get().as_bytes()));
        let record = to_raw_value(&record).unwrap();
        let leaf = leaf_hash(&salted_digest(&SALT, record.get().as_bytes()));
        let other = leaf_hash(b"another entry");
        let head = Head { size: 2, root: node_hash(&other, &leaf) };
        let origin = keeper.id.ledger_origin();
        let signer = NoteSigner::new(&origin, keeper.ledger.clone()).unwrap();
        let signed = Checkpoint::new(&origin, head).unwrap().sign(&signer).unwrap();
        let proof = LogProof::new(&leaf, 1, vec![other], &signed).unwrap();
        Receipt {
            version: 1,
            organisation: keeper.id.clone(),
            record,
            salt: STANDARD.encode(SALT),
            content: Some(ReceiptContent { content, salt: STANDARD.encode(SALT) }),
            proof: String::from_utf8(proof.to_bytes()).unwrap(),
        }
    }

    fn true_receipt(&self) -> Receipt {
        self.receipt(&self.consumer, self.answered(), &self.content("2;5"))
    }
}

const REQUEST: &str = "packhorse-request";
const RESPONSE: &str = "packhorse-response";

fn parameters(party: &Party, tag: &str) -> SignatureParameters {
    SignatureParameters {
        label: "packhorse".into(),
        created: AT,
        expires: None,
        nonce: None,
        keyid: party.sign.public_key().fingerprint().to_string(),
        algorithm: Algorithm::Ed25519,
        tag: Some(tag.into()),
    }
}

fn json(receipt: &Receipt) -> Vec<u8> {
    serde_json::to_vec(receipt).unwrap()
}

fn failing(judgement: &Report) -> Vec<&'static str> {
    judgement.checks.iter().filter(|check| check.verdict == Verdict::Fails).map(|check| check.check).collect()
}

#[test]
fn a_true_receipt_holds_in_every_check() {
    let world = World::new();
    let judgement = judge(&json(&world.true_receipt()), &world);
    assert!(judgement.holds(), "{}", judgement.lines());
    assert_eq!(judgement.checks.len(), 8);
    assert!(judgement.checks.iter().all(|check| check.verdict == Verdict::Holds), "{}", judgement.lines());
}

#[test]
fn the_providers_receipt_holds_as_well() {
    let world = World::new();
    let record = Record { side: Side::Inbound, ..world.answered() };
    let judgement = judge(&json(&world.receipt(&world.provider, record, &world.content("2;5"))), &world);
    assert!(judgement.holds(), "{}", judgement.lines());
}

#[test]
fn one_byte_changed_anywhere_is_caught() {
    let world = World::new();
    let receipt = json(&world.true_receipt());
    for place in 0..receipt.len() {
        for change in [0x01, 0x20] {
            let mut altered = receipt.clone();
            altered[place] ^= change;
            let judgement = judge(&altered, &world);
            let around = String::from_utf8_lossy(&altered[place.saturating_sub(20)..(place + 20).min(altered.len())]);
            assert!(!judgement.holds(), "byte {place} near {around}:\n{}", judgement.lines());
        }
    }
}

#[test]
fn erased_content_is_said_and_the_rest_still_holds() {
    let world = World::new();
    let receipt = Receipt { content: None, ..world.true_receipt() };
    let judgement = judge(&json(&receipt), &world);
    assert!(judgement.holds(), "{}", judgement.lines());
    assert!(judgement.lines().contains("– content    it was erased"), "{}", judgement.lines());
}

#[test]
fn a_record_that_tells_of_more_than_was_signed_is_caught() {
    let world = World::new();
    let told =
        |record: Record| failing(&judge(&json(&world.receipt(&world.consumer, record, &world.content("2;5"))), &world));
    assert_eq!(
        told(world.record(Side::Outbound, Outcome::Answered { status: 200, given: 1, withheld: 5 })),
        ["answered"]
    );
    let mut other_purpose = world.answered();
    other_purpose.exchange.purpose = Some("fraud".into());
    assert_eq!(told(other_purpose), ["asked"]);
    let mut other_service = world.answered();
    other_service.exchange.service = "TEST/GOV/VEHICLES/register/keep".parse().unwrap();
    assert_eq!(told(other_service), ["asked"]);
    let mut another_exchange = world.answered();
    another_exchange.exchange.id = ExchangeId::random();
    assert_eq!(told(another_exchange), ["asked"]);
}

#[test]
fn the_answer_to_another_request_is_caught() {
    let world = World::new();
    let other = World { id: ExchangeId::random(), ..World::new() };
    let mut content = world.content("2;5");
    let answer = World { consumer: other.consumer, provider: world.provider, id: world.id }.content("2;5");
    content.response_base = answer.response_base;
    content.response_signature = answer.response_signature;
    let world = World { consumer: world.consumer, provider: Party::new("TEST/GOV/VEHICLES"), id: world.id };
    // The provider's key is another one now, so the answer's signature fails first.
    let receipt = world.receipt(&world.consumer, world.answered(), &content);
    assert_eq!(failing(&judge(&json(&receipt), &world)), ["answer"]);
}

#[test]
fn an_answer_signed_over_another_signature_is_caught() {
    let world = World::new();
    let mut content = world.content("2;5");
    let mut told = world.answered();
    // Signed anew with an earlier time: the same request, another signature.
    let elsewhere = World { consumer: Party::new("TEST/LOC/E07000223"), provider: world.provider, id: world.id };
    let answered = elsewhere.content("2;5");
    content.response_base = answered.response_base;
    content.response_signature = answered.response_signature;
    let world = World { consumer: world.consumer, provider: elsewhere.provider, id: world.id };
    told.content.clear();
    let receipt = world.receipt(&world.consumer, told, &content);
    assert_eq!(failing(&judge(&json(&receipt), &world)), ["answered"]);
}

#[test]
fn a_receipt_handed_out_by_a_stranger_to_the_exchange_is_caught() {
    let world = World::new();
    let receipt = world.receipt(&world.provider, world.answered(), &world.content("2;5"));
    assert_eq!(failing(&judge(&json(&receipt), &world)), ["party"]);
}

#[test]
fn a_key_that_was_not_valid_then_proves_nothing() {
    let world = World::new();
    let mut late = world.answered();
    late.moments.request_in = (AT + 500) * 1000;
    let receipt = world.receipt(&world.consumer, late, &world.content("2;5"));
    assert!(judge(&json(&receipt), &world).holds(), "a key within its validity is believed");
    let mut late = world.answered();
    late.moments.request_in = (AT + SignedDuration::from_hours(2).as_secs()) * 1000;
    let receipt = world.receipt(&world.consumer, late, &world.content("2;5"));
    assert_eq!(failing(&judge(&json(&receipt), &world)), ["request", "answer"]);
}

#[test]
fn an_answer_without_signatures_is_no_proof() {
    let world = World::new();
    let receipt = world.receipt(&world.consumer, world.answered(), &Content::default());
    assert_eq!(failing(&judge(&json(&receipt), &world)), ["request", "answer"]);
}

#[test]
fn a_refusal_before_anything_was_signed_is_lawful() {
    let world = World::new();
    let refusal =
        Refusal { side: Side::Outbound, rule: Rule::Purpose, reason: "not agreed".into(), remedy: "ask".into() };
    let refused = world.record(Side::Outbound, Outcome::Refused(refusal));
    let judgement = judge(&json(&world.receipt(&world.consumer, refused, &Content::default())), &world);
    assert!(judgement.holds(), "{}", judgement.lines());
    assert!(judgement.lines().contains("– request    none was signed"), "{}", judgement.lines());
}

#[test]
fn bytes_that_are_no_receipt_are_said_to_be_none() {
    let world = World::new();
    for bytes in [&b""[..], b"{}", b"[1]", &[0xff; 40], &[b'['; 10_000]] {
        assert_eq!(failing(&judge(bytes, &world)), ["receipt"]);
    }
}
