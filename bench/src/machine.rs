//! What the figures were measured on: a figure without its machine means nothing.

use std::fs;
use std::process::Command;

use crate::Result;
use crate::nginx;

/// The machine and the day.
pub(crate) struct Machine {
    /// Today.
    pub(crate) date: String,
    /// Processor, as the kernel names it.
    pub(crate) processor: String,
    /// Processors that may be used at once.
    pub(crate) cores: usize,
    /// Memory, gigabytes (10⁹).
    pub(crate) memory: f64,
    /// Kernel.
    pub(crate) kernel: String,
    /// Runnable tasks, mean of the minute before the start: more than a little means that others worked too.
    pub(crate) load: String,
    /// The tree that was measured.
    pub(crate) commit: String,
    /// What it was measured against.
    pub(crate) nginx: String,
}

/// Looks around.
pub(crate) fn look() -> Result<Machine> {
    let processors = fs::read_to_string("/proc/cpuinfo")?;
    let processor = processors.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    let total = fs::read_to_string("/proc/meminfo")?;
    let total = total.split_whitespace().nth(1).ok_or("meminfo says nothing")?.parse::<f64>()? * 1024.0 / 1e9;
    let load = fs::read_to_string("/proc/loadavg")?;
    Ok(Machine {
        date: said("date", &["--utc", "+%Y-%m-%d"])?,
        processor: processor.map_or_else(|| "unnamed processor".to_owned(), |(_, name)| name.trim().to_owned()),
        cores: std::thread::available_parallelism()?.get(),
        memory: total,
        kernel: fs::read_to_string("/proc/sys/kernel/osrelease")?.trim().to_owned(),
        load: load.split_whitespace().next().unwrap_or_default().to_owned(),
        commit: said("git", &["rev-parse", "--short", "HEAD"]).unwrap_or_else(|_| "no repository".to_owned()),
        nginx: nginx::version()?,
    })
}

/// The day so far from today, as GNU date reads it: `+300 days`.
pub(crate) fn day(away: &str) -> Result<String> {
    said("date", &["--utc", "--date", away, "+%Y-%m-%d"])
}

fn said(program: &str, arguments: &[&str]) -> Result<String> {
    let output = Command::new(program).args(arguments).output().map_err(|error| format!("{program}: {error}"))?;
    if !output.status.success() {
        return Err(format!("{program} failed").into());
    }
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}
