//! Notes, checkpoints, proofs, policies, tile paths (C2SP): what parses is written back as it was read.
#![no_main]

use libfuzzer_sys::fuzz_target;
use packhorse_ledger::{AddCheckpoint, Checkpoint, LogPath, LogProof, Note, Policy, VerifierKey};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(note) = Note::parse(bytes) {
        assert_eq!(note.to_bytes(), bytes);
    }
    if let Ok(proof) = LogProof::parse(bytes) {
        assert_eq!(proof.to_bytes(), bytes);
    }
    let _ = AddCheckpoint::parse(bytes);
    let _ = Policy::parse(bytes);
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
