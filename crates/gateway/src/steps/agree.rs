//! Agreed: the exchange rests on an agreement in force, or is a metaservice.
//!
//! Both sides ask their own copy. The consumer chooses the agreement; the provider takes the one named
//! and signed for, in the very text named, and no other.

use std::sync::Arc;

use http::HeaderMap;
use packhorse_governance::Held;
use packhorse_model::agreement::State;
use packhorse_model::exchange::{Basis, Kind};
use packhorse_model::organisation::{Members as _, Organisation};
use packhorse_model::refusal::Rule;
use packhorse_model::{AgreementDigest, AgreementId};

use crate::context::Context;
use crate::kinds::query::Question;
use crate::steps::fulfil::METASERVICES;
use crate::steps::identify::{Asked, IdentifiedCaller, IdentifiedPeer, today};
use crate::trail::{Stop, Trail};
use crate::wire::{packhorse, single};

/// The asking side has found what the exchange rests on, and whom to ask.
pub(crate) struct AgreedOutbound {
    pub(crate) question: Question,
    pub(crate) asked: Asked,
    pub(crate) provider: Arc<Organisation>,
    /// The agreement named, or all that could cover the question, those in force first. `None` for a
    /// metaservice, which needs none.
    pub(crate) agreements: Option<Vec<Arc<Held>>>,
    made: (),
}

impl AgreedOutbound {
    pub(crate) fn into_parts(self) -> (Question, Asked, Arc<Organisation>, Option<Vec<Arc<Held>>>) {
        let () = self.made;
        (self.question, self.asked, self.provider, self.agreements)
    }
}

/// Finds provider and agreement for our own system's question.
pub(crate) fn outbound(
    context: &Context,
    identified: IdentifiedCaller,
    trail: &mut Trail,
) -> Result<AgreedOutbound, Stop> {
    let (question, asked) = identified.into_parts();
    let provider = provider(context, trail)?;
    if is_metaservice(trail) {
        trail.exchange.basis = Some(Basis::Metaservice);
        return Ok(AgreedOutbound { question, asked, provider, agreements: None, made: () });
    }
    let agreements = match &asked.agreement {
        Some(id) => vec![context.agreements.get(id, today()).ok_or_else(|| unknown(trail, id))?],
        None => candidates(context, trail)?,
    };
    Ok(AgreedOutbound { question, asked, provider, agreements: Some(agreements), made: () })
}

fn candidates(context: &Context, trail: &Trail) -> Result<Vec<Arc<Held>>, Stop> {
    let exchange = &trail.exchange;
    let mut candidates = context.agreements.candidates(&exchange.client, &exchange.service);
    if candidates.is_empty() {
        return Err(trail.refuse(
            Rule::NoAgreement,
            "no agreement covers this system and this service",
            "propose one to the provider with `packhorse agreement new`, or name the right service",
        ));
    }
    candidates.sort_by_key(|held| held.state_on(today()) != State::Active);
    Ok(candidates)
}

fn provider(context: &Context, trail: &Trail) -> Result<Arc<Organisation>, Stop> {
    let system = &trail.exchange.service.system;
    let provider = context.directory.organisation(&system.organisation).ok_or_else(|| {
        trail.refuse(
            Rule::UnknownMember,
            format!("Could not find addresses for service provider \"{system}\""),
            "check the identifier against the directory",
        )
    })?;
    if !provider.is_active() {
        return Err(trail.refuse(
            Rule::MemberSuspended,
            format!("{} is suspended or removed", provider.id),
            "no exchange is possible until the network's operator lets it back in",
        ));
    }
    if !provider.has_system(system) {
        return Err(trail.refuse(
            Rule::UnknownMember,
            format!("Could not find addresses for service provider \"{system}\""),
            "check the system's code against the directory",
        ));
    }
    Ok(provider)
}

/// The answering side holds the very agreement that the request names.
pub(crate) struct AgreedInbound {
    pub(crate) question: Question,
    pub(crate) consumer: Arc<Organisation>,
    /// `None` for a metaservice.
    pub(crate) agreement: Option<Arc<Held>>,
    made: (),
}

impl AgreedInbound {
    pub(crate) fn into_parts(self) -> (Question, Arc<Organisation>, Option<Arc<Held>>) {
        let () = self.made;
        (self.question, self.consumer, self.agreement)
    }
}

/// Takes the agreement that the signed request names.
pub(crate) fn inbound(context: &Context, identified: IdentifiedPeer, trail: &mut Trail) -> Result<AgreedInbound, Stop> {
    let (consumer, question) = identified.into_parts();
    trail.exchange.purpose = single(&question.headers, &packhorse::PURPOSE).map(str::to_owned);
    trail.exchange.role = single(&question.headers, &packhorse::ROLE).map(str::to_owned);
    if is_metaservice(trail) {
        trail.exchange.basis = Some(Basis::Metaservice);
        return Ok(AgreedInbound { question, consumer, agreement: None, made: () });
    }
    let (id, digest) = named(&question.headers).ok_or_else(|| {
        trail.refuse(
            Rule::NoAgreement,
            "the request names no agreement",
            "the consumer's gateway must send packhorse-agreement: {id};{digest}",
        )
    })?;
    // By the digest: the very text that the consumer relies on, and no other version of it.
    let held =
        context.agreements.find(&digest).filter(|held| held.agreement().id == id).ok_or_else(|| {
            match context.agreements.get(&id, today()) {
                None => unknown(trail, &id),
                Some(_) => trail.refuse(
                    Rule::NoAgreement,
                    format!("the consumer relies on another text of agreement {id} than is held here"),
                    "both parties must hold the same version: share it again",
                ),
            }
        })?;
    Ok(AgreedInbound { question, consumer, agreement: Some(held), made: () })
}

fn named(headers: &HeaderMap) -> Option<(AgreementId, AgreementDigest)> {
    let (id, digest) = single(headers, &packhorse::AGREEMENT)?.split_once(';')?;
    Some((id.parse().ok()?, digest.parse().ok()?))
}

fn is_metaservice(trail: &Trail) -> bool {
    trail.exchange.kind == Kind::Query && METASERVICES.contains(&trail.exchange.service.service.as_str())
}

fn unknown(trail: &Trail, id: &AgreementId) -> Stop {
    trail.refuse(
        Rule::NoAgreement,
        format!("agreement {id} is not known here"),
        "the party that holds it must share it with this organisation",
    )
}
