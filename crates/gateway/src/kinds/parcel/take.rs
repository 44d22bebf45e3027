//! Taken: another body's gateway offers a parcel and brings its pieces. What is offered was signed; a piece counts only
//! if it is the one whose digest the offer has.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::future::{join, try_join};
use http::StatusCode;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use jiff::{SignedDuration, Timestamp};
use packhorse_keys::{constant_time_equal, piece_digest};
use packhorse_model::exchange::Basis;
use packhorse_model::parcel::{Offer, OfferAnswer, ParcelEvent, ParcelState, SignedStatement, object_bytes};
use packhorse_model::record::encode_digest;
use packhorse_model::refusal::FaultKind;
use packhorse_model::{AgreementDigest, AgreementId, ClientId, ExchangeId, OrganisationId, Rule, Side, SystemId};
use packhorse_store::{NewJob, NewParcel, NewStatement, Parcel};

use super::change::Change;
use super::desk::{ParcelError, Result, no, object_path, offer_path, read, taken_prefix, write};
use super::jobs::{self, EXPIRE, UNPACK};
use super::kept::{SealedPayload, Taken, moment};
use super::open::Arrival;
use super::room::room;
use super::say::{self, About};
use crate::context::{Context, now_ms};
use crate::kinds::query::{Answer, Question};
use crate::trail::{Stop, Trail};

/// The longest that a parcel may ask to be kept, some days of grace for clocks and time in transit included.
const LONGEST_TAKEN: SignedDuration = SignedDuration::from_hours(92 * 24);
/// Most statements that come with an offer.
pub(super) const STATEMENTS: usize = 16;

/// Fulfils an offer: the parcel is known here from now on; the answer says which pieces are missing.
pub(crate) async fn offer(context: &Context, question: &Question, trail: &Trail) -> std::result::Result<Answer, Stop> {
    let missing = match accept(context, question, trail).await {
        Ok(missing) => missing,
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
    let body = serde_json::to_vec(&OfferAnswer { missing }).unwrap_or_default();
    Ok(Answer { status: StatusCode::ACCEPTED, headers, body: body.into() })
}

fn refused(rule: Rule, reason: &str, remedy: &str) -> ParcelError {
    no(Side::Inbound, rule, reason, remedy)
}

async fn accept(context: &Context, question: &Question, trail: &Trail) -> Result<Vec<u32>> {
    let offer = Offer::parse(&question.body)?;
    let named: Option<ExchangeId> = question.path.raw().trim_start_matches('/').parse().ok();
    if named != Some(offer.parcel) {
        return Err(refused(
            Rule::Parcel,
            "the offer is for another parcel than its path",
            "see docs/protocol/parcel.md",
        ));
    }
    let (from, agreement, digest) = parties(trail)?;
    let taken = Taken {
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
    };
    if let Some(row) = context.parcels.row(offer.parcel, Side::Inbound).await? {
        let (about, statements) = (About::taken(offer.parcel, &taken), offer.statements.clone());
        let missing = again(context, &row, offer, &taken).await?;
        // It may have come another way before, or more was said since.
        for (signed, kept) in statements.iter().zip(heard(context, &about, &statements)?) {
            if context.parcels.rows().note(&about.parcel.to_string(), Side::Inbound, &kept, &[]).await? {
                say::record(context, Side::Inbound, signed).await?;
            }
        }
        return Ok(missing);
    }
    admit(context, &offer, &taken).await?;
    keep(context, offer, &taken).await
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
async fn again(context: &Context, row: &Parcel, offer: Offer, taken: &Taken) -> Result<Vec<u32>> {
    let known: Taken = read("parcel", &row.body)?;
    let other = || refused(Rule::Parcel, "another parcel was offered under this id", "send it as a new parcel");
    if (&known.from, &known.service, &known.sealed.manifest) != (&taken.from, &taken.service, &taken.sealed.manifest) {
        return Err(other());
    }
    if say::state(row)? != ParcelState::Arriving {
        return Ok(Vec::new());
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
    missing(context, &offer).await
}

async fn put_offer(context: &Context, offer: &Offer) -> Result<()> {
    let kept = Offer { inline: None, statements: Vec::new(), ..offer.clone() };
    Ok(context.parcels.objects().put(&offer_path(offer.parcel), write("offer", &kept)?.into()).await?)
}

async fn keep(context: &Context, offer: Offer, taken: &Taken) -> Result<Vec<u32>> {
    let about = About::taken(offer.parcel, taken);
    // Files before the row: a row without its offer would be a parcel that nobody can finish.
    let whole = match offer.inline_bytes()? {
        Some(bytes) => {
            check_piece(&offer, 0, &bytes)?;
            try_join(put_offer(context, &offer), put_piece(context, offer.parcel, 0, bytes.into())).await?;
            true
        }
        None => {
            put_offer(context, &offer).await?;
            false
        }
    };
    let state = if whole { ParcelState::Arrived } else { ParcelState::Arriving };
    let id = offer.parcel.to_string();
    let expire = jobs::at(offer.expires_at.as_millisecond(), EXPIRE, offer.parcel, Side::Inbound);
    let unpack = whole.then(|| jobs::now(UNPACK, offer.parcel, Side::Inbound));
    let jobs: Vec<NewJob> = [expire].into_iter().chain(unpack).collect();
    let row = NewParcel {
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
        body: write("parcel", taken)?,
        private: None,
    };
    // With the row: once it is there, it may be opened, delivered and ended before we are asked again.
    let statements = heard(context, &about, &offer.statements)?;
    if !context.parcels.rows().insert(&row, &statements, &jobs).await? {
        let known = context.parcels.row(offer.parcel, Side::Inbound).await?.ok_or(ParcelError::Missing)?;
        return Box::pin(again(context, &known, offer, taken)).await;
    }
    for signed in offer.statements.iter().take(STATEMENTS) {
        say::record(context, Side::Inbound, signed).await?;
    }
    if whole {
        return Ok(Vec::new());
    }
    let offer = Arc::new(offer);
    context.parcels.keep_at_hand(offer.parcel, &offer);
    // What is scanned is scanned in one go: a scanner does not wait for a sender.
    if context.parcels.scanner().is_none() {
        let expires_ms = offer.expires_at.as_millisecond();
        let arrival = Arrival { parcel: offer.parcel, taken: taken.clone(), expires_ms, offer: Arc::clone(&offer) };
        context.parcels.ahead().begin(Arc::clone(context.parcels.keys()), arrival);
    }
    Ok((0..offer.chunks.len() as u32).collect())
}

/// What the sender has said so far comes with the offer: that it accepted the parcel, at least.
fn heard(context: &Context, about: &About, statements: &[SignedStatement]) -> Result<Vec<NewStatement>> {
    if statements.len() > STATEMENTS {
        return Err(refused(Rule::Parcel, "the offer comes with more than 16 statements", "tell them by themselves"));
    }
    if !statements.iter().any(|signed| signed.statement().what == ParcelEvent::Accepted) {
        return Err(refused(Rule::Parcel, "nobody says that the parcel was accepted", "offer it with that statement"));
    }
    let mut heard = Vec::new();
    for signed in statements {
        if let Err(flaw) = say::check(context, about, signed) {
            return Err(no(Side::Inbound, Rule::Parcel, format!("a statement does not count: {flaw}"), "sign it anew"));
        }
        heard.push(say::kept(signed)?);
    }
    Ok(heard)
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
    let missing = missing(context, &offer).await?;
    if missing.is_empty() {
        let row = context.parcels.row(parcel, Side::Inbound).await?.ok_or(ParcelError::Missing)?;
        let step = Change::new(&say::about(&row)?, &[ParcelState::Arriving], Some(ParcelState::Arrived));
        step.job(jobs::now(UNPACK, parcel, Side::Inbound)).make(context).await?;
        context.parcels.forget_offer(parcel);
    }
    Ok(missing)
}

/// What another body says of a parcel: kept, recorded, and done. Saying it again changes nothing.
pub(crate) async fn hear(
    context: &Context,
    from: &OrganisationId,
    signed: &SignedStatement,
) -> Result<std::result::Result<(), say::Flaw>> {
    let statement = signed.statement();
    let (sender, recipient) = (&statement.from.organisation, &statement.to.system.organisation);
    // An organisation may send to itself: then it is the event that tells whose word it is.
    let is_senders = statement.organisation == *sender && (sender != recipient || !statement.what.is_recipients());
    let side = if is_senders { Side::Inbound } else { Side::Outbound };
    let Some(row) = context.parcels.row(statement.parcel, side).await? else { return Ok(Err(say::Flaw::Parcel)) };
    let about = say::about(&row)?;
    if about.partner() != from {
        return Ok(Err(say::Flaw::Parcel));
    }
    if let Err(flaw) = say::check(context, &about, signed) {
        return Ok(Err(flaw));
    }
    if let ParcelEvent::Extended { until } = statement.what
        && (until <= moment(row.expires_ms) || until.duration_since(moment(row.created_ms)) > LONGEST_TAKEN)
        // Told again, it changes nothing.
        && until != moment(row.expires_ms)
    {
        return Ok(Err(say::Flaw::Until));
    }
    let to = statement.what.state();
    let step = Change::new(&about, before(side, &statement.what), to).statement(say::kept(signed)?);
    let step = match &statement.what {
        ParcelEvent::Extended { until } => step.expires_ms(until.as_millisecond()),
        _ => step,
    };
    if !step.make(context).await? {
        // Too late to change anything, or told before: it was said all the same.
        context.parcels.rows().note(&row.id, side, &say::kept(signed)?, &[]).await?;
    }
    say::record(context, side, signed).await?;
    super::end::after(context, &about, &statement.what).await?;
    context.parcels.changed();
    Ok(Ok(()))
}

/// The states in which another body's word changes ours, on this side of ours. A mailbox is its owner's: the sender's
/// word ends there only what has not arrived.
fn before(side: Side, what: &ParcelEvent) -> &'static [ParcelState] {
    use ParcelState::{Accepted, Arrived, Arriving, Collected, Delivered, Quarantined, Recalled, Sealed};
    match (side, what) {
        (Side::Outbound, ParcelEvent::Delivered { .. }) => &[Accepted, Sealed, Quarantined],
        // We believed it taken back before it was delivered, and the recipient was quicker.
        (Side::Outbound, ParcelEvent::Collected) => &[Accepted, Sealed, Quarantined, Delivered, Recalled],
        (Side::Outbound, ParcelEvent::Acknowledged | ParcelEvent::Declined { .. }) => {
            &[Accepted, Sealed, Quarantined, Delivered, Collected, Recalled]
        }
        (Side::Outbound, ParcelEvent::Recalled | ParcelEvent::Expired) => {
            &[Accepted, Sealed, Quarantined, Delivered, Collected]
        }
        (Side::Outbound, ParcelEvent::Quarantined) => &[Sealed],
        (Side::Inbound, ParcelEvent::Undeliverable { .. }) => &[Arriving, Arrived, Quarantined],
        (Side::Inbound, ParcelEvent::Extended { .. }) => &[Arriving, Arrived, Delivered, Quarantined],
        _ => &[],
    }
}
