//! The evidence: lists, records, receipts, erasure.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use packhorse_governance::OperatorRole;
use packhorse_model::record::Receipt;
use packhorse_model::{Side, id::ExchangeId};
use packhorse_store::{RecordFilter, RecordLine};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::inside::Inside;
use crate::inside::api::{ApiError, Manager};

/// Who may look at evidence. Integrators may not: records tell who asked about what.
const READERS: [OperatorRole; 2] = [OperatorRole::Governance, OperatorRole::Auditor];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Filter {
    since: Option<jiff::Timestamp>,
    until: Option<jiff::Timestamp>,
    /// The first day, in the network's clock (UTC).
    from: Option<Date>,
    /// The last day.
    to: Option<Date>,
    kind: Option<String>,
    partner: Option<String>,
    agreement: Option<String>,
    outcome: Option<String>,
    exchange: Option<ExchangeId>,
    before: Option<u64>,
    limit: Option<u32>,
}

/// `GET /api/records`: the newest first, at most 1,000 a page; `before` is the last index of the page before.
pub(super) async fn list(
    manager: Manager,
    State(inside): State<Inside>,
    Query(filter): Query<Filter>,
) -> Result<Json<Value>, ApiError> {
    manager.may(&READERS)?;
    let filter = RecordFilter {
        since_ms: filter.since.or(filter.from.and_then(start)).map(jiff::Timestamp::as_millisecond),
        until_ms: filter
            .until
            .or(filter.to.and_then(|to| start(to.tomorrow().ok()?)))
            .map(jiff::Timestamp::as_millisecond),
        kind: filter.kind,
        partner: filter.partner,
        agreement: filter.agreement,
        outcome: filter.outcome,
        id: filter.exchange.map(|exchange| exchange.to_string()),
        before_index: filter.before,
        limit: filter.limit.unwrap_or(100),
    };
    let lines = inside.context.evidence.store().records().list(&filter).await?;
    Ok(Json(json!(lines.iter().map(line).collect::<Vec<_>>())))
}

/// The first moment of a day.
fn start(day: Date) -> Option<jiff::Timestamp> {
    day.to_zoned(TimeZone::UTC).ok().map(|start| start.timestamp())
}

pub(super) fn line(line: &RecordLine) -> Value {
    json!({
        "index": line.index, "exchange": line.id, "side": line.side, "at": moment(line.at_ms), "kind": line.kind,
        "partner": line.partner, "client": line.system, "service": line.service, "agreement": line.agreement,
        "outcome": line.outcome, "rule": line.rule, "erased": line.erased_ms.map(moment),
    })
}

fn moment(ms: i64) -> Option<String> {
    jiff::Timestamp::from_millisecond(ms).ok().map(|moment| moment.to_string())
}

/// `GET /api/records/{exchange}`: what is kept of an exchange, on each side that we stood on.
pub(super) async fn show(
    manager: Manager,
    State(inside): State<Inside>,
    Path(exchange): Path<ExchangeId>,
) -> Result<Json<Value>, ApiError> {
    manager.may(&READERS)?;
    let records = inside.context.evidence.store().records();
    let mut shown = Vec::new();
    for found in records.named(&exchange.to_string()).await? {
        let Some(kept) = records.at(found.index).await? else { continue };
        let raw = |bytes: Vec<u8>| String::from_utf8(bytes).ok().and_then(|text| RawValue::from_string(text).ok());
        let mut entry = line(&found);
        entry["record"] = json!(raw(kept.record));
        entry["content"] = json!(kept.content.and_then(|content| raw(content.bytes)));
        shown.push(entry);
    }
    if shown.is_empty() { Err(ApiError::missing("record")) } else { Ok(Json(json!(shown))) }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Which {
    side: Option<Side>,
    partner: Option<String>,
}

/// `GET /api/records/{exchange}/receipt?side=&partner=`.
pub(super) async fn receipt(
    manager: Manager,
    State(inside): State<Inside>,
    Path(exchange): Path<ExchangeId>,
    Query(which): Query<Which>,
) -> Result<Json<Receipt>, ApiError> {
    manager.may(&READERS)?;
    let partner = which.partner.as_deref();
    Ok(Json(inside.context.evidence.receipt(&exchange.to_string(), which.side, partner).await?))
}

/// `DELETE /api/records/{exchange}/content?side=&partner=`: erases what could tell about a person. The
/// record and every proof stay.
pub(super) async fn erase(
    manager: Manager,
    State(inside): State<Inside>,
    Path(exchange): Path<ExchangeId>,
    Query(which): Query<Which>,
) -> Result<StatusCode, ApiError> {
    manager.may(&[OperatorRole::Governance])?;
    let records = inside.context.evidence.store().records();
    let id = exchange.to_string();
    let mut erased = false;
    for line in records.named(&id).await? {
        let wanted = which.side.is_none_or(|side| side == line.side)
            && which.partner.as_ref().is_none_or(|partner| *partner == line.partner);
        if wanted {
            erased |= records.erase(&id, line.side, &line.partner).await?.is_some();
        }
    }
    if erased { Ok(StatusCode::NO_CONTENT) } else { Err(ApiError::missing("record with content")) }
}
