//! The public register of agreements: the fields of the Digital Economy Act's register, with what is blacked out.
//!
//! Only what every party has signed and this organisation publishes under the Freedom of Information Act.

use jiff::civil::Date;
use packhorse_model::agreement::{Agreement, ContactRole, DataType, LEGAL_GATEWAYS, Role, State};
use packhorse_model::{OrganisationId, organisation::Members};
use serde_json::{Map, Value, json};

use super::snapshot::Held;

/// The register's fields in its order, and where each comes from: a redaction may name either.
const SOURCES: [(&str, &[&str]); 13] = [
    ("purpose", &["purpose.purpose"]),
    ("benefits", &["purpose.benefits"]),
    ("information_sharing_benefits", &["purpose.benefits", "purpose.aims"]),
    ("disclosed_information", &["grants", "data.subjects"]),
    ("method", &["flow.delivery"]),
    ("information_sharing_method", &["flow.method"]),
    ("contact", &["parties"]),
    ("start_date", &["life.start_date"]),
    ("end_date", &["life.end_date"]),
    ("review_date", &["life.review_date"]),
    ("retention_period", &["governance.retention_period"]),
    ("id", &[]),
    ("notes", &[]),
];

/// Whether it stands in the register on a day.
#[must_use]
pub fn is_published(held: &Held, today: Date) -> bool {
    let signed = !matches!(held.state_on(today), State::Draft | State::Proposed);
    // A version that ended before everybody had signed it never was an agreement.
    let ever = held.standing().unsigned().is_empty();
    signed && ever && held.agreement().rights.foi_publication.publish == Some(true)
}

/// `Complete` once it no longer runs, else `Active`.
#[must_use]
pub fn isa_status(held: &Held, today: Date) -> &'static str {
    match held.state_on(today) {
        State::Ended | State::Expired | State::Superseded => "Complete",
        _ => "Active",
    }
}

/// What the register's two words do not tell: that sharing has stopped for now.
#[must_use]
pub fn notes(held: &Held, today: Date) -> &'static str {
    match held.state_on(today) {
        State::Suspended => "Suspended: nothing is shared under it for now.",
        State::Agreed => "Agreed: nothing is shared under it before its first day.",
        _ => "",
    }
}

/// An agreement as the register shows it.
#[must_use]
pub fn entry(held: &Held, own: &OrganisationId, members: &dyn Members, today: Date) -> Value {
    let agreement = held.agreement();
    let mut data = Map::new();
    let mut redacted = Vec::new();
    for (field, sources) in SOURCES {
        let hidden = is_redacted(agreement, field, sources);
        data.insert(field.to_owned(), if hidden { Value::Null } else { value(agreement, own, field) });
        if hidden {
            redacted.push(field);
        }
    }
    data.insert("isa_status".to_owned(), json!(isa_status(held, today)));
    if !redacted.contains(&"notes") {
        data.insert("notes".to_owned(), json!(notes(held, today)));
    }
    data.insert("agreement_name".to_owned(), json!(agreement.title));
    data.insert("redacted".to_owned(), json!(redacted));
    json!({
        "data": data,
        "links": {"index": "/agreements.json"},
        "controllers": named(controllers(agreement, members)),
        "powers": named(powers(agreement)),
        "processors": named(agreement.control.processors.iter().map(|one| one.name.clone()).collect()),
    })
}

/// A redaction covers what it names and everything within.
fn is_redacted(agreement: &Agreement, field: &str, sources: &[&str]) -> bool {
    let covers = |redaction: &str, name: &str| {
        name == redaction || name.strip_prefix(redaction).is_some_and(|rest| rest.starts_with('.'))
    };
    let hides = |redaction: &String| {
        covers(redaction, field) || sources.iter().any(|source| covers(redaction, source) || covers(source, redaction))
    };
    agreement.rights.foi_publication.redactions.iter().any(hides)
}

fn value(agreement: &Agreement, own: &OrganisationId, field: &str) -> Value {
    let (purpose, flow) = (&agreement.purpose, &agreement.flow);
    match field {
        "purpose" => json!(purpose.purpose),
        "benefits" => json!(listed(purpose.benefits.iter().map(|one| word(&one.kind)))),
        "information_sharing_benefits" => json!(listed(purpose.benefits.iter().map(|one| one.how.clone()))),
        "disclosed_information" => json!(disclosed(agreement)),
        "method" => json!(flow.delivery.as_ref().map(word)),
        "information_sharing_method" => json!(flow.method),
        "contact" => json!(contact(agreement, own)),
        "start_date" => json!(agreement.life.start_date),
        "end_date" => json!(agreement.life.end_date),
        "review_date" => json!(agreement.life.review_date),
        "retention_period" => json!(agreement.governance.retention_period),
        "id" => json!(agreement.id),
        _ => json!(""),
    }
}

fn disclosed(agreement: &Agreement) -> String {
    let fields = agreement.grants.iter().flat_map(|grant| &grant.fields).map(|field| field.0.as_str());
    let mut fields: Vec<&str> = fields.collect();
    fields.sort_unstable();
    fields.dedup();
    let subjects = agreement.data.subjects.join(", ");
    let kind = if agreement.data.types.contains(&DataType::None) { "about nobody" } else { "about" };
    match (subjects.is_empty(), fields.as_slice()) {
        (true, fields) => fields.join(", "),
        (false, []) => subjects,
        (false, ["*"]) => format!("everything, {kind} {subjects}"),
        (false, fields) => format!("{}, {kind} {subjects}", fields.join(", ")),
    }
}

/// This organisation's own post for questions on a working day.
fn contact(agreement: &Agreement, own: &OrganisationId) -> Option<String> {
    let contacts = &agreement.party(own)?.contacts;
    let of = |role| contacts.iter().find(|contact| contact.role == role);
    of(ContactRole::Operational).or_else(|| of(ContactRole::Dpo)).map(|contact| contact.email.clone())
}

fn controllers(agreement: &Agreement, members: &dyn Members) -> Vec<String> {
    let controls = |role: Role| matches!(role, Role::Controller | Role::JointController);
    let name =
        |id: &OrganisationId| members.organisation(id).map_or_else(|| id.to_string(), |it| it.details.name.clone());
    agreement.parties.iter().filter(|party| controls(party.role)).map(|party| name(&party.organisation)).collect()
}

fn powers(agreement: &Agreement) -> Vec<String> {
    let known = |code: &String| LEGAL_GATEWAYS.iter().find(|gateway| gateway.code == code).map(|gateway| gateway.law);
    agreement.law.legal_gateways.iter().filter_map(known).map(str::to_owned).collect()
}

fn named(names: Vec<String>) -> Vec<Value> {
    names.into_iter().map(|name| json!({"data": {"name": name}})).collect()
}

fn word(value: &impl serde::Serialize) -> String {
    json!(value).as_str().unwrap_or_default().replace('_', " ")
}

fn listed(items: impl Iterator<Item = String>) -> String {
    items.collect::<Vec<_>>().join("; ")
}
