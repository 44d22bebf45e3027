//! Decisions on assurance, and what they change in the directory: admission, dates, suspension.

use jiff::Timestamp;
use jiff::civil::Date;
use packhorse_keys::Fingerprint;
use packhorse_model::OrganisationId;
use packhorse_model::organisation::{Assurance, Members as _, Status};

use super::super::requests::refused;
use super::super::{PendingRequest, Registry};
use super::file::{AssuranceFile, Submitted, day, nothing_open};
use crate::assurance::{Assessment, CODE_OF_CONNECTION, Decision, Outcome, assess};
use crate::error::{DirectoryError, Result};

/// Days that the operator has seen besides; what was not seen anew stays as it was.
#[derive(Debug, Clone, Copy, Default)]
pub struct AssuranceDates {
    /// On which the information charter was signed.
    pub charter: Option<Date>,
    /// Of the latest statement that staff training is in order.
    pub training: Option<Date>,
}

/// What a decision led to.
#[derive(Debug, Clone)]
pub struct Found {
    /// The decision as it is kept.
    pub assessment: Assessment,
    /// The entry of the directory that followed, when one did.
    pub entry: Option<u64>,
}

impl Registry {
    /// Decides on a request to join. `seen` are the fingerprints of all keys, which the operator compared; they are
    /// not looked at when the outcome is a refusal.
    ///
    /// # Errors
    /// [`DirectoryError::NotAllowed`] with the rule that the decision breaks.
    pub async fn assess_request(
        &self,
        request: &PendingRequest,
        seen: &[Fingerprint],
        decision: Decision,
        dates: AssuranceDates,
        assessor: &str,
        now: Timestamp,
    ) -> Result<Found> {
        if decision.outcome == Outcome::Refused {
            return self.refuse_request(request, decision, assessor, now).await;
        }
        let file = self.request_file(request).await?;
        let open = file.open().ok_or(refused(
            "the answers cannot be read as a code of connection",
            "turn the request down and ask for the document that gateway init writes",
        ))?;
        let assessment = self.assessed(&file, open, decision, assessor, now).await?;
        let last = assessment.holds_until().ok_or(refused("a withdrawal is for members", "refuse the request"))?;
        let key = request.organisation.to_string();
        let before = self.assurance_file(&request.organisation).await?;
        self.change_file(&key, |file| {
            file.submit(open.clone());
            file.decided(assessment.clone());
            Ok(())
        })
        .await?;
        let assurance = stated(&Assurance::default(), dates, last, day(now));
        match self.approve(&request.id, seen, assurance, now).await {
            Ok(index) => {
                self.drop_request_file(&request.id).await?;
                Ok(Found { assessment, entry: Some(index) })
            }
            Err(refusal) => {
                // Nobody was admitted: the file says again what it said.
                self.change_file(&key, |file| {
                    *file = before.clone();
                    Ok(())
                })
                .await?;
                Err(refusal)
            }
        }
    }

    async fn refuse_request(
        &self,
        request: &PendingRequest,
        decision: Decision,
        assessor: &str,
        now: Timestamp,
    ) -> Result<Found> {
        let reason = decision.reason.clone().unwrap_or_default();
        self.turn_down(&request.id, &reason).await?;
        self.drop_request_file(&request.id).await?;
        let assessment = bare(Outcome::Refused, assessor, decision.reason, day(now));
        Ok(Found { assessment, entry: None })
    }

    /// Decides on a member's open submission: a renewal. A positive one lets a member whose assurance had been
    /// withdrawn take part again; a refusal leaves an earlier decision to hold until its end.
    ///
    /// # Errors
    /// [`DirectoryError::NotAllowed`] with the rule that the decision breaks.
    pub async fn assess_member(
        &self,
        organisation: &OrganisationId,
        decision: Decision,
        dates: AssuranceDates,
        assessor: &str,
        now: Timestamp,
    ) -> Result<Found> {
        let member = self.listed(organisation).await?;
        let file = self.assurance_file(organisation).await?;
        let assessment = self.assessed(&file, file.open().ok_or(nothing_open())?, decision, assessor, now).await?;
        if assessment.outcome == Outcome::Withdrawn {
            return self.withdraw(organisation, &assessment.reason.unwrap_or_default(), assessor, now).await;
        }
        let was_withdrawn = file.standing().is_some_and(|standing| standing.outcome == Outcome::Withdrawn);
        self.write_decision(organisation, &assessment).await?;
        let Some(last) = assessment.holds_until() else { return Ok(Found { assessment, entry: None }) };
        let assurance = stated(&member.assurance, dates, last, day(now));
        let mut entry = self.assure(organisation, assurance, now).await?;
        if was_withdrawn && member.status == Status::Suspended {
            entry = self.resume(organisation, "assessed anew", now).await?;
        }
        Ok(Found { assessment, entry: Some(entry) })
    }

    /// Accepts a member's assurance on the operator's word alone, as the first registries did: no submission is
    /// needed, none is decided on. `last` is the last day.
    ///
    /// # Errors
    /// [`DirectoryError::NotAllowed`] while it is withdrawn or conditions are open.
    pub async fn accept(
        &self,
        organisation: &OrganisationId,
        last: Date,
        dates: AssuranceDates,
        assessor: &str,
        now: Timestamp,
    ) -> Result<Found> {
        let member = self.listed(organisation).await?;
        let file = self.assurance_file(organisation).await?;
        if let Some(standing) = file.standing() {
            if standing.outcome == Outcome::Withdrawn {
                return Err(refused(
                    "the member's assurance is withdrawn",
                    "assess a new submission: packhorse registry assess",
                ));
            }
            if standing.open_conditions().next().is_some() {
                return Err(refused(
                    "conditions of the last approval are open",
                    "state that they are met: packhorse registry condition, or assess a new submission",
                ));
            }
        }
        let mut assessment = bare(Outcome::Certificate, assessor, None, day(now));
        assessment.valid_until = Some(last);
        self.write_decision(organisation, &assessment).await?;
        let entry = self.assure(organisation, stated(&member.assurance, dates, last, day(now)), now).await?;
        Ok(Found { assessment, entry: Some(entry) })
    }

    /// Withdraws a member's assurance: it is cut off everywhere, within a minute, until it is assessed anew.
    ///
    /// # Errors
    /// [`DirectoryError::NotAllowed`] with the rule.
    pub async fn withdraw(
        &self,
        organisation: &OrganisationId,
        reason: &str,
        assessor: &str,
        now: Timestamp,
    ) -> Result<Found> {
        let member = self.listed(organisation).await?;
        let said = format!("assurance withdrawn: {reason}");
        let entry = match member.status {
            Status::Active => Some(self.suspend(organisation, &said, now).await?),
            Status::Suspended | Status::Removed => None,
        };
        let assessment = bare(Outcome::Withdrawn, assessor, Some(reason.to_owned()), day(now));
        self.write_decision(organisation, &assessment).await?;
        Ok(Found { assessment, entry })
    }

    /// States that a condition of a member's approval is met. The assurance then holds until the next one is due.
    ///
    /// # Errors
    /// [`DirectoryError::Unknown`] when there is no such open condition.
    pub async fn meet_condition(&self, organisation: &OrganisationId, control: &str, now: Timestamp) -> Result<Found> {
        let member = self.listed(organisation).await?;
        let assessment = self
            .change_file(&organisation.to_string(), |file| {
                let unknown = DirectoryError::Unknown("open condition");
                let standing = file.assessments.iter_mut().rev().find(|one| one.outcome != Outcome::Refused);
                let Some(standing) = standing.filter(|one| one.outcome == Outcome::Conditional) else {
                    return Err(unknown);
                };
                let open = |condition: &&mut crate::assurance::Condition| {
                    condition.control == control && condition.met_on.is_none()
                };
                standing.conditions.iter_mut().find(open).ok_or(unknown)?.met_on = Some(day(now));
                Ok(standing.clone())
            })
            .await?;
        let Some(last) = assessment.holds_until() else { return Ok(Found { assessment, entry: None }) };
        let mut assurance = member.assurance.clone();
        assurance.valid_until = Some(last);
        let entry = self.assure(organisation, assurance, now).await?;
        Ok(Found { assessment, entry: Some(entry) })
    }

    /// Refuses to let somebody take part again whose assurance does not hold.
    pub(in super::super) async fn check_may_resume(&self, organisation: &OrganisationId, now: Timestamp) -> Result<()> {
        let file = self.assurance_file(organisation).await?;
        // Who was admitted before decisions were kept has none; its dates in the directory speak for it.
        match file.standing() {
            Some(standing) if !standing.is_current(day(now)) => Err(refused(
                "the member has no current certificate or conditional approval",
                "assess its submission: packhorse registry assess",
            )),
            _ => Ok(()),
        }
    }

    async fn assessed(
        &self,
        file: &AssuranceFile,
        open: &Submitted,
        decision: Decision,
        assessor: &str,
        now: Timestamp,
    ) -> Result<Assessment> {
        let profile = self.profile(&open.submission.profile).await?;
        let assessed = assess(&profile, &open.submission, &file.review, decision, assessor, day(now));
        assessed.map_err(|why| refused(why, "look at the controls and decide anew"))
    }

    async fn write_decision(&self, organisation: &OrganisationId, assessment: &Assessment) -> Result<()> {
        self.change_file(&organisation.to_string(), |file| {
            file.decided(assessment.clone());
            Ok(())
        })
        .await
    }

    async fn listed(
        &self,
        organisation: &OrganisationId,
    ) -> Result<std::sync::Arc<packhorse_model::organisation::Organisation>> {
        let member = self.directory().await?.organisation(organisation).ok_or(DirectoryError::Unknown("member"))?;
        if member.status == Status::Removed {
            return Err(refused("the organisation was removed", "it joins anew, with new keys"));
        }
        Ok(member)
    }
}

/// What the directory is to say.
fn stated(before: &Assurance, dates: AssuranceDates, last: Date, today: Date) -> Assurance {
    Assurance {
        code_of_connection: Some(today),
        charter: dates.charter.or(before.charter),
        training: dates.training.or(before.training),
        valid_until: Some(last),
    }
}

/// A decision without controls.
fn bare(outcome: Outcome, assessor: &str, reason: Option<String>, today: Date) -> Assessment {
    Assessment {
        profile: CODE_OF_CONNECTION.to_owned(),
        version: String::new(),
        assessor: assessor.to_owned(),
        assessed_on: today,
        outcome,
        valid_until: None,
        conditions: Vec::new(),
        reason,
        review: Default::default(),
    }
}
