//! The assurance profiles, to read.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use serde::Deserialize;

use super::Items;
use super::shown::words;
use crate::api::part;
use crate::components::{Cell, Summary, Table};
use crate::dates::count;
use crate::error::WebError;
use crate::layout::{Layout, page};
use crate::visitor::Person;

#[derive(Deserialize)]
struct Profile {
    name: String,
    title: String,
    version: String,
    issuer: String,
    superseded_by: Option<String>,
    valid_months: u32,
    note: Option<String>,
    size: u64,
    #[serde(default)]
    controls: Vec<Control>,
}

#[derive(Deserialize)]
struct Control {
    domain: String,
    requirement: String,
    mandatory: bool,
}

#[derive(Template)]
#[template(path = "network/profiles.html")]
struct List {
    layout: Layout,
    profiles: Table,
}

#[derive(Template)]
#[template(path = "network/profile.html")]
struct Whole {
    layout: Layout,
    note: Option<String>,
    about: Summary,
    controls: Table,
}

/// `GET /profiles`.
pub(super) async fn list(person: Person) -> Result<Response, WebError> {
    let profiles: Items<Profile> = person.api.get("/api/profiles").await?;
    let row = |profile: &Profile| {
        let link = Cell::link(format!("/profiles/{}", part(&profile.name)), profile.title.clone());
        vec![
            link,
            profile.version.clone().into(),
            profile.issuer.clone().into(),
            Cell::Number(profile.size.to_string()),
        ]
    };
    let columns = ["Profile", "Version", "Issuer", "#Controls"];
    let table = Table::new("Assurance profiles", &columns, "There are none.").caption_hidden();
    let layout = person.layout("Assurance profiles").at("/profiles").wide();
    Ok(page(&List { layout, profiles: table.rows(profiles.items.iter().map(row)) }))
}

/// `GET /profiles/{name}`.
pub(super) async fn show(person: Person, Path(name): Path<String>) -> Result<Response, WebError> {
    let profile: Profile = person.api.get(&format!("/api/profiles/{}", part(&name))).await?;
    let about = Summary::new()
        .row("Name in commands", Cell::Code(profile.name))
        .row("Version", profile.version)
        .row("Issuer", profile.issuer)
        .row("An assessment holds", format!("at most {}", count(profile.valid_months, "month")))
        .maybe("Superseded by", profile.superseded_by.map(Cell::Code));
    let row = |control: &Control| {
        let must = if control.mandatory { "Mandatory" } else { "Optional" };
        vec![control.requirement.clone().into(), words(&control.domain).into(), must.into()]
    };
    let table = Table::new("Controls", &["Requirement", "Domain", "For a certificate"], "It has none.");
    Ok(page(&Whole {
        layout: person.layout(profile.title).at("/profiles").back("/profiles"),
        note: profile.note,
        about,
        controls: table.rows(profile.controls.iter().map(row)),
    }))
}
