//! Check your answers: everything that the draft says, each section with a way to change it; then it is proposed.

use axum::extract::Path;
use axum::response::Response;
use serde_json::json;

use super::reading::rows;
use crate::api::part;
use crate::components::Summary;
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
        let rows = rows(&section, &one.of("parts").0);
        let summary =
            rows.into_iter().fold(Summary::new(), |summary, (name, said)| summary.change(name, said, change.clone()));
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
