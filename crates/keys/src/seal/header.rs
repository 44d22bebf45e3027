//! The header of a sealed message: a file key wrapped to each recipient, and a MAC over all of
//! it (age "Header").
//!
//! It must never touch a payload: that is what lets one be kept while its recipients change.

use std::iter;

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use super::derive::FileKey;
use super::key::SealingKey;
use super::recipient::SealingRecipient;
use super::stanza::{Stanza, decode};
use crate::KeyError;

/// The most recipients of one message.
pub const MAX_RECIPIENTS: usize = 64;
/// The longest header that is read, in bytes: the most recipients, all post-quantum, take 100 kB.
pub const MAX_HEADER_BYTES: usize = 128 * 1024;

/// Others put in stanzas that mean nothing, so that what is unknown stays allowed.
const MAX_STANZAS: usize = 2 * MAX_RECIPIENTS;
const VERSION: &str = "age-encryption.org/v1";
const END: &str = "---";

/// Writes the header that lets each of `recipients` have `key`.
///
/// # Errors
/// [`KeyError::Recipients`] for none or more than [`MAX_RECIPIENTS`],
/// [`KeyError::MixedRecipients`] when only some are post-quantum: the weakest would decide.
pub fn write_header(recipients: &[SealingRecipient], key: &FileKey) -> Result<Vec<u8>, KeyError> {
    let (Some(first), ..=MAX_RECIPIENTS) = (recipients.first(), recipients.len()) else {
        return Err(KeyError::Recipients { limit: MAX_RECIPIENTS });
    };
    if recipients.iter().any(|other| other.is_post_quantum() != first.is_post_quantum()) {
        return Err(KeyError::MixedRecipients);
    }
    let mut header = format!("{VERSION}\n");
    for recipient in recipients {
        recipient.wrap(key)?.write(&mut header);
    }
    header.push_str(END);
    let mac = hmac::sign(&key.header_mac()?, header.as_bytes());
    header.push(' ');
    STANDARD_NO_PAD.encode_string(mac, &mut header);
    header.push('\n');
    Ok(header.into_bytes())
}

/// Opens the header that `bytes` begin with by any of `keys`; gives its key and its length.
/// What follows it is not looked at.
///
/// # Errors
/// [`KeyError::CannotOpen`], which never says whether the keys or the header are to blame.
pub fn open_header<'k>(
    keys: impl IntoIterator<Item = &'k SealingKey>,
    bytes: &[u8],
) -> Result<(FileKey, usize), KeyError> {
    let header = Header::read(bytes).ok_or(KeyError::CannotOpen)?;
    for key in keys {
        for stanza in &header.stanzas {
            if let Some(file_key) = key.unwrap(stanza)? {
                // In constant time, and before anything else is done with the key.
                hmac::verify(&file_key.header_mac()?, header.signed, &header.mac).map_err(|_| KeyError::CannotOpen)?;
                return Ok((file_key, header.length));
            }
        }
    }
    Err(KeyError::CannotOpen)
}

/// The header that gives the payload behind `header` to `recipients`, instead of those who have
/// it now; the payload and its nonce stay as they are.
///
/// Who could open it before, and kept the old header or its key, still can.
///
/// # Errors
/// As [`open_header`] and [`write_header`].
pub fn rewrap<'k>(
    keys: impl IntoIterator<Item = &'k SealingKey>,
    header: &[u8],
    recipients: &[SealingRecipient],
) -> Result<Vec<u8>, KeyError> {
    let (key, _) = open_header(keys, header)?;
    write_header(recipients, &key)
}

/// A well-formed header whose MAC has yet to be checked.
struct Header<'a> {
    stanzas: Vec<Stanza>,
    /// From the first byte up to and including the dashes of the last line.
    signed: &'a [u8],
    mac: Vec<u8>,
    length: usize,
}

impl<'a> Header<'a> {
    fn read(bytes: &'a [u8]) -> Option<Self> {
        let mut rest = &bytes[..bytes.len().min(MAX_HEADER_BYTES)];
        let mut lines = iter::from_fn(|| line(&mut rest));
        (lines.next()? == VERSION).then_some(())?;
        let mut lines = lines.peekable();
        let mut stanzas = Vec::new();
        while !lines.peek()?.starts_with(END) {
            stanzas.push(Stanza::read(&mut lines)?);
            if stanzas.len() > MAX_STANZAS {
                return None;
            }
        }
        let last = lines.next()?;
        let mac = decode(last.strip_prefix(END)?.strip_prefix(' ')?)?;
        let alone = stanzas.len() == 1 || !stanzas.iter().any(|stanza| matches!(stanza, Stanza::Passphrase));
        if stanzas.is_empty() || !alone {
            return None;
        }
        // The last line is part of `bytes`, so where it ends is where the header does.
        let length = bytes.len().min(MAX_HEADER_BYTES) - rest.len();
        let signed = &bytes[..length - 1 - (last.len() - END.len())];
        Some(Self { stanzas, signed, mac, length })
    }
}

/// The next line without its end, which it must have.
fn line<'a>(rest: &mut &'a [u8]) -> Option<&'a str> {
    let end = rest.iter().position(|byte| *byte == b'\n')?;
    let (line, after) = rest.split_at(end);
    *rest = &after[1..];
    std::str::from_utf8(line).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A header with `before` in front of the stanza for `key`, and a MAC that covers both.
    fn header(key: &SealingKey, before: &str) -> String {
        let file_key = FileKey::generate().unwrap();
        let mut header = format!("{VERSION}\n{before}");
        key.recipient().wrap(&file_key).unwrap().write(&mut header);
        header.push_str(END);
        let mac = hmac::sign(&file_key.header_mac().unwrap(), header.as_bytes());
        format!("{header} {}\n", STANDARD_NO_PAD.encode(mac))
    }

    #[test]
    fn only_as_many_stanzas_and_bytes_as_allowed_are_read() {
        let key = SealingKey::generate().unwrap();
        let opens = |header: &str| open_header([&key], header.as_bytes()).is_ok();
        let many = |count| "-> other\n\n".repeat(count);
        assert!(opens(&header(&key, &many(MAX_STANZAS - 1))));
        assert!(!opens(&header(&key, &many(MAX_STANZAS))));

        let line = format!("{}\n", "A".repeat(64));
        let long = |bytes: usize| format!("-> other {}\n{}\n", "x".repeat(bytes % 65), line.repeat(bytes / 65));
        let rest = header(&key, &long(0)).len();
        assert!(opens(&header(&key, &long(MAX_HEADER_BYTES - rest))));
        assert!(!opens(&header(&key, &long(MAX_HEADER_BYTES - rest + 1))));
    }

    #[test]
    fn what_follows_the_header_is_not_looked_at() {
        let key = SealingKey::generate().unwrap();
        let header = header(&key, "");
        let followed = [header.as_bytes(), b"\xff\n--- "].concat();
        assert_eq!(open_header([&key], &followed).unwrap().1, header.len());
    }
}
