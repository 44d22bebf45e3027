//! The pages, walked in a browser over gateways that really run, and judged by axe and html-validate.
//!
//! The walks are in `e2e/`. PACKHORSE_JUDGES_PAGES names the folder of their packages; a judge that is not there is
//! skipped, unless PACKHORSE_JUDGES=required. PACKHORSE_WALKS names a few of them, to try a page that is being written.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a panic is the failure report")]
#![allow(clippy::print_stdout, reason = "what the walks say")]
#![allow(dead_code, reason = "the network serves other tests too")]

#[path = "../parcels/desk.rs"]
mod desk;
#[path = "../network/mod.rs"]
mod network;

use std::path::{Path, PathBuf};
use std::process::Command;

use desk::Desk;
use network::Gateway;
use network::http::ask;
use serde_json::{Value, json};

#[test]
fn every_journey_is_walked_with_and_without_script_and_nobody_is_kept_out() {
    let Some((node, packages)) = judges() else { return };
    let desk = Desk::open();
    let network = &desk.network;
    let borough = with_people(&network.borough, &["officer-1", "officer-2", "clerk-2"]);
    let role = ["--role", "parking-officer"];
    network.agency.must(&["person", "add", "sender-1", "--system", "main", role[0], role[1]]);
    let agency = with_people(&network.agency, &["sender-1"]);
    let endpoints = json!({"borough": borough, "agency": agency});
    let file = network.folder().join("endpoints.json");
    std::fs::write(&file, endpoints.to_string()).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../e2e/run.mjs");
    let mut walks = Command::new(node);
    walks.arg(script).arg(&file).env("PACKHORSE_JUDGES_PAGES", packages);
    walks.args(std::env::var("PACKHORSE_WALKS").unwrap_or_default().split_whitespace());
    let output = walks.output().unwrap();
    println!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "a walk failed, see above");
}

/// A password that nobody has: it is made for this run.
const PASSWORD: &str = "walks through every page once";

/// Gives people accounts, with a password alone: the second factor has its own walk. Where to find them then.
fn with_people(gateway: &Gateway, people: &[&str]) -> Value {
    gateway.configure("# second_factor = \"required\"", "second_factor = \"optional\"");
    gateway.stop();
    gateway.start();
    let mut accounts = serde_json::Map::new();
    for id in people {
        let account = json!({
            "id": id, "name": format!("Ada {id}"), "email": format!("{id}@example.org"), "roles": ["officer"],
            "tier": "department", "department": "Parking",
        });
        let entered = gateway.api("POST", "/people", account.to_string().as_bytes());
        let link = entered.json()["invitation"]["link"].clone();
        assert!(link.is_string(), "{}: {}", entered.status, entered.text());
        let accepted = json!({"link": link, "password": PASSWORD}).to_string();
        let headers = [("content-type", "application/json")];
        let accepted = ask(gateway.inside, "POST", "/api/invitation/accept", &headers, accepted.as_bytes());
        assert_eq!(accepted.status, 200, "{}", accepted.text());
        accounts.insert((*id).to_owned(), json!({"password": PASSWORD}));
    }
    json!({"inside": format!("http://{}", gateway.inside), "token": gateway.token, "people": accounts})
}

/// Node.js and the folder of the walks' packages.
fn judges() -> Option<(PathBuf, PathBuf)> {
    let folder = |name: &str| std::env::var_os(name).map(PathBuf::from);
    let node = folder("PACKHORSE_JUDGES_VENV").map(|venv| venv.join("bin/node")).filter(|node| node.exists());
    let packages = folder("PACKHORSE_JUDGES_PAGES").filter(|packages| packages.join("node_modules").exists());
    let found = node.zip(packages);
    if found.is_none() {
        assert_ne!(std::env::var("PACKHORSE_JUDGES").as_deref(), Ok("required"), "the pages' judges are missing");
        println!("skipped: PACKHORSE_JUDGES_VENV and PACKHORSE_JUDGES_PAGES name no judges");
    }
    found
}
