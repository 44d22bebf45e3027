//! One part of an identifier: its bounds, and its percent-encoding between slashes (RFC 3986 §3.3).

/// Most bytes that one decoded part of an identifier may have.
pub const PART_LIMIT: usize = 255;

/// Why a text is not an identifier. Never repeats the text: it may be personal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// Too few or too many parts between slashes.
    #[error("wrong number of parts in the identifier")]
    Parts,
    /// A part was empty.
    #[error("empty part in the identifier")]
    Empty,
    /// A part is longer than [`PART_LIMIT`].
    #[error("a part of the identifier is longer than 255 bytes")]
    TooLong,
    /// RFC 3986 §3.3: not a character of a path segment.
    #[error("Invalid character in path segment")]
    Character,
    /// `%` without two characters behind it.
    #[error("Incomplete percent encoding")]
    Incomplete,
    /// `%` followed by something that is not hexadecimal.
    #[error("Invalid percent encoding")]
    Encoding,
    /// The decoded bytes are not UTF-8.
    #[error("an identifier is not valid UTF-8")]
    Utf8,
    /// A control or invisible character, which could make two identifiers look the same.
    #[error("an identifier has a control or invisible character")]
    Invisible,
}

/// Decodes one raw path segment by the strict rule of RFC 3986 §3.3 (`pchar`).
///
/// # Errors
/// [`IdError`] says which rule the segment breaks.
pub fn decode_part(raw: &str) -> Result<String, IdError> {
    let mut bytes = Vec::with_capacity(raw.len());
    let mut rest = raw.as_bytes();
    while let [first, tail @ ..] = rest {
        if *first == b'%' {
            let [high, low, after @ ..] = tail else { return Err(IdError::Incomplete) };
            bytes.push(hex(*high)? << 4 | hex(*low)?);
            rest = after;
        } else if is_segment_byte(*first) {
            bytes.push(*first);
            rest = tail;
        } else {
            return Err(IdError::Character);
        }
    }
    let part = String::from_utf8(bytes).map_err(|_| IdError::Utf8)?;
    check_part(&part)?;
    Ok(part)
}

/// Encodes one part so that [`decode_part`] gives it back; keeps `-._~!$'()*,;&=@:+` as they are.
#[must_use]
pub fn encode_part(part: &str) -> String {
    let mut out = String::with_capacity(part.len());
    for &byte in part.as_bytes() {
        if is_segment_byte(byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push(char::from(b"0123456789ABCDEF"[usize::from(byte >> 4)]));
            out.push(char::from(b"0123456789ABCDEF"[usize::from(byte & 15)]));
        }
    }
    out
}

pub(super) fn check_part(part: &str) -> Result<(), IdError> {
    if part.is_empty() {
        return Err(IdError::Empty);
    }
    if part.len() > PART_LIMIT {
        return Err(IdError::TooLong);
    }
    let invisible =
        |c: char| c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{feff}');
    if part.chars().any(invisible) {
        return Err(IdError::Invisible);
    }
    Ok(())
}

fn is_segment_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@".contains(&byte)
}

fn hex(digit: u8) -> Result<u8, IdError> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok()).ok_or(IdError::Encoding)
}
