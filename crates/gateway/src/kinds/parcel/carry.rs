//! Carried by hand: a sealed parcel leaves on a medium when the recipient's gateway cannot be reached, and is brought
//! in at the other end. The waybill beside it stands for the signed offer, so the recipient decides as it always does,
//! and takes the pieces by their digests.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use jiff::Timestamp;
use packhorse_keys::sign_document;
use packhorse_model::exchange::{Basis, Kind};
use packhorse_model::parcel::{
    OfferAnswer, ParcelEvent, ParcelState, SignedWaybill, WAYBILL_CONTEXT, WAYBILL_LIMIT, Waybill, WaybillError,
    object_bytes,
};
use packhorse_model::path::CanonicalPath;
use packhorse_model::{ClientId, ExchangeId, OrganisationId, Rule, Side, SystemId};
use packhorse_store::Parcel;

use super::content::sealed;
use super::deliver;
use super::desk::{ParcelError, Result, no, read, stored, write};
use super::kept::{Cover, SealedPayload, Sent};
use super::media::{self, Aboard, Medium};
use super::say::{self, By};
use super::take;
use crate::context::Context;
use crate::inbound;
use crate::kinds::query::Question;
use crate::outbound;
use crate::steps::identify::Carried;
use crate::trail::Trail;
use crate::wire::packhorse;

/// Where the waybill of a parcel for a medium lies, as long as the content does.
fn waybill_path(dispatch: &str, parcel: ExchangeId, medium: ExchangeId) -> String {
    format!("parcels/out/{dispatch}/waybills/{parcel}-{medium}.json")
}

/// Writes a parcel off onto the medium of a label: the medium, and the waybill that goes with the sealed pieces. For
/// the same medium again it is the same waybill.
pub(crate) async fn export(context: &Context, row: &Parcel, label: &str, by: By) -> Result<(Medium, SignedWaybill)> {
    let state = say::state(row)?;
    let not_now = ParcelError::State { state, remedy: "a parcel is carried while it is sealed and not delivered" };
    if state != ParcelState::Sealed {
        return Err(not_now);
    }
    let (about, sent): (_, Sent) = (say::about(row)?, read("parcel", &row.body)?);
    let payload = sent.sealed.clone().ok_or_else(|| stored("parcel", "it is not sealed"))?;
    let unlisted = || {
        let reason = "the directory lists no sealing key of the recipient";
        no(Side::Outbound, Rule::UnknownMember, reason, "ask its operator to add one")
    };
    // What may not be offered may not be carried: the same steps, and a refusal is recorded.
    let (received, trail) = deliver::offering(about.parcel, &sent, Bytes::new())?;
    let (trail, _) = outbound::may(context, received, trail).await?;
    let recipient = deliver::recipient(context, about.partner()).ok_or_else(unlisted)?;
    let aboard = Aboard {
        parcel: about.parcel,
        to: sent.service.clone(),
        sealed_to: recipient.to_string(),
        bytes: payload.size,
    };
    let (medium, known) = media::put_aboard(context, &row.mailbox, label, &by, &aboard).await?;
    let path = waybill_path(&row.payload, about.parcel, medium.id);
    if known && let Some(bytes) = context.parcels.objects().get(&path, WAYBILL_LIMIT as u64).await? {
        return Ok((medium, read("waybill", &bytes)?));
    }
    let event = ParcelEvent::Exported { medium: medium.id.to_string() };
    let said = say::chain(context, about.parcel, Side::Outbound).await?;
    if !said.iter().any(|signed| signed.statement().what == event)
        && !say::say(context, &about, &[ParcelState::Sealed], |step| step, event, by).await?
    {
        return Err(not_now);
    }
    let waybill = waybill(context, row, &sent, &payload, &medium, &trail).await?.ok_or_else(unlisted)?;
    context.parcels.objects().put(&path, write("waybill", &waybill)?.into()).await?;
    Ok((medium, waybill))
}

async fn waybill(
    context: &Context,
    row: &Parcel,
    sent: &Sent,
    payload: &SealedPayload,
    medium: &Medium,
    trail: &Trail,
) -> Result<Option<SignedWaybill>> {
    let parcel = row.id.parse().map_err(|error| stored("parcel", error))?;
    let Some(mut offer) = deliver::offer(context, parcel, row, sent, payload).await? else { return Ok(None) };
    offer.inline = None;
    let Some(Basis::Agreement { agreement, digest }) = &trail.exchange.basis else {
        return Err(no(Side::Outbound, Rule::NoAgreement, "no agreement covers the parcel", "propose one"));
    };
    let waybill = Waybill {
        version: Waybill::version(),
        medium: medium.id,
        at: Timestamp::now(),
        from: sent.from.clone(),
        to: sent.service.clone(),
        agreement: agreement.clone(),
        agreement_digest: *digest,
        purpose: trail.exchange.purpose.clone(),
        role: trail.exchange.role.clone(),
        trained_on: sent.trained_on,
        offer,
    };
    let json = waybill.to_json().map_err(|error| stored("waybill", error))?;
    let signature = sign_document(&*context.identity.signer, WAYBILL_CONTEXT, json.as_bytes())?;
    Ok(Some(SignedWaybill::parse(&json, signature).map_err(|error| stored("waybill", error))?))
}

/// A sealed piece of a parcel that is carried: behind the waybill's header they are an ordinary age file.
pub(crate) async fn sealed_piece(context: &Context, row: &Parcel, index: u32) -> Result<Bytes> {
    let state = say::state(row)?;
    if state != ParcelState::Sealed {
        return Err(ParcelError::State { state, remedy: "a parcel is carried while it is sealed and not delivered" });
    }
    let (lies, payload) = sealed(row, Cover::of_row(row)?.as_ref())?;
    match object_bytes(payload.size, index.into()) {
        0 => Err(ParcelError::Missing),
        bytes => lies.object(context.parcels.objects(), index.into(), bytes).await,
    }
}

/// Takes the waybill of a parcel that was carried to a mailbox; which pieces are missing. It is decided as if the
/// sender's gateway had offered the parcel just now; the same parcel again, whichever way it came, is the same parcel.
pub(crate) async fn import(context: &Context, mailbox: &SystemId, signed: SignedWaybill) -> Result<Vec<u32>> {
    let question = question(signed.waybill())?;
    let waybill = signed.waybill();
    let client = ClientId::System(waybill.from.clone());
    let mut trail = Trail::begin(Side::Inbound, Kind::Parcel, ExchangeId::random(), client, waybill.to.clone());
    trail.counts = !context.parcels.knows(question.path.raw()).await;
    trail.sizes[0] = question.body.len() as u64;
    let carried = Carried { waybill: signed, mailbox: mailbox.clone(), question };
    let answer = inbound::carried(context, carried, trail).await.ended?;
    Ok(read::<OfferAnswer>("answer", &answer.body)?.missing)
}

/// The offer as the sender's gateway would have sent it.
fn question(waybill: &Waybill) -> Result<Question> {
    let path = CanonicalPath::parse(&format!("/{}", waybill.offer.parcel)).map_err(|error| stored("path", error))?;
    let mut headers = HeaderMap::new();
    let agreement = format!("{};{}", waybill.agreement, waybill.agreement_digest);
    let mut say = |name: HeaderName, text: Option<String>| {
        let Some(text) = text else { return Ok(()) };
        headers.insert(name, HeaderValue::try_from(text).map_err(|_| WaybillError::Form)?);
        Ok::<(), WaybillError>(())
    };
    say(packhorse::AGREEMENT, Some(agreement))?;
    say(packhorse::PURPOSE, waybill.purpose.clone())?;
    say(packhorse::ROLE, waybill.role.clone())?;
    say(packhorse::TRAINED_ON, waybill.trained_on.map(|day| day.to_string()))?;
    let body = write("offer", &waybill.offer)?.into();
    Ok(Question { method: Method::POST, path, query: None, headers, body })
}

impl From<WaybillError> for ParcelError {
    fn from(error: WaybillError) -> Self {
        no(Side::Inbound, Rule::Parcel, error.to_string(), "ask the sender for the waybill anew")
    }
}

/// The sender of a parcel that is being carried into a mailbox.
async fn sender(context: &Context, mailbox: &SystemId, parcel: ExchangeId) -> Result<OrganisationId> {
    let row = context.parcels.row(parcel, Side::Inbound).await?;
    let row = row.filter(|row| row.mailbox == mailbox.system).ok_or(ParcelError::Missing)?;
    row.partner.parse().map_err(|error| stored("parcel", error))
}

/// Most bytes of a piece that is wanted; nothing when none is wanted any more.
pub(crate) async fn wanted(
    context: &Context,
    mailbox: &SystemId,
    parcel: ExchangeId,
    index: u32,
) -> Result<Option<u64>> {
    take::wanted(context, &sender(context, mailbox, parcel).await?, parcel, index).await
}

/// All pieces are said to be here. The missing ones, if any.
pub(crate) async fn complete(context: &Context, mailbox: &SystemId, parcel: ExchangeId) -> Result<Vec<u32>> {
    take::complete(context, &sender(context, mailbox, parcel).await?, parcel).await
}
