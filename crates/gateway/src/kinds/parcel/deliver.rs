//! Delivered: offers a sealed parcel over the ordinary pipeline, then brings the pieces that the recipient lacks.
//!
//! Done again and again, until the recipient has all or the parcel's time is up: what arrived is not sent twice.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt as _, Full, Limited};
use jiff::Timestamp;
use packhorse_governance::Position;
use packhorse_keys::{SealingRecipient, piece_digest, seal};
use packhorse_model::exchange::Kind;
use packhorse_model::id::ClientId;
use packhorse_model::organisation::{Members as _, Purpose};
use packhorse_model::parcel::{
    INLINE_LIMIT, Offer, OfferAnswer, ParcelEvent, ParcelState, SignedStatement, object_bytes,
};
use packhorse_model::record::encode_digest;
use packhorse_model::refusal::Rule;
use packhorse_model::{ExchangeId, OrganisationId, Side};

use super::change::Change;
use super::desk::{ParcelError, Result, payload_prefix, read, stored, write};
use super::draft::question;
use super::hear::hear;
use super::kept::{Cover, SealedPayload, Sent, moment};
use super::pack::digests_path;
use super::pieces::{Seal, Whereabouts, header_of};
use super::say::{self, About, By};
use super::take::STATEMENTS;
use crate::context::Context;
use crate::outbound::outbound;
use crate::steps::identify::{Asked, Received, Shown};
use crate::trail::{Stop, Trail};

/// Pieces on their way at once.
const IN_FLIGHT: usize = 3;
/// Most bytes of an answer to an offer: a number for each piece.
const ANSWER_LIMIT: usize = 512 * 1024;

/// How an attempt ended.
pub(super) enum Attempt {
    /// Nothing is left to do.
    Done,
    /// It is to be tried again; why it was not delivered, for who tracks it.
    Later(String),
}

/// One attempt to deliver a parcel.
pub(super) async fn deliver(context: &Context, parcel: ExchangeId) -> Result<Attempt> {
    let Some(row) = context.parcels.row(parcel, Side::Outbound).await? else { return Ok(Attempt::Done) };
    if say::state(&row)? != ParcelState::Sealed {
        return Ok(Attempt::Done);
    }
    let sent: Sent = read("parcel", &row.body)?;
    let sealed = sent.sealed.clone().ok_or_else(|| stored("parcel", "it is not sealed"))?;
    let Some(offer) = offer(context, parcel, &row, &sent, &sealed).await? else {
        return later(context, parcel, sent, "the directory lists no sealing key of the recipient".into()).await;
    };
    match ask(context, parcel, &sent, &offer).await? {
        Ok(answer) => answered(context, parcel, &row, sent, &sealed, answer).await,
        Err(Stop::Refused(refusal)) if !may_pass(refusal.rule) => {
            let reason = format!("{}: {}", refusal.rule, refusal.reason);
            let event = ParcelEvent::Undeliverable { reason: reason.chars().take(900).collect() };
            let about = About::sent(parcel, &sent);
            say::say(context, &about, &[ParcelState::Sealed], |step| step, event, By::default()).await?;
            Ok(Attempt::Done)
        }
        Err(Stop::Refused(refusal)) => later(context, parcel, sent, refusal.to_string()).await,
        Err(Stop::Failed(fault)) => later(context, parcel, sent, fault.reason).await,
    }
}

/// The recipient has taken it: hears what it says of it, and brings what it lacks.
pub(super) async fn answered(
    context: &Context,
    parcel: ExchangeId,
    row: &packhorse_store::Parcel,
    sent: Sent,
    sealed: &SealedPayload,
    answer: OfferAnswer,
) -> Result<Attempt> {
    hear_all(context, &sent, parcel, &answer.statements).await?;
    match bring(context, parcel, row, &sent, sealed, answer.missing).await? {
        None => Ok(Attempt::Done),
        Some(why) => later(context, parcel, sent, why).await,
    }
}

/// Hears what came with an answer, of that parcel alone.
pub(super) async fn hear_all(
    context: &Context,
    sent: &Sent,
    parcel: ExchangeId,
    said: &[SignedStatement],
) -> Result<()> {
    let from = &sent.service.system.organisation;
    for signed in said.iter().take(STATEMENTS).filter(|signed| signed.statement().parcel == parcel) {
        if let Err(flaw) = hear(context, from, signed).await? {
            tracing::warn!(%parcel, %flaw, "what a partner's answer says of a parcel does not count");
        }
    }
    Ok(())
}

/// Whether the reason for a refusal may pass by itself, or by somebody's doing, while the parcel waits.
fn may_pass(rule: Rule) -> bool {
    matches!(
        rule,
        Rule::StaleDirectory
            | Rule::MemberSuspended
            | Rule::AssuranceLapsed
            | Rule::UnknownMember
            | Rule::NoAgreement
            | Rule::AgreementNotInForce
            | Rule::Clock
            | Rule::Replay
            | Rule::Rate
            | Rule::Quota
            | Rule::Signature
            | Rule::Digest
            | Rule::InconsistentAnswer
            | Rule::Authentication
            | Rule::UnknownClient
    )
}

/// Notes why a parcel waits, for who tracks it.
pub(super) async fn later(context: &Context, parcel: ExchangeId, mut sent: Sent, why: String) -> Result<Attempt> {
    if sent.waiting_for.as_deref() != Some(why.as_str()) {
        sent.waiting_for = Some(why.clone());
        let about = About::sent(parcel, &sent);
        let waits = [ParcelState::Accepted, ParcelState::Sealed];
        let step = Change::new(&about, &waits, None).body(write("parcel", &sent)?);
        step.make(context).await?;
        context.parcels.changed();
    }
    Ok(Attempt::Later(why))
}

/// The recipient's key: the newest post-quantum one that the directory lists, else the newest.
pub(super) fn recipient(context: &Context, organisation: &OrganisationId) -> Option<SealingRecipient> {
    let organisation = context.directory.organisation(organisation)?;
    let keys: Vec<SealingRecipient> =
        organisation.keys_at(Purpose::Seal, Timestamp::now()).filter_map(|entry| entry.key.parse().ok()).collect();
    keys.iter().rev().find(|key| key.is_post_quantum()).or(keys.last()).cloned()
}

/// What is offered, to the key that is listed now; nothing when none is.
pub(super) async fn offer(
    context: &Context,
    parcel: ExchangeId,
    row: &packhorse_store::Parcel,
    sent: &Sent,
    sealed: &SealedPayload,
) -> Result<Option<Offer>> {
    let Some(recipient) = recipient(context, &sent.service.system.organisation) else { return Ok(None) };
    let cover = Cover::of_row(row)?.ok_or(ParcelError::Gone)?;
    let manifest = cover.manifest.as_ref().ok_or_else(|| stored("cover", "it has no manifest"))?;
    let recipients = [recipient];
    // The pieces stay as they are: only the header is made for whom they go to, by the key that is listed now.
    let seal_of = Seal::open(context.parcels.keys(), &header_of(&sealed.header)?)?;
    let lies = Whereabouts::of(Some(&cover), payload_prefix(&row.payload))?;
    let (chunks, inline) = pieces(context, &row.payload, &lies, sealed.size).await?;
    let own = |signed: &SignedStatement| signed.statement().organisation == context.identity.organisation;
    Ok(Some(Offer {
        version: Offer::version(),
        parcel,
        marking: sent.marking,
        expires_at: moment(row.expires_ms),
        manifest_digest: sealed.manifest.clone(),
        manifest: STANDARD.encode(seal(&recipients, manifest.as_bytes())?),
        header: STANDARD.encode(seal_of.to(&recipients)?),
        size: sealed.size,
        chunks,
        inline,
        scanned: sealed.scanned,
        statements: say::chain(context, parcel, Side::Outbound)
            .await?
            .into_iter()
            .filter(own)
            .take(STATEMENTS)
            .collect(),
        along: Vec::new(),
    }))
}

/// The digests of a payload's objects; the only one itself when it is small.
async fn pieces(
    context: &Context,
    dispatch: &str,
    lies: &Whereabouts,
    size: u64,
) -> Result<(Vec<String>, Option<String>)> {
    let (objects, bytes) = (context.parcels.objects(), object_bytes(size, 0));
    if object_bytes(size, 1) > 0 {
        let digests = objects.get(&digests_path(dispatch), 4 * 1024 * 1024).await?.ok_or(ParcelError::Gone)?;
        return Ok((read("digests", &digests)?, None));
    }
    let only = lies.object(objects, 0, bytes).await?;
    let inline = (bytes <= INLINE_LIMIT as u64).then(|| STANDARD.encode(&only));
    Ok((vec![encode_digest(&piece_digest(&only))], inline))
}

/// Offers it; what the recipient says to that.
pub(super) async fn ask(
    context: &Context,
    parcel: ExchangeId,
    sent: &Sent,
    offer: &Offer,
) -> Result<std::result::Result<OfferAnswer, Stop>> {
    let (received, trail) = offering(parcel, sent, write("offer", offer)?.into())?;
    let ended = outbound(context, received, trail).await.ended;
    Ok(match ended {
        Err(stop) => Err(stop),
        Ok(answer) => {
            let answer: OfferAnswer = serde_json::from_slice(&answer.body[..answer.body.len().min(ANSWER_LIMIT)])
                .map_err(|error| stored("answer to an offer", error))?;
            Ok(answer)
        }
    })
}

/// An offer as an exchange of the system that sends.
pub(super) fn offering(parcel: ExchangeId, sent: &Sent, body: Bytes) -> Result<(Received, Trail)> {
    let client = ClientId::System(sent.from.clone());
    let mut trail = Trail::begin(Side::Outbound, Kind::Parcel, ExchangeId::random(), client, sent.service.clone());
    // Counted when it was accepted, however often it is offered.
    trail.counts = false;
    let mut question = question(parcel, body)?;
    question.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let asked = Asked { agreement: Some(sent.agreement.clone()), purpose: sent.purpose.clone(), ..Asked::default() };
    let position = Position { role: sent.role.clone(), trained_on: sent.trained_on };
    Ok((Received { shown: Shown::Earlier(position), question, asked }, trail))
}

/// Brings the pieces; why it could not, if so.
async fn bring(
    context: &Context,
    parcel: ExchangeId,
    row: &packhorse_store::Parcel,
    sent: &Sent,
    sealed: &SealedPayload,
    missing: Vec<u32>,
) -> Result<Option<String>> {
    if missing.is_empty() {
        return Ok(None);
    }
    let lies = &Whereabouts::of(Cover::of_row(row)?.as_ref(), payload_prefix(&row.payload))?;
    let brought = stream::iter(missing)
        .map(|index| async move {
            let limit = object_bytes(sealed.size, index.into());
            let piece = lies.object(context.parcels.objects(), index.into(), limit).await?;
            Ok(tell(context, sent, Method::PUT, &format!("/parcels/{parcel}/chunks/{index}"), piece).await.err())
        })
        .buffer_unordered(IN_FLIGHT)
        .try_fold(None, async |before: Option<String>, why| Ok(before.or(why)));
    let brought: Result<Option<String>> = brought.await;
    if let Some(why) = brought? {
        return Ok(Some(why));
    }
    Ok(tell(context, sent, Method::POST, &format!("/parcels/{parcel}/complete"), Bytes::new()).await.err())
}

/// One request outside the pipeline: what it carries is bound by the signed offer.
async fn tell(
    context: &Context,
    sent: &Sent,
    method: Method,
    path: &str,
    body: Bytes,
) -> std::result::Result<(), String> {
    let to = &sent.service.system.organisation;
    let mut why = "the recipient's gateway cannot be reached".to_owned();
    for address in context.peers.addresses(to, None) {
        match send(context, to, &address, method.clone(), path, body.clone()).await {
            Ok((status, _)) if status.is_success() => return Ok(()),
            Ok((status, text)) => {
                why = format!("the recipient's gateway answered {}: {}", status.as_u16(), text.trim())
            }
            Err(reason) => why = reason,
        }
    }
    Err(why)
}

/// Sends a request to a member's gateway, within the limits; status and the beginning of what it said.
pub(super) async fn send(
    context: &Context,
    to: &OrganisationId,
    address: &str,
    method: Method,
    path: &str,
    body: Bytes,
) -> std::result::Result<(StatusCode, String), String> {
    let unreachable = || "the recipient's gateway cannot be reached".to_owned();
    let request = Request::builder()
        .method(method)
        .uri(format!("https://{address}{path}"))
        .header(CONTENT_TYPE, "application/octet-stream")
        .body(Full::new(body))
        .map_err(|_| unreachable())?;
    let conversation = async {
        let response = context.peers.send(to, address, request).await.map_err(|_| unreachable())?;
        let status = response.status();
        let said = Limited::new(response.into_body(), ANSWER_LIMIT).collect().await.map_err(|_| unreachable())?;
        Ok((status, String::from_utf8_lossy(&said.to_bytes()).into_owned()))
    };
    let late = "the recipient's gateway did not answer in time".to_owned();
    tokio::time::timeout(context.limits.answer, conversation).await.unwrap_or(Err(late))
}
