//! The acceptable use policy: published by governance, read and accepted by everybody with an account.

use axum::Json;
use axum::extract::State;
use axum::routing::{get, post};
use packhorse_governance::assurance::{AcceptableUse, Acceptance, Papers};
use packhorse_keys::{Fingerprint, sha256};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{MAKERS, whole};
use crate::acts::{self, NewAct};
use crate::inside::Inside;
use crate::inside::api::document::{Route, route};
use crate::inside::api::session::own_account;
use crate::inside::api::{ApiError, Manager};
use crate::notices;
use crate::steps::identify::today;

/// The calls of this file.
pub(in crate::inside::api) fn routes() -> Vec<Route> {
    vec![
        route(
            "post",
            "/assurance/acceptable-use/publish",
            post(publish),
            "publish an acceptable use policy: from its day on everybody with an account must accept it",
        )
        .answers("Assurance")
        .body(&["title", "text", "in_force_from: date", "review_date: date"]),
        route("get", "/acceptable-use", get(show), "the acceptable use policy, and what one has still to accept")
            .answers("OwnAcceptableUse"),
        route("post", "/acceptable-use/accept", post(accept), "accept a version that is in force or coming")
            .answers("OwnAcceptableUse")
            .body(&["version: integer"]),
    ]
}

/// `POST /api/assurance/acceptable-use/publish`. The ledger has which text it is, and from when it counts.
async fn publish(
    manager: Manager,
    State(inside): State<Inside>,
    Json(policy): Json<AcceptableUse>,
) -> Result<Json<Value>, ApiError> {
    manager.may(&MAKERS)?;
    let assurance = &inside.context.assurance;
    let version = assurance.publish_acceptable_use(policy, today()).await?;
    if let Some(policy) = assurance.papers().acceptable_use.get(&version) {
        acts::record(&inside.context, published(policy, &manager)).await?;
    }
    // It is published, told at once or not: the next look tells.
    if let Err(error) = notices::look_now(&inside.context).await {
        tracing::warn!(%error, "people could not be told at once of a new acceptable use policy");
    }
    Ok(Json(whole(&inside)))
}

fn published(policy: &AcceptableUse, manager: &Manager) -> NewAct {
    NewAct {
        act: "acceptable-use-published",
        subject: format!("acceptable-use version {}", policy.version),
        until: None,
        capacity: manager.capacity(),
        person: Some(manager.name.clone()),
        reason: format!("counts from {}, reviewed by {}", policy.in_force_from, policy.review_date),
        document: Some(Fingerprint(sha256(policy.text.as_bytes()))),
    }
}

/// `GET /api/acceptable-use`.
async fn show(manager: Manager, State(inside): State<Inside>) -> Json<Value> {
    let accounts = inside.context.people.accounts();
    let account = manager.person.as_ref().and_then(|person| accounts.get(person));
    let accepted = account.as_ref().map(|account| account.acceptable_use.as_slice());
    Json(of(&inside.context.assurance.papers(), accepted))
}

/// The policy, and what is known of whoever asks; nothing of an operator's token, which accepts nothing.
fn of(papers: &Papers, accepted: Option<&[Acceptance]>) -> Value {
    let today = today();
    json!({
        "in_force": papers.acceptable_use_on(today), "coming": papers.acceptable_use_after(today),
        "accepted": accepted, "to_accept": accepted.and_then(|accepted| papers.to_accept(accepted, today)),
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Version {
    version: u32,
}

/// `POST /api/acceptable-use/accept`: by the person alone.
async fn accept(
    manager: Manager,
    State(inside): State<Inside>,
    Json(Version { version }): Json<Version>,
) -> Result<Json<Value>, ApiError> {
    let account = own_account(&manager, &inside)?;
    let papers = inside.context.assurance.papers();
    let acceptance = papers.acceptance(version, today())?;
    let account = inside.context.people.accounts().accept_use(&account.id, acceptance).await?;
    Ok(Json(of(&papers, Some(&account.acceptable_use))))
}
