//! An act of governance: what an organisation decided about its own rules, signed, for its ledger.
//!
//! Nothing is shared by it, so there is no partner and no agreement behind it. The record names the act and what it is
//! about; who decided and why stands in the signed statement, which can be erased.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::agreement::Code;
use crate::id::{ClientId, ExchangeId, IdError, OrganisationId, ServiceId};
use crate::signed::{Signable, Signed};

/// The context in which acts are signed, so that no other document's signature passes for one.
pub const ACT_CONTEXT: &str = "governance-act";
/// Most bytes of one statement.
pub const ACT_LIMIT: usize = 8192;
/// Most bytes of what it is about.
pub const SUBJECT_LIMIT: usize = 255;
/// Under which of its systems an organisation records its acts.
pub const ACT_SYSTEM: &str = "governance";

/// What was decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GovernanceAct {
    /// The act's own name, and its record's.
    pub id: ExchangeId,
    /// Whose act it is.
    pub organisation: OrganisationId,
    /// What was done: a stable word, for example `gate-override`.
    pub act: Code,
    /// What it is about: a gate, an agreement, the number of an incident. Kept for years: never a person.
    pub subject: String,
    /// The last day on which it holds, where it ends by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
    /// In which capacity it was decided, for example `siro`.
    pub capacity: Code,
    /// Who decided: an account's id. Nobody when a rule decided by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<String>,
    /// Why.
    pub reason: String,
    /// SHA-256 of a document that it is about, `sha256:` and hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<packhorse_keys::Fingerprint>,
    /// When.
    pub at: Timestamp,
}

/// Why bytes are no act.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ActError {
    /// Longer than [`ACT_LIMIT`].
    #[error("an act of governance is longer than 8192 bytes: shorten the reason")]
    TooLong,
    /// Its subject is empty, too long or has control characters.
    #[error("the subject of an act is empty, over 255 bytes, or has control characters")]
    Subject,
    /// A field is unknown, missing or of another type; serde's words, which name line and column.
    #[error("the act cannot be read: {0}")]
    Field(String),
}

/// An act with its signature.
pub type SignedAct = Signed<GovernanceAct>;

impl GovernanceAct {
    /// The bytes to sign.
    ///
    /// # Errors
    /// [`ActError`] when it breaks a limit.
    pub fn to_json(&self) -> Result<String, ActError> {
        let json = serde_json::to_string(self).map_err(|error| ActError::Field(error.to_string()))?;
        Self::read(&json).map(|_| json)
    }

    /// As whose it is recorded: the organisation's own.
    #[must_use]
    pub fn client(&self) -> ClientId {
        ClientId::Organisation(self.organisation.clone())
    }

    /// What stands in the record for a service: the organisation's `governance`, and the act.
    ///
    /// # Errors
    /// [`IdError`] never for an organisation's identifier that could be read.
    pub fn service(&self) -> Result<ServiceId, IdError> {
        format!("{}/{ACT_SYSTEM}/{}", self.organisation, self.act).parse()
    }
}

impl Signable for GovernanceAct {
    const CARRIED_AS: &'static str = "act";
    type Error = ActError;

    fn read(json: &str) -> Result<Self, ActError> {
        if json.len() > ACT_LIMIT {
            return Err(ActError::TooLong);
        }
        let act: Self = serde_json::from_str(json).map_err(|error| ActError::Field(error.to_string()))?;
        let about = &act.subject;
        if about.is_empty() || about.len() > SUBJECT_LIMIT || about.chars().any(char::is_control) {
            return Err(ActError::Subject);
        }
        Ok(act)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn act() -> GovernanceAct {
        GovernanceAct {
            id: ExchangeId::random(),
            organisation: "N/C/a%2Fb".parse().unwrap(),
            act: "gate-override".parse().unwrap(),
            subject: "charter".into(),
            until: Some("2026-12-24".parse().unwrap()),
            capacity: "siro".parse().unwrap(),
            person: None,
            reason: "printing".into(),
            document: None,
            at: "2026-11-29T10:00:00Z".parse().unwrap(),
        }
    }

    #[test]
    fn an_act_reads_back_and_has_a_place_of_its_own_in_the_record() {
        let act = act();
        assert_eq!(GovernanceAct::read(&act.to_json().unwrap()), Ok(act.clone()));
        assert_eq!(act.service().unwrap().to_string(), "N/C/a%2Fb/governance/gate-override");
    }

    #[test]
    fn an_act_about_nothing_or_with_an_endless_reason_is_refused() {
        let nothing = GovernanceAct { subject: String::new(), ..act() };
        assert_eq!(nothing.to_json(), Err(ActError::Subject));
        let endless = GovernanceAct { reason: "x".repeat(ACT_LIMIT), ..act() };
        assert_eq!(endless.to_json(), Err(ActError::TooLong));
    }
}
