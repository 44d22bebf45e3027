//! How the story is told: what is about to happen and why, the command that does it, what came of it.
//!
//! Plain text that reads the same in a pipe; a terminal gets some weight and colour. It must never know the story.

use std::fmt::Write as _;
use std::io::IsTerminal as _;
use std::time::Instant;

use crate::error::Result;
use crate::output::{Output, printable};

/// Columns of text, without the margin.
const WIDTH: usize = 100;
const MARGIN: &str = "        ";

/// Tells the story to standard output.
pub(super) struct Narrator {
    output: Output,
    styled: bool,
    begun: Instant,
    step_begun: Instant,
}

#[derive(Clone, Copy)]
enum Style {
    Bold,
    Dim,
    Green,
    Red,
}

impl Narrator {
    /// A narrator whose clock starts now.
    pub(super) fn new() -> Self {
        let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let styled = std::io::stdout().is_terminal() && !plain;
        let now = Instant::now();
        Self { output: Output::new(false), styled, begun: now, step_begun: now }
    }

    /// A text outside any step.
    pub(super) fn say(&self, text: &str) -> Result<()> {
        self.write(text)
    }

    /// A step begins.
    pub(super) fn step(&mut self, number: usize, of: usize, title: &str, why: &str) -> Result<()> {
        self.step_begun = Instant::now();
        let width = of.to_string().len();
        let heading = format!("[{number:>width$}/{of}] {title}");
        self.write(&format!("\n{}\n{}", self.styled(Style::Bold, &heading), indented(why)))
    }

    /// The command that is about to run, as one would type it.
    pub(super) fn command(&self, arguments: &[&str]) -> Result<()> {
        self.typed("packhorse", arguments)
    }

    /// The same with another program's.
    pub(super) fn typed(&self, program: &str, arguments: &[&str]) -> Result<()> {
        self.write(&self.styled(Style::Dim, &shell_lines(program, arguments)))
    }

    /// What came of it.
    pub(super) fn found(&self, text: &str) -> Result<()> {
        self.write(&indented(text))
    }

    /// What a command said, as it said it.
    pub(super) fn said(&self, text: &str) -> Result<()> {
        let bar = self.styled(Style::Dim, "│");
        let line = |line: &str| format!("{MARGIN}{bar} {}", printable(line)).trim_end().to_owned();
        let lines: Vec<String> = text.lines().map(line).collect();
        if lines.is_empty() { Ok(()) } else { self.write(&lines.join("\n")) }
    }

    /// A line for the shell that is more than one command of ours.
    pub(super) fn shell(&self, line: &str) -> Result<()> {
        self.write(&self.styled(Style::Dim, &format!("{MARGIN}$ {line}")))
    }

    /// The step is done and everything in it held.
    pub(super) fn held(&self, outcome: &str) -> Result<()> {
        let (step, all) = (self.step_begun.elapsed().as_secs_f64(), self.begun.elapsed().as_secs_f64());
        let mark = self.styled(Style::Green, "✓");
        let times = self.styled(Style::Dim, &format!("({step:.1} s, {all:.1} s since the start)"));
        self.write(&format!("{MARGIN}{mark} {} {times}", printable(outcome)))
    }

    /// The step did not hold.
    pub(super) fn broke(&self, title: &str) -> Result<()> {
        self.write(&format!("{MARGIN}{} {title}", self.styled(Style::Red, "✗ this did not hold:")))
    }

    /// Seconds since the story began.
    pub(super) fn seconds(&self) -> f64 {
        self.begun.elapsed().as_secs_f64()
    }

    fn styled(&self, style: Style, text: &str) -> String {
        let code = match style {
            Style::Bold => "1",
            Style::Dim => "2",
            Style::Green => "32",
            Style::Red => "31",
        };
        if self.styled { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    fn write(&self, text: &str) -> Result<()> {
        self.output.document(format!("{text}\n").as_bytes())
    }
}

/// Text under the step's heading, wrapped at words; lines of their own stay lines.
fn indented(text: &str) -> String {
    let mut lines = Vec::new();
    for line in text.lines() {
        let mut wrapped = String::new();
        for word in printable(line).split_inclusive(' ') {
            if !wrapped.is_empty() && wrapped.chars().count() + word.trim_end().chars().count() > WIDTH {
                lines.push(std::mem::take(&mut wrapped));
            }
            wrapped.push_str(word);
        }
        lines.push(wrapped);
    }
    lines.iter().map(|line| format!("{MARGIN}{}", line.trim_end())).collect::<Vec<_>>().join("\n")
}

/// A command as a shell takes it, continued over lines before an option.
fn shell_lines(program: &str, arguments: &[&str]) -> String {
    let mut lines = vec![format!("{MARGIN}$ {program}")];
    let mut words = arguments.iter().peekable();
    while let Some(word) = words.next() {
        let mut piece = quoted(word);
        // An option stays on one line with its value.
        if word.starts_with("--") && words.peek().is_some_and(|next| !next.starts_with("--")) {
            let value = words.next().copied().unwrap_or_default();
            let _ = write!(piece, " {}", quoted(value));
        }
        let last = lines.last().map_or(0, |line| line.chars().count());
        if word.starts_with('-') && last + piece.chars().count() > WIDTH {
            lines.push(format!("{MARGIN}    {piece}"));
        } else if let Some(line) = lines.last_mut() {
            let _ = write!(line, " {piece}");
        }
    }
    lines.join(" \\\n")
}

/// A word that a POSIX shell reads back as it was.
pub(super) fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@,+%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_reads_every_command_back_as_it_was() {
        let arguments = [
            "ask",
            "--client",
            "PH/LOC/a b",
            "--body",
            r#"{"surname":"o'neill"}"#,
            "--purpose",
            "x".repeat(90).as_str(),
            "--empty",
            "",
            "$HOME",
            "`id`",
        ]
        .map(str::to_owned);
        let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let line = shell_lines("packhorse", &words).replace("$ packhorse", "printf '%s\\n'");
        assert!(line.contains("\\\n"), "{line}");
        let shell = std::process::Command::new("sh").args(["-c", &line]).output().unwrap();
        assert_eq!(String::from_utf8(shell.stdout).unwrap().lines().collect::<Vec<_>>(), words);
    }

    #[test]
    fn text_is_wrapped_at_words_and_cannot_move_the_cursor() {
        let text = format!("{} end\nnext\u{1b}[2J", "word ".repeat(40));
        let wrapped = indented(&text);
        assert!(wrapped.lines().all(|line| line.starts_with(MARGIN) && line.chars().count() <= WIDTH + MARGIN.len()));
        assert!(wrapped.ends_with("next [2J"), "{wrapped}");
    }
}
