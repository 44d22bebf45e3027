//! Check your answers: everything that the draft says, each section with a way to change it; then it is proposed.

use axum::extract::Path;
use axum::response::Response;
use serde_json::{Value, json};

use crate::api::part;
use crate::components::{Cell, Summary};
use crate::error::WebError;
use crate::form::Errors;
use crate::pages::assurance::blocks::{Blocks, Form as Asked};
use crate::pages::assurance::{Said, back_to};
use crate::visitor::Person;

/// `GET /governance/drafts/{id}/check`.
pub(super) async fn show(person: Person, Path(id): Path<String>) -> Result<Response, WebError> {
    Ok(answers(&person, &id, &Errors::default()).await?.page())
}

async fn answers(person: &Person, id: &str, errors: &Errors) -> Result<Blocks, WebError> {
    let draft = format!("/governance/drafts/{}", part(id));
    let said: Said = person.api.get(&format!("/api/agreement-drafts/{}", part(id))).await?;
    let layout =
        person.layout("Check your answers").at("/governance/agreements").back(draft.clone()).with_errors(errors);
    let mut blocks = Blocks::new(layout);
    for task in said.list("tasks") {
        let section = task.text("section");
        let one: Said = person.api.get(&format!("/api/agreement-drafts/{}/{section}", part(id))).await?;
        let change = format!("{draft}/{section}");
        let mut rows = Vec::new();
        walk("", &one.of("parts").0, &mut rows);
        let summary =
            rows.into_iter().fold(Summary::new(), |summary, (name, text)| summary.change(name, text, change.clone()));
        blocks = blocks.heading(task.text("title"));
        blocks =
            if summary.is_empty() { blocks.links([(change, "Nothing is written yet")]) } else { blocks.part(summary) };
    }
    if !said.is("complete") {
        return Ok(blocks.links([(draft, "Something is still missing: go back to the list of tasks")]));
    }
    Ok(blocks
        .heading("Propose it")
        .text(
            "The text is frozen and sent to every party for signature. A change after that is a new version. By \
             proposing it you confirm that the answers are right to the best of your knowledge.",
        )
        .form(Asked::to(format!("{draft}/check")).button("Propose to every party", "")))
}

/// What is said, name by name, in words; what is empty is left out.
pub(super) fn walk(path: &str, value: &Value, rows: &mut Vec<(String, Cell)>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                let name = name.replace('_', " ");
                walk(&if path.is_empty() { name } else { format!("{path}, {name}") }, member, rows);
            }
        }
        Value::Array(items) if items.iter().any(Value::is_object) => {
            for (index, item) in items.iter().enumerate() {
                walk(&format!("{path} {}", index + 1), item, rows);
            }
        }
        Value::Array(items) if items.is_empty() => {}
        Value::Array(items) => rows.push((path.to_owned(), Cell::Lines(items.iter().map(word).collect()))),
        Value::Null => {}
        Value::String(text) if text.is_empty() => {}
        other => rows.push((path.to_owned(), Cell::Text(word(other)))),
    }
}

fn word(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Bool(true) => "Yes".to_owned(),
        Value::Bool(false) => "No".to_owned(),
        other => other.to_string(),
    }
}

/// `POST /governance/drafts/{id}/check`.
pub(super) async fn propose(person: Person, Path(id): Path<String>) -> Result<Response, WebError> {
    match person.api.tell(&format!("/api/agreement-drafts/{}/propose", part(&id)), &json!({})).await {
        Ok(()) => Ok(back_to(&format!("/governance/agreements/{}", part(&id)))),
        Err(WebError::Refused(problem)) if problem.status != 403 => {
            Ok(answers(&person, &id, &Errors::found(&problem, |_| None)).await?.amiss())
        }
        Err(error) => Err(error),
    }
}
