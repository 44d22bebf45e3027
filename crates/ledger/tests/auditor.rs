//! What an auditor builds who depends on this crate alone.
#![allow(clippy::unwrap_used, reason = "a panic is the failure report")]

use std::process::Command;

/// Everything that is built for a dependent, as cargo resolves it.
fn built() -> Vec<String> {
    let tree = Command::new(env!("CARGO"))
        .args([
            "tree",
            "--package",
            "packhorse-ledger",
            "--edges",
            "normal",
            "--prefix",
            "none",
            "--locked",
            "--offline",
        ])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
    let lines = String::from_utf8(tree.stdout).unwrap();
    lines.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect()
}

#[test]
fn an_auditor_builds_neither_tls_nor_sealing_nor_a_runtime() {
    let built = built();
    assert!(built.iter().any(|name| name == "packhorse-keys"), "{built:?}");
    for name in ["rustls", "rustls-webpki", "rcgen", "age", "tokio", "hyper", "sqlx", "axum"] {
        assert!(!built.iter().any(|other| other == name), "{name} is built for an auditor");
    }
}
