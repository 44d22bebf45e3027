//! Requests to join: the list, one with its answers and fingerprints, findings, decision.

use axum::Json;
use axum::extract::{Path, State};
use serde_json::{Value, json};

use packhorse_keys::{Fingerprint, constant_time_equal};

use super::super::{PendingRequest, all_keys};
use super::refusal::ApiError;
use super::review::{self, Decided, Finding};
use super::{Caller, Inside};
use crate::assurance::Outcome;
use crate::error::DirectoryError;

/// `GET /api/requests`: those that wait, the oldest first.
pub(super) async fn list(_: Caller, State(inside): State<Inside>) -> Result<Json<Value>, ApiError> {
    let mut waiting = inside.registry.requests().await?;
    waiting.sort_by_key(|request| request.received);
    let items: Vec<Value> = waiting.iter().map(summary).collect();
    Ok(Json(json!({ "items": items })))
}

/// `GET /api/requests/{id}`: one whole.
pub(super) async fn show(
    _: Caller,
    State(inside): State<Inside>,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let request = waiting(&inside, &id).await?;
    let file = inside.registry.request_file(&request).await?;
    let mut whole = summary(&request);
    let details = &request.details;
    let key = |(purpose, fingerprint): &(_, Fingerprint)| json!({"purpose": purpose, "fingerprint": fingerprint});
    whole["siro"] = json!(details.siro);
    whole["contacts"] = json!(details.contacts);
    whole["charter_url"] = json!(details.charter_url);
    whole["systems"] = json!(details.systems);
    whole["gateways"] = json!(details.gateways);
    whole["code_of_connection"] = json!(details.code_of_connection);
    whole["keys"] = request.fingerprints.iter().map(key).collect();
    whole["fingerprint"] = json!(all_keys(&request.fingerprints));
    whole["answers"] = json!(request.answers);
    whole["submission"] = review::sheet(&inside.registry, &file).await?;
    Ok(Json(whole))
}

/// `PUT /api/requests/{id}/controls/{control}`: what was found under one control.
pub(super) async fn find(
    caller: Caller,
    State(inside): State<Inside>,
    Path((id, control)): Path<(String, String)>,
    Json(finding): Json<Finding>,
) -> Result<Json<Value>, ApiError> {
    caller.deciding()?;
    let request = waiting(&inside, &id).await?;
    inside.registry.judge_request(&request, &control, finding.into(), review::now()).await?;
    Ok(Json(json!({"request": id, "control": control})))
}

/// `POST /api/requests/{id}/decide`: certificate, conditional or refused.
pub(super) async fn decide(
    caller: Caller,
    State(inside): State<Inside>,
    Path(id): Path<String>,
    Json(decided): Json<Decided>,
) -> Result<Json<Value>, ApiError> {
    let assessor = caller.deciding()?;
    let allowed = [Outcome::Certificate, Outcome::Conditional, Outcome::Refused];
    review::check_outcome(decided.outcome(), &allowed, "a withdrawal is for members: refuse the request")?;
    let request = waiting(&inside, &id).await?;
    if decided.outcome() != Outcome::Refused {
        check_fingerprint(&request, decided.fingerprint.as_deref())?;
    }
    let seen: Vec<Fingerprint> = request.fingerprints.iter().map(|(_, fingerprint)| *fingerprint).collect();
    let (decision, dates) = decided.parts();
    let found = inside.registry.assess_request(&request, &seen, decision, dates, assessor, review::now()).await?;
    Ok(Json(review::found(&found)))
}

/// The fingerprint that was read out is that of the request's keys.
fn check_fingerprint(request: &PendingRequest, read_out: Option<&str>) -> Result<(), DirectoryError> {
    let refused = |why, remedy| Err(DirectoryError::NotAllowed { why, remedy });
    let Some(read_out) = read_out.map(str::trim).filter(|text| !text.is_empty()) else {
        return refused(
            "nobody has compared the fingerprint of all keys",
            "call the applicant on a number you know and type what is read out",
        );
    };
    let expected = all_keys(&request.fingerprints).to_string();
    let given = if read_out.starts_with("sha256:") { read_out.to_owned() } else { format!("sha256:{read_out}") };
    if !constant_time_equal(expected.as_bytes(), given.to_ascii_lowercase().as_bytes()) {
        return refused(
            "the fingerprint read out is not the one of this request: somebody else may have sent it",
            "do not admit it; ask the applicant to look at its own with gateway join",
        );
    }
    Ok(())
}

async fn waiting(inside: &Inside, id: &str) -> Result<PendingRequest, DirectoryError> {
    let waiting = inside.registry.requests().await?.into_iter().find(|request| request.id == id);
    waiting.ok_or(DirectoryError::Unknown("request that waits for a decision"))
}

fn summary(request: &PendingRequest) -> Value {
    json!({"id": request.id, "organisation": request.organisation, "name": request.details.name,
           "received": request.received})
}
