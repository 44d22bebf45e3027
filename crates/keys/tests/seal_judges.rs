//! What we seal, judged by programs that we did not write, and what they seal, opened by us.
//!
//! The judges are the program `age`, npm's `age-encryption`, and the test vectors of the format (C2SP CCTV) in npm's
//! `cctv-age`; PACKHORSE_JUDGES_NODE names the folder they are installed in. A judge that is not there is skipped,
//! unless PACKHORSE_JUDGES=required.
#![allow(clippy::unwrap_used, reason = "in a test a panic is the failure report")]
#![allow(clippy::print_stdout, reason = "a line says that a judge is missing")]

use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use packhorse_keys::{
    CHUNK_BYTES, FileKey, NONCE_BYTES, PayloadKey, SealingKey, TAG_BYTES, open, open_header, opened_length, rewrap,
    seal, sha256, write_header,
};
use serde::Deserialize;

const JUDGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/judges/seal.mjs");
const SIZES: [usize; 4] = [0, 1, CHUNK_BYTES, 3 * CHUNK_BYTES + 7];

/// Says that a judge is missing, and fails when judges are required.
fn skip(judge: &str) {
    assert_ne!(std::env::var("PACKHORSE_JUDGES").as_deref(), Ok("required"), "{judge} is required and missing");
    println!("skipped: {judge} is not there");
}

/// What a judge answers; nothing when it fails.
fn ask(judge: &mut Command, input: &[u8]) -> Option<Vec<u8>> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("input");
    fs::write(&path, input).unwrap();
    let output = judge.stdin(File::open(path).unwrap()).stderr(Stdio::null()).output().unwrap();
    output.status.success().then_some(output.stdout)
}

fn node(arguments: &[&str]) -> Option<Command> {
    let folder = std::env::var_os("PACKHORSE_JUDGES_NODE")?;
    let mut judge = Command::new(Path::new(&folder).join("node"));
    judge.arg(JUDGE).args(arguments);
    Some(judge)
}

fn age(arguments: &[&str]) -> Option<Command> {
    Command::new("age").arg("--version").output().ok()?;
    let mut judge = Command::new("age");
    judge.args(arguments);
    Some(judge)
}

fn content(size: usize) -> Vec<u8> {
    (0..size).map(|at| (at % 251) as u8).collect()
}

/// The key as it stands in its file.
fn identity(key: &SealingKey) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("seal.key");
    key.save(&path).unwrap();
    fs::read_to_string(path).unwrap().trim().to_owned()
}

fn key(identity: &str) -> SealingKey {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("seal.key");
    fs::write(&path, identity).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    SealingKey::load(&path).unwrap()
}

/// A message whose chunks were sealed by themselves, the last one first, and whose header is its second.
fn sealed_in_parts(old: &SealingKey, new: &SealingKey, content: &[u8]) -> Vec<u8> {
    let file_key = FileKey::generate().unwrap();
    let nonce = PayloadKey::generate_nonce().unwrap();
    let payload = PayloadKey::new(&file_key, &nonce).unwrap();
    let mut chunks: Vec<Vec<u8>> = content.chunks(CHUNK_BYTES).map(<[u8]>::to_vec).collect();
    let count = chunks.len();
    for (at, chunk) in chunks.iter_mut().enumerate().rev() {
        payload.seal_chunk(at as u64, at + 1 == count, chunk).unwrap();
    }
    let header = write_header(&[old.recipient()], &file_key).unwrap();
    let header = rewrap([old], &header, &[new.recipient()]).unwrap();
    [&header, &nonce[..], &chunks.concat()].concat()
}

#[test]
fn the_program_age_opens_what_we_seal_and_we_open_what_it_seals() {
    let ours = SealingKey::generate().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("seal.key");
    ours.save(&path).unwrap();
    let recipient = ours.recipient().to_string();
    for size in SIZES {
        let plaintext = content(size);
        let Some(mut opening) = age(&["--decrypt", "--identity", path.to_str().unwrap()]) else {
            return skip("age");
        };
        let sealed = seal(&[ours.recipient()], &plaintext).unwrap();
        assert_eq!(ask(&mut opening, &sealed).as_ref(), Some(&plaintext), "{size}");
        let sealed = ask(&mut age(&["--recipient", &recipient]).unwrap(), &plaintext).unwrap();
        assert_eq!(open(&ours, &sealed, size).unwrap(), plaintext, "{size}");
    }
    let plaintext = content(4 * CHUNK_BYTES);
    let sealed = sealed_in_parts(&SealingKey::generate().unwrap(), &ours, &plaintext);
    let mut opening = age(&["--decrypt", "--identity", path.to_str().unwrap()]).unwrap();
    assert_eq!(ask(&mut opening, &sealed), Some(plaintext));
}

#[test]
fn npm_opens_what_we_seal_and_we_open_what_it_seals_with_both_kinds_of_key() {
    for ours in [SealingKey::generate().unwrap(), SealingKey::generate_post_quantum().unwrap()] {
        let (identity, recipient) = (identity(&ours), ours.recipient().to_string());
        for size in SIZES {
            let plaintext = content(size);
            let Some(mut opening) = node(&["open", &identity]) else {
                return skip("age-encryption (PACKHORSE_JUDGES_NODE)");
            };
            let sealed = seal(&[ours.recipient()], &plaintext).unwrap();
            assert_eq!(ask(&mut opening, &sealed).as_ref(), Some(&plaintext), "{recipient} {size}");
            let sealed = ask(&mut node(&["seal", &recipient]).unwrap(), &plaintext).unwrap();
            assert_eq!(open(&ours, &sealed, size).unwrap(), plaintext, "{recipient} {size}");
        }
        let plaintext = content(2 * CHUNK_BYTES + 1);
        let sealed = sealed_in_parts(&SealingKey::generate().unwrap(), &ours, &plaintext);
        assert_eq!(ask(&mut node(&["open", &identity]).unwrap(), &sealed), Some(plaintext));
        let other = SealingKey::generate_post_quantum().unwrap();
        let sealed = seal(&[other.recipient()], b"not for the judge").unwrap();
        assert_eq!(ask(&mut node(&["open", &identity]).unwrap(), &sealed), None, "the judge can refuse");
    }
}

/// A case of the format's own test suite.
#[derive(Deserialize)]
struct Vector {
    name: String,
    /// `success`, or what must fail.
    expect: String,
    /// In the format's text form, which is not for us.
    armored: bool,
    /// SHA-256 of the plaintext.
    payload: String,
    identities: Vec<String>,
    message: String,
}

#[test]
fn the_vectors_of_the_format_open_or_stay_shut_as_they_say() {
    let Some(mut vectors) = node(&["vectors"]) else { return skip("cctv-age (PACKHORSE_JUDGES_NODE)") };
    let vectors = String::from_utf8(ask(&mut vectors, b"").unwrap()).unwrap();
    let (mut opened, mut refused) = (0, 0);
    for line in vectors.lines() {
        let vector: Vector = serde_json::from_str(line).unwrap();
        let keys: Vec<SealingKey> = vector.identities.iter().map(|identity| key(identity)).collect();
        let message = STANDARD.decode(&vector.message).unwrap();
        let plaintext = open_by_any(&keys, &message);
        // Without an identity it is a message for a passphrase, which we never have.
        let expected = vector.expect == "success" && !vector.armored && !keys.is_empty();
        assert_eq!(plaintext.is_some(), expected, "{}: {}", vector.name, vector.expect);
        if let Some(plaintext) = plaintext {
            let digest: String = sha256(&plaintext).iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(digest, vector.payload, "{}", vector.name);
            opened += 1;
        } else {
            refused += 1;
        }
    }
    assert!(opened >= 18 && refused >= 100, "{opened} opened, {refused} refused");
}

/// Chunk by chunk, and then all at once, which must agree.
fn open_by_any(keys: &[SealingKey], message: &[u8]) -> Option<Vec<u8>> {
    let (file_key, header) = open_header(keys, message).ok()?;
    let (nonce, payload) = message[header..].split_first_chunk::<NONCE_BYTES>()?;
    let key = PayloadKey::new(&file_key, nonce).unwrap();
    let count = payload.len().div_ceil(CHUNK_BYTES + TAG_BYTES);
    let mut by_chunk = (count > 0).then(Vec::new);
    for (at, chunk) in payload.chunks(CHUNK_BYTES + TAG_BYTES).enumerate() {
        let mut chunk = chunk.to_vec();
        by_chunk = by_chunk.filter(|_| key.open_chunk(at as u64, at + 1 == count, &mut chunk).is_ok());
        by_chunk.iter_mut().for_each(|opened| opened.extend_from_slice(&chunk));
    }
    let mut at_once = Vec::new();
    let opened = key.open_chunks(0, true, payload, &mut at_once).ok().map(|()| at_once);
    assert_eq!(by_chunk, opened);
    if let Some(opened) = &opened {
        assert_eq!(opened_length(payload.len() as u64).unwrap(), opened.len() as u64);
    }
    opened
}
