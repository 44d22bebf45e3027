//! What the operator finds, control by control, and decides; until when a decision holds.
//!
//! Pure rules: a certificate needs every mandatory control, a conditional approval a condition with a day for each
//! that is missing. It must never look at the directory.

use std::collections::BTreeMap;

use jiff::ToSpan as _;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::profile::Profile;
use super::submission::{ResponseStatus, Submission};
use super::{check_line, check_statement};
use crate::rules::{Rule, check_reason};

/// Most conditions of an approval.
const MAX_CONDITIONS: usize = 100;

/// What an assessment ends in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It may take part, for as long as the profile says.
    Certificate,
    /// It may take part while it does what is still missing, each thing by its day.
    Conditional,
    /// It may not, on these answers; an earlier assessment holds on until its end.
    Refused,
    /// It may take part no more.
    Withdrawn,
}

/// Something that is still to be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// The control that it mends.
    pub control: String,
    /// What has to be done.
    pub what: String,
    /// The last day.
    pub due: Date,
    /// The day on which the operator saw that it was done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub met_on: Option<Date>,
}

/// What the assessor found under one control.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Judgement {
    /// The finding.
    pub verdict: Verdict,
    /// Why, or what has to be done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// The last day for what has to be done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Date>,
}

/// A finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The control is met.
    Met,
    /// In part.
    Partly,
    /// Not.
    NotMet,
    /// It is about something that the organisation does not have.
    NotApplicable,
}

/// Findings by control.
pub type Review = BTreeMap<String, Judgement>;

/// A decision to be made.
#[derive(Debug, Clone)]
pub struct Decision {
    /// The outcome.
    pub outcome: Outcome,
    /// The last day on which it holds; as long as the profile allows when none is given.
    pub valid_until: Option<Date>,
    /// Why, for the organisation to read.
    pub reason: Option<String>,
    /// Whether the answers are taken as they stand where nothing was found under a control: for an operator who has
    /// read them whole.
    pub as_answered: bool,
}

/// A decision that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Assessment {
    /// The profile's name.
    pub profile: String,
    /// Its edition.
    pub version: String,
    /// Who decided: an operator's name.
    pub assessor: String,
    /// The day.
    pub assessed_on: Date,
    /// The outcome.
    pub outcome: Outcome,
    /// The last day on which it holds, conditions apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<Date>,
    /// What is still to be done.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Condition>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What was found, by control.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub review: Review,
}

impl Judgement {
    /// Checks its form: what is missing is named, with a day.
    ///
    /// # Errors
    /// The rule.
    pub(crate) fn check(&self, today: Date) -> Rule {
        self.note.as_deref().map_or(Ok(()), check_statement)?;
        if !self.is_wanting() {
            return if self.due.is_some() { Err("only what is not met has a day by which it is due") } else { Ok(()) };
        }
        if self.note.as_deref().is_none_or(|note| note.trim().is_empty()) {
            return Err("say what has to be done where a control is not met");
        }
        match self.due {
            Some(due) if due <= today => Err("the day by which something is due lies ahead"),
            _ => Ok(()),
        }
    }

    /// Whether something is still to be done.
    #[must_use]
    pub fn is_wanting(&self) -> bool {
        matches!(self.verdict, Verdict::Partly | Verdict::NotMet)
    }
}

impl Assessment {
    /// The last day on which an organisation may take part by it; nothing when it may not. A condition that is not met
    /// ends it on its day.
    #[must_use]
    pub fn holds_until(&self) -> Option<Date> {
        match self.outcome {
            Outcome::Refused | Outcome::Withdrawn => None,
            Outcome::Certificate | Outcome::Conditional => {
                let open = self.open_conditions().map(|condition| condition.due);
                self.valid_until.into_iter().chain(open).min()
            }
        }
    }

    /// Whether an organisation may take part by it on a day.
    #[must_use]
    pub fn is_current(&self, today: Date) -> bool {
        self.holds_until().is_some_and(|last| today <= last)
    }

    /// What is still to be done.
    pub fn open_conditions(&self) -> impl Iterator<Item = &Condition> {
        self.conditions.iter().filter(|condition| condition.met_on.is_none())
    }
}

/// Makes a decision on a submission, by the rules of its profile.
///
/// # Errors
/// The rule that the decision breaks.
pub fn assess(
    profile: &Profile,
    submission: &Submission,
    review: &Review,
    decision: Decision,
    assessor: &str,
    today: Date,
) -> Result<Assessment, &'static str> {
    check_line(assessor)?;
    let Decision { outcome, valid_until, reason, as_answered } = decision;
    let positive = matches!(outcome, Outcome::Certificate | Outcome::Conditional);
    if !positive && reason.is_none() {
        return Err("a refusal and a withdrawal say why");
    }
    reason.as_deref().map_or(Ok(()), check_reason)?;
    review.values().try_for_each(|judgement| judgement.check(today))?;
    let mut conditions = Vec::new();
    if positive {
        conditions = check_controls(profile, submission, review, as_answered)?;
        match outcome {
            Outcome::Certificate if !conditions.is_empty() => {
                return Err("a certificate has no conditions: every control that is not met is mended first, or the \
                            approval is conditional");
            }
            Outcome::Conditional if conditions.is_empty() => {
                return Err("a conditional approval has at least one condition with its day");
            }
            _ => {}
        }
    }
    let valid_until = if positive { Some(last_day(profile, valid_until, &conditions, today)?) } else { None };
    Ok(Assessment {
        profile: profile.name.clone(),
        version: profile.version.clone(),
        assessor: assessor.to_owned(),
        assessed_on: today,
        outcome,
        valid_until,
        conditions,
        reason,
        review: review.clone(),
    })
}

/// What is still to be done under the controls.
fn check_controls(
    profile: &Profile,
    submission: &Submission,
    review: &Review,
    as_answered: bool,
) -> Rule<Vec<Condition>> {
    let mut conditions = Vec::new();
    for control in &profile.controls {
        let judgement = match review.get(&control.id) {
            Some(judgement) => judgement.clone(),
            None if as_answered => answered(submission, &control.id, control.mandatory)?,
            None => return Err("a control was not assessed yet: look at each of them first"),
        };
        if !judgement.is_wanting() {
            continue;
        }
        match (judgement.due, judgement.note) {
            (Some(due), Some(what)) => {
                conditions.push(Condition { control: control.id.clone(), what, due, met_on: None });
            }
            _ if control.mandatory => {
                return Err("a mandatory control is not met and has no day by which it will be: set one, or refuse");
            }
            _ => {}
        }
    }
    if conditions.len() > MAX_CONDITIONS {
        return Err("an approval has at most 100 conditions: refuse instead");
    }
    Ok(conditions)
}

/// The finding of an operator who takes the answer as it stands.
fn answered(submission: &Submission, control: &str, mandatory: bool) -> Rule<Judgement> {
    let finding = |verdict| Judgement { verdict, note: None, due: None };
    let Some(response) = submission.response(control) else {
        return if mandatory { Err("a mandatory control has no answer") } else { Ok(finding(Verdict::NotMet)) };
    };
    Ok(match response.status {
        ResponseStatus::Compliant => finding(Verdict::Met),
        ResponseStatus::NotApplicable => finding(Verdict::NotApplicable),
        ResponseStatus::Partial | ResponseStatus::NonCompliant => Judgement {
            verdict: Verdict::Partly,
            note: Some(response.statement.clone()),
            due: response.remediation_due,
        },
    })
}

/// The last day on which a decision holds.
fn last_day(profile: &Profile, wanted: Option<Date>, conditions: &[Condition], today: Date) -> Rule<Date> {
    let longest = today.checked_add(profile.valid_months.months()).map_err(|_| "the day lies beyond the calendar")?;
    let last = wanted.unwrap_or(longest);
    if last <= today || last > longest {
        return Err("an assessment ends after today, and within the months that its profile allows");
    }
    if conditions.iter().any(|condition| condition.due > last || condition.due <= today) {
        return Err("a condition is due after today, and before the approval ends");
    }
    Ok(last)
}

#[cfg(test)]
mod tests {
    use super::super::{Response, shipped};
    use super::*;

    const TODAY: &str = "2026-11-29";

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    fn profile() -> &'static Profile {
        shipped().iter().find(|profile| profile.name == "gcsx-coco").unwrap()
    }

    fn submission(wanting: Option<(&str, Option<Date>)>) -> Submission {
        let response = |id: &str| {
            let missing = wanting.filter(|(control, _)| *control == id);
            Response {
                control: id.into(),
                status: if missing.is_some() { ResponseStatus::Partial } else { ResponseStatus::Compliant },
                statement: "As our policy says.".into(),
                evidence: Vec::new(),
                remediation_due: missing.and_then(|(_, due)| due),
            }
        };
        let responses = profile().controls.iter().map(|control| response(&control.id)).collect();
        Submission { profile: "gcsx-coco".into(), period: None, signed_by: None, documents: Vec::new(), responses }
    }

    fn all_met() -> Review {
        let met = Judgement { verdict: Verdict::Met, note: None, due: None };
        profile().controls.iter().map(|control| (control.id.clone(), met.clone())).collect()
    }

    fn wanting(due: Option<&str>) -> Judgement {
        Judgement { verdict: Verdict::NotMet, note: Some("Replace both servers".into()), due: due.map(day) }
    }

    fn decide(outcome: Outcome) -> Decision {
        Decision { outcome, valid_until: None, reason: None, as_answered: false }
    }

    fn made(review: &Review, decision: Decision) -> Result<Assessment, &'static str> {
        assess(profile(), &submission(None), review, decision, "desk", day(TODAY))
    }

    #[test]
    fn a_certificate_holds_for_a_year_and_needs_every_mandatory_control() {
        let certificate = made(&all_met(), decide(Outcome::Certificate)).unwrap();
        assert_eq!(certificate.holds_until(), Some(day("2027-11-29")));
        assert!(certificate.is_current(day("2027-11-29")) && !certificate.is_current(day("2027-11-30")));
        let mut review = all_met();
        review.remove("patch-management");
        assert!(made(&review, decide(Outcome::Certificate)).unwrap_err().contains("not assessed"));
        review.insert("patch-management".into(), wanting(Some("2027-02-01")));
        assert!(made(&review, decide(Outcome::Certificate)).unwrap_err().contains("no conditions"));
        let longer = Decision { valid_until: Some(day("2027-11-30")), ..decide(Outcome::Certificate) };
        assert!(made(&all_met(), longer).unwrap_err().contains("months"));
    }

    #[test]
    fn a_conditional_approval_ends_with_its_first_condition_until_that_is_met() {
        let mut review = all_met();
        review.insert("patch-management".into(), wanting(Some("2027-02-01")));
        let mut conditional = made(&review, decide(Outcome::Conditional)).unwrap();
        assert_eq!(conditional.holds_until(), Some(day("2027-02-01")));
        conditional.conditions[0].met_on = Some(day("2027-01-10"));
        assert_eq!(conditional.holds_until(), Some(day("2027-11-29")));
        assert!(made(&all_met(), decide(Outcome::Conditional)).unwrap_err().contains("at least one"));
        review.insert("patch-management".into(), wanting(None));
        assert!(made(&review, decide(Outcome::Conditional)).unwrap_err().contains("no day"));
        review.insert("patch-management".into(), wanting(Some(TODAY)));
        assert!(made(&review, decide(Outcome::Conditional)).unwrap_err().contains("lies ahead"));
    }

    #[test]
    fn a_refusal_and_a_withdrawal_say_why_and_hold_for_nobody() {
        for outcome in [Outcome::Refused, Outcome::Withdrawn] {
            assert!(made(&all_met(), decide(outcome)).unwrap_err().contains("say why"));
            let why = Decision { reason: Some("no health check".into()), ..decide(outcome) };
            let made = made(&Review::new(), why).unwrap();
            assert!(made.holds_until().is_none() && !made.is_current(day(TODAY)));
        }
    }

    #[test]
    fn answers_taken_as_they_stand_are_held_to_the_same_rules() {
        let as_answered = |outcome| Decision { as_answered: true, ..decide(outcome) };
        let of = |wanting, outcome| {
            assess(profile(), &submission(wanting), &Review::new(), as_answered(outcome), "desk", day(TODAY))
        };
        assert!(of(None, Outcome::Certificate).is_ok());
        let due = Some(("patch-management", Some(day("2027-03-01"))));
        assert!(of(due, Outcome::Certificate).is_err());
        assert_eq!(of(due, Outcome::Conditional).unwrap().holds_until(), Some(day("2027-03-01")));
        assert!(of(Some(("patch-management", None)), Outcome::Conditional).unwrap_err().contains("no day"));
        let mut gap = submission(None);
        gap.responses.pop();
        let unanswered = assess(profile(), &gap, &Review::new(), as_answered(Outcome::Certificate), "desk", day(TODAY));
        assert_eq!(unanswered.unwrap_err(), "a mandatory control has no answer");
    }
}
