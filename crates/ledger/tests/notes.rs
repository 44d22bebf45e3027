//! Signed notes, keys and checkpoints: who is believed and what is refused.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the failure report")]

mod fixture;

use fixture::*;
use packhorse_keys::{Algorithm, Signer as _, SoftwareKey};
use packhorse_ledger::*;

fn keys() -> Vec<VerifierKey> {
    vec![log_signer().verifier_key().clone(), witness().verifier_key().clone()]
}

fn checkpoint_text() -> String {
    String::from_utf8(cosigned(greek().head(3)).to_bytes()).unwrap()
}

/// Spoils the last signature byte of the line that starts with `prefix`.
fn spoil(note: &str, prefix: &str) -> String {
    let spoilt = |line: &str| {
        let position = line.trim_end_matches('=').len() - 2;
        let other = if line.as_bytes()[position] == b'A' { "B" } else { "A" };
        format!("{}{other}{}", &line[..position], &line[position + 1..])
    };
    let lines = note.lines().map(|line| if line.starts_with(prefix) { spoilt(line) } else { line.to_owned() });
    lines.map(|line| line + "\n").collect()
}

#[test]
fn lines_of_unknown_keys_are_ignored_and_kept() {
    let text = checkpoint_text();
    let opened = SignedCheckpoint::open(text.as_bytes(), &keys()[..1]).unwrap();
    assert_eq!(opened.signatures().len(), 1);
    assert_eq!(opened.to_bytes(), text.as_bytes());
}

#[test]
fn a_line_with_a_known_name_but_another_id_is_unknown() {
    let other = NoteSigner::new(ORIGIN, key(9)).unwrap();
    let error = SignedCheckpoint::open(checkpoint_text().as_bytes(), &[other.verifier_key().clone()]).unwrap_err();
    assert!(matches!(error, LedgerError::NoTrustedSignature));
}

#[test]
fn a_failing_signature_of_any_known_key_rejects_the_note() {
    for prefix in ["— gw", "— witness"] {
        let spoilt = spoil(&checkpoint_text(), prefix);
        let error = SignedCheckpoint::open(spoilt.as_bytes(), &keys()).unwrap_err();
        assert!(matches!(error, LedgerError::BadSignature { .. }), "{prefix}");
    }
    let spoilt = spoil(&checkpoint_text(), "— witness");
    assert!(SignedCheckpoint::open(spoilt.as_bytes(), &keys()[..1]).is_ok(), "an unknown witness cannot spoil it");
}

#[test]
fn a_witness_alone_does_not_make_a_head() {
    let error = SignedCheckpoint::open(checkpoint_text().as_bytes(), &keys()[1..]).unwrap_err();
    assert!(matches!(error, LedgerError::NoTrustedSignature));
}

#[test]
fn a_log_cannot_speak_for_another() {
    let stranger = NoteSigner::new("other.example.org/log", key(9)).unwrap();
    let text = Checkpoint::new(ORIGIN, greek().head(3)).unwrap().to_string();
    let note = Note::sign(&text, &[&stranger]).unwrap().note().to_bytes();
    let error = SignedCheckpoint::open(&note, &[stranger.verifier_key().clone()]).unwrap_err();
    assert!(matches!(error, LedgerError::NoTrustedSignature));
    let error = Checkpoint::new(ORIGIN, greek().head(3)).unwrap().sign(&stranger).unwrap_err();
    assert!(matches!(error, LedgerError::OtherOrigin { .. }));
}

#[test]
fn a_cosigning_key_in_the_name_of_the_log_is_not_the_log() {
    let cosigner = Cosigner::new(ORIGIN, key(3)).unwrap();
    let mut checkpoint = signed(greek().head(3));
    let line = cosigner.cosign(&checkpoint, TIME).unwrap();
    checkpoint.add_cosignature(line, cosigner.verifier_key()).unwrap();
    let error = SignedCheckpoint::open(&checkpoint.to_bytes(), &[cosigner.verifier_key().clone()]).unwrap_err();
    assert!(matches!(error, LedgerError::NoTrustedSignature));
}

#[test]
fn the_text_may_hold_empty_lines_and_signature_look_alikes() {
    let text = "first\n\n— someone bm90IGEgc2lnbmF0dXJl\n\nlast\n";
    let note = Note::sign(text, &[&log_signer()]).unwrap();
    let opened = VerifiedNote::open(&note.note().to_bytes(), &keys()).unwrap();
    assert_eq!(opened.text(), text);
    assert_eq!(opened.signatures().len(), 1);
}

#[test]
fn the_text_of_an_unverified_note_does_not_show() {
    let note = Note::parse(checkpoint_text().as_bytes()).unwrap();
    assert!(!format!("{note:?}").contains("OF2jDzkXKCyJ"));
}

#[test]
fn texts_that_no_note_can_carry_are_not_signed() {
    for text in ["no line feed", "tab\there\n", "nul\0\n", "carriage\r\n"] {
        assert!(Note::sign(text, &[&log_signer()]).is_err(), "{text:?}");
    }
    assert!(Note::sign("unsigned\n", &[]).is_err());
}

#[test]
fn malformed_notes_are_refused() {
    let good = "text\n\n— name AAAAAAA=\n";
    assert!(Note::parse(good.as_bytes()).is_ok());
    for note in [
        "",
        "\n",
        "text\n",
        "text\n\n",
        "text\n\n— name AAAAAAA=",
        "text\n— name AAAAAAA=\n",
        "text\n\n- name AAAAAAA=\n",
        "text\n\n—name AAAAAAA=\n",
        "text\n\n— na me AAAAAAA=\n",
        "text\n\n— na+me AAAAAAA=\n",
        "text\n\n—  AAAAAAA=\n",
        "text\n\n— name AAAAAA==\n",
        "text\n\n— name AAAAAAA\n",
        "text\n\n— name AAAAAAB=\n",
        "text\n\n— name AAAAAAA= \n",
        "text\r\n\n— name AAAAAAA=\n",
        "text\n\n— name AAAAAAA=\r\n",
        "text\n\n— na\u{a0}me AAAAAAA=\n",
        "text\n\n— name AAAAAAA=\nmore\n",
    ] {
        assert!(Note::parse(note.as_bytes()).is_err(), "{note:?}");
    }
    assert!(Note::parse(b"text \xff\n\n\xe2\x80\x94 name AAAAAAA=\n").is_err());
}

#[test]
fn the_number_of_signatures_and_the_size_of_a_note_are_bounded() {
    let note = |lines| format!("text\n\n{}", "— name AAAAAAA=\n".repeat(lines));
    assert!(Note::parse(note(MAX_SIGNATURES).as_bytes()).is_ok());
    assert!(matches!(Note::parse(note(MAX_SIGNATURES + 1).as_bytes()), Err(LedgerError::TooLarge { .. })));
    let long = format!("{}\n\n— name AAAAAAA=\n", "a".repeat(MAX_NOTE_BYTES));
    assert!(matches!(Note::parse(long.as_bytes()), Err(LedgerError::TooLarge { .. })));
}

#[test]
fn a_later_cosignature_replaces_the_earlier_one_of_the_same_key() {
    let mut checkpoint = cosigned(greek().head(3));
    let line = witness().cosign(&checkpoint, TIME + 60).unwrap();
    assert_eq!(checkpoint.add_cosignature(line, witness().verifier_key()).unwrap(), TIME + 60);
    assert_eq!(checkpoint.note().signatures().len(), 2);
    let opened = SignedCheckpoint::open(&checkpoint.to_bytes(), &keys()).unwrap();
    assert_eq!(opened, checkpoint);
    assert_eq!(opened.cosigned_at(witness().verifier_key()), Some(TIME + 60));
    assert_eq!(opened.cosigned_at(other_witness(1).verifier_key()), None);
}

#[test]
fn a_cosignature_for_another_head_or_key_is_not_added() {
    let (first, mut second) = (signed(greek().head(2)), signed(greek().head(3)));
    let line = witness().cosign(&first, TIME).unwrap();
    let error = second.add_cosignature(line.clone(), witness().verifier_key()).unwrap_err();
    assert!(matches!(error, LedgerError::BadSignature { .. }));
    let error = second.add_cosignature(line, other_witness(1).verifier_key()).unwrap_err();
    assert!(matches!(error, LedgerError::NoTrustedSignature));
    let error = second.add_cosignature(first.note().signatures()[0].clone(), log_signer().verifier_key()).unwrap_err();
    assert!(matches!(error, LedgerError::NoTrustedSignature));
    assert_eq!(second, signed(greek().head(3)));
}

#[test]
fn a_cosignature_has_a_time() {
    let checkpoint = signed(greek().head(3));
    for time in [0, 1 << 63, u64::MAX] {
        assert!(witness().cosign(&checkpoint, time).is_err(), "{time}");
    }
    assert!(witness().cosign(&checkpoint, (1 << 63) - 1).is_ok());
}

#[test]
fn checkpoint_texts_have_one_spelling() {
    let root = "OF2jDzkXKCyJOd/4UZV+UZqxhGsTUaFMCts7EWMnQqo=";
    let with_extension = format!("log\n3\n{root}\nextension\n");
    assert_eq!(with_extension.parse::<Checkpoint>().unwrap().extensions(), ["extension"]);
    assert_eq!(with_extension.parse::<Checkpoint>().unwrap().to_string(), with_extension);
    for text in [
        String::new(),
        "log\n".into(),
        "log\n3\n".into(),
        format!("log\n3\n{root}"),
        format!("\n3\n{root}\n"),
        format!("log\n03\n{root}\n"),
        format!("log\n+3\n{root}\n"),
        format!("log\n-3\n{root}\n"),
        format!("log\n\n{root}\n"),
        format!("log\n3 \n{root}\n"),
        format!("log\n3\n{}\n", root.trim_end_matches('=')),
        format!("log\n3\n{root}\n\n"),
        format!("log\n3\n{root}\n\nextension\n"),
        "log\n3\nOF2jDzkXKCyJOd/4UZV+UZqxhGsTUaFMCts7EWMnQqp=\n".into(),
        format!("log\n9223372036854775808\n{root}\n"),
        format!("log\n18446744073709551616\n{root}\n"),
        "log\n3\nAAAA\n".into(),
    ] {
        assert!(text.parse::<Checkpoint>().is_err(), "{text:?}");
    }
    assert!(matches!(format!("log\n0\n{root}\n").parse::<Checkpoint>(), Err(LedgerError::EmptyLogRoot)));
    assert!(format!("log\n0\n{EMPTY_ROOT}\n").parse::<Checkpoint>().is_ok());
}

#[test]
fn verifier_keys_are_read_strictly() {
    for vkey in [
        "",
        "name",
        "name+3561d7cc",
        LOG_VKEY.trim_start_matches('g'),
        &LOG_VKEY.replace("3561d7cc", "3561d7cd"),
        &LOG_VKEY.replace("3561d7cc", "3561D7CC"),
        &LOG_VKEY.replace("3561d7cc", "+3561d7cc"),
        &format!("{LOG_VKEY}+"),
        &LOG_VKEY.replace("+Ae", "+Bu"),
        &LOG_VKEY[..LOG_VKEY.len() - 4],
        &format!(" {LOG_VKEY}"),
    ] {
        assert!(vkey.parse::<VerifierKey>().is_err(), "{vkey}");
    }
}

#[test]
fn names_without_meaning_and_keys_of_another_algorithm_are_refused() {
    for name in ["", "with space", "with+plus", "line\nfeed", "em\u{2003}space", &"n".repeat(256)] {
        assert!(NoteSigner::new(name, key(3)).is_err(), "{name:?}");
        assert!(Cosigner::new(name, key(3)).is_err(), "{name:?}");
    }
    let p256 = SoftwareKey::generate(Algorithm::EcdsaP256Sha256).unwrap();
    assert!(VerifierKey::new("name", SignatureKind::Note, p256.public_key().clone()).is_err());
}
