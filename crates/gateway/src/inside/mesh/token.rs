//! The token in `Authorization`: who says that it is which mailbox, and the proof, an HMAC over the mailbox's password.
//!
//! It knows no mailboxes and remembers nothing: whether a token was seen before is for its caller to say.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use packhorse_keys::{constant_time_equal, hmac_sha256};

/// Most bytes of the header.
const LIMIT: usize = 1024;
/// Digits of a moment: `YYYYMMDDHHMM`.
const MOMENT: usize = 12;

/// `NHSMESH <mailbox>:<nonce>:<nonce count>:<moment>:<hash>`. Well formed; not proved yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token<'a> {
    /// The mailbox that the caller says it is.
    pub mailbox: &'a str,
    /// When it was made, to the minute.
    pub made: Timestamp,
    /// What the hash is over, before and behind the password.
    before: &'a str,
    behind: &'a str,
    /// None when it is not 64 hexadecimal digits, which no secret makes.
    hash: Option<[u8; 32]>,
}

impl<'a> Token<'a> {
    /// Reads the header's value. The scheme's name may be missing, as the published sandbox allows.
    #[must_use]
    pub fn parse(value: &'a str) -> Option<Self> {
        if value.len() > LIMIT || !value.is_ascii() {
            return None;
        }
        let value = value.trim();
        let value = value.strip_prefix("NHSMESH ").map_or(value, str::trim_start);
        let parts: Vec<&str> = value.split(':').collect();
        let [mailbox, nonce, count, moment, hash] = parts[..] else { return None };
        let printable = |part: &str| part.bytes().all(|byte| byte.is_ascii_graphic());
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if mailbox.is_empty() || nonce.is_empty() || !printable(mailbox) || !printable(nonce) || !digits(count) {
            return None;
        }
        let before = &value[..mailbox.len() + nonce.len() + count.len() + 2];
        Some(Self { mailbox, made: read_moment(moment)?, before, behind: moment, hash: read_hash(hash) })
    }

    /// Whether it was made with this password and shared key.
    #[must_use]
    pub fn is_by(&self, password: &str, shared_key: &str) -> bool {
        let signed = format!("{}:{password}:{}", self.before, self.behind);
        let right = hmac_sha256(shared_key.as_bytes(), signed.as_bytes());
        self.hash.is_some_and(|hash| constant_time_equal(&hash, &right))
    }

    /// What tells it from every other token, once it is proved.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        self.hash.unwrap_or_default()
    }
}

fn read_moment(text: &str) -> Option<Timestamp> {
    if text.len() != MOMENT || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number = |from: usize, to: usize| text.get(from..to)?.parse::<i8>().ok();
    let year = text.get(..4)?.parse().ok()?;
    let (month, day, hour, minute) = (number(4, 6)?, number(6, 8)?, number(8, 10)?, number(10, 12)?);
    let moment = DateTime::new(year, month, day, hour, minute, 0, 0).ok()?;
    moment.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
}

fn read_hash(text: &str) -> Option<[u8; 32]> {
    let mut hash = [0; 32];
    if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    for (at, byte) in hash.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok()?;
    }
    Some(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What PyPI's mesh-client makes of these inputs.
    const VECTOR: &str = "NHSMESH X26ABC1:00000000-0000-0000-0000-000000000001:0:202601011200:\
                          1ecb69109e50c7a951a248f2b66c2d8d1a77d1d65ed2cda635f13c4430bd3775";

    #[test]
    fn a_clients_token_is_proved_by_password_and_shared_key() {
        let token = Token::parse(VECTOR).unwrap();
        assert_eq!((token.mailbox, token.made.to_string().as_str()), ("X26ABC1", "2026-01-01T12:00:00Z"));
        assert!(token.is_by("password", "TestKey"));
        assert!(!token.is_by("password", "BackBone") && !token.is_by("Password", "TestKey"));
        let (head, hash) = VECTOR.rsplit_once(':').unwrap();
        assert!(Token::parse(&format!("{head}:{}", hash.to_uppercase())).unwrap().is_by("password", "TestKey"));
        assert!(Token::parse(VECTOR.trim_start_matches("NHSMESH ")).unwrap().is_by("password", "TestKey"));
    }

    #[test]
    fn whatever_is_changed_the_proof_breaks() {
        for (from, to) in [("X26ABC1", "X26ABC2"), ("0001:0:", "0001:1:"), ("1200:", "1201:"), ("d3775", "d3776")] {
            let changed = VECTOR.replace(from, to);
            assert_ne!(changed, VECTOR);
            assert!(!Token::parse(&changed).unwrap().is_by("password", "TestKey"), "{from}");
        }
    }

    #[test]
    fn what_has_another_form_is_no_token() {
        let long = format!("NHSMESH A:{}:0:202601011200:00", "n".repeat(LIMIT));
        for text in [
            "",
            "NHSMESH",
            "NHSMESH A:n:0:202601011200",
            "NHSMESH A:n:0:202601011200:00:00",
            "NHSMESH A B:n:0:202601011200:00",
            "NHSMESH A:n:x:202601011200:00",
            "NHSMESH A:n:-1:202601011200:00",
            "NHSMESH :n:0:202601011200:00",
            "NHSMESH A:n:0:202613011200:00",
            "NHSMESH A:n:0:2026010112:00",
            "NHSMESH Ä:n:0:202601011200:00",
            long.as_str(),
        ] {
            assert_eq!(Token::parse(text), None, "{text}");
        }
        assert!(!Token::parse("NHSMESH A:n:0:202601011200:zz").unwrap().is_by("", ""));
    }
}
