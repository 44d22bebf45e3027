//! The renewals calendar: what ends or is due, month by month, the soonest first.

use askama::Template;
use axum::response::Response;
use jiff::civil::Date;
use serde::Deserialize;

use super::Items;
use crate::api::part;
use crate::components::{Cell, Table, Tag};
use crate::dates::day;
use crate::error::WebError;
use crate::layout::{Layout, page};
use crate::visitor::Person;

/// Something that ends or is due.
#[derive(Deserialize)]
pub(super) struct Due {
    date: Date,
    what: String,
    class: String,
    code: String,
    name: String,
    detail: Option<String>,
    has_open_submission: bool,
}

#[derive(Template)]
#[template(path = "network/renewals.html")]
struct Renewals {
    layout: Layout,
    /// A heading and what falls under it.
    months: Vec<(String, Table)>,
}

/// `GET /renewals`.
pub(super) async fn show(person: Person) -> Result<Response, WebError> {
    let due: Items<Due> = person.api.get("/api/renewals").await?;
    let mut months: Vec<(String, Vec<&Due>)> = Vec::new();
    for one in &due.items {
        // `29 November 2026` without its day.
        let month = day(one.date).split_once(' ').map(|(_, rest)| rest.to_owned()).unwrap_or_default();
        match months.last_mut().filter(|(heading, _)| *heading == month) {
            Some((_, of)) => of.push(one),
            None => months.push((month, vec![one])),
        }
    }
    let months = months
        .into_iter()
        .map(|(month, of)| {
            let table = table(&format!("Dates in {month}"), of.into_iter()).caption_hidden();
            (month, table)
        })
        .collect();
    Ok(page(&Renewals { layout: person.layout("Renewals").at("/renewals").wide(), months }))
}

/// The dates as a table.
pub(super) fn table<'a>(caption: &str, dues: impl Iterator<Item = &'a Due>) -> Table {
    let today = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let row = |due: &Due| {
        let (what, detail) = match due.what.as_str() {
            "condition_due" => ("Condition due", due.detail.clone().unwrap_or_default()),
            _ => {
                ("Assurance ends", if due.has_open_submission { "Answers wait for you".into() } else { String::new() })
            }
        };
        let left = (due.date - today).get_days();
        let tag = match left {
            ..0 => Tag::new("Past", "red"),
            0..=14 => Tag::new("Urgent", "orange"),
            15..=60 => Tag::new("Soon", "yellow"),
            _ => Tag::new("Later", "grey"),
        };
        let member = Cell::link(format!("/members/{}/{}", part(&due.class), part(&due.code)), due.name.clone());
        vec![day(due.date).into(), tag.into(), member, what.into(), detail.into()]
    };
    Table::new(caption, &["Date", "How soon", "Member", "What", "Detail"], "No dates are set.").rows(dues.map(row))
}
