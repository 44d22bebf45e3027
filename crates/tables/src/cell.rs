//! One cell: its text in the source, its value in an answer, its form as a key.
//!
//! Knows one value at a time, never a row.

use std::borrow::Cow;

use packhorse_model::identifier::{Format, Rules};
use serde_json::{Number, Value};

/// A cell as it was found.
pub(crate) struct Cell {
    /// The value in an answer: canonical when well formed, as received otherwise.
    pub(crate) value: Value,
    /// How good it is.
    pub(crate) finding: Finding,
}

/// How good a cell is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Finding {
    /// No value.
    Empty,
    /// Well formed, checked and plausible: can be found by.
    Good,
    /// Well formed, but its check digit is wrong or it cannot be real.
    Doubtful,
    /// Not of the format.
    Malformed,
}

/// Reads one cell. An empty one is null, also when it is only white space and the format is not text.
pub(crate) fn read(raw: Option<&str>, format: Format, rules: Rules) -> Cell {
    let Some(text) = raw.filter(|text| !text.is_empty()) else {
        return Cell { value: Value::Null, finding: Finding::Empty };
    };
    if format != Format::Text && text.trim_ascii().is_empty() {
        return Cell { value: Value::Null, finding: Finding::Empty };
    }
    match format.parse(text, rules) {
        Ok(found) => {
            let finding = if found.is_valid() { Finding::Good } else { Finding::Doubtful };
            Cell { value: value_of(format, found.into_canonical()), finding }
        }
        Err(_) => Cell { value: Value::String(text.to_owned()), finding: Finding::Malformed },
    }
}

/// A canonical form as JSON.
fn value_of(format: Format, canonical: String) -> Value {
    match format {
        Format::Boolean => Value::Bool(canonical == "true"),
        Format::Integer | Format::Number => number(&canonical).map_or(Value::String(canonical), Value::Number),
        _ => Value::String(canonical),
    }
}

fn number(canonical: &str) -> Option<Number> {
    let whole = canonical.parse::<i64>().ok().map(Number::from);
    whole.or_else(|| canonical.parse().ok().and_then(Number::from_f64))
}

/// The value's form as a key; an empty cell has none.
pub(crate) fn key_text(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::String(text) => Some(Cow::Borrowed(text)),
        Value::Number(number) => Some(Cow::Owned(number.to_string())),
        Value::Bool(flag) => Some(Cow::Borrowed(if *flag { "true" } else { "false" })),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// A key given in a question, in the form of [`key_text`]; none unless it is fit to be asked for.
pub(crate) fn asked_key(text: &str, format: Format, rules: Rules) -> Option<String> {
    let cell = read(Some(text), format, rules);
    if cell.finding != Finding::Good {
        return None;
    }
    key_text(&cell.value).map(Cow::into_owned)
}

/// The formats that are not text in JSON, so that a cell that is not of the format has no place in
/// the declared shape.
pub(crate) fn is_strict(format: Format) -> bool {
    matches!(format, Format::Integer | Format::Number | Format::Boolean)
}
