//! The pages, walked in a browser over gateways that really run, and judged by axe and html-validate.
//!
//! The walks are in `e2e/`. PACKHORSE_JUDGES_PAGES names the folder of their packages; a judge that is not there is
//! skipped, unless PACKHORSE_JUDGES=required. PACKHORSE_WALKS names a few of them, to try a page that is being written;
//! PACKHORSE_LANES says how many are walked side by side.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a panic is the failure report")]
#![allow(clippy::print_stdout, reason = "what the walks say")]
#![allow(dead_code, reason = "the network serves other tests too")]

#[path = "../parcels/desk.rs"]
mod desk;
#[path = "../people/mail_server.rs"]
mod mail_server;
#[path = "../network/mod.rs"]
mod network;
#[path = "../people/office.rs"]
mod office;
#[path = "../people/provider.rs"]
mod provider;
mod receipts;

use std::path::{Path, PathBuf};
use std::process::Command;

use desk::Desk;
use mail_server::MailServer;
use network::Gateway;
use office::{done, from_base32, open, say_where_pages_are};
use provider::Provider;
use serde_json::{Value, json};

#[test]
fn every_journey_is_walked_with_and_without_script_and_nobody_is_kept_out() {
    let Some((node, packages)) = judges() else { return };
    let desk = Desk::open();
    let network = &desk.network;
    let [letters, receipts] = ["letters", "receipts"].map(|name| network.folder().join(name));
    std::fs::create_dir(&receipts).unwrap();
    let provider = every_way_in(&network.borough, &letters);
    let borough = with_people(
        &network.borough,
        &[
            ("officer-1", "officer"),
            ("officer-2", "officer"),
            ("clerk-2", "officer"),
            ("governor-1", "governance"),
            ("governor-2", "governance"),
            ("auditor-1", "auditor"),
        ],
    );
    let role = ["--role", "parking-officer"];
    network.agency.must(&["person", "add", "sender-1", "--system", "main", role[0], role[1]]);
    // A password alone: that is a body's own choice, and must work as well.
    network.agency.configure("# second_factor = \"required\"", "second_factor = \"optional\"");
    // Whose access ends soon is listed for the access review.
    network.agency.configure("# review_days = 365", "review_days = 25");
    network.agency.stop();
    network.agency.start();
    let agency = with_people(&network.agency, &[("sender-1", "officer")]);
    let endpoints = json!({"borough": borough, "agency": agency, "letters": letters, "receipts": receipts,
                           "provider": provider.as_ref().map(Provider::url)});
    let file = network.folder().join("endpoints.json");
    std::fs::write(&file, endpoints.to_string()).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../e2e/run.mjs");
    let mut walks = Command::new(node);
    walks.arg(script).arg(&file).env("PACKHORSE_JUDGES_PAGES", packages);
    let only = std::env::var("PACKHORSE_WALKS").unwrap_or_default();
    walks.args(only.split_whitespace());
    let output = walks.output().unwrap();
    println!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "a walk failed, see above");
    let verified = receipts::verify_all(network, &receipts);
    assert!(verified > 0 || !only.is_empty(), "no page gave a receipt");
}

/// The gateway's people may come in by a provider, if it is there, and by a letter; letters are laid into a folder.
fn every_way_in(gateway: &Gateway, letters: &Path) -> Option<Provider> {
    let provider = Provider::start(&format!("http://{}", gateway.inside));
    say_where_pages_are(gateway);
    MailServer::start_laying_into(letters).serves(gateway);
    provider.iter().for_each(|provider| provider.serves(gateway));
    gateway.stop();
    gateway.start();
    provider
}

/// A password that nobody has: it is made for this run.
const PASSWORD: &str = "walks through every page once";

/// Gives people accounts and lets them in by their links; where to find their sessions and the gateway then.
fn with_people(gateway: &Gateway, people: &[(&str, &str)]) -> Value {
    let mut sessions = serde_json::Map::new();
    for (id, role) in people {
        let account = json!({
            "id": id, "name": format!("Ada {id}"), "email": format!("{id}@example.org"), "roles": [role],
            "tier": "department", "department": "Parking",
        });
        let entered = done(gateway, &gateway.token, "POST", "/people", &account);
        let link = &entered["invitation"]["link"];
        let offered = open(gateway, "POST", "/invitation", &json!({"link": link})).json();
        let app = offered["secret"].as_str().map(from_base32);
        let code = app.map(|app| app.code_at(jiff::Timestamp::now().as_second()));
        let body = json!({"link": link, "password": PASSWORD, "code": code});
        let accepted = open(gateway, "POST", "/invitation/accept", &body);
        assert_eq!(accepted.status, 200, "{}", accepted.text());
        sessions.insert((*id).to_owned(), accepted.json()["session"].clone());
    }
    let inside = format!("http://{}", gateway.inside);
    json!({"inside": inside, "token": gateway.token, "sessions": sessions, "password": PASSWORD})
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
