//! Codes: the words that an agreement, a header and a log share for a purpose, a role or a course.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize};

/// Most bytes of a code.
pub const CODE_LIMIT: usize = 64;

/// A word for machines and people: lower-case letters, digits, `-` and `.`, at most
/// [`CODE_LIMIT`] bytes, for example `blue-badge-eligibility`. Safe in a header and in a log.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize)]
#[serde(transparent)]
pub struct Code(String);

/// The text is not a [`Code`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a code has lower-case letters, digits, '-' and '.' only, and at most 64 of them")]
pub struct CodeError;

impl Code {
    /// The code as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Code {
    type Err = CodeError;
    fn from_str(text: &str) -> Result<Self, CodeError> {
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'.');
        if text.is_empty() || text.len() > CODE_LIMIT || !text.bytes().all(allowed) {
            return Err(CodeError);
        }
        Ok(Self(text.into()))
    }
}

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
