//! Reads and checks the signature of a received message.
//!
//! It must never know where keys come from, what time it is, or which nonces were seen.

use http::HeaderMap;
use sfv::{BareItem, InnerList, Item, ListEntry, Parameters};

use super::base::Coverage;
use super::component::{Component, MessageView, Name};
use super::field::{append_item, append_parameters, find_member};
use super::{MAX_COMPONENTS, SIGNATURE, SIGNATURE_INPUT};
use crate::{Algorithm, KeyError, PublicKey};

/// The longest component name or member key; both are repeated in errors.
const MAX_NAME_BYTES: usize = 64;

/// A signature as a message carries it: claims, until [`ReceivedSignature::check`] proves them.
#[derive(Clone, Debug)]
pub struct ReceivedSignature {
    /// When it says it was made, in seconds since 1970.
    pub created: i64,
    /// When it says it ceases to count, in seconds since 1970.
    pub expires: Option<i64>,
    /// Its value for one use.
    pub nonce: Option<String>,
    /// The key it names, for looking it up.
    pub keyid: String,
    /// The algorithm it names; decides nothing, but must agree with the key.
    pub algorithm: Option<Algorithm>,
    /// The application it names.
    pub tag: Option<String>,
    /// The signature itself.
    pub signature: Vec<u8>,
    coverage: Coverage,
}

/// Reads the signature labelled `label` from a message's header.
///
/// The profile asks for `created` and `keyid`; parameters it does not know are covered by the
/// signature and otherwise passed over (RFC 9421 section 2.3).
///
/// # Errors
/// [`KeyError::NotSigned`] when there is none, [`KeyError::Malformed`], [`KeyError::TooLarge`]
/// or [`KeyError::UnknownAlgorithm`] when it cannot be understood wholly.
pub fn parse_signature(headers: &HeaderMap, label: &str) -> Result<ReceivedSignature, KeyError> {
    let not_signed = || KeyError::NotSigned { label: label.into() };
    let input = find_member(headers, &SIGNATURE_INPUT, label, "signature-input")?;
    let ListEntry::InnerList(list) = input.ok_or_else(not_signed)? else {
        return Err(refused("the member is not a list of components"));
    };
    let signature = find_member(headers, &SIGNATURE, label, "signature")?;
    let ListEntry::Item(Item { bare_item: BareItem::ByteSequence(signature), .. }) =
        signature.ok_or_else(not_signed)?
    else {
        let why = "the member is not a byte sequence";
        return Err(KeyError::Malformed { what: "signature", why });
    };
    let parameters = &list.params;
    Ok(ReceivedSignature {
        created: integer(parameters, "created")?.ok_or(refused("created is missing"))?,
        expires: integer(parameters, "expires")?,
        nonce: string(parameters, "nonce")?,
        keyid: string(parameters, "keyid")?.ok_or(refused("keyid is missing"))?,
        algorithm: string(parameters, "alg")?.map(|name| name.parse()).transpose()?,
        tag: string(parameters, "tag")?,
        signature,
        coverage: coverage(&list)?,
    })
}

impl ReceivedSignature {
    /// The components it claims to cover, in order.
    pub fn components(&self) -> impl ExactSizeIterator<Item = &Component> {
        self.coverage.covered.iter().map(|(component, _)| component)
    }

    /// Proves that the holder of `key` signed `message`, covering at least `required`; gives the
    /// signature base, with which the signature can be checked when the message is gone.
    ///
    /// Values are taken from the message alone. Content is covered through its digest, so the
    /// caller also runs [`crate::check_content_digest`].
    ///
    /// # Errors
    /// [`KeyError::WrongAlgorithm`], [`KeyError::NotCovered`], [`KeyError::NoSuchComponent`],
    /// [`KeyError::Malformed`] or, in the end, [`KeyError::BadSignature`].
    pub fn check(
        &self,
        key: &PublicKey,
        required: &[Component],
        message: &MessageView<'_>,
    ) -> Result<String, KeyError> {
        if let Some(claimed) = self.algorithm.filter(|claimed| *claimed != key.algorithm()) {
            return Err(KeyError::WrongAlgorithm { claimed, key: key.algorithm() });
        }
        let covers = |wanted: &Component| self.components().any(|covered| covered == wanted);
        if let Some(left_out) = required.iter().find(|component| !covers(component)) {
            return Err(KeyError::NotCovered { component: left_out.to_string() });
        }
        let base = self.coverage.base(message)?;
        key.verify(base.as_bytes(), &self.signature)?;
        Ok(base)
    }
}

/// Understands each covered component, and serialises the list afresh, which is what the
/// signature base is made from (RFC 9421 section 2.3).
fn coverage(list: &InnerList) -> Result<Coverage, KeyError> {
    if list.items.len() > MAX_COMPONENTS {
        return Err(KeyError::TooLarge { what: "list of components", limit: MAX_COMPONENTS });
    }
    let mut parameters = String::with_capacity(512);
    let mut covered: Vec<(Component, _)> = Vec::with_capacity(list.items.len());
    parameters.push('(');
    for item in &list.items {
        let component = component(item)?;
        if covered.iter().any(|(other, _)| *other == component) {
            return Err(refused("a component is covered twice (RFC 9421 section 2.5)"));
        }
        if !covered.is_empty() {
            parameters.push(' ');
        }
        let start = parameters.len();
        append_item(item, &mut parameters);
        covered.push((component, start..parameters.len()));
    }
    parameters.push(')');
    append_parameters(&list.params, &mut parameters);
    Ok(Coverage { parameters, covered })
}

fn component(item: &Item) -> Result<Component, KeyError> {
    let BareItem::String(name) = &item.bare_item else {
        return Err(refused("a component name is not a string"));
    };
    let name = Some(name.as_str()).filter(|name| name.len() <= MAX_NAME_BYTES);
    let name =
        name.and_then(Name::parse).ok_or(refused("a component is neither a lower-case field name nor known here"))?;
    let is_field = matches!(name, Name::Field(_));
    let mut component = Component::new(name);
    for (parameter, value) in &item.params {
        match (parameter.as_str(), value) {
            ("req", BareItem::Boolean(true)) => component.of_request = true,
            ("key", BareItem::String(key)) if is_field && key.as_str().len() <= MAX_NAME_BYTES => {
                component.member = Some(key.as_str().to_owned().into());
            }
            _ => return Err(refused("a component has a parameter not known here")),
        }
    }
    Ok(component)
}

fn integer(parameters: &Parameters, name: &str) -> Result<Option<i64>, KeyError> {
    match parameters.get(name) {
        Some(BareItem::Integer(value)) => Ok(Some((*value).into())),
        Some(_) => Err(refused("a time is not an integer")),
        None => Ok(None),
    }
}

fn string(parameters: &Parameters, name: &str) -> Result<Option<String>, KeyError> {
    match parameters.get(name) {
        Some(BareItem::String(value)) => Ok(Some(value.as_str().to_owned())),
        Some(_) => Err(refused("a parameter is not a string")),
        None => Ok(None),
    }
}

fn refused(why: &'static str) -> KeyError {
    KeyError::Malformed { what: "signature-input", why }
}
