//! Rights requests, complaints and requests for information, and the search for what was exchanged about one person.

mod case;

use axum::Router;
use axum::extract::{Path, Query};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::sheet::{Part, Sheet, items, said, standing, when, words};
use crate::Web;
use crate::api::part;
use crate::components::{Area, Cell, Check, Choice, Days, Input, Select, Table, Tag};
use crate::error::WebError;
use crate::form::{Errors, Form};
use crate::listing::{self, Listing};
use crate::visitor::Person;

const KINDS: [&str; 10] = [
    "subject-access",
    "rectification",
    "erasure",
    "restriction",
    "portability",
    "objection",
    "complaint",
    "freedom-of-information",
    "environmental-information",
    "internal-review",
];

const STATES: [(&str, &str); 8] = [
    ("identity-awaited", "Identity awaited"),
    ("running", "Running"),
    ("clarification-awaited", "Clarification awaited"),
    ("extended", "Extended"),
    ("review", "Review"),
    ("acknowledged", "Acknowledged"),
    ("answered", "Answered"),
    ("refused", "Refused"),
];

pub(super) fn routes() -> Router<Web> {
    Router::new()
        .route("/requests", get(list))
        .route("/requests/new", get(blank).post(receive))
        .route("/requests/{id}", get(case::show))
        .route("/requests/{id}/search", post(case::search))
        .route("/requests/{id}/steps/{step}", post(case::step))
}

async fn list(person: Person, Query(query): Query<listing::Query>) -> Result<Response, WebError> {
    let listing = Listing::read("/requests", &["q", "kind", "state"], &query);
    let found: Value = person.api.get(&listing.call("/api/requests")).await?;
    let rows = items(&found["items"]).iter().map(|case| {
        vec![
            Cell::link(format!("/requests/{}", part(&said(&case["id"]))), words(&case["kind"])),
            when(&case["received_at"]).into(),
            said(&case["channel"]).into(),
            standing(&case["clock"]).into(),
            Tag::new(words(&case["state"]), "grey").into(),
        ]
    });
    let columns = ["Kind", "Received", "How", "Clock", "State"];
    let empty = if listing.is_narrowed() { "No request is found." } else { "No request has been entered." };
    let table = Table::new("Requests, the newest first", &columns, empty);
    let named = |word: &'static str| (word, words(&json!(word)));
    let kinds = KINDS.map(named);
    let search = listing
        .search("Search by who asked, words or reference")
        .choice("kind", "Kind", &kinds.each_ref().map(|(word, label)| (*word, label.as_str())))
        .choice("state", "State", &STATES);
    Ok(Sheet::new(person.layout("Requests and complaints").at("/requests").wide())
        .link("/requests/new", "Enter a request")?
        .part(&search)?
        .part(&table.rows(rows))?
        .part(&listing.paging(found["next"].as_str()))?
        .answer())
}

async fn blank(person: Person) -> Result<Response, WebError> {
    entering(&person, &Form::default(), &Errors::default())
}

fn entering(person: &Person, form: &Form, errors: &Errors) -> Result<Response, WebError> {
    let kinds = KINDS.iter().map(|word| Choice::new(*word, words(&json!(word)))).collect();
    let fields = vec![
        Part::of(&Select::new("kind", "What is asked for?", kinds).none("Choose one").filled(form, errors))?,
        Part::of(&Area::new("what", "In the person's words").most(10_000).filled(form, errors))?,
        Part::of(
            &Input::new("requester", "Who asks, and how to reach them (optional)")
                .hint("It can be forgotten once the request is answered")
                .filled(form, errors),
        )?,
        Part::of(
            &Input::new("channel", "How did it come?").hint("Letter, e-mail, form, in person").filled(form, errors),
        )?,
        Part::of(&Days::new("received", "When was it received?").filled(form, errors))?,
        Part::of(
            &Check::new("identity_needed", "It must be found out first who they are")
                .hint("The clock of a right over personal data starts then")
                .filled(form, errors),
        )?,
    ];
    Ok(Sheet::new(person.layout("Enter a request").back("/requests"))
        .errors(errors)
        .form("/requests/new", fields, "Enter it")?
        .answer())
}

async fn receive(person: Person, form: Form) -> Result<Response, WebError> {
    let mut errors = Errors::default();
    let kind = errors.choice(&form, "kind", "what is asked for", &KINDS);
    let what = errors.lines(&form, "what", "what is asked for", 10_000);
    let requester = errors.optional_line(&form, "requester", "who asks", 300);
    let channel = errors.line(&form, "channel", "how it came", 300);
    let received = errors.date(&form, "received", "the day it was received");
    let received = received.and_then(|day| day.to_zoned(TimeZone::UTC).ok());
    let Some(received) = received.filter(|_| errors.is_empty()) else { return entering(&person, &form, &errors) };
    let body = json!({
        "kind": kind, "what": what, "requester": requester.unwrap_or_default(), "channel": channel,
        "received_at": received.timestamp(), "identity_needed": form.has("identity_needed", "yes"),
    });
    match person.api.post::<Value>("/api/requests", &body).await {
        Ok(made) => Ok(Redirect::to(&format!("/requests/{}?done=yes", part(&said(&made["id"])))).into_response()),
        Err(WebError::Refused(problem)) => entering(&person, &form, &Errors::found(&problem, |_| None)),
        Err(error) => Err(error),
    }
}

/// The id in a path of these pages.
type Id = Path<String>;
