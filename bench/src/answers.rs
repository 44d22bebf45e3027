//! What the backend answers, and what must be left of it behind each of the three systems.
//!
//! Bodies are as incompressible as JSON text can be: six random bits to the byte.

use serde_json::{Map, Value, json};

use crate::Result;

/// Bytes of the record, as the backend answers it.
const RECORD_BYTES: usize = 1024;
/// Fields that the service declares and the agreement does not give.
const WITHHELD: [&str; 2] = ["marker", "officer_note"];
/// Fields that the agreement gives, those of an inner object with a dot.
pub(crate) const AGREED: [&str; 10] = [
    "reference",
    "status",
    "valid_from",
    "valid_until",
    "name",
    "address.line",
    "address.town",
    "address.postcode",
    "vehicle",
    "statement",
];

/// One thing to ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Question {
    /// One record with declared fields, cut to those agreed.
    Record,
    /// A document of so many bytes that nobody has described, given whole.
    Document(usize),
}

impl Question {
    /// The service's code, and the first segment of the backend's path.
    pub(crate) fn service(self) -> &'static str {
        match self {
            Self::Record => "record",
            Self::Document(_) => "document",
        }
    }

    /// What stands behind the service.
    pub(crate) fn path(self) -> String {
        match self {
            Self::Record => "/4711".to_owned(),
            Self::Document(bytes) => format!("/{bytes}"),
        }
    }

    /// Finds the question of a backend's path.
    pub(crate) fn of_path(path: &str) -> Option<Self> {
        match path.strip_prefix('/')?.split_once('/')? {
            ("record", _) => Some(Self::Record),
            ("document", bytes) => {
                bytes.parse().ok().filter(|bytes| (64..=1 << 24).contains(bytes)).map(Self::Document)
            }
            _ => None,
        }
    }

    /// What the backend answers.
    pub(crate) fn answer(self) -> Result<Vec<u8>> {
        match self {
            Self::Record => record(),
            Self::Document(bytes) => filled("content", Map::new(), bytes),
        }
    }

    /// What a consumer gets through the agreement.
    pub(crate) fn agreed_answer(self) -> Result<Vec<u8>> {
        let answer = self.answer()?;
        if self != Self::Record {
            return Ok(answer);
        }
        let mut members: Map<String, Value> = serde_json::from_slice(&answer)?;
        for name in WITHHELD {
            members.remove(name).ok_or("the record lacks a field")?;
        }
        Ok(serde_json::to_vec(&members)?)
    }
}

/// Every field that the record's service declares.
pub(crate) fn declared() -> impl Iterator<Item = &'static str> {
    AGREED.into_iter().chain(WITHHELD)
}

fn record() -> Result<Vec<u8>> {
    let members = json!({
        "reference": "BB-2026-004711",
        "status": "current",
        "valid_from": "2026-04-01",
        "valid_until": "2029-03-31",
        "name": "Invented Person",
        "address": {"line": "1 Nowhere Street", "town": "Anytown", "postcode": "ZZ99 3WZ"},
        "vehicle": "any",
        "marker": "withheld from everybody but the county",
        "officer_note": "withheld as well, and long enough to be worth something",
    });
    let Value::Object(members) = members else { return Err("the record is no object".into()) };
    filled("statement", members, RECORD_BYTES)
}

/// The members and one text that fills them up to so many bytes.
fn filled(name: &str, mut members: Map<String, Value>, bytes: usize) -> Result<Vec<u8>> {
    members.insert(name.to_owned(), json!(""));
    let room = bytes.checked_sub(serde_json::to_vec(&members)?.len()).ok_or("the members are longer than the body")?;
    members.insert(name.to_owned(), json!(noise(room)));
    Ok(serde_json::to_vec(&members)?)
}

/// Text of a fixed pseudo-random sequence (xorshift64), so that every run sends the same bytes.
fn noise(bytes: usize) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut state: u64 = 0x9E37_79B9_7F4A_7C15;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        char::from(ALPHABET[(state >> 58) as usize])
    };
    (0..bytes).map(|_| next()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_as_long_as_they_say() {
        assert_eq!(Question::Record.answer().unwrap().len(), 1024);
        for bytes in [64, 1024, 10_240, 1 << 20] {
            assert_eq!(Question::Document(bytes).answer().unwrap().len(), bytes);
        }
    }

    #[test]
    fn what_is_agreed_and_what_is_withheld_is_all_that_is_declared() {
        let left: Value = serde_json::from_slice(&Question::Record.agreed_answer().unwrap()).unwrap();
        for field in AGREED {
            assert!(left.pointer(&format!("/{}", field.replace('.', "/"))).is_some(), "{field}");
        }
        assert_eq!(left.as_object().unwrap().len(), AGREED.len() - 2);
        assert_eq!(declared().count(), 12);
    }

    #[test]
    fn a_path_leads_back_to_its_question() {
        for question in [Question::Record, Question::Document(10_240)] {
            assert_eq!(Question::of_path(&format!("/{}{}", question.service(), question.path())), Some(question));
        }
        assert_eq!(Question::of_path("/other/1"), None);
    }
}
