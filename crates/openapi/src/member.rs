//! What a member of a body, of an answer or a parameter of an address is: `name`, with `?` where it may be left out, and
//! after a colon its kind where that is not a text.
//!
//! A kind is a word of [`SIMPLE`], the name of a shape, words with `|` between them or one in quotes; `[kind]` is a list
//! of it, `{kind}` an object whose members all have it, whatever their names. `or null` is said where it may be null.

use serde_json::{Value, json};

/// Kinds by name, `text` and `any` aside: with the JSON Schema type and format of each.
const SIMPLE: &[(&str, &str, &str)] = &[
    ("boolean", "boolean", ""),
    ("object", "object", ""),
    ("integer", "integer", ""),
    // Of what can be over, or gone by.
    ("signed", "integer", ""),
    ("date", "string", "date"),
    ("date-time", "string", "date-time"),
    ("uuid", "string", "uuid"),
];

/// One member, read from the list of routes or a shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Member {
    pub(crate) name: &'static str,
    pub(crate) is_optional: bool,
    kind: &'static str,
}

impl Member {
    pub(crate) fn read(said: &'static str) -> Self {
        let (name, kind) = said.split_once(": ").unwrap_or((said, "text"));
        let (name, is_optional) = name.strip_suffix('?').map_or((name, false), |name| (name, true));
        Self { name, is_optional, kind }
    }

    /// Its schema (OpenAPI 3.0.3 §4.7.24).
    pub(crate) fn schema(self) -> Value {
        schema(self.kind)
    }

    /// Whether there is such a kind: one that is misspelled would pass for a text.
    pub(crate) fn is_known(self) -> bool {
        is_kind(self.kind)
    }
}

fn is_kind(kind: &str) -> bool {
    let kind = kind.strip_suffix(" or null").unwrap_or(kind);
    match within(kind, '[', ']').or_else(|| within(kind, '{', '}')) {
        Some(kind) => is_kind(kind),
        None => {
            matches!(kind, "any" | "text" | "texts" | "objects")
                || is_shape(kind)
                || is_words(kind)
                || SIMPLE.iter().any(|(name, ..)| *name == kind)
        }
    }
}

/// The schema of a kind.
pub(crate) fn schema(kind: &str) -> Value {
    if let Some(kind) = kind.strip_suffix(" or null") {
        return or_null(schema(kind));
    }
    if let Some(kind) = within(kind, '[', ']') {
        return json!({"type": "array", "items": schema(kind)});
    }
    if let Some(kind) = within(kind, '{', '}') {
        return json!({"type": "object", "additionalProperties": schema(kind)});
    }
    if let Some((name, of, format)) = SIMPLE.iter().find(|(name, ..)| *name == kind) {
        let mut schema = json!({"type": of});
        if !format.is_empty() {
            schema["format"] = json!(format);
        }
        if *name == "integer" {
            // Nothing that is counted or measured is below nought.
            schema["minimum"] = json!(0);
        }
        return schema;
    }
    match kind {
        "any" => json!({}),
        "texts" => schema("[text]"),
        "objects" => schema("[object]"),
        _ if is_shape(kind) => json!({"$ref": format!("#/components/schemas/{kind}")}),
        _ if is_words(kind) => words(kind.trim_matches('\'').split('|')),
        _ => json!({"type": "string"}),
    }
}

/// Whether a kind is the name of a shape: those begin with a capital.
fn is_shape(kind: &str) -> bool {
    kind.starts_with(|letter: char| letter.is_ascii_uppercase())
}

/// Whether a kind is the words themselves.
fn is_words(kind: &str) -> bool {
    kind.contains(['|', '\''])
}

fn within(kind: &str, open: char, close: char) -> Option<&str> {
    kind.strip_prefix(open)?.strip_suffix(close)
}

/// A text that is one of a few.
pub(crate) fn words<'a>(words: impl IntoIterator<Item = &'a str>) -> Value {
    json!({"type": "string", "enum": words.into_iter().collect::<Vec<_>>()})
}

/// What is said of a shape elsewhere is repeated, not touched: a sibling of `$ref` counts for nothing (§4.7.23).
fn or_null(mut schema: Value) -> Value {
    if schema.get("$ref").is_some() {
        return json!({"nullable": true, "allOf": [schema]});
    }
    if let Some(words) = schema.get_mut("enum").and_then(Value::as_array_mut) {
        words.push(Value::Null);
    }
    schema["nullable"] = json!(true);
    schema
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(said: &'static str) -> Value {
        Member::read(said).schema()
    }

    #[test]
    fn a_member_says_its_name_whether_it_must_be_there_and_what_it_is() {
        let member = Member::read("left_on?: date");
        assert_eq!((member.name, member.is_optional), ("left_on", true));
        assert!(!Member::read("name").is_optional);
        assert_eq!(of("name"), json!({"type": "string"}));
        assert_eq!(of("left_on?: date"), json!({"type": "string", "format": "date"}));
        assert_eq!(of("decision: share|withhold"), json!({"type": "string", "enum": ["share", "withhold"]}));
        let roles = json!({"type": "array", "items": {"type": "string", "enum": ["officer", "auditor"]}});
        assert_eq!(of("roles?: [officer|auditor]"), roles);
        assert_eq!(of("people?: texts"), json!({"type": "array", "items": {"type": "string"}}));
    }

    #[test]
    fn a_kind_can_be_a_shape_a_list_a_map_one_word_or_null() {
        let clock = json!({"$ref": "#/components/schemas/Clock"});
        assert_eq!(of("clock: Clock"), clock);
        assert_eq!(of("clock: Clock or null"), json!({"nullable": true, "allOf": [clock]}));
        assert_eq!(of("clocks: [Clock]"), json!({"type": "array", "items": clock}));
        assert_eq!(of("by: {Clock}"), json!({"type": "object", "additionalProperties": clock}));
        assert_eq!(of("needs: 'code'"), json!({"type": "string", "enum": ["code"]}));
        assert_eq!(of("left: signed or null"), json!({"type": "integer", "nullable": true}));
        assert_eq!(of("by: a|b or null"), json!({"type": "string", "nullable": true, "enum": ["a", "b", null]}));
    }
}
