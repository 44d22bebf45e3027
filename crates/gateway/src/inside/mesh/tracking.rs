//! How what was sent stands, for its sender alone.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use packhorse_model::Side;
use packhorse_model::parcel::ParcelEvent;
use packhorse_store::{ParcelFilter, ParcelOrder};
use serde::Deserialize;
use serde_json::{Value, json};

use super::caller::Caller;
use super::errors::Failed;
use super::fetch::{compact, moment};
use super::message::{Found, Opened, find};
use super::name::{name_of, title, titles};
use super::standing::Standing;
use super::version::{V2_JSON, Version};
use crate::inside::Inside;
use crate::kinds::parcel::say;

/// How many of the newest messages are searched for a sender's own reference.
const SEARCHED: usize = 2000;

/// The query.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Wanted {
    #[serde(rename = "messageID")]
    message: Option<String>,
}

/// `GET {mailbox}/outbox/tracking?messageID=…`.
pub(super) async fn by_message(
    State(inside): State<Inside>,
    version: Version,
    caller: Caller,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Failed> {
    let message = wanted.message.ok_or_else(|| Failed::field("messageID", "Field required"))?;
    let Some(Found::Sent(row)) = find(&inside, &caller, &message).await? else { return Err(Failed::not_found()) };
    let opened = Opened::of(row)?;
    Ok(match version {
        Version::One => Json(tracked_v1(&inside, &opened).await?).into_response(),
        Version::Two => ([(CONTENT_TYPE, V2_JSON)], tracked(&inside, &opened).await?.to_string()).into_response(),
    })
}

/// `GET {mailbox}/outbox/tracking/{local id}`: among the newest messages whose content is still here, since the
/// reference goes with it.
pub(super) async fn by_local_id(
    State(inside): State<Inside>,
    caller: Caller,
    Path((_, local)): Path<(String, String)>,
) -> Result<Response, Failed> {
    let mut found = Vec::new();
    let (mut after, mut searched): (Option<(i64, String)>, usize) = (None, 0);
    while searched < SEARCHED {
        let filter = ParcelFilter {
            mailbox: Some(&caller.id.system),
            order: ParcelOrder::Made { after: after.as_ref().map(|(ms, id)| (*ms, id.as_str())) },
            newest_first: true,
            ..ParcelFilter::new(Side::Outbound)
        };
        let page = inside.context.parcels.rows().list(&filter).await?;
        let Some(last) = page.last() else { break };
        after = Some((last.created_ms, last.id.clone()));
        searched += page.len();
        for row in page {
            let opened = Opened::of(row)?;
            found.extend(Some(opened).filter(|opened| {
                opened.cover.as_ref().is_some_and(|cover| !local.is_empty() && cover.reference == local)
            }));
        }
    }
    match found.as_slice() {
        [] => Err(Failed::not_found()),
        [only] => Ok(Json(tracked_v1(&inside, only).await?).into_response()),
        _ => {
            let msg = "several messages have this local id";
            // Not an error by its status, so that it is written here.
            let body = json!({ "errorEvent": "", "errorCode": "", "errorDescription": msg });
            Ok((StatusCode::MULTIPLE_CHOICES, Json(body)).into_response())
        }
    }
}

async fn tracked(inside: &Inside, opened: &Opened) -> Result<Value, Failed> {
    let standing = Standing::of(inside, &opened.row).await?;
    let row = &opened.row;
    let (organisation, _) = titles(&inside.context, &opened.to);
    let mut tracked = json!({
        "message_id": opened.id(),
        "workflow_id": row.workflow,
        "filename": opened.file_name(),
        "upload_timestamp": moment(row.created_ms),
        "expiry_time": moment(row.expires_ms),
        "status_timestamp": moment(row.changed_ms),
        "recipient": name_of(&opened.to),
        "recipient_name": title(&inside.context, &opened.to),
        "recipient_ods_code": opened.to.organisation.code,
        "recipient_org_code": opened.to.organisation.code,
        "recipient_org_name": organisation,
        "status": standing.status,
        "status_success": standing.success,
        "status_event": standing.event,
        "status_code": standing.code,
        "status_description": standing.description,
    });
    if let Some(cover) = opened.cover.as_ref().filter(|cover| !cover.reference.is_empty()) {
        tracked["local_id"] = cover.reference.clone().into();
    }
    Ok(tracked)
}

async fn tracked_v1(inside: &Inside, opened: &Opened) -> Result<Value, Failed> {
    let standing = Standing::of(inside, &opened.row).await?;
    let row = &opened.row;
    let cover = opened.cover.as_ref();
    let (to, from) = (titles(&inside.context, &opened.to), titles(&inside.context, &opened.from));
    let flag = |label: &str| if opened.label(label) == Some("Y") { "Y" } else { "N" };
    let failed = (!standing.success).then(|| compact(moment(row.changed_ms)));
    let mut tracked = json!({
        "addressType": "ALL", "messageType": "DATA", "version": "1.0", "dtsId": opened.id(), "messageId": opened.id(),
        "workflowId": row.workflow, "fileName": opened.file_name(), "fileSize": opened.size(),
        "chunkCount": opened.chunks(), "checksum": opened.label("mesh-content-checksum"),
        "contentEncoding": opened.label("mesh-content-encoding"),
        "compressFlag": flag("mesh-content-compressed"), "isCompressed": flag("mesh-content-compressed"),
        "encryptedFlag": flag("mesh-content-encrypted"), "partnerId": opened.label("mesh-partner-id"),
        "localId": cover.map(|cover| &cover.reference), "subject": cover.map(|cover| &cover.subject),
        "linkedMsgId": null, "recipientSmtp": null, "senderSmtp": null,
    });
    let more = json!({
        "recipient": name_of(&opened.to), "recipientName": format!("{}: {}", to.0, to.1),
        "recipientOrgCode": opened.to.organisation.code, "recipientOrgName": to.0,
        "meshRecipientOdsCode": opened.to.organisation.code,
        "sender": name_of(&opened.from), "senderName": format!("{}: {}", from.0, from.1),
        "senderOrgCode": opened.from.organisation.code, "senderOrgName": from.0,
        "senderOdsCode": opened.from.organisation.code,
        "status": standing.status_v1(), "statusCode": standing.code, "statusEvent": standing.event,
        "statusDescription": standing.description, "statusSuccess": standing.word(),
        "statusTimestamp": compact(moment(row.changed_ms)), "uploadTimestamp": compact(moment(row.created_ms)),
        "expiryTime": compact(moment(row.expires_ms)), "downloadTimestamp": downloaded(inside, opened).await?,
        "failureDiagnostic": failed.as_ref().map(|_| &standing.description), "failureDate": failed,
    });
    if let (Some(tracked), Value::Object(more)) = (tracked.as_object_mut(), more) {
        tracked.extend(more);
    }
    Ok(tracked)
}

/// When it was acknowledged.
async fn downloaded(inside: &Inside, opened: &Opened) -> Result<Option<String>, Failed> {
    let about = say::about(&opened.row)?;
    let chain = say::chain(&inside.context, about.parcel, opened.row.side).await?;
    let mut statements = chain.iter().map(|signed| signed.statement());
    let collected = statements.find(|statement| statement.what == ParcelEvent::Collected);
    Ok(collected.map(|statement| compact(statement.at)))
}
