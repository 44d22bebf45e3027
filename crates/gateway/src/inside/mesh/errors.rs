//! What is answered when it is not done: MESH's events and codes (its error codes descend from the DTS list).

use std::borrow::Cow;

use axum::Json;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use packhorse_model::{Refusal, Rule};
use serde_json::{Value, json};

use super::headers::Flaw;
use super::version::{V2_JSON, Version};
use crate::kinds::parcel::ParcelError;

/// What is not done, and why; written once the client's version is known.
#[derive(Debug, Clone)]
pub(super) struct Failed {
    status: StatusCode,
    said: Said,
    /// The message that it is about.
    message: Option<String>,
}

#[derive(Debug, Clone)]
enum Said {
    Event {
        event: &'static str,
        code: &'static str,
        msg: Cow<'static, str>,
    },
    /// A field of the request is missing or breaks its form.
    Field {
        name: &'static str,
        msg: Cow<'static, str>,
    },
}

impl Failed {
    pub(super) fn event(
        status: StatusCode,
        event: &'static str,
        code: &'static str,
        msg: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self { status, said: Said::Event { event, code, msg: msg.into() }, message: None }
    }

    pub(super) fn field(name: &'static str, msg: impl Into<Cow<'static, str>>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, said: Said::Field { name, msg: msg.into() }, message: None }
    }

    /// Not the caller's to do.
    pub(super) fn forbidden() -> Self {
        Self::event(StatusCode::FORBIDDEN, "", "", "Forbidden")
    }

    /// A person is to fetch it.
    pub(super) fn not_for_software(refusal: &Refusal) -> Self {
        Self::event(StatusCode::FORBIDDEN, "RECEIVE", "16", refusal.to_string())
    }

    pub(super) fn not_found() -> Self {
        Self::event(StatusCode::NOT_FOUND, "", "", "Not Found")
    }

    /// No such message, or not for the caller to know of.
    pub(super) fn no_message() -> Self {
        Self::event(StatusCode::NOT_FOUND, "RECEIVE", "20", "Message does not exist")
    }

    /// It was there.
    pub(super) fn gone() -> Self {
        let msg = "Message no longer available for download";
        Self::event(StatusCode::GONE, "SEND", "Message already accepted", msg)
    }

    pub(super) fn unregistered() -> Self {
        Self::event(StatusCode::EXPECTATION_FAILED, "SEND", "12", "Unregistered to address")
    }

    pub(super) fn chunk_range() -> Self {
        let msg = "Invalid chunk values sent in mex-Chunk-Range header";
        Self::event(StatusCode::EXPECTATION_FAILED, "SEND", "InvalidHeaderChunks", msg)
    }

    /// The same, about a message.
    pub(super) fn about(mut self, message: String) -> Self {
        self.message = Some(message);
        self
    }

    /// Whether a client may try the same once more.
    pub(super) fn may_pass(&self) -> bool {
        matches!(self.status.as_u16(), 425 | 429 | 502..=504)
    }

    /// In the form of a version.
    pub(super) fn written(&self, version: Version) -> Response {
        let body = match (&self.said, version) {
            (Said::Field { name, msg }, _) => {
                json!({ "detail": [{ "type": "value_error", "loc": ["request", name], "msg": msg }] })
            }
            (Said::Event { event, code, msg }, Version::Two) => {
                let mut body = json!({ "detail": [{ "event": event, "code": code, "msg": msg }] });
                with(&mut body, "message_id", self.message.as_deref());
                body
            }
            (Said::Event { event, code, msg }, Version::One) => {
                let mut body = json!({ "errorEvent": event, "errorCode": code, "errorDescription": msg });
                with(&mut body, "messageID", self.message.as_deref());
                body
            }
        };
        let mut response = (self.status, Json(body)).into_response();
        if version == Version::Two && matches!(self.said, Said::Event { .. }) {
            response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(V2_JSON));
        }
        response
    }
}

fn with(body: &mut Value, name: &str, value: Option<&str>) {
    if let Some(value) = value {
        body[name] = value.into();
    }
}

impl IntoResponse for Failed {
    /// Left for [`super::version::answered`] to write.
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<Flaw> for Failed {
    fn from(flaw: Flaw) -> Self {
        let bad = StatusCode::BAD_REQUEST;
        match flaw {
            Flaw::Missing(name) => Self::field(name, "Field required"),
            Flaw::TooLong(name) => Self::field(name, "the value is too long"),
            Flaw::Twice(name) => Self::field(name, "the header is given twice"),
            Flaw::NoRecipient => Self::event(bad, "SEND", "08", "TO_DTS missing"),
            Flaw::Malformed => Self::event(bad, "TRANSFER", "06", "MalformedControlFile"),
            Flaw::Checksum => Self::event(bad, "SEND", "Invalid checksum", "Invalid checksum"),
            Flaw::Encoding => {
                let msg = "Unsupported content encoding";
                Self::event(StatusCode::UNPROCESSABLE_ENTITY, "SEND", "UnsupportedContentEncoding", msg)
            }
            Flaw::ChunkRange => Self::chunk_range(),
        }
    }
}

impl From<ParcelError> for Failed {
    fn from(error: ParcelError) -> Self {
        let said = |status, error: &ParcelError| Self::event(status, "", "", error.to_string());
        match error {
            ParcelError::Refused(refusal) => refused(&refusal),
            ParcelError::Missing => Self::no_message(),
            ParcelError::Gone => Self::gone(),
            ParcelError::TooLarge => said(StatusCode::PAYLOAD_TOO_LARGE, &error),
            // A client that gave up waiting tries again while its first try is still worked on.
            ParcelError::Busy => said(StatusCode::SERVICE_UNAVAILABLE, &error),
            ParcelError::BrokeOff => {
                let msg = "the body broke off, or is not gzip as its Content-Encoding says";
                Self::event(StatusCode::BAD_REQUEST, "", "", msg)
            }
            ParcelError::State { .. } | ParcelError::Offset { .. } | ParcelError::Unconfirmed { .. } => {
                said(StatusCode::LOCKED, &error)
            }
            ParcelError::Gateway(broken) => {
                tracing::error!(error = %broken, "a call of the mailbox API failed");
                let msg = "something broke in the gateway: its operator finds the reason in the log";
                Self::event(StatusCode::SERVICE_UNAVAILABLE, "", "", msg)
            }
        }
    }
}

impl From<packhorse_store::StoreError> for Failed {
    fn from(error: packhorse_store::StoreError) -> Self {
        ParcelError::from(error).into()
    }
}

/// A refusal in the nearest of MESH's codes, with our own reason and remedy.
fn refused(refusal: &Refusal) -> Failed {
    let (status, code) = match refusal.rule {
        Rule::UnknownMember => (StatusCode::EXPECTATION_FAILED, "12"),
        // Workflow not registered for the mailbox.
        Rule::NoAgreement | Rule::AgreementNotInForce | Rule::Operation => (StatusCode::FORBIDDEN, "17"),
        Rule::Parcel | Rule::Malformed => (StatusCode::BAD_REQUEST, "06"),
        Rule::Rate | Rule::Quota => (StatusCode::TOO_MANY_REQUESTS, "16"),
        Rule::StaleDirectory => (StatusCode::SERVICE_UNAVAILABLE, "16"),
        // Sender not allowed for this type.
        _ => (StatusCode::FORBIDDEN, "16"),
    };
    Failed::event(status, "SEND", code, refusal.to_string())
}
