//! The access review.

use askama::Template;
use axum::Router;
use axum::extract::{Path, Query};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::get;
use serde::Deserialize;
use serde_json::json;

use super::{Account, Listed, may};
use crate::Web;
use crate::api::part;
use crate::components::{Cell, Paging, Summary, Table};
use crate::dates::day;
use crate::error::WebError;
use crate::form::Form;
use crate::layout::{Layout, page};
use crate::visitor::Person;

pub(super) fn routes() -> Router<Web> {
    Router::new().route("/access-review", get(list)).route("/access-review/{person}", get(show).post(decide))
}

#[derive(Deserialize)]
struct Wanted {
    #[serde(default)]
    after: String,
}

#[derive(Template)]
#[template(path = "people/review.html")]
struct Listing {
    layout: Layout,
    table: Table,
    paging: Paging,
}

#[derive(Template)]
#[template(path = "people/access.html")]
struct Access {
    layout: Layout,
    summary: Summary,
    systems: Table,
    may: bool,
}

#[derive(Deserialize)]
struct Reviewed {
    #[serde(flatten)]
    account: Account,
    systems: Vec<System>,
}

#[derive(Deserialize)]
struct System {
    title: String,
    roles: Vec<String>,
    mailbox: bool,
    releases: bool,
}

async fn list(person: Person, Query(wanted): Query<Wanted>) -> Result<Response, WebError> {
    let found: Listed = person.api.get(&format!("/api/access-review?after={}", part(&wanted.after))).await?;
    let row = |one: &Account| -> Vec<Cell> {
        vec![
            Cell::link(one.below("/access-review"), one.name.clone()),
            one.department.clone().into(),
            one.roles().into(),
            day(one.confirmed_on).into(),
            one.ends(),
        ]
    };
    let columns = ["Name", "Department", "Roles", "Confirmed", "Ends"];
    let table = Table::new("Accesses to confirm", &columns, "Nothing waits to be confirmed in the next 30 days.");
    let paging = Paging {
        first: (!wanted.after.is_empty()).then(|| "/access-review".to_owned()),
        next: found.next.as_deref().map(|next| format!("/access-review?after={}", part(next))),
    };
    let table = table.caption_hidden().rows(found.items.iter().map(row));
    Ok(page(&Listing { layout: person.layout("Access review").at("/access-review").wide(), table, paging }))
}

async fn show(person: Person, Path(id): Path<String>) -> Result<Response, WebError> {
    let Reviewed { account, systems } = person.api.get(&format!("/api/access-review/{}", part(&id))).await?;
    let summary = Summary::new()
        .row("Department", account.department.clone())
        .row("Status", account.tag())
        .row("Roles at this gateway", account.roles())
        .maybe("Teams", Some(account.teams.join(", ")).filter(|teams| !teams.is_empty()))
        .row("Confirmed", format!("{} by {}", day(account.confirmed_on), account.confirmed_by))
        .row("Ends unless confirmed by", account.ends());
    let yes = |so: bool| Cell::from(if so { "yes" } else { "no" });
    let row = |system: System| -> Vec<Cell> {
        vec![system.title.into(), system.roles.join(", ").into(), yes(system.mailbox), yes(system.releases)]
    };
    let columns = ["System", "Roles there", "Its mailbox", "Releases stopped parcels"];
    let table = Table::new("Systems", &columns, "They use none of the systems that list their users.");
    let systems = table.rows(systems.into_iter().map(row));
    let layout = person.layout(format!("What {} may do", account.name)).back("/access-review");
    Ok(page(&Access { layout, summary, systems, may: may(&person) }))
}

async fn decide(person: Person, Path(id): Path<String>, sent: Form) -> Result<Response, WebError> {
    let path = match sent.text("act") {
        "confirm" => format!("/api/access-review/{}/confirm", part(&id)),
        "suspend" => format!("/api/people/{}/suspend", part(&id)),
        _ => return Err(WebError::Missing),
    };
    person.api.tell(&path, &json!({})).await?;
    Ok(Redirect::to("/access-review").into_response())
}
