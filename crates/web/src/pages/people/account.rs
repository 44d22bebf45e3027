//! One's own account.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::json;

use super::invitation::Codes;
use crate::Web;
use crate::components::{Input, Summary};
use crate::dates::{day, moment};
use crate::error::WebError;
use crate::form::{Errors, Form};
use crate::layout::{Layout, amiss, page};
use crate::pages::sign_in::{amiss_at, entered};
use crate::visitor::Person;

pub(super) fn routes() -> Router<Web> {
    Router::new()
        .route("/account", get(show))
        .route("/account/password", get(ask).post(change))
        .route("/account/recovery-codes", get(ask_codes).post(new_codes))
        .route("/account/sign-out-everywhere", post(sign_out_everywhere))
}

/// What the API says of whoever asks; an operator's token has little of it.
#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct Me {
    person: Option<String>,
    name: String,
    email: Option<String>,
    roles: Vec<String>,
    department: Option<String>,
    teams: Vec<String>,
    review_due: Option<jiff::civil::Date>,
    vetting: Option<Vetted>,
    signed_in: Option<jiff::Timestamp>,
    until: Option<jiff::Timestamp>,
    has_password: bool,
    has_second_factor: bool,
    recovery_codes_left: usize,
}

/// To which level somebody was vetted.
#[derive(Deserialize)]
struct Vetted {
    level: String,
    ends_on: jiff::civil::Date,
}

#[derive(Template)]
#[template(path = "people/account.html")]
struct Shown {
    layout: Layout,
    summary: Summary,
    is_person: bool,
    has_password: bool,
    has_second_factor: bool,
}

#[derive(Template)]
#[template(path = "people/password.html")]
struct Password {
    layout: Layout,
    old: Input,
    new: Input,
    again: Input,
}

#[derive(Template)]
#[template(path = "people/ask-codes.html")]
struct AskCodes {
    layout: Layout,
    password: Input,
}

async fn show(person: Person) -> Result<Response, WebError> {
    let me: Me = person.api.get("/api/me").await?;
    let vetted = |one: Vetted| format!("{}, until {}", one.level.to_uppercase(), day(one.ends_on));
    let summary = Summary::new()
        .row("Name", me.name)
        .maybe("Id", me.person.clone())
        .maybe("E-mail", me.email)
        .row("Roles", me.roles.join(", "))
        .maybe("Department", me.department)
        .maybe("Teams", Some(me.teams.join(", ")).filter(|teams| !teams.is_empty()))
        .maybe("Vetted to", me.vetting.map(vetted))
        .maybe("Access ends unless confirmed by", me.review_due.map(day))
        .maybe("Signed in since", me.signed_in.map(moment))
        .maybe("Signed in until", me.until.map(moment))
        .maybe("Recovery codes left", me.has_second_factor.then(|| me.recovery_codes_left.to_string()));
    Ok(page(&Shown {
        layout: person.layout("Your account"),
        summary,
        is_person: me.person.is_some(),
        has_password: me.has_password,
        has_second_factor: me.has_second_factor,
    }))
}

fn password(person: &Person, form: &Form, errors: &Errors) -> Password {
    Password {
        layout: person.layout("Change your password").with_errors(errors).back("/account"),
        old: Input::password("old", "Present password", "current-password").filled(form, errors),
        new: Input::password("new", "New password", "new-password")
            .hint("At least 12 characters. Three random words are easy to keep in mind")
            .filled(form, errors),
        again: Input::password("again", "The new password again", "new-password").filled(form, errors),
    }
}

async fn ask(person: Person) -> Response {
    page(&password(&person, &Form::default(), &Errors::default()))
}

#[derive(Deserialize)]
struct Begun {
    session: String,
}

async fn change(State(web): State<Web>, person: Person, sent: Form) -> Result<Response, WebError> {
    let mut errors = Errors::default();
    let (old, new) = (sent.raw("old"), sent.raw("new"));
    if old.is_empty() {
        errors.add("old", "Enter your present password");
    }
    if new.is_empty() {
        errors.add("new", "Enter a new password");
    } else if new != sent.raw("again") {
        errors.add("again", "Enter the same password twice");
    }
    if errors.is_empty() {
        match person.api.post("/api/me/password", &json!({"old": old, "new": new})).await {
            Ok(Begun { session }) => return entered(&web, &session, "/account"),
            Err(error @ WebError::SignedOut(_)) => amiss_at("old", error, &mut errors)?,
            Err(error) => amiss_at("new", error, &mut errors)?,
        }
    }
    Ok(amiss(&password(&person, &sent, &errors)))
}

fn codes(person: &Person, form: &Form, errors: &Errors) -> AskCodes {
    AskCodes {
        layout: person.layout("Make new recovery codes").with_errors(errors).back("/account"),
        password: Input::password("password", "Password", "current-password").filled(form, errors),
    }
}

async fn ask_codes(person: Person) -> Response {
    page(&codes(&person, &Form::default(), &Errors::default()))
}

#[derive(Deserialize)]
struct Made {
    recovery_codes: Vec<String>,
}

async fn new_codes(person: Person, sent: Form) -> Result<Response, WebError> {
    let mut errors = Errors::default();
    if sent.raw("password").is_empty() {
        errors.add("password", "Enter your password");
    } else {
        match person.api.post("/api/me/recovery-codes", &json!({"password": sent.raw("password")})).await {
            Ok(Made { recovery_codes }) => {
                return Ok(page(&Codes { layout: person.layout("Keep your recovery codes"), codes: recovery_codes }));
            }
            Err(error) => amiss_at("password", error, &mut errors)?,
        }
    }
    Ok(amiss(&codes(&person, &sent, &errors)))
}

async fn sign_out_everywhere(person: Person, _: Form) -> Result<Response, WebError> {
    person.api.tell("/api/me/sign-out-everywhere", &json!({})).await?;
    Ok(Redirect::to("/signed-out").into_response())
}
