//! What an organisation answers: the document of its code of connection, read into one response for each control.
//!
//! The document comes from a stranger: bounded before it is read. Whether an answer is good is the assessor's.

use std::collections::HashSet;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::profile::{CODE_OF_CONNECTION, Profile};
use super::{check_id, check_line, check_statement};
use crate::error::{DirectoryError, Result};
use crate::rules::Rule;

/// Largest code-of-connection document, in bytes.
pub(crate) const MAX_ANSWERS: usize = 128 * 1024;
/// Most answers of a document.
const MAX_RESPONSES: usize = 300;
/// Most pieces of evidence for one answer.
const MAX_EVIDENCE: usize = 20;
/// Most documents named.
const MAX_DOCUMENTS: usize = 50;

/// The document as an applicant writes it, `code-of-connection.toml`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnswersDocument {
    /// The profile that is answered; the network's code of connection when none is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// For which period, for example `2026`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub period: Option<String>,
    /// Which post signed it off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed_by: Option<Signatory>,
    /// Documents that go with it.
    #[serde(default, rename = "document", skip_serializing_if = "Vec::is_empty")]
    pub documents: Vec<EvidenceDocument>,
    /// The answers.
    #[serde(default, rename = "answer")]
    pub answers: Vec<Answer>,
}

/// One answer of the document.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// The control that is answered, by its id.
    pub topic: String,
    /// The question, repeated for the reader.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub question: Option<String>,
    /// The answer.
    pub answer: String,
    /// Whether the organisation says that it complies; it does unless it says otherwise.
    #[serde(default)]
    pub status: ResponseStatus,
    /// What shows it: documents by name and place.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<String>,
    /// By when what is missing will be there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remediation_due: Option<Date>,
}

/// A document that goes with a submission: a network diagram, a report of a health check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EvidenceDocument {
    /// What it is.
    pub name: String,
    /// Its date.
    pub date: Date,
    /// Where it can be found or asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
}

/// Which post signs a submission.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Signatory {
    /// The chief executive.
    ChiefExecutive,
    /// The officer of section 151 of the Local Government Act 1972.
    S151,
    /// The senior information risk owner.
    Siro,
}

/// What an organisation says of itself under a control.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResponseStatus {
    /// It does what is required.
    #[default]
    Compliant,
    /// In part.
    Partial,
    /// Not.
    NonCompliant,
    /// The control is about something that it does not have.
    NotApplicable,
}

/// What was answered, by a profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Submission {
    /// The profile's name.
    pub profile: String,
    /// For which period.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub period: Option<String>,
    /// Which post signed it off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed_by: Option<Signatory>,
    /// Documents that go with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub documents: Vec<EvidenceDocument>,
    /// The answers, in the order of the document.
    pub responses: Vec<Response>,
}

/// The answer to one control.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Response {
    /// The control.
    pub control: String,
    /// What the organisation says of itself.
    pub status: ResponseStatus,
    /// The answer.
    pub statement: String,
    /// What shows it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<String>,
    /// By when what is missing will be there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remediation_due: Option<Date>,
}

impl Submission {
    /// Reads the document of a code of connection.
    ///
    /// # Errors
    /// [`DirectoryError::TooLarge`] and [`DirectoryError::Malformed`] for the format, [`DirectoryError::NotAllowed`]
    /// with the rule that its content breaks.
    pub fn parse(text: &str) -> Result<Self> {
        if text.len() > MAX_ANSWERS {
            return Err(DirectoryError::TooLarge { what: "code-of-connection document", limit: MAX_ANSWERS as u64 });
        }
        let document: AnswersDocument = toml::from_str(text).map_err(|_| DirectoryError::Malformed {
            what: "code-of-connection document",
            why: "it is not the TOML that gateway init writes: [[answer]] tables with topic and answer",
        })?;
        let submission = Self::from(document);
        let checked = submission.check();
        checked.map_err(|why| DirectoryError::NotAllowed { why, remedy: "correct the document and send it again" })?;
        Ok(submission)
    }

    /// The answer to a control, unless it is empty.
    #[must_use]
    pub fn response(&self, control: &str) -> Option<&Response> {
        self.responses.iter().find(|response| response.control == control && !response.statement.trim().is_empty())
    }

    /// The controls of its profile without an answer.
    pub fn unanswered<'a>(&'a self, profile: &'a Profile) -> impl Iterator<Item = &'a str> {
        profile.controls.iter().map(|control| control.id.as_str()).filter(|id| self.response(id).is_none())
    }

    fn check(&self) -> Rule {
        check_id(&self.profile)?;
        self.period.as_deref().map_or(Ok(()), check_line)?;
        if self.documents.len() > MAX_DOCUMENTS || self.responses.len() > MAX_RESPONSES {
            return Err("a submission names at most 50 documents and answers at most 300 controls");
        }
        for document in &self.documents {
            check_line(&document.name)?;
            document.reference.as_deref().map_or(Ok(()), check_line)?;
        }
        let mut controls = HashSet::new();
        for response in &self.responses {
            check_id(&response.control)?;
            check_statement(&response.statement)?;
            if response.evidence.len() > MAX_EVIDENCE {
                return Err("an answer names at most 20 pieces of evidence");
            }
            response.evidence.iter().try_for_each(|evidence| check_line(evidence))?;
            if !controls.insert(&response.control) {
                return Err("a control is answered twice");
            }
        }
        Ok(())
    }
}

impl From<AnswersDocument> for Submission {
    fn from(document: AnswersDocument) -> Self {
        let AnswersDocument { profile, period, signed_by, documents, answers } = document;
        let response = |Answer { topic, question: _, answer, status, evidence, remediation_due }| Response {
            control: topic,
            status,
            statement: answer,
            evidence,
            remediation_due,
        };
        let profile = profile.unwrap_or_else(|| CODE_OF_CONNECTION.to_owned());
        Self { profile, period, signed_by, documents, responses: answers.into_iter().map(response).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::super::shipped;
    use super::*;

    #[test]
    fn the_questions_of_a_new_gateway_are_the_controls_of_the_code_of_connection() {
        let template = include_str!("../../../packhorse/templates/code-of-connection.toml");
        let answered = template.replace("answer = \"\"", "answer = \"Yes, by our policy.\"");
        let submission = Submission::parse(&answered).unwrap();
        assert_eq!(submission.profile, CODE_OF_CONNECTION);
        assert_eq!(submission.unanswered(&shipped()[0]).count(), 0);
        let blank = Submission::parse(template).unwrap();
        assert_eq!(blank.unanswered(&shipped()[0]).count(), shipped()[0].controls.len());
    }

    #[test]
    fn a_document_may_name_its_profile_evidence_and_what_is_missing() {
        let text = "profile = \"gcsx-coco\"\nsigned_by = \"s151\"\nperiod = \"2026\"\n\
                    [[document]]\nname = \"Network diagram\"\ndate = \"2026-09-01\"\n\
                    [[answer]]\ntopic = \"patch-management\"\nanswer = \"Not yet for two servers.\"\n\
                    status = \"partial\"\nevidence = [\"Patch report, week 40\"]\nremediation_due = \"2027-03-01\"\n";
        let submission = Submission::parse(text).unwrap();
        let response = submission.response("patch-management").unwrap();
        assert_eq!(response.status, ResponseStatus::Partial);
        assert_eq!(response.remediation_due, Some("2027-03-01".parse().unwrap()));
        assert_eq!(submission.signed_by, Some(Signatory::S151));
    }

    #[test]
    fn what_is_no_such_document_is_refused_with_its_rule() {
        let refused = |text: &str| Submission::parse(text).unwrap_err().to_string();
        assert!(refused("all yes").contains("malformed"));
        let one = "[[answer]]\ntopic = \"a\"\nanswer = \"x\"\n";
        assert!(refused(&format!("{one}{one}")).contains("twice"));
        assert!(refused("[[answer]]\ntopic = \"../a\"\nanswer = \"x\"\n").contains("lower case"));
        assert!(refused("[[answer]]\ntopic = \"a\"\nanswer = \"\\u0000\"\n").contains("control characters"));
        assert!(refused(&"#".repeat(MAX_ANSWERS + 1)).contains("exceeds"));
    }
}
