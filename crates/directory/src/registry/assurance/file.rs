//! An organisation's assurance file: its newest submissions, the findings under way, and every decision.
//!
//! One document of the store for each organisation, and one for each request under assessment. It must never decide.

use std::collections::HashMap;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use packhorse_model::OrganisationId;
use packhorse_model::organisation::Members as _;
use packhorse_store::{Document, StoreError};
use serde::{Deserialize, Serialize};

use super::super::requests::refused;
use super::super::{PendingRequest, Registry};
use crate::assurance::{Assessment, Judgement, Outcome, Review, Submission};
use crate::error::{DirectoryError, Result};
use crate::join::answers_digest;
use crate::letter::{AnswersLetter, Letter, Subject, check_date};

const KIND: &str = "assurance-file";
const FORMAT: i64 = 1;
/// Most submissions that are kept of an organisation; older ones are known by their decisions.
const MAX_SUBMISSIONS: usize = 5;
/// Most decisions that are kept of an organisation.
const MAX_ASSESSMENTS: usize = 50;
/// How often a change is tried when others change the same file.
const TRIES: u32 = 10;

/// What is kept of an organisation's assurance.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AssuranceFile {
    /// What it submitted, the newest last.
    pub submissions: Vec<Submitted>,
    /// What the assessor has found so far under the newest.
    pub review: Review,
    /// What was decided, the newest last.
    pub assessments: Vec<Assessment>,
}

/// A submission, and how it came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Submitted {
    /// When it came.
    pub received: Timestamp,
    /// Who brought it.
    pub sender: Sender,
    /// The digest of the document.
    pub digest: String,
    /// What it says.
    pub submission: Submission,
    /// Whether it was decided on.
    pub decided: bool,
}

/// Who brought a submission.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sender {
    /// The organisation, with its request to join.
    Applicant,
    /// The organisation, signed.
    Member,
    /// The operator, for the organisation.
    Operator,
}

impl AssuranceFile {
    /// The submission that waits for a decision.
    #[must_use]
    pub fn open(&self) -> Option<&Submitted> {
        self.submissions.last().filter(|submitted| !submitted.decided)
    }

    /// The decision that counts: the newest that is no mere refusal of a renewal.
    #[must_use]
    pub fn standing(&self) -> Option<&Assessment> {
        self.assessments.iter().rev().find(|assessment| assessment.outcome != Outcome::Refused)
    }

    pub(super) fn submit(&mut self, submitted: Submitted) {
        self.submissions.push(submitted);
        let surplus = self.submissions.len().saturating_sub(MAX_SUBMISSIONS);
        self.submissions.drain(..surplus);
        self.review.clear();
    }

    pub(super) fn decided(&mut self, assessment: Assessment) {
        self.submissions.iter_mut().for_each(|submitted| submitted.decided = true);
        self.review.clear();
        self.assessments.push(assessment);
        let surplus = self.assessments.len().saturating_sub(MAX_ASSESSMENTS);
        self.assessments.drain(..surplus);
    }
}

impl Registry {
    /// A member's assurance file; empty when nothing is kept.
    ///
    /// # Errors
    /// As the store fails.
    pub async fn assurance_file(&self, organisation: &OrganisationId) -> Result<AssuranceFile> {
        Ok(self.read_file(&organisation.to_string()).await?.1)
    }

    /// A request's assurance file: what the applicant submitted, and what was found so far.
    ///
    /// # Errors
    /// [`DirectoryError::Unknown`] when no such request waits; else as the store fails. A document of answers that
    /// cannot be read leaves the file without a submission.
    pub async fn request_file(&self, request: &PendingRequest) -> Result<AssuranceFile> {
        let mut file = self.read_file(&request_key(&request.id)).await?.1;
        if let Ok(submission) = Submission::parse(&request.answers) {
            let digest = answers_digest(&request.answers);
            let (received, sender) = (request.received, Sender::Applicant);
            file.submissions = vec![Submitted { received, sender, digest, submission, decided: false }];
        }
        Ok(file)
    }

    /// Takes a member's answers anew, signed with its current key.
    ///
    /// # Errors
    /// [`DirectoryError::NotAllowed`] with the rule, [`DirectoryError::Busy`] when too many come.
    pub async fn take_answers(&self, letter: &Letter, now: Timestamp) -> Result<()> {
        self.limits.requests.admit(now)?;
        let said: AnswersLetter = letter.read()?;
        let organisation = self.directory().await?.organisation(&said.organisation);
        let organisation = organisation.ok_or(refused("the organisation is no member", "ask to join first"))?;
        let current = organisation.signing_keys_at(now).last();
        if !current.is_some_and(|key| letter.is_signed_by(Subject::Answers, &key)) {
            return Err(refused("it is not signed by the member's current signing key", "sign it with the key in use"));
        }
        let last = self.assurance_file(&said.organisation).await?;
        let last = last.submissions.iter().filter(|submitted| submitted.sender == Sender::Member);
        let last = last.map(|submitted| submitted.received).max();
        check_date(said.at, last, now).map_err(|why| refused(why, "write it anew, with the clock right"))?;
        // Kept as received at its own date: what is compared is the date that was signed.
        self.submit_answers(&said.organisation, &said.answers, Sender::Member, said.at).await
    }

    /// Takes the answers of a member that its operator brings.
    ///
    /// # Errors
    /// As [`Submission::parse`]; [`DirectoryError::Unknown`] for an unknown profile or organisation.
    pub async fn submit_answers(
        &self,
        organisation: &OrganisationId,
        answers: &str,
        sender: Sender,
        now: Timestamp,
    ) -> Result<()> {
        let submission = Submission::parse(answers)?;
        self.profile(&submission.profile).await?;
        if self.directory().await?.organisation(organisation).is_none() {
            return Err(DirectoryError::Unknown("member"));
        }
        let digest = answers_digest(answers);
        let submitted = Submitted { received: now, sender, digest, submission, decided: false };
        self.change_file(&organisation.to_string(), |file| {
            file.submit(submitted.clone());
            Ok(())
        })
        .await
    }

    /// Notes what was found under one control of a request that waits.
    ///
    /// # Errors
    /// [`DirectoryError::NotAllowed`] with the rule, [`DirectoryError::Unknown`] without such a control.
    pub async fn judge_request(
        &self,
        request: &PendingRequest,
        control: &str,
        judgement: Judgement,
        now: Timestamp,
    ) -> Result<()> {
        let file = self.request_file(request).await?;
        self.judge(&request_key(&request.id), &file, control, judgement, now).await
    }

    /// Notes what was found under one control of a member's open submission.
    ///
    /// # Errors
    /// As [`Registry::judge_request`].
    pub async fn judge_member(
        &self,
        organisation: &OrganisationId,
        control: &str,
        judgement: Judgement,
        now: Timestamp,
    ) -> Result<()> {
        let file = self.assurance_file(organisation).await?;
        self.judge(&organisation.to_string(), &file, control, judgement, now).await
    }

    async fn judge(
        &self,
        key: &str,
        file: &AssuranceFile,
        control: &str,
        judgement: Judgement,
        now: Timestamp,
    ) -> Result<()> {
        judgement.check(day(now)).map_err(|why| refused(why, "correct the finding"))?;
        let open = file.open().ok_or(nothing_open())?;
        let profile = self.profile(&open.submission.profile).await?;
        profile.control(control).ok_or(DirectoryError::Unknown("control in this profile"))?;
        self.change_file(key, |file| {
            file.review.insert(control.to_owned(), judgement.clone());
            Ok(())
        })
        .await
    }

    /// The files of all members, by organisation.
    pub(super) async fn assurance_files(&self) -> Result<HashMap<String, AssuranceFile>> {
        let (mut all, mut after) = (HashMap::new(), String::new());
        loop {
            let page = self.store.documents().list(KIND, &after, 200).await?;
            let Some(last) = page.last() else { return Ok(all) };
            after.clone_from(&last.key);
            for document in page {
                let file = read(&document)?;
                all.insert(document.key, file);
            }
        }
    }

    async fn read_file(&self, key: &str) -> Result<(Option<i64>, AssuranceFile)> {
        match self.store.documents().get(KIND, key).await? {
            Some(document) => Ok((Some(document.revision), read(&document)?)),
            None => Ok((None, AssuranceFile::default())),
        }
    }

    /// Changes a file as a whole, again if somebody changed it meanwhile.
    pub(super) async fn change_file<T>(
        &self,
        key: &str,
        change: impl Fn(&mut AssuranceFile) -> Result<T>,
    ) -> Result<T> {
        for _ in 0..TRIES {
            let (revision, mut file) = self.read_file(key).await?;
            let changed = change(&mut file)?;
            let body = serde_json::to_vec(&file).map_err(|_| unreadable())?;
            let documents = self.store.documents();
            let written = match revision {
                Some(revision) => documents.put(KIND, key, FORMAT, &body, Some(revision)).await,
                None => documents.insert_new(KIND, key, FORMAT, &body).await,
            };
            match written {
                Err(StoreError::Conflict) => {}
                other => return Ok(other.map(|_| changed)?),
            }
        }
        Err(DirectoryError::Busy("changes to one assurance file"))
    }

    pub(super) async fn drop_request_file(&self, id: &str) -> Result<()> {
        self.store.documents().delete(KIND, &request_key(id), None).await?;
        Ok(())
    }
}

/// The day in the register's time zone.
pub(super) fn day(now: Timestamp) -> Date {
    now.to_zoned(TimeZone::UTC).date()
}

pub(super) fn nothing_open() -> DirectoryError {
    refused("no submission waits for a decision", "ask the organisation to submit its answers")
}

/// No identifier of an organisation begins like this: `:` is percent-encoded in one.
fn request_key(id: &str) -> String {
    format!("request:{id}")
}

fn read(document: &Document) -> Result<AssuranceFile> {
    if document.format != FORMAT {
        return Err(unreadable());
    }
    serde_json::from_slice(&document.body).map_err(|_| unreadable())
}

fn unreadable() -> DirectoryError {
    DirectoryError::Malformed { what: "kept assurance file", why: "it is not the JSON that was written" }
}
