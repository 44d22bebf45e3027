//! The agreements that are held: how they stand, who signed, what differs between versions; signed and stopped here.

use axum::extract::{Path, Query};
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;

use super::reading::whole;
use super::tasks::things_missing;
use crate::api::part;
use crate::components::{Area, Cell, Input, Summary, Table, Tag};
use crate::error::WebError;
use crate::form::{Errors, Form};
use crate::listing::{self, Listing};
use crate::pages::assurance::blocks::{Blocks, Form as Asked};
use crate::pages::assurance::{Said, back_to};
use crate::visitor::Person;

const AT: &str = "/governance/agreements";

pub(super) fn state(word: &str) -> Tag {
    match word {
        "active" => Tag::new("In force", "green"),
        "proposed" => Tag::new("To be signed", "blue"),
        "agreed" => Tag::new("Agreed", "teal"),
        "suspended" => Tag::new("Suspended", "orange"),
        "expired" => Tag::new("Expired", "grey"),
        "ended" => Tag::new("Ended", "grey"),
        "superseded" => Tag::new("Superseded", "grey"),
        _ => Tag::new("Draft", "yellow"),
    }
}

const STATES: [(&str, &str); 7] = [
    ("active", "In force"),
    ("proposed", "To be signed"),
    ("agreed", "Agreed"),
    ("suspended", "Suspended"),
    ("expired", "Expired"),
    ("ended", "Ended"),
    ("superseded", "Superseded"),
];

const REVIEWS: &str = "/governance/reviews";
const STANDINGS: [(&str, &str); 3] = [("overdue", "Overdue"), ("due", "Due"), ("later", "Later")];

/// `GET /governance/agreements`.
pub(super) async fn list(person: Person, Query(query): Query<listing::Query>) -> Result<Response, WebError> {
    let listing = Listing::read(AT, &["q", "state"], &query);
    Ok(listed(&person, &listing, &Form::default(), &Errors::default()).await?.page())
}

/// The list's first page, with a form that is to be mended.
pub(super) async fn list_page(person: &Person, form: &Form, errors: &Errors) -> Result<Blocks, WebError> {
    listed(person, &Listing::whole(AT), form, errors).await
}

async fn listed(person: &Person, listing: &Listing, form: &Form, errors: &Errors) -> Result<Blocks, WebError> {
    let held: Said = person.api.get(&listing.call("/api/agreements")).await?;
    let drafts: Said = person.api.get("/api/agreement-drafts").await?;
    let next = held.text("next");
    let rows = held.list("items").into_iter().map(|one| {
        let (signed, waiting) = (one.words("signed").len(), one.words("waiting").len());
        vec![
            Cell::link(format!("{AT}/{}", part(&one.text("id"))), one.text("title")),
            one.text("version").into(),
            state(&one.text("state")).into(),
            format!("{signed} of {}", signed + waiting).into(),
        ]
    });
    let empty = if listing.is_narrowed() { "No agreement is found." } else { "No agreement is held yet." };
    let table = Table::new("Held here", &["Agreement", "Version", "State", "Signed"], empty);
    let drafted = drafts.list("items").into_iter().map(|one| {
        let title = Some(one.text("title")).filter(|title| !title.is_empty()).unwrap_or_else(|| one.text("id"));
        let missing = things_missing(&one.text("findings"));
        vec![Cell::link(format!("/governance/drafts/{}", part(&one.text("id"))), title), missing.into()]
    });
    let drafts = Table::new("Being written", &["Draft", "State"], "Nothing is being written.");
    let layout = person.layout("Agreements").at(AT).wide().with_errors(errors);
    Ok(Blocks::new(layout)
        .links([("/governance/reviews".to_owned(), "Reviews, and purposes that several agreements serve")])
        .part(listing.search("Search by name").choice("state", "State", &STATES))
        .part(table.rows(rows))
        .part(listing.paging(Some(&next)))
        .part(drafts.rows(drafted))
        .form(
            Asked::to("/governance/drafts")
                .heading("Begin an agreement")
                .part(
                    Input::new("id", "Short name")
                        .hint("Small letters, digits and hyphens, for example blue-badges-2026. That of an agreement held \
                               begins its next version.")
                        .code(false)
                        .width(30)
                        .filled(form, errors),
                )
                .part(Input::new("title", "Title").filled(form, errors))
                .button("Begin", ""),
        ))
}

async fn newest(person: &Person, id: &str) -> Result<Said, WebError> {
    person.api.get(&format!("/api/agreements/{}", part(id))).await
}

/// `GET /governance/agreements/{id}`.
pub(super) async fn show(person: Person, Path(id): Path<String>) -> Result<Response, WebError> {
    Ok(one(&person, &id, &Form::default(), &Errors::default()).await?.page())
}

async fn one(person: &Person, id: &str, form: &Form, errors: &Errors) -> Result<Blocks, WebError> {
    let said = newest(person, id).await?;
    let versions: Said = person.api.get(&format!("/api/agreements/{}/versions", part(id))).await?;
    let (text, word) = (said.of("text"), said.text("state"));
    let layout = person.layout(said.text("title")).at(AT).back(AT).wide().with_errors(errors);
    let mut blocks = Blocks::new(layout).part(
        Summary::new()
            .row("State", state(&word))
            .row("Version", said.text("version"))
            .row("Purpose", text.of("purpose").text("purpose"))
            .row("From", text.of("life").day("start_date"))
            .row("Until", text.of("life").day("end_date"))
            .row("Reviewed by", text.of("life").day("review_date"))
            .row("Digest that every party signs", Cell::Code(said.text("digest"))),
    );
    let notices = said.words("notices");
    if !notices.is_empty() {
        blocks = blocks.heading("To be known").points(notices);
    }
    blocks = blocks.part(signatures(&said, &versions));
    let path = format!("{AT}/{}", part(id));
    let mut links = vec![(format!("{path}/text"), "Read the whole text")];
    if matches!(word.as_str(), "proposed") {
        links.push((format!("{path}/sign"), "Sign it for this organisation"));
    }
    if versions.list("items").len() > 1 {
        links.push((format!("{path}/compare?from={}", first(&versions)), "Compare with an earlier version"));
    }
    links.push((format!("/assurance/dpias/{}", part(id)), "Impact assessment"));
    blocks = blocks.links(links);
    if matches!(word.as_str(), "active" | "agreed") {
        blocks = blocks.form(
            Asked::to(format!("{path}/suspend"))
                .heading("Stop all sharing under it, at once")
                .part(Area::new("reason", "Why").hint("Every party reads it").rows(3).filled(form, errors))
                .warning("Suspend", ""),
        );
    }
    if word == "suspended" {
        blocks = blocks.form(Asked::to(format!("{path}/resume")).button("Resume what this organisation suspended", ""));
    }
    Ok(blocks)
}

fn first(versions: &Said) -> String {
    let mut numbers: Vec<String> = versions.list("items").iter().map(|one| one.text("version")).collect();
    numbers.pop();
    numbers.pop().unwrap_or_default()
}

/// One text, many signatories: who signed it, and who has not yet.
fn signatures(said: &Said, versions: &Said) -> Table {
    let this = versions.list("items").into_iter().find(|one| one.text("digest") == said.text("digest"));
    let signed = this.unwrap_or_default().list("signatures").into_iter().map(|one| {
        let by = format!("{}, {}", one.text("name"), one.text("position"));
        vec![
            Cell::from(one.text("organisation")),
            Tag::new("Signed", "green").into(),
            by.into(),
            one.text("authority").into(),
        ]
    });
    let waiting = said.words("waiting").into_iter().map(|organisation| {
        vec![organisation.into(), Tag::new("Waiting", "grey").into(), Cell::from(""), Cell::from("")]
    });
    Table::new("Signatures", &["Organisation", "State", "By", "Authority"], "Nobody signs it.")
        .rows(signed)
        .rows(waiting)
}

/// `GET /governance/agreements/{id}/text`.
pub(super) async fn text(person: Person, Path(id): Path<String>) -> Result<Response, WebError> {
    let said = newest(&person, &id).await?;
    let layout = person.layout(said.text("title")).at(AT).back(format!("{AT}/{}", part(&id)));
    let top = Summary::new().row("State", state(&said.text("state"))).row("Digest", Cell::Code(said.text("digest")));
    Ok(whole(Blocks::new(layout).part(top), &said.of("text").0).page())
}

/// `GET /governance/agreements/{id}/sign`.
pub(super) async fn signing(person: Person, Path(id): Path<String>) -> Result<Response, WebError> {
    Ok(sign_page(&person, &id, &Form::default(), &Errors::default()).await?.page())
}

async fn sign_page(person: &Person, id: &str, form: &Form, errors: &Errors) -> Result<Blocks, WebError> {
    let said = newest(person, id).await?;
    let path = format!("{AT}/{}", part(id));
    let layout = person.layout(format!("Sign {}", said.text("title"))).at(AT).back(path.clone()).with_errors(errors);
    let blocks = Blocks::new(layout)
        .text("You sign this text for your organisation, with its key. Every party signs the same text.")
        .part(Summary::new().row("Digest", Cell::Code(said.text("digest"))));
    Ok(whole(blocks, &said.of("text").0).form(
        Asked::to(format!("{path}/sign"))
            .heading("Sign it")
            .part(Input::new("name", "Your full name").autocomplete("name").filled(form, errors))
            .part(Input::new("position", "Your position").autocomplete("organization-title").filled(form, errors))
            .part(
                Input::new("authority", "What gives you the authority")
                    .hint("For example scheme of delegation 4.2")
                    .filled(form, errors),
            )
            .button("Sign", ""),
    ))
}

/// `POST /governance/agreements/{id}/sign`.
pub(super) async fn sign(person: Person, Path(id): Path<String>, form: Form) -> Result<Response, WebError> {
    let mut errors = Errors::default();
    let name = errors.line(&form, "name", "your full name", 200);
    let position = errors.line(&form, "position", "your position", 200);
    let authority = errors.line(&form, "authority", "what gives you the authority", 500);
    if errors.is_empty() {
        let body = json!({"name": name, "position": position, "authority": authority});
        match person.api.tell(&format!("/api/agreements/{}/sign", part(&id)), &body).await {
            Ok(()) => return Ok(back_to(&format!("{AT}/{}", part(&id)))),
            // A gate is shut, or the text is no longer open: said on the page, with what to do.
            Err(WebError::Refused(problem)) if problem.status != 403 => errors = Errors::found(&problem, |_| None),
            Err(error) => return Err(error),
        }
    }
    Ok(sign_page(&person, &id, &form, &errors).await?.amiss())
}

/// `POST /governance/agreements/{id}/suspend`.
pub(super) async fn suspend(person: Person, Path(id): Path<String>, form: Form) -> Result<Response, WebError> {
    let mut errors = Errors::default();
    let reason = errors.lines(&form, "reason", "the reason", 1000);
    if !errors.is_empty() {
        return Ok(one(&person, &id, &form, &errors).await?.amiss());
    }
    person.api.tell(&format!("/api/agreements/{}/suspend", part(&id)), &json!({"reason": reason})).await?;
    Ok(back_to(&format!("{AT}/{}", part(&id))))
}

/// `POST /governance/agreements/{id}/resume`.
pub(super) async fn resume(person: Person, Path(id): Path<String>, form: Form) -> Result<Response, WebError> {
    match person.api.tell(&format!("/api/agreements/{}/resume", part(&id)), &json!({})).await {
        Ok(()) => Ok(back_to(&format!("{AT}/{}", part(&id)))),
        Err(WebError::Refused(problem)) if problem.status != 403 => {
            Ok(one(&person, &id, &form, &Errors::found(&problem, |_| None)).await?.amiss())
        }
        Err(error) => Err(error),
    }
}

#[derive(Deserialize)]
pub(super) struct Versions {
    from: Option<u32>,
}

/// `GET /governance/agreements/{id}/compare`.
pub(super) async fn compare(
    person: Person,
    Path(id): Path<String>,
    Query(which): Query<Versions>,
) -> Result<Response, WebError> {
    let from = which.from.unwrap_or(1);
    let said: Said = person.api.get(&format!("/api/agreements/{}/compare?from={from}", part(&id))).await?;
    let rows = said
        .list("items")
        .into_iter()
        .map(|one| vec![Cell::Code(one.text("field")), one.text("before").into(), one.text("after").into()]);
    let to = said.text("to");
    let table =
        Table::new(format!("Version {from} and version {to}"), &["Field", "Before", "After"], "Nothing differs.");
    let layout = person.layout("What differs").at(AT).back(format!("{AT}/{}", part(&id))).wide();
    Ok(Blocks::new(layout).part(table.rows(rows)).page())
}

/// `GET /governance/reviews`: the calendar, and what could be one agreement.
pub(super) async fn reviews(person: Person, Query(query): Query<listing::Query>) -> Result<Response, WebError> {
    let listing = Listing::read(REVIEWS, &["q", "standing"], &query);
    let said: Said = person.api.get(&listing.call("/api/agreement-reviews")).await?;
    let next = said.text("next");
    let rows = said.list("items").into_iter().map(|one| {
        let tag = match one.text("standing").as_str() {
            "overdue" => Tag::new("Overdue", "red"),
            "due" => Tag::new("Due", "yellow"),
            _ => Tag::new("Later", "grey"),
        };
        let title = Cell::link(format!("{AT}/{}", part(&one.text("agreement"))), one.text("title"));
        vec![
            title,
            one.day("review_date").into(),
            tag.into(),
            one.day("end_date").into(),
            state(&one.text("state")).into(),
        ]
    });
    let calendar = Table::new(
        "Review calendar",
        &["Agreement", "Reviewed by", "Review", "Last day", "State"],
        if listing.is_narrowed() { "No agreement is found." } else { "Nothing is to be reviewed." },
    );
    let same: Said = person.api.get("/api/agreement-purposes").await?;
    let purposes = same
        .list("items")
        .into_iter()
        .map(|one| vec![Cell::Code(one.text("purpose")), Cell::Lines(one.words("agreements"))]);
    let several = Table::new(
        "Purposes that several agreements serve",
        &["Purpose", "Agreements"],
        "Every purpose has one agreement.",
    );
    Ok(Blocks::new(person.layout("Reviews").at(AT).back(AT).wide())
        .part(listing.search("Search by name").choice("standing", "Review", &STANDINGS))
        .part(calendar.rows(rows))
        .part(listing.paging(Some(&next)))
        .part(several.rows(purposes))
        .text("Agreements for one purpose could be one text with many signatories: joining is a signature, not a redraft.")
        .page())
}
