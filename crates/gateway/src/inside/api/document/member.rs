//! What a member of a body or a parameter of an address is: `name`, with `?` where it may be left out, and after a colon
//! its kind where that is not a text.

use serde_json::{Value, json};

/// One member, read from the list of routes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Member {
    pub(super) name: &'static str,
    pub(super) is_optional: bool,
    kind: &'static str,
}

impl Member {
    pub(super) fn read(said: &'static str) -> Self {
        let (name, kind) = said.split_once(": ").unwrap_or((said, "text"));
        let (name, is_optional) = name.strip_suffix('?').map_or((name, false), |name| (name, true));
        Self { name, is_optional, kind }
    }

    /// Its schema (OpenAPI 3.0.3 §4.7.24).
    pub(super) fn schema(self) -> Value {
        let listed = self.kind.strip_prefix('[').and_then(|kind| kind.strip_suffix(']'));
        match (listed, self.kind) {
            (Some(one), _) => array(&words(one)),
            (None, "texts") => array(&json!({"type": "string"})),
            (None, "objects") => array(&json!({"type": "object"})),
            // Nothing negative is counted or measured in this API.
            (None, "integer") => json!({"type": "integer", "minimum": 0}),
            (None, kind @ ("boolean" | "object")) => json!({"type": kind}),
            (None, format @ ("date" | "date-time" | "uuid")) => json!({"type": "string", "format": format}),
            (None, "any") => json!({}),
            (None, kind) => words(kind),
        }
    }
}

fn array(items: &Value) -> Value {
    json!({"type": "array", "items": items})
}

/// A text, or one of a few words.
fn words(kind: &str) -> Value {
    if kind.contains('|') {
        json!({"type": "string", "enum": kind.split('|').collect::<Vec<_>>()})
    } else {
        json!({"type": "string"})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema(said: &'static str) -> Value {
        Member::read(said).schema()
    }

    #[test]
    fn a_member_says_its_name_whether_it_must_be_there_and_what_it_is() {
        let member = Member::read("left_on?: date");
        assert_eq!((member.name, member.is_optional), ("left_on", true));
        assert!(!Member::read("name").is_optional);
        assert_eq!(schema("name"), json!({"type": "string"}));
        assert_eq!(schema("left_on?: date"), json!({"type": "string", "format": "date"}));
        assert_eq!(schema("decision: share|withhold"), json!({"type": "string", "enum": ["share", "withhold"]}));
        let roles = json!({"type": "array", "items": {"type": "string", "enum": ["officer", "auditor"]}});
        assert_eq!(schema("roles?: [officer|auditor]"), roles);
        assert_eq!(schema("people?: texts"), json!({"type": "array", "items": {"type": "string"}}));
    }
}
