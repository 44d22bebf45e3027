//! A throwaway PostgreSQL cluster, started once for the suite and gone with it.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

/// A running cluster that listens on a socket in its own folder. It stops when this process ends, however it ends:
/// its shell waits for the pipe from us to close, then stops it and removes the folder.
pub(crate) struct Cluster {
    folder: PathBuf,
    _shell: Child,
}

impl Cluster {
    /// The suite's cluster; nothing when the machine has no PostgreSQL.
    pub(crate) fn shared() -> Option<&'static Self> {
        static CLUSTER: OnceLock<Option<Cluster>> = OnceLock::new();
        CLUSTER.get_or_init(Self::start).as_ref()
    }

    pub(crate) fn url(&self, database: &str) -> String {
        format!("postgres://postgres@localhost/{database}?host={}", self.folder.display())
    }

    fn start() -> Option<Self> {
        let Some(programs) = programs() else {
            assert!(
                std::env::var("PACKHORSE_POSTGRES").as_deref() != Ok("required"),
                "PACKHORSE_POSTGRES=required, but initdb and postgres are neither on the path nor in /usr/lib/postgresql"
            );
            println!("skipped on PostgreSQL: install the package postgresql to run it");
            return None;
        };
        let folder = tempfile::tempdir().unwrap().keep();
        let as_user = as_unprivileged(&folder);
        let script = format!(
            "cd {folder} && {as_user} {programs}/initdb --no-sync -A trust -U postgres -E UTF8 --locale=C.UTF-8 \
             -D {folder}/data >{folder}/log 2>&1 && {{ {as_user} {programs}/postgres -D {folder}/data -k {folder} \
             -h '' -c fsync=off -c max_connections=300 >>{folder}/log 2>&1 </dev/null & }} ; \
             cat; {as_user} {programs}/pg_ctl -D {folder}/data -m immediate stop >/dev/null 2>&1; rm -rf {folder}",
            folder = folder.display(),
            programs = programs.display(),
        );
        let shell = Command::new("sh").arg("-c").arg(script).stdin(Stdio::piped()).spawn().unwrap();
        let cluster = Self { folder, _shell: shell };
        cluster.wait(&programs);
        Some(cluster)
    }

    fn wait(&self, programs: &Path) {
        for _ in 0..600 {
            let ready = Command::new(programs.join("pg_isready")).arg("-q").arg("-h").arg(&self.folder).status();
            if ready.is_ok_and(|status| status.success()) {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        let log = std::fs::read_to_string(self.folder.join("log")).unwrap_or_default();
        panic!("the throwaway PostgreSQL cluster did not start: {log}");
    }
}

/// The folder with initdb and postgres.
fn programs() -> Option<PathBuf> {
    let on_path =
        std::env::var_os("PATH").into_iter().flat_map(|path| std::env::split_paths(&path).collect::<Vec<_>>());
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let packaged = versions.map(|version| version.path().join("bin"));
    packaged
        .chain(on_path)
        .find(|folder| ["initdb", "postgres", "pg_ctl", "pg_isready"].iter().all(|p| folder.join(p).exists()))
}

/// PostgreSQL refuses to run as root: then the cluster belongs to the user postgres.
fn as_unprivileged(folder: &Path) -> &'static str {
    let id = Command::new("id").arg("-u").output().unwrap();
    if id.stdout.trim_ascii() != b"0" {
        return "";
    }
    let owned = Command::new("chown").arg("postgres").arg(folder).status().unwrap();
    assert!(owned.success(), "as root the suite needs the user postgres");
    "runuser -u postgres --"
}
