//! The vetting register, and what requires which level.

use axum::extract::Query;
use axum::response::Response;
use serde_json::json;

use super::blocks::{Blocks, Form as Asked};
use super::register::{report, tag, take_in};
use super::said::{Said, back_to};
use crate::api::part;
use crate::components::{Area, Cell, Choice, Days, Input, Select, Table};
use crate::error::WebError;
use crate::form::{Errors, Form};
use crate::listing::{self, Listing};
use crate::visitor::Person;

const REGISTER: &str = "/vetting";
const LEVELS: [(&str, &str); 4] = [
    ("bpss", "BPSS, baseline personnel security standard"),
    ("ctc", "CTC, counter-terrorist check"),
    ("sc", "SC, security check"),
    ("dv", "DV, developed vetting"),
];
const SORTS: [(&str, &str); 3] = [("role", "Role"), ("agreement", "Agreement"), ("marking", "Marking")];

fn level(word: &str) -> String {
    word.to_uppercase()
}

fn choices(pairs: &[(&str, &str)]) -> Vec<Choice> {
    pairs.iter().map(|(value, label)| Choice::new(*value, *label)).collect()
}

/// `GET /vetting`.
pub(super) async fn register(person: Person, Query(query): Query<listing::Query>) -> Result<Response, WebError> {
    let listing = Listing::read(REGISTER, &["q", "lapsing"], &query);
    Ok(whole_page(&person, &listing, &Form::default(), &Errors::default(), None).await?.page())
}

async fn whole_page(
    person: &Person,
    listing: &Listing,
    form: &Form,
    errors: &Errors,
    imported: Option<&Said>,
) -> Result<Blocks, WebError> {
    let said: Said = person.api.get(&listing.call("/api/vetting/register")).await?;
    let required: Said = person.api.get("/api/vetting/requirements").await?;
    let next = said.text("next");
    let rows = said.list("items").into_iter().map(|one| {
        vec![
            one.text("person").into(),
            level(&one.text("level")).into(),
            one.day("granted_on").into(),
            one.day("ends_on").into(),
            tag(&one, "lapsing").into(),
        ]
    });
    let caption =
        if listing.said("lapsing") == "true" { "Lapsed, or ending soon" } else { "Everybody in the register" };
    let table = Table::new(caption, &["Person", "Level", "Granted on", "Counts until", "State"], "Nobody.").rows(rows);
    let layout = person.layout("Vetting").at("/assurance").back("/assurance").wide().with_errors(errors);
    let mut blocks = Blocks::new(layout).text(
        "Who was vetted to which level. What requires vetting is yours to say: a role is not given to whoever lacks it, \
         and whose vetting has lapsed is refused.",
    );
    if let Some(imported) = imported {
        blocks = blocks.heading("The table was taken in").points(report(imported));
    }
    let search = listing.search("Search by id").choice("lapsing", "State", &[("true", "Lapsed, or ending soon")]);
    blocks = blocks.part(search).part(table).part(listing.paging(Some(&next))).part(requirements(&required));
    Ok(forms(blocks, form, errors))
}

fn requirements(required: &Said) -> Table {
    let rows = required.list("items").into_iter().map(|rule| {
        let sort = SORTS.into_iter().find(|(value, _)| *value == rule.text("by")).map_or("", |(_, label)| label);
        vec![sort.into(), Cell::Code(rule.text("name")), level(&rule.text("level")).into()]
    });
    Table::new("What requires vetting", &["Sort", "Name", "Level, or above"], "Nothing requires it.").rows(rows)
}

/// One person, a table of many, and a requirement.
fn forms(blocks: Blocks, form: &Form, errors: &Errors) -> Blocks {
    blocks
        .form(
            Asked::to("/vetting/people")
                .heading("Enter one person")
                .part(Input::new("person", "Person’s id").code(false).width(20).filled(form, errors))
                .part(Select::new("level", "Level", choices(&LEVELS)).none("Choose a level").filled(form, errors))
                .part(Days::new("granted_on", "Granted on").filled(form, errors))
                .part(Days::new("ends_on", "Counts until").hint("Ten years later at the latest").filled(form, errors))
                .button("Enter", ""),
        )
        .form(
            Asked::to("/vetting/import")
                .heading("Take a table in")
                .part(
                    Area::new("table", "Table")
                        .hint("Comma-separated, with the heading person,level,granted_on,ends_on. Paste it here.")
                        .rows(8)
                        .filled(form, errors),
                )
                .button("Take in", ""),
        )
        .form(
            Asked::to("/vetting/requirements")
                .heading("Say what requires vetting")
                .part(Select::new("by", "Sort", choices(&SORTS)).none("Choose a sort").filled(form, errors))
                .part(
                    Input::new("name", "Name")
                        .hint("A role’s code, an agreement’s id, official or official-sensitive")
                        .code(false)
                        .width(20)
                        .filled(form, errors),
                )
                .part(
                    Select::new("required", "Level that it requires", choices(&LEVELS))
                        .none("None any more")
                        .filled(form, errors),
                )
                .button("Save", ""),
        )
}

/// What was done, or what is amiss at the page's fields.
async fn shown(
    person: &Person,
    form: &Form,
    mut errors: Errors,
    done: Option<Result<(), WebError>>,
    place: impl Fn(&str) -> Option<&'static str>,
) -> Result<Response, WebError> {
    match done {
        Some(Ok(())) => return Ok(back_to(REGISTER)),
        Some(Err(WebError::Refused(problem))) if problem.status < 500 && problem.status != 403 => {
            errors = Errors::found(&problem, place);
        }
        Some(Err(error)) => return Err(error),
        None => {}
    }
    Ok(whole_page(person, &Listing::whole(REGISTER), form, &errors, None).await?.amiss())
}

/// `POST /vetting/people`.
pub(super) async fn enter(person: Person, form: Form) -> Result<Response, WebError> {
    let mut errors = Errors::default();
    let who = errors.line(&form, "person", "the person’s id", 255);
    let level = errors.line(&form, "level", "the level", 10);
    let granted_on = errors.date(&form, "granted_on", "the day it was granted");
    let ends_on = errors.date(&form, "ends_on", "the last day");
    let mut done = None;
    if errors.is_empty() {
        let body = json!({"level": level, "granted_on": granted_on, "ends_on": ends_on});
        done = Some(person.api.put(&format!("/api/vetting/register/{}", part(&who)), &body).await);
    }
    shown(&person, &form, errors, done, |_| None).await
}

/// `POST /vetting/requirements`.
pub(super) async fn require(person: Person, form: Form) -> Result<Response, WebError> {
    let mut errors = Errors::default();
    let by = errors.line(&form, "by", "the sort", 20);
    let name = errors.line(&form, "name", "the name", 255);
    let level = Some(form.text("required")).filter(|level| !level.is_empty());
    let mut done = None;
    if errors.is_empty() {
        let body = json!({"by": by, "name": name, "level": level});
        done = Some(person.api.tell("/api/vetting/requirements", &body).await);
    }
    shown(&person, &form, errors, done, |_| Some("name")).await
}

/// `POST /vetting/import`.
pub(super) async fn import(person: Person, form: Form) -> Result<Response, WebError> {
    let mut errors = Errors::default();
    let table = form.raw("table").to_owned();
    if table.trim().is_empty() {
        errors.add("table", "Enter the table");
        return shown(&person, &form, errors, None, |_| None).await;
    }
    match take_in(&person, "/api/vetting/import", table).await {
        Ok(imported) => {
            let listing = Listing::whole(REGISTER);
            Ok(whole_page(&person, &listing, &Form::default(), &errors, Some(&imported)).await?.page())
        }
        Err(error) => shown(&person, &form, errors, Some(Err(error)), |_| Some("table")).await,
    }
}
