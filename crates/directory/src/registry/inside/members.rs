//! Members: at a glance, one whole, their submissions, decisions, conditions and standing.

use axum::Json;
use axum::extract::{Path, Query, State};
use packhorse_model::OrganisationId;
use packhorse_model::organisation::Members as _;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::{GatewayHealth, Glance, Sender};
use super::refusal::ApiError;
use super::review::{self, Decided, Finding};
use super::{Caller, Inside};
use crate::assurance::Outcome;
use crate::error::DirectoryError;

/// Most members of a page, and how many when nobody says.
const MOST: usize = 500;
const USUALLY: usize = 100;

type Named = Path<(String, String)>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Sought {
    /// A part of the name or identifier.
    q: Option<String>,
    after: Option<String>,
    limit: Option<usize>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Because {
    reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Brought {
    answers: String,
}

/// `GET /api/members`: at a glance, by identifier.
pub(super) async fn list(
    _: Caller,
    State(inside): State<Inside>,
    Query(sought): Query<Sought>,
) -> Result<Json<Value>, ApiError> {
    let mut glances = inside.registry.glances(review::now()).await?;
    glances.sort_by_key(|glance| glance.organisation.to_string());
    let q = sought.q.unwrap_or_default().to_lowercase();
    let after = sought.after.unwrap_or_default();
    let fits = |glance: &&Glance| {
        let id = glance.organisation.to_string();
        id > after && (id.to_lowercase().contains(&q) || glance.name.to_lowercase().contains(&q))
    };
    let limit = sought.limit.unwrap_or(USUALLY).clamp(1, MOST);
    let mut fitting = glances.iter().filter(fits);
    let page: Vec<&Glance> = fitting.by_ref().take(limit).collect();
    let next = fitting.next().and(page.last()).map(|last| last.organisation.to_string());
    let items: Vec<Value> = page.into_iter().map(shown).collect();
    Ok(Json(json!({"items": items, "next": next})))
}

/// `GET /api/members/{class}/{code}`: one whole.
pub(super) async fn show(_: Caller, State(inside): State<Inside>, named: Named) -> Result<Json<Value>, ApiError> {
    let registry = &inside.registry;
    let id = organisation(&inside, named)?;
    let member = registry.directory().await?.organisation(&id).ok_or(DirectoryError::Unknown("member"))?;
    let file = registry.assurance_file(&id).await?;
    let mut whole = shown(&registry.glance(&member, review::now()).await?);
    let details = &member.details;
    whole["siro"] = json!(details.siro);
    whole["contacts"] = json!(details.contacts);
    whole["charter_url"] = json!(details.charter_url);
    whole["systems"] = json!(details.systems);
    whole["charter_signed_on"] = json!(member.assurance.charter);
    whole["training_stated_on"] = json!(member.assurance.training);
    whole["code_of_connection_accepted_on"] = json!(member.assurance.code_of_connection);
    whole["submission"] = review::sheet(registry, &file).await?;
    whole["assessments"] = file.assessments.iter().rev().map(review::assessment).collect();
    Ok(Json(whole))
}

/// `POST /api/members/{class}/{code}/submissions`: answers that the operator brings for a member.
pub(super) async fn submit(
    caller: Caller,
    State(inside): State<Inside>,
    named: Named,
    Json(brought): Json<Brought>,
) -> Result<Json<Value>, ApiError> {
    caller.deciding()?;
    let id = organisation(&inside, named)?;
    inside.registry.submit_answers(&id, &brought.answers, Sender::Operator, review::now()).await?;
    Ok(Json(json!({ "organisation": id })))
}

/// `PUT /api/members/{class}/{code}/controls/{control}`: what was found under one control of the open submission.
pub(super) async fn find(
    caller: Caller,
    State(inside): State<Inside>,
    Path((class, code, control)): Path<(String, String, String)>,
    Json(finding): Json<Finding>,
) -> Result<Json<Value>, ApiError> {
    caller.deciding()?;
    let id = organisation(&inside, Path((class, code)))?;
    inside.registry.judge_member(&id, &control, finding.into(), review::now()).await?;
    Ok(Json(json!({"organisation": id, "control": control})))
}

/// `POST /api/members/{class}/{code}/decide`: the decision on the open submission.
pub(super) async fn decide(
    caller: Caller,
    State(inside): State<Inside>,
    named: Named,
    Json(decided): Json<Decided>,
) -> Result<Json<Value>, ApiError> {
    let assessor = caller.deciding()?;
    let allowed = [Outcome::Certificate, Outcome::Conditional, Outcome::Refused];
    review::check_outcome(decided.outcome(), &allowed, "a withdrawal has a call of its own")?;
    let id = organisation(&inside, named)?;
    let (decision, dates) = decided.parts();
    let found = inside.registry.assess_member(&id, decision, dates, assessor, review::now()).await?;
    Ok(Json(review::found(&found)))
}

/// `POST /api/members/{class}/{code}/withdraw`: cuts it off everywhere until it is assessed anew.
pub(super) async fn withdraw(
    caller: Caller,
    State(inside): State<Inside>,
    named: Named,
    Json(because): Json<Because>,
) -> Result<Json<Value>, ApiError> {
    let assessor = caller.deciding()?;
    let id = organisation(&inside, named)?;
    let found = inside.registry.withdraw(&id, &because.reason, assessor, review::now()).await?;
    Ok(Json(review::found(&found)))
}

/// `POST /api/members/{class}/{code}/conditions/{control}/met`: a condition is met.
pub(super) async fn met(
    caller: Caller,
    State(inside): State<Inside>,
    Path((class, code, control)): Path<(String, String, String)>,
) -> Result<Json<Value>, ApiError> {
    caller.deciding()?;
    let id = organisation(&inside, Path((class, code)))?;
    let found = inside.registry.meet_condition(&id, &control, review::now()).await?;
    Ok(Json(review::found(&found)))
}

/// `POST /api/members/{class}/{code}/suspend`: cuts it off everywhere, for now.
pub(super) async fn suspend(
    caller: Caller,
    State(inside): State<Inside>,
    named: Named,
    Json(because): Json<Because>,
) -> Result<Json<Value>, ApiError> {
    caller.deciding()?;
    let id = organisation(&inside, named)?;
    let entry = inside.registry.suspend(&id, &because.reason, review::now()).await?;
    Ok(Json(json!({"organisation": id, "entry": entry})))
}

/// `POST /api/members/{class}/{code}/resume`: lets it take part again.
pub(super) async fn resume(
    caller: Caller,
    State(inside): State<Inside>,
    named: Named,
    Json(because): Json<Because>,
) -> Result<Json<Value>, ApiError> {
    caller.deciding()?;
    let id = organisation(&inside, named)?;
    let entry = inside.registry.resume(&id, &because.reason, review::now()).await?;
    Ok(Json(json!({"organisation": id, "entry": entry})))
}

fn organisation(inside: &Inside, Path((class, code)): Named) -> Result<OrganisationId, ApiError> {
    OrganisationId::new(inside.registry.network(), &class, &code).map_err(|_| ApiError::missing("member"))
}

/// A member as it is listed.
pub(super) fn shown(glance: &Glance) -> Value {
    let OrganisationId { class, code, .. } = &glance.organisation;
    json!({
        "organisation": glance.organisation, "class": class, "code": code, "name": glance.name,
        "status": glance.status, "standing": glance.standing, "outcome": glance.outcome, "profile": glance.profile,
        "ends": glance.ends, "days_left": glance.days_left, "conditions": glance.conditions,
        "has_open_submission": glance.has_open_submission,
        "gateways": glance.gateways.iter().map(gateway).collect::<Vec<_>>(),
    })
}

fn gateway(health: &GatewayHealth) -> Value {
    let beat = health.beat.as_ref();
    json!({
        "gateway": health.gateway, "address": health.address, "condition": health.condition,
        "heard_at": beat.map(|beat| beat.heard), "version": beat.map(|beat| &beat.said.version),
        "ledger_size": beat.map(|beat| beat.said.ledger_size),
        "directory_size": beat.map(|beat| beat.said.directory_size),
    })
}
