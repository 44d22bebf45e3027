//! Sealed: the message carries this gateway's signature.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use http::{HeaderMap, Method, StatusCode};
use packhorse_keys::content_digest;
use packhorse_keys::message::{
    CONTENT_DIGEST, Component, RequestView, ResponseView, SIGNATURE, SIGNATURE_INPUT, SignatureParameters,
    SignedMessage, sign_request, sign_response,
};
use packhorse_model::exchange::Basis;
use packhorse_model::refusal::FaultKind;

use crate::context::Context;
use crate::kinds::query::Answer;
use crate::kinds::root;
use crate::profile;
use crate::steps::authorise::AuthorisedOutbound;
use crate::steps::minimise::Minimised;
use crate::trail::{Stop, Trail};
use crate::wire::{headers_digest, packhorse, signature, xroad};

/// A signed request, ready to be sent.
pub(crate) struct Sealed {
    pub(crate) method: Method,
    pub(crate) target_uri: String,
    /// The provider's gateways, in the order in which to try them.
    pub(crate) addresses: Vec<String>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    made: (),
}

/// The part of a request that an answer's signature is bound to.
pub(crate) struct SignedPart {
    pub(crate) method: Method,
    pub(crate) target_uri: String,
    pub(crate) headers: HeaderMap,
}

impl SignedPart {
    pub(crate) fn view(&self) -> RequestView<'_> {
        RequestView { method: &self.method, target_uri: &self.target_uri, headers: &self.headers }
    }
}

impl Sealed {
    /// Takes the message apart for sending; what the answer must be bound to stays.
    pub(crate) fn into_parts(self) -> (SignedPart, Vec<String>, Bytes) {
        let () = self.made;
        (
            SignedPart { method: self.method, target_uri: self.target_uri, headers: self.headers },
            self.addresses,
            self.body,
        )
    }
}

/// Signs the question for the provider's gateway.
pub(crate) fn request(context: &Context, authorised: AuthorisedOutbound, trail: &mut Trail) -> Result<Sealed, Stop> {
    let (question, asked, addresses) = authorised.into_question();
    let Some(first) = addresses.first() else {
        return Err(trail.fail(FaultKind::Unreachable, "the provider lists no gateway: its operator must add one"));
    };
    let mut headers = question.headers.clone();
    let exchange = &trail.exchange;
    set(&mut headers, xroad::CLIENT, &exchange.client.to_string());
    set_fresh(&mut headers, xroad::REQUEST_ID, &exchange.id.to_string());
    if let Some(Basis::Agreement { agreement, digest }) = &exchange.basis {
        set(&mut headers, packhorse::AGREEMENT, &format!("{agreement};{digest}"));
    }
    for (name, value) in [
        (packhorse::PURPOSE, exchange.purpose.as_deref()),
        (packhorse::ROLE, exchange.role.as_deref()),
        (packhorse::TRAINED_ON, asked.trained_on.as_deref()),
        (packhorse::FIELDS, asked.fields.as_deref()),
    ] {
        if let Some(value) = value {
            set(&mut headers, name, value);
        }
    }
    digest(&mut headers, &question.body);

    let root = root(exchange.kind);
    let target_uri = format!("https://{first}/{root}/{}{}", exchange.service, question.path_and_query());
    let view = RequestView { method: &question.method, target_uri: &target_uri, headers: &headers };
    let parameters = parameters(context, signature::REQUEST_TAG);
    let signed = sign_request(&*context.identity.signer, &parameters, &profile::request(&headers), &view)
        .map_err(|error| trail.fail(FaultKind::Internal, error.to_string()))?;
    attach(&mut headers, &signed);
    trail.content.request_base = signed.base;
    trail.content.request_signature = text(&signed.signature);
    trail.sizes[0] = question.body.len() as u64;
    Ok(Sealed { method: question.method, target_uri, addresses, headers, body: question.body, made: () })
}

/// What goes back to the asking gateway: signed whatever it says, unless nobody asked who could be
/// identified.
pub(crate) struct SealedAnswer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// Signs the answer, the refusal or the fault over the request it answers.
pub(crate) fn answer(
    context: &Context,
    asked: &SignedPart,
    ended: Result<Minimised, Stop>,
    trail: &mut Trail,
) -> (SealedAnswer, Result<StatusCode, Stop>) {
    let (mut sealed, ended) = match ended {
        Ok(minimised) => {
            let Answer { status, headers, body } = minimised.into_answer();
            let mut sealed = SealedAnswer { status, headers, body };
            set(&mut sealed.headers, packhorse::OUTCOME, "answered");
            set(&mut sealed.headers, packhorse::CUT, &format!("{};{}", trail.cut.0, trail.cut.1));
            (sealed, Ok(status))
        }
        Err(stop) => (said_no(&stop), Err(stop)),
    };
    trail.sizes[1] = sealed.body.len() as u64;
    if trail.identified
        && let Err(error) = sign(context, asked, &mut sealed, trail)
    {
        let stop = trail.fail(FaultKind::Internal, error.to_string());
        return (said_no(&stop), Err(stop));
    }
    (sealed, ended)
}

/// The form in which a refusal or a fault travels between gateways.
pub(crate) fn said_no(stop: &Stop) -> SealedAnswer {
    let (status, outcome, body) = match stop {
        Stop::Refused(refusal) => (StatusCode::FORBIDDEN, "refused", serde_json::to_vec(refusal)),
        Stop::Failed(fault) => (StatusCode::BAD_GATEWAY, "failed", serde_json::to_vec(fault)),
    };
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(packhorse::OUTCOME, HeaderValue::from_static(outcome));
    SealedAnswer { status, headers, body: body.unwrap_or_default().into() }
}

fn sign(
    context: &Context,
    asked: &SignedPart,
    sealed: &mut SealedAnswer,
    trail: &mut Trail,
) -> Result<(), packhorse_keys::KeyError> {
    digest(&mut sealed.headers, &sealed.body);
    let components: Vec<Component> = profile::response(&sealed.headers);
    let view = ResponseView { status: sealed.status, headers: &sealed.headers };
    let parameters = parameters(context, signature::RESPONSE_TAG);
    let signed = sign_response(&*context.identity.signer, &parameters, &components, &view, &asked.view())?;
    attach(&mut sealed.headers, &signed);
    trail.content.response_base = signed.base;
    trail.content.response_signature = text(&signed.signature);
    Ok(())
}

fn parameters(context: &Context, tag: &str) -> SignatureParameters {
    profile::parameters(context.identity.signer.public_key(), tag, jiff::Timestamp::now().as_second())
}

/// Covers the body, and then the headers with it, by digests that the signature covers.
fn digest(headers: &mut HeaderMap, body: &[u8]) {
    set_fresh(headers, CONTENT_DIGEST, &content_digest(body));
    let digest = headers_digest(headers);
    headers.insert(packhorse::HEADERS_DIGEST, fresh(digest));
}

fn attach(headers: &mut HeaderMap, signed: &SignedMessage) {
    headers.insert(SIGNATURE_INPUT, fresh(signed.signature_input.clone()));
    headers.insert(SIGNATURE, fresh(signed.signature.clone()));
}

/// A value that no other message has: HTTP/2 is told not to index it, or it would push out of the connection's
/// table those that all have in common (RFC 7541 §6.2.3).
fn fresh(mut value: HeaderValue) -> HeaderValue {
    value.set_sensitive(true);
    value
}

fn set_fresh(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, fresh(value));
    }
}

fn text(value: &HeaderValue) -> String {
    value.to_str().unwrap_or_default().to_owned()
}

/// Sets a header from text of our own making; what cannot stand in a header (a purpose with a line
/// break) is refused long before.
fn set(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}
