//! All gates at a glance, each explained, and set aside by the SIRO.

use axum::extract::Path;
use axum::response::Response;
use serde_json::json;

use super::blocks::{Blocks, Form as Asked};
use super::said::{Said, back_to};
use crate::api::part;
use crate::components::{Area, Cell, Days, Summary, Table, Tag};
use crate::dates::with_days;
use crate::error::WebError;
use crate::form::{Errors, Form};
use crate::visitor::Person;

/// Where a gate's document is written.
fn mended_at(gate: &str, agreement: &str) -> Option<String> {
    Some(match gate {
        "charter" => "/assurance/charter".to_owned(),
        "risk-policy" => "/assurance/risk-policy".to_owned(),
        "siro" => "/assurance/siro".to_owned(),
        "incident-route" => "/assurance/incident-route".to_owned(),
        "dpia" if !agreement.is_empty() => format!("/assurance/dpias/{}", part(agreement)),
        "dpia" => "/assurance/dpias".to_owned(),
        "training" => "/training/register".to_owned(),
        "acceptable-use" => "/assurance/acceptable-use".to_owned(),
        "vetting" => "/vetting".to_owned(),
        _ => return None,
    })
}

fn name(gate: &str) -> String {
    let words = match gate {
        "charter" => "Information charter",
        "risk-policy" => "Risk policy",
        "siro" => "Senior information risk owner",
        "incident-route" => "Incident route",
        "dpia" => "Impact assessment",
        "training" => "Training",
        "acceptable-use" => "Acceptable use",
        "vetting" => "Vetting",
        "leaver" => "Leavers",
        "role" => "Roles",
        other => other,
    };
    words.to_owned()
}

fn tag(state: &Said) -> Tag {
    if !state.text("overridden_until").is_empty() {
        return Tag::new("Set aside", "purple");
    }
    match state.text("standing").as_str() {
        "open" => Tag::new("Open", "green"),
        "due" => Tag::new("Due", "yellow"),
        "lapsed" => Tag::new("Lapsed", "orange"),
        _ => Tag::new("Shut", "red"),
    }
}

/// `GET /assurance`.
pub(super) async fn overview(person: Person) -> Result<Response, WebError> {
    let said: Said = person.api.get("/api/gates").await?;
    let rows = said.list("items").into_iter().map(|state| {
        let (gate, agreement) = (state.text("gate"), state.text("agreement"));
        let why = [state.text("why"), state.text("remedy")];
        let why = why.into_iter().filter(|line| !line.is_empty()).map(|line| with_days(&capital(&line))).collect();
        let mend = mended_at(&gate, &agreement).map_or_else(|| Cell::from(""), |href| Cell::link(href, "Change"));
        let heading = if agreement.is_empty() { name(&gate) } else { format!("{}: {agreement}", name(&gate)) };
        vec![Cell::link(format!("/assurance/gates/{gate}"), heading), tag(&state).into(), Cell::Lines(why), mend]
    });
    let gates =
        Table::new("How the gates stand", &["Gate", "State", "Why, and what to do", "Document"], "There are none.");
    let set_aside = said.list("overrides").into_iter().map(|one| {
        let what = [name(&one.text("gate")), one.text("agreement")];
        let what = what.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(": ");
        vec![what.into(), one.day("until").into(), one.text("reason").into(), Cell::Code(one.text("act"))]
    });
    let overrides =
        Table::new("Set aside by the SIRO", &["Gate", "Until", "Reason", "Record"], "No gate is set aside.");
    Ok(Blocks::new(person.layout("Assurance").at("/assurance").wide())
        .text(
            "What must be there before anything is shared. While a gate is shut nothing is signed, and what was in \
             force is suspended; partners are told.",
        )
        .part(gates.rows(rows))
        .part(overrides.rows(set_aside))
        .links([
            ("/assurance/dpias".to_owned(), "Impact assessments"),
            ("/training/register".to_owned(), "Training register"),
            ("/vetting".to_owned(), "Vetting register"),
            ("/acceptable-use".to_owned(), "The acceptable use policy as everybody here reads it"),
            ("/charter".to_owned(), "The charter as anybody reads it"),
        ])
        .page())
}

/// The first letter large.
pub(super) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// `GET /assurance/gates/{gate}`.
pub(super) async fn show(person: Person, Path(gate): Path<String>) -> Result<Response, WebError> {
    Ok(one(&person, &gate, &Form::default(), &Errors::default()).await?.page())
}

async fn one(person: &Person, gate: &str, form: &Form, errors: &Errors) -> Result<Blocks, WebError> {
    let said: Said = person.api.get(&format!("/api/gates/{}", part(gate))).await?;
    let layout = person.layout(name(gate)).at("/assurance").back("/assurance").with_errors(errors);
    let mut blocks = Blocks::new(layout).text(format!("This gate asks that {}.", said.text("asks")));
    for state in said.list("items") {
        let agreement = state.text("agreement");
        let mut summary = Summary::new().row("State", tag(&state)).row("Why", with_days(&capital(&state.text("why"))));
        summary = summary.maybe("Agreement", Some(agreement.clone()).filter(|text| !text.is_empty()));
        summary = summary.maybe("What to do", Some(capital(&state.text("remedy"))).filter(|text| !text.is_empty()));
        summary = summary.maybe("Set aside until", Some(state.day("overridden_until")).filter(|day| !day.is_empty()));
        blocks = blocks.part(summary);
        if !state.is("may_be_overridden") || state.text("standing") == "open" {
            continue;
        }
        blocks = blocks.heading("Set this gate aside").text(
            "Only the senior information risk owner can. The reason goes into the ledger, with a receipt that anybody \
             can verify, and is shown on the assurance page.",
        );
        let ended = state.text("overridden_until").is_empty();
        let asked = Asked::to(format!("/assurance/gates/{}{}", part(gate), if ended { "" } else { "/end" }))
            .hidden("agreement", agreement)
            .part(Area::new("reason", "Why").most(2000).filled(form, errors));
        blocks = blocks.form(if ended {
            asked.part(Days::new("until", "Last day").filled(form, errors)).warning("Set aside", "")
        } else {
            asked.button("Let the rule count again", "")
        });
    }
    if said.of("stands_because").is_there() {
        blocks = blocks.text(format!("This gate cannot be set aside: {}.", said.text("stands_because")));
    }
    Ok(blocks)
}

/// `POST /assurance/gates/{gate}`.
pub(super) async fn set_aside(person: Person, Path(gate): Path<String>, form: Form) -> Result<Response, WebError> {
    let mut errors = Errors::default();
    let reason = errors.lines(&form, "reason", "the reason", 2000);
    let until = errors.date(&form, "until", "the last day");
    if errors.is_empty() {
        let agreement = Some(form.text("agreement")).filter(|text| !text.is_empty());
        let body = json!({"reason": reason, "until": until, "agreement": agreement});
        match person.api.tell(&format!("/api/gates/{}/override", part(&gate)), &body).await {
            Ok(()) => return Ok(back_to("/assurance")),
            Err(WebError::Refused(problem)) if problem.status == 422 => {
                errors = Errors::found(&problem, |field| match field {
                    "reason" => Some("reason"),
                    "until" => Some("until"),
                    _ => None,
                });
            }
            Err(error) => return Err(error),
        }
    }
    Ok(one(&person, &gate, &form, &errors).await?.amiss())
}

/// `POST /assurance/gates/{gate}/end`.
pub(super) async fn end(person: Person, Path(gate): Path<String>, form: Form) -> Result<Response, WebError> {
    let mut errors = Errors::default();
    let reason = errors.lines(&form, "reason", "the reason", 2000);
    if !errors.is_empty() {
        return Ok(one(&person, &gate, &form, &errors).await?.amiss());
    }
    let agreement = Some(form.text("agreement")).filter(|text| !text.is_empty());
    let body = json!({"reason": reason, "agreement": agreement});
    person.api.tell(&format!("/api/gates/{}/override/end", part(&gate)), &body).await?;
    Ok(back_to("/assurance"))
}
