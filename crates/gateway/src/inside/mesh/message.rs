//! Messages by id: a parcel, or the report that one was sent in vain.
//!
//! A parcel's id is a UUID of version 7 (RFC 9562 §5.7); its report has the same digits and says version 8, which is
//! for uses of one's own (§5.8). So a report needs no number that somebody would have to remember.

use packhorse_model::parcel::{FileName, ParcelState};
use packhorse_model::{ExchangeId, Side, SystemId};
use packhorse_store::Parcel;

use super::caller::Caller;
use super::errors::Failed;
use super::headers::FILE_NAME;
use crate::inside::Inside;
use crate::kinds::parcel::{Cover, ParcelError, Sent, Taken, mesh_id, read};

/// Where the digit of the version stands.
const VERSION_AT: usize = 12;
/// Bytes of content in a chunk that is given out.
pub(super) const CHUNK: u64 = 20 * 1024 * 1024;

/// What an id means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MessageId {
    Parcel(ExchangeId),
    /// That this parcel was sent in vain.
    Report(ExchangeId),
}

impl MessageId {
    /// Reads 32 hexadecimal digits, in either case.
    pub(super) fn parse(text: &str) -> Option<Self> {
        if text.len() != 32 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        let mut text = text.to_ascii_lowercase();
        let is_report = text.as_bytes()[VERSION_AT] == b'8';
        if is_report {
            text.replace_range(VERSION_AT..=VERSION_AT, "7");
        }
        for at in [20, 16, 12, 8] {
            text.insert(at, '-');
        }
        let id = text.parse().ok()?;
        Some(if is_report { Self::Report(id) } else { Self::Parcel(id) })
    }

    /// As clients know it.
    pub(super) fn text(self) -> String {
        match self {
            Self::Parcel(id) => mesh_id(id),
            Self::Report(id) => {
                let mut text = mesh_id(id);
                text.replace_range(VERSION_AT..=VERSION_AT, "8");
                text
            }
        }
    }
}

/// The id under which a row's message is known: a parcel's own, or its report's when it was sent in vain.
pub(super) fn listed_id(id: &str, side: Side) -> Result<String, Failed> {
    let id = id.parse().map_err(|_| ParcelError::Missing)?;
    Ok(match side {
        Side::Inbound => MessageId::Parcel(id),
        Side::Outbound => MessageId::Report(id),
    }
    .text())
}

/// What a mailbox has to do with a message.
pub(super) enum Found {
    Received(Parcel),
    Sent(Parcel),
    Report(Parcel),
}

/// A message of the caller's mailbox.
pub(super) async fn find(inside: &Inside, caller: &Caller, text: &str) -> Result<Option<Found>, Failed> {
    let parcels = &inside.context.parcels;
    let own = |row: &Parcel| row.mailbox == caller.id.system;
    match MessageId::parse(text) {
        None => Ok(None),
        Some(MessageId::Report(id)) => {
            let row = parcels.row(id, Side::Outbound).await?.filter(own);
            let in_vain = |row: &Parcel| row.state.parse().is_ok_and(ParcelState::is_failure);
            Ok(row.filter(in_vain).map(Found::Report))
        }
        Some(MessageId::Parcel(id)) => {
            // What is still arriving or being checked is not in the mailbox.
            let there = |row: &Parcel| !matches!(row.state.as_str(), "arriving" | "arrived");
            if let Some(row) = parcels.row(id, Side::Inbound).await?.filter(own).filter(there) {
                return Ok(Some(Found::Received(row)));
            }
            Ok(parcels.row(id, Side::Outbound).await?.filter(own).map(Found::Sent))
        }
    }
}

/// Whether a message lies in another mailbox of this organisation.
pub(super) async fn is_anothers(inside: &Inside, text: &str) -> Result<bool, Failed> {
    let Some(MessageId::Parcel(id)) = MessageId::parse(text) else { return Ok(false) };
    Ok(inside.context.parcels.row(id, Side::Inbound).await?.is_some())
}

/// A row and what it says.
pub(super) struct Opened {
    pub(super) row: Parcel,
    pub(super) from: SystemId,
    pub(super) to: SystemId,
    /// Gone with the content.
    pub(super) cover: Option<Cover>,
}

impl Opened {
    pub(super) fn of(row: Parcel) -> Result<Self, Failed> {
        let cover = Cover::of_row(&row)?;
        let (from, to) = match row.side {
            Side::Inbound => {
                let taken: Taken = read("parcel", &row.body)?;
                (taken.from, taken.service.system)
            }
            Side::Outbound => {
                let sent: Sent = read("parcel", &row.body)?;
                (sent.from, sent.service.system)
            }
        };
        Ok(Self { row, from, to, cover })
    }

    /// The parcel's id, as clients know it.
    pub(super) fn id(&self) -> String {
        self.row.id.replace('-', "").to_ascii_uppercase()
    }

    /// The only file; a parcel of several is given out as its archive.
    pub(super) fn only_file(&self) -> Option<&FileName> {
        match self.cover.as_ref()?.files.as_slice() {
            [file] => Some(&file.name),
            _ => None,
        }
    }

    /// Bytes that are given out; 0 when the content is gone.
    pub(super) fn size(&self) -> u64 {
        match self.cover.as_ref().map(|cover| cover.files.as_slice()) {
            Some([file]) => file.size.unwrap_or(0),
            Some(_) => self.row.bytes,
            None => 0,
        }
    }

    /// Chunks that are given out.
    pub(super) fn chunks(&self) -> u64 {
        self.size().div_ceil(CHUNK).max(1)
    }

    /// A label of the cover.
    pub(super) fn label(&self, name: &str) -> Option<&str> {
        self.cover.as_ref()?.labels.get(name).map(String::as_str)
    }

    /// The name that the message's content goes by: the sender's, the file's, or one made of the id.
    pub(super) fn file_name(&self) -> String {
        match (self.label(FILE_NAME), self.only_file()) {
            (Some(name), _) => name.to_owned(),
            (None, Some(name)) => name.last_part().to_owned(),
            (None, None) if self.cover.is_some() => format!("{}.tar", self.id()),
            (None, None) => format!("{}.dat", self.id()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_has_its_parcels_digits_and_another_version() {
        let id = ExchangeId::random();
        let (parcel, report) = (MessageId::Parcel(id), MessageId::Report(id));
        assert_ne!(parcel.text(), report.text());
        for message in [parcel, report] {
            assert_eq!(message.text().len(), 32);
            assert_eq!(MessageId::parse(&message.text()), Some(message));
            assert_eq!(MessageId::parse(&message.text().to_lowercase()), Some(message));
        }
        for text in ["", "x", "20260101000000000000_ABCDEF", &id.to_string(), &"G".repeat(32)] {
            assert_eq!(MessageId::parse(text), None, "{text}");
        }
    }
}
