//! Notices are brought, and what has to be done from day to day is done.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use packhorse_governance::people::{AccountStatus, day_of};
use packhorse_store::Job;
use tokio::sync::watch;

use super::mail::Posted;
use super::remind::remind;
use super::{LOOK, MAIL, Notice, WEBHOOK, stored, webhook};
use crate::context::{Context, now_ms};
use crate::error::GatewayError;
use crate::kinds::parcel::webhook as signed;

/// How often the queue is looked at when nothing wakes us.
const PAUSE: Duration = Duration::from_secs(2);
/// How long a job is held: longer than a mail server may take.
const LEASE_MS: i64 = 120_000;
/// Notices under way at once.
const AT_ONCE: u32 = 16;
/// Tries before a notice is given up: about two days.
const TRIES: i64 = 60;
/// Largest notice.
const NOTICE_LIMIT: usize = 16 * 1024;
/// How often the day's work is looked at.
const UPKEEP: Duration = Duration::from_secs(600);

/// Brings notices until `stop` becomes true.
pub async fn work_notices(context: Arc<Context>, mut stop: watch::Receiver<bool>) {
    tokio::select! {
        () = bring(&context, MAIL) => {}
        () = bring(&context, WEBHOOK) => {}
        () = bring(&context, LOOK) => {}
        () = keep_up(&context) => {}
        _ = stop.wait_for(|stop| *stop) => {}
    }
}

async fn bring(context: &Context, topic: &'static str) {
    loop {
        let woken = context.evidence.store().jobs_added(topic);
        let jobs = match context.evidence.store().queue().claim(topic, now_ms(), LEASE_MS, AT_ONCE).await {
            Ok(jobs) => jobs,
            Err(error) => {
                tracing::warn!(%error, topic, "the queue could not be read, trying again");
                Vec::new()
            }
        };
        if jobs.is_empty() {
            let _ = tokio::time::timeout(PAUSE, woken).await;
        }
        futures_util::future::join_all(jobs.iter().map(|job| one(context, job))).await;
    }
}

async fn one(context: &Context, job: &Job) {
    let queue = context.evidence.store().queue();
    let written = match brought(context, job).await {
        Ok(true) => queue.done(job).await,
        Ok(false) if job.attempts >= TRIES => {
            tracing::warn!(topic = %job.topic, "a notice is given up: it was not taken for days");
            queue.done(job).await
        }
        Ok(false) => again(context, job, "not taken yet").await,
        Err(error) => {
            tracing::warn!(topic = %job.topic, %error, "a notice failed, trying again");
            again(context, job, "failed").await
        }
    };
    if let Err(error) = written {
        tracing::warn!(topic = %job.topic, %error, "the queue could not be written");
    }
}

/// 2 s, 4 s … to at most an hour.
async fn again(context: &Context, job: &Job, why: &str) -> packhorse_store::Result<bool> {
    let pause = (1000i64 << job.attempts.clamp(1, 12)).min(3_600_000);
    context.evidence.store().queue().retry(job, now_ms() + pause, why).await
}

/// Whether the notice was taken, or nobody is to be told any more.
async fn brought(context: &Context, job: &Job) -> Result<bool, GatewayError> {
    if job.topic == LOOK {
        return remind(context, Timestamp::now()).await.map(|()| true);
    }
    let sealed = String::from_utf8_lossy(&job.body);
    let notice: Notice = context.parcels.of_own("notice", &sealed, NOTICE_LIMIT).map_err(stored)?;
    let Some(to) = &notice.to else { return to_webhook(context, &notice).await };
    let Some(account) = context.people.accounts().get(to) else { return Ok(true) };
    // Whoever has left since is told nothing.
    if account.status_on(day_of(Timestamp::now())) == AccountStatus::Left {
        return Ok(true);
    }
    if job.topic == WEBHOOK {
        return to_webhook(context, &notice).await;
    }
    let Some(mail) = &context.mail else { return Ok(true) };
    let address = format!("{}{}", context.pages.as_deref().unwrap_or_default(), notice.path);
    Ok(match mail.post(&account.email, &notice, &address).await {
        Posted::Taken => true,
        Posted::Refused => {
            tracing::warn!("the mail server refuses a letter for good: look whether the account's address is right");
            true
        }
        Posted::Later => false,
    })
}

async fn to_webhook(context: &Context, notice: &Notice) -> Result<bool, GatewayError> {
    let Some(sealed) = webhook(context).await? else { return Ok(true) };
    let mut data = serde_json::json!({"occasion": notice.occasion, "path": notice.path});
    if let Some(day) = notice.refused_from {
        data["refused_from"] = serde_json::json!(day);
    }
    let body = serde_json::json!({"type": "notice.waiting", "timestamp": Timestamp::now(), "data": data});
    let answered = signed::send(&context.parcels, &sealed, &notice.id, body.to_string()).await.map_err(stored)?;
    Ok(answered.is_ok())
}

async fn keep_up(context: &Context) {
    let mut ticks = tokio::time::interval(UPKEEP);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Err(error) = day_by_day(context).await {
            tracing::warn!(%error, "the day's work on people could not be done, trying again");
        }
    }
}

async fn day_by_day(context: &Context) -> Result<(), GatewayError> {
    let now = Timestamp::now();
    context.evidence.store().tickets().sweep(now.as_millisecond()).await?;
    for account in context.people.accounts().all() {
        // Whoever left on a day that was still to come when it was said.
        if account.left_on == Some(day_of(now)) {
            context.sign_in.shut_out(&account.id, true).await?;
        }
    }
    remind(context, now).await
}
