//! Three mailboxes with accounts: the agency's `main` sends reports to the borough's `main`; the borough's `plain` has
//! no agreement.

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::desk::Desk;
use crate::network::Gateway;
use crate::network::http::{Answer, ask};
use crate::token::token;

const JUDGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/mesh/judge/judge.py");
/// The workflow that is agreed.
pub(crate) const WORKFLOW: &str = "REPORT";

/// The mailboxes.
pub(crate) struct Accounts {
    pub(crate) desk: Desk,
    pub(crate) sender: Account,
    pub(crate) recipient: Account,
    pub(crate) stranger: Account,
}

/// One mailbox, as its software knows it.
pub(crate) struct Account {
    address: std::net::SocketAddr,
    pub(crate) mailbox: String,
    password: String,
    shared_key: String,
}

impl Accounts {
    pub(crate) fn open() -> Self {
        let desk = Desk::open();
        desk.recipient().must(&["system", "mailbox", "plain"]);
        let sender = Account::make(desk.sender(), "main");
        let recipient = Account::make(desk.recipient(), "main");
        let stranger = Account::make(desk.recipient(), "plain");
        Self { desk, sender, recipient, stranger }
    }

    /// Lets the judge tell one of its stories; what it printed. None when there is no judge.
    pub(crate) fn judge(&self, story: &str) -> Option<Value> {
        let Some(folder) = std::env::var_os("PACKHORSE_JUDGES_VENV") else {
            assert_ne!(std::env::var("PACKHORSE_JUDGES").as_deref(), Ok("required"), "mesh-client is required");
            println!("skipped: mesh-client is not there");
            return None;
        };
        let python = std::path::Path::new(&folder).join("bin/python");
        let mut judge = Command::new(python)
            .args([JUDGE, story])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let accounts = json!({
            "sender": self.sender.shown(), "recipient": self.recipient.shown(), "stranger": self.stranger.shown(),
            "workflow": WORKFLOW,
        });
        judge.stdin.take().unwrap().write_all(accounts.to_string().as_bytes()).unwrap();
        let said = judge.wait_with_output().unwrap();
        assert!(said.status.success(), "{story}: {}", String::from_utf8_lossy(&said.stderr));
        Some(serde_json::from_slice(&said.stdout).unwrap_or_default())
    }
}

impl Account {
    fn make(gateway: &Gateway, system: &str) -> Self {
        let made: Value = serde_json::from_str(&gateway.must(&["system", "mesh", system, "--json"])).unwrap();
        let text = |name: &str| made[name].as_str().unwrap().to_owned();
        let (mailbox, password, shared_key) = (text("mailbox"), text("password"), text("shared_key"));
        Self { address: gateway.inside, mailbox, password, shared_key }
    }

    /// The same secrets under another name.
    pub(crate) fn named(&self, mailbox: &str) -> Self {
        let (password, shared_key) = (self.password.clone(), self.shared_key.clone());
        Self { address: self.address, mailbox: mailbox.to_owned(), password, shared_key }
    }

    fn shown(&self) -> Value {
        json!({
            "url": format!("http://{}", self.address), "mailbox": self.mailbox, "password": self.password,
            "shared_key": self.shared_key,
        })
    }

    /// A token made so many minutes ago.
    pub(crate) fn token(&self, count: u32, minutes_ago: i64) -> String {
        token(&self.mailbox, &self.password, &self.shared_key, count, minutes_ago)
    }

    /// A request with a token, below the account's mailbox.
    pub(crate) fn ask(&self, token: &str, method: &str, path: &str, more: &[(&str, &str)], body: &[u8]) -> Answer {
        let mut headers = vec![("authorization", token), ("accept", "application/vnd.mesh.v2+json")];
        headers.extend(more);
        self.plainly(method, path, &headers, body)
    }

    /// A request with these headers and no others, below the account's mailbox.
    pub(crate) fn plainly(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        ask(self.address, method, &format!("/messageexchange/{}{path}", self.mailbox), headers, body)
    }
}
