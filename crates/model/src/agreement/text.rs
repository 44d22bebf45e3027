//! One text, many signatories: the exact bytes that were proposed, and their digest.

use std::fmt;
use std::str::FromStr;

use packhorse_keys::Fingerprint;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

use super::Agreement;
use super::limits::{LimitError, within_limits};

/// Most bytes of an agreement's text, 256 KiB.
pub const TEXT_LIMIT: usize = 256 * 1024;

/// Why bytes are not the text of an agreement.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Longer than [`TEXT_LIMIT`].
    #[error("the agreement's text is longer than 256 KiB: move long passages to an annex and refer to it")]
    TooLong,
    /// Not a JSON object without white space around it.
    #[error("the agreement's text is not one JSON object without white space around it")]
    Framing,
    /// A field is unknown, missing or of another type; serde's words, which name line and column.
    #[error("the agreement cannot be read: {0}")]
    Field(String),
    /// A list is longer than a gateway will work through.
    #[error(transparent)]
    Limit(#[from] LimitError),
}

/// The text of an agreement, byte for byte as it was proposed, and what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgreementText {
    json: Box<str>,
    agreement: Agreement,
}

impl AgreementText {
    /// Reads the exact bytes that were proposed.
    ///
    /// # Errors
    /// [`TextError`] when they are too long or do not say an agreement.
    pub fn parse(bytes: &[u8]) -> Result<Self, TextError> {
        if bytes.len() > TEXT_LIMIT {
            return Err(TextError::TooLong);
        }
        let json = std::str::from_utf8(bytes).map_err(|_| TextError::Framing)?;
        // White space around the object would be lost on the way (it is carried inside another JSON
        // document), and the digest with it.
        if !(json.starts_with('{') && json.ends_with('}')) {
            return Err(TextError::Framing);
        }
        let agreement: Agreement = serde_json::from_str(json).map_err(|error| TextError::Field(shorten(&error)))?;
        within_limits(&agreement)?;
        Ok(Self { json: json.into(), agreement })
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.json
    }

    /// What it says.
    #[must_use]
    pub fn agreement(&self) -> &Agreement {
        &self.agreement
    }

    /// What every party signs.
    #[must_use]
    pub fn digest(&self) -> AgreementDigest {
        AgreementDigest(packhorse_keys::sha256(self.json.as_bytes()))
    }
}

impl Agreement {
    /// Freezes the agreement into the text that goes round for signature.
    ///
    /// # Errors
    /// [`TextError`] when it is longer than the network carries.
    pub fn to_text(&self) -> Result<AgreementText, TextError> {
        let json = serde_json::to_string(self).map_err(|error| TextError::Field(shorten(&error)))?;
        AgreementText::parse(json.as_bytes())
    }
}

/// A stranger's field name can be as long as the text; the message about it must not be.
pub(super) fn shorten(error: &serde_json::Error) -> String {
    let message = error.to_string();
    match message.char_indices().nth(300) {
        Some((end, _)) => format!("{}…", &message[..end]),
        None => message,
    }
}

impl Serialize for AgreementText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let raw: &RawValue = serde_json::from_str(&self.json).map_err(serde::ser::Error::custom)?;
        raw.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for AgreementText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        Self::parse(raw.get().as_bytes()).map_err(serde::de::Error::custom)
    }
}

/// SHA-256 of an agreement's text, written `sha256:<64 lower-case hexadecimal digits>`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct AgreementDigest(pub [u8; 32]);

/// The text is not a digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a digest is written sha256: and 64 lower-case hexadecimal digits")]
pub struct DigestError;

impl fmt::Display for AgreementDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // One spelling of SHA-256 in the network: that of key fingerprints.
        Fingerprint(self.0).fmt(f)
    }
}

impl FromStr for AgreementDigest {
    type Err = DigestError;
    fn from_str(text: &str) -> Result<Self, DigestError> {
        text.parse::<Fingerprint>().map(|digest| Self(digest.0)).map_err(|_| DigestError)
    }
}

impl Serialize for AgreementDigest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for AgreementDigest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
