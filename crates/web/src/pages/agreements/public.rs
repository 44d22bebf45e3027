//! What anybody may read, without signing in: the charter, the register of agreements, the accessibility statement.

use axum::body::Body;
use axum::extract::{Path, Query};
use axum::response::Response;
use http::Request;
use serde::Deserialize;

use crate::api::part;
use crate::components::{Cell, Summary, Table, Tag};
use crate::error::WebError;
use crate::listing::Listing;
use crate::pages::assurance::Said;
use crate::pages::assurance::blocks::Blocks;
use crate::visitor::Visitor;

/// Agreements that the charter names itself; the register has them all.
const SHOWN: usize = 20;

/// `GET /charter`.
pub(super) async fn charter(visitor: Visitor) -> Result<Response, WebError> {
    let said: Said = match visitor.api.get("/charter.json").await {
        Ok(said) => said,
        Err(WebError::Missing) => {
            let blocks = Blocks::new(visitor.layout("Information charter"));
            return Ok(blocks.text("This organisation has not published its information charter yet.").page());
        }
        Err(error) => return Err(error),
    };
    let charter = said.of("charter");
    let mut blocks = Blocks::new(visitor.layout(charter.text("title"))).paragraphs(&charter.text("text"));
    if !charter.text("welsh_text").is_empty() {
        blocks = blocks.heading("Cymraeg").paragraphs(&charter.text("welsh_text"));
    }
    let agreements = said.list("agreements");
    let shown = agreements.len().min(SHOWN);
    let agreements = agreements.into_iter().take(SHOWN).map(|one| {
        vec![
            Cell::link(format!("/agreements/{}", part(&one.text("agreement"))), one.text("title")),
            one.text("purpose").into(),
        ]
    });
    let table = Table::new("What we share, and why", &["Agreement", "Purpose"], "No agreement is in force.");
    blocks = blocks.part(table.rows(agreements));
    let all: usize = said.text("agreements_in_all").parse().unwrap_or(0);
    if all > shown {
        blocks = blocks.links([(
            "/agreements".to_owned(),
            format!("The register of agreements, with those that have ended: {all}").as_str(),
        )]);
    }
    let partners = said.words("partners");
    if !partners.is_empty() {
        blocks = blocks.heading("With whom we share").points(partners);
    }
    Ok(blocks
        .part(
            Summary::new()
                .row("Write to us about your information", charter.text("contact"))
                .row("Data protection officer", charter.text("dpo"))
                .row("Laws that this rests on", Cell::Lines(charter.words("legislation")))
                .row("Approved by", charter.text("approved_by"))
                .row("Version", charter.text("version"))
                .row("Published on", charter.day("published_on"))
                .row("Looked at again by", charter.day("review_date")),
        )
        .links([("/charter.json".to_owned(), "The same as JSON, to embed elsewhere")])
        .page())
}

#[derive(Deserialize)]
pub(super) struct Wanted {
    page: Option<u32>,
    q: Option<String>,
}

/// `GET /agreements`.
pub(super) async fn register(visitor: Visitor, Query(wanted): Query<Wanted>) -> Result<Response, WebError> {
    let number = wanted.page.unwrap_or(1);
    let query = wanted.q.into_iter().map(|words| ("q".to_owned(), words)).collect();
    let listing = Listing::read("/agreements", &["q"], &query);
    let found = listing.said("q");
    let found = if found.is_empty() { String::new() } else { format!("&q={}", part(found)) };
    let said: Said = visitor.api.get(&format!("/agreements.json?page={number}&items=50{found}")).await?;
    let rows = said.list("agreements").into_iter().map(|one| {
        let data = one.of("data");
        vec![
            Cell::link(format!("/agreements/{}", part(&data.text("id"))), data.text("name")),
            status(&data.text("isa_status"), &data.text("notes")).into(),
        ]
    });
    let empty = if listing.is_narrowed() { "No agreement is found." } else { "No agreement is published yet." };
    let table = Table::new("Agreements", &["Agreement", "State"], empty);
    let mut links = Vec::new();
    if said.of("links").of("previous").is_there() {
        links.push((format!("/agreements?page={}{found}", number.saturating_sub(1)), "Previous page"));
    }
    if said.of("links").of("next").is_there() {
        links.push((format!("/agreements?page={}{found}", number.saturating_add(1)), "Next page"));
    }
    links.push(("/agreements.json".to_owned(), "The same as JSON"));
    Ok(Blocks::new(visitor.layout("Register of information sharing agreements"))
        .text("Under each of these agreements we share information with other public bodies, or did.")
        .part(listing.search("Search by name"))
        .part(table.rows(rows))
        .links(links)
        .page())
}

/// The register's two words, and between them what its notes say.
fn status(word: &str, notes: &str) -> Tag {
    match (word, notes.split_once(':')) {
        ("Active", Some((stopped, _))) => Tag::new(stopped, "orange"),
        ("Active", None) => Tag::new("Active", "green"),
        _ => Tag::new("Complete", "grey"),
    }
}

/// `GET /agreements/{id}`: a page, or with `.json` behind it the register's data as it is.
pub(super) async fn agreement(visitor: Visitor, Path(id): Path<String>) -> Result<Response, WebError> {
    if id.ends_with(".json") {
        let request = Request::get(format!("/agreements/{}", part(&id))).body(Body::empty());
        return visitor.api.send(request.map_err(|_| WebError::Missing)?).await;
    }
    let said: Said = visitor.api.get(&format!("/agreements/{}.json", part(&id))).await?;
    let data = said.of("data");
    let redacted = data.words("redacted");
    let mut summary = Summary::new().row("State", status(&data.text("isa_status"), &data.text("notes")));
    for (name, label) in [
        ("purpose", "Purpose"),
        ("benefits", "Benefits"),
        ("information_sharing_benefits", "How sharing brings them about"),
        ("disclosed_information", "Information that is shared"),
        ("method", "Delivery"),
        ("information_sharing_method", "How it is shared"),
        ("contact", "Contact"),
        ("retention_period", "Kept for"),
        ("notes", "Note"),
    ] {
        let hidden = redacted.iter().any(|one| one == name);
        let text = if hidden { "Blacked out".to_owned() } else { data.text(name) };
        summary = summary.maybe(label, Some(text).filter(|text| !text.is_empty()));
    }
    for (name, label) in [("start_date", "From"), ("end_date", "Until"), ("review_date", "Reviewed by")] {
        summary = summary.maybe(label, Some(data.day(name)).filter(|day| !day.is_empty()));
    }
    for (name, label) in [("controllers", "Controllers"), ("powers", "Legal powers"), ("processors", "Processors")] {
        let names: Vec<String> = said.list(name).iter().map(|one| one.of("data").text("name")).collect();
        summary = summary.maybe(label, Some(Cell::Lines(names.clone())).filter(|_| !names.is_empty()));
    }
    Ok(Blocks::new(visitor.layout(data.text("agreement_name")).back("/agreements"))
        .part(summary)
        .links([(format!("/agreements/{}.json", part(&id)), "The same as JSON")])
        .page())
}

/// `GET /accessibility`.
pub(super) async fn accessibility(visitor: Visitor) -> Response {
    Blocks::new(visitor.layout("Accessibility statement"))
        .text(
            "These pages are run by the organisation named at the top. They are made so that as many people as possible \
             can use them: without a mouse, without JavaScript, with a screen reader, at 400 per cent zoom, and on a \
             screen 320 pixels wide.",
        )
        .heading("How accessible they are")
        .text(
            "They are built after the GOV.UK Design System and are meant to meet the Web Content Accessibility \
             Guidelines, version 2.2, at level AA. Every page is tried with the axe checker in Chromium each time the \
             program is built. They have not yet been tried by people who use assistive technology, nor audited.",
        )
        .heading("What does not work")
        .text("Charts are pictures; the figures in them stand in a table beside each. We know of no other part that fails.")
        .heading("Tell us")
        .text(
            "If you cannot use a page, or need something in another form, write to the mailbox that the information \
             charter names. We answer within five working days.",
        )
        .heading("If you are not content with our answer")
        .text(
            "The Equality and Human Rights Commission enforces the Public Sector Bodies (Websites and Mobile \
             Applications) (No. 2) Accessibility Regulations 2018. The Equality Advisory and Support Service helps you.",
        )
        .links([("/charter".to_owned(), "Information charter")])
        .page()
}
