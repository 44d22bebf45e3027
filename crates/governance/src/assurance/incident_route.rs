//! How staff report an incident: the route, whom it reaches, and the drills that tested it.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::wording::{Findings, NAME, TEXT};
use crate::Result;

/// Most drills that are kept; the oldest go first.
pub(super) const DRILLS_LIMIT: usize = 100;

/// The route.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct IncidentRoute {
    /// What staff do, in a sentence or two.
    pub text: String,
    /// The address that a report reaches.
    pub contact: String,
    /// A telephone number, also out of hours.
    pub phone: String,
    /// When it was tested.
    pub drills: Vec<Drill>,
}

/// A test of the route.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Drill {
    /// When.
    pub on: Date,
    /// What it showed; never about a person.
    pub found: String,
}

impl IncidentRoute {
    pub(super) fn check(&self, today: Date) -> Result<()> {
        let mut findings = Findings::default();
        findings.text("text", &self.text, TEXT, "say what staff do when something goes wrong");
        findings.mailbox("contact", &self.contact);
        findings.bounded("phone", &self.phone, NAME);
        findings.require(self.drills.len() <= DRILLS_LIMIT, "drills", "has too many", "keep the latest");
        for drill in &self.drills {
            findings.require(drill.on <= today, "drills", "has one in the future", "enter a drill when it was held");
            findings.text("drills", &drill.found, TEXT, "say what the drill showed");
        }
        findings.end("the incident route")
    }

    /// The latest drill.
    #[must_use]
    pub fn tested_on(&self) -> Option<Date> {
        self.drills.iter().map(|drill| drill.on).max()
    }
}
