//! How this gateway is: directory, ledger, versions.

use axum::Json;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::error::GatewayError;
use crate::inside::Inside;
use crate::inside::api::{ApiError, Manager};

/// `GET /api/status`.
pub(super) async fn status(_: Manager, State(inside): State<Inside>) -> Result<Json<Value>, ApiError> {
    let context = &inside.context;
    let now = jiff::Timestamp::now();
    let size = context.evidence.store().ledger().size().await?;
    let published = context.evidence.publisher().latest().map_or(0, |head| head.size());
    Ok(Json(json!({
        "organisation": context.identity.organisation,
        "gateway": context.identity.gateway,
        "version": env!("CARGO_PKG_VERSION"),
        "directory": {
            "size": context.directory.current().size(),
            "age_seconds": context.directory.age(now).map(|age| age.as_secs()),
            "fresh": context.directory.is_fresh(now),
            "last_error": context.directory.last_error(),
        },
        "ledger": {"size": size, "published": published},
    })))
}

/// `GET /api/directory`: the members, as the directory states them.
pub(super) async fn directory(_: Manager, State(inside): State<Inside>) -> Json<Value> {
    let directory = inside.context.directory.current();
    Json(json!(directory.organisations().map(AsRef::as_ref).collect::<Vec<_>>()))
}

/// Most bytes of a snapshot that is passed on.
pub(super) const SNAPSHOT_LIMIT: usize = 256 * 1024 * 1024;

/// `GET /api/directory/snapshot`: the registry's signed directory, for judging receipts offline. It is
/// passed on as it came: whoever uses it checks it against the anchor.
pub(super) async fn snapshot(_: Manager, State(inside): State<Inside>) -> Result<Response, ApiError> {
    let registry = &inside.context.registry;
    let fetched = registry.get("/directory/snapshot", SNAPSHOT_LIMIT).await.map_err(GatewayError::from)?;
    let bytes = fetched.ok_or_else(|| ApiError::missing("snapshot at the registry"))?;
    Ok(([(CONTENT_TYPE, "application/octet-stream")], bytes).into_response())
}

/// `GET /api/ledger/checkpoint`: the newest signed head of our own ledger.
pub(super) async fn checkpoint(_: Manager, State(inside): State<Inside>) -> Result<Response, ApiError> {
    let head = inside.context.evidence.publisher().latest().ok_or_else(|| ApiError::missing("checkpoint yet"))?;
    Ok(([(CONTENT_TYPE, "text/plain; charset=utf-8")], head.note()).into_response())
}
