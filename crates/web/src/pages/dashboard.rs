//! The dashboard, the annual report that shows the same figures, and the records of processing.

mod figures;

use axum::Router;
use axum::extract::Query;
use axum::response::Response;
use axum::routing::get;
use serde::Deserialize;
use serde_json::Value;

use figures::{exchanges, headline, measures, rules};

use super::sheet::{Sheet, day, items, said, words};
use crate::Web;
use crate::api::part;
use crate::components::{Cell, Summary, Table};
use crate::dates::month;
use crate::error::WebError;
use crate::listing::{self, Listing};
use crate::visitor::Person;

pub(super) fn routes() -> Router<Web> {
    Router::new()
        .route("/dashboard", get(show))
        .route("/processing-records", get(processing))
        .route("/annual-report", get(annual))
}

/// Which months.
#[derive(Deserialize)]
struct Period {
    from: Option<String>,
    to: Option<String>,
}

impl Period {
    fn query(&self) -> String {
        let pair = |name: &str, value: &Option<String>| value.as_ref().map(|value| format!("{name}={}", part(value)));
        let pairs: Vec<String> = pair("from", &self.from).into_iter().chain(pair("to", &self.to)).collect();
        if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) }
    }
}

async fn show(person: Person, Query(period): Query<Period>) -> Result<Response, WebError> {
    let figures: Value = person.api.get(&format!("/api/figures{}", period.query())).await?;
    let layout = person.layout("Dashboard").at("/dashboard").wide();
    let sheet = Sheet::new(layout).text(&format!("{}.", months(&figures["period"])))?;
    let sheet = headline(sheet, &figures["headline"])?;
    let sheet = measures(sheet, &figures)?;
    let sheet = rules(sheet, &figures)?;
    Ok(exchanges(sheet, &figures)?
        .link("/annual-report", "The SIRO's annual report")?
        .link("/processing-records", "Records of processing")?
        .link("/pulse/surveys", "Surveys")?
        .answer())
}

fn months(period: &Value) -> String {
    let named = |name: &str| {
        let text = said(&period[name]);
        format!("{text}-01").parse::<jiff::civil::Date>().map_or(text, month)
    };
    format!("{} to {}", named("from"), named("to"))
}

async fn processing(
    person: Person,
    Query(period): Query<Period>,
    Query(asked): Query<listing::Query>,
) -> Result<Response, WebError> {
    let query = period.query();
    let listing = Listing::read("/processing-records", &["q", "from", "to"], &asked);
    let found: Value = person.api.get(&listing.call("/api/processing-records")).await?;
    let rows = items(&found["items"]).iter().map(|record| {
        vec![
            said(&record["title"]).into(),
            said(&record["purposes"]["text"]).into(),
            said(&record["lawful_basis"]["article_6"]).into(),
            said(&record["categories_of_people"]).into(),
            said(&record["categories_of_data"]).into(),
            said(&record["recipients"]).into(),
            said(&record["retention"]).into(),
            Cell::Number(said(&record["exchanges"])),
        ]
    });
    let columns =
        ["Agreement", "Purpose", "Article 6", "People", "Fields", "Recipients", "Kept", "#Exchanges answered"];
    let empty = if listing.is_narrowed() { "No agreement is found." } else { "No agreement is held." };
    let table = Table::new("Records of processing", &columns, empty).rows(rows);
    Ok(Sheet::new(person.layout("Records of processing").back("/dashboard").wide())
        .text(&format!("Made from the agreements held and from what was really exchanged under each in the months {} (UK GDPR Article 30).", months(&found["period"])))?
        .part(&listing.search("Search by name"))?
        .part(&table)?
        .part(&listing.paging(found["next"].as_str()))?
        .link(&format!("/files/processing-records.csv{query}"), "Download as CSV")?
        .link(&format!("/files/processing-records.json{query}"), "Download as JSON")?
        .answer())
}

async fn annual(person: Person, Query(period): Query<Period>) -> Result<Response, WebError> {
    let query = period.query();
    let report: Value = person.api.get(&format!("/api/annual-report{query}")).await?;
    let incidents = &report["incidents"];
    let summary = Summary::new()
        .row("Organisation", said(&report["organisation"]))
        .row("Months", months(&report["period"]))
        .row("Incidents", said(&incidents["total"]))
        .row("Commissioner told in time", said(&incidents["told_regulator_in_time"]))
        .row("Commissioner told late", said(&incidents["told_regulator_late"]))
        .row("Exercises", said(&incidents["drills"]))
        .row("Media lost", said(&report["lost_media"]))
        .row("Decisions to share", said(&report["decisions"]["share"]))
        .row("Decisions to withhold", said(&report["decisions"]["withhold"]))
        .row("Information assets", said(&report["assets"]["total"]))
        .row("Information assets with an owner", said(&report["assets"]["owned"]))
        .row("Information assets with this year’s statement", said(&report["assets"]["stated"]));
    let requests = items(&report["requests"]).iter().map(|line| {
        let number = |name: &str| Cell::Number(said(&line[name]));
        vec![
            words(&line["kind"]).into(),
            number("received"),
            number("in_time"),
            number("late"),
            number("overdue"),
            number("open"),
        ]
    });
    let columns = ["Kind", "#Received", "#In time", "#Late", "#Overdue", "#Open"];
    let lessons: Vec<String> = items(&incidents["lessons"]).iter().map(|lesson| said(&lesson["text"])).collect();
    let layout = person.layout("Annual report of the SIRO").back("/dashboard").wide();
    let sheet = Sheet::new(layout)
        .text(&format!("Made on {}. Print this page, or take the JSON.", day(&made_on(&report))))?
        .part(&summary)?
        .part(&Table::new("Requests and complaints", &columns, "None was received.").rows(requests))?
        .heading("Lessons")?
        .bullets(&lessons)?;
    let sheet = headline(sheet, &report["figures"]["headline"])?;
    let sheet = measures(sheet, &report["figures"])?;
    let sheet = rules(sheet, &report["figures"])?;
    Ok(exchanges(sheet, &report["figures"])?
        .link(&format!("/files/annual-report.json{query}"), "Download the report as JSON")?
        .link(&format!("/files/evidence-pack.tar{query}"), "Download the evidence pack for an auditor")?
        .answer())
}

fn made_on(report: &Value) -> Value {
    report["made_at"].as_str().and_then(|at| at.get(..10)).into()
}
