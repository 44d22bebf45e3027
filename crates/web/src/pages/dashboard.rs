//! The dashboard: the gap between tiers first, then what is measured beside each figure of 2009, then what is exchanged.

use axum::Router;
use axum::extract::Query;
use axum::response::Response;
use axum::routing::get;
use serde::Deserialize;
use serde_json::Value;

use super::chart::{Bar, Bars};
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

/// Tenths of a percent as people read them.
pub(super) fn percent(permille: Option<u64>) -> String {
    permille.map_or_else(|| "–".to_owned(), |permille| format!("{}.{}\u{a0}%", permille / 10, permille % 10))
}

fn permille(value: &Value) -> String {
    percent(value.as_u64())
}

async fn show(person: Person, Query(period): Query<Period>) -> Result<Response, WebError> {
    let figures: Value = person.api.get(&format!("/api/figures{}", period.query())).await?;
    let layout = person.layout("Dashboard").at("/dashboard").wide();
    let sheet = Sheet::new(layout).text(&format!("{}.", months(&figures["period"])))?;
    let sheet = headline(sheet, &figures["headline"])?;
    let sheet = measures(sheet, &figures)?;
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

fn headline(sheet: Sheet, measure: &Value) -> Result<Sheet, WebError> {
    if measure.is_null() {
        return sheet.inset("There is no survey with results for two tiers yet: the gap between the top and the front line cannot be shown. Open a survey, and close it when enough have answered.");
    }
    let bars = items(&measure["tiers"]).iter().map(|tier| Bar {
        label: words(&tier["name"]),
        value: tier["permille"].as_u64(),
        text: tier["permille"].as_u64().map_or_else(|| "too few to show".to_owned(), |value| percent(Some(value))),
        against: false,
    });
    let title = format!("{}: {} between tiers", said(&measure["measured"]), permille(&measure["gap"]));
    sheet
        .heading("The gap between tiers")?
        .text(&format!(
            "The widest: {}. The difference between the highest and the lowest tier is {}.",
            said(&measure["measured"]),
            permille(&measure["gap"])
        ))?
        .part(&Bars::new("headline", title, 1000, bars.collect()))
}

fn measures(sheet: Sheet, figures: &Value) -> Result<Sheet, WebError> {
    let all = items(&figures["measures"]);
    let bars = all.iter().flat_map(|measure| {
        let ours = &measure["ours"]["permille"];
        [
            Bar {
                label: format!("{}, 2009", said(&measure["label"])),
                value: measure["permille_2009"].as_u64(),
                text: permille(&measure["permille_2009"]),
                against: true,
            },
            Bar {
                label: format!("{}, here", said(&measure["label"])),
                value: ours.as_u64(),
                text: if ours.is_null() { "not measured".to_owned() } else { permille(ours) },
                against: false,
            },
        ]
    });
    let chart = Bars::new("measures", "The figures of 2009 and ours", 1000, bars.collect());
    let rows = all.iter().map(|measure| {
        let target = if measure["target"].is_null() { "–".to_owned() } else { permille(&measure["target"]) };
        vec![
            said(&measure["label"]).into(),
            said(&measure["meaning"]).into(),
            Cell::Number(permille(&measure["permille_2009"])),
            said(&measure["measured"]).into(),
            Cell::Number(permille(&measure["ours"]["permille"])),
            Cell::Number(target),
            Cell::Number(permille(&measure["gap"])),
        ]
    });
    let columns =
        ["Figure", "What it said in 2009", "#2009", "What is measured here", "#Here", "#Target", "#Gap of tiers"];
    let sheet = sheet.heading("Beside the survey of 2009")?.part(&chart)?;
    let sheet = sheet.part(&Table::new("Figures", &columns, "").rows(rows))?;
    let sheet = groups(sheet, all, "tiers", "By tier")?;
    groups(sheet, all, "departments", "By department")
}

/// The surveyed figures by tier, or by department.
fn groups(sheet: Sheet, measures: &[Value], by: &str, caption: &str) -> Result<Sheet, WebError> {
    let surveyed: Vec<&Value> = measures.iter().filter(|measure| !items(&measure[by]).is_empty()).collect();
    let Some(first) = surveyed.first() else { return Ok(sheet) };
    let rows = items(&first[by]).iter().enumerate().map(|(index, group)| {
        let shares = surveyed.iter().map(|measure| Cell::Number(permille(&measure[by][index]["permille"])));
        std::iter::once(Cell::from(words(&group["name"]))).chain(shares).collect()
    });
    let columns: Vec<String> = surveyed.iter().map(|measure| format!("#{}", said(&measure["label"]))).collect();
    let columns: Vec<&str> = std::iter::once("Group").chain(columns.iter().map(String::as_str)).collect();
    sheet.part(&Table::new(format!("{caption}; a dash where fewer than ten answered"), &columns, "").rows(rows))
}

fn exchanges(sheet: Sheet, figures: &Value) -> Result<Sheet, WebError> {
    let exchanges = &figures["exchanges"];
    let channels = items(&exchanges["channels"]);
    let highest = channels.iter().filter_map(|channel| channel["count"].as_u64()).max().unwrap_or(0);
    let bars = channels.iter().map(|channel| Bar {
        label: words(&channel["channel"]),
        value: channel["count"].as_u64(),
        text: said(&channel["count"]),
        against: false,
    });
    let chart = Bars::new("channels", "Exchanges by channel", highest, bars.collect());
    let counted = |caption: &str, key: &str, name: &str, list: &Value| {
        let rows = items(list).iter().map(|line| vec![words(&line[name]).into(), Cell::Number(said(&line[key]))]);
        Table::new(caption, &["What", "#Exchanges"], "None.").rows(rows.collect::<Vec<_>>())
    };
    let partners = items(&exchanges["by_partner"]).iter().take(20).map(|line| {
        vec![said(&line["partner"]).into(), Cell::Number(said(&line["exchanges"])), Cell::Number(said(&line["given"]))]
    });
    let summary = Summary::new()
        .row("Exchanges", said(&exchanges["total"]))
        .row("Parcels sent", said(&exchanges["parcels_sent"]))
        .row("Parcels on media that were lost", said(&exchanges["parcels_on_lost_media"]))
        .row("Staff with training in date", share_of(&figures["training"]))
        .row("Staff who accepted the acceptable use policy in force", accepted(&figures["acceptable_use"]))
        .row("Roles that require vetting, held by somebody vetted", vetted(&figures["vetting"]))
        .row("Incidents, exercises not counted", said(&figures["incidents"]["real"]))
        .row("Gates overridden", said(&figures["overrides"]));
    let staff = items(&figures["staff"]).iter().map(|line| {
        vec![
            words(&line["tier"]).into(),
            said(&line["department"]).into(),
            words(&line["kind"]).into(),
            words(&line["outcome"]).into(),
            Cell::Number(said(&line["exchanges"])),
        ]
    });
    let columns = ["Tier", "Department", "Kind", "How it ended", "#Exchanges"];
    let sheet = sheet.heading("What is exchanged")?.part(&summary)?;
    let accepted = "Accepted the acceptable use policy in force";
    let sheet = staff_share(sheet, &figures["acceptable_use"], accepted)?;
    staff_share(sheet, &figures["vetting"], "Roles that require vetting, held by somebody vetted")?
        .part(&chart)?
        .part(&counted("By channel", "count", "channel", &exchanges["channels"]))?
        .part(&counted("By kind", "exchanges", "kind", &exchanges["by_kind"]))?
        .part(&counted("By how they ended", "exchanges", "outcome", &exchanges["by_outcome"]))?
        .part(&counted("Refusals by rule", "exchanges", "rule", &exchanges["refusals"]))?
        .part(
            &Table::new("By partner, the twenty largest", &["Partner", "#Exchanges", "#Fields given"], "None.")
                .rows(partners),
        )?
        .part(&Table::new("By our own people's tier and department", &columns, "None.").rows(staff))
}

/// Of the staff, how many, or that there is nothing to accept.
fn accepted(share: &Value) -> String {
    if share["policy"].is_null() {
        return "no policy is published".to_owned();
    }
    share_of(&share["all"])
}

/// Of the roles held, how many are by somebody vetted, or that nothing requires it.
fn vetted(share: &Value) -> String {
    if share["rules"] == 0 { "nothing requires vetting".to_owned() } else { share_of(&share["all"]) }
}

fn share_of(share: &Value) -> String {
    format!("{} ({} of {})", permille(&share["permille"]), said(&share["count"]), said(&share["of"]))
}

/// A share of the staff by tier and by department; nothing where nothing is measured.
fn staff_share(sheet: Sheet, share: &Value, caption: &str) -> Result<Sheet, WebError> {
    let groups = [("Tier", "tiers"), ("Department", "departments")];
    let rows: Vec<Vec<Cell>> = groups
        .into_iter()
        .flat_map(|(sort, by)| items(&share[by]).iter().map(move |group| (sort, by, group)))
        .map(|(sort, by, group)| {
            let name = if by == "tiers" { words(&group["name"]) } else { said(&group["name"]) };
            vec![
                sort.into(),
                name.into(),
                Cell::Number(permille(&group["permille"])),
                Cell::Number(said(&group["count"])),
                Cell::Number(said(&group["of"])),
            ]
        })
        .collect();
    if rows.is_empty() {
        return Ok(sheet);
    }
    let sheet = sheet.part(&Table::new(caption, &["By", "Group", "#Share", "#People", "#Of"], "").rows(rows))?;
    if share["gap"].is_null() {
        return Ok(sheet);
    }
    sheet.text(&format!("Between the highest and the lowest tier: {}.", permille(&share["gap"])))
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
        .row(
            "Commissioner told in time, and late",
            format!("{}, {}", said(&incidents["told_regulator_in_time"]), said(&incidents["told_regulator_late"])),
        )
        .row("Exercises", said(&incidents["drills"]))
        .row("Media lost", said(&report["lost_media"]))
        .row(
            "Decisions to share, and to withhold",
            format!("{}, {}", said(&report["decisions"]["share"]), said(&report["decisions"]["withhold"])),
        )
        .row(
            "Information assets, owned, stated",
            format!(
                "{}, {}, {}",
                said(&report["assets"]["total"]),
                said(&report["assets"]["owned"]),
                said(&report["assets"]["stated"])
            ),
        );
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
    Ok(exchanges(sheet, &report["figures"])?
        .link(&format!("/files/annual-report.json{query}"), "Download the report as JSON")?
        .link(&format!("/files/evidence-pack.tar{query}"), "Download the evidence pack for an auditor")?
        .answer())
}

fn made_on(report: &Value) -> Value {
    report["made_at"].as_str().and_then(|at| at.get(..10)).into()
}
