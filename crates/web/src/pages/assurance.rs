//! The organisation's assurance: how its gates stand, and the documents that open them.

mod acceptable_use;
pub(crate) mod blocks;
mod charter;
mod dpia;
mod gates;
mod posts;
mod register;
mod said;
mod training;
mod vetting;

use axum::Router;
use axum::routing::{get, post};

use crate::Web;
pub(crate) use said::{Said, back_to};

/// The area's pages.
pub(super) fn routes() -> Router<Web> {
    Router::new()
        .route("/assurance", get(gates::overview))
        .route("/assurance/charter", get(charter::show).post(charter::save))
        .route("/assurance/risk-policy", get(posts::policy).post(posts::save_policy))
        .route("/assurance/acceptable-use", get(acceptable_use::write).post(acceptable_use::publish))
        .route("/acceptable-use", get(acceptable_use::read).post(acceptable_use::accept))
        .route("/assurance/siro", get(posts::siro).post(posts::appoint))
        .route("/assurance/incident-route", get(posts::route).post(posts::save_route))
        .route("/assurance/incident-route/drills", post(posts::drill))
        .route("/assurance/gates/{gate}", get(gates::show).post(gates::set_aside))
        .route("/assurance/gates/{gate}/end", post(gates::end))
        .route("/assurance/dpias", get(dpia::list))
        .route("/assurance/dpias/{agreement}", get(dpia::show).post(dpia::save))
        .route("/training", get(training::mine))
        .route("/training/register", get(training::register).post(training::enter))
        .route("/training/import", post(training::import))
        .route("/vetting", get(vetting::register))
        .route("/vetting/people", post(vetting::enter))
        .route("/vetting/import", post(vetting::import))
        .route("/vetting/requirements", post(vetting::require))
        .route("/training/courses", get(training::courses).post(training::save_course))
}
