//! The native interface for parcels: a draft is opened, files are uploaded (tus 1.0.0, resumable), it is sent, tracked,
//! fetched and answered. Callers prove themselves as with questions, by key or certificate, and name the person.

mod act;
mod caller;
mod carry;
mod fetch;
mod form;
mod list;
mod tus;
pub mod tus_headers;
mod whole;

pub(crate) use caller::Caller;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use packhorse_model::parcel::WAYBILL_LIMIT;
use serde_json::json;

use crate::inside::Inside;
use crate::kinds::parcel::ParcelError;

/// Most bytes of a call that is not an upload: a dispatch names up to 10,000 files.
const CALL_LIMIT: usize = 8 * 1024 * 1024;

/// The routes below `/parcels`.
pub(super) fn router() -> Router<Inside> {
    Router::new()
        .route("/", post(act::open).get(list::list))
        .route("/{parcel}", get(list::track).delete(act::discard))
        .route("/{parcel}/files", post(tus::create).options(tus::options))
        .route("/{parcel}/files/{file}", get(fetch::file).head(tus::offset).patch(tus::append).options(tus::options))
        .route("/{parcel}/send", post(act::send))
        .route("/{parcel}/forward", post(act::forward))
        .route("/{parcel}/receipt", get(list::receipt))
        .route("/{parcel}/export", post(carry::export))
        .route("/{parcel}/sealed/{index}", get(carry::sealed))
        .route("/{parcel}/whole-file", post(whole::put))
        .route("/media", get(carry::media))
        .route("/media/{medium}", get(carry::medium))
        .route("/media/{medium}/handover", post(carry::hand_over))
        .route("/media/{medium}/lost", post(carry::lost))
        .route("/import", post(carry::import).layer(DefaultBodyLimit::max(WAYBILL_LIMIT)))
        .route("/import/{parcel}/{index}", put(carry::piece))
        .route("/import/{parcel}/complete", post(carry::complete))
        .route("/{parcel}/{act}", post(act::act))
        .layer(DefaultBodyLimit::max(CALL_LIMIT))
}

/// What is answered when it is not done.
pub(crate) struct Failed(pub(crate) ParcelError);

impl<E: Into<ParcelError>> From<E> for Failed {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

/// The HTTP status of an error.
pub(crate) fn status(error: &ParcelError) -> StatusCode {
    match error {
        ParcelError::Refused(refusal) => match refusal.rule {
            packhorse_model::Rule::Parcel | packhorse_model::Rule::Malformed => StatusCode::UNPROCESSABLE_ENTITY,
            packhorse_model::Rule::Authentication => StatusCode::UNAUTHORIZED,
            _ => StatusCode::FORBIDDEN,
        },
        ParcelError::Missing => StatusCode::NOT_FOUND,
        ParcelError::State { .. } | ParcelError::Offset { .. } | ParcelError::Unconfirmed { .. } => {
            StatusCode::CONFLICT
        }
        ParcelError::Gone => StatusCode::GONE,
        ParcelError::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        ParcelError::Busy => StatusCode::LOCKED,
        ParcelError::BrokeOff => StatusCode::BAD_REQUEST,
        ParcelError::Gateway(_) => StatusCode::SERVICE_UNAVAILABLE,
    }
}

impl IntoResponse for Failed {
    fn into_response(self) -> Response {
        let Self(error) = self;
        let status = status(&error);
        let (rule, said, remedy) = match &error {
            ParcelError::Refused(refusal) => (refusal.rule.to_string(), refusal.reason.clone(), refusal.remedy.clone()),
            ParcelError::Unconfirmed { .. } => {
                ("first-time".into(), error.to_string(), "send it again with \"confirmed\": true".into())
            }
            ParcelError::Gateway(broken) => {
                tracing::error!(error = %broken, "a call about a parcel failed");
                let said = "something broke in the gateway: its operator finds the reason in the log".to_owned();
                ("failed".into(), said, "try again later".into())
            }
            other => ("state".into(), other.to_string(), String::new()),
        };
        (status, axum::Json(json!({ "rule": rule, "error": said, "remedy": remedy }))).into_response()
    }
}
