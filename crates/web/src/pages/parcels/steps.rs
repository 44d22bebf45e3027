//! What happened to a parcel, step by step, in plain words; each was signed by who says it.

use super::parcel::{Parcel, Said};
use crate::dates::moment;

/// A step, for the page.
pub(super) struct Step {
    pub(super) what: String,
    pub(super) who: String,
    pub(super) when: String,
    pub(super) reason: Option<String>,
    /// The key that signed, and the statement's own name in the ledger.
    pub(super) key: String,
    pub(super) id: String,
}

/// The steps in the order in which they happened.
pub(super) fn of(parcel: &Parcel) -> Vec<Step> {
    let mut said: Vec<&Said> = parcel.statements.iter().collect();
    said.sort_by_key(|said| (said.statement.what.event != "accepted", said.statement.at));
    said.into_iter().map(step).collect()
}

fn step(said: &Said) -> Step {
    let statement = &said.statement;
    let until = statement.what.until.map(moment).unwrap_or_default();
    let what = match statement.what.event.as_str() {
        "accepted" => "Accepted for delivery".to_owned(),
        "scanned" => "Looked at for malware, and none was found".to_owned(),
        "quarantined" => "Held, because malware was found".to_owned(),
        "released" => "Released by a named person".to_owned(),
        "delivered" => "Delivered to the mailbox, whole and checked".to_owned(),
        "collected" => "Collected".to_owned(),
        "opened" => "Opened".to_owned(),
        "acknowledged" => "Acknowledged: the recipient deals with it".to_owned(),
        "declined" => "Declined: the recipient does not deal with it".to_owned(),
        "recall-asked" => "The sender asked for it back".to_owned(),
        "recalled" => "Recalled, and destroyed uncollected".to_owned(),
        "deleted" => "Deleted, as the sender asked".to_owned(),
        "extended" => format!("Its time was extended until {until}"),
        "reminded" => "The recipient was reminded".to_owned(),
        "expired" => "Expired uncollected, and destroyed".to_owned(),
        "undeliverable" => "It will not be delivered".to_owned(),
        "forwarded" => "Forwarded".to_owned(),
        "exported" => "Written to a medium".to_owned(),
        "handed-over" => "The medium changed hands".to_owned(),
        "medium-lost" => "The medium was lost".to_owned(),
        other => other.to_owned(),
    };
    let who = match &statement.person {
        Some(person) => format!("{person}, {}", statement.organisation),
        None => statement.organisation.clone(),
    };
    let key = said.signature.key.clone();
    let reason = statement.what.reason.clone().filter(|reason| !reason.is_empty());
    Step { what, who, when: moment(statement.at), reason, key, id: statement.id.clone() }
}
