//! Minimised: only the agreement's fields are left of the answer.
//!
//! Works on JSON of any depth the parser takes (128). Whether the answer has its declared shape was
//! checked before; here everything that the agreement does not name is taken out and counted.

use std::collections::BTreeMap;

use http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use packhorse_model::service::FieldSet;
use serde_json::{Map, Value};

use crate::kinds::query::Answer;
use crate::steps::fulfil::{Found, Fulfilled};
use crate::trail::Trail;

/// An answer that may leave.
pub(crate) struct Minimised {
    answer: Answer,
}

impl Minimised {
    pub(crate) fn into_answer(self) -> Answer {
        self.answer
    }
}

/// Cuts the answer down.
pub(crate) fn to_the_agreed_fields(fulfilled: Fulfilled, trail: &mut Trail) -> Minimised {
    let (found, given) = fulfilled.into_parts();
    let (status, mut headers, cut) = match found {
        Found::Own(answer) | Found::Opaque(answer) => return Minimised { answer },
        Found::Rows { status, headers, rows, wrapped } => (status, headers, cut(rows, &given, wrapped)),
        Found::Problem { status, headers, body } => (status, headers, problem_only(body.unwrap_or_default())),
    };
    keep_plain_headers(&mut headers);
    trail.cut = (cut.given, cut.withheld);
    Minimised { answer: Answer { status, headers, body: cut.value.to_string().into() } }
}

/// Headers of a source that say nothing about persons; all others stay behind, because the agreement
/// speaks of fields and a header could carry one.
fn keep_plain_headers(headers: &mut HeaderMap) {
    const PLAIN: [&str; 4] = ["content-language", "cache-control", "retry-after", "allow"];
    let others: Vec<HeaderName> = headers.keys().filter(|name| !PLAIN.contains(&name.as_str())).cloned().collect();
    for name in others {
        headers.remove(&name);
    }
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
}

/// Fields as a tree. A field is given by its full name: an inner node gives nothing of what is below.
#[derive(Debug, Default)]
struct Tree(BTreeMap<String, Tree>);

impl Tree {
    fn of(fields: &FieldSet) -> Self {
        let mut root = Self::default();
        for field in fields {
            let mut node = &mut root;
            for name in field.names() {
                node = node.0.entry(name.to_owned()).or_default();
            }
        }
        root
    }
}

struct Cut {
    value: Value,
    given: u64,
    withheld: u64,
}

/// Cuts one row or a list of rows; `wrapped` puts what is left back under `rows`.
fn cut(rows: Value, given: &FieldSet, wrapped: bool) -> Cut {
    let mut cut = Cut { value: Value::Null, given: 0, withheld: 0 };
    cut.value = cut.root(rows, &Tree::of(given));
    if wrapped {
        cut.value = Value::Object(Map::from_iter([("rows".to_owned(), cut.value)]));
    }
    cut
}

impl Cut {
    /// At the root the container stays, however little is left in it: an empty row is an answer too.
    fn root(&mut self, value: Value, tree: &Tree) -> Value {
        match value {
            Value::Array(rows) => Value::Array(rows.into_iter().map(|row| self.root(row, tree)).collect()),
            Value::Object(members) => Value::Object(self.members(members, tree)),
            _ => {
                self.withheld += 1;
                Value::Null
            }
        }
    }

    fn members(&mut self, members: Map<String, Value>, tree: &Tree) -> Map<String, Value> {
        let mut kept = Map::new();
        for (name, member) in members {
            match tree.0.get(&name) {
                Some(below) => {
                    if let Some(member) = self.member(member, below) {
                        kept.insert(name, member);
                    }
                }
                None => self.withheld += leaves(&member),
            }
        }
        kept
    }

    fn member(&mut self, value: Value, tree: &Tree) -> Option<Value> {
        match value {
            Value::Array(items) => {
                Some(Value::Array(items.into_iter().filter_map(|item| self.member(item, tree)).collect()))
            }
            Value::Object(members) if !tree.0.is_empty() => Some(Value::Object(self.members(members, tree))),
            scalar if tree.0.is_empty() && !scalar.is_object() => {
                self.given += 1;
                Some(scalar)
            }
            // An object where a scalar was agreed, or the other way round.
            other => {
                self.withheld += leaves(&other);
                None
            }
        }
    }
}

fn leaves(value: &Value) -> u64 {
    match value {
        Value::Array(items) => items.iter().map(leaves).sum(),
        Value::Object(members) => members.values().map(leaves).sum(),
        _ => 1,
    }
}

/// Of an error answer only its kind leaves (RFC 9457 `type`, `title`, `status`): details may name people.
fn problem_only(body: Value) -> Cut {
    let mut kept = Map::new();
    let mut withheld = 0;
    match body {
        Value::Object(members) => {
            for (name, member) in members {
                if matches!(name.as_str(), "type" | "title" | "status") && !member.is_object() && !member.is_array() {
                    kept.insert(name, member);
                } else {
                    withheld += leaves(&member);
                }
            }
        }
        other => withheld = leaves(&other),
    }
    Cut { value: Value::Object(kept), given: 0, withheld }
}

#[cfg(test)]
mod tests {
    use super::*;
    use packhorse_model::service::FieldPath;
    use serde_json::json;

    fn fields(names: &[&str]) -> FieldSet {
        names.iter().map(|name| FieldPath::from(*name)).collect()
    }

    fn cut_to(value: Value, given: &[&str]) -> (Value, u64, u64) {
        let cut = cut(value, &fields(given), false);
        (cut.value, cut.given, cut.withheld)
    }

    #[test]
    fn agreed_fields_stay_at_any_depth_and_the_rest_is_counted() {
        let value = json!({
            "name": "a", "address": {"postcode": "p", "town": "t"},
            "children": [{"name": "b", "age": 1}, {"name": "c", "age": 2}], "tags": ["x", "y"],
        });
        let (left, given, withheld) = cut_to(value, &["name", "children.age", "tags"]);
        assert_eq!(left, json!({"name": "a", "children": [{"age": 1}, {"age": 2}], "tags": ["x", "y"]}));
        assert_eq!((given, withheld), (5, 4));
    }

    #[test]
    fn a_field_is_given_by_its_full_name_only() {
        let value = json!([{"name": "a", "address": {"postcode": "p", "town": "t"}}]);
        assert_eq!(cut_to(value.clone(), &["address"]), (json!([{}]), 0, 3));
        assert_eq!(cut_to(value, &["address.town"]), (json!([{"address": {"town": "t"}}]), 1, 2));
    }

    #[test]
    fn what_nobody_agreed_does_not_leave_in_any_disguise() {
        for value in [json!({"surprise": 1}), json!({"name": {"first": "a"}}), json!("bare"), json!([[{"x": 1}]])] {
            let (left, given, _) = cut_to(value.clone(), &["name", "address.town"]);
            assert_eq!(given, 0, "{value} left {left}");
        }
        assert_eq!(cut_to(json!({"name": "a"}), &[]), (json!({}), 0, 1));
    }

    #[test]
    fn the_rows_of_a_lookup_are_cut_in_their_wrapper() {
        let rows = json!([{"name": "a", "age": 1}, {"name": "b", "age": 2}]);
        let cut = cut(rows, &fields(&["age"]), true);
        assert_eq!(cut.value, json!({"rows": [{"age": 1}, {"age": 2}]}));
    }

    #[test]
    fn of_an_error_only_its_kind_leaves() {
        let left = problem_only(json!({"type": "not_found", "detail": "no record of Ada", "trace": {"a": 1}}));
        assert_eq!(left.value, json!({"type": "not_found"}));
        assert_eq!(left.withheld, 2);
    }
}
