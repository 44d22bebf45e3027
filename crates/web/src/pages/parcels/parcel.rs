//! A parcel, as the API shows it.

use jiff::Timestamp;
use serde::Deserialize;

use super::Mailbox;
use crate::api::part;
use crate::components::{Cell, Summary, Tag};
use crate::dates::{count, moment, size};
use crate::error::WebError;
use crate::visitor::Person;

/// What is shown of it.
#[derive(Deserialize)]
pub(super) struct Parcel {
    pub(super) parcel: String,
    pub(super) direction: String,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) workflow: String,
    pub(super) agreement: String,
    marking: String,
    pub(super) state: String,
    pub(super) since: Timestamp,
    expires_at: Timestamp,
    pub(super) bytes: u64,
    #[serde(default)]
    pub(super) place: Option<i64>,
    #[serde(default)]
    scanned_by_sender: Option<bool>,
    #[serde(default)]
    waiting_for: Option<String>,
    #[serde(default)]
    pub(super) cover: Option<Cover>,
    #[serde(default)]
    pub(super) statements: Vec<Said>,
}

/// What is inside.
#[derive(Deserialize)]
pub(super) struct Cover {
    pub(super) subject: String,
    reference: String,
    note: String,
    pub(super) files: Vec<File>,
}

#[derive(Deserialize)]
pub(super) struct File {
    pub(super) name: String,
    pub(super) size: Option<u64>,
    sha256: Option<String>,
}

/// A signed statement.
#[derive(Deserialize)]
pub(super) struct Said {
    pub(super) statement: Statement,
    pub(super) signature: Signature,
}

#[derive(Deserialize)]
pub(super) struct Signature {
    pub(super) key: String,
}

#[derive(Deserialize)]
pub(super) struct Statement {
    pub(super) id: String,
    pub(super) what: What,
    pub(super) organisation: String,
    #[serde(default)]
    pub(super) person: Option<String>,
    pub(super) at: Timestamp,
}

#[derive(Deserialize)]
pub(super) struct What {
    pub(super) event: String,
    #[serde(default)]
    pub(super) reason: Option<String>,
    #[serde(default)]
    pub(super) until: Option<Timestamp>,
}

impl Parcel {
    /// Fetches one.
    pub(super) async fn fetch(person: &Person, mailbox: &Mailbox, parcel: &str) -> Result<Self, WebError> {
        mailbox.api(person).get(&format!("/parcels/{}", part(parcel))).await
    }

    pub(super) fn is_inbound(&self) -> bool {
        self.direction == "in"
    }

    /// What it is about, for a list and a heading.
    pub(super) fn subject(&self) -> String {
        let subject = self.cover.as_ref().map(|cover| cover.subject.trim()).filter(|subject| !subject.is_empty());
        subject.map_or_else(|| format!("Parcel for {}", self.workflow), str::to_owned)
    }

    /// Its state, in the words of whichever side looks.
    pub(super) fn tag(&self) -> Tag {
        let (word, colour) = match (self.state.as_str(), self.is_inbound()) {
            ("draft", _) => ("Not sent yet", "grey"),
            ("accepted" | "sealed", _) => ("On its way", "blue"),
            ("delivered", true) => ("New", "blue"),
            ("delivered", false) => ("Delivered", "blue"),
            ("collected", _) => ("Collected", "teal"),
            ("acknowledged", _) => ("Acknowledged", "green"),
            ("declined", _) => ("Declined", "orange"),
            ("recalled", _) => ("Recalled", "grey"),
            ("expired", _) => ("Expired", "red"),
            ("quarantined", _) => ("Held: malware found", "red"),
            ("undeliverable", _) => ("Not deliverable", "red"),
            (other, _) => (other, "grey"),
        };
        Tag::new(word, colour)
    }

    /// Everything about it but its content and its steps.
    pub(super) fn summary(&self) -> Summary {
        let cover = self.cover.as_ref();
        let told = |text: Option<&String>| text.filter(|text| !text.is_empty()).cloned();
        let scanned = self.scanned_by_sender.map(|yes| if yes { "Yes, and nothing was found" } else { "No" });
        Summary::new()
            .row("State", self.tag())
            .row("From", Cell::Code(self.from.clone()))
            .row("To", Cell::Code(self.to.clone()))
            .row("Workflow", self.workflow.clone())
            .maybe("Reference", told(cover.map(|cover| &cover.reference)))
            .maybe(
                "Note",
                told(cover.map(|cover| &cover.note)).map(|note| Cell::Lines(note.lines().map(str::to_owned).collect())),
            )
            .row("Marking", marking(&self.marking))
            .row("Agreement", Cell::Code(self.agreement.clone()))
            .row("Size", size(self.bytes))
            .maybe("Looked at for malware by the sender", scanned)
            .maybe("Not delivered so far because", self.waiting_for.clone())
            .row("To be collected by", moment(self.expires_at))
            .row("Parcel", Cell::Code(self.parcel.clone()))
    }

    /// How many files, in words.
    pub(super) fn file_count(&self) -> String {
        count(self.cover.as_ref().map_or(0, |cover| cover.files.len() as u64), "file")
    }
}

impl File {
    /// The last part of its name: what a browser calls it.
    pub(super) fn last_part(&self) -> &str {
        self.name.rsplit('/').next().unwrap_or(&self.name)
    }

    pub(super) fn measure(&self) -> String {
        self.size.map(size).unwrap_or_default()
    }

    pub(super) fn digest(&self) -> &str {
        self.sha256.as_deref().unwrap_or_default()
    }
}

/// A marking, as it is written on paper.
pub(super) fn marking(code: &str) -> String {
    code.to_uppercase()
}
