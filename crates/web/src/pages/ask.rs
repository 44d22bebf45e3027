//! Ask a register: choose one, fill in what it is asked by, see what was given, under what, and what was not.

use std::collections::BTreeMap;

use askama::Template;
use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Query};
use axum::response::Response;
use axum::routing::get;
use http::Request;
use http::header::{CONTENT_DISPOSITION, HeaderValue};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::Web;
use crate::api::part;
use crate::components::{Cell, Choice, Choices, Input, Select, Summary, Table};
use crate::error::{Problem, WebError};
use crate::form::{Errors, Form, sentence};
use crate::layout::{Layout, amiss, page};
use crate::visitor::Person;

/// Where questions are asked.
pub(super) const PLACE: &str = "/ask";

pub(super) fn routes() -> Router<Web> {
    Router::new().route("/ask", get(choose)).route("/ask/question", get(show).post(ask))
}

pub(super) fn streams() -> Router<Web> {
    Router::new().route("/ask/receipt/{exchange}", get(receipt))
}

/// A register, as `/api/asking` offers it.
#[derive(Deserialize, Clone)]
struct Offer {
    system: String,
    system_title: String,
    service: String,
    provider: String,
    agreement: String,
    agreement_title: String,
    purposes: Vec<String>,
    offered: bool,
    refusal: Option<Refusal>,
}

#[derive(Deserialize, Clone)]
struct Refusal {
    rule: String,
    reason: String,
    remedy: String,
}

impl Refusal {
    fn said(&self) -> String {
        sentence(&[&self.reason])
    }
}

#[derive(Deserialize)]
struct Items<T> {
    items: Vec<T>,
}

impl Offer {
    /// The service's own code, the last part of its identifier.
    fn code(&self) -> &str {
        self.service.rsplit('/').next().unwrap_or(&self.service)
    }

    /// What the list calls it.
    fn label(&self) -> String {
        format!("{}: {}", self.provider, readable(self.code()))
    }

    fn href(&self) -> String {
        format!("/ask/question?system={}&service={}", part(&self.system), part(&self.service))
    }
}

#[derive(Template)]
#[template(path = "ask/choose.html")]
struct Chooser {
    layout: Layout,
    offered: Vec<Offer>,
    others: Vec<Offer>,
}

/// `GET /ask`.
async fn choose(person: Person) -> Result<Response, WebError> {
    let offers: Items<Offer> = person.api.get("/api/asking").await?;
    let (offered, others) = offers.items.into_iter().partition(|offer| offer.offered);
    let layout = person.layout("Ask a register").at(PLACE);
    Ok(page(&Chooser { layout, offered, others }))
}

/// How one register is asked, as `/api/asking/form` says it.
#[derive(Deserialize)]
struct Register {
    #[serde(flatten)]
    offer: Offer,
    title: String,
    description: String,
    lookups: Vec<Lookup>,
    given: Vec<FieldOf>,
    withheld: Vec<FieldOf>,
}

#[derive(Deserialize)]
struct Lookup {
    lookup: String,
    keys: Vec<FieldOf>,
}

#[derive(Deserialize)]
struct FieldOf {
    name: String,
    r#type: String,
    description: String,
}

impl FieldOf {
    /// A column's name, as people read it.
    fn label(&self) -> String {
        readable(&self.name)
    }
}

/// `date_of_birth` as `Date of birth`.
fn readable(name: &str) -> String {
    let words = name.replace(['_', '-'], " ");
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

#[derive(Deserialize)]
struct Wanted {
    system: String,
    service: String,
    #[serde(default)]
    lookup: Option<String>,
}

impl Wanted {
    async fn register(&self, person: &Person) -> Result<Register, WebError> {
        let path = format!("/api/asking/form?system={}&service={}", part(&self.system), part(&self.service));
        person.api.get(&path).await
    }
}

#[derive(Template)]
#[template(path = "ask/question.html")]
struct Question {
    layout: Layout,
    register: Register,
    lookup: String,
    ways: Option<Select>,
    keys: Vec<Input>,
    purpose: Option<Choices>,
    case: Input,
    refused: Option<Problem>,
}

/// `GET /ask/question`.
async fn show(person: Person, Query(wanted): Query<Wanted>) -> Result<Response, WebError> {
    let register = wanted.register(&person).await?;
    let form = Form::filled([("lookup", wanted.lookup.clone().unwrap_or_default())]);
    question(&person, register, &form, &Errors::default(), None).map(|question| page(&question))
}

fn question(
    person: &Person,
    register: Register,
    form: &Form,
    errors: &Errors,
    refused: Option<Problem>,
) -> Result<Question, WebError> {
    let wanted = form.text("lookup");
    let lookup = register.lookups.iter().find(|lookup| lookup.lookup == wanted).or(register.lookups.first());
    let lookup = lookup.ok_or(WebError::Missing)?;
    let key = |key: &FieldOf| {
        let input = Input::new(format!("key-{}", key.name), key.label()).code(key.r#type == "integer").width(20);
        let input = if key.description.is_empty() { input } else { input.hint(key.description.clone()) };
        input.filled(form, errors)
    };
    let ways = (register.lookups.len() > 1).then(|| {
        let way = |lookup: &Lookup| Choice::new(lookup.lookup.clone(), readable(&lookup.lookup));
        Select::new("lookup", "How to look it up", register.lookups.iter().map(way).collect()).filled(form, errors)
    });
    let purpose = (register.offer.purposes.len() > 1).then(|| {
        let choices = register.offer.purposes.iter().map(|purpose| Choice::new(purpose.clone(), readable(purpose)));
        Choices::one("purpose", "Why do you need to know?", choices.collect()).filled(form, errors)
    });
    let case = Input::new("case", "Case reference").code(false).width(20);
    let case = case.hint("The number of the case you are working on. It is kept with the record of your question.");
    let title = format!("Ask {}: {}", register.offer.provider, readable(register.offer.code()));
    Ok(Question {
        layout: person.layout(title).at(PLACE).back("/ask").with_errors(errors),
        lookup: lookup.lookup.clone(),
        ways,
        keys: lookup.keys.iter().map(key).collect(),
        purpose,
        case: case.filled(form, errors),
        refused,
        register,
    })
}

/// What is put to `/api/asking`.
#[derive(Serialize)]
struct Asked<'a> {
    system: &'a str,
    service: &'a str,
    lookup: &'a str,
    keys: BTreeMap<&'a str, Value>,
    purpose: String,
    case: String,
    agreement: &'a str,
}

/// What it came to.
#[derive(Deserialize)]
struct Came {
    exchange: String,
    outcome: String,
    purpose: Option<String>,
    answer: Value,
}

/// `POST /ask/question`. The answer is this response and is kept nowhere: to load the page again shows it again for
/// some minutes (`once`), and does not ask anew.
async fn ask(person: Person, Query(wanted): Query<Wanted>, form: Form) -> Result<Response, WebError> {
    let register = wanted.register(&person).await?;
    let mut errors = Errors::default();
    let lookup =
        register.lookups.iter().find(|lookup| lookup.lookup == form.text("lookup")).ok_or(WebError::Missing)?;
    let mut keys = BTreeMap::new();
    for key in &lookup.keys {
        let field = format!("key-{}", key.name);
        let text = errors.line(&form, &field, &format!("a value for {}", key.label().to_lowercase()), 200);
        keys.insert(key.name.as_str(), value(&key.r#type, text));
    }
    let purposes: Vec<&str> = register.offer.purposes.iter().map(String::as_str).collect();
    let purpose = match purposes.as_slice() {
        [only] => (*only).to_owned(),
        several => errors.choice(&form, "purpose", "why you need to know", several),
    };
    let case = errors.line(&form, "case", "a case reference", 100);
    if !errors.is_empty() {
        return question(&person, register, &form, &errors, None).map(|question| amiss(&question));
    }
    let offer = &register.offer;
    let asked = Asked {
        system: &offer.system,
        service: &offer.service,
        lookup: &lookup.lookup,
        keys,
        purpose,
        case: case.clone(),
        agreement: &offer.agreement,
    };
    match person.api.post::<Came>("/api/asking", &asked).await {
        Ok(came) => Ok(page(&answered(&person, register, came, case))),
        Err(WebError::Refused(problem)) => {
            question(&person, register, &form, &errors, Some(*problem)).map(|question| amiss(&question))
        }
        Err(error) => Err(error),
    }
}

/// Numbers are asked for as numbers.
fn value(kind: &str, text: String) -> Value {
    match (kind, text.parse::<i64>()) {
        ("integer" | "number", Ok(number)) => json!(number),
        _ => Value::String(text),
    }
}

#[derive(Template)]
#[template(path = "ask/answer.html")]
struct Answered {
    layout: Layout,
    register: Register,
    outcome: String,
    exchange: String,
    rows: Vec<Summary>,
    table: Option<Table>,
    said: Option<String>,
    basis: Summary,
}

/// More rows than this are read as a table.
const ROWS_AS_LISTS: usize = 3;

fn answered(person: &Person, register: Register, came: Came, case: String) -> Answered {
    let rows: Vec<&Map<String, Value>> = match &came.answer {
        Value::Object(object) => match object.get("rows").and_then(Value::as_array) {
            Some(rows) => rows.iter().filter_map(Value::as_object).collect(),
            None => vec![object],
        },
        Value::Array(rows) => rows.iter().filter_map(Value::as_object).collect(),
        _ => Vec::new(),
    };
    let found = came.outcome == "found";
    let said = came.answer["message"].as_str().filter(|_| !found).map(str::to_owned);
    let as_table = found && rows.len() > ROWS_AS_LISTS;
    let columns: Vec<&str> = rows.first().map(|row| row.keys().map(String::as_str).collect()).unwrap_or_default();
    let table = as_table.then(|| {
        let heads: Vec<String> = columns.iter().map(|column| readable(column)).collect();
        let heads: Vec<&str> = heads.iter().map(String::as_str).collect();
        let cells = |row: &&Map<String, Value>| {
            columns.iter().map(|column| cell(row.get(*column).unwrap_or(&Value::Null))).collect()
        };
        Table::new("What was given", &heads, "Nothing").caption_hidden().rows(rows.iter().map(cells))
    });
    let summary = |row: &&Map<String, Value>| {
        row.iter().fold(Summary::new(), |summary, (name, value)| summary.row(readable(name), cell(value)))
    };
    let lists = if found && !as_table { rows.iter().map(summary).collect() } else { Vec::new() };
    let basis = Summary::new()
        .row("Agreement", format!("{} ({})", register.offer.agreement_title, register.offer.agreement))
        .row("Purpose", came.purpose.as_deref().map(readable).unwrap_or_default())
        .row("Case reference", case)
        .row("Asked through", register.offer.system_title.clone())
        .row("Record", Cell::Code(came.exchange.clone()));
    Answered {
        layout: person.layout(if found { "Answer" } else { "No answer" }).at(PLACE),
        outcome: came.outcome,
        exchange: came.exchange,
        rows: lists,
        table,
        said,
        basis,
        register,
    }
}

fn cell(value: &Value) -> Cell {
    match value {
        Value::Null => Cell::from("Not held"),
        Value::Bool(yes) => Cell::from(if *yes { "Yes" } else { "No" }),
        Value::String(text) => Cell::from(text.as_str()),
        Value::Number(number) => Cell::Number(number.to_string()),
        other => Cell::Code(other.to_string()),
    }
}

/// `GET /ask/receipt/{exchange}`.
async fn receipt(person: Person, Path(exchange): Path<String>) -> Result<Response, WebError> {
    let request = Request::get(format!("/api/asking/{}/receipt", part(&exchange))).body(Body::empty());
    let mut response = person.api.send(request.map_err(|_| WebError::Missing)?).await?;
    // The name is ours: nothing that anybody sent stands in it.
    response
        .headers_mut()
        .insert(CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"receipt.json\""));
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_read_as_words_and_values_as_they_are() {
        assert_eq!(readable("date_of_birth"), "Date of birth");
        assert_eq!(readable(""), "");
        assert_eq!(value("integer", "7".into()), json!(7));
        assert_eq!(value("string", "007".into()), json!("007"));
    }
}
