//! Content digests (RFC 9530): what ties a message's content to its signed header.
//!
//! It must never know about signatures.

use aws_lc_rs::digest::{self, SHA256, SHA512};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;
use sfv::{BareItem, Dictionary, Item, ListEntry, Parser};

use super::MAX_FIELD_BYTES;
use crate::{KeyError, constant_time_equal, sha256};

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
