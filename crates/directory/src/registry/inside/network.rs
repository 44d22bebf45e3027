//! The network as a whole: its profiles, its health, what is due next, who runs it.

use axum::Json;
use axum::extract::{Path, State};
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::{Condition, Glance};
use super::refusal::ApiError;
use super::review;
use super::{Caller, Inside, members};
use crate::assurance::Profile;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Added {
    profile: String,
}

/// `GET /api/profiles`.
pub(super) async fn profiles(_: Caller, State(inside): State<Inside>) -> Result<Json<Value>, ApiError> {
    let profiles = inside.registry.profiles().await?;
    let items: Vec<Value> = profiles.iter().map(summary).collect();
    Ok(Json(json!({ "items": items })))
}

/// `GET /api/profiles/{name}`: one with its controls.
pub(super) async fn profile(
    _: Caller,
    State(inside): State<Inside>,
    Path(name): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let profile = inside.registry.profile(&name).await?;
    let mut whole = summary(&profile);
    whole["controls"] = json!(profile.controls);
    Ok(Json(whole))
}

/// `POST /api/profiles`: adds one from its TOML.
pub(super) async fn add_profile(
    caller: Caller,
    State(inside): State<Inside>,
    Json(added): Json<Added>,
) -> Result<Json<Value>, ApiError> {
    caller.deciding()?;
    Ok(Json(summary(&inside.registry.add_profile(&added.profile).await?)))
}

fn summary(profile: &Profile) -> Value {
    json!({"name": profile.name, "title": profile.title, "version": profile.version, "issuer": profile.issuer,
           "valid_from": profile.valid_from, "superseded_by": profile.superseded_by,
           "valid_months": profile.valid_months, "note": profile.note, "size": profile.controls.len()})
}

/// `GET /api/network`: who is connected, healthy, late; counted, and every member.
pub(super) async fn network(_: Caller, State(inside): State<Inside>) -> Result<Json<Value>, ApiError> {
    let registry = &inside.registry;
    let mut glances = registry.glances(review::now()).await?;
    glances.sort_by_key(|glance| glance.organisation.to_string());
    let directory = registry.directory().await?;
    let conditions: Vec<Condition> =
        glances.iter().flat_map(|glance| &glance.gateways).map(|gateway| gateway.condition).collect();
    let count = |wanted: Condition| conditions.iter().filter(|condition| **condition == wanted).count();
    let waiting = registry.requests().await?.len();
    Ok(Json(json!({
        "network": registry.network(), "directory_size": directory.size(), "members": glances.len(),
        "requests_waiting": waiting,
        "submissions_waiting": glances.iter().filter(|glance| glance.has_open_submission).count(),
        "gateways": {
            "healthy": count(Condition::Healthy), "behind": count(Condition::Behind), "late": count(Condition::Late),
            "silent": count(Condition::Silent), "ledger_shrank": count(Condition::LedgerShrank),
            "never_heard": count(Condition::NeverHeard),
        },
        "items": glances.iter().map(members::shown).collect::<Vec<_>>(),
    })))
}

/// `GET /api/renewals`: what ends or is due, the soonest first.
pub(super) async fn renewals(_: Caller, State(inside): State<Inside>) -> Result<Json<Value>, ApiError> {
    let glances = inside.registry.glances(review::now()).await?;
    let mut due: Vec<(Date, Value)> = glances.iter().flat_map(dues).collect();
    due.sort_by_key(|one| one.0);
    let items: Vec<Value> = due.into_iter().map(|(_, item)| item).collect();
    Ok(Json(json!({ "items": items })))
}

fn dues(glance: &Glance) -> Vec<(Date, Value)> {
    let item = |date: Date, what: &str, control: Option<&str>, detail: Option<&str>| {
        let item = json!({"date": date, "what": what, "organisation": glance.organisation, "name": glance.name,
                          "class": glance.organisation.class, "code": glance.organisation.code,
                          "standing": glance.standing, "control": control, "detail": detail,
                          "has_open_submission": glance.has_open_submission});
        (date, item)
    };
    let ends = glance.ends.map(|ends| item(ends, "assurance_ends", None, None));
    let conditions = glance
        .conditions
        .iter()
        .map(|condition| item(condition.due, "condition_due", Some(&condition.control), Some(&condition.what)));
    ends.into_iter().chain(conditions).collect()
}

/// `GET /api/operators`: who has a token.
pub(super) async fn operators(_: Caller, State(inside): State<Inside>) -> Result<Json<Value>, ApiError> {
    let operators = inside.registry.operators().await?;
    let row = |one: &super::super::Operator| json!({"name": one.name, "role": one.role, "created": one.created});
    Ok(Json(json!({"items": operators.iter().map(row).collect::<Vec<_>>()})))
}
