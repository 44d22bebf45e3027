//! What a body tells another of an incident that concerns it: signed, and without personal data.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::id::{AgreementId, ExchangeId, OrganisationId};
use crate::signed::{Signable, Signed};

/// The context in which notices are signed, so that no other document's signature passes for one.
pub const INCIDENT_NOTICE_CONTEXT: &str = "incident-notice";
/// Most bytes of one notice.
pub const INCIDENT_NOTICE_LIMIT: usize = 32 * 1024;
/// Most bytes of its text.
const TEXT_LIMIT: usize = 5000;
/// Most agreements, and most exchanges.
const LIST_LIMIT: usize = 100;

/// One notice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IncidentNotice {
    /// The notice itself.
    pub id: ExchangeId,
    /// The incident, at who tells of it.
    pub incident: ExchangeId,
    /// Who tells.
    pub from: OrganisationId,
    /// Whom.
    pub to: OrganisationId,
    /// When it was noticed there.
    pub noticed_at: Timestamp,
    /// Whether it is an exercise.
    pub drill: bool,
    /// What happened and what to do, in plain words.
    pub text: String,
    /// The agreements it touches.
    #[serde(default)]
    pub agreements: Vec<AgreementId>,
    /// The exchanges it touches, which both bodies have on record.
    #[serde(default)]
    pub exchanges: Vec<ExchangeId>,
    /// When it was told.
    pub at: Timestamp,
}

/// Why a notice is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IncidentNoticeError {
    /// Not JSON of this form.
    #[error("the notice of an incident cannot be read")]
    Form,
    /// Longer than may be.
    #[error("the notice of an incident is longer than may be: 5000 bytes of text, 100 agreements, 100 exchanges")]
    TooLong,
}

impl IncidentNotice {
    /// The bytes to sign.
    ///
    /// # Errors
    /// [`IncidentNoticeError::TooLong`] when it is.
    pub fn to_json(&self) -> Result<String, IncidentNoticeError> {
        let json = serde_json::to_string(self).map_err(|_| IncidentNoticeError::Form)?;
        self.bounded(json.len()).map(|()| json)
    }

    fn bounded(&self, bytes: usize) -> Result<(), IncidentNoticeError> {
        let long =
            self.text.len() > TEXT_LIMIT || self.agreements.len() > LIST_LIMIT || self.exchanges.len() > LIST_LIMIT;
        if long || bytes > INCIDENT_NOTICE_LIMIT { Err(IncidentNoticeError::TooLong) } else { Ok(()) }
    }
}

/// A notice with its signature.
pub type SignedIncidentNotice = Signed<IncidentNotice>;

impl Signable for IncidentNotice {
    const CARRIED_AS: &'static str = "notice";
    type Error = IncidentNoticeError;

    fn read(json: &str) -> Result<Self, IncidentNoticeError> {
        if json.len() > INCIDENT_NOTICE_LIMIT {
            return Err(IncidentNoticeError::TooLong);
        }
        if !(json.starts_with('{') && json.ends_with('}')) {
            return Err(IncidentNoticeError::Form);
        }
        let notice: Self = serde_json::from_str(json).map_err(|_| IncidentNoticeError::Form)?;
        notice.bounded(json.len()).map(|()| notice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notice() -> IncidentNotice {
        IncidentNotice {
            id: ExchangeId::random(),
            incident: ExchangeId::random(),
            from: "PH/LOC/borough".parse().unwrap(),
            to: "PH/GOV/agency".parse().unwrap(),
            noticed_at: Timestamp::UNIX_EPOCH,
            drill: false,
            text: "a medium is lost".into(),
            agreements: vec![],
            exchanges: vec![],
            at: Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn a_notice_reads_back_and_one_that_is_too_long_does_not() {
        let json = notice().to_json().unwrap();
        assert_eq!(IncidentNotice::read(&json), Ok(notice_of(&json)));
        let long = IncidentNotice { text: "x".repeat(TEXT_LIMIT + 1), ..notice() };
        assert_eq!(long.to_json(), Err(IncidentNoticeError::TooLong));
        assert_eq!(IncidentNotice::read(&serde_json::to_string(&long).unwrap()), Err(IncidentNoticeError::TooLong));
        assert_eq!(IncidentNotice::read(&json.replacen('{', "{\"more\":1,", 1)), Err(IncidentNoticeError::Form));
        assert_eq!(IncidentNotice::read("[]"), Err(IncidentNoticeError::Form));
    }

    fn notice_of(json: &str) -> IncidentNotice {
        serde_json::from_str(json).unwrap()
    }
}
