//! What is due is done: sealing, delivering, opening, telling, expiring. Every job is done at least once, and doing it
//! again does no harm.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{join_all, join4};
use packhorse_store::{Job, StoreError};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::deliver::{Attempt, deliver};
use super::desk::Result;
use super::jobs::{self, DELIVER, ERASE, EXPIRE, PACK, REMIND, UNPACK, WEBHOOK};
use super::tell::tell_all;
use super::together::deliver_all;
use super::{end, lookout, pack, renew, say, unpack, webhook};
use crate::context::{Context, now_ms};

/// How often the queue is looked at when nothing wakes us.
pub(super) const PAUSE: Duration = Duration::from_millis(500);
/// How long a job is held without a word from whoever works on it, before somebody else may take it up.
pub(super) const LEASE_MS: i64 = 15_000;
/// How often such a word is given.
pub(super) const STILL_AT_IT: Duration = Duration::from_secs(5);
/// Jobs of one topic under way at once.
pub(super) const AT_ONCE: usize = 8;

/// Works the queue until `stop` becomes true.
pub async fn work_parcels(context: Arc<Context>, stop: watch::Receiver<bool>) {
    let topics =
        join_all([PACK, UNPACK, EXPIRE, ERASE, REMIND, WEBHOOK].map(|topic| work_topic(&context, topic, stop.clone())));
    let mut stop = stop.clone();
    tokio::select! {
        _ = join4(renew::seal_anew(&context), record_the_rest(&context), lookout::look(&context), topics) => {}
        () = tell_all(&context, stop.clone()) => {}
        () = deliver_all(&context, stop.clone()) => {}
        _ = stop.wait_for(|stop| *stop) => {}
    }
}

/// Records the statements that a crash left unrecorded, for ever.
async fn record_the_rest(context: &Context) {
    loop {
        if let Err(error) = say::record_the_rest(context).await {
            tracing::warn!(%error, "statements about parcels could not be recorded, trying again");
        }
        tokio::time::sleep(Duration::from_secs(2)).await;
    }
}

async fn work_topic(context: &Arc<Context>, topic: &'static str, mut stop: watch::Receiver<bool>) {
    // One that takes long, or waits for something that hangs, holds up no more than its own place. Tasks, so that each
    // goes on while we wait for the store: it may be the one that holds the store's one writing connection.
    let mut under_way = JoinSet::new();
    loop {
        let woken = context.evidence.store().jobs_added(topic);
        let room = AT_ONCE - under_way.len();
        if room > 0 {
            match context.evidence.store().queue().claim(topic, now_ms(), LEASE_MS, room as u32).await {
                Ok(jobs) => {
                    for job in jobs {
                        let context = Arc::clone(context);
                        under_way.spawn(async move { one(&context, job).await });
                    }
                }
                Err(error) => tracing::warn!(%error, topic, "the queue could not be read, trying again"),
            }
        }
        tokio::select! {
            Some(_ended) = under_way.join_next() => {}
            () = woken => {}
            () = tokio::time::sleep(PAUSE) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
    }
}

/// Does one job, and notes how it ended.
pub(super) async fn one(context: &Context, job: Job) {
    // Side by side, so that the work goes on while the word is given: it may hold the store's writing connection.
    let ended = tokio::select! {
        ended = do_it(context, &job) => ended,
        // Who lost the job to another process leaves it to that one.
        () = until_lost(context, &job) => return,
    };
    let written = match ended {
        Ok(Attempt::Done) => context.evidence.store().queue().done(&job).await.map(|_| ()),
        Ok(Attempt::Later(why)) => {
            tracing::debug!(topic = %job.topic, why, "a parcel waits, trying again");
            again(context, &job, "not delivered yet").await
        }
        Err(error) => {
            tracing::warn!(topic = %job.topic, %error, "a parcel's job failed, trying again");
            again(context, &job, "failed").await
        }
    };
    warn_unless(written, &job);
}

/// What could not be written of a job is done again when its lease is over.
pub(super) fn warn_unless(written: std::result::Result<(), StoreError>, job: &Job) {
    if let Err(error) = written {
        tracing::warn!(topic = %job.topic, %error, "the queue could not be written");
    }
}

/// Says again and again that somebody is at it; ends when somebody else has taken the job up.
async fn until_lost(context: &Context, job: &Job) {
    loop {
        tokio::time::sleep(STILL_AT_IT).await;
        match context.evidence.store().queue().extend(job, now_ms() + LEASE_MS).await {
            Ok(true) => {}
            Ok(false) => return,
            Err(error) => tracing::warn!(topic = %job.topic, %error, "a job could not be held, going on"),
        }
    }
}

async fn do_it(context: &Context, job: &Job) -> Result<Attempt> {
    if job.topic == WEBHOOK {
        return webhook::tell(context, job).await;
    }
    let Some((parcel, side)) = jobs::parcel(job) else { return Ok(Attempt::Done) };
    match job.topic.as_str() {
        PACK => return pack::pack(context, parcel).await,
        DELIVER => return deliver(context, parcel).await,
        REMIND => lookout::remind(context, parcel).await?,
        UNPACK => return unpack::unpack(context, parcel).await,
        EXPIRE => end::expire(context, parcel, side).await?,
        ERASE => end::erase_ended(context, parcel, side).await?,
        _ => {}
    }
    Ok(Attempt::Done)
}

/// 1 s, 2 s, 4 s … to at most a minute: who was away for days is found soon after.
pub(super) async fn again(context: &Context, job: &Job, why: &str) -> std::result::Result<(), StoreError> {
    let pause = (500i64 << job.attempts.min(9)).min(60_000);
    // What waits for the same is due at the same moment, so that it travels together.
    let (due, beat) = (now_ms() + pause, pause / 4);
    let due = due + (beat - due % beat) % beat;
    context.evidence.store().queue().retry(job, due, why).await.map(|_| ())
}
