//! Where the operator begins: what waits, how the network is, what ends next.

use askama::Template;
use axum::response::Response;
use serde::Deserialize;

use super::Items;
use super::renewals::{Due, table};
use super::shown::{Member, health};
use crate::components::{Cell, Table};
use crate::dates::count;
use crate::error::WebError;
use crate::layout::{Layout, page};
use crate::visitor::Person;

/// The network as the API counts it.
#[derive(Deserialize)]
pub(super) struct Network {
    pub(super) network: String,
    pub(super) directory_size: u64,
    pub(super) members: u64,
    pub(super) requests_waiting: u64,
    pub(super) gateways: std::collections::BTreeMap<String, u64>,
    pub(super) items: Vec<Member>,
}

#[derive(Template)]
#[template(path = "network/home.html")]
struct Home {
    layout: Layout,
    network: String,
    /// What waits: where, and what.
    waiting: Vec<(String, String)>,
    health: Table,
    due: Table,
}

/// How many dates are shown here.
const SOONEST: usize = 5;

/// `GET /`.
pub(super) async fn show(person: Person) -> Result<Response, WebError> {
    let network: Network = person.api.get("/api/network").await?;
    let due: Items<Due> = person.api.get("/api/renewals").await?;
    let mut waiting = Vec::new();
    if network.requests_waiting > 0 {
        waiting.push(("/requests".to_owned(), count(network.requests_waiting, "request") + " to join"));
    }
    for member in network.items.iter().filter(|member| member.has_open_submission) {
        waiting.push((member.path(), format!("{} has sent answers to assess", member.name)));
    }
    for member in
        network.items.iter().filter(|member| matches!(member.health().word, "Late" | "Silent" | "Ledger shrank"))
    {
        waiting.push((member.path(), format!("{}: {}", member.name, member.health().meaning)));
    }
    let gateways = ["healthy", "behind", "late", "silent", "ledger_shrank", "never_heard"].map(|condition| {
        let number = network.gateways.get(condition).copied().unwrap_or_default();
        let health = health(condition);
        vec![Cell::from(health.tag()), Cell::Number(number.to_string()), Cell::from(health.meaning)]
    });
    let health = Table::new("Gateways", &["Condition", "#Number", "Which means"], "There are no gateways yet.");
    Ok(page(&Home {
        layout: person.layout("Home").at("/").wide(),
        network: network.network,
        waiting,
        health: health.caption_hidden().rows(gateways),
        due: table("Next dates", due.items.iter().take(SOONEST)).caption_hidden(),
    }))
}
