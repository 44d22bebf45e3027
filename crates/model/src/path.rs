//! Service paths: one canonical form, and the globs that agreements and services are written in.
//!
//! The path-traversal trap is closed here: a path whose reading depends on who reads it (encoded
//! slashes, dots, NUL, double encoding, `.` and `..` segments) has no [`CanonicalPath`] at all, so
//! that the path matched against an agreement is always the path that the provider receives.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Most bytes of a raw path.
pub const PATH_LIMIT: usize = 4096;

/// Why a path or a glob is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// Longer than [`PATH_LIMIT`].
    #[error("the path is longer than 4096 bytes")]
    TooLong,
    /// `.` or `..`, plain or encoded.
    #[error("the path has a '.' or '..' segment: write the path without it")]
    DotSegment,
    /// `%2F` or `%5C`: readers disagree whether it divides segments.
    #[error("the path has an encoded slash or a backslash: send such a value in the body")]
    EncodedSlash,
    /// An encoded control character, NUL among them.
    #[error("the path has a control character")]
    Control,
    /// `%25` followed by two hexadecimal digits, plain or encoded: a reader that decodes twice sees another path.
    #[error("the path is percent-encoded twice")]
    DoubleEncoding,
    /// Not percent-encoding at all, or a raw character that RFC 3986 does not allow in a path.
    #[error("the path is not valid percent-encoded UTF-8")]
    Encoding,
}

/// A service path that everybody reads in the same way: empty, or starting with `/`.
///
/// Keeps both the raw text, which is forwarded byte for byte, and the decoded text, which is matched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CanonicalPath {
    raw: String,
    decoded: String,
}

impl CanonicalPath {
    /// Reads the raw path behind the service code.
    ///
    /// # Errors
    /// [`PathError`] when two readers could take the path for two different ones.
    pub fn parse(raw: &str) -> Result<Self, PathError> {
        if raw.len() > PATH_LIMIT {
            return Err(PathError::TooLong);
        }
        let decoded = decode(raw)?;
        if is_encoded(&decoded) {
            return Err(PathError::DoubleEncoding);
        }
        if decoded.split('/').any(|segment| segment == "." || segment == "..") {
            return Err(PathError::DotSegment);
        }
        Ok(Self { raw: raw.to_owned(), decoded })
    }

    /// The path as it came and as it goes on to the provider.
    #[must_use]
    pub fn raw(&self) -> &str {
        &self.raw
    }

    /// The decoded path, for matching.
    #[must_use]
    pub fn decoded(&self) -> &str {
        &self.decoded
    }
}

fn decode(raw: &str) -> Result<String, PathError> {
    let mut bytes = Vec::with_capacity(raw.len());
    let mut rest = raw.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        match *first {
            b'%' => {
                let [high, low, after @ ..] = tail else { return Err(PathError::Encoding) };
                let byte = hex(*high)? << 4 | hex(*low)?;
                check_encoded(byte)?;
                bytes.push(byte);
                rest = after;
            }
            b'\\' => return Err(PathError::EncodedSlash),
            byte if byte.is_ascii_control() => return Err(PathError::Control),
            b' ' | b'?' | b'#' | b'"' | b'<' | b'>' | 0x80.. => return Err(PathError::Encoding),
            byte => bytes.push(byte),
        }
    }
    String::from_utf8(bytes).map_err(|_| PathError::Encoding)
}

fn check_encoded(byte: u8) -> Result<(), PathError> {
    match byte {
        b'/' | b'\\' => Err(PathError::EncodedSlash),
        0..=31 | 127 => Err(PathError::Control),
        _ => Ok(()),
    }
}

/// Whether a decoded path could be decoded once more. Looked at behind the decoding, because the digits can be
/// encoded themselves: `%25%32%65`.
fn is_encoded(decoded: &str) -> bool {
    let mut windows = decoded.as_bytes().windows(3);
    windows.any(|three| matches!(three, [b'%', high, low] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit()))
}

fn hex(digit: u8) -> Result<u8, PathError> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok()).ok_or(PathError::Encoding)
}

/// X-Road's path glob: `*` is anything but a slash, `**` is anything; `\*` and `\\` are literal.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PathGlob {
    text: String,
    tokens: Vec<Token>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Token {
    Literal(char),
    Segment,
    Anything,
}

impl FromStr for PathGlob {
    type Err = PathError;

    fn from_str(text: &str) -> Result<Self, PathError> {
        if text.len() > PATH_LIMIT {
            return Err(PathError::TooLong);
        }
        let mut tokens = Vec::new();
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            tokens.push(match c {
                '*' => {
                    let mut stars = 1;
                    while chars.next_if_eq(&'*').is_some() {
                        stars += 1;
                    }
                    if stars == 1 { Token::Segment } else { Token::Anything }
                }
                // A backslash before anything but a star or a backslash is itself.
                '\\' => Token::Literal(chars.next_if(|next| matches!(next, '*' | '\\')).unwrap_or('\\')),
                other => Token::Literal(other),
            });
        }
        Ok(Self { text: text.to_owned(), tokens })
    }
}

impl PathGlob {
    /// Whether the whole path matches. Time is bounded by glob length × path length.
    #[must_use]
    pub fn matches(&self, path: &CanonicalPath) -> bool {
        self.matches_text(&path.decoded)
    }

    fn matches_text(&self, path: &str) -> bool {
        // The set of token positions reachable so far; no backtracking, so no exponential time.
        let mut reach = vec![false; self.tokens.len() + 1];
        reach[0] = true;
        self.skip_stars(&mut reach);
        for c in path.chars() {
            let mut next = vec![false; reach.len()];
            for (position, token) in self.tokens.iter().enumerate() {
                if !reach[position] {
                    continue;
                }
                match token {
                    Token::Literal(literal) => next[position + 1] |= *literal == c,
                    Token::Segment => next[position] |= c != '/',
                    Token::Anything => next[position] = true,
                }
            }
            reach = next;
            self.skip_stars(&mut reach);
        }
        reach.last().copied().unwrap_or(false)
    }

    /// A star may match nothing: whoever stands before it also stands behind it.
    fn skip_stars(&self, reach: &mut [bool]) {
        for (position, token) in self.tokens.iter().enumerate() {
            if reach[position] && !matches!(token, Token::Literal(_)) {
                reach[position + 1] = true;
            }
        }
    }
}

impl fmt::Display for PathGlob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Serialize for PathGlob {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for PathGlob {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table of X-Road's own glob behaviour.
    #[test]
    fn globs_match_as_x_road_matches() {
        for (glob, path, expected) in [
            ("**", "", true),
            ("***", "match/anything/*", true),
            ("**", "/a/b/c", true),
            ("/*/", "/a/", true),
            ("/*/", "/a/b/", false),
            ("", "", true),
            ("", " ", false),
            (".^$+{[]|()", ".^$+{[]|()", true),
            ("**/bar/**", "a/b/c/bar/e/f", true),
            ("**/bar/**", "a/b/c/foo/e/f", false),
            (r"**\*", "/what/ever*", true),
            (r"**\*", "/what/ever!", false),
            ("simple", "prefix.simple.suffix", false),
            ("**/*/**", "something/bar/something/else", true),
            ("**/*/**", "/bar/", true),
            ("**/*/**", "//", true),
            ("**/*/**", "something/else", false),
            (r"\A", r"\A", true),
            (r"\*", r"\*", false),
            (r"aa\", r"aa\", true),
        ] {
            assert_eq!(glob.parse::<PathGlob>().unwrap().matches_text(path), expected, "{glob} on {path}");
        }
    }

    #[test]
    fn a_path_that_two_readers_could_read_differently_has_no_canonical_form() {
        for (raw, error) in [
            ("/a/b/../../c", PathError::DotSegment),
            ("/a/b/%2e%2e/%2e%2e/c", PathError::DotSegment),
            ("/a/%2E%2e/c", PathError::DotSegment),
            ("/a/b/../../%2e%2e/c/d", PathError::DotSegment),
            ("/a/b/./c", PathError::DotSegment),
            ("/a/b/%2e/c", PathError::DotSegment),
            ("/a/b/d/../c", PathError::DotSegment),
            ("/a/..%2fc", PathError::EncodedSlash),
            ("/a/%2e%2e%2fc", PathError::EncodedSlash),
            ("/a/b%2f..%2f..%2fc", PathError::EncodedSlash),
            ("/a/..%5cc", PathError::EncodedSlash),
            ("/a/%252e%252e/c", PathError::DoubleEncoding),
            ("/a/%25%32%65%25%32%65/c", PathError::DoubleEncoding),
            ("/a/b%00", PathError::Control),
            ("/a/%c0%ae", PathError::Encoding),
            ("/a/%zz", PathError::Encoding),
            ("/a/%4", PathError::Encoding),
        ] {
            assert_eq!(CanonicalPath::parse(raw), Err(error), "{raw}");
        }
    }

    #[test]
    fn an_encoded_space_or_semicolon_is_an_ordinary_character() {
        let path = CanonicalPath::parse("/path%3B/b%20c").unwrap();
        assert_eq!((path.raw(), path.decoded()), ("/path%3B/b%20c", "/path;/b c"));
        assert!("/path;/*".parse::<PathGlob>().unwrap().matches(&path));
    }

    #[test]
    fn many_stars_take_no_exponential_time() {
        let glob: PathGlob = "*a".repeat(2000).parse().unwrap();
        assert!(!glob.matches_text(&"a".repeat(1999)));
    }

    proptest::proptest! {
        #[test]
        fn what_matches_under_a_prefix_stays_under_it(raw in "[/a-c.%0-9e]{0,40}") {
            if let Ok(path) = CanonicalPath::parse(&raw)
                && "/a/**".parse::<PathGlob>().unwrap().matches(&path)
            {
                proptest::prop_assert!(path.decoded().starts_with("/a/"));
                proptest::prop_assert!(!path.decoded().contains("/../"));
            }
        }
    }
}
