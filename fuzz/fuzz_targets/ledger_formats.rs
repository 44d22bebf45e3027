//! Notes, checkpoints, proofs, policies, tile paths (C2SP): what parses is written back as it was read.
#![no_main]

use libfuzzer_sys::fuzz_target;
use packhorse_ledger::{AddCheckpoint, Checkpoint, EntryBundle, LogPath, LogProof, Note, Policy, Tile, VerifierKey};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(note) = Note::parse(bytes) {
        assert_eq!(note.to_bytes(), bytes);
    }
    if let Ok(proof) = LogProof::parse(bytes) {
        assert_eq!(proof.to_bytes(), bytes);
    }
    let _ = AddCheckpoint::parse(bytes);
    let _ = Policy::parse(bytes);
    files(bytes);
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(path) = text.parse::<LogPath>() {
        assert_eq!(path.to_string(), text);
    }
    if let Ok(key) = text.parse::<VerifierKey>() {
        assert_eq!(key.to_string(), text);
    }
    if let Ok(checkpoint) = text.parse::<Checkpoint>() {
        assert_eq!(checkpoint.to_string(), text);
    }
});

/// The bytes as the file at a place of the ledger: what reads is what is written.
fn files(bytes: &[u8]) {
    for place in ["tile/0/000.p/1", "tile/1/x001/234", "tile/entries/000.p/2", "tile/entries/x001/234"] {
        match place.parse() {
            Ok(LogPath::Tile(coordinate)) => {
                if let Ok(tile) = Tile::from_bytes(coordinate, bytes) {
                    assert_eq!(tile.to_bytes(), bytes);
                }
            }
            Ok(LogPath::Entries(coordinate)) => {
                if let Ok(bundle) = EntryBundle::from_bytes(coordinate, bytes) {
                    assert_eq!(bundle.to_bytes(), bytes);
                }
            }
            other => panic!("{place} is a place of the ledger: {other:?}"),
        }
    }
}
