//! What a text, a date or a name must be, said once for every document: findings that name the field.

use jiff::civil::Date;
use packhorse_model::agreement::Finding;

use crate::{GovernanceError, Result};

/// Most bytes of a document's long text.
pub(super) const LONG_TEXT: usize = 64 * 1024;
/// Most bytes of a text of a sentence or two.
pub(super) const TEXT: usize = 4000;
/// Most bytes of a name, a reference or an address.
pub(super) const NAME: usize = 255;

/// What is wrong with a document.
#[derive(Default)]
pub(super) struct Findings(Vec<Finding>);

impl Findings {
    /// Adds a finding unless the condition holds.
    pub(super) fn require(&mut self, holds: bool, field: &str, problem: impl Into<String>, remedy: &str) {
        if !holds {
            self.0.push(Finding { field: field.into(), problem: problem.into(), remedy: remedy.into() });
        }
    }

    /// A text that must be there, within a length, readable: lines, but no other control characters.
    pub(super) fn text(&mut self, field: &str, text: &str, most: usize, remedy: &str) {
        self.require(!text.trim().is_empty(), field, "is missing", remedy);
        self.bounded(field, text, most);
    }

    /// A text that may be left out.
    pub(super) fn bounded(&mut self, field: &str, text: &str, most: usize) {
        self.require(text.len() <= most, field, format!("is longer than {most} bytes"), "shorten it");
        let readable = |letter: char| !letter.is_control() || matches!(letter, '\n' | '\r' | '\t');
        self.require(text.chars().all(readable), field, "has control characters", "write it anew");
    }

    /// A name on one line.
    pub(super) fn name(&mut self, field: &str, name: &str, remedy: &str) {
        self.text(field, name, NAME, remedy);
        self.require(!name.contains(['\n', '\r']), field, "has more than one line", "write it on one line");
    }

    /// An address for mail.
    pub(super) fn mailbox(&mut self, field: &str, mailbox: &str) {
        self.name(field, mailbox, "give an address for mail");
        let parts = mailbox.trim().rsplit_once('@');
        let formed = parts.is_some_and(|(name, host)| !name.is_empty() && host.contains('.'));
        let formed = formed && !mailbox.trim().contains(char::is_whitespace);
        self.require(mailbox.trim().is_empty() || formed, field, "is no address for mail", "write name@example.gov.uk");
    }

    /// A day that lies between two others, both included.
    pub(super) fn between(&mut self, field: &str, day: Date, first: Date, last: Date) {
        let problem = format!("is not between {first} and {last}");
        self.require((first..=last).contains(&day), field, problem, "choose a day within");
    }

    /// Nothing, or what is wrong.
    pub(super) fn end(self, what: &'static str) -> Result<()> {
        if self.0.is_empty() { Ok(()) } else { Err(GovernanceError::Unfit { what, findings: self.0 }) }
    }
}
