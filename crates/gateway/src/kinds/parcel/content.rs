//! What is in a parcel, given out file by file, from any byte on: opened on the way, never written in the clear, and to
//! nobody who lacks the vetting that its agreement or its marking requires.

use bytes::Bytes;
use futures_util::Stream;
use packhorse_model::Side;
use packhorse_model::parcel::{Archive, Manifest, ParcelState};
use packhorse_store::Parcel;

use super::desk::{ParcelError, Result, payload_prefix, read, stored, taken_prefix};
use super::kept::{Cover, SealedPayload, Sent, Taken};
use super::pieces::{self, Seal, Whereabouts, header_of};
use super::say;
use crate::context::Context;
use crate::steps::identify::today;

/// A sealed payload that can be read.
pub(crate) struct Payload {
    lies: Whereabouts,
    seal: Seal,
    size: u64,
    json: Vec<u8>,
    pub(crate) manifest: Manifest,
}

/// Whether somebody may have what is in a parcel. Software that names no person was vetted by nobody.
pub(crate) fn may_have(context: &Context, row: &Parcel, person: Option<&str>) -> Result<()> {
    let (agreement, digest, marking) = match row.side {
        Side::Inbound => {
            let taken: Taken = read("parcel", &row.body)?;
            (taken.agreement, taken.digest, taken.marking)
        }
        Side::Outbound => {
            let sent: Sent = read("parcel", &row.body)?;
            (sent.agreement, sent.digest, sent.marking)
        }
    };
    let agreed = context.agreements.find(&digest).and_then(|held| held.agreement().data.marking);
    let markings = [Some(marking), agreed].into_iter().flatten();
    Ok(context.assurance.papers().is_vetted_for_content(person, &agreement, markings, today())?)
}

/// The payload of a parcel in a mailbox, or of one that was sent, for somebody.
pub(crate) fn payload(context: &Context, row: &Parcel, person: Option<&str>) -> Result<Payload> {
    may_have(context, row, person)?;
    let (state, cover) = (say::state(row)?, Cover::of_row(row)?.ok_or(ParcelError::Gone)?);
    if state == ParcelState::Quarantined {
        return Err(ParcelError::State { state, remedy: "somebody who may must release it first" });
    }
    let wait = ParcelError::State { state, remedy: "wait until it is sealed and checked" };
    let json = cover.manifest.as_ref().ok_or(wait)?.clone().into_bytes();
    let (lies, sealed) = sealed(row, Some(&cover))?;
    let seal = Seal::open(context.parcels.keys(), &header_of(&sealed.header)?)?;
    let manifest = Manifest::parse(&json)?;
    Ok(Payload { lies, seal, size: sealed.size, json, manifest })
}

/// Where a row's payload lies, and what is known of it.
pub(crate) fn sealed(row: &Parcel, cover: Option<&Cover>) -> Result<(Whereabouts, SealedPayload)> {
    let (prefix, sealed) = match row.side {
        Side::Inbound => {
            let taken: Taken = read("parcel", &row.body)?;
            (taken_prefix(row.id.parse().map_err(|error| stored("parcel", error))?), taken.sealed)
        }
        Side::Outbound => {
            let sent: Sent = read("parcel", &row.body)?;
            (payload_prefix(&row.payload), sent.sealed.ok_or(ParcelError::Gone)?)
        }
    };
    Ok((Whereabouts::of(cover, prefix)?, sealed))
}

impl Payload {
    /// Bytes of a file.
    pub(crate) fn size_of(&self, file: usize) -> Option<u64> {
        self.manifest.files.get(file).map(|file| file.size)
    }

    /// A file's content from `from` up to but not at `to`; nothing beyond its end.
    pub(crate) fn file(
        &self,
        context: &Context,
        file: usize,
        from: u64,
        to: u64,
    ) -> Result<impl Stream<Item = Result<Bytes>> + use<>> {
        let archive = Archive::new(&self.json, &self.manifest.files, self.manifest.sent_at);
        let begin = archive.offset_of(file).ok_or(ParcelError::Missing)?;
        let size = self.size_of(file).unwrap_or(0);
        let (from, to) = (begin + from.min(size), begin + to.min(size));
        let (objects, lies) = (context.parcels.objects(), self.lies.clone());
        Ok(pieces::read(objects, lies, self.seal.key(), self.size, from, to))
    }

    /// The archive itself, a tar, from `from` up to but not at `to`.
    pub(crate) fn archive(&self, context: &Context, from: u64, to: u64) -> impl Stream<Item = Result<Bytes>> + use<> {
        let (from, to) = (from.min(self.size), to.min(self.size));
        pieces::read(context.parcels.objects(), self.lies.clone(), self.seal.key(), self.size, from, to)
    }

    /// The archive's size.
    pub(crate) fn size(&self) -> u64 {
        self.size
    }
}
