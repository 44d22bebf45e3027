//! Recorded: the one door through which every exchange leaves, answered, refused or broken.
//!
//! Nothing is answered before its record is durable on this side. If the record cannot be written, the
//! exchange ends as a fault, whatever the provider said.

use http::StatusCode;
use packhorse_model::Side;
use packhorse_model::record::{Outcome, RECORD_VERSION, Record};
use packhorse_model::refusal::{FaultKind, Rule};
use packhorse_store::StoreError;

use crate::context::{Context, now_ms};
use crate::evidence::Tallied;
use crate::kinds::query::Answer;
use crate::steps::seal::{SealedAnswer, said_no};
use crate::trail::{Stop, Trail};

/// How an exchange ended, after its record was written.
pub(crate) struct Recorded<T> {
    pub(crate) trail: Trail,
    pub(crate) ended: Result<T, Stop>,
}

/// Records what is answered to our own side: to who asked, to who carried a parcel here.
pub(crate) async fn for_ourselves(
    context: &Context,
    mut trail: Trail,
    ended: Result<Answer, Stop>,
) -> Recorded<Answer> {
    let outcome = outcome(&trail, ended.as_ref().map(|answer| answer.status));
    let ended = match keep(context, &mut trail, outcome).await {
        Ok(()) => ended,
        Err(stop) => Err(stop),
    };
    Recorded { trail, ended }
}

/// Records a refusal to begin, on the asking side.
pub(crate) async fn refused(context: &Context, mut trail: Trail, stop: Stop) -> Stop {
    let outcome = outcome(&trail, Err(&stop));
    keep(context, &mut trail, outcome).await.err().unwrap_or(stop)
}

/// Records the answering side and hands back what may be sent.
pub(crate) async fn inbound(
    context: &Context,
    sealed: SealedAnswer,
    ended: Result<StatusCode, Stop>,
    mut trail: Trail,
) -> SealedAnswer {
    let outcome = outcome(&trail, ended.as_ref().map(|status| *status));
    match keep(context, &mut trail, outcome).await {
        Ok(()) => sealed,
        // Not signed: a signed fault would be evidence of an exchange that has none.
        Err(stop) => said_no(&stop),
    }
}

fn outcome(trail: &Trail, ended: Result<StatusCode, &Stop>) -> Outcome {
    match ended {
        Ok(status) => Outcome::Answered { status: status.as_u16(), given: trail.cut.0, withheld: trail.cut.1 },
        Err(Stop::Refused(refusal)) => Outcome::Refused(refusal.clone()),
        Err(Stop::Failed(fault)) => Outcome::Failed(fault.clone()),
    }
}

async fn keep(context: &Context, trail: &mut Trail, outcome: Outcome) -> Result<(), Stop> {
    trail.moments.response_out = now_ms();
    let partner = match trail.side {
        Side::Outbound => &trail.exchange.service.system.organisation,
        Side::Inbound => trail.exchange.client.organisation(),
    }
    .to_string();
    context.metrics.count(trail, &outcome, &partner);
    if !trail.identified {
        return Ok(());
    }
    let record = Record {
        version: RECORD_VERSION,
        side: trail.side,
        exchange: trail.exchange.clone(),
        ended: outcome,
        moments: trail.moments,
        sizes: trail.sizes,
        content: String::new(),
    };
    let uses = match record.ended {
        Outcome::Answered { .. } => u32::from(trail.counts) + trail.counts_along,
        _ => 0,
    };
    let people = context.finder.digests(found_by(trail));
    let (tier, department) = where_they_work(context, trail);
    let tallied = Tallied { uses, tier, department, people };
    match context.evidence.keep_counted(record, &trail.content, partner, tallied).await {
        Ok(_) => Ok(()),
        // A replay that slipped past the guard, for example to another process of a cluster.
        Err(StoreError::Duplicate) => Err(trail.refuse(
            Rule::Replay,
            "an exchange with this id was recorded before",
            "send a new request with a new id",
        )),
        Err(_) => Err(trail.fail(
            FaultKind::Evidence,
            "the record of this exchange could not be written, so it is not answered: the operator must look at the store",
        )),
    }
}

/// What a record is found by: what the exchange named, and the case.
fn found_by(trail: &Trail) -> impl Iterator<Item = &str> {
    let case = Some(trail.content.case.as_str()).filter(|case| !case.is_empty());
    trail.identifiers.iter().map(String::as_str).chain(case)
}

/// Tier and department of our own person who asked.
fn where_they_work(context: &Context, trail: &Trail) -> (String, String) {
    let account = match trail.side {
        Side::Outbound => context.people.accounts().get(&trail.content.user),
        Side::Inbound => None,
    };
    account.map_or_else(Default::default, |account| (account.tier.word().to_owned(), account.department.clone()))
}
