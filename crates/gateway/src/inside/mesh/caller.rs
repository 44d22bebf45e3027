//! Who calls: software that proved itself by its mailbox's account. It acts for the system, not for a person.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{FromRequestParts, Path};
use axum::http::StatusCode;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use jiff::Timestamp;
use packhorse_governance::CallingSystem;
use packhorse_model::SystemId;

use super::errors::Failed;
use super::name::name_of;
use super::spent::{Seen, WINDOW_MINUTES, Which};
use super::token::Token;
use crate::inside::Inside;
use crate::kinds::parcel::say::By;
use crate::wire::single;

/// A mailbox whose software has proved itself.
pub(super) struct Caller {
    pub(super) id: SystemId,
    /// As MESH names it.
    pub(super) name: String,
    /// Whether this very request came before, with the same token.
    pub(super) seen: Seen,
    which: Which,
}

impl FromRequestParts<Inside> for Caller {
    type Rejection = Failed;

    /// The refusals in MESH's order: form, path, mailbox, proof; then time and repetition.
    async fn from_request_parts(parts: &mut Parts, inside: &Inside) -> Result<Self, Failed> {
        let unreadable = || forbidden("Error reading from Authorization header");
        let token = single(&parts.headers, &AUTHORIZATION).and_then(Token::parse).ok_or_else(unreadable)?;
        let claimed = token.mailbox.to_ascii_uppercase();
        let request = format!("{} {}", parts.method, parts.uri);
        let (made, hash) = (token.made, token.hash());
        let unknown = || Failed::event(StatusCode::FORBIDDEN, "SEND", "EPL-151", "No mailbox matched");
        let own = system_named(inside, &claimed);
        let account = match &own {
            Some((system, _)) => inside.mesh.accounts.of(&inside.context.parcels, system)?,
            None => None,
        };
        let proved = account.as_ref().is_some_and(|account| token.is_by(&account.password, &account.shared_key));
        let path = Path::<HashMap<String, String>>::from_request_parts(parts, inside).await;
        let named = path.ok().and_then(|Path(mut path)| path.remove("mailbox"));
        if named.is_some_and(|named| named.to_ascii_uppercase() != claimed) {
            return Err(forbidden("Mailbox id does not match token"));
        }
        let ((_, id), true) = (own.ok_or_else(unknown)?, account.is_some()) else { return Err(unknown()) };
        let now = Timestamp::now();
        if !proved || now.duration_since(made).as_mins().abs() > WINDOW_MINUTES {
            return Err(forbidden("Invalid Authentication Token"));
        }
        let which = Which { minute: made.as_second() / 60, hash };
        let seen = inside.mesh.spent.note(&id.system, which, &request, now.as_second() / 60);
        let seen = seen.ok_or_else(duplicated)?;
        Ok(Self { id, name: claimed, seen, which })
    }
}

fn forbidden(msg: &'static str) -> Failed {
    Failed::event(StatusCode::FORBIDDEN, "", "", msg)
}

fn duplicated() -> Failed {
    forbidden("Error Duplicated Authentication Token")
}

/// This organisation's system that a name means; none when several answer to it.
fn system_named(inside: &Inside, name: &str) -> Option<(Arc<CallingSystem>, SystemId)> {
    let own = &inside.context.identity.organisation;
    let mut named = inside.context.people.systems().into_iter().filter_map(|system| {
        let id = own.system(&system.code).ok()?;
        (name_of(&id) == name).then_some((system, id))
    });
    named.next().filter(|_| named.next().is_none())
}

impl Caller {
    /// Through whom something happens.
    pub(super) fn by(&self) -> By {
        By { system: Some(self.id.system.clone()), person: None }
    }

    /// For what must not be done twice: refused with a token that was used. What does not happen, for now, leaves the
    /// token as it was.
    pub(super) fn once<'a>(&'a self, inside: &'a Inside) -> Result<Once<'a>, Failed> {
        match self.seen {
            Seen::First => Ok(Once { inside, caller: self, done: false }),
            Seen::Again => Err(duplicated()),
        }
    }
}

/// A use of a token that is taken back unless it comes to something.
pub(super) struct Once<'a> {
    inside: &'a Inside,
    caller: &'a Caller,
    done: bool,
}

impl Once<'_> {
    /// What was to be done once is done, or refused for good.
    pub(super) fn done(mut self) {
        self.done = true;
    }
}

impl Drop for Once<'_> {
    fn drop(&mut self) {
        if !self.done {
            self.inside.mesh.spent.forget(&self.caller.id.system, self.caller.which);
        }
    }
}
