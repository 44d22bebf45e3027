//! The Cedar text of one grant: a `permit` for who may call what, and a `forbid` for each condition.
//!
//! Everything a stranger wrote (field names, paths) enters the text as an escaped string literal and
//! in no other way. Cedar's `like` is not our path glob: the gateway matches the operation and hands
//! the name of the one that matched in.

use std::fmt::Write as _;

use cedar_policy::EntityId;
use packhorse_model::Rule;
use packhorse_model::agreement::{Agreement, Code, Grant};

/// What requests look like; every policy is validated against it in strict mode.
pub(super) const SCHEMA: &str = r#"
entity Organisation;
entity System in [Organisation];
entity Service;

action "share" appliesTo {
  principal: [Organisation, System],
  resource: [Service],
  context: {
    "state": String,
    "today": Long,
    "client_assured": Bool,
    "provider_assured": Bool,
    "operation"?: String,
    "purpose"?: String,
    "role"?: String,
    "training_age"?: Long,
    "fields"?: Set<String>,
    "used_today": Long,
  }
};
"#;

/// One condition of a grant.
pub(super) struct Condition {
    /// Unique in the grant; the policy's id.
    pub(super) id: &'static str,
    /// The rule it enforces.
    pub(super) rule: Rule,
    /// What is said when it does not hold.
    pub(super) reason: String,
    /// What to do then.
    pub(super) remedy: String,
    /// What is said when it holds.
    pub(super) held: &'static str,
    /// What must be true, in Cedar.
    unless: String,
}

impl Condition {
    /// The annotated `forbid`.
    pub(super) fn policy(&self) -> String {
        let (rule, reason, remedy) = (quoted(&self.rule.to_string()), quoted(&self.reason), quoted(&self.remedy));
        let head = format!("@rule({rule})\n@reason({reason})\n@remedy({remedy})\n");
        format!("{head}forbid (principal, action, resource)\nunless {{ {} }};\n", self.unless)
    }
}

/// The `permit` of a grant: its callers, its service, its operations.
pub(super) fn permit(index: usize, grant: &Grant) -> String {
    let of_kind = |system: bool| grant.to.iter().filter(move |client| client.system().is_some() == system);
    let callers = [("System", true), ("Organisation", false)].into_iter().filter_map(|(kind, system)| {
        let named = of_kind(system).map(|client| entity(kind, &client.to_string()));
        let list = joined(named);
        (!list.is_empty()).then(|| format!("principal in [{list}]"))
    });
    let callers = callers.collect::<Vec<_>>().join(" || ");
    let operations = joined(grant.operations.iter().map(|operation| quoted(&operation.to_string())));
    let service = entity("Service", &grant.service.to_string());
    format!(
        "@grant(\"{index}\")\npermit (principal, action == Action::\"share\", resource == {service})\n\
         when {{ ({callers}) && context has operation && [{operations}].contains(context.operation) }};\n"
    )
}

/// The conditions of a grant, in the order in which a refusal names them.
pub(super) fn conditions(agreement: &Agreement, grant: &Grant) -> Vec<Condition> {
    let mut conditions = in_force(agreement);
    conditions.extend(assurance());
    let purposes = narrowed(grant.purposes.iter(), &agreement.flow.purposes_permitted);
    conditions.push(one_of(Rule::Purpose, "purpose", &purposes));
    let roles = narrowed(grant.roles.iter(), &agreement.flow.roles_permitted);
    if !roles.is_empty() {
        conditions.push(one_of(Rule::Role, "role", &roles));
    }
    conditions.extend(grant.training_months.map(training));
    if !grant.gives_everything() {
        conditions.push(fields(grant));
    }
    conditions.extend(grant.per_day.map(rate));
    conditions
}

fn in_force(agreement: &Agreement) -> Vec<Condition> {
    let (start, end) = (agreement.life.start_date, agreement.life.end_date);
    let (Some(start), Some(end)) = (start, end) else { return Vec::new() };
    let (first, last) = (super::compile::day_number(start), super::compile::day_number(end));
    vec![
        Condition {
            id: "in-force",
            rule: Rule::AgreementNotInForce,
            reason: "the agreement is not active: it is not signed by everybody, or suspended, or ended".into(),
            remedy: "ask the information governance officer what the agreement waits for".into(),
            held: "the agreement is signed by every party and not suspended",
            unless: "context.state == \"active\"".into(),
        },
        Condition {
            id: "dates",
            rule: Rule::AgreementNotInForce,
            reason: format!("the agreement is in force from {start} to {end}, and not today"),
            remedy: "ask the information governance officer for a new version of the agreement".into(),
            held: "today is within the agreement's dates",
            unless: format!("context.today >= {first} && context.today <= {last}"),
        },
    ]
}

fn assurance() -> [Condition; 2] {
    let side = |id, who: &str, unless: &str, held| Condition {
        id,
        rule: Rule::AssuranceLapsed,
        reason: format!("the assurance of the {who} organisation is missing or has lapsed"),
        remedy: format!(
            "the {who} organisation must renew its code of connection with the network's operator, who states it with packhorse registry assure"
        ),
        held,
        unless: unless.into(),
    };
    [
        side("client-assured", "asking", "context.client_assured", "the asking organisation is assured"),
        side("provider-assured", "providing", "context.provider_assured", "the providing organisation is assured"),
    ]
}

fn one_of(rule: Rule, name: &'static str, codes: &[&Code]) -> Condition {
    let list = joined(codes.iter().map(|code| quoted(code.as_str())));
    Condition {
        id: name,
        rule,
        reason: format!("the {name} is missing or not one that the agreement permits"),
        remedy: format!("state one of these as {name}: {}", listed(codes.iter().map(|code| code.as_str()))),
        held: if rule == Rule::Purpose { "the purpose is permitted" } else { "the role is permitted" },
        unless: format!("context has {name} && [{list}].contains(context.{name})"),
    }
}

fn training(months: u32) -> Condition {
    Condition {
        id: "training",
        rule: Rule::Training,
        reason: format!("the caller's training is unknown or older than {months} months"),
        remedy:
            "the caller takes the training, and it is entered in the training register or for the calling system's user"
                .into(),
        held: "the caller's training is recent enough",
        unless: format!("context has training_age && context.training_age <= {months}"),
    }
}

fn fields(grant: &Grant) -> Condition {
    let list = joined(grant.fields.iter().map(|field| quoted(&field.0)));
    Condition {
        id: "fields",
        rule: Rule::Fields,
        reason: "a field was asked for that the agreement does not give".into(),
        remedy: format!("ask for these only: {}", listed(grant.fields.iter().map(|field| field.0.as_str()))),
        held: "the fields asked for are agreed",
        unless: format!("if context has fields then [{list}].containsAll(context.fields) else true"),
    }
}

fn rate(per_day: u64) -> Condition {
    Condition {
        id: "rate",
        rule: Rule::Rate,
        reason: format!("the agreement's {per_day} requests a day are used up"),
        remedy: "ask again tomorrow, or agree a higher number".into(),
        held: "the daily number is not used up",
        // Cedar counts in 64 bits with a sign; a larger limit is no limit.
        unless: format!("context.used_today < {}", i64::try_from(per_day).unwrap_or(i64::MAX)),
    }
}

/// A grant's own list, or the agreement's where the grant does not narrow it.
pub(crate) fn narrowed<'a>(narrow: impl Iterator<Item = &'a Code>, wide: &'a [Code]) -> Vec<&'a Code> {
    let own: Vec<&Code> = narrow.collect();
    if own.is_empty() { wide.iter().collect() } else { own }
}

/// Names for a reader: the first twenty.
fn listed<'a>(names: impl ExactSizeIterator<Item = &'a str>) -> String {
    let more = names.len().saturating_sub(20);
    let mut text = names.take(20).collect::<Vec<_>>().join(", ");
    if more > 0 {
        let _ = write!(text, " and {more} more");
    }
    text
}

fn joined(items: impl Iterator<Item = String>) -> String {
    items.collect::<Vec<_>>().join(", ")
}

fn entity(kind: &str, id: &str) -> String {
    format!("{kind}::{}", quoted(id))
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", EntityId::new(text).escaped())
}
