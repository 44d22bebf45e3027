//! The registry's management API, for the network's operator: JSON over an inside address of its own.
//!
//! Every call carries a bearer token: an operator's own, or that of a session that a sign-in made. Its document is
//! `docs/protocol/registry-api.json`, a snapshot made from the one list of routes in `document`. It must never be
//! reachable at the address that members use.

mod document;
mod members;
mod network;
mod refusal;
mod requests;
mod review;
mod sessions;

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, FromRequestParts};
use axum::http::header::{AUTHORIZATION, CACHE_CONTROL, HeaderValue};
use axum::http::request::Parts;
use axum::middleware;
use axum::response::Response;

use super::{Operator, Registry, Role};
use refusal::ApiError;
use sessions::Sessions;

/// Largest body: a document of answers, which JSON may double.
const MAX_BODY: usize = 512 * 1024;

/// What the API works on.
#[derive(Clone)]
struct Inside {
    registry: Arc<Registry>,
    sessions: Arc<Sessions>,
}

/// The API's routes, below `/api`.
pub fn router(registry: Arc<Registry>) -> Router {
    let inside = Inside { registry, sessions: Arc::default() };
    let routes = document::routes()
        .into_iter()
        .fold(Router::new(), |router, route| router.route(route.path, route.handler))
        .fallback(refusal::no_such_call)
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(middleware::map_response(refusal::in_our_words))
        .layer(middleware::map_response(never_kept));
    Router::new().nest("/api", routes).with_state(inside)
}

/// Answers name organisations and decisions: no cache keeps them.
async fn never_kept(mut response: Response) -> Response {
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Who calls: extracted before anything else of a request is looked at.
struct Caller {
    operator: Operator,
    /// The token that was shown, to end its session.
    token: String,
}

impl FromRequestParts<Inside> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, inside: &Inside) -> Result<Self, ApiError> {
        let given = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = given.and_then(|value| value.strip_prefix("Bearer ")).ok_or_else(ApiError::unauthorised)?;
        let operator = match inside.sessions.operator(&inside.registry, token).await? {
            Some(operator) => operator,
            None => inside.registry.operator_with(token).await?.ok_or_else(ApiError::unauthorised)?,
        };
        Ok(Self { operator, token: token.to_owned() })
    }
}

impl Caller {
    /// The name that is written into a decision of somebody who may decide.
    fn deciding(&self) -> Result<&str, ApiError> {
        match self.operator.role {
            Role::Operator => Ok(&self.operator.name),
            Role::Auditor => Err(ApiError::forbidden()),
        }
    }
}
