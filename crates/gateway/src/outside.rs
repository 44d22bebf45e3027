//! The outside door: other gateways of the directory, over mutual TLS, and nobody else.

pub(crate) mod agreements;
pub(crate) mod client;
mod heartbeat;
pub(crate) mod incidents;
pub(crate) mod ledger;
pub(crate) mod parcels;
pub(crate) mod server;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{any, get, post, put};

use packhorse_governance::agreements::BUNDLE_LIMIT;
use packhorse_model::INCIDENT_NOTICE_LIMIT;

pub use agreements::share_agreements;
pub use client::PeerPool;
pub use heartbeat::send_heartbeats;
pub use incidents::tell_incidents;

use crate::context::Context;

/// The outside door's routes.
pub fn router(context: Arc<Context>) -> Router {
    Router::new()
        .route("/agreements", post(agreements::receive).layer(DefaultBodyLimit::max(BUNDLE_LIMIT)))
        .route("/agreements/{id}", get(agreements::give))
        .route("/incidents", post(incidents::receive).layer(DefaultBodyLimit::max(INCIDENT_NOTICE_LIMIT * 2)))
        .route("/ledger/{*path}", get(ledger::serve))
        .route("/parcels/{parcel}/chunks/{index}", put(parcels::piece))
        .route("/parcels/{parcel}/complete", post(parcels::complete))
        .route("/parcels/statements", post(parcels::statements))
        .fallback(any(server::query))
        .with_state(context)
}
