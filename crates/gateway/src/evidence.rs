//! Records and their proof: turns a record into a ledger entry, and an entry into a receipt.

use std::sync::Arc;
use std::time::Duration;

use packhorse_keys::random;
use packhorse_model::exchange::{Basis, Side};
use packhorse_model::record::{Content, Outcome, Receipt, ReceiptContent, Record, encode_digest, salted_digest};
use packhorse_model::{OrganisationId, record::Salt};
use packhorse_store::publish::Publisher;
use packhorse_store::{
    Counted, Erasable, KeptRecord, NewRecord, PackedRecord, PersonDigest, RecordWriter, Store, StoreError,
};
use serde_json::value::RawValue;

use crate::error::GatewayError;

/// How long a receipt waits for a checkpoint; they are at least one a second.
const PROOF_TIME: Duration = Duration::from_secs(10);

/// What a record is counted by and found by, besides what it says.
#[derive(Debug, Default)]
pub struct Tallied {
    /// How many uses of its agreement it is.
    pub uses: u32,
    /// The tier of our person who asked; empty when nobody of ours did.
    pub tier: String,
    /// Their department.
    pub department: String,
    /// Whom it is about.
    pub people: Vec<PersonDigest>,
}

/// The evidence that this gateway keeps.
pub struct Evidence {
    organisation: OrganisationId,
    store: Store,
    writer: RecordWriter,
    publisher: Arc<Publisher>,
}

impl Evidence {
    /// Evidence over a store, its one writer and its ledger's publisher.
    #[must_use]
    pub fn new(organisation: OrganisationId, store: Store, writer: RecordWriter, publisher: Arc<Publisher>) -> Self {
        Self { organisation, store, writer, publisher }
    }

    /// The store beneath.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The publisher of this gateway's ledger.
    #[must_use]
    pub fn publisher(&self) -> &Publisher {
        &self.publisher
    }

    /// Keeps a record, which counts as so many uses of its agreement; returns its index in the ledger once it is durable.
    ///
    /// # Errors
    /// [`StoreError`] when it could not be written, or was written before.
    pub async fn keep(&self, record: Record, content: &Content, partner: String, uses: u32) -> Result<u64, StoreError> {
        self.keep_counted(record, content, partner, Tallied { uses, ..Tallied::default() }).await
    }

    /// The same, for a record that is counted and found by more.
    ///
    /// # Errors
    /// As [`Evidence::keep`].
    pub async fn keep_counted(
        &self,
        record: Record,
        content: &Content,
        partner: String,
        tallied: Tallied,
    ) -> Result<u64, StoreError> {
        self.writer.append(entry(record, content, partner, tallied)?).await
    }

    /// A record as [`Evidence::keep_counted`] would keep it, to be kept with what it is about in one transaction.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be kept.
    pub fn packed(
        record: Record,
        content: &Content,
        partner: String,
        tallied: Tallied,
    ) -> Result<PackedRecord, StoreError> {
        entry(record, content, partner, tallied)?.packed()
    }

    /// Ledger entries that no published checkpoint covers yet.
    ///
    /// # Errors
    /// As the store fails.
    pub async fn lag(&self) -> Result<u64, StoreError> {
        let published = self.publisher.latest().map_or(0, |head| head.size());
        Ok(self.store.ledger().size().await?.saturating_sub(published))
    }

    /// The receipt of an exchange: waits until a checkpoint covers it.
    ///
    /// # Errors
    /// [`GatewayError::Missing`] when there is no such record, or no checkpoint within ten seconds;
    /// else as store and ledger fail.
    pub async fn receipt(&self, id: &str, side: Option<Side>, partner: Option<&str>) -> Result<Receipt, GatewayError> {
        let lines = self.store.records().named(id).await?;
        let line = lines
            .into_iter()
            .filter(|line| side.is_none_or(|side| line.side == side))
            .filter(|line| partner.is_none_or(|partner| line.partner == partner))
            // Who asked itself means the asking, unless it says otherwise.
            .min_by_key(|line| line.side != Side::Outbound)
            .ok_or(GatewayError::Missing { what: "record" })?;
        let kept = self.store.records().at(line.index).await?.ok_or(GatewayError::Missing { what: "record" })?;
        let missing = GatewayError::Missing { what: "checkpoint that covers the record: the publisher is behind" };
        let head = tokio::time::timeout(PROOF_TIME, self.publisher.wait_for(line.index)).await.map_err(|_| missing)?;
        let proof = self.publisher.prove(line.index, &head.checkpoint).await?;
        self.assemble(kept, text("proof", proof.to_bytes())?)
    }

    fn assemble(&self, kept: KeptRecord, proof: String) -> Result<Receipt, GatewayError> {
        Ok(Receipt {
            version: 1,
            organisation: self.organisation.clone(),
            record: raw("record", kept.record)?,
            salt: encode_salt(&kept.salt),
            content: kept
                .content
                .map(|content| {
                    let salt = encode_salt(&content.salt);
                    raw("content", content.bytes).map(|content| ReceiptContent { content, salt })
                })
                .transpose()?,
            proof,
        })
    }
}

/// What the store keeps of a record: its columns, its salted digest, what it is counted by.
fn entry(mut record: Record, content: &Content, partner: String, tallied: Tallied) -> Result<NewRecord, StoreError> {
    let content_salt: Salt = salt()?;
    let record_salt: Salt = salt()?;
    let content = json(content)?;
    record.content = encode_digest(&salted_digest(&content_salt, &content));
    let bytes = json(&record)?;
    let exchange = &record.exchange;
    let (given, withheld) = match record.ended {
        Outcome::Answered { given, withheld, .. } => (given, withheld),
        _ => (0, 0),
    };
    Ok(NewRecord {
        id: exchange.id.to_string(),
        side: record.side,
        at_ms: record.moments.request_in,
        kind: exchange.kind.to_string(),
        partner,
        system: exchange.client.to_string(),
        service: exchange.service.to_string(),
        agreement: match &exchange.basis {
            Some(Basis::Agreement { agreement, .. }) => agreement.to_string(),
            Some(Basis::Metaservice) | None => String::new(),
        },
        outcome: record.ended.word().to_owned(),
        rule: record.ended.rule(),
        uses: tallied.uses,
        entry: salted_digest(&record_salt, &bytes),
        salt: record_salt,
        record: bytes,
        content: Some(Erasable { bytes: content, salt: content_salt }),
        counted: Counted {
            purpose: exchange.purpose.clone().unwrap_or_default(),
            tier: tallied.tier,
            department: tallied.department,
            given,
            withheld,
        },
        people: tallied.people,
    })
}

fn salt() -> Result<Salt, StoreError> {
    random().map_err(|error| StoreError::Unavailable(error.to_string()))
}

fn json<T: serde::Serialize>(value: &T) -> Result<Vec<u8>, StoreError> {
    serde_json::to_vec(value).map_err(|error| StoreError::Unavailable(error.to_string()))
}

fn text(what: &'static str, bytes: Vec<u8>) -> Result<String, GatewayError> {
    String::from_utf8(bytes).map_err(|error| GatewayError::Stored { what, why: error.to_string() })
}

fn raw(what: &'static str, bytes: Vec<u8>) -> Result<Box<RawValue>, GatewayError> {
    let text = text(what, bytes)?;
    RawValue::from_string(text).map_err(|error| GatewayError::Stored { what, why: error.to_string() })
}

fn encode_salt(salt: &Salt) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(salt)
}
