//! `sign-ins.json`: who can sign in on the running demo, and the codes that their apps would show now.
//!
//! The demo is everybody's telephone: it keeps the secrets of their apps in a file of mode 0600, because each account
//! needs its second factor as any other does. It must never know what somebody may do.

use std::fmt;
use std::path::Path;

use jiff::Timestamp;
use packhorse_keys::{TOTP_STEP_SECONDS, TotpSecret};
use serde::{Deserialize, Serialize};

use super::place::Place;
use super::staff::{MEMBERS, PASSWORD};
use crate::error::{Error, Result};
use crate::files;

/// The file's name in the data folder.
const FILE: &str = "sign-ins.json";
/// Most bytes of it.
const LIMIT: u64 = 64 * 1024;

/// Who can sign in, and where.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SignIns {
    /// The borough's pages.
    pub(super) pages: String,
    /// Everybody's.
    password: String,
    pub(super) people: Vec<SignIn>,
    pub(super) desk: Desk,
}

/// Somebody of the borough.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SignIn {
    pub(super) name: String,
    comes_as: String,
    /// The secret of their app, in base32.
    app: String,
    look: Vec<Look>,
}

/// A page, and what is to be seen there.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Look {
    at: String,
    see: String,
}

/// The registry's desk: whoever has the token works there.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Desk {
    pages: String,
    token: String,
    look: Vec<Look>,
}

impl Desk {
    pub(super) fn new(pages: String, token: String) -> Self {
        let look = [
            ("/", "two requests to join, and answers to assess"),
            ("/requests", "a fire service, and a housing association that does not patch in time"),
            ("/network", "every gateway, heard of a minute ago"),
        ];
        Self { pages, token, look: looks(&look) }
    }
}

fn looks(looks: &[(&str, &str)]) -> Vec<Look> {
    looks.iter().map(|(at, see)| Look { at: (*at).to_owned(), see: (*see).to_owned() }).collect()
}

impl SignIns {
    /// Everybody, with the secrets of their apps in the order of the members.
    pub(super) fn new(pages: String, apps: Vec<String>, desk: Desk) -> Self {
        let person = |(member, app): (&super::staff::Member, String)| SignIn {
            name: member.id.to_owned(),
            comes_as: member.comes_as.to_owned(),
            app,
            look: looks(member.look),
        };
        Self { pages, password: PASSWORD.to_owned(), people: MEMBERS.iter().zip(apps).map(person).collect(), desk }
    }

    /// Writes the file for its owner alone, whole or not at all.
    pub(super) fn write(&self, place: &Place) -> Result<()> {
        let text = serde_json::to_vec_pretty(self).map_err(std::io::Error::other)?;
        place.write(FILE, &text).map(|_| ())
    }

    /// Reads the file of a data folder.
    ///
    /// # Errors
    /// When no demo has come so far there.
    pub(super) fn read(folder: &Path) -> Result<Self> {
        let path = folder.join(FILE);
        if !path.exists() {
            let what = format!("nobody can sign in yet: there is no {}", path.display());
            return Err(Error::refused(what, "start the demo, or name its folder with --dir"));
        }
        let read = serde_json::from_slice(&files::read(&path, LIMIT)?);
        read.map_err(|_| Error::refused(format!("{} cannot be read", path.display()), "start the demo anew"))
    }

    /// Where to look first, as whom, and what is to be seen there.
    pub(super) fn invitation(&self) -> String {
        let mut lines = vec![format!("Where to look first, in a browser: {}", self.pages)];
        lines.push(format!("  Everybody's password is: {}", self.password));
        for person in &self.people {
            lines.push(format!("  {:11} {}", person.name, person.comes_as));
            lines.extend(person.look.iter().map(Look::line));
        }
        lines.push(format!("The registry's desk, for the network's operator: {}", self.desk.pages));
        lines.extend(self.desk.look.iter().map(Look::line));
        lines.push("Without signing in, on the borough's pages:".to_owned());
        lines.push("              /charter, /agreements, /apis, /accessibility".to_owned());
        lines.join("\n")
    }

    /// What everybody's app shows now, and the desk's token. A name leaves the others out.
    ///
    /// # Errors
    /// When nobody has the name.
    pub(super) fn codes(&self, name: Option<&str>, now: Timestamp) -> Result<Codes> {
        let seconds = now.as_second();
        let asked = |known: &str| name.is_none_or(|name| name == known);
        let code = |person: &SignIn| {
            let code = TotpSecret::from_base32(&person.app)?.code_at(seconds);
            Ok(Code { name: person.name.clone(), code, comes_as: person.comes_as.clone() })
        };
        let people = self.people.iter().filter(|person| asked(&person.name)).map(code).collect::<Result<Vec<_>>>()?;
        let desk = asked("desk").then(|| self.desk.token.clone());
        if people.is_empty() && desk.is_none() {
            return Err(Error::refused("nobody of this name signs in", "leave the name out to see everybody"));
        }
        let seconds_left = TOTP_STEP_SECONDS - seconds.rem_euclid(TOTP_STEP_SECONDS);
        Ok(Codes { people, seconds_left, password: self.password.clone(), desk })
    }
}

/// What is needed to sign in now.
#[derive(Serialize)]
pub(super) struct Codes {
    people: Vec<Code>,
    seconds_left: i64,
    password: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    desk: Option<String>,
}

#[derive(Serialize)]
struct Code {
    name: String,
    code: String,
    comes_as: String,
}

impl fmt::Display for Codes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Code { name, code, comes_as } in &self.people {
            writeln!(f, "  {name:11} {code}   {comes_as}")?;
        }
        if let Some(token) = &self.desk {
            writeln!(f, "  {:11} {token}", "desk")?;
        }
        write!(f, "Each code counts once, for another {} seconds. Password: {}", self.seconds_left, self.password)
    }
}

impl Look {
    fn line(&self) -> String {
        format!("              {:32} {}", self.at, self.see)
    }
}
