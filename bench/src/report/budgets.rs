//! The design's budgets beside what was measured: what must be, what is aimed at, what is.

use std::fmt::Write as _;

use super::{Queries, megabytes};
use crate::Result;
use crate::evidence::Side;
use crate::matrix::{Cell, Sample};
use crate::setting::System;

/// Index of the 1 KB and the 10 KB body in the matrix.
const SMALL: [(usize, &str); 2] = [(0, "1 KB"), (1, "10 KB")];

/// One budget. `floor` says that more is better.
pub(super) struct Budget {
    pub(super) what: String,
    pub(super) unit: &'static str,
    pub(super) floor: bool,
    pub(super) must: f64,
    pub(super) aim: f64,
    pub(super) measured: f64,
}

/// The table of all budgets that the measurement of queries can judge.
pub(super) fn table(queries: &Queries) -> Result<String> {
    Budget::table(&budgets(queries)?)
}

impl Budget {
    /// These as a table.
    pub(super) fn table(budgets: &[Self]) -> Result<String> {
        let mut text = String::from("| what | must | aims at | measured | |\n|---|---:|---:|---:|---|\n");
        for budget in budgets {
            let Self { what, unit, must, aim, measured, .. } = budget;
            let bound = if budget.floor { "≥" } else { "≤" };
            let verdict = budget.verdict();
            let (must, aim, measured) = (short(*must), short(*aim), short(*measured));
            writeln!(text, "| {what} | {bound} {must}{unit} | {bound} {aim}{unit} | {measured}{unit} | {verdict} |")?;
        }
        Ok(text)
    }

    fn verdict(&self) -> &'static str {
        let keeps = |bound: f64| if self.floor { self.measured >= bound } else { self.measured <= bound };
        match (keeps(self.must), keeps(self.aim)) {
            (_, true) => "reached",
            (true, false) => "kept",
            (false, false) => "**missed**",
        }
    }
}

fn budgets(findings: &Queries) -> Result<Vec<Budget>> {
    let mut all = vec![throughput(findings.matrix.cell(0, 32)?)];
    for (workload, name) in SMALL {
        all.push(latency(findings.matrix.cell(workload, 1)?, name));
    }
    let most = |of: &dyn Fn(&Side) -> f64| findings.sustained.sides.iter().map(of).fold(0.0, f64::max);
    let gateways = findings.idle.iter().filter(|(name, _)| name.ends_with("gateway"));
    let idle = gateways.map(|(_, memory)| megabytes(memory.now)).fold(0.0, f64::max);
    let upper = |what: &str, unit, must, aim, measured| Budget {
        what: what.to_owned(),
        unit,
        floor: false,
        must,
        aim,
        measured,
    };
    let rooms = &findings.rooms;
    all.extend([
        upper("memory of a gateway, idle", " MB", 60.0, 30.0, idle),
        upper(
            "memory of a gateway, the most under that load",
            " MB",
            200.0,
            100.0,
            most(&|side| megabytes(side.memory.most)),
        ),
        upper(
            "evidence kept for an exchange, each side",
            " B",
            3000.0,
            1200.0,
            most(&|side| side.database + side.tiles),
        ),
        Budget {
            what: "durable ledger appends a second".to_owned(),
            unit: "",
            floor: true,
            must: 20_000.0,
            aim: 100_000.0,
            measured: rooms.appends,
        },
        upper("directory of 30,000 organisations, load", " s", 2.0, 0.5, rooms.load_seconds),
        upper("the same, memory", " MB", 300.0, 100.0, rooms.load_memory),
    ]);
    Ok(all)
}

fn throughput(cell: &Cell) -> Budget {
    Budget {
        what: "queries a second, 1 KB, 32 clients, as a share of the nginx pair's".to_owned(),
        unit: "×",
        floor: true,
        must: 0.35,
        aim: 0.8,
        measured: cell.paired(System::Packhorse, System::Nginx, |one, other| one.rate / other.rate),
    }
}

/// What a system adds to the median latency of the backend alone.
fn latency(cell: &Cell, name: &str) -> Budget {
    let added = |system| cell.paired(system, System::Direct, |one: &Sample, other: &Sample| one.p50 - other.p50);
    Budget {
        what: format!("latency added at 1 client, {name} (aim: 3 times what the nginx pair adds)"),
        unit: " ms",
        floor: false,
        must: 2.0,
        aim: 3.0 * added(System::Nginx),
        measured: added(System::Packhorse),
    }
}

/// Two significant places below ten, whole numbers above.
fn short(value: f64) -> String {
    if value.abs() < 10.0 && value.fract() != 0.0 { format!("{value:.2}") } else { format!("{value:.0}") }
}
