//! The answer to "may we, and why not": for a person, before anybody asks another body's register.

use std::fmt::{self, Write as _};

use packhorse_model::ServiceId;
use packhorse_model::agreement::Grant;

use crate::agreements::{Agreements, Held};
use crate::decide::{Ask, Decision, Verdict};

/// Explains what would become of a request, and what the agreements give for its service.
#[must_use]
pub fn explain(agreements: &Agreements, named: Option<&packhorse_model::AgreementId>, ask: &Ask<'_>) -> String {
    let (held, decision) = agreements.decide(named, ask);
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = write_request(&mut text, ask);
    let _ = write_decision(&mut text, held.as_deref(), &decision, ask);
    let _ = write_who_may(&mut text, agreements, ask);
    text
}

fn write_request(out: &mut String, ask: &Ask<'_>) -> fmt::Result {
    writeln!(out, "{} asks {}: {} {}", ask.client, ask.service, ask.method, ask.path.decoded())?;
    let or_none = |word: Option<&str>| word.unwrap_or("none").to_owned();
    let trained = ask.trained_on.map_or_else(|| "unknown".to_owned(), |day| day.to_string());
    writeln!(out, "purpose {}, role {}, trained {trained}, on {}\n", or_none(ask.purpose), or_none(ask.role), ask.today)
}

fn write_decision(out: &mut String, held: Option<&Held>, decision: &Decision, ask: &Ask<'_>) -> fmt::Result {
    match &decision.verdict {
        Verdict::Permit { fields, grant } => {
            let names: Vec<_> = fields.iter().map(ToString::to_string).collect();
            writeln!(out, "permitted by grant {grant}; what leaves the provider: {}", names.join(", "))?;
        }
        Verdict::Deny(refusal) => {
            writeln!(out, "refused by rule {}: {}", refusal.rule, refusal.reason)?;
            writeln!(out, "what to do: {}", refusal.remedy)?;
        }
    }
    if let Some(held) = held {
        let agreement = held.agreement();
        let state = held.state_on(ask.today);
        writeln!(out, "agreement {} version {} is {state}, {}", agreement.id, agreement.version, held.digest())?;
        for notice in held.standing().notices(ask.today) {
            writeln!(out, "  {notice}")?;
        }
    }
    for rule in &decision.rules {
        let mark = if rule.held { "holds" } else { "BROKEN" };
        writeln!(out, "  {mark:6} {}: {}", rule.rule, rule.why)?;
    }
    Ok(())
}

fn write_who_may(out: &mut String, agreements: &Agreements, ask: &Ask<'_>) -> fmt::Result {
    writeln!(out, "\nwho may use {}:", ask.service)?;
    let mut any = false;
    for held in agreements.list() {
        for grant in held.agreement().grants.iter().filter(|grant| grant.service == *ask.service) {
            any = true;
            writeln!(out, "- under {} ({})", held.agreement().id, held.state_on(ask.today))?;
            write_grant(out, &held, grant)?;
        }
    }
    if !any { writeln!(out, "- nobody: no agreement held here names {}", named(ask.service)) } else { Ok(()) }
}

fn write_grant(out: &mut String, held: &Held, grant: &Grant) -> fmt::Result {
    let flow = &held.agreement().flow;
    let purposes = crate::agreement::narrowed(grant.purposes.iter(), &flow.purposes_permitted);
    let roles = crate::agreement::narrowed(grant.roles.iter(), &flow.roles_permitted);
    line(out, "callers", grant.to.iter())?;
    line(out, "operations", grant.operations.iter())?;
    line(out, "purposes", purposes.iter())?;
    line(out, "roles", roles.iter())?;
    line(out, "fields", grant.fields.iter())?;
    if let Some(months) = grant.training_months {
        writeln!(out, "  training no older than {months} months")?;
    }
    if let Some(per_day) = grant.per_day {
        writeln!(out, "  at most {per_day} requests a day")?;
    }
    Ok(())
}

fn line<T: fmt::Display>(out: &mut String, name: &str, items: impl Iterator<Item = T>) -> fmt::Result {
    let items: Vec<_> = items.map(|item| item.to_string()).collect();
    if items.is_empty() { Ok(()) } else { writeln!(out, "  {name}: {}", items.join(", ")) }
}

fn named(service: &ServiceId) -> String {
    format!("{} of {}", service.service, service.system.organisation)
}
