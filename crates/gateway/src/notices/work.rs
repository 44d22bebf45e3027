//! Notices are brought, and what has to be done from day to day is done: reminders, sweeping.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use packhorse_governance::OperatorRole;
use packhorse_governance::people::{Account, AccountFilter, AccountStatus, day_of};
use packhorse_store::{Job, Ticket};
use tokio::sync::watch;

use super::mail::Posted;
use super::{MAIL, Notice, Occasion, WEBHOOK, stored, tell, webhook};
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
const REMINDED: &str = "reminded";
const WEEK_MS: i64 = 7 * 24 * 3600 * 1000;
/// How many days before an access ends its owner and the reviewers are told.
const AHEAD_DAYS: i64 = 30;

/// Brings notices until `stop` becomes true.
pub async fn work_notices(context: Arc<Context>, mut stop: watch::Receiver<bool>) {
    tokio::select! {
        () = bring(&context, MAIL) => {}
        () = bring(&context, WEBHOOK) => {}
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
    let sealed = String::from_utf8_lossy(&job.body);
    let notice: Notice = context.parcels.of_own("notice", &sealed, NOTICE_LIMIT).map_err(stored)?;
    let Some(account) = context.people.accounts().get(&notice.to) else { return Ok(true) };
    // Whoever has left since is told nothing.
    if account.status_on(day_of(Timestamp::now())) == AccountStatus::Left {
        return Ok(true);
    }
    if job.topic == WEBHOOK {
        return to_webhook(context, &notice).await;
    }
    let Some(mail) = &context.mail else { return Ok(true) };
    let address = format!("{}{}", context.pages.as_deref().unwrap_or_default(), notice.path);
    Ok(match mail.post(&account.email, &notice.id, notice.occasion, &address).await {
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
    let body = serde_json::json!({
        "type": "notice.waiting", "timestamp": Timestamp::now(),
        "data": {"occasion": notice.occasion, "path": notice.path},
    });
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

/// Once a week each, whichever process of a cluster comes first: reviewers, and those whose access ends soon.
async fn remind(context: &Context, now: Timestamp) -> Result<(), GatewayError> {
    let accounts = context.people.accounts();
    let today = day_of(now);
    let soon = today.saturating_add(jiff::Span::new().days(AHEAD_DAYS));
    let filter = AccountFilter { due_by: Some(soon), ..AccountFilter::default() };
    let due = accounts.list(&filter, "", usize::MAX, today);
    if due.is_empty() {
        return Ok(());
    }
    for account in accounts.all() {
        let reviews =
            account.status_on(today) == AccountStatus::Active && account.roles.contains(&OperatorRole::Governance);
        if reviews && first(context, &account, Occasion::AccessReview, now).await? {
            tell(context, &account, Occasion::AccessReview, "/access-review").await?;
        }
    }
    for account in due.iter().filter(|account| account.status == AccountStatus::Active) {
        if first(context, account, Occasion::AccessEnding, now).await? {
            tell(context, account, Occasion::AccessEnding, "/account").await?;
        }
    }
    Ok(())
}

async fn first(context: &Context, account: &Account, occasion: Occasion, now: Timestamp) -> Result<bool, GatewayError> {
    let told = Ticket {
        kind: REMINDED.to_owned(),
        key: format!("{} {occasion:?}", account.id),
        owner: account.id.clone(),
        body: Vec::new(),
        expires_ms: now.as_millisecond() + WEEK_MS,
    };
    Ok(context.evidence.store().tickets().put_once(&told, now.as_millisecond()).await?)
}
