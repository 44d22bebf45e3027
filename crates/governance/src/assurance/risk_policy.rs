//! The corporate information risk policy: approved by the board, reviewed every year.

use jiff::ToSpan as _;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::settings::Settings;
use super::wording::{Findings, LONG_TEXT, NAME};
use crate::Result;

/// A version of the policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RiskPolicy {
    /// 1 for the first; set when it is entered.
    #[serde(default)]
    pub version: u32,
    /// What it is called.
    pub title: String,
    /// What it says, or where it stands.
    pub text: String,
    /// The board or body that approved it.
    pub approved_by: String,
    /// The minute that says so.
    pub approval_minute: String,
    /// When it was approved.
    pub approved_on: Date,
    /// The last day on which it holds.
    pub expires_on: Date,
}

impl RiskPolicy {
    pub(super) fn check(&self, settings: &Settings, today: Date) -> Result<()> {
        let mut findings = Findings::default();
        findings.name("title", &self.title, "give it a title");
        findings.text("text", &self.text, LONG_TEXT, "say what it decides, or where it stands");
        findings.name("approved_by", &self.approved_by, "name the board or body that approved it");
        findings.name("approval_minute", &self.approval_minute, "give the reference of the minute");
        findings.bounded("approved_by", &self.approved_by, NAME);
        let approved = self.approved_on <= today;
        findings.require(approved, "approved_on", "lies in the future", "enter it when it is approved");
        let last = self.approved_on.saturating_add(i32::from(settings.risk_policy_months_max).months());
        findings.between("expires_on", self.expires_on, self.approved_on, last);
        findings.require(self.expires_on >= today, "expires_on", "is past", "have the policy approved anew");
        findings.end("the risk policy")
    }
}
