//! X-Road REST message protocol v1, consumer side: reads the request line and headers as X-Road does,
//! hands the question to the pipeline, writes the answer or the error as X-Road does.

use axum::body::Body;
use axum::extract::{Extension, Request, State};
use axum::response::Response;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, DATE, HeaderMap, HeaderName, HeaderValue};
use http::{Method, StatusCode};
use http_body_util::{BodyExt as _, Limited};
use packhorse_model::exchange::{Kind, Side};
use packhorse_model::id::{ClientId, ExchangeId, ServiceId, decode_part};
use packhorse_model::path::CanonicalPath;
use packhorse_model::refusal::{Refusal, Rule};

use crate::door::Peer;
use crate::inside::Inside;
use crate::inside::credentials::api_key;
use crate::inside::spelling::{Code, ErrorBody, set_content_type};
use crate::kinds::query::{Answer, Question};
use crate::outbound::outbound;
use crate::steps::identify::{Asked, Received, Shown};
use crate::steps::record::Recorded;
use crate::trail::{Stop, Trail};
use crate::wire::{ONE_LINE, is_hop_by_hop, packhorse, signature, single, xroad};

mod hash;

/// Serves `/r1/…`.
pub(crate) async fn query(
    State(inside): State<Inside>,
    Extension(peer): Extension<Peer>,
    request: Request,
) -> Response {
    let (head, body) = request.into_parts();
    let given_headers = head.headers.clone();
    let parsed = match read(&inside, head, body, &peer).await {
        Ok(parsed) => parsed,
        Err(refusal) => {
            inside.context.metrics.stranger();
            return refused(&inside, &given_headers, &Stop::Refused(refusal), ExchangeId::random());
        }
    };
    let Parsed { received, trail, message_id, request_hash } = parsed;
    let id = trail.exchange.id;
    let Recorded { trail, ended } = outbound(&inside.context, received, trail).await;
    match ended {
        Ok(answer) => answered(&trail, answer, &message_id, &request_hash),
        Err(stop) => refused(&inside, &given_headers, &stop, id),
    }
}

struct Parsed {
    received: Received,
    trail: Trail,
    message_id: String,
    request_hash: String,
}

/// The request line's parts (protocol §4.1): everything behind the service code is kept raw.
struct Target {
    service: ServiceId,
    path: CanonicalPath,
    query: Option<String>,
}

async fn read(inside: &Inside, head: http::request::Parts, body: Body, peer: &Peer) -> Result<Parsed, Refusal> {
    check_method(&head.method)?;
    let target = target(head.uri.path(), head.uri.query())?;
    let client = client(&head.headers)?;
    check_headers(&head.headers)?;
    let body = read_body(inside, &head.headers, body).await?;

    let network = target.service.system.organisation.network.clone();
    let id = ExchangeId::random();
    let given_id = last(&head.headers, &xroad::ID);
    let message_id = given_id.clone().unwrap_or_else(|| format!("{network}-{}", ExchangeId::random()));
    let made_id = given_id.is_none().then_some(message_id.as_str());
    let path_and_query = head.uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
    let request_hash = hash::request_hash(&head.method, path_and_query, &head.headers, id, made_id, &body);

    let asked = asked(&head.headers)?;
    let shown = Shown::Credential { api_key: api_key(&head.headers).map(str::to_owned), peer: *peer };
    let mut headers = travelling(&head.headers);
    set(&mut headers, xroad::ID, &message_id);
    set(&mut headers, xroad::REQUEST_HASH, &request_hash);

    let mut trail = Trail::begin(Side::Outbound, Kind::Query, id, client, target.service);
    trail.sizes[0] = body.len() as u64;
    trail.content.message_id.clone_from(&message_id);
    trail.content.user = asked.user.clone().unwrap_or_default();
    trail.content.case = asked.case.clone().unwrap_or_default();
    let question = Question { method: head.method, path: target.path, query: target.query, headers, body };
    trail.content.target = format!("{} {}", question.method, question.path_and_query());
    Ok(Parsed { received: Received { shown, question, asked }, trail, message_id, request_hash })
}

pub(super) fn no(rule: Rule, reason: impl Into<String>, remedy: &str) -> Refusal {
    Refusal { side: Side::Outbound, rule, reason: reason.into(), remedy: remedy.to_owned() }
}

fn check_method(method: &Method) -> Result<(), Refusal> {
    const METHODS: [Method; 8] = [
        Method::GET,
        Method::HEAD,
        Method::POST,
        Method::PUT,
        Method::PATCH,
        Method::DELETE,
        Method::OPTIONS,
        Method::TRACE,
    ];
    if METHODS.contains(method) {
        return Ok(());
    }
    Err(no(Rule::Malformed, "Unsupported method", "use GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS or TRACE"))
}

fn target(path: &str, query: Option<&str>) -> Result<Target, Refusal> {
    let form = "write /r1/{network}/{class}/{member}/{system}/{service}[/path]";
    let mut parts = path.splitn(8, '/');
    let (_, version) = (parts.next(), parts.next().unwrap_or_default());
    check_version(version)?;
    let mut part = || -> Result<String, Refusal> {
        let raw = parts.next().ok_or_else(|| no(Rule::Malformed, "Invalid request URI", form))?;
        decode_part(raw).map_err(|error| no(Rule::Malformed, error.to_string(), form))
    };
    let (network, class, code, system, service) = (part()?, part()?, part()?, part()?, part()?);
    let rest = parts.next().map(|rest| format!("/{rest}")).unwrap_or_default();
    let path = CanonicalPath::parse(&rest).map_err(|error| {
        no(
            Rule::AmbiguousPath,
            error.to_string(),
            "write the path in its plain form; values with slashes or dots belong in the body",
        )
    })?;
    let service = packhorse_model::OrganisationId::new(&network, &class, &code)
        .and_then(|organisation| organisation.system(&system))
        .and_then(|system| system.service(&service))
        .map_err(|error| no(Rule::Malformed, error.to_string(), form))?;
    Ok(Target { service, path, query: query.map(str::to_owned) })
}

fn check_version(version: &str) -> Result<(), Refusal> {
    if version == "r1" {
        return Ok(());
    }
    let number = version.strip_prefix('r').filter(|rest| rest.len() == 1 && rest.as_bytes()[0].is_ascii_digit());
    let reason = match number {
        Some(number) => format!("Unsupported protocol version {number}"),
        None => "Invalid protocol version: the path must begin with /r1/".to_owned(),
    };
    Err(no(Rule::Malformed, reason, "begin the path with /r1/"))
}

fn client(headers: &HeaderMap) -> Result<ClientId, Refusal> {
    let remedy = "send X-Road-Client: {network}/{class}/{member}/{system}";
    let text = last(headers, &xroad::CLIENT)
        .ok_or_else(|| no(Rule::ClientIdentifier, "The client identifier is missing", remedy))?;
    text.parse().map_err(|_| no(Rule::ClientIdentifier, "Invalid Client Id", remedy))
}

/// `Packhorse-*` is ours: only what a caller may say, and each once. The shapes of X-Road's own.
fn check_headers(headers: &HeaderMap) -> Result<(), Refusal> {
    for name in headers.keys().filter(|name| name.as_str().starts_with("packhorse-")) {
        if !packhorse::FROM_INSIDE.contains(name) {
            return Err(no(Rule::Malformed, format!("a caller may not set the header {name}"), "leave it out"));
        }
        if single(headers, name).is_none() {
            return Err(no(
                Rule::Malformed,
                format!("the header {name} is not plain text, or given twice"),
                "send it once",
            ));
        }
    }
    if headers.get_all(CONTENT_TYPE).iter().nth(1).is_some() {
        return Err(no(Rule::Malformed, "the header content-type is given twice", "send it once"));
    }
    if let Some(party) = last(headers, &xroad::REPRESENTED_PARTY)
        && party.split('/').count() > 2
    {
        return Err(no(Rule::Malformed, "Invalid RepresentedParty Id", "send [class/]code"));
    }
    if let Some(server) = last(headers, &xroad::SECURITY_SERVER)
        && server.split('/').count() != 4
    {
        return Err(no(Rule::Malformed, "Invalid SecurityServer Id", "send network/class/member/server"));
    }
    Ok(())
}

async fn read_body(inside: &Inside, headers: &HeaderMap, body: Body) -> Result<bytes::Bytes, Refusal> {
    let limits = &inside.context.limits;
    let too_large = || {
        let reason = format!("the body is larger than {} bytes", limits.body);
        no(Rule::BodyTooLarge, reason, "send large things as a parcel, or ask for less")
    };
    let announced = single(headers, &CONTENT_LENGTH).and_then(|length| length.parse::<usize>().ok());
    if announced.is_some_and(|length| length > limits.body) {
        return Err(too_large());
    }
    match Limited::new(body, limits.body).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<http_body_util::LengthLimitError>() => Err(too_large()),
        _ => Err(no(Rule::Malformed, "the body broke off or took too long", "send it again, whole")),
    }
}

fn asked(headers: &HeaderMap) -> Result<Asked, Refusal> {
    let agreement = match single(headers, &packhorse::AGREEMENT) {
        None => None,
        Some(text) => Some(text.parse().map_err(|_| {
            no(Rule::Malformed, "Packhorse-Agreement is not an agreement's identifier", "see the list of agreements")
        })?),
    };
    let text = |name: &HeaderName| single(headers, name).map(str::to_owned);
    Ok(Asked {
        agreement,
        purpose: text(&packhorse::PURPOSE),
        role: text(&packhorse::ROLE),
        case: text(&packhorse::CASE).or_else(|| last(headers, &xroad::ISSUE)),
        fields: text(&packhorse::FIELDS),
        user: last(headers, &xroad::USER_ID),
        security_server: last(headers, &xroad::SECURITY_SERVER),
        trained_on: None,
        judged_earlier: false,
    })
}

/// X-Road's rule for repeated headers of its own: the last one wins.
fn last(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    headers.get_all(name).iter().next_back()?.to_str().ok().map(str::trim).map(str::to_owned)
}

/// What of the caller's headers goes on to the provider. What gateways say to each other is not the
/// caller's to say.
fn travelling(given: &HeaderMap) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(given.len() + 8);
    for (name, value) in given {
        let ours = name.as_str().starts_with("packhorse-")
            || [signature::SIGNATURE, signature::SIGNATURE_INPUT, signature::CONTENT_DIGEST].contains(name)
            || [xroad::REQUEST_ID, xroad::REQUEST_HASH, xroad::CLIENT, xroad::SERVICE].contains(name)
            || *name == DATE;
        if !ours && !is_hop_by_hop(name) {
            // X-Road's rule again: of its own headers the last one travels.
            if ONE_LINE.contains(name) {
                headers.insert(name.clone(), value.clone());
            } else {
                headers.append(name.clone(), value.clone());
            }
        }
    }
    headers
}

fn answered(trail: &Trail, answer: Answer, message_id: &str, request_hash: &str) -> Response {
    let exchange = &trail.exchange;
    let mut headers = answer.headers;
    headers.remove(DATE);
    for (name, value) in [
        (xroad::ID, message_id),
        (xroad::CLIENT, &exchange.client.to_string()),
        (xroad::SERVICE, &exchange.service.to_string()),
        (xroad::REQUEST_ID, &exchange.id.to_string()),
        (xroad::REQUEST_HASH, request_hash),
        (packhorse::EXCHANGE, &exchange.id.to_string()),
    ] {
        headers.remove(&name);
        set(&mut headers, name, value);
    }
    let mut response = Response::new(Body::from(answer.body));
    *response.status_mut() = answer.status;
    *response.headers_mut() = headers;
    response
}

/// Writes a refusal or fault as an X-Road error. None of X-Road's five headers stands on it.
pub(super) fn refused(inside: &Inside, request: &HeaderMap, stop: &Stop, exchange: ExchangeId) -> Response {
    let (code, message, rule, status) = match stop {
        Stop::Refused(refusal) => {
            let status = match refusal.rule {
                Rule::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
                _ => StatusCode::INTERNAL_SERVER_ERROR,
            };
            (Code::of_refusal(refusal), message(refusal), refusal.rule.to_string(), status)
        }
        Stop::Failed(fault) => {
            (Code::of_fault(fault), fault.to_string(), fault.kind.to_string(), StatusCode::INTERNAL_SERVER_ERROR)
        }
    };
    error(inside, request, code, &message, &rule, status, exchange)
}

/// X-Road's clients know an access refusal by how its message begins.
fn message(refusal: &Refusal) -> String {
    if Code::of_refusal(refusal) == Code::server("AccessDenied") {
        return format!("Request is not allowed: {refusal}");
    }
    refusal.to_string()
}

pub(crate) fn error(
    inside: &Inside,
    request: &HeaderMap,
    code: Code,
    message: &str,
    rule: &str,
    status: StatusCode,
    exchange: ExchangeId,
) -> Response {
    let code = code.spelt(inside.spelling);
    let detail = exchange.to_string();
    let (content_type, body) = ErrorBody { code: &code, message, detail: &detail }.write(request);
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    set_content_type(headers, content_type);
    set(headers, xroad::ERROR, &code);
    set(headers, packhorse::RULE, rule);
    set(headers, packhorse::EXCHANGE, &detail);
    response
}

fn set(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}
