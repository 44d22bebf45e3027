//! Taken: another body's gateway offers a parcel and brings its pieces. What is offered was signed; a piece counts only
//! if it is the one whose digest the offer has.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::future::join;
use http::StatusCode;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use jiff::{SignedDuration, Timestamp};
use packhorse_keys::{constant_time_equal, piece_digest};
use packhorse_model::exchange::Basis;
use packhorse_model::parcel::{Offer, OfferAnswer, ParcelEvent, ParcelState, SignedStatement, object_bytes};
use packhorse_model::record::encode_digest;
use packhorse_model::refusal::FaultKind;
use packhorse_model::{AgreementDigest, AgreementId, ClientId, ExchangeId, OrganisationId, Rule, Side, SystemId};
use packhorse_store::{NewJob, NewParcel, Parcel};

use super::along::take_along;
use super::change::Change;
use super::desk::{ParcelError, Result, no, object_path, offer_path, read, taken_prefix, write};
use super::jobs::{self, EXPIRE, UNPACK};
use super::kept::{SealedPayload, Taken};
use super::open::Arrival;
use super::room::room;
use super::say::{self, About};
use super::{at_once, webhook};
use crate::context::{Context, now_ms};
use crate::kinds::query::{Answer, Question};
use crate::trail::{Stop, Trail};

/// The longest that a parcel may ask to be kept, some days of grace for clocks and time in transit included.
pub(super) const LONGEST_TAKEN: SignedDuration = SignedDuration::from_hours(92 * 24);
/// Most statements that come with an offer.
pub(super) const STATEMENTS: usize = 16;

/// Fulfils an offer: the parcel is known here from now on; the answer says which pieces are missing.
pub(crate) async fn offer(
    context: &Context,
    question: &Question,
    trail: &mut Trail,
) -> std::result::Result<Answer, Stop> {
    let answer = match accept(context, question, trail).await {
        Ok(answer) => answer,
        Err(ParcelError::Refused(mut refusal)) => {
            refusal.side = Side::Inbound;
            return Err(Stop::Refused(refusal));
        }
        Err(error) => {
            tracing::error!(%error, "an offered parcel could not be taken");
            let reason = "the parcel could not be taken in: the recipient's operator must look at the store";
            return Err(trail.fail(FaultKind::Internal, reason));
        }
    };
    let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
    let body = serde_json::to_vec(&answer).unwrap_or_default();
    Ok(Answer { status: StatusCode::ACCEPTED, headers, body: body.into() })
}

fn refused(rule: Rule, reason: &str, remedy: &str) -> ParcelError {
    no(Side::Inbound, rule, reason, remedy)
}

async fn accept(context: &Context, question: &Question, trail: &mut Trail) -> Result<OfferAnswer> {
    let mut offer = Offer::parse(&question.body)?;
    let named: Option<ExchangeId> = question.path.raw().trim_start_matches('/').parse().ok();
    if named != Some(offer.parcel) {
        return Err(refused(
            Rule::Parcel,
            "the offer is for another parcel than its path",
            "see docs/protocol/parcel.md",
        ));
    }
    let along = std::mem::take(&mut offer.along);
    let mut answer = take(context, offer, trail).await?;
    if !along.is_empty() {
        answer.along = take_along(context, question, trail, along).await;
    }
    Ok(answer)
}

/// Takes one offered parcel, new or known.
pub(super) async fn take(context: &Context, offer: Offer, trail: &Trail) -> Result<OfferAnswer> {
    let taken = taken(&offer, trail)?;
    let Some(row) = context.parcels.row(offer.parcel, Side::Inbound).await? else {
        admit(context, &offer, &taken).await?;
        return keep(context, offer, &taken).await;
    };
    let (parcel, statements) = (offer.parcel, offer.statements.clone());
    let answer = again(context, &row, offer, &taken).await?;
    // It may have come another way before, or more was said since.
    check_heard(context, &About::taken(parcel, &taken), &statements)?;
    for signed in &statements {
        say::note(context, Side::Inbound, signed).await?;
    }
    Ok(answer)
}

/// What is kept of an offer.
fn taken(offer: &Offer, trail: &Trail) -> Result<Taken> {
    let (from, agreement, digest) = parties(trail)?;
    Ok(Taken {
        from,
        service: trail.exchange.service.clone(),
        agreement,
        digest,
        marking: offer.marking,
        purpose: trail.exchange.purpose.clone(),
        sealed: SealedPayload {
            header: offer.header.clone(),
            size: offer.size,
            manifest: offer.manifest_digest.clone(),
            scanned: offer.scanned,
        },
    })
}

/// A sending system, and the agreement that the steps before found.
fn parties(trail: &Trail) -> Result<(SystemId, AgreementId, AgreementDigest)> {
    match (&trail.exchange.client, &trail.exchange.basis) {
        (ClientId::System(from), Some(Basis::Agreement { agreement, digest })) => {
            Ok((from.clone(), agreement.clone(), *digest))
        }
        _ => Err(refused(Rule::Parcel, "a parcel is sent by a system, under an agreement", "name the sending system")),
    }
}

/// Whether there is a mailbox, and room in it.
async fn admit(context: &Context, offer: &Offer, taken: &Taken) -> Result<()> {
    let code = &taken.service.system.system;
    let system = context.people.system(code);
    let mailbox = system.as_ref().and_then(|system| system.mailbox.as_ref()).ok_or_else(|| {
        refused(Rule::Mailbox, "the recipient's system has no mailbox", "ask the recipient which mailbox to send to")
    })?;
    mailbox.takes(&taken.service.service)?;
    let held = context.agreements.find(&taken.digest);
    if held.and_then(|held| held.agreement().data.marking).is_some_and(|most| offer.marking > most) {
        return Err(refused(
            Rule::Parcel,
            "the parcel's marking is higher than the agreement's",
            "agree on the higher marking first",
        ));
    }
    let now = Timestamp::now();
    if offer.expires_at <= now || offer.expires_at.duration_since(now) > LONGEST_TAKEN {
        return Err(refused(
            Rule::Parcel,
            "the parcel has expired, or asks to be kept for over 90 days",
            "send it anew",
        ));
    }
    room(context, mailbox, code, offer, &taken.from.organisation).await
}

/// The same parcel again: after a break, or because our answer was lost.
async fn again(context: &Context, row: &Parcel, offer: Offer, taken: &Taken) -> Result<OfferAnswer> {
    let known: Taken = read("parcel", &row.body)?;
    let other = || refused(Rule::Parcel, "another parcel was offered under this id", "send it as a new parcel");
    if (&known.from, &known.service, &known.sealed.manifest) != (&taken.from, &taken.service, &taken.sealed.manifest) {
        return Err(other());
    }
    if say::state(row)? != ParcelState::Arriving {
        // The sender has not heard what was said with our answer, perhaps.
        let mut statements = say::said_of_arrived(context, offer.parcel).await?;
        statements.truncate(STATEMENTS);
        return Ok(OfferAnswer { statements, ..OfferAnswer::default() });
    }
    if context.parcels.offer(offer.parcel).await?.chunks != offer.chunks {
        return Err(other());
    }
    if known.sealed.header != taken.sealed.header {
        // Sealed anew, to a key that the directory lists now.
        let about = About::taken(offer.parcel, taken);
        let step = Change::new(&about, &[ParcelState::Arriving], None).body(write("parcel", taken)?);
        put_offer(context, &offer).await?;
        step.make(context).await?;
        context.parcels.forget_offer(offer.parcel);
        context.parcels.ahead().forget(offer.parcel);
    }
    // Whoever brought the last piece may have fallen before saying that all are here, and has nothing to bring now.
    Ok(OfferAnswer { missing: arrived(context, &offer).await?, ..OfferAnswer::default() })
}

async fn put_offer(context: &Context, offer: &Offer) -> Result<()> {
    let kept = Offer { inline: None, statements: Vec::new(), ..offer.clone() };
    Ok(context.parcels.objects().put(&offer_path(offer.parcel), write("offer", &kept)?.into()).await?)
}

async fn keep(context: &Context, offer: Offer, taken: &Taken) -> Result<OfferAnswer> {
    let (parcel, about) = (offer.parcel, About::taken(offer.parcel, taken));
    // With the row: once it is there, it may be opened, delivered and ended before we are asked again.
    check_heard(context, &about, &offer.statements)?;
    let offer = Arc::new(offer);
    let inline = offer.inline_bytes()?.map(Bytes::from);
    if let Some(bytes) = &inline {
        check_piece(&offer, 0, bytes)?;
    }
    let opened = match &inline {
        Some(bytes) => at_once::open_small(context, &offer, taken, bytes).await,
        None => None,
    };
    let (row, said, jobs) = match opened {
        Some(opened) => at_once::delivered(context, &offer, taken, opened)?,
        None => {
            // Files before the row: a row without its offer would be a parcel that nobody can finish.
            put_offer(context, &offer).await?;
            let state = if inline.is_some() { ParcelState::Arrived } else { ParcelState::Arriving };
            let unpack = inline.is_some().then(|| jobs::now(UNPACK, parcel, Side::Inbound));
            if let Some(bytes) = inline {
                put_piece(context, parcel, 0, bytes).await?;
            }
            (row(&offer, taken, state)?, Vec::new(), unpack.into_iter().collect())
        }
    };
    if !insert(context, &offer, &row, &said, jobs).await? {
        let known = context.parcels.row(parcel, Side::Inbound).await?.ok_or(ParcelError::Missing)?;
        return Box::pin(again(context, &known, Arc::unwrap_or_clone(offer), taken)).await;
    }
    context.parcels.changed();
    let mut missing = Vec::new();
    if row.state == ParcelState::Arriving.word() {
        expect(context, &offer, taken);
        missing.extend(0..offer.chunks.len() as u32);
    }
    Ok(OfferAnswer { missing, statements: said, along: Vec::new() })
}

/// The row of a parcel that was not here before.
pub(super) fn row(offer: &Offer, taken: &Taken, state: ParcelState) -> Result<NewParcel> {
    let id = offer.parcel.to_string();
    Ok(NewParcel {
        id: id.clone(),
        side: Side::Inbound,
        mailbox: taken.service.system.system.clone(),
        partner: taken.from.organisation.to_string(),
        workflow: taken.service.service.clone(),
        state: state.word().to_owned(),
        created_ms: now_ms(),
        expires_ms: offer.expires_at.as_millisecond(),
        bytes: offer.size,
        payload: id,
        dispatch: String::new(),
        hold: false,
        listed: false,
        body: write("parcel", taken)?,
        private: None,
    })
}

/// Puts the row, with what the sender has said, what we say, and what is to be done; false when it is there already.
async fn insert(
    context: &Context,
    offer: &Offer,
    row: &NewParcel,
    said: &[SignedStatement],
    mut jobs: Vec<NewJob>,
) -> Result<bool> {
    jobs.push(jobs::at(offer.expires_at.as_millisecond(), EXPIRE, offer.parcel, Side::Inbound));
    let mut statements = Vec::new();
    for signed in offer.statements.iter().chain(said) {
        statements.push(say::kept(context, Side::Inbound, signed, row.private.as_deref())?);
        jobs.extend(webhook::job(context, Side::Inbound, signed.statement())?);
    }
    Ok(context.parcels.rows().insert(row, &statements, &jobs).await?)
}

/// Pieces of it will come.
fn expect(context: &Context, offer: &Arc<Offer>, taken: &Taken) {
    context.parcels.keep_at_hand(offer.parcel, offer);
    // What is scanned is scanned in one go: a scanner does not wait for a sender.
    if context.parcels.scanner().is_none() {
        context.parcels.ahead().begin(Arc::clone(context.parcels.keys()), Arrival::of(offer, taken));
    }
}

/// What the sender has said so far comes with the offer: that it accepted the parcel, at least.
fn check_heard(context: &Context, about: &About, statements: &[SignedStatement]) -> Result<()> {
    if statements.len() > STATEMENTS {
        return Err(refused(Rule::Parcel, "the offer comes with more than 16 statements", "tell them by themselves"));
    }
    if !statements.iter().any(|signed| signed.statement().what == ParcelEvent::Accepted) {
        return Err(refused(Rule::Parcel, "nobody says that the parcel was accepted", "offer it with that statement"));
    }
    for signed in statements {
        if let Err(flaw) = say::check(context, about, signed) {
            return Err(no(Side::Inbound, Rule::Parcel, format!("a statement does not count: {flaw}"), "sign it anew"));
        }
    }
    Ok(())
}

async fn missing(context: &Context, offer: &Offer) -> Result<Vec<u32>> {
    let prefix = taken_prefix(offer.parcel);
    let held = context.parcels.objects().list(&prefix).await?;
    let held: std::collections::HashSet<String> = held.into_iter().collect();
    let lacks = |index: &u32| !held.contains(&object_path(&prefix, (*index).into()));
    Ok((0..offer.chunks.len() as u32).filter(lacks).collect())
}

/// The row of a parcel that this member is sending, and whether pieces of it are still wanted.
async fn arriving(context: &Context, from: &OrganisationId, parcel: ExchangeId) -> Result<bool> {
    let row = context.parcels.row(parcel, Side::Inbound).await?.ok_or(ParcelError::Missing)?;
    if row.partner != from.to_string() {
        // Another's parcel: as if there were none.
        return Err(ParcelError::Missing);
    }
    match say::state(&row)? {
        ParcelState::Arriving => Ok(true),
        ParcelState::Recalled | ParcelState::Expired | ParcelState::Undeliverable => Err(ParcelError::Gone),
        _ => Ok(false),
    }
}

/// Most bytes of a piece that is wanted; nothing when none is wanted any more.
pub(crate) async fn wanted(
    context: &Context,
    from: &OrganisationId,
    parcel: ExchangeId,
    index: u32,
) -> Result<Option<u64>> {
    if !arriving(context, from, parcel).await? {
        return Ok(None);
    }
    let offer = context.parcels.offer(parcel).await?;
    match object_bytes(offer.size, index.into()) {
        0 => Err(refused(
            Rule::Parcel,
            "the parcel has no such piece",
            "send the pieces that the answer to the offer names",
        )),
        bytes => Ok(Some(bytes)),
    }
}

/// Takes a piece in.
pub(crate) async fn piece(context: &Context, parcel: ExchangeId, index: u32, bytes: Bytes) -> Result<()> {
    let offer = context.parcels.offer(parcel).await?;
    let (offer_of, piece) = (Arc::clone(&offer), bytes.clone());
    super::staging::blocking(move || check_piece(&offer_of, index, &piece)).await?;
    let (put, ()) =
        join(put_piece(context, parcel, index, bytes.clone()), context.parcels.ahead().piece(parcel, index, bytes))
            .await;
    put
}

fn check_piece(offer: &Offer, index: u32, bytes: &[u8]) -> Result<()> {
    let digest = offer.chunks.get(index as usize).map(String::as_bytes).unwrap_or_default();
    let same = bytes.len() as u64 == object_bytes(offer.size, index.into())
        && constant_time_equal(encode_digest(&piece_digest(bytes)).as_bytes(), digest);
    if same { Ok(()) } else { Err(refused(Rule::Digest, "the piece is not the one that was offered", "send it again")) }
}

async fn put_piece(context: &Context, parcel: ExchangeId, index: u32, bytes: Bytes) -> Result<()> {
    Ok(context.parcels.objects().put(&object_path(&taken_prefix(parcel), index.into()), bytes).await?)
}

/// All pieces are said to be here. The missing ones, if any.
pub(crate) async fn complete(context: &Context, from: &OrganisationId, parcel: ExchangeId) -> Result<Vec<u32>> {
    if !arriving(context, from, parcel).await? {
        return Ok(Vec::new());
    }
    let offer = context.parcels.offer(parcel).await?;
    arrived(context, &offer).await
}

/// Has a parcel opened when no piece of it is missing; those that are.
async fn arrived(context: &Context, offer: &Offer) -> Result<Vec<u32>> {
    let parcel = offer.parcel;
    let missing = missing(context, offer).await?;
    if missing.is_empty() {
        let row = context.parcels.row(parcel, Side::Inbound).await?.ok_or(ParcelError::Missing)?;
        let step = Change::new(&say::about(&row)?, &[ParcelState::Arriving], Some(ParcelState::Arrived));
        step.job(jobs::now(UNPACK, parcel, Side::Inbound)).make(context).await?;
        context.parcels.forget_offer(parcel);
    }
    Ok(missing)
}
