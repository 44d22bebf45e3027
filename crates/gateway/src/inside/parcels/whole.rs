//! A whole file in one call, of whatever length: for who cannot say beforehand how long it is, as a form in a browser.

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use packhorse_model::parcel::FileName;
use packhorse_model::{ExchangeId, Side};
use serde_json::json;

use super::Failed;
use super::caller::Caller;
use super::tus_headers::file_named;
use crate::inside::Inside;
use crate::kinds::parcel::staging::{self, CONTENT_LIMIT, Place};
use crate::kinds::parcel::{CoverFile, ParcelError};

/// `POST /parcels/{parcel}/whole-file`, named by `Upload-Metadata` as with tus. One that broke off is begun again under
/// the same name; one that is whole stays, unread.
pub(super) async fn put(
    State(inside): State<Inside>,
    caller: Caller,
    Path(parcel): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Failed> {
    let id: ExchangeId = parcel.parse().map_err(|_| ParcelError::Missing)?;
    caller.parcel_on(&inside, id, Side::Outbound).await?.ok_or(ParcelError::Missing)?;
    let (name, media_type) = file_named(&headers).map_err(ParcelError::from)?;
    let context = &inside.context;
    let file = match unfinished(&inside, id, &name).await? {
        Some(file) => file,
        None => staging::add_file(context, id, CoverFile { name, size: None, media_type, sha256: None }).await?,
    };
    let place = Place { dispatch: staging::draft(context, id).await?.0.payload, file, part: 1 };
    staging::put_part(context, &place, CONTENT_LIMIT, staging::of_body(body)).await?;
    let size = staging::part(context, &place).await?.held();
    Ok((StatusCode::CREATED, Json(json!({ "file": file, "size": size }))).into_response())
}

/// A file of this name whose upload broke off.
async fn unfinished(inside: &Inside, id: ExchangeId, name: &FileName) -> Result<Option<usize>, ParcelError> {
    let (row, cover) = staging::draft(&inside.context, id).await?;
    let same = |file: &CoverFile| file.size.is_none() && file.name.folded() == name.folded();
    let Some(file) = cover.files.iter().position(same) else { return Ok(None) };
    let part = staging::part(&inside.context, &Place { dispatch: row.payload, file, part: 1 }).await?;
    Ok((!part.is_whole()).then_some(file))
}
