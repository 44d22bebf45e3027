//! One section of a draft as a form: filled from what stands there, saved complete or not.

use axum::extract::Path;
use axum::response::Response;
use jiff::civil::Date;
use serde_json::{Map, Value, json};

use super::fields::{Field, Group, Kind, POSTS, groups, name, of};
use crate::api::part;
use crate::components::{Area, Choice, Choices, Days, Input};
use crate::error::WebError;
use crate::form::{Errors, Form};
use crate::pages::assurance::blocks::{Blocks, Form as Asked, Part};
use crate::pages::assurance::{Said, back_to};
use crate::visitor::Person;

/// Most blocks of a repeated group that a page offers.
const MOST_BLOCKS: usize = 20;

async fn section(person: &Person, id: &str, name: &str) -> Result<Said, WebError> {
    person.api.get(&format!("/api/agreement-drafts/{}/{}", part(id), part(name))).await
}

/// `GET /governance/drafts/{id}/{section}`.
pub(super) async fn show(person: Person, Path((id, which)): Path<(String, String)>) -> Result<Response, WebError> {
    let said = section(&person, &id, &which).await?;
    let filled = filled(&which, &said.of("parts").0);
    Ok(write(&person, &id, &which, &said, &filled, &Errors::default()).page())
}

fn write(person: &Person, id: &str, which: &str, said: &Said, form: &Form, errors: &Errors) -> Blocks {
    let draft = format!("/governance/drafts/{}", part(id));
    let layout = person.layout(said.text("title")).at("/governance/agreements").back(draft.clone()).with_errors(errors);
    let mut blocks = Blocks::new(layout);
    let begun = said.of("parts").0.as_object().is_some_and(|parts| !parts.is_empty());
    let missing: Vec<String> = said.list("findings").iter().map(|finding| worded(which, finding)).collect();
    if begun && !missing.is_empty() && errors.is_empty() {
        blocks = blocks.heading("Still missing").points(missing);
    }
    let mut asked = Asked::to(format!("{draft}/{}", part(which))).hidden("revision", said.text("revision"));
    let group = groups(which);
    if let Some(group) = &group {
        asked = (0..shown(group, form)).fold(asked, |asked, index| block(asked, group, index, form, errors));
    }
    let plain = of(which);
    if group.is_some() && !plain.is_empty() {
        asked = asked.heading("All of them together");
    }
    asked = asked.parts(plain.iter().map(|field| input(field, &name(field.place), form, errors)));
    asked = asked.button("Save and go back to the list", "");
    if group.is_some() {
        asked = asked.button("Save and add another", "another");
    }
    blocks.form(asked)
}

/// What a finding says, in the page's own words.
fn worded(which: &str, finding: &Said) -> String {
    let place = finding.text("field");
    let label = of(which).iter().find(|field| field.place == place).map_or(place.as_str(), |field| field.label);
    format!("{label}: {}; {}", finding.text("problem"), finding.text("remedy"))
}

/// How many blocks are there, and one to begin with.
fn shown(group: &Group, form: &Form) -> usize {
    let there = |index: &usize| !form.text(&at(group, *index, group.key)).is_empty();
    let filled = (0..MOST_BLOCKS).filter(there).count();
    if filled == 0 || form.text("do") == "another" || form.text("more") == "yes" {
        (filled + 1).min(MOST_BLOCKS)
    } else {
        filled
    }
}

fn at(group: &Group, index: usize, field: &str) -> String {
    format!("{}-{index}-{field}", name(group.place))
}

fn block(asked: Asked, group: &Group, index: usize, form: &Form, errors: &Errors) -> Asked {
    let asked = asked.heading(format!("{} {}", group.heading, index + 1));
    asked.parts(group.fields.iter().map(|field| {
        let label = format!("{} ({} {})", field.label, group.heading.to_lowercase(), index + 1);
        control(field, &at(group, index, field.place), &label, form, errors)
    }))
}

fn input(field: &Field, name: &str, form: &Form, errors: &Errors) -> Part {
    control(field, name, field.label, form, errors)
}

fn control(field: &Field, name: &str, label: &str, form: &Form, errors: &Errors) -> Part {
    let choices = |of: &[(&str, &str)]| of.iter().map(|(value, label)| Choice::new(*value, *label)).collect::<Vec<_>>();
    macro_rules! hinted {
        ($control:expr) => {{
            let control = $control.filled(form, errors);
            if field.hint.is_empty() { control.into() } else { control.hint(field.hint).into() }
        }};
    }
    match field.kind {
        Kind::Line => hinted!(Input::new(name, label)),
        Kind::Text => hinted!(Area::new(name, label).rows(3)),
        Kind::List => hinted!(Area::new(name, label).rows(3)),
        Kind::Day => hinted!(Days::new(name, label)),
        Kind::YesNo => hinted!(Choices::yes_no(name, label)),
        Kind::One(of) => hinted!(Choices::one(name, label, choices(of))),
        Kind::Any(of) => hinted!(Choices::any(name, label, choices(of))),
    }
}

/// The form that says what stands in the section.
fn filled(which: &str, parts: &Value) -> Form {
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

/// A member of a block as it is typed: contacts by post, operations as method and path.
fn typed(place: &str, item: &Value) -> Option<Value> {
    if POSTS.contains(&place) {
        let contacts = item.get("contacts")?.as_array()?;
        let contact = contacts.iter().find(|contact| contact.get("role").and_then(Value::as_str) == Some(place))?;
        return Some(json!([contact.get("name"), contact.get("email")]));
    }
    if place == "operations" {
        let word = |one: &Value, name: &str| one.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let lines =
            item.get(place)?.as_array()?.iter().map(|one| format!("{} {}", word(one, "method"), word(one, "path")));
        return Some(lines.collect());
    }
    item.get(place).cloned()
}

fn at_place<'a>(parts: &'a Value, place: &str) -> Option<&'a Value> {
    place.split('.').try_fold(parts, |value, name| value.get(name))
}

fn put(fields: &mut Vec<(String, String)>, kind: Kind, name: &str, value: Option<&Value>) {
    let Some(value) = value else { return };
    let word = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    };
    match (kind, value) {
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

/// `POST /governance/drafts/{id}/{section}`.
pub(super) async fn save(
    person: Person,
    Path((id, which)): Path<(String, String)>,
    form: Form,
) -> Result<Response, WebError> {
    let said = section(&person, &id, &which).await?;
    let mut errors = Errors::default();
    let parts = read(&which, &said.of("parts").0, &form, &mut errors);
    if errors.is_empty() {
        let body = json!({"parts": parts, "revision": form.text("revision").parse::<i64>().ok()});
        let path = format!("/api/agreement-drafts/{}/{}", part(&id), part(&which));
        match person.api.put(&path, &body).await {
            Ok(()) if form.text("do") == "another" => {
                let said = section(&person, &id, &which).await?;
                let more = filled(&which, &said.of("parts").0);
                let pairs =
                    more.pairs().map(|(name, value)| (name, value.to_owned())).chain([("more", "yes".to_owned())]);
                let form = Form::filled(pairs.collect::<Vec<_>>());
                return Ok(write(&person, &id, &which, &said, &form, &errors).page());
            }
            Ok(()) => return Ok(back_to(&format!("/governance/drafts/{}", part(&id)))),
            Err(WebError::Refused(problem)) if problem.status != 403 => errors = Errors::found(&problem, |_| None),
            Err(error) => return Err(error),
        }
    }
    Ok(write(&person, &id, &which, &said, &form, &errors).amiss())
}

/// The section's parts with what was typed put in; what the page does not ask for stays.
fn read(which: &str, before: &Value, form: &Form, errors: &mut Errors) -> Map<String, Value> {
    let mut parts = before.clone();
    for field in of(which) {
        let value = value(field.kind, &name(field.place), form, errors);
        set(&mut parts, field.place, value);
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
    match kind {
        Kind::Line | Kind::Text => Some(json!(text)),
        Kind::List => {
            Some(text.lines().map(str::trim).filter(|line| !line.is_empty()).map(|line| json!(line)).collect())
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
