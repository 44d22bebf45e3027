//! The signature base (RFC 9421 section 2.5): the exact bytes that are signed.
//!
//! It must never know keys. Signer and verifier share it, so that they cannot drift apart.

use std::ops::Range;

use http::uri::Scheme;
use http::{HeaderMap, Uri};

use super::component::{Component, MessageView, Name, RequestView};
use super::field::{append_member, append_value, find_member};
use crate::KeyError;

/// The covered components and the value of `@signature-params` in which they stand.
#[derive(Clone, Debug)]
pub(super) struct Coverage {
    /// The inner list with its parameters, in its one serialised form.
    pub(super) parameters: String,
    /// Each component, and where its identifier stands in `parameters`.
    pub(super) covered: Vec<(Component, Range<usize>)>,
}

impl Coverage {
    /// The base of these components in `message`.
    ///
    /// # Errors
    /// [`KeyError::NoSuchComponent`] for a component that the message cannot supply,
    /// [`KeyError::Malformed`] for a value that cannot be signed.
    pub(super) fn base(&self, message: &MessageView<'_>) -> Result<String, KeyError> {
        let mut base = String::with_capacity(self.parameters.len() * 2 + 512);
        for (component, identifier) in &self.covered {
            base.push_str(&self.parameters[identifier.clone()]);
            base.push_str(": ");
            if !append_component(component, message, &mut base)? {
                return Err(KeyError::NoSuchComponent { component: component.to_string() });
            }
            base.push('\n');
        }
        base.push_str("\"@signature-params\": ");
        base.push_str(&self.parameters);
        Ok(base)
    }
}

/// Appends a component's value; says whether the message has such a component.
fn append_component(component: &Component, message: &MessageView<'_>, out: &mut String) -> Result<bool, KeyError> {
    match (component.of_request, message) {
        (false, MessageView::Request(request)) | (true, MessageView::Response { request, .. }) => {
            append_from_request(component, request, out)
        }
        (false, MessageView::Response { response, .. }) => match &component.name {
            Name::Status => {
                out.push_str(response.status.as_str());
                Ok(true)
            }
            Name::Field(_) => append_field(component, response.headers, out),
            _ => Ok(false),
        },
        // A request answers nothing: it has no `;req`.
        (true, MessageView::Request(_)) => Ok(false),
    }
}

fn append_from_request(component: &Component, request: &RequestView<'_>, out: &mut String) -> Result<bool, KeyError> {
    match &component.name {
        Name::Method => out.push_str(request.method.as_str()),
        Name::TargetUri => out.push_str(signable_uri(request.target_uri)?),
        Name::Authority => append_authority(&parse_uri(request.target_uri)?, out),
        // http gives "/" for an empty path, as section 2.2.6 asks.
        Name::Path => out.push_str(parse_uri(request.target_uri)?.path()),
        Name::Query => {
            // Without a query the value is the question mark alone (section 2.2.7).
            out.push('?');
            out.push_str(parse_uri(request.target_uri)?.query().unwrap_or_default());
        }
        Name::Status => return Ok(false),
        Name::Field(_) => return append_field(component, request.headers, out),
    }
    Ok(true)
}

fn append_field(component: &Component, headers: &HeaderMap, out: &mut String) -> Result<bool, KeyError> {
    let Name::Field(name) = &component.name else { return Ok(false) };
    let Some(key) = &component.member else { return append_value(headers, name, out) };
    let member = find_member(headers, name, key, "signed dictionary field")?;
    if let Some(member) = &member {
        append_member(member, out);
    }
    Ok(member.is_some())
}

/// A line feed in a URI would forge further lines of the base.
fn signable_uri(uri: &str) -> Result<&str, KeyError> {
    if uri.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(uri);
    }
    Err(KeyError::Malformed { what: "target uri", why: "only visible ASCII can be signed" })
}

fn parse_uri(uri: &str) -> Result<Uri, KeyError> {
    let why = "expected an absolute URI";
    signable_uri(uri)?.parse().map_err(|_| KeyError::Malformed { what: "target uri", why })
}

/// Lower-case, without the port that the scheme implies (section 2.2.3).
fn append_authority(uri: &Uri, out: &mut String) {
    let start = out.len();
    out.push_str(uri.host().unwrap_or_default());
    out[start..].make_ascii_lowercase();
    let implied = if uri.scheme() == Some(&Scheme::HTTP) { 80 } else { 443 };
    if let Some(port) = uri.port().filter(|port| port.as_u16() != implied) {
        out.push(':');
        out.push_str(port.as_str());
    }
}
