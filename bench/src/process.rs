//! Processes that are measured: started, watched through /proc (proc(5)), and ended in every case.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::Result;

/// Longer than an orderly stop may take.
const STOP_TIME: Duration = Duration::from_secs(30);
/// How long a process that is not waited for may take over its end.
const DROP_TIME: Duration = Duration::from_secs(3);
/// Longer than a start may take.
const START_TIME: Duration = Duration::from_secs(30);

/// A running process and its children.
pub(crate) struct Process {
    name: &'static str,
    child: Child,
}

/// Memory of a process.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Memory {
    /// Resident now, bytes.
    pub(crate) now: u64,
    /// The most ever resident, bytes.
    pub(crate) most: u64,
}

impl Process {
    /// Starts a program whose output goes to a log; it is told to end should this process die.
    pub(crate) fn start(name: &'static str, program: &Path, arguments: &[&str], log: &Path) -> Result<Self> {
        let log = File::options().create(true).append(true).open(log)?;
        let child = Command::new("setpriv")
            .args(["--pdeathsig", "TERM", "--"])
            .arg(program)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .map_err(|error| format!("{name} could not be started: {error}"))?;
        Ok(Self { name, child })
    }

    /// What it is called in the report.
    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    /// Waits until `ready` says so.
    pub(crate) fn wait_until(&mut self, mut ready: impl FnMut() -> bool) -> Result<()> {
        let begin = Instant::now();
        while !ready() {
            if let Some(status) = self.child.try_wait()? {
                return Err(format!("{} ended at its start: {status}", self.name).into());
            }
            if begin.elapsed() > START_TIME {
                return Err(format!("{} did not come up in {} s", self.name, START_TIME.as_secs()).into());
            }
            thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }

    /// CPU seconds of it and its children so far.
    pub(crate) fn cpu(&self) -> Result<f64> {
        self.family()?.into_iter().map(cpu_seconds).sum()
    }

    /// Memory of it and its children.
    pub(crate) fn memory(&self) -> Result<Memory> {
        let mut sum = Memory::default();
        for process in self.family()? {
            let status = fs::read_to_string(format!("/proc/{process}/status"))?;
            sum.now += kilobytes(&status, "VmRSS:")? * 1024;
            sum.most += kilobytes(&status, "VmHWM:")? * 1024;
        }
        Ok(sum)
    }

    /// Ends it as its service manager would and waits; an error when it does not end well.
    pub(crate) fn stop(mut self) -> Result<()> {
        match self.end(STOP_TIME)? {
            Some(status) if status.success() => Ok(()),
            Some(status) => Err(format!("{} ended with {status}", self.name).into()),
            None => Err(format!("{} did not end in {} s", self.name, STOP_TIME.as_secs()).into()),
        }
    }

    /// Ends it as a power cut would.
    pub(crate) fn kill(mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Asks it to end and waits at most so long.
    fn end(&mut self, time: Duration) -> Result<Option<ExitStatus>> {
        let begin = Instant::now();
        let mut ended = self.child.try_wait()?;
        if ended.is_none() {
            Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status()?;
        }
        while ended.is_none() && begin.elapsed() < time {
            thread::sleep(Duration::from_millis(20));
            ended = self.child.try_wait()?;
        }
        Ok(ended)
    }

    fn family(&self) -> Result<Vec<u32>> {
        let own = self.child.id();
        let children = fs::read_to_string(format!("/proc/{own}/task/{own}/children"))?;
        let children: std::result::Result<Vec<u32>, _> = children.split_whitespace().map(str::parse).collect();
        Ok([vec![own], children?].concat())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Asked first, so that it can end its own children; gone already after an orderly stop.
        let _ = self.end(DROP_TIME);
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// CPU seconds of this process so far: the load generator.
pub(crate) fn own_cpu() -> Result<f64> {
    cpu_seconds(std::process::id())
}

/// Fields 14 and 15 of stat, user and system time, in hundredths of a second on every Linux of today.
fn cpu_seconds(process: u32) -> Result<f64> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat"))?;
    // The name in field 2 may hold anything but ends at the last bracket.
    let (_, rest) = stat.rsplit_once(')').ok_or("stat has no name")?;
    let ticks: std::result::Result<Vec<u64>, _> =
        rest.split_whitespace().skip(11).take(2).map(str::parse::<u64>).collect();
    Ok(ticks?.iter().sum::<u64>() as f64 / 100.0)
}

fn kilobytes(status: &str, name: &str) -> Result<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name)).ok_or("status lacks a line")?;
    Ok(line.trim().trim_end_matches("kB").trim().parse()?)
}
