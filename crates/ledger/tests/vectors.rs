//! The published test vector of docs/protocol/ledger.md, and examples printed in the specifications, byte for byte.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the failure report")]

mod fixture;

use fixture::*;
use packhorse_ledger::*;

#[test]
fn hashes_are_those_of_the_vector() {
    assert_eq!(EMPTY_ROOT.to_string(), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
    assert_eq!(leaf_hash(b"alpha").to_string(), "KhWNiv1I4/iMtBld/bKp5IF9lfpX/TREDZP5quXE+Cs=");
    assert_eq!(leaf_hash(b"beta").to_string(), "4jU3sFDoSvLLqrRvL4PY07X+vI5axiANMGKE9ofUaSQ=");
    assert_eq!(leaf_hash(b"gamma").to_string(), "THnQ1i989cqIdBVfLTuHXyYl2iuzq8hrvWgz8lupDlE=");
    let pair = node_hash(&leaf_hash(b"alpha"), &leaf_hash(b"beta"));
    assert_eq!(pair.to_string(), "mDy1fATN3VJjTtqzinvvhXCKl08RS72aqexdTOZla0s=");
}

#[test]
fn a_frontier_leads_to_the_root_of_the_vector() {
    let mut frontier = Frontier::new();
    assert_eq!(frontier.root(), EMPTY_ROOT);
    ["alpha", "beta", "gamma"].iter().for_each(|entry| frontier.append(leaf_hash(entry.as_bytes())));
    assert_eq!(frontier.size(), 3);
    assert_eq!(frontier.root().to_string(), "OF2jDzkXKCyJOd/4UZV+UZqxhGsTUaFMCts7EWMnQqo=");
}

#[test]
fn keys_are_written_as_in_the_vector() {
    assert_eq!(log_signer().verifier_key().to_string(), LOG_VKEY);
    assert_eq!(witness().verifier_key().to_string(), WITNESS_VKEY);
    assert_eq!(LOG_VKEY.parse::<VerifierKey>().unwrap(), *log_signer().verifier_key());
    assert_eq!(WITNESS_VKEY.parse::<VerifierKey>().unwrap(), *witness().verifier_key());
}

#[test]
fn the_receipt_is_that_of_the_vector_byte_for_byte() {
    let receipt = receipt_for_beta();
    assert_eq!(String::from_utf8(receipt.to_bytes()).unwrap(), RECEIPT);
    assert_eq!(LogProof::parse(RECEIPT.as_bytes()).unwrap(), receipt);
}

#[test]
fn the_receipt_of_the_vector_verifies_and_tells_head_and_time() {
    let policy = Policy::threshold(&[LOG_VKEY.parse().unwrap()], &[WITNESS_VKEY.parse().unwrap()], 1).unwrap();
    let receipt = LogProof::parse(RECEIPT.as_bytes()).unwrap();
    let checkpoint = receipt.verify(&leaf_hash(b"beta"), &policy).unwrap();
    assert_eq!(checkpoint.checkpoint().origin(), ORIGIN);
    assert_eq!(checkpoint.checkpoint().head(), greek().head(3));
    assert_eq!(checkpoint.cosigned_at(witness().verifier_key()), Some(TIME));
    let refusal = receipt.verify(&leaf_hash(b"Beta"), &policy).unwrap_err();
    assert!(matches!(refusal, LedgerError::NotIncluded));
}

/// C2SP signed-note, "Example".
#[test]
fn the_example_of_the_signed_note_specification_verifies() {
    let key = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k".parse().unwrap();
    let note = "This is an example message.\n\n\
        — example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";
    let opened = VerifiedNote::open(note.as_bytes(), &[key]).unwrap();
    assert_eq!(opened.text(), "This is an example message.\n");
    assert_eq!(opened.note().to_bytes(), note.as_bytes());
}

/// C2SP tlog-tiles, "Merkle Tree".
#[test]
fn a_log_of_70000_entries_has_the_tiles_of_the_specification() {
    let tiles = tiles_for_growth(0, 70_000).unwrap();
    let count = |level, full| tiles.iter().filter(|tile| tile.level() == level && tile.is_full() == full).count();
    assert_eq!((count(0, true), count(0, false)), (273, 1));
    assert_eq!((count(1, true), count(1, false)), (1, 1));
    assert_eq!((count(2, true), count(2, false)), (0, 1));
    assert_eq!(tiles.len(), 277);
    let edge: Vec<_> = tiles_for_edge(70_000).unwrap().iter().map(TileCoordinate::width).collect();
    assert_eq!(edge, [112, 17, 1]);
}

#[test]
fn a_log_of_256_entries_has_a_full_tile_and_one_hash_above() {
    let tiles = tiles_for_growth(0, 256).unwrap();
    let paths: Vec<_> = tiles.into_iter().map(|tile| LogPath::Tile(tile).to_string()).collect();
    assert_eq!(paths, ["tile/0/000", "tile/1/000.p/1"]);
}

#[test]
fn a_cosignature_covers_the_text_of_the_specification() {
    let checkpoint = cosigned(greek().head(3));
    let text = checkpoint.checkpoint().to_string();
    assert_eq!(text, "gw.example.gov.uk/log\n3\nOF2jDzkXKCyJOd/4UZV+UZqxhGsTUaFMCts7EWMnQqo=\n");
    let message = format!("cosignature/v1\ntime {TIME}\n{text}");
    let key = witness().verifier_key().public_key().clone();
    let line = checkpoint.note().signatures()[1].to_string();
    let bytes = {
        use base64::Engine as _;
        base64::engine::general_purpose::STANDARD.decode(line.rsplit(' ').next().unwrap()).unwrap()
    };
    assert_eq!(bytes[4..12], TIME.to_be_bytes());
    key.verify(message.as_bytes(), &bytes[12..]).unwrap();
}
