//! Together: parcels that wait for the same mailbox under the same agreement are offered in one exchange, as long as they
//! are small. Whatever is not plainly taken that way is offered by itself at once, as if there were no other.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use packhorse_model::parcel::{ALONG_LIMIT, Offer, ParcelState, SignedStatement, object_bytes};
use packhorse_model::{ExchangeId, Side};
use packhorse_store::{Job, Parcel};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use super::at_once::SMALL;
use super::deliver::{self, later};
use super::desk::{Result, read, stored};
use super::jobs::{self, DELIVER};
use super::kept::{SealedPayload, Sent};
use super::say;
use super::work::{AT_ONCE, LEASE_MS, PAUSE, STILL_AT_IT, again, one, warn_unless};
use crate::context::{Context, now_ms};
use crate::outbound::permits;
use crate::trail::Stop;

/// Most parcels taken up and not done.
const IN_HAND: usize = 128;
/// After some were taken up, others may gather for so long.
const GATHER: Duration = Duration::from_millis(25);
/// Most bytes of the offers that travel together.
const TOGETHER_BYTES: usize = 1024 * 1024;

/// A small parcel that is to be offered.
struct Ready {
    job: Job,
    parcel: ExchangeId,
    row: Parcel,
    sent: Sent,
    sealed: SealedPayload,
}

/// What one task does.
enum Load {
    One(Job),
    Together(Vec<Ready>),
}

/// Delivers what is due until `stop` becomes true.
pub(super) async fn deliver_all(context: &Arc<Context>, mut stop: watch::Receiver<bool>) {
    let (mut under_way, mut in_hand) = (JoinSet::new(), 0_usize);
    let places = Arc::new(Semaphore::new(AT_ONCE));
    loop {
        let woken = context.evidence.store().jobs_added(DELIVER);
        let room = IN_HAND.saturating_sub(in_hand) as u32;
        let mut came = false;
        if room > 0 {
            match context.evidence.store().queue().claim(DELIVER, now_ms(), LEASE_MS, room.min(64)).await {
                Ok(jobs) => {
                    came = !jobs.is_empty();
                    for load in loads(context, jobs).await {
                        let (context, places, jobs) = (Arc::clone(context), Arc::clone(&places), load.jobs());
                        in_hand += jobs.len();
                        under_way.spawn(async move {
                            let work = async {
                                let _place = places.acquire().await;
                                load.carry(&context).await;
                            };
                            tokio::select! {
                                () = work => {}
                                () = hold(&context, &jobs) => {}
                            }
                            jobs.len()
                        });
                    }
                }
                Err(error) => tracing::warn!(%error, "the queue could not be read, trying again"),
            }
        }
        if came {
            tokio::time::sleep(GATHER).await;
            while let Some(ended) = under_way.try_join_next() {
                in_hand = in_hand.saturating_sub(ended.unwrap_or(1));
            }
            continue;
        }
        tokio::select! {
            Some(ended) = under_way.join_next() => in_hand = in_hand.saturating_sub(ended.unwrap_or(1)),
            () = woken => {}
            () = tokio::time::sleep(PAUSE) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
    }
}

/// Says again and again that somebody is at them.
async fn hold(context: &Context, jobs: &[Job]) {
    loop {
        tokio::time::sleep(STILL_AT_IT).await;
        let queue = &context.evidence.store().queue();
        // Side by side, so that they share a commit. One that somebody else has taken up is done twice, which does no harm.
        join_all(jobs.iter().map(async |job| {
            warn_unless(queue.extend(job, now_ms() + LEASE_MS).await.map(|_| ()), job);
        }))
        .await;
    }
}

/// Sorts jobs: small parcels for the same mailbox together, everything else by itself.
async fn loads(context: &Context, jobs: Vec<Job>) -> Vec<Load> {
    let mut loads = Vec::new();
    let mut groups: Vec<Vec<Ready>> = Vec::new();
    // A lone one is read when its turn comes.
    if jobs.len() == 1 {
        return jobs.into_iter().map(Load::One).collect();
    }
    let read = jobs.into_iter().map(async |job| (ready(context, &job).await, job));
    for (found, job) in join_all(read).await {
        let Ok(Some(found)) = found else {
            loads.push(Load::One(job));
            continue;
        };
        match groups.iter_mut().find(|group| group.len() <= ALONG_LIMIT && goes_with(&group[0], &found)) {
            Some(group) => group.push(found),
            None => groups.push(vec![found]),
        }
    }
    loads.extend(groups.into_iter().map(Load::Together));
    loads
}

/// A job's parcel, if it is small and still to be delivered.
async fn ready(context: &Context, job: &Job) -> Result<Option<Ready>> {
    let Some((parcel, _)) = jobs::parcel(job) else { return Ok(None) };
    let Some(row) = context.parcels.row(parcel, Side::Outbound).await? else { return Ok(None) };
    if say::state(&row)? != ParcelState::Sealed {
        return Ok(None);
    }
    let sent: Sent = read("parcel", &row.body)?;
    let sealed = sent.sealed.clone().ok_or_else(|| stored("parcel", "it is not sealed"))?;
    let small = object_bytes(sealed.size, 0) <= SMALL as u64;
    if !small {
        return Ok(None);
    }
    Ok(Some(Ready { job: job.clone(), parcel, row, sent, sealed }))
}

/// Whether one exchange could offer both.
fn goes_with(one: &Ready, other: &Ready) -> bool {
    let (one, other) = (&one.sent, &other.sent);
    (&one.from, &one.service, &one.agreement, one.digest)
        == (&other.from, &other.service, &other.agreement, other.digest)
        && (&one.purpose, &one.role, one.trained_on) == (&other.purpose, &other.role, other.trained_on)
}

impl Load {
    fn jobs(&self) -> Vec<Job> {
        match self {
            Self::One(job) => vec![job.clone()],
            Self::Together(group) => group.iter().map(|ready| ready.job.clone()).collect(),
        }
    }

    async fn carry(self, context: &Context) {
        let alone = match self {
            Self::One(job) => vec![job],
            Self::Together(group) => together(context, group).await,
        };
        // One after the other: their partner refuses them, or does not know of offers that come along.
        for job in alone {
            one(context, job).await;
        }
    }
}

/// Offers a group in one exchange; the jobs of those that are to be offered by themselves.
async fn together(context: &Context, group: Vec<Ready>) -> Vec<Job> {
    let (mut offers, mut alone) = (Vec::new(), Vec::new());
    let mut bytes = 0;
    for ready in group {
        let may = deliver::offering(ready.parcel, &ready.sent, bytes::Bytes::new())
            .is_ok_and(|(received, trail)| permits(context, received, trail));
        let offer = match may && bytes < TOGETHER_BYTES {
            true => deliver::offer(context, ready.parcel, &ready.row, &ready.sent, &ready.sealed).await,
            false => Ok(None),
        };
        match offer {
            Ok(Some(offer)) => {
                bytes += offer.inline.as_ref().map_or(0, String::len) + offer.manifest.len() + offer.header.len();
                offers.push((ready, offer));
            }
            // What is amiss is told where it is offered by itself.
            _ => alone.push(ready.job),
        }
    }
    alone.extend(exchange(context, offers).await);
    alone
}

async fn exchange(context: &Context, offers: Vec<(Ready, Offer)>) -> Vec<Job> {
    let (group, mut offers): (Vec<Ready>, Vec<Offer>) = offers.into_iter().unzip();
    let Some(first) = group.first() else { return Vec::new() };
    if group.len() == 1 {
        return vec![first.job.clone()];
    }
    let along = offers.split_off(1);
    let Some(mut offer) = offers.pop() else { return Vec::new() };
    offer.along = along;
    match deliver::ask(context, first.parcel, &first.sent, &offer).await {
        Ok(Ok(mut answer)) => {
            let taken = std::mem::take(&mut answer.along);
            let is_whole = answer.missing.is_empty();
            let said = |parcel: ExchangeId| match parcel == first.parcel {
                true => Some(answer.statements.as_slice()).filter(|_| is_whole),
                false => taken.iter().find(|one| one.parcel == parcel).map(|one| one.statements.as_slice()),
            };
            settle(context, &group, said).await
        }
        Ok(Err(Stop::Failed(fault))) => {
            wait(context, group, &fault.reason).await;
            Vec::new()
        }
        // Who is refused is told by itself, why; so is whose answer cannot be read.
        Ok(Err(Stop::Refused(_))) | Err(_) => group.into_iter().map(|ready| ready.job).collect(),
    }
}

/// Hears what is said of those that were taken, and is done with them; the jobs of the others.
async fn settle<'a>(
    context: &Context,
    group: &[Ready],
    said: impl Fn(ExchangeId) -> Option<&'a [SignedStatement]>,
) -> Vec<Job> {
    let heard = join_all(group.iter().map(async |ready| {
        let Some(said) = said(ready.parcel) else { return Err(ready.job.clone()) };
        match deliver::hear_all(context, &ready.sent, ready.parcel, said).await {
            Ok(()) => Ok(ready.job.clone()),
            Err(error) => {
                tracing::warn!(%error, "what an answer says of a parcel could not be heard, trying again");
                Err(ready.job.clone())
            }
        }
    }))
    .await;
    let (done, alone): (Vec<_>, Vec<_>) = heard.into_iter().partition(std::result::Result::is_ok);
    let done: Vec<Job> = done.into_iter().flatten().collect();
    if let Some(job) = done.first() {
        warn_unless(context.evidence.store().queue().done_all(&done).await, job);
    }
    alone.into_iter().filter_map(std::result::Result::err).collect()
}

/// Nobody heard the offers: all wait.
async fn wait(context: &Context, group: Vec<Ready>, why: &str) {
    join_all(group.into_iter().map(async |Ready { job, parcel, sent, .. }| {
        if let Err(error) = later(context, parcel, sent, why.to_owned()).await {
            tracing::warn!(%error, "it could not be noted why a parcel waits");
        }
        warn_unless(again(context, &job, "not delivered yet").await, &job);
    }))
    .await;
}
