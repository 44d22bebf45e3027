//! One incident: what is known, what is still to be done, and every step that can be taken.

use axum::extract::{Path, Query};
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::sheet::{Part, Sheet, day, items, said, standing, when, words};
use super::{KINDS, state_tag, thanks};
use crate::api::part;
use crate::components::{Area, Banner, Cell, Check, Choice, Choices, Days, Input, Select, Summary, Table};
use crate::error::WebError;
use crate::form::{Errors, Form};
use crate::visitor::Person;

#[derive(Deserialize)]
pub(super) struct Told {
    reported: Option<String>,
    done: Option<String>,
}

pub(super) async fn show(
    person: Person,
    Path(id): Path<String>,
    Query(told): Query<Told>,
) -> Result<Response, WebError> {
    whole(&person, &id, &told, (&Form::default(), &Errors::default(), "")).await
}

async fn whole(
    person: &Person,
    id: &str,
    told: &Told,
    (form, errors, step): (&Form, &Errors, &str),
) -> Result<Response, WebError> {
    let case: Value = person.api.get(&format!("/api/incidents/{}", part(id))).await?;
    let leads = person.who.is_any(&["governance"]);
    let mut layout = person.layout(if case["report"]["drill"] == true { "Incident (exercise)" } else { "Incident" });
    layout = layout.back("/incidents").wide();
    if told.done.is_some() {
        layout = layout.banner(Banner::success("It is in the timeline"));
    }
    let mut sheet = Sheet::new(layout).errors(errors).sent(&path(id, step));
    if told.reported.is_some() {
        sheet = sheet
            .part(&thanks(id))?
            .text("Governance has it now. You can come back to this page to see what becomes of it, and add to it.")?;
    }
    sheet = sheet.part(&summary(&case))?;
    let open: Vec<String> = items(&case["open_points"]).iter().map(words).collect();
    if leads && !open.is_empty() {
        sheet = sheet.heading("Still to be done")?.bullets(&open)?;
    }
    sheet = decided(sheet, &case)?;
    if leads {
        let exposed: Value = person.api.get(&format!("/api/incidents/{}/exposed", part(id))).await?;
        sheet = exposure(sheet, &exposed)?;
        sheet = acts(sheet, &case, id, form, errors)?;
    }
    let note = vec![Fields { step: "note", form, errors }.area("text", "Note")?];
    sheet = sheet.act(&path(id, "note"), note, "Add the note", "Add a note")?;
    Ok(timeline(sheet, &case)?.answer())
}

fn path(id: &str, step: &str) -> String {
    format!("/incidents/{}/{step}", part(id))
}

fn summary(case: &Value) -> Summary {
    let report = &case["report"];
    let kind = KINDS.iter().find(|(value, _)| *value == said(&report["kind"])).map_or("", |(_, label)| label);
    let assessment = &case["assessment"];
    let known = |value: &Value| Some(said(value)).filter(|text| !text.is_empty());
    Summary::new()
        .row("What happened", said(&report["what"]))
        .row("Kind", kind)
        .row("Noticed", when(&report["noticed_at"]))
        .row("Reported", format!("{} by {}", when(&case["reported_at"]), said(&case["reported_by"])))
        .row("State", state_tag(case))
        .row("72-hour clock", standing(&case["clock"]))
        .maybe("Due", Some(when(&case["clock"]["due_at"])).filter(|due| !due.is_empty()))
        .maybe("Harmed", Some(words(&assessment["nature"])).filter(|text| !text.is_empty()))
        .row("Risk to people", words(&assessment["risk"]))
        .maybe("People and data", known(&assessment["categories"]))
        .maybe("Consequences", known(&assessment["consequences"]))
        .maybe("Measures", known(&assessment["measures"]))
        .maybe("Lessons", known(&case["lessons"]))
        .maybe("Outcome", known(&case["outcome"]))
}

fn decided(sheet: Sheet, case: &Value) -> Result<Sheet, WebError> {
    let told = |who: &str, told: &Value| -> Vec<Cell> {
        let how = match told["told"].as_bool() {
            Some(true) => format!("Told on {}", when(&told["at"])),
            Some(false) => "Not told".to_owned(),
            None => "Not decided".to_owned(),
        };
        let why = [&told["reasoning"], &told["late_reason"]].map(said).into_iter().filter(|text| !text.is_empty());
        vec![who.into(), how.into(), Cell::Lines(why.collect())]
    };
    let mut rows = vec![told("Information Commissioner", &case["regulator"]), told("People affected", &case["people"])];
    for partner in items(&case["partners"]) {
        let how = match partner["taken_at"].is_null() {
            true => format!("On its way since {}", when(&partner["queued_at"])),
            false => format!("Their gateway has it since {}", when(&partner["taken_at"])),
        };
        rows.push(vec![said(&partner["organisation"]).into(), how.into(), said(&partner["text"]).into()]);
    }
    let told = Table::new("Who must be told", &["Who", "How it stands", "Why, or what"], "").rows(rows);
    let sheet = sheet.part(&told)?;
    let actions = items(&case["actions"]);
    if actions.is_empty() {
        return Ok(sheet);
    }
    let rows = actions.iter().map(|action| {
        let done = if action["done_at"].is_null() { "Open".to_owned() } else { when(&action["done_at"]) };
        vec![said(&action["what"]).into(), said(&action["owner"]).into(), day(&action["due_on"]).into(), done.into()]
    });
    sheet.part(&Table::new("Actions", &["What", "Owner", "Due", "Done"], "").rows(rows))
}

fn exposure(sheet: Sheet, exposed: &Value) -> Result<Sheet, WebError> {
    let special = if exposed["special_categories"] == true { "Yes" } else { "No" };
    let summary = Summary::new()
        .row("Exchanges on record", said(&exposed["exchanges"]))
        .row("Parcels", said(&exposed["parcels"]))
        .row("Lost media", said(&exposed["lost_media"]))
        .row("Special category data", special)
        .maybe("Partners", Some(said(&exposed["partners"])).filter(|partners| !partners.is_empty()));
    let rows = items(&exposed["agreements"]).iter().map(|agreement| {
        vec![
            said(&agreement["id"]).into(),
            said(&agreement["title"]).into(),
            said(&agreement["people"]).into(),
            said(&agreement["fields"]).into(),
        ]
    });
    let columns = ["Agreement", "Title", "People", "Fields it gives"];
    let table = Table::new("Agreements touched", &columns, "Nothing is linked that was shared under an agreement.");
    let lines = items(&exposed["items"]).iter().map(linked);
    let links = Table::new("What it is about", &["Kind", "Id", "In our books"], "Nothing is linked yet.").rows(lines);
    sheet
        .heading("What was exposed")?
        .text("Worked out from this gateway's own records of what is linked below.")?
        .part(&summary)?
        .part(&links)?
        .part(&table.rows(rows))
}

fn linked(item: &Value) -> Vec<Cell> {
    let found = if item["found"] == true { "On record" } else { "Not found" };
    let more = match item["link"].as_str() {
        Some("medium") if !item["lost_at"].is_null() => format!("Lost since {}", when(&item["lost_at"])),
        Some("agreement" | "partner") => format!("{} exchanges", said(&item["exchanges"])),
        _ => String::new(),
    };
    vec![words(&item["link"]).into(), Cell::Code(said(&item["id"])), Cell::Lines(vec![found.to_owned(), more])]
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

    fn area(&self, name: &str, label: &str) -> Result<Part, WebError> {
        Part::of(&Area::new(self.name(name), label).rows(3).filled(self.form, self.errors))
    }

    fn line(&self, name: &str, label: &str) -> Result<Part, WebError> {
        Part::of(&Input::new(self.name(name), label).filled(self.form, self.errors))
    }

    fn any(&self, name: &str, label: &str, of: &[&str]) -> Result<Part, WebError> {
        Part::of(&Choices::any(self.name(name), label, choices(of)).filled(self.form, self.errors))
    }

    fn one(&self, name: &str, label: &str, of: &[&str]) -> Result<Part, WebError> {
        Part::of(&Choices::one(self.name(name), label, choices(of)).filled(self.form, self.errors))
    }

    fn told(&self) -> Result<Part, WebError> {
        Part::of(&Choices::yes_no(self.name("told"), "Were they told?").filled(self.form, self.errors))
    }

    fn assessment(&self) -> Result<Vec<Part>, WebError> {
        Ok(vec![
            self.any("nature", "What was harmed?", &["confidentiality", "integrity", "availability"])?,
            self.one("risk", "How great is the risk to people?", &["unlikely", "likely", "high"])?,
            self.line("people", "About how many people?")?,
            self.line("records", "About how many records?")?,
            self.area("categories", "Which people, which data?")?,
            self.area("consequences", "What may come of it?")?,
            self.area("measures", "What was done, or will be?")?,
        ])
    }

    fn regulator(&self) -> Result<Vec<Part>, WebError> {
        Ok(vec![
            self.told()?,
            self.area("reasoning", "Why, or why not?")?,
            self.line("reference", "Their reference (optional)")?,
            self.area("late_reason", "If later than 72 hours: why? (optional)")?,
        ])
    }
}

fn choices(of: &[&str]) -> Vec<Choice> {
    of.iter().map(|word| Choice::new(*word, words(&json!(word)))).collect()
}

/// What a field of a step's form is called.
fn named(step: &str, field: &str) -> String {
    format!("{step}-{field}")
}

/// Everything that governance can do.
fn acts(sheet: Sheet, case: &Value, id: &str, form: &Form, errors: &Errors) -> Result<Sheet, WebError> {
    let of = |step| Fields { step, form, errors };
    let sheet = sheet.heading("Do something about it")?;
    if case["state"] == "closed" {
        let reason = vec![of("reopen").area("reason", "Why?")?];
        return sheet.act(&path(id, "reopen"), reason, "Open it again", "Open it again");
    }
    let (link, people, partner) = (of("link"), of("people"), of("partner"));
    let link = vec![
        link.one("link", "What is it?", &["exchange", "medium", "agreement", "partner"])?,
        link.line("id", "Its id")?,
    ];
    let people = vec![people.told()?, people.area("reasoning", "Why, or why not?")?];
    let partner = vec![
        partner.line("organisation", "Partner, for example PH/GOV/agency")?,
        partner.area("text", "What they are told, without personal data")?,
    ];
    let sheet = sheet
        .act(&path(id, "assess"), of("assess").assessment()?, "Save the assessment", "Assess it")?
        .act(&path(id, "link"), link, "Link it", "Link an exchange, medium, agreement or partner")?
        .act(&path(id, "regulator"), of("regulator").regulator()?, "Save", "Information Commissioner told, or not")?
        .act(&path(id, "people"), people, "Save", "People told, or not")?
        .act(&path(id, "partner"), partner, "Send, signed", "Tell a partner")?;
    let lessons = vec![of("lessons").area("text", "What was learned?")?];
    let sure = Check::new(named("close", "sure"), "Everything is in the log");
    let closing = vec![of("close").area("outcome", "How did it end?")?, Part::of(&sure.filled(form, errors))?];
    actions(sheet, case, id, (form, errors))?.act(&path(id, "lessons"), lessons, "Save", "Lessons")?.act(
        &path(id, "close"),
        closing,
        "Close it",
        "Close it",
    )
}

fn actions(sheet: Sheet, case: &Value, id: &str, (form, errors): (&Form, &Errors)) -> Result<Sheet, WebError> {
    let fields = Fields { step: "action", form, errors };
    let action = vec![
        fields.line("what", "What is to be done?")?,
        fields.line("owner", "By whom?")?,
        Part::of(&Days::new(fields.name("due"), "By when?").filled(form, errors))?,
    ];
    let sheet = sheet.act(&path(id, "action"), action, "Add the action", "Add an action")?;
    let done = items(&case["actions"]).iter().enumerate().filter(|(_, action)| action["done_at"].is_null());
    let done: Vec<Choice> =
        done.map(|(number, action)| Choice::new(number.to_string(), said(&action["what"]))).collect();
    if done.is_empty() {
        return Ok(sheet);
    }
    let which = Select::new(named("action-done", "number"), "Which?", done).filled(form, errors);
    sheet.act(&path(id, "action-done"), vec![Part::of(&which)?], "It is done", "An action is done")
}

fn timeline(sheet: Sheet, case: &Value) -> Result<Sheet, WebError> {
    let rows = items(&case["timeline"]).iter().rev().map(|entry| {
        let step = &entry["step"];
        let texts = ["text", "reasoning", "outcome", "reason", "what", "measures"].map(|name| said(&step[name]));
        let texts = texts.into_iter().filter(|text| !text.is_empty()).collect();
        vec![when(&entry["at"]).into(), words(&step["step"]).into(), said(&entry["by"]).into(), Cell::Lines(texts)]
    });
    let table = Table::new("Timeline, the newest first", &["When", "What", "By", "In words"], "Nothing yet.");
    sheet.part(&table.rows(rows))
}

/// `POST /incidents/{id}/{step}`.
pub(super) async fn step(
    person: Person,
    Path((id, step)): Path<(String, String)>,
    form: Form,
) -> Result<Response, WebError> {
    let mut errors = Errors::default();
    let body = read(&step, &form, &mut errors).ok_or(WebError::Missing)?;
    let nothing = Told { reported: None, done: None };
    if !errors.is_empty() {
        return whole(&person, &id, &nothing, (&form, &errors, &step)).await;
    }
    match person.api.tell(&format!("/api/incidents/{}/steps", part(&id)), &body).await {
        Ok(()) => Ok(Redirect::to(&format!("/incidents/{}?done=yes", part(&id))).into_response()),
        Err(WebError::Refused(problem)) => {
            whole(&person, &id, &nothing, (&form, &Errors::found(&problem, |_| None), &step)).await
        }
        Err(error) => Err(error),
    }
}

/// A step as the API takes it.
fn read(step: &str, form: &Form, errors: &mut Errors) -> Option<Value> {
    let of = |field: &str| named(step, field);
    let number = |errors: &mut Errors, field: &str, what: &str| {
        let read = form.text(&of(field)).replace(',', "").parse::<u64>();
        if read.is_err() {
            errors.add(&of(field), format!("Enter {what} as a whole number"));
        }
        read.unwrap_or(0)
    };
    let one =
        |errors: &mut Errors, field: &str, what: &str, choices: &[&str]| errors.choice(form, &of(field), what, choices);
    let told = |errors: &mut Errors| one(errors, "told", "whether they were told", &["yes", "no"]) == "yes";
    let line = |errors: &mut Errors, field: &str, what: &str, most: usize| errors.line(form, &of(field), what, most);
    let text = |errors: &mut Errors, field: &str, what: &str| errors.lines(form, &of(field), what, 5000);
    Some(match step {
        "note" | "lessons" => json!({"step": step, "text": text(errors, "text", "a text")}),
        "assess" => json!({
            "step": step, "nature": form.all(&of("nature")).collect::<Vec<_>>(),
            "risk": one(errors, "risk", "how great the risk is", &["unlikely", "likely", "high"]),
            "people": number(errors, "people", "how many people"), "records": number(errors, "records", "how many records"),
            "categories": text(errors, "categories", "which people and data"),
            "consequences": text(errors, "consequences", "what may come of it"),
            "measures": text(errors, "measures", "what was done"),
        }),
        "link" => {
            let link = one(errors, "link", "what it is", &["exchange", "medium", "agreement", "partner"]);
            json!({"step": step, "to": {"link": link, "id": line(errors, "id", "its id", 300)}})
        }
        "regulator" => json!({
            "step": step, "told": told(errors), "reasoning": text(errors, "reasoning", "why, or why not"),
            "reference": form.text(&of("reference")), "late_reason": form.text(&of("late_reason")),
        }),
        "people" => json!({
            "step": step, "told": told(errors), "reasoning": text(errors, "reasoning", "why, or why not"),
        }),
        "partner" => json!({
            "step": step, "organisation": line(errors, "organisation", "the partner", 300),
            "text": text(errors, "text", "what they are told"),
        }),
        "action" => json!({
            "step": step, "what": line(errors, "what", "what is to be done", 1000),
            "owner": line(errors, "owner", "by whom", 200), "due_on": errors.date(form, &of("due"), "the day it is due"),
        }),
        "action-done" => json!({"step": step, "number": number(errors, "number", "which action")}),
        "close" => {
            if !form.has(&of("sure"), "yes") {
                errors.add(&of("sure"), "Confirm that everything is in the log");
            }
            json!({"step": step, "outcome": text(errors, "outcome", "how it ended")})
        }
        "reopen" => json!({"step": step, "reason": text(errors, "reason", "why")}),
        _ => return None,
    })
}
