//! Incidents: a report from any page in under a minute, and what governance does about it.

mod led;

use axum::Router;
use axum::extract::Query;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use jiff::tz::TimeZone;
use jiff::{Timestamp, civil::Time};
use serde::Deserialize;
use serde_json::{Value, json};

use super::sheet::{Part, Sheet, items, said, standing, when, words};
use crate::Web;
use crate::api::part;
use crate::components::{Area, Cell, Check, Choice, Choices, Days, Input, Panel, Table, Tag};
use crate::error::WebError;
use crate::form::{Errors, Form};
use crate::listing::{self, Listing};
use crate::visitor::Person;

const KINDS: [(&str, &str); 6] = [
    ("lost", "Something is lost or was stolen"),
    ("wrong-recipient", "It went to somebody it was not meant for"),
    ("misuse", "Somebody saw or used what they should not have"),
    ("damaged", "It was changed or destroyed, or cannot be reached"),
    ("attack", "A break-in, malware, or a trick"),
    ("other", "Something else"),
];

pub(super) fn routes() -> Router<Web> {
    Router::new()
        .route("/incidents", get(list))
        .route("/incidents/report", get(blank).post(report))
        .route("/incidents/log", get(log))
        .route("/incidents/heard", get(heard))
        .route("/incidents/{id}", get(led::show))
        .route("/incidents/{id}/{step}", post(led::step))
}

#[derive(Deserialize)]
struct From {
    exchange: Option<String>,
}

async fn blank(person: Person, Query(from): Query<From>) -> Result<Response, WebError> {
    let now = Timestamp::now().to_zoned(TimeZone::UTC);
    let form = Form::filled([
        ("noticed-day", now.day().to_string()),
        ("noticed-month", now.month().to_string()),
        ("noticed-year", now.year().to_string()),
        ("time", format!("{:02}:{:02}", now.hour(), now.minute())),
        ("exchange", from.exchange.unwrap_or_default()),
    ]);
    reporting(&person, &form, &Errors::default())
}

fn reporting(person: &Person, form: &Form, errors: &Errors) -> Result<Response, WebError> {
    let choices = KINDS.iter().map(|(value, label)| Choice::new(*value, *label)).collect();
    let mut fields = vec![
        Part::of(&Choices::one("kind", "What kind of thing happened?", choices).filled(form, errors))?,
        Part::of(
            &Area::new("what", "What happened?")
                .hint("In your own words. Leave out names and details of the people it is about.")
                .most(5000)
                .filled(form, errors),
        )?,
        Part::of(&Days::new("noticed", "When did you notice?").filled(form, errors))?,
        Part::of(&Input::new("time", "Time (UTC)").hint("For example 14:30").width(5).filled(form, errors))?,
    ];
    if !form.text("exchange").is_empty() {
        let input = Input::new("exchange", "The exchange it is about").code(false).filled(form, errors);
        fields.push(Part::of(&input)?);
    }
    fields.push(Part::of(&Check::new("drill", "This is an exercise").filled(form, errors))?);
    Ok(Sheet::new(person.layout("Report an incident").back("/"))
        .errors(errors)
        .text("Report anything that may have gone wrong with personal data, however small. You will not be blamed for reporting.")?
        .form("/incidents/report", fields, "Report")?
        .answer())
}

/// A time of day in UTC, as typed.
fn time(errors: &mut Errors, form: &Form, field: &str) -> Option<Time> {
    let text = form.text(field);
    let typed = text.split_once(':').and_then(|(hour, minute)| {
        let digits = |text: &str| !text.is_empty() && text.len() <= 2 && text.bytes().all(|b| b.is_ascii_digit());
        if digits(hour) && digits(minute) {
            Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()
        } else {
            None
        }
    });
    if typed.is_none() {
        errors.add(field, "Enter a time, for example 14:30");
    }
    typed
}

async fn report(person: Person, form: Form) -> Result<Response, WebError> {
    let mut errors = Errors::default();
    let kinds = KINDS.map(|(value, _)| value);
    let kind = errors.choice(&form, "kind", "what kind of thing happened", &kinds);
    let what = errors.lines(&form, "what", "what happened", 5000);
    let day = errors.date(&form, "noticed", "the day you noticed");
    let time = time(&mut errors, &form, "time");
    let noticed = day.zip(time).and_then(|(day, time)| day.to_datetime(time).to_zoned(TimeZone::UTC).ok());
    let Some(noticed) = noticed.filter(|_| errors.is_empty()) else { return reporting(&person, &form, &errors) };
    let exchange = Some(form.text("exchange")).filter(|text| !text.is_empty());
    let body = json!({"what": what, "kind": kind, "noticed_at": noticed.timestamp(), "drill": form.has("drill", "yes"),
                      "exchange": exchange});
    match person.api.post::<Value>("/api/incidents", &body).await {
        Ok(made) => Ok(Redirect::to(&format!("/incidents/{}?reported=yes", part(&said(&made["id"])))).into_response()),
        Err(WebError::Refused(problem)) => reporting(&person, &form, &Errors::found(&problem, |_| None)),
        Err(error) => Err(error),
    }
}

async fn list(person: Person, Query(query): Query<listing::Query>) -> Result<Response, WebError> {
    let listing = Listing::read("/incidents", &["q", "state"], &query);
    let found: Value = person.api.get(&listing.call("/api/incidents")).await?;
    let rows = items(&found["items"]).iter().map(|case| {
        let href = format!("/incidents/{}", part(&said(&case["id"])));
        let what: String = said(&case["what"]).chars().take(120).collect();
        let drill = if case["drill"] == true { " (exercise)" } else { "" };
        vec![
            Cell::link(href, format!("{what}{drill}")),
            words(&case["kind"]).into(),
            when(&case["noticed_at"]).into(),
            standing(&case["clock"]).into(),
            state_tag(case).into(),
        ]
    });
    let table = Table::new(
        "Incidents, the newest first",
        &["What happened", "Kind", "Noticed", "72 hours", "State"],
        if listing.is_narrowed() { "No incident is found." } else { "No incident has been reported." },
    );
    let search = listing.search("Search by words or reference").choice(
        "state",
        "State",
        &[("open", "Open"), ("closed", "Closed")],
    );
    let mut sheet = Sheet::new(person.layout("Incidents").at("/incidents").wide())
        .link("/incidents/report", "Report an incident")?
        .part(&search)?
        .part(&table.rows(rows))?
        .part(&listing.paging(found["next"].as_str()))?;
    if person.who.is_any(&["governance", "auditor"]) {
        sheet = sheet
            .link("/incidents/log", "Log of all breaches (Article 33(5))")?
            .link("/incidents/heard", "What partners have told us of their incidents")?;
    }
    Ok(sheet.answer())
}

fn state_tag(case: &Value) -> Tag {
    match case["state"].as_str() {
        Some("closed") => Tag::new("Closed", "grey"),
        _ => Tag::new("Open", "yellow"),
    }
}

async fn log(person: Person, Query(query): Query<listing::Query>) -> Result<Response, WebError> {
    let listing = Listing::read("/incidents/log", &[], &query);
    let found: Value = person.api.get(&listing.call("/api/incidents/log")).await?;
    let yes_no = |told: &Value| match told["told"].as_bool() {
        Some(true) => "Told".to_owned(),
        Some(false) => "Not told".to_owned(),
        None => "Not decided".to_owned(),
    };
    let rows = items(&found["items"]).iter().map(|case| {
        vec![
            Cell::link(format!("/incidents/{}", part(&said(&case["id"]))), when(&case["noticed_at"])),
            said(&case["facts"]).into(),
            said(&case["effects"]).into(),
            said(&case["remedial_action"]).into(),
            Cell::Lines(vec![yes_no(&case["regulator"]), said(&case["regulator"]["reasoning"])]),
            Cell::Lines(vec![yes_no(&case["people_told"]), said(&case["people_told"]["reasoning"])]),
        ]
    });
    let columns = ["Noticed", "Facts", "Effects", "Remedial action", "Commissioner", "People"];
    let table = Table::new("Personal data breaches", &columns, "No breach is on record.").rows(rows);
    Ok(Sheet::new(person.layout("Log of breaches").back("/incidents").wide())
        .text("Every personal data breach, whether or not the Information Commissioner was told: UK GDPR Article 33(5). Exercises are not listed.")?
        .part(&table)?
        .part(&listing.paging(found["next"].as_str()))?
        .answer())
}

async fn heard(person: Person) -> Result<Response, WebError> {
    let found: Value = person.api.get("/api/incidents/heard").await?;
    let rows = items(&found["items"]).iter().map(|signed| {
        let notice = &signed["notice"];
        let drill = if notice["drill"] == true { " (exercise)" } else { "" };
        vec![
            format!("{}{drill}", said(&notice["from"])).into(),
            when(&notice["at"]).into(),
            said(&notice["text"]).into(),
            Cell::Lines(items(&notice["exchanges"]).iter().map(said).collect()),
        ]
    });
    let table = Table::new(
        "Told by partners, the newest first",
        &["Partner", "Told", "What", "Exchanges"],
        "No partner has told of an incident.",
    );
    Ok(Sheet::new(person.layout("Incidents of partners").back("/incidents").wide())
        .text("Each was signed by the partner and checked by this gateway against the directory.")?
        .part(&table.rows(rows))?
        .answer())
}

/// The page that says a report was taken in.
fn thanks(id: &str) -> Panel {
    Panel::new("Incident reported", "Your reference", id)
}
