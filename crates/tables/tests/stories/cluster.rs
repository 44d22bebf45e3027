//! A throwaway PostgreSQL cluster on a socket in a temporary folder, gone with its value.
//!
//! The server refuses to run as root, so that root hands it to the user `postgres` or `nobody`.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use tempfile::TempDir;

pub(crate) struct Cluster {
    folder: TempDir,
    server: Child,
}

impl Cluster {
    /// Starts a cluster; says why not and gives nothing when PostgreSQL is not installed, unless
    /// `PACKHORSE_POSTGRES=required`.
    pub(crate) fn start() -> Option<Self> {
        let Some(programs) = programs() else {
            assert_ne!(env::var("PACKHORSE_POSTGRES").as_deref(), Ok("required"), "PostgreSQL is required");
            eprintln!("skipped: no initdb in PATH or /usr/lib/postgresql/*/bin");
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let account = account();
        if let Some(account) = account {
            assert!(Command::new("chown").args([account]).arg(folder.path()).status().unwrap().success());
        }
        let initialised = unprivileged(account, &programs.join("initdb"))
            .args(["-A", "trust", "-U", "packhorse", "-E", "UTF8", "--locale=C", "--no-sync", "-D"])
            .arg(&data)
            .stdout(Stdio::null())
            .status()
            .unwrap();
        assert!(initialised.success(), "initdb failed");
        let server = unprivileged(account, &programs.join("postgres"))
            .args(["-F", "-c", "listen_addresses=", "-k"])
            .arg(folder.path())
            .arg("-D")
            .arg(&data)
            .stdout(Stdio::null())
            .stderr(fs::File::create(folder.path().join("log")).unwrap())
            .spawn()
            .unwrap();
        let cluster = Self { folder, server };
        let deadline = Instant::now() + Duration::from_secs(60);
        while !is_ready(&data) {
            assert!(Instant::now() < deadline, "PostgreSQL did not start");
            thread::sleep(Duration::from_millis(50));
        }
        Some(cluster)
    }

    pub(crate) fn url(&self) -> String {
        format!("postgres://packhorse@localhost/postgres?host={}", self.folder.path().display())
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // SIGKILL: nothing in the cluster is worth keeping; its children notice and go.
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// The server writes its state into its lock file.
fn is_ready(data: &Path) -> bool {
    let state = fs::read_to_string(data.join("postmaster.pid")).unwrap_or_default();
    state.lines().nth(7).is_some_and(|line| line.trim() == "ready")
}

fn programs() -> Option<PathBuf> {
    let debian =
        fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten().map(|entry| entry.path().join("bin"));
    let path = env::var_os("PATH").unwrap_or_default();
    debian
        .chain(env::split_paths(&path))
        .find(|folder| folder.join("initdb").exists() && folder.join("postgres").exists())
}

/// The account to run under when we are root.
fn account() -> Option<&'static str> {
    let id = |args: &[&str]| {
        Command::new("id").args(args).stderr(Stdio::null()).output().ok().filter(|out| out.status.success())
    };
    let is_root = id(&["-u"]).is_some_and(|out| out.stdout.trim_ascii() == b"0");
    is_root.then(|| if id(&["postgres"]).is_some() { "postgres" } else { "nobody" })
}

/// `setpriv` becomes the program, so that killing it kills the server.
fn unprivileged(account: Option<&str>, program: &Path) -> Command {
    let Some(account) = account else { return Command::new(program) };
    let mut command = Command::new("setpriv");
    command.args([&format!("--reuid={account}"), "--clear-groups", "--"]).arg(program);
    command
}
