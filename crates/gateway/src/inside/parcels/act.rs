//! What is done with a parcel.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use packhorse_keys::sha256;
use packhorse_model::parcel::ParcelEvent;
use packhorse_model::record::encode_digest;
use packhorse_model::{Rule, Side};
use serde::Deserialize;
use serde_json::json;

use super::Failed;
use super::caller::Caller;
use super::form::NewDispatch;
use crate::inside::Inside;
use crate::kinds::parcel::draft::{self, Dispatch};
use crate::kinds::parcel::{Cover, CoverFile, ParcelError, close, end, forward};
use crate::steps::identify::{Asked, Shown as Proof};
use crate::wire::single;

/// The caller's own key of a dispatch (IETF draft "The Idempotency-Key HTTP Header Field").
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// `POST /parcels`: opens a dispatch, one parcel a recipient.
pub(super) async fn open(
    State(inside): State<Inside>,
    caller: Caller,
    headers: HeaderMap,
    Json(new): Json<NewDispatch>,
) -> Result<Response, Failed> {
    let key = single(&headers, &IDEMPOTENCY_KEY).map(str::to_owned);
    let same = key.as_ref().map(|_| fingerprint(&new)).transpose()?;
    let mut dispatch = Dispatch { key, ..dispatch(&caller, new) };
    dispatch.cover.same = same;
    let opened = draft::open(&inside.context, dispatch).await?;
    let parcels = parcels(&opened);
    Ok((StatusCode::CREATED, Json(json!({ "dispatch": opened.dispatch, "parcels": parcels }))).into_response())
}

/// What tells one request from another under the same key.
fn fingerprint(new: &NewDispatch) -> Result<String, ParcelError> {
    // Confirming a recipient does not make it another request, nor does an end that is counted from now.
    let asked = NewDispatch { confirmed: false, expires_at: None, ..new.clone() };
    let json = serde_json::to_vec(&asked).map_err(|_| refused("the request cannot be read", "send it anew"))?;
    Ok(encode_digest(&sha256(&json)))
}

/// `POST /parcels/{parcel}/forward`: sends it on from this mailbox, without its content leaving the gateway; the
/// statements of acceptance, one a recipient.
pub(super) async fn forward(
    State(inside): State<Inside>,
    caller: Caller,
    Path(parcel): Path<String>,
    Json(new): Json<NewDispatch>,
) -> Result<Response, Failed> {
    if !new.files.is_empty() {
        return Err(refused("what is forwarded is what came", "name no files").into());
    }
    let row = caller.parcel(&inside, &parcel).await?;
    let (opened, accepted) = forward::forward(&inside.context, &row, dispatch(&caller, new), caller.by()).await?;
    let answer = json!({ "dispatch": opened.dispatch, "parcels": parcels(&opened), "statements": accepted });
    Ok((StatusCode::ACCEPTED, Json(answer)).into_response())
}

/// Each recipient's parcel.
fn parcels(opened: &draft::Opened) -> Vec<serde_json::Value> {
    let one = |one: &packhorse_model::parcel::Addressee| json!({ "parcel": one.parcel, "to": one.service, "agreement": one.agreement });
    opened.parcels.iter().map(one).collect()
}

/// What the caller wants to send.
fn dispatch(caller: &Caller, new: NewDispatch) -> Dispatch {
    let file = |file: super::form::NewFile| CoverFile {
        name: file.name,
        size: Some(file.size),
        media_type: file.media_type,
        sha256: None,
    };
    let asked = Asked {
        agreement: new.agreement,
        purpose: new.purpose,
        role: caller.role.clone(),
        user: caller.user.clone(),
        ..Asked::default()
    };
    Dispatch {
        shown: new.to.iter().map(|_| Proof::AtTheDoor).collect(),
        from: caller.id.clone(),
        to: new.to,
        asked,
        marking: new.marking,
        expires_at: new.expires_at,
        cover: Cover {
            subject: new.subject,
            reference: new.reference,
            note: new.note,
            labels: new.labels,
            files: new.files.into_iter().map(file).collect(),
            user: caller.user.clone(),
            manifest: None,
            payload: None,
            same: None,
        },
        key: None,
        confirmed: new.confirmed,
    }
}

/// `POST /parcels/{parcel}/send`: everything is in it; the statements of acceptance, one a recipient.
pub(super) async fn send(
    State(inside): State<Inside>,
    caller: Caller,
    Path(parcel): Path<String>,
) -> Result<Response, Failed> {
    let row = outgoing(&inside, &caller, &parcel).await?;
    let id = row.id.parse().map_err(|_| ParcelError::Missing)?;
    let accepted = close::close(&inside.context, id, &caller.by()).await?;
    Ok((StatusCode::ACCEPTED, Json(json!({ "statements": accepted }))).into_response())
}

/// `DELETE /parcels/{parcel}`: a draft is thrown away.
pub(super) async fn discard(
    State(inside): State<Inside>,
    caller: Caller,
    Path(parcel): Path<String>,
) -> Result<StatusCode, Failed> {
    let row = outgoing(&inside, &caller, &parcel).await?;
    if row.state != "draft" {
        let state = row.state.parse().map_err(|_| ParcelError::Missing)?;
        return Err(ParcelError::State { state, remedy: "what was sent is recalled, not thrown away" }.into());
    }
    end::recall(&inside.context, &row, String::new(), caller.by()).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn outgoing(inside: &Inside, caller: &Caller, parcel: &str) -> Result<packhorse_store::Parcel, ParcelError> {
    let id = parcel.parse().map_err(|_| ParcelError::Missing)?;
    caller.parcel_on(inside, id, Side::Outbound).await?.ok_or(ParcelError::Missing)
}

/// What may be said with an act.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Said {
    reason: String,
    until: Option<Timestamp>,
}

/// `POST /parcels/{parcel}/{act}`.
pub(super) async fn act(
    State(inside): State<Inside>,
    caller: Caller,
    Path((parcel, act)): Path<(String, String)>,
    said: Option<Json<Said>>,
) -> Result<Response, Failed> {
    let Said { reason, until } = said.map(|Json(said)| said).unwrap_or_default();
    let context = &inside.context;
    let row = caller.parcel(&inside, &parcel).await?;
    let reasoned = || match reason.trim() {
        "" => Err(refused("a reason is missing", "say why in a sentence")),
        _ => Ok(reason.clone()),
    };
    match (row.side, act.as_str()) {
        (Side::Inbound, "collected") => end::collected(context, &row, caller.by()).await?,
        (Side::Inbound, "opened") => end::opened(context, &row, caller.by()).await?,
        (Side::Inbound, "acknowledge") => {
            end::answered(context, &row, ParcelEvent::Acknowledged, caller.by()).await?;
        }
        (Side::Inbound, "decline") => {
            end::answered(context, &row, ParcelEvent::Declined { reason: reasoned()? }, caller.by()).await?;
        }
        (Side::Inbound, "deleted") => end::deleted(context, &row, caller.by()).await?,
        (Side::Outbound, "recall") => end::recall(context, &row, reasoned()?, caller.by()).await?,
        (Side::Outbound, "extend") => {
            let until = until.ok_or_else(|| refused("the new day is missing", "say until when"))?;
            end::extend(context, &row, until, caller.by()).await?;
        }
        (_, "release") => {
            caller.may_release(&inside.context.people)?;
            end::release(context, &row, reasoned()?, caller.by()).await?;
        }
        (_, "hold") => end::hold(context, &row, true).await?,
        (_, "unhold") => end::hold(context, &row, false).await?,
        _ => return Err(ParcelError::Missing.into()),
    }
    Ok(StatusCode::NO_CONTENT.into_response())
}

fn refused(reason: &str, remedy: &str) -> ParcelError {
    packhorse_model::Refusal {
        side: Side::Outbound,
        rule: Rule::Malformed,
        reason: reason.into(),
        remedy: remedy.into(),
    }
    .into()
}
