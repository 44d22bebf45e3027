//! An agreement as people read it: the draft's own questions with what was answered, and after them whatever else the
//! text says, so that nobody signs what they were not shown.

use serde_json::{Value, json};

use super::fields::{Field, Group, Kind, at_place, groups, of, pair, typed};
use crate::components::{Cell, Summary};
use crate::dates;
use crate::pages::assurance::blocks::Blocks;

/// A row: what is asked, and the answer.
pub(super) type Row = (String, Cell);

/// The sections of a text, each with the members that it holds. The first holds all that no other does.
const SECTIONS: [(&str, &str, &[&str]); 10] = [
    ("identity", "The agreement", &[]),
    ("parties", "Parties", &["parties", "control"]),
    ("purpose", "Purpose and benefits", &["purpose"]),
    ("data", "Data", &["data"]),
    ("law", "Law", &["law"]),
    ("rights", "People’s rights and publication", &["rights"]),
    ("flow", "How it travels, and who may ask", &["flow"]),
    ("governance", "How it is looked after", &["governance"]),
    ("life", "Dates, review and ending", &["life"]),
    ("grants", "What may be asked", &["grants"]),
];

/// Puts the whole text of an agreement onto a page.
pub(super) fn whole(blocks: Blocks, text: &Value) -> Blocks {
    SECTIONS.iter().fold(blocks, |blocks, (which, heading, members)| {
        let rows = rows(which, &part_of(text, members));
        if rows.is_empty() {
            return blocks;
        }
        let summary = rows.into_iter().fold(Summary::new(), |summary, (name, said)| summary.row(name, said));
        blocks.heading(*heading).part(summary)
    })
}

fn part_of(text: &Value, members: &[&str]) -> Value {
    let elsewhere = |name: &String| SECTIONS.iter().any(|(_, _, theirs)| theirs.contains(&name.as_str()));
    let is_here = |name: &String| if members.is_empty() { !elsewhere(name) } else { members.contains(&name.as_str()) };
    let all = text.as_object().into_iter().flatten();
    all.filter(|(name, _)| is_here(name)).map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// Whether anything was answered. A "no" that stands there from the start is no answer.
pub(super) fn is_begun(parts: &Value) -> bool {
    match parts {
        Value::Null | Value::Bool(false) => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => items.iter().any(is_begun),
        Value::Object(members) => members.values().any(is_begun),
        Value::Bool(true) | Value::Number(_) => true,
    }
}

/// What a section says.
pub(super) fn rows(which: &str, parts: &Value) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut rest = parts.clone();
    for field in of(which) {
        rows.extend(said(field, field.label.to_owned(), at_place(parts, field.place)));
        take(&mut rest, field.place);
    }
    if let Some(group) = groups(which) {
        let items = at_place(parts, group.place).and_then(Value::as_array);
        for (index, item) in items.into_iter().flatten().enumerate() {
            block(&group, index, item, &mut rows);
        }
        take(&mut rest, group.place);
    }
    walk("", &rest, &mut rows);
    rows
}

fn block(group: &Group, index: usize, item: &Value, rows: &mut Vec<Row>) {
    let heading = format!("{} {}", group.heading, index + 1);
    let mut rest = item.clone();
    for field in group.fields {
        let value = typed(field.place, item);
        rows.extend(said(field, format!("{heading}: {}", field.label), value.as_ref()));
        take(&mut rest, field.place);
    }
    if let Some(contacts) = rest.get_mut("contacts").and_then(Value::as_array_mut) {
        contacts.retain(|contact| {
            let post = contact.get("role").and_then(Value::as_str).unwrap_or_default();
            !group.fields.iter().any(|field| field.place == post)
        });
    }
    walk(&heading, &rest, rows);
}

/// An answer in the words of its choices; nothing where nothing was answered.
fn said(field: &Field, name: String, value: Option<&Value>) -> Option<Row> {
    let chosen = |of: &[(&'static str, &'static str)], value: &Value| {
        let found = of.iter().find(|(code, _)| value == code);
        found.map_or_else(|| word(value), |(_, label)| (*label).to_owned())
    };
    let shown = |value: &Value| match field.kind {
        Kind::One(of) | Kind::Any(of) => chosen(of, value),
        Kind::Pairs(..) => pair(field.kind, value).unwrap_or_else(|| word(value)),
        Kind::Day => word(value).parse().map_or_else(|_| word(value), dates::day),
        Kind::Line | Kind::Text | Kind::List | Kind::YesNo | Kind::Member => word(value),
    };
    match value? {
        Value::Null => None,
        Value::String(text) if text.is_empty() => None,
        Value::Array(items) if items.is_empty() => None,
        Value::Array(items) => Some((name, Cell::Lines(items.iter().map(shown).collect()))),
        other => Some((name, Cell::Text(shown(other)))),
    }
}

/// Takes away what stands at a place, and what is empty then.
fn take(from: &mut Value, place: &str) {
    let Some(members) = from.as_object_mut() else { return };
    match place.split_once('.') {
        None => _ = members.remove(place),
        Some((first, below)) => {
            let Some(inner) = members.get_mut(first) else { return };
            take(inner, below);
            if *inner == json!({}) {
                members.remove(first);
            }
        }
    }
}

/// What no question asks for, by its name.
fn walk(path: &str, value: &Value, rows: &mut Vec<Row>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                let name = name.replace('_', " ");
                walk(&if path.is_empty() { name } else { format!("{path}: {name}") }, member, rows);
            }
        }
        Value::Array(items) if items.iter().any(Value::is_object) => {
            for (index, item) in items.iter().enumerate() {
                walk(&format!("{path} {}", index + 1), item, rows);
            }
        }
        Value::Array(items) if items.is_empty() => {}
        Value::Array(items) => rows.push((path.to_owned(), Cell::Lines(items.iter().map(word).collect()))),
        Value::Null => {}
        Value::String(text) if text.is_empty() => {}
        other => rows.push((path.to_owned(), Cell::Text(word(other)))),
    }
}

fn word(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Bool(true) => "Yes".to_owned(),
        Value::Bool(false) => "No".to_owned(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(which: &str, parts: &Value) -> Vec<(String, String)> {
        rows(which, parts).into_iter().map(|(name, said)| (name, said.to_string())).collect()
    }

    fn row(name: &str, said: &str) -> (String, String) {
        (name.to_owned(), said.to_owned())
    }

    #[test]
    fn answers_are_read_in_the_words_of_the_questions() {
        let life = json!({"life": {"start_date": "2026-04-01", "end_date": null, "termination_terms": ""}});
        assert_eq!(read("life", &life), [row("First day", "1 April 2026")]);
        let data = json!({"data": {"types": ["special"], "marking": "official-sensitive"}});
        let read = read("data", &data);
        assert!(read[0].1.contains("Special category or criminal offence data"), "{read:?}");
        assert_eq!(read[1], row("Marking", "OFFICIAL-SENSITIVE"));
    }

    #[test]
    fn what_no_question_asks_for_is_read_all_the_same() {
        let grants = json!({"grants": [{"service": "EX/GOV/a/b/c", "only_on": ["monday"], "fields": ["name"]}]});
        let read = read("grants", &grants);
        assert_eq!(read[0], row("Grant 1: Service that may be asked", "EX/<wbr>GOV/<wbr>a/<wbr>b/<wbr>c"));
        assert_eq!(read[1].0, "Grant 1: Fields that may leave");
        assert_eq!(read[2].0, "Grant 1: only on");
        assert_eq!(read.len(), 3);
    }

    #[test]
    fn contacts_are_read_by_their_posts_and_none_is_lost() {
        let contact = |role: &str| json!({"role": role, "name": "Data desk", "email": "desk@example.org"});
        let parties =
            json!({"parties": [{"organisation": "EX/LOC/a", "contacts": [contact("dpo"), contact("press")]}]});
        let mut names: Vec<String> = read("parties", &parties).into_iter().map(|(name, _)| name).collect();
        // Members of an object have the build's order.
        names[2..].sort();
        let said =
            ["Organisation", "Data protection officer", "contacts 1: email", "contacts 1: name", "contacts 1: role"];
        assert_eq!(names, said.map(|name| format!("Party 1: {name}")));
    }
}
