//! The assessment of a submission: a task for each control, then the decision, checked before it is made.
//!
//! The same for a request to join and for a member's renewal. What a decision needs is the API's to judge.

mod decide;

use askama::Template;
use axum::response::{IntoResponse as _, Redirect, Response};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::json;

use super::shown::words;
use crate::api::part;
use crate::components::{Area, Cell, Choice, Choices, Days, Summary, Table, Tag, Task, TaskList};
use crate::dates::{day, moment};
use crate::error::WebError;
use crate::form::{Errors, Form};
use crate::layout::{Layout, amiss, page};
use crate::visitor::Person;
pub(super) use decide::{check, decide, form};

/// Longest note, in characters; the API counts bytes, of which this is fewer than it takes.
const NOTE: usize = 2000;

/// What is assessed: its page, its call, and whether it asks to join.
pub(super) struct Subject {
    pub(super) path: String,
    pub(super) api: String,
    pub(super) is_request: bool,
}

/// A submission beside its profile.
#[derive(Deserialize)]
pub(super) struct Sheet {
    profile: Profile,
    received: Timestamp,
    #[serde(default)]
    period: Option<String>,
    #[serde(default)]
    signed_by: Option<String>,
    #[serde(default)]
    documents: Vec<Document>,
    #[serde(default)]
    controls: Vec<Control>,
    #[serde(default)]
    assessed: u64,
    #[serde(default)]
    unreadable: Option<String>,
}

#[derive(Deserialize)]
struct Profile {
    name: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    version: String,
}

#[derive(Deserialize)]
struct Document {
    name: String,
    date: Date,
    reference: Option<String>,
}

#[derive(Deserialize)]
struct Control {
    id: String,
    domain: String,
    requirement: String,
    mandatory: bool,
    response: Option<Answer>,
    finding: Option<Finding>,
}

#[derive(Deserialize)]
struct Answer {
    status: String,
    statement: String,
    #[serde(default)]
    evidence: Vec<String>,
    remediation_due: Option<Date>,
}

#[derive(Deserialize)]
struct Finding {
    verdict: String,
    note: Option<String>,
    due: Option<Date>,
}

/// As much of a request or a member as an assessment shows.
#[derive(Deserialize)]
struct Assessed {
    name: String,
    submission: Option<Sheet>,
}

impl Sheet {
    /// A task for each control; none where the profile is not known here.
    pub(super) fn tasks(&self, subject: &Subject) -> Option<TaskList> {
        let task = |control: &Control| Task {
            title: control.requirement.clone(),
            hint: Some(format!("{}{}", words(&control.domain), if control.mandatory { "" } else { ", optional" })),
            href: Some(format!("{}/controls/{}", subject.path, part(&control.id))),
            status: control.status(),
        };
        let tasks = self.controls.iter().map(task).collect();
        self.unreadable.is_none().then_some(TaskList { name: "controls", tasks })
    }

    /// What has been done so far.
    pub(super) fn progress(&self) -> String {
        if let Some(why) = &self.unreadable {
            return format!("It answers the profile {}: {why}.", self.profile.name);
        }
        let about = format!("{} {}", self.profile.title, self.profile.version);
        let of = self.controls.len();
        let signed = self.signed_by.as_deref().map(|by| format!(", signed off by the {}", by.replace('_', " ")));
        let period = self.period.as_deref().map(|period| format!(", for {period}"));
        let (signed, period) = (signed.unwrap_or_default(), period.unwrap_or_default());
        let received = moment(self.received);
        format!("{about}, received {received}{signed}{period}. You have assessed {} of {of} controls.", self.assessed)
    }

    /// What the findings leave to be done.
    fn wanting(&self) -> impl Iterator<Item = &Control> {
        let is_wanting = |finding: &Finding| matches!(finding.verdict.as_str(), "partly" | "not_met");
        self.controls.iter().filter(move |control| control.finding.as_ref().is_some_and(is_wanting))
    }
}

impl Control {
    fn status(&self) -> Cell {
        match self.finding.as_ref().map(|finding| finding.verdict.as_str()) {
            Some("met") => "Met".into(),
            Some("partly") => Tag::new("Partly met", "yellow").into(),
            Some("not_met") => Tag::new("Not met", "orange").into(),
            Some(_) => "Does not apply".into(),
            None => Tag::new("Not assessed", "blue").into(),
        }
    }
}

/// The documents that go with a submission.
pub(super) fn documents(sheet: Option<&Sheet>) -> Table {
    let row = |document: &Document| {
        vec![
            document.name.clone().into(),
            day(document.date).into(),
            document.reference.clone().unwrap_or_default().into(),
        ]
    };
    let rows = sheet.map(|sheet| sheet.documents.iter().map(row).collect::<Vec<_>>()).unwrap_or_default();
    Table::new("Documents", &["Document", "Date", "Where"], "").rows(rows)
}

#[derive(Template)]
#[template(path = "network/control.html")]
struct OneControl {
    layout: Layout,
    caption: String,
    answer: Summary,
    path: String,
    verdict: Choices,
    note: Area,
    due: Days,
}

/// `GET …/controls/{control}`.
pub(super) async fn control(person: &Person, subject: &Subject, id: &str) -> Result<Response, WebError> {
    let (assessed, index) = find_control(person, subject, id).await?;
    let finding = assessed.sheet()?.controls[index].finding.as_ref();
    let date = |part: fn(Date) -> String| finding.and_then(|finding| finding.due).map(part).unwrap_or_default();
    let filled = Form::filled([
        ("verdict", finding.map(|finding| finding.verdict.clone()).unwrap_or_default()),
        ("note", finding.and_then(|finding| finding.note.clone()).unwrap_or_default()),
        ("due-day", date(|date| date.day().to_string())),
        ("due-month", date(|date| date.month().to_string())),
        ("due-year", date(|date| date.year().to_string())),
    ]);
    Ok(page(&one(person, subject, &assessed, index, &filled, &Errors::default())?))
}

/// `POST …/controls/{control}`.
pub(super) async fn find(person: &Person, subject: &Subject, id: &str, sent: &Form) -> Result<Response, WebError> {
    let (assessed, index) = find_control(person, subject, id).await?;
    let mut errors = Errors::default();
    let verdict = errors.choice(sent, "verdict", "what you found", &["met", "partly", "not_met", "not_applicable"]);
    let wanting = matches!(verdict.as_str(), "partly" | "not_met");
    let note = match wanting {
        true => Some(errors.lines(sent, "note", "what has to be done", NOTE)),
        false => errors.optional_lines(sent, "note", "your note", NOTE),
    };
    let due =
        if wanting && has_date(sent, "due") { errors.date(sent, "due", "the day by which it is due") } else { None };
    if !errors.is_empty() {
        return Ok(amiss(&one(person, subject, &assessed, index, sent, &errors)?));
    }
    let finding = json!({"verdict": verdict, "note": note, "due": due});
    match person.api.put(&format!("{}/controls/{}", subject.api, part(id)), &finding).await {
        Ok(()) => {
            // On to the next that nobody has looked at.
            let controls = &assessed.sheet()?.controls;
            let next = controls.iter().skip(index + 1).chain(&controls[..index]).find(|one| one.finding.is_none());
            let to = match next {
                Some(next) => format!("{}/controls/{}", subject.path, part(&next.id)),
                None => subject.path.clone(),
            };
            Ok(Redirect::to(&to).into_response())
        }
        Err(WebError::Refused(problem)) => {
            let errors = Errors::found(&problem, |_| None);
            Ok(amiss(&one(person, subject, &assessed, index, sent, &errors)?))
        }
        Err(error) => Err(error),
    }
}

fn one(
    person: &Person,
    subject: &Subject,
    assessed: &Assessed,
    index: usize,
    form: &Form,
    errors: &Errors,
) -> Result<OneControl, WebError> {
    let sheet = assessed.sheet()?;
    let control = &sheet.controls[index];
    let must = if control.mandatory { "Mandatory for a certificate" } else { "Optional" };
    let mut answer = Summary::new().row("Control", Cell::Code(control.id.clone())).row("Needed", must);
    answer = match &control.response {
        Some(response) => answer
            .row("They say", words(&response.status))
            .row("Answer", Cell::Lines(response.statement.lines().map(str::to_owned).collect()))
            .row("Evidence", Cell::Lines(or_none(&response.evidence)))
            .maybe("Mended by", response.remediation_due.map(day)),
        None => answer.row("Answer", "None was given"),
    };
    let choice = |value: &str, label: &str| Choice::new(value, label);
    let choices = vec![
        choice("met", "It is met"),
        choice("partly", "It is met in part"),
        choice("not_met", "It is not met"),
        choice("not_applicable", "It does not apply to them"),
    ];
    Ok(OneControl {
        layout: person.layout(control.requirement.clone()).with_errors(errors).back(subject.path.clone()),
        caption: format!("{}, control {} of {}", assessed.name, index + 1, sheet.controls.len()),
        answer,
        path: format!("{}/controls/{}", subject.path, part(&control.id)),
        verdict: Choices::one("verdict", "What did you find?", choices).filled(form, errors),
        note: Area::new("note", "What has to be done, or your note")
            .hint("If it is not met, this becomes a condition that the organisation reads.")
            .most(NOTE)
            .filled(form, errors),
        due: Days::new("due", "By when does it have to be done?")
            .hint("Only if it is not met. A mandatory control without a day cannot be approved.")
            .filled(form, errors),
    })
}

fn or_none(lines: &[String]) -> Vec<String> {
    if lines.is_empty() { vec!["None was named".to_owned()] } else { lines.to_vec() }
}

impl Assessed {
    fn sheet(&self) -> Result<&Sheet, WebError> {
        self.submission.as_ref().ok_or(WebError::Missing)
    }
}

async fn find_control(person: &Person, subject: &Subject, id: &str) -> Result<(Assessed, usize), WebError> {
    let assessed: Assessed = person.api.get(&subject.api).await?;
    let index = assessed.sheet()?.controls.iter().position(|control| control.id == id).ok_or(WebError::Missing)?;
    Ok((assessed, index))
}

fn has_date(form: &Form, field: &str) -> bool {
    ["day", "month", "year"].iter().any(|part| !form.text(&format!("{field}-{part}")).is_empty())
}
