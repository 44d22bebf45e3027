//! Recognises the public keys of Curve25519 that every private key agrees with.
//!
//! Points of order 1, 2, 4 and 8 are well formed and worthless: with such an Ed25519 key one
//! signature fits many messages, so its owner could deny any of them; a secret agreed with such
//! an X25519 key is known to all. RFC 7748 section 6.1 and RFC 8032 leave refusing them to us.
//! It must never know what a key is for.

/// The y-coordinates of the Edwards curve's points of order 8.
const ED25519_ORDER_8: [[u8; 32]; 2] = [
    *b"\x26\xe8\x95\x8f\xc2\xb2\x27\xb0\x45\xc3\xf4\x89\xf2\xef\x98\xf0\
       \xd5\xdf\xac\x05\xd3\xc6\x33\x39\xb1\x38\x02\x88\x6d\x53\xfc\x05",
    *b"\xc7\x17\x6a\x70\x3d\x4d\xd8\x4f\xba\x3c\x0b\x76\x0d\x10\x67\x0f\
       \x2a\x20\x53\xfa\x2c\x39\xcc\xc6\x4e\xc7\xfd\x77\x92\xac\x03\x7a",
];

/// The u-coordinates of the Montgomery curve's points of order 8.
#[cfg(any(feature = "seal", test))]
const X25519_ORDER_8: [[u8; 32]; 2] = [
    *b"\xe0\xeb\x7a\x7c\x3b\x41\xb8\xae\x16\x56\xe3\xfa\xf1\x9f\xc4\x6a\
       \xda\x09\x8d\xeb\x9c\x32\xb1\xfd\x86\x62\x05\x16\x5f\x49\xb8\x00",
    *b"\x5f\x9c\x95\xbc\xa3\x50\x8c\x24\xb1\xd0\xb1\x55\x9c\x83\xef\x5b\
       \x04\x44\x5c\xc4\x58\x1c\x8e\x86\xd8\x22\x4e\xdd\xd0\x9f\x11\x57",
];

/// Whether an Ed25519 public key has small order.
pub(crate) fn is_ed25519(key: &[u8]) -> bool {
    is_small(key, &ED25519_ORDER_8)
}

/// Whether an X25519 public key has small order.
#[cfg(any(feature = "seal", test))]
pub(crate) fn is_x25519(key: &[u8]) -> bool {
    is_small(key, &X25519_ORDER_8)
}

/// On both curves the other such coordinates are 0, 1 and -1, each also in encodings that were
/// not reduced modulo p = 2^255 - 19. The top bit is a sign or is ignored.
fn is_small(key: &[u8], order_8: &[[u8; 32]; 2]) -> bool {
    let [first, middle @ .., last] = key else { return false };
    let last = last & 0x7f;
    let zero_or_one = *first <= 1 && middle.iter().all(|byte| *byte == 0) && last == 0;
    let near_p = (0xec..=0xee).contains(first) && middle.iter().all(|byte| *byte == 0xff) && last == 0x7f;
    let listed = |bad: &[u8; 32]| bad[..31] == key[..key.len() - 1] && bad[31] == last;
    zero_or_one || near_p || order_8.iter().any(listed)
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::agreement::{self, PrivateKey, UnparsedPublicKey, X25519};
    use aws_lc_rs::signature::{ED25519, VerificationAlgorithm};

    use super::*;

    /// Every small-order encoding with the top bit clear, and then set.
    fn encodings(order_8: [[u8; 32]; 2]) -> Vec<[u8; 32]> {
        let near_p = |low| {
            let mut bytes = [0xff; 32];
            (bytes[0], bytes[31]) = (low, 0x7f);
            bytes
        };
        let mut one = [0; 32];
        one[0] = 1;
        let [first, second] = order_8;
        let clear = [[0; 32], one, near_p(0xec), near_p(0xed), near_p(0xee), first, second];
        let set = clear.map(|mut bytes| {
            bytes[31] |= 0x80;
            bytes
        });
        [clear, set].concat()
    }

    #[test]
    fn an_x25519_key_is_called_small_exactly_when_agreement_fails_on_it() {
        let ours = PrivateKey::generate(&X25519).unwrap();
        let agrees =
            |theirs: [u8; 32]| agreement::agree(&ours, UnparsedPublicKey::new(&X25519, theirs), (), |_| Ok(())).is_ok();
        for theirs in encodings(X25519_ORDER_8) {
            assert!(is_x25519(&theirs) && !agrees(theirs), "{theirs:02x?}");
        }
        for low in 2..=0xff {
            let mut theirs = [0; 32];
            theirs[0] = low;
            assert!(!is_x25519(&theirs) && agrees(theirs), "{theirs:02x?}");
        }
    }

    #[test]
    fn a_small_ed25519_key_would_let_one_signature_fit_many_messages() {
        // R = the neutral point, s = 0: holds whenever the message's hash is a multiple of the
        // key's order, so for at least one message in eight.
        let mut signature = [0; 64];
        signature[0] = 1;
        for key in encodings(ED25519_ORDER_8) {
            assert!(is_ed25519(&key), "{key:02x?}");
        }
        let forged =
            |key: &[u8; 32]| (0u8..=255).filter(|m| ED25519.verify_sig(key, &[*m], &signature).is_ok()).count();
        for order_8 in ED25519_ORDER_8 {
            assert!(forged(&order_8) > 10, "the library accepts what we must refuse");
        }
        let mut neutral = [0; 32];
        neutral[0] = 1;
        assert_eq!(forged(&neutral), 256);
    }
}
