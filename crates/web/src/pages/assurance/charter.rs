//! The information charter, written and published.

use axum::response::Response;
use serde_json::json;

use super::blocks::{Blocks, Form as Asked};
use super::said::{Said, back_to, lines};
use crate::components::{Area, Days, Input, Summary};
use crate::error::WebError;
use crate::form::{Errors, Form};
use crate::visitor::Person;

const TEXTS: [&str; 7] = ["title", "text", "welsh_text", "url", "contact", "dpo", "approved_by"];

/// `GET /assurance/charter`: the draft, or what is published to begin the next version from.
pub(super) async fn show(person: Person) -> Result<Response, WebError> {
    let said: Said = person.api.get("/api/assurance").await?;
    let draft = said.of("charter_draft");
    let source = if draft.is_there() { draft } else { said.of("charter") };
    let form = source.form(&TEXTS, &["review_date"], &["legislation"]);
    Ok(write(&person, &said, &form, &Errors::default()).page())
}

fn write(person: &Person, said: &Said, form: &Form, errors: &Errors) -> Blocks {
    let published = said.of("charter");
    let layout = person.layout("Information charter").at("/assurance").back("/assurance").with_errors(errors);
    let mut blocks = Blocks::new(layout)
        .text("What you promise to the people whose data you handle. Once published, anybody can read it.");
    if published.is_there() {
        blocks = blocks.part(
            Summary::new()
                .row("Published version", published.text("version"))
                .row("Published on", published.day("published_on"))
                .row("Reviewed by", published.day("review_date")),
        );
    }
    blocks.form(
        Asked::to("/assurance/charter")
            .part(Input::new("title", "Title").filled(form, errors))
            .part(
                Area::new("text", "Charter")
                    .rows(15)
                    .hint("Leave a blank line between paragraphs")
                    .filled(form, errors),
            )
            .part(Area::new("welsh_text", "The same in Welsh").hint("Where you owe it").filled(form, errors))
            .part(
                Input::new("contact", "Whom people write to about their data")
                    .kind("email")
                    .hint("A mailbox, for example data@council.example")
                    .filled(form, errors),
            )
            .part(Input::new("dpo", "Data protection officer’s mailbox").kind("email").filled(form, errors))
            .part(Input::new("approved_by", "Approved by").hint("A post or a body").filled(form, errors))
            .part(
                Area::new("legislation", "Laws that it rests on")
                    .hint("One on each line, for example Data Protection Act 2018")
                    .filled(form, errors),
            )
            .part(
                Input::new("url", "Where else it is published")
                    .hint("An https address; may be left out")
                    .filled(form, errors),
            )
            .part(Days::new("review_date", "Reviewed by").hint("Within two years").filled(form, errors))
            .button("Publish", "publish")
            .button("Save as a draft", "draft"),
    )
}

/// `POST /assurance/charter`.
pub(super) async fn save(person: Person, form: Form) -> Result<Response, WebError> {
    let mut errors = Errors::default();
    let publish = form.text("do") != "draft";
    let review_date = if publish || !form.text("review_date-year").is_empty() {
        errors.date(&form, "review_date", "the review date")
    } else {
        None
    };
    let mut charter = json!({"legislation": lines(&form, "legislation"), "review_date": review_date});
    for name in TEXTS {
        charter[name] = json!(form.text(name));
    }
    if errors.is_empty() {
        let done = if publish {
            person.api.tell("/api/assurance/charter/publish", &charter).await
        } else {
            person.api.put("/api/assurance/charter", &charter).await
        };
        match done {
            Ok(()) => return Ok(back_to("/assurance")),
            Err(WebError::Refused(problem)) if problem.status == 422 => {
                errors = Errors::found(&problem, |field| {
                    TEXTS.into_iter().chain(["legislation", "review_date"]).find(|name| *name == field)
                });
            }
            Err(error) => return Err(error),
        }
    }
    let said: Said = person.api.get("/api/assurance").await?;
    Ok(write(&person, &said, &form, &errors).amiss())
}
