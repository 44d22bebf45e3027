//! The test vector of docs/protocol/parcel.md: what it says follows from the page by the product's own rules, and is
//! checked as a stranger would check it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use packhorse_keys::{
    CHUNK_BYTES, FileKey, NONCE_BYTES, PayloadKey, SealingKey, Signer as _, SoftwareKey, open, open_header,
    piece_digest, sha256, sign_document, verify_document, write_header,
};
use packhorse_model::parcel::{
    Archive, Manifest, PARCEL_STATEMENT_CONTEXT, ParcelEvent, ParcelStatement, Segment, SignedStatement,
};
use serde::{Deserialize, Serialize};

const VECTOR: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/protocol/vectors/parcel.json");
const SEED: [u8; 32] = [0x17; 32];
const PARCEL: &str = "01990d5c-7c00-7000-8000-000000004711";
/// 2026-01-01T12:00:00Z.
const SENT_AT: i64 = 1_767_268_800;

#[derive(Serialize, Deserialize)]
struct Vector {
    note: String,
    /// The manifest as it is sealed, byte for byte.
    manifest: String,
    manifest_digest: String,
    /// The files' content, as text.
    files: Vec<String>,
    archive_size: u64,
    archive_sha256: String,
    /// An age identity; for this vector alone.
    sealing_key: String,
    header: String,
    chunks: Vec<String>,
    objects: Vec<String>,
    signing_seed: String,
    signing_key: String,
    statement: Box<serde_json::value::RawValue>,
}

fn files() -> [(&'static str, &'static str); 3] {
    [("report.txt", "An invented report.\n"), ("scans/Kündigung Seite 1.txt", "Erfunden.\n"), ("empty", "")]
}

fn manifest() -> Vec<u8> {
    let sent_at = Timestamp::from_second(SENT_AT).unwrap();
    let files: Vec<_> = files()
        .iter()
        .map(|(name, content)| {
            serde_json::json!({"name": name, "size": content.len(), "sha256": STANDARD.encode(sha256(content.as_bytes()))})
        })
        .collect();
    let manifest = serde_json::json!({
        "version": 1, "salt": STANDARD.encode([7; 16]), "dispatch": "01990d5c-7c00-7000-8000-000000000001",
        "from": "TEST/GOV/agency/register",
        "to": [{"parcel": PARCEL, "service": "TEST/LOC/E07000223/parking/REPORT", "agreement": "case-files-2026"}],
        "sent_at": sent_at, "expires_at": sent_at + SignedDuration::from_hours(120), "marking": "official-sensitive",
        "purpose": "parking-enforcement", "subject": "Case 4711", "reference": "R-1", "files": files,
    });
    serde_json::from_value::<Manifest>(manifest).unwrap().to_json().unwrap()
}

fn archive(json: &[u8], contents: &[String]) -> Vec<u8> {
    let manifest = Manifest::parse(json).unwrap();
    let mut archive = Vec::new();
    for segment in Archive::new(json, &manifest.files, manifest.sent_at).segments() {
        match segment {
            Segment::Bytes(bytes) => archive.extend(bytes),
            Segment::File { index, .. } => archive.extend(contents[index].as_bytes()),
        }
    }
    archive
}

fn statement(digest: &str) -> String {
    let key = SoftwareKey::from_ed25519_seed(&SEED).unwrap();
    let statement = ParcelStatement {
        id: "01990d5c-7c00-7000-8000-000000000002".parse().unwrap(),
        parcel: PARCEL.parse().unwrap(),
        from: "TEST/GOV/agency/register".parse().unwrap(),
        to: "TEST/LOC/E07000223/parking/REPORT".parse().unwrap(),
        agreement: "case-files-2026".parse().unwrap(),
        agreement_digest: format!("sha256:{}", "ab".repeat(32)).parse().unwrap(),
        manifest: Some(digest.to_owned()),
        what: ParcelEvent::Delivered { scanned: true },
        organisation: "TEST/LOC/E07000223".parse().unwrap(),
        system: Some("parking".to_owned()),
        person: None,
        at: Timestamp::from_second(SENT_AT + 60).unwrap(),
    };
    let json = statement.to_json().unwrap();
    let signature = sign_document(&key, PARCEL_STATEMENT_CONTEXT, json.as_bytes()).unwrap();
    serde_json::to_string(&SignedStatement::parse(&json, signature).unwrap()).unwrap()
}

/// Sealing is random: what is sealed is kept, all else is made anew on every run.
fn write() -> String {
    let contents: Vec<String> = files().iter().map(|(_, content)| (*content).to_owned()).collect();
    let json = manifest();
    let archive = archive(&json, &contents);
    let (sealing, file_key) = (SealingKey::generate().unwrap(), FileKey::generate().unwrap());
    let nonce = PayloadKey::generate_nonce().unwrap();
    let mut header = write_header(&[sealing.recipient()], &file_key).unwrap();
    header.extend(nonce);
    let mut object = Vec::new();
    PayloadKey::new(&file_key, &nonce).unwrap().seal_chunks(0, true, &archive, &mut object).unwrap();
    let folder = tempfile::tempdir().unwrap();
    sealing.save(&folder.path().join("key")).unwrap();
    let text = std::fs::read_to_string(folder.path().join("key")).unwrap();
    let key = SoftwareKey::from_ed25519_seed(&SEED).unwrap();
    let vector = Vector {
        note: "see docs/protocol/parcel.md; the keys belong to nobody".to_owned(),
        manifest_digest: Manifest::digest(&json),
        statement: serde_json::value::RawValue::from_string(statement(&Manifest::digest(&json))).unwrap(),
        manifest: String::from_utf8(json).unwrap(),
        files: contents,
        archive_size: archive.len() as u64,
        archive_sha256: STANDARD.encode(sha256(&archive)),
        sealing_key: text.lines().find(|line| line.starts_with("AGE-SECRET-KEY")).unwrap().to_owned(),
        header: STANDARD.encode(header),
        chunks: vec![STANDARD.encode(piece_digest(&object))],
        objects: vec![STANDARD.encode(&object)],
        signing_seed: "17".repeat(32),
        signing_key: key.public_key().to_string(),
    };
    serde_json::to_string_pretty(&vector).unwrap() + "\n"
}

/// `PACKHORSE_SNAPSHOT=write` writes the vector anew: the protocol has changed.
#[test]
fn the_vector_is_the_one_that_the_protocol_page_names() {
    if std::env::var("PACKHORSE_SNAPSHOT").is_ok_and(|what| what == "write") {
        std::fs::write(VECTOR, write()).unwrap();
    }
    let vector: Vector = serde_json::from_slice(&std::fs::read(VECTOR).unwrap()).unwrap();
    assert_eq!(vector.manifest.as_bytes(), manifest(), "the manifest's one form has changed");
    assert_eq!(vector.manifest_digest, Manifest::digest(vector.manifest.as_bytes()));
    let expected = archive(vector.manifest.as_bytes(), &vector.files);
    assert_eq!(vector.archive_size, expected.len() as u64);
    assert_eq!(vector.archive_sha256, STANDARD.encode(sha256(&expected)), "the archive's bytes have changed");
    // The key opens it, in parts and as one age file.
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("key");
    std::fs::write(&file, format!("{}\n", vector.sealing_key)).unwrap();
    std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let key = SealingKey::load(&file).unwrap();
    let header = STANDARD.decode(&vector.header).unwrap();
    let objects: Vec<Vec<u8>> = vector.objects.iter().map(|text| STANDARD.decode(text).unwrap()).collect();
    let digests: Vec<String> = objects.iter().map(|object| STANDARD.encode(blake3::hash(object).as_bytes())).collect();
    assert_eq!(vector.chunks, digests);
    let (file_key, length) = open_header([&key], &header).unwrap();
    let nonce: [u8; NONCE_BYTES] = header[length..].try_into().unwrap();
    let mut opened = Vec::new();
    PayloadKey::new(&file_key, &nonce).unwrap().open_chunks(0, true, &objects[0], &mut opened).unwrap();
    assert!(opened == expected);
    let age = [&header[..], &objects.concat()].concat();
    assert!(open(&key, &age, 16 * CHUNK_BYTES).unwrap() == expected);
    // The statement is signed as the page says; Ed25519 signatures are deterministic.
    assert_eq!(vector.statement.get(), statement(&vector.manifest_digest));
    let signed: SignedStatement = serde_json::from_str(&statement(&vector.manifest_digest)).unwrap();
    let signing = SoftwareKey::from_ed25519_seed(&SEED).unwrap();
    let public = signing.public_key();
    assert_eq!(vector.signing_key, public.to_string());
    verify_document(public, PARCEL_STATEMENT_CONTEXT, signed.as_str().as_bytes(), signed.signature()).unwrap();
    let page = include_str!("../../../../docs/protocol/parcel.md");
    assert!(page.contains("(vectors/parcel.json)"), "the page names the vector");
}

#[test]
fn tar_unpacks_the_archive_of_the_vector() {
    let vector: Vector = serde_json::from_slice(&std::fs::read(VECTOR).unwrap()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("parcel.tar");
    std::fs::write(&file, archive(vector.manifest.as_bytes(), &vector.files)).unwrap();
    let done = std::process::Command::new("tar").arg("-xf").arg(&file).current_dir(folder.path()).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    for (name, content) in files() {
        assert_eq!(std::fs::read_to_string(folder.path().join(name)).unwrap(), content, "{name}");
    }
    let manifest = std::fs::read_to_string(folder.path().join("packhorse-manifest.json")).unwrap();
    assert_eq!(manifest, vector.manifest);
}
