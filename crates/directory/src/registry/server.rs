//! The registry's door: what it serves to everybody and takes from members and applicants, over TLS 1.3.
//!
//! Everything but the head never changes once served, so that caches may keep it. Decides nothing itself.

mod accept;

pub use accept::serve;

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use jiff::Timestamp;
use packhorse_ledger::LogPath;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Registry, SNAPSHOT};
use crate::entry::SignedStatement;
use crate::error::{DirectoryError, Result};

/// Largest body taken: an admission and the code-of-connection answers, which JSON may double.
const MAX_BODY: usize = 512 * 1024;
/// Largest heartbeat: a few names and numbers.
const MAX_HEARTBEAT: usize = 4 * 1024;
/// A cache may keep it a moment: shorter than a poll.
const FOR_A_MOMENT: &str = "public, max-age=1";
const FOR_A_MINUTE: &str = "public, max-age=60";
const FOR_EVER: &str = "public, max-age=31536000, immutable";
const NEVER: &str = "no-store";

type Door = State<Arc<Registry>>;

/// The registry's routes.
pub fn router(registry: Arc<Registry>) -> Router {
    Router::new()
        .route("/directory/checkpoint", get(checkpoint))
        .route("/directory/tile/{*place}", get(tile))
        .route("/directory/snapshot", get(snapshot))
        .route("/join/challenge", post(challenge))
        .route("/join/request", post(request))
        .route("/join/status/{id}", get(status))
        .route("/entries", post(entries))
        .route("/heartbeat", post(heartbeat))
        .route("/assurance/answers", post(answers))
        .route("/healthz", get(healthz))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .with_state(registry)
}

async fn checkpoint(State(registry): Door) -> Response {
    match registry.head() {
        Some(head) => file(Bytes::clone(&head), LogPath::Checkpoint.content_type(), FOR_A_MOMENT),
        None => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

async fn tile(State(registry): Door, Path(place): Path<String>) -> Result<Response> {
    let absent = DirectoryError::Unknown("tile");
    let Ok(path) = format!("tile/{place}").parse::<LogPath>() else { return Err(absent) };
    let found = registry.publisher.resource(&path).await?;
    Ok(file(found.ok_or(absent)?, path.content_type(), FOR_EVER))
}

async fn snapshot(State(registry): Door) -> Result<Response> {
    let stream = registry.store.objects().stream(SNAPSHOT).await?.ok_or(DirectoryError::Unknown("snapshot yet"))?;
    let headers = [(header::CONTENT_TYPE, "application/jsonl"), (header::CACHE_CONTROL, FOR_A_MINUTE)];
    Ok((headers, Body::from_stream(stream)).into_response())
}

async fn challenge(State(registry): Door, body: Bytes) -> Result<Response> {
    Ok(answer(registry.challenge(&parse(&body)?, Timestamp::now()).await?))
}

async fn request(State(registry): Door, body: Bytes) -> Result<Response> {
    Ok(answer(registry.request(parse(&body)?, Timestamp::now()).await?))
}

async fn status(State(registry): Door, Path(id): Path<String>) -> Result<Response> {
    Ok(answer(registry.join_status(&id).await?))
}

async fn entries(State(registry): Door, body: Bytes) -> Result<Response> {
    let index = registry.submit(&SignedStatement::parse(&body)?, Timestamp::now()).await?;
    Ok(answer(Registered { index }))
}

async fn heartbeat(State(registry): Door, body: Bytes) -> Result<StatusCode> {
    if body.len() > MAX_HEARTBEAT {
        return Err(DirectoryError::TooLarge { what: "heartbeat", limit: MAX_HEARTBEAT as u64 });
    }
    registry.hear(&parse(&body)?, Timestamp::now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn answers(State(registry): Door, body: Bytes) -> Result<StatusCode> {
    registry.take_answers(&parse(&body)?, Timestamp::now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn healthz(State(registry): Door) -> Result<StatusCode> {
    registry.store.ready().await?;
    Ok(if registry.head().is_some() { StatusCode::NO_CONTENT } else { StatusCode::SERVICE_UNAVAILABLE })
}

/// The answer to a member's statement.
#[derive(Debug, Serialize, serde::Deserialize)]
pub(crate) struct Registered {
    /// The entry's index.
    pub(crate) index: u64,
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T> {
    serde_json::from_slice(body)
        .map_err(|_| DirectoryError::Malformed { what: "body", why: "it is not the JSON that this address takes" })
}

fn answer<T: Serialize>(body: T) -> Response {
    ([(header::CACHE_CONTROL, NEVER)], Json(body)).into_response()
}

fn file(bytes: Bytes, content_type: &'static str, cache: &'static str) -> Response {
    ([(header::CONTENT_TYPE, content_type), (header::CACHE_CONTROL, cache)], bytes).into_response()
}

/// What a stranger is told: the rule that was broken, but nothing of what broke inside.
impl IntoResponse for DirectoryError {
    fn into_response(self) -> Response {
        let status = match &self {
            Self::Malformed { .. } => StatusCode::BAD_REQUEST,
            Self::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::NotAllowed { .. } => StatusCode::FORBIDDEN,
            Self::Busy(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Unknown(_) => StatusCode::NOT_FOUND,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        };
        let message = if status.is_server_error() {
            tracing::error!(error = %self, "the registry could not answer");
            "the registry could not answer; try again later".to_owned()
        } else {
            self.to_string()
        };
        let body = Json(serde_json::json!({ "message": message }));
        (status, [(header::CACHE_CONTROL, NEVER)], body).into_response()
    }
}
