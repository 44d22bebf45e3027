//! The demo as a newcomer starts it: it tells its story to the end, goes on from where it was, and leaves nothing running.
#![allow(clippy::unwrap_used, clippy::panic, reason = "in a test a panic is the failure report")]

#[allow(dead_code, reason = "other stories use the rest of it")]
#[path = "network/http.rs"]
mod http;
#[path = "demo/sign_ins.rs"]
mod sign_ins;
#[path = "mesh/token.rs"]
mod token;

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde::Deserialize;

/// Longest wait for anything.
const PATIENCE: Duration = Duration::from_secs(300);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Endpoints {
    registry: Registry,
    organisations: Vec<Organisation>,
    r#try: Attempt,
    mesh: Mesh,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Mesh {
    sender: Mailbox,
    recipient: Mailbox,
    stranger: Mailbox,
    workflow: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Mailbox {
    url: String,
    mailbox: String,
    password: String,
    shared_key: String,
    ca: Option<PathBuf>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Registry {
    url: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Organisation {
    id: String,
    name: String,
    inside_url: String,
    outside_url: String,
    data_dir: PathBuf,
    systems: Vec<String>,
    services: Vec<String>,
    api_key: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Attempt {
    method: String,
    url: String,
    headers: BTreeMap<String, String>,
    body: String,
}

#[test]
fn the_story_runs_from_any_point_at_which_it_was_broken_off_and_what_stays_up_answers() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("demo");

    // Killed in the middle of joining, so that it cannot tidy up: its processes are left behind.
    let mut killed = demo(&folder, &[], "killed.log");
    wait("the first gateway's folder", || folder.join("borough/gateway.toml").exists());
    killed.0.kill().unwrap();
    killed.0.wait().unwrap();

    let told = demo(&folder, &["--once"], "once.log").0.wait().unwrap();
    let story = fs::read_to_string(parent.path().join("once.log")).unwrap();
    assert!(told.success(), "{story}");
    assert_eq!(story.matches('✓').count() - story.matches("│ ✓").count(), 15, "{story}");
    assert!(story.contains("✓ caught before it was sealed"), "clamd is installed: scripts/prepare test\n{story}");
    check_parcels(&story);
    check_shape(&endpoints(&folder), &folder);

    let mut stays = demo(&folder, &[], "stays.log");
    wait("the end of what the last story wrote", || !folder.join("endpoints.json").exists());
    wait("the query to try", || folder.join("endpoints.json").exists());
    let first = call(&endpoints(&folder).r#try);
    assert!(first.starts_with("HTTP/1.1 200") && first.contains("keeper_name") && !first.contains("marker"), "{first}");
    wait("the end of the story", || {
        fs::read_to_string(parent.path().join("stays.log")).unwrap().contains("until you press")
    });
    assert!(call(&endpoints(&folder).r#try).starts_with("HTTP/1.1 200"));

    send_by_mesh(&endpoints(&folder).mesh);
    sign_ins::hold(&folder);

    let processes = fs::read_to_string(folder.join("processes")).unwrap();
    assert_eq!(processes.lines().count(), 6);
    kill_process(Pid::from_child(&stays.0), Signal::TERM).unwrap();
    assert!(stays.0.wait().unwrap().success());
    for number in processes.lines() {
        assert!(!Path::new("/proc").join(number).exists(), "process {number} runs on");
    }
}

#[test]
fn a_folder_with_something_else_in_it_is_refused_untouched() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("mine");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("thesis.txt"), "mine").unwrap();
    assert!(!demo(&folder, &["--once"], "refused.log").0.wait().unwrap().success());
    let said = fs::read_to_string(parent.path().join("refused.log")).unwrap();
    assert!(said.contains("holds something else"), "{said}");
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
}

/// A demo that runs; told to stop when the test is over, whichever way that comes about.
struct Demo(Child);

impl Drop for Demo {
    fn drop(&mut self) {
        if let Ok(None) = self.0.try_wait() {
            let _ = kill_process(Pid::from_child(&self.0), Signal::TERM);
            let _ = self.0.wait();
        }
    }
}

/// Starts the demo; what it says goes into a file beside its folder.
fn demo(folder: &Path, options: &[&str], log: &str) -> Demo {
    let log = fs::File::create(folder.parent().unwrap().join(log)).unwrap();
    let started = Command::new(env!("CARGO_BIN_EXE_packhorse"))
        .args(["demo", "--dir"])
        .arg(folder)
        .args(options)
        .stdin(Stdio::null())
        .stdout(log.try_clone().unwrap())
        .stderr(log)
        .spawn();
    Demo(started.unwrap())
}

fn wait(what: &str, there: impl Fn() -> bool) {
    let begun = Instant::now();
    while !there() {
        assert!(begun.elapsed() < PATIENCE, "{what} did not come about");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn endpoints(folder: &Path) -> Endpoints {
    serde_json::from_slice(&fs::read(folder.join("endpoints.json")).unwrap()).unwrap()
}

/// The parcels went the way that the story tells, in its order.
fn check_parcels(story: &str) {
    let mut rest = story;
    for told in [
        "is sealed",
        "waiting: ",
        "gateway serve --config police/gateway.toml",
        "Authorization: NHSMESH POL.WEXMOOR.POST:",
        "/inbox/",
        "/status/acknowledged",
        "is collected",
        "nothing is missing between: accepted, delivered, collected",
        "recalled",
        "is quarantined",
    ] {
        let at = rest.find(told).unwrap_or_else(|| panic!("{told} is not told in its place:\n{story}"));
        rest = &rest[at + told.len()..];
    }
}

fn check_shape(endpoints: &Endpoints, folder: &Path) {
    assert!(endpoints.registry.url.starts_with("https://127.0.0.1:"));
    assert_eq!(endpoints.organisations.len(), 5);
    for organisation in &endpoints.organisations {
        assert!(organisation.id.starts_with("PH/") && !organisation.name.is_empty());
        assert!(organisation.inside_url.starts_with("http://127.0.0.1:"));
        assert!(organisation.outside_url.starts_with("https://127.0.0.1:"));
        assert!(organisation.data_dir.starts_with(folder.canonicalize().unwrap()));
        assert!(organisation.data_dir.join("gateway.toml").is_file());
        assert!(organisation.systems.iter().all(|system| system.starts_with(&organisation.id)));
        assert!(organisation.api_key.len() > 20);
    }
    assert_eq!(endpoints.organisations.iter().flat_map(|organisation| &organisation.services).count(), 3);
}

/// The sender's message comes to the recipient; the stranger sends nothing.
fn send_by_mesh(mesh: &Mesh) {
    let send = |from: &Mailbox, count| {
        let headers = [("mex-to", mesh.recipient.mailbox.as_str()), ("mex-workflowid", &mesh.workflow)];
        from.ask(count, "POST", "/outbox", &headers, b"a report")
    };
    let refused = send(&mesh.stranger, 1);
    assert_eq!((refused.status, &refused.json()["detail"][0]["code"]), (403, &serde_json::json!("17")));
    let sent = send(&mesh.sender, 1);
    assert_eq!(sent.status, 202, "{}", sent.text());
    let message = sent.json()["message_id"].as_str().unwrap().to_owned();
    let count = std::cell::Cell::new(1);
    wait("the message", || {
        count.set(count.get() + 1);
        let listed = mesh.recipient.ask(count.get(), "GET", "/inbox", &[], b"").json();
        listed["messages"] == serde_json::json!([message])
    });
    let received = mesh.recipient.ask(0, "GET", &format!("/inbox/{message}"), &[], b"");
    assert_eq!((received.text().as_str(), received.header("mex-from")), ("a report", mesh.sender.mailbox.as_str()));
}

impl Mailbox {
    fn ask(&self, count: u32, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> http::Answer {
        assert_eq!(self.ca, None);
        let token = token::token(&self.mailbox, &self.password, &self.shared_key, count, 0);
        let mut all = vec![("authorization", token.as_str()), ("accept", "application/vnd.mesh.v2+json")];
        all.extend(headers);
        let to = self.url.strip_prefix("http://").unwrap().parse().unwrap();
        http::ask(to, method, &format!("/messageexchange/{}{path}", self.mailbox), &all, body)
    }
}

/// Sends the query as it stands, and returns the whole answer.
fn call(attempt: &Attempt) -> String {
    let (host, path) = attempt.url.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let headers: String = attempt.headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let request = format!(
        "{} /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {}\r\n{headers}\r\n{}",
        attempt.method,
        attempt.body.len(),
        attempt.body
    );
    let mut connection = TcpStream::connect(host).unwrap();
    connection.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).unwrap();
    answer
}
