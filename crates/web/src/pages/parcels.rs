//! Parcels as people send, receive and follow them, from the mailboxes that are theirs.

mod acts;
mod files;
mod lists;
mod parcel;
mod send;
mod steps;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use serde::Deserialize;

use crate::Web;
use crate::api::{Api, part};
use crate::components::Choice;
use crate::error::WebError;
use crate::visitor::Person;

pub(super) fn routes() -> Router<Web> {
    Router::new()
        .route("/inbox", get(lists::inbox))
        .route("/sent", get(lists::sent))
        .route("/send", get(send::show).post(send::open))
        .route("/send/{system}/{parcel}", get(send::files).post(send::close))
        .route("/send/{system}/{parcel}/sent", get(send::done))
        .route("/send/{system}/{parcel}/discard", post(send::discard))
        .route("/parcel/{system}/{parcel}", get(acts::show))
        .route("/parcel/{system}/{parcel}/{act}", get(acts::ask).post(acts::act))
}

pub(super) fn streams() -> Router<Web> {
    Router::new()
        .route("/parcel/{system}/{parcel}/file/{file}", get(files::download))
        .route("/parcel/{system}/{parcel}/receipt", get(files::receipt))
        .route("/send/{system}/{parcel}/file", post(files::upload))
        .route("/send/{system}/{parcel}/upload", post(files::create))
        .route("/send/{system}/{parcel}/upload/{file}", get(files::offset).patch(files::append))
        // A file is as long as it is: the API holds the bounds, and nothing is gathered here.
        .layer(DefaultBodyLimit::disable())
}

/// A mailbox of the person.
#[derive(Deserialize, Clone)]
pub(super) struct Mailbox {
    pub(super) system: String,
    id: String,
    pub(super) title: String,
    /// Parcels that nobody has collected.
    pub(super) waiting: u32,
    purpose: Option<String>,
}

#[derive(Deserialize)]
struct Items<T> {
    items: Vec<T>,
}

/// What somebody reads who has none.
const NO_MAILBOX: &str = "No mailbox is yours yet. Whoever runs a system here must enter you as one of its users, and \
                          give the system a mailbox.";

/// The person's mailboxes.
pub(super) struct Mailboxes(Vec<Mailbox>);

impl Mailboxes {
    pub(super) async fn of(person: &Person) -> Result<Self, WebError> {
        let items: Items<Mailbox> = person.api.get("/api/mailboxes").await?;
        Ok(Self(items.items))
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Mailbox> {
        self.0.iter()
    }

    /// The one named, or the first; none where the person has none.
    fn chosen(&self, system: Option<&str>) -> Result<Option<&Mailbox>, WebError> {
        match system.filter(|system| !system.is_empty()) {
            Some(system) => self.0.iter().find(|mailbox| mailbox.system == system).map(Some).ok_or(WebError::Missing),
            None => Ok(self.0.first()),
        }
    }

    fn choices(&self) -> Vec<Choice> {
        self.0.iter().map(|mailbox| Choice::new(mailbox.system.clone(), mailbox.title.clone())).collect()
    }
}

impl Mailbox {
    /// The parcels' own interface, through this mailbox.
    fn api(&self, person: &Person) -> Api {
        person.api.through(&self.id)
    }

    fn path(&self, parcel: &str) -> String {
        format!("/parcel/{}/{}", part(&self.system), part(parcel))
    }
}

/// The mailbox named in a path, which must be the person's.
async fn mailbox(person: &Person, system: &str) -> Result<Mailbox, WebError> {
    Mailboxes::of(person).await?.chosen(Some(system))?.cloned().ok_or(WebError::Missing)
}
