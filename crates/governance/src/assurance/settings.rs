//! The intervals that the gates count with, and what requires vetting. They are the organisation's own, within bounds
//! that keep a gate a gate.

use serde::{Deserialize, Serialize};

use super::vetting::{self, VettingRule};
use super::wording::Findings;
use crate::Result;

/// Days and months; what is left out keeps its default.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// From so many days before the end of a document's time it is due for renewal.
    pub due_days: u16,
    /// So long after an overdue charter what is in force goes on.
    pub charter_grace_days: u16,
    /// The same for the risk policy.
    pub risk_policy_grace_days: u16,
    /// The same for an empty post of SIRO.
    pub siro_grace_days: u16,
    /// The same for an incident route whose drill is too old.
    pub incident_route_grace_days: u16,
    /// Whoever has not accepted the acceptable use policy may go on exchanging for so many days after it is in force.
    pub acceptable_use_grace_days: u16,
    /// A charter is reviewed within so many months.
    pub charter_months_max: u16,
    /// A risk policy holds for at most so many months from its approval.
    pub risk_policy_months_max: u16,
    /// An acceptable use policy is reviewed within so many months of its first day.
    pub acceptable_use_months_max: u16,
    /// The incident route is tested at least every so many months.
    pub drill_months: u16,
    /// An override lasts for at most so many days.
    pub override_days_max: u16,
    /// Somebody whose training ends within so many days is reminded.
    pub training_reminder_days: u16,
    /// A training that has ended counts for so many days more.
    pub training_grace_days: u16,
    /// Vetting that has ended counts for so many days more, for whoever has the role already.
    pub vetting_grace_days: u16,
    /// Which roles, agreements and markings require which level of vetting.
    pub vetting: Vec<VettingRule>,
    /// Where what is public stands, for `GET /apis`: an https address; nothing is listed without one.
    pub public_url: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            due_days: 30,
            charter_grace_days: 30,
            risk_policy_grace_days: 30,
            siro_grace_days: 14,
            incident_route_grace_days: 30,
            acceptable_use_grace_days: 14,
            charter_months_max: 24,
            risk_policy_months_max: 12,
            acceptable_use_months_max: 24,
            drill_months: 12,
            override_days_max: 30,
            training_reminder_days: 30,
            training_grace_days: 0,
            vetting_grace_days: 0,
            vetting: Vec::new(),
            public_url: String::new(),
        }
    }
}

impl Settings {
    /// Every interval is within its bounds.
    pub(super) fn check(&self) -> Result<()> {
        let mut findings = Findings::default();
        for (field, value, least, most) in [
            ("due_days", self.due_days, 1, 180),
            ("charter_grace_days", self.charter_grace_days, 0, 90),
            ("risk_policy_grace_days", self.risk_policy_grace_days, 0, 90),
            ("siro_grace_days", self.siro_grace_days, 0, 90),
            ("incident_route_grace_days", self.incident_route_grace_days, 0, 90),
            ("acceptable_use_grace_days", self.acceptable_use_grace_days, 0, 90),
            ("charter_months_max", self.charter_months_max, 1, 36),
            ("risk_policy_months_max", self.risk_policy_months_max, 1, 24),
            ("acceptable_use_months_max", self.acceptable_use_months_max, 1, 36),
            ("drill_months", self.drill_months, 1, 24),
            ("override_days_max", self.override_days_max, 1, 90),
            ("training_reminder_days", self.training_reminder_days, 1, 180),
            ("training_grace_days", self.training_grace_days, 0, 90),
            ("vetting_grace_days", self.vetting_grace_days, 0, 90),
        ] {
            let problem = format!("is not {least} to {most}");
            findings.require((least..=most).contains(&value), field, problem, "choose a number within");
        }
        findings.bounded("public_url", &self.public_url, 255);
        let https = self.public_url.is_empty() || self.public_url.starts_with("https://");
        findings.require(https, "public_url", "is no https address", "write it with https:// or leave it out");
        vetting::check(&self.vetting, &mut findings);
        findings.end("the settings")
    }
}
