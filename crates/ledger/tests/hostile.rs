//! Strangers' bytes: nothing panics, nothing is read in two ways, and no changed bit is believed.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the failure report")]

mod fixture;

use fixture::*;
use packhorse_ledger::*;
use proptest::prelude::*;

fn policy() -> Policy {
    Policy::threshold(&[LOG_VKEY.parse().unwrap()], &[WITNESS_VKEY.parse().unwrap()], 1).unwrap()
}

/// Bytes that look like the formats more often than chance would: pieces of real ones, shuffled and spoilt.
fn plausible() -> impl Strategy<Value = Vec<u8>> {
    let pieces: Vec<Vec<u8>> =
        RECEIPT.split_inclusive(['\n', ' ', '+']).map(|piece| piece.as_bytes().to_vec()).collect();
    let more = [
        "old 3\n",
        "extra AAAA\n",
        "log ",
        "witness ",
        "group ",
        "quorum none\n",
        LOG_VKEY,
        "\n\n",
        "\u{2014} ",
        "any ",
    ];
    let pieces = [pieces, more.iter().map(|piece| piece.as_bytes().to_vec()).collect()].concat();
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..300),
        prop::collection::vec(prop::sample::select(pieces), 0..30).prop_map(|pieces| pieces.concat()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn whatever_is_read_is_written_back_unchanged(bytes in plausible()) {
        if let Ok(proof) = LogProof::parse(&bytes) {
            prop_assert_eq!(proof.to_bytes(), &bytes[..]);
        }
        if let Ok(note) = Note::parse(&bytes) {
            prop_assert_eq!(note.to_bytes(), &bytes[..]);
        }
        if let Ok(request) = AddCheckpoint::parse(&bytes) {
            prop_assert_eq!(request.to_bytes(), &bytes[..]);
        }
        let _ = Policy::parse(&bytes);
        let _ = parse_witness_answer(&bytes);
        if let Ok(text) = String::from_utf8(bytes) {
            if let Ok(checkpoint) = text.parse::<Checkpoint>() {
                prop_assert_eq!(checkpoint.to_string(), &text[..]);
            }
            if let Ok(line) = text.parse::<SignatureLine>() {
                prop_assert_eq!(line.to_string(), &text[..]);
            }
            if let Ok(key) = text.parse::<VerifierKey>() {
                prop_assert_eq!(key.to_string(), &text[..]);
            }
            if let Ok(hash) = text.parse::<Hash>() {
                prop_assert_eq!(hash.to_string(), &text[..]);
            }
        }
    }
}

#[test]
fn no_receipt_with_a_changed_bit_is_believed() {
    let (policy, leaf) = (policy(), leaf_hash(b"beta"));
    assert!(LogProof::parse(RECEIPT.as_bytes()).unwrap().verify(&leaf, &policy).is_ok());
    for bit in 0..RECEIPT.len() * 8 {
        let mut bytes = RECEIPT.as_bytes().to_vec();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let believed = LogProof::parse(&bytes).and_then(|proof| proof.verify(&leaf, &policy));
        assert!(believed.is_err(), "bit {bit}");
    }
}

#[test]
fn no_receipt_cut_short_is_believed() {
    let (policy, leaf) = (policy(), leaf_hash(b"beta"));
    for length in 0..RECEIPT.len() {
        let believed = LogProof::parse(&RECEIPT.as_bytes()[..length]).and_then(|proof| proof.verify(&leaf, &policy));
        assert!(believed.is_err(), "{length} bytes");
    }
}

#[test]
fn extra_data_travels_with_a_receipt_and_proves_nothing() {
    let receipt = receipt_for_beta().with_extra(b"context".to_vec()).unwrap();
    let bytes = receipt.to_bytes();
    assert!(bytes.starts_with(b"c2sp.org/tlog-proof@v1\nextra Y29udGV4dA==\nindex 1\n"));
    let read = LogProof::parse(&bytes).unwrap();
    assert_eq!((read.extra(), read.index()), (Some(&b"context"[..]), 1));
    assert!(read.verify(&leaf_hash(b"beta"), &policy()).is_ok());
    assert_eq!(receipt_for_beta().with_extra(Vec::new()).unwrap().extra(), None);
    assert!(receipt_for_beta().with_extra(vec![0; MAX_EXTRA_BYTES + 1]).is_err());
    let largest = receipt_for_beta().with_extra(vec![0; MAX_EXTRA_BYTES]).unwrap();
    assert_eq!(LogProof::parse(&largest.to_bytes()).unwrap(), largest);
}

#[test]
fn malformed_receipts_are_refused() {
    for (from, to) in [
        ("@v1", "@v2"),
        ("index 1", "index 01"),
        ("index 1", "index -1"),
        ("index 1", "index 9223372036854775807"),
        ("index 1\n", ""),
        ("index 1", "extra \nindex 1"),
        ("index 1", "extra AB==\nindex 1"),
        ("index 1", "extra AAAA\nextra AAAA\nindex 1"),
        ("=\n\n", "=\n"),
        ("KhWN", "KhW"),
    ] {
        let bytes = RECEIPT.replacen(from, to, 1);
        assert!(LogProof::parse(bytes.as_bytes()).is_err(), "{from} -> {to}");
    }
    let long_path = RECEIPT.replacen("index 1\n", &format!("index 1\n{}", format!("{EMPTY_ROOT}\n").repeat(62)), 1);
    assert!(matches!(LogProof::parse(long_path.as_bytes()), Err(LedgerError::TooLarge { .. })));
}

#[test]
fn a_receipt_that_would_not_verify_is_not_made() {
    let tree = greek();
    let path = prove_inclusion(1, 3, &tree).unwrap();
    let error = LogProof::new(&tree.0[0], 1, path, &cosigned(tree.head(3))).unwrap_err();
    assert!(matches!(error, LedgerError::NotIncluded));
}

#[test]
fn a_receipt_without_its_witness_does_not_satisfy_the_policy() {
    let tree = greek();
    let path = prove_inclusion(1, 3, &tree).unwrap();
    let receipt = LogProof::new(&tree.0[1], 1, path, &signed(tree.head(3))).unwrap();
    assert!(matches!(receipt.verify(&tree.0[1], &policy()), Err(LedgerError::QuorumNotMet)));
}
