//! Incidents: reported by anybody who is signed in, led by governance.

mod exposed;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use packhorse_governance::OperatorRole;
use packhorse_governance::clock::Nation;
use packhorse_governance::filing::Sought;
use packhorse_governance::incident::{Case, Incidents, Report, Step};
use packhorse_model::ExchangeId;
use serde::Deserialize;
use serde_json::{Value, json};

use super::acting::{Act, note};
use super::document::{Gives, Route, route};
use super::paging::{Page, found};
use crate::inside::Inside;
use crate::inside::api::{ApiError, Manager};
use crate::outside::incidents::tell_partner;

pub(super) const LEADERS: [OperatorRole; 1] = [OperatorRole::Governance];
pub(super) const READERS: [OperatorRole; 2] = [OperatorRole::Governance, OperatorRole::Auditor];

pub(super) fn routes() -> Vec<Route> {
    vec![
        route("get", "/incidents", get(list), "incidents, the newest first; who does not lead them sees their own")
            .answers("IncidentSummary")
            .beside(&["total: integer"])
            .query(&["state: IncidentState", "drill: boolean", "q", "after", "limit: integer"])
            .gives(Gives::Page),
        route("post", "/incidents", post(report), "report an incident: anybody may")
            .answers("IncidentSummary")
            .body(&["what", "kind: IncidentKind", "noticed_at: date-time", "drill?: boolean", "exchange?: uuid"])
            .gives(Gives::Made),
        route("get", "/incidents/log", get(log), "the log of Article 33(5): every breach, what was done and why")
            .answers("Breach")
            .beside(&["total: integer"])
            .query(&["after", "limit: integer"])
            .gives(Gives::Page),
        route("get", "/incidents/{id}", get(show), "one incident with its clock and timeline").answers("Incident"),
        route("post", "/incidents/{id}/steps", post(step), "do something about an incident")
            .answers("Incident")
            .takes("IncidentStep"),
        route("get", "/incidents/{id}/exposed", get(exposed::show), "what was exposed, from the records")
            .answers("Exposure"),
        route("get", "/incidents/heard", get(heard), "what partners have told of their incidents")
            .answers("SignedIncidentNotice")
            .gives(Gives::Items),
    ]
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Filter {
    state: Option<String>,
    drill: Option<bool>,
    q: Option<String>,
    after: Option<String>,
    limit: Option<usize>,
}

fn incidents(inside: &Inside) -> Incidents<'_> {
    Incidents::new(inside.context.evidence.store())
}

async fn list(
    manager: Manager,
    State(inside): State<Inside>,
    Query(filter): Query<Filter>,
) -> Result<Json<Value>, ApiError> {
    let own = manager.may(&READERS).is_err().then_some(&manager.name);
    let sought = Sought::default()
        .where_asked("by", own)
        .where_asked("drill", filter.drill)
        .where_asked("state", filter.state)
        .saying(filter.q);
    let which = Page { after: filter.after, limit: filter.limit };
    let cases = incidents(&inside).find(&sought, which.after.as_deref(), which.rows()).await?;
    found(cases, |case| case.id.to_string(), summary)
}

fn summary(case: &Case) -> Value {
    json!({
        "id": case.id, "kind": case.report.kind, "state": case.state, "drill": case.report.drill,
        "what": case.report.what, "reported_at": case.reported_at, "noticed_at": case.report.noticed_at,
        "risk": case.assessment.risk, "clock": clock(&case.clock), "open_points": case.open_points(),
    })
}

/// A clock with what it says now.
pub(super) fn clock(clock: &packhorse_governance::clock::Clock) -> Value {
    let now = jiff::Timestamp::now();
    let mut shown = json!(clock);
    shown["due_at"] = json!(clock.due_at());
    shown["due_on"] = json!(clock.due_on());
    shown["standing"] = json!(clock.standing(now));
    shown["seconds_left"] = json!(clock.due_at().map(|due| due.as_second() - now.as_second()));
    shown
}

async fn report(
    manager: Manager,
    State(inside): State<Inside>,
    Json(report): Json<Report>,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let case = incidents(&inside).report(report, &manager.name, nation(&inside), jiff::Timestamp::now()).await?;
    note(&inside.context, Act { what: "incident", word: "report", subject: case.id.to_string() }, &manager).await?;
    Ok((StatusCode::CREATED, Json(summary(&case))))
}

/// Whose bank holidays count.
pub(super) fn nation(_inside: &Inside) -> Nation {
    Nation::EnglandAndWales
}

async fn show(
    manager: Manager,
    State(inside): State<Inside>,
    Path(id): Path<ExchangeId>,
) -> Result<Json<Value>, ApiError> {
    let case = incidents(&inside).get(id).await?.ok_or_else(|| ApiError::missing("incident"))?;
    visible(&manager, &case)?;
    Ok(Json(whole(&case)))
}

/// Who reported it may see it; to others who do not lead, it does not exist.
pub(super) fn visible(manager: &Manager, case: &Case) -> Result<(), ApiError> {
    match manager.may(&READERS) {
        Err(_) if case.reported_by != manager.name => Err(ApiError::missing("incident")),
        _ => Ok(()),
    }
}

fn whole(case: &Case) -> Value {
    let mut shown = json!(case);
    shown["clock"] = clock(&case.clock);
    shown["open_points"] = json!(case.open_points());
    shown
}

async fn step(
    manager: Manager,
    State(inside): State<Inside>,
    Path(id): Path<ExchangeId>,
    Json(step): Json<Step>,
) -> Result<Json<Value>, ApiError> {
    // Who reported it may add to it; the rest is governance's.
    let case = incidents(&inside).get(id).await?.ok_or_else(|| ApiError::missing("incident"))?;
    visible(&manager, &case)?;
    if !matches!(step, Step::Note { .. }) {
        manager.may(&LEADERS)?;
    }
    if let Step::Partner { organisation, .. } = &step {
        known_partner(&inside, organisation)?;
    }
    if matches!(step, Step::PartnerTook { .. }) {
        return Err(ApiError::bad("only a partner's gateway says that it has taken something", "wait for it"));
    }
    let case = incidents(&inside).step(id, &step, &manager.name, jiff::Timestamp::now()).await?;
    let case = case.ok_or_else(|| ApiError::missing("incident"))?;
    note(&inside.context, Act { what: "incident", word: step.word(), subject: id.to_string() }, &manager).await?;
    if let Step::Partner { organisation, text } = &step {
        tell_partner(&inside.context, &case, organisation, text).await?;
    }
    Ok(Json(whole(&case)))
}

fn known_partner(inside: &Inside, organisation: &packhorse_model::OrganisationId) -> Result<(), ApiError> {
    use packhorse_model::organisation::Members as _;
    if *organisation == inside.context.identity.organisation
        || inside.context.directory.organisation(organisation).is_none()
    {
        return Err(ApiError::bad("the directory lists no such partner", "name a member of the network"));
    }
    Ok(())
}

async fn log(
    manager: Manager,
    State(inside): State<Inside>,
    Query(which): Query<Page>,
) -> Result<Json<Value>, ApiError> {
    manager.may(&READERS)?;
    let breaches = Sought::default().with("drill", false);
    let cases = incidents(&inside).find(&breaches, which.after.as_deref(), which.rows()).await?;
    let line = |case: &Case| {
        json!({
            "id": case.id, "noticed_at": case.report.noticed_at, "reported_at": case.reported_at,
            "kind": case.report.kind, "facts": case.report.what, "effects": case.assessment.consequences,
            "remedial_action": case.assessment.measures, "nature": case.assessment.nature,
            "people": case.assessment.people, "records": case.assessment.records, "risk": case.assessment.risk,
            "regulator": case.regulator, "people_told": case.people, "partners": case.partners,
            "clock": clock(&case.clock), "lessons": case.lessons, "state": case.state,
        })
    };
    found(cases, |case| case.id.to_string(), line)
}

async fn heard(manager: Manager, State(inside): State<Inside>) -> Result<Json<Value>, ApiError> {
    manager.may(&READERS)?;
    let heard = crate::outside::incidents::heard(&inside.context).await?;
    Ok(Json(json!({"items": heard})))
}
