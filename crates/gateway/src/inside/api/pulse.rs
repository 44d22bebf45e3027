//! The pulse survey of a minute.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use packhorse_governance::OperatorRole;
use packhorse_governance::pulse::{Answer, Place, Pulse, Question, Wave, shown};
use packhorse_model::ExchangeId;
use serde::Deserialize;
use serde_json::{Value, json};

use super::acting::{Act, note};
use super::document::{Gives, Route, route};
use crate::inside::Inside;
use crate::inside::api::{ApiError, Manager};

const KEEPERS: [OperatorRole; 1] = [OperatorRole::Governance];
const READERS: [OperatorRole; 2] = [OperatorRole::Governance, OperatorRole::Auditor];

pub(super) fn routes() -> Vec<Route> {
    vec![
        route("get", "/pulse", get(running), "the survey that runs, its questions, and whether you have answered")
            .answers("OwnSurvey"),
        route("get", "/pulse/surveys", get(list), "every survey, the newest first")
            .answers("Survey")
            .gives(Gives::Items),
        route("post", "/pulse/surveys", post(open), "open a survey; one runs at a time")
            .answers("Survey")
            .body(&["title"])
            .gives(Gives::Made),
        route("post", "/pulse/surveys/{id}/close", post(close), "end a survey: its results are given from then on")
            .answers("Survey"),
        route("get", "/pulse/surveys/{id}", get(results), "a survey's results, where ten or more have answered")
            .answers("SurveyResults"),
        route("post", "/pulse/surveys/{id}/answers", post(answer), "answer it, once; it is counted and not kept")
            .body(&["answers: {SurveyAnswer}"])
            .gives(Gives::Nothing),
    ]
}

fn pulse(inside: &Inside) -> Pulse<'_> {
    Pulse::new(inside.context.evidence.store())
}

fn questions() -> Value {
    let question = |question: Question| json!({"id": question, "words": question.words()});
    json!(Question::ALL.map(question))
}

async fn running(manager: Manager, State(inside): State<Inside>) -> Result<Json<Value>, ApiError> {
    let wave = pulse(&inside).running().await?;
    let answered = match (&wave, &manager.person) {
        (Some(wave), Some(person)) => pulse(&inside).has_answered(wave.id, person).await?,
        _ => false,
    };
    Ok(Json(json!({"survey": wave, "questions": questions(), "answered": answered})))
}

async fn list(manager: Manager, State(inside): State<Inside>) -> Result<Json<Value>, ApiError> {
    manager.may(&READERS)?;
    Ok(Json(json!({"items": pulse(&inside).waves().await?})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Opened {
    title: String,
}

async fn open(
    manager: Manager,
    State(inside): State<Inside>,
    Json(opened): Json<Opened>,
) -> Result<(StatusCode, Json<Wave>), ApiError> {
    manager.may(&KEEPERS)?;
    let wave = pulse(&inside).open(&opened.title, jiff::Timestamp::now()).await?;
    note(&inside.context, Act { what: "survey", word: "open", subject: wave.id.to_string() }, &manager).await?;
    Ok((StatusCode::CREATED, Json(wave)))
}

async fn close(
    manager: Manager,
    State(inside): State<Inside>,
    Path(id): Path<ExchangeId>,
) -> Result<Json<Wave>, ApiError> {
    manager.may(&KEEPERS)?;
    let wave = pulse(&inside).close(id, jiff::Timestamp::now()).await?.ok_or_else(|| ApiError::missing("survey"))?;
    note(&inside.context, Act { what: "survey", word: "close", subject: id.to_string() }, &manager).await?;
    Ok(Json(wave))
}

async fn results(
    manager: Manager,
    State(inside): State<Inside>,
    Path(id): Path<ExchangeId>,
) -> Result<Json<Value>, ApiError> {
    manager.may(&READERS)?;
    let waves = pulse(&inside).waves().await?;
    let wave = waves.into_iter().find(|wave| wave.id == id).ok_or_else(|| ApiError::missing("survey"))?;
    let cells = pulse(&inside).cells(id).await?;
    let answers: u64 = cells.iter().map(|cell| cell.answers).sum();
    // While it runs, two looks would tell what the person between them said.
    let results = wave.closed_at.map(|_| shown(&cells));
    Ok(Json(json!({"survey": wave, "questions": questions(), "answers": answers, "results": results})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Said {
    answers: BTreeMap<Question, Answer>,
}

async fn answer(
    manager: Manager,
    State(inside): State<Inside>,
    Path(id): Path<ExchangeId>,
    Json(said): Json<Said>,
) -> Result<StatusCode, ApiError> {
    let place = manager.person.as_ref().and_then(|person| place(&inside, person));
    let (Some(person), Some(place)) = (&manager.person, place) else {
        return Err(ApiError::bad("only somebody who is signed in answers the survey", "sign in as yourself"));
    };
    pulse(&inside).answer(id, person, &place, &said.answers).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Where somebody works.
fn place(inside: &Inside, person: &str) -> Option<Place> {
    let account = inside.context.people.accounts().get(person)?;
    Some(Place { tier: account.tier.word().to_owned(), department: account.department.clone() })
}
