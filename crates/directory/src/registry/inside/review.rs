//! What an assessor works with: a submission beside its profile, control by control, and the decision on it.
//!
//! The same for requests to join and for renewals; where it is kept is theirs.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::{AssuranceDates, AssuranceFile, Found, Registry};
use super::refusal::ApiError;
use crate::assurance::{Assessment, Decision, Judgement, Outcome, Verdict};
use crate::error::Result;

/// A finding under one control, as it is sent.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Finding {
    verdict: Verdict,
    note: Option<String>,
    due: Option<Date>,
}

impl From<Finding> for Judgement {
    fn from(Finding { verdict, note, due }: Finding) -> Self {
        // A form sends what was left empty.
        Self { verdict, note: note.filter(|note| !note.trim().is_empty()), due }
    }
}

/// A decision, as it is sent.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Decided {
    outcome: Outcome,
    valid_until: Option<Date>,
    reason: Option<String>,
    charter: Option<Date>,
    training: Option<Date>,
    /// All keys' fingerprint as the applicant's people read it out; for a request to join.
    pub(super) fingerprint: Option<String>,
    /// Take the answers as they stand where no control was looked at.
    #[serde(default)]
    as_answered: bool,
}

impl Decided {
    pub(super) fn parts(&self) -> (Decision, AssuranceDates) {
        let Self { outcome, valid_until, charter, training, as_answered, .. } = *self;
        let reason = self.reason.clone().filter(|reason| !reason.trim().is_empty());
        (Decision { outcome, valid_until, reason, as_answered }, AssuranceDates { charter, training })
    }

    pub(super) fn outcome(&self) -> Outcome {
        self.outcome
    }
}

/// The open submission of a file, control by control.
pub(super) async fn sheet(registry: &Registry, file: &AssuranceFile) -> Result<Value> {
    let Some(open) = file.open() else { return Ok(Value::Null) };
    let submission = &open.submission;
    let Ok(profile) = registry.profile(&submission.profile).await else {
        let why = "its profile is not known here: add it with registry profiles --add";
        return Ok(json!({"profile": {"name": submission.profile}, "received": open.received, "unreadable": why}));
    };
    let control = |control: &crate::assurance::Control| {
        json!({"id": control.id, "domain": control.domain, "requirement": control.requirement,
               "mandatory": control.mandatory, "response": submission.response(&control.id),
               "finding": file.review.get(&control.id)})
    };
    let controls: Vec<Value> = profile.controls.iter().map(control).collect();
    let found = |id: &str| file.review.get(id);
    let wanting = file.review.values().filter(|judgement| judgement.is_wanting()).count();
    let assessed = profile.controls.iter().filter(|control| found(&control.id).is_some()).count();
    Ok(json!({
        "profile": {"name": profile.name, "title": profile.title, "version": profile.version,
                    "issuer": profile.issuer, "note": profile.note, "superseded_by": profile.superseded_by,
                    "valid_months": profile.valid_months},
        "received": open.received, "sender": open.sender, "digest": open.digest, "period": submission.period,
        "signed_by": submission.signed_by, "documents": submission.documents, "controls": controls,
        "assessed": assessed, "wanting": wanting,
    }))
}

/// A decision as it is shown.
pub(super) fn assessment(one: &Assessment) -> Value {
    let mut shown = json!(one);
    shown["holds_until"] = json!(one.holds_until());
    shown
}

/// What a decision led to.
pub(super) fn found(found: &Found) -> Value {
    json!({"assessment": assessment(&found.assessment), "entry": found.entry})
}

/// The moment of a call.
pub(super) fn now() -> Timestamp {
    Timestamp::now()
}

/// Refuses an outcome that is not for this.
pub(super) fn check_outcome(outcome: Outcome, allowed: &[Outcome], remedy: &str) -> Result<(), ApiError> {
    if allowed.contains(&outcome) {
        return Ok(());
    }
    Err(ApiError::bad("this outcome is not for this call", remedy))
}
