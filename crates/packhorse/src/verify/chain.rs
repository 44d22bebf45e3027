//! A parcel's receipt: every statement about it judged by itself, then as a chain. It needs no content of the parcel, so
//! it holds after that is gone.
//!
//! The chain is judged by the records alone, which the other checks bind to the signed statements.

use jiff::Timestamp;
use packhorse_model::organisation::Members;
use packhorse_model::record::{Outcome, Record};
use packhorse_model::{ExchangeId, OrganisationId};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{one, receipt};
use crate::report::{Made, Report};

/// Version of the form that is read here.
const VERSION: u32 = 1;
/// Most statements of one parcel.
const LIMIT: usize = 1000;

/// The file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: u32,
    parcel: ExchangeId,
    receipts: Vec<Box<RawValue>>,
}

/// Whose it is to say.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Whose {
    Sender,
    Recipient,
    Either,
}

/// Reads the file; nothing when the bytes are the receipt of one exchange, or of nothing.
pub(super) fn judge(bytes: &[u8], members: &dyn Members) -> Option<Report> {
    let names: std::collections::BTreeMap<String, &RawValue> = serde_json::from_slice(bytes).ok()?;
    if !names.contains_key("receipts") {
        return None;
    }
    let mut report = Report::default();
    match open(bytes) {
        Ok(file) => statements(&file, members, &mut report),
        Err(why) => report.add("receipt", Err(why)),
    }
    Some(report)
}

fn open(bytes: &[u8]) -> Result<File, String> {
    let file: File =
        serde_json::from_slice(bytes).map_err(|_| "this is no parcel's receipt, or it was altered".to_owned())?;
    if file.version != VERSION {
        return Err(format!("its version is {}, this program reads version {VERSION}", file.version));
    }
    if file.receipts.is_empty() || file.receipts.len() > LIMIT {
        return Err(format!("it has no statement, or more than {LIMIT}"));
    }
    Ok(file)
}

fn statements(file: &File, members: &dyn Members, report: &mut Report) {
    let mut records = Vec::with_capacity(file.receipts.len());
    for receipt in &file.receipts {
        let judged = one(receipt.get().as_bytes(), members);
        report.checks.extend(judged.checks);
        if let Ok(opened) = receipt::open(receipt.get().as_bytes()) {
            records.push((opened.receipt.organisation, opened.record));
        }
    }
    if records.len() < file.receipts.len() {
        return report.add("chain", Err("not every statement can be read".to_owned()));
    }
    report.add("parcel", same_parcel(file.parcel, &records));
    let records: Vec<&Record> = records.iter().map(|(_, record)| record).collect();
    report.add("order", in_order(&records));
    report.add("chain", no_gap(&records));
}

/// All are about this parcel, between the same two mailboxes, under the same text, out of one ledger.
fn same_parcel(parcel: ExchangeId, records: &[(OrganisationId, Record)]) -> Made {
    let Some((keeper, first)) = records.first() else { return Err("it has no statement".to_owned()) };
    for (place, (kept_by, record)) in records.iter().enumerate() {
        let Outcome::Stated { parcel: about, .. } = &record.ended else {
            return Err(format!("receipt {} is of an exchange, not of a statement about a parcel", place + 1));
        };
        if *about != parcel {
            return Err(format!("statement {} is about another parcel", place + 1));
        }
        let (known, said) = (&first.exchange, &record.exchange);
        if (&known.client, &known.service, &known.basis) != (&said.client, &said.service, &said.basis) {
            return Err(format!("statement {} names other parties or another agreement", place + 1));
        }
        if (keeper, first.side) != (kept_by, record.side) {
            return Err(format!("statement {} comes out of another ledger", place + 1));
        }
        if records[..place].iter().any(|(_, other)| other.exchange.id == record.exchange.id) {
            return Err(format!("statement {} stands there twice", place + 1));
        }
    }
    Ok(format!("all {} statements are about parcel {parcel}, under the same agreement", records.len()))
}

/// Acceptance comes first, and what each body says stands in the order in which it said it. Between the two bodies no
/// order is proved: their clocks are their own.
fn in_order(records: &[&Record]) -> Made {
    for (place, record) in records.iter().enumerate() {
        if (place == 0) != (event(record) == "accepted") {
            return Err("acceptance is not the first statement, and the only one".to_owned());
        }
        let before = records[..place].iter().rev().find(|other| by(other) == by(record));
        if before.is_some_and(|before| before.moments.request_in > record.moments.request_in) {
            return Err(format!("statement {} was made before one that stands above it", place + 1));
        }
    }
    let at = |record: Option<&&Record>| {
        record.and_then(|record| Timestamp::from_millisecond(record.moments.request_in).ok()).unwrap_or_default()
    };
    Ok(format!("from {} to {}", at(records.first()), at(records.last())))
}

/// Whatever must have been said before something else was said, and by whom.
fn no_gap(records: &[&Record]) -> Made {
    let mut ended: Option<&str> = None;
    for (place, record) in records.iter().enumerate() {
        let (whose, needs) =
            rule(event(record)).ok_or_else(|| format!("statement {} is of no known kind", place + 1))?;
        let (sender, recipient) = (record.exchange.client.organisation(), &record.exchange.service.system.organisation);
        let right = match whose {
            Whose::Sender => by(record) == Some(sender),
            Whose::Recipient => by(record) == Some(recipient),
            Whose::Either => by(record) == Some(sender) || by(record) == Some(recipient),
        };
        if !right {
            return Err(format!("statement {} ({}) is another body's to make", place + 1, event(record)));
        }
        if let Some(needed) = needs
            && !records.iter().any(|other| event(other) == needed)
        {
            return Err(format!("there is a gap: it was {}, but nobody says that it was {needed}", event(record)));
        }
        if by(record) == Some(recipient) && matches!(event(record), "acknowledged" | "declined" | "expired") {
            if let Some(ended) = ended {
                return Err(format!("the recipient says both that it was {ended} and that it was {}", event(record)));
            }
            ended = Some(event(record));
        }
    }
    let told: Vec<&str> = records.iter().map(|record| event(record)).collect();
    Ok(format!("nothing is missing between: {}", told.join(", ")))
}

/// Whose an event is to say, and what must have been said as well.
fn rule(event: &str) -> Option<(Whose, Option<&'static str>)> {
    Some(match event {
        "accepted" => (Whose::Sender, None),
        "scanned" | "quarantined" => (Whose::Either, Some("accepted")),
        "released" => (Whose::Either, Some("quarantined")),
        "delivered" | "declined" | "reminded" => (Whose::Recipient, Some("accepted")),
        "collected" | "opened" | "acknowledged" => (Whose::Recipient, Some("delivered")),
        "deleted" => (Whose::Recipient, Some("collected")),
        "recall-asked" | "undeliverable" => (Whose::Sender, Some("accepted")),
        "recalled" => (Whose::Either, Some("recall-asked")),
        "extended" => (Whose::Sender, Some("delivered")),
        "expired" => (Whose::Either, Some("accepted")),
        "forwarded" => (Whose::Recipient, Some("delivered")),
        "exported" => (Whose::Either, Some("accepted")),
        "handed-over" | "medium-lost" => (Whose::Either, Some("exported")),
        _ => return None,
    })
}

fn event(record: &Record) -> &str {
    match &record.ended {
        Outcome::Stated { event, .. } => event,
        _ => "",
    }
}

fn by(record: &Record) -> Option<&OrganisationId> {
    match &record.ended {
        Outcome::Stated { organisation, .. } => Some(organisation),
        _ => None,
    }
}
