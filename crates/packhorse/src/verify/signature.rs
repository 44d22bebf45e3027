//! One party's signature over a kept base, by a key that the directory lists for it at that time.
//!
//! It must never know what the base says beyond who signed it, when and for which use.

use http::{HeaderMap, HeaderValue};
use jiff::{SignedDuration, Timestamp};
use packhorse_keys::Fingerprint;
use packhorse_keys::message::{ReceivedSignature, SIGNATURE, SIGNATURE_INPUT, parse_signature};
use packhorse_model::OrganisationId;
use packhorse_model::organisation::Members;

use super::base::Base;
use super::unlisted;

/// The label under which gateways sign (docs/protocol/query.md).
pub(super) const LABEL: &str = "packhorse";
/// How far the signature's time may lie from the record's: clocks differ and requests wait, but a key that was
/// valid at another time proves nothing.
const MOST_APART: SignedDuration = SignedDuration::from_hours(1);

/// A party's signature as it was kept.
pub(super) struct Kept<'a> {
    pub(super) base: &'a str,
    /// The `Signature` field's value.
    pub(super) signature: &'a str,
    /// The use for which it must have been made (RFC 9421 §2.3, `tag`).
    pub(super) tag: &'static str,
    /// Who must have made it.
    pub(super) party: &'a OrganisationId,
    /// When the record says that it happened.
    pub(super) at: Timestamp,
}

/// Checks the signature and gives the base that it covers.
pub(super) fn check<'a>(kept: &Kept<'a>, members: &dyn Members) -> Result<(Base<'a>, Timestamp), String> {
    let base = Base::parse(kept.base)?;
    let received = received(&base, kept.signature)?;
    if received.tag.as_deref() != Some(kept.tag) {
        return Err("the signature was made for another use".to_owned());
    }
    let made = Timestamp::from_second(received.created).map_err(|_| "the signature's time is no time".to_owned())?;
    if made.duration_since(kept.at).abs() > MOST_APART {
        return Err(format!("the signature was made at {made}, not at the time of the record, {}", kept.at));
    }
    let party = kept.party;
    let organisation = members.organisation(party).ok_or_else(|| unlisted(party))?;
    let fingerprint: Fingerprint =
        received.keyid.parse().map_err(|_| "the signature does not name its key by fingerprint".to_owned())?;
    let key = organisation
        .signing_key_at(&fingerprint, made)
        .ok_or_else(|| format!("the signature's key was not a signing key of {party} at {made}"))?;
    if received.algorithm.is_some_and(|algorithm| algorithm != key.algorithm()) {
        return Err("the signature names another algorithm than its key's".to_owned());
    }
    key.verify(base.as_bytes(), &received.signature).map_err(|error| error.to_string())?;
    Ok((base, made))
}

/// Puts the two header fields together again, so that there is one reader of them.
fn received(base: &Base<'_>, signature: &str) -> Result<ReceivedSignature, String> {
    let field = |text: &str| HeaderValue::from_str(text).map_err(|_| "the signature is not a header field".to_owned());
    let mut headers = HeaderMap::new();
    headers.insert(SIGNATURE_INPUT, field(&format!("{LABEL}={}", base.parameters))?);
    headers.insert(SIGNATURE, field(signature)?);
    parse_signature(&headers, LABEL).map_err(|error| error.to_string())
}
