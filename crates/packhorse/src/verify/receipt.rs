//! The receipt's own form: whole, of a version known here, and handed out by a party of the exchange.
//!
//! It must never believe a word of it: that is what the other checks are for.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use packhorse_model::record::{Content, Outcome, RECORD_VERSION, Receipt, Record, Salt};
use packhorse_model::{OrganisationId, Side};
use serde_json::Value;

/// Version of the receipt's form that is read here.
const RECEIPT_VERSION: u32 = 1;
/// The names that a receipt, and its content, may have: one more would be something that nobody checked.
const NAMES: [&str; 6] = ["version", "organisation", "record", "salt", "content", "proof"];
const CONTENT_NAMES: [&str; 2] = ["content", "salt"];

/// A receipt that can be read.
pub(super) struct Opened {
    pub(super) receipt: Receipt,
    pub(super) record: Record,
    pub(super) salt: Salt,
}

/// Reads a receipt.
pub(super) fn open(bytes: &[u8]) -> Result<Opened, String> {
    let receipt: Receipt =
        serde_json::from_slice(bytes).map_err(|_| "this is no receipt, or it was altered".to_owned())?;
    check_names(bytes)?;
    if receipt.version != RECEIPT_VERSION {
        return Err(format!("its version is {}, this program reads version {RECEIPT_VERSION}", receipt.version));
    }
    let record: Record =
        serde_json::from_str(receipt.record.get()).map_err(|_| "its record cannot be read".to_owned())?;
    if record.version != RECORD_VERSION {
        return Err(format!("its record's version is {}, this program reads {RECORD_VERSION}", record.version));
    }
    let salt = salt(&receipt.salt)?;
    Ok(Opened { receipt, record, salt })
}

/// What the receipt is about.
pub(super) fn summary(opened: &Opened) -> String {
    let record = &opened.record;
    let exchange = &record.exchange;
    if let Outcome::Acted { act, subject, until } = &record.ended {
        let until = until.map_or_else(String::new, |day| format!(", until {day}"));
        return format!("act {}: {} of {} about {subject}{until}", exchange.id, act, exchange.client);
    }
    format!(
        "{} {}: {} asked {}, {}",
        exchange.kind,
        exchange.id,
        exchange.client,
        exchange.service,
        record.ended.word()
    )
}

/// The organisation that hands the receipt out is the party on the record's side.
pub(super) fn party(opened: &Opened) -> Result<String, String> {
    let (kept_by, part) = match opened.record.side {
        Side::Outbound if matches!(opened.record.ended, Outcome::Acted { .. }) => (consumer(&opened.record), "acted"),
        Side::Outbound => (consumer(&opened.record), "asked"),
        Side::Inbound => (provider(&opened.record), "was asked"),
    };
    if opened.receipt.organisation != *kept_by {
        return Err(format!("the record is kept by {kept_by}, but the receipt is handed out by another organisation"));
    }
    Ok(format!("the record is that of {kept_by}, which {part}"))
}

/// The content, when it was not erased, held against the digest in the record.
pub(super) fn content(opened: &Opened) -> Result<Option<Content>, String> {
    let Some(carried) = &opened.receipt.content else { return Ok(None) };
    let salt = salt(&carried.salt)?;
    if !Receipt::content_matches(&opened.record, carried.content.get().as_bytes(), &salt) {
        return Err("it is not the content that the record was made with".to_owned());
    }
    serde_json::from_str(carried.content.get()).map(Some).map_err(|_| "it cannot be read".to_owned())
}

/// The organisation that asked.
pub(super) fn consumer(record: &Record) -> &OrganisationId {
    record.exchange.client.organisation()
}

/// The organisation that was asked.
pub(super) fn provider(record: &Record) -> &OrganisationId {
    &record.exchange.service.system.organisation
}

fn salt(text: &str) -> Result<Salt, String> {
    let bytes = STANDARD.decode(text).ok();
    bytes.and_then(|bytes| bytes.try_into().ok()).ok_or_else(|| "a salt is not 16 bytes in base64".to_owned())
}

fn check_names(bytes: &[u8]) -> Result<(), String> {
    let receipt: Value = serde_json::from_slice(bytes).map_err(|_| "this is no receipt".to_owned())?;
    let only = |value: &Value, names: &[&str]| {
        value.as_object().is_none_or(|object| object.keys().all(|name| names.contains(&name.as_str())))
    };
    let whole = only(&receipt, &NAMES) && receipt.get("content").is_none_or(|content| only(content, &CONTENT_NAMES));
    if whole { Ok(()) } else { Err("it holds something that receipts do not have".to_owned()) }
}
