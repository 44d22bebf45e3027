//! Sealing to organisations, in the age format.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use packhorse_keys::{KeyError, MAX_RECIPIENTS, SealingKey, SealingRecipient, open, seal};
use proptest::prelude::*;

#[test]
fn each_recipient_opens_and_others_do_not() {
    let keys: Vec<SealingKey> = (0..3).map(|_| SealingKey::generate().unwrap()).collect();
    let recipients: Vec<_> = keys[..2].iter().map(SealingKey::recipient).collect();
    let sealed = seal(&recipients, b"content").unwrap();
    assert!(sealed.starts_with(b"age-encryption.org/v1\n-> X25519 "));
    assert_eq!(open(&keys[0], &sealed, 7).unwrap(), b"content");
    assert_eq!(open(&keys[1], &sealed, 7).unwrap(), b"content");
    assert!(matches!(open(&keys[2], &sealed, 7), Err(KeyError::CannotOpen)));
}

#[test]
fn a_message_larger_than_the_limit_is_refused() {
    let key = SealingKey::generate().unwrap();
    let sealed = seal(&[key.recipient()], &[0; 1000]).unwrap();
    assert_eq!(open(&key, &sealed, 1000).unwrap().len(), 1000);
    assert!(matches!(open(&key, &sealed, 999), Err(KeyError::TooLarge { .. })));
    let sealed = seal(&[key.recipient()], &[0; 200_000]).unwrap();
    assert_eq!(open(&key, &sealed, 200_000).unwrap().len(), 200_000);
    assert!(matches!(open(&key, &sealed, 100_000), Err(KeyError::TooLarge { .. })));
    assert!(open(&key, &sealed, usize::MAX).is_ok());
}

#[test]
fn the_most_recipients_are_within_the_limits_of_opening() {
    let key = SealingKey::generate().unwrap();
    let mut recipients = vec![SealingKey::generate().unwrap().recipient(); MAX_RECIPIENTS - 1];
    recipients.push(key.recipient());
    let sealed = seal(&recipients, b"").unwrap();
    assert_eq!(open(&key, &sealed, 0).unwrap(), b"");
    recipients.push(key.recipient());
    assert!(matches!(seal(&recipients, b""), Err(KeyError::Recipients { .. })));
    assert!(matches!(seal(&[], b""), Err(KeyError::Recipients { .. })));
}

#[test]
fn a_sealing_key_survives_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("seal.key");
    let key = SealingKey::generate().unwrap();
    key.save(&path).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o7777, 0o600);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.starts_with("AGE-SECRET-KEY-1") && text.ends_with('\n'));
    assert_eq!(SealingKey::load(&path).unwrap().recipient(), key.recipient());
    assert!(matches!(key.save(&path), Err(KeyError::FileExists { .. })));
    assert!(!format!("{key:?}").contains("SECRET"));

    fs::write(&path, format!("# created: today\n# public key: x\n\n{text}")).unwrap();
    assert_eq!(SealingKey::load(&path).unwrap().recipient(), key.recipient());
    fs::write(&path, format!("{text}{text}")).unwrap();
    assert!(matches!(SealingKey::load(&path), Err(KeyError::Malformed { .. })));
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    assert!(matches!(SealingKey::load(&path), Err(KeyError::FileNotPrivate { .. })));
}

#[test]
fn what_the_age_tool_sealed_opens() {
    // The key of the examples in age's documentation; the message was sealed by age 1.1.1 (Go).
    use base64::Engine;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key.txt");
    let secret = "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX\n";
    fs::write(&path, secret).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    let key = SealingKey::load(&path).unwrap();
    let public = "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj";
    assert_eq!(key.recipient().to_string(), public);
    let sealed = "YWdlLWVuY3J5cHRpb24ub3JnL3YxCi0+IFgyNTUxOSBnMFBjb3d6dGRKYTdLYk5wQ0RCZ1lNN3AxMFlZSUhhUFdZbE\
                  NBcG9NcW5JCkdpOTdoVGt0YWkxWG9xZmIzRlpRczJscWQ0NmNEbFltWUVMOXFacW1UY2sKLS0tIDZoZHBFTkxqdUpD\
                  OG80MGVkc3lla0s1a3pxTzk1cG9BSHFNVTVnc01GeU0KD7kWIC2ROT5vHBzsRBJKWbH4cozkEJ3h0FIpUN95p3WXFo\
                  xD4EfAT0h7fi7spN47f8o/Y6ch";
    let sealed = base64::engine::general_purpose::STANDARD.decode(sealed).unwrap();
    assert_eq!(open(&key, &sealed, 100).unwrap(), b"sealed by the age tool");
}

#[test]
fn a_recipient_key_of_small_order_is_refused() {
    let hrp = bech32::Hrp::parse("age").unwrap();
    for first in [0u8, 1] {
        let mut key = [0; 32];
        key[0] = first;
        let text = bech32::encode::<bech32::Bech32>(hrp, &key).unwrap();
        assert!(matches!(text.parse::<SealingRecipient>(), Err(KeyError::Malformed { .. })));
    }
    let mut key = [0; 32];
    key[0] = 9;
    let text = bech32::encode::<bech32::Bech32>(hrp, &key).unwrap();
    assert_eq!(text.parse::<SealingRecipient>().unwrap().to_string(), text);
    for text in ["", "age1", "age1qqqq", "ssh-ed25519 AAAA"] {
        assert!(text.parse::<SealingRecipient>().is_err(), "{text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_content_is_opened_as_it_was_sealed(content in prop::collection::vec(any::<u8>(), 0..2000)) {
        let key = SealingKey::generate().unwrap();
        let sealed = seal(&[key.recipient()], &content).unwrap();
        prop_assert_eq!(open(&key, &sealed, content.len()).unwrap(), content);
    }

    #[test]
    fn any_altered_byte_and_any_cut_keeps_it_shut(at: prop::sample::Index, bit in 0u8..8) {
        let key = SealingKey::generate().unwrap();
        let sealed = seal(&[key.recipient()], b"content").unwrap();
        let at = at.index(sealed.len());
        let mut altered = sealed.clone();
        altered[at] ^= 1 << bit;
        prop_assert!(matches!(open(&key, &altered, 100), Err(KeyError::CannotOpen)));
        prop_assert!(matches!(open(&key, &sealed[..at], 100), Err(KeyError::CannotOpen)));
    }

    #[test]
    fn no_bytes_make_opening_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let key = SealingKey::generate().unwrap();
        let _ = open(&key, &bytes, 1000);
        let with_header = [b"age-encryption.org/v1\n-> X25519 ".as_slice(), &bytes].concat();
        let _ = open(&key, &with_header, 1000);
    }
}
