//! Fulfilled: the service has been asked, and what it said is in hand, not yet cut.

use bytes::Bytes;
use http::header::{ACCEPT_ENCODING, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, StatusCode};
use packhorse_model::exchange::Kind;
use packhorse_model::refusal::{FaultKind, Rule};
use packhorse_model::service::FieldSet;
use packhorse_tables::{Outcome, Published, PublishedTable, TableError, Upstream, UpstreamRequest};
use serde_json::Value;

use crate::context::{Context, now_ms};
use crate::finder;
use crate::kinds::parcel;
use crate::kinds::query::{Answer, Question};
use crate::services::{Service, Shape};
use crate::steps::authorise::AuthorisedInbound;
use crate::trail::{Stop, Trail};
use crate::wire::{is_between_gateways, is_hop_by_hop};

mod metaservice;
pub(crate) use metaservice::CODES as METASERVICES;

/// What the service said, by how much of it may leave.
pub(crate) enum Found {
    /// Words of our own: a description, "no match", a metaservice. Nothing in them is a person's.
    Own(Answer),
    /// One row or a list of rows; `wrapped` when the answer has them as `{"rows": […]}`.
    Rows { status: StatusCode, headers: HeaderMap, rows: Value, wrapped: bool },
    /// An error in the upstream's words.
    Problem { status: StatusCode, headers: HeaderMap, body: Option<Value> },
    /// An answer that nobody has described, under an agreement that gives everything.
    Opaque(Answer),
}

/// The service's answer and the fields that may leave.
pub(crate) struct Fulfilled {
    found: Found,
    given: FieldSet,
}

impl Fulfilled {
    pub(crate) fn into_parts(self) -> (Found, FieldSet) {
        (self.found, self.given)
    }
}

/// Asks the table, the upstream or the metaservice.
pub(crate) async fn question(
    context: &Context,
    authorised: AuthorisedInbound,
    trail: &mut Trail,
) -> Result<Fulfilled, Stop> {
    let (question, given) = authorised.into_question();
    trail.moments.request_out = now_ms();
    let found = match &given {
        None => metaservice::answer(context, &question, trail),
        Some(_) if trail.exchange.kind == Kind::Parcel => {
            parcel::take::offer(context, &question, trail).await.map(Found::Own)
        }
        Some(_) => ask(context, question, trail).await,
    };
    trail.moments.response_in = now_ms();
    Ok(Fulfilled { found: found?, given: given.unwrap_or_default() })
}

async fn ask(context: &Context, question: Question, trail: &mut Trail) -> Result<Found, Stop> {
    let service = context.services.find(&trail.exchange.service).ok_or_else(|| {
        let reason = format!("Unknown service: SERVICE:{}", trail.exchange.service);
        trail.refuse(Rule::UnknownService, reason, "see listMethods for what this system offers")
    })?;
    if !service.document.enabled {
        return Err(trail.refuse(
            Rule::ServiceDisabled,
            "the service is switched off",
            "ask its owner when it is back",
        ));
    }
    let table = service
        .table
        .as_ref()
        .map_err(|_| trail.fail(FaultKind::Source, "the service's source is not usable: its owner must look at it"))?;
    match table.published() {
        Published::Table(_) => rows(table, question, trail).await,
        Published::Upstream(upstream) => call(&service, table, upstream, question, trail).await,
    }
}

async fn rows(table: &PublishedTable, question: Question, trail: &mut Trail) -> Result<Found, Stop> {
    let mut answer = table
        .answer(question.method.as_str(), question.path.raw(), question.query.as_deref(), &question.body)
        .await
        .map_err(|error| broken(trail, &error))?;
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
    Ok(match answer.outcome {
        Outcome::Found(_) => {
            let rows = answer.records_mut().map(Value::take).unwrap_or_default();
            let keys = table.definition().lookups.iter().flat_map(|lookup| &lookup.keys).map(String::as_str);
            finder::of_rows(&rows, &keys.collect(), &mut trail.identifiers);
            // What is left is null when the row itself was the body.
            Found::Rows { status, headers, rows, wrapped: !answer.body.is_null() }
        }
        Outcome::Described
        | Outcome::NoMatch
        | Outcome::SeveralMatches
        | Outcome::TooManyMatches
        | Outcome::Refused => Found::Own(own(status, headers, &answer.body)),
    })
}

fn own(status: StatusCode, headers: HeaderMap, body: &Value) -> Answer {
    Answer { status, headers, body: body.to_string().into() }
}

async fn call(
    service: &Service,
    table: &PublishedTable,
    upstream: &Upstream,
    question: Question,
    trail: &Trail,
) -> Result<Found, Stop> {
    let request = UpstreamRequest {
        method: question.method.clone(),
        path_and_query: question.path_and_query(),
        headers: forwarded(&question.headers, &service.shape),
        body: question.body,
    };
    let answer = upstream.call(request).await.map_err(|error| broken(trail, &error))?;
    let (status, headers) = (answer.status, answer.headers.clone());
    if service.shape == Shape::Opaque {
        return Ok(Found::Opaque(Answer { status, headers: travelling(headers), body: answer.body }));
    }
    if !status.is_success() {
        return Ok(Found::Problem { status, headers, body: answer.json().ok() });
    }
    let body = answer.json().map_err(|error| broken(trail, &error))?;
    if body.is_null() {
        return Ok(Found::Own(Answer { status, headers: HeaderMap::new(), body: Bytes::new() }));
    }
    table.check_shape(&body).map_err(|fault| {
        let reason = format!("the service's answer was withheld: {fault}");
        trail.refuse(Rule::AnswerShape, reason, "the provider must mend the service or its declaration")
    })?;
    Ok(Found::Rows { status, headers, rows: body, wrapped: false })
}

/// What the upstream sees: the caller's headers and X-Road's, not the gateways' own conversation.
fn forwarded(headers: &HeaderMap, shape: &Shape) -> HeaderMap {
    let mut kept = HeaderMap::with_capacity(headers.len());
    for (name, value) in headers {
        let told = name.as_str().starts_with("packhorse-") && name.as_str() != "packhorse-headers-digest";
        if !is_hop_by_hop(name) && (told || !is_between_gateways(name)) {
            kept.append(name.clone(), value.clone());
        }
    }
    if *shape != Shape::Opaque {
        // An answer that is to be cut must be readable.
        kept.remove(ACCEPT_ENCODING);
    }
    kept
}

/// The service's headers, without those that only a gateway may set.
fn travelling(headers: HeaderMap) -> HeaderMap {
    let mut kept = HeaderMap::with_capacity(headers.len());
    for (name, value) in &headers {
        let ours = ["x-road-", "packhorse-"].iter().any(|prefix| name.as_str().starts_with(prefix));
        if !is_hop_by_hop(name) && !is_between_gateways(name) && !ours {
            kept.append(name.clone(), value.clone());
        }
    }
    kept
}

fn broken(trail: &Trail, error: &TableError) -> Stop {
    let kind = match error {
        TableError::UpstreamTimedOut(_) => FaultKind::TimedOut,
        _ => FaultKind::Source,
    };
    // The source's trouble is its owner's: paths and addresses in it are not the caller's to know.
    tracing::warn!(service = %trail.exchange.service, %error, "a service could not be asked");
    let reason = match error {
        TableError::UpstreamTimedOut(_)
        | TableError::UpstreamTooLarge { .. }
        | TableError::UpstreamBroken
        | TableError::UpstreamUnreachable
        | TableError::UpstreamNotJson { .. } => error.to_string(),
        _ => "the service's source failed: its owner finds the reason in the log".to_owned(),
    };
    trail.fail(kind, reason)
}
