//! The operator's pages in a real browser, with JavaScript and without.
//!
//! PACKHORSE_JUDGES_PAGES names the folder in which the browser's driver, axe and html-validate are installed, and
//! PACKHORSE_JUDGES_VENV that of Node. Without them the walk is skipped, unless PACKHORSE_JUDGES=required.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use jiff::ToSpan as _;
use serde_json::{Value, json};

use crate::{Desk, today};

const WALK: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../e2e/registry.mjs");

#[test]
fn an_operator_walks_from_a_request_to_a_withdrawal_with_javascript() {
    walk(true);
}

#[test]
fn an_operator_walks_from_a_request_to_a_withdrawal_without_javascript() {
    walk(false);
}

#[test]
fn every_form_of_the_desk_withstands_what_people_and_machines_put_into_forms() {
    let desk = Desk::open();
    let marsh = desk.member("marsh", |text| text);
    desk.admit(&marsh.joins());
    desk.member("fern", |text| text).joins();
    walk_at(&desk, json!({"forms": true, "script": true}));
}

fn walk(script: bool) {
    let desk = Desk::open();
    let marsh = desk.member("marsh", |text| text);
    let fingerprint = marsh.joins();
    let due = today().checked_add(90.days()).unwrap();
    let shots = std::env::var_os("PACKHORSE_SHOTS").map(|folder| {
        let folder = Path::new(&folder).join(if script { "with" } else { "without" });
        std::fs::create_dir_all(&folder).unwrap();
        folder
    });
    walk_at(
        &desk,
        json!({"fingerprint": fingerprint, "due": [due.day(), due.month(), due.year()], "script": script, "shots": shots}),
    );
}

/// Has the desk's pages walked, with what the walk is to know beside where they are.
fn walk_at(desk: &Desk, mut told: Value) {
    let (Some(judges), Some(node)) = (judge("PACKHORSE_JUDGES_PAGES"), judge("PACKHORSE_JUDGES_VENV")) else { return };
    told["base"] = json!(format!("http://{}", desk.inside));
    told["token"] = json!(desk.token);
    let mut walking = Command::new(Path::new(&node).join("bin/node"))
        .arg(WALK)
        .env("PACKHORSE_JUDGES_PAGES", &judges)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    walking.stdin.take().unwrap().write_all(told.to_string().as_bytes()).unwrap();
    let walked = walking.wait_with_output().unwrap();
    assert!(walked.status.success(), "{}", String::from_utf8_lossy(&walked.stderr));
    println!("{}", String::from_utf8_lossy(&walked.stdout));
}

fn judge(name: &str) -> Option<std::ffi::OsString> {
    let folder = std::env::var_os(name);
    if folder.is_none() {
        assert_ne!(std::env::var("PACKHORSE_JUDGES").as_deref(), Ok("required"), "{name} is required");
        println!("skipped: {name} is not set");
    }
    folder
}
