//! Signing keys: their text, their files and their signatures.
#![allow(clippy::unwrap_used, reason = "in a test a panic is the failure report")]

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use packhorse_keys::{
    Algorithm, Fingerprint, KeyError, PublicKey, Signer, SoftwareKey, sign_document, verify_document,
};
use proptest::prelude::*;

const BOTH: [Algorithm; 2] = [Algorithm::Ed25519, Algorithm::EcdsaP256Sha256];

fn mode(path: &std::path::Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

#[test]
fn the_first_vector_of_rfc_8032_is_reproduced() {
    // RFC 8032 section 7.1, test 1.
    let seed = b"\x9d\x61\xb1\x9d\xef\xfd\x5a\x60\xba\x84\x4a\xf4\x92\xec\x2c\xc4\
                 \x44\x49\xc5\x69\x7b\x32\x69\x19\x70\x3b\xac\x03\x1c\xae\x7f\x60";
    let key = SoftwareKey::from_ed25519_seed(seed).unwrap();
    let public = "ed25519:11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
    assert_eq!(key.public_key().to_string(), public);
    let signature = "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155\
                     5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b";
    let hex: String = key.sign(b"").unwrap().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hex, signature);
}

#[test]
fn each_algorithm_signs_what_its_public_key_verifies_and_nothing_else() {
    for algorithm in BOTH {
        let key = SoftwareKey::generate(algorithm).unwrap();
        let other = SoftwareKey::generate(algorithm).unwrap();
        let signature = key.sign(b"message").unwrap();
        assert_eq!(signature.len(), 64, "{algorithm}");
        assert!(key.public_key().verify(b"message", &signature).is_ok());
        for refused in [
            key.public_key().verify(b"massage", &signature),
            key.public_key().verify(b"message", &signature[1..]),
            key.public_key().verify(b"message", b""),
            other.public_key().verify(b"message", &signature),
        ] {
            assert!(matches!(refused, Err(KeyError::BadSignature)), "{algorithm}");
        }
    }
}

#[test]
fn a_key_survives_its_file() {
    let folder = tempfile::tempdir().unwrap();
    for algorithm in BOTH {
        let path = folder.path().join(algorithm.name());
        let key = SoftwareKey::generate(algorithm).unwrap();
        key.save(&path).unwrap();
        assert_eq!(mode(&path), 0o600);
        let loaded = SoftwareKey::load(&path).unwrap();
        assert_eq!(loaded.public_key(), key.public_key());
        let signature = loaded.sign(b"message").unwrap();
        assert!(key.public_key().verify(b"message", &signature).is_ok());
    }
}

#[test]
fn a_key_made_by_openssl_is_read() {
    // openssl genpkey -algorithm ed25519, for the seed of 32 times 0x01.
    let pem = "-----BEGIN PRIVATE KEY-----\n\
               MC4CAQAwBQYDK2VwBCIEIAEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB\n\
               -----END PRIVATE KEY-----\n";
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key.pem");
    fs::write(&path, pem).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    let expected = SoftwareKey::from_ed25519_seed(&[1; 32]).unwrap();
    assert_eq!(SoftwareKey::load(&path).unwrap().public_key(), expected.public_key());
    let ours = folder.path().join("ours.pem");
    expected.save(&ours).unwrap();
    assert_eq!(fs::read_to_string(&ours).unwrap(), pem);
}

#[test]
fn a_key_file_is_never_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key.pem");
    fs::write(&path, "precious").unwrap();
    let dangling = folder.path().join("dangling.pem");
    symlink(folder.path().join("nowhere"), &dangling).unwrap();
    let key = SoftwareKey::generate(Algorithm::Ed25519).unwrap();
    for taken in [&path, &dangling] {
        assert!(matches!(key.save(taken), Err(KeyError::FileExists { .. })));
    }
    assert_eq!(fs::read_to_string(&path).unwrap(), "precious");
}

#[test]
fn a_key_file_that_others_can_use_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key.pem");
    SoftwareKey::generate(Algorithm::Ed25519).unwrap().save(&path).unwrap();
    for open in [0o640, 0o604, 0o620, 0o601] {
        fs::set_permissions(&path, fs::Permissions::from_mode(open)).unwrap();
        let refused = SoftwareKey::load(&path).unwrap_err();
        assert!(matches!(refused, KeyError::FileNotPrivate { mode, .. } if mode == open));
        assert!(refused.to_string().contains("set it to 0600"));
    }
    fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).unwrap();
    assert!(SoftwareKey::load(&path).is_ok());
}

#[test]
fn what_is_no_key_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        path
    };
    let load = SoftwareKey::load;
    assert!(matches!(load(&write("empty", b"")), Err(KeyError::Malformed { .. })));
    assert!(matches!(load(&write("text", b"not a key")), Err(KeyError::Malformed { .. })));
    assert!(matches!(load(&write("big", &[b'x'; 70_000])), Err(KeyError::TooLarge { .. })));
    assert!(matches!(load(folder.path()), Err(KeyError::File { .. })));
    assert!(matches!(load(&folder.path().join("none")), Err(KeyError::File { .. })));
}

#[test]
fn debug_and_errors_show_no_secret() {
    let key = SoftwareKey::from_ed25519_seed(&[1; 32]).unwrap();
    let shown = format!("{key:?}");
    assert!(shown.contains("ed25519:iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1w="), "{shown}");
    assert!(!shown.contains("AQEB") && !shown.contains("01, 01") && !shown.contains("1, 1"));
}

#[test]
fn a_fingerprint_is_the_digest_of_the_spki_as_openssl_prints_it() {
    // RFC 9421 appendix B.1.3; openssl pkey -pubin -outform DER | sha256sum agrees.
    let text = "ecdsa-p256-sha256:\
                BKiFWGVSwqz2Rxh4z9ewk1tP/g/S38NBJI6he8QeBYrwMc4nN9LTDOBhfoUeg8Ye9WedFRhnZXZJA12Qp0zZ\
                6F0=";
    let key: PublicKey = text.parse().unwrap();
    assert_eq!(key.to_string(), text);
    let der = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEqIVYZVLCrPZHGHjP17CTW0/+D9Lf\
               w0EkjqF7xB4FivAxzic30tMM4GF+hR6Dxh71Z50VGGdldkkDXZCnTNnoXQ==";
    use base64::Engine;
    let der = base64::engine::general_purpose::STANDARD.decode(der).unwrap();
    assert_eq!(key.spki(), der);
    assert_eq!(key.fingerprint(), Fingerprint(packhorse_keys::sha256(&der)));
}

#[test]
fn texts_that_are_no_public_key_are_refused() {
    for text in [
        "",
        "ed25519",
        "ed25519:",
        "ed25519:AAAA",
        "ed25519:!!!!",
        "rsa-pss-sha512:AAAA",
        "Ed25519:iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1w=",
        // Small order.
        "ed25519:AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        "ed25519:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAIA=",
        // A point off the curve.
        "ecdsa-p256-sha256:BAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\
         AAAAAAAAAAAAA=",
    ] {
        assert!(text.parse::<PublicKey>().is_err(), "{text}");
    }
    assert!("ed25519:".parse::<Fingerprint>().is_err());
    let upper = format!("sha256:{}", "AB".repeat(32));
    assert!(upper.parse::<Fingerprint>().is_err());
}

#[test]
fn a_document_signature_holds_for_its_key_context_and_document_alone() {
    let key = SoftwareKey::generate(Algorithm::Ed25519).unwrap();
    let other = SoftwareKey::generate(Algorithm::Ed25519).unwrap();
    let signature = sign_document(&key, "agreement", b"text").unwrap();
    let verify =
        |key: &SoftwareKey, context, document| verify_document(key.public_key(), context, document, &signature);
    assert!(verify(&key, "agreement", b"text").is_ok());
    assert!(matches!(verify(&key, "agreement", b"test"), Err(KeyError::BadSignature)));
    assert!(matches!(verify(&key, "directory", b"text"), Err(KeyError::BadSignature)));
    assert!(matches!(verify(&other, "agreement", b"text"), Err(KeyError::WrongKey { .. })));
    // The signed bytes are a format: other implementations must be able to follow it.
    assert!(key.public_key().verify(b"packhorse/agreement/v1\ntext", &signature.signature).is_ok());
    for context in ["", "Agreement", "a\nb", "a b"] {
        let refused = sign_document(&key, context, b"text");
        assert!(matches!(refused, Err(KeyError::Malformed { .. })), "{context:?}");
    }
}

#[test]
fn a_document_signature_survives_json() {
    let key = SoftwareKey::from_ed25519_seed(&[1; 32]).unwrap();
    let signature = sign_document(&key, "agreement", b"text").unwrap();
    let json = serde_json::to_value(&signature).unwrap();
    assert_eq!(json["key"], key.public_key().fingerprint().to_string());
    assert_eq!(json["signature"].as_str().unwrap().len(), 88);
    assert_eq!(serde_json::from_value::<packhorse_keys::DocumentSignature>(json).unwrap(), signature);
}

proptest! {
    #[test]
    fn text_and_json_forms_are_read_back(seed: [u8; 32], digest: [u8; 32]) {
        let key = SoftwareKey::from_ed25519_seed(&seed).unwrap().public_key().clone();
        prop_assert_eq!(&key.to_string().parse::<PublicKey>().unwrap(), &key);
        let json = serde_json::to_string(&key).unwrap();
        prop_assert_eq!(serde_json::from_str::<PublicKey>(&json).unwrap(), key);
        let fingerprint = Fingerprint(digest);
        prop_assert_eq!(fingerprint.to_string().parse::<Fingerprint>().unwrap(), fingerprint);
    }

    #[test]
    fn no_text_makes_a_parser_panic(text in ".{0,200}") {
        let _ = text.parse::<PublicKey>();
        let _ = text.parse::<Fingerprint>();
        let _ = text.parse::<packhorse_keys::SealingRecipient>();
    }
}
