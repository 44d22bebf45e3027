//! A disk that can be filled: a small file system in memory, or the limit on the size of a process's files. Either way
//! writes of a running gateway fail, all of them.

use std::fs::{self, File};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::network::Gateway;

/// Enough for a gateway that has just begun.
const SIZE: &str = "size=24m";

/// What fills.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Way {
    /// The file system of the data folder. Only where the test may mount one.
    SmallFileSystem,
    /// Every file of the process, its log too: none may grow.
    LimitedFiles,
}

/// The disk below one folder.
pub(crate) enum Tight {
    /// Mounted on the folder.
    Mounted(PathBuf),
    /// The folder's own disk; the process is limited instead.
    Limited,
}

impl Tight {
    /// Puts a folder, with what is in it, on such a disk. Nobody may use it meanwhile. Nothing where that is not
    /// allowed; limits always are.
    pub(crate) fn around(folder: &Path, way: Way) -> Option<Self> {
        if let Way::LimitedFiles = way {
            return Some(Self::Limited);
        }
        let aside = folder.with_extension("aside");
        fs::rename(folder, &aside).unwrap();
        fs::create_dir(folder).unwrap();
        let mounted = run("mount", &["-t", "tmpfs", "-o", SIZE, "packhorse", path(folder)]);
        copy(&aside, folder);
        fs::remove_dir_all(&aside).unwrap();
        if !mounted {
            println!("nothing may be mounted here: the limit on files alone is tried");
        }
        mounted.then(|| Self::Mounted(folder.to_owned()))
    }

    /// Leaves no room.
    pub(crate) fn fill(&self, gateway: &Gateway) {
        match self {
            Self::Mounted(folder) => {
                let mut ballast = File::create(folder.join("ballast")).unwrap();
                let full = loop {
                    if let Err(error) = ballast.write_all(&[0; 4096]) {
                        break error;
                    }
                };
                assert_eq!(full.kind(), ErrorKind::StorageFull);
            }
            Self::Limited => limit(gateway, "1"),
        }
    }

    /// There is room again.
    pub(crate) fn make_room(&self, gateway: &Gateway) {
        match self {
            Self::Mounted(folder) => fs::remove_file(folder.join("ballast")).unwrap(),
            Self::Limited => limit(gateway, "unlimited"),
        }
    }

    /// Brings what is on the disk back to where it was. Nobody may use it meanwhile.
    pub(crate) fn dissolve(self) {
        let Self::Mounted(folder) = &self else { return };
        let aside = folder.with_extension("aside");
        fs::create_dir(&aside).unwrap();
        copy(folder, &aside);
        assert!(run("umount", &[path(folder)]));
        fs::remove_dir(folder).unwrap();
        fs::rename(&aside, folder).unwrap();
    }
}

impl Drop for Tight {
    fn drop(&mut self) {
        if let Self::Mounted(folder) = self {
            // After `dissolve` nothing is mounted any more; after a failure the gateway may still use it.
            let _ = run("umount", &["--lazy", path(folder)]);
        }
    }
}

fn limit(gateway: &Gateway, bytes: &str) {
    let process = gateway.process_id().to_string();
    assert!(run("prlimit", &["--pid", &process, &format!("--fsize={bytes}:unlimited")]));
}

fn copy(from: &Path, to: &Path) {
    assert!(run("cp", &["-a", &format!("{}/.", path(from)), path(to)]));
}

fn run(program: &str, arguments: &[&str]) -> bool {
    Command::new(program).args(arguments).output().unwrap().status.success()
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}
