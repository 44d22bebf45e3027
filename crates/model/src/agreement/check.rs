//! Whether an agreement is complete: what must be said before it may be proposed.
//!
//! The list of what is required is the ICO's and the CDDO's; a finding names the field as it is
//! written in the document, says what is wrong and what to write.

mod grants;
mod groups;
mod law;

use std::fmt;

use super::Agreement;

/// Something that keeps the agreement from being proposed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The field, for example `law.necessity` or `grants[2].fields`.
    pub field: String,
    /// What is wrong.
    pub problem: String,
    /// What to do.
    pub remedy: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}: {}", self.field, self.problem, self.remedy)
    }
}

/// Everything that is missing or contradicts itself; empty when the agreement may be proposed.
#[must_use]
pub fn check(agreement: &Agreement) -> Vec<Finding> {
    let mut report = Report::default();
    groups::identity(&mut report, agreement);
    groups::parties(&mut report, agreement);
    groups::purpose(&mut report, agreement);
    groups::data(&mut report, agreement);
    law::law(&mut report, agreement);
    groups::flow(&mut report, agreement);
    groups::governance(&mut report, agreement);
    groups::life(&mut report, agreement);
    grants::grants(&mut report, agreement);
    report.0
}

/// The findings so far.
#[derive(Default)]
struct Report(Vec<Finding>);

impl Report {
    /// Adds a finding unless the condition holds.
    fn require(
        &mut self,
        holds: bool,
        field: impl fmt::Display,
        problem: impl fmt::Display,
        remedy: impl fmt::Display,
    ) {
        if !holds {
            let (field, problem, remedy) = (field.to_string(), problem.to_string(), remedy.to_string());
            self.0.push(Finding { field, problem, remedy });
        }
    }

    /// Requires texts that must not be blank.
    fn texts(&mut self, texts: &[(&str, &str)]) {
        for (field, text) in texts {
            self.require(!text.trim().is_empty(), field, "is missing", "say it in a sentence");
        }
    }

    /// Requires something to be given.
    fn given(&mut self, field: impl fmt::Display, given: bool, remedy: impl fmt::Display) {
        self.require(given, field, "is missing", remedy);
    }
}
