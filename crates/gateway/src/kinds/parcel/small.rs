//! Small: content that is here whole, and short, is sealed while its sender waits. The parcel is accepted, sealed and due
//! for delivery by one transaction; its payload lies in its row.
//!
//! Where a scanner looks at what is sent, nothing goes this way: it may take its time.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use packhorse_keys::{random, sha256};
use packhorse_model::parcel::{Archive, Manifest, ParcelEvent, ParcelState, Segment};
use packhorse_model::record::encode_digest;
use packhorse_model::{ExchangeId, Side};
use packhorse_store::NewParcel;

use super::at_once::SMALL;
use super::desk::{ParcelError, Result, stored, write};
use super::draft::{self, Dispatch, Envelope, Judged, describable};
use super::jobs::{self, DELIVER, EXPIRE};
use super::kept::{Cover, CoverFile, SealedPayload, Sent};
use super::pieces::Seal;
use super::say::{self, About, By};
use super::webhook;
use crate::context::Context;

/// Most bytes of content that are sent this way: with what a manifest says around them they stay small.
pub(crate) const CONTENT: usize = 8 * 1024;

/// Whether what this gateway sends may go this way.
pub(crate) fn is_open(context: &Context) -> bool {
    context.parcels.scanner().is_none()
}

/// Sends one file of at most [`CONTENT`] bytes to one recipient; `describe` names it, by the parcel's id.
pub(crate) async fn send(
    context: &Context,
    mut dispatch: Dispatch,
    describe: impl FnOnce(ExchangeId) -> Result<CoverFile>,
    content: &[u8],
    by: &By,
) -> Result<ExchangeId> {
    let judged = draft::judge(context, &mut dispatch).await?;
    let parcel = judged.to.first().map(|first| first.parcel).ok_or(ParcelError::Missing)?;
    dispatch.cover.files = vec![CoverFile { size: Some(content.len() as u64), ..describe(parcel)? }];
    let id = ExchangeId::random();
    let (sent, cover) = sealed(context, &dispatch, &judged, id, content)?;
    let about = About::sent(parcel, &sent);
    let accepted = say::sign(context, &about, ParcelEvent::Accepted, by.clone())?;
    let size = sent.sealed.as_ref().map_or(0, |sealed| sealed.size);
    let row = draft::row(id, &sent, parcel, judged.expires_at, write("cover", &cover)?)?;
    let row = NewParcel { state: ParcelState::Sealed.word().to_owned(), bytes: size, ..row };
    let mut jobs = vec![
        jobs::at(judged.expires_at.as_millisecond(), EXPIRE, parcel, Side::Outbound),
        jobs::now(DELIVER, parcel, Side::Outbound),
    ];
    jobs.extend(webhook::job(context, Side::Outbound, accepted.statement())?);
    let accepted = say::kept(context, Side::Outbound, &accepted, row.private.as_deref())?;
    if !context.parcels.rows().insert(&row, &[accepted], &jobs).await? {
        return Err(stored("parcel", "its id is taken"));
    }
    draft::remember(context, judged.new).await?;
    context.parcels.changed();
    Ok(parcel)
}

/// What is kept of the parcel, sealed: the payload to a key of its own, and that to ourselves until it is offered.
fn sealed(
    context: &Context,
    dispatch: &Dispatch,
    judged: &Judged,
    id: ExchangeId,
    content: &[u8],
) -> Result<(Sent, Cover)> {
    let found = judged.found.first().ok_or(ParcelError::Missing)?;
    let mut sent = draft::sent(dispatch, found, &judged.to);
    let expires_ms = judged.expires_at.as_millisecond();
    describable(&dispatch.cover, Envelope::of(&sent, expires_ms))?;
    let mut files: Vec<_> = dispatch.cover.files.iter().map(CoverFile::undigested).collect();
    for file in &mut files {
        file.sha256 = encode_digest(&sha256(content));
    }
    let manifest = Envelope::of(&sent, expires_ms).manifest(id, random()?, &dispatch.cover, files);
    let json = manifest.to_json()?;
    let archive = Archive::new(&json, &manifest.files, manifest.sent_at);
    let size = archive.size();
    let mut plain = Vec::with_capacity(SMALL);
    for segment in archive.segments() {
        match segment {
            Segment::Bytes(bytes) => plain.extend_from_slice(&bytes),
            Segment::File { .. } => plain.extend_from_slice(content),
        }
    }
    let (seal, mut payload) = (Seal::new()?, Vec::with_capacity(SMALL));
    seal.key().seal_chunks(0, true, &plain, &mut payload)?;
    sent.sealed = Some(SealedPayload {
        header: STANDARD.encode(seal.to(&[context.parcels.own_key()?.recipient()])?),
        size,
        manifest: Manifest::digest(&json),
        scanned: false,
    });
    let cover = Cover::of(&manifest, &json, dispatch.cover.user.clone());
    Ok((sent, Cover { payload: Some(STANDARD.encode(payload)), ..cover }))
}
