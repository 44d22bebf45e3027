//! The network operator's pages, at the registry's inside address: who asks to join, how each member's assurance
//! stands, what is due, who is heard of.
//!
//! They are a client of the registry's management API and of nothing else.

mod assess;
mod home;
mod map;
mod members;
mod profiles;
mod renewals;
mod requests;
mod shown;
mod sign_in;
mod standing;

use axum::Router;
use axum::routing::{get, post};
use serde::Deserialize;

use crate::Web;

/// Every page of the registry.
pub(crate) fn routes() -> Router<Web> {
    Router::new()
        .route("/", get(home::show))
        .route("/sign-in", get(sign_in::show).post(sign_in::sign_in))
        .route("/sign-out", post(sign_in::sign_out))
        .route("/network", get(map::show))
        .route("/renewals", get(renewals::show))
        .route("/profiles", get(profiles::list))
        .route("/profiles/{name}", get(profiles::show))
        .route("/requests", get(requests::list))
        .route("/requests/{id}", get(requests::show))
        .route("/requests/{id}/controls/{control}", get(requests::control).post(requests::find))
        .route("/requests/{id}/decide", get(requests::form).post(requests::decide))
        .route("/requests/{id}/check", post(requests::check))
        .route("/members", get(members::list))
        .route("/members/{class}/{code}", get(members::show))
        .route("/members/{class}/{code}/controls/{control}", get(members::control).post(members::find))
        .route("/members/{class}/{code}/decide", get(members::form).post(members::decide))
        .route("/members/{class}/{code}/check", post(members::check))
        .route("/members/{class}/{code}/conditions/{control}", get(standing::condition).post(standing::meet))
        .route("/members/{class}/{code}/withdraw", get(standing::withdraw_form).post(standing::withdraw))
        .route("/members/{class}/{code}/suspend", get(standing::suspend_form).post(standing::suspend))
        .route("/members/{class}/{code}/resume", get(standing::resume_form).post(standing::resume))
}

/// What is no form.
pub(crate) fn streams() -> Router<Web> {
    Router::new().route("/favicon.ico", get(super::home::icon))
}

/// A list as the API gives it.
#[derive(Deserialize)]
struct Items<T> {
    items: Vec<T>,
    #[serde(default)]
    next: Option<String>,
}

/// What was done on the page before, to be said once.
#[derive(Deserialize)]
struct Done {
    done: Option<String>,
}
