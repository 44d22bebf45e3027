//! MESH's small messages as fast as we are asked: threads that send beside threads that fetch and acknowledge, over
//! connections kept open. What the client of Python costs is not in this.

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::Value;
use sha2::Sha256;

use super::mesh::Messages;
use crate::Result;
use crate::agreements::WORKFLOW;
use crate::http::Connection;
use crate::network::{Account, Mailboxes};

/// Threads on each side.
const CLIENTS: usize = 16;
/// How long nothing may arrive.
const PATIENCE: Duration = Duration::from_secs(600);
/// A connection that was not used for so long is opened anew: a server closes those that idle.
const IDLE: Duration = Duration::from_secs(5);

/// Seconds from the first message's first byte to the last one's acknowledgement.
pub(crate) fn carry(mailboxes: &Mailboxes, messages: Messages) -> Result<f64> {
    let content = vec![b'x'; messages.bytes];
    let turn = AtomicUsize::new(0);
    let begin = Instant::now();
    thread::scope(|scope| {
        let sender = || scope.spawn(|| send(mailboxes, &content, messages.count, &turn).map_err(|e| e.to_string()));
        let senders: Vec<_> = (0..CLIENTS).map(|_| sender()).collect();
        let received = receive(&mailboxes.recipient, &content, messages.count);
        for sender in senders {
            sender.join().map_err(|_| "a sender panicked")??;
        }
        received
    })?;
    Ok(begin.elapsed().as_secs_f64())
}

fn send(mailboxes: &Mailboxes, content: &[u8], count: usize, turn: &AtomicUsize) -> Result<()> {
    let mut caller = Caller::open(&mailboxes.sender)?;
    let more = format!(
        "mex-to: {}\r\nmex-workflowid: {WORKFLOW}\r\nmex-chunk-range: 1:1\r\ncontent-length: {}\r\n",
        mailboxes.recipient.mailbox,
        content.len()
    );
    while turn.fetch_add(1, Ordering::Relaxed) < count {
        let (status, said) = caller.ask("POST", "/outbox", &more, content)?;
        if status != 202 {
            return Err(format!("a message was answered {status}: {}", String::from_utf8_lossy(&said)).into());
        }
    }
    Ok(())
}

/// Lists, and hands every page out to threads.
fn receive(account: &Account, content: &[u8], count: usize) -> Result<()> {
    let mut lister = Caller::open(account)?;
    let mut callers = (0..CLIENTS).map(|_| Caller::open(account)).collect::<Result<Vec<_>>>()?;
    let mut seen = HashSet::new();
    let mut last = Instant::now();
    while seen.len() < count {
        let (status, said) = lister.ask("GET", "/inbox?max_results=500", "", b"")?;
        let said: Value = serde_json::from_slice(&said).map_err(|_| format!("the inbox was answered {status}"))?;
        let listed = said.get("messages").and_then(Value::as_array).cloned().unwrap_or_default();
        let fresh: Vec<String> = listed
            .iter()
            .filter_map(|message| Some(message.as_str()?.to_owned()))
            .filter(|message| seen.insert(message.clone()))
            .collect();
        if fresh.is_empty() {
            if last.elapsed() > PATIENCE {
                return Err(format!("{} of {count} messages arrived", seen.len()).into());
            }
            thread::sleep(Duration::from_millis(10));
            continue;
        }
        last = Instant::now();
        let next = AtomicUsize::new(0);
        thread::scope(|scope| {
            let (fresh, next) = (&fresh, &next);
            let fetches: Vec<_> = callers
                .iter_mut()
                .map(|caller| scope.spawn(move || fetch(caller, fresh, next, content).map_err(|e| e.to_string())))
                .collect();
            fetches.into_iter().try_for_each(|fetch| fetch.join().map_err(|_| "a fetcher panicked".to_owned())?)
        })?;
    }
    Ok(())
}

fn fetch(caller: &mut Caller, fresh: &[String], next: &AtomicUsize, content: &[u8]) -> Result<()> {
    while let Some(message) = fresh.get(next.fetch_add(1, Ordering::Relaxed)) {
        let (status, said) = caller.ask("GET", &format!("/inbox/{message}"), "", b"")?;
        if status != 200 || said != content {
            return Err(format!("a message was given out with status {status}, not as it was sent").into());
        }
        let (status, _) =
            caller.ask("PUT", &format!("/inbox/{message}/status/acknowledged"), "content-length: 0\r\n", b"")?;
        if status != 200 {
            return Err(format!("an acknowledgement was answered {status}").into());
        }
    }
    Ok(())
}

/// A connection of a mailbox's software, with tokens of its own.
struct Caller<'a> {
    account: &'a Account,
    connection: Connection,
    used: Instant,
    nonce: String,
    count: u32,
}

static CALLERS: AtomicUsize = AtomicUsize::new(0);

impl<'a> Caller<'a> {
    fn open(account: &'a Account) -> Result<Self> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_nanos() as u64;
        let nonce = format!("{now:016x}-{}", CALLERS.fetch_add(1, Ordering::Relaxed));
        Ok(Self { account, connection: Connection::open(account.address)?, used: Instant::now(), nonce, count: 0 })
    }

    fn ask(&mut self, method: &str, path: &str, more: &str, body: &[u8]) -> Result<(u16, Vec<u8>)> {
        let token = self.token()?;
        if self.used.elapsed() > IDLE {
            self.connection = Connection::open(self.account.address)?;
        }
        let Account { address, mailbox, .. } = self.account;
        let head = format!(
            "{method} /messageexchange/{mailbox}{path} HTTP/1.1\r\nhost: {address}\r\nauthorization: {token}\r\n\
             accept: application/vnd.mesh.v2+json\r\n{more}\r\n"
        );
        let mut said = Vec::new();
        let request = [head.as_bytes(), body].concat();
        let head = self.connection.exchange(&request, |part| said.extend_from_slice(part))?;
        self.used = Instant::now();
        Ok((head.status, said))
    }

    /// `NHSMESH mailbox:nonce:count:time:hash`.
    fn token(&mut self) -> Result<String> {
        self.count += 1;
        let Account { mailbox, password, shared_key, .. } = self.account;
        let (nonce, count, made) = (&self.nonce, self.count, jiff::Timestamp::now().strftime("%Y%m%d%H%M"));
        let mut hash = Hmac::<Sha256>::new_from_slice(shared_key.as_bytes()).map_err(|error| error.to_string())?;
        hash.update(format!("{mailbox}:{nonce}:{count}:{password}:{made}").as_bytes());
        let hash: String = hash.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(format!("NHSMESH {mailbox}:{nonce}:{count}:{made}:{hash}"))
    }
}
