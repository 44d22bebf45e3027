//! Closed: the sender has put everything in. The gateway accepts the parcel, says so, and answers for it from here on.

use packhorse_model::parcel::{ParcelEvent, ParcelState, SignedStatement};
use packhorse_model::{ExchangeId, Rule, Side};
use packhorse_store::{NewJob, Parcel};

use super::change::Change;
use super::desk::{ParcelError, Result, no, read, write};
use super::draft::{Envelope, describable};
use super::jobs::{self, EXPIRE, PACK};
use super::kept::{Cover, Sent};
use super::say::{self, By};
use super::staging::{Part, held};
use crate::context::Context;

/// Closes the dispatch that a parcel belongs to; the statements of acceptance, one a recipient. Closing it again says
/// the same again.
pub(crate) async fn close(context: &Context, parcel: ExchangeId, by: &By) -> Result<Vec<SignedStatement>> {
    let row = context.parcels.row(parcel, Side::Outbound).await?.ok_or(ParcelError::Missing)?;
    let sent: Sent = read("parcel", &row.body)?;
    let mut drafts = Vec::new();
    for addressee in &sent.to {
        if let Some(row) = context.parcels.row(addressee.parcel, Side::Outbound).await?
            && say::state(&row)? == ParcelState::Draft
        {
            drafts.push(row);
        }
    }
    if !drafts.is_empty() {
        let mut cover = cover(context, &sent).await?;
        complete(context, &row.payload, &mut cover).await?;
        describable(&cover, Envelope::of(&sent, row.expires_ms))?;
        for (index, draft) in drafts.iter().enumerate() {
            // With the last one, and not before: what is packed is packed for all.
            let pack = (index + 1 == drafts.len()).then(|| jobs::now(PACK, parcel, Side::Outbound));
            accept(context, draft, &cover, by, pack).await?;
        }
    }
    let mut accepted = Vec::with_capacity(sent.to.len());
    for addressee in &sent.to {
        let chain = say::chain(context, addressee.parcel, Side::Outbound).await?;
        accepted.extend(chain.into_iter().find(|signed| signed.statement().what == ParcelEvent::Accepted));
    }
    Ok(accepted)
}

/// The dispatch's cover, as its first parcel has it.
async fn cover(context: &Context, sent: &Sent) -> Result<Cover> {
    let first = sent.to.first().ok_or(ParcelError::Missing)?;
    let row = context.parcels.row(first.parcel, Side::Outbound).await?.ok_or(ParcelError::Missing)?;
    Cover::of_row(&row)?.ok_or(ParcelError::Gone)
}

/// Accepts one recipient's parcel.
async fn accept(context: &Context, row: &Parcel, cover: &Cover, by: &By, pack: Option<NewJob>) -> Result<()> {
    let about = say::about(row)?;
    let expire = jobs::at(row.expires_ms, EXPIRE, about.parcel, Side::Outbound);
    let statement = say::sign(context, &about, ParcelEvent::Accepted, by.clone())?;
    let change = Change::new(&about, &[ParcelState::Draft], Some(ParcelState::Accepted))
        .said(context, &statement)?
        .cover(write("cover", cover)?)
        .job(expire);
    // The partner learns of it with the offer: before that, it knows of no parcel.
    if pack.into_iter().fold(change, Change::job).make(context).await? {
        context.parcels.changed();
    }
    Ok(())
}

/// Whether every file is whole; fills in the sizes that were not announced.
async fn complete(context: &Context, dispatch: &str, cover: &mut Cover) -> Result<()> {
    let unfinished = |what: String| no(Side::Outbound, Rule::Parcel, what, "upload the rest, then send");
    if cover.files.is_empty() {
        return Err(unfinished("the parcel has no file".into()));
    }
    let parts = held(context, dispatch).await?;
    let nothing = Part::default();
    for (index, file) in cover.files.iter_mut().enumerate() {
        let mut of_file = parts.range((index, 0)..(index + 1, 0)).map(|(_, part)| part);
        match file.size {
            Some(size) => {
                let held = of_file.next().unwrap_or(&nothing).held();
                if held != size {
                    return Err(unfinished(format!("file {} has {held} of {size} bytes", index + 1)));
                }
            }
            None => {
                let whole: Option<Vec<u64>> =
                    of_file.map(|part| part.whole.filter(|size| *size == part.held())).collect();
                let whole = whole.filter(|parts| !parts.is_empty());
                let whole =
                    whole.ok_or_else(|| unfinished(format!("file {} has parts that are not whole", index + 1)))?;
                file.size = Some(whole.iter().sum());
            }
        }
    }
    Ok(())
}
