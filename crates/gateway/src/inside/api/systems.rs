//! Our own calling systems, their credentials and the people who use them.

use std::net::IpAddr;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use packhorse_governance::people::{Credential, Defaults, Person};
use packhorse_governance::{CallingSystem, Mailbox, OperatorRole};
use packhorse_keys::Fingerprint;
use packhorse_model::agreement::Code;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::inside::Inside;
use crate::inside::api::{ApiError, Manager};
use crate::inside::mesh::Account;
use crate::kinds::parcel::webhook;
use crate::steps::identify::today;

const INTEGRATORS: [OperatorRole; 1] = [OperatorRole::Integrator];
/// People and their training are governance's, not the integrator's.
const GOVERNORS: [OperatorRole; 1] = [OperatorRole::Governance];

/// `GET /api/systems`: without secrets, which are not even kept.
pub(super) async fn list(manager: Manager, State(inside): State<Inside>) -> Result<Json<Value>, ApiError> {
    manager.may(&[OperatorRole::Integrator, OperatorRole::Governance, OperatorRole::Auditor])?;
    let systems = inside.context.people.systems();
    Ok(Json(json!(systems.iter().map(|system| entry(system)).collect::<Vec<_>>())))
}

fn entry(system: &CallingSystem) -> Value {
    let credentials: Vec<Value> = system
        .credentials
        .iter()
        .map(|credential| match credential {
            Credential::ApiKey { created, .. } => json!({"kind": "api-key", "created": created}),
            Credential::Certificate { fingerprint } => json!({"kind": "certificate", "fingerprint": fingerprint}),
            Credential::SourceAddress { ip } => json!({"kind": "source-address", "address": ip}),
        })
        .collect();
    json!({"code": system.code, "title": system.title, "defaults": system.defaults, "credentials": credentials,
           "people": system.users, "mailbox": system.mailbox.as_ref().map(shown_mailbox)})
}

/// Without its accounts: only whether there are any.
fn shown_mailbox(mailbox: &Mailbox) -> Value {
    let mut shown = json!(Mailbox { mesh: None, webhook: None, ..mailbox.clone() });
    shown["has_mesh_account"] = mailbox.mesh.is_some().into();
    shown["has_webhook"] = mailbox.webhook.is_some().into();
    shown
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Described {
    title: String,
    #[serde(default)]
    defaults: Defaults,
}

/// `PUT /api/systems/{code}`: registers a system or changes its title and defaults; its credentials and people stay.
pub(super) async fn put(
    manager: Manager,
    State(inside): State<Inside>,
    Path(code): Path<String>,
    Json(described): Json<Described>,
) -> Result<Json<Value>, ApiError> {
    manager.may(&INTEGRATORS)?;
    let people = &inside.context.people;
    if people.system(&code).is_some() {
        let Described { title, defaults } = described;
        people.change(&code, |system| (system.title, system.defaults) = (title.clone(), defaults.clone())).await?;
    } else {
        let Described { title, defaults } = described;
        let system = CallingSystem {
            code: code.clone(),
            title,
            defaults,
            credentials: Vec::new(),
            users: Vec::new(),
            mailbox: None,
        };
        people.put_system(&system).await?;
    }
    shown(&inside, &code)
}

fn shown(inside: &Inside, code: &str) -> Result<Json<Value>, ApiError> {
    let system = inside.context.people.system(code).ok_or_else(|| ApiError::missing("calling system"))?;
    Ok(Json(entry(&system)))
}

/// `PUT /api/systems/{code}/mailbox`: the system may send and receive parcels. Its accounts stay.
pub(super) async fn put_mailbox(
    manager: Manager,
    State(inside): State<Inside>,
    Path(code): Path<String>,
    Json(mailbox): Json<Mailbox>,
) -> Result<Json<Value>, ApiError> {
    manager.may(&INTEGRATORS)?;
    known(&inside, &code)?;
    if mailbox.mesh.is_some() || mailbox.webhook.is_some() {
        return Err(ApiError::bad("accounts have calls of their own", "set them with mesh and webhook"));
    }
    inside
        .context
        .people
        .change(&code, |system| {
            let before = system.mailbox.take().unwrap_or_default();
            system.mailbox = Some(Mailbox { mesh: before.mesh, webhook: before.webhook, ..mailbox.clone() });
        })
        .await?;
    shown(&inside, &code)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WebhookAt {
    url: String,
    ca_file: Option<String>,
}

/// `PUT /api/systems/{code}/webhook`: every change is told there; the secret that signs is shown once.
pub(super) async fn put_webhook(
    manager: Manager,
    State(inside): State<Inside>,
    Path(code): Path<String>,
    Json(at): Json<WebhookAt>,
) -> Result<Json<Value>, ApiError> {
    manager.may(&INTEGRATORS)?;
    let (kept, secret) = webhook::account(&inside.context.parcels, &at.url, at.ca_file.as_deref())
        .map_err(|error| ApiError::bad(error.to_string(), "give an http:// address, or https:// with a ca_file"))?;
    change_mailbox(&inside, &code, |mailbox| mailbox.webhook = Some(kept.clone())).await?;
    Ok(Json(json!({ "secret": secret })))
}

/// `PUT /api/systems/{code}/mesh`: the account by which software that speaks NHS MESH enters the mailbox.
pub(super) async fn put_mesh(
    manager: Manager,
    State(inside): State<Inside>,
    Path(code): Path<String>,
    Json(account): Json<Account>,
) -> Result<Json<Value>, ApiError> {
    manager.may(&INTEGRATORS)?;
    if !account.is_well_formed() {
        let remedy = "make both of 8 to 256 printable ASCII characters";
        return Err(ApiError::bad("the password or the shared key breaks the form", remedy));
    }
    let kept = account
        .sealed(&inside.context.parcels)
        .map_err(|error| ApiError::bad(error.to_string(), "see the gateway's log"))?;
    change_mailbox(&inside, &code, |mailbox| mailbox.mesh = Some(kept.clone())).await?;
    let id = inside.context.identity.organisation.system(&code).map_err(|_| ApiError::missing("calling system"))?;
    Ok(Json(json!({ "mailbox": crate::inside::mesh::name_of(&id) })))
}

/// Changes a mailbox that there is.
async fn change_mailbox(inside: &Inside, code: &str, change: impl Fn(&mut Mailbox)) -> Result<(), ApiError> {
    let people = &inside.context.people;
    let system = people.system(code).ok_or_else(|| ApiError::missing("calling system"))?;
    if system.mailbox.is_none() {
        return Err(ApiError::bad("the system has no mailbox", "give it one first"));
    }
    Ok(people.change(code, |system| system.mailbox.iter_mut().for_each(&change)).await.map(|_| ())?)
}

/// `DELETE /api/systems/{code}/mailbox`: what lies in it stays until it expires.
pub(super) async fn remove_mailbox(
    manager: Manager,
    State(inside): State<Inside>,
    Path(code): Path<String>,
) -> Result<Json<Value>, ApiError> {
    manager.may(&INTEGRATORS)?;
    known(&inside, &code)?;
    inside.context.people.change(&code, |system| system.mailbox = None).await?;
    shown(&inside, &code)
}

/// Who is not there cannot be given a key.
fn known(inside: &Inside, code: &str) -> Result<(), ApiError> {
    inside.context.people.system(code).map(|_| ()).ok_or_else(|| ApiError::missing("calling system"))
}

/// `DELETE /api/systems/{code}`.
pub(super) async fn remove(
    manager: Manager,
    State(inside): State<Inside>,
    Path(code): Path<String>,
) -> Result<StatusCode, ApiError> {
    manager.may(&INTEGRATORS)?;
    match inside.context.people.remove_system(&code).await? {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(ApiError::missing("calling system")),
    }
}

/// `POST /api/systems/{code}/keys`: a new API key, shown once.
pub(super) async fn key(
    manager: Manager,
    State(inside): State<Inside>,
    Path(code): Path<String>,
) -> Result<Json<Value>, ApiError> {
    manager.may(&INTEGRATORS)?;
    known(&inside, &code)?;
    let token = inside.context.people.add_api_key(&code, jiff::Timestamp::now()).await?;
    Ok(Json(json!({"api_key": token.reveal()})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Certificate {
    fingerprint: Fingerprint,
}

/// `POST /api/systems/{code}/certificates`: the system may prove itself with this key.
pub(super) async fn certificate(
    manager: Manager,
    State(inside): State<Inside>,
    Path(code): Path<String>,
    Json(certificate): Json<Certificate>,
) -> Result<Json<Value>, ApiError> {
    manager.may(&INTEGRATORS)?;
    known(&inside, &code)?;
    inside.context.people.add_certificate(&code, certificate.fingerprint).await?;
    shown(&inside, &code)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Address {
    address: IpAddr,
}

/// `POST /api/systems/{code}/addresses`: for old clients that can do no better.
pub(super) async fn address(
    manager: Manager,
    State(inside): State<Inside>,
    Path(code): Path<String>,
    Json(address): Json<Address>,
) -> Result<Json<Value>, ApiError> {
    manager.may(&INTEGRATORS)?;
    known(&inside, &code)?;
    inside.context.people.add_source_address(&code, address.address).await?;
    shown(&inside, &code)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Personal {
    roles: Vec<Code>,
    trained_on: Option<jiff::civil::Date>,
    left_on: Option<jiff::civil::Date>,
}

/// `PUT /api/systems/{code}/people/{person}`: roles and training of one person.
pub(super) async fn put_person(
    manager: Manager,
    State(inside): State<Inside>,
    Path((code, id)): Path<(String, String)>,
    Json(described): Json<Personal>,
) -> Result<Json<Value>, ApiError> {
    manager.may(&GOVERNORS)?;
    known(&inside, &code)?;
    let Personal { roles, trained_on, left_on } = described;
    let system = inside.context.people.system(&code);
    let before = system.iter().flat_map(|system| &system.users).find(|user| user.id == id);
    let papers = inside.context.assurance.papers();
    for role in roles.iter().filter(|role| before.is_none_or(|before| !before.roles.contains(role))) {
        papers.may_be_given(&id, role.as_str(), today())?;
    }
    let person = Person { id, roles, trained_on, left_on };
    inside
        .context
        .people
        .change(&code, |system| {
            system.users.retain(|user| user.id != person.id);
            system.users.push(person.clone());
        })
        .await?;
    shown(&inside, &code)
}

/// `DELETE /api/systems/{code}/people/{person}`.
pub(super) async fn remove_person(
    manager: Manager,
    State(inside): State<Inside>,
    Path((code, id)): Path<(String, String)>,
) -> Result<Json<Value>, ApiError> {
    manager.may(&GOVERNORS)?;
    known(&inside, &code)?;
    inside.context.people.change(&code, |system| system.users.retain(|user| user.id != id)).await?;
    shown(&inside, &code)
}
