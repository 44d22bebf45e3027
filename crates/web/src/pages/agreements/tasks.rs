//! A draft as a list of tasks.

use axum::extract::Path;
use axum::response::Response;
use serde_json::json;

use super::held::list_page;
use crate::api::part;
use crate::components::{Cell, Tag, Task, TaskList};
use crate::error::WebError;
use crate::form::{Errors, Form};
use crate::pages::assurance::blocks::{Blocks, Form as Asked};
use crate::pages::assurance::{Said, back_to};
use crate::visitor::Person;

/// `POST /governance/drafts`.
pub(super) async fn begin(person: Person, form: Form) -> Result<Response, WebError> {
    let mut errors = Errors::default();
    let id = errors.line(&form, "id", "a short name", 100);
    let title = errors.optional_line(&form, "title", "the title", 200).unwrap_or_default();
    let plain = |letter: u8| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == b'-';
    if errors.is_empty() && !id.bytes().all(plain) {
        errors.add("id", "Short name must have small letters, digits and hyphens only");
    }
    if errors.is_empty() {
        match person.api.tell("/api/agreement-drafts", &json!({"id": id, "title": title})).await {
            Ok(()) => return Ok(back_to(&format!("/governance/drafts/{}", part(&id)))),
            Err(WebError::Refused(problem)) if problem.status != 403 => {
                errors = Errors::found(&problem, |_| Some("id"))
            }
            Err(error) => return Err(error),
        }
    }
    Ok(list_page(&person, &form, &errors).await?.amiss())
}

fn status(progress: &str) -> Cell {
    match progress {
        "completed" => "Completed".into(),
        "in_progress" => Tag::new("Incomplete", "yellow").into(),
        "cannot_start_yet" => "Cannot start yet".into(),
        "not_applicable" => "Not needed".into(),
        _ => Tag::new("Not started", "blue").into(),
    }
}

/// `GET /governance/drafts/{id}`.
pub(super) async fn show(person: Person, Path(id): Path<String>) -> Result<Response, WebError> {
    let said: Said = person.api.get(&format!("/api/agreement-drafts/{}", part(&id))).await?;
    let title = Some(said.text("title")).filter(|title| !title.is_empty()).unwrap_or_else(|| id.clone());
    let tasks = said.list("tasks");
    let done =
        tasks.iter().filter(|task| matches!(task.text("progress").as_str(), "completed" | "not_applicable")).count();
    let layout = person.layout(title).at("/governance/agreements").back("/governance/agreements");
    let mut blocks = Blocks::new(layout).text(format!(
        "Version {}. {done} of {} sections are complete.",
        said.text("version"),
        tasks.len()
    ));
    for (group, name) in
        [("Purpose", "purpose"), ("Legal and data protection", "law"), ("Security", "security"), ("Review", "review")]
    {
        let mut list: Vec<Task> =
            tasks.iter().filter(|task| task.text("group") == group).map(|task| self::task(&id, task)).collect();
        if name == "review" {
            list.push(Task {
                title: "Check your answers and propose".to_owned(),
                hint: None,
                href: said.is("complete").then(|| format!("/governance/drafts/{}/check", part(&id))),
                status: if said.is("complete") { Tag::new("Ready", "green").into() } else { "Cannot start yet".into() },
            });
        }
        blocks = blocks.heading(group).part(TaskList { name, tasks: list });
    }
    Ok(blocks
        .form(Asked::to(format!("/governance/drafts/{}", part(&id))).warning("Throw the draft away", "drop"))
        .page())
}

/// How much is missing, as the API counted it.
pub(super) fn things_missing(findings: &str) -> String {
    match findings {
        "0" => "complete".to_owned(),
        "1" => "1 thing is missing".to_owned(),
        several => format!("{several} things are missing"),
    }
}

fn task(id: &str, task: &Said) -> Task {
    let progress = task.text("progress");
    let missing = task.text("findings");
    Task {
        title: task.text("title"),
        hint: (progress == "in_progress").then(|| things_missing(&missing)),
        href: (progress != "cannot_start_yet")
            .then(|| format!("/governance/drafts/{}/{}", part(id), task.text("section"))),
        status: status(&progress),
    }
}

/// `POST /governance/drafts/{id}`.
pub(super) async fn drop(person: Person, Path(id): Path<String>, form: Form) -> Result<Response, WebError> {
    if form.text("do") == "drop" {
        person.api.delete(&format!("/api/agreement-drafts/{}", part(&id))).await?;
    }
    Ok(back_to("/governance/agreements"))
}
