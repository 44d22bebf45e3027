//! The decision on a submission: typed, checked once more, made.
//!
//! What a decision needs is the API's to judge.

use askama::Template;
use axum::response::{IntoResponse as _, Redirect, Response};
use jiff::civil::Date;
use serde_json::{Value, json};

use super::super::shown::words;
use super::{Assessed, Sheet, Subject, has_date};
use crate::components::{Area, Cell, Choice, Choices, Days, Input, Summary, Table};
use crate::dates::{count, day};
use crate::error::WebError;
use crate::form::{Errors, Form};
use crate::layout::{Layout, amiss, page};
use crate::visitor::Person;

/// Longest reason, in characters.
const REASON: usize = 240;

#[derive(Template)]
#[template(path = "network/decide.html")]
struct Decide {
    layout: Layout,
    name: String,
    path: String,
    outcome: Choices,
    fingerprint: Option<Input>,
    until: Days,
    reason: Area,
    conditions: Table,
    open: String,
}

#[derive(Template)]
#[template(path = "network/check.html")]
struct Check {
    layout: Layout,
    name: String,
    path: String,
    answers: Summary,
    conditions: Table,
    fields: Vec<(String, String)>,
    warning: &'static str,
}

/// A decision as it was typed.
struct Typed {
    outcome: String,
    fingerprint: Option<String>,
    until: Option<Date>,
    reason: Option<String>,
}

impl Typed {
    fn read(sent: &Form, subject: &Subject, errors: &mut Errors) -> Self {
        let outcome = errors.choice(sent, "outcome", "what you decide", &["certificate", "conditional", "refused"]);
        let refused = outcome == "refused";
        let fingerprint = match subject.is_request && !refused {
            true => Some(errors.line(sent, "fingerprint", "the fingerprint that was read out", 80)),
            false => None,
        };
        let until = if has_date(sent, "until") { errors.date(sent, "until", "the last day") } else { None };
        let reason = match refused {
            true => Some(errors.line(sent, "reason", "why you refuse", REASON)),
            false => errors.optional_line(sent, "reason", "the reason", REASON),
        };
        Self { outcome, fingerprint, until, reason }
    }

    fn to_json(&self) -> Value {
        json!({"outcome": self.outcome, "fingerprint": self.fingerprint, "valid_until": self.until,
               "reason": self.reason})
    }
}

/// `GET …/decide`.
pub(in crate::pages::network) async fn form(person: &Person, subject: &Subject) -> Result<Response, WebError> {
    let assessed: Assessed = person.api.get(&subject.api).await?;
    Ok(page(&sheet(person, subject, &assessed, &Form::default(), &Errors::default())))
}

/// `POST …/check`: shows once more what will happen.
pub(in crate::pages::network) async fn check(
    person: &Person,
    subject: &Subject,
    sent: &Form,
) -> Result<Response, WebError> {
    let assessed: Assessed = person.api.get(&subject.api).await?;
    let mut errors = Errors::default();
    // Come back to change something: the form as it was.
    let typed = Typed::read(sent, subject, &mut errors);
    if !errors.is_empty() || sent.has("change", "yes") {
        let shown = sheet(person, subject, &assessed, sent, &errors);
        return Ok(if errors.is_empty() { page(&shown) } else { amiss(&shown) });
    }
    let conditional = typed.outcome == "conditional";
    let answers = Summary::new()
        .row("Decision", words(&typed.outcome))
        .maybe("Fingerprint read out", typed.fingerprint.clone().map(Cell::Code))
        .maybe(
            "Last day",
            typed
                .until
                .map(day)
                .or((typed.outcome == "certificate").then(|| "As long as the profile allows".to_owned())),
        )
        .maybe("Reason", typed.reason.clone());
    let warning = match (typed.outcome.as_str(), subject.is_request) {
        ("refused", true) => "The applicant is told your reason. It can ask again.",
        ("refused", false) => "What was decided before holds until its own end.",
        (_, true) => "The organisation becomes a member, known to every gateway within a minute.",
        _ => "Every gateway knows the new date within a minute.",
    };
    let skipped = ["form_token", "form_id", "change"];
    let fields = sent.pairs().filter(|(name, _)| !skipped.contains(name));
    Ok(page(&Check {
        layout: person.layout("Check your decision").back(format!("{}/decide", subject.path)),
        name: assessed.name.clone(),
        path: subject.path.clone(),
        answers,
        conditions: if conditional { conditions(&assessed) } else { Table::new("Conditions", &[], "") },
        fields: fields.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        warning,
    }))
}

/// `POST …/decide`.
pub(in crate::pages::network) async fn decide(
    person: &Person,
    subject: &Subject,
    sent: &Form,
) -> Result<Response, WebError> {
    let mut errors = Errors::default();
    let typed = Typed::read(sent, subject, &mut errors);
    if errors.is_empty() {
        match person.api.tell(&format!("{}/decide", subject.api), &typed.to_json()).await {
            Ok(()) => return Ok(Redirect::to(&after(subject, &typed)).into_response()),
            Err(WebError::Refused(problem)) => errors = Errors::found(&problem, |_| None),
            Err(error) => return Err(error),
        }
    }
    let assessed: Assessed = person.api.get(&subject.api).await?;
    Ok(amiss(&sheet(person, subject, &assessed, sent, &errors)))
}

/// A request is no more once it is decided.
fn after(subject: &Subject, typed: &Typed) -> String {
    match (subject.is_request, typed.outcome.as_str()) {
        (true, "refused") => "/requests".to_owned(),
        (true, _) => "/members?done=admitted".to_owned(),
        (false, _) => format!("{}?done=decided", subject.path),
    }
}

fn sheet(person: &Person, subject: &Subject, assessed: &Assessed, form: &Form, errors: &Errors) -> Decide {
    let open = assessed
        .submission
        .as_ref()
        .map(|sheet| sheet.controls.len() as u64 - sheet.assessed.min(sheet.controls.len() as u64));
    let open = match open {
        Some(0) => String::new(),
        Some(open) => format!(
            "{} not assessed yet: only a refusal is possible until they are.",
            count(open, "control is").replace("control iss", "controls are")
        ),
        None => "There are no answers that can be assessed: only a refusal is possible.".to_owned(),
    };
    let choices = vec![
        Choice::new("certificate", "Certificate").hint("Every mandatory control is met. It holds for as long as the profile allows."),
        Choice::new("conditional", "Conditional approval").hint("What is missing is done by the days that you set. The approval ends on the first of them that is not kept."),
        Choice::new("refused", "Refuse").hint("Say why: the organisation reads it."),
    ];
    let fingerprint = subject.is_request.then(|| {
        Input::new("fingerprint", "Fingerprint of all keys, as it was read out to you")
            .hint("Not needed to refuse. It begins with sha256:")
            .code(false)
            .filled(form, errors)
    });
    Decide {
        layout: person.layout("Decide").with_errors(errors).back(subject.path.clone()),
        name: assessed.name.clone(),
        path: subject.path.clone(),
        outcome: Choices::one("outcome", "What do you decide?", choices).filled(form, errors),
        fingerprint,
        until: Days::new("until", "Last day (optional)")
            .hint("If you leave it out: as long as the profile allows.")
            .filled(form, errors),
        reason: Area::new("reason", "Reason")
            .hint("Needed to refuse. No personal data.")
            .rows(2)
            .most(REASON)
            .filled(form, errors),
        conditions: conditions(assessed),
        open,
    }
}

/// What the findings make into conditions.
fn conditions(assessed: &Assessed) -> Table {
    let mut table = Table::new("Conditions from your findings", &["Control", "What has to be done", "By"], "");
    for control in assessed.submission.iter().flat_map(Sheet::wanting) {
        let Some(finding) = &control.finding else { continue };
        let due = finding.due.map_or_else(|| "No day is set".to_owned(), day);
        table = table.row([
            Cell::from(control.requirement.clone()),
            finding.note.clone().unwrap_or_default().into(),
            due.into(),
        ]);
    }
    table
}
