//! The inside door: our own systems and staff. It speaks X-Road's REST protocol for queries,
//! NHS MESH's for parcels and our own for both and for management; all end in the same pipeline.

pub(crate) mod api;
pub(crate) mod credentials;
pub mod folder;
pub mod mesh;
pub(crate) mod metaservices;
pub mod parcels;
pub(crate) mod public;
pub mod sftp;
pub mod spelling;
pub(crate) mod xroad;

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::{any, get};

use crate::context::Context;
use spelling::Spelling;

/// What the inside door needs besides the gateway: how it spells errors, whether it is ready.
#[derive(Clone)]
pub struct Inside {
    pub(crate) context: Arc<Context>,
    pub(crate) spelling: Spelling,
    pub(crate) mesh: Arc<mesh::Mesh>,
}

/// The inside door's routes.
pub fn router(context: Arc<Context>, spelling: Spelling) -> Router {
    Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .route("/listClients", get(metaservices::list_clients))
        .method_not_allowed_fallback(metaservices::wrong_method)
        .merge(public::router())
        .nest("/api", api::router())
        .nest("/parcels", parcels::router())
        .nest("/messageexchange", mesh::router())
        // The one address below each that nesting leaves out.
        .route("/api/", any(api::no_such_call))
        .route("/messageexchange/", any(mesh::no_such_path))
        .fallback(any(xroad::query))
        .with_state(Inside { context, spelling, mesh: Arc::default() })
}

/// Ready means: the store answers and the directory is fresh enough to decide who belongs.
async fn ready(State(inside): State<Inside>) -> impl IntoResponse {
    let context = &inside.context;
    if let Err(error) = context.evidence.store().ready().await {
        return (StatusCode::SERVICE_UNAVAILABLE, format!("store: {error}\n"));
    }
    if !context.directory.is_fresh(jiff::Timestamp::now()) {
        return (StatusCode::SERVICE_UNAVAILABLE, "directory: too old\n".to_owned());
    }
    (StatusCode::OK, "ready\n".to_owned())
}

async fn metrics(State(inside): State<Inside>) -> impl IntoResponse {
    let context = &inside.context;
    let age = context.directory.age(jiff::Timestamp::now());
    context.metrics.directory_age.set(age.map_or(i64::MAX, |age| age.as_secs()));
    if let Ok(lag) = context.evidence.lag().await {
        context.metrics.ledger_lag.set(i64::try_from(lag).unwrap_or(i64::MAX));
    }
    ([("content-type", "application/openmetrics-text; version=1.0.0; charset=utf-8")], context.metrics.text())
}
