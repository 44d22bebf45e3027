//! Spelling rules that every text format of the ledger shares: decimals and base64, in their one allowed form.
//!
//! Two spellings of one value would let two notes with different signed bytes claim the same head, so anything but
//! the canonical form is refused. Knows nothing of the formats themselves.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::{Hash, LedgerError, MAX_PATH};

/// Reads an ASCII decimal without sign and without leading zero (C2SP tlog-checkpoint, "Note text").
pub(crate) fn decimal(text: &str, what: &'static str) -> Result<u64, LedgerError> {
    let digits_only = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits_only || (text.len() > 1 && text.starts_with('0')) {
        return Err(LedgerError::Malformed {
            what,
            rule: "a number is written in ASCII digits without sign or leading zero",
        });
    }
    text.parse().map_err(|_| LedgerError::Malformed { what, rule: "the number does not fit into 64 bits" })
}

/// Reads standard base64 with padding (RFC 4648 §4); unused bits must be zero.
pub(crate) fn base64(text: &str, what: &'static str) -> Result<Vec<u8>, LedgerError> {
    STANDARD.decode(text).map_err(|_| LedgerError::Malformed {
        what,
        rule: "canonical standard base64 with padding is required (RFC 4648 §4)",
    })
}

/// Writes standard base64 with padding.
pub(crate) fn to_base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Reads bytes as UTF-8 after holding them against a size limit.
pub(crate) fn utf8<'a>(bytes: &'a [u8], limit: usize, what: &'static str) -> Result<&'a str, LedgerError> {
    if bytes.len() > limit {
        return Err(LedgerError::TooLarge { what, limit: limit as u64 });
    }
    std::str::from_utf8(bytes).map_err(|_| LedgerError::Malformed { what, rule: "the text must be valid UTF-8" })
}

/// Reads a proof path, one base64 hash per line, [`MAX_PATH`] lines at most.
pub(crate) fn path<'a>(lines: impl Iterator<Item = &'a str>) -> Result<Vec<Hash>, LedgerError> {
    let path = lines.take(MAX_PATH + 1).map(str::parse).collect::<Result<Vec<_>, _>>()?;
    if path.len() > MAX_PATH {
        return Err(LedgerError::TooLarge { what: "proof path", limit: MAX_PATH as u64 });
    }
    Ok(path)
}
