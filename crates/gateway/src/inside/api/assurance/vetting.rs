//! The vetting register: who was vetted to which level, files taken in, what lapses; and what requires which level.

use std::collections::BTreeMap;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::routing::{delete, get, post, put};
use packhorse_governance::OperatorRole;
use packhorse_governance::assurance::{Papers, RequiredBy, Settings, Vetting, VettingLevel, VettingRule};
use packhorse_governance::filing::word;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::paging::{Wanted, of_register};
use super::MAKERS;
use crate::acts::{self, NewAct};
use crate::inside::Inside;
use crate::inside::api::document::{Gives, Route, route};
use crate::inside::api::{ApiError, Manager};
use crate::steps::identify::today;

/// Who may read the register: it is about staff.
const READERS: [OperatorRole; 2] = [OperatorRole::Governance, OperatorRole::Auditor];

/// The calls of this file.
pub(in crate::inside::api) fn routes() -> Vec<Route> {
    vec![
        route("get", "/vetting/register", get(register), "people and to which level they were vetted")
            .answers("VettingEntry")
            .beside(&["people: integer"])
            .query(&["q", "lapsing: boolean", "after", "limit: integer"])
            .gives(Gives::Page),
        route("put", "/vetting/register/{person}", put(vet), "somebody was vetted").answers("VettingEntry").body(&[
            "level: VettingLevel",
            "granted_on: date",
            "ends_on: date",
        ]),
        route("delete", "/vetting/register/{person}", delete(forget), "take somebody out of the vetting register")
            .answers("Removed"),
        route("post", "/vetting/import", post(import), "take a comma-separated table into the vetting register")
            .answers("Imported"),
        route(
            "get",
            "/vetting/requirements",
            get(requirements),
            "which roles, agreements and markings require vetting",
        )
        .answers("VettingRule")
        .gives(Gives::Items),
        route(
            "post",
            "/vetting/requirements",
            post(require),
            "say what a role, an agreement or a marking requires; no level: nothing any more",
        )
        .answers("VettingRule")
        .gives(Gives::Items)
        .body(&["by: RequiredBy", "name", "level?: VettingLevel"]),
    ]
}

/// `GET /api/vetting/register`: by the person's id.
async fn register(
    manager: Manager,
    State(inside): State<Inside>,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Value>, ApiError> {
    manager.may(&READERS)?;
    let papers = inside.context.assurance.papers();
    let is_lapsing = |vetting: &Vetting| papers.is_lapsing(vetting.ends_on, today());
    let page = of_register(&papers.vetting, wanted, is_lapsing, |person, vetting| entry(&papers, person, vetting));
    Ok(Json(page))
}

fn entry(papers: &Papers, person: &str, vetting: &Vetting) -> Value {
    let counts = vetting.covers(VettingLevel::Bpss, today(), papers.settings.vetting_grace_days);
    json!({
        "person": person, "level": vetting.level, "granted_on": vetting.granted_on, "ends_on": vetting.ends_on,
        "counts": counts, "lapsing": papers.is_lapsing(vetting.ends_on, today()),
    })
}

/// `PUT /api/vetting/register/{person}`.
async fn vet(
    manager: Manager,
    State(inside): State<Inside>,
    Path(person): Path<String>,
    Json(vetting): Json<Vetting>,
) -> Result<Json<Value>, ApiError> {
    manager.may(&MAKERS)?;
    let assurance = &inside.context.assurance;
    assurance.vet(&person, vetting, manager.person.as_deref(), today()).await?;
    Ok(Json(entry(&assurance.papers(), &person, &vetting)))
}

/// `DELETE /api/vetting/register/{person}`: takes somebody out of the register.
async fn forget(
    manager: Manager,
    State(inside): State<Inside>,
    Path(person): Path<String>,
) -> Result<Json<Value>, ApiError> {
    manager.may(&MAKERS)?;
    if !inside.context.assurance.forget_vetting(&person).await? {
        return Err(ApiError::missing("person in the register"));
    }
    Ok(Json(json!({"removed": true})))
}

/// `POST /api/vetting/import`: what was entered and what was refused, by line.
async fn import(manager: Manager, State(inside): State<Inside>, file: Bytes) -> Result<Json<Value>, ApiError> {
    manager.may(&MAKERS)?;
    let imported = inside.context.assurance.import_vetting(&file, manager.person.as_deref(), today()).await?;
    Ok(Json(json!(imported)))
}

/// `GET /api/vetting/requirements`.
async fn requirements(_: Manager, State(inside): State<Inside>) -> Json<Value> {
    Json(json!({"items": inside.context.assurance.papers().settings.vetting}))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Requirement {
    by: RequiredBy,
    name: String,
    level: Option<VettingLevel>,
}

/// `POST /api/vetting/requirements`: one rule of the settings, without a word about the others.
async fn require(
    manager: Manager,
    State(inside): State<Inside>,
    Json(Requirement { by, name, level }): Json<Requirement>,
) -> Result<Json<Value>, ApiError> {
    manager.may(&MAKERS)?;
    let assurance = &inside.context.assurance;
    let before = assurance.papers();
    let mut settings = Settings::clone(&before.settings);
    settings.vetting.retain(|rule| (rule.by, &rule.name) != (by, &name));
    settings.vetting.extend(level.map(|level| VettingRule { by, name, level }));
    assurance.put_settings(&settings).await?;
    note_changes(&inside, &manager, [&before.settings.vetting, &settings.vetting]).await?;
    Ok(Json(json!({"items": settings.vetting})))
}

/// The ledger has each change of what requires vetting: nobody lifts a requirement unseen.
pub(super) async fn note_changes(
    inside: &Inside,
    manager: &Manager,
    [before, after]: [&[VettingRule]; 2],
) -> Result<(), ApiError> {
    let lifted = before.iter().filter(|rule| !after.iter().any(|one| (one.by, &one.name) == (rule.by, &rule.name)));
    let changed = after.iter().filter(|rule| !before.contains(rule));
    let lifted = lifted.map(|rule| (rule, "nothing any more".to_owned()));
    for (rule, now) in lifted.chain(changed.map(|rule| (rule, format!("{} or above", rule.level)))) {
        let new = NewAct {
            act: "vetting-requirement",
            subject: format!("{} {}", word(&rule.by), rule.name),
            until: None,
            capacity: manager.capacity(),
            person: Some(manager.name.clone()),
            reason: format!("it requires {now}"),
            document: None,
        };
        acts::record(&inside.context, new).await?;
    }
    Ok(())
}

/// Of everybody who has a role that requires vetting, who has it in date, by the roles' holders: of an account, and of
/// a calling system's users.
pub(in crate::inside::api) fn holders(inside: &Inside) -> BTreeMap<(String, String), bool> {
    let (papers, today) = (inside.context.assurance.papers(), today());
    let mut holders = BTreeMap::new();
    let mut holds = |person: &str, role: String| {
        if papers.settings.vetting_for(RequiredBy::Role, &role).is_some() {
            let vetted = papers.is_vetted_for_role(Some(person), &role, today).is_ok();
            holders.insert((person.to_owned(), role), vetted);
        }
    };
    for account in inside.context.people.accounts().all() {
        if account.works_here_on(today) {
            account.roles.iter().for_each(|role| holds(&account.id, role.to_string()));
        }
    }
    for system in inside.context.people.systems() {
        for user in system.users.iter().filter(|user| user.left_on.is_none_or(|left| today < left)) {
            user.roles.iter().for_each(|role| holds(&user.id, role.to_string()));
        }
    }
    holders
}
