//! The views that web pages for MESH use: what was received and sent, the newest first, acknowledged ones included.

use axum::extract::{Query, State};
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use jiff::{SignedDuration, Timestamp};
use packhorse_model::Side;
use packhorse_model::parcel::ParcelState;
use packhorse_store::{ParcelFilter, ParcelOrder};
use serde::Deserialize;
use serde_json::{Value, json};

use super::caller::Caller;
use super::errors::Failed;
use super::fetch::moment;
use super::filter::{link, number};
use super::message::Opened;
use super::name::{name_of, title};
use super::standing::Standing;
use super::version::V2_JSON;
use crate::inside::Inside;

/// How far back when nothing is said.
const USUAL: SignedDuration = SignedDuration::from_hours(30 * 24);
/// Messages of a page that are given at most: what the store gives at once.
const MOST: u32 = 100;
/// Digits of the moment in a place to go on from.
const MOMENT: usize = 15;

/// The query.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Wanted {
    start_time: Option<String>,
    continue_from: Option<String>,
    max_results: Option<String>,
}

/// `GET {mailbox}/inbox/rich`.
pub(super) async fn inbox(
    State(inside): State<Inside>,
    caller: Caller,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Failed> {
    let most = number("max_results", wanted.max_results.as_deref(), 1, 2000, MOST)?;
    // What is still arriving or being checked is not in the mailbox.
    let there: Vec<&str> = ParcelState::ALL
        .iter()
        .map(|state| state.word())
        .filter(|word| !matches!(*word, "arriving" | "arrived"))
        .collect();
    view(&inside, &caller, Side::Inbound, &there, &wanted, most).await
}

/// `GET {mailbox}/outbox/rich`.
pub(super) async fn outbox(
    State(inside): State<Inside>,
    caller: Caller,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Failed> {
    let most = number("max_results", wanted.max_results.as_deref(), 10, 5000, MOST)?;
    view(&inside, &caller, Side::Outbound, &[], &wanted, most).await
}

async fn view(
    inside: &Inside,
    caller: &Caller,
    side: Side,
    states: &[&str],
    wanted: &Wanted,
    most: u32,
) -> Result<Response, Failed> {
    let now = Timestamp::now();
    let since = match &wanted.start_time {
        Some(text) => read_time(text)?,
        None => now.saturating_sub(USUAL).unwrap_or(Timestamp::MIN),
    };
    let after = wanted.continue_from.as_deref().map(read_place).transpose()?;
    let most = most.min(MOST);
    let filter = ParcelFilter {
        mailbox: Some(&caller.id.system),
        states,
        order: ParcelOrder::Made { after },
        newest_first: true,
        limit: most + 1,
        ..ParcelFilter::new(side)
    };
    let mut page = inside.context.parcels.rows().list(&filter).await?;
    page.retain(|row| row.created_ms >= since.as_millisecond());
    let goes_on = page.len() > most as usize;
    page.truncate(most as usize);
    let next = page.last().filter(|_| goes_on).map(|row| format!("{:0MOMENT$}.{}", row.created_ms, row.id));
    let mut messages = Vec::with_capacity(page.len());
    for row in page {
        messages.push(entry(inside, &Opened::of(row)?).await?);
    }
    let path = format!("{}/{}/rich", caller.name, if side == Side::Inbound { "inbox" } else { "outbox" });
    let place = |from: Option<&str>| {
        let pairs = [
            ("start_time", wanted.start_time.as_deref()),
            ("max_results", wanted.max_results.as_deref()),
            ("continue_from", from),
        ];
        link(&path, &pairs)
    };
    let mut links = json!({ "self": place(wanted.continue_from.as_deref()) });
    if let Some(next) = next {
        links["next"] = place(Some(&next)).into();
    }
    let body = json!({ "valid_at": now, "messages": messages, "links": links });
    Ok(([(CONTENT_TYPE, V2_JSON)], body.to_string()).into_response())
}

async fn entry(inside: &Inside, opened: &Opened) -> Result<Value, Failed> {
    let standing = Standing::of(inside, &opened.row).await?;
    let context = &inside.context;
    Ok(json!({
        "message_id": opened.id(),
        "expiry_timestamp": moment(opened.row.expires_ms),
        "local_id": opened.cover.as_ref().map(|cover| &cover.reference),
        "message_type": "DATA",
        "recipient": name_of(&opened.to),
        "recipient_name": title(context, &opened.to),
        "sender": name_of(&opened.from),
        "sender_name": title(context, &opened.from),
        "sent_date": moment(opened.row.created_ms),
        "status": standing.status,
        "status_code": standing.code,
        "workflow_id": opened.row.workflow,
        "total_chunks": opened.chunks(),
    }))
}

/// ISO 8601; a moment without an offset is UTC.
fn read_time(text: &str) -> Result<Timestamp, Failed> {
    let local = || text.parse::<jiff::civil::DateTime>().ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok();
    let time = text.parse().ok().or_else(|| local().map(|zoned| zoned.timestamp()));
    time.ok_or_else(|| Failed::field("start_time", "must be a moment in ISO 8601"))
}

fn read_place(text: &str) -> Result<(i64, &str), Failed> {
    let place = text.split_once('.').and_then(|(ms, id)| Some((ms.parse().ok()?, id)));
    place.ok_or_else(|| Failed::field("continue_from", "follow links.next as it was given"))
}
