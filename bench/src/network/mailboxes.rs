//! The pair's two mailboxes, and gateways that fall and rise one by one.

use std::net::SocketAddr;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::{Gateway, LETTERS, Network, SYSTEM, command};
use crate::Result;
use crate::agreements::{PURPOSE, ROLE, WORKFLOW};
use crate::process::Memory;

/// Which of the two gateways.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    /// The one that sends parcels.
    Sender,
    /// The one that receives them.
    Recipient,
}

/// One system's mailbox, as its software knows it.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    /// The gateway's inside.
    pub(crate) address: SocketAddr,
    /// Headers of the native interface.
    pub(crate) headers: Vec<(&'static str, String)>,
    /// The mailbox as MESH names it.
    pub(crate) mailbox: String,
    /// Its password.
    pub(crate) password: String,
    /// What tokens are signed with besides.
    pub(crate) shared_key: String,
}

/// Both, and where parcels go.
#[derive(Debug, Clone)]
pub(crate) struct Mailboxes {
    /// Sends.
    pub(crate) sender: Account,
    /// Receives.
    pub(crate) recipient: Account,
    /// Mailbox and workflow of the recipient.
    pub(crate) to: String,
}

impl Network {
    /// Gives both systems a mailbox and an account of MESH.
    pub(crate) fn open_mailboxes(&self) -> Result<Mailboxes> {
        // MESH names no purpose: the system's own counts.
        let letters = json!({"title": "Letters", "defaults": {"purpose": PURPOSE, "role": ROLE}});
        self.consumer.api("PUT", "/systems/letters", Some(&letters))?;
        let sends = text(&self.consumer.api("POST", "/systems/letters/keys", None)?, "api_key")?;
        self.provider.api("PUT", "/systems/register", Some(&json!({"title": "Badge register"})))?;
        let receives = text(&self.provider.api("POST", "/systems/register/keys", None)?, "api_key")?;
        let headers = |system: &str, key| vec![("x-road-client", system.to_owned()), ("packhorse-api-key", key)];
        let sender = self.mailbox(&self.consumer, "letters", headers(LETTERS, sends))?;
        let recipient = self.mailbox(&self.provider, "register", headers(SYSTEM, receives))?;
        Ok(Mailboxes { sender, recipient, to: format!("{SYSTEM}/{WORKFLOW}") })
    }

    fn mailbox(&self, gateway: &Gateway, system: &str, headers: Vec<(&'static str, String)>) -> Result<Account> {
        let config = gateway.folder.join("gateway.toml").display().to_string();
        command(&self.program, &["system", "mailbox", system, "--config", &config])?;
        let made = command(&self.program, &["system", "mesh", system, "--json", "--config", &config])?;
        let made: Value = serde_json::from_str(&made)?;
        let (mailbox, password) = (text(&made, "mailbox")?, text(&made, "password")?);
        let shared_key = text(&made, "shared_key")?;
        Ok(Account { address: gateway.inside, headers, mailbox, password, shared_key })
    }

    /// The power of one gateway fails.
    pub(crate) fn fail(&mut self, side: Side) -> Result<()> {
        self.side(side).process.take().map_or(Ok(()), crate::process::Process::kill)
    }

    /// Starts one gateway and waits until it is ready.
    pub(crate) fn rise(&mut self, side: Side) -> Result<()> {
        let program = self.program.clone();
        self.side(side).serve(&program)
    }

    fn side(&mut self, side: Side) -> &mut Gateway {
        match side {
            Side::Sender => &mut self.consumer,
            Side::Recipient => &mut self.provider,
        }
    }

    /// Where the recipient's gateway keeps the pieces of a parcel: looked at from outside, as an operator would.
    pub(crate) fn pieces(&self, parcel: &str) -> PathBuf {
        self.provider.folder.join("data/objects/parcels/in").join(parcel).join("sealed")
    }

    /// Memory of both gateways.
    pub(crate) fn memories(&self) -> Result<Vec<(&'static str, Memory)>> {
        self.gateways().map(|(name, process)| Ok((name, process.memory()?))).collect()
    }

    /// Seconds of processor that both gateways have taken so far.
    pub(crate) fn cpu(&self) -> Result<f64> {
        self.gateways().map(|(_, process)| process.cpu()).sum()
    }
}

fn text(value: &Value, name: &str) -> Result<String> {
    Ok(value.get(name).and_then(Value::as_str).ok_or_else(|| format!("the answer has no {name}"))?.to_owned())
}
