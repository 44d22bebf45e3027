//! A question as the story asks it: which organisation's system asks what, for whom and what for.
//!
//! It knows how the question is typed, and what an answer has to look like; never whether it should be answered.

use std::collections::BTreeSet;

use serde_json::Value;

use super::agreements::AGREEMENTS;
use super::cast::Organisation;
use super::stage::{Said, Stage, holds};
use crate::error::{Error, Result};

/// A question. What is left out is the asking system's default.
#[derive(Clone, Default)]
pub(super) struct Question {
    pub(super) to: &'static str,
    pub(super) path: &'static str,
    pub(super) body: &'static str,
    pub(super) user: &'static str,
    pub(super) case: &'static str,
    pub(super) agreement: &'static str,
    pub(super) purpose: &'static str,
    pub(super) fields: &'static [&'static str],
}

impl Question {
    /// The command that asks it.
    fn command(&self, by: &Organisation) -> Vec<String> {
        let mut words =
            ["ask", "--client", &by.system_id(), "--service", self.to, self.path].map(str::to_owned).to_vec();
        let options = [
            ("--body", self.body),
            ("--user", self.user),
            ("--case", self.case),
            ("--agreement", self.agreement),
            ("--purpose", self.purpose),
            ("--api-key-file", &by.key_file()),
            ("--config", &by.config()),
        ];
        let fields = self.fields.iter().map(|field| ("--field", *field));
        for (option, value) in fields.chain(options).filter(|(_, value)| !value.is_empty()) {
            words.extend([option.to_owned(), value.to_owned()]);
        }
        words
    }

    /// Tells the command that asks it.
    pub(super) fn tell(&self, stage: &Stage, by: &Organisation) -> Result<()> {
        let words = self.command(by);
        stage.narrator.command(&words.iter().map(String::as_str).collect::<Vec<_>>())
    }

    /// Asks, whatever comes of it.
    pub(super) async fn ask(&self, stage: &Stage, by: &Organisation) -> Result<Said> {
        let words = self.command(by);
        stage.attempt(&words.iter().map(String::as_str).collect::<Vec<_>>()).await
    }

    /// Asks, tells command and answer, and holds that it was answered with rows of exactly these fields.
    pub(super) async fn answered(&self, stage: &Stage, by: &Organisation, fields: &BTreeSet<String>) -> Result<Said> {
        self.tell(stage, by)?;
        let said = self.ask(stage, by).await?;
        holds(said.well, format!("the question was not answered:\n{}{}", said.out, said.err))?;
        stage.narrator.said(&said.out)?;
        let body = said.body()?;
        let rows = body.get("rows").and_then(Value::as_array).cloned().unwrap_or_else(|| vec![body]);
        holds(!rows.is_empty(), "nothing was found")?;
        for row in &rows {
            let given: BTreeSet<String> = row.as_object().into_iter().flat_map(|row| row.keys().cloned()).collect();
            holds(given == *fields, "the answer's fields are not those agreed")?;
        }
        Ok(said)
    }
}

/// The fields that an agreement gives, as its text says.
pub(super) fn agreed_fields(stage: &Stage, agreement: &str) -> Result<BTreeSet<String>> {
    let known = AGREEMENTS.iter().find(|known| known.id == agreement);
    let known = known.ok_or_else(|| Error::NotHeld(format!("{agreement} is not in the story")))?;
    let grants = known.read(stage.place.begun_on())?.grants;
    Ok(grants.iter().flat_map(|grant| &grant.fields).map(ToString::to_string).collect())
}
