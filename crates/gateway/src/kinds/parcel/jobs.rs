//! Jobs: what this room has still to do, kept in the store's queue. Each is done at least once, in any order, and doing
//! it again does no harm.

use packhorse_model::{ExchangeId, Side};
use packhorse_store::{Job, NewJob};

use super::desk::Result;
use crate::context::{Context, now_ms};

/// A closed dispatch is to be sealed.
pub(super) const PACK: &str = "parcel-pack";
/// A sealed parcel is to be delivered.
pub(super) const DELIVER: &str = "parcel-deliver";
/// A parcel that is all here is to be opened and checked.
pub(super) const UNPACK: &str = "parcel-unpack";
/// A parcel's time is up.
pub(super) const EXPIRE: &str = "parcel-expire";
/// A parcel has ended: its content goes.
pub(super) const ERASE: &str = "parcel-erase";
/// Somebody is to be reminded of a parcel.
pub(super) const REMIND: &str = "parcel-remind";
/// A mailbox's owner is to be told of a statement.
pub(super) const WEBHOOK: &str = "parcel-webhook";
/// A partner is to be told of a statement.
pub(super) const TELL: &str = "parcel-tell";

/// A job on a parcel, due at a moment.
pub(super) fn at(run_at_ms: i64, topic: &str, parcel: ExchangeId, side: Side) -> NewJob {
    NewJob { topic: topic.into(), key: format!("{parcel} {side}"), body: parcel.to_string().into(), run_at_ms }
}

/// A job on a parcel, due now.
pub(super) fn now(topic: &str, parcel: ExchangeId, side: Side) -> NewJob {
    at(now_ms(), topic, parcel, side)
}

/// Which parcel a job is on, on which side.
pub(super) fn parcel(job: &Job) -> Option<(ExchangeId, Side)> {
    let side = if job.key.ends_with("inbound") { Side::Inbound } else { Side::Outbound };
    Some((std::str::from_utf8(&job.body).ok()?.parse().ok()?, side))
}

/// Puts a job by itself; those of a change come with it ([`super::change::Change::job`]).
pub(super) async fn put(context: &Context, job: &NewJob) -> Result<()> {
    context.evidence.store().queue().enqueue(&job.topic, &job.key, &job.body, job.run_at_ms).await?;
    Ok(())
}
