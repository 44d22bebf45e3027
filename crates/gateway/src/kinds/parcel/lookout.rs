//! What waits is noticed: reminders before a parcel expires, and metrics of mailboxes that nobody looks into.

use std::time::Duration;

use packhorse_model::parcel::{ParcelEvent, ParcelState};
use packhorse_model::{ExchangeId, Side};
use packhorse_store::{NewJob, ParcelFilter};

use super::desk::Result;
use super::jobs::{self, DELIVER, REMIND};
use super::say::{self, By};
use crate::context::{Context, now_ms};

/// How often mailboxes are looked at.
const LOOK: Duration = Duration::from_secs(15);
/// The states in which something waits to be collected.
const UNCOLLECTED: [&str; 2] = ["delivered", "quarantined"];

/// The jobs that remind of a parcel which is listed now: after the hours that its mailbox says, and when a quarter of
/// its time is left.
pub(super) fn reminders(context: &Context, parcel: ExchangeId, mailbox: &str, expires_ms: i64) -> Vec<NewJob> {
    let now = now_ms();
    let job = |run_at_ms| jobs::at(run_at_ms, REMIND, parcel, Side::Inbound);
    let system = context.people.system(mailbox);
    let hours = system.and_then(|system| system.mailbox.as_ref().and_then(|mailbox| mailbox.warn_hours));
    let warned = hours.map(|hours| now.saturating_add(i64::from(hours) * 3_600_000)).filter(|at| *at < expires_ms);
    let last = now + (expires_ms - now).max(0) / 4 * 3;
    warned.into_iter().chain([last]).map(job).collect()
}

/// Says that a parcel is still uncollected, to both sides.
pub(super) async fn remind(context: &Context, parcel: ExchangeId) -> Result<()> {
    let Some(row) = context.parcels.row(parcel, Side::Inbound).await? else { return Ok(()) };
    let about = say::about(&row)?;
    say::say(context, &about, &[ParcelState::Delivered], |change| change, ParcelEvent::Reminded, By::default()).await?;
    Ok(())
}

/// Keeps the metrics of every mailbox, for ever.
pub(super) async fn look(context: &Context) {
    loop {
        if let Err(error) = look_once(context).await {
            tracing::warn!(%error, "the mailboxes could not be looked at, trying again");
        }
        tokio::time::sleep(LOOK).await;
    }
}

async fn look_once(context: &Context) -> Result<()> {
    for system in context.people.systems().iter().filter(|system| system.mailbox.is_some()) {
        let filter =
            ParcelFilter { mailbox: Some(&system.code), states: &UNCOLLECTED, ..ParcelFilter::new(Side::Inbound) };
        let usage = context.parcels.rows().usage(&filter).await?;
        let oldest = context.parcels.rows().oldest_uncollected(&system.code, &UNCOLLECTED).await?;
        let seconds = oldest.map_or(0, |since| (now_ms() - since).max(0) / 1000);
        context.metrics.mailbox(&system.code, usage.parcels, usage.bytes, seconds);
    }
    let queue = context.evidence.store().queue();
    context.metrics.parcels_waiting(queue.waiting(DELIVER).await?);
    Ok(())
}
