//! Printing: results to standard output, everything else to standard error.
//!
//! The one place that writes to the terminal, so that a result can always be piped on. It must never know what
//! it prints.

use std::io::{self, BufRead as _, IsTerminal as _, Read as _, Write};

use serde::Serialize;
use serde_json::Value;

use crate::error::Result;

/// Most bytes of what a person answers.
const ANSWER_LIMIT: u64 = 256;

/// How results are printed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Output {
    json: bool,
}

impl Output {
    /// Output for people, or as JSON for programs.
    pub(crate) fn new(json: bool) -> Self {
        Self { json }
    }

    /// Prints a result: as JSON when that was asked for, else as the text.
    pub(crate) fn result(&self, data: &impl Serialize, text: &str) -> Result<()> {
        if self.json {
            let data = serde_json::to_string_pretty(data).map_err(io::Error::other)?;
            return write(&data, true);
        }
        write(text, true)
    }

    /// Prints a list: as JSON, or as a table of these columns, each a heading and a JSON pointer (RFC 6901).
    pub(crate) fn list(&self, rows: &Value, columns: &[(&str, &str)]) -> Result<()> {
        self.result(rows, &table(rows.as_array().map_or(&[][..], Vec::as_slice), columns))
    }

    /// Prints a document byte for byte, whatever was asked for.
    pub(crate) fn document(&self, bytes: &[u8]) -> Result<()> {
        end(io::stdout().lock().write_all(bytes))
    }

    /// Says what is going on.
    pub(crate) fn progress(&self, text: &str) -> Result<()> {
        note(text)
    }

    /// Draws how far it is over what was drawn before; only on a terminal, and not for programs.
    pub(crate) fn bar(&self, text: &str) -> Result<()> {
        if self.json || !io::stderr().is_terminal() {
            return Ok(());
        }
        let mut to = io::stderr().lock();
        end(write!(to, "\r\u{1b}[K{text}").and_then(|()| to.flush()))
    }

    /// Nothing more is drawn.
    pub(crate) fn bar_end(&self) -> Result<()> {
        if self.json || !io::stderr().is_terminal() { Ok(()) } else { note("") }
    }

    /// Asks the person at the terminal, if there is one; what was typed.
    pub(crate) fn ask(&self, question: &str) -> Result<Option<String>> {
        if self.json || !io::stdin().is_terminal() || !io::stderr().is_terminal() {
            return Ok(None);
        }
        let mut to = io::stderr().lock();
        end(write!(to, "{} ", printable(question)).and_then(|()| to.flush()))?;
        let mut typed = String::new();
        io::stdin().lock().take(ANSWER_LIMIT).read_line(&mut typed)?;
        Ok(Some(typed.trim().to_owned()))
    }

    /// Says what to do next; programs are not told.
    pub(crate) fn hint(&self, text: &str) -> Result<()> {
        if self.json { Ok(()) } else { note(&format!("next: {text}")) }
    }
}

/// Tells the person why a command failed.
pub(crate) fn failure(error: &dyn std::error::Error) {
    let mut text = format!("packhorse: {error}");
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        // A transparent error repeats its cause.
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    // With standard error gone there is nobody to tell.
    let _ = note(&text);
}

fn note(text: &str) -> Result<()> {
    end(writeln!(io::stderr().lock(), "{text}"))
}

fn write(text: &str, line: bool) -> Result<()> {
    let mut out = io::stdout().lock();
    end(out
        .write_all(text.trim_end_matches('\n').as_bytes())
        .and_then(|()| if line { out.write_all(b"\n") } else { Ok(()) }))
}

/// A reader that has seen enough, such as `head`, is no failure.
fn end(written: io::Result<()>) -> Result<()> {
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => Ok(other?),
    }
}

/// Lays rows out under headings; a cell is what the column's pointer leads to.
fn table(rows: &[Value], columns: &[(&str, &str)]) -> String {
    if rows.is_empty() {
        return "none".to_owned();
    }
    let cells = |row: &Value| columns.iter().map(|(_, pointer)| cell(row.pointer(pointer))).collect::<Vec<_>>();
    let mut lines = vec![columns.iter().map(|(heading, _)| (*heading).to_owned()).collect::<Vec<_>>()];
    lines.extend(rows.iter().map(cells));
    let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or_default();
    let widths: Vec<usize> = (0..columns.len()).map(width).collect();
    let line = |line: &Vec<String>| {
        let padded = line.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    lines.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// A value in one cell. Control characters could move the cursor: they are shown as blanks.
fn cell(value: Option<&Value>) -> String {
    let text = match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(items)) => items.iter().map(|item| cell(Some(item))).collect::<Vec<_>>().join(", "),
        Some(other) => other.to_string(),
    };
    printable(&text)
}

/// A text from elsewhere, made safe to show on a terminal.
pub(crate) fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_stands_in_columns_and_cannot_move_the_cursor() {
        let rows = [
            serde_json::json!({"id": "blue-badge-2026", "state": "active", "parties": ["A", "B"]}),
            serde_json::json!({"id": "x\u{1b}[2J", "state": null}),
        ];
        let columns = [("id", "/id"), ("state", "/state"), ("first party", "/parties/0")];
        assert_eq!(table(&rows, &columns), "id               state   first party\nblue-badge-2026  active  A\nx [2J");
        assert_eq!(table(&[], &columns), "none");
    }
}
