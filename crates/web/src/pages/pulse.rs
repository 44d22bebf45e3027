//! The pulse survey of a minute: answered by everybody, opened, closed and read by governance.

use axum::Router;
use axum::extract::{Path, Query};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::{Value, json};

use super::sheet::{Part, Sheet, items, percent, said, when};
use crate::Web;
use crate::api::part;
use crate::components::{Banner, Cell, Choice, Choices, Input, Table, Tag};
use crate::error::WebError;
use crate::form::{Errors, Form};
use crate::visitor::Person;

pub(super) fn routes() -> Router<Web> {
    Router::new()
        .route("/pulse", get(show).post(answer))
        .route("/pulse/surveys", get(list).post(open))
        .route("/pulse/surveys/{id}", get(results))
        .route("/pulse/surveys/{id}/close", post(close))
}

#[derive(Deserialize)]
struct Told {
    done: Option<String>,
}

async fn show(person: Person, Query(told): Query<Told>) -> Result<Response, WebError> {
    let banner = told.done.map(|_| Banner::success("Thank you. Your answers are counted"));
    asked(&person, banner, &Form::default(), &Errors::default()).await
}

async fn asked(person: &Person, banner: Option<Banner>, form: &Form, errors: &Errors) -> Result<Response, WebError> {
    let pulse: Value = person.api.get("/api/pulse").await?;
    let mut sheet = Sheet::new(person.layout("One-minute survey").banner(banner)).errors(errors);
    if pulse["survey"].is_null() {
        sheet = sheet.text("No survey runs at the moment.")?;
    } else if pulse["answered"] == true {
        sheet = sheet.text("You have answered this survey.")?;
    } else {
        let mut fields = Vec::new();
        for question in items(&pulse["questions"]) {
            let choices =
                vec![Choice::new("yes", "Yes"), Choice::new("no", "No"), Choice::new("dont-know", "I don't know")];
            let field = Choices::one(said(&question["id"]), said(&question["words"]), choices);
            fields.push(Part::of(&field.filled(form, errors))?);
        }
        sheet = sheet
            .text("Five questions. Your answers are added to the count of your tier and department and kept nowhere else. Groups of fewer than ten are never shown, and results only once the survey is over.")?
            .form("/pulse", fields, "Send my answers")?;
    }
    if person.who.is_any(&["governance", "auditor"]) {
        sheet = sheet.link("/pulse/surveys", "All surveys and their results")?;
    }
    Ok(sheet.answer())
}

async fn answer(person: Person, form: Form) -> Result<Response, WebError> {
    let pulse: Value = person.api.get("/api/pulse").await?;
    let mut errors = Errors::default();
    let mut answers = json!({});
    for question in items(&pulse["questions"]) {
        let id = said(&question["id"]);
        answers[id.as_str()] = errors.choice(&form, &id, "an answer", &["yes", "no", "dont-know"]).into();
    }
    if errors.is_empty() {
        let path = format!("/api/pulse/surveys/{}/answers", part(&said(&pulse["survey"]["id"])));
        match person.api.tell(&path, &json!({"answers": answers})).await {
            Ok(()) => return Ok(Redirect::to("/pulse?done=yes").into_response()),
            Err(WebError::Refused(problem)) => errors = Errors::found(&problem, |_| None),
            Err(error) => return Err(error),
        }
    }
    asked(&person, None, &form, &errors).await
}

async fn list(person: Person) -> Result<Response, WebError> {
    surveys(&person, &Form::default(), &Errors::default()).await
}

async fn surveys(person: &Person, form: &Form, errors: &Errors) -> Result<Response, WebError> {
    let found: Value = person.api.get("/api/pulse/surveys").await?;
    let runs = items(&found["items"]).iter().any(|wave| wave["closed_at"].is_null());
    let rows = items(&found["items"]).iter().map(|wave| {
        let state = if wave["closed_at"].is_null() { Tag::new("Runs", "green") } else { Tag::new("Over", "grey") };
        let href = format!("/pulse/surveys/{}", part(&said(&wave["id"])));
        vec![Cell::link(href, said(&wave["title"])), when(&wave["opened_at"]).into(), state.into()]
    });
    let table = Table::new("Surveys, the newest first", &["Survey", "Opened", "State"], "There has been no survey.");
    let mut sheet = Sheet::new(person.layout("Surveys").back("/dashboard")).errors(errors).part(&table.rows(rows))?;
    if person.who.is_any(&["governance"]) && !runs {
        let title = Input::new("title", "What is it called?").hint("For example Autumn 2026").filled(form, errors);
        sheet = sheet.heading("Open a survey")?.form("/pulse/surveys", vec![Part::of(&title)?], "Open it")?;
    }
    Ok(sheet.answer())
}

async fn open(person: Person, form: Form) -> Result<Response, WebError> {
    let mut errors = Errors::default();
    let title = errors.line(&form, "title", "what it is called", 200);
    if errors.is_empty() {
        match person.api.tell("/api/pulse/surveys", &json!({"title": title})).await {
            Ok(()) => return Ok(Redirect::to("/pulse/surveys").into_response()),
            Err(WebError::Refused(problem)) => errors = Errors::found(&problem, |_| Some("title")),
            Err(error) => return Err(error),
        }
    }
    surveys(&person, &form, &errors).await
}

async fn results(person: Person, Path(id): Path<String>) -> Result<Response, WebError> {
    let found: Value = person.api.get(&format!("/api/pulse/surveys/{}", part(&id))).await?;
    let mut sheet = Sheet::new(person.layout(said(&found["survey"]["title"])).back("/pulse/surveys").wide())
        .text(&format!("{} have answered.", said(&found["answers"])))?;
    let shown = &found["results"];
    if shown.is_null() {
        sheet = sheet.text("It runs. Results are given once it is over: two looks at a running survey would tell what the person between them said.")?;
        if person.who.is_any(&["governance"]) {
            let action = format!("/pulse/surveys/{}/close", part(&id));
            sheet = sheet.form(&action, Vec::new(), "End the survey")?;
        }
        return Ok(sheet.answer());
    }
    if shown["all"].is_null() {
        return Ok(sheet.text("Fewer than ten have answered: nothing can be shown.")?.answer());
    }
    for (caption, groups) in [("By tier", &shown["tiers"]), ("By department", &shown["departments"])] {
        let rows = items(groups).iter().chain(std::iter::once(&shown["all"])).map(|group| row(group, &found));
        let mut columns = vec!["Group".to_owned(), "#Answers".to_owned()];
        columns.extend(items(&found["questions"]).iter().map(|question| format!("#{}: yes", said(&question["words"]))));
        let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
        sheet = sheet.part(&Table::new(caption, &columns, "").rows(rows))?;
    }
    Ok(sheet.answer())
}

fn row(group: &Value, found: &Value) -> Vec<Cell> {
    let name = Some(said(&group["name"])).filter(|name| !name.is_empty()).unwrap_or_else(|| "Everybody".to_owned());
    let Some(answers) = group["answers"].as_u64() else {
        let hidden = items(&found["questions"]).iter().map(|_| Cell::Number("–".into()));
        return [Cell::from(name), Cell::Number("Too few".into())].into_iter().chain(hidden).collect();
    };
    let share = |question: &Value| {
        let yes = group["tallies"][said(&question["id"]).as_str()]["yes"].as_u64().unwrap_or(0);
        Cell::Number(percent(Some(yes * 1000 / answers.max(1))))
    };
    let shares = items(&found["questions"]).iter().map(share);
    [Cell::from(name), Cell::Number(answers.to_string())].into_iter().chain(shares).collect()
}

async fn close(person: Person, Path(id): Path<String>, _: Form) -> Result<Response, WebError> {
    person.api.tell(&format!("/api/pulse/surveys/{}/close", part(&id)), &json!({})).await?;
    Ok(Redirect::to(&format!("/pulse/surveys/{}", part(&id))).into_response())
}
