//! Who takes what: looked up in the directory and in the agreements that the caller's own mailbox sends under.

use axum::Json;
use axum::extract::{Path, State};
use packhorse_model::agreement::State as Standing;
use packhorse_model::id::ClientId;
use packhorse_model::organisation::Members as _;
use packhorse_model::{ExchangeId, SystemId};
use serde_json::{Value, json};

use super::caller::Caller;
use super::name::{name_of, title};
use super::version::Version;
use crate::inside::Inside;
use crate::steps::identify::today;

/// `GET _ping`: it is there.
pub(super) async fn ping() -> Json<Value> {
    Json(json!({
        "env": "packhorse",
        "build_label": env!("CARGO_PKG_VERSION"),
        "status": "running",
        "outcome": "Yes",
    }))
}

/// `GET endpointlookup/{organisation's code}/{workflow}`.
pub(super) async fn endpoint(
    State(inside): State<Inside>,
    version: Version,
    caller: Caller,
    Path((ods, workflow)): Path<(String, String)>,
) -> Json<Value> {
    let mut takers = takers(&inside, &caller, &workflow);
    takers.retain(|system| system.organisation.code.eq_ignore_ascii_case(&ods));
    match version {
        Version::One => {
            let result = |system: &SystemId| {
                let title = title(&inside.context, system);
                json!({ "address": name_of(system), "description": title, "endpoint_type": "MESH" })
            };
            let results: Vec<Value> = takers.iter().map(result).collect();
            Json(json!({ "query_id": ExchangeId::random(), "results": results }))
        }
        Version::Two => results(&inside, &takers),
    }
}

/// `GET workflowsearch/{workflow}`.
pub(super) async fn workflow(
    State(inside): State<Inside>,
    caller: Caller,
    Path(workflow): Path<String>,
) -> Json<Value> {
    results(&inside, &takers(&inside, &caller, &workflow))
}

fn results(inside: &Inside, takers: &[SystemId]) -> Json<Value> {
    let result =
        |system: &SystemId| json!({ "mailbox_id": name_of(system), "mailbox_name": title(&inside.context, system) });
    Json(json!({ "results": takers.iter().map(result).collect::<Vec<_>>() }))
}

/// The mailboxes that the caller's may send a workflow to, under agreements in force.
fn takers(inside: &Inside, caller: &Caller, workflow: &str) -> Vec<SystemId> {
    let client = ClientId::System(caller.id.clone());
    let held = inside.context.agreements.list();
    let in_force = held.iter().filter(|held| held.state_on(today()) == Standing::Active);
    let grants = in_force.flat_map(|held| held.agreement().grants.iter());
    let fit =
        grants.filter(|grant| grant.is_for_parcels() && grant.names(&client) && grant.service.service == workflow);
    let mut takers: Vec<SystemId> = fit.map(|grant| grant.service.system.clone()).collect();
    takers.sort();
    takers.dedup();
    // Who is suspended takes nothing.
    let active = |system: &SystemId| {
        let member = inside.context.directory.organisation(&system.organisation);
        member.is_some_and(|member| member.is_active())
    };
    takers.retain(active);
    takers
}
