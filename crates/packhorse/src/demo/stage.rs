//! What the steps of the story have at hand: the folder, the network, the narrator, and commands as one types them.
//!
//! Every command is this very program, run in the data folder. It must never know which steps there are.

use std::process::{Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::process::Command;

use super::cast::Organisation;
use super::narrate::Narrator;
use super::network::Network;
use super::place::Place;
use crate::api::Api;
use crate::config::GatewayConfig;
use crate::error::{Error, Result};

/// Longest run of a command.
const COMMAND: Duration = Duration::from_secs(120);
/// Where commands remember what they have begun, below the data folder.
const STATE: &str = "state";
/// Time between looks at something that is about to happen.
const LOOK: Duration = Duration::from_millis(250);

/// The stage.
pub(super) struct Stage {
    pub(super) place: Place,
    pub(super) network: Network,
    pub(super) narrator: Narrator,
    /// The exchange whose evidence is looked at, once it has taken place.
    exchange: Option<String>,
}

/// What a command said.
pub(super) struct Said {
    pub(super) well: bool,
    pub(super) out: String,
    pub(super) err: String,
}

impl Stage {
    /// A stage on which nothing has happened.
    pub(super) fn new(place: Place, network: Network, narrator: Narrator) -> Self {
        Self { place, network, narrator, exchange: None }
    }

    /// Remembers the exchange whose evidence is looked at.
    pub(super) fn remember(&mut self, exchange: String) {
        self.exchange = Some(exchange);
    }

    /// The exchange whose evidence is looked at.
    pub(super) fn exchange(&self) -> Result<String> {
        self.exchange.clone().ok_or_else(|| Error::NotHeld("no exchange has taken place yet".to_owned()))
    }

    /// Tells a command and runs it; it must do what it was asked.
    pub(super) async fn run(&self, arguments: &[&str]) -> Result<Said> {
        self.narrator.command(arguments)?;
        self.quietly(arguments).await
    }

    /// Runs a command without telling; it must do what it was asked.
    pub(super) async fn quietly(&self, arguments: &[&str]) -> Result<Said> {
        let said = self.attempt(arguments).await?;
        if said.well { Ok(said) } else { Err(failed(arguments, &said)) }
    }

    /// Runs a command for its data; it must do what it was asked.
    pub(super) async fn data(&self, arguments: &[&str]) -> Result<Value> {
        let with_json: Vec<&str> = std::iter::once("--json").chain(arguments.iter().copied()).collect();
        let said = self.quietly(&with_json).await?;
        serde_json::from_str(&said.out).map_err(|_| failed(arguments, &said))
    }

    /// Runs a command, whatever comes of it.
    pub(super) async fn attempt(&self, arguments: &[&str]) -> Result<Said> {
        let mut command = Command::new(self.network.program());
        command.args(arguments).current_dir(self.place.root()).stdin(Stdio::null()).kill_on_drop(true);
        // What the person has in their own environment is not part of the story.
        command.env_remove("PACKHORSE_CONFIG").env_remove("PACKHORSE_API_KEY");
        command.env("XDG_STATE_HOME", self.place.root().join(STATE));
        let ended = tokio::time::timeout(COMMAND, command.output()).await;
        let Output { status, stdout, stderr } = ended.map_err(|_| {
            Error::NotHeld(format!("packhorse {} did not end within two minutes", arguments.join(" ")))
        })??;
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Ok(Said { well: status.success(), out: text(stdout), err: text(stderr) })
    }

    /// Looks again and again until `there` finds something; says what was waited for when it does not.
    pub(super) async fn wait<T>(
        &mut self,
        what: &str,
        most: Duration,
        mut there: impl AsyncFnMut(&Self) -> Result<Option<T>>,
    ) -> Result<T> {
        let begun = Instant::now();
        loop {
            if let Some(found) = there(self).await? {
                return Ok(found);
            }
            self.network.check()?;
            if begun.elapsed() > most {
                return Err(Error::NotHeld(format!("{what} did not come about within {} seconds", most.as_secs())));
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Forgets what commands of an earlier story have begun.
    pub(super) fn forget(&self) -> Result<()> {
        self.place.clear(STATE)
    }

    /// The management API of an organisation's gateway, with its operator's token.
    pub(super) fn api(&self, organisation: &Organisation) -> Result<Api> {
        Api::of(&GatewayConfig::load(&self.place.root().join(organisation.config()))?)
    }

    /// The port at which an organisation's own systems ask.
    pub(super) fn inside_url(&self, organisation: &Organisation) -> Result<String> {
        Ok(format!("http://{}", self.place.address(&organisation.ports()[0])?))
    }
}

impl Said {
    /// A header that `packhorse ask` shows.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.err.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }

    /// The answer's body.
    pub(super) fn body(&self) -> Result<Value> {
        serde_json::from_str(&self.out).map_err(|_| Error::NotHeld("the answer is not JSON".to_owned()))
    }
}

/// Holds a claim of the story against what happened.
pub(super) fn holds(claim: bool, otherwise: impl Into<String>) -> Result<()> {
    if claim { Ok(()) } else { Err(Error::NotHeld(otherwise.into())) }
}

fn failed(arguments: &[&str], said: &Said) -> Error {
    Error::NotHeld(format!("packhorse {} failed:\n{}{}", arguments.join(" "), said.out, said.err))
}
