//! How far it is, on a terminal.
//!
//! It must never know what is moved.

use std::time::{Duration, Instant};

use crate::error::Result;
use crate::output::Output;

/// How often it is drawn.
const PAUSE: Duration = Duration::from_millis(100);
/// Characters of the bar itself.
const WIDTH: u64 = 30;

/// A bar for some bytes.
pub(super) struct Bar {
    output: Output,
    all: u64,
    done: u64,
    begun: Instant,
    /// What was done before, by an earlier run.
    before: u64,
    drawn: Option<Instant>,
}

impl Bar {
    pub(super) fn new(output: Output, all: u64) -> Self {
        Self { output, all, done: 0, begun: Instant::now(), before: 0, drawn: None }
    }

    /// So many bytes were there before.
    pub(super) fn skip(&mut self, bytes: u64) {
        self.before += bytes;
        self.done += bytes;
    }

    /// So many more bytes are done.
    pub(super) fn advance(&mut self, bytes: u64) -> Result<()> {
        self.done += bytes;
        if self.drawn.is_some_and(|drawn| drawn.elapsed() < PAUSE) && self.done < self.all {
            return Ok(());
        }
        self.drawn = Some(Instant::now());
        self.output.bar(&self.line(self.begun.elapsed()))
    }

    /// Nothing more is drawn.
    pub(super) fn end(&self) -> Result<()> {
        if self.drawn.is_some() { self.output.bar_end() } else { Ok(()) }
    }

    fn line(&self, elapsed: Duration) -> String {
        let of = |whole: u64| whole.saturating_mul(self.done.min(self.all)).checked_div(self.all).unwrap_or(whole);
        let (percent, filled) = (of(100), of(WIDTH) as usize);
        let rate = (self.done - self.before) as f64 / elapsed.as_secs_f64().max(0.001);
        let left = self.all.saturating_sub(self.done) as f64 / rate.max(1.0);
        format!(
            "[{}{}] {percent:>3} %  {} of {}  {}/s  {}",
            "█".repeat(filled),
            "░".repeat(WIDTH as usize - filled),
            size(self.done),
            size(self.all),
            size(rate as u64),
            if self.done < self.all { format!("{} s left", left.ceil()) } else { "done".to_owned() }
        )
    }
}

/// Bytes as people read them.
pub(super) fn size(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["B", "kB", "MB", "GB", "TB"];
    let mut value = bytes as f64;
    let mut unit = 0;
    while value >= 999.5 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    if unit == 0 { format!("{bytes} B") } else { format!("{value:.1} {}", UNITS[unit]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_told_as_people_read_them() {
        for (bytes, told) in
            [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (1_500_000, "1.5 MB"), (u64::MAX, "18446744.1 TB")]
        {
            assert_eq!(size(bytes), told);
        }
    }

    #[test]
    fn the_bar_tells_the_rate_of_this_run_alone() {
        let mut bar = Bar::new(Output::new(true), 1000);
        bar.skip(500);
        bar.done += 250;
        let line = bar.line(Duration::from_secs(1));
        assert!(line.contains(" 75 %") && line.contains("250 B/s") && line.ends_with("1 s left"), "{line}");
        assert!(Bar::new(Output::new(true), 0).line(Duration::ZERO).contains("100 %"));
    }
}
