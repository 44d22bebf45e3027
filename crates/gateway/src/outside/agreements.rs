//! Agreements travel between their parties: the text and every party's signed statements.
//!
//! A bundle proves itself, statement by statement; the connection only says who brought it. What a
//! party must hear of is a job in the queue, retried until its gateway has taken it.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{Extension, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use http_body_util::Full;
use packhorse_governance::Held;
use packhorse_governance::agreements::read_bundle;
use packhorse_model::agreement::AgreementBundle;
use packhorse_model::organisation::Organisation;
use packhorse_model::{AgreementDigest, AgreementId, OrganisationId};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use crate::context::{Context, now_ms};
use crate::door::Peer;
use crate::error::GatewayError;
use crate::steps::identify::today;

/// The queue's topic.
const TOPIC: &str = "share-agreement";
/// How often the queue is looked at when nothing wakes it.
const PAUSE: Duration = Duration::from_millis(500);
/// How long one attempt may hold a job.
const LEASE_MS: i64 = 60_000;

#[derive(Serialize, Deserialize)]
struct Job {
    to: OrganisationId,
    digest: AgreementDigest,
}

/// Tells the other parties of an agreement what has changed, now and until each has taken it.
pub(crate) async fn tell(context: &Context, held: &Held) -> Result<(), GatewayError> {
    let queue = context.evidence.store().queue();
    for to in held.others(&context.identity.organisation) {
        let job = Job { to, digest: held.digest() };
        let body = serde_json::to_vec(&job).map_err(|error| stored(&error))?;
        queue.enqueue(TOPIC, &format!("{} {}", job.to, job.digest), &body, now_ms()).await?;
    }
    Ok(())
}

fn stored(error: &serde_json::Error) -> GatewayError {
    GatewayError::Stored { what: "job", why: error.to_string() }
}

/// Works the queue until `stop` becomes true.
pub async fn share_agreements(context: Arc<Context>, mut stop: watch::Receiver<bool>) {
    loop {
        if let Err(error) = share_due(&context).await {
            tracing::warn!(%error, "agreements could not be shared");
        }
        tokio::select! {
            () = tokio::time::sleep(PAUSE) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
    }
}

async fn share_due(context: &Context) -> Result<(), GatewayError> {
    let queue = context.evidence.store().queue();
    for claimed in queue.claim(TOPIC, now_ms(), LEASE_MS, 16).await? {
        let job: Job = serde_json::from_slice(&claimed.body).map_err(|error| stored(&error))?;
        let taken = match context.agreements.find(&job.digest) {
            Some(held) => send(context, &job.to, &held.bundle()).await,
            None => true,
        };
        if taken {
            queue.done(&claimed).await?;
        } else {
            // 1 s, 2 s, 4 s … to at most 5 minutes.
            let pause = 1000i64 << claimed.attempts.min(8);
            queue.retry(&claimed, now_ms() + pause.min(300_000), "unreachable").await?;
        }
    }
    Ok(())
}

/// True when the party's gateway has taken the bundle.
async fn send(context: &Context, to: &OrganisationId, bundle: &AgreementBundle) -> bool {
    let Ok(body) = serde_json::to_vec(bundle) else { return false };
    for address in context.peers.addresses(to, None) {
        let request = http::Request::post(format!("https://{address}/agreements"))
            .header(http::header::CONTENT_TYPE, "application/json")
            .body(Full::new(bytes::Bytes::from(body.clone())));
        let Ok(request) = request else { continue };
        let sent = tokio::time::timeout(context.limits.answer, context.peers.send(to, &address, request)).await;
        if let Ok(Ok(response)) = sent
            && response.status().is_success()
        {
            return true;
        }
    }
    false
}

/// The active member at the other end of the connection.
pub(crate) fn member(context: &Context, peer: &Peer) -> Option<Arc<Organisation>> {
    context.directory.member_by_tls_key(&peer.fingerprint?, jiff::Timestamp::now())
}

/// `POST /agreements`: a party brings a bundle.
pub(crate) async fn receive(
    State(context): State<Arc<Context>>,
    Extension(peer): Extension<Peer>,
    body: Bytes,
) -> Response {
    let Some(member) = member(&context, &peer) else {
        return (StatusCode::FORBIDDEN, "only active members of the directory bring agreements\n").into_response();
    };
    let imported = match read_bundle(&body) {
        Ok(bundle) => context.agreements.import(bundle, &context.directory, jiff::Timestamp::now()).await,
        Err(error) => Err(error),
    };
    match imported {
        Ok(_) => StatusCode::NO_CONTENT.into_response(),
        Err(error) => {
            tracing::warn!(from = %member.id, %error, "an agreement bundle was refused");
            (StatusCode::UNPROCESSABLE_ENTITY, format!("{error}\n")).into_response()
        }
    }
}

/// `GET /agreements/{id}`: a party fetches what we hold.
pub(crate) async fn give(
    State(context): State<Arc<Context>>,
    Extension(peer): Extension<Peer>,
    Path(id): Path<String>,
) -> Response {
    let held = member(&context, &peer).zip(id.parse::<AgreementId>().ok());
    let Some((member, id)) = held else { return StatusCode::FORBIDDEN.into_response() };
    let held = context.agreements.get(&id, today()).filter(|held| held.agreement().party(&member.id).is_some());
    match held {
        Some(held) => axum::Json(held.bundle()).into_response(),
        // A stranger learns nothing, not even that the agreement exists.
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
