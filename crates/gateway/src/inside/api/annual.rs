//! The SIRO's annual report, and the evidence pack behind it.

mod pack;

use axum::Json;
use axum::extract::{Query, State};
use axum::routing::get;
use packhorse_governance::OperatorRole;
use packhorse_governance::assets::Assets;
use packhorse_governance::clock::{Standing, day_of};
use packhorse_governance::filing::word;
use packhorse_governance::incident::{Incidents, Kind};
use packhorse_governance::rights::{self, Requests};
use packhorse_governance::sharing::DecisionLog;
use serde_json::{Value, json};

use super::document::{Gives, Route, route};
use super::figures::{Months, Period, dashboard};
use crate::inside::Inside;
use crate::inside::api::{ApiError, Manager};
use crate::kinds::parcel::media;

const READERS: [OperatorRole; 2] = [OperatorRole::Governance, OperatorRole::Auditor];

pub(super) fn routes() -> Vec<Route> {
    vec![
        route("get", "/annual-report", get(report), "the SIRO's annual report: everything of a period on one page")
            .answers("AnnualReport")
            .query(&["from", "to"]),
        route(
            "get",
            "/evidence-pack",
            get(pack::give),
            "one archive for an auditor: documents, figures, receipts, proofs",
        )
        .query(&["from", "to", "receipts: integer"])
        .gives(Gives::File("application/x-tar")),
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
    // Some fifty counts: none needs another's result.
    let (figures, incidents, requests, decisions, assets) = tokio::try_join!(
        dashboard(inside, months),
        incidents(inside, months),
        requests(inside, months),
        decisions(inside, months),
        assets(inside),
    )?;
    Ok(json!({
        "organisation": inside.context.identity.organisation,
        "period": months.shown(),
        "made_at": jiff::Timestamp::now(),
        "figures": figures,
        "incidents": incidents,
        "requests": requests,
        "decisions": decisions,
        "assets": assets,
        "lost_media": lost.count(),
    }))
}

async fn incidents(inside: &Inside, months: Months) -> Result<Value, ApiError> {
    let incidents = Incidents::new(inside.context.evidence.store());
    let real = months.sought().with("drill", false);
    let of = |name: &str, value: &str| real.clone().with(name, value);
    let mut by_kind = Vec::new();
    for kind in Kind::ALL {
        let count = incidents.count(&real.clone().with("kind", word(&kind))).await?;
        if count > 0 {
            by_kind.push(json!({"kind": kind, "incidents": count}));
        }
    }
    let learned = incidents.each(&of("lessons", "true")).await?;
    let unfinished = incidents.each(&of("actions", "true")).await?;
    Ok(json!({
        "total": incidents.count(&real).await?,
        "drills": incidents.count(&months.sought().with("drill", true)).await?,
        "by_kind": by_kind,
        "told_regulator_in_time": incidents.count(&of("regulator", "met")).await?,
        "told_regulator_late": incidents.count(&of("regulator", "late")).await?,
        "people_told": incidents.count(&of("people", "true")).await?,
        "open": incidents.count(&of("state", "open")).await?,
        "lessons": learned.iter().map(|case| json!({"incident": case.id, "text": case.lessons})).collect::<Vec<_>>(),
        "actions_open":
            unfinished.iter().flat_map(|case| &case.actions).filter(|action| action.done_at.is_none()).count(),
    }))
}

async fn requests(inside: &Inside, months: Months) -> Result<Value, ApiError> {
    let now = jiff::Timestamp::now();
    let requests = Requests::new(inside.context.evidence.store());
    // Only what is not answered yet is read: whether its time is over is a matter of today.
    let open = requests.each(&months.sought().with("clock", "open")).await?;
    let overdue =
        |case: &&rights::Case| case.clock.as_ref().is_some_and(|clock| clock.standing(now) == Standing::Overdue);
    let mut lines = Vec::new();
    for kind in rights::Kind::ALL {
        let of = months.sought().with("kind", word(&kind));
        let received = requests.count(&of).await?;
        if received > 0 {
            let open: Vec<_> = open.iter().filter(|case| case.received.kind == kind).collect();
            let overdue = open.iter().copied().filter(overdue).count();
            lines.push(json!({
                "kind": kind, "received": received,
                "in_time": requests.count(&of.clone().with("clock", "met")).await?,
                "late": requests.count(&of.with("clock", "late")).await?,
                "overdue": overdue, "open": open.len() - overdue,
            }));
        }
    }
    Ok(json!(lines))
}

async fn decisions(inside: &Inside, months: Months) -> Result<Value, ApiError> {
    let log = DecisionLog::new(inside.context.evidence.store());
    let of = |name: &str, value: &str| months.sought().with(name, value);
    Ok(json!({
        "share": log.count(&of("decision", "share")).await?,
        "withhold": log.count(&of("decision", "withhold")).await?,
        "about_children": log.count(&of("child", "true")).await?,
    }))
}

async fn assets(inside: &Inside) -> Result<Value, ApiError> {
    let all = Assets::new(inside.context.evidence.store()).each().await?;
    let today = day_of(jiff::Timestamp::now());
    Ok(json!({
        "total": all.len(), "owned": all.iter().filter(|asset| !asset.owner.is_empty()).count(),
        "stated": all.iter().filter(|asset| asset.is_stated(today)).count(),
    }))
}
