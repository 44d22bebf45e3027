//! Told: what we say of parcels reaches the partners who must know it, many statements at once, again and again until
//! it is heard. A partner that hangs holds up nobody else.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::join_all;
use http::Method;
use packhorse_model::OrganisationId;
use packhorse_model::parcel::SignedStatement;
use packhorse_store::Job;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::deliver::send;
use super::desk::{read, write};
use super::jobs::TELL;
use super::say::Tell;
use super::work::{PAUSE, again, warn_unless};
use crate::context::{Context, now_ms};

/// How long telling a partner may take before it is tried again.
const LEASE_MS: i64 = 20_000;
/// How long a partner may take to hear them.
const PATIENCE: Duration = Duration::from_secs(15);
/// Requests under way to all partners that are told something, and to one of them: who hangs holds up nobody else.
const REQUESTS_AT_ONCE: usize = 64;
const REQUESTS_PER_PARTNER: usize = 4;
/// After some were told, others may gather for so long.
const GATHER: Duration = Duration::from_millis(25);
/// How long statements wait for their turn when their partner has as many requests.
const TURN_MS: i64 = 250;
/// Most statements told to one partner in one request.
const TOLD_AT_ONCE: u32 = 64;

/// Tells partners what they must know, many statements at once, one that hangs apart from the others.
pub(super) async fn tell_all(context: &Arc<Context>, mut stop: watch::Receiver<bool>) {
    let mut under_way = JoinSet::new();
    let mut requests: HashMap<OrganisationId, usize> = HashMap::new();
    loop {
        let woken = context.evidence.store().jobs_added(TELL);
        let mut more = false;
        if under_way.len() < REQUESTS_AT_ONCE {
            match context.evidence.store().queue().claim(TELL, now_ms(), LEASE_MS, TOLD_AT_ONCE).await {
                Ok(jobs) => {
                    more = !jobs.is_empty();
                    for (to, said) in by_partner(context, jobs).await {
                        let of_partner = requests.entry(to.clone()).or_default();
                        if *of_partner >= REQUESTS_PER_PARTNER {
                            put_off(context, said).await;
                            continue;
                        }
                        *of_partner += 1;
                        let context = Arc::clone(context);
                        under_way.spawn(async move {
                            tell(&context, &to, said).await;
                            to
                        });
                    }
                }
                Err(error) => tracing::warn!(%error, "the queue could not be read, trying again"),
            }
        }
        tokio::select! {
            () = tokio::time::sleep(GATHER), if more => {}
            Some(told) = under_way.join_next() => match told {
                Ok(to) => _ = requests.entry(to).and_modify(|of_partner| *of_partner = of_partner.saturating_sub(1)),
                // Whose it was is not known: all may have a turn again.
                Err(_) => requests.clear(),
            },
            () = woken, if !more => {}
            () = tokio::time::sleep(PAUSE) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
    }
}

/// What is to be told, by whom it is to be told to.
async fn by_partner(context: &Context, jobs: Vec<Job>) -> HashMap<OrganisationId, Vec<(Job, SignedStatement)>> {
    let mut by_partner: HashMap<OrganisationId, Vec<(Job, SignedStatement)>> = HashMap::new();
    for job in jobs {
        match read::<Tell>("job", &job.body) {
            Ok(Tell { to, statement }) => by_partner.entry(to).or_default().push((job, statement)),
            Err(error) => {
                tracing::error!(%error, "a statement to be told cannot be read, giving it up");
                warn_unless(context.evidence.store().queue().done(&job).await.map(|_| ()), &job);
            }
        }
    }
    by_partner
}

async fn tell(context: &Context, to: &OrganisationId, said: Vec<(Job, SignedStatement)>) {
    let statements: Vec<&SignedStatement> = said.iter().map(|(_, statement)| statement).collect();
    let body: Bytes = write("statements", &statements).unwrap_or_default().into();
    let mut heard = false;
    for address in context.peers.addresses(to, None) {
        let answer = send(context, to, &address, Method::POST, "/parcels/statements", body.clone());
        if let Ok(Ok((status, text))) = tokio::time::timeout(PATIENCE, answer).await
            && status.is_success()
        {
            heard = true;
            if !text.trim().is_empty() {
                tracing::warn!(%to, "a partner does not count what it was told: {}", text.trim());
            }
            break;
        }
    }
    if heard {
        let told: Vec<Job> = said.into_iter().map(|(job, _)| job).collect();
        let written = context.evidence.store().queue().done_all(&told).await;
        if let Some(first) = told.first() {
            warn_unless(written, first);
        }
        return;
    }
    // Side by side, so that they share a commit.
    join_all(said.iter().map(async |(job, _)| warn_unless(again(context, job, "unreachable").await, job))).await;
}

/// Gives statements back until others to the same partner are told.
async fn put_off(context: &Context, said: Vec<(Job, SignedStatement)>) {
    let queue = &context.evidence.store().queue();
    join_all(said.iter().map(async |(job, _)| {
        warn_unless(queue.retry(job, now_ms() + TURN_MS, "waits for its turn").await.map(|_| ()), job);
    }))
    .await;
}
