//! What is being asked: a method, a path and a body become a lookup and its keys, or a refusal.
//!
//! The keys come from a stranger and may be personal: a refusal names the column and its format,
//! never the value. Must never touch the data.

use std::fmt;

use packhorse_model::identifier::Rules;
use packhorse_model::path::CanonicalPath;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};

use crate::cell;
use crate::definition::{Lookup, TableDefinition};
use crate::lookup::TableAnswer;

/// Most bytes of a body of keys.
const BODY_LIMIT: usize = 64 << 10;

/// Most members of a body of keys, before they are compared with the lookup's.
const MEMBER_LIMIT: usize = 64;

/// A question that can be answered.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Question {
    /// What is this table?
    Describe,
    /// The rows with these keys, in canonical form and in the lookup's order.
    Find {
        /// The lookup's place in the definition.
        lookup: usize,
        /// Its keys.
        keys: Vec<String>,
    },
}

/// Reads a request behind the service code.
pub(crate) fn read(
    definition: &TableDefinition,
    rules: Rules,
    request: (&str, &str, Option<&str>, &[u8]),
) -> Result<Question, TableAnswer> {
    let (method, path, query, body) = request;
    let path = CanonicalPath::parse(path).map_err(|error| TableAnswer::refused(400, "bad_path", error.to_string()))?;
    if query.is_some_and(|query| !query.is_empty()) {
        return Err(TableAnswer::refused(400, "bad_query", "this service takes no query parameters"));
    }
    let segments: Vec<&str> = path.decoded().split('/').skip(1).collect();
    match (method, segments.as_slice()) {
        ("GET", [] | [""]) => Ok(Question::Describe),
        (_, [] | [""]) => Err(wrong_method("GET")),
        ("GET", [name, keys @ ..]) if !keys.is_empty() => from_path(definition, rules, name, keys),
        ("POST", [name]) => from_body(definition, rules, name, body),
        (_, [name, keys @ ..]) => {
            find(definition, name)?;
            Err(wrong_method(if keys.is_empty() { "POST" } else { "GET" }))
        }
    }
}

fn from_path(definition: &TableDefinition, rules: Rules, name: &str, keys: &[&str]) -> Result<Question, TableAnswer> {
    let (place, lookup) = find(definition, name)?;
    if keys.len() != lookup.keys.len() {
        return Err(key_names(lookup, "the path must hold"));
    }
    canonical(definition, rules, (place, lookup), |at, _| keys.get(at).copied())
}

fn from_body(definition: &TableDefinition, rules: Rules, name: &str, body: &[u8]) -> Result<Question, TableAnswer> {
    let (place, lookup) = find(definition, name)?;
    if body.len() > BODY_LIMIT {
        return Err(TableAnswer::refused(413, "body_too_large", "the body of keys is larger than 64 KiB"));
    }
    let KeyBody(given) =
        serde_json::from_slice(body).map_err(|_| key_names(lookup, "the body must be a JSON object of"))?;
    if given.len() != lookup.keys.len() {
        return Err(key_names(lookup, "the body must hold exactly"));
    }
    canonical(definition, rules, (place, lookup), |_, column| {
        given.iter().find(|(name, _)| name == column).map(|(_, value)| value.as_str())
    })
}

fn canonical<'a>(
    definition: &TableDefinition,
    rules: Rules,
    (place, lookup): (usize, &Lookup),
    given: impl Fn(usize, &str) -> Option<&'a str>,
) -> Result<Question, TableAnswer> {
    let mut keys = Vec::with_capacity(lookup.keys.len());
    for (at, (_, column)) in definition.key_columns(lookup).enumerate() {
        let Some(text) = given(at, &column.name) else {
            return Err(key_names(lookup, "the body must hold exactly"));
        };
        let key = cell::asked_key(text, column.format, rules).ok_or_else(|| {
            let message = format!(
                "the key {:?} is not {}: expected {}, with the right check character if it has one, \
                 and not an example number",
                column.name,
                column.format.title(),
                column.format.shape()
            );
            TableAnswer::refused(400, "bad_key", message)
        })?;
        keys.push(key);
    }
    Ok(Question::Find { lookup: place, keys })
}

fn find<'a>(definition: &'a TableDefinition, name: &str) -> Result<(usize, &'a Lookup), TableAnswer> {
    definition.lookups.iter().enumerate().find(|(_, lookup)| lookup.name == name).ok_or_else(|| {
        let names: Vec<&str> = definition.lookups.iter().map(|lookup| lookup.name.as_str()).collect();
        TableAnswer::refused(404, "no_such_lookup", format!("the lookups are: {}", names.join(", ")))
    })
}

fn key_names(lookup: &Lookup, what: &str) -> TableAnswer {
    TableAnswer::refused(400, "bad_keys", format!("{what} the keys: {}", lookup.keys.join(", ")))
}

fn wrong_method(allowed: &str) -> TableAnswer {
    TableAnswer::refused(405, "method_not_allowed", format!("the method here is {allowed}"))
}

/// A JSON object of scalar keys. A member given twice is refused: readers disagree which one counts.
struct KeyBody(Vec<(String, String)>);

impl<'de> Deserialize<'de> for KeyBody {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(KeyBodyVisitor)
    }
}

struct KeyBodyVisitor;

impl<'de> Visitor<'de> for KeyBodyVisitor {
    type Value = KeyBody;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object of keys")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<KeyBody, A::Error> {
        let mut members: Vec<(String, String)> = Vec::new();
        while let Some((name, value)) = map.next_entry::<String, serde_json::Value>()? {
            let text = cell::key_text(&value).ok_or_else(|| A::Error::custom("a key is not a scalar"))?.into_owned();
            if members.len() == MEMBER_LIMIT || members.iter().any(|(known, _)| *known == name) {
                return Err(A::Error::custom("a member is given twice, or there are too many"));
            }
            members.push((name, text));
        }
        Ok(KeyBody(members))
    }
}
