//! Authorised: governance has decided, on this side, by this side's own copy of the agreement.

use std::sync::Arc;

use jiff::civil::Date;
use packhorse_governance::assurance::Papers;
use packhorse_governance::{Ask, Held, Verdict};
use packhorse_model::exchange::{Basis, Kind};
use packhorse_model::organisation::{Members as _, Organisation};
use packhorse_model::refusal::Rule;
use packhorse_model::service::{FieldPath, FieldSet};

use crate::context::Context;
use crate::kinds::operation;
use crate::kinds::query::Question;
use crate::services::Shape;
use crate::steps::agree::{AgreedInbound, AgreedOutbound};
use crate::steps::identify::{Asked, today};
use crate::trail::{Stop, Trail};
use crate::wire::{packhorse, single};

/// Most fields that one request may ask for by name.
const FIELDS_ASKED: usize = 500;

/// Our own system may ask this.
pub(crate) struct AuthorisedOutbound {
    question: Question,
    asked: Asked,
    addresses: Vec<String>,
}

impl AuthorisedOutbound {
    /// The question, what it is for, and where the provider can be reached.
    pub(crate) fn into_question(self) -> (Question, Asked, Vec<String>) {
        (self.question, self.asked, self.addresses)
    }
}

/// Decides whether our own system may ask.
pub(crate) fn outbound(
    context: &Context,
    agreed: AgreedOutbound,
    trail: &mut Trail,
) -> Result<AuthorisedOutbound, Stop> {
    let (question, mut asked, provider, agreements) = agreed.into_parts();
    if let Some(agreements) = agreements {
        open_gates(context, trail)?;
        let facts = Facts {
            question: &question,
            trained_on: Trained::Ours { papers: &context.assurance.papers(), asked: &asked },
            fields: fields_asked(asked.fields.as_deref(), trail)?,
            client_assured: true,
            provider_assured: is_assured(&provider),
        };
        let relied_on = first_that_permits(context, &agreements, &facts, trail)?;
        // What the provider is told is what was decided by.
        asked.trained_on = facts.trained_on.under(&relied_on).map(|day| day.to_string());
    }
    let addresses = addresses(context, &provider, asked.security_server.as_deref(), trail)?;
    Ok(AuthorisedOutbound { question, asked, addresses })
}

/// The first agreement that permits is the one relied on; else the first one's refusal tells why.
fn first_that_permits(
    context: &Context,
    agreements: &[Arc<Held>],
    facts: &Facts<'_>,
    trail: &mut Trail,
) -> Result<Arc<Held>, Stop> {
    let mut refused = None;
    for held in agreements {
        match rule(context, held, facts, trail) {
            Ok(_) => return Ok(Arc::clone(held)),
            Err(stop) => refused = refused.or(Some((stop, trail.exchange.basis.clone()))),
        }
    }
    let Some((stop, basis)) = refused else {
        return Err(trail.refuse(Rule::NoAgreement, "no agreement covers the question", "propose one to the provider"));
    };
    trail.exchange.basis = basis;
    Err(stop)
}

/// `X-Road-Security-Server` chooses one of the provider's gateways, and only one of the provider's.
fn addresses(
    context: &Context,
    provider: &Organisation,
    server: Option<&str>,
    trail: &Trail,
) -> Result<Vec<String>, Stop> {
    let Some(server) = server else { return Ok(context.peers.addresses(&provider.id, None)) };
    let wrong = || {
        let reason = format!("Invalid security server \"{server}\"");
        trail.refuse(Rule::GatewayAddress, reason, "name one of the provider's gateways, or leave the header out")
    };
    let (owner, code) = server.rsplit_once('/').ok_or_else(wrong)?;
    if owner != provider.id.to_string() {
        return Err(wrong());
    }
    match context.peers.addresses(&provider.id, Some(code)) {
        found if found.is_empty() => Err(wrong()),
        found => Ok(found),
    }
}

/// Another organisation may ask this of us.
pub(crate) struct AuthorisedInbound {
    question: Question,
    given: Option<FieldSet>,
}

impl AuthorisedInbound {
    /// The question and the fields that may leave; `None` for a metaservice, which has none.
    pub(crate) fn into_question(self) -> (Question, Option<FieldSet>) {
        (self.question, self.given)
    }
}

/// Decides whether the consumer may ask us.
pub(crate) fn inbound(context: &Context, agreed: AgreedInbound, trail: &mut Trail) -> Result<AuthorisedInbound, Stop> {
    let (question, consumer, agreement) = agreed.into_parts();
    let Some(held) = agreement else { return Ok(AuthorisedInbound { question, given: None }) };
    open_gates(context, trail)?;
    let facts = Facts {
        question: &question,
        trained_on: Trained::Told(single(&question.headers, &packhorse::TRAINED_ON)),
        fields: fields_asked(single(&question.headers, &packhorse::FIELDS), trail)?,
        client_assured: is_assured(&consumer),
        provider_assured: true,
    };
    let agreed = rule(context, &held, &facts, trail)?;
    let given = facts.fields.unwrap_or(agreed);
    Ok(AuthorisedInbound { question, given: Some(all_declared(context, given, trail)?) })
}

/// Decides whether another parcel may come along with one that was authorised: anew, because it is a use of its own.
pub(crate) fn along(context: &Context, question: &Question, trail: &Trail, counts: bool) -> Result<(), Stop> {
    let exchange = &trail.exchange;
    let held = match &exchange.basis {
        Some(Basis::Agreement { digest, .. }) => context.agreements.find(digest),
        _ => None,
    };
    let consumer = context.directory.organisation(exchange.client.organisation());
    let (Some(held), Some(consumer)) = (held, consumer) else {
        return Err(trail.refuse(Rule::NoAgreement, "no agreement covers the parcel", "propose one"));
    };
    let (client, service) = (exchange.client.clone(), exchange.service.clone());
    let mut own = Trail::begin(trail.side, exchange.kind, exchange.id, client, service);
    own.exchange = exchange.clone();
    own.counts = counts;
    let facts = Facts {
        question,
        trained_on: Trained::Told(single(&question.headers, &packhorse::TRAINED_ON)),
        fields: None,
        client_assured: is_assured(&consumer),
        provider_assured: true,
    };
    rule(context, &held, &facts, &mut own).map(|_| ())
}

/// `*` stands for every declared field. A service without declared fields can only be given whole.
fn all_declared(context: &Context, given: FieldSet, trail: &Trail) -> Result<FieldSet, Stop> {
    if trail.exchange.kind != Kind::Query {
        return Ok(given);
    }
    let everything = given.iter().any(FieldPath::is_everything);
    let Some(service) = context.services.find(&trail.exchange.service) else { return Ok(given) };
    match &service.shape {
        Shape::Fields(declared) if everything => Ok(declared.clone()),
        Shape::Opaque if !everything => Err(trail.refuse(
            Rule::Fields,
            "the service does not declare its fields, so its answer cannot be cut to those agreed",
            "the provider must declare the service's columns",
        )),
        _ => Ok(given),
    }
}

fn is_assured(organisation: &Organisation) -> bool {
    organisation.is_assured(today())
}

fn fields_asked(text: Option<&str>, trail: &Trail) -> Result<Option<FieldSet>, Stop> {
    let Some(text) = text else { return Ok(None) };
    let fields: FieldSet = text
        .split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .take(FIELDS_ASKED + 1)
        .map(FieldPath::from)
        .collect();
    if fields.is_empty() || fields.len() > FIELDS_ASKED {
        return Err(trail.refuse(
            Rule::Fields,
            "the list of fields is empty or too long",
            "name the fields, comma-separated",
        ));
    }
    Ok(Some(fields))
}

/// What a decision needs besides the trail.
struct Facts<'a> {
    question: &'a Question,
    trained_on: Trained<'a>,
    fields: Option<FieldSet>,
    client_assured: bool,
    provider_assured: bool,
}

/// Where the day of somebody's training is known from.
enum Trained<'a> {
    /// Our own training register, and what the calling system's list says where the register does not know the person.
    Ours { papers: &'a Papers, asked: &'a Asked },
    /// The consumer's gateway, signed.
    Told(Option<&'a str>),
}

impl Trained<'_> {
    /// The day that counts under an agreement, by the courses that it asks for.
    fn under(&self, held: &Held) -> Option<Date> {
        let read = |text: Option<&str>| text.and_then(|day| day.parse().ok());
        match self {
            Self::Told(day) => read(*day),
            Self::Ours { papers, asked } => {
                let courses = &held.agreement().flow.training_required;
                let known = asked.user.as_deref().and_then(|user| papers.trained_on(user, courses, today()));
                known.unwrap_or_else(|| read(asked.trained_on.as_deref()))
            }
        }
    }
}

/// Nothing is shared while a gate of this organisation is shut, whatever its agreements say.
fn open_gates(context: &Context, trail: &Trail) -> Result<(), Stop> {
    let Some(shut) = context.assurance.stopped(today()) else { return Ok(()) };
    let reason = format!("{} has shut the gate {}: {}", context.identity.organisation, shut.gate, shut.why);
    Err(trail.refuse(Rule::Gate, reason, shut.remedy))
}

/// Asks governance, notes the agreement on the trail, counts the use.
fn rule(context: &Context, held: &Held, facts: &Facts<'_>, trail: &mut Trail) -> Result<FieldSet, Stop> {
    let agreement = held.agreement().id.clone();
    trail.exchange.basis = Some(Basis::Agreement { agreement: agreement.clone(), digest: held.digest() });
    if let Trained::Ours { papers, asked } = &facts.trained_on
        && !asked.judged_earlier
    {
        papers.is_vetted_for_agreement(asked.user.as_deref(), held.agreement(), today())?;
    }
    let exchange = &trail.exchange;
    let consumer = exchange.client.organisation();
    let used = context.uses.today(&agreement, consumer, trail.side);
    let ask = Ask {
        side: trail.side,
        client: &exchange.client,
        service: &exchange.service,
        method: operation(exchange.kind, facts.question),
        path: &facts.question.path,
        purpose: exchange.purpose.as_deref(),
        role: exchange.role.as_deref(),
        trained_on: facts.trained_on.under(held),
        fields: facts.fields.as_ref(),
        // What is no further use is in the count already: the day's last parcel may still be offered, and offered again.
        used_today: used.saturating_sub(u64::from(!trail.counts)),
        today: today(),
        client_assured: facts.client_assured,
        provider_assured: facts.provider_assured,
    };
    match held.decide(&ask).verdict {
        Verdict::Permit { fields, .. } => {
            if trail.counts {
                context.uses.one_more(&agreement, consumer, trail.side);
            }
            Ok(FieldSet::clone(&fields))
        }
        Verdict::Deny(refusal) => Err(refusal.into()),
    }
}
