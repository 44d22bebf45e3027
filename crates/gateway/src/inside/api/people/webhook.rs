//! Where the organisation is told that something waits, for a portal or a chat of its own.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{delete, put};
use packhorse_governance::OperatorRole;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Gives, Route, route};
use crate::inside::Inside;
use crate::inside::api::{ApiError, Manager};
use crate::kinds::parcel::webhook;
use crate::notices;

const INTEGRATORS: [OperatorRole; 1] = [OperatorRole::Integrator];

pub(super) fn routes() -> Vec<Route> {
    vec![
        route("put", "/notices/webhook", put(set), "notices are told there, signed; the secret is shown once")
            .answers("WebhookSecret")
            .body(&["url", "ca_file?"]),
        route("delete", "/notices/webhook", delete(remove), "notices are told there no more").gives(Gives::Nothing),
    ]
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct At {
    url: String,
    ca_file: Option<String>,
}

/// `PUT /api/notices/webhook`.
async fn set(manager: Manager, State(inside): State<Inside>, Json(at): Json<At>) -> Result<Json<Value>, ApiError> {
    manager.may(&INTEGRATORS)?;
    let (kept, secret) = webhook::account(&inside.context.parcels, &at.url, at.ca_file.as_deref())
        .map_err(|error| ApiError::bad(error.to_string(), "give an http:// address, or https:// with a ca_file"))?;
    notices::set_webhook(&inside.context, Some(&kept)).await?;
    Ok(Json(json!({ "secret": secret })))
}

/// `DELETE /api/notices/webhook`.
async fn remove(manager: Manager, State(inside): State<Inside>) -> Result<StatusCode, ApiError> {
    manager.may(&INTEGRATORS)?;
    notices::set_webhook(&inside.context, None).await?;
    Ok(StatusCode::NO_CONTENT)
}
