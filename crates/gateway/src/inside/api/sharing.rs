//! The log of decisions to share or to withhold.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::routing::{get, post, put};
use packhorse_governance::OperatorRole;
use packhorse_governance::filing::Sought;
use packhorse_governance::sharing::{DecisionLog, Form, SharingDecision};
use packhorse_model::ExchangeId;
use serde::Deserialize;
use serde_json::{Value, json};

use super::acting::{Act, note};
use super::document::{Gives, Route, route};
use super::paging::{Page, found};
use crate::inside::Inside;
use crate::inside::api::{ApiError, Manager};

const READERS: [OperatorRole; 2] = [OperatorRole::Governance, OperatorRole::Auditor];
const WRITERS: [OperatorRole; 2] = [OperatorRole::Officer, OperatorRole::Governance];

/// What a decision says, given and kept.
pub(super) const FORM: &[&str] = &[
    "considered_at: date-time",
    "name",
    "position",
    "subject_ref",
    "recipient",
    "requester?",
    "data",
    "purpose",
    "lawful_basis",
    "necessity",
    "conditions?",
    "dpia?",
    "arrangements?",
    "child?: ChildTests",
    "decision: SharingVerdict",
    "reasons_for",
    "reasons_against",
    "reason",
    "exchange?: uuid",
    "replaces?: uuid",
];

pub(super) fn routes() -> Vec<Route> {
    vec![
        route("get", "/decisions", get(list), "decisions to share or withhold; officers see their own")
            .answers("SharingDecision")
            .beside(&["total: integer"])
            .query(&["decision: SharingVerdict", "q", "after", "limit: integer"])
            .gives(Gives::Page),
        route("post", "/decisions", post(record), "write a decision down; it is never changed")
            .answers("SharingDecision")
            .body(FORM)
            .gives(Gives::Made),
        route("get", "/decisions/{id}", get(show), "one decision").answers("SharingDecision"),
        route("put", "/decisions/{id}/exchange", put(link), "by which exchange it was shared, once")
            .answers("SharingDecision")
            .body(&["exchange: uuid"]),
    ]
}

fn decisions(inside: &Inside) -> DecisionLog<'_> {
    DecisionLog::new(inside.context.evidence.store())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Filter {
    decision: Option<String>,
    q: Option<String>,
    after: Option<String>,
    limit: Option<usize>,
}

async fn list(
    manager: Manager,
    State(inside): State<Inside>,
    Query(filter): Query<Filter>,
) -> Result<Json<Value>, ApiError> {
    let own = manager.may(&READERS).is_err().then_some(&manager.name);
    let sought = Sought::default().where_asked("by", own).where_asked("decision", filter.decision).saying(filter.q);
    let which = Page { after: filter.after, limit: filter.limit };
    let decided = decisions(&inside).find(&sought, which.after.as_deref(), which.rows()).await?;
    found(decided, |decision| decision.id.to_string(), |decision| json!(decision))
}

async fn record(
    manager: Manager,
    State(inside): State<Inside>,
    Json(form): Json<Form>,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    manager.may(&WRITERS)?;
    if let Some(exchange) = form.exchange {
        on_record(&inside, exchange).await?;
    }
    let decision = decisions(&inside).record(form, &manager.name, jiff::Timestamp::now()).await?;
    let act = Act { what: "decision", word: word(&decision), subject: decision.id.to_string() };
    note(&inside.context, act, &manager).await?;
    Ok((StatusCode::CREATED, Json(json!(decision))))
}

fn word(decision: &SharingDecision) -> &'static str {
    match decision.form.decision {
        packhorse_governance::sharing::Verdict::Share => "share",
        packhorse_governance::sharing::Verdict::Withhold => "withhold",
    }
}

async fn on_record(inside: &Inside, exchange: ExchangeId) -> Result<(), ApiError> {
    let lines = inside.context.evidence.store().records().named(&exchange.to_string()).await?;
    let parcel = inside.context.parcels.row(exchange, packhorse_model::Side::Outbound).await;
    if lines.is_empty() && !matches!(parcel, Ok(Some(_))) {
        return Err(ApiError::bad("no exchange or parcel of this id is on record here", "copy it from its receipt"));
    }
    Ok(())
}

async fn show(
    manager: Manager,
    State(inside): State<Inside>,
    Path(id): Path<ExchangeId>,
) -> Result<Json<Value>, ApiError> {
    Ok(Json(json!(mine(&manager, &inside, id).await?)))
}

/// The decision, if the caller may see it; else there is none.
async fn mine(manager: &Manager, inside: &Inside, id: ExchangeId) -> Result<SharingDecision, ApiError> {
    let decision = decisions(inside).get(id).await?.ok_or_else(|| ApiError::missing("decision"))?;
    if manager.may(&READERS).is_err() && decision.recorded_by != manager.name {
        return Err(ApiError::missing("decision"));
    }
    Ok(decision)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Linked {
    exchange: ExchangeId,
}

async fn link(
    manager: Manager,
    State(inside): State<Inside>,
    Path(id): Path<ExchangeId>,
    Json(linked): Json<Linked>,
) -> Result<Json<Value>, ApiError> {
    manager.may(&WRITERS)?;
    mine(&manager, &inside, id).await?;
    on_record(&inside, linked.exchange).await?;
    let decision = decisions(&inside).link(id, linked.exchange).await?;
    let decision = decision.ok_or_else(|| ApiError::missing("decision"))?;
    note(&inside.context, Act { what: "decision", word: "link", subject: id.to_string() }, &manager).await?;
    Ok(Json(json!(decision)))
}
