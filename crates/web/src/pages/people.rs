//! People: first sign-in and recovery, one's own account, staff, teams, the access review.

mod account;
mod invitation;
mod review;
mod staff;
mod teams;

use axum::Router;
use serde::Deserialize;

use crate::Web;
use crate::components::{Cell, Tag};
use crate::dates::day;
use crate::visitor::Person;

pub(super) fn routes() -> Router<Web> {
    Router::new()
        .merge(invitation::routes())
        .merge(account::routes())
        .merge(staff::routes())
        .merge(teams::routes())
        .merge(review::routes())
}

/// Whether somebody is offered to do something about people, and not to look only.
fn may(person: &Person) -> bool {
    person.who.is_any(&["governance"])
}

/// Somebody, as the API says it.
#[derive(Deserialize)]
struct Account {
    id: String,
    name: String,
    email: String,
    roles: Vec<String>,
    tier: String,
    department: String,
    #[serde(default)]
    teams: Vec<String>,
    status: String,
    left_on: Option<jiff::civil::Date>,
    confirmed_on: jiff::civil::Date,
    confirmed_by: String,
    review_due: Option<jiff::civil::Date>,
    #[serde(default)]
    acceptable_use: Vec<Accepted>,
}

/// That somebody accepted a version of the acceptable use policy.
#[derive(Deserialize)]
struct Accepted {
    version: u32,
    on: jiff::civil::Date,
}

/// A page of a list.
#[derive(Deserialize)]
struct Listed {
    items: Vec<Account>,
    next: Option<String>,
}

impl Account {
    /// The latest version of the acceptable use policy that they have accepted.
    fn accepted(&self) -> String {
        let latest = self.acceptable_use.last();
        latest.map_or_else(|| "Nothing yet".to_owned(), |one| format!("Version {}, on {}", one.version, day(one.on)))
    }

    fn tag(&self) -> Tag {
        match self.status.as_str() {
            "active" => Tag::new("Active", "green"),
            "invited" => Tag::new("Invited", "blue"),
            "suspended" => Tag::new("Suspended", "yellow"),
            _ => Tag::new("Left", "grey"),
        }
    }

    fn roles(&self) -> String {
        if self.roles.is_empty() { "none".to_owned() } else { self.roles.join(", ") }
    }

    fn ends(&self) -> Cell {
        self.review_due.map_or_else(|| "Never".into(), |due| day(due).into())
    }

    /// The path of their page below another.
    fn below(&self, path: &str) -> String {
        format!("{path}/{}", crate::api::part(&self.id))
    }
}
