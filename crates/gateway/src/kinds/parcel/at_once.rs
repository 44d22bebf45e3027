//! At once: a small parcel that came whole with its offer is opened while its sender waits. It is taken in, listed and
//! said to be delivered by one transaction, and the answer to the offer says so.

use std::sync::Arc;

use bytes::Bytes;
use packhorse_model::parcel::{Offer, ParcelEvent, ParcelState, SignedStatement};
use packhorse_store::{NewJob, NewParcel};

use super::desk::{Result, write};
use super::kept::{Cover, Taken};
use super::lookout;
use super::open::{Arrival, Opened, open};
use super::pieces;
use super::say::{self, About, By};
use super::take::row;
use crate::context::Context;

/// Most sealed bytes of a payload that is kept in its parcel's row, and not in a file of its own.
pub(super) const SMALL: usize = 16 * 1024;

/// What is in a parcel whose only object is this. Nothing when it is not small, when a scanner has to look at it, which
/// may take its time, or when something is amiss: it then goes the long way, at whose end it is declined or tried again.
pub(super) async fn open_small(context: &Context, offer: &Arc<Offer>, taken: &Taken, sealed: &Bytes) -> Option<Opened> {
    if sealed.len() > SMALL || context.parcels.scanner().is_some() {
        return None;
    }
    let content = |key: Arc<packhorse_keys::PayloadKey>, size| {
        futures_util::stream::once(std::future::ready(pieces::open_only(sealed, &key, size)))
    };
    open(&Arrival::of(offer, taken), context.parcels.keys(), None, content).await.ok()
}

/// The row of a parcel that is delivered as it is taken in, what we say of it, and what is to be done later.
pub(super) fn delivered(
    context: &Context,
    offer: &Offer,
    taken: &Taken,
    opened: Opened,
) -> Result<(NewParcel, Vec<SignedStatement>, Vec<NewJob>)> {
    let cover = Cover { payload: offer.inline.clone(), ..opened.cover };
    let made = row(offer, taken, ParcelState::Delivered)?;
    let jobs = lookout::reminders(context, offer.parcel, &made.mailbox, made.expires_ms);
    let about = About::taken(offer.parcel, taken);
    let said = say::sign(context, &about, ParcelEvent::Delivered { scanned: false }, By::default())?;
    let row = NewParcel { listed: true, private: Some(write("cover", &cover)?), ..made };
    Ok((row, vec![said], jobs))
}
