//! Requests to join: the list, one with its answers and the fingerprint to compare, and its assessment.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::Items;
use super::assess::{self, Subject};
use crate::api::part;
use crate::components::{Cell, Summary, Table, TaskList};
use crate::dates::moment;
use crate::error::WebError;
use crate::form::Form;
use crate::layout::{Layout, page};
use crate::visitor::Person;

#[derive(Deserialize)]
struct Request {
    id: String,
    organisation: String,
    name: String,
    received: Timestamp,
}

#[derive(Deserialize)]
struct Whole {
    #[serde(flatten)]
    request: Request,
    siro: Contact,
    charter_url: Option<String>,
    systems: Vec<Value>,
    gateways: Vec<Value>,
    keys: Vec<Key>,
    fingerprint: String,
    answers: String,
    submission: Option<assess::Sheet>,
}

#[derive(Deserialize)]
struct Contact {
    role: String,
    email: String,
}

#[derive(Deserialize)]
struct Key {
    purpose: String,
    fingerprint: String,
}

#[derive(Template)]
#[template(path = "network/requests.html")]
struct List {
    layout: Layout,
    requests: Table,
}

#[derive(Template)]
#[template(path = "network/request.html")]
struct Shown {
    layout: Layout,
    about: Summary,
    fingerprint: String,
    keys: Table,
    tasks: Option<TaskList>,
    progress: String,
    documents: Table,
    answers: String,
    path: String,
}

fn subject(id: &str) -> Subject {
    let path = format!("/requests/{}", part(id));
    Subject { api: format!("/api{path}"), path, is_request: true }
}

/// `GET /requests`.
pub(super) async fn list(person: Person) -> Result<Response, WebError> {
    let requests: Items<Request> = person.api.get("/api/requests").await?;
    let row = |request: &Request| {
        let link = Cell::link(format!("/requests/{}", part(&request.id)), request.name.clone());
        vec![link, Cell::Code(request.organisation.clone()), moment(request.received).into()]
    };
    let table = Table::new("Requests to join", &["Organisation", "Identifier", "Received"], "Nobody asks to join.");
    let requests = table.caption_hidden().rows(requests.items.iter().map(row));
    Ok(page(&List { layout: person.layout("Requests to join").at("/requests").wide(), requests }))
}

/// `GET /requests/{id}`.
pub(super) async fn show(person: Person, Path(id): Path<String>) -> Result<Response, WebError> {
    let subject = subject(&id);
    let whole: Whole = person.api.get(&subject.api).await?;
    let named = |values: &[Value], name: &str| {
        values.iter().filter_map(|value| value[name].as_str().map(str::to_owned)).collect::<Vec<_>>()
    };
    let about = Summary::new()
        .row("Identifier", Cell::Code(whole.request.organisation.clone()))
        .row("Received", moment(whole.request.received))
        .row(whole.siro.role, whole.siro.email)
        .maybe("Information charter", whole.charter_url)
        .row("Systems", Cell::Lines(named(&whole.systems, "name")))
        .row("Gateways", Cell::Lines(named(&whole.gateways, "address")));
    let keys = whole.keys.iter().map(|key| vec![key.purpose.clone().into(), Cell::Code(key.fingerprint.clone())]);
    let sheet = whole.submission.as_ref();
    Ok(page(&Shown {
        layout: person.layout(whole.request.name).at("/requests").back("/requests"),
        about,
        fingerprint: whole.fingerprint,
        keys: Table::new("Keys, one by one", &["Purpose", "Fingerprint"], "").rows(keys),
        tasks: sheet.and_then(|sheet| sheet.tasks(&subject)),
        progress: sheet.map(assess::Sheet::progress).unwrap_or_default(),
        documents: assess::documents(sheet),
        answers: whole.answers,
        path: subject.path,
    }))
}

/// `GET /requests/{id}/controls/{control}`.
pub(super) async fn control(person: Person, Path((id, control)): Path<(String, String)>) -> Result<Response, WebError> {
    assess::control(&person, &subject(&id), &control).await
}

/// `POST /requests/{id}/controls/{control}`.
pub(super) async fn find(
    person: Person,
    Path((id, control)): Path<(String, String)>,
    sent: Form,
) -> Result<Response, WebError> {
    assess::find(&person, &subject(&id), &control, &sent).await
}

/// `GET /requests/{id}/decide`.
pub(super) async fn form(person: Person, Path(id): Path<String>) -> Result<Response, WebError> {
    assess::form(&person, &subject(&id)).await
}

/// `POST /requests/{id}/check`.
pub(super) async fn check(person: Person, Path(id): Path<String>, sent: Form) -> Result<Response, WebError> {
    assess::check(&person, &subject(&id), &sent).await
}

/// `POST /requests/{id}/decide`.
pub(super) async fn decide(person: Person, Path(id): Path<String>, sent: Form) -> Result<Response, WebError> {
    assess::decide(&person, &subject(&id), &sent).await
}
