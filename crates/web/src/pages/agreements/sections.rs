//! One section of a draft as a form: filled from what stands there, saved complete or not.

use axum::extract::Path;
use axum::response::Response;
use serde_json::json;

use super::answers::{MOST_BLOCKS, at, filled, read};
use super::fields::{Field, Group, Kind, groups, name, of};
use super::reading::is_begun;
use crate::api::part;
use crate::components::{Area, Choice, Choices, Days, Input, Select};
use crate::error::WebError;
use crate::form::{Errors, Form};
use crate::pages::assurance::blocks::{Blocks, Form as Asked, Part};
use crate::pages::assurance::{Said, back_to};
use crate::visitor::Person;

/// What a section's form is filled with: what was typed, what is amiss, and who may be named as a party.
struct Filling<'a> {
    form: &'a Form,
    errors: &'a Errors,
    members: Vec<(String, String)>,
}

/// The members of the network by identifier, with their names.
async fn members(person: &Person, which: &str) -> Result<Vec<(String, String)>, WebError> {
    if which != "parties" {
        return Ok(Vec::new());
    }
    let said: Vec<Said> = person.api.get("/api/directory").await?;
    let mut members: Vec<_> = said.iter().map(|one| (one.text("id"), one.of("details").text("name"))).collect();
    members.sort_by(|one, other| one.1.cmp(&other.1));
    Ok(members)
}

async fn section(person: &Person, id: &str, name: &str) -> Result<Said, WebError> {
    person.api.get(&format!("/api/agreement-drafts/{}/{}", part(id), part(name))).await
}

/// `GET /governance/drafts/{id}/{section}`.
pub(super) async fn show(person: Person, Path((id, which)): Path<(String, String)>) -> Result<Response, WebError> {
    let said = section(&person, &id, &which).await?;
    let filled = filled(&which, &said.of("parts").0);
    Ok(write(&person, &id, &which, &said, &filled, &Errors::default()).await?.page())
}

async fn write(
    person: &Person,
    id: &str,
    which: &str,
    said: &Said,
    form: &Form,
    errors: &Errors,
) -> Result<Blocks, WebError> {
    let filling = Filling { form, errors, members: members(person, which).await? };
    let draft = format!("/governance/drafts/{}", part(id));
    let layout = person.layout(said.text("title")).at("/governance/agreements").back(draft.clone()).with_errors(errors);
    let mut blocks = Blocks::new(layout);
    let missing: Vec<String> = said.list("findings").iter().map(|finding| worded(which, finding)).collect();
    if is_begun(&said.of("parts").0) && !missing.is_empty() && errors.is_empty() {
        blocks = blocks.heading("Still missing").points(missing);
    }
    let mut asked = Asked::to(format!("{draft}/{}", part(which))).hidden("revision", said.text("revision"));
    let group = groups(which);
    if let Some(group) = &group {
        asked = (0..shown(group, form)).fold(asked, |asked, index| block(asked, group, index, &filling));
    }
    let plain = of(which);
    if group.is_some() && !plain.is_empty() {
        asked = asked.heading("All of them together");
    }
    asked = asked.parts(plain.iter().map(|field| control(field, &name(field.place), field.label, &filling)));
    asked = asked.button("Save and go back to the list", "");
    if group.is_some() {
        asked = asked.button("Save and add another", "another");
    }
    Ok(blocks.form(asked))
}

/// What a finding says, in the page's own words: what is missing by its question alone, which says what to write.
fn worded(which: &str, finding: &Said) -> String {
    let (place, problem) = (finding.text("field"), finding.text("problem"));
    // A contact is asked for by its post.
    let (place, is_missing) = match problem.strip_prefix("names no ") {
        Some(post) => (place.replace("contacts", post), true),
        None => (place, problem == "is missing"),
    };
    let label = label(which, &place);
    if is_missing {
        return label;
    }
    format!("{}: {problem}; {}", label.trim_end_matches('?'), finding.text("remedy"))
}

/// What the page calls a place in the agreement: `law.necessity`, `parties`, `grants[2].fields`.
fn label(which: &str, place: &str) -> String {
    if let Some(field) = of(which).iter().find(|field| field.place == place) {
        return field.label.to_owned();
    }
    let Some(group) = groups(which) else { return place.to_owned() };
    match place.strip_prefix(group.place).and_then(|rest| rest.strip_prefix('[')?.split_once(']')) {
        Some((index, below)) => {
            let number = index.parse::<usize>().map_or(1, |index| index + 1);
            let below = below.trim_start_matches('.');
            let asked = group.fields.iter().find(|field| field.place == below).map_or(below, |field| field.label);
            format!("{} {number}: {asked}", group.heading).trim_end_matches(": ").to_owned()
        }
        None if place == group.place => group.several.to_owned(),
        None => place.to_owned(),
    }
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

fn block(asked: Asked, group: &Group, index: usize, filling: &Filling<'_>) -> Asked {
    let asked = asked.heading(format!("{} {}", group.heading, index + 1));
    asked.parts(group.fields.iter().map(|field| {
        let label = format!("{} ({} {})", field.label, group.heading.to_lowercase(), index + 1);
        control(field, &at(group, index, field.place), &label, filling)
    }))
}

fn control(field: &Field, name: &str, label: &str, filling: &Filling<'_>) -> Part {
    let Filling { form, errors, members } = filling;
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
        Kind::List | Kind::Pairs(..) => hinted!(Area::new(name, label).rows(3)),
        Kind::Member => {
            // Whoever has left the directory since stays chosen until somebody else is.
            let gone =
                Some(form.text(name)).filter(|id| !id.is_empty() && !members.iter().any(|(known, _)| known == id));
            let known = members.iter().map(|(id, name)| Choice::new(id, format!("{name} ({id})")));
            let offered = known.chain(gone.map(|id| Choice::new(id, id))).collect();
            hinted!(Select::new(name, label, offered).none("Choose an organisation"))
        }
        Kind::Day => hinted!(Days::new(name, label)),
        Kind::YesNo => hinted!(Choices::yes_no(name, label)),
        Kind::One(of) => hinted!(Choices::one(name, label, choices(of))),
        Kind::Any(of) => hinted!(Choices::any(name, label, choices(of))),
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
                return Ok(write(&person, &id, &which, &said, &form, &errors).await?.page());
            }
            Ok(()) => return Ok(back_to(&format!("/governance/drafts/{}", part(&id)))),
            Err(WebError::Refused(problem)) if problem.status != 403 => errors = Errors::found(&problem, |_| None),
            Err(error) => return Err(error),
        }
    }
    Ok(write(&person, &id, &which, &said, &form, &errors).await?.amiss())
}
