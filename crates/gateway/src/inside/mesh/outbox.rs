//! Sending: the first chunk opens a parcel, the last one closes it. A chunk may be sent again; the first may not, since
//! sending it again makes a second message.

use std::collections::BTreeMap;

use axum::Json;
use axum::body::{Body, BodyDataStream};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt as _, stream};
use packhorse_model::parcel::{FileName, ParcelState};
use packhorse_model::{ExchangeId, Marking, ServiceId, Side};
use packhorse_store::Parcel;
use serde_json::json;

use super::caller::Caller;
use super::errors::Failed;
use super::headers::{Envelope, FILE_NAME, chunk_range, is_packed};
use super::inflate::inflate;
use super::message::MessageId;
use super::name::systems_of;
use super::spent::Seen;
use super::version::Version;
use crate::inside::Inside;
use crate::kinds::parcel::draft::{self, Dispatch};
use crate::kinds::parcel::staging::{self, CONTENT_LIMIT, Part, Place};
use crate::kinds::parcel::{Cover, CoverFile, ParcelError, close, end, mesh_id, say, small};
use crate::steps::identify::{Asked, Shown};

/// Most bytes of a chunk, unpacked.
const CHUNK_LIMIT: u64 = 100 * 1024 * 1024;
/// Most bytes of a packed one: what cannot be packed grows a little.
const PACKED_LIMIT: u64 = CHUNK_LIMIT + CHUNK_LIMIT / 64;
/// Labels by which a draft remembers what later chunks are held against.
const CHUNKS: &str = "mesh-chunks";
const ENCODING: &str = "mesh-content-encoding";

/// `POST {mailbox}/outbox`: a message, or its first chunk.
pub(super) async fn send(
    State(inside): State<Inside>,
    version: Version,
    caller: Caller,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Failed> {
    let once = caller.once(&inside)?;
    let mut body = body.into_data_stream();
    let sent = begin(&inside, &caller, &headers, &mut body).await;
    read_out(body).await;
    if !sent.as_ref().is_err_and(Failed::may_pass) {
        once.done();
    }
    let message = mesh_id(sent?);
    let said = match version {
        Version::One => json!({ "messageID": message }),
        Version::Two => json!({ "message_id": message }),
    };
    Ok((StatusCode::ACCEPTED, Json(said)).into_response())
}

/// What was refused, or was there before, is read to its end, so that a client that is still sending hears the answer.
async fn read_out(mut body: BodyDataStream) {
    let mut left = PACKED_LIMIT;
    while left > 0
        && let Some(Ok(bytes)) = body.next().await
    {
        left = left.saturating_sub(bytes.len() as u64);
    }
}

async fn begin(
    inside: &Inside,
    caller: &Caller,
    headers: &HeaderMap,
    body: &mut BodyDataStream,
) -> Result<ExchangeId, Failed> {
    let envelope = Envelope::read(headers)?;
    let to = recipient(inside, &envelope)?;
    let mut first = some_of(body).await?;
    if envelope.chunks == 1 && !envelope.packed && small::is_open(&inside.context) {
        let (begun, whole) = up_to(body, first, small::CONTENT).await?;
        if whole {
            let (dispatch, describe) = (dispatch(caller, &envelope, to), |parcel| file(parcel, &envelope));
            return Ok(small::send(&inside.context, dispatch, describe, &begun, &caller.by()).await?);
        }
        first = begun;
    }
    let opened = draft::open(&inside.context, dispatch(caller, &envelope, to)).await?;
    let parcel = opened.parcels.first().map(|one| one.parcel).ok_or(ParcelError::Missing)?;
    let filled = async {
        staging::add_file(&inside.context, parcel, file(parcel, &envelope)?).await?;
        let upload =
            Upload { parcel, dispatch: opened.dispatch.to_string(), chunks: envelope.chunks, packed: envelope.packed };
        let content = stream::iter([Ok(first)]).chain(body);
        upload.put(inside, caller, 1, content).await
    };
    match filled.await {
        Ok(()) => Ok(parcel),
        Err(failed) => {
            abandon(inside, caller, parcel).await;
            Err(failed)
        }
    }
}

/// A message whose first chunk did not come whole is none.
async fn abandon(inside: &Inside, caller: &Caller, parcel: ExchangeId) {
    let context = &inside.context;
    if let Ok(Some(row)) = context.parcels.row(parcel, Side::Outbound).await
        && row.state == ParcelState::Draft.word()
        && let Err(error) = end::recall(context, &row, String::new(), caller.by()).await
    {
        tracing::warn!(%parcel, %error, "a draft could not be thrown away");
    }
}

fn recipient(inside: &Inside, envelope: &Envelope) -> Result<ServiceId, Failed> {
    let mut systems = systems_of(&inside.context, &envelope.to).into_iter();
    match (systems.next(), systems.next()) {
        (Some(system), None) => system.service(&envelope.workflow).map_err(|_| Failed::unregistered()),
        (Some(_), Some(_)) => {
            Err(Failed::event(StatusCode::EXPECTATION_FAILED, "SEND", "EPL-150", "Multiple mailboxes matched"))
        }
        _ => Err(Failed::unregistered()),
    }
}

/// The first bytes of a body: one without any is no message.
async fn some_of(body: &mut BodyDataStream) -> Result<Bytes, Failed> {
    while let Some(bytes) = body.next().await {
        let bytes = bytes.map_err(|_| ParcelError::BrokeOff)?;
        if !bytes.is_empty() {
            return Ok(bytes);
        }
    }
    let msg = "Data file is missing or inaccessible.";
    Err(Failed::event(StatusCode::EXPECTATION_FAILED, "COLLECT", "02", msg))
}

/// The body's beginning: all of it, if that has at most so many bytes; whether it is all.
async fn up_to(body: &mut BodyDataStream, first: Bytes, most: usize) -> Result<(Bytes, bool), Failed> {
    let mut begun = BytesMut::new();
    let mut last = first;
    while begun.len() + last.len() <= most {
        let Some(next) = body.next().await else {
            let all = if begun.is_empty() { last } else { [begun.freeze(), last].concat().into() };
            return Ok((all, true));
        };
        begun.extend_from_slice(&last);
        last = next.map_err(|_| ParcelError::BrokeOff)?;
    }
    begun.extend_from_slice(&last);
    Ok((begun.freeze(), false))
}

/// Purpose, role and agreement are the calling system's defaults: no header of MESH names them.
fn dispatch(caller: &Caller, envelope: &Envelope, to: ServiceId) -> Dispatch {
    let mut labels: BTreeMap<String, String> =
        envelope.labels.iter().map(|(label, value)| ((*label).to_owned(), value.clone())).collect();
    labels.insert(CHUNKS.into(), envelope.chunks.to_string());
    if envelope.packed {
        labels.insert(ENCODING.into(), "gzip".into());
    }
    Dispatch {
        shown: vec![Shown::AtTheDoor],
        from: caller.id.clone(),
        to: vec![to],
        asked: Asked::default(),
        marking: Marking::default(),
        expires_at: None,
        cover: Cover {
            subject: envelope.subject.clone(),
            reference: envelope.local_id.clone(),
            labels,
            ..Cover::default()
        },
        key: None,
        // Software looks at nothing; its mailbox was set up by somebody who did.
        confirmed: true,
    }
}

/// The one file: by the name that the sender gave, made fit for every system; else by the message's id.
fn file(parcel: ExchangeId, envelope: &Envelope) -> Result<CoverFile, ParcelError> {
    let given = envelope.labels.iter().find(|(label, _)| *label == FILE_NAME).and_then(|(_, name)| fit_name(name));
    let name = match given {
        Some(name) => name,
        None => format!("{}.dat", mesh_id(parcel)).parse().map_err(|_| ParcelError::Missing)?,
    };
    Ok(CoverFile { name, size: None, media_type: envelope.media_type.clone(), sha256: None })
}

fn fit_name(given: &str) -> Option<FileName> {
    let last = given.rsplit(['/', '\\']).next().unwrap_or(given);
    let fit: String = last.chars().map(|c| if ":*?\"<>|".contains(c) || c.is_control() { '_' } else { c }).collect();
    fit.trim_end_matches(['.', ' ']).parse().ok()
}

/// A later chunk's place in its message.
struct Upload {
    parcel: ExchangeId,
    dispatch: String,
    chunks: u32,
    packed: bool,
}

impl Upload {
    /// Puts a chunk, and closes the parcel when all are there.
    async fn put<S>(&self, inside: &Inside, caller: &Caller, number: u32, content: S) -> Result<(), Failed>
    where
        S: Stream<Item = Result<Bytes, axum::Error>> + Unpin,
    {
        let (context, place) = (&inside.context, self.place(number));
        match self.packed {
            true => staging::put_part(context, &place, self.limit(), inflate(content, PACKED_LIMIT)).await?,
            false => staging::put_part(context, &place, self.limit(), content).await?,
        }
        if self.is_whole(inside, number).await? {
            close::close(context, self.parcel, &caller.by()).await?;
        }
        Ok(())
    }

    fn place(&self, number: u32) -> Place {
        Place { dispatch: self.dispatch.clone(), file: 0, part: number }
    }

    /// Most bytes of one chunk. All but the last are equally long, so that all together stay within a parcel's limit.
    fn limit(&self) -> u64 {
        CHUNK_LIMIT.min(CONTENT_LIMIT / u64::from(self.chunks.saturating_sub(1).max(1)))
    }

    /// Whether every chunk is there. The last one is looked for first: mostly it comes last.
    async fn is_whole(&self, inside: &Inside, number: u32) -> Result<bool, Failed> {
        let context = &inside.context;
        if number != self.chunks && !staging::part(context, &self.place(self.chunks)).await?.is_whole() {
            return Ok(false);
        }
        let held = staging::held(context, &self.dispatch).await?;
        Ok((1..=self.chunks).all(|number| held.get(&(0, number)).is_some_and(Part::is_whole)))
    }
}

/// `POST {mailbox}/outbox/{message}/{chunk}`: a later chunk. The same again changes nothing.
pub(super) async fn chunk(
    State(inside): State<Inside>,
    version: Version,
    caller: Caller,
    Path((_, message, number)): Path<(String, String, u32)>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Failed> {
    let mut body = body.into_data_stream();
    let taken = take(&inside, &caller, &message, number, &headers, &mut body).await;
    read_out(body).await;
    let message = message.to_ascii_uppercase();
    taken.map_err(|failed| failed.about(message.clone()))?;
    let said = match version {
        Version::One => json!({ "messageID": message, "blockID": number }),
        Version::Two => json!({ "message_id": message }),
    };
    Ok((StatusCode::ACCEPTED, Json(said)).into_response())
}

async fn take(
    inside: &Inside,
    caller: &Caller,
    message: &str,
    number: u32,
    headers: &HeaderMap,
    body: &mut BodyDataStream,
) -> Result<(), Failed> {
    let parcel = match MessageId::parse(message) {
        Some(MessageId::Parcel(parcel)) => parcel,
        Some(MessageId::Report(_)) => return Err(not_acceptable()),
        None => return Err(Failed::not_found()),
    };
    let row = inside.context.parcels.row(parcel, Side::Outbound).await?.ok_or_else(Failed::not_found)?;
    if row.mailbox != caller.id.system {
        return Err(Failed::forbidden());
    }
    if say::state(&row)? != ParcelState::Draft {
        // The answer to the last chunk was not heard.
        let again = caller.seen == Seen::Again;
        let locked = || Failed::event(StatusCode::LOCKED, "", "", "the message is complete");
        return if again { Ok(()) } else { Err(locked()) };
    }
    let upload = upload(inside, parcel).await?;
    upload.check(number, headers)?;
    upload.put(inside, caller, number, body).await
}

fn not_acceptable() -> Failed {
    Failed::event(StatusCode::NOT_ACCEPTABLE, "", "", "the message has no such chunk")
}

/// What the draft remembers of its first chunk.
async fn upload(inside: &Inside, parcel: ExchangeId) -> Result<Upload, Failed> {
    let (row, cover): (Parcel, Cover) = staging::draft(&inside.context, parcel).await?;
    // A draft of another interface has no chunks.
    let chunks = cover.labels.get(CHUNKS).and_then(|chunks| chunks.parse().ok()).ok_or_else(Failed::forbidden)?;
    Ok(Upload { parcel, dispatch: row.payload, chunks, packed: cover.labels.contains_key(ENCODING) })
}

impl Upload {
    fn check(&self, number: u32, headers: &HeaderMap) -> Result<(), Failed> {
        if is_packed(headers)? != self.packed {
            let msg = "cannot change content encoding";
            return Err(Failed::event(StatusCode::EXPECTATION_FAILED, "", "", msg));
        }
        let (said, total) = chunk_range(headers)?.ok_or_else(Failed::chunk_range)?;
        if number > self.chunks {
            return Err(not_acceptable());
        }
        if number < 2 || said != number || total != self.chunks {
            return Err(Failed::chunk_range());
        }
        Ok(())
    }
}
