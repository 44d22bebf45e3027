//! The only room that knows HTML: pages for people, made from what the management API answers.
//!
//! It decides nothing and holds nothing that lasts: whatever a page does is a call of the inside door, made in this
//! process with the session's own token, so that nothing can be done in a page that the pipeline would refuse. It knows
//! cookies, forms and their protection. It must never know the gateway, the store or a rule.

mod api;
mod assets;
mod components;
mod cookies;
mod dates;
mod error;
mod form;
mod guard;
mod layout;
mod listing;
mod once;
mod pages;
mod visitor;

use std::sync::Arc;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};

use once::Once;

/// What the pages must be told.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The organisation's own name, in the header of every page.
    pub organisation: String,
    /// Whether people reach the pages over TLS: their cookies then go nowhere else.
    pub secure: bool,
}

/// What every page has at hand.
#[derive(Clone)]
pub(crate) struct Web {
    api: Router,
    settings: Arc<Settings>,
    once: Arc<Once>,
    site: Site,
}

/// Whose pages they are: each has places, a sign-in and a home of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Site {
    /// An organisation's gateway.
    Gateway,
    /// A network's registry.
    Registry,
}

/// The pages, in front of the inside door's own routes: what is no page's path goes to `api` as it came.
pub fn router(api: Router, settings: Settings) -> Router {
    site(Site::Gateway, api, settings, (pages::routes(), pages::streams()))
}

/// The network operator's pages, in front of the registry's management API.
pub fn registry_router(api: Router, settings: Settings) -> Router {
    site(Site::Registry, api, settings, (pages::network::routes(), pages::network::streams()))
}

fn site(site: Site, api: Router, settings: Settings, (forms, streams): (Router<Web>, Router<Web>)) -> Router {
    let web = Web { api: api.clone(), settings: Arc::new(settings), once: Arc::default(), site };
    // From the inside out: a form is judged, then looked up among those sent before; an error becomes a page; headers.
    let forms = forms
        .route_layer(from_fn_with_state(web.clone(), once::once))
        .route_layer(from_fn_with_state(web.clone(), guard::form));
    let streams = streams.route_layer(from_fn_with_state(web.clone(), guard::stream));
    let door = Router::new().fallback_service(api).layer(from_fn_with_state(web.clone(), error::lost));
    let site = forms
        .merge(streams)
        .route_layer(from_fn_with_state(web.clone(), error::dress))
        .route_layer(from_fn_with_state(web.clone(), guard::visit))
        .route_layer(from_fn(guard::headers))
        .merge(assets::router())
        .method_not_allowed_fallback(error::wrong_method)
        .fallback_service(door)
        .with_state(web);
    // A router around it: what the port knows of a caller is noted before a path is matched here.
    Router::new().fallback_service(site).layer(from_fn(guard::arrived))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is the failure report")]
mod tests;
