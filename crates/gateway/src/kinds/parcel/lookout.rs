//! What waits is noticed: reminders before a parcel expires, and metrics of mailboxes that nobody looks into. Keys that
//! were replaced need open nothing for long: what lies here is sealed anew to the current one.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use packhorse_governance::CallingSystem;
use packhorse_model::parcel::{ParcelEvent, ParcelState};
use packhorse_model::{ExchangeId, Side};
use packhorse_store::{NewJob, Parcel, ParcelFilter, ParcelOrder};
use serde_json::value::RawValue;

use super::change::Change;
use super::desk::{Result, open_by_any, read, stored, write};
use super::jobs::{self, DELIVER, REMIND};
use super::kept::{SealedPayload, Sent, Taken};
use super::pieces::{Seal, header_of};
use super::say::{self, By};
use super::webhook::ACCOUNT_LIMIT;
use crate::context::{Context, now_ms};
use crate::error::GatewayError;

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

/// Seals what lies here to the current key, where it is sealed to a former one: a header each, no content. Who has
/// had only one key has nothing to look for.
pub(super) async fn seal_anew(context: &Context) {
    if context.parcels.keys().len() > 1
        && let Err(error) = seal_all_anew(context).await
    {
        tracing::warn!(%error, "what lies here could not be sealed to the current key");
    }
}

async fn seal_all_anew(context: &Context) -> Result<()> {
    seal_accounts_anew(context).await?;
    for side in [Side::Inbound, Side::Outbound] {
        let mut after: Option<(i64, String)> = None;
        loop {
            let filter = ParcelFilter {
                order: ParcelOrder::Made { after: after.as_ref().map(|(ms, id)| (*ms, id.as_str())) },
                ..ParcelFilter::new(side)
            };
            let rows = context.parcels.rows().list(&filter).await?;
            let Some(last) = rows.last() else { break };
            after = Some((last.created_ms, last.id.clone()));
            for row in rows.iter().filter(|row| row.private.is_some()) {
                seal_one(context, row).await?;
            }
        }
    }
    Ok(())
}

/// The accounts of MESH clients and webhooks.
async fn seal_accounts_anew(context: &Context) -> Result<()> {
    for system in context.people.systems().iter() {
        let Some(before) = &system.mailbox else { continue };
        let (mesh, webhook) = (account(context, before.mesh.as_deref())?, account(context, before.webhook.as_deref())?);
        if mesh.is_none() && webhook.is_none() {
            continue;
        }
        let renew = |system: &mut CallingSystem| {
            // What was set anew meanwhile is sealed to the current key already.
            for mailbox in system.mailbox.iter_mut() {
                for (kept, before, renewed) in
                    [(&mut mailbox.mesh, &before.mesh, &mesh), (&mut mailbox.webhook, &before.webhook, &webhook)]
                {
                    if kept == before && renewed.is_some() {
                        kept.clone_from(renewed);
                    }
                }
            }
        };
        context.people.change(&system.code, renew).await.map_err(GatewayError::from)?;
    }
    Ok(())
}

/// An account sealed to the current key, if it is not.
fn account(context: &Context, kept: Option<&str>) -> Result<Option<String>> {
    let Some(kept) = kept else { return Ok(None) };
    let parcels = &context.parcels;
    let sealed = STANDARD.decode(kept).map_err(|error| stored("account", error))?;
    if open_by_any(std::slice::from_ref(parcels.own_key()?), &sealed, ACCOUNT_LIMIT).is_some() {
        return Ok(None);
    }
    let account: Box<RawValue> = parcels.of_own("account", &sealed, ACCOUNT_LIMIT)?;
    Ok(Some(STANDARD.encode(parcels.to_own("account", &account)?)))
}

async fn seal_one(context: &Context, row: &Parcel) -> Result<()> {
    let body = match row.side {
        Side::Inbound => {
            let mut taken: Taken = read("parcel", &row.body)?;
            if !renewed(context, &mut taken.sealed)? {
                return Ok(());
            }
            write("parcel", &taken)?
        }
        Side::Outbound => {
            let mut sent: Sent = read("parcel", &row.body)?;
            let Some(sealed) = &mut sent.sealed else { return Ok(()) };
            if !renewed(context, sealed)? {
                return Ok(());
            }
            write("parcel", &sent)?
        }
    };
    let state = say::state(row)?;
    Change::new(&say::about(row)?, &[state], None).body(body).make(context).await.map(|_| ())
}

/// Writes the header anew if the current key does not open it; whether it did.
fn renewed(context: &Context, sealed: &mut SealedPayload) -> Result<bool> {
    let header = header_of(&sealed.header)?;
    let own = context.parcels.own_key()?;
    if packhorse_keys::open_header([own], &header).is_ok() {
        return Ok(false);
    }
    let seal = Seal::open(context.parcels.keys(), &header)?;
    sealed.header = STANDARD.encode(seal.to(&[own.recipient()])?);
    Ok(true)
}
