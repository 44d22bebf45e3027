//! The gates explained, and set aside by the SIRO alone.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use jiff::civil::Date;
use packhorse_governance::assurance::gates::{explain, explain_dpia};
use packhorse_governance::assurance::{Override, overrides};
use packhorse_governance::{Gate, GateState, Standing};
use packhorse_model::AgreementId;
use packhorse_model::agreement::DataType;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::acts::{self, NewAct};
use crate::inside::Inside;
use crate::inside::api::{ApiError, Manager};
use crate::steps::identify::today;

/// `GET /api/gates`: how each gate stands and why, and which are set aside.
pub(in crate::inside::api) async fn list(_: Manager, State(inside): State<Inside>) -> Json<Value> {
    let papers = inside.context.assurance.papers();
    let holding: Vec<&Override> = papers.overrides.iter().filter(|one| one.holds_on(today())).collect();
    Json(json!({"items": states(&inside), "overrides": holding}))
}

/// Every gate as people read it; that of impact assessments once for each agreement that it keeps shut.
pub(in crate::inside::api) fn states(inside: &Inside) -> Vec<Value> {
    let (papers, today) = (inside.context.assurance.papers(), today());
    let mut states: Vec<Value> = Vec::new();
    for gate in Gate::ALL {
        if gate != Gate::Dpia {
            states.push(shown(&explain(gate, &papers, today), None));
            continue;
        }
        let mut special: Vec<AgreementId> = Vec::new();
        for held in inside.context.agreements.list() {
            let agreement = held.agreement();
            if agreement.data.types.contains(&DataType::Special) && !special.contains(&agreement.id) {
                special.push(agreement.id.clone());
            }
        }
        let explained = special.iter().map(|id| shown(&explain_dpia(&papers, id, today), Some(id)));
        let shut: Vec<Value> = explained.filter(|state| state["standing"] != json!(Standing::Open)).collect();
        if shut.is_empty() {
            states.push(shown(&explain(gate, &papers, today), None));
        }
        states.extend(shut);
    }
    states
}

fn shown(state: &GateState, agreement: Option<&AgreementId>) -> Value {
    let mut shown = json!(state);
    shown["agreement"] = json!(agreement);
    shown["may_be_overridden"] = json!(state.gate.stands_because().is_none());
    shown
}

/// `GET /api/gates/{gate}`: one gate, explained.
pub(in crate::inside::api) async fn show(
    _: Manager,
    State(inside): State<Inside>,
    Path(gate): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let gate = named(&gate)?;
    let items: Vec<Value> = states(&inside).into_iter().filter(|state| state["gate"] == json!(gate)).collect();
    Ok(Json(json!({
        "gate": gate, "asks": gate.asks(), "remedy": gate.remedy(), "stands_because": gate.stands_because(),
        "items": items,
    })))
}

fn named(gate: &str) -> Result<Gate, ApiError> {
    gate.parse().map_err(|_| ApiError::missing("gate"))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::inside::api) struct Aside {
    reason: String,
    until: Date,
    agreement: Option<AgreementId>,
}

/// `POST /api/gates/{gate}/override`: the SIRO sets a gate aside, for a reason and until a day. The ledger has it first.
pub(in crate::inside::api) async fn set_aside(
    manager: Manager,
    State(inside): State<Inside>,
    Path(gate): Path<String>,
    Json(aside): Json<Aside>,
) -> Result<Json<Value>, ApiError> {
    let gate = named(&gate)?;
    let by = siro(&inside, &manager)?;
    if let Some(because) = gate.stands_because() {
        let refused = ApiError::bad(format!("the gate {gate} cannot be set aside: {because}"), gate.remedy());
        return Err(ApiError { status: StatusCode::CONFLICT, ..refused });
    }
    if (gate == Gate::Dpia) != aside.agreement.is_some() {
        let remedy = "name an agreement for the gate dpia, and for no other";
        return Err(ApiError::bad("the override does not fit the gate", remedy));
    }
    let assurance = &inside.context.assurance;
    overrides::check(&aside.reason, aside.until, &assurance.papers().settings, today())?;
    let act = acts::record(&inside.context, act("gate-override", gate, &aside, &by)).await?;
    let one = Override {
        gate,
        agreement: aside.agreement,
        reason: aside.reason,
        until: aside.until,
        by,
        from: today(),
        act: act.to_string(),
    };
    assurance.put_override(&one).await?;
    Ok(Json(json!(one)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::inside::api) struct NoLonger {
    reason: String,
    agreement: Option<AgreementId>,
}

/// `POST /api/gates/{gate}/override/end`: the SIRO lets the rule count again before the day.
pub(in crate::inside::api) async fn end(
    manager: Manager,
    State(inside): State<Inside>,
    Path(gate): Path<String>,
    Json(end): Json<NoLonger>,
) -> Result<Json<Value>, ApiError> {
    let gate = named(&gate)?;
    let by = siro(&inside, &manager)?;
    let assurance = &inside.context.assurance;
    if assurance.papers().overriding(gate, end.agreement.as_ref(), today()).is_none() {
        return Err(ApiError::missing("override that holds"));
    }
    // First the rule, then the ledger: should the second fail, the gate is stricter than the ledger says, not laxer.
    assurance.end_override(gate, end.agreement.as_ref()).await?;
    let aside = Aside { reason: end.reason, until: today(), agreement: end.agreement };
    let act = acts::record(&inside.context, act("gate-override-ended", gate, &aside, &by)).await?;
    Ok(Json(json!({"gate": gate, "act": act})))
}

fn act(act: &'static str, gate: Gate, aside: &Aside, by: &str) -> NewAct {
    let subject = aside.agreement.as_ref().map_or_else(|| gate.to_string(), |agreement| format!("{gate} {agreement}"));
    NewAct {
        act,
        subject,
        until: Some(aside.until),
        capacity: "siro",
        person: Some(by.to_owned()),
        reason: aside.reason.clone(),
        document: None,
    }
}

/// The account of the SIRO, when it is the SIRO who calls. No token and no role stands in for the person.
fn siro(inside: &Inside, manager: &Manager) -> Result<String, ApiError> {
    let papers = inside.context.assurance.papers();
    let appointed = papers.siro(today()).map(|siro| siro.account.as_str());
    match (appointed, manager.person.as_deref()) {
        (Some(account), Some(person)) if account == person => Ok(account.to_owned()),
        _ => {
            let error = "only the appointed senior information risk owner, signed in, sets a gate aside";
            let remedy = "ask the SIRO to sign in and decide, or mend what the gate asks for";
            Err(ApiError { status: StatusCode::FORBIDDEN, ..ApiError::bad(error, remedy) })
        }
    }
}
