//! The SIRO's annual report, and the evidence pack behind it.

mod pack;

use axum::Json;
use axum::extract::{Query, State};
use axum::routing::get;
use packhorse_governance::OperatorRole;
use packhorse_governance::assets::Assets;
use packhorse_governance::clock::{Standing, day_of};
use packhorse_governance::incident::Incidents;
use packhorse_governance::rights::{self, Requests};
use packhorse_governance::sharing::{DecisionLog, Verdict};
use serde_json::{Value, json};

use super::document::{Route, route};
use super::figures::{Months, Period, dashboard};
use crate::inside::Inside;
use crate::inside::api::{ApiError, Manager};
use crate::kinds::parcel::media;

const READERS: [OperatorRole; 2] = [OperatorRole::Governance, OperatorRole::Auditor];

pub(super) fn routes() -> Vec<Route> {
    vec![
        route("get", "/annual-report", get(report), "the SIRO's annual report: everything of a period on one page")
            .query(&["from", "to"]),
        route(
            "get",
            "/evidence-pack",
            get(pack::give),
            "one archive for an auditor: documents, figures, receipts, proofs",
        )
        .query(&["from", "to", "receipts"]),
    ]
}

async fn report(
    manager: Manager,
    State(inside): State<Inside>,
    Query(period): Query<Period>,
) -> Result<Json<Value>, ApiError> {
    manager.may(&READERS)?;
    Ok(Json(annual(&inside, period.months()?).await?))
}

/// The report of a period.
pub(super) async fn annual(inside: &Inside, months: Months) -> Result<Value, ApiError> {
    let lost = media::lost(&inside.context).await;
    let lost = lost.map_err(|error| ApiError::bad(error.to_string(), "look at the register of media"))?;
    let (begins, ends) = months.moments();
    let lost = lost.iter().filter(|medium| medium.lost.as_ref().is_some_and(|loss| (begins..ends).contains(&loss.at)));
    Ok(json!({
        "organisation": inside.context.identity.organisation,
        "period": months.shown(),
        "made_at": jiff::Timestamp::now(),
        "figures": dashboard(inside, months).await?,
        "incidents": incidents(inside, months).await?,
        "requests": requests(inside, months).await?,
        "decisions": decisions(inside, months).await?,
        "assets": assets(inside).await?,
        "lost_media": lost.count(),
    }))
}

async fn incidents(inside: &Inside, months: Months) -> Result<Value, ApiError> {
    let (begins, ends) = months.moments();
    let mut cases = Incidents::new(inside.context.evidence.store()).all().await?;
    cases.retain(|case| (begins..ends).contains(&case.reported_at));
    let drills = cases.iter().filter(|case| case.report.drill).count();
    cases.retain(|case| !case.report.drill);
    let now = jiff::Timestamp::now();
    let told = |late: bool| {
        let standing = if late { Standing::Late } else { Standing::Met };
        cases
            .iter()
            .filter(|case| case.regulator.as_ref().is_some_and(|told| told.told))
            .filter(|case| case.clock.standing(now) == standing)
            .count()
    };
    let mut kinds = std::collections::BTreeMap::new();
    for case in &cases {
        *kinds.entry(case.report.kind).or_insert(0u64) += 1;
    }
    let by_kind = kinds.iter().map(|(kind, count)| json!({"kind": kind, "incidents": count}));
    Ok(json!({
        "total": cases.len(), "drills": drills, "by_kind": by_kind.collect::<Vec<_>>(),
        "told_regulator_in_time": told(false), "told_regulator_late": told(true),
        "people_told": cases.iter().filter(|case| case.people.as_ref().is_some_and(|told| told.told)).count(),
        "open": cases.iter().filter(|case| case.state == packhorse_governance::incident::State::Open).count(),
        "lessons": cases.iter().filter(|case| !case.lessons.is_empty())
            .map(|case| json!({"incident": case.id, "text": case.lessons})).collect::<Vec<_>>(),
        "actions_open": cases.iter().flat_map(|case| &case.actions).filter(|action| action.done_at.is_none()).count(),
    }))
}

async fn requests(inside: &Inside, months: Months) -> Result<Value, ApiError> {
    let (begins, ends) = months.moments();
    let now = jiff::Timestamp::now();
    let mut kinds = std::collections::BTreeMap::<rights::Kind, [u64; 5]>::new();
    let all = Requests::new(inside.context.evidence.store()).all().await?;
    for case in all.iter().filter(|case| (begins..ends).contains(&case.received.received_at)) {
        let row = kinds.entry(case.received.kind).or_default();
        row[0] += 1;
        let column = match case.clock.as_ref().map(|clock| clock.standing(now)) {
            Some(Standing::Met) => 1,
            Some(Standing::Late) => 2,
            Some(Standing::Overdue) => 3,
            _ => 4,
        };
        row[column] += 1;
    }
    let line = |(kind, [received, in_time, late, overdue, open]): (&rights::Kind, &[u64; 5])| json!({"kind": kind, "received": received, "in_time": in_time, "late": late, "overdue": overdue, "open": open});
    Ok(json!(kinds.iter().map(line).collect::<Vec<_>>()))
}

async fn decisions(inside: &Inside, months: Months) -> Result<Value, ApiError> {
    let (begins, ends) = months.moments();
    let mut all = DecisionLog::new(inside.context.evidence.store()).all().await?;
    all.retain(|decision| (begins..ends).contains(&decision.recorded_at));
    let of = |verdict| all.iter().filter(|decision| decision.form.decision == verdict).count();
    let children = all.iter().filter(|decision| decision.form.child.is_some()).count();
    Ok(json!({"share": of(Verdict::Share), "withhold": of(Verdict::Withhold), "about_children": children}))
}

async fn assets(inside: &Inside) -> Result<Value, ApiError> {
    let all = Assets::new(inside.context.evidence.store()).all().await?;
    let today = day_of(jiff::Timestamp::now());
    Ok(json!({
        "total": all.len(), "owned": all.iter().filter(|asset| !asset.owner.is_empty()).count(),
        "stated": all.iter().filter(|asset| asset.is_stated(today)).count(),
    }))
}
