//! Courses and the training register: who passed what, files taken in, what lapses.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use packhorse_governance::OperatorRole;
use packhorse_governance::assurance::{Course, Entry, Papers, Passed, latest};
use packhorse_model::agreement::Code;
use serde_json::{Value, json};

use super::super::paging::{Wanted, of_register};
use super::MAKERS;
use crate::inside::Inside;
use crate::inside::api::{ApiError, Manager};
use crate::steps::identify::today;

/// Who may read the register: it is about staff.
const READERS: [OperatorRole; 2] = [OperatorRole::Governance, OperatorRole::Auditor];

/// `GET /api/training/courses`.
pub(in crate::inside::api) async fn courses(_: Manager, State(inside): State<Inside>) -> Json<Value> {
    let papers = inside.context.assurance.papers();
    Json(json!({"items": papers.courses.values().collect::<Vec<_>>()}))
}

/// `PUT /api/training/courses/{code}`.
pub(in crate::inside::api) async fn put_course(
    manager: Manager,
    State(inside): State<Inside>,
    Path(code): Path<Code>,
    Json(course): Json<Course>,
) -> Result<Json<Value>, ApiError> {
    manager.may(&MAKERS)?;
    if course.code != code {
        return Err(ApiError::bad("the course has another code than the address", "make both the same"));
    }
    inside.context.assurance.put_course(&course).await?;
    Ok(Json(json!(course)))
}

/// `GET /api/training/register`: people and what they passed, by the person's id.
pub(in crate::inside::api) async fn register(
    manager: Manager,
    State(inside): State<Inside>,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Value>, ApiError> {
    manager.may(&READERS)?;
    let papers = inside.context.assurance.papers();
    let is_lapsing = |entries: &Vec<Entry>| is_lapsing(&papers, &latest(entries));
    let page = of_register(&papers.training, wanted, is_lapsing, |person, entries| of_person(&papers, person, entries));
    Ok(Json(page))
}

fn is_lapsing(papers: &Papers, latest: &[&Entry]) -> bool {
    latest.iter().any(|entry| papers.is_lapsing(entry.expires_on, today()))
}

/// The latest of each course, and whether any of them has lapsed or is about to.
fn of_person(papers: &Papers, person: &str, entries: &[Entry]) -> Value {
    let latest = latest(entries);
    let shown = |entry: &&Entry| {
        json!({
            "course": entry.course, "passed_on": entry.passed_on, "score": entry.score, "expires_on": entry.expires_on,
            "counts": entry.counts_on(today(), &papers.settings),
            "reminded": papers.is_lapsing(entry.expires_on, today()),
        })
    };
    json!({"person": person, "lapsing": is_lapsing(papers, &latest), "courses": latest.iter().map(shown).collect::<Vec<_>>()})
}

/// `GET /api/training/mine`: what the person who is signed in has passed.
pub(in crate::inside::api) async fn mine(
    manager: Manager,
    State(inside): State<Inside>,
) -> Result<Json<Value>, ApiError> {
    let person = manager.person.as_deref().ok_or_else(|| {
        ApiError::bad("a token has no training", "sign in as a person, or look the person up in the register")
    })?;
    let papers = inside.context.assurance.papers();
    let entries = papers.training.get(person).map_or(&[][..], Vec::as_slice);
    let mut shown = of_person(&papers, person, entries);
    shown["offered"] = json!(papers.courses.values().collect::<Vec<_>>());
    Ok(Json(shown))
}

/// `PUT /api/training/register/{person}/{course}`: somebody passed a course.
pub(in crate::inside::api) async fn pass(
    manager: Manager,
    State(inside): State<Inside>,
    Path((person, course)): Path<(String, Code)>,
    Json(passed): Json<Passed>,
) -> Result<Json<Value>, ApiError> {
    manager.may(&MAKERS)?;
    let entry = inside.context.assurance.pass(&person, &course, passed, today()).await?;
    Ok(Json(json!(entry)))
}

/// `DELETE /api/training/register/{person}`: takes somebody out of the register.
pub(in crate::inside::api) async fn forget(
    manager: Manager,
    State(inside): State<Inside>,
    Path(person): Path<String>,
) -> Result<Json<Value>, ApiError> {
    manager.may(&MAKERS)?;
    if !inside.context.assurance.forget_training(&person).await? {
        return Err(ApiError::missing("person in the register"));
    }
    Ok(Json(json!({"removed": true})))
}

/// `POST /api/training/import`: a comma-separated table; what was entered and what was refused, by line.
pub(in crate::inside::api) async fn import(
    manager: Manager,
    State(inside): State<Inside>,
    file: Bytes,
) -> Result<Json<Value>, ApiError> {
    manager.may(&MAKERS)?;
    let imported = inside.context.assurance.import_training(&file, today()).await?;
    Ok(Json(json!(imported)))
}
