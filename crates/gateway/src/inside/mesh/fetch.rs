//! Messages given out: their headers, and their content chunk by chunk. A parcel of one file is that file; one of
//! several is its archive, a tar.
//!
//! Content goes out as it is, never packed: clients unpack the first member of a packed answer only.

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, LAST_MODIFIED};
use axum::response::{IntoResponse, Response};
use futures_util::TryStreamExt as _;
use jiff::Timestamp;
use packhorse_model::Side;
use packhorse_store::Parcel;

use super::caller::Caller;
use super::errors::Failed;
use super::headers::{CARRIED, FILE_NAME};
use super::message::{CHUNK, Found, Opened, find, is_anothers, listed_id};
use super::name::name_of;
use super::standing::Standing;
use super::version::Version;
use crate::inside::Inside;
use crate::kinds::parcel::{ParcelError, content};

const OCTETS: &str = "application/octet-stream";

/// `HEAD {mailbox}/inbox/{message}`: for its recipient and its sender.
pub(super) async fn head(
    State(inside): State<Inside>,
    caller: Caller,
    Path((_, message)): Path<(String, String)>,
) -> Result<Response, Failed> {
    let mut headers = match find(&inside, &caller, &message).await? {
        Some(Found::Received(row) | Found::Sent(row)) => {
            let opened = Opened::of(row)?;
            let standing = Standing::of(&inside, &opened.row).await?;
            described(&opened, &standing, 1)
        }
        Some(Found::Report(row)) => reported(&inside, row).await?,
        None => return Err(Failed::no_message()),
    };
    headers.insert(CONTENT_LENGTH, HeaderValue::from(0));
    Ok(headers.into_response())
}

/// `GET {mailbox}/inbox/{message}`: its first chunk.
pub(super) async fn first(
    State(inside): State<Inside>,
    version: Version,
    caller: Caller,
    Path((_, message)): Path<(String, String)>,
) -> Result<Response, Failed> {
    given(&inside, version, &caller, &message, 1).await
}

/// `GET {mailbox}/inbox/{message}/{chunk}`.
pub(super) async fn chunk(
    State(inside): State<Inside>,
    version: Version,
    caller: Caller,
    Path((_, message, number)): Path<(String, String, u64)>,
) -> Result<Response, Failed> {
    given(&inside, version, &caller, &message, number).await
}

async fn given(
    inside: &Inside,
    version: Version,
    caller: &Caller,
    message: &str,
    number: u64,
) -> Result<Response, Failed> {
    match find(inside, caller, message).await? {
        Some(Found::Received(row)) => content_of(inside, version, row, number).await,
        Some(Found::Report(row)) if number == 1 => Ok(reported(inside, row).await?.into_response()),
        Some(Found::Report(_)) => Err(Failed::no_message()),
        Some(Found::Sent(_)) => Err(Failed::forbidden()),
        None if is_anothers(inside, message).await? => Err(Failed::forbidden()),
        None => Err(Failed::no_message()),
    }
}

async fn content_of(inside: &Inside, version: Version, row: Parcel, number: u64) -> Result<Response, Failed> {
    // What was acknowledged, recalled or stopped is not given out, nor what requires a vetted person.
    let payload = content::payload(&inside.context, &row, None).map_err(|error| match error {
        ParcelError::Refused(refusal) => Failed::not_for_software(&refusal),
        ParcelError::Gateway(_) => error.into(),
        _ => Failed::gone(),
    })?;
    let opened = Opened::of(row)?;
    let (size, chunks) = (opened.size(), opened.chunks());
    if number < 1 || number > chunks {
        return Err(Failed::no_message());
    }
    let (from, to) = ((number - 1) * CHUNK, (number * CHUNK).min(size));
    let broke = |error: ParcelError| std::io::Error::other(error.to_string());
    let body = match opened.only_file() {
        Some(_) => Body::from_stream(payload.file(&inside.context, 0, from, to)?.map_err(broke)),
        None => Body::from_stream(payload.archive(&inside.context, from, to).map_err(broke)),
    };
    let mut headers = described(&opened, &Standing::of(inside, &opened.row).await?, number);
    headers.insert(CONTENT_LENGTH, HeaderValue::from(to - from));
    let media_type = (version == Version::Two && chunks == 1).then(|| media_type(&opened)).flatten();
    headers.insert(CONTENT_TYPE, media_type.unwrap_or(HeaderValue::from_static(OCTETS)));
    // Never shown by a browser as what the sender says it is.
    headers.insert("x-content-type-options", HeaderValue::from_static("nosniff"));
    let status = if number < chunks { StatusCode::PARTIAL_CONTENT } else { StatusCode::OK };
    Ok((status, headers, body).into_response())
}

fn media_type(opened: &Opened) -> Option<HeaderValue> {
    let file = opened.cover.as_ref()?.files.first().filter(|_| opened.only_file().is_some())?;
    HeaderValue::from_str(file.media_type.as_deref()?).ok()
}

/// The `Mex-` headers of a message.
fn described(opened: &Opened, standing: &Standing, number: u64) -> HeaderMap {
    let chunks = opened.chunks();
    let mut headers = HeaderMap::new();
    // What was packed only for its way here is not packed any more.
    let packed_on_its_way = opened.label("mesh-content-encoding").is_some();
    for (name, label, _) in CARRIED {
        if !(packed_on_its_way && name == "mex-content-compressed") && label != FILE_NAME {
            put(&mut headers, name, opened.label(label).unwrap_or_default());
        }
    }
    if let Some(cover) = &opened.cover {
        put(&mut headers, "mex-subject", &cover.subject);
        put(&mut headers, "mex-localid", &cover.reference);
    }
    put(&mut headers, "mex-filename", &opened.file_name());
    put(&mut headers, "mex-from", &name_of(&opened.from));
    put(&mut headers, "mex-messagetype", "DATA");
    put(&mut headers, "mex-messageid", &opened.id());
    put(&mut headers, "mex-chunk-range", &format!("{number}:{chunks}"));
    put(&mut headers, "mex-total-chunks", &chunks.to_string());
    put_standing(&mut headers, opened, standing);
    put(&mut headers, "mex-to", &name_of(&opened.to));
    headers
}

/// The headers of a report: to the sender, about a message that was sent in vain; it has no content.
async fn reported(inside: &Inside, row: Parcel) -> Result<HeaderMap, Failed> {
    let id = listed_id(&row.id, Side::Outbound)?;
    let opened = Opened::of(row)?;
    let standing = Standing::of(inside, &opened.row).await?;
    let cover = opened.cover.as_ref();
    let mut headers = HeaderMap::new();
    put(&mut headers, "mex-messagetype", "REPORT");
    put(&mut headers, "mex-messageid", &id);
    put(&mut headers, "mex-linkedmsgid", &opened.id());
    put(&mut headers, "mex-chunk-range", "1:0");
    put(&mut headers, "mex-total-chunks", "0");
    put(&mut headers, "mex-subject", &format!("NDR: {}", cover.map_or("", |cover| &cover.subject)));
    put(&mut headers, "mex-localid", cover.map_or("", |cover| &cover.reference));
    put_standing(&mut headers, &opened, &standing);
    put(&mut headers, "mex-to", &name_of(&opened.from));
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(OCTETS));
    Ok(headers)
}

fn put_standing(headers: &mut HeaderMap, opened: &Opened, standing: &Standing) {
    let changed = moment(opened.row.changed_ms);
    put(headers, "mex-workflowid", &opened.row.workflow);
    put(headers, "mex-addresstype", "ALL");
    put(headers, "mex-version", "1.0");
    put(headers, "mex-statuscode", standing.code);
    put(headers, "mex-statusevent", standing.event);
    put(headers, "mex-statusdescription", &standing.description);
    put(headers, "mex-statussuccess", standing.word());
    put(headers, "mex-statustimestamp", &compact(changed));
    if let Ok(value) = HeaderValue::try_from(changed.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()) {
        headers.insert(LAST_MODIFIED, value);
    }
}

/// Empty ones are left out; a control character, which no header carries, becomes a space. In ISO 8859-1 where that
/// can say it, since that is what clients read headers as; else in UTF-8.
fn put(headers: &mut HeaderMap, name: &'static str, value: &str) {
    let fit: String = value.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let bytes: Option<Vec<u8>> = fit.chars().map(|c| u8::try_from(c).ok()).collect();
    if let Ok(value) = HeaderValue::from_bytes(&bytes.unwrap_or_else(|| fit.into_bytes()))
        && !value.is_empty()
    {
        headers.insert(HeaderName::from_static(name), value);
    }
}

/// Milliseconds since 1970 as a moment.
pub(super) fn moment(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap_or(Timestamp::MAX)
}

/// `YYYYMMDDHHMMSS`.
pub(super) fn compact(moment: Timestamp) -> String {
    moment.strftime("%Y%m%d%H%M%S").to_string()
}
