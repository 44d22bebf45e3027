//! What a caller at the inside door shows for itself.

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;

use crate::wire::{packhorse, single};

/// The API key of a calling system, in `Packhorse-Api-Key`. `Authorization` belongs to the service
/// called and is passed on.
pub(crate) fn api_key(headers: &HeaderMap) -> Option<&str> {
    single(headers, &packhorse::API_KEY)
}

/// The bearer token of the management API.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    single(headers, &AUTHORIZATION)?.strip_prefix("Bearer ")
}
