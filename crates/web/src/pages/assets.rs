//! The information asset register, and its owners' yearly statements.

use axum::Router;
use axum::extract::{Path, Query};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::{Value, json};

use super::sheet::{Part, Sheet, day, items, said};
use crate::Web;
use crate::api::part;
use crate::components::{Area, Banner, Cell, Check, Input, Summary, Table, Tag};
use crate::error::WebError;
use crate::form::{Errors, Form};
use crate::listing::{self, Listing};
use crate::visitor::Person;

const AT: &str = "/assets-register";

pub(super) fn routes() -> Router<Web> {
    Router::new()
        .route("/assets-register", get(list))
        .route("/assets-register/new", get(blank).post(enter))
        .route("/assets-register/{code}", get(show))
        .route("/assets-register/{code}/statement", post(state))
}

#[derive(Deserialize)]
struct Which {
    done: Option<String>,
}

async fn list(person: Person, Query(query): Query<listing::Query>) -> Result<Response, WebError> {
    let listing = Listing::read(AT, &["q"], &query);
    let found: Value = person.api.get(&listing.call("/api/assets")).await?;
    let rows = items(&found["items"]).iter().map(|asset| {
        let owner = Some(said(&asset["owner"])).filter(|owner| !owner.is_empty());
        vec![
            Cell::link(format!("/assets-register/{}", part(&said(&asset["code"]))), said(&asset["title"])),
            owner.map_or_else(|| Tag::new("No owner", "red").into(), Cell::from),
            stated(asset).into(),
            if asset["special"] == true { "Special category".into() } else { "".into() },
        ]
    });
    let columns = ["Asset", "Owner", "Statement", "Data"];
    let empty = if listing.is_narrowed() { "No asset is found." } else { "No asset has been entered." };
    let table = Table::new("Information assets", &columns, empty).rows(rows);
    let mut sheet = Sheet::new(person.layout("Information asset register").at("/assets-register").wide());
    if person.who.is_any(&["governance"]) {
        sheet = sheet.link("/assets-register/new", "Enter an asset")?;
    }
    let search = listing.search("Search by code, words or owner");
    Ok(sheet.part(&search)?.part(&table)?.part(&listing.paging(found["next"].as_str()))?.answer())
}

fn stated(asset: &Value) -> Tag {
    if asset["stated"] == true { Tag::new("In date", "green") } else { Tag::new("Due", "yellow") }
}

#[derive(Deserialize)]
struct Known {
    code: Option<String>,
}

async fn blank(person: Person, Query(known): Query<Known>) -> Result<Response, WebError> {
    let Some(code) = known.code else { return entering(&person, &Form::default(), &Errors::default()) };
    let asset: Value = person.api.get(&format!("/api/assets/{}", part(&code))).await?;
    let lines = |name: &str| items(&asset[name]).iter().map(said).collect::<Vec<_>>().join("\n");
    let special = if asset["special"] == true { "yes" } else { "" };
    let form = Form::filled([
        ("code", code),
        ("title", said(&asset["title"])),
        ("description", said(&asset["description"])),
        ("owner", said(&asset["owner"])),
        ("people", lines("people")),
        ("data", lines("data")),
        ("services", lines("services")),
        ("retention", said(&asset["retention"])),
        ("special", special.to_owned()),
    ]);
    entering(&person, &form, &Errors::default())
}

fn entering(person: &Person, form: &Form, errors: &Errors) -> Result<Response, WebError> {
    let line = |name: &str, label: &str| Part::of(&Input::new(name, label).filled(form, errors));
    let area = |name: &str, label: &str| Part::of(&Area::new(name, label).rows(3).filled(form, errors));
    let fields = vec![
        Part::of(
            &Input::new("code", "Code").hint("Letters, digits and hyphens").code(false).width(20).filled(form, errors),
        )?,
        line("title", "What is it called?")?,
        area("description", "What is in it?")?,
        line("owner", "Owner: the id of their account (optional)")?,
        area("people", "Categories of people, one on each line (optional)")?,
        area("data", "Categories of data, one on each line (optional)")?,
        Part::of(&Check::new("special", "Special category data is in it").filled(form, errors))?,
        area("services", "Services published from it, as system/service, one on each line (optional)")?,
        line("retention", "How long is it kept? (optional)")?,
    ];
    Ok(Sheet::new(person.layout("Enter an information asset").back("/assets-register"))
        .errors(errors)
        .form("/assets-register/new", fields, "Save")?
        .answer())
}

async fn enter(person: Person, form: Form) -> Result<Response, WebError> {
    let mut errors = Errors::default();
    let code = errors.line(&form, "code", "a code", 64);
    let title = errors.line(&form, "title", "what it is called", 300);
    let description = errors.lines(&form, "description", "what is in it", 5000);
    if !errors.is_empty() {
        return entering(&person, &form, &errors);
    }
    let lines = |name: &str| form.text(name).lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>();
    let body = json!({
        "title": title, "description": description, "owner": form.text("owner"), "people": lines("people"),
        "data": lines("data"), "special": form.has("special", "yes"), "services": lines("services"),
        "retention": form.text("retention"),
    });
    match person.api.put(&format!("/api/assets/{}", part(&code)), &body).await {
        Ok(()) => Ok(Redirect::to(&format!("/assets-register/{}?done=yes", part(&code))).into_response()),
        Err(WebError::Refused(problem)) => entering(&person, &form, &Errors::found(&problem, |_| None)),
        Err(error) => Err(error),
    }
}

async fn show(person: Person, Path(code): Path<String>, Query(which): Query<Which>) -> Result<Response, WebError> {
    whole(&person, &code, which.done.is_some(), &Form::default(), &Errors::default()).await
}

async fn whole(person: &Person, code: &str, done: bool, form: &Form, errors: &Errors) -> Result<Response, WebError> {
    let asset: Value = person.api.get(&format!("/api/assets/{}", part(code))).await?;
    let known = |name: &str| Some(said(&asset[name])).filter(|text| !text.is_empty());
    let summary = Summary::new()
        .row("Code", said(&asset["code"]))
        .row("What is in it", said(&asset["description"]))
        .row("Owner", known("owner").unwrap_or_else(|| "Nobody".to_owned()))
        .row("Statement", stated(&asset))
        .maybe("People", known("people"))
        .maybe("Data", known("data"))
        .row("Special category data", said(&asset["special"]))
        .maybe("Services", known("services"))
        .maybe("Kept", known("retention"));
    let rows = items(&asset["statements"]).iter().rev().map(|statement| {
        vec![day(&statement["on"]).into(), said(&statement["by"]).into(), said(&statement["text"]).into()]
    });
    let statements = Table::new("The owner's statements", &["When", "By", "What"], "None has been made.").rows(rows);
    let banner = done.then(|| Banner::success("It is in the register"));
    let layout = person.layout(said(&asset["title"])).back("/assets-register").banner(banner);
    let mut sheet = Sheet::new(layout).errors(errors).part(&summary)?.part(&statements)?;
    if person.who.person.as_deref().is_some_and(|own| asset["owner"] == own) {
        let field = Part::of(
            &Area::new("text", "Risks, and how they are dealt with")
                .hint("Your yearly word to the SIRO")
                .filled(form, errors),
        )?;
        sheet = sheet.form(&format!("/assets-register/{}/statement", part(code)), vec![field], "Make the statement")?;
    }
    if person.who.is_any(&["governance"]) {
        sheet = sheet.link(&format!("/assets-register/new?code={}", part(code)), "Change it")?;
    }
    Ok(sheet.answer())
}

async fn state(person: Person, Path(code): Path<String>, form: Form) -> Result<Response, WebError> {
    let mut errors = Errors::default();
    let text = errors.lines(&form, "text", "what you state", 5000);
    if errors.is_empty() {
        let path = format!("/api/assets/{}/statements", part(&code));
        match person.api.tell(&path, &json!({"text": text})).await {
            Ok(()) => return Ok(Redirect::to(&format!("/assets-register/{}?done=yes", part(&code))).into_response()),
            Err(WebError::Refused(problem)) => errors = Errors::found(&problem, |_| Some("text")),
            Err(error) => return Err(error),
        }
    }
    whole(&person, &code, false, &form, &errors).await
}
