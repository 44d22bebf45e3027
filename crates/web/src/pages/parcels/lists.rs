//! Inbox and Sent: a page of a mailbox's parcels.

use askama::Template;
use axum::extract::Query;
use axum::response::Response;
use serde::Deserialize;

use super::parcel::Parcel;
use super::{Mailbox, Mailboxes};
use crate::api::part;
use crate::components::{Cell, Paging, Select, Table};
use crate::dates::moment;
use crate::error::WebError;
use crate::form::{Errors, Form};
use crate::layout::{Layout, page};
use crate::visitor::Person;

/// Parcels on a page.
const PAGE: usize = 25;

/// Which page of which mailbox.
#[derive(Deserialize)]
pub(super) struct Wanted {
    system: Option<String>,
    after: Option<String>,
}

#[derive(Deserialize)]
struct Parcels {
    parcels: Vec<Parcel>,
}

#[derive(Template)]
#[template(path = "parcels/list.html")]
struct List {
    layout: Layout,
    path: &'static str,
    mailbox: Option<Mailbox>,
    others: Option<Select>,
    table: Table,
    paging: Paging,
}

/// What tells the two lists apart.
struct Kind {
    path: &'static str,
    title: &'static str,
    query: &'static str,
    after: &'static str,
    columns: [&'static str; 5],
    empty: &'static str,
}

const INBOX: Kind = Kind {
    path: "/inbox",
    title: "Inbox",
    query: "box=in&newest=true",
    after: "after",
    columns: ["Parcel", "From", "Files", "Arrived", "State"],
    empty: "Nothing has arrived.",
};

const SENT: Kind = Kind {
    path: "/sent",
    title: "Sent",
    query: "box=out",
    after: "before",
    columns: ["Parcel", "To", "Files", "Begun", "State"],
    empty: "Nothing has been sent from this mailbox.",
};

/// `GET /inbox`.
pub(super) async fn inbox(person: Person, Query(wanted): Query<Wanted>) -> Result<Response, WebError> {
    list(person, wanted, &INBOX).await
}

/// `GET /sent`.
pub(super) async fn sent(person: Person, Query(wanted): Query<Wanted>) -> Result<Response, WebError> {
    list(person, wanted, &SENT).await
}

async fn list(person: Person, wanted: Wanted, kind: &Kind) -> Result<Response, WebError> {
    let mailboxes = Mailboxes::of(&person).await?;
    let mailbox = mailboxes.chosen(wanted.system.as_deref())?;
    let mut table = Table::new(kind.title, &kind.columns, kind.empty).caption_hidden();
    let mut paging = Paging::default();
    if let Some(mailbox) = mailbox {
        let after = wanted.after.as_deref().map(|after| format!("&{}={}", kind.after, part(after)));
        let query = format!("/parcels?{}&limit={}{}", kind.query, PAGE + 1, after.unwrap_or_default());
        let Parcels { mut parcels } = mailbox.api(&person).get(&query).await?;
        let here = format!("{}?system={}", kind.path, part(&mailbox.system));
        if parcels.len() > PAGE {
            parcels.truncate(PAGE);
            let last =
                parcels.last().map(|last| last.place.map_or_else(|| last.parcel.clone(), |place| place.to_string()));
            paging.next = last.map(|last| format!("{here}&after={}", part(&last)));
        }
        paging.first = wanted.after.is_some().then_some(here);
        table = table.rows(parcels.iter().map(|parcel| row(mailbox, parcel)));
    }
    let others = (mailboxes.iter().count() > 1).then(|| {
        let form = Form::filled([("system", mailbox.map(|mailbox| mailbox.system.clone()).unwrap_or_default())]);
        Select::new("system", "Mailbox", mailboxes.choices()).filled(&form, &Errors::default())
    });
    let title = match mailbox {
        Some(mailbox) => format!("{}: {}", kind.title, mailbox.title),
        None => kind.title.to_owned(),
    };
    let layout = person.layout(title).at(kind.path).wide();
    Ok(page(&List { layout, path: kind.path, mailbox: mailbox.cloned(), others, table, paging }))
}

fn row(mailbox: &Mailbox, parcel: &Parcel) -> Vec<Cell> {
    let href = match parcel.state.as_str() {
        "draft" => format!("/send/{}/{}", part(&mailbox.system), part(&parcel.parcel)),
        _ => mailbox.path(&parcel.parcel),
    };
    let partner = if parcel.is_inbound() { &parcel.from } else { &parcel.to };
    vec![
        Cell::link(href, parcel.subject()),
        Cell::Code(partner.clone()),
        Cell::from(parcel.file_count()),
        Cell::from(moment(parcel.since)),
        Cell::from(parcel.tag()),
    ]
}
