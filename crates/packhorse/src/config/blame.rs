//! Turns a fault of the TOML reader into what the person who wrote the file needs: line, column, rule, nearest name.
//!
//! Never repeats a value of the file: one day it is a password.

use std::path::Path;

use crate::error::Error;

/// Names the place and the rule.
pub(super) fn locate(path: &Path, text: &str, fault: &toml::de::Error) -> Error {
    let at = fault.span().map(|span| place(text, span.start));
    let place = match at {
        Some((line, column)) => format!("{}, line {line}, column {column}", path.display()),
        None => path.display().to_string(),
    };
    Error::Config { place, rule: rule(fault.message()) }
}

/// Line and column, both counted from 1, the column in characters.
fn place(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |line_feed| line_feed + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}

fn rule(message: &str) -> String {
    if let Some(rule) = unknown_name(message) {
        return rule;
    }
    // `invalid type: string "…", expected …` would repeat the value.
    match message.split_once(", expected ") {
        Some((start, expected)) if start.starts_with("invalid ") => format!("expected {expected}"),
        _ => message.trim_end().to_owned(),
    }
}

/// For an unknown key or word: which one is meant, or which ones there are.
fn unknown_name(message: &str) -> Option<String> {
    let kind = ["unknown field", "unknown variant"].into_iter().find(|kind| message.starts_with(kind))?;
    let kind = if kind == "unknown field" { "key" } else { "value" };
    // Names stand between backticks: the unknown one first, then those that are known.
    let mut names = message.split('`').skip(1).step_by(2);
    let unknown = names.next()?;
    let known: Vec<&str> = names.collect();
    let advice = match nearest(unknown, &known) {
        Some(name) => format!("did you mean \"{name}\"?"),
        None if known.is_empty() => "there are none here".to_owned(),
        None => format!("known here: {}", known.join(", ")),
    };
    Some(format!("unknown {kind} \"{unknown}\"; {advice}"))
}

/// The known name that differs by a slip of the hand.
fn nearest<'a>(unknown: &str, known: &[&'a str]) -> Option<&'a str> {
    let distance = |name: &str| strsim::damerau_levenshtein(unknown, name);
    known.iter().copied().min_by_key(|name| distance(name)).filter(|name| distance(name) <= 1 + name.len() / 4)
}
