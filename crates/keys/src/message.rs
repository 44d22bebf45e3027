//! HTTP message signatures (RFC 9421): the part of them that gateways use, and nothing beyond it.
//!
//! A signature is checked in two steps, because the key is looked up in between:
//! [`parse_signature`] reads what a message claims, [`ReceivedSignature::check`] proves it.
//! What it must never know: whose key it is, what time it is, and which nonces were seen. Those
//! are the caller's to judge, from the parameters this module hands over.
//!
//! Of the RFC it leaves out the component parameters `sf`, `bs`, `tr` and `name`, and the
//! components that need them. A signature that uses them is refused, never half understood.

mod base;
mod component;
mod field;
mod sign;
mod verify;

pub use component::{Component, MessageView, RequestView, ResponseView};
pub use sign::{SignatureParameters, SignedMessage, sign_request, sign_response};
pub use verify::{ReceivedSignature, parse_signature};

use http::HeaderName;

/// `Signature-Input` (RFC 9421 section 4.1).
pub const SIGNATURE_INPUT: HeaderName = HeaderName::from_static("signature-input");
/// `Signature` (RFC 9421 section 4.2).
pub const SIGNATURE: HeaderName = HeaderName::from_static("signature");
/// `Content-Digest` (RFC 9530 section 2).
pub const CONTENT_DIGEST: HeaderName = HeaderName::from_static("content-digest");

/// The most components a signature may cover.
pub const MAX_COMPONENTS: usize = 32;
/// The most bytes of a header field that is parsed, over all its lines.
pub const MAX_FIELD_BYTES: usize = 8 * 1024;
