//! Forwarded: a parcel that lies in a mailbox goes on as a parcel of that mailbox's own. Its content is opened and staged
//! anew on the way, frame by frame: it does not leave the gateway and is nowhere written in the clear.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use packhorse_keys::sha256;
use packhorse_model::parcel::{Manifest, ParcelEvent, ParcelState, SignedStatement};
use packhorse_model::{ExchangeId, ServiceId, Side};
use packhorse_store::Parcel;

use super::close::close;
use super::content::{self, Payload};
use super::desk::{ParcelError, Result};
use super::draft::{self, Dispatch, Opened};
use super::kept::CoverFile;
use super::say::{self, By};
use super::staging::{self, Place};
use crate::context::Context;

/// The states in which a parcel can be forwarded.
const OPEN: [ParcelState; 2] = [ParcelState::Delivered, ParcelState::Collected];

/// Sends a parcel on. The same forwarding again goes on where the first ended, and sends nothing twice.
pub(crate) async fn forward(
    context: &Context,
    row: &Parcel,
    mut dispatch: Dispatch,
    by: By,
) -> Result<(Opened, Vec<SignedStatement>)> {
    let state = say::state(row)?;
    if row.side != Side::Inbound || !OPEN.contains(&state) {
        return Err(ParcelError::State { state, remedy: "what lies in the mailbox can be forwarded" });
    }
    let (about, payload) = (say::about(row)?, content::payload(context, row, dispatch.asked.user.as_deref())?);
    describe(&mut dispatch, &payload.manifest);
    dispatch.key = Some(key(about.parcel, &dispatch.to));
    let opened = draft::open(context, dispatch).await?;
    let first = opened.parcels.first().map(|one| one.parcel).ok_or(ParcelError::Missing)?;
    let draft = context.parcels.row(first, Side::Outbound).await?.ok_or(ParcelError::Missing)?;
    if say::state(&draft)? == ParcelState::Draft {
        stage(context, &opened.dispatch.to_string(), &payload).await?;
    }
    let accepted = close(context, first, &by).await?;
    let said = say::chain(context, about.parcel, row.side).await?;
    for addressee in &opened.parcels {
        let event = ParcelEvent::Forwarded { parcel: addressee.parcel };
        if !said.iter().any(|signed| signed.statement().what == event) {
            say::say(context, &about, &OPEN, |step| step, event, by.clone()).await?;
        }
    }
    Ok((opened, accepted))
}

/// What is not said anew stays as it came; the marking never falls.
fn describe(dispatch: &mut Dispatch, manifest: &Manifest) {
    let cover = &mut dispatch.cover;
    for (text, came) in [
        (&mut cover.subject, &manifest.subject),
        (&mut cover.reference, &manifest.reference),
        (&mut cover.note, &manifest.note),
    ] {
        if text.is_empty() {
            text.clone_from(came);
        }
    }
    dispatch.marking = dispatch.marking.max(manifest.marking);
    let file = |file: &packhorse_model::parcel::FileEntry| CoverFile {
        name: file.name.clone(),
        size: Some(file.size),
        media_type: file.media_type.clone(),
        sha256: None,
    };
    cover.files = manifest.files.iter().map(file).collect();
}

async fn stage(context: &Context, dispatch: &str, payload: &Payload) -> Result<()> {
    for (index, file) in payload.manifest.files.iter().enumerate() {
        let place = Place { dispatch: dispatch.to_owned(), file: index, part: 0 };
        let held = staging::part(context, &place).await?.held();
        if held < file.size {
            let rest = payload.file(context, index, held, file.size)?;
            staging::append(context, &place, held, file.size, rest).await?;
        }
    }
    Ok(())
}

/// The dispatch's key: the same parcel to the same recipients is the same forwarding.
fn key(parcel: ExchangeId, to: &[ServiceId]) -> String {
    let mut to: Vec<String> = to.iter().map(ToString::to_string).collect();
    to.sort_unstable();
    format!("forward {parcel} {}", URL_SAFE_NO_PAD.encode(sha256(to.join("\n").as_bytes())))
}
