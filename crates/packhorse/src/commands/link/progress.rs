//! The profile of the files first, then how far it is and how long it will take.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use packhorse_linkage::Watch;
use packhorse_linkage::summary::{RuleSummary, TableProfile};

use crate::error::Result;
use crate::output::Output;

/// How often it is drawn.
const PAUSE: Duration = Duration::from_millis(200);

/// Draws on the terminal.
pub(super) struct Progress {
    output: Output,
    state: Mutex<State>,
}

struct State {
    phase: &'static str,
    steps: u64,
    done: u64,
    begun: Instant,
    drawn: Instant,
}

impl Progress {
    pub(super) fn new(output: Output) -> Self {
        let now = Instant::now();
        Self { output, state: Mutex::new(State { phase: "read", steps: 1, done: 0, begun: now, drawn: now }) }
    }

    /// Nothing more is drawn.
    pub(super) fn end(&self) -> Result<()> {
        self.output.bar_end()
    }

    /// A terminal that is gone is no reason to stop.
    fn say(&self, text: &str) {
        let _ = self.output.progress(text);
    }
}

impl State {
    fn line(&self) -> String {
        let share = self.done as f64 / self.steps.max(1) as f64;
        let elapsed = self.begun.elapsed().as_secs_f64();
        if share < 0.01 || self.steps < 2 {
            return self.phase.to_owned();
        }
        format!("{}  {:>3.0} %  {:.0} s left", self.phase, 100.0 * share.min(1.0), elapsed / share - elapsed)
    }
}

impl Watch for Progress {
    fn phase(&self, name: &'static str, steps: u64) {
        let Ok(mut state) = self.state.lock() else { return };
        *state = State { phase: name, steps, done: 0, begun: Instant::now(), drawn: Instant::now() };
        let _ = self.output.bar(&state.line());
    }

    fn advance(&self, steps: u64) {
        let Ok(mut state) = self.state.lock() else { return };
        state.done += steps;
        if state.drawn.elapsed() >= PAUSE {
            state.drawn = Instant::now();
            let _ = self.output.bar(&state.line());
        }
    }

    fn profile(&self, tables: &[TableProfile], rules: &[RuleSummary]) {
        let _ = self.output.bar_end();
        for table in tables {
            self.say(&format!("{}: {} rows", table.name, table.rows));
            for column in &table.columns {
                let filled = 100.0 * column.filled as f64 / table.rows.max(1) as f64;
                let unreadable =
                    if column.unreadable > 0 { format!(", {} unreadable", column.unreadable) } else { String::new() };
                self.say(&format!(
                    "  {}: {filled:.1} % filled, {} different{unreadable}",
                    column.name, column.distinct
                ));
            }
        }
        for rule in rules {
            self.say(&format!("block on {}: {} pairs, the largest block {}", rule.on, rule.pairs, rule.largest_block));
        }
    }
}
