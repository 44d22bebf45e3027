//! The rooms' own measurements: each is an example of its crate, run here so that one command gives every figure.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::Result;
use crate::options::Options;

/// What the rooms measured.
pub(crate) struct Rooms {
    /// Durable ledger appends a second, from 256 callers at once.
    pub(crate) appends: f64,
    /// CPU microseconds of one append.
    pub(crate) append_cpu: f64,
    /// Organisations in the directory that was loaded.
    pub(crate) organisations: f64,
    /// Seconds to load it.
    pub(crate) load_seconds: f64,
    /// The most memory while loading, megabytes (10⁶).
    pub(crate) load_memory: f64,
    /// Median microseconds of one decision.
    pub(crate) decision: f64,
    /// Microseconds that one decision in a hundred exceeds.
    pub(crate) decision_p99: f64,
}

/// Runs all three.
pub(crate) fn run(options: &Options) -> Result<Rooms> {
    let folder = options.folder.join("bench-append-rate");
    // What an interrupted run left would be appended to.
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    let seconds = if options.short { "1" } else { "5" };
    let appends = example(options, "append_rate", &[&folder.display().to_string(), "256", seconds]);
    fs::remove_dir_all(&folder)?;
    let appends = appends?;
    let organisations = if options.short { "1000" } else { "30000" };
    let directory = example(options, "load_directory", &[organisations])?;
    let decision = example(options, "decision_time", &[])?;
    Ok(Rooms {
        appends: before(&appends, "durable appends")?,
        append_cpu: before(&appends, "µs of CPU")?,
        organisations: before(&directory, "organisations in")?,
        load_seconds: duration(&directory, "organisations in ")?,
        load_memory: before(after(&directory, "VmHWM:")?, "kB")? * 1024.0 / 1e6,
        decision: duration(&decision, "median ")? * 1e6,
        decision_p99: duration(&decision, "p99 ")? * 1e6,
    })
}

fn example(options: &Options, name: &str, arguments: &[&str]) -> Result<String> {
    eprintln!("{name} {}", arguments.join(" "));
    let program: &Path = &options.examples.join(name);
    let output = Command::new(program).args(arguments).output().map_err(|error| format!("{name}: {error}"))?;
    if !output.status.success() {
        return Err(format!("{name} failed: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    Ok(String::from_utf8(output.stdout)?)
}

fn after<'a>(text: &'a str, mark: &str) -> Result<&'a str> {
    let (_, after) = text.split_once(mark).ok_or_else(|| format!("a measurement did not say {mark:?}"))?;
    Ok(after)
}

/// The number that stands right before a mark.
fn before(text: &str, mark: &str) -> Result<f64> {
    let (before, _) = text.split_once(mark).ok_or_else(|| format!("a measurement did not say {mark:?}"))?;
    Ok(before.split_whitespace().next_back().ok_or("nothing stands before the mark")?.parse()?)
}

/// The duration that stands right behind a mark, in Rust's own writing (`1.5ms`), in seconds.
fn duration(text: &str, mark: &str) -> Result<f64> {
    let word = after(text, mark)?.split([' ', ',', '\n']).next().unwrap_or_default();
    let digits = word.trim_end_matches(|c: char| c.is_alphabetic());
    let scale = match &word[digits.len()..] {
        "s" => 1.0,
        "ms" => 1e-3,
        "µs" => 1e-6,
        "ns" => 1e-9,
        unit => return Err(format!("{unit:?} is no unit of time").into()),
    };
    Ok(digits.parse::<f64>()? * scale)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_found_in_what_a_measurement_says() {
        let text = "made it\nloaded 30000 organisations in 842.5ms\nVmHWM:\t   98304 kB\n";
        assert_eq!(before(text, "organisations in").unwrap(), 30000.0);
        assert!((duration(text, "organisations in ").unwrap() - 0.8425).abs() < 1e-9);
        assert_eq!(before(after(text, "VmHWM:").unwrap(), "kB").unwrap(), 98304.0);
        assert!((duration("permit: median 6.5µs, p99 12µs", "median ").unwrap() - 6.5e-6).abs() < 1e-12);
        assert!(before(text, "durable").is_err());
    }
}
