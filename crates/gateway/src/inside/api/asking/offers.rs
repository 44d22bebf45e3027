//! What a person may ask through a system: every grant of an agreement in force, judged as the pipeline would.

use std::sync::Arc;

use packhorse_governance::{Ask, CallingSystem, Held, Verdict};
use packhorse_model::agreement::{Grant, State};
use packhorse_model::id::{ClientId, ServiceId};
use packhorse_model::organisation::Members as _;
use packhorse_model::service::FieldPath;
use packhorse_model::{CanonicalPath, Refusal, Side};
use serde_json::{Value, json};

use super::name_of;
use crate::inside::Inside;
use crate::steps::identify::{self, today};

/// One grant for one person.
pub(super) struct Offer {
    pub(super) service: ServiceId,
    held: Arc<Held>,
    purposes: Vec<String>,
    role: Option<String>,
    fields: Vec<String>,
    refusal: Option<Refusal>,
}

/// Everything that a system may ask others, under agreements in force, for one of its users.
pub(super) fn of(inside: &Inside, system: &CallingSystem, person: &str) -> Vec<Offer> {
    let context = &inside.context;
    let Ok(id) = context.identity.organisation.system(&system.code) else { return Vec::new() };
    let client = ClientId::System(id);
    let in_force = context.agreements.list().into_iter().filter(|held| held.state_on(today()) == State::Active);
    let mut offers = Vec::new();
    for held in in_force {
        for grant in &held.agreement().grants {
            if grant.names(&client) && !grant.is_for_parcels() {
                offers.push(judged(inside, system, person, &client, &held, grant));
            }
        }
    }
    offers
}

fn judged(
    inside: &Inside,
    system: &CallingSystem,
    person: &str,
    client: &ClientId,
    held: &Arc<Held>,
    grant: &Grant,
) -> Offer {
    let flow = &held.agreement().flow;
    let or_all = |own: Vec<String>, all: &[packhorse_model::agreement::Code]| match own.is_empty() {
        true => all.iter().map(ToString::to_string).collect(),
        false => own,
    };
    let purposes: Vec<String> =
        or_all(grant.purposes.iter().map(ToString::to_string).collect(), &flow.purposes_permitted);
    let roles: Vec<String> = or_all(grant.roles.iter().map(ToString::to_string).collect(), &flow.roles_permitted);
    // Of the person's roles one that the grant names; else the refusal says which are missing.
    let own = system.users.iter().filter(|user| user.id == person).flat_map(|user| &user.roles);
    let own: Vec<String> = own.map(ToString::to_string).collect();
    let role = own.iter().find(|role| roles.contains(role)).or_else(|| own.first()).cloned();
    let mut offer = Offer {
        service: grant.service.clone(),
        held: Arc::clone(held),
        purposes,
        role: role.clone(),
        fields: grant.fields.iter().map(ToString::to_string).collect(),
        refusal: None,
    };
    offer.refusal = match identify::person(&inside.context, system, Some(person), role.as_deref()) {
        Err(refusal) => Some(refusal),
        Ok(position) => {
            let papers = inside.context.assurance.papers();
            let vetted = papers.is_vetted_for_agreement(Some(person), held.agreement(), today());
            vetted.err().or_else(|| decided(inside, client, grant, &offer, position.trained_on))
        }
    };
    offer
}

fn decided(
    inside: &Inside,
    client: &ClientId,
    grant: &Grant,
    offer: &Offer,
    trained_on: Option<jiff::civil::Date>,
) -> Option<Refusal> {
    let context = &inside.context;
    let operation =
        grant.operations.iter().max_by_key(|operation| operation.method == "POST" || operation.method == "*")?;
    // A person's question is posted, so that no key stands in an address. A path that the glob covers: which key is
    // asked for is not yet known.
    let path = CanonicalPath::parse(&operation.path.to_string().replace("**", "x").replace('*', "x")).ok()?;
    let assured =
        |organisation| context.directory.organisation(organisation).is_some_and(|member| member.is_assured(today()));
    let agreement = &offer.held.agreement().id;
    let ask = Ask {
        side: Side::Outbound,
        client,
        service: &offer.service,
        method: "POST",
        path: &path,
        purpose: offer.purposes.first().map(String::as_str),
        role: offer.role.as_deref(),
        trained_on,
        fields: None,
        used_today: context.uses.today(agreement, client.organisation(), Side::Outbound),
        today: today(),
        client_assured: true,
        provider_assured: assured(&offer.service.system.organisation),
    };
    match offer.held.decide(&ask).verdict {
        Verdict::Permit { .. } => None,
        Verdict::Deny(refusal) => Some(refusal),
    }
}

impl Offer {
    pub(super) fn is_permitted(&self) -> bool {
        self.refusal.is_none()
    }

    /// The role in which the person would ask.
    pub(super) fn role(&self) -> Option<String> {
        self.role.clone()
    }

    /// Whether a field may be given.
    pub(super) fn gives(&self, field: &str) -> bool {
        self.fields.iter().any(|own| own == field || FieldPath::from(own.as_str()).is_everything())
    }

    /// As the API shows it.
    pub(super) fn shown(&self, inside: &Inside, system: &CallingSystem) -> Value {
        let agreement = self.held.agreement();
        json!({
            "system": system.code,
            "system_title": system.title,
            "service": self.service,
            "provider": name_of(inside, &self.service),
            "agreement": agreement.id,
            "agreement_title": agreement.title,
            "purposes": self.purposes,
            "role": self.role,
            "fields": self.fields,
            "offered": self.is_permitted(),
            "refusal": self.refusal.as_ref().map(|refusal| json!({
                "rule": refusal.rule, "reason": refusal.reason, "remedy": refusal.remedy,
            })),
        })
    }
}
