//! What is due is done: sealing, delivering, opening, telling, expiring. Every job is done at least once, and doing it
//! again does no harm.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::{join, join_all};
use http::Method;
use packhorse_model::parcel::SignedStatement;
use packhorse_model::{ExchangeId, OrganisationId, Side};
use packhorse_store::Job;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::close::{EXPIRE, PACK};
use super::deliver::{Attempt, DELIVER, deliver, send};
use super::desk::{Result, read, write};
use super::lookout::{self, REMIND};
use super::say::{self, TELL, Tell};
use super::unpack::UNPACK;
use super::webhook::{self, WEBHOOK};
use super::{end, pack, unpack};
use crate::context::{Context, now_ms};

/// How often the queue is looked at when nothing wakes us.
const PAUSE: Duration = Duration::from_millis(500);
/// How long a job is held without a word from whoever works on it, before somebody else may take it up.
const LEASE_MS: i64 = 15_000;
/// How often such a word is given.
const STILL_AT_IT: Duration = Duration::from_secs(5);
/// Jobs of one topic under way at once.
const AT_ONCE: usize = 8;
/// How long telling a partner may take before it is tried again.
const TELL_LEASE_MS: i64 = 20_000;
/// Most statements told to one partner in one request.
const TOLD_AT_ONCE: u32 = 64;

/// Works the queue until `stop` becomes true.
pub async fn work_parcels(context: Arc<Context>, stop: watch::Receiver<bool>) {
    let rest = async {
        if let Err(error) = lookout::seal_anew(&context).await {
            tracing::warn!(%error, "what lies here could not be sealed to the current key");
        }
        // Statements that a crash left unrecorded.
        loop {
            if let Err(error) = say::record_the_rest(&context).await {
                tracing::warn!(%error, "statements about parcels could not be recorded, trying again");
            }
            tokio::time::sleep(Duration::from_secs(2)).await;
        }
    };
    let topics = join_all(
        [PACK, DELIVER, UNPACK, EXPIRE, REMIND, WEBHOOK].map(|topic| work_topic(&context, topic, stop.clone())),
    );
    let mut stop = stop.clone();
    tokio::select! {
        () = rest => {}
        () = lookout::look(&context) => {}
        _ = join(topics, tell_all(&context, stop.clone())) => {}
        _ = stop.wait_for(|stop| *stop) => {}
    }
}

async fn work_topic(context: &Arc<Context>, topic: &'static str, mut stop: watch::Receiver<bool>) {
    // One that takes long, or waits for something that hangs, holds up no more than its own place. Tasks, so that each
    // goes on while we wait for the store: it may be the one that holds the store's one writing connection.
    let mut under_way = JoinSet::new();
    loop {
        let woken = context.evidence.store().jobs_added();
        let room = AT_ONCE - under_way.len();
        if room > 0 {
            match context.evidence.store().queue().claim(topic, now_ms(), LEASE_MS, room as u32).await {
                Ok(jobs) => jobs.into_iter().for_each(|job| _ = under_way.spawn(one(Arc::clone(context), job))),
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

async fn one(context: Arc<Context>, job: Job) {
    let context = &*context;
    // Side by side, so that the work goes on while the word is given: it may hold the store's writing connection.
    let ended = tokio::select! {
        ended = do_it(context, &job) => ended,
        // Who lost the job to another process leaves it to that one.
        () = until_lost(context, &job) => return,
    };
    let done = match ended {
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
    if let Err(error) = done {
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
    let parcel = std::str::from_utf8(&job.body).ok().and_then(|text| text.parse::<ExchangeId>().ok());
    let Some(parcel) = parcel else { return Ok(Attempt::Done) };
    match job.topic.as_str() {
        PACK => return pack::pack(context, parcel).await,
        DELIVER => return deliver(context, parcel).await,
        REMIND => lookout::remind(context, parcel).await?,
        UNPACK => return unpack::unpack(context, parcel).await,
        EXPIRE => {
            let side = if job.key.ends_with("inbound") { Side::Inbound } else { Side::Outbound };
            end::expire(context, parcel, side).await?;
        }
        _ => {}
    }
    Ok(Attempt::Done)
}

/// 1 s, 2 s, 4 s … to at most a minute: who was away for days is found soon after.
async fn again(context: &Context, job: &Job, why: &str) -> std::result::Result<(), packhorse_store::StoreError> {
    let pause = (500i64 << job.attempts.min(9)).min(60_000);
    context.evidence.store().queue().retry(job, now_ms() + pause, why).await.map(|_| ())
}

/// Tells partners what they must know, many statements at once.
async fn tell_all(context: &Context, mut stop: watch::Receiver<bool>) {
    loop {
        let woken = context.evidence.store().jobs_added();
        match context.evidence.store().queue().claim(TELL, now_ms(), TELL_LEASE_MS, TOLD_AT_ONCE).await {
            Ok(jobs) if !jobs.is_empty() => {
                let mut by_partner: HashMap<OrganisationId, Vec<(Job, SignedStatement)>> = HashMap::new();
                for job in jobs {
                    match read::<Tell>("job", &job.body) {
                        Ok(Tell { to, statement }) => by_partner.entry(to).or_default().push((job, statement)),
                        Err(error) => tracing::error!(%error, "a statement to be told cannot be read"),
                    }
                }
                join_all(by_partner.into_iter().map(|(to, said)| tell(context, to, said))).await;
                continue;
            }
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, "the queue could not be read, trying again"),
        }
        tokio::select! {
            () = woken => {}
            () = tokio::time::sleep(PAUSE) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
    }
}

async fn tell(context: &Context, to: OrganisationId, said: Vec<(Job, SignedStatement)>) {
    let statements: Vec<&SignedStatement> = said.iter().map(|(_, statement)| statement).collect();
    let body: Bytes = write("statements", &statements).unwrap_or_default().into();
    let mut heard = false;
    for address in context.peers.addresses(&to, None) {
        let answer = send(context, &to, &address, Method::POST, "/parcels/statements", body.clone());
        let most = Duration::from_millis(TELL_LEASE_MS.unsigned_abs()) - STILL_AT_IT;
        if let Ok(Ok((status, text))) = tokio::time::timeout(most, answer).await
            && status.is_success()
        {
            heard = true;
            if !text.trim().is_empty() {
                tracing::warn!(%to, "a partner does not count what it was told: {}", text.trim());
            }
            break;
        }
    }
    for (job, _) in said {
        let queue = context.evidence.store().queue();
        let done = if heard { queue.done(&job).await.map(|_| ()) } else { again(context, &job, "unreachable").await };
        if let Err(error) = done {
            tracing::warn!(%error, "the queue could not be written");
        }
    }
}
