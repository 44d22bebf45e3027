//! Resumable upload: tus 1.0.0, core protocol and the creation extension.
//!
//! The place of an upload is `/parcels/{parcel}/files/{file}`; what was announced with the dispatch need not be created.

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, LOCATION};
use axum::response::{IntoResponse, Response};
use packhorse_model::{ExchangeId, Rule, Side};

use super::Failed;
use super::caller::Caller;
use super::tus_headers::{Announced, LENGTH, Malformed, OFFSET, RESUMABLE, SPOKEN, offset_named, speaks};
use crate::inside::Inside;
use crate::kinds::parcel::staging::{self, CONTENT_LIMIT, Place};
use crate::kinds::parcel::{CoverFile, ParcelError};
use crate::wire::single;

const VERSION: HeaderName = HeaderName::from_static("tus-version");
const EXTENSION: HeaderName = HeaderName::from_static("tus-extension");
const MAX_SIZE: HeaderName = HeaderName::from_static("tus-max-size");

/// `OPTIONS`: what is spoken here.
pub(super) async fn options() -> Response {
    let headers = [
        (RESUMABLE, SPOKEN.to_owned()),
        (VERSION, SPOKEN.to_owned()),
        (EXTENSION, "creation".to_owned()),
        (MAX_SIZE, CONTENT_LIMIT.to_string()),
    ];
    (StatusCode::NO_CONTENT, headers).into_response()
}

/// Every call but `OPTIONS` must name the version (tus 1.0.0, "Tus-Resumable").
fn refused(headers: &HeaderMap) -> Option<Response> {
    (!speaks(headers))
        .then(|| (StatusCode::PRECONDITION_FAILED, [(RESUMABLE, SPOKEN), (VERSION, SPOKEN)]).into_response())
}

/// `POST /parcels/{parcel}/files`: creates an upload.
pub(super) async fn create(
    State(inside): State<Inside>,
    caller: Caller,
    Path(parcel): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Failed> {
    if let Some(refused) = refused(&headers) {
        return Ok(refused);
    }
    let id = own(&inside, &caller, &parcel).await?;
    let Announced { size, name, media_type } = Announced::read(&headers).map_err(ParcelError::from)?;
    if size > CONTENT_LIMIT {
        return Err(ParcelError::TooLarge.into());
    }
    let file =
        staging::add_file(&inside.context, id, CoverFile { name, size: Some(size), media_type, sha256: None }).await?;
    let place = format!("/parcels/{id}/files/{file}");
    Ok((StatusCode::CREATED, [(LOCATION, place), (RESUMABLE, SPOKEN.to_owned())]).into_response())
}

/// `HEAD`: where the upload goes on.
pub(super) async fn offset(
    State(inside): State<Inside>,
    caller: Caller,
    Path((parcel, file)): Path<(String, usize)>,
    headers: HeaderMap,
) -> Result<Response, Failed> {
    if let Some(refused) = refused(&headers) {
        return Ok(refused);
    }
    let (place, size) = place(&inside, &caller, &parcel, file).await?;
    let held = staging::part(&inside.context, &place).await?.held();
    let headers = [
        (RESUMABLE, HeaderValue::from_static(SPOKEN)),
        (OFFSET, HeaderValue::from(held)),
        (LENGTH, HeaderValue::from(size)),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok((StatusCode::OK, headers).into_response())
}

/// `PATCH`: more of it.
pub(super) async fn append(
    State(inside): State<Inside>,
    caller: Caller,
    Path((parcel, file)): Path<(String, usize)>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Failed> {
    if let Some(refused) = refused(&headers) {
        return Ok(refused);
    }
    if single(&headers, &CONTENT_TYPE) != Some("application/offset+octet-stream") {
        return Ok((StatusCode::UNSUPPORTED_MEDIA_TYPE, [(RESUMABLE, SPOKEN)]).into_response());
    }
    let offset = offset_named(&headers).map_err(ParcelError::from)?;
    let (place, size) = place(&inside, &caller, &parcel, file).await?;
    let ended = staging::append(&inside.context, &place, offset, size, staging::of_body(body)).await?;
    let headers = [(RESUMABLE, HeaderValue::from_static(SPOKEN)), (OFFSET, HeaderValue::from(ended))];
    Ok((StatusCode::NO_CONTENT, headers).into_response())
}

async fn own(inside: &Inside, caller: &Caller, parcel: &str) -> Result<ExchangeId, ParcelError> {
    let id = parcel.parse().map_err(|_| ParcelError::Missing)?;
    caller.parcel_on(inside, id, Side::Outbound).await?.map(|_| id).ok_or(ParcelError::Missing)
}

/// Where a file of a draft is uploaded to, and its announced size.
async fn place(inside: &Inside, caller: &Caller, parcel: &str, file: usize) -> Result<(Place, u64), ParcelError> {
    let id = own(inside, caller, parcel).await?;
    let (row, cover) = staging::draft(&inside.context, id).await?;
    let size = cover.files.get(file).and_then(|file| file.size).ok_or(ParcelError::Missing)?;
    Ok((Place { dispatch: row.payload, file, part: 0 }, size))
}

impl From<Malformed> for ParcelError {
    fn from(error: Malformed) -> Self {
        let (reason, remedy) = (error.to_string(), error.remedy().to_owned());
        packhorse_model::Refusal { side: Side::Outbound, rule: Rule::Malformed, reason, remedy }.into()
    }
}
