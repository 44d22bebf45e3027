//! Software that sends parcels and tries again until it is answered, and what must hold of what it sent: all of it
//! arrives once, and nothing of it lies anywhere in the clear.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::Duration;

use serde_json::{Value, json};

use crate::desk::{Desk, TO};
use crate::network::http::{Answer, try_ask};

/// The beginning of every content: nowhere on disk, on either side.
const MARKER: &str = "plaintext that nobody may find on any disk";
/// Longest wait for everything to arrive after the last fall.
const PATIENCE: Duration = Duration::from_secs(180);

/// The sender's software: tries again until it is answered.
pub(crate) struct Software {
    /// The processes that it may ask: the next one when one does not answer.
    inside: Vec<SocketAddr>,
    key: String,
}

impl Software {
    pub(crate) fn of(desk: &Desk) -> Self {
        Self::of_all(desk, &[desk.sender().inside])
    }

    pub(crate) fn of_all(desk: &Desk, inside: &[SocketAddr]) -> Self {
        Self { inside: inside.to_vec(), key: desk.sender.clone() }
    }

    /// Asks until there is an answer that is no fault of a gateway that is falling or rising.
    fn insist(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        for process in self.inside.iter().cycle() {
            match self.once(*process, method, path, headers, body) {
                Some(answer) if answer.status < 500 && answer.status != 423 => return answer,
                _ => std::thread::sleep(Duration::from_millis(30)),
            }
        }
        panic!("it asks somebody, without end")
    }

    fn once(
        &self,
        process: SocketAddr,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Option<Answer> {
        let mut all = vec![("x-road-client", "PH/GOV/agency/main"), ("packhorse-api-key", self.key.as_str())];
        all.extend(headers);
        try_ask(process, method, &format!("/parcels{path}"), &all, body)
    }

    pub(crate) fn send(&self, number: usize, content: &[u8]) -> String {
        let files = [json!({"name": format!("{number}.txt"), "size": content.len()})];
        let new = json!({"to": [TO], "subject": "invented", "files": files}).to_string();
        let key = format!("parcel-{number}");
        let headers = [("content-type", "application/json"), ("idempotency-key", key.as_str())];
        let opened = self.insist("POST", "", &headers, new.as_bytes());
        assert_eq!(opened.status, 201, "{}", opened.text());
        let parcel = opened.json()["parcels"][0]["parcel"].as_str().unwrap().to_owned();
        self.upload(&parcel, content);
        let sent = self.insist("POST", &format!("/{parcel}/send"), &[], b"");
        assert_eq!(sent.status, 202, "{}", sent.text());
        parcel
    }

    /// Goes on where the last attempt ended.
    fn upload(&self, parcel: &str, content: &[u8]) {
        let path = format!("/{parcel}/files/0");
        loop {
            let head = self.insist("HEAD", &path, &[("tus-resumable", "1.0.0")], b"");
            if head.status == 409 {
                // Sent already: the answer to that was lost.
                return;
            }
            assert_eq!(head.status, 200, "{}", head.text());
            let offset: usize = head.header("upload-offset").parse().unwrap();
            if offset == content.len() {
                return;
            }
            let offset_text = offset.to_string();
            let headers = [
                ("tus-resumable", "1.0.0"),
                ("content-type", "application/offset+octet-stream"),
                ("upload-offset", offset_text.as_str()),
            ];
            // Whether it was heard or not: the next look says where to go on.
            self.once(self.inside[0], "PATCH", &path, &headers, &content[offset..]);
        }
    }
}

pub(crate) fn content(number: usize, bytes: usize) -> Vec<u8> {
    let mut content = format!("{MARKER} {number} ").into_bytes();
    let mut state = number as u64 | 1;
    while content.len() < bytes {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        content.extend_from_slice(&state.to_le_bytes());
    }
    content.truncate(bytes.max(MARKER.len() + 8));
    content
}

pub(crate) fn arrived_once(desk: &Desk, sent: &[String], content: impl Fn(usize) -> Vec<u8>) {
    let all: BTreeSet<&String> = sent.iter().collect();
    assert_eq!(all.len(), sent.len(), "an idempotency key makes one parcel");
    let begun = std::time::Instant::now();
    let mut left: Vec<&String> = sent.iter().collect();
    while !left.is_empty() {
        left.retain(|parcel| desk.track(parcel)["state"] != "delivered");
        let tracked = |parcel: &&String| desk.track(parcel).to_string();
        assert!(begun.elapsed() < PATIENCE, "not delivered: {:?}", left.iter().map(tracked).collect::<Vec<_>>());
        std::thread::sleep(Duration::from_millis(200));
    }
    let listed = listed(desk);
    let names: BTreeSet<&str> = listed.iter().map(|parcel| parcel["parcel"].as_str().unwrap()).collect();
    assert_eq!(listed.len(), sent.len(), "nothing twice, nothing that was not sent");
    assert!(all.iter().all(|parcel| names.contains(parcel.as_str())));
    for (number, parcel) in sent.iter().enumerate() {
        let fetched = desk.receive("GET", &format!("/{parcel}/files/0"), &[], b"");
        assert!(fetched.status == 200 && fetched.body == content(number), "parcel {number} is what was sent");
    }
    // Each statement is in both ledgers: the receipts say so.
    for parcel in sent {
        let receipts = |answer: Answer| {
            assert_eq!(answer.status, 200, "{}", answer.text());
            answer.json()["receipts"].as_array().unwrap().len()
        };
        assert_eq!(receipts(desk.send("GET", &format!("/{parcel}/receipt"), &[], b"")), 2);
        assert_eq!(receipts(desk.receive("GET", &format!("/{parcel}/receipt"), &[], b"")), 2);
    }
}

fn listed(desk: &Desk) -> Vec<Value> {
    let (mut all, mut after) = (Vec::new(), 0);
    loop {
        let page = desk.receive("GET", &format!("?box=in&after={after}"), &[], b"").json();
        let page = page["parcels"].as_array().unwrap().clone();
        let Some(last) = page.last() else { return all };
        after = last["place"].as_i64().unwrap();
        all.extend(page);
    }
}

pub(crate) fn nothing_in_the_clear(desk: &Desk) {
    for gateway in [desk.sender(), desk.recipient()] {
        let found = std::process::Command::new("grep").args(["-rl", MARKER]).arg(&gateway.dir).output().unwrap();
        assert!(found.stdout.is_empty(), "{}", String::from_utf8_lossy(&found.stdout));
    }
}
