//! Members: each with its assurance at a glance, and one whole with its renewal.

use askama::Template;
use axum::extract::{Path, Query};
use axum::response::Response;
use jiff::civil::Date;
use serde::Deserialize;

use super::assess::{self, Subject};
use super::shown::{COLUMNS, Member, health, row, words};
use super::{Done, Items};
use crate::api::part;
use crate::components::{Banner, Cell, Input, Paging, Summary, Table, TaskList};
use crate::dates::{day, moment};
use crate::error::WebError;
use crate::form::{Errors, Form};
use crate::layout::{Layout, page};
use crate::visitor::Person;

#[derive(Deserialize)]
pub(super) struct Sought {
    q: Option<String>,
    after: Option<String>,
    done: Option<String>,
}

#[derive(Deserialize)]
struct Whole {
    #[serde(flatten)]
    member: Member,
    siro: Contact,
    charter_url: Option<String>,
    charter_signed_on: Option<Date>,
    training_stated_on: Option<Date>,
    submission: Option<assess::Sheet>,
    assessments: Vec<Assessment>,
}

#[derive(Deserialize)]
struct Contact {
    role: String,
    email: String,
}

#[derive(Deserialize)]
struct Assessment {
    profile: String,
    assessor: String,
    assessed_on: Date,
    outcome: String,
    holds_until: Option<Date>,
    reason: Option<String>,
}

#[derive(Template)]
#[template(path = "network/members.html")]
struct List {
    layout: Layout,
    search: Input,
    members: Table,
    paging: Paging,
}

#[derive(Template)]
#[template(path = "network/member.html")]
struct Shown {
    layout: Layout,
    about: Summary,
    conditions: Table,
    gateways: Table,
    tasks: Option<TaskList>,
    progress: String,
    documents: Table,
    assessments: Table,
    path: String,
    is_suspended: bool,
    is_withdrawn: bool,
}

fn subject(class: &str, code: &str) -> Subject {
    let path = format!("/members/{}/{}", part(class), part(code));
    Subject { api: format!("/api{path}"), path, is_request: false }
}

/// `GET /members`.
pub(super) async fn list(person: Person, Query(sought): Query<Sought>) -> Result<Response, WebError> {
    let q = sought.q.unwrap_or_default();
    let after = sought.after.unwrap_or_default();
    let asked = format!("/api/members?limit=50&q={}&after={}", part(&q), part(&after));
    let found: Items<Member> = person.api.get(&asked).await?;
    let list = |after: &str| format!("/members?q={}&after={}", part(&q), part(after));
    let paging = Paging { first: (!after.is_empty()).then(|| list("")), next: found.next.as_deref().map(list) };
    let search = Input::new("q", "Search by name or identifier").kind("search").width(30);
    let form = Form::filled([("q", q.clone())]);
    let empty = if q.is_empty() { "Nobody is a member yet." } else { "No member’s name or identifier holds this." };
    let banner = sought.done.as_deref().and_then(done);
    Ok(page(&List {
        layout: person.layout("Members").at("/members").wide().banner(banner),
        search: search.filled(&form, &Errors::default()),
        members: Table::new("Members", &COLUMNS, empty).caption_hidden().rows(found.items.iter().map(row)),
        paging,
    }))
}

fn done(what: &str) -> Option<Banner> {
    let said = match what {
        "admitted" => "The organisation is a member. Every gateway knows it within a minute.",
        "decided" => "The decision is made. Every gateway knows it within a minute.",
        "met" => "The condition is met.",
        "withdrawn" => "The assurance is withdrawn. The member is cut off everywhere within a minute.",
        "suspended" => "The member is cut off everywhere within a minute.",
        "resumed" => "The member takes part again within a minute.",
        _ => return None,
    };
    Some(Banner::success(said))
}

/// `GET /members/{class}/{code}`.
pub(super) async fn show(
    person: Person,
    Path((class, code)): Path<(String, String)>,
    Query(Done { done: what }): Query<Done>,
) -> Result<Response, WebError> {
    let subject = subject(&class, &code);
    let whole: Whole = person.api.get(&subject.api).await?;
    let sheet = whole.submission.as_ref();
    let member = &whole.member;
    let banner = what.as_deref().and_then(done);
    Ok(page(&Shown {
        layout: person.layout(member.name.clone()).at("/members").back("/members").banner(banner),
        about: about(&whole),
        conditions: conditions(member, &subject),
        gateways: gateways(member),
        tasks: sheet.and_then(|sheet| sheet.tasks(&subject)),
        progress: sheet.map(assess::Sheet::progress).unwrap_or_default(),
        documents: assess::documents(sheet),
        assessments: assessments(&whole.assessments),
        is_suspended: member.status == "suspended",
        is_withdrawn: member.standing == "withdrawn",
        path: subject.path,
    }))
}

fn about(whole: &Whole) -> Summary {
    let member = &whole.member;
    Summary::new()
        .row("Identifier", Cell::Code(member.organisation.clone()))
        .row("Assurance", member.tag())
        .row("Ends", member.ends())
        .maybe("Assessed by", member.profile.clone().map(Cell::Code))
        .row(whole.siro.role.clone(), whole.siro.email.clone())
        .maybe("Information charter", whole.charter_url.clone())
        .maybe("Charter signed", whole.charter_signed_on.map(day))
        .maybe("Training stated in order", whole.training_stated_on.map(day))
}

fn conditions(member: &Member, subject: &Subject) -> Table {
    let row = |condition: &super::shown::Condition| {
        let href = format!("{}/conditions/{}", subject.path, part(&condition.control));
        vec![
            Cell::from(condition.what.clone()),
            Cell::Code(condition.control.clone()),
            day(condition.due).into(),
            Cell::link(href, format!("State that {} is met", condition.control)),
        ]
    };
    let table = Table::new("Open conditions", &["What has to be done", "Control", "By", "Action"], "There are none.");
    table.caption_hidden().rows(member.conditions.iter().map(row))
}

fn gateways(member: &Member) -> Table {
    let row = |gateway: &super::shown::Gateway| {
        vec![
            Cell::Code(gateway.gateway.clone()),
            health(&gateway.condition).tag().into(),
            gateway.heard_at.map_or_else(|| "Never".to_owned(), moment).into(),
            gateway.version.clone().unwrap_or_default().into(),
            Cell::Code(gateway.address.clone()),
        ]
    };
    let columns = ["Gateway", "Condition", "Last heard of", "Version", "Address"];
    let table = Table::new("Gateways", &columns, "None is listed.").caption_hidden();
    table.rows(member.gateways.iter().map(row))
}

fn assessments(all: &[Assessment]) -> Table {
    let row = |one: &Assessment| {
        vec![
            day(one.assessed_on).into(),
            words(&one.outcome).into(),
            one.holds_until.map(day).unwrap_or_default().into(),
            Cell::Code(one.profile.clone()),
            one.assessor.clone().into(),
            one.reason.clone().unwrap_or_default().into(),
        ]
    };
    let columns = ["Decided on", "Outcome", "Holds until", "Profile", "By", "Reason"];
    let table = Table::new("Decisions", &columns, "It was admitted before decisions were kept.").caption_hidden();
    table.rows(all.iter().map(row))
}

/// `GET /members/{class}/{code}/controls/{control}`.
pub(super) async fn control(
    person: Person,
    Path((class, code, control)): Path<(String, String, String)>,
) -> Result<Response, WebError> {
    assess::control(&person, &subject(&class, &code), &control).await
}

/// `POST /members/{class}/{code}/controls/{control}`.
pub(super) async fn find(
    person: Person,
    Path((class, code, control)): Path<(String, String, String)>,
    sent: Form,
) -> Result<Response, WebError> {
    assess::find(&person, &subject(&class, &code), &control, &sent).await
}

/// `GET /members/{class}/{code}/decide`.
pub(super) async fn form(person: Person, Path((class, code)): Path<(String, String)>) -> Result<Response, WebError> {
    assess::form(&person, &subject(&class, &code)).await
}

/// `POST /members/{class}/{code}/check`.
pub(super) async fn check(
    person: Person,
    Path((class, code)): Path<(String, String)>,
    sent: Form,
) -> Result<Response, WebError> {
    assess::check(&person, &subject(&class, &code), &sent).await
}

/// `POST /members/{class}/{code}/decide`.
pub(super) async fn decide(
    person: Person,
    Path((class, code)): Path<(String, String)>,
    sent: Form,
) -> Result<Response, WebError> {
    assess::decide(&person, &subject(&class, &code), &sent).await
}
