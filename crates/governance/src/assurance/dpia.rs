//! The data protection impact assessment of an agreement (UK GDPR Art 35).

use jiff::civil::Date;
use packhorse_model::AgreementId;
use serde::{Deserialize, Serialize};

use super::wording::{Findings, LONG_TEXT, NAME};
use crate::Result;

/// An assessment, as this organisation made it. While it is open anything may be empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dpia {
    /// The agreement that it is about.
    pub agreement: AgreementId,
    /// What is done with whose data (Art 35(7)(a)).
    #[serde(default)]
    pub description: String,
    /// Why it is necessary and proportionate (b).
    #[serde(default)]
    pub necessity: String,
    /// What could happen to the people (c).
    #[serde(default)]
    pub risks: String,
    /// What is done about it (d).
    #[serde(default)]
    pub measures: String,
    /// What the data protection officer advised (Art 35(2)).
    #[serde(default)]
    pub dpo_advice: String,
    /// What came of it.
    #[serde(default)]
    pub outcome: DpiaOutcome,
    /// Who decided.
    #[serde(default)]
    pub decided_by: String,
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_on: Option<Date>,
    /// By when it is looked at again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review_date: Option<Date>,
}

/// What came of an assessment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DpiaOutcome {
    /// Still being made.
    #[default]
    Open,
    /// The sharing may go on as described.
    Approved,
    /// It may go on with the measures named.
    ApprovedWithMeasures,
    /// The ICO is asked before anything is shared (Art 36).
    ConsultIco,
    /// It may not go on.
    Refused,
}

impl Dpia {
    /// An open one is within bounds; one that is decided says everything that the law asks for.
    pub(super) fn check(&self, today: Date) -> Result<()> {
        let mut findings = Findings::default();
        let decided = self.outcome != DpiaOutcome::Open;
        for (field, text, remedy) in [
            ("description", &self.description, "describe what is done with whose data"),
            ("necessity", &self.necessity, "say why it is necessary and proportionate"),
            ("risks", &self.risks, "say what could happen to the people"),
            ("measures", &self.measures, "say what is done about the risks"),
            ("dpo_advice", &self.dpo_advice, "enter what the data protection officer advised"),
        ] {
            if decided {
                findings.text(field, text, LONG_TEXT, remedy);
            } else {
                findings.bounded(field, text, LONG_TEXT);
            }
        }
        if decided {
            findings.name("decided_by", &self.decided_by, "name who decided");
            let past = self.decided_on.is_some_and(|day| day <= today);
            findings.require(past, "decided_on", "is missing or in the future", "enter the day of the decision");
        }
        findings.bounded("decided_by", &self.decided_by, NAME);
        findings.end("the impact assessment")
    }

    /// Whether it lets the sharing go on.
    #[must_use]
    pub fn lets_share(&self) -> bool {
        matches!(self.outcome, DpiaOutcome::Approved | DpiaOutcome::ApprovedWithMeasures)
    }
}
