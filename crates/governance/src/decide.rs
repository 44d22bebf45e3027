//! May this be? One answer for the asking side, the asked side and for people who wonder beforehand.
//!
//! Every grant for the service is asked; one that permits is enough. A refusal names the first rule
//! that did not hold in the grant that came nearest, and what to do about it. No I/O, no clock: what
//! the answer depends on comes in with the question.

use std::borrow::Cow;
use std::sync::Arc;

use jiff::ToSpan as _;
use jiff::civil::Date;
use packhorse_model::agreement::State;
use packhorse_model::service::FieldSet;
use packhorse_model::{CanonicalPath, ClientId, Refusal, Rule, ServiceId, Side};

use crate::agreement::compile::{CompiledAgreement, Facts, Judgement};

/// A request, as far as agreements look at it.
#[derive(Debug, Clone)]
pub struct Ask<'a> {
    /// The side that decides.
    pub side: Side,
    /// Who asks.
    pub client: &'a ClientId,
    /// Which service.
    pub service: &'a ServiceId,
    /// HTTP method.
    pub method: &'a str,
    /// Path behind the service code.
    pub path: &'a CanonicalPath,
    /// What for.
    pub purpose: Option<&'a str>,
    /// The asking person's role.
    pub role: Option<&'a str>,
    /// When the asking person was last trained.
    pub trained_on: Option<Date>,
    /// The fields asked for; all that are agreed when absent.
    pub fields: Option<&'a FieldSet>,
    /// Requests of the asking organisation under this agreement today, before this one.
    pub used_today: u64,
    /// The day.
    pub today: Date,
    /// Whether the asking organisation's assurance holds.
    pub client_assured: bool,
    /// Whether the providing organisation's assurance holds.
    pub provider_assured: bool,
}

/// The answer, and how each rule stood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// Yes or no.
    pub verdict: Verdict,
    /// The rules looked at, in the order in which a refusal names them.
    pub rules: Vec<RuleOutcome>,
}

/// Yes with what may leave, or no with why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It may be.
    Permit {
        /// What may leave the provider; `*` alone is everything.
        fields: Arc<FieldSet>,
        /// Which grant permits it.
        grant: usize,
    },
    /// It may not.
    Deny(Refusal),
}

/// How one rule stood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleOutcome {
    /// The rule.
    pub rule: Rule,
    /// Whether it held.
    pub held: bool,
    /// Why, for the reader.
    pub why: Cow<'static, str>,
    /// What to do when it did not hold.
    pub remedy: Cow<'static, str>,
}

impl Decision {
    /// A refusal before any rule of an agreement could be looked at.
    #[must_use]
    pub fn no_agreement(side: Side, reason: String, remedy: &str) -> Self {
        let refusal = Refusal { side, rule: Rule::NoAgreement, reason, remedy: remedy.into() };
        Self { verdict: Verdict::Deny(refusal), rules: Vec::new() }
    }

    /// Whether it may be.
    #[must_use]
    pub fn is_permit(&self) -> bool {
        matches!(self.verdict, Verdict::Permit { .. })
    }

    /// How far a grant is from permitting: one for another caller or operation is farther than one
    /// whose conditions do not hold.
    fn distance(&self) -> usize {
        let far = |rule: Rule| if matches!(rule, Rule::Party | Rule::Operation) { 100 } else { 1 };
        self.rules.iter().filter(|outcome| !outcome.held).map(|outcome| far(outcome.rule)).sum()
    }
}

/// Decides a request under one agreement that stands in `state` on the day of the request.
#[must_use]
pub fn decide(compiled: &CompiledAgreement, state: State, ask: &Ask<'_>) -> Decision {
    let state_word = state.to_string();
    let mut nearest: Option<Decision> = None;
    for (index, grant) in compiled.agreement().grants.iter().enumerate() {
        if grant.service != *ask.service {
            continue;
        }
        let operation = grant.operations.iter().find(|operation| operation.covers(ask.method, ask.path));
        let facts = ask.facts(&state_word, operation.map(ToString::to_string));
        let judgement = compiled.judge(index, ask.client, &facts);
        if judgement.allowed {
            return permit(compiled, index, ask, &judgement);
        }
        let parties = [grant.names(ask.client), operation.is_some()];
        let denied = deny(ask, &state_word, parties, &judgement);
        if nearest.as_ref().is_none_or(|kept| denied.distance() < kept.distance()) {
            nearest = Some(denied);
        }
    }
    nearest.unwrap_or_else(|| {
        let rules = vec![no_operation()];
        Decision { verdict: Verdict::Deny(refusal(ask.side, &rules)), rules }
    })
}

impl Ask<'_> {
    fn facts<'a>(&'a self, state: &'a str, operation: Option<String>) -> Facts<'a> {
        Facts {
            state,
            today: self.today,
            client_assured: self.client_assured,
            provider_assured: self.provider_assured,
            operation,
            purpose: self.purpose,
            role: self.role,
            training_age: self.trained_on.and_then(|trained| months_since(trained, self.today)),
            fields: self.fields,
            used_today: self.used_today,
        }
    }
}

fn permit(compiled: &CompiledAgreement, grant: usize, ask: &Ask<'_>, judgement: &Judgement<'_>) -> Decision {
    let mut rules = vec![names_caller(), covers_operation()];
    rules.extend(judgement.conditions.iter().map(|(ruled, _)| held(ruled.rule, ruled.held)));
    let agreed = compiled.fields(grant).cloned().unwrap_or_default();
    let fields = ask.fields.map_or(agreed, |asked| Arc::new(asked.clone()));
    Decision { verdict: Verdict::Permit { fields, grant }, rules }
}

fn deny(ask: &Ask<'_>, state: &str, [named, covered]: [bool; 2], judgement: &Judgement<'_>) -> Decision {
    let mut rules = vec![
        if named { names_caller() } else { no_caller() },
        if covered { covers_operation() } else { no_operation() },
    ];
    if judgement.broken {
        let why = "the agreement's policy could not be evaluated";
        rules.insert(0, not_held(Rule::NoAgreement, why.into(), "tell the operator of the gateway".into()));
    }
    for (ruled, holds) in &judgement.conditions {
        rules.push(if *holds {
            held(ruled.rule, ruled.held)
        } else if ruled.rule == Rule::AgreementNotInForce && state != "active" {
            not_held(ruled.rule, format!("the agreement is {state}, not active").into(), ruled.remedy.to_owned().into())
        } else {
            not_held(ruled.rule, ruled.reason.to_owned().into(), ruled.remedy.to_owned().into())
        });
    }
    Decision { verdict: Verdict::Deny(refusal(ask.side, &rules)), rules }
}

fn refusal(side: Side, rules: &[RuleOutcome]) -> Refusal {
    let broken = rules.iter().find(|rule| !rule.held);
    let (rule, reason, remedy) = match broken {
        Some(broken) => (broken.rule, broken.why.to_string(), broken.remedy.to_string()),
        // Cedar denied and every condition holds: the permit and our own reading of it differ.
        None => (Rule::NoAgreement, "no grant permits the request".into(), "tell the operator of the gateway".into()),
    };
    Refusal { side, rule, reason, remedy }
}

fn names_caller() -> RuleOutcome {
    held(Rule::Party, "the agreement names the caller")
}

fn covers_operation() -> RuleOutcome {
    held(Rule::Operation, "the agreement covers the operation")
}

fn no_caller() -> RuleOutcome {
    let why = "the agreement does not let this system or organisation call the service";
    not_held(Rule::Party, why.into(), "ask from a system that the agreement names, or have it agreed".into())
}

fn no_operation() -> RuleOutcome {
    let why = "the agreement does not cover this service, method and path";
    not_held(Rule::Operation, why.into(), "look up the agreed operations with `packhorse agreement show`".into())
}

fn held(rule: Rule, why: &'static str) -> RuleOutcome {
    RuleOutcome { rule, held: true, why: why.into(), remedy: "".into() }
}

fn not_held(rule: Rule, why: Cow<'static, str>, remedy: Cow<'static, str>) -> RuleOutcome {
    RuleOutcome { rule, held: false, why, remedy }
}

/// The least number of months after which training reaches the day; a month begun counts. Nothing
/// when the training is dated after the day: a date in the future proves nothing.
fn months_since(trained: Date, today: Date) -> Option<i64> {
    if trained > today {
        return None;
    }
    let years = i64::from(today.year()) - i64::from(trained.year());
    let months = years * 12 + i64::from(today.month()) - i64::from(trained.month());
    let reached = trained.checked_add(months.months()).ok()?;
    Some(if reached < today { months + 1 } else { months })
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn training_ages_by_calendar_months_and_a_begun_month_counts() {
        for (trained, today, months) in [
            (date(2026, 1, 15), date(2026, 1, 15), Some(0)),
            (date(2026, 1, 15), date(2026, 1, 16), Some(1)),
            (date(2025, 1, 15), date(2026, 1, 15), Some(12)),
            (date(2025, 1, 15), date(2026, 1, 16), Some(13)),
            (date(2026, 1, 31), date(2026, 2, 28), Some(1)),
            (date(2024, 2, 29), date(2025, 2, 28), Some(12)),
            (date(2026, 1, 16), date(2026, 1, 15), None),
        ] {
            assert_eq!(months_since(trained, today), months, "{trained} to {today}");
        }
    }
}
