//! One request: its clock, where was searched, what is withheld, and every step that can be taken.

use axum::extract::{Path, Query};
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::sheet::{Part, Sheet, day, items, said, standing, when, words};
use super::Id;
use crate::api::part;
use crate::components::{Area, Banner, Cell, Choice, Days, Input, Select, Summary, Table, Tag};
use crate::error::WebError;
use crate::form::{Errors, Form};
use crate::visitor::Person;

#[derive(Deserialize)]
pub(super) struct Told {
    done: Option<String>,
}

pub(super) async fn show(person: Person, Path(id): Id, Query(told): Query<Told>) -> Result<Response, WebError> {
    whole(&person, &id, told.done.is_some(), (&Form::default(), &Errors::default(), ""), None).await
}

async fn whole(
    person: &Person,
    id: &str,
    done: bool,
    (form, errors, sent): (&Form, &Errors, &str),
    found: Option<&Value>,
) -> Result<Response, WebError> {
    let case: Value = person.api.get(&format!("/api/requests/{}", part(id))).await?;
    let banner = done.then(|| Banner::success("It is in the timeline"));
    let layout = person.layout(words(&case["received"]["kind"])).back("/requests").banner(banner).wide();
    let mut sheet = Sheet::new(layout).errors(errors).sent(sent).part(&summary(&case))?;
    sheet = schedule(sheet, &case)?;
    if let Some(found) = found {
        sheet = results(sheet, found)?;
    }
    if person.who.is_any(&["governance"]) {
        sheet = acts(sheet, &case, id, form, errors)?;
    }
    Ok(timeline(sheet, &case)?.answer())
}

fn summary(case: &Value) -> Summary {
    let received = &case["received"];
    let known = |value: &Value| Some(said(value)).filter(|text| !text.is_empty());
    let clock = &case["clock"];
    Summary::new()
        .row("Asked", said(&received["what"]))
        .maybe("By", known(&received["requester"]))
        .row("Received", format!("{}, by {}", when(&received["received_at"]), said(&received["channel"])))
        .row("State", Tag::new(words(&case["state"]), "blue"))
        .row("Clock", standing(clock))
        .maybe("Due", Some(day(&clock["due_on"])).filter(|due| !due.is_empty()))
        .maybe("Runs longer because", known(&clock["extension"]["reason"]))
        .maybe("Outcome", known(&case["outcome"]))
}

fn schedule(sheet: Sheet, case: &Value) -> Result<Sheet, WebError> {
    let rows = items(&case["searches"]).iter().map(|search| {
        let found = Cell::Number(said(&search["found"]));
        vec![said(&search["place"]).into(), when(&search["at"]).into(), said(&search["note"]).into(), found]
    });
    let searches =
        Table::new("Where was searched", &["Place", "When", "How", "#Found"], "Nothing has been searched yet.");
    let rows_withheld = items(&case["exemptions"]).iter().map(|exemption| {
        let eyes = match (exemption["released"].as_bool(), exemption["agreed_by"].as_str()) {
            (Some(true), _) => Tag::new("Not withheld", "grey"),
            (_, Some(by)) => Tag::new(format!("Agreed by {by}"), "green"),
            _ => Tag::new("Needs a second person", "yellow"),
        };
        vec![
            said(&exemption["item"]).into(),
            said(&exemption["code"]).into(),
            said(&exemption["reason"]).into(),
            said(&exemption["decided_by"]).into(),
            eyes.into(),
        ]
    });
    let columns = ["Item", "Exemption", "Why", "Decided by", "Second person"];
    let withheld = Table::new("What is withheld", &columns, "Nothing is withheld.").rows(rows_withheld);
    sheet.part(&searches.rows(rows))?.part(&withheld)
}

fn results(sheet: Sheet, found: &Value) -> Result<Sheet, WebError> {
    let rows = items(&found["items"]).iter().map(|line| {
        vec![
            Cell::Code(said(&line["exchange"])),
            when(&line["at"]).into(),
            words(&line["kind"]).into(),
            said(&line["partner"]).into(),
            said(&line["service"]).into(),
            words(&line["outcome"]).into(),
        ]
    });
    let columns = ["Exchange", "When", "Kind", "Partner", "Service", "How it ended"];
    let table = Table::new("What was exchanged about this person", &columns, "Nothing was found.").rows(rows);
    sheet.inset(&format!("Searched were {}.", said(&found["searched"])))?.part(&table)
}

/// The fields of one step's form, as they were sent. Each is named after its step: many forms stand on this page.
struct Fields<'a> {
    step: &'static str,
    form: &'a Form,
    errors: &'a Errors,
}

impl Fields<'_> {
    fn name(&self, name: &str) -> String {
        named(self.step, name)
    }

    fn area(&self, name: &str, label: &str) -> Result<Vec<Part>, WebError> {
        Ok(vec![Part::of(&Area::new(self.name(name), label).rows(3).filled(self.form, self.errors))?])
    }

    fn line(&self, name: &str, label: &str) -> Result<Part, WebError> {
        Part::of(&Input::new(self.name(name), label).filled(self.form, self.errors))
    }

    fn which(&self, of: &[Choice]) -> Result<Vec<Part>, WebError> {
        Ok(vec![Part::of(
            &Select::new(self.name("number"), "Which item?", of.to_vec()).filled(self.form, self.errors),
        )?])
    }
}

/// What a field of a step's form is called.
fn named(step: &str, field: &str) -> String {
    format!("{step}-{field}")
}

fn path(id: &str, step: &str) -> String {
    format!("/requests/{}/steps/{step}", part(id))
}

fn acts(sheet: Sheet, case: &Value, id: &str, form: &Form, errors: &Errors) -> Result<Sheet, WebError> {
    let of = |step| Fields { step, form, errors };
    let state = case["state"].as_str().unwrap_or_default();
    let sheet = sheet.heading("Do something about it")?;
    if matches!(state, "answered" | "refused") {
        let sheet = sheet.act(&path(id, "note"), of("note").area("text", "Note")?, "Add the note", "Add a note")?;
        return match case["forgotten_at"].is_null() {
            true => {
                sheet.act(&path(id, "forget"), Vec::new(), "Forget who asked", "Forget who asked: it cannot be undone")
            }
            false => Ok(sheet),
        };
    }
    let sheet = waiting(sheet, case, id, state)?;
    let sheet = searching(sheet, id, (form, errors))?;
    let sheet = withholding(sheet, case, id, (form, errors))?;
    let question = of("ask").area("question", "What is asked?")?;
    let mut extend = of("extend").area("reason", "Why?")?;
    extend.push(Part::of(&Days::new(named("extend", "told"), "When were they told?").filled(form, errors))?);
    let reason = of("refuse").area("reason", "Why, and how can they complain?")?;
    sheet
        .act(&path(id, "ask"), question, "The clock stops", "Ask what they mean: the clock stops")?
        .act(&path(id, "extend"), extend, "Run longer", "Take longer, and they were told")?
        .act(&path(id, "note"), of("note").area("text", "Note")?, "Add the note", "Add a note")?
        .act(&path(id, "answer"), of("answer").area("summary", "What was given?")?, "It is answered", "Answer it")?
        .act(&path(id, "refuse"), reason, "It is refused", "Refuse it")
}

/// What the request waits for in its state.
fn waiting(sheet: Sheet, case: &Value, id: &str, state: &str) -> Result<Sheet, WebError> {
    match state {
        "identity-awaited" => sheet.act(
            &path(id, "identity"),
            Vec::new(),
            "It is known who asks",
            "It is known who asks: the clock starts",
        ),
        "clarification-awaited" => {
            let behind = "They have said what they mean: the clock goes on";
            sheet.act(&path(id, "clarified"), Vec::new(), "They have said", behind)
        }
        _ if case["received"]["kind"] == "complaint" && state != "acknowledged" => {
            sheet.act(&path(id, "acknowledge"), Vec::new(), "It is acknowledged", "Acknowledge the complaint")
        }
        _ => Ok(sheet),
    }
}

fn searching(sheet: Sheet, id: &str, (form, errors): (&Form, &Errors)) -> Result<Sheet, WebError> {
    let fields = Fields { step: "search", form, errors };
    let identifiers = Area::new("identifiers", "Identifiers, one on each line")
        .rows(3)
        .hint("Numbers and references as systems use them: an NHS number, a vehicle's mark, a case reference")
        .filled(form, errors);
    let mut note = vec![fields.line("place", "Where?")?];
    note.extend(fields.area("note", "How, and what came of it?")?);
    note.push(fields.line("found", "How many things?")?);
    let action = format!("/requests/{}/search", part(id));
    sheet.act(&action, vec![Part::of(&identifiers)?], "Search", "Find what was exchanged about the person")?.act(
        &path(id, "search"),
        note,
        "Note the search",
        "Note where else was searched",
    )
}

fn withholding(sheet: Sheet, case: &Value, id: &str, (form, errors): (&Form, &Errors)) -> Result<Sheet, WebError> {
    let of = |step| Fields { step, form, errors };
    let fields = of("exempt");
    let mut exempt = vec![
        fields.line("item", "Which item? Nothing about a person")?,
        fields.line("code", "Exemption, for example S2 P1 Crime")?,
    ];
    exempt.extend(fields.area("reason", "Why does it apply to this?")?);
    let sheet = sheet.act(&path(id, "exempt"), exempt, "Withhold it", "Withhold something")?;
    let open = items(&case["exemptions"]).iter().enumerate();
    let open = open.filter(|(_, exemption)| exemption["agreed_by"].is_null() && exemption["released"] != true);
    let open: Vec<Choice> =
        open.map(|(number, exemption)| Choice::new(number.to_string(), said(&exemption["item"]))).collect();
    if open.is_empty() {
        return Ok(sheet);
    }
    sheet.act(&path(id, "agree"), of("agree").which(&open)?, "I agree", "Agree that something is withheld")?.act(
        &path(id, "release"),
        of("release").which(&open)?,
        "Release it",
        "Release something after all",
    )
}

fn timeline(sheet: Sheet, case: &Value) -> Result<Sheet, WebError> {
    let rows = items(&case["timeline"]).iter().rev().map(|entry| {
        let step = &entry["step"];
        let texts = ["text", "question", "reason", "note", "summary"].map(|name| said(&step[name]));
        let texts = texts.into_iter().filter(|text| !text.is_empty()).collect();
        vec![when(&entry["at"]).into(), words(&step["step"]).into(), said(&entry["by"]).into(), Cell::Lines(texts)]
    });
    let columns = ["When", "What", "By", "In words"];
    sheet.part(&Table::new("Timeline, the newest first", &columns, "Nothing yet.").rows(rows))
}

/// `POST /requests/{id}/search`: the result is on the page that answers, and nowhere else.
pub(super) async fn search(person: Person, Path(id): Id, form: Form) -> Result<Response, WebError> {
    let mut errors = Errors::default();
    let at = format!("/requests/{}/search", part(&id));
    let typed = errors.lines(&form, "identifiers", "an identifier", 2000);
    if !errors.is_empty() {
        return whole(&person, &id, false, (&form, &errors, &at), None).await;
    }
    let identifiers: Vec<&str> = typed.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let body = json!({"identifiers": identifiers, "request": id});
    match person.api.post::<Value>("/api/people/search", &body).await {
        Ok(found) => whole(&person, &id, false, (&Form::default(), &Errors::default(), ""), Some(&found)).await,
        Err(WebError::Refused(problem)) => {
            let errors = Errors::found(&problem, |_| Some("identifiers"));
            whole(&person, &id, false, (&form, &errors, &at), None).await
        }
        Err(error) => Err(error),
    }
}

/// `POST /requests/{id}/steps/{step}`.
pub(super) async fn step(
    person: Person,
    Path((id, step)): Path<(String, String)>,
    form: Form,
) -> Result<Response, WebError> {
    let mut errors = Errors::default();
    let body = read(&step, &form, &mut errors).ok_or(WebError::Missing)?;
    if !errors.is_empty() {
        return whole(&person, &id, false, (&form, &errors, &path(&id, &step)), None).await;
    }
    match person.api.tell(&format!("/api/requests/{}/steps", part(&id)), &body).await {
        Ok(()) => Ok(Redirect::to(&format!("/requests/{}?done=yes", part(&id))).into_response()),
        Err(WebError::Refused(problem)) => {
            whole(&person, &id, false, (&form, &Errors::found(&problem, |_| None), &path(&id, &step)), None).await
        }
        Err(error) => Err(error),
    }
}

/// A step as the API takes it.
fn read(step: &str, form: &Form, errors: &mut Errors) -> Option<Value> {
    let of = |field: &str| named(step, field);
    let number = |errors: &mut Errors, field: &str| {
        let read = form.text(&of(field)).parse::<u64>();
        if read.is_err() {
            errors.add(&of(field), "Enter a whole number");
        }
        read.unwrap_or(0)
    };
    let text = |errors: &mut Errors, field: &str, what: &str| errors.lines(form, &of(field), what, 5000);
    Some(match step {
        "identity" | "clarified" | "acknowledge" | "forget" => json!({"step": step}),
        "note" => json!({"step": step, "text": text(errors, "text", "a note")}),
        "ask" => json!({"step": step, "question": text(errors, "question", "what is asked")}),
        "extend" => json!({
            "step": step, "reason": text(errors, "reason", "why"),
            "told_on": errors.date(form, &of("told"), "the day they were told"),
        }),
        "search" => json!({
            "step": step, "place": errors.line(form, &of("place"), "where", 300),
            "note": text(errors, "note", "how"), "found": number(errors, "found"),
        }),
        "exempt" => json!({
            "step": step, "item": errors.line(form, &of("item"), "which item", 300),
            "code": errors.line(form, &of("code"), "the exemption", 300), "reason": text(errors, "reason", "why"),
        }),
        "agree" | "release" => json!({"step": step, "number": number(errors, "number")}),
        "answer" => json!({"step": step, "summary": text(errors, "summary", "what was given")}),
        "refuse" => json!({"step": step, "reason": text(errors, "reason", "why")}),
        _ => return None,
    })
}
