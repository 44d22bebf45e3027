//! Verified: the answer is the provider's, unaltered, and answers exactly this question.

use http::{HeaderMap, StatusCode};
use packhorse_keys::message::{CONTENT_DIGEST, MessageView, ResponseView, parse_signature};
use packhorse_keys::{Fingerprint, check_content_digest};
use packhorse_model::organisation::Members as _;
use packhorse_model::refusal::{Fault, FaultKind, Refusal, Rule};

use crate::context::Context;
use crate::kinds::query::Answer;
use crate::profile;
use crate::steps::deliver::Delivered;
use crate::trail::{Stop, Trail};
use crate::wire::{
    headers_digest, is_between_gateways, is_hop_by_hop, packhorse, repeated_between_gateways, signature, single,
};

/// The provider's answer, proved.
pub(crate) struct Verified {
    pub(crate) answer: Answer,
}

/// Checks signature, binding, digests; turns the provider's own refusal or fault back into one.
pub(crate) fn answer(context: &Context, delivered: Delivered, trail: &mut Trail) -> Result<Verified, Stop> {
    let (asked, status, headers, body) = delivered.into_parts();
    trail.sizes[1] = body.len() as u64;
    let inconsistent = |trail: &Trail, why: &str| {
        let reason = format!("the provider's answer was discarded: {why}");
        trail.refuse(Rule::InconsistentAnswer, reason, "report it to the provider's operator with this exchange's id")
    };
    if let Some(name) = repeated_between_gateways(&headers) {
        return Err(inconsistent(trail, &format!("the header {name} is given twice")));
    }
    let Ok(received) = parse_signature(&headers, signature::LABEL) else {
        return Err(unsigned(trail, status));
    };
    let key = key_of_provider(context, &received.keyid, trail)
        .ok_or_else(|| inconsistent(trail, "it is signed by a key that the directory does not list"))?;
    if received.tag.as_deref() != Some(signature::RESPONSE_TAG) {
        return Err(inconsistent(trail, "its signature was made for another use"));
    }
    let message = MessageView::Response { response: ResponseView { status, headers: &headers }, request: asked.view() };
    let base = received
        .check(&key, &profile::response(&headers), &message)
        .map_err(|error| inconsistent(trail, &error.to_string()))?;
    let digest_holds = headers.get(CONTENT_DIGEST).is_some_and(|digest| check_content_digest(digest, &body).is_ok());
    if !digest_holds {
        return Err(inconsistent(trail, "its body is not the one that was signed"));
    }
    if headers.get(packhorse::HEADERS_DIGEST) != Some(&headers_digest(&headers)) {
        return Err(inconsistent(trail, "its headers are not those that were signed"));
    }
    trail.content.response_base = base;
    trail.content.response_signature =
        headers.get(&signature::SIGNATURE).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    match single(&headers, &packhorse::OUTCOME) {
        Some("answered") => {
            trail.cut = cut(&headers).ok_or_else(|| inconsistent(trail, "it does not say what was withheld"))?;
            Ok(Verified { answer: Answer { status, headers: travelling(headers), body } })
        }
        Some("refused") => Err(serde_json::from_slice::<Refusal>(&body)
            .map_or_else(|_| inconsistent(trail, "its refusal cannot be read"), Stop::Refused)),
        Some("failed") => Err(serde_json::from_slice::<Fault>(&body)
            .map_or_else(|_| inconsistent(trail, "its fault cannot be read"), Stop::Failed)),
        _ => Err(inconsistent(trail, "it does not say how it ended")),
    }
}

fn key_of_provider(context: &Context, keyid: &str, trail: &Trail) -> Option<packhorse_keys::PublicKey> {
    let fingerprint: Fingerprint = keyid.parse().ok()?;
    let provider = context.directory.organisation(&trail.exchange.service.system.organisation)?;
    provider.signing_key_at(&fingerprint, jiff::Timestamp::now())
}

/// An answer without the provider's signature is none: something stands between, the peer could not identify us, or it
/// has no proof to give.
fn unsigned(trail: &Trail, status: StatusCode) -> Stop {
    let (what, remedy) = if status.is_server_error() {
        ("broke off without proof", "it may be unable to write its records; its operator must look")
    } else {
        ("did not recognise this one", "check that both follow the same directory and that clocks agree")
    };
    let reason = format!("the provider's gateway {what} (status {}): {remedy}", status.as_u16());
    trail.fail(FaultKind::Unreachable, reason)
}

fn cut(headers: &HeaderMap) -> Option<(u64, u64)> {
    let (given, withheld) = single(headers, &packhorse::CUT)?.split_once(';')?;
    Some((given.parse().ok()?, withheld.parse().ok()?))
}

/// What of the answer's headers reaches the caller.
fn travelling(headers: HeaderMap) -> HeaderMap {
    let mut kept = HeaderMap::with_capacity(headers.len());
    for (name, value) in &headers {
        if !is_hop_by_hop(name) && !is_between_gateways(name) {
            kept.append(name.clone(), value.clone());
        }
    }
    kept
}
