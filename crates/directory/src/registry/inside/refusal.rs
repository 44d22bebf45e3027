//! What the API answers when it does not do what it was asked: what, which rule, what to do.

use axum::http::StatusCode;
use axum::http::header::{ALLOW, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::error::DirectoryError;

/// Most bytes of what a refusal says.
const SAID_LIMIT: usize = 4096;

/// A refusal of the API.
#[derive(Debug)]
pub(super) struct ApiError {
    status: StatusCode,
    error: String,
    remedy: String,
}

impl ApiError {
    pub(super) fn unauthorised() -> Self {
        Self {
            status: StatusCode::UNAUTHORIZED,
            error: "no valid operator's token was shown".into(),
            remedy: "send Authorization: Bearer with a token of packhorse registry operator add, or sign in again"
                .into(),
        }
    }

    pub(super) fn forbidden() -> Self {
        Self {
            status: StatusCode::FORBIDDEN,
            error: "an auditor's token may not do this".into(),
            remedy: "use the token of an operator".into(),
        }
    }

    pub(super) fn missing(what: &str) -> Self {
        Self {
            status: StatusCode::NOT_FOUND,
            error: format!("no such {what} here"),
            remedy: "check the name against the list".into(),
        }
    }

    pub(super) fn bad(error: &str, remedy: &str) -> Self {
        Self { status: StatusCode::BAD_REQUEST, error: error.into(), remedy: remedy.into() }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        (self.status, axum::Json(json!({"error": self.error, "remedy": self.remedy}))).into_response()
    }
}

impl From<DirectoryError> for ApiError {
    fn from(error: DirectoryError) -> Self {
        let plain = |status, remedy: &str| Self { status, error: error.to_string(), remedy: remedy.to_owned() };
        match &error {
            DirectoryError::NotAllowed { why, remedy } => Self {
                status: StatusCode::UNPROCESSABLE_ENTITY,
                error: (*why).to_owned(),
                remedy: (*remedy).to_owned(),
            },
            DirectoryError::Malformed { .. } => plain(StatusCode::BAD_REQUEST, "correct it and send it again"),
            DirectoryError::TooLarge { .. } => plain(StatusCode::PAYLOAD_TOO_LARGE, "send less"),
            DirectoryError::Unknown(what) => Self::missing(what),
            DirectoryError::Busy(_) => plain(StatusCode::TOO_MANY_REQUESTS, "try again in a minute"),
            _ => {
                tracing::error!(%error, "a call of the registry's management API failed");
                Self {
                    status: StatusCode::SERVICE_UNAVAILABLE,
                    error: "the registry could not do it".into(),
                    remedy: "look at the registry's log, then try again".into(),
                }
            }
        }
    }
}

/// The answer at an address that is none.
pub(super) async fn no_such_call() -> ApiError {
    ApiError::missing("call")
}

/// What is refused before a call is reached is said in the same form as everything else.
pub(super) async fn in_our_words(response: Response) -> Response {
    let status = response.status();
    let is_json = response.headers().get(CONTENT_TYPE).is_some_and(|given| given == "application/json");
    if is_json || !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let allow = response.headers().get(ALLOW).cloned();
    let said = axum::body::to_bytes(response.into_body(), SAID_LIMIT).await.unwrap_or_default();
    let error = match String::from_utf8_lossy(&said).trim() {
        "" => status.canonical_reason().unwrap_or("refused").to_lowercase(),
        said => said.to_owned(),
    };
    let remedy = "see docs/protocol/registry-api.json for every call and what it takes".into();
    let mut response = ApiError { status, error, remedy }.into_response();
    // RFC 9110 §15.5.6: which methods there are.
    response.headers_mut().extend(allow.map(|allow| (ALLOW, allow)));
    response
}
