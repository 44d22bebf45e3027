//! Partners: every member of the network with its assurance at a glance, as this gateway's directory states it.

use askama::Template;
use axum::Router;
use axum::extract::Query;
use axum::response::Response;
use axum::routing::get;
use jiff::civil::Date;
use serde::Deserialize;

use crate::Web;
use crate::api::part;
use crate::components::{Cell, Input, Paging, Table, Tag};
use crate::dates::{count, day};
use crate::error::WebError;
use crate::form::{Errors, Form};
use crate::layout::{Layout, page};
use crate::visitor::Person;

pub(super) fn routes() -> Router<Web> {
    Router::new().route("/partners", get(show))
}

#[derive(Deserialize)]
struct Sought {
    q: Option<String>,
    after: Option<String>,
}

#[derive(Deserialize)]
struct Found {
    items: Vec<Partner>,
    next: Option<String>,
}

#[derive(Deserialize)]
struct Partner {
    organisation: String,
    name: String,
    own: bool,
    standing: String,
    assured_until: Option<Date>,
    days_left: Option<i32>,
    charter_signed_on: Option<Date>,
    training_stated_on: Option<Date>,
    code_of_connection_accepted_on: Option<Date>,
}

#[derive(Template)]
#[template(path = "partners.html")]
struct Partners {
    layout: Layout,
    search: Input,
    partners: Table,
    paging: Paging,
}

async fn show(person: Person, Query(sought): Query<Sought>) -> Result<Response, WebError> {
    let q = sought.q.unwrap_or_default();
    let after = sought.after.unwrap_or_default();
    let asked = format!("/api/partners?limit=50&q={}&after={}", part(&q), part(&after));
    let found: Found = person.api.get(&asked).await?;
    let list = |after: &str| format!("/partners?q={}&after={}", part(&q), part(after));
    let columns =
        ["Partner", "Identifier", "Assurance", "Ends", "Code of connection", "Charter signed", "Training stated"];
    let empty = if q.is_empty() { "The directory lists nobody yet." } else { "No partner’s name holds this." };
    let form = Form::filled([("q", q.clone())]);
    Ok(page(&Partners {
        layout: person.layout("Partners").at("/partners").wide(),
        search: Input::new("q", "Search by name or identifier")
            .kind("search")
            .width(30)
            .filled(&form, &Errors::default()),
        partners: Table::new("Partners", &columns, empty).caption_hidden().rows(found.items.iter().map(row)),
        paging: Paging { first: (!after.is_empty()).then(|| list("")), next: found.next.as_deref().map(list) },
    }))
}

fn row(partner: &Partner) -> Vec<Cell> {
    let name = if partner.own { format!("{} (this organisation)", partner.name) } else { partner.name.clone() };
    let tag = match partner.standing.as_str() {
        "suspended" => Tag::new("Suspended", "red"),
        "lapsed" => Tag::new("Lapsed", "red"),
        "ending" => Tag::new("Ending", "orange"),
        _ => Tag::new("Current", "green"),
    };
    let ends = match (partner.assured_until, partner.days_left) {
        (Some(ends), Some(left)) if left < 0 => format!("{}, {} ago", day(ends), count(left.unsigned_abs(), "day")),
        (Some(ends), Some(left)) => format!("{}, in {}", day(ends), count(left.unsigned_abs(), "day")),
        _ => "No end is set".to_owned(),
    };
    let date = |date: Option<Date>| Cell::from(date.map_or_else(|| "Not stated".to_owned(), day));
    vec![
        name.into(),
        Cell::Code(partner.organisation.clone()),
        tag.into(),
        ends.into(),
        date(partner.code_of_connection_accepted_on),
        date(partner.charter_signed_on),
        date(partner.training_stated_on),
    ]
}
