//! What lies in a mailbox, how a parcel stands, and the proof of it.

use std::time::Duration;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use packhorse_model::Side;
use packhorse_model::parcel::{ParcelEvent, ParcelState};
use packhorse_store::{Parcel, ParcelFilter, ParcelOrder, WorkflowFilter, WorkflowPattern};
use serde::Deserialize;
use serde_json::json;

use super::Failed;
use super::caller::Caller;
use super::form::{Shown, Tracked};
use crate::inside::Inside;
use crate::kinds::parcel::{ParcelError, say};

/// The longest wait for news.
const LONGEST_WAIT: u64 = 60;
/// Parcels on a page.
const PAGE: u32 = 100;

/// What to list.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Wanted {
    /// `in` or `out`.
    r#box: Option<String>,
    state: Option<String>,
    workflow: Option<String>,
    /// The place of the last one seen (`in`).
    after: Option<i64>,
    /// Whether the newest stand first (`in`): software goes on from where it was, people look at what has just come.
    newest: bool,
    /// The last one seen (`out`).
    before: Option<String>,
    limit: Option<u32>,
    /// Seconds to wait for something new when there is nothing.
    wait: Option<u64>,
}

/// `GET /parcels`: what lies in the mailbox (`box=in`, oldest first unless `newest=true`), or was sent from it
/// (`box=out`, newest first).
pub(super) async fn list(
    State(inside): State<Inside>,
    caller: Caller,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Failed> {
    let mut news = inside.context.parcels.news();
    let mut rows = page(&inside, &caller, &wanted).await?;
    if rows.is_empty()
        && let Some(wait) = wanted.wait
    {
        let end = tokio::time::Instant::now() + Duration::from_secs(wait.min(LONGEST_WAIT));
        while rows.is_empty() && matches!(tokio::time::timeout_at(end, news.changed()).await, Ok(Ok(()))) {
            rows = page(&inside, &caller, &wanted).await?;
        }
    }
    let parcels = rows.iter().map(Shown::of).collect::<Result<Vec<_>, _>>()?;
    Ok(Json(json!({ "parcels": parcels })).into_response())
}

async fn page(inside: &Inside, caller: &Caller, wanted: &Wanted) -> Result<Vec<Parcel>, ParcelError> {
    let state: Option<ParcelState> =
        wanted.state.as_deref().map(|word| word.parse().map_err(|_| ParcelError::Missing)).transpose()?;
    let states: Vec<&str> = state.iter().map(|state| state.word()).collect();
    let before = match &wanted.before {
        Some(id) => {
            let id = id.parse().map_err(|_| ParcelError::Missing)?;
            let row = caller.parcel_on(inside, id, Side::Outbound).await?.ok_or(ParcelError::Missing)?;
            Some((row.created_ms, row.id))
        }
        None => None,
    };
    let after = before.as_ref().map(|(ms, id)| (*ms, id.as_str()));
    let (side, order) = match wanted.r#box.as_deref() {
        Some("out") => (Side::Outbound, ParcelOrder::Made { after }),
        // What a scanner has stopped was never put into the mailbox; who asks for it by name may see it.
        _ if state == Some(ParcelState::Quarantined) => (Side::Inbound, ParcelOrder::Made { after: None }),
        _ => (Side::Inbound, ParcelOrder::Listed { after: wanted.after }),
    };
    let filter = ParcelFilter {
        mailbox: Some(&caller.id.system),
        states: &states,
        workflow: wanted
            .workflow
            .as_deref()
            .map(|workflow| WorkflowFilter { pattern: WorkflowPattern::Equals(workflow), negated: false }),
        order,
        newest_first: side == Side::Outbound || wanted.newest,
        limit: wanted.limit.unwrap_or(PAGE).clamp(1, PAGE),
        ..ParcelFilter::new(side)
    };
    Ok(inside.context.parcels.rows().list(&filter).await?)
}

/// `GET /parcels/{parcel}`: how it stands, and every signed statement.
pub(super) async fn track(
    State(inside): State<Inside>,
    caller: Caller,
    Path(parcel): Path<String>,
) -> Result<Json<Tracked>, Failed> {
    let row = caller.parcel(&inside, &parcel).await?;
    let about = say::about(&row)?;
    let statements = say::chain(&inside.context, about.parcel, row.side).await?;
    Ok(Json(Tracked { shown: Shown::of(&row)?, statements }))
}

/// `GET /parcels/{parcel}/receipt`: each statement with its record and the ledger's proof, for `packhorse verify`.
pub(super) async fn receipt(
    State(inside): State<Inside>,
    caller: Caller,
    Path(parcel): Path<String>,
) -> Result<Response, Failed> {
    let row = caller.parcel(&inside, &parcel).await?;
    let about = say::about(&row)?;
    let mut receipts = Vec::new();
    let mut chain = say::chain(&inside.context, about.parcel, row.side).await?;
    // In the order in which it happened, not that in which the other side's word came in.
    chain.sort_by_key(|signed| (signed.statement().what != ParcelEvent::Accepted, signed.statement().at));
    for signed in chain {
        let id = signed.statement().id.to_string();
        receipts.push(inside.context.evidence.receipt(&id, Some(row.side), None).await?);
    }
    Ok(Json(json!({ "version": 1, "parcel": about.parcel, "receipts": receipts })).into_response())
}
