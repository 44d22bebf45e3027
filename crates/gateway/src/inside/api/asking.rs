//! Asking another body's register as a person: what somebody may ask and why not, how a question is put, the answer.
//!
//! A person asks through a system that names them as its user, by the same pipeline as the system itself would; what is
//! said here beforehand is what the pipeline would decide.

mod described;
mod offers;
mod put;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use axum::routing::{get, post};
use packhorse_governance::CallingSystem;
use packhorse_model::id::{ExchangeId, ServiceId, SystemId};
use packhorse_model::record::Receipt;
use packhorse_model::{Side, organisation::Members as _};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

use super::document::{Gives, Route, route};
use super::{ApiError, Manager};
use crate::inside::Inside;

/// The calls of this file.
pub(super) fn routes() -> Vec<Route> {
    vec![
        route("get", "/asking", get(list), "the registers that a signed-in person may ask, and why not")
            .answers("Register")
            .gives(Gives::Items),
        route("get", "/asking/form", get(form), "how a register is asked: lookups, keys, fields given and withheld")
            .answers("RegisterForm")
            .query(&["system", "service"]),
        route("post", "/asking", post(ask), "ask a register as a person; the answer and its receipt's name")
            .answers("RegisterAnswer")
            .body(&["system", "service", "lookup", "keys: object", "purpose", "case?", "role?", "agreement?"]),
        route("get", "/asking/{exchange}/receipt", get(receipt), "the receipt of a question that this person asked")
            .answers("Receipt"),
    ]
}

/// The account of whoever calls: an operator's token is nobody in particular, and asks nothing.
pub(super) fn person(manager: &Manager) -> Result<&str, ApiError> {
    let person = manager.person.as_deref();
    person.ok_or_else(|| ApiError::bad("the token is an operator's, not a person's", "sign in as a person"))
}

/// The system with this code, if it names the person as one of its users.
pub(super) fn system_of(inside: &Inside, code: &str, person: &str) -> Result<(Arc<CallingSystem>, SystemId), ApiError> {
    let context = &inside.context;
    let system = context.people.system(code).filter(|system| uses(system, person));
    let system = system.ok_or_else(|| ApiError::missing("system of yours"))?;
    let id = context.identity.organisation.system(&system.code).map_err(|_| ApiError::missing("system of yours"))?;
    Ok((system, id))
}

/// Whether a system names the person. One that names nobody vouches for software, never for who signs in.
pub(super) fn uses(system: &CallingSystem, person: &str) -> bool {
    system.users.iter().any(|user| user.id == person)
}

/// `GET /api/asking`.
async fn list(manager: Manager, State(inside): State<Inside>) -> Result<Json<Value>, ApiError> {
    let person = person(&manager)?;
    let mut items = Vec::new();
    for system in inside.context.people.systems().iter().filter(|system| uses(system, person)) {
        for offer in offers::of(&inside, system, person) {
            items.push(offer.shown(&inside, system));
        }
    }
    Ok(Json(json!({ "items": items })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Which {
    system: String,
    service: ServiceId,
}

/// `GET /api/asking/form`: asks the provider how its service is described; an exchange of its own, without a person.
async fn form(
    manager: Manager,
    State(inside): State<Inside>,
    Query(which): Query<Which>,
) -> Result<Json<Value>, ApiError> {
    let person = person(&manager)?;
    let (system, id) = system_of(&inside, &which.system, person)?;
    let offer = offers::of(&inside, &system, person).into_iter().filter(|offer| offer.service == which.service);
    // One that permits, if there is any: several agreements may cover a service.
    let offer = offer.max_by_key(offers::Offer::is_permitted).ok_or_else(|| ApiError::missing("register of yours"))?;
    let described = described::fetch(&inside, &id, &which.service, (person, offer.role())).await?;
    let mut shown = offer.shown(&inside, &system);
    let given = |field: &Value| offer.gives(field["name"].as_str().unwrap_or_default());
    let (given, withheld): (Vec<Value>, Vec<Value>) = described.fields.into_iter().partition(given);
    shown["title"] = json!(described.title);
    shown["description"] = json!(described.description);
    shown["lookups"] = json!(described.lookups);
    shown["given"] = json!(given);
    shown["withheld"] = json!(withheld);
    Ok(Json(shown))
}

/// `POST /api/asking`.
async fn ask(
    manager: Manager,
    State(inside): State<Inside>,
    Json(question): Json<put::Question>,
) -> Result<Response, ApiError> {
    let person = person(&manager)?;
    let (system, id) = system_of(&inside, &question.system, person)?;
    put::put(&inside, &system, id, person, question).await
}

/// `GET /api/asking/{exchange}/receipt`: only of what this very person asked; anybody else's is not there.
async fn receipt(
    manager: Manager,
    State(inside): State<Inside>,
    Path(exchange): Path<ExchangeId>,
) -> Result<Json<Receipt>, ApiError> {
    let person = person(&manager)?;
    let (evidence, id) = (&inside.context.evidence, exchange.to_string());
    let records = evidence.store().records();
    for line in records.named(&id).await?.iter().filter(|line| line.side == Side::Outbound) {
        let kept = records.at(line.index).await?.and_then(|kept| kept.content);
        let content: Option<Value> = kept.and_then(|content| serde_json::from_slice(&content.bytes).ok());
        if content.is_some_and(|content| content["user"] == person) {
            return Ok(Json(evidence.receipt(&id, Some(Side::Outbound), Some(&line.partner)).await?));
        }
    }
    Err(ApiError::missing("question of yours on record"))
}

/// The provider's own name.
fn name_of(inside: &Inside, service: &ServiceId) -> String {
    let organisation = &service.system.organisation;
    let member = inside.context.directory.organisation(organisation);
    member.map_or_else(|| organisation.to_string(), |member| member.details.name.clone())
}
