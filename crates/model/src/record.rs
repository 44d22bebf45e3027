//! What is kept of an exchange, and the receipt handed out for it.
//!
//! A [`Record`] holds no personal data and is kept for years. What could be personal (paths, user
//! identifiers, case references, the signed texts that repeat them) stands in [`Content`], bound to
//! the record by a salted digest: it can be erased, and the record and every proof stay valid.
//! The ledger's entry is the salted digest of the record's bytes, so a published ledger tells nothing.

use packhorse_keys::{constant_time_equal, sha256};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::exchange::{Exchange, Side};
use crate::refusal::{Fault, Refusal};

/// Version of the record's JSON that this build writes.
pub const RECORD_VERSION: u32 = 1;

/// How an exchange ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "outcome")]
pub enum Outcome {
    /// The provider answered, with this HTTP status.
    Answered {
        /// HTTP status of the provider's answer.
        status: u16,
        /// Fields that left the provider, counted over all rows.
        given: u64,
        /// Fields that the source had and the agreement does not give, counted over all rows.
        withheld: u64,
    },
    /// Somebody said no.
    Refused(Refusal),
    /// Something broke.
    Failed(Fault),
    /// A body said what happened to a parcel; the signed statement stands in the [`Content`].
    Stated {
        /// The parcel.
        parcel: crate::ExchangeId,
        /// The event's word.
        event: String,
        /// Who said it.
        organisation: crate::OrganisationId,
    },
    /// The organisation decided about its own rules; who and why stands, signed, in the [`Content`].
    Acted {
        /// What was done, for example `gate-override`.
        act: crate::agreement::Code,
        /// What it is about; never a person.
        subject: String,
        /// The last day on which it holds.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<jiff::civil::Date>,
    },
}

impl Outcome {
    /// One word for lists, metrics and the store.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Answered { .. } => "answered",
            Self::Refused(_) => "refused",
            Self::Failed(_) => "failed",
            Self::Stated { .. } => "stated",
            Self::Acted { .. } => "acted",
        }
    }

    /// The rule or fault that decided, the event that was stated, the act; empty when answered.
    #[must_use]
    pub fn rule(&self) -> String {
        match self {
            Self::Answered { .. } => String::new(),
            Self::Refused(refusal) => refusal.rule.to_string(),
            Self::Failed(fault) => fault.kind.to_string(),
            Self::Stated { event, .. } => event.clone(),
            Self::Acted { act, .. } => act.to_string(),
        }
    }
}

/// The four moments of an exchange on one side, milliseconds since 1970 (X-Road's monitoring record).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Moments {
    /// The request arrived.
    pub request_in: i64,
    /// The request went on to the peer or the source; 0 when it never did.
    pub request_out: i64,
    /// The answer came back; 0 when none did.
    pub response_in: i64,
    /// The record was handed to the store, just before the answer.
    pub response_out: i64,
}

/// What is kept of an exchange on one side. Serialised once; the bytes are what counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// [`RECORD_VERSION`].
    pub version: u32,
    /// The side that keeps it.
    pub side: Side,
    /// The exchange.
    #[serde(flatten)]
    pub exchange: Exchange,
    /// How it ended; an object of its own, since a refusal has a `side` too and a fault a `kind`.
    pub ended: Outcome,
    /// When.
    pub moments: Moments,
    /// Bytes of the request's and the answer's body.
    pub sizes: [u64; 2],
    /// Salted digest of the [`Content`], base64.
    pub content: String,
}

/// The erasable part: what could tell about a person.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Content {
    /// Signature base of the request (RFC 9421 §2.5), the text that the consumer's gateway signed.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub request_base: String,
    /// The request's `Signature` field value.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub request_signature: String,
    /// Signature base of the answer, the text that the provider's gateway signed.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub response_base: String,
    /// The answer's `Signature` field value.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub response_signature: String,
    /// A statement about a parcel, the waybill of one that was carried by hand, or an act of governance, byte for byte
    /// as it was signed.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub statement: String,
    /// Its signature, base64, and the fingerprint of its key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub statement_signature: Option<packhorse_keys::DocumentSignature>,
    /// `X-Road-Id`, the caller's message id.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub message_id: String,
    /// Method and path with query, where no signature base has them (a request refused before it was signed).
    #[serde(skip_serializing_if = "String::is_empty")]
    pub target: String,
    /// `X-Road-UserId`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub user: String,
    /// `X-Road-Issue`, the case reference.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub case: String,
}

/// A salt that keeps a digest from being guessed, 16 random bytes.
pub type Salt = [u8; 16];

/// Digest of `salt ‖ bytes`: of a record for the ledger's entry, of content for the record.
#[must_use]
pub fn salted_digest(salt: &Salt, bytes: &[u8]) -> [u8; 32] {
    let mut salted = Vec::with_capacity(salt.len() + bytes.len());
    salted.extend_from_slice(salt);
    salted.extend_from_slice(bytes);
    sha256(&salted)
}

/// The proof handed out: everything an outsider needs besides the directory.
#[derive(Debug, Serialize, Deserialize)]
pub struct Receipt {
    /// Format version, 1.
    pub version: u32,
    /// The organisation whose ledger proves it.
    pub organisation: crate::OrganisationId,
    /// The record, byte for byte as it was hashed.
    pub record: Box<RawValue>,
    /// The record's salt, base64.
    pub salt: String,
    /// The erasable part, byte for byte, and its salt; absent once erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content: Option<ReceiptContent>,
    /// The C2SP tlog-proof of the ledger's entry.
    pub proof: String,
}

/// The erasable part of a receipt.
#[derive(Debug, Serialize, Deserialize)]
pub struct ReceiptContent {
    /// Content JSON, byte for byte.
    pub content: Box<RawValue>,
    /// Its salt, base64.
    pub salt: String,
}

impl Receipt {
    /// Whether the content is the one that the record was made with.
    #[must_use]
    pub fn content_matches(record: &Record, content: &[u8], salt: &Salt) -> bool {
        let digest = crate::record::encode_digest(&salted_digest(salt, content));
        constant_time_equal(digest.as_bytes(), record.content.as_bytes())
    }
}

/// Base64 of a digest, the form in which records carry it.
#[must_use]
pub fn encode_digest(digest: &[u8; 32]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(digest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::Kind;
    use crate::refusal::{FaultKind, Rule};

    #[test]
    fn a_record_reads_back_however_it_ended() {
        let refusal = Refusal { side: Side::Inbound, rule: Rule::Purpose, reason: "a".into(), remedy: "b".into() };
        let fault = Fault { side: Side::Inbound, kind: FaultKind::Source, reason: "c".into() };
        let answered = Outcome::Answered { status: 200, given: 3, withheld: 1 };
        let acted = Outcome::Acted { act: "gate-override".parse().unwrap(), subject: "charter".into(), until: None };
        for ended in [answered, Outcome::Refused(refusal), Outcome::Failed(fault), acted] {
            let record = Record {
                version: RECORD_VERSION,
                side: Side::Outbound,
                exchange: Exchange {
                    id: crate::ExchangeId::random(),
                    kind: Kind::Query,
                    client: "N/C/a/system".parse().unwrap(),
                    service: "N/C/b/system/service".parse().unwrap(),
                    basis: None,
                    purpose: None,
                    role: None,
                },
                ended,
                moments: Moments::default(),
                sizes: [1, 2],
                content: String::new(),
            };
            let json = serde_json::to_string(&record).unwrap();
            assert_eq!(serde_json::from_str::<Record>(&json).unwrap(), record, "{json}");
        }
    }
}
