//! A gate held open against the rule, by the SIRO, for a reason and until a day.

use jiff::ToSpan as _;
use jiff::civil::Date;
use packhorse_model::AgreementId;
use serde::{Deserialize, Serialize};

use super::gates::Gate;
use super::settings::Settings;
use super::wording::{Findings, TEXT};
use crate::Result;

/// An override.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Override {
    /// Which gate.
    pub gate: Gate,
    /// For which agreement, where the gate is one of an agreement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agreement: Option<AgreementId>,
    /// Why.
    pub reason: String,
    /// The last day.
    pub until: Date,
    /// The SIRO's account.
    pub by: String,
    /// The day from which it holds.
    pub from: Date,
    /// The act in the ledger.
    pub act: String,
}

impl Override {
    /// Its key among the documents: one for a gate, or for a gate and agreement.
    pub(super) fn key(gate: Gate, agreement: Option<&AgreementId>) -> String {
        agreement.map_or_else(|| gate.to_string(), |agreement| format!("{gate} {agreement}"))
    }

    /// Whether it holds on a day.
    #[must_use]
    pub fn holds_on(&self, day: Date) -> bool {
        self.from <= day && day <= self.until
    }
}

/// Whether reason and end of an override may be.
///
/// # Errors
/// [`crate::GovernanceError::Unfit`] with what is wrong.
pub fn check(reason: &str, until: Date, settings: &Settings, today: Date) -> Result<()> {
    let mut findings = Findings::default();
    findings.text("reason", reason, TEXT, "say why the rule is set aside: it goes into the ledger");
    let last = today.saturating_add(i32::from(settings.override_days_max).days());
    findings.between("until", until, today, last);
    findings.end("the override")
}
