//! Holds what a management API answers against the document that it serves itself: a story that is answered a member
//! which the document does not have, or not as it has it, or that misses one which it promises, fails there.
//!
//! A client generated from the document meets what the stories meet. So no story has to say it.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

use super::{Answer, try_ask};

/// Served documents, by where they are served.
static SERVED: Mutex<BTreeMap<SocketAddr, Arc<Value>>> = Mutex::new(BTreeMap::new());

/// Fails the story if a call that was done answered otherwise than the document says.
pub(super) fn hold(to: SocketAddr, method: &str, target: &str, answer: &Answer) {
    let path = target.split('?').next().unwrap_or_default();
    let is_json = answer.all("content-type").contains(&"application/json");
    if !path.starts_with("/api/") || !(200..300).contains(&answer.status) || !is_json || path == "/api/openapi.json" {
        return;
    }
    let mut found = Vec::new();
    // A port may have been somebody else's before: what does not fit is held against the newest document.
    for anew in [false, true] {
        // Whoever has fallen meanwhile is judged when they answer again.
        let Some(document) = served(to, anew) else { return };
        found = findings(&document, method, path, answer);
        if found.is_empty() {
            return;
        }
    }
    panic!("{method} {path} answers {} otherwise than its document says:\n  {}", answer.status, found.join("\n  "));
}

/// The document, which is the one in the protocol folder.
fn served(to: SocketAddr, anew: bool) -> Option<Arc<Value>> {
    let known = SERVED.lock().unwrap_or_else(PoisonError::into_inner).get(&to).cloned();
    if let Some(known) = known.filter(|_| !anew) {
        return Some(known);
    }
    let document = try_ask(to, "GET", "/api/openapi.json", &[], b"")?.json();
    let whose =
        if document["info"]["title"] == "Packhorse registry: management API" { "registry" } else { "management" };
    let kept = format!("{}/../../docs/protocol/{whose}-api.json", env!("CARGO_MANIFEST_DIR"));
    let kept: Value = serde_json::from_slice(&std::fs::read(kept).unwrap()).unwrap();
    assert!(document == kept, "{to} serves another document than docs/protocol/{whose}-api.json");
    let document = Arc::new(document);
    SERVED.lock().unwrap_or_else(PoisonError::into_inner).insert(to, Arc::clone(&document));
    Some(document)
}

/// What of an answer is not as the document has it.
pub(crate) fn findings(document: &Value, method: &str, path: &str, answer: &Answer) -> Vec<String> {
    let Some(operation) = operation(document, method, path) else { return vec!["the call is not in it".into()] };
    let responses = &operation["responses"];
    let response = responses.get(answer.status.to_string()).or_else(|| responses.get("2XX"));
    let Some(response) = response else { return vec!["the status is not in it".into()] };
    let schema = &response["content"]["application/json"]["schema"];
    if schema.is_null() {
        return vec!["it has no answer in JSON there".into()];
    }
    let mut judge = Judge { document, found: Vec::new() };
    judge.look(schema, &answer.json(), "");
    judge.found
}

/// The operation of the path that fits best: one in plain letters before one with parameters.
fn operation<'a>(document: &'a Value, method: &str, path: &str) -> Option<&'a Value> {
    let parts: Vec<&str> = path.split('/').collect();
    let fits = |template: &str| {
        let of: Vec<&str> = template.split('/').collect();
        of.len() == parts.len() && of.iter().zip(&parts).all(|(of, part)| of.starts_with('{') || of == part)
    };
    let paths = document["paths"].as_object()?.iter().filter(|(template, _)| fits(template));
    let (_, item) = paths.min_by_key(|(template, _)| template.matches('{').count())?;
    item.get(method.to_lowercase())
}

/// Looks at a value with the schema it should have (OpenAPI 3.0.3 §4.7.24), as far as the documents use it.
struct Judge<'a> {
    document: &'a Value,
    found: Vec<String>,
}

impl Judge<'_> {
    fn look(&mut self, schema: &Value, value: &Value, at: &str) {
        if let Some(named) = schema["$ref"].as_str() {
            let document = self.document;
            match document.pointer(named.trim_start_matches('#')) {
                Some(shape) => self.look(shape, value, at),
                None => self.say(at, &format!("{named} is not in the document")),
            }
            return;
        }
        if value.is_null() && schema["nullable"] == true {
            return;
        }
        for part in schema["allOf"].as_array().into_iter().flatten() {
            self.look(part, value, at);
        }
        if let Some(cases) = schema["oneOf"].as_array() {
            self.one_of(cases, value, at);
        }
        if schema["enum"].as_array().is_some_and(|words| !words.contains(value)) {
            self.say(at, &format!("{value} is none of its words"));
        }
        match (schema["type"].as_str(), value) {
            (None, _) | (Some("boolean"), Value::Bool(_)) => {}
            (Some("string"), Value::String(text)) => {
                if !has_format(text, schema["format"].as_str().unwrap_or_default()) {
                    self.say(at, &format!("it is no {}", schema["format"]));
                }
            }
            (Some("integer"), Value::Number(number)) if number.is_u64() || number.is_i64() => {
                if schema["minimum"].as_i64().is_some_and(|least| number.as_i64().is_some_and(|number| number < least))
                {
                    self.say(at, &format!("{number} is below its least"));
                }
            }
            (Some("array"), Value::Array(items)) => {
                items.iter().enumerate().for_each(|(n, item)| self.look(&schema["items"], item, &format!("{at}[{n}]")));
            }
            (Some("object"), Value::Object(_)) => self.object(schema, value, at),
            (Some(of), _) => self.say(at, &format!("it is no {of}")),
        }
    }

    fn object(&mut self, schema: &Value, value: &Value, at: &str) {
        let (named, others) = (schema["properties"].as_object(), schema.get("additionalProperties"));
        // An object of which nothing is said may have anything in it.
        if named.is_none() && others.is_none() {
            return;
        }
        for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            if value.get(name).is_none() {
                self.say(&format!("{at}.{name}"), "it is promised and not there");
            }
        }
        for (name, member) in value.as_object().into_iter().flatten() {
            let at = format!("{at}.{name}");
            match named.and_then(|named| named.get(name)).or(others) {
                Some(schema) => self.look(schema, member, &at),
                None => self.say(&at, "it is not in the document"),
            }
        }
    }

    /// Exactly one case fits; where none does, the one that comes closest says why.
    fn one_of(&mut self, cases: &[Value], value: &Value, at: &str) {
        let judged = cases.iter().map(|case| {
            let mut judge = Judge { document: self.document, found: Vec::new() };
            judge.look(case, value, at);
            judge.found
        });
        let judged: Vec<Vec<String>> = judged.collect();
        match judged.iter().filter(|found| found.is_empty()).count() {
            1 => {}
            0 => self.found.extend(judged.into_iter().min_by_key(|found| distance(found)).into_iter().flatten()),
            _ => self.say(at, "several cases fit it"),
        }
    }

    fn say(&mut self, at: &str, what: &str) {
        self.found.push(format!("{}: {what}", if at.is_empty() { "the whole" } else { at.trim_start_matches('.') }));
    }
}

/// How far a value is from a case: further when the very word is another that tells the cases apart.
fn distance(found: &[String]) -> (bool, usize) {
    (found.iter().any(|one| one.ends_with("none of its words")), found.len())
}

fn has_format(text: &str, format: &str) -> bool {
    match format {
        "date" => text.parse::<jiff::civil::Date>().is_ok() && text.len() == 10,
        "date-time" => text.parse::<jiff::Timestamp>().is_ok(),
        "uuid" => text.len() == 36 && text.split('-').map(str::len).eq([8, 4, 4, 4, 12]),
        _ => true,
    }
}
