//! The inbox: what waits to be fetched, and reports of what was sent in vain, the oldest first.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use packhorse_model::Side;
use packhorse_model::parcel::ParcelState;
use packhorse_store::{ParcelFilter, ParcelOrder, WorkflowFilter};
use serde_json::json;

use super::caller::Caller;
use super::errors::Failed;
use super::filter::Wanted;
use super::message::{Found, find, is_anothers, listed_id};
use super::version::{V2_JSON, Version};
use crate::inside::Inside;
use crate::kinds::parcel::{ParcelError, end};

/// What waits to be fetched.
const WAITING: [&str; 1] = [ParcelState::Delivered.word()];
/// What was sent in vain; listed until somebody takes note.
const IN_VAIN: [&str; 3] =
    [ParcelState::Declined.word(), ParcelState::Expired.word(), ParcelState::Undeliverable.word()];

/// `GET {mailbox}/inbox`.
pub(super) async fn list(
    State(inside): State<Inside>,
    version: Version,
    caller: Caller,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Failed> {
    let (most, after) = (wanted.most()?, wanted.after()?);
    let mut page = Vec::new();
    for filter in filters(&caller, wanted.workflow()?, after) {
        // One more than asked for tells whether there is another page.
        let filter = ParcelFilter { limit: most + 1, ..filter };
        page.extend(inside.context.parcels.rows().ids(&filter).await?);
    }
    page.sort_by_key(|line| line.seq);
    // The store gives as many as the largest page has: then there may be more.
    let goes_on = page.len() > most as usize || page.len() == most as usize && most == 5000;
    page.truncate(most as usize);
    let last = page.last().map(|line| line.seq).filter(|_| goes_on);
    let messages = page.iter().map(|line| listed_id(&line.id, line.side)).collect::<Result<Vec<_>, _>>()?;
    if version == Version::One {
        return Ok(Json(json!({ "messages": messages })).into_response());
    }
    let mut links = json!({ "self": wanted.link(&caller.name, None) });
    if let Some(last) = last {
        links["next"] = wanted.link(&caller.name, Some(last)).into();
    }
    let all = waiting(&inside, &caller).await?;
    let body = json!({ "messages": messages, "links": links, "approx_inbox_count": all });
    Ok(([(CONTENT_TYPE, V2_JSON)], body.to_string()).into_response())
}

fn filters<'a>(caller: &'a Caller, workflow: Option<WorkflowFilter<'a>>, after: Option<i64>) -> [ParcelFilter<'a>; 2] {
    let filter = |side, states: &'static [&'static str]| ParcelFilter {
        mailbox: Some(&caller.id.system),
        states,
        workflow,
        order: ParcelOrder::Listed { after },
        ..ParcelFilter::new(side)
    };
    [filter(Side::Inbound, &WAITING), filter(Side::Outbound, &IN_VAIN)]
}

async fn waiting(inside: &Inside, caller: &Caller) -> Result<u64, Failed> {
    let mut all = 0;
    for filter in filters(caller, None, None) {
        all += inside.context.parcels.rows().count(&filter).await?;
    }
    Ok(all)
}

/// `GET {mailbox}/count`.
pub(super) async fn count(State(inside): State<Inside>, version: Version, caller: Caller) -> Result<Response, Failed> {
    let count = waiting(&inside, &caller).await?;
    Ok(match version {
        Version::One => Json(json!({ "count": count, "internalID": caller.name, "allResultsIncluded": true })),
        Version::Two => Json(json!({ "count": count })),
    }
    .into_response())
}

/// `PUT {mailbox}/inbox/{message}/status/acknowledged`: fetched by software, which needs it no more. Not that
/// anybody has read it.
pub(super) async fn acknowledge(
    State(inside): State<Inside>,
    version: Version,
    caller: Caller,
    Path((_, message)): Path<(String, String)>,
) -> Result<Response, Failed> {
    match find(&inside, &caller, &message).await? {
        Some(Found::Received(row)) => {
            end::fetched_for_good(&inside.context, &row, caller.by()).await.map_err(|error| match error {
                ParcelError::State { .. } => Failed::gone(),
                other => other.into(),
            })?;
        }
        Some(Found::Report(row)) => end::noted(&inside.context, &row).await?,
        Some(Found::Sent(_)) => return Err(Failed::forbidden()),
        None if is_anothers(&inside, &message).await? => return Err(Failed::forbidden()),
        None => return Err(Failed::no_message()),
    }
    Ok(match version {
        Version::One => Json(json!({ "messageId": message.to_ascii_uppercase() })).into_response(),
        Version::Two => ().into_response(),
    })
}
