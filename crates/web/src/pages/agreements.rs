//! Agreements, from the governance officer's side; and what anybody may read of them.

mod answers;
mod check;
mod choices;
mod fields;
mod held;
mod public;
mod reading;
mod sections;
mod tasks;

use axum::Router;
use axum::routing::{get, post};

use crate::Web;

/// The area's pages.
pub(super) fn routes() -> Router<Web> {
    Router::new()
        .route("/governance/agreements", get(held::list))
        .route("/governance/agreements/{id}", get(held::show))
        .route("/governance/agreements/{id}/text", get(held::text))
        .route("/governance/agreements/{id}/sign", get(held::signing).post(held::sign))
        .route("/governance/agreements/{id}/suspend", post(held::suspend))
        .route("/governance/agreements/{id}/resume", post(held::resume))
        .route("/governance/agreements/{id}/compare", get(held::compare))
        .route("/governance/reviews", get(held::reviews))
        .route("/governance/drafts", post(tasks::begin))
        .route("/governance/drafts/{id}", get(tasks::show).post(tasks::drop))
        .route("/governance/drafts/{id}/check", get(check::show).post(check::propose))
        .route("/governance/drafts/{id}/{section}", get(sections::show).post(sections::save))
        .route("/charter", get(public::charter))
        .route("/agreements", get(public::register))
        .route("/agreements/{id}", get(public::agreement))
        .route("/accessibility", get(public::accessibility))
}
