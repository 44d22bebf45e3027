//! What a section's form says, from the agreement's parts and back to them.

use jiff::civil::Date;
use serde_json::{Map, Value, json};

use super::fields::{Group, Kind, POSTS, at_place, groups, name, of, pair, typed};
use crate::form::{Errors, Form};

/// The test that may be left out as a whole.
const HUMAN_RIGHTS: &str = "law.hra_test";
/// Most blocks of a repeated group that a page offers.
pub(super) const MOST_BLOCKS: usize = 20;

/// The name of a member of a block.
pub(super) fn at(group: &Group, index: usize, field: &str) -> String {
    format!("{}-{index}-{field}", name(group.place))
}

/// The form that says what stands in the section.
pub(super) fn filled(which: &str, parts: &Value) -> Form {
    let mut fields: Vec<(String, String)> = Vec::new();
    for field in of(which) {
        put(&mut fields, field.kind, &name(field.place), at_place(parts, field.place));
    }
    if let Some(group) = groups(which) {
        let items = at_place(parts, group.place).and_then(Value::as_array).cloned().unwrap_or_default();
        for (index, item) in items.iter().enumerate() {
            for field in group.fields {
                let value = typed(field.place, item);
                put(&mut fields, field.kind, &at(&group, index, field.place), value.as_ref());
            }
        }
    }
    Form::filled(fields.iter().map(|(name, value)| (name.as_str(), value.clone())))
}

fn put(fields: &mut Vec<(String, String)>, kind: Kind, name: &str, value: Option<&Value>) {
    let Some(value) = value else { return };
    let word = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    };
    match (kind, value) {
        (Kind::Pairs(..), Value::Array(items)) => {
            fields.push((
                name.to_owned(),
                items.iter().filter_map(|item| pair(kind, item)).collect::<Vec<_>>().join("\n"),
            ));
        }
        (Kind::Any(_), Value::Array(chosen)) => fields.extend(chosen.iter().map(|one| (name.to_owned(), word(one)))),
        (_, Value::Array(lines)) => {
            fields.push((name.to_owned(), lines.iter().map(word).collect::<Vec<_>>().join("\n")));
        }
        (Kind::YesNo, Value::Bool(yes)) => fields.push((name.to_owned(), if *yes { "yes" } else { "no" }.to_owned())),
        (Kind::Day, Value::String(day)) => {
            let Ok(day) = day.parse::<Date>() else { return };
            fields.push((format!("{name}-day"), day.day().to_string()));
            fields.push((format!("{name}-month"), day.month().to_string()));
            fields.push((format!("{name}-year"), day.year().to_string()));
        }
        (_, other) => fields.push((name.to_owned(), word(other))),
    }
}

/// The section's parts with what was typed put in; what the page does not ask for stays.
pub(super) fn read(which: &str, before: &Value, form: &Form, errors: &mut Errors) -> Map<String, Value> {
    let mut parts = before.clone();
    for field in of(which) {
        let value = value(field.kind, &name(field.place), form, errors);
        set(&mut parts, field.place, value);
    }
    // A test of which nothing was answered is none.
    if at_place(&parts, HUMAN_RIGHTS)
        .and_then(Value::as_object)
        .is_some_and(|test| test.values().all(|said| said == ""))
    {
        set(&mut parts, HUMAN_RIGHTS, None);
    }
    if let Some(group) = groups(which) {
        let items = (0..MOST_BLOCKS).filter(|index| !form.text(&at(&group, *index, group.key)).is_empty());
        let items: Vec<Value> = items.map(|index| item(&group, index, form, errors)).collect();
        set(&mut parts, group.place, Some(json!(items)));
    }
    parts.as_object().cloned().unwrap_or_default()
}

fn item(group: &Group, index: usize, form: &Form, errors: &mut Errors) -> Value {
    let mut item = json!({});
    let mut contacts = Vec::new();
    for field in group.fields {
        let name = at(group, index, field.place);
        let lines = || form.text(&name).lines().map(str::trim).filter(|line| !line.is_empty());
        match field.place {
            post if POSTS.contains(&post) => {
                let (who, mailbox) = (lines().next().unwrap_or_default(), lines().nth(1).unwrap_or_default());
                if !who.is_empty() {
                    contacts.push(json!({"role": post, "name": who, "email": mailbox}));
                }
            }
            "operations" => {
                let operation = |line: &str| {
                    let (method, path) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
                    json!({"method": method, "path": path.trim()})
                };
                item["operations"] = lines().map(operation).collect();
            }
            "training_months" | "per_day" if form.text(&name).is_empty() => {}
            "training_months" | "per_day" => match form.text(&name).parse::<u64>() {
                Ok(number) => item[field.place] = json!(number),
                Err(_) => errors.add(&name, format!("{} must be a number", field.label)),
            },
            _ => {
                if let Some(value) = value(field.kind, &name, form, errors) {
                    item[field.place] = value;
                }
            }
        }
    }
    if group.place == "parties" {
        item["contacts"] = json!(contacts);
    }
    item
}

/// What was typed; nothing where nothing was, for what may be absent.
fn value(kind: Kind, name: &str, form: &Form, errors: &mut Errors) -> Option<Value> {
    let text = form.text(name);
    let lines = || text.lines().map(str::trim).filter(|line| !line.is_empty());
    match kind {
        Kind::Line | Kind::Text | Kind::Member => Some(json!(text)),
        Kind::List => Some(lines().map(|line| json!(line)).collect()),
        Kind::Pairs(first, second) => {
            let split = |line: &str| {
                let (one, other) = line.split_once(';').unwrap_or((line, ""));
                json!({first: one.trim(), second: other.trim()})
            };
            Some(lines().map(split).collect())
        }
        Kind::Any(_) => Some(form.all(name).filter(|one| !one.is_empty()).map(|one| json!(one)).collect()),
        Kind::One(_) => Some(text).filter(|text| !text.is_empty()).map(|text| json!(text)),
        Kind::YesNo => Some(text).filter(|text| !text.is_empty()).map(|text| json!(text == "yes")),
        Kind::Day => {
            let typed = ["day", "month", "year"].iter().any(|part| !form.text(&format!("{name}-{part}")).is_empty());
            typed.then(|| errors.date(form, name, "a day")).flatten().map(|day| json!(day))
        }
    }
}

/// Puts a value at a place; takes away what stood there where there is none. A name that may be absent and must not be
/// empty (the overarching agreement's) is taken away when it is empty.
fn set(parts: &mut Value, place: &str, value: Option<Value>) {
    let (above, last) = place.rsplit_once('.').map_or((None, place), |(above, last)| (Some(above), last));
    let mut at = parts;
    for name in above.into_iter().flat_map(|above| above.split('.')) {
        if !at.get(name).is_some_and(Value::is_object) {
            at[name] = json!({});
        }
        at = &mut at[name];
    }
    let value = value.filter(|value| !(last == "parent" && value == ""));
    match (value, at.as_object_mut()) {
        (Some(value), Some(members)) => _ = members.insert(last.to_owned(), value),
        (None, Some(members)) => {
            // Where an answer may not be absent, nothing chosen is "no".
            let absent = members.get(last).is_some_and(Value::is_boolean) && !matches!(last, "leaves_uk" | "publish");
            if absent {
                members.insert(last.to_owned(), json!(false));
            } else if last == "parent" {
                // Sent as nothing: left out, the section's former value would stay.
                members.insert(last.to_owned(), Value::Null);
            } else {
                members.remove(last);
            }
        }
        (_, None) => {}
    }
}
