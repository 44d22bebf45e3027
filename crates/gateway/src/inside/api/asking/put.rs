//! A question is put: the outbound sentence is walked for a person, and what it came to is said.

use std::collections::BTreeMap;

use axum::Json;
use axum::response::{IntoResponse as _, Response};
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use http::{HeaderMap, Method, StatusCode};
use packhorse_governance::CallingSystem;
use packhorse_model::AgreementId;
use packhorse_model::exchange::{Basis, Kind, Side};
use packhorse_model::id::{ClientId, ExchangeId, ServiceId, SystemId};
use packhorse_model::path::CanonicalPath;
use packhorse_model::refusal::{FaultKind, Rule};
use serde::Deserialize;
use serde_json::{Value, json};

use super::offers;
use crate::inside::Inside;
use crate::inside::api::ApiError;
use crate::kinds::query;
use crate::outbound::outbound;
use crate::steps::identify::{Asked, Received, Shown};
use crate::steps::record::Recorded;
use crate::trail::{Stop, Trail};
use crate::wire::xroad;

/// Most letters of a key, a purpose, a case reference.
const LETTERS: usize = 200;
/// Most keys of one question.
const KEYS: usize = 20;

/// What somebody asks.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Question {
    pub(super) system: String,
    service: ServiceId,
    lookup: String,
    keys: BTreeMap<String, Value>,
    purpose: String,
    #[serde(default)]
    case: Option<String>,
    #[serde(default)]
    role: Option<String>,
    #[serde(default)]
    agreement: Option<AgreementId>,
}

/// A question on its way through the pipeline.
pub(super) struct Through {
    pub(super) client: SystemId,
    pub(super) service: ServiceId,
    method: Method,
    path: CanonicalPath,
    pub(super) query: Option<String>,
    body: bytes::Bytes,
    /// Whether the provider is told who asks.
    named: bool,
    asked: Asked,
}

impl Question {
    fn check(&self) -> Result<(), ApiError> {
        let short = |text: &str| text.chars().count() <= LETTERS && !text.chars().any(char::is_control);
        let key = |(name, value): (&String, &Value)| match value {
            Value::String(text) => short(name) && short(text),
            Value::Number(_) | Value::Bool(_) => short(name),
            _ => false,
        };
        let rest = [Some(&self.purpose), self.case.as_ref(), self.role.as_ref(), Some(&self.lookup)];
        let well = rest.into_iter().flatten().all(|text| short(text)) && self.keys.iter().all(key);
        if !well || self.keys.len() > KEYS {
            let remedy = "write each in at most 200 letters, without control characters";
            return Err(ApiError::bad("a key, the purpose or the case reference is too long or unreadable", remedy));
        }
        // They travel as fields of HTTP (RFC 9110 §5.5).
        let travels = |text: &String| text.bytes().all(|byte| (b' '..=b'~').contains(&byte));
        if ![Some(&self.purpose), self.case.as_ref(), self.role.as_ref()].into_iter().flatten().all(travels) {
            let remedy = "write it with unaccented letters, digits and punctuation";
            return Err(ApiError::bad("the purpose or the case reference has letters that cannot travel", remedy));
        }
        Ok(())
    }
}

/// Asks, and says what it came to.
pub(super) async fn put(
    inside: &Inside,
    system: &CallingSystem,
    client: SystemId,
    person: &str,
    question: Question,
) -> Result<Response, ApiError> {
    question.check()?;
    let wrong = || ApiError::bad("the lookup's name is not one", "use one of the register's own lookups");
    let path = CanonicalPath::parse(&format!("/{}", question.lookup)).map_err(|_| wrong())?;
    let offers = offers::of(inside, system, person);
    // The role that the agreement names, where the person has several.
    let role = question.role.or_else(|| {
        let mine = offers.iter().filter(|offer| offer.service == question.service);
        mine.max_by_key(|offer| offer.is_permitted()).and_then(offers::Offer::role)
    });
    let asked = Asked {
        agreement: question.agreement,
        purpose: Some(question.purpose),
        role,
        case: question.case.filter(|case| !case.is_empty()),
        user: Some(person.to_owned()),
        ..Asked::default()
    };
    let body = json!(question.keys).to_string().into();
    let through = Through {
        client,
        service: question.service,
        method: Method::POST,
        path,
        query: None,
        body,
        named: true,
        asked,
    };
    let Recorded { trail, ended } = self::through(inside, through).await;
    Ok(match ended {
        Ok(answer) => answered(&trail, &answer),
        Err(stop) => refused(&trail, &stop),
    })
}

/// Walks the outbound sentence.
pub(super) async fn through(inside: &Inside, asked: Through) -> Recorded<query::Answer> {
    let Through { client, service, method, path, query, body, named, asked } = asked;
    let id = ExchangeId::random();
    let mut trail = Trail::begin(Side::Outbound, Kind::Query, id, ClientId::System(client), service);
    let message_id = format!("{}-{}", trail.exchange.client.organisation().network, ExchangeId::random());
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let mut set = |name: HeaderName, text: Option<&String>| {
        headers.extend(text.and_then(|text| HeaderValue::from_str(text).ok()).map(|value| (name, value)));
    };
    set(xroad::ID, Some(&message_id));
    set(xroad::USER_ID, asked.user.as_ref().filter(|_| named));
    set(xroad::ISSUE, asked.case.as_ref());
    trail.sizes[0] = body.len() as u64;
    trail.content.message_id = message_id;
    trail.content.user = asked.user.clone().unwrap_or_default();
    trail.content.case = asked.case.clone().unwrap_or_default();
    let question = query::Question { method, path, query, headers, body };
    trail.content.target = format!("{} {}", question.method, question.path_and_query());
    let received = Received { shown: Shown::AtTheDoor, question, asked };
    outbound(&inside.context, received, trail).await
}

impl Through {
    /// A plain `GET`; who it is for is known here, and not told.
    pub(super) fn get(
        client: SystemId,
        service: ServiceId,
        query: String,
        (person, role): (&str, Option<String>),
    ) -> Result<Self, ApiError> {
        let path = CanonicalPath::parse("").map_err(|_| ApiError::missing("register of yours"))?;
        Ok(Self {
            client,
            service,
            method: Method::GET,
            path,
            query: Some(query),
            body: bytes::Bytes::new(),
            named: false,
            asked: Asked { user: Some(person.to_owned()), role, ..Asked::default() },
        })
    }
}

fn answered(trail: &Trail, answer: &query::Answer) -> Response {
    let exchange = &trail.exchange;
    let agreement = match &exchange.basis {
        Some(Basis::Agreement { agreement, .. }) => Some(agreement),
        _ => None,
    };
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or(Value::Null);
    let outcome = match answer.status {
        StatusCode::NOT_FOUND => "none",
        status if status.is_success() => "found",
        _ => "not-answered",
    };
    Json(json!({
        "exchange": exchange.id, "outcome": outcome, "status": answer.status.as_u16(), "agreement": agreement,
        "purpose": exchange.purpose, "role": exchange.role, "answer": body,
    }))
    .into_response()
}

/// A refusal keeps its rule; it was recorded like an answer, under the exchange's id.
fn refused(trail: &Trail, stop: &Stop) -> Response {
    let exchange = trail.exchange.id;
    let (status, body) = match stop {
        Stop::Refused(refusal) => {
            let status = match refusal.rule {
                Rule::Malformed | Rule::AmbiguousPath => StatusCode::UNPROCESSABLE_ENTITY,
                _ => StatusCode::FORBIDDEN,
            };
            let said = json!({"error": refusal.reason, "remedy": refusal.remedy, "rule": refusal.rule, "side": refusal.side, "exchange": exchange});
            (status, said)
        }
        Stop::Failed(fault) => {
            let said =
                json!({"error": fault.reason, "remedy": "try again later", "side": fault.side, "exchange": exchange});
            (StatusCode::SERVICE_UNAVAILABLE, said)
        }
    };
    (status, Json(body)).into_response()
}

/// What kept a description from coming, as an error of the API.
pub(super) fn as_error(stop: &Stop) -> ApiError {
    let (status, error, remedy) = match stop {
        Stop::Refused(refusal) => return refusal.clone().into(),
        // X-Road's own words for a service that nobody has described.
        Stop::Failed(fault) if fault.kind == FaultKind::Internal => (
            StatusCode::UNPROCESSABLE_ENTITY,
            "the register does not describe itself, so that only software can ask it",
            "ask with the system's own software, or have the register's owner declare its columns",
        ),
        Stop::Failed(fault) => (StatusCode::SERVICE_UNAVAILABLE, fault.reason.as_str(), "try again later"),
    };
    ApiError { status, ..ApiError::bad(error, remedy) }
}
