//! What was exchanged: the records, the newest first, chosen and found; each with its receipt for anybody to verify.

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Query};
use axum::response::Response;
use axum::routing::get;
use http::Request;
use http::header::{CONTENT_DISPOSITION, HeaderValue};
use serde_json::Value;

use super::sheet::{Sheet, items, said, when, words};
use crate::Web;
use crate::api::part;
use crate::components::{Cell, Summary, Table, Tag};
use crate::error::WebError;
use crate::listing::{self, Listing};
use crate::visitor::Person;

const AT: &str = "/exchanges";
const KINDS: [(&str, &str); 3] = [("query", "Query"), ("parcel", "Parcel"), ("act", "Act of governance")];
const OUTCOMES: [(&str, &str); 4] =
    [("answered", "Answered"), ("refused", "Refused"), ("failed", "Failed"), ("stated", "Stated")];

pub(super) fn routes() -> Router<Web> {
    Router::new()
        .route(AT, get(list))
        .route("/exchanges/{exchange}", get(show))
        .route("/exchanges/{exchange}/receipt/{side}", get(receipt))
}

async fn list(person: Person, Query(query): Query<listing::Query>) -> Result<Response, WebError> {
    let listing = Listing::read(AT, &["q", "from", "to", "partner", "agreement", "kind", "outcome"], &query);
    // What the pages call words is one exchange's reference here, and is asked for by its name.
    let asked = listing.call_paged("/api/records", "before").replace("&q=", "&exchange=");
    let found: Value = match person.api.get(&asked).await {
        // What is no reference and no day finds nothing.
        Err(WebError::Refused(problem)) if problem.status == 400 && listing.is_narrowed() => Value::Null,
        found => found?,
    };
    let found = items(&found);
    let rows = found.iter().map(|line| {
        vec![
            Cell::link(format!("{AT}/{}", part(&said(&line["exchange"]))), when(&line["at"])),
            words(&line["kind"]).into(),
            Cell::Code(said(&line["partner"])),
            said(&line["service"]).into(),
            said(&line["agreement"]).into(),
            outcome(line).into(),
        ]
    });
    let columns = ["When", "Kind", "Partner", "Service", "Agreement", "How it ended"];
    let empty = if listing.is_narrowed() { "Nothing is found." } else { "Nothing has been exchanged." };
    let search = listing
        .search("Search by reference")
        .day("from", "From this day")
        .day("to", "Until this day")
        .line("partner", "Partner, by identifier")
        .line("agreement", "Agreement, by short name")
        .choice("kind", "Kind", &KINDS)
        .choice("outcome", "How it ended", &OUTCOMES);
    let next = found.last().filter(|_| found.len() == listing::PAGE).map(|last| said(&last["index"]));
    Ok(Sheet::new(person.layout("Exchanges").at(AT).wide())
        .part(&search)?
        .part(&Table::new("Exchanges, the newest first", &columns, empty).rows(rows))?
        .part(&listing.paging(next.as_deref()))?
        .answer())
}

fn outcome(line: &Value) -> Tag {
    let words = words(&line["outcome"]);
    match line["outcome"].as_str() {
        Some("answered") => Tag::new(words, "green"),
        Some("refused") => Tag::new(words, "orange"),
        Some("failed") => Tag::new(words, "red"),
        _ => Tag::new(words, "grey"),
    }
}

async fn show(person: Person, Path(exchange): Path<String>) -> Result<Response, WebError> {
    let found: Value = person.api.get(&format!("/api/records/{}", part(&exchange))).await?;
    let mut sheet = Sheet::new(person.layout("Exchange").back(AT))
        .text("What is kept of this exchange on each side that this organisation stood on.")?;
    for record in items(&found) {
        let side = said(&record["side"]);
        let erased = when(&record["erased"]);
        let summary = Summary::new()
            .row("Reference", Cell::Code(exchange.clone()))
            .row("When", when(&record["at"]))
            .row("Kind", words(&record["kind"]))
            .row("Our side", words(&record["side"]))
            .row("Partner", Cell::Code(said(&record["partner"])))
            .row("Who asked", Cell::Code(said(&record["client"])))
            .row("Service", Cell::Code(said(&record["service"])))
            .maybe("Agreement", Some(said(&record["agreement"])).filter(|agreement| !agreement.is_empty()))
            .row("How it ended", outcome(record))
            .maybe("Rule", Some(said(&record["rule"])).filter(|rule| !rule.is_empty()))
            .maybe("What could tell of a person was erased", Some(erased).filter(|erased| !erased.is_empty()))
            .row("Entry in the ledger", said(&record["index"]));
        sheet = sheet
            .part(&summary)?
            .link(&format!("{AT}/{}/receipt/{}", part(&exchange), part(&side)), "Download the receipt, to verify it")?;
    }
    Ok(sheet.answer())
}

async fn receipt(person: Person, Path((exchange, side)): Path<(String, String)>) -> Result<Response, WebError> {
    let path = format!("/api/records/{}/receipt?side={}", part(&exchange), part(&side));
    let request = Request::get(path).body(Body::empty()).map_err(|_| WebError::Missing)?;
    let mut response = person.api.send(request).await?;
    let named = HeaderValue::from_static("attachment; filename=\"receipt.json\"");
    response.headers_mut().insert(CONTENT_DISPOSITION, named);
    Ok(response)
}
