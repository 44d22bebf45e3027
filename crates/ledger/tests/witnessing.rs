//! The witness's decision and the policy's count.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the failure report")]

mod fixture;

use fixture::*;
use packhorse_ledger::*;

fn request(old: u64, new: u64) -> AddCheckpoint {
    let tree = WholeTree::of(new);
    AddCheckpoint {
        old_size: old,
        proof: prove_consistency(old, new, &tree).unwrap(),
        checkpoint: signed(tree.head(new)).note().clone(),
    }
}

fn log_keys() -> Vec<VerifierKey> {
    vec![log_signer().verifier_key().clone()]
}

fn status(request: &AddCheckpoint, stored: Head) -> u16 {
    request.decide(&log_keys(), stored).map_or_else(|refusal| refusal.status(), |_| 200)
}

#[test]
fn a_request_survives_its_bytes() {
    let request = request(5, 70);
    let bytes = request.to_bytes();
    assert!(bytes.starts_with(b"old 5\n"));
    let read = AddCheckpoint::parse(&bytes).unwrap();
    assert_eq!(read, request);
    assert_eq!(read.claimed_origin(), ORIGIN);
    let first = self::request(0, 70).to_bytes();
    assert!(first.starts_with(b"old 0\n\ngw.example.gov.uk/log\n70\n"));
    assert_eq!(AddCheckpoint::parse(&first).unwrap().to_bytes(), first);
}

#[test]
fn malformed_requests_are_refused_with_400() {
    let good = String::from_utf8(request(5, 70).to_bytes()).unwrap();
    for body in [
        String::new(),
        good.replacen("old 5", "old 05", 1),
        good.replacen("old 5", "old", 1),
        good.replacen("old 5", "old  5", 1),
        good.replacen("old 5\n", "", 1),
        good.replacen("\n\n", "\n", 1),
        good.replacen("=\n", "\n", 1),
        good.replacen("old 5\n", &format!("old 5\n{}", format!("{EMPTY_ROOT}\n").repeat(64)), 1),
    ] {
        let refusal = Refusal::from(AddCheckpoint::parse(body.as_bytes()).unwrap_err());
        assert_eq!(refusal.status(), 400, "{body}");
    }
}

#[test]
fn a_growing_log_is_cosigned() {
    let tree = WholeTree::of(70);
    assert_eq!(status(&request(0, 70), Head::EMPTY), 200);
    assert_eq!(status(&request(5, 70), tree.head(5)), 200);
    assert_eq!(status(&request(70, 70), tree.head(70)), 200);
    assert_eq!(status(&request(0, 0), Head::EMPTY), 200);
    let cosigned = request(5, 70).decide(&log_keys(), tree.head(5)).unwrap();
    assert_eq!(cosigned.checkpoint().head(), tree.head(70));
}

#[test]
fn every_refusal_has_the_status_of_the_specification() {
    let tree = WholeTree::of(70);
    let mut too_large = request(5, 70);
    too_large.old_size = 71;
    assert_eq!(status(&too_large, tree.head(5)), 400);

    let refusal = request(5, 70).decide(&[], Head::EMPTY).unwrap_err();
    assert_eq!(refusal.status(), 404);

    let refusal = request(5, 70).decide(&log_keys(), tree.head(6)).unwrap_err();
    assert_eq!((refusal.status(), refusal.body().as_str()), (409, "6\n"));
    assert_eq!(refusal.content_type(), "text/x.tlog.size");

    let stranger = NoteSigner::new(ORIGIN, key(9)).unwrap().verifier_key().clone();
    assert_eq!(request(5, 70).decide(&[stranger], tree.head(5)).unwrap_err().status(), 403);
    let spoilt = String::from_utf8(request(5, 70).to_bytes()).unwrap().replace("\n70\n", "\n71\n");
    let spoilt = AddCheckpoint::parse(spoilt.as_bytes()).unwrap();
    assert_eq!(status(&spoilt, tree.head(5)), 403);
}

#[test]
fn whatever_does_not_continue_the_stored_head_is_refused_with_422() {
    let tree = WholeTree::of(70);
    let mut wrong_proof = request(5, 70);
    wrong_proof.proof[0] = EMPTY_ROOT;
    assert_eq!(status(&wrong_proof, tree.head(5)), 422);

    let mut needless_proof = request(0, 70);
    needless_proof.proof.push(EMPTY_ROOT);
    assert_eq!(status(&needless_proof, Head::EMPTY), 422);

    let other_root = Head { size: 70, root: tree.root(69) };
    assert_eq!(status(&request(70, 70), other_root), 422);

    let text = format!("{ORIGIN}\n0\n{}\n", tree.root(1));
    let checkpoint = Note::sign(&text, &[&log_signer()]).unwrap().note().clone();
    let empty_with_a_root = AddCheckpoint { old_size: 0, proof: Vec::new(), checkpoint };
    assert_eq!(status(&empty_with_a_root, Head::EMPTY), 422);
}

#[test]
fn a_witness_answer_adds_to_the_checkpoint() {
    let mut checkpoint = signed(greek().head(3));
    let answer = format!("{}\n", witness().cosign(&checkpoint, TIME).unwrap());
    let [line] = <[_; 1]>::try_from(parse_witness_answer(answer.as_bytes()).unwrap()).unwrap();
    checkpoint.add_cosignature(line, witness().verifier_key()).unwrap();
    assert_eq!(checkpoint, cosigned(greek().head(3)));
    for answer in ["", "\n", "— name AAAAAAA=", "words\n"] {
        assert!(parse_witness_answer(answer.as_bytes()).is_err(), "{answer:?}");
    }
}

/// A policy in which two of three X and any of two Y must have witnessed, as in C2SP tlog-policy, "Example policy".
fn two_level_policy() -> Policy {
    let witness = |name, number| format!("witness {name} {}\n", other_witness(number).verifier_key());
    let file = [
        format!("# who watches\n\n log\t{LOG_VKEY} https://gw.example.gov.uk/log/ \n"),
        witness("X1", 1),
        witness("X2", 2),
        witness("X3", 3),
        "group X-witnesses 2 X1 X2 X3\n".into(),
        witness("Y1", 4),
        witness("Y2", 5),
        "group Y-witnesses any Y1 Y2\ngroup X-and-Y all X-witnesses Y-witnesses\nquorum X-and-Y\n".into(),
    ];
    Policy::parse(file.concat().as_bytes()).unwrap()
}

fn cosigned_by(numbers: &[u8]) -> Vec<u8> {
    let mut checkpoint = signed(greek().head(3));
    for number in numbers {
        let line = other_witness(*number).cosign(&checkpoint, TIME).unwrap();
        checkpoint.add_cosignature(line, other_witness(*number).verifier_key()).unwrap();
    }
    checkpoint.to_bytes()
}

#[test]
fn a_quorum_of_groups_is_counted() {
    let policy = two_level_policy();
    assert_eq!(policy.witnesses().count(), 5);
    for enough in [&[1, 2, 4][..], &[2, 3, 5], &[1, 2, 3, 4, 5]] {
        assert!(policy.open(&cosigned_by(enough)).is_ok(), "{enough:?}");
    }
    for too_few in [&[][..], &[1, 2, 3], &[1, 4, 5], &[4], &[1, 2, 9]] {
        let error = policy.open(&cosigned_by(too_few)).unwrap_err();
        assert!(matches!(error, LedgerError::QuorumNotMet), "{too_few:?}");
    }
}

#[test]
fn a_policy_without_witnesses_trusts_the_log_alone() {
    let policy = Policy::parse(format!("log {LOG_VKEY}\nquorum none\n").as_bytes()).unwrap();
    assert!(policy.open(&cosigned_by(&[])).is_ok());
    let nobody = Policy::parse(b"quorum none\n").unwrap();
    assert!(matches!(nobody.open(&cosigned_by(&[])), Err(LedgerError::NoTrustedSignature)));
}

#[test]
fn a_single_witness_can_be_the_quorum() {
    let file = format!("log {LOG_VKEY}\nwitness w {}\nquorum w\n", other_witness(1).verifier_key());
    let policy = Policy::parse(file.as_bytes()).unwrap();
    assert!(policy.open(&cosigned_by(&[1])).is_ok());
    assert!(policy.open(&cosigned_by(&[2])).is_err());
}

#[test]
fn malformed_policies_are_refused() {
    let w1 = format!("witness w1 {}\n", other_witness(1).verifier_key());
    let w2 = format!("witness w2 {}\n", other_witness(2).verifier_key());
    let same_key = Cosigner::new("another.example.org/name", key(101)).unwrap();
    for (file, why) in [
        (String::new(), "no quorum"),
        ("quorum none".into(), "no line feed"),
        ("quorum none\nquorum none\n".into(), "two quorums"),
        ("quorum w1\n".into(), "undefined"),
        (format!("quorum w1\n{w1}"), "defined below"),
        (format!("{w1}{w1}quorum none\n"), "same witness twice"),
        (format!("{w1}witness w3 {}\nquorum none\n", same_key.verifier_key()), "same key under another name"),
        (format!("{w1}group w1 any w1\nquorum none\n"), "name taken"),
        (format!("{}quorum none\n", w1.replace("w1 ", "none ")), "none taken"),
        (format!("{w1}group g any none\nquorum none\n"), "none as member"),
        (format!("{w1}group g any g\nquorum none\n"), "member of itself"),
        (format!("{w1}group g any w1 w1\nquorum none\n"), "member twice"),
        (format!("{w1}group g any w1\ngroup h any w1\nquorum none\n"), "member of two"),
        ("group g any\nquorum none\n".into(), "no member"),
        (format!("{w1}group g 0 w1\nquorum none\n"), "threshold 0"),
        (format!("{w1}{w2}group g 3 w1 w2\nquorum none\n"), "threshold beyond members"),
        (format!("{w1}{w2}group g 01 w1 w2\nquorum none\n"), "leading zero"),
        (format!("log {LOG_VKEY}\nlog {LOG_VKEY} url\nquorum none\n"), "same log twice"),
        (format!("log {WITNESS_VKEY}\nquorum none\n"), "witness key as log"),
        (format!("witness w {LOG_VKEY}\nquorum none\n"), "log key as witness"),
        ("quorum none\r\n".into(), "carriage return"),
        ("quorum\u{b}none\n".into(), "vertical tab"),
        ("quorum none\nsomething else\n".into(), "unknown line"),
        ("quorum none url\n".into(), "too many words"),
    ] {
        assert!(Policy::parse(file.as_bytes()).is_err(), "{why}");
    }
    assert!(Policy::parse(b"# caf\xe9\nquorum none\n").is_ok(), "bytes above 0x7f are opaque");
}

#[test]
fn a_policy_of_32_witnesses_works_and_of_65_is_refused() {
    let keys: Vec<_> = (0..65).map(|number| other_witness(number).verifier_key().clone()).collect();
    let log = log_keys();
    let policy = Policy::threshold(&log, &keys[..32], 32).unwrap();
    let all: Vec<u8> = (0..32).collect();
    assert!(policy.open(&cosigned_by(&all)).is_ok());
    assert!(policy.open(&cosigned_by(&all[1..])).is_err());
    assert!(matches!(Policy::threshold(&log, &keys, 1), Err(LedgerError::TooLarge { .. })));
    assert!(Policy::threshold(&log, &keys[..2], 3).is_err());
    assert!(Policy::threshold(&log, &[keys[0].clone(), keys[0].clone()], 1).is_err());
}
