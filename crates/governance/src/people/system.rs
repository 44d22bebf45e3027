//! A calling system, the defaults that old clients cannot send, and the people who use it.

use jiff::civil::Date;
use packhorse_model::AgreementId;
use packhorse_model::agreement::Code;
use serde::{Deserialize, Serialize};

use super::credential::Credential;
use super::mailbox::Mailbox;

/// Most users of one system.
pub(super) const USERS_LIMIT: usize = 20_000;

/// One of this organisation's systems that asks others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallingSystem {
    /// Its code, the last part of its identifier.
    pub code: String,
    /// What people call it.
    pub title: String,
    /// What a request of it means when it does not say.
    #[serde(default)]
    pub defaults: Defaults,
    /// How it proves itself; any of them is enough.
    #[serde(default)]
    pub credentials: Vec<Credential>,
    /// Who uses it; when empty, the system vouches for its callers itself.
    #[serde(default)]
    pub users: Vec<Person>,
    /// Its mailbox, when parcels may be sent from it and to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mailbox: Option<Mailbox>,
}

/// What a request means when the client cannot send the headers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Defaults {
    /// The agreement it asks under.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agreement: Option<AgreementId>,
    /// What for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub purpose: Option<Code>,
    /// In which role.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<Code>,
    /// The case reference.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub case: Option<String>,
}

/// Somebody who uses a system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    /// The user id that the system sends.
    pub id: String,
    /// The roles they may ask in.
    pub roles: Vec<Code>,
    /// Their latest training.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trained_on: Option<Date>,
    /// First day on which they no longer work here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left_on: Option<Date>,
}

/// In which role somebody asks, and when they were last trained.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Position {
    /// The role, when there is one.
    pub role: Option<String>,
    /// The day of the latest training, when it is known.
    pub trained_on: Option<Date>,
}

/// Reason and remedy of a refusal.
type Refused = (&'static str, &'static str);

impl CallingSystem {
    /// Whether somebody may use it on a day, in whatever role. A system that lists no users vouches for its own.
    #[must_use]
    pub fn is_user(&self, user: Option<&str>, today: Date) -> bool {
        let here = |person: &Person| user == Some(person.id.as_str()) && person.left_on.is_none_or(|left| today < left);
        self.users.is_empty() || self.users.iter().any(here)
    }

    /// In which role a user asks. An unknown user and one who left are refused in the same words.
    pub(super) fn position(&self, user: Option<&str>, role: Option<&str>, today: Date) -> Result<Position, Refused> {
        let default = self.defaults.role.as_ref().map(Code::as_str);
        if self.users.is_empty() {
            return Ok(Position { role: role.or(default).map(str::to_owned), trained_on: None });
        }
        let Some(user) = user else {
            return Err(("the request names no user", "send X-Road-UserId: the system lists who may use it"));
        };
        let here = |person: &&Person| person.id == user && person.left_on.is_none_or(|left| today < left);
        let Some(person) = self.users.iter().find(here) else {
            return Err(("the user is not one of the system's users", "have the user entered for the system"));
        };
        let has = |role: &str| person.roles.iter().any(|own| own.as_str() == role);
        let only = match person.roles.as_slice() {
            [only] => Some(only.as_str()),
            _ => None,
        };
        match role.or(default.filter(|default| has(default))).or(only) {
            Some(role) if has(role) => Ok(Position { role: Some(role.to_owned()), trained_on: person.trained_on }),
            Some(_) => Err(("the user does not have the role", "ask in one of the user's roles, or have it entered")),
            None => Err(("the request names no role, and the user has several or none", "send Packhorse-Role")),
        }
    }
}
