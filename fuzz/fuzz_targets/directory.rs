//! Entries of the directory, statements of members, and the registry's anchor.
#![no_main]

use libfuzzer_sys::fuzz_target;
use packhorse_directory::{Anchor, Directory, Entry, SignedStatement};
use packhorse_keys::{Signer as _, SoftwareKey};

fuzz_target!(|bytes: &[u8]| {
    let _ = Entry::parse(bytes);
    let _ = SignedStatement::parse(bytes);
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = Anchor::parse(text);
    }
    let key = SoftwareKey::from_ed25519_seed(&[7; 32]).expect("a key");
    let mut directory = Directory::new("NET", key.public_key().clone());
    assert!(directory.apply(bytes).is_err(), "nobody registered this");
    assert_eq!(directory.size(), 0, "a refused entry changes nothing");
});
