//! Messages through NHS MESH's interface: the same client of PyPI against us and against PyPI's `mesh-sandbox`.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::Result;
use crate::agreements::WORKFLOW;
use crate::network::{Account, Mailboxes};
use crate::process::Process;
use crate::setting::{accepts, free_address};

/// From the folder in which `bench/run` begins: this program may have been built elsewhere.
const SCRIPT: &str = "bench/mesh.py";
/// What the sandbox calls its mailboxes, their password and the key.
const SANDBOX: [&str; 2] = ["X26ABC1", "X26ABC2"];
/// Chunks of the large message.
const CHUNK: usize = 20 * 1024 * 1024;
/// Processes of the client.
const WORKERS: usize = 4;
/// Seconds without any news after which what is missing counts as lost.
const PATIENCE: u32 = 600;
/// The same for the sandbox, which lists a message at once or never: of several that come at the same time it may
/// forget some.
const PATIENCE_WITH_IT: u32 = 5;

/// Seconds that a load of messages took.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Took {
    /// Until the last was taken in.
    pub(crate) sent: f64,
    /// From then until the last was fetched and acknowledged.
    pub(crate) received: f64,
    /// How many were taken in and never arrived.
    pub(crate) lost: f64,
}

impl Took {
    /// From the first to the last.
    pub(crate) fn all(&self) -> f64 {
        self.sent + self.received
    }
}

/// So many messages of so many bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Messages {
    /// How many.
    pub(crate) count: usize,
    /// How large each is.
    pub(crate) bytes: usize,
}

/// The sandbox, with its store of files.
pub(crate) struct Sandbox {
    url: String,
    _server: Process,
}

/// Starts it, as its documentation says, from the environment in which the client is.
pub(crate) fn sandbox(python: &Path, folder: &Path) -> Result<Sandbox> {
    fs::create_dir_all(folder)?;
    let address = free_address()?;
    let (port, data) = (address.port().to_string(), format!("MAILBOXES_DATA_DIR={}", folder.display()));
    let python = python.display().to_string();
    let arguments = [
        "AUTH_MODE=full",
        "SHARED_KEY=BackBone",
        "STORE_MODE=file",
        &data,
        &python,
        "-m",
        "uvicorn",
        "mesh_sandbox.api:app",
        "--host",
        "127.0.0.1",
        "--port",
        &port,
        "--workers",
        "1",
        "--log-level",
        "warning",
    ];
    let mut server = Process::start("mesh-sandbox", Path::new("/usr/bin/env"), &arguments, &folder.join("log"))?;
    server.wait_until(|| accepts(address))?;
    Ok(Sandbox { url: format!("http://{address}"), _server: server })
}

impl Sandbox {
    /// The client's work against the sandbox.
    pub(crate) fn carry(&self, python: &Path, messages: Messages) -> Result<Took> {
        let account = |mailbox: &str| json!({"url": self.url, "mailbox": mailbox, "password": "password", "shared_key": "BackBone"});
        script(python, account(SANDBOX[0]), account(SANDBOX[1]), messages, PATIENCE_WITH_IT)
    }
}

/// The client's work against us.
pub(crate) fn carry(python: &Path, mailboxes: &Mailboxes, messages: Messages) -> Result<Took> {
    let account = |account: &Account| {
        let Account { address, mailbox, password, shared_key, .. } = account;
        json!({"url": format!("http://{address}"), "mailbox": mailbox, "password": password, "shared_key": shared_key})
    };
    let took = script(python, account(&mailboxes.sender), account(&mailboxes.recipient), messages, PATIENCE)?;
    if took.lost > 0.0 {
        return Err(format!("{} messages did not arrive", took.lost).into());
    }
    Ok(took)
}

fn script(python: &Path, sender: Value, recipient: Value, messages: Messages, patience: u32) -> Result<Took> {
    let asked = json!({
        "sender": sender, "recipient": recipient, "workflow": WORKFLOW, "messages": messages.count,
        "bytes": messages.bytes, "chunk": CHUNK, "workers": WORKERS.min(messages.count), "patience": patience,
    });
    let mut client = Command::new(python)
        .arg(SCRIPT)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("the client of MESH: {error}"))?;
    client.stdin.take().ok_or("the client has no input")?.write_all(asked.to_string().as_bytes())?;
    let said = client.wait_with_output()?;
    if !said.status.success() {
        return Err(format!("the client of MESH: {}", String::from_utf8_lossy(&said.stderr)).into());
    }
    let said: Value = serde_json::from_slice(&said.stdout)?;
    let seconds = |name: &str| said.get(name).and_then(Value::as_f64).ok_or("the client says no time");
    Ok(Took { sent: seconds("sent")?, received: seconds("received")?, lost: seconds("lost")? })
}

/// The interpreter of the environment that `bench/run` has made.
pub(crate) fn python(folder: &Path) -> Result<PathBuf> {
    let python = folder.join("bench-venv/bin/python");
    if python.exists() {
        Ok(python)
    } else {
        Err("start the measurement with bench/run, which installs mesh-client".into())
    }
}
