//! Unpacked: the parcel is opened and looked at, and only then listed.

use packhorse_model::parcel::{ParcelEvent, ParcelState};
use packhorse_model::{ExchangeId, Side};

use super::change::Change;
use super::deliver::Attempt;
use super::desk::{ParcelError, Result, read, taken_prefix, write};
use super::kept::Taken;
use super::open::{Arrival, Flaw, Opened, open};
use super::pieces::Whereabouts;
use super::say::{self, About, By};
use super::scan::Verdict;
use super::{lookout, pieces};
use crate::context::Context;
use crate::error::GatewayError;

/// Opens a parcel that has arrived.
pub(super) async fn unpack(context: &Context, parcel: ExchangeId) -> Result<Attempt> {
    let Some(row) = context.parcels.row(parcel, Side::Inbound).await? else { return Ok(Attempt::Done) };
    if say::state(&row)? != ParcelState::Arrived {
        return Ok(Attempt::Done);
    }
    let taken: Taken = read("parcel", &row.body)?;
    let about = About::taken(parcel, &taken);
    let arrival = Arrival { parcel, taken, expires_ms: row.expires_ms, offer: context.parcels.offer(parcel).await? };
    let opened = match opened(context, &arrival).await {
        Ok(opened) => opened,
        Err(Flaw::Lies(why)) => {
            let event = ParcelEvent::Declined { reason: format!("the parcel is not what was offered: {why}") };
            say::say(context, &about, &[ParcelState::Arrived], |step| step, event, By::default()).await?;
            return Ok(Attempt::Done);
        }
        Err(Flaw::Broken(ParcelError::Gateway(GatewayError::Scanner(why)))) => {
            tracing::warn!(%parcel, why, "a parcel waits for the scanner");
            return Ok(Attempt::Later(why.to_owned()));
        }
        Err(Flaw::Broken(error)) => return Err(error),
    };
    let private = write("cover", &opened.cover)?;
    if opened.verdict == Verdict::Found {
        let quarantine = |step: Change| step.cover(private);
        say::say(context, &about, &[ParcelState::Arrived], quarantine, ParcelEvent::Quarantined, By::default()).await?;
        return Ok(Attempt::Done);
    }
    list(context, &about, ParcelState::Arrived, private, opened.verdict == Verdict::Clean).await?;
    Ok(Attempt::Done)
}

/// What is in it: looked at while it came, or now.
async fn opened(context: &Context, arrival: &Arrival) -> std::result::Result<Opened, Flaw> {
    let Arrival { parcel, .. } = *arrival;
    if let Some(opened) = context.parcels.ahead().finish(parcel).await {
        return Ok(opened);
    }
    let parcels = &context.parcels;
    let content =
        |key, size| pieces::read(parcels.objects(), Whereabouts::Below(taken_prefix(parcel)), key, size, 0, size);
    open(arrival, parcels.keys(), parcels.scanner(), content).await
}

/// Puts a checked parcel into its mailbox and tells the sender.
pub(super) async fn list(
    context: &Context,
    about: &About,
    from: ParcelState,
    private: Vec<u8>,
    scanned: bool,
) -> Result<()> {
    let row = context.parcels.row(about.parcel, Side::Inbound).await?.ok_or(ParcelError::Missing)?;
    let reminders = lookout::reminders(context, about.parcel, &row.mailbox, row.expires_ms);
    let listed = |step: Change| reminders.into_iter().fold(step.cover(private).listed(), Change::job);
    say::say(context, about, &[from], listed, ParcelEvent::Delivered { scanned }, By::default()).await?;
    Ok(())
}
