//! Agreements while they are written, and looked at side by side: drafts by section, versions, reviews.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::routing::{delete, get, post, put};
use packhorse_governance::agreements::calendar::ReviewStanding;
use packhorse_governance::agreements::compare::compare;
use packhorse_governance::agreements::drafting::{Draft, SECTIONS, Section, tasks};
use packhorse_governance::{Held, OperatorRole};
use packhorse_model::agreement::check;
use packhorse_model::{Agreement, AgreementId};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::agreements::{hand, summary};
use super::document::{Gives, Route, route};
use super::paging::{Page, page, says, sought};
use crate::inside::Inside;
use crate::inside::api::{ApiError, Manager};
use crate::outside::agreements::tell;
use crate::steps::identify::today;

/// Who may write agreements, and read what is still being written.
const MAKERS: [OperatorRole; 1] = [OperatorRole::Governance];

pub(super) fn routes() -> Vec<Route> {
    vec![
        route("get", "/agreements/{id}/versions", get(versions), "every text of an agreement, and who signed")
            .answers("AgreementVersion")
            .gives(Gives::Items),
        route("get", "/agreements/{id}/compare", get(differences), "what differs between two versions")
            .answers("AgreementDifferences")
            .query(&["from: integer", "to: integer"]),
        route("get", "/agreement-sections", get(sections), "the sections of a draft, in order")
            .answers("AgreementSectionName")
            .gives(Gives::Items),
        route("get", "/agreement-drafts", get(list), "agreements being written here")
            .answers("AgreementDraftSummary")
            .gives(Gives::Items),
        route("post", "/agreement-drafts", post(begin), "begin a draft, empty or the next version")
            .answers("AgreementDraft")
            .body(&["id", "title?"]),
        route("get", "/agreement-drafts/{id}", get(show), "a draft: its list of tasks and its text so far")
            .answers("AgreementDraft"),
        route("delete", "/agreement-drafts/{id}", delete(remove), "throw a draft away").answers("Removed"),
        route("post", "/agreement-drafts/{id}/propose", post(propose), "freeze the text, send it to all parties")
            .answers("AgreementSummary"),
        route("get", "/agreement-drafts/{id}/{section}", get(show_section), "a section, and what it lacks")
            .answers("AgreementSection"),
        route("put", "/agreement-drafts/{id}/{section}", put(save_section), "save a section, complete or not")
            .answers("AgreementSection")
            .body(&["parts: object", "revision?: integer"]),
        route("get", "/agreement-reviews", get(reviews), "what is to be reviewed, the earliest first")
            .answers("AgreementReview")
            .beside(&["total: integer"])
            .query(&["q", "standing: ReviewStanding", "after", "limit: integer"])
            .gives(Gives::Page),
        route("get", "/agreement-purposes", get(same_purposes), "purposes that several agreements serve")
            .answers("SamePurpose")
            .gives(Gives::Items),
    ]
}

/// `GET /api/agreement-drafts`.
async fn list(manager: Manager, State(inside): State<Inside>) -> Result<Json<Value>, ApiError> {
    manager.may(&MAKERS)?;
    let mut items = Vec::new();
    for toml in inside.context.agreements.drafts().await? {
        let agreement = packhorse_governance::document::read_toml(&toml)?;
        items.push(json!({
            "id": agreement.id, "version": agreement.version, "title": agreement.title,
            "findings": check(&agreement).len(),
        }));
    }
    Ok(Json(json!({"items": items})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Begin {
    id: AgreementId,
    #[serde(default)]
    title: String,
}

/// `POST /api/agreement-drafts`: an empty draft, or the next version of what is held.
async fn begin(
    manager: Manager,
    State(inside): State<Inside>,
    Json(begin): Json<Begin>,
) -> Result<Json<Value>, ApiError> {
    manager.may(&MAKERS)?;
    let draft = inside.context.agreements.begin_draft(&begin.id, &begin.title).await?;
    Ok(Json(shown(&draft)))
}

fn shown(draft: &Draft) -> Value {
    let agreement = &draft.agreement;
    json!({
        "id": agreement.id, "version": agreement.version, "title": agreement.title, "revision": draft.revision,
        "tasks": tasks(agreement), "text": agreement, "complete": check(agreement).is_empty(),
    })
}

async fn open(inside: &Inside, id: &AgreementId) -> Result<Draft, ApiError> {
    inside.context.agreements.open_draft(id).await?.ok_or_else(|| ApiError::missing("draft"))
}

/// `GET /api/agreement-drafts/{id}`: the list of tasks and the text so far.
async fn show(
    manager: Manager,
    State(inside): State<Inside>,
    Path(id): Path<AgreementId>,
) -> Result<Json<Value>, ApiError> {
    manager.may(&MAKERS)?;
    Ok(Json(shown(&open(&inside, &id).await?)))
}

fn section(name: &str) -> Result<&'static Section, ApiError> {
    Section::named(name).ok_or_else(|| ApiError::missing("section"))
}

fn section_shown(section: &Section, draft: &Draft) -> Value {
    let findings: Vec<Value> = section
        .findings(&draft.agreement)
        .iter()
        .map(|finding| json!({"field": finding.field, "problem": finding.problem, "remedy": finding.remedy}))
        .collect();
    json!({
        "id": draft.agreement.id, "section": section.name, "title": section.title, "revision": draft.revision,
        "parts": section.of(&draft.agreement), "findings": findings,
    })
}

/// `GET /api/agreement-drafts/{id}/{section}`: what stands in a section, and what it lacks.
async fn show_section(
    manager: Manager,
    State(inside): State<Inside>,
    Path((id, name)): Path<(AgreementId, String)>,
) -> Result<Json<Value>, ApiError> {
    manager.may(&MAKERS)?;
    Ok(Json(section_shown(section(&name)?, &open(&inside, &id).await?)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Save {
    parts: Map<String, Value>,
    revision: Option<i64>,
}

/// `PUT /api/agreement-drafts/{id}/{section}`: in place of what stood there; complete or not.
async fn save_section(
    manager: Manager,
    State(inside): State<Inside>,
    Path((id, name)): Path<(AgreementId, String)>,
    Json(save): Json<Save>,
) -> Result<Json<Value>, ApiError> {
    manager.may(&MAKERS)?;
    let section = section(&name)?;
    let draft = inside.context.agreements.save_section(&id, section, save.parts, save.revision).await?;
    Ok(Json(section_shown(section, &draft)))
}

/// `DELETE /api/agreement-drafts/{id}`.
async fn remove(
    manager: Manager,
    State(inside): State<Inside>,
    Path(id): Path<AgreementId>,
) -> Result<Json<Value>, ApiError> {
    manager.may(&MAKERS)?;
    if !inside.context.agreements.drop_draft(&id).await? {
        return Err(ApiError::missing("draft"));
    }
    Ok(Json(json!({"removed": true})))
}

/// `POST /api/agreement-drafts/{id}/propose`: freezes the text and sends it to every party.
async fn propose(
    manager: Manager,
    State(inside): State<Inside>,
    Path(id): Path<AgreementId>,
) -> Result<Json<Value>, ApiError> {
    manager.may(&MAKERS)?;
    let draft = open(&inside, &id).await?;
    let sent = inside.context.agreements.propose(&draft.agreement, hand(&inside)).await?;
    tell(&inside.context, &sent.held).await?;
    inside.context.agreements.drop_draft(&id).await?;
    Ok(Json(summary(&sent.held)))
}

/// `GET /api/agreement-sections`: the sections of a draft, in order.
async fn sections(_: Manager) -> Json<Value> {
    let section = |one: &Section| json!({"section": one.name, "title": one.title, "group": one.group});
    Json(json!({"items": SECTIONS.iter().map(section).collect::<Vec<_>>()}))
}

/// `GET /api/agreements/{id}/versions`: every text of an agreement, with who signed it.
async fn versions(
    _: Manager,
    State(inside): State<Inside>,
    Path(id): Path<AgreementId>,
) -> Result<Json<Value>, ApiError> {
    let versions = inside.context.agreements.versions(&id);
    if versions.is_empty() {
        return Err(ApiError::missing("agreement"));
    }
    Ok(Json(json!({"items": versions.iter().map(|held| signed(held)).collect::<Vec<_>>()})))
}

/// A version with the name, position and authority of each that signed.
fn signed(held: &Held) -> Value {
    let mut shown = summary(held);
    let sign_offs = held.standing().signed().iter().map(|(party, sign_off)| {
        json!({"organisation": party, "name": sign_off.name, "position": sign_off.position,
               "authority": sign_off.authority, "at": sign_off.at})
    });
    shown["signatures"] = sign_offs.collect();
    shown
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Versions {
    from: u32,
    /// The draft when it is left out and there is one, else the newest.
    to: Option<u32>,
}

/// `GET /api/agreements/{id}/compare?from=1&to=2`: what differs, field by field.
async fn differences(
    manager: Manager,
    State(inside): State<Inside>,
    Path(id): Path<AgreementId>,
    Query(which): Query<Versions>,
) -> Result<Json<Value>, ApiError> {
    let held = inside.context.agreements.versions(&id);
    let version = |number: u32| held.iter().find(|held| held.agreement().version == number);
    let before = version(which.from).ok_or_else(|| ApiError::missing("version"))?;
    let after: Agreement = match which.to {
        Some(number) => version(number).ok_or_else(|| ApiError::missing("version"))?.agreement().clone(),
        None => match inside.context.agreements.open_draft(&id).await? {
            Some(draft) if manager.may(&MAKERS).is_ok() => draft.agreement,
            _ => held.last().map(Arc::as_ref).ok_or_else(|| ApiError::missing("version"))?.agreement().clone(),
        },
    };
    let differences = compare(before.agreement(), &after);
    Ok(Json(json!({"id": id, "from": which.from, "to": after.version, "items": differences})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Calendar {
    /// The beginning of a word of its title or its short name.
    q: Option<String>,
    standing: Option<ReviewStanding>,
    after: Option<String>,
    limit: Option<usize>,
}

/// `GET /api/agreement-reviews`: what is to be looked at again, the earliest first.
async fn reviews(
    _: Manager,
    State(inside): State<Inside>,
    Query(wanted): Query<Calendar>,
) -> Result<Json<Value>, ApiError> {
    let mut all = inside.context.agreements.reviews(today());
    let sought = sought(wanted.q.as_deref());
    all.retain(|review| {
        wanted.standing.is_none_or(|standing| review.standing == standing)
            && says(&[&review.title, review.agreement.as_str()], &sought)
    });
    let which = Page { after: wanted.after, limit: wanted.limit };
    // By the text: two may claim to be one version.
    page(all, &which, |review| review.digest.to_string(), |review| json!(review))
}

/// `GET /api/agreement-purposes`: purposes that several agreements serve.
async fn same_purposes(_: Manager, State(inside): State<Inside>) -> Json<Value> {
    Json(json!({"items": inside.context.agreements.same_purposes(today())}))
}
