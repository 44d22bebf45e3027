//! Impact assessments of agreements.

use axum::extract::{Path, Query};
use axum::response::Response;
use serde_json::json;

use super::blocks::{Blocks, Form as Asked};
use super::said::{Said, back_to};
use crate::api::part;
use crate::components::{Area, Cell, Choice, Choices, Days, Input, Table, Tag};
use crate::error::WebError;
use crate::form::{Errors, Form};
use crate::listing::{self, Listing};
use crate::visitor::Person;

const TEXTS: [&str; 7] = ["description", "necessity", "risks", "measures", "dpo_advice", "outcome", "decided_by"];
const OUTCOMES: [(&str, &str); 5] = [
    ("open", "Still being made"),
    ("approved", "Approved: the sharing may go on as described"),
    ("approved_with_measures", "Approved with the measures named"),
    ("consult_ico", "The ICO is asked first (Article 36)"),
    ("refused", "Refused: the sharing may not go on"),
];

fn tag(outcome: &str) -> Tag {
    match outcome {
        "approved" | "approved_with_measures" => Tag::new("Approved", "green"),
        "refused" => Tag::new("Refused", "red"),
        "consult_ico" => Tag::new("ICO asked", "purple"),
        "open" => Tag::new("Open", "blue"),
        _ => Tag::new("Not begun", "grey"),
    }
}

/// `GET /assurance/dpias`: the agreements, and what is assessed of each.
pub(super) async fn list(person: Person, Query(query): Query<listing::Query>) -> Result<Response, WebError> {
    let listing = Listing::read("/assurance/dpias", &["q"], &query);
    let made: Said = person.api.get("/api/dpias").await?;
    let agreements: Said = person.api.get(&listing.call("/api/agreements")).await?;
    let (made, next) = (made.list("items"), agreements.text("next"));
    let mut ids: Vec<String> = agreements.list("items").iter().map(|agreement| agreement.text("id")).collect();
    // What is assessed before there is an agreement stands on the first page.
    if listing.is_first() {
        ids.extend(made.iter().filter(|dpia| !dpia.is("held")).map(|dpia| dpia.text("agreement")));
    }
    ids.sort();
    ids.dedup();
    let rows = ids.into_iter().map(|id| {
        let dpia = made.iter().find(|dpia| dpia.text("agreement") == id).cloned().unwrap_or_default();
        let decided = dpia.day("decided_on");
        vec![
            Cell::link(format!("/assurance/dpias/{}", part(&id)), id),
            tag(&dpia.text("outcome")).into(),
            decided.into(),
        ]
    });
    let table =
        Table::new("Assessments by agreement", &["Agreement", "Outcome", "Decided on"], "There are no agreements.");
    Ok(Blocks::new(person.layout("Impact assessments").at("/assurance").back("/assurance"))
        .text("An agreement about special categories is not signed before its assessment is approved.")
        .part(listing.search("Search by name"))
        .part(table.rows(rows))
        .part(listing.paging(Some(&next)))
        .page())
}

/// `GET /assurance/dpias/{agreement}`.
pub(super) async fn show(person: Person, Path(agreement): Path<String>) -> Result<Response, WebError> {
    let said = match person.api.get::<Said>(&format!("/api/dpias/{}", part(&agreement))).await {
        Ok(said) => said,
        Err(WebError::Missing) => Said(json!({"outcome": "open"})),
        Err(error) => return Err(error),
    };
    let form = said.form(&TEXTS, &["decided_on", "review_date"], &[]);
    Ok(write(&person, &agreement, &form, &Errors::default()).page())
}

fn write(person: &Person, agreement: &str, form: &Form, errors: &Errors) -> Blocks {
    let outcomes = OUTCOMES.into_iter().map(|(value, label)| Choice::new(value, label)).collect();
    let layout = person.layout(format!("Impact assessment of {agreement}")).at("/assurance").back("/assurance/dpias");
    let area = |name: &'static str, label: &str| Area::new(name, label).rows(6).filled(form, errors);
    Blocks::new(layout.with_errors(errors)).form(
        Asked::to(format!("/assurance/dpias/{}", part(agreement)))
            .part(area("description", "What is done with whose data"))
            .part(area("necessity", "Why it is necessary and proportionate"))
            .part(area("risks", "What could happen to the people"))
            .part(area("measures", "What is done about the risks"))
            .part(area("dpo_advice", "What the data protection officer advised"))
            .part(Choices::one("outcome", "What came of it", outcomes).filled(form, errors))
            .part(Input::new("decided_by", "Who decided").hint("Once it is decided").filled(form, errors))
            .part(Days::new("decided_on", "Decided on").hint("Once it is decided").filled(form, errors))
            .part(Days::new("review_date", "Looked at again by").hint("May be left out").filled(form, errors))
            .button("Save", ""),
    )
}

/// `POST /assurance/dpias/{agreement}`.
pub(super) async fn save(person: Person, Path(agreement): Path<String>, form: Form) -> Result<Response, WebError> {
    let mut errors = Errors::default();
    let outcomes = OUTCOMES.map(|(value, _)| value);
    errors.choice(&form, "outcome", "what came of it", &outcomes);
    let mut body = json!({"agreement": agreement});
    for name in TEXTS {
        body[name] = json!(form.text(name));
    }
    for (name, what) in [("decided_on", "the day of the decision"), ("review_date", "the day of the review")] {
        if ["day", "month", "year"].iter().any(|part| !form.text(&format!("{name}-{part}")).is_empty()) {
            body[name] = json!(errors.date(&form, name, what));
        }
    }
    if errors.is_empty() {
        match person.api.put(&format!("/api/dpias/{}", part(&agreement)), &body).await {
            Ok(()) => return Ok(back_to("/assurance/dpias")),
            Err(WebError::Refused(problem)) if problem.status == 422 => {
                errors = Errors::found(&problem, |field| {
                    TEXTS.into_iter().chain(["decided_on", "review_date"]).find(|name| *name == field)
                });
            }
            Err(error) => return Err(error),
        }
    }
    Ok(write(&person, &agreement, &form, &errors).amiss())
}
