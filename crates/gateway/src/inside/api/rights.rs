//! Rights requests, complaints, freedom of information; and the search for what was exchanged about one person.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use packhorse_governance::OperatorRole;
use packhorse_governance::filing::Sought;
use packhorse_governance::rights::{Case, Received, Requests, Step};
use packhorse_model::ExchangeId;
use serde::Deserialize;
use serde_json::{Value, json};

use super::acting::{Act, note};
use super::document::{Gives, Route, route};
use super::incidents::{clock, nation};
use super::paging::{Page, found};
use crate::finder;
use crate::inside::Inside;
use crate::inside::api::records::line;
use crate::inside::api::{ApiError, Manager};

const KEEPERS: [OperatorRole; 1] = [OperatorRole::Governance];
const READERS: [OperatorRole; 2] = [OperatorRole::Governance, OperatorRole::Auditor];
/// Most identifiers of one search.
const IDENTIFIERS_LIMIT: usize = 10;

pub(super) fn routes() -> Vec<Route> {
    vec![
        route("get", "/requests", get(list), "rights requests, complaints and requests for information")
            .answers("RequestSummary")
            .beside(&["total: integer"])
            .query(&["kind: RequestKind", "state: RequestState", "q", "after", "limit: integer"])
            .gives(Gives::Page),
        route("post", "/requests", post(receive), "enter a request that was received")
            .answers("RequestSummary")
            .body(&[
                "kind: RequestKind",
                "what",
                "requester?",
                "channel",
                "received_at: date-time",
                "identity_needed?: boolean",
                "exchange?: uuid",
            ])
            .gives(Gives::Made),
        route("get", "/requests/{id}", get(show), "one request with its clock, searches and schedule")
            .answers("Request"),
        route("post", "/requests/{id}/steps", post(step), "do something about a request")
            .answers("Request")
            .takes("RequestStep"),
        route("post", "/people/search", post(search), "what was exchanged about one person; the search is recorded")
            .answers("RecordLine")
            .beside(&["next: integer or null", "searched"])
            .body(&["identifiers: texts", "request: uuid", "before?: integer", "limit?: integer"])
            .gives(Gives::Page),
    ]
}

fn requests(inside: &Inside) -> Requests<'_> {
    Requests::new(inside.context.evidence.store())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Filter {
    kind: Option<String>,
    state: Option<String>,
    q: Option<String>,
    after: Option<String>,
    limit: Option<usize>,
}

async fn list(
    manager: Manager,
    State(inside): State<Inside>,
    Query(filter): Query<Filter>,
) -> Result<Json<Value>, ApiError> {
    manager.may(&READERS)?;
    let sought = Sought::default().where_asked("state", filter.state).where_asked("kind", filter.kind).saying(filter.q);
    let which = Page { after: filter.after, limit: filter.limit };
    let cases = requests(&inside).find(&sought, which.after.as_deref(), which.rows()).await?;
    found(cases, |case| case.id.to_string(), summary)
}

fn summary(case: &Case) -> Value {
    json!({
        "id": case.id, "kind": case.received.kind, "state": case.state, "received_at": case.received.received_at,
        "channel": case.received.channel, "clock": case.clock.as_ref().map(clock), "ended_at": case.ended_at,
    })
}

async fn receive(
    manager: Manager,
    State(inside): State<Inside>,
    Json(received): Json<Received>,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    manager.may(&KEEPERS)?;
    let case = requests(&inside).receive(received, &manager.name, nation(&inside), jiff::Timestamp::now()).await?;
    let act = Act { what: "request", word: "receive", subject: case.id.to_string() };
    note(&inside.context, act, &manager).await?;
    Ok((StatusCode::CREATED, Json(summary(&case))))
}

async fn show(
    manager: Manager,
    State(inside): State<Inside>,
    Path(id): Path<ExchangeId>,
) -> Result<Json<Value>, ApiError> {
    manager.may(&READERS)?;
    let case = requests(&inside).get(id).await?.ok_or_else(|| ApiError::missing("request"))?;
    Ok(Json(whole(&case)))
}

fn whole(case: &Case) -> Value {
    let mut shown = json!(case);
    shown["clock"] = json!(case.clock.as_ref().map(clock));
    shown
}

async fn step(
    manager: Manager,
    State(inside): State<Inside>,
    Path(id): Path<ExchangeId>,
    Json(step): Json<Step>,
) -> Result<Json<Value>, ApiError> {
    manager.may(&KEEPERS)?;
    let case = requests(&inside).step(id, &step, &manager.name, jiff::Timestamp::now()).await?;
    let case = case.ok_or_else(|| ApiError::missing("request"))?;
    note(&inside.context, Act { what: "request", word: step.word(), subject: id.to_string() }, &manager).await?;
    Ok(Json(whole(&case)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Search {
    identifiers: Vec<String>,
    /// For which request: nobody is looked up without one.
    request: ExchangeId,
    before: Option<u64>,
    limit: Option<u32>,
}

/// Found by keyed digests: the store does not hold who it is.
async fn search(
    manager: Manager,
    State(inside): State<Inside>,
    Json(search): Json<Search>,
) -> Result<Json<Value>, ApiError> {
    manager.may(&KEEPERS)?;
    if requests(&inside).get(search.request).await?.is_none_or(|case| case.ended_at.is_some()) {
        let remedy = "enter the request first: a person is looked up for an open request only";
        return Err(ApiError::bad("no open request has this id", remedy));
    }
    if search.identifiers.is_empty() || search.identifiers.len() > IDENTIFIERS_LIMIT {
        return Err(ApiError::bad("a search names 1 to 10 identifiers", "search again for the rest"));
    }
    if let Some(none) = search.identifiers.iter().position(|identifier| finder::plain(identifier).is_none()) {
        let error = format!("identifier {} has no digit, or not 4 to 64 letters and digits", none + 1);
        return Err(ApiError::bad(error, "give a number or reference as systems use it, not a name"));
    }
    let people = inside.context.finder.digests(search.identifiers.iter().map(String::as_str));
    // Before anything is found: nobody looks without leaving a trace.
    let act = Act { what: "request", word: "search", subject: search.request.to_string() };
    note(&inside.context, act, &manager).await?;
    let limit = search.limit.unwrap_or(100).clamp(1, 1000);
    let records = inside.context.evidence.store().records();
    let lines = records.about(&people, search.before, limit).await?;
    let next = lines.last().filter(|_| lines.len() == limit as usize).map(|last| last.index);
    Ok(Json(json!({
        "items": lines.iter().map(line).collect::<Vec<_>>(), "next": next,
        "searched": "identifiers and case references in questions, key columns of answered tables, \
                     and subjects, references, labels and file names of parcels; not the parcels' files, \
                     and nothing whose content was erased",
    })))
}
