//! Two versions of an agreement, field by field.

use std::collections::BTreeMap;

use packhorse_model::agreement::Agreement;
use serde::Serialize;
use serde_json::{Value, json};

/// A field that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The field, as findings name it.
    pub field: String,
    /// What it said; nothing where it is new.
    pub before: Option<String>,
    /// What it says now; nothing where it is gone.
    pub after: Option<String>,
}

/// What differs between two versions, by field.
#[must_use]
pub fn compare(before: &Agreement, after: &Agreement) -> Vec<Difference> {
    let (before, mut after) = (flat(before), flat(after));
    let mut differences = Vec::new();
    for (field, old) in before {
        let new = after.remove(&field);
        if new.as_ref() != Some(&old) {
            differences.push(Difference { field, before: Some(old), after: new });
        }
    }
    differences.extend(after.into_iter().map(|(field, new)| Difference { field, before: None, after: Some(new) }));
    differences.sort_by(|one, other| one.field.cmp(&other.field));
    differences
}

fn flat(agreement: &Agreement) -> BTreeMap<String, String> {
    let mut fields = BTreeMap::new();
    walk("", &json!(agreement), &mut fields);
    fields
}

/// Lists of words are one field, lists of objects one for each; what is empty is as if it were not there.
fn walk(path: &str, value: &Value, fields: &mut BTreeMap<String, String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                walk(&path, member, fields);
            }
        }
        Value::Array(items) if items.iter().any(Value::is_object) => {
            for (index, item) in items.iter().enumerate() {
                walk(&format!("{path}[{index}]"), item, fields);
            }
        }
        Value::Array(items) => {
            let words: Vec<String> = items.iter().map(said).collect();
            keep(path, words.join(", "), fields);
        }
        other => keep(path, said(other), fields),
    }
}

fn said(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

fn keep(path: &str, text: String, fields: &mut BTreeMap<String, String>) {
    if !text.is_empty() {
        fields.insert(path.to_owned(), text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::read_toml;

    #[test]
    fn a_new_version_shows_what_it_adds_takes_away_and_changes() {
        let before = read_toml(include_str!("../../tests/stories/blue-badge.toml")).unwrap();
        let mut after = before.clone();
        after.version = 2;
        after.title = "Another".into();
        after.purpose.impact_if_not_shared.clear();
        after.data.matching_keys.push("postcode".into());
        let differences = compare(&before, &after);
        let fields: Vec<&str> = differences.iter().map(|difference| difference.field.as_str()).collect();
        assert!(fields.contains(&"title") && fields.contains(&"version"), "{fields:?}");
        assert!(fields.contains(&"data.matching_keys"), "{fields:?}");
        assert_eq!(compare(&before, &before), []);
    }
}
