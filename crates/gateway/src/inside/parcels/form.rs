//! The forms in which callers say what to send, and read how parcels stand.

use std::collections::BTreeMap;

use jiff::Timestamp;
use packhorse_model::parcel::{FileName, SignedStatement};
use packhorse_model::{AgreementId, ExchangeId, Marking, ServiceId, Side};
use packhorse_store::Parcel;
use serde::{Deserialize, Serialize};

use crate::kinds::parcel::{Cover, ParcelError, Sent, Taken, read};

/// A dispatch to be opened.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewDispatch {
    /// Recipients: mailbox and workflow.
    pub(super) to: Vec<ServiceId>,
    #[serde(default)]
    pub(super) agreement: Option<AgreementId>,
    #[serde(default)]
    pub(super) purpose: Option<String>,
    #[serde(default)]
    pub(super) subject: String,
    #[serde(default)]
    pub(super) reference: String,
    #[serde(default)]
    pub(super) note: String,
    #[serde(default)]
    pub(super) marking: Marking,
    #[serde(default)]
    pub(super) expires_at: Option<Timestamp>,
    #[serde(default)]
    pub(super) labels: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) files: Vec<NewFile>,
    /// Somebody looked at a recipient that was never sent to before.
    #[serde(default)]
    pub(super) confirmed: bool,
}

/// A file to be uploaded.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewFile {
    pub(super) name: FileName,
    pub(super) size: u64,
    #[serde(default)]
    pub(super) media_type: Option<String>,
}

/// A parcel as its mailbox shows it.
#[derive(Debug, Serialize)]
pub(super) struct Shown {
    parcel: String,
    direction: &'static str,
    from: String,
    to: String,
    workflow: String,
    agreement: AgreementId,
    marking: Marking,
    state: String,
    /// When it was begun here.
    since: Timestamp,
    expires_at: Timestamp,
    bytes: u64,
    legal_hold: bool,
    /// Its place in the mailbox, to go on listing from.
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<i64>,
    /// Whether the sender's side had it looked at for malware.
    #[serde(skip_serializing_if = "Option::is_none")]
    scanned_by_sender: Option<bool>,
    /// Why it was not delivered so far.
    #[serde(skip_serializing_if = "Option::is_none")]
    waiting_for: Option<String>,
    /// Every recipient of the dispatch, for its sender.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    recipients: Vec<Recipient>,
    /// What is inside; gone when the content is.
    #[serde(skip_serializing_if = "Option::is_none")]
    cover: Option<ShownCover>,
}

#[derive(Debug, Serialize)]
struct Recipient {
    parcel: ExchangeId,
    to: ServiceId,
}

#[derive(Debug, Serialize)]
struct ShownCover {
    subject: String,
    reference: String,
    note: String,
    labels: BTreeMap<String, String>,
    files: Vec<ShownFile>,
}

#[derive(Debug, Serialize)]
struct ShownFile {
    name: FileName,
    size: Option<u64>,
    media_type: Option<String>,
    sha256: Option<String>,
}

/// A parcel and what was said of it.
#[derive(Debug, Serialize)]
pub(super) struct Tracked {
    #[serde(flatten)]
    pub(super) shown: Shown,
    pub(super) statements: Vec<SignedStatement>,
}

impl Shown {
    pub(super) fn of(row: &Parcel) -> Result<Self, ParcelError> {
        let cover = Cover::of_row(row)?;
        let moment = |ms| Timestamp::from_millisecond(ms).unwrap_or(Timestamp::MAX);
        let mut shown = Self {
            parcel: row.id.clone(),
            direction: if row.side == Side::Inbound { "in" } else { "out" },
            from: String::new(),
            to: String::new(),
            workflow: row.workflow.clone(),
            agreement: "unknown".parse().map_err(|_| ParcelError::Missing)?,
            marking: Marking::default(),
            state: row.state.clone(),
            since: moment(row.created_ms),
            expires_at: moment(row.expires_ms),
            bytes: row.bytes,
            legal_hold: row.hold,
            place: (row.seq > 0).then_some(row.seq),
            scanned_by_sender: None,
            waiting_for: None,
            recipients: Vec::new(),
            cover: cover.map(shown_cover),
        };
        match row.side {
            Side::Inbound => {
                let taken: Taken = read("parcel", &row.body)?;
                (shown.from, shown.to) = (taken.from.to_string(), taken.service.system.to_string());
                (shown.agreement, shown.marking) = (taken.agreement, taken.marking);
                shown.scanned_by_sender = Some(taken.sealed.scanned);
            }
            Side::Outbound => {
                let sent: Sent = read("parcel", &row.body)?;
                (shown.from, shown.to) = (sent.from.to_string(), sent.service.system.to_string());
                (shown.agreement, shown.marking) = (sent.agreement, sent.marking);
                shown.waiting_for = sent.waiting_for.filter(|_| ["accepted", "sealed"].contains(&row.state.as_str()));
                shown.scanned_by_sender = sent.sealed.map(|sealed| sealed.scanned);
                let recipients = sent.to.into_iter();
                shown.recipients = recipients.map(|one| Recipient { parcel: one.parcel, to: one.service }).collect();
            }
        }
        Ok(shown)
    }
}

fn shown_cover(cover: Cover) -> ShownCover {
    let file = |file: crate::kinds::parcel::CoverFile| ShownFile {
        name: file.name,
        size: file.size,
        media_type: file.media_type,
        sha256: file.sha256,
    };
    ShownCover {
        subject: cover.subject,
        reference: cover.reference,
        note: cover.note,
        labels: cover.labels,
        files: cover.files.into_iter().map(file).collect(),
    }
}
