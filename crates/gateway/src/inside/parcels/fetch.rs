//! Content given out: one file, whole or from a byte on.

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::header::{ACCEPT_RANGES, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, RANGE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use futures_util::TryStreamExt as _;

use super::Failed;
use super::caller::Caller;
use crate::inside::Inside;
use crate::kinds::parcel::{ParcelError, content};
use crate::wire::single;

/// `GET /parcels/{parcel}/files/{file}`, also `Range: bytes=n-` and `bytes=n-m` (RFC 9110 §14.1.2).
pub(super) async fn file(
    State(inside): State<Inside>,
    caller: Caller,
    Path((parcel, file)): Path<(String, usize)>,
    headers: HeaderMap,
) -> Result<Response, Failed> {
    let row = caller.parcel(&inside, &parcel).await?;
    let payload = content::payload(&inside.context, &row, caller.user.as_deref())?;
    let size = payload.size_of(file).ok_or(ParcelError::Missing)?;
    let (status, from, to) = match single(&headers, &RANGE).map(|range| bounds(range, size)) {
        None => (StatusCode::OK, 0, size),
        Some(Some((from, to))) => (StatusCode::PARTIAL_CONTENT, from, to),
        Some(None) => {
            let all = HeaderValue::try_from(format!("bytes */{size}")).unwrap_or(HeaderValue::from_static("bytes */*"));
            return Ok((StatusCode::RANGE_NOT_SATISFIABLE, [(CONTENT_RANGE, all)]).into_response());
        }
    };
    let stream = payload.file(&inside.context, file, from, to)?;
    let body = Body::from_stream(stream.map_err(|error| std::io::Error::other(error.to_string())));
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let answer = response.headers_mut();
    answer.insert(CONTENT_LENGTH, HeaderValue::from(to - from));
    answer.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    // Never shown by a browser as what the sender says it is.
    answer.insert(CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    answer.insert(CONTENT_DISPOSITION, HeaderValue::from_static("attachment"));
    answer.insert("x-content-type-options", HeaderValue::from_static("nosniff"));
    if status == StatusCode::PARTIAL_CONTENT
        && let Ok(range) = HeaderValue::try_from(format!("bytes {from}-{}/{size}", to - 1))
    {
        answer.insert(CONTENT_RANGE, range);
    }
    Ok(response)
}

/// First byte and the one behind the last; nothing when the range cannot be given.
fn bounds(range: &str, size: u64) -> Option<(u64, u64)> {
    let (from, to) = range.strip_prefix("bytes=")?.split_once('-')?;
    let from: u64 = from.parse().ok()?;
    let to = if to.is_empty() { size } else { to.parse::<u64>().ok()?.saturating_add(1).min(size) };
    (from < to).then_some((from, to))
}
