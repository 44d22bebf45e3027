//! The management API is what its document says: schemathesis reads `docs/protocol/management-api.json`, makes calls of
//! every kind that it allows and of many that it does not, and holds each answer against it.
//!
//! PACKHORSE_JUDGES_VENV names the environment that it is installed in. Without it the test is skipped, unless
//! PACKHORSE_JUDGES=required.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a panic is the failure report")]
#![allow(clippy::print_stdout, reason = "what the judge says")]
#![allow(dead_code, reason = "the network serves other tests too")]

mod network;

use std::path::{Path, PathBuf};
use std::process::Command;

use network::Network;

/// Seconds that the judge may take: what it has not tried by then it leaves.
const SECONDS: &str = "60";
/// Calls of each operation besides those that its parameters' bounds suggest.
const EXAMPLES: &str = "12";
/// No answer is a fault, or of a status, type or form that the document does not have; without a token nothing is given.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,\
                      response_headers_conformance,unsupported_method,ignored_auth";

#[test]
fn the_management_api_answers_as_its_document_says_whatever_it_is_asked() {
    let Some(judge) = judge() else { return };
    let network = Network::start();
    let borough = &network.borough;
    let document = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/protocol/management-api.json");
    let output = Command::new(judge)
        .current_dir(network.folder())
        .arg("run")
        .arg(document)
        .args(["--url", &format!("http://{}", borough.inside)])
        .args(["--header", &format!("Authorization: Bearer {}", borough.token)])
        .args(["--checks", CHECKS, "--phases", "coverage,fuzzing", "--max-examples", EXAMPLES])
        // The same calls every day: a failure is one that somebody else sees, too.
        .args(["--seed", "20261129", "--generation-database", "none", "--no-shrink"])
        .args(["--max-time", SECONDS, "--workers", "2", "--request-timeout", "30", "--no-color"])
        .args(["--suppress-health-check", "all", "--warnings", "off"])
        .output()
        .unwrap();
    println!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "the API and its document differ, see above");
    // Whatever it was asked, it goes on.
    assert_eq!(borough.api("GET", "/status", b"").status, 200);
}

/// The judge; nothing when it is not installed.
fn judge() -> Option<PathBuf> {
    let venv = std::env::var_os("PACKHORSE_JUDGES_VENV").map(PathBuf::from);
    let found = venv.map(|venv| venv.join("bin/schemathesis")).filter(|judge| judge.exists());
    if found.is_none() {
        assert_ne!(std::env::var("PACKHORSE_JUDGES").as_deref(), Ok("required"), "schemathesis is missing");
        println!("skipped: PACKHORSE_JUDGES_VENV names no environment with schemathesis");
    }
    found
}
