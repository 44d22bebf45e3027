//! Along: small parcels that are offered together with another. Each is decided, admitted and kept as if it had come by
//! itself. What is not taken is not named in the answer: its sender offers it by itself, so that a refusal is an exchange
//! of its own, signed and recorded.

use futures_util::{StreamExt as _, stream};
use http::Method;
use packhorse_governance::Mailbox;
use packhorse_model::Side;
use packhorse_model::parcel::{ALONG_LIMIT, Offer, TakenAlong};
use packhorse_model::path::CanonicalPath;

use super::desk::{ParcelError, Result, stored};
use super::take::take;
use crate::context::Context;
use crate::kinds::query::Question;
use crate::steps::authorise;
use crate::trail::Trail;

/// Takes what came along with an offer that was taken; those that were, and how many count, on the trail.
pub(super) async fn take_along(
    context: &Context,
    question: &Question,
    trail: &mut Trail,
    along: Vec<Offer>,
) -> Vec<TakenAlong> {
    let at_once = at_once(context, trail);
    let shared = &*trail;
    let offers = along.into_iter().map(|offer| take_one(context, question, shared, offer));
    let mut offers = stream::iter(offers).buffered(at_once);
    let mut all = Vec::new();
    let mut counting = 0;
    while let Some(ended) = offers.next().await {
        match ended {
            Ok(Some((one, counts))) => {
                counting += u32::from(counts);
                all.push(one);
            }
            Ok(None) => {}
            Err(ParcelError::Refused(refusal)) => tracing::debug!(%refusal, "a parcel that came along is not taken"),
            Err(error) => tracing::error!(%error, "a parcel that came along could not be taken"),
        }
    }
    drop(offers);
    trail.counts_along = counting;
    all
}

/// Side by side, so that they share a commit; one after the other where each has to fit into the room that those before
/// have left.
fn at_once(context: &Context, trail: &Trail) -> usize {
    let system = context.people.system(&trail.exchange.service.system.system);
    let bounded = |mailbox: &Mailbox| mailbox.most_bytes.or(mailbox.most_bytes_per_partner).is_some();
    match system.is_some_and(|system| system.mailbox.as_ref().is_some_and(bounded)) {
        true => 1,
        false => ALONG_LIMIT,
    }
}

/// Takes one; whether it counts as a use of the agreement. Nothing when it cannot be taken whole.
async fn take_one(
    context: &Context,
    question: &Question,
    trail: &Trail,
    offer: Offer,
) -> Result<Option<(TakenAlong, bool)>> {
    offer.check()?;
    let parcel = offer.parcel;
    let counts = context.parcels.row(parcel, Side::Inbound).await?.is_none();
    let path = CanonicalPath::parse(&format!("/{parcel}")).map_err(|error| stored("path", error))?;
    let headers = question.headers.clone();
    let own = Question { method: Method::POST, path, query: None, headers, body: bytes::Bytes::new() };
    authorise::along(context, &own, trail, counts)?;
    let answer = take(context, offer, trail).await?;
    let whole = answer.missing.is_empty();
    Ok(whole.then_some((TakenAlong { parcel, statements: answer.statements }, counts)))
}
