//! A list of checks, each with what became of it and what that means: the form of every verdict shown to people.
//!
//! It must never know what was checked.

use serde::Serialize;

use crate::output::printable;

/// What became of one check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Verdict {
    /// It was made, and holds.
    Holds,
    /// It was made, and fails.
    Fails,
    /// It could not be made, for a reason that is no fault.
    NotGiven,
}

/// One check and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Check {
    /// Its name.
    pub(crate) check: &'static str,
    /// What became of it.
    pub(crate) verdict: Verdict,
    /// What that means, for the reader.
    pub(crate) says: String,
}

/// A check that was made: what it shows, or why it fails.
pub(crate) type Made = Result<String, String>;

/// Checks in the order in which they were made.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Report {
    pub(crate) checks: Vec<Check>,
}

impl Report {
    /// Adds a check that was made.
    pub(crate) fn add(&mut self, check: &'static str, made: Made) {
        let (verdict, says) = match made {
            Ok(says) => (Verdict::Holds, says),
            Err(says) => (Verdict::Fails, says),
        };
        self.checks.push(Check { check, verdict, says });
    }

    /// Adds a check that could not be made.
    pub(crate) fn absent(&mut self, check: &'static str, says: impl Into<String>) {
        self.checks.push(Check { check, verdict: Verdict::NotGiven, says: says.into() });
    }

    /// Whether every check that could be made holds.
    pub(crate) fn holds(&self) -> bool {
        self.checks.iter().all(|check| check.verdict != Verdict::Fails)
    }

    /// One line for every check.
    pub(crate) fn lines(&self) -> String {
        let line = |check: &Check| {
            let mark = match check.verdict {
                Verdict::Holds => '✓',
                Verdict::Fails => '✗',
                Verdict::NotGiven => '–',
            };
            format!("{mark} {:<10} {}", check.check, printable(&check.says))
        };
        self.checks.iter().map(line).collect::<Vec<_>>().join("\n")
    }
}
