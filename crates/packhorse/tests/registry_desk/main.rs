//! The operator's desk, over a registry and gateways that really run: an applicant is assessed control by control,
//! admitted on conditions, heard of, withdrawn and renewed; all by the registry's management API.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a panic is the failure report")]
#![allow(dead_code, reason = "every file of stories uses its part of the network")]
#![allow(clippy::print_stdout, reason = "what the walks say")]

mod answers;
#[path = "../network/mod.rs"]
mod network;
mod pages;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Command, Output};

use jiff::ToSpan as _;
use jiff::civil::Date;
use network::http::{Answer, ask};
use network::process::Process;
use network::{PROGRAM, free_addresses, ok, until};
use serde_json::{Value, json};

/// A registry with its desk, and the folder in which members are made.
struct Desk {
    folder: tempfile::TempDir,
    inside: SocketAddr,
    token: String,
    _registry: Process,
}

/// A member's gateway.
struct Member {
    dir: PathBuf,
    inside: SocketAddr,
    token: String,
    process: Option<Process>,
}

impl Desk {
    fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let [public, inside] = free_addresses();
        let (listen, desk, url) = (public.to_string(), inside.to_string(), format!("https://{public}"));
        let init = ["registry", "init", "--network", "PH", "--listen", &listen, "--url", &url];
        ok(run(&folder, &[&init[..], &["--inside", &desk, "--inside-plain"]].concat()));
        let token = String::from_utf8(ok(run(&folder, &["registry", "operator", "add", "desk"]))).unwrap();
        let registry = Process::start(folder.path(), &["registry", "serve"], "registry.log");
        until("the registry is open", || {
            [public, inside].iter().all(|address| std::net::TcpStream::connect(address).is_ok())
        });
        std::fs::write(folder.path().join("anchor.json"), ok(run(&folder, &["registry", "anchor"]))).unwrap();
        Self { folder, inside, token: token.trim().to_owned(), _registry: registry }
    }

    fn member(&self, code: &str, answers: impl Fn(String) -> String) -> Member {
        let [inside, outside] = free_addresses();
        let (inside_text, outside_text, organisation) =
            (inside.to_string(), outside.to_string(), format!("PH/LOC/{code}"));
        let who = ["gateway", "init", "--dir", code, "--organisation", &organisation, "--name", "Marsh Council"];
        let at = ["--inside", &inside_text, "--inside-plain", "--outside", &outside_text];
        let rest =
            ["--outside-address", &outside_text, "--anchor", "anchor.json", "--siro-email", "siro@marsh.example"];
        ok(run(&self.folder, &[&who[..], &at, &rest, &["--system", "main:Main"]].concat()));
        let dir = self.folder.path().join(code);
        let token = std::fs::read_to_string(dir.join("operator.token")).unwrap().trim().to_owned();
        let member = Member { dir, inside, token, process: None };
        member.answer(answers);
        let config = std::fs::read_to_string(member.config()).unwrap();
        std::fs::write(member.config(), config.replace("# poll_seconds = 10", "poll_seconds = 1")).unwrap();
        member
    }

    fn call(&self, method: &str, path: &str, body: &Value) -> Answer {
        self.call_as(&self.token, method, path, body)
    }

    fn call_as(&self, token: &str, method: &str, path: &str, body: &Value) -> Answer {
        let bearer = format!("Bearer {token}");
        let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
        let body = if body.is_null() { String::new() } else { body.to_string() };
        ask(self.inside, method, &format!("/api{path}"), &headers, body.as_bytes())
    }

    fn get(&self, path: &str) -> Value {
        let answer = self.call("GET", path, &Value::Null);
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        answer.json()
    }

    /// The request to join that came first.
    fn request(&self) -> String {
        self.get("/requests")["items"][0]["id"].as_str().unwrap().to_owned()
    }

    /// Lets whoever asked first join, as they answered.
    fn admit(&self, fingerprint: &str) {
        let admit = json!({"outcome": "certificate", "as_answered": true, "fingerprint": fingerprint});
        self.done("POST", &format!("/requests/{}/decide", self.request()), &admit);
    }

    /// A call that is refused; its error.
    fn refused(&self, method: &str, path: &str, body: &Value) -> String {
        let answer = self.call(method, path, body);
        assert_eq!(answer.status, 422, "{path}: {}", answer.text());
        answer.json()["error"].as_str().unwrap().to_owned()
    }

    fn done(&self, method: &str, path: &str, body: &Value) -> Value {
        let answer = self.call(method, path, body);
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        answer.json()
    }
}

impl Member {
    fn config(&self) -> PathBuf {
        self.dir.join("gateway.toml")
    }

    /// Answers every question.
    fn answer(&self, with: impl Fn(String) -> String) {
        let path = self.dir.join("code-of-connection.toml");
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, with(text.replace("answer = \"\"", "answer = \"Our policy says so.\""))).unwrap();
    }

    fn cli(&self, arguments: &[&str]) -> String {
        let config = self.config();
        let all = [arguments, &["--config", config.to_str().unwrap()]].concat();
        String::from_utf8(ok(Command::new(PROGRAM).args(all).current_dir(&self.dir).output().unwrap())).unwrap()
    }

    /// Asks to join; the fingerprint that the operator is told on another way.
    fn joins(&self) -> String {
        let said = self.cli(&["gateway", "join"]);
        said.lines().find_map(|line| line.strip_prefix("all keys ")).unwrap().to_owned()
    }

    fn serve(&mut self) {
        self.process = Some(Process::start(&self.dir, &["gateway", "serve"], "serve.log"));
        until("the gateway is ready", || {
            std::net::TcpStream::connect(self.inside).is_ok()
                && ask(self.inside, "GET", "/readyz", &[], b"").status == 200
        });
    }

    /// How the gateway itself sees a member.
    fn partner(&self, organisation: &str) -> Value {
        let bearer = format!("Bearer {}", self.token);
        let answer = ask(self.inside, "GET", "/api/partners", &[("authorization", &bearer)], b"");
        assert_eq!(answer.status, 200, "{}", answer.text());
        let items = answer.json()["items"].as_array().unwrap().clone();
        items.into_iter().find(|item| item["organisation"] == organisation).unwrap_or_default()
    }
}

fn run(folder: &tempfile::TempDir, arguments: &[&str]) -> Output {
    Command::new(PROGRAM).args(arguments).current_dir(folder.path()).output().unwrap()
}

fn today() -> Date {
    jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date()
}

const MARSH: &str = "/members/LOC/marsh";

#[test]
fn an_applicant_is_assessed_admitted_on_a_condition_heard_of_withdrawn_and_renewed() {
    let desk = Desk::open();
    let due = today().checked_add(90.days()).unwrap();
    let wanting = format!("topic = \"patching\"\nstatus = \"partial\"\nremediation_due = \"{due}\"\n");
    let mut marsh = desk.member("marsh", |text| text.replace("topic = \"patching\"\n", &wanting));
    let fingerprint = marsh.joins();

    let request = desk.request();
    let whole = desk.get(&format!("/requests/{request}"));
    assert_eq!((&whole["organisation"], &whole["fingerprint"]), (&json!("PH/LOC/marsh"), &json!(fingerprint)));
    let controls = whole["submission"]["controls"].as_array().unwrap().clone();
    assert_eq!(controls.len(), 12);
    let decide = format!("/requests/{request}/decide");
    let as_answered = json!({"outcome": "certificate", "as_answered": true, "fingerprint": fingerprint});
    assert!(desk.refused("POST", &decide, &as_answered).contains("no conditions"));
    assert!(desk.refused("POST", &decide, &json!({"outcome": "conditional"})).contains("fingerprint"));
    let early = json!({"outcome": "conditional", "fingerprint": fingerprint});
    assert!(desk.refused("POST", &decide, &early).contains("not assessed"));

    for control in &controls {
        let id = control["id"].as_str().unwrap();
        let finding = match id {
            "patching" => json!({"verdict": "partly", "note": "Replace both servers", "due": due}),
            _ => json!({"verdict": "met"}),
        };
        desk.done("PUT", &format!("/requests/{request}/controls/{id}"), &finding);
    }
    let other = format!("sha256:{}", "0".repeat(64));
    let wrong = json!({"outcome": "conditional", "fingerprint": other});
    assert!(desk.refused("POST", &decide, &wrong).contains("somebody else"));
    assert_eq!(desk.done("POST", &decide, &early)["assessment"]["holds_until"], json!(due));

    let gateway = || desk.get(MARSH)["gateways"][0]["condition"].clone();
    assert_eq!(gateway(), "never_heard");
    marsh.serve();
    until("it is heard of", || gateway() == "healthy");
    let shown = desk.get(MARSH);
    assert_eq!((&shown["standing"], &shown["ends"]), (&json!("conditional"), &json!(due)));
    assert_eq!(desk.get("/network")["gateways"]["healthy"], 1);
    let renewals = desk.get("/renewals");
    assert_eq!((&renewals["items"][0]["date"], renewals["items"].as_array().unwrap().len()), (&json!(due), 2));

    desk.done("POST", &format!("{MARSH}/conditions/patching/met"), &Value::Null);
    let year = json!(today().checked_add(12.months()).unwrap());
    assert_eq!((&desk.get(MARSH)["standing"], &desk.get(MARSH)["ends"]), (&json!("current"), &year));
    until("the gateway knows", || marsh.partner("PH/LOC/marsh")["assured_until"] == year);
    withdrawn_and_renewed(&desk, &marsh);
}

fn withdrawn_and_renewed(desk: &Desk, marsh: &Member) {
    desk.done("POST", &format!("{MARSH}/withdraw"), &json!({"reason": "the health check failed"}));
    until("the gateway knows that it is cut off", || marsh.partner("PH/LOC/marsh")["standing"] == "suspended");
    assert_eq!(desk.get(MARSH)["standing"], "withdrawn");
    let resume = desk.refused("POST", &format!("{MARSH}/resume"), &json!({"reason": "they asked"}));
    assert!(resume.contains("no current certificate"), "{resume}");

    marsh.answer(|text| text.replace("status = \"partial\"\n", ""));
    let said = marsh.cli(&["gateway", "renew"]);
    assert!(said.contains("wait for the network's operator"), "{said}");
    let submission = desk.get(MARSH)["submission"].clone();
    assert_eq!((&submission["sender"], &submission["assessed"]), (&json!("member"), &json!(0)));
    desk.done("POST", &format!("{MARSH}/decide"), &json!({"outcome": "certificate", "as_answered": true}));
    until("the gateway takes part again", || marsh.partner("PH/LOC/marsh")["standing"] == "current");
    let outcomes: Vec<Value> =
        desk.get(MARSH)["assessments"].as_array().unwrap().iter().map(|one| one["outcome"].clone()).collect();
    assert_eq!(outcomes, ["certificate", "withdrawn", "conditional"]);
}

#[test]
fn the_terminal_does_what_the_desk_does() {
    let desk = Desk::open();
    let marsh = desk.member("marsh", |text| text);
    let fingerprint = marsh.joins();
    let request = desk.request();
    let cli = |arguments: &[&str]| run(&desk.folder, &[&["registry"], arguments].concat());
    let must = |arguments: &[&str]| String::from_utf8(ok(cli(arguments))).unwrap();

    assert!(must(&["profiles"]).contains("gcsx-coco") && must(&["profiles", "gcsx-coco"]).contains("patch-management"));
    assert!(must(&["submission", &request]).contains("patching (mandatory)"));
    let due = today().checked_add(30.days()).unwrap().to_string();
    must(&["finding", &request, "patching", "partly", "--note", "Replace both servers", "--due", &due]);
    let assess = ["assess", &request, "--outcome", "conditional", "--as-answered"];
    assert!(!cli(&assess).status.success(), "nobody compared fingerprints");
    let said = must(&[&assess[..], &["--fingerprint", &fingerprint]].concat());
    assert!(said.contains(&format!("condition patching by {due}")), "{said}");
    assert!(must(&["renewals"]).contains("Replace both servers"));
    assert!(must(&["health"]).contains("never_heard"));
    must(&["condition", "PH/LOC/marsh", "patching"]);

    let answers = marsh.dir.join("code-of-connection.toml");
    must(&["submission", "PH/LOC/marsh", "--file", answers.to_str().unwrap()]);
    assert!(must(&["renew", "PH/LOC/marsh"]).contains("certificate, assured until"));
    must(&["withdraw", "PH/LOC/marsh", "--reason", "left the scheme"]);
    assert!(!cli(&["resume", "PH/LOC/marsh", "--reason", "asked"]).status.success());
    assert_eq!(desk.get(MARSH)["standing"], "withdrawn");
}

#[test]
fn the_desk_is_shut_to_strangers_and_its_answers_are_never_kept() {
    let desk = Desk::open();
    for path in ["/requests", "/members", "/network", "/renewals", "/profiles", "/operators", "/me"] {
        let answer = desk.call_as("phr_guessed", "GET", path, &Value::Null);
        assert_eq!((answer.status, answer.header("cache-control")), (401, "no-store"), "{path}");
    }
    let session = desk.call_as("", "POST", "/sessions", &json!({"token": desk.token})).json();
    let session = session["session"].as_str().unwrap();
    assert_eq!(desk.call_as(session, "GET", "/me", &Value::Null).json()["name"], "desk");
    assert_eq!(desk.call_as(session, "DELETE", "/sessions", &Value::Null).status, 204);
    assert_eq!(desk.call_as(session, "GET", "/me", &Value::Null).status, 401);
    assert_eq!(desk.call("GET", "/members/LOC/nobody", &Value::Null).status, 404);
    assert_eq!(desk.call("GET", "/requests/..%2F..%2Fetc", &Value::Null).status, 404);
    assert_eq!(desk.call("POST", &format!("{MARSH}/withdraw"), &json!({"reason": "x", "more": 1})).status, 422);
    assert_eq!(desk.call("GET", "/nothing", &Value::Null).status, 404);
    ok(run(&desk.folder, &["registry", "operator", "remove", "desk"]));
    assert_eq!(desk.call("GET", "/me", &Value::Null).status, 401, "the token is void at once");
}
