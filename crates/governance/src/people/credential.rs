//! How a caller proves which system it is: API key, certificate, or, for old clients, an address.

use std::fmt;
use std::net::IpAddr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use packhorse_keys::{Fingerprint, constant_time_equal, random, sha256};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::Result;

/// One way for a system to prove itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind", deny_unknown_fields)]
pub enum Credential {
    /// A secret that the system sends.
    ApiKey {
        /// Digest of the key.
        sha256: SecretDigest,
        /// When it was made.
        created: Timestamp,
    },
    /// A client certificate.
    Certificate {
        /// Fingerprint of its key.
        fingerprint: Fingerprint,
    },
    /// The caller's address alone: for clients that can do neither, and only where somebody added it
    /// knowing that whoever can use the address can be the system.
    SourceAddress {
        /// The address.
        ip: IpAddr,
    },
}

/// What a caller shows.
#[derive(Clone, Copy, Default)]
pub struct Presented<'a> {
    /// The API key of the request.
    pub api_key: Option<&'a str>,
    /// The key's fingerprint of the connection's client certificate.
    pub certificate: Option<Fingerprint>,
    /// Where the connection comes from.
    pub address: Option<IpAddr>,
}

impl Presented<'_> {
    /// Whether this proves one of the credentials. What is shown must be right: a wrong key is not
    /// mended by the right address.
    #[must_use]
    pub fn proves(&self, credentials: &[Credential]) -> bool {
        if self.is_empty() {
            let from = self.address.map(|address| address.to_canonical());
            return credentials.iter().any(
                |credential| matches!(credential, Credential::SourceAddress { ip } if from == Some(ip.to_canonical())),
            );
        }
        match self.api_key {
            // A key decides alone: the client may hold its certificate for another purpose.
            Some(key) => {
                let digest = SecretDigest::of(key);
                credentials.iter().any(|credential| {
                    matches!(credential, Credential::ApiKey { sha256, .. } if sha256.matches(&digest))
                })
            }
            None => credentials.iter().any(|credential| {
                matches!(credential, Credential::Certificate { fingerprint } if Some(*fingerprint) == self.certificate)
            }),
        }
    }

    /// Whether neither key nor certificate is shown.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.api_key.is_none() && self.certificate.is_none()
    }
}

/// A new secret, to be shown once.
pub struct Token {
    text: String,
}

impl Token {
    /// Makes 32 random bytes, written `ph_` and base64url.
    ///
    /// # Errors
    /// When the system gives no randomness.
    pub fn random() -> Result<Self> {
        Ok(Self { text: format!("ph_{}", URL_SAFE_NO_PAD.encode(random::<32>()?)) })
    }

    /// The text to hand over, once.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.text
    }

    /// What is kept of it.
    #[must_use]
    pub fn digest(&self) -> SecretDigest {
        SecretDigest::of(&self.text)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(secret)")
    }
}

/// SHA-256 of a token. The token has 256 random bits: there is nothing to guess, so no slow hash.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretDigest([u8; 32]);

impl SecretDigest {
    /// The digest of a token.
    #[must_use]
    pub fn of(token: &str) -> Self {
        Self(sha256(token.as_bytes()))
    }

    /// Whether both are the same, in constant time.
    #[must_use]
    pub fn matches(&self, other: &Self) -> bool {
        constant_time_equal(&self.0, &other.0)
    }
}

impl fmt::Debug for SecretDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretDigest")
    }
}

impl Serialize for SecretDigest {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.serialize_str(&URL_SAFE_NO_PAD.encode(self.0))
    }
}

impl<'de> Deserialize<'de> for SecretDigest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        let bytes = URL_SAFE_NO_PAD.decode(text.as_bytes()).ok();
        let digest = bytes.and_then(|bytes| bytes.try_into().ok()).map(Self);
        digest.ok_or_else(|| serde::de::Error::custom("not a digest of 32 bytes in base64url"))
    }
}
