//! The header of a message sealed to us (age-encryption.org/v1): what opens can be written anew.
#![no_main]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use packhorse_keys::{SealingKey, SealingRecipient, open, open_header, rewrap};

/// The keys that the seeds are sealed to: one of each kind.
static KEYS: LazyLock<[SealingKey; 2]> = LazyLock::new(|| {
    [
        "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX",
        "AGE-SECRET-KEY-PQ-1AXYNT823YYGLVAARERUVVAZZHWKM5GGMTEKP8SKLYY6NPFFKDXSSZ89WQZ",
    ]
    .map(|identity| {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("seal.key");
        fs::write(&path, identity).expect("a file");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("a private file");
        SealingKey::load(&path).expect("a key")
    })
});

fuzz_target!(|bytes: &[u8]| {
    for key in &*KEYS {
        let _ = open(key, bytes, 1 << 20);
    }
    if let Ok((_, length)) = open_header(&*KEYS, bytes) {
        assert_eq!(bytes[length - 1], b'\n');
        let header = rewrap(&*KEYS, &bytes[..length], &[KEYS[0].recipient()]).expect("what opens is wrapped anew");
        assert_eq!(open_header(&*KEYS, &header).expect("what we wrap opens").1, header.len());
    }
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(recipient) = text.parse::<SealingRecipient>() {
        assert_eq!(recipient.to_string(), text);
    }
});
