//! Reads header fields: all lines of one as a single value, and one member of a dictionary.
//!
//! It must never know what a field means.

use std::fmt;

use http::{HeaderMap, HeaderName};
use sfv::visitor::{DictionaryVisitor, EntryVisitor};
use sfv::{Dictionary, Item, ItemSerializer, KeyRef, ListEntry, ListSerializer, Parameters, Parser};

use super::MAX_FIELD_BYTES;
use crate::KeyError;

/// Appends a field's value: every line without the blanks around it, joined by a comma and a
/// blank (RFC 9421 section 2.1). Says whether the field is there at all.
///
/// # Errors
/// [`KeyError::Malformed`] for bytes that are not ASCII, which a signature base cannot hold
/// (RFC 9421 section 2.5).
pub(super) fn append_value(headers: &HeaderMap, name: &HeaderName, out: &mut String) -> Result<bool, KeyError> {
    let mut lines = headers.get_all(name).iter().peekable();
    let present = lines.peek().is_some();
    while let Some(line) = lines.next() {
        let why = "it has characters other than visible ASCII, which cannot be signed";
        let line = line.to_str().map_err(|_| KeyError::Malformed { what: "header field", why })?;
        out.push_str(line.trim_matches([' ', '\t']));
        if lines.peek().is_some() {
            out.push_str(", ");
        }
    }
    Ok(present)
}

/// Finds one member of a dictionary field; `what` names the field in errors.
///
/// # Errors
/// [`KeyError::TooLarge`] beyond [`MAX_FIELD_BYTES`], [`KeyError::Malformed`] when the field is
/// no dictionary or has the member twice. RFC 9651 would let the last one win; two parties who
/// disagree on that would see two signatures, so twice is refused.
pub(super) fn find_member(
    headers: &HeaderMap,
    field: &HeaderName,
    member: &str,
    what: &'static str,
) -> Result<Option<ListEntry>, KeyError> {
    let size: usize = headers.get_all(field).iter().map(|line| line.len() + 2).sum();
    if size > MAX_FIELD_BYTES {
        return Err(KeyError::TooLarge { what, limit: MAX_FIELD_BYTES });
    }
    let mut value = String::with_capacity(size);
    append_value(headers, field, &mut value)?;
    let why = "it is not a structured dictionary with the member once (RFC 9651 section 3.2)";
    Parser::new(&value)
        .parse_dictionary_with_visitor(OnlyMember { member, found: Dictionary::new() })
        .map_err(|_| KeyError::Malformed { what, why })
        .map(|mut found| found.pop().map(|(_, entry)| entry))
}

/// A dictionary member in the one form that structured fields have (RFC 9651 section 4.1).
pub(super) fn append_member(member: &ListEntry, out: &mut String) {
    let mut serializer = ListSerializer::with_buffer(out);
    serializer.members([member]);
    // The text is in `out`; what is handed back is `out` again.
    let _ = serializer.finish();
}

/// An item with its parameters, in their one serialised form.
pub(super) fn append_item(item: &Item, out: &mut String) {
    let _ = ItemSerializer::with_buffer(out).bare_item(&item.bare_item).parameters(&item.params).finish();
}

/// Parameters alone: those of an empty inner list, less its parentheses.
pub(super) fn append_parameters(parameters: &Parameters, out: &mut String) {
    let mut list = String::with_capacity(256);
    let mut serializer = ListSerializer::with_buffer(&mut list);
    let _ = serializer.inner_list().finish().parameters(parameters).finish();
    out.push_str(list.trim_start_matches("()"));
}

struct OnlyMember<'a> {
    member: &'a str,
    found: Dictionary,
}

impl<'de> DictionaryVisitor<'de> for OnlyMember<'_> {
    type Out = Dictionary;
    type Error = Twice;

    fn entry(&mut self, key: &'de KeyRef) -> Result<impl EntryVisitor<'de>, Twice> {
        if key.as_str() != self.member {
            return Ok(None);
        }
        if !self.found.is_empty() {
            return Err(Twice);
        }
        DictionaryVisitor::entry(&mut self.found, key).map(Some).map_err(|never| match never {})
    }

    fn finish(self) -> Result<Dictionary, Twice> {
        Ok(self.found)
    }
}

#[derive(Debug)]
struct Twice;

impl fmt::Display for Twice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the member is there twice")
    }
}

impl std::error::Error for Twice {}
