//! Heard: what another body says of a parcel, checked, kept with its record, and done.

use packhorse_model::parcel::{ParcelEvent, ParcelState, SignedStatement};
use packhorse_model::{OrganisationId, Side};

use super::change::Change;
use super::desk::Result;
use super::kept::moment;
use super::say;
use super::take::LONGEST_TAKEN;
use crate::context::Context;

/// What another body says of a parcel: kept, recorded, and done. Saying it again changes nothing.
pub(crate) async fn hear(
    context: &Context,
    from: &OrganisationId,
    signed: &SignedStatement,
) -> Result<std::result::Result<(), say::Flaw>> {
    let statement = signed.statement();
    let (sender, recipient) = (&statement.from.organisation, &statement.to.system.organisation);
    // An organisation may send to itself: then it is the event that tells whose word it is.
    let is_senders = statement.organisation == *sender && (sender != recipient || !statement.what.is_recipients());
    let side = if is_senders { Side::Inbound } else { Side::Outbound };
    let Some(row) = context.parcels.row(statement.parcel, side).await? else { return Ok(Err(say::Flaw::Parcel)) };
    let about = say::about(&row)?;
    if about.partner() != from {
        return Ok(Err(say::Flaw::Parcel));
    }
    if let Err(flaw) = say::check(context, &about, signed) {
        return Ok(Err(flaw));
    }
    if let ParcelEvent::Extended { until } = statement.what
        && (until <= moment(row.expires_ms) || until.duration_since(moment(row.created_ms)) > LONGEST_TAKEN)
        // Told again, it changes nothing.
        && until != moment(row.expires_ms)
    {
        return Ok(Err(say::Flaw::Until));
    }
    let to = statement.what.state();
    let step = Change::new(&about, before(side, &statement.what), to).said(context, signed)?;
    let step = match &statement.what {
        ParcelEvent::Extended { until } => step.expires_ms(until.as_millisecond()),
        _ => step,
    };
    if !step.make(context).await? {
        // Too late to change anything, or told before: it was said all the same.
        say::note(context, side, signed).await?;
    }
    super::end::after(context, &about, &statement.what).await?;
    context.parcels.changed();
    Ok(Ok(()))
}

/// The states in which another body's word changes ours, on this side of ours. A mailbox is its owner's: the sender's
/// word ends there only what has not arrived.
fn before(side: Side, what: &ParcelEvent) -> &'static [ParcelState] {
    use ParcelState::{Accepted, Arrived, Arriving, Collected, Delivered, Quarantined, Recalled, Sealed};
    match (side, what) {
        (Side::Outbound, ParcelEvent::Delivered { .. }) => &[Accepted, Sealed, Quarantined],
        // We believed it taken back before it was delivered, and the recipient was quicker.
        (Side::Outbound, ParcelEvent::Collected) => &[Accepted, Sealed, Quarantined, Delivered, Recalled],
        (Side::Outbound, ParcelEvent::Acknowledged | ParcelEvent::Declined { .. }) => {
            &[Accepted, Sealed, Quarantined, Delivered, Collected, Recalled]
        }
        (Side::Outbound, ParcelEvent::Recalled | ParcelEvent::Expired) => {
            &[Accepted, Sealed, Quarantined, Delivered, Collected]
        }
        (Side::Outbound, ParcelEvent::Quarantined) => &[Sealed],
        (Side::Inbound, ParcelEvent::Undeliverable { .. }) => &[Arriving, Arrived, Quarantined],
        (Side::Inbound, ParcelEvent::Extended { .. }) => &[Arriving, Arrived, Delivered, Quarantined],
        _ => &[],
    }
}
