//! A started program that never outlives its owner.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Longest wait for an orderly end.
const FINISHES: Duration = Duration::from_secs(40);

/// The running program; killed when dropped.
pub(crate) struct Process {
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Starts the program in a folder, its log in a file there.
    pub(crate) fn start(folder: &Path, arguments: &[&str], log: &str) -> Self {
        let log = folder.join(log);
        let lines = File::options().create(true).append(true).open(&log).unwrap();
        // A file that grows beyond a limit is an error to the program then, as on a full disk, and not its end.
        let child = Command::new("sh")
            .args(["-c", "trap '' XFSZ; exec \"$@\"", "sh", super::PROGRAM])
            .args(arguments)
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(lines)
            .spawn()
            .unwrap();
        Self { child, log }
    }

    /// Its number.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether it still runs.
    pub(crate) fn runs(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Tells it to end in good order, and sees that it does.
    pub(crate) fn finish(mut self) {
        let told = Command::new("sh").args(["-c", &format!("kill -TERM {}", self.child.id())]).status().unwrap();
        assert!(told.success());
        let begun = Instant::now();
        while self.child.try_wait().unwrap().is_none() {
            assert!(begun.elapsed() < FINISHES, "it was told to end and did not");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

#[allow(clippy::print_stdout, reason = "the end of a log beside a failure")]
impl Drop for Process {
    fn drop(&mut self) {
        let ended_before = self.child.try_wait().is_ok_and(|status| status.is_some());
        // It may have ended in this moment.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            let log = std::fs::read_to_string(&self.log).unwrap_or_default();
            let lines: Vec<&str> = log.lines().collect();
            let last = lines[lines.len().saturating_sub(15)..].join("\n");
            println!("{} (ended before: {ended_before}):\n{last}", self.log.display());
        }
    }
}
