//! Parcels that are carried by hand: written off onto a medium, and brought in from one.

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use http_body_util::{BodyExt as _, Limited};
use packhorse_model::parcel::{OfferAnswer, SignedWaybill};
use packhorse_model::{ExchangeId, Side};
use serde::Deserialize;
use serde_json::json;

use super::Failed;
use super::caller::Caller;
use crate::inside::Inside;
use crate::kinds::parcel::{ParcelError, carry, media, take};

/// Onto what.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Onto {
    /// What stands on the medium.
    medium: String,
}

/// `POST /parcels/{parcel}/export`: the medium, and the waybill that goes with the pieces.
pub(super) async fn export(
    State(inside): State<Inside>,
    caller: Caller,
    Path(parcel): Path<ExchangeId>,
    Json(onto): Json<Onto>,
) -> Result<Response, Failed> {
    let row = caller.parcel_on(&inside, parcel, Side::Outbound).await?.ok_or(ParcelError::Missing)?;
    let (medium, waybill) = carry::export(&inside.context, &row, &onto.medium, caller.by()).await?;
    Ok((StatusCode::CREATED, Json(json!({ "medium": medium, "waybill": waybill }))).into_response())
}

/// `GET /parcels/{parcel}/sealed/{index}`: a piece as it is sealed.
pub(super) async fn sealed(
    State(inside): State<Inside>,
    caller: Caller,
    Path((parcel, index)): Path<(ExchangeId, u32)>,
) -> Result<Bytes, Failed> {
    let row = caller.parcel_on(&inside, parcel, Side::Outbound).await?.ok_or(ParcelError::Missing)?;
    Ok(carry::sealed_piece(&inside.context, &row, index).await?)
}

/// `GET /parcels/media`: those of the mailbox, in the order in which they were made.
pub(super) async fn media(State(inside): State<Inside>, caller: Caller) -> Result<Response, Failed> {
    let media = media::list(&inside.context, &caller.id.system).await?;
    Ok(Json(json!({ "media": media })).into_response())
}

/// `GET /parcels/media/{medium}`: by its id, or the last one of a label.
pub(super) async fn medium(
    State(inside): State<Inside>,
    caller: Caller,
    Path(medium): Path<String>,
) -> Result<Response, Failed> {
    Ok(Json(media::find(&inside.context, &caller.id.system, &medium).await?).into_response())
}

/// To whom.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct To {
    to: String,
}

/// `POST /parcels/media/{medium}/handover`.
pub(super) async fn hand_over(
    State(inside): State<Inside>,
    caller: Caller,
    Path(medium): Path<String>,
    Json(To { to }): Json<To>,
) -> Result<Response, Failed> {
    let medium = media::find(&inside.context, &caller.id.system, &medium).await?;
    Ok(Json(media::hand_over(&inside.context, &medium, &to, caller.by()).await?).into_response())
}

/// `POST /parcels/media/{medium}/lost`: what was on it, and to which keys it was sealed.
pub(super) async fn lost(
    State(inside): State<Inside>,
    caller: Caller,
    Path(medium): Path<String>,
) -> Result<Response, Failed> {
    let medium = media::find(&inside.context, &caller.id.system, &medium).await?;
    Ok(Json(media::lose(&inside.context, &medium, caller.by()).await?).into_response())
}

/// `POST /parcels/import`: the waybill of a parcel that was carried here. The pieces that are missing.
pub(super) async fn import(State(inside): State<Inside>, caller: Caller, waybill: Bytes) -> Result<Response, Failed> {
    let signed = SignedWaybill::of_file(&waybill)?;
    let parcel = signed.waybill().offer.parcel;
    let missing = carry::import(&inside.context, &caller.id, signed).await?;
    Ok((StatusCode::ACCEPTED, Json(json!({ "parcel": parcel, "missing": missing }))).into_response())
}

/// `PUT /parcels/import/{parcel}/{index}`: a piece, which must be the one that the waybill promises.
pub(super) async fn piece(
    State(inside): State<Inside>,
    caller: Caller,
    Path((parcel, index)): Path<(ExchangeId, u32)>,
    body: Body,
) -> Result<StatusCode, Failed> {
    let Some(most) = carry::wanted(&inside.context, &caller.id, parcel, index).await? else {
        return Ok(StatusCode::NO_CONTENT);
    };
    let body = Limited::new(body, usize::try_from(most).unwrap_or(0)).collect().await;
    let bytes = body.map_err(|_| ParcelError::BrokeOff)?.to_bytes();
    take::piece(&inside.context, parcel, index, bytes).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /parcels/import/{parcel}/complete`: every piece is here; it is opened and checked next.
pub(super) async fn complete(
    State(inside): State<Inside>,
    caller: Caller,
    Path(parcel): Path<ExchangeId>,
) -> Result<Response, Failed> {
    let missing = carry::complete(&inside.context, &caller.id, parcel).await?;
    if missing.is_empty() {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    Ok((StatusCode::CONFLICT, Json(OfferAnswer { missing, ..OfferAnswer::default() })).into_response())
}
