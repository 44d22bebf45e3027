//! The mailboxes of a signed-in person, and to whom they may send from each.

use axum::Json;
use axum::extract::{Path, State};
use axum::routing::get;
use packhorse_model::Side;
use packhorse_model::agreement::State as AgreementState;
use packhorse_model::id::ClientId;
use packhorse_model::organisation::Members as _;
use packhorse_store::{ParcelFilter, ParcelOrder};
use serde_json::{Value, json};

use super::asking::{person, system_of, uses};
use super::document::{Gives, Route, route};
use super::{ApiError, Manager};
use crate::inside::Inside;
use crate::inside::parcels::Caller;
use crate::steps::identify::today;

/// Most that is counted of what waits.
const COUNTED: u32 = 100;

/// The calls of this file.
pub(super) fn routes() -> Vec<Route> {
    vec![
        route("get", "/mailboxes", get(list), "the mailboxes of a signed-in person, and how much waits in each")
            .answers("OwnMailbox")
            .gives(Gives::Items),
        route("get", "/mailboxes/{system}/recipients", get(recipients), "to whom may be sent from a mailbox")
            .answers("Recipient")
            .gives(Gives::Items),
    ]
}

/// `GET /api/mailboxes`: sent from and looked into by `/parcels`, with the session's token and `X-Road-Client`.
async fn list(manager: Manager, State(inside): State<Inside>) -> Result<Json<Value>, ApiError> {
    let person = person(&manager)?;
    let mut items = Vec::new();
    for system in inside.context.people.systems().into_iter().filter(|system| uses(system, person)) {
        let Ok(id) = inside.context.identity.organisation.system(&system.code) else { continue };
        let caller = Caller { system, id, user: Some(person.to_owned()), role: None };
        if caller.check_signed_in(&inside.context).is_err() {
            continue;
        }
        let delivered = ParcelFilter {
            mailbox: Some(&caller.id.system),
            states: &["delivered"],
            order: ParcelOrder::Listed { after: None },
            limit: COUNTED,
            ..ParcelFilter::new(Side::Inbound)
        };
        let waiting = inside.context.parcels.rows().list(&delivered).await?.len();
        items.push(json!({
            "system": caller.id.system, "id": caller.id, "title": caller.system.title, "waiting": waiting,
            "purpose": caller.system.defaults.purpose,
        }));
    }
    Ok(Json(json!({ "items": items })))
}

/// `GET /api/mailboxes/{system}/recipients`: by the agreements in force; who is there, as the agreement names them.
async fn recipients(
    manager: Manager,
    State(inside): State<Inside>,
    Path(system): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let person = person(&manager)?;
    let (system, id) = system_of(&inside, &system, person)?;
    let context = &inside.context;
    let client = ClientId::System(id);
    let mailbox = system.mailbox.as_ref().ok_or_else(|| ApiError::missing("mailbox of yours"))?;
    let in_force =
        context.agreements.list().into_iter().filter(|held| held.state_on(today()) == AgreementState::Active);
    let mut items = Vec::new();
    for held in in_force {
        let agreement = held.agreement();
        let grants = agreement.grants.iter().filter(|grant| grant.is_for_parcels() && grant.names(&client));
        for grant in grants.filter(|grant| mailbox.may_send(&grant.service.service).is_ok()) {
            let organisation = &grant.service.system.organisation;
            let Some(member) = context.directory.organisation(organisation).filter(|member| member.is_active()) else {
                continue;
            };
            let entry = member.details.systems.iter().find(|entry| entry.code == grant.service.system.system);
            let party = agreement.parties.iter().find(|party| party.organisation == *organisation);
            let contacts = party.map(|party| party.contacts.as_slice()).unwrap_or_default();
            let purposes = if grant.purposes.is_empty() {
                agreement.flow.purposes_permitted.iter().collect()
            } else {
                grant.purposes.iter().collect::<Vec<_>>()
            };
            items.push(json!({
                "to": grant.service, "organisation": organisation, "name": member.details.name,
                "mailbox": entry.map(|entry| &entry.name), "workflow": grant.service.service,
                "agreement": agreement.id, "agreement_title": agreement.title, "purposes": purposes,
                "contents": grant.fields, "marking": agreement.data.marking, "contacts": contacts,
            }));
        }
    }
    Ok(Json(json!({ "items": items })))
}
