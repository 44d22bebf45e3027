//! The agreement as a document that people write: TOML in, with messages that name the line.

use packhorse_model::agreement::{Agreement, TextError};

use crate::{GovernanceError, Result};

/// Most bytes of a TOML document: comments may be as long again as the text itself.
pub const DOCUMENT_LIMIT: usize = 512 * 1024;

/// A commented document to start from, with every field. It can be read as it stands; checking it
/// lists what is to be filled in.
#[must_use]
pub fn template() -> &'static str {
    include_str!("../templates/agreement.toml")
}

/// Reads an agreement from TOML. It may still be incomplete: `packhorse_model::agreement::check` says so.
///
/// # Errors
/// [`GovernanceError::Document`] names the line of what cannot be read; [`GovernanceError::Text`] when
/// the agreement is larger than the network carries.
pub fn read_toml(toml: &str) -> Result<Agreement> {
    if toml.len() > DOCUMENT_LIMIT {
        return Err(TextError::TooLong.into());
    }
    let agreement: Agreement = toml::from_str(toml).map_err(|error| located(toml, &error))?;
    // The bounds are those of the text that would be proposed.
    agreement.to_text()?;
    Ok(agreement)
}

/// The document of an agreement, for people.
///
/// # Errors
/// [`GovernanceError::Damaged`] when TOML cannot say it.
pub fn write_toml(agreement: &Agreement) -> Result<String> {
    toml::to_string_pretty(agreement).map_err(|_| GovernanceError::Damaged("agreement"))
}

fn located(toml: &str, error: &toml::de::Error) -> GovernanceError {
    let start = error.span().map_or(0, |span| span.start);
    let before = toml.as_bytes().get(..start).unwrap_or_default();
    let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
    let mut message: String = error.message().chars().take(300).collect();
    // The first is what a date without quotes gives (TOML's own dates are tables to serde), the second
    // what a date in another form gives.
    if message.contains("expected a date string") || message.starts_with("failed to parse") {
        message.push_str("; write a date in quotes, \"2026-04-01\"");
    }
    GovernanceError::Document { line, message }
}
