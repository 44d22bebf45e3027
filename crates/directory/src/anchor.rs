//! The anchor: the small document that a new gateway is given out of band, and all it ever trusts blindly.
//!
//! Everything in it is public; what counts is that it comes from the operator and from nobody else.

use packhorse_keys::{Fingerprint, PublicKey};
use packhorse_ledger::{SignatureKind, VerifierKey};
use packhorse_model::id::encode_part;
use serde::{Deserialize, Serialize};

use crate::error::{DirectoryError, Result};

/// Largest anchor accepted, in bytes.
const MAX_ANCHOR_BYTES: usize = 16 * 1024;

/// Where a network's registry is and by which keys it is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Anchor {
    /// The network.
    pub network: String,
    /// The registry's address, `https://host:port`.
    pub url: String,
    /// The registry's TLS key.
    pub tls: Fingerprint,
    /// The key that signs the heads of the registry's ledger.
    #[serde(with = "vkey")]
    pub log: VerifierKey,
    /// The key that confirms the newest head every minute.
    #[serde(with = "vkey")]
    pub clock: VerifierKey,
    /// The key that signs entries and snapshots.
    pub registry: PublicKey,
}

impl Anchor {
    /// Reads an anchor and holds it against the names that its network's keys must have.
    ///
    /// # Errors
    /// [`DirectoryError::Malformed`] with the rule it breaks, [`DirectoryError::TooLarge`] beyond 16 KiB.
    pub fn parse(text: &str) -> Result<Self> {
        if text.len() > MAX_ANCHOR_BYTES {
            return Err(DirectoryError::TooLarge { what: "anchor", limit: MAX_ANCHOR_BYTES as u64 });
        }
        let anchor: Self = serde_json::from_str(text)
            .map_err(|_| malformed("it is a JSON object of network, url, tls, log, clock and registry"))?;
        anchor.check()?;
        Ok(anchor)
    }

    /// The document, to be handed out.
    #[must_use]
    pub fn to_json(&self) -> String {
        // Strings only: writing them cannot fail.
        serde_json::to_string_pretty(self).unwrap_or_default()
    }

    fn check(&self) -> Result<()> {
        if !self.url.starts_with("https://") {
            return Err(malformed("the registry's address starts with https://"));
        }
        let log = self.log.kind() == SignatureKind::Note && self.log.name() == log_origin(&self.network);
        let clock = self.clock.kind() == SignatureKind::Cosignature && self.clock.name() == clock_name(&self.network);
        if !log || !clock {
            return Err(malformed("the log and clock keys bear the network's names, <network>/directory and …/clock"));
        }
        Ok(())
    }
}

/// The origin of a network's directory, free of what a key name may not hold (C2SP signed-note, "Format").
#[must_use]
pub fn log_origin(network: &str) -> String {
    format!("{}/directory", encode_part(network).replace('+', "%2B"))
}

/// The name of the clock key. It differs from the log's: one key has one name (C2SP tlog-cosignature).
#[must_use]
pub fn clock_name(network: &str) -> String {
    format!("{}/clock", log_origin(network))
}

fn malformed(why: &'static str) -> DirectoryError {
    DirectoryError::Malformed { what: "anchor", why }
}

/// Verifier keys as their text.
mod vkey {
    use packhorse_ledger::VerifierKey;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(key: &VerifierKey, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(key)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<VerifierKey, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(from)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
