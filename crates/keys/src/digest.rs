//! Digests of bytes, and the header field that carries them (RFC 9530): what ties a message's
//! content to its signed header.
//!
//! It must never know about keys or signatures.

use aws_lc_rs::digest::{self, SHA256, SHA512};
use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;
use sfv::{BareItem, Dictionary, Item, ListEntry, Parser};

use crate::message::MAX_FIELD_BYTES;
use crate::{KeyError, constant_time_equal};

/// SHA-256 of `bytes` (FIPS 180-4).
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(digest::digest(&SHA256, bytes).as_ref());
    out
}

/// SHA-256 (FIPS 180-4) of content that comes piece by piece.
pub struct Sha256(digest::Context);

impl Default for Sha256 {
    fn default() -> Self {
        Self(digest::Context::new(&SHA256))
    }
}

impl Sha256 {
    /// Goes on with these bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The digest of all that came.
    pub fn finish(self) -> [u8; 32] {
        let mut out = [0; 32];
        out.copy_from_slice(self.0.finish().as_ref());
        out
    }
}

/// HMAC-SHA256 (RFC 2104) of `bytes`. Compare it with [`crate::constant_time_equal`].
pub fn hmac_sha256(key: &[u8], bytes: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), bytes).as_ref());
    out
}

/// SHA-512 of `bytes` (FIPS 180-4).
pub fn sha512(bytes: &[u8]) -> [u8; 64] {
    let mut out = [0; 64];
    out.copy_from_slice(digest::digest(&SHA512, bytes).as_ref());
    out
}

/// The `Content-Digest` of a content as it is sent, after any content coding:
/// `sha-256=:<base64>:`. A message without content has the digest of no bytes.
pub fn content_digest(body: &[u8]) -> String {
    let mut value = String::with_capacity(54);
    value.push_str("sha-256=:");
    STANDARD.encode_string(sha256(body), &mut value);
    value.push(':');
    value
}

/// Checks a content against its `Content-Digest`: at least one of `sha-256` and `sha-512` must
/// be there, and those that are must match. Other algorithms are passed over (RFC 9530 section 2).
///
/// # Errors
/// [`KeyError::WrongDigest`], [`KeyError::NoKnownDigest`], and [`KeyError::Malformed`] or
/// [`KeyError::TooLarge`] for a header that cannot be read.
pub fn check_content_digest(header: &HeaderValue, body: &[u8]) -> Result<(), KeyError> {
    if header.len() > MAX_FIELD_BYTES {
        return Err(KeyError::TooLarge { what: "content-digest", limit: MAX_FIELD_BYTES });
    }
    let refused = |why| KeyError::Malformed { what: "content-digest", why };
    let digests: Dictionary = Parser::new(header.as_bytes())
        .parse()
        .map_err(|_| refused("it is not a structured dictionary (RFC 9651 section 3.2)"))?;
    let mut known = 0;
    for (name, algorithm) in [("sha-256", &SHA256), ("sha-512", &SHA512)] {
        let claimed = match digests.get(name) {
            Some(ListEntry::Item(Item { bare_item: BareItem::ByteSequence(bytes), .. })) => bytes,
            Some(_) => return Err(refused("a digest is not a byte sequence")),
            None => continue,
        };
        if !constant_time_equal(claimed, digest::digest(algorithm, body).as_ref()) {
            return Err(KeyError::WrongDigest);
        }
        known += 1;
    }
    if known == 0 { Err(KeyError::NoKnownDigest) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(header: &'static str, body: &[u8]) -> Result<(), KeyError> {
        check_content_digest(&HeaderValue::from_static(header), body)
    }

    // RFC 9530 appendix B.1 and B.7: the content with its line feed.
    const BODY: &[u8] = b"{\"hello\": \"world\"}\n";
    const SHA256_OF_BODY: &str = "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:";

    #[test]
    fn sha512_agrees_with_fips_180() {
        let first = [0xdd, 0xaf, 0x35, 0xa1, 0x93, 0x61, 0x7a, 0xba];
        let last = [0x2a, 0x9a, 0xc9, 0x4f, 0xa5, 0x4c, 0xa4, 0x9f];
        let digest = sha512(b"abc");
        assert_eq!((&digest[..8], &digest[56..]), (&first[..], &last[..]));
    }

    #[test]
    fn sha256_agrees_with_fips_180() {
        let expected = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(crate::Fingerprint(sha256(b"abc")).to_string(), expected);
    }

    #[test]
    fn the_digest_of_the_rfc_example_is_reproduced() {
        assert_eq!(content_digest(BODY), SHA256_OF_BODY);
        assert!(check(SHA256_OF_BODY, BODY).is_ok());
    }

    #[test]
    fn sha_512_alone_is_enough() {
        let header = "sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNN\
                      yealdVLvRwEmTHWXvJwew==:";
        assert!(matches!(check(header, b"{\"hello\": \"world\"}"), Ok(())));
        assert!(matches!(check(header, b"{\"hello\": \"World\"}"), Err(KeyError::WrongDigest)));
    }

    #[test]
    fn every_known_digest_must_match() {
        let header = "md5=:AAAA:, sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:, \
                      sha-512=:AAAA:";
        assert!(matches!(check(header, BODY), Err(KeyError::WrongDigest)));
    }

    #[test]
    fn unknown_digests_alone_prove_nothing() {
        assert!(matches!(check("md5=:AAAA:", BODY), Err(KeyError::NoKnownDigest)));
        assert!(matches!(check("", BODY), Err(KeyError::NoKnownDigest)));
        assert!(matches!(check("sha-256=abc", BODY), Err(KeyError::Malformed { .. })));
        assert!(matches!(check("sha-256=:A", BODY), Err(KeyError::Malformed { .. })));
    }
}
