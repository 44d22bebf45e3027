//! The other members at a glance: who takes part, until when each one's assurance holds, what it has shown.
//!
//! All of it is the directory's word; what the registry knows beyond that stays with its operator.

use axum::Json;
use axum::extract::{Query, State};
use jiff::civil::Date;
use packhorse_model::organisation::{Organisation, Status};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::inside::Inside;
use crate::inside::api::Manager;
use crate::steps::identify::today;

/// Most partners of a page, and how many when nobody says.
const MOST: usize = 500;
const USUALLY: usize = 100;
/// From so many days before its end on, an assurance is shown as ending.
const ENDING_DAYS: i32 = 60;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Sought {
    /// A part of the name or identifier.
    q: Option<String>,
    after: Option<String>,
    limit: Option<usize>,
}

/// `GET /api/partners`: every member that was not removed, by identifier; our own organisation is marked.
pub(super) async fn list(_: Manager, State(inside): State<Inside>, Query(sought): Query<Sought>) -> Json<Value> {
    let context = &inside.context;
    let directory = context.directory.current();
    let q = sought.q.unwrap_or_default().to_lowercase();
    let after = sought.after.unwrap_or_default();
    let mut members: Vec<(String, &Organisation)> = directory
        .organisations()
        .filter(|member| member.status != Status::Removed)
        .map(|member| (member.id.to_string(), member.as_ref()))
        .filter(|(id, member)| *id > after && fits(&q, id, member))
        .collect();
    members.sort_by(|(one, _), (other, _)| one.cmp(other));
    let limit = sought.limit.unwrap_or(USUALLY).clamp(1, MOST);
    let next = (members.len() > limit).then(|| members[limit - 1].0.clone());
    let own = &context.identity.organisation;
    let item = |(id, member): &(String, &Organisation)| shown(id, member, member.id == *own, today());
    let items: Vec<Value> = members.iter().take(limit).map(item).collect();
    Json(json!({"items": items, "next": next}))
}

fn fits(q: &str, id: &str, member: &Organisation) -> bool {
    q.is_empty() || id.to_lowercase().contains(q) || member.details.name.to_lowercase().contains(q)
}

fn shown(id: &str, member: &Organisation, own: bool, today: Date) -> Value {
    let assurance = &member.assurance;
    let days_left = assurance.valid_until.map(|last| (last - today).get_days());
    let standing = match member.status {
        Status::Suspended => "suspended",
        _ if !member.is_assured(today) => "lapsed",
        _ if days_left.is_some_and(|days| days <= ENDING_DAYS) => "ending",
        _ => "current",
    };
    json!({
        "organisation": id, "name": member.details.name, "own": own, "status": member.status, "standing": standing,
        "assured_until": assurance.valid_until, "days_left": days_left,
        "code_of_connection_accepted_on": assurance.code_of_connection, "charter_signed_on": assurance.charter,
        "training_stated_on": assurance.training, "charter_url": member.details.charter_url,
        "siro": member.details.siro,
        "systems": member.details.systems.iter().map(|system| &system.name).collect::<Vec<_>>(),
    })
}
