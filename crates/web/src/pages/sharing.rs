//! Decisions to share or to withhold, for safeguarding too: every page can be left at once.

use axum::Router;
use axum::extract::{Path, Query};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::sheet::{Part, Sheet, items, said, when, words};
use crate::Web;
use crate::api::part;
use crate::components::{Area, Banner, Cell, Choice, Choices, Input, Select, Summary, Table, Tag};
use crate::error::WebError;
use crate::form::{Errors, Form};
use crate::listing::{self, Listing};
use crate::visitor::Person;

const ABSENT: [&str; 4] = ["not-allocated", "unknown-delay", "detrimental", "not-relevant"];
const TESTS: [(&str, &str); 3] = [
    ("relevance", "Is it relevant to safeguarding or promoting the child's welfare?"),
    ("facilitates_function", "May sharing help the recipient to do its duties?"),
    ("detriment", "Would sharing be more detrimental to the child than not sharing?"),
];

pub(super) fn routes() -> Router<Web> {
    Router::new()
        .route("/decisions", get(list))
        .route("/decisions/new", get(blank).post(record))
        .route("/decisions/{id}", get(show))
        .route("/decisions/{id}/exchange", post(link))
}

async fn list(person: Person, Query(query): Query<listing::Query>) -> Result<Response, WebError> {
    let listing = Listing::read("/decisions", &["q", "decision"], &query);
    let found: Value = person.api.get(&listing.call("/api/decisions")).await?;
    let rows = items(&found["items"]).iter().map(|decision| {
        let form = &decision["form"];
        vec![
            Cell::link(format!("/decisions/{}", part(&said(&decision["id"]))), said(&form["subject_ref"])),
            verdict(form).into(),
            said(&form["recipient"]).into(),
            when(&decision["recorded_at"]).into(),
        ]
    });
    let columns = ["Case", "Decision", "Recipient", "Recorded"];
    let empty = if listing.is_narrowed() { "No decision is found." } else { "No decision has been recorded." };
    let table = Table::new("Decisions, the newest first", &columns, empty);
    let search = listing.search("Search by case, recipient or purpose").choice(
        "decision",
        "Decision",
        &[("share", "Share"), ("withhold", "Withhold")],
    );
    Ok(Sheet::new(person.layout("Decisions to share or withhold").at("/decisions").exit().wide())
        .link("/decisions/new", "Record a decision")?
        .part(&search)?
        .part(&table.rows(rows))?
        .part(&listing.paging(found["next"].as_str()))?
        .answer())
}

fn verdict(form: &Value) -> Tag {
    match form["decision"].as_str() {
        Some("share") => Tag::new("Share", "green"),
        _ => Tag::new("Withhold", "orange"),
    }
}

async fn blank(person: Person) -> Result<Response, WebError> {
    writing(&person, &Form::filled([("name", person.who.name.clone())]), &Errors::default())
}

fn writing(person: &Person, form: &Form, errors: &Errors) -> Result<Response, WebError> {
    let line = |name: &str, label: &str| Part::of(&Input::new(name, label).filled(form, errors));
    let hinted =
        |name: &str, label: &str, hint: &str| Part::of(&Input::new(name, label).hint(hint).filled(form, errors));
    let area = |name: &str, label: &str| Part::of(&Area::new(name, label).rows(3).filled(form, errors));
    let choices = vec![Choice::new("share", "Share"), Choice::new("withhold", "Withhold")];
    let mut fields = vec![
        hinted("subject_ref", "Case reference", "A reference, not a name")?,
        line("recipient", "Who is it for?")?,
        line("requester", "Who asked there? Name and position (optional)")?,
        area("data", "Which data?")?,
        area("purpose", "What for?")?,
        area("lawful_basis", "Lawful basis, and the legal power where there is one")?,
        area("necessity", "Why is sharing necessary, or why not?")?,
        area("conditions", "Special category or criminal data: which condition? (optional)")?,
        area("dpia", "Impact assessment, and the data protection officer's view (optional)")?,
        area("arrangements", "Retention, security, the person's rights (optional)")?,
        Part::of(
            &Choices::yes_no("about_child", "Is it about a child's safeguarding or welfare?")
                .hint("If so, the duty to share applies unless sharing would be more detrimental to the child. Answer the three questions below.")
                .filled(form, errors),
        )?,
    ];
    for (name, label) in TESTS {
        fields.push(Part::of(&Choices::yes_no(name, label).filled(form, errors))?);
        fields.push(area(&format!("{name}_reason"), "Why?")?);
    }
    let absent = ABSENT.iter().map(|word| Choice::new(*word, words(&json!(word)))).collect();
    fields.push(Part::of(
        &Choices::yes_no("identifier", "Is the child's consistent identifier (NHS number) included?")
            .filled(form, errors),
    )?);
    fields.push(Part::of(
        &Select::new("absent_reason", "If not, why?", absent).none("Not applicable").filled(form, errors),
    )?);
    fields.push(area("reasons_for", "What speaks for sharing?")?);
    fields.push(area("reasons_against", "What speaks against?")?);
    fields.push(Part::of(&Choices::one("decision", "What is decided?", choices).filled(form, errors))?);
    fields.push(area("reason", "Why is it decided so?")?);
    fields.push(line("exchange", "The exchange it was shared by (optional)")?);
    fields.push(line("name", "Your name")?);
    fields.push(line("position", "Your position")?);
    Ok(Sheet::new(person.layout("Record a decision").back("/decisions").exit())
        .errors(errors)
        .text("Write down why you shared, or why you did not. Both need a reason. What is recorded is never changed; a later decision can replace it.")?
        .form("/decisions/new", fields, "Record the decision")?
        .answer())
}

/// What a person wrote, as the API takes it.
fn read(form: &Form, errors: &mut Errors) -> Value {
    let mut body = json!({"considered_at": Timestamp::now()});
    for (name, what, most) in [
        ("subject_ref", "the case reference", 300),
        ("recipient", "who it is for", 300),
        ("name", "your name", 300),
        ("position", "your position", 300),
    ] {
        body[name] = errors.line(form, name, what, most).into();
    }
    for (name, what) in [
        ("data", "which data"),
        ("purpose", "what it is for"),
        ("lawful_basis", "the lawful basis"),
        ("necessity", "why sharing is necessary, or why not"),
        ("reasons_for", "what speaks for sharing"),
        ("reasons_against", "what speaks against sharing"),
        ("reason", "why it is decided so"),
    ] {
        body[name] = errors.lines(form, name, what, 5000).into();
    }
    for name in ["requester", "conditions", "dpia", "arrangements"] {
        body[name] = form.text(name).into();
    }
    body["decision"] = errors.choice(form, "decision", "what is decided", &["share", "withhold"]).into();
    if !form.text("exchange").is_empty() {
        body["exchange"] = form.text("exchange").into();
    }
    if errors.choice(form, "about_child", "whether it is about a child", &["yes", "no"]) == "yes" {
        body["child"] = child(form, errors);
    }
    body
}

fn child(form: &Form, errors: &mut Errors) -> Value {
    let mut child = json!({});
    for (name, question) in TESTS {
        let answer = errors.choice(form, name, &format!("yes or no: {question}"), &["yes", "no"]) == "yes";
        let reason = errors.lines(form, &format!("{name}_reason"), &format!("why: {question}"), 5000);
        child[name] = json!({"answer": answer, "reason": reason});
    }
    let included = errors.choice(form, "identifier", "whether the identifier is included", &["yes", "no"]) == "yes";
    child["consistent_identifier"] = included.into();
    if !included && !form.text("absent_reason").is_empty() {
        child["absent_reason"] = errors.choice(form, "absent_reason", "why it is not included", &ABSENT).into();
    }
    child
}

async fn record(person: Person, form: Form) -> Result<Response, WebError> {
    let mut errors = Errors::default();
    let body = read(&form, &mut errors);
    if !errors.is_empty() {
        return writing(&person, &form, &errors);
    }
    match person.api.post::<Value>("/api/decisions", &body).await {
        Ok(made) => Ok(Redirect::to(&format!("/decisions/{}?done=yes", part(&said(&made["id"])))).into_response()),
        Err(WebError::Refused(problem)) => writing(&person, &form, &Errors::found(&problem, |_| None)),
        Err(error) => Err(error),
    }
}

#[derive(Deserialize)]
struct Told {
    done: Option<String>,
}

async fn show(person: Person, Path(id): Path<String>, Query(told): Query<Told>) -> Result<Response, WebError> {
    whole(&person, &id, told.done.is_some(), &Form::default(), &Errors::default()).await
}

async fn whole(person: &Person, id: &str, done: bool, form: &Form, errors: &Errors) -> Result<Response, WebError> {
    let decision: Value = person.api.get(&format!("/api/decisions/{}", part(id))).await?;
    let written = &decision["form"];
    let known = |name: &str| Some(said(&written[name])).filter(|text| !text.is_empty());
    let mut summary = Summary::new()
        .row("Decision", verdict(written))
        .row("Why", said(&written["reason"]))
        .row("For sharing", said(&written["reasons_for"]))
        .row("Against sharing", said(&written["reasons_against"]))
        .row("Case", said(&written["subject_ref"]))
        .row("Recipient", said(&written["recipient"]))
        .maybe("Asked by", known("requester"))
        .row("Data", said(&written["data"]))
        .row("Purpose", said(&written["purpose"]))
        .row("Lawful basis", said(&written["lawful_basis"]))
        .row("Necessity", said(&written["necessity"]))
        .maybe("Conditions", known("conditions"))
        .maybe("Impact assessment", known("dpia"))
        .maybe("Arrangements", known("arrangements"))
        .row("Decided by", format!("{}, {}", said(&written["name"]), said(&written["position"])))
        .row("Recorded", format!("{} by {}", when(&decision["recorded_at"]), said(&decision["recorded_by"])))
        .maybe("Exchange", known("exchange").map(Cell::Code));
    if !written["child"].is_null() {
        for (name, label) in TESTS {
            let test = &written["child"][name];
            summary = summary.row(label, format!("{}: {}", said(&test["answer"]), said(&test["reason"])));
        }
        let absent = Some(words(&written["child"]["absent_reason"])).filter(|text| !text.is_empty());
        summary = summary
            .row("Consistent identifier included", said(&written["child"]["consistent_identifier"]))
            .maybe("Why not", absent);
    }
    let banner = done.then(|| Banner::success("The decision is recorded"));
    let mut sheet =
        Sheet::new(person.layout("Decision").back("/decisions").exit().banner(banner)).errors(errors).part(&summary)?;
    if written["decision"] == "share" && written["exchange"].is_null() {
        let field = Part::of(&Input::new("exchange", "The exchange's id, from its receipt").filled(form, errors))?;
        let action = format!("/decisions/{}/exchange", part(id));
        sheet = sheet.act(&action, vec![field], "Link it", "Link the exchange it was shared by")?;
    }
    Ok(sheet.answer())
}

async fn link(person: Person, Path(id): Path<String>, form: Form) -> Result<Response, WebError> {
    let mut errors = Errors::default();
    let exchange = errors.line(&form, "exchange", "the exchange's id", 64);
    if errors.is_empty() {
        let path = format!("/api/decisions/{}/exchange", part(&id));
        match person.api.put(&path, &json!({"exchange": exchange})).await {
            Ok(()) => return Ok(Redirect::to(&format!("/decisions/{}?done=yes", part(&id))).into_response()),
            Err(WebError::Refused(problem)) => errors = Errors::found(&problem, |_| Some("exchange")),
            Err(error) => return Err(error),
        }
    }
    whole(&person, &id, false, &form, &errors).await
}
