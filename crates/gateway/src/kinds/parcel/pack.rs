//! Packed: the content is looked at for malware, described in a manifest, and sealed. The staged frames go.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::StreamExt as _;
use packhorse_keys::random;
use packhorse_model::parcel::{Archive, Manifest, ParcelEvent, ParcelState, Segment};
use packhorse_model::{ExchangeId, Side};

use super::change::Change;
use super::deliver::{Attempt, later};
use super::desk::{ParcelError, Result, payload_prefix, read, stored, write};
use super::digest::FileDigest;
use super::draft::Envelope;
use super::jobs::{self, DELIVER};
use super::kept::{Cover, CoverFile, SealedPayload, Sent};
use super::pieces::{Seal, Writer};
use super::say::{self, About, By};
use super::scan::{Scan, Verdict};
use super::staging;
use crate::context::Context;
use crate::error::GatewayError;

/// Where the digests of a dispatch's objects lie, if it has several.
pub(super) fn digests_path(dispatch: &str) -> String {
    format!("parcels/out/{dispatch}/digests.json")
}

/// Packs the dispatch that a closed parcel belongs to. Done again after a crash, it is done from the start, unless one of
/// the dispatch's parcels is sealed already: that one may be on its way, and the others share its payload.
pub(super) async fn pack(context: &Context, parcel: ExchangeId) -> Result<Attempt> {
    let Some(row) = context.parcels.row(parcel, Side::Outbound).await? else { return Ok(Attempt::Done) };
    if say::state(&row)? != ParcelState::Accepted {
        return Ok(Attempt::Done);
    }
    let (sent, cover): (Sent, Cover) = (read("parcel", &row.body)?, Cover::of_row(&row)?.ok_or(ParcelError::Gone)?);
    if let Some((sealed, cover)) = sealed_before(context, &sent).await? {
        return seal_all(context, parcel, &row.payload, &sent, (&sealed, &cover)).await;
    }
    let parts = staging::held(context, &row.payload).await?;
    let dispatch = row.payload.parse().map_err(|error| stored("parcel", error))?;
    let files = cover.files.iter().map(CoverFile::undigested).collect();
    let mut manifest = Envelope::of(&sent, row.expires_ms).manifest(dispatch, random()?, &cover, files);
    // As long as it will be when it has the digests: they are all equally long.
    let json = manifest.to_json()?;
    let archive = Archive::new(&json, &manifest.files, manifest.sent_at);
    let seal = Seal::new()?;
    let mut writer = Writer::new(context.parcels.objects(), payload_prefix(&row.payload), &seal);
    let (files, verdict) = match put_in(context, &parts, archive, &mut writer, !sent.released).await {
        Ok(found) => found,
        Err(error) => {
            writer.give_up().await;
            return match error {
                ParcelError::Gateway(GatewayError::Scanner(why)) => wait(context, &sent, why).await,
                other => Err(other),
            };
        }
    };
    if verdict == Verdict::Found {
        writer.give_up().await;
        context.parcels.objects().delete_below(&payload_prefix(&row.payload)).await?;
        return quarantine(context, parcel, &sent).await;
    }
    for (file, sha256) in manifest.files.iter_mut().zip(files) {
        file.sha256 = sha256;
    }
    let json = manifest.to_json()?;
    let archive = Archive::new(&json, &manifest.files, manifest.sent_at);
    let digests = writer.finish(&archive.front()).await?;
    // The digest of an only object is worked out when it is offered.
    if digests.len() > 1 {
        context.parcels.objects().put(&digests_path(&row.payload), write("digests", &digests)?.into()).await?;
    }
    let sealed = SealedPayload {
        header: STANDARD.encode(seal.to(&[context.parcels.own_key()?.recipient()])?),
        size: archive.size(),
        manifest: Manifest::digest(&json),
        scanned: verdict == Verdict::Clean,
    };
    let cover = Cover::of(&manifest, &json, cover.user);
    seal_all(context, parcel, &row.payload, &sent, (&sealed, &cover)).await
}

/// What an earlier try has sealed for some of the recipients.
async fn sealed_before(context: &Context, sent: &Sent) -> Result<Option<(SealedPayload, Cover)>> {
    for addressee in &sent.to {
        let Some(row) = context.parcels.row(addressee.parcel, Side::Outbound).await? else { continue };
        let other: Sent = read("parcel", &row.body)?;
        if let (Some(sealed), Some(cover)) = (other.sealed, Cover::of_row(&row)?) {
            return Ok(Some((sealed, cover)));
        }
    }
    Ok(None)
}

/// Seals every recipient's parcel. The one that the job names is the last: until then, the job done again finds it.
async fn seal_all(
    context: &Context,
    parcel: ExchangeId,
    dispatch: &str,
    sent: &Sent,
    (sealed, cover): (&SealedPayload, &Cover),
) -> Result<Attempt> {
    let (last, others): (Vec<_>, Vec<_>) = sent.to.iter().partition(|addressee| addressee.parcel == parcel);
    for addressee in others.into_iter().chain(last) {
        sealed_one(context, addressee.parcel, sealed, cover).await?;
    }
    staging::drop_all(context, dispatch).await?;
    Ok(Attempt::Done)
}

/// The scanner could not look: every recipient's parcel waits until it can.
async fn wait(context: &Context, sent: &Sent, why: &'static str) -> Result<Attempt> {
    tracing::warn!(why, "a parcel waits for the scanner");
    for addressee in &sent.to {
        if let Some(row) = context.parcels.row(addressee.parcel, Side::Outbound).await? {
            later(context, addressee.parcel, read("parcel", &row.body)?, why.to_owned()).await?;
        }
    }
    Ok(Attempt::Later(why.to_owned()))
}

/// Reads everything once: it is sealed, digested and looked at on the way. The files' digests, and what the scanner
/// says. Nothing counts as sealed before that.
async fn put_in(
    context: &Context,
    parts: &BTreeMap<(usize, u32), staging::Part>,
    archive: Archive<'_>,
    writer: &mut Writer<'_>,
    scan: bool,
) -> Result<(Vec<String>, Verdict)> {
    let mut digests = Vec::new();
    let scanner = context.parcels.scanner().filter(|_| scan);
    let mut verdict = if scanner.is_some() { Verdict::Clean } else { Verdict::NotScanned };
    for segment in archive.segments() {
        let (index, size) = match segment {
            Segment::Bytes(bytes) => {
                writer.write(&bytes).await?;
                continue;
            }
            Segment::File { index, size } => (index, size),
        };
        let mut digest = FileDigest::default();
        let mut scanning = Scan::by(scanner).await?;
        let mut left = size;
        let mut content = std::pin::pin!(staging::content(context, parts, index));
        while let Some(frame) = content.next().await {
            let frame = frame?;
            left = left.checked_sub(frame.len() as u64).ok_or_else(changed)?;
            digest.feed(frame.clone()).await?;
            scanning.feed(&frame).await?;
            writer.write(&frame).await?;
        }
        if left > 0 {
            return Err(changed());
        }
        if scanning.verdict().await? == Verdict::Found {
            verdict = Verdict::Found;
        }
        digests.push(digest.finish().await?);
    }
    Ok((digests, verdict))
}

fn changed() -> ParcelError {
    stored("staged file", "it has another size than when it was closed")
}

async fn sealed_one(context: &Context, parcel: ExchangeId, sealed: &SealedPayload, cover: &Cover) -> Result<()> {
    let Some(row) = context.parcels.row(parcel, Side::Outbound).await? else { return Ok(()) };
    let mut sent: Sent = read("parcel", &row.body)?;
    sent.sealed = Some(sealed.clone());
    sent.waiting_for = None;
    let about = About::sent(parcel, &sent);
    let mut step = Change::new(&about, &[ParcelState::Accepted], Some(ParcelState::Sealed))
        .body(write("parcel", &sent)?)
        .cover(write("cover", cover)?)
        .bytes(sealed.size)
        .job(jobs::now(DELIVER, parcel, Side::Outbound));
    let scanned = match sealed.scanned {
        true => Some(say::sign(context, &about, ParcelEvent::Scanned, By::default())?),
        false => None,
    };
    if let Some(statement) = &scanned {
        step = step.said(context, statement)?;
    }
    step.make(context).await?;
    context.parcels.changed();
    Ok(())
}

/// Malware was found: the dispatch goes no further until a named person releases it. The parcel that the job names is
/// the last: until then, the job done again finds it.
async fn quarantine(context: &Context, parcel: ExchangeId, sent: &Sent) -> Result<Attempt> {
    let (last, others): (Vec<_>, Vec<_>) = sent.to.iter().partition(|addressee| addressee.parcel == parcel);
    for addressee in others.into_iter().chain(last) {
        let about =
            About { to: addressee.service.clone(), parcel: addressee.parcel, ..About::sent(addressee.parcel, sent) };
        let statement = say::sign(context, &about, ParcelEvent::Quarantined, By::default())?;
        // Nobody is told: the partner knows of no parcel yet.
        let step = Change::new(&about, &[ParcelState::Accepted], Some(ParcelState::Quarantined));
        step.said(context, &statement)?.make(context).await?;
    }
    context.parcels.changed();
    Ok(Attempt::Done)
}
