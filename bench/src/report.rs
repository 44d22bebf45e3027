//! The figures as tables, between two marks of `performance.md`; what stands around them is written by people.

use std::fmt::Write as _;
use std::fs;

use crate::Result;
use crate::evidence::Sustained;
use crate::examples::Rooms;
use crate::machine::Machine;
use crate::matrix::{Cell, Matrix, Sample, WORKLOADS};
use crate::options::Options;
use crate::parcels::Parcels;
use crate::process::Memory;
use crate::setting::System;

mod budgets;
mod parcels;

const BEGIN: &str = "<!-- figures: written by make bench, by nobody else -->";
const END: &str = "<!-- end of figures -->";
const BEGIN_PARCELS: &str = "<!-- figures of parcels: written by make bench, by nobody else -->";
const END_PARCELS: &str = "<!-- end of the figures of parcels -->";

/// Everything that was measured.
pub(crate) struct Findings<'a> {
    /// How.
    pub(crate) options: &'a Options,
    /// On what.
    pub(crate) machine: Machine,
    /// Of questions and answers.
    pub(crate) queries: Option<Queries>,
    /// Of parcels.
    pub(crate) parcels: Option<Parcels>,
}

/// What was measured with questions and answers.
pub(crate) struct Queries {
    /// Memory before any load, by process.
    pub(crate) idle: Vec<(&'static str, Memory)>,
    /// Bodies, clients, systems.
    pub(crate) matrix: Matrix,
    /// Minutes of load.
    pub(crate) sustained: Sustained,
    /// The rooms' own measurements.
    pub(crate) rooms: Rooms,
}

/// Writes the figures into `performance.md`, and keeps the rest of it: also those of a part that was left out.
pub(crate) fn write(findings: &Findings) -> Result<()> {
    let file = findings.options.into.join("performance.md");
    let empty = || format!("{BEGIN}\n{END}\n\n{BEGIN_PARCELS}\n{END_PARCELS}\n");
    let mut page = if file.exists() { fs::read_to_string(&file)? } else { empty() };
    if let Some(queries) = &findings.queries {
        page = put(&page, [BEGIN, END], &figures(findings, queries)?)?;
    }
    if let Some(measured) = &findings.parcels {
        let figures = parcels::conditions(findings) + &parcels::figures(measured)?;
        page = put(&page, [BEGIN_PARCELS, END_PARCELS], &figures)?;
    }
    Ok(fs::write(file, page)?)
}

fn put(page: &str, [begin, end]: [&str; 2], figures: &str) -> Result<String> {
    let parts = page.split_once(begin).and_then(|(above, rest)| Some((above, rest.split_once(end)?.1)));
    let (above, below) = parts.ok_or("performance.md has lost the marks between which figures stand")?;
    Ok(format!("{above}{begin}\n{figures}\n{end}{below}"))
}

fn figures(findings: &Findings, queries: &Queries) -> Result<String> {
    let mut text = String::new();
    conditions(&mut text, findings)?;
    text.push_str("\n### Budgets\n\n");
    text.push_str(&budgets::table(queries)?);
    text.push_str("\n### Answers a second\n\n");
    matrix(&mut text, queries, &|cell, system| format!("{:.0}", cell.median(system, |sample| sample.rate)), true)?;
    text.push_str("\n### Latency, median / 99th percentile, ms\n\n");
    let latency = |cell: &Cell, system| {
        let (p50, p99) = (cell.median(system, |sample| sample.p50), cell.median(system, |sample| sample.p99));
        format!("{p50:.2} / {p99:.2}")
    };
    matrix(&mut text, queries, &latency, false)?;
    text.push_str("\n### CPU seconds for 1,000 answers\n\n");
    cpu(&mut text, queries)?;
    text.push_str("\n### Memory and evidence\n\n");
    held(&mut text, queries)?;
    text.push_str("\n### The rooms alone\n\n");
    rooms(&mut text, &queries.rooms)?;
    Ok(text)
}

fn conditions(text: &mut String, findings: &Findings) -> Result<()> {
    let Findings { options, machine, .. } = findings;
    let Machine { date, processor, cores, memory, kernel, load, commit, nginx } = machine;
    let short = if options.short { " --short" } else { "" };
    writeln!(text, "`make bench` (`bench/run{short}`), {date}, commit {commit}. {cores} processors ({processor}),")?;
    writeln!(
        text,
        "{memory:.0} GB of memory, Linux {kernel}; load average {load} before the start, so that much other"
    )?;
    writeln!(text, "work was going on. Against {nginx}. {} rounds, a b c a b c …; each cell", options.rounds)?;
    writeln!(
        text,
        "{:.1} s after {:.1} s of warming up; medians over the rounds, ratios of neighbours in time.",
        options.measured.as_secs_f64(),
        options.warm_up.as_secs_f64()
    )?;
    Ok(())
}

/// A table of the whole matrix, a column for each system.
fn matrix(text: &mut String, findings: &Queries, entry: &dyn Fn(&Cell, System) -> String, ratios: bool) -> Result<()> {
    let names = System::ALL.map(System::name).join(" | ");
    let (ratio, line) = if ratios { (" Packhorse / nginx |", "---:|") } else { ("", "") };
    writeln!(text, "| body | clients | {names} |{ratio}\n|---|---:|---:|---:|---:|{line}")?;
    for cell in &findings.matrix.cells {
        let entries = System::ALL.map(|system| entry(cell, system)).join(" | ");
        write!(text, "| {} | {} | {entries} |", WORKLOADS[cell.workload].name, cell.clients)?;
        if ratios {
            let ratio = |one: &Sample, other: &Sample| one.rate / other.rate;
            write!(text, " {:.2} |", cell.paired(System::Packhorse, System::Nginx, ratio))?;
        }
        text.push('\n');
    }
    Ok(())
}

/// Where the CPU goes, process by process, at one client and at the most.
fn cpu(text: &mut String, findings: &Queries) -> Result<()> {
    writeln!(text, "| body | clients | system | of it | split |\n|---|---:|---|---:|---|")?;
    let ends = |cell: &&Cell| [1, 32].contains(&cell.clients);
    for cell in findings.matrix.cells.iter().filter(ends) {
        for system in System::ALL {
            let split = cell.cpu(system);
            let sum: f64 = split.iter().map(|(_, seconds)| seconds).sum();
            let split: Vec<String> = split.iter().map(|(name, seconds)| format!("{name} {seconds:.3}")).collect();
            writeln!(
                text,
                "| {} | {} | {} | {sum:.3} | {} |",
                WORKLOADS[cell.workload].name,
                cell.clients,
                system.name(),
                split.join(", ")
            )?;
        }
    }
    Ok(())
}

fn held(text: &mut String, findings: &Queries) -> Result<()> {
    let Sustained { seconds, rate, p99, exchanges, sides } = &findings.sustained;
    writeln!(
        text,
        "After {seconds:.0} s of 32 clients asking for the record without a pause: {exchanges} exchanges, {rate:.0} a\n\
         second, 99th percentile {p99:.1} ms. Each side had recorded every one of them.\n"
    )?;
    writeln!(
        text,
        "| process | memory idle | at the end of the load | the most | database, bytes an exchange | tiles |"
    )?;
    writeln!(text, "|---|---:|---:|---:|---:|---:|")?;
    for (name, idle) in &findings.idle {
        write!(text, "| {name} | {:.0} MB |", megabytes(idle.now))?;
        match sides.iter().find(|side| side.name == *name) {
            Some(side) => writeln!(
                text,
                " {:.0} MB | {:.0} MB | {:.0} | {:.0} |",
                megabytes(side.memory.now),
                megabytes(side.memory.most),
                side.database,
                side.tiles
            )?,
            None => writeln!(text, " – | – | – | – |")?,
        }
    }
    Ok(())
}

fn rooms(text: &mut String, rooms: &Rooms) -> Result<()> {
    writeln!(text, "| what | figure |\n|---|---:|")?;
    writeln!(text, "| durable ledger appends a second, 256 callers | {:.0} |", rooms.appends)?;
    writeln!(text, "| CPU of one append | {:.1} µs |", rooms.append_cpu)?;
    writeln!(text, "| directory of {:.0} organisations, load | {:.2} s |", rooms.organisations, rooms.load_seconds)?;
    writeln!(text, "| the same, most memory | {:.0} MB |", rooms.load_memory)?;
    writeln!(
        text,
        "| one decision, median / 99th percentile | {:.0} / {:.0} µs |",
        rooms.decision, rooms.decision_p99
    )?;
    Ok(())
}

/// Megabytes of 10⁶ bytes, as the budgets count.
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}
