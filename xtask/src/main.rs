//! Keeps the house: the chores of this repository that are written in Rust.
//!
//! Must never be needed to build or run the product, and never uses a crate of
//! it: it reads the repository as text.

mod tidy;

use std::env;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::{Command, ExitCode};

const USAGE: &str = "\
usage: cargo xtask <task>

  tidy    check that the repository keeps its own rules (CONTRIBUTING.md)
";

fn main() -> ExitCode {
    let result = match env::args().nth(1).as_deref() {
        Some("tidy") => tidy(),
        _ => io::stderr().write_all(USAGE.as_bytes()).map(|()| ExitCode::from(2)),
    };
    result.unwrap_or_else(|error| {
        // With no standard error left to write to there is nobody to tell.
        let _ = writeln!(io::stderr(), "xtask: {error}");
        ExitCode::FAILURE
    })
}

/// Prints what is out of order, one finding a line, then one line of counts.
fn tidy() -> io::Result<ExitCode> {
    let report = tidy::check(&tidy::Tree::read(&repository()?)?);
    let mut out = io::stdout().lock();
    for finding in &report.findings {
        writeln!(out, "{finding}")?;
    }
    writeln!(out, "{report}")?;
    Ok(if report.findings.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The root of the repository that the current folder belongs to.
fn repository() -> io::Result<PathBuf> {
    let output = Command::new("git").args(["rev-parse", "--show-toplevel"]).output()?;
    if !output.status.success() {
        return Err(io::Error::other("not inside a git repository; run it from a clone"));
    }
    Ok(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim_end()))
}
