//! A parcel by the native interface, each step timed: uploaded (tus), sent, listed, fetched, every byte compared.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::content::Content;
use crate::Result;
use crate::http::Connection;
use crate::network::{Account, Mailboxes};

/// How often we look where a parcel stands.
const LOOK: Duration = Duration::from_millis(20);
/// Longer than any step takes.
const PATIENCE: Duration = Duration::from_secs(1800);
/// Content of one piece, sealed.
pub(crate) const PIECE: u64 = 8_390_656;

/// Seconds that each step took.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Steps {
    /// Taken in by the sender's gateway, sealed to itself.
    pub(crate) staged: f64,
    /// Described and sealed.
    pub(crate) sealed: f64,
    /// Every piece lies with the recipient's gateway.
    pub(crate) sent: f64,
    /// Opened, compared and listed.
    pub(crate) opened: f64,
    /// Fetched by the recipient's software.
    pub(crate) fetched: f64,
    /// What all of it took of the processors, in both gateways together.
    pub(crate) cpu: f64,
}

impl Steps {
    /// Their names and seconds, in order.
    pub(crate) fn named(&self) -> [(&'static str, f64); 5] {
        let Self { staged, sealed, sent, opened, fetched, .. } = *self;
        [("staged", staged), ("sealed", sealed), ("sent", sent), ("opened", opened), ("fetched", fetched)]
    }

    /// From the first byte in to the last byte out.
    pub(crate) fn all(&self) -> f64 {
        self.named().iter().map(|(_, seconds)| seconds).sum()
    }
}

/// Sends a parcel and fetches it, and has its content erased after that.
pub(crate) fn carry(mailboxes: &Mailboxes, pieces: impl Fn(&str) -> std::path::PathBuf, size: u64) -> Result<Steps> {
    let content = Content::new(size);
    let parcel = open(mailboxes, size)?;
    let begin = Instant::now();
    upload(&mailboxes.sender, &parcel, &content)?;
    let staged = begin.elapsed().as_secs_f64();
    let begin = Instant::now();
    send(&mailboxes.sender, &parcel)?;
    until("it is sealed", || Ok(state(&mailboxes.sender, &parcel)? != "accepted"))?;
    let sealed = begin.elapsed().as_secs_f64();
    let begin = Instant::now();
    until("every piece has arrived", || {
        Ok(count(&pieces(&parcel)) >= size.div_ceil(PIECE) || is_listed(mailboxes, &parcel))
    })?;
    let sent = begin.elapsed().as_secs_f64();
    let begin = Instant::now();
    until("it is listed", || Ok(is_listed(mailboxes, &parcel)))?;
    let opened = begin.elapsed().as_secs_f64();
    let begin = Instant::now();
    fetch(&mailboxes.recipient, &parcel, &content)?;
    let fetched = begin.elapsed().as_secs_f64();
    finish(mailboxes, &parcel)?;
    Ok(Steps { staged, sealed, sent, opened, fetched, cpu: 0.0 })
}

/// Opens a dispatch of one file.
pub(crate) fn open(mailboxes: &Mailboxes, size: u64) -> Result<String> {
    let new = json!({
        "to": [mailboxes.to], "subject": "measured", "confirmed": true, "files": [{"name": "measured.bin", "size": size}],
    });
    let opened = ask(&mailboxes.sender, "POST", "", Some(&new))?;
    let parcel = opened.pointer("/parcels/0/parcel").and_then(Value::as_str).ok_or("no parcel was opened")?;
    Ok(parcel.to_owned())
}

/// Uploads its file.
pub(crate) fn upload(account: &Account, parcel: &str, content: &Content) -> Result<()> {
    let mut connection = Connection::open(account.address)?;
    let head = format!(
        "{}content-type: application/offset+octet-stream\r\ntus-resumable: 1.0.0\r\nupload-offset: 0\r\n\
         content-length: {}\r\n\r\n",
        begun(account, "PATCH", &format!("/{parcel}/files/0")),
        content.size
    );
    connection.send(head.as_bytes())?;
    content.each(|block| connection.send(block))?;
    let mut said = Vec::new();
    let head = connection.receive(|part| said.extend_from_slice(part))?;
    if head.status != 204 {
        return Err(format!("the upload was answered {}: {}", head.status, String::from_utf8_lossy(&said)).into());
    }
    Ok(())
}

/// Closes it.
pub(crate) fn send(account: &Account, parcel: &str) -> Result<()> {
    ask(account, "POST", &format!("/{parcel}/send"), None).map(|_| ())
}

/// Fetches its file and compares every byte.
pub(crate) fn fetch(account: &Account, parcel: &str, content: &Content) -> Result<()> {
    let mut connection = Connection::open(account.address)?;
    let request = format!("{}\r\n", begun(account, "GET", &format!("/{parcel}/files/0")));
    let (mut at, mut same) = (0, true);
    let head = connection.exchange(request.as_bytes(), |part| {
        same &= content.holds(at, part);
        at += part.len() as u64;
    })?;
    if head.status != 200 || at != content.size || !same {
        return Err(format!("status {}, {at} bytes, not what was sent", head.status).into());
    }
    Ok(())
}

/// Acknowledges it; waits until its content is gone on the recipient's side, so that no step of the next one shares the
/// disk with it.
pub(crate) fn finish(mailboxes: &Mailboxes, parcel: &str) -> Result<()> {
    ask(&mailboxes.recipient, "POST", &format!("/{parcel}/acknowledge"), None)?;
    until("the sender knows", || Ok(state(&mailboxes.sender, parcel)? == "acknowledged"))?;
    thread::sleep(Duration::from_secs(1));
    Ok(())
}

/// Where the sender sees it.
pub(crate) fn state(account: &Account, parcel: &str) -> Result<String> {
    let shown = ask(account, "GET", &format!("/{parcel}"), None)?;
    Ok(shown.get("state").and_then(Value::as_str).ok_or("the parcel has no state")?.to_owned())
}

/// Whether the recipient has it in the mailbox.
pub(crate) fn is_listed(mailboxes: &Mailboxes, parcel: &str) -> bool {
    state(&mailboxes.recipient, parcel).is_ok_and(|state| state == "delivered")
}

/// The files in a folder, if it is there, and whether each is whole: one that is being written has a `#` in its name.
pub(crate) fn files(folder: &Path) -> impl Iterator<Item = (fs::DirEntry, bool)> + use<> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| {
        let whole = !entry.file_name().to_string_lossy().contains('#');
        (entry, whole)
    })
}

/// How many whole files a folder has.
pub(crate) fn count(folder: &Path) -> u64 {
    files(folder).filter(|(_, whole)| *whole).count() as u64
}

/// Looks again and again.
pub(crate) fn until(what: &str, mut holds: impl FnMut() -> Result<bool>) -> Result<()> {
    let begin = Instant::now();
    while !holds()? {
        if begin.elapsed() > PATIENCE {
            return Err(format!("waited {} s in vain: {what}", PATIENCE.as_secs()).into());
        }
        thread::sleep(LOOK);
    }
    Ok(())
}

fn ask(account: &Account, method: &str, path: &str, body: Option<&Value>) -> Result<Value> {
    let kind = if body.is_some() { "content-type: application/json\r\n" } else { "" };
    let body = body.map(Value::to_string).unwrap_or_default();
    let head = begun(account, method, path);
    let request = format!("{head}{kind}content-length: {}\r\n\r\n{body}", body.len());
    let mut said = Vec::new();
    let head = Connection::open(account.address)?.exchange(request.as_bytes(), |part| said.extend_from_slice(part))?;
    if !(200..300).contains(&head.status) {
        return Err(format!("{method} {path}: {} {}", head.status, String::from_utf8_lossy(&said)).into());
    }
    if said.is_empty() { Ok(Value::Null) } else { Ok(serde_json::from_slice(&said)?) }
}

/// The request line and who asks.
fn begun(account: &Account, method: &str, path: &str) -> String {
    let headers: String = account.headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    format!("{method} /parcels{path} HTTP/1.1\r\nhost: {}\r\n{headers}", account.address)
}
