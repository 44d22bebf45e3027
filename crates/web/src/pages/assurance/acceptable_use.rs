//! The acceptable use policy: written by governance, read and accepted by everybody who signs in.

use axum::extract::Query;
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;

use super::blocks::{Blocks, Form as Asked};
use super::said::{Said, back_to};
use crate::api::part;
use crate::components::{Area, Cell, Days, Input, Summary, Table};
use crate::error::WebError;
use crate::form::{Errors, Form};
use crate::pages::sign_in::local;
use crate::visitor::Person;

const TEXTS: [&str; 2] = ["title", "text"];
const DAYS: [&str; 2] = ["in_force_from", "review_date"];

/// `GET /assurance/acceptable-use`: the latest version, to begin the next from.
pub(super) async fn write(person: Person) -> Result<Response, WebError> {
    let said: Said = person.api.get("/api/assurance").await?;
    let coming = said.of("acceptable_use_coming");
    let source = if coming.is_there() { coming } else { said.of("acceptable_use") };
    let blocks = form(&person, &said, &source.form(&TEXTS, &[], &[]), &Errors::default());
    if !said.of("acceptable_use").is_there() {
        return Ok(blocks.page());
    }
    Ok(blocks.part(waited_for(&person).await?).page())
}

/// Who has not accepted what is in force: the first of them, where there are many.
async fn waited_for(person: &Person) -> Result<Table, WebError> {
    let said: Said = person.api.get("/api/people?to_accept=true").await?;
    let more = said.of("next").is_there();
    let rows = said.list("items").into_iter().map(|one| {
        let href = format!("/people/{}", part(&one.text("id")));
        vec![Cell::link(href, one.text("name")), one.text("department").into()]
    });
    let caption = if more { "Who has not accepted it: the first fifty" } else { "Who has not accepted it" };
    Ok(Table::new(caption, &["Name", "Department"], "Everybody has accepted it.").rows(rows))
}

fn form(person: &Person, said: &Said, form: &Form, errors: &Errors) -> Blocks {
    let layout = person.layout("Acceptable use policy").at("/assurance").back("/assurance").with_errors(errors);
    let mut blocks = Blocks::new(layout).text(
        "What people may do with what they are given. From its first day every page leads everybody with an account to \
         it until they have accepted it; after the time of grace what a case system asks for them is refused, too.",
    );
    for (name, label) in [("acceptable_use", "In force"), ("acceptable_use_coming", "Coming")] {
        let policy = said.of(name);
        if policy.is_there() {
            blocks = blocks.part(
                Summary::new()
                    .row(label, format!("version {}", policy.text("version")))
                    .row("Counts from", policy.day("in_force_from"))
                    .row("Reviewed by", policy.day("review_date")),
            );
        }
    }
    if !said.of("acceptable_use").is_there() && !said.of("acceptable_use_coming").is_there() {
        blocks = blocks.text("None is published yet: nobody is asked to accept one, and nothing is refused for it.");
    }
    blocks.form(
        Asked::to("/assurance/acceptable-use")
            .heading("Publish a version")
            .part(Input::new("title", "Title").filled(form, errors))
            .part(
                Area::new("text", "Policy")
                    .rows(15)
                    .hint("Leave a blank line between paragraphs. Whoever is to keep to it must be able to read it.")
                    .filled(form, errors),
            )
            .part(
                Days::new("in_force_from", "First day")
                    .hint("Today or later: a day to come lets people accept it beforehand")
                    .filled(form, errors),
            )
            .part(
                Days::new("review_date", "Reviewed by").hint("Within two years of the first day").filled(form, errors),
            )
            .button("Publish", ""),
    )
}

/// `POST /assurance/acceptable-use`.
pub(super) async fn publish(person: Person, sent: Form) -> Result<Response, WebError> {
    let mut errors = Errors::default();
    let in_force_from = errors.date(&sent, "in_force_from", "the first day");
    let review_date = errors.date(&sent, "review_date", "the review date");
    let mut policy = json!({"in_force_from": in_force_from, "review_date": review_date});
    for name in TEXTS {
        policy[name] = json!(sent.text(name));
    }
    if errors.is_empty() {
        match person.api.tell("/api/assurance/acceptable-use/publish", &policy).await {
            Ok(()) => return Ok(back_to("/assurance")),
            Err(WebError::Refused(problem)) if problem.status == 422 => {
                errors = Errors::found(&problem, |field| TEXTS.into_iter().chain(DAYS).find(|name| *name == field));
            }
            Err(error) => return Err(error),
        }
    }
    let said: Said = person.api.get("/api/assurance").await?;
    Ok(form(&person, &said, &sent, &errors).amiss())
}

#[derive(Deserialize)]
pub(super) struct Wanted {
    to: Option<String>,
}

/// `GET /acceptable-use`: what is to be accepted first, if anything is; else what is in force.
pub(super) async fn read(person: Person, Query(Wanted { to }): Query<Wanted>) -> Result<Response, WebError> {
    let said: Said = person.api.get("/api/acceptable-use").await?;
    let layout = person.layout("Acceptable use").at("/acceptable-use");
    let (in_force, coming) = (said.of("in_force"), said.of("coming"));
    if !in_force.is_there() && !coming.is_there() {
        return Ok(Blocks::new(layout).text("Your organisation has published no acceptable use policy.").page());
    }
    let mut blocks = Blocks::new(layout);
    if said.of("to_accept").is_there() {
        let until = said.of("to_accept").day("refused_from");
        blocks = blocks.text(format!(
            "Read it and accept it, then go on with what you came for. Until you have, nothing else can be done here, \
             and what a case system asks for you is refused from {until}."
        ));
    }
    for (policy, since) in [(in_force, "In force since"), (coming, "Counts from")] {
        if policy.is_there() {
            blocks = shown(blocks, &said, &policy, since, to.as_deref().unwrap_or_default());
        }
    }
    Ok(blocks.page())
}

/// A version with its text, and how this person stands to it.
fn shown(blocks: Blocks, said: &Said, policy: &Said, since: &str, to: &str) -> Blocks {
    let version = policy.text("version");
    let accepted = said.list("accepted").into_iter().find(|one| one.text("version") == version);
    let on = accepted.as_ref().map(|one| one.day("on"));
    let blocks = blocks
        .heading(policy.text("title"))
        .part(
            Summary::new()
                .row("Version", version.clone())
                .row(since, policy.day("in_force_from"))
                .maybe("You accepted it on", on),
        )
        .paragraphs(&policy.text("text"));
    // An operator's token is nobody who could accept.
    if accepted.is_some() || !said.of("accepted").is_there() {
        return blocks;
    }
    blocks.form(
        Asked::to("/acceptable-use")
            .hidden("version", version)
            .hidden("to", to)
            .button("I have read it and accept it", ""),
    )
}

/// `POST /acceptable-use`: and back to where the person was.
pub(super) async fn accept(person: Person, sent: Form) -> Result<Response, WebError> {
    let version: Option<u32> = sent.text("version").parse().ok();
    person.api.tell("/api/acceptable-use/accept", &json!({"version": version})).await?;
    Ok(back_to(local(sent.text("to"))))
}
