//! Assurance: by which profile an organisation is assessed, what it answers, and what the operator decides.
//!
//! Profiles are data, so that a network can be run under a code that nobody had heard of when this was written. The
//! rules here are pure: they never look at a clock or a store, and never admit or suspend anybody.

mod assessment;
mod profile;
mod submission;

pub use assessment::{Assessment, Condition, Decision, Judgement, Outcome, Review, Verdict, assess};
pub use profile::{CODE_OF_CONNECTION, Control, Profile, shipped};
pub(crate) use submission::MAX_ANSWERS;
pub use submission::{Answer, AnswersDocument, EvidenceDocument, Response, ResponseStatus, Signatory, Submission};

use crate::rules::Rule;

/// Longest line: a name, a title, an id.
const MAX_LINE: usize = 200;
/// Longest statement, note or piece of evidence, in bytes.
const MAX_STATEMENT: usize = 8 * 1024;

/// Checks a text of one line that must not be empty.
fn check_line(text: &str) -> Rule {
    if text.trim().is_empty() || text.len() > MAX_LINE || text.chars().any(char::is_control) {
        return Err("a name, title or id is one line of 1 to 200 bytes");
    }
    Ok(())
}

/// Checks a longer text, which may have several lines and may be empty.
fn check_statement(text: &str) -> Rule {
    let hostile = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    if text.len() > MAX_STATEMENT || text.chars().any(hostile) {
        return Err("a statement, note or piece of evidence is text of at most 8192 bytes without control characters");
    }
    Ok(())
}

/// Checks what names a control or a profile: it stands in addresses.
fn check_id(id: &str) -> Rule {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if id.is_empty() || id.len() > 64 || !id.bytes().all(plain) {
        return Err("a control's id and a profile's name are 1 to 64 lower case letters, digits and hyphens");
    }
    Ok(())
}
