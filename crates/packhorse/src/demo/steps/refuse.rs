//! Questions outside the agreements are refused, by the rule that they break.

use crate::demo::cast::BOROUGH;
use crate::demo::question::Question;
use crate::demo::stage::{Stage, holds};
use crate::demo::steps::ask::{KEEPER, WITNESS};
use crate::error::Result;

/// What is tried, the question, and the rule that has to refuse it.
const ATTEMPTS: [(&str, Question, &str); 4] = [
    ("For another purpose, council tax:", Question { purpose: "council-tax", ..KEEPER }, "purpose"),
    (
        "With a field that was not agreed, the police's marker:",
        Question { fields: &["keeper_name", "marker"], ..KEEPER },
        "fields",
    ),
    ("By an officer whose training is more than two years old:", Question { user: "r.stone", ..KEEPER }, "training"),
    (
        "Of a register with which the borough has no agreement:",
        Question { user: "j.archer", agreement: "residents-crime-2026", ..WITNESS },
        "no-agreement",
    ),
];

pub(in crate::demo) async fn act(stage: &mut Stage) -> Result<String> {
    for (what, question, rule) in &ATTEMPTS {
        stage.narrator.found(what)?;
        question.tell(stage, &BOROUGH)?;
        let said = question.ask(stage, &BOROUGH).await?;
        let broken = said.header("packhorse-rule").unwrap_or("none").to_owned();
        holds(!said.well && broken == *rule, format!("rule {rule} should have refused it; rule named: {broken}"))?;
        let body = said.body()?;
        let message = body.get("message").and_then(serde_json::Value::as_str).unwrap_or_default();
        holds(!message.is_empty(), "the refusal does not say why")?;
        stage.narrator.said(&format!("refused by rule {broken}\n{message}"))?;
    }
    Ok(format!("{} of {} refused, each with its rule and a remedy", ATTEMPTS.len(), ATTEMPTS.len()))
}
