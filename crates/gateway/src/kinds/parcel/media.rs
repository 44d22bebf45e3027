//! The register of media on which sealed parcels leave by hand: what was on each, who made it, who has it, whether it
//! is lost. What happens to a medium is said, signed, of every parcel on it.
//!
//! It must never know what is in a parcel.

use jiff::Timestamp;
use packhorse_model::parcel::{ParcelEvent, ParcelState};
use packhorse_model::{ExchangeId, Rule, ServiceId, Side};
use packhorse_store::StoreError;
use serde::{Deserialize, Serialize};

use super::desk::{ParcelError, Result, no, read, write};
use super::say::{self, By};
use crate::context::Context;

/// The media's kind among the store's documents.
const KIND: &str = "parcel-medium";
/// Most bytes of a label, and of who has it.
const TEXT_LIMIT: usize = 200;
/// Most parcels on one medium: each is written into its one document.
const PARCEL_LIMIT: usize = 1000;
/// How often a change is tried that another one has overtaken.
const TRIES: usize = 5;

/// One journey of one medium.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Medium {
    pub(crate) id: ExchangeId,
    /// What stands on it.
    pub(crate) label: String,
    /// Whose mailbox it was made for.
    pub(crate) mailbox: String,
    pub(crate) made_at: Timestamp,
    #[serde(default)]
    pub(crate) made_by: Option<String>,
    pub(crate) parcels: Vec<Aboard>,
    #[serde(default)]
    pub(crate) handed_over: Vec<HandOver>,
    #[serde(default)]
    pub(crate) lost: Option<Loss>,
}

/// A parcel on a medium.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Aboard {
    pub(crate) parcel: ExchangeId,
    pub(crate) to: ServiceId,
    /// The recipient's public key that it is sealed to: nobody else opens it.
    pub(crate) sealed_to: String,
    /// Bytes of the archive.
    pub(crate) bytes: u64,
}

/// It changed hands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct HandOver {
    /// Who has it now.
    pub(crate) to: String,
    pub(crate) at: Timestamp,
    /// Who gave it away.
    #[serde(default)]
    pub(crate) by: Option<String>,
}

/// It is lost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Loss {
    pub(crate) at: Timestamp,
    #[serde(default)]
    pub(crate) by: Option<String>,
}

/// The media of a mailbox, in the order in which they were made.
pub(crate) async fn list(context: &Context, mailbox: &str) -> Result<Vec<Medium>> {
    let documents = context.evidence.store().documents();
    let (mut media, mut after) = (Vec::new(), String::new());
    loop {
        let page = documents.list(KIND, &after, u32::MAX).await?;
        let Some(last) = page.last() else { return Ok(media) };
        after.clone_from(&last.key);
        for document in &page {
            media.push(read::<Medium>("medium", &document.body)?);
        }
        media.retain(|medium| medium.mailbox == mailbox);
    }
}

/// A medium by its id, or the last one that bore a label.
pub(crate) async fn find(context: &Context, mailbox: &str, name: &str) -> Result<Medium> {
    let named = |medium: &Medium| medium.id.to_string() == name || medium.label == name;
    list(context, mailbox).await?.into_iter().rfind(named).ok_or(ParcelError::Missing)
}

/// A medium by its id, whichever mailbox it was made for.
pub(crate) async fn any(context: &Context, id: ExchangeId) -> Result<Option<Medium>> {
    let document = context.evidence.store().documents().get(KIND, &id.to_string()).await?;
    document.map(|document| read("medium", &document.body)).transpose()
}

/// Every medium that is lost.
pub(crate) async fn lost(context: &Context) -> Result<Vec<Medium>> {
    let documents = context.evidence.store().documents();
    let (mut media, mut after) = (Vec::new(), String::new());
    loop {
        let page = documents.list(KIND, &after, u32::MAX).await?;
        let Some(last) = page.last() else { return Ok(media) };
        after.clone_from(&last.key);
        for document in &page {
            let medium: Medium = read("medium", &document.body)?;
            media.extend(Some(medium).filter(|medium| medium.lost.is_some()));
        }
    }
}

/// Notes that a parcel is written onto the medium of a label; what has left, or is lost, is a medium of its own. Says
/// whether the parcel was on it, sealed to the same key, before.
pub(super) async fn put_aboard(
    context: &Context,
    mailbox: &str,
    label: &str,
    by: &By,
    aboard: &Aboard,
) -> Result<(Medium, bool)> {
    let label = line("label", label)?;
    let here = |medium: &Medium| medium.label == label && medium.handed_over.is_empty() && medium.lost.is_none();
    let Some(medium) = list(context, mailbox).await?.into_iter().rfind(here) else {
        let medium = Medium {
            id: ExchangeId::random(),
            label,
            mailbox: mailbox.to_owned(),
            made_at: Timestamp::now(),
            made_by: by.person.clone(),
            parcels: vec![aboard.clone()],
            handed_over: Vec::new(),
            lost: None,
        };
        let documents = context.evidence.store().documents();
        documents.insert_new(KIND, &medium.id.to_string(), 1, &write("medium", &medium)?).await?;
        return Ok((medium, false));
    };
    let mut known = false;
    let medium = change(context, medium.id, |medium| {
        known = medium.parcels.contains(aboard);
        if known {
            return Ok(());
        }
        medium.parcels.retain(|other| other.parcel != aboard.parcel);
        if medium.parcels.len() >= PARCEL_LIMIT {
            return Err(no(Side::Outbound, Rule::Parcel, "the medium holds 1000 parcels", "take another one"));
        }
        medium.parcels.push(aboard.clone());
        Ok(())
    })
    .await?;
    Ok((medium, known))
}

/// The medium changes hands.
pub(crate) async fn hand_over(context: &Context, medium: &Medium, to: &str, by: By) -> Result<Medium> {
    let to = line("who has it now", to)?;
    if medium.lost.is_some() {
        return Err(no(Side::Outbound, Rule::Parcel, "the medium is lost", "name the one that is handed over"));
    }
    let event = ParcelEvent::HandedOver { medium: medium.id.to_string(), to: to.clone() };
    said_of_each(context, medium, &event, &by).await?;
    change(context, medium.id, |medium| {
        medium.handed_over.push(HandOver { to: to.clone(), at: Timestamp::now(), by: by.person.clone() });
        Ok(())
    })
    .await
}

/// The medium is lost. Saying so again changes nothing.
pub(crate) async fn lose(context: &Context, medium: &Medium, by: By) -> Result<Medium> {
    if medium.lost.is_some() {
        return Ok(medium.clone());
    }
    said_of_each(context, medium, &ParcelEvent::MediumLost { medium: medium.id.to_string() }, &by).await?;
    change(context, medium.id, |medium| {
        medium.lost = Some(Loss { at: Timestamp::now(), by: by.person.clone() });
        Ok(())
    })
    .await
}

/// Whatever became of a parcel meanwhile: it was on the medium.
async fn said_of_each(context: &Context, medium: &Medium, event: &ParcelEvent, by: &By) -> Result<()> {
    for aboard in &medium.parcels {
        if let Some(row) = context.parcels.row(aboard.parcel, Side::Outbound).await? {
            let about = say::about(&row)?;
            say::say(context, &about, &ParcelState::ALL, |step| step, event.clone(), by.clone()).await?;
        }
    }
    Ok(())
}

/// Changes a medium's document, whoever else changes it at the same time.
async fn change(context: &Context, id: ExchangeId, mut how: impl FnMut(&mut Medium) -> Result<()>) -> Result<Medium> {
    let documents = context.evidence.store().documents();
    let key = id.to_string();
    for _ in 0..TRIES {
        let document = documents.get(KIND, &key).await?.ok_or(ParcelError::Missing)?;
        let mut medium: Medium = read("medium", &document.body)?;
        how(&mut medium)?;
        match documents.put(KIND, &key, 1, &write("medium", &medium)?, Some(document.revision)).await {
            Err(StoreError::Conflict) => {}
            written => return Ok(written.map(|_| medium)?),
        }
    }
    Err(ParcelError::Busy)
}

/// A line for people to read.
fn line(what: &str, text: &str) -> Result<String> {
    let text = text.trim();
    if text.is_empty() || text.len() > TEXT_LIMIT || text.chars().any(char::is_control) {
        let reason = format!("the {what} is missing, longer than {TEXT_LIMIT} bytes, or has a control character");
        return Err(no(Side::Outbound, Rule::Malformed, reason, "say it in a few words"));
    }
    Ok(text.to_owned())
}
