//! Files in and out, streamed: nothing is gathered here, and no name that anybody gave is believed.
//!
//! With a script, a browser uploads by tus, in pieces, and goes on after a reload. Without, it sends a form of one file.

use axum::body::Body;
use axum::extract::{Extension, Multipart, Path};
use axum::response::{IntoResponse as _, Redirect, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, LOCATION};
use http::{Method, Request, StatusCode};
use packhorse_keys::constant_time_equal;
use tokio::sync::mpsc;

use super::parcel::Parcel;
use super::send::amiss_with;
use super::{Mailbox, mailbox};
use crate::api::part;
use crate::error::WebError;
use crate::form::{Errors, is_unseen, sentence};
use crate::guard::Visit;
use crate::visitor::Person;

const METADATA: HeaderName = HeaderName::from_static("upload-metadata");
const TUS: [HeaderName; 4] = [
    HeaderName::from_static("tus-resumable"),
    HeaderName::from_static("upload-offset"),
    HeaderName::from_static("upload-length"),
    METADATA,
];
/// Most bytes of the token's part.
const TOKEN_LIMIT: usize = 256;
/// Pieces of a file that wait to be taken in.
const WAITING: usize = 4;

/// `GET /parcel/{system}/{parcel}/file/{file}`.
pub(super) async fn download(
    person: Person,
    Path((system, id, file)): Path<(String, String, usize)>,
) -> Result<Response, WebError> {
    let mailbox = mailbox(&person, &system).await?;
    let parcel = Parcel::fetch(&person, &mailbox, &id).await?;
    let cover = parcel.cover.as_ref().ok_or(WebError::Missing)?;
    let known = cover.files.get(file).ok_or(WebError::Missing)?;
    let request = Request::get(format!("/parcels/{}/files/{file}", part(&id))).body(Body::empty());
    let mut response = mailbox.api(&person).send(request.map_err(|_| WebError::Missing)?).await?;
    response.headers_mut().insert(CONTENT_DISPOSITION, attachment(known.last_part())?);
    if parcel.state == "delivered" {
        // Said once the recipient has begun to fetch: from here on it is known to be in their hands.
        let path = format!("/parcels/{}/collected", part(&id));
        mailbox.api(&person).tell(&path, &serde_json::json!({})).await?;
    }
    Ok(response)
}

/// A name for a browser to save under: never shown in its page, no folder, no letter that hides what follows
/// (RFC 6266; RFC 8187 for what is not ASCII).
fn attachment(name: &str) -> Result<HeaderValue, WebError> {
    let seen = fit(name);
    // These two mean something in the header itself.
    let plain: String =
        seen.chars().map(|letter| if letter.is_ascii() && !"%;".contains(letter) { letter } else { '_' }).collect();
    let text = format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{}", part(&seen));
    HeaderValue::from_str(&text).map_err(|_| WebError::Fault)
}

/// A name as every system can keep it: a browser may hand over letters that a parcel's files cannot have.
fn fit(name: &str) -> String {
    let safe = |letter: char| if is_unseen(letter) || "\"\\/:*?<>|".contains(letter) { '_' } else { letter };
    let seen: String = name.chars().map(safe).collect();
    match seen.trim_matches(['.', ' ']) {
        "" => "file".to_owned(),
        seen => seen.to_owned(),
    }
}

/// `GET /parcel/{system}/{parcel}/receipt`.
pub(super) async fn receipt(person: Person, Path((system, id)): Path<(String, String)>) -> Result<Response, WebError> {
    let mailbox = mailbox(&person, &system).await?;
    let request = Request::get(format!("/parcels/{}/receipt", part(&id))).body(Body::empty());
    let mut response = mailbox.api(&person).send(request.map_err(|_| WebError::Missing)?).await?;
    response
        .headers_mut()
        .insert(CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"receipt.json\""));
    Ok(response)
}

/// `POST /send/{system}/{parcel}/file`: a form of the token, first, and one file.
pub(super) async fn upload(
    person: Person,
    Extension(visit): Extension<Visit>,
    Path((system, id)): Path<(String, String)>,
    mut form: Multipart,
) -> Result<Response, WebError> {
    is_ours(&mut form, &visit).await?;
    let mailbox = mailbox(&person, &system).await?;
    let mut errors = Errors::default();
    let here = format!("/send/{}/{}", part(&mailbox.system), part(&id));
    while let Some(field) = form.next_field().await.map_err(|_| WebError::Stale)? {
        if field.name() != Some("file") {
            continue;
        }
        let name = field.file_name().unwrap_or_default().to_owned();
        if name.is_empty() {
            break;
        }
        return match put(&person, &mailbox, &id, &name, field).await {
            Ok(()) => Ok(Redirect::to(&here).into_response()),
            Err(WebError::Refused(problem)) => {
                errors.add("file", sentence(&[&problem.error, &problem.remedy]));
                let parcel = Parcel::fetch(&person, &mailbox, &id).await?;
                Ok(amiss_with(&person, &mailbox, parcel, &errors))
            }
            Err(error) => Err(error),
        };
    }
    errors.add("file", "Select a file");
    let parcel = Parcel::fetch(&person, &mailbox, &id).await?;
    Ok(amiss_with(&person, &mailbox, parcel, &errors))
}

/// Before anything is taken in: the form's first part must show that it is this session's.
async fn is_ours(form: &mut Multipart, visit: &Visit) -> Result<(), WebError> {
    let mut token = form.next_field().await.map_err(|_| WebError::Stale)?.ok_or(WebError::Stale)?;
    let mut shown = Vec::new();
    while let Some(chunk) = token.chunk().await.map_err(|_| WebError::Stale)? {
        shown.extend_from_slice(&chunk);
        if shown.len() > TOKEN_LIMIT {
            return Err(WebError::Stale);
        }
    }
    let right = token.name() == Some("form_token") && constant_time_equal(&shown, visit.token.as_bytes());
    if right { Ok(()) } else { Err(WebError::Stale) }
}

/// Hands a file on while it comes.
async fn put(
    person: &Person,
    mailbox: &Mailbox,
    parcel: &str,
    name: &str,
    mut field: axum::extract::multipart::Field<'_>,
) -> Result<(), WebError> {
    // Some browsers send the path on their own machine.
    let last = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let (sender, receiver) = mpsc::channel::<Result<Bytes, std::io::Error>>(WAITING);
    let metadata = format!("filename {}", STANDARD.encode(fit(last)));
    let request = Request::post(format!("/parcels/{}/whole-file", part(parcel)))
        .header(CONTENT_TYPE, "application/octet-stream")
        .header(METADATA, metadata)
        .body(Body::from_stream(tokio_stream(receiver)))
        .map_err(|_| WebError::Fault)?;
    let api = mailbox.api(person);
    let pump = async move {
        loop {
            let next = match field.chunk().await {
                Ok(Some(chunk)) => Ok(chunk),
                Ok(None) => break,
                Err(_) => Err(std::io::Error::other("the upload broke off")),
            };
            let broke_off = next.is_err();
            if sender.send(next).await.is_err() || broke_off {
                break;
            }
        }
    };
    let (taken, ()) = tokio::join!(api.send(request), pump);
    taken.map(drop)
}

/// What a channel brings, as a stream.
fn tokio_stream(
    receiver: mpsc::Receiver<Result<Bytes, std::io::Error>>,
) -> impl futures_util::Stream<Item = Result<Bytes, std::io::Error>> {
    futures_util::stream::unfold(receiver, |mut receiver| async { receiver.recv().await.map(|next| (next, receiver)) })
}

/// `POST /send/{system}/{parcel}/upload`: tus' creation, by a script.
pub(super) async fn create(
    person: Person,
    Path((system, id)): Path<(String, String)>,
    mut headers: HeaderMap,
) -> Result<Response, WebError> {
    let mailbox = mailbox(&person, &system).await?;
    if let Some(named) = headers.get(&METADATA).and_then(named_to_fit) {
        headers.insert(METADATA, named);
    }
    let path = format!("/parcels/{}/files", part(&id));
    let mut response = tus(&person, &mailbox, Method::POST, &path, &headers, Body::empty()).await?;
    if !response.status().is_success() {
        return Ok(response);
    }
    // The place is one of ours, not the API's: the session's cookie opens it.
    let place = response.headers().get(LOCATION).and_then(|place| place.to_str().ok());
    let file = place.and_then(|place| place.rsplit('/').next()).ok_or(WebError::Fault)?;
    let place = format!("/send/{}/{}/upload/{}", part(&mailbox.system), part(&id), part(file));
    let place = HeaderValue::from_str(&place).map_err(|_| WebError::Fault)?;
    response.headers_mut().insert(LOCATION, place);
    Ok(response)
}

/// What our script says of a file, its name made fit; what is said otherwise goes on as it came, and is judged there.
fn named_to_fit(said: &HeaderValue) -> Option<HeaderValue> {
    let name = STANDARD.decode(said.to_str().ok()?.strip_prefix("filename ")?).ok()?;
    let name = fit(std::str::from_utf8(&name).ok()?);
    HeaderValue::from_str(&format!("filename {}", STANDARD.encode(name))).ok()
}

/// `HEAD /send/{system}/{parcel}/upload/{file}`.
pub(super) async fn offset(
    person: Person,
    Path((system, id, file)): Path<(String, String, usize)>,
    headers: HeaderMap,
) -> Result<Response, WebError> {
    let mailbox = mailbox(&person, &system).await?;
    let path = format!("/parcels/{}/files/{file}", part(&id));
    tus(&person, &mailbox, Method::HEAD, &path, &headers, Body::empty()).await
}

/// `PATCH /send/{system}/{parcel}/upload/{file}`: more of it.
pub(super) async fn append(
    person: Person,
    Path((system, id, file)): Path<(String, String, usize)>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, WebError> {
    let mailbox = mailbox(&person, &system).await?;
    let path = format!("/parcels/{}/files/{file}", part(&id));
    tus(&person, &mailbox, Method::PATCH, &path, &headers, body).await
}

/// Hands a call of tus on. What was refused is told to the script in words, not as a page.
async fn tus(
    person: &Person,
    mailbox: &Mailbox,
    method: Method,
    path: &str,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, WebError> {
    let mut request = Request::builder().method(method).uri(path).body(body).map_err(|_| WebError::Missing)?;
    for name in TUS.iter().chain([&CONTENT_TYPE, &CONTENT_LENGTH]) {
        if let Some(value) = headers.get(name) {
            request.headers_mut().insert(name.clone(), value.clone());
        }
    }
    match mailbox.api(person).send(request).await {
        Ok(response) => Ok(response),
        Err(WebError::Refused(problem)) => {
            let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::CONFLICT);
            let said = sentence(&[&problem.error, &problem.remedy]);
            Ok((status, [("tus-resumable", "1.0.0"), ("content-type", "text/plain; charset=utf-8")], said)
                .into_response())
        }
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_named_to_hurt_is_saved_under_a_name_that_cannot() {
        let named = |name: &str| attachment(name).unwrap().to_str().unwrap().to_owned();
        assert_eq!(named("report.pdf"), "attachment; filename=\"report.pdf\"; filename*=UTF-8''report.pdf");
        for (name, plain) in [
            ("a\"; filename=\"evil.exe", "a__ filename=_evil.exe"),
            ("\u{202e}fdp.exe", "_fdp.exe"),
            ("..", "file"),
            ("a\r\nSet-Cookie: x", "a__Set-Cookie_ x"),
            ("C:\\evil", "C__evil"),
        ] {
            assert!(named(name).starts_with(&format!("attachment; filename=\"{plain}\";")), "{}", named(name));
        }
        assert!(named("Zoë.txt").ends_with("filename*=UTF-8''Zo%C3%AB.txt"), "{}", named("Zoë.txt"));
    }
}
