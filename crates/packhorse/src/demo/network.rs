//! The network's processes: a registry and the gateways, each a process of this very program.
//!
//! They end with the demo, whichever way it ends: told to stop when there is time, killed when it is dropped, and
//! found by their number at the next start when the demo itself was killed. It must never know what they say to
//! each other.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use tokio::process::{Child, Command};

use crate::error::{Error, Result};

/// Longest wait until a process is open for business.
const OPENS: Duration = Duration::from_secs(60);
/// Longest wait until a process that was told to stop has stopped.
const STOPS: Duration = Duration::from_secs(10);
/// Time between looks at something that is about to happen.
const LOOK: Duration = Duration::from_millis(50);
/// Numbers of the processes that run, for the next start.
const NUMBERS: &str = "processes";
/// What a process of the network has among its arguments, whatever its number.
const SERVE: [&[u8]; 2] = [b"serve", b"--foreground"];
/// Last lines of a log that are shown when its process ended.
const LAST_LINES: usize = 5;

/// What runs.
pub(super) struct Network {
    root: PathBuf,
    program: PathBuf,
    running: Vec<Running>,
}

struct Running {
    name: String,
    log: PathBuf,
    child: Child,
}

impl Network {
    /// Nothing runs yet; what an earlier demo in the folder left running is ended.
    pub(super) async fn in_folder(root: &Path) -> Result<Self> {
        let program = std::env::current_exe()?;
        let network = Self { root: root.to_owned(), program, running: Vec::new() };
        network.end_left_behind().await?;
        Ok(network)
    }

    /// This program.
    pub(super) fn program(&self) -> &Path {
        &self.program
    }

    /// Starts a process that serves, its log in `log` below the folder.
    pub(super) fn start(&mut self, name: &str, arguments: &[&str], log: &str) -> Result<()> {
        let program = self.program.clone();
        self.start_other(&program, name, arguments, log)
    }

    /// The same with another program, which must have one of the arguments of [`SERVE`].
    pub(super) fn start_other(&mut self, program: &Path, name: &str, arguments: &[&str], log: &str) -> Result<()> {
        let log = self.root.join(log);
        let lines = File::options().create(true).append(true).open(&log).map_err(Error::file(&log, "written"))?;
        let child = Command::new(program)
            .args(arguments)
            .current_dir(&self.root)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(lines)
            .kill_on_drop(true)
            .spawn()?;
        self.running.push(Running { name: name.to_owned(), log, child });
        self.note_numbers()
    }

    /// Stops a process, if it runs.
    pub(super) async fn halt(&mut self, name: &str) -> Result<()> {
        if let Some(at) = self.running.iter().position(|running| running.name == name) {
            let mut running = self.running.remove(at);
            tell_to_stop(&running.child);
            ended(&mut running.child, tokio::time::Instant::now() + STOPS).await?;
        }
        self.note_numbers()
    }

    /// Stops a process and starts it again with other arguments.
    pub(super) async fn restart(&mut self, name: &str, arguments: &[&str], log: &str) -> Result<()> {
        self.halt(name).await?;
        self.start(name, arguments, log)
    }

    /// Waits until `open` says that a process is open for business.
    pub(super) async fn until_open(&mut self, name: &str, open: impl AsyncFn() -> bool) -> Result<()> {
        let started = Instant::now();
        while !open().await {
            self.check()?;
            if started.elapsed() > OPENS {
                let what = format!("{name} is not open after {} seconds", OPENS.as_secs());
                return Err(Error::refused(what, "see its log in the data folder"));
            }
            tokio::time::sleep(LOOK).await;
        }
        Ok(())
    }

    /// All of them run.
    ///
    /// # Errors
    /// The first that ended, with the end of its log.
    pub(super) fn check(&mut self) -> Result<()> {
        for running in &mut self.running {
            if let Some(status) = running.child.try_wait()? {
                let what = format!("{} ended ({status}); its last words:\n{}", running.name, last_lines(&running.log));
                return Err(Error::refused(what, format!("see {}", running.log.display())));
            }
        }
        Ok(())
    }

    /// Tells everybody to stop and waits; who does not stop in time is killed.
    pub(super) async fn stop(mut self) -> Result<()> {
        // Gateways before the registry that they ask.
        for running in self.running.iter().rev() {
            tell_to_stop(&running.child);
        }
        let deadline = tokio::time::Instant::now() + STOPS;
        for running in &mut self.running {
            ended(&mut running.child, deadline).await?;
        }
        let numbers = self.root.join(NUMBERS);
        fs::remove_file(&numbers).or_else(ignore_absent).map_err(Error::file(&numbers, "removed"))
    }

    fn note_numbers(&self) -> Result<()> {
        let numbers: String =
            self.running.iter().filter_map(|running| running.child.id()).map(|number| format!("{number}\n")).collect();
        let path = self.root.join(NUMBERS);
        fs::write(&path, numbers).map_err(Error::file(&path, "written"))
    }

    /// Ends what a demo that was itself killed has left: only a process of a noted number that still serves in this
    /// folder, since the system gives numbers out again.
    async fn end_left_behind(&self) -> Result<()> {
        let numbers = fs::read_to_string(self.root.join(NUMBERS)).unwrap_or_default();
        let left: Vec<i32> = numbers.lines().filter_map(|number| number.parse().ok()).collect();
        let started = Instant::now();
        while left.iter().any(|number| self.still_serves(*number)) {
            for pid in
                left.iter().filter(|number| self.still_serves(**number)).filter_map(|number| Pid::from_raw(*number))
            {
                // It may have ended in this moment.
                let _ = kill_process(pid, Signal::KILL);
            }
            if started.elapsed() > STOPS {
                return Err(Error::refused(
                    "processes of an earlier demo do not end",
                    "end them by hand: see the file processes",
                ));
            }
            tokio::time::sleep(LOOK).await;
        }
        Ok(())
    }

    fn still_serves(&self, number: i32) -> bool {
        let process = PathBuf::from(format!("/proc/{number}"));
        let here = fs::read_link(process.join("cwd")).is_ok_and(|folder| folder == self.root);
        // The kernel puts a NUL behind each argument.
        here && fs::read(process.join("cmdline"))
            .is_ok_and(|line| line.split(|byte| *byte == 0).any(|word| SERVE.contains(&word)))
    }
}

/// Waits for the end of a process that was told to stop; who does not stop in time is killed.
async fn ended(child: &mut Child, deadline: tokio::time::Instant) -> Result<()> {
    if tokio::time::timeout_at(deadline, child.wait()).await.is_err() {
        child.kill().await?;
    }
    Ok(())
}

fn tell_to_stop(child: &Child) {
    let pid = child.id().and_then(|number| i32::try_from(number).ok()).and_then(Pid::from_raw);
    if let Some(pid) = pid {
        // It may have ended in this moment; then there is nothing to tell.
        let _ = kill_process(pid, Signal::TERM);
    }
}

fn last_lines(log: &Path) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(LAST_LINES)..].join("\n")
}

fn ignore_absent(error: std::io::Error) -> std::io::Result<()> {
    if error.kind() == std::io::ErrorKind::NotFound { Ok(()) } else { Err(error) }
}
