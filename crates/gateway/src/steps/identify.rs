//! Identified: we know who asks, and that nobody else can have asked this.

use std::sync::Arc;

use http::HeaderMap;
use http::header::HeaderName;
use packhorse_governance::{CallingSystem, Position, Presented};
use packhorse_keys::message::{CONTENT_DIGEST, MessageView, ReceivedSignature, parse_signature};
use packhorse_keys::{Fingerprint, check_content_digest, verify_document};
use packhorse_model::AgreementId;
use packhorse_model::id::{ClientId, SystemId};
use packhorse_model::organisation::{Members as _, Organisation};
use packhorse_model::parcel::{SignedWaybill, WAYBILL_CONTEXT};
use packhorse_model::refusal::{Refusal, Rule};

use crate::context::{Context, now_ms};
use crate::door::Peer;
use crate::kinds::query::Question;
use crate::profile;
use crate::steps::seal::SignedPart;
use crate::trail::{Stop, Trail};
use crate::wire::{headers_digest, packhorse, signature, single};

/// What the caller says the exchange is for. Missing parts come from the calling system's defaults.
#[derive(Debug, Clone, Default)]
pub(crate) struct Asked {
    pub(crate) agreement: Option<AgreementId>,
    pub(crate) purpose: Option<String>,
    pub(crate) role: Option<String>,
    pub(crate) case: Option<String>,
    /// Fields asked for, comma-separated, when fewer than agreed.
    pub(crate) fields: Option<String>,
    pub(crate) user: Option<String>,
    pub(crate) security_server: Option<String>,
    /// When the person was last trained, ISO 8601; never taken from the caller.
    pub(crate) trained_on: Option<String>,
    /// Whether the person was judged when a parcel was accepted, which is only offered now.
    pub(crate) judged_earlier: bool,
}

/// How a caller shows that it is the system it names.
pub(crate) enum Shown {
    /// By its key, its certificate or its address.
    Credential { api_key: Option<String>, peer: Peer },
    /// The door has seen the proof in a form of its own; the person is still to be judged.
    AtTheDoor,
    /// Earlier, when the parcel was accepted, and in this position.
    Earlier(Position),
}

/// A question of our own system, with what it shows for itself.
pub(crate) struct Received {
    pub(crate) shown: Shown,
    pub(crate) question: Question,
    pub(crate) asked: Asked,
}

/// Our own system asks, and it is the one it says.
pub(crate) struct IdentifiedCaller {
    pub(crate) question: Question,
    pub(crate) asked: Asked,
    made: (),
}

impl IdentifiedCaller {
    pub(crate) fn into_parts(self) -> (Question, Asked) {
        let () = self.made;
        (self.question, self.asked)
    }
}

/// Finds the calling system and person; fills in the system's defaults.
pub(crate) fn caller(context: &Context, received: Received, trail: &mut Trail) -> Result<IdentifiedCaller, Stop> {
    let Received { shown, question, mut asked } = received;
    let client = trail.exchange.client.clone();
    if *client.organisation() != context.identity.organisation {
        return Err(trail.refuse(
            Rule::UnknownClient,
            format!("Client '{client}' not found: this gateway serves another organisation"),
            "send X-Road-Client with a system of this organisation",
        ));
    }
    let ClientId::System(claimed) = &client else {
        return Err(trail.refuse(
            Rule::ClientIdentifier,
            "the client names an organisation, not one of its systems",
            "send X-Road-Client with four parts: network/class/member/system",
        ));
    };
    let system = match &shown {
        Shown::Credential { api_key, peer } => {
            let (certificate, address) = (peer.fingerprint, Some(peer.address.ip()));
            let presented = Presented { api_key: api_key.as_deref(), certificate, address };
            context.people.authenticate(&presented, &claimed.system)?
        }
        Shown::AtTheDoor | Shown::Earlier(_) => context.people.registered(&claimed.system)?,
    };
    // From here on the request is known to be our own system's: refusals are kept.
    trail.identified = true;
    context.fresh_directory(trail.side)?;
    if !context.directory.organisation(client.organisation()).is_some_and(|own| own.is_active()) {
        return Err(trail.refuse(
            Rule::MemberSuspended,
            "this organisation is not an active member of the network",
            "its SIRO must settle the matter with the network's operator",
        ));
    }
    fill_in(&system, &mut asked);
    asked.judged_earlier = matches!(shown, Shown::Earlier(_));
    let person = match shown {
        Shown::Earlier(position) => position,
        _ => person(context, &system, asked.user.as_deref(), asked.role.as_deref())?,
    };
    asked.role = person.role;
    asked.trained_on = person.trained_on.map(|date| date.to_string());
    trail.exchange.purpose.clone_from(&asked.purpose);
    trail.exchange.role.clone_from(&asked.role);
    trail.content.case = asked.case.clone().unwrap_or_default();
    Ok(IdentifiedCaller { question, asked, made: () })
}

/// In which role one of a system's people asks, where nothing keeps them out that is asked of everybody who works here.
pub(crate) fn person(
    context: &Context,
    system: &CallingSystem,
    user: Option<&str>,
    role: Option<&str>,
) -> Result<Position, Refusal> {
    let position = context.people.person(system, user, role, today())?;
    has_accepted(context, user)?;
    if let Some(role) = &position.role {
        context.assurance.papers().is_vetted_for_role(user, role, today())?;
    }
    Ok(position)
}

/// Whether whoever signed in has nothing to accept first.
pub(crate) fn may_go_on(context: &Context, person: Option<&str>) -> Result<(), Refusal> {
    let Some(account) = person.and_then(|person| context.people.accounts().get(person)) else { return Ok(()) };
    context.assurance.papers().may_go_on(&account.acceptable_use, today())
}

/// Whether a person has accepted the acceptable use policy in time. Whoever has no account has nowhere to accept it, and
/// is not asked: the system that names them vouches for them.
pub(crate) fn has_accepted(context: &Context, user: Option<&str>) -> Result<(), Refusal> {
    let Some(account) = user.and_then(|user| context.people.accounts().get(user)) else { return Ok(()) };
    context.assurance.papers().has_accepted(&account.acceptable_use, today())
}

fn fill_in(system: &Arc<CallingSystem>, asked: &mut Asked) {
    let defaults = &system.defaults;
    asked.agreement = asked.agreement.take().or_else(|| defaults.agreement.clone());
    asked.purpose = asked.purpose.take().or_else(|| defaults.purpose.as_ref().map(ToString::to_string));
    asked.role = asked.role.take().or_else(|| defaults.role.as_ref().map(ToString::to_string));
    asked.case = asked.case.take().or_else(|| defaults.case.clone());
}

/// The calendar day on which rules are judged.
pub(crate) fn today() -> jiff::civil::Date {
    jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date()
}

/// A question at the outside door: the key on the connection, the signed part, the question.
pub(crate) struct Arrived {
    pub(crate) peer: Option<Fingerprint>,
    /// What the answer will be bound to.
    pub(crate) signed: Arc<SignedPart>,
    pub(crate) question: Question,
}

/// Another gateway asks, an active member of the directory, with its key on the connection and its
/// signature on the request.
pub(crate) struct IdentifiedPeer {
    pub(crate) organisation: Arc<Organisation>,
    pub(crate) question: Question,
    made: (),
}

impl IdentifiedPeer {
    pub(crate) fn into_parts(self) -> (Arc<Organisation>, Question) {
        let () = self.made;
        (self.organisation, self.question)
    }
}

/// Proves the peer: connection, membership, signature, digests, recipient, time, first arrival.
pub(crate) fn peer(context: &Context, arrived: Arrived, trail: &mut Trail) -> Result<IdentifiedPeer, Stop> {
    let Arrived { peer, signed, question } = arrived;
    let organisation = member_on_connection(context, peer, trail)?;
    let received = check_signature(&organisation, &signed, trail)?;
    // From here on the request is known to be the member's own: refusals are signed and kept.
    trail.identified = true;
    context.fresh_directory(trail.side)?;
    if !organisation.is_active() {
        return Err(trail.refuse(
            Rule::MemberSuspended,
            format!("{} is suspended or removed", organisation.id),
            "its SIRO must settle the matter with the network's operator",
        ));
    }
    if trail.exchange.service.system.organisation != context.identity.organisation {
        return Err(trail.refuse(
            Rule::Recipient,
            "the request is addressed to another organisation",
            "send it to the gateway that the directory lists for the provider",
        ));
    }
    check_integrity(&signed.headers, &question, trail)?;
    check_time(context, &received, trail)?;
    if !context.replay.first_time(&organisation.id, trail.exchange.id, now_ms()) {
        return Err(trail.refuse(Rule::Replay, "this exchange was seen before", "send a new request with a new id"));
    }
    Ok(IdentifiedPeer { organisation, question, made: () })
}

/// An offer that one of our systems brings on a medium, for its mailbox.
pub(crate) struct Carried {
    pub(crate) waybill: SignedWaybill,
    pub(crate) mailbox: SystemId,
    /// What the waybill stands for.
    pub(crate) question: Question,
}

/// Proves a waybill: membership, signature, recipient, time. Its own digests bind what lies beside it.
pub(crate) fn carried(context: &Context, carried: Carried, trail: &mut Trail) -> Result<IdentifiedPeer, Stop> {
    // One of our own systems says so, and it has proved itself: refusals are kept.
    trail.identified = true;
    let Carried { waybill: signed, mailbox, question } = carried;
    let waybill = signed.waybill();
    let organisation = context.directory.organisation(&waybill.from.organisation);
    let organisation = organisation.filter(|sender| sender.has_system(&waybill.from)).ok_or_else(|| {
        trail.refuse(
            Rule::UnknownMember,
            "the waybill's sender is not in the directory",
            "ask the sender whether it is a member of this network",
        )
    })?;
    let key = organisation.signing_key_at(&signed.signature().key, waybill.at);
    let proved = key.is_some_and(|key| {
        verify_document(&key, WAYBILL_CONTEXT, signed.as_str().as_bytes(), signed.signature()).is_ok()
    });
    if !proved {
        return Err(trail.refuse(
            Rule::Signature,
            "the waybill is not as its sender signed it",
            "ask the sender for the waybill anew, and keep this one: somebody has altered it",
        ));
    }
    signed.as_str().clone_into(&mut trail.content.statement);
    trail.content.statement_signature = Some(signed.signature().clone());
    context.fresh_directory(trail.side)?;
    if !organisation.is_active() {
        return Err(trail.refuse(
            Rule::MemberSuspended,
            format!("{} is suspended or removed", organisation.id),
            "its SIRO must settle the matter with the network's operator",
        ));
    }
    if trail.exchange.service.system != mailbox {
        return Err(trail.refuse(
            Rule::Recipient,
            "the parcel is for another mailbox",
            "import it at the gateway, and as the system, that it is for",
        ));
    }
    let ahead = waybill.at.as_second().saturating_sub(jiff::Timestamp::now().as_second());
    if ahead > i64::try_from(context.limits.clock_ahead.as_secs()).unwrap_or(i64::MAX) {
        return Err(trail.refuse(
            Rule::Clock,
            format!("the waybill's time is {ahead} seconds ahead of this gateway's clock"),
            "set both clocks by a time server",
        ));
    }
    Ok(IdentifiedPeer { organisation, question, made: () })
}

fn member_on_connection(
    context: &Context,
    peer: Option<Fingerprint>,
    trail: &Trail,
) -> Result<Arc<Organisation>, Stop> {
    let stranger = |reason: &str| {
        trail.refuse(Rule::UnknownMember, reason, "join the network: the registry must list this gateway's key")
    };
    let fingerprint = peer.ok_or_else(|| stranger("no key was shown on the connection"))?;
    let directory = context.directory.current();
    let organisation = directory
        .by_tls_key(&fingerprint, jiff::Timestamp::now())
        .ok_or_else(|| stranger("the key on the connection is not listed"))?;
    let claimed = trail.exchange.client.organisation();
    if organisation.id != *claimed {
        return Err(stranger("the key on the connection belongs to another organisation than the client named"));
    }
    // Listed systems only: the directory says which systems an organisation has.
    match trail.exchange.client.system() {
        Some(system) if !organisation.has_system(system) => Err(trail.refuse(
            Rule::UnknownClient,
            format!("Client '{system}' not found in the directory"),
            "its organisation must register the system",
        )),
        _ => Ok(organisation),
    }
}

fn check_signature(
    organisation: &Organisation,
    signed: &SignedPart,
    trail: &mut Trail,
) -> Result<ReceivedSignature, Stop> {
    let wrong = |trail: &Trail, why: String| {
        trail.refuse(
            Rule::Signature,
            why,
            "the consumer's gateway must sign with its current key: see docs/protocol/query.md",
        )
    };
    let received =
        parse_signature(&signed.headers, signature::LABEL).map_err(|error| wrong(trail, error.to_string()))?;
    let now = jiff::Timestamp::now();
    let key = received.keyid.parse::<Fingerprint>().ok().and_then(|print| organisation.signing_key_at(&print, now));
    let key = key.ok_or_else(|| wrong(trail, "it is signed by a key that the directory does not list".to_owned()))?;
    if received.tag.as_deref() != Some(signature::REQUEST_TAG) {
        return Err(wrong(trail, "the signature was made for another use".to_owned()));
    }
    let base = received
        .check(&key, &profile::request(&signed.headers), &MessageView::Request(signed.view()))
        .map_err(|error| wrong(trail, error.to_string()))?;
    trail.content.request_base = base;
    trail.content.request_signature =
        signed.headers.get(&signature::SIGNATURE).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    Ok(received)
}

fn check_integrity(headers: &HeaderMap, question: &Question, trail: &Trail) -> Result<(), Stop> {
    let remedy = "something between the gateways alters messages: take it out of the way";
    // Once each: of two lines, both signed, somebody else may read the other.
    let once = |name: &HeaderName| single(headers, name).and_then(|_| headers.get(name));
    let body_holds = once(&CONTENT_DIGEST).is_some_and(|digest| check_content_digest(digest, &question.body).is_ok());
    if !body_holds {
        return Err(trail.refuse(Rule::Digest, "the body is not the one that was signed", remedy));
    }
    if once(&packhorse::HEADERS_DIGEST) != Some(&headers_digest(headers)) {
        return Err(trail.refuse(Rule::Digest, "the headers are not those that were signed", remedy));
    }
    Ok(())
}

fn check_time(context: &Context, received: &ReceivedSignature, trail: &Trail) -> Result<(), Stop> {
    let now = jiff::Timestamp::now().as_second();
    let age = now.saturating_sub(received.created);
    let limits = &context.limits;
    let too_old = age > i64::try_from(limits.signature_age.as_secs()).unwrap_or(i64::MAX);
    let too_new = -age > i64::try_from(limits.clock_ahead.as_secs()).unwrap_or(i64::MAX);
    let expired = received.expires.is_some_and(|end| end < now);
    if too_old || too_new || expired {
        let when = if too_new { "ahead of" } else { "behind" };
        return Err(trail.refuse(
            Rule::Clock,
            format!("the request's time is {} seconds {when} this gateway's clock", age.unsigned_abs()),
            "set both clocks by a time server",
        ));
    }
    Ok(())
}
