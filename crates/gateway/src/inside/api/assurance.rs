//! The organisation's assurance, from the governance officer's side: charter, risk policy, SIRO, incident route,
//! impact assessments and the intervals that the gates count with.

pub(super) mod acceptable_use;
pub(super) mod gates;
pub(super) mod training;
pub(super) mod vetting;

use axum::Json;
use axum::extract::{Path, State};
use jiff::civil::Date;
use packhorse_governance::OperatorRole;
use packhorse_governance::assurance::{Appointment, Charter, Dpia, Drill, IncidentRoute, RiskPolicy, Settings};
use packhorse_model::AgreementId;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::inside::Inside;
use crate::inside::api::{ApiError, Manager};
use crate::steps::identify::today;

/// Who may change assurance; an operator runs the machine, and may too.
pub(super) const MAKERS: [OperatorRole; 1] = [OperatorRole::Governance];

/// `GET /api/assurance`: every document, and how each gate stands.
pub(super) async fn show(_: Manager, State(inside): State<Inside>) -> Json<Value> {
    Json(whole(&inside))
}

fn whole(inside: &Inside) -> Value {
    let (papers, today) = (inside.context.assurance.papers(), today());
    json!({
        "charter": papers.charter, "charter_draft": papers.charter_draft, "risk_policy": papers.risk_policy,
        "acceptable_use": papers.acceptable_use_on(today), "acceptable_use_coming": papers.acceptable_use_after(today),
        "siro": papers.siro(today), "appointments": papers.appointments, "incident_route": papers.incident_route,
        "settings": papers.settings, "gates": gates::states(inside),
    })
}

/// `PUT /api/assurance/settings`. What requires vetting has calls of its own: whoever says nothing of it lifts nothing.
pub(super) async fn put_settings(
    manager: Manager,
    State(inside): State<Inside>,
    Json(mut given): Json<Map<String, Value>>,
) -> Result<Json<Value>, ApiError> {
    manager.may(&MAKERS)?;
    let before = inside.context.assurance.papers();
    given.entry("vetting").or_insert_with(|| json!(before.settings.vetting));
    let unread = |_| ApiError::bad("a setting is unknown, or not of its kind", "see the API's document");
    let settings: Settings = serde_json::from_value(Value::Object(given)).map_err(unread)?;
    inside.context.assurance.put_settings(&settings).await?;
    vetting::note_changes(&inside, &manager, [&before.settings.vetting, &settings.vetting]).await?;
    Ok(Json(whole(&inside)))
}

/// `PUT /api/assurance/charter`: the draft.
pub(super) async fn put_charter(
    manager: Manager,
    State(inside): State<Inside>,
    Json(charter): Json<Charter>,
) -> Result<Json<Value>, ApiError> {
    manager.may(&MAKERS)?;
    inside.context.assurance.put_charter_draft(&charter).await?;
    Ok(Json(whole(&inside)))
}

/// `POST /api/assurance/charter/publish`: the charter given.
pub(super) async fn publish_charter(
    manager: Manager,
    State(inside): State<Inside>,
    Json(charter): Json<Charter>,
) -> Result<Json<Value>, ApiError> {
    manager.may(&MAKERS)?;
    inside.context.assurance.publish_charter(charter, today()).await?;
    Ok(Json(whole(&inside)))
}

/// `PUT /api/assurance/risk-policy`.
pub(super) async fn put_risk_policy(
    manager: Manager,
    State(inside): State<Inside>,
    Json(policy): Json<RiskPolicy>,
) -> Result<Json<Value>, ApiError> {
    manager.may(&MAKERS)?;
    inside.context.assurance.put_risk_policy(policy, today()).await?;
    Ok(Json(whole(&inside)))
}

/// `PUT /api/assurance/siro`: appoints somebody.
pub(super) async fn appoint(
    manager: Manager,
    State(inside): State<Inside>,
    Json(appointment): Json<Appointment>,
) -> Result<Json<Value>, ApiError> {
    manager.may(&MAKERS)?;
    inside.context.assurance.appoint(appointment).await?;
    Ok(Json(whole(&inside)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct End {
    end: Date,
}

/// `POST /api/assurance/siro/end`: the last day of whoever is in post.
pub(super) async fn end_appointment(
    manager: Manager,
    State(inside): State<Inside>,
    Json(last): Json<End>,
) -> Result<Json<Value>, ApiError> {
    manager.may(&MAKERS)?;
    inside.context.assurance.end_appointment(last.end, today()).await?;
    Ok(Json(whole(&inside)))
}

/// `PUT /api/assurance/incident-route`.
pub(super) async fn put_incident_route(
    manager: Manager,
    State(inside): State<Inside>,
    Json(route): Json<IncidentRoute>,
) -> Result<Json<Value>, ApiError> {
    manager.may(&MAKERS)?;
    inside.context.assurance.put_incident_route(route, today()).await?;
    Ok(Json(whole(&inside)))
}

/// `POST /api/assurance/incident-route/drills`.
pub(super) async fn enter_drill(
    manager: Manager,
    State(inside): State<Inside>,
    Json(drill): Json<Drill>,
) -> Result<Json<Value>, ApiError> {
    manager.may(&MAKERS)?;
    inside.context.assurance.enter_drill(&drill, today()).await?;
    Ok(Json(whole(&inside)))
}

/// `GET /api/dpias`: the impact assessments made here.
pub(super) async fn dpias(_: Manager, State(inside): State<Inside>) -> Json<Value> {
    let papers = inside.context.assurance.papers();
    // One can be made before there is an agreement.
    let shown = papers.dpias.values().map(|dpia| {
        let mut shown = json!(dpia);
        shown["held"] = json!(!inside.context.agreements.versions(&dpia.agreement).is_empty());
        shown
    });
    Json(json!({"items": shown.collect::<Vec<_>>()}))
}

/// `GET /api/dpias/{agreement}`.
pub(super) async fn dpia(
    _: Manager,
    State(inside): State<Inside>,
    Path(agreement): Path<AgreementId>,
) -> Result<Json<Value>, ApiError> {
    let papers = inside.context.assurance.papers();
    let dpia = papers.dpias.get(&agreement).ok_or_else(|| ApiError::missing("impact assessment"))?;
    Ok(Json(json!(dpia)))
}

/// `PUT /api/dpias/{agreement}`.
pub(super) async fn put_dpia(
    manager: Manager,
    State(inside): State<Inside>,
    Path(agreement): Path<AgreementId>,
    Json(dpia): Json<Dpia>,
) -> Result<Json<Value>, ApiError> {
    manager.may(&MAKERS)?;
    if dpia.agreement != agreement {
        return Err(ApiError::bad("the assessment names another agreement than the address", "make both the same"));
    }
    inside.context.assurance.put_dpia(&dpia, today()).await?;
    Ok(Json(json!(dpia)))
}
