//! Risk policy, SIRO and incident route.

use axum::response::Response;
use serde_json::{Value, json};

use super::blocks::{Blocks, Form as Asked};
use super::said::{Said, back_to};
use crate::components::{Area, Cell, Days, Input, Table};
use crate::error::WebError;
use crate::form::{Errors, Form};
use crate::visitor::Person;

/// Sends what was typed, if nothing is amiss yet; what the API finds amiss is put at the page's own fields.
async fn sent(
    person: &Person,
    path: &str,
    body: &Value,
    fields: &'static [&'static str],
    errors: &mut Errors,
) -> Result<bool, WebError> {
    if !errors.is_empty() {
        return Ok(false);
    }
    match person.api.put(path, body).await {
        Ok(()) => Ok(true),
        Err(WebError::Refused(problem)) if problem.status == 422 => {
            *errors = Errors::found(&problem, |field| fields.iter().copied().find(|name| *name == field));
            Ok(false)
        }
        Err(error) => Err(error),
    }
}

const POLICY: [&str; 4] = ["title", "text", "approved_by", "approval_minute"];
const POLICY_FIELDS: &[&str] = &["title", "text", "approved_by", "approval_minute", "approved_on", "expires_on"];

/// `GET /assurance/risk-policy`.
pub(super) async fn policy(person: Person) -> Result<Response, WebError> {
    let said: Said = person.api.get("/api/assurance").await?;
    let form = said.of("risk_policy").form(&POLICY, &["approved_on", "expires_on"], &[]);
    Ok(policy_page(&person, &form, &Errors::default()).page())
}

fn policy_page(person: &Person, form: &Form, errors: &Errors) -> Blocks {
    let layout = person.layout("Corporate information risk policy").at("/assurance").back("/assurance");
    Blocks::new(layout.with_errors(errors))
        .text("Approved by the board, and reviewed every year. Each time it is approved, enter it anew.")
        .form(
            Asked::to("/assurance/risk-policy")
                .part(Input::new("title", "Title").filled(form, errors))
                .part(Area::new("text", "What it decides").hint("Or where it stands").rows(8).filled(form, errors))
                .part(Input::new("approved_by", "Approved by").hint("The board or body").filled(form, errors))
                .part(Input::new("approval_minute", "Reference of the minute").width(20).filled(form, errors))
                .part(Days::new("approved_on", "Approved on").filled(form, errors))
                .part(
                    Days::new("expires_on", "Last day")
                        .hint("A year after the approval at the latest")
                        .filled(form, errors),
                )
                .button("Enter the policy", ""),
        )
}

/// `POST /assurance/risk-policy`.
pub(super) async fn save_policy(person: Person, form: Form) -> Result<Response, WebError> {
    let mut errors = Errors::default();
    let mut body = json!({});
    for name in POLICY {
        body[name] = json!(form.text(name));
    }
    body["approved_on"] = json!(errors.date(&form, "approved_on", "the day of the approval"));
    body["expires_on"] = json!(errors.date(&form, "expires_on", "the last day"));
    if sent(&person, "/api/assurance/risk-policy", &body, POLICY_FIELDS, &mut errors).await? {
        return Ok(back_to("/assurance"));
    }
    Ok(policy_page(&person, &form, &errors).amiss())
}

const SIRO: [&str; 3] = ["name", "account", "appointed_by"];
const SIRO_FIELDS: &[&str] = &["name", "account", "appointed_by", "start"];

/// `GET /assurance/siro`.
pub(super) async fn siro(person: Person) -> Result<Response, WebError> {
    let said: Said = person.api.get("/api/assurance").await?;
    Ok(siro_page(&person, &said, &Form::default(), &Errors::default()).page())
}

fn siro_page(person: &Person, said: &Said, form: &Form, errors: &Errors) -> Blocks {
    let rows = said.list("appointments").into_iter().rev().map(|one| {
        let end = Some(one.day("end")).filter(|day| !day.is_empty()).unwrap_or_else(|| "–".to_owned());
        vec![one.text("name").into(), one.day("start").into(), end.into(), one.text("appointed_by").into()]
    });
    let table = Table::new("Appointments", &["Name", "From", "Until", "Appointed by"], "Nobody was appointed yet.");
    let layout = person.layout("Senior information risk owner").at("/assurance").back("/assurance");
    Blocks::new(layout.with_errors(errors))
        .text("A named person at board level. They alone can set a gate aside, with the account named here.")
        .part(table.rows(rows))
        .form(
            Asked::to("/assurance/siro")
                .heading("Appoint somebody")
                .part(Input::new("name", "Full name").filled(form, errors))
                .part(
                    Input::new("account", "Account with which they sign in").code(false).width(20).filled(form, errors),
                )
                .part(Input::new("appointed_by", "Appointed by").filled(form, errors))
                .part(
                    Days::new("start", "First day")
                        .hint("Whoever is in post leaves it the day before")
                        .filled(form, errors),
                )
                .button("Appoint", ""),
        )
}

/// `POST /assurance/siro`.
pub(super) async fn appoint(person: Person, form: Form) -> Result<Response, WebError> {
    let mut errors = Errors::default();
    let mut body = json!({});
    for name in SIRO {
        body[name] = json!(form.text(name));
    }
    body["start"] = json!(errors.date(&form, "start", "the first day"));
    if sent(&person, "/api/assurance/siro", &body, SIRO_FIELDS, &mut errors).await? {
        return Ok(back_to("/assurance/siro"));
    }
    let said: Said = person.api.get("/api/assurance").await?;
    Ok(siro_page(&person, &said, &form, &errors).amiss())
}

const ROUTE: [&str; 3] = ["text", "contact", "phone"];
const ROUTE_FIELDS: &[&str] = &["text", "contact", "phone"];

/// `GET /assurance/incident-route`.
pub(super) async fn route(person: Person) -> Result<Response, WebError> {
    let said: Said = person.api.get("/api/assurance").await?;
    let form = said.of("incident_route").form(&ROUTE, &[], &[]);
    Ok(route_page(&person, &said, [&form, &Form::default()], [&Errors::default(); 2]).page())
}

/// The route's own form and that of a drill.
fn route_page(person: &Person, said: &Said, forms: [&Form; 2], errors: [&Errors; 2]) -> Blocks {
    let route = said.of("incident_route");
    let rows =
        route.list("drills").into_iter().map(|drill| vec![Cell::from(drill.day("on")), drill.text("found").into()]);
    let drills = Table::new("Drills", &["Held on", "What it showed"], "No drill was held: the gate stays shut.");
    let layout = person.layout("How incidents are reported").at("/assurance").back("/assurance");
    let layout = if errors[0].is_empty() { layout.with_errors(errors[1]) } else { layout.with_errors(errors[0]) };
    let mut blocks = Blocks::new(layout)
        .text("What staff do when something goes wrong. It counts once it was tested, and is tested every year.")
        .form(
            Asked::to("/assurance/incident-route")
                .part(Area::new("text", "What staff do").most(2000).filled(forms[0], errors[0]))
                .part(Input::new("contact", "Mailbox that a report reaches").kind("email").filled(forms[0], errors[0]))
                .part(
                    Input::new("phone", "Telephone, also out of hours")
                        .kind("tel")
                        .width(20)
                        .filled(forms[0], errors[0]),
                )
                .button("Save", ""),
        )
        .part(drills.rows(rows));
    if route.is_there() {
        blocks = blocks.form(
            Asked::to("/assurance/incident-route/drills")
                .heading("Enter a drill")
                .part(Days::new("on", "Held on").filled(forms[1], errors[1]))
                .part(Area::new("found", "What it showed").hint("Nothing about a person").filled(forms[1], errors[1]))
                .button("Enter", ""),
        );
    }
    blocks
}

/// `POST /assurance/incident-route`.
pub(super) async fn save_route(person: Person, form: Form) -> Result<Response, WebError> {
    let mut errors = Errors::default();
    let mut body = json!({});
    for name in ROUTE {
        body[name] = json!(form.text(name));
    }
    if sent(&person, "/api/assurance/incident-route", &body, ROUTE_FIELDS, &mut errors).await? {
        return Ok(back_to("/assurance/incident-route"));
    }
    let said: Said = person.api.get("/api/assurance").await?;
    Ok(route_page(&person, &said, [&form, &Form::default()], [&errors, &Errors::default()]).amiss())
}

/// `POST /assurance/incident-route/drills`.
pub(super) async fn drill(person: Person, form: Form) -> Result<Response, WebError> {
    let mut errors = Errors::default();
    let on = errors.date(&form, "on", "the day of the drill");
    let found = errors.lines(&form, "found", "what the drill showed", 2000);
    if errors.is_empty() {
        match person.api.tell("/api/assurance/incident-route/drills", &json!({"on": on, "found": found})).await {
            Ok(()) => return Ok(back_to("/assurance/incident-route")),
            Err(WebError::Refused(problem)) if problem.status == 422 => {
                errors = Errors::found(&problem, |field| (field == "drills").then_some("on"));
            }
            Err(error) => return Err(error),
        }
    }
    let said: Said = person.api.get("/api/assurance").await?;
    let route = said.of("incident_route").form(&ROUTE, &[], &[]);
    Ok(route_page(&person, &said, [&route, &form], [&Errors::default(), &errors]).amiss())
}
