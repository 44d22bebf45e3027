//! The test vector of docs/protocol/waybill.md: it follows from the parcel's by the product's own rules, and is checked
//! as a stranger would check it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use packhorse_keys::{SealingKey, Signer as _, SoftwareKey, open, seal, sha256, sign_document, verify_document};
use packhorse_model::parcel::{
    Manifest, Offer, PARCEL_STATEMENT_CONTEXT, SignedWaybill, WAYBILL_CONTEXT, WaybillError,
};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Value, json};

const VECTOR: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/protocol/vectors/waybill.json");
const PARCEL: &str = include_str!("../../../../docs/protocol/vectors/parcel.json");
const SEED: [u8; 32] = [0x17; 32];

#[derive(Serialize, Deserialize)]
struct Vector {
    note: String,
    /// The file beside the parcel, byte for byte.
    waybill: Box<RawValue>,
    /// The digest of the parcel's age file.
    age_sha256: String,
}

fn parcel() -> Value {
    serde_json::from_str(PARCEL).unwrap()
}

fn key() -> SoftwareKey {
    SoftwareKey::from_ed25519_seed(&SEED).unwrap()
}

/// What the sender said before the parcel left, signed.
fn statement(id: &str, manifest: &Value, what: &Value, at: Timestamp) -> Value {
    let mut statement = json!({
        "id": id, "parcel": manifest["to"][0]["parcel"], "from": manifest["from"], "to": manifest["to"][0]["service"],
        "agreement": "case-files-2026", "agreement_digest": format!("sha256:{}", "ab".repeat(32)), "what": what,
        "organisation": "TEST/GOV/agency", "system": "register", "at": at,
    });
    if what["event"] != "accepted" {
        statement["manifest"] = parcel()["manifest_digest"].clone();
    }
    let signature = sign_document(&key(), PARCEL_STATEMENT_CONTEXT, statement.to_string().as_bytes()).unwrap();
    json!({"statement": statement, "signature": signature})
}

/// The key that the parcel's vector is sealed to.
fn sealing_key() -> SealingKey {
    let parcel = parcel();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("key");
    std::fs::write(&file, parcel["sealing_key"].as_str().unwrap()).unwrap();
    std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    SealingKey::load(&file).unwrap()
}

/// The waybill of the parcel's vector, as it is signed. Sealing is random: the sealed manifest is kept, all else is made
/// anew on every run.
fn waybill(sealed_manifest: &str) -> String {
    let parcel = parcel();
    let manifest: Value = serde_json::from_str(parcel["manifest"].as_str().unwrap()).unwrap();
    let sent_at: Timestamp = manifest["sent_at"].as_str().unwrap().parse().unwrap();
    let medium = "01990d5c-7c00-7000-8000-000000000003";
    let minutes = |count| sent_at + SignedDuration::from_mins(count);
    let offer = json!({
        "version": 1, "parcel": manifest["to"][0]["parcel"], "marking": manifest["marking"],
        "expires_at": manifest["expires_at"], "manifest_digest": parcel["manifest_digest"],
        "manifest": sealed_manifest, "header": parcel["header"], "size": parcel["archive_size"],
        "chunks": parcel["chunks"], "scanned": false,
        "statements": [
            statement("01990d5c-7c00-7000-8000-000000000004", &manifest, &json!({"event": "accepted"}), minutes(0)),
            statement("01990d5c-7c00-7000-8000-000000000005", &manifest, &json!({"event": "exported", "medium": medium}), minutes(5)),
        ],
    });
    json!({
        "version": 1, "medium": medium, "at": minutes(5), "from": manifest["from"], "to": manifest["to"][0]["service"],
        "agreement": "case-files-2026", "agreement_digest": format!("sha256:{}", "ab".repeat(32)),
        "purpose": manifest["purpose"], "role": "enforcement-officer", "trained_on": "2025-11-01", "offer": offer,
    })
    .to_string()
}

fn write() -> String {
    let parcel = parcel();
    let manifest = seal(&[sealing_key().recipient()], parcel["manifest"].as_str().unwrap().as_bytes()).unwrap();
    let json = waybill(&STANDARD.encode(manifest));
    let signature = sign_document(&key(), WAYBILL_CONTEXT, json.as_bytes()).unwrap();
    let signed = SignedWaybill::parse(&json, signature).unwrap();
    let vector = Vector {
        note: "see docs/protocol/waybill.md; the keys are those of parcel.json and belong to nobody".to_owned(),
        waybill: RawValue::from_string(serde_json::to_string(&signed).unwrap()).unwrap(),
        age_sha256: STANDARD.encode(sha256(&age())),
    };
    serde_json::to_string_pretty(&vector).unwrap() + "\n"
}

/// The parcel's age file, from the vector of the parcel.
fn age() -> Vec<u8> {
    let parcel = parcel();
    let objects = parcel["objects"].as_array().unwrap();
    let parts = std::iter::once(&parcel["header"]).chain(objects);
    parts.flat_map(|part| STANDARD.decode(part.as_str().unwrap()).unwrap()).collect()
}

/// `PACKHORSE_SNAPSHOT=write` writes the vector anew: the protocol has changed.
#[test]
fn the_waybills_vector_is_the_one_that_its_page_names() {
    if std::env::var("PACKHORSE_SNAPSHOT").is_ok_and(|what| what == "write") {
        std::fs::write(VECTOR, write()).unwrap();
    }
    let vector: Vector = serde_json::from_slice(&std::fs::read(VECTOR).unwrap()).unwrap();
    let signed = SignedWaybill::of_file(vector.waybill.get().as_bytes()).unwrap();
    // Ed25519 signatures are deterministic: bytes and signature are the same on every run.
    assert_eq!(signed.as_str(), waybill(&signed.waybill().offer.manifest), "the waybill's form has changed");
    verify_document(key().public_key(), WAYBILL_CONTEXT, signed.as_str().as_bytes(), signed.signature()).unwrap();
    assert_eq!(serde_json::to_string(&signed).unwrap(), vector.waybill.get());
    assert_eq!(vector.age_sha256, STANDARD.encode(sha256(&age())));
    // It is about the parcel of the other vector.
    let parcel = parcel();
    let (waybill, manifest) = (signed.waybill(), parcel["manifest"].as_str().unwrap());
    assert_eq!(waybill.offer.manifest_digest, Manifest::digest(manifest.as_bytes()));
    let sealed = waybill.offer.manifest_bytes().unwrap();
    assert_eq!(open(&sealing_key(), &sealed, 64 * 1024).unwrap(), manifest.as_bytes());
    let manifest = Manifest::parse(manifest.as_bytes()).unwrap();
    let addressee = manifest.addressee(waybill.offer.parcel).unwrap();
    assert_eq!((&waybill.from, &waybill.to), (&manifest.from, &addressee.service));
    let said: Vec<&str> = waybill.offer.statements.iter().map(|said| said.statement().what.word()).collect();
    assert_eq!(said, ["accepted", "exported"]);
    for said in &waybill.offer.statements {
        verify_document(key().public_key(), PARCEL_STATEMENT_CONTEXT, said.as_str().as_bytes(), said.signature())
            .unwrap();
    }
    let page = include_str!("../../../../docs/protocol/waybill.md");
    assert!(page.contains("(vectors/waybill.json)"), "the page names the vector");
}

#[test]
fn a_waybill_is_bound_by_its_signature_and_has_no_other_members() {
    let vector: Vector = serde_json::from_slice(&std::fs::read(VECTOR).unwrap()).unwrap();
    let text = vector.waybill.get();
    let parse = |text: &str| SignedWaybill::of_file(text.as_bytes());
    let altered = parse(&text.replace("parking-enforcement", "parking-anything")).unwrap();
    let bytes = altered.as_str().as_bytes();
    assert!(verify_document(key().public_key(), WAYBILL_CONTEXT, bytes, altered.signature()).is_err());
    for (from, to, why) in [
        ("\"version\":1,\"medium\"", "\"version\":2,\"medium\"", WaybillError::Version),
        ("\"scanned\":false", "\"scanned\":false,\"inline\":\"AAAA\"", WaybillError::Form),
        ("\"medium\":", "\"courier\":1,\"medium\":", WaybillError::Form),
    ] {
        assert_eq!(parse(&text.replacen(from, to, 1)).unwrap_err(), why, "{to}");
    }
    let offer = serde_json::to_vec(&altered.waybill().offer).unwrap();
    assert!(Offer::parse(&offer).is_ok());
}
