//! A query that arrives from another gateway: reads it into the pipeline's terms. Nothing it says is
//! believed here; `identify` proves it.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Extension, Request, State};
use axum::response::Response;
use http_body_util::{BodyExt as _, Limited};
use packhorse_model::Side;
use packhorse_model::exchange::Kind;
use packhorse_model::id::{ClientId, ExchangeId, ServiceId};
use packhorse_model::path::CanonicalPath;
use packhorse_model::refusal::{Refusal, Rule};

use crate::context::Context;
use crate::door::Peer;
use crate::inbound::inbound;
use crate::kinds::query::Question;
use crate::kinds::root;
use crate::steps::identify::Arrived;
use crate::steps::seal::{SealedAnswer, SignedPart, said_no};
use crate::trail::{Stop, Trail};
use crate::wire::{repeated_in_request, single, xroad};

/// Serves `/r1/…` and the offers of parcels, `/parcels/…`, of the outside port.
pub(crate) async fn query(
    State(context): State<Arc<Context>>,
    Extension(peer): Extension<Peer>,
    request: Request,
) -> Response {
    let sealed = match read(&context, &peer, request).await {
        Ok((arrived, trail)) => inbound(&context, arrived, trail).await,
        Err(refusal) => {
            context.metrics.stranger();
            said_no(&Stop::Refused(refusal))
        }
    };
    response(sealed)
}

fn response(sealed: SealedAnswer) -> Response {
    let mut response = Response::new(Body::from(sealed.body));
    *response.status_mut() = sealed.status;
    *response.headers_mut() = sealed.headers;
    response
}

async fn read(context: &Context, peer: &Peer, request: Request) -> Result<(Arrived, Trail), Refusal> {
    let (head, body) = request.into_parts();
    let (kind, service, path) = target(head.uri.path())?;
    if let Some(name) = repeated_in_request(&head.headers) {
        return Err(malformed(format!("the header {name} is given twice")));
    }
    let header = |name, what: &str| {
        single(&head.headers, &name).ok_or_else(|| malformed(format!("the header {what} is missing")))
    };
    let client: ClientId = header(xroad::CLIENT, "x-road-client")?
        .parse()
        .map_err(|_| malformed("the header x-road-client is no identifier"))?;
    let id: ExchangeId = header(xroad::REQUEST_ID, "x-road-request-id")?
        .parse()
        .map_err(|_| malformed("the header x-road-request-id is no uuid in lower case"))?;
    let body = read_body(context, body).await?;
    let mut trail = Trail::begin(Side::Inbound, kind, id, client, service);
    trail.counts = kind != Kind::Parcel || !context.parcels.knows(path.raw()).await;
    trail.sizes[0] = body.len() as u64;
    let signed = Arc::new(SignedPart {
        method: head.method.clone(),
        target_uri: head.uri.to_string(),
        headers: head.headers.clone(),
    });
    let query = head.uri.query().map(str::to_owned);
    let question = Question { method: head.method, path, query, headers: head.headers, body };
    Ok((Arrived { peer: peer.fingerprint, signed, question }, trail))
}

fn malformed(reason: impl Into<String>) -> Refusal {
    Refusal {
        side: Side::Inbound,
        rule: Rule::Malformed,
        reason: reason.into(),
        remedy: "see docs/protocol/query.md for the form of a request between gateways".into(),
    }
}

/// The kind's root and five identifier parts; the rest is the service's path, kept raw.
fn target(path: &str) -> Result<(Kind, ServiceId, CanonicalPath), Refusal> {
    let (kind, rest) = [Kind::Query, Kind::Parcel]
        .into_iter()
        .find_map(|kind| Some((kind, path.strip_prefix('/')?.strip_prefix(root(kind))?.strip_prefix('/')?)))
        .ok_or_else(|| malformed("the path begins with neither /r1/ nor /parcels/"))?;
    let end = rest.match_indices('/').nth(4).map_or(rest.len(), |(index, _)| index);
    let service = rest[..end].parse().map_err(|_| malformed("the path does not name a service"))?;
    let path = CanonicalPath::parse(&rest[end..]).map_err(|error| Refusal {
        side: Side::Inbound,
        rule: Rule::AmbiguousPath,
        reason: error.to_string(),
        remedy: "write the path in its plain form".into(),
    })?;
    Ok((kind, service, path))
}

async fn read_body(context: &Context, body: Body) -> Result<bytes::Bytes, Refusal> {
    let limits = &context.limits;
    match Limited::new(body, limits.body).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<http_body_util::LengthLimitError>() => Err(Refusal {
            side: Side::Inbound,
            rule: Rule::BodyTooLarge,
            reason: format!("the body is larger than {} bytes", limits.body),
            remedy: "send large things as a parcel".into(),
        }),
        _ => Err(malformed("the body broke off or took too long")),
    }
}
