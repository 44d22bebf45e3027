//! Signs requests and responses.
//!
//! It must never know which components a profile demands; the caller says.

use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;
use sfv::KeyRef;

use super::MAX_COMPONENTS;
use super::base::Coverage;
use super::component::{Component, MessageView, RequestView, ResponseView};
use crate::{Algorithm, KeyError, Signer};

/// The largest integer of a structured field (RFC 9651 section 3.3.1).
const MAX_INTEGER: i64 = 999_999_999_999_999;

/// What a signature says about itself (RFC 9421 section 2.3). The strings are visible ASCII
/// and blanks.
#[derive(Clone, Debug)]
pub struct SignatureParameters {
    /// The label that ties `Signature` to `Signature-Input`, for instance `req`: a structured
    /// field key (RFC 9651 section 3.1.2).
    pub label: String,
    /// When it was made, in seconds since 1970.
    pub created: i64,
    /// When it ceases to count, in seconds since 1970.
    pub expires: Option<i64>,
    /// A value that is used once.
    pub nonce: Option<String>,
    /// The key, in a form that the verifier can look up.
    pub keyid: String,
    /// The algorithm, which must be that of the signer's key.
    pub algorithm: Algorithm,
    /// The application the signature is for.
    pub tag: Option<String>,
}

/// The header fields to send, and what was signed.
#[derive(Clone, Debug)]
pub struct SignedMessage {
    /// The value of `Signature-Input`.
    pub signature_input: HeaderValue,
    /// The value of `Signature`.
    pub signature: HeaderValue,
    /// The signature base: with it the signature can be checked when the message is gone.
    pub base: String,
}

/// Signs the components of a request, in the order given.
///
/// # Errors
/// [`KeyError::NoSuchComponent`] when the request lacks one, [`KeyError::Malformed`] when a
/// value or parameter cannot be signed or a component is named twice,
/// [`KeyError::WrongAlgorithm`] when the parameters and the key disagree, and whatever the
/// signer fails with.
pub fn sign_request(
    signer: &dyn Signer,
    parameters: &SignatureParameters,
    components: &[Component],
    request: &RequestView<'_>,
) -> Result<SignedMessage, KeyError> {
    sign(signer, parameters, components, &MessageView::Request(*request))
}

/// Signs the components of a response, in the order given, taking those marked `;req` from the
/// request it answers.
///
/// # Errors
/// As [`sign_request`].
pub fn sign_response(
    signer: &dyn Signer,
    parameters: &SignatureParameters,
    components: &[Component],
    response: &ResponseView<'_>,
    request: &RequestView<'_>,
) -> Result<SignedMessage, KeyError> {
    let message = MessageView::Response { response: *response, request: *request };
    sign(signer, parameters, components, &message)
}

fn sign(
    signer: &dyn Signer,
    parameters: &SignatureParameters,
    components: &[Component],
    message: &MessageView<'_>,
) -> Result<SignedMessage, KeyError> {
    let key = signer.public_key().algorithm();
    if parameters.algorithm != key {
        return Err(KeyError::WrongAlgorithm { claimed: parameters.algorithm, key });
    }
    let label =
        KeyRef::from_str(&parameters.label).map_err(|_| refused("the label is not a structured field key"))?.as_str();
    let coverage = cover(components, parameters)?;
    let base = coverage.base(message)?;
    let signature = signer.sign(base.as_bytes())?;

    let mut value = String::with_capacity(label.len() + 96);
    value.push_str(label);
    value.push_str("=:");
    STANDARD.encode_string(signature, &mut value);
    value.push(':');
    Ok(SignedMessage {
        signature_input: header([label, "=", &coverage.parameters].concat())?,
        signature: header(value)?,
        base,
    })
}

/// Writes the value of `@signature-params`.
fn cover(components: &[Component], parameters: &SignatureParameters) -> Result<Coverage, KeyError> {
    if components.len() > MAX_COMPONENTS {
        return Err(KeyError::TooLarge { what: "list of components", limit: MAX_COMPONENTS });
    }
    let mut line = String::with_capacity(512);
    let mut covered = Vec::with_capacity(components.len());
    line.push('(');
    for (index, component) in components.iter().enumerate() {
        if components[..index].contains(component) {
            return Err(refused("a component is covered twice"));
        }
        if index > 0 {
            line.push(' ');
        }
        let start = line.len();
        append(&mut line, format_args!("{component}"))?;
        covered.push((component.clone(), start..line.len()));
    }
    line.push(')');
    append_integer(&mut line, "created", Some(parameters.created))?;
    append_integer(&mut line, "expires", parameters.expires)?;
    append_string(&mut line, "nonce", parameters.nonce.as_deref())?;
    append_string(&mut line, "keyid", Some(&parameters.keyid))?;
    append_string(&mut line, "alg", Some(parameters.algorithm.name()))?;
    append_string(&mut line, "tag", parameters.tag.as_deref())?;
    Ok(Coverage { parameters: line, covered })
}

fn append_integer(line: &mut String, name: &str, value: Option<i64>) -> Result<(), KeyError> {
    match value {
        Some(value) if (0..=MAX_INTEGER).contains(&value) => append(line, format_args!(";{name}={value}")),
        Some(_) => Err(refused("a time is before 1970 or beyond 15 digits")),
        None => Ok(()),
    }
}

/// A structured field string (RFC 9651 section 4.1.6).
fn append_string(line: &mut String, name: &str, value: Option<&str>) -> Result<(), KeyError> {
    let Some(value) = value else { return Ok(()) };
    if !value.bytes().all(|byte| matches!(byte, 0x20..=0x7e)) {
        return Err(refused("a parameter has characters other than visible ASCII and blanks"));
    }
    append(line, format_args!(";{name}=\""))?;
    for character in value.chars() {
        if matches!(character, '"' | '\\') {
            line.push('\\');
        }
        line.push(character);
    }
    line.push('"');
    Ok(())
}

fn append(line: &mut String, text: std::fmt::Arguments<'_>) -> Result<(), KeyError> {
    line.write_fmt(text).map_err(|_| KeyError::Crypto("write the signature's parameters"))
}

fn header(value: String) -> Result<HeaderValue, KeyError> {
    HeaderValue::try_from(value).map_err(|_| refused("they do not fit a header field"))
}

fn refused(why: &'static str) -> KeyError {
    KeyError::Malformed { what: "signature's parameters", why }
}
