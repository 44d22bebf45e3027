//! Partners are told of incidents that concern them: a signed notice from gateway to gateway, tried until it is taken.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{Extension, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use http_body_util::Full;
use jiff::{SignedDuration, Timestamp};
use packhorse_governance::incident::{Case, Incidents, Link, Step};
use packhorse_keys::{sha256, sign_document, verify_document};
use packhorse_model::organisation::Organisation;
use packhorse_model::{ExchangeId, INCIDENT_NOTICE_CONTEXT, IncidentNotice, OrganisationId, SignedIncidentNotice};
use packhorse_store::StoreError;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::sync::watch;

use super::agreements::member;
use crate::context::{Context, now_ms};
use crate::door::Peer;
use crate::error::GatewayError;

/// The queue's topic.
const TOPIC: &str = "tell-incident";
/// What was heard, among the store's documents.
const HEARD: &str = "incident-heard";
/// How often the queue is looked at when nothing wakes it.
const PAUSE: Duration = Duration::from_millis(500);
/// How long one attempt may hold a job.
const LEASE_MS: i64 = 60_000;
/// How far another party's clock may run ahead of ours.
const CLOCK_SKEW: SignedDuration = SignedDuration::from_mins(5);
/// Most notices of one partner that are kept.
const OF_ONE_LIMIT: u32 = 1000;

#[derive(Serialize, Deserialize)]
struct Job {
    to: OrganisationId,
    incident: ExchangeId,
    notice: SignedIncidentNotice,
}

/// Signs what a partner is told and sees to it that its gateway gets it.
pub(crate) async fn tell_partner(
    context: &Context,
    case: &Case,
    to: &OrganisationId,
    text: &str,
) -> Result<(), GatewayError> {
    let mut notice = IncidentNotice {
        id: ExchangeId::random(),
        incident: case.id,
        from: context.identity.organisation.clone(),
        to: to.clone(),
        noticed_at: case.report.noticed_at,
        drill: case.report.drill,
        text: text.to_owned(),
        agreements: Vec::new(),
        exchanges: Vec::new(),
        at: Timestamp::now(),
    };
    for link in &case.links {
        match link {
            // Only what the partner has on record too.
            Link::Exchange { id } if shared_with(context, *id, to).await? => notice.exchanges.push(*id),
            Link::Agreement { id } => {
                let party =
                    context.agreements.versions(id).pop().is_some_and(|held| held.agreement().party(to).is_some());
                notice.agreements.extend(party.then(|| id.clone()));
            }
            _ => {}
        }
    }
    let json = notice.to_json().map_err(|error| stored(&error))?;
    let signature = sign_document(&*context.identity.signer, INCIDENT_NOTICE_CONTEXT, json.as_bytes())?;
    let signed = SignedIncidentNotice::parse(&json, signature).map_err(|error| stored(&error))?;
    let job = Job { to: to.clone(), incident: case.id, notice: signed };
    let body = serde_json::to_vec(&job).map_err(|error| stored(&error))?;
    context.evidence.store().queue().enqueue(TOPIC, &notice.id.to_string(), &body, now_ms()).await?;
    Ok(())
}

async fn shared_with(context: &Context, exchange: ExchangeId, partner: &OrganisationId) -> Result<bool, GatewayError> {
    let lines = context.evidence.store().records().named(&exchange.to_string()).await?;
    let partner = partner.to_string();
    Ok(lines.iter().any(|line| line.partner == partner))
}

/// Works the queue until `stop` becomes true.
pub async fn tell_incidents(context: Arc<Context>, mut stop: watch::Receiver<bool>) {
    loop {
        if let Err(error) = tell_due(&context).await {
            tracing::warn!(%error, "partners could not be told of incidents");
        }
        tokio::select! {
            () = tokio::time::sleep(PAUSE) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
    }
}

async fn tell_due(context: &Context) -> Result<(), GatewayError> {
    let queue = context.evidence.store().queue();
    for claimed in queue.claim(TOPIC, now_ms(), LEASE_MS, 16).await? {
        let job: Job = serde_json::from_slice(&claimed.body).map_err(|error| stored(&error))?;
        if send(context, &job).await {
            let step = Step::PartnerTook { organisation: job.to.clone() };
            let incidents = Incidents::new(context.evidence.store());
            incidents.step(job.incident, &step, "gateway", Timestamp::now()).await?;
            queue.done(&claimed).await?;
        } else {
            // 1 s, 2 s, 4 s … to at most 5 minutes.
            let pause = 1000i64 << claimed.attempts.min(8);
            queue.retry(&claimed, now_ms() + pause.min(300_000), "unreachable").await?;
        }
    }
    Ok(())
}

/// True when the partner's gateway has taken the notice.
async fn send(context: &Context, job: &Job) -> bool {
    let Ok(body) = serde_json::to_vec(&job.notice) else { return false };
    for address in context.peers.addresses(&job.to, None) {
        let request = http::Request::post(format!("https://{address}/incidents"))
            .header(http::header::CONTENT_TYPE, "application/json")
            .body(Full::new(bytes::Bytes::from(body.clone())));
        let Ok(request) = request else { continue };
        let sent = tokio::time::timeout(context.limits.answer, context.peers.send(&job.to, &address, request)).await;
        if let Ok(Ok(response)) = sent
            && response.status().is_success()
        {
            return true;
        }
    }
    false
}

/// `POST /incidents`: a partner tells of an incident.
pub(crate) async fn receive(
    State(context): State<Arc<Context>>,
    Extension(peer): Extension<Peer>,
    body: Bytes,
) -> Response {
    let Some(member) = member(&context, &peer) else {
        return (StatusCode::FORBIDDEN, "only active members of the directory tell of incidents\n").into_response();
    };
    let Ok(signed) = serde_json::from_slice::<SignedIncidentNotice>(&body) else {
        return (StatusCode::UNPROCESSABLE_ENTITY, "the notice of an incident cannot be read\n").into_response();
    };
    if let Err(why) = check(&context, &member, &signed) {
        tracing::warn!(from = %member.id, why, "a notice of an incident was refused");
        return (StatusCode::UNPROCESSABLE_ENTITY, format!("{why}\n")).into_response();
    }
    match keep(&context, &member, &signed).await {
        Ok(true) => StatusCode::NO_CONTENT.into_response(),
        Ok(false) => (StatusCode::TOO_MANY_REQUESTS, "1000 notices of this member are kept here\n").into_response(),
        Err(error) => {
            tracing::error!(%error, "a notice of an incident could not be kept");
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
    }
}

fn check(context: &Context, member: &Organisation, signed: &SignedIncidentNotice) -> Result<(), &'static str> {
    let notice = signed.document();
    if notice.from != member.id {
        return Err("the notice is another member's");
    }
    if notice.to != context.identity.organisation {
        return Err("the notice is for another organisation");
    }
    if notice.at.duration_since(Timestamp::now()) > CLOCK_SKEW {
        return Err("the notice is dated in the future: correct the clock");
    }
    let key = member.signing_key_at(&signed.signature().key, notice.at);
    let key = key.ok_or("the notice's key was not a signing key of its organisation at that time")?;
    verify_document(&key, INCIDENT_NOTICE_CONTEXT, signed.as_str().as_bytes(), signed.signature())
        .map_err(|_| "the notice's signature is wrong")
}

/// Keeps a notice, once; false when its sender has told too much already.
async fn keep(context: &Context, member: &Organisation, signed: &SignedIncidentNotice) -> Result<bool, GatewayError> {
    let documents = context.evidence.store().documents();
    let sender: String = sha256(member.id.to_string().as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    let known = documents.list(HEARD, &sender, OF_ONE_LIMIT).await?;
    if known.iter().filter(|document| document.key.starts_with(&sender)).count() >= OF_ONE_LIMIT as usize {
        return Ok(false);
    }
    let body = serde_json::to_vec(signed).map_err(|error| stored(&error))?;
    match documents.insert_new(HEARD, &format!("{sender} {}", signed.document().id), 1, &body).await {
        // Told again: it is known.
        Ok(_) | Err(StoreError::Conflict) => Ok(true),
        Err(error) => Err(error.into()),
    }
}

/// What partners have told, the newest first.
pub(crate) async fn heard(context: &Context) -> Result<Vec<Value>, GatewayError> {
    let mut heard = Vec::new();
    for document in context.evidence.store().documents().all(HEARD).await? {
        let signed: SignedIncidentNotice = serde_json::from_slice(&document.body).map_err(|error| stored(&error))?;
        heard.push((signed.document().at, json!(signed)));
    }
    heard.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    Ok(heard.into_iter().take(500).map(|(_, notice)| notice).collect())
}

fn stored(error: &dyn std::error::Error) -> GatewayError {
    GatewayError::Stored { what: "notice of an incident", why: error.to_string() }
}
