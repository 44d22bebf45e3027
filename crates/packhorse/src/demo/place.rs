//! The demo's data folder: one story at a time, the ports it keeps, and what was made there once and for all.
//!
//! It must never know what the story tells.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::files;

const KEPT: &str = "demo.json";
const LOCK: &str = "demo.lock";
const FORMAT: u32 = 4;

/// The folder, held for as long as this lives.
pub(super) struct Place {
    root: PathBuf,
    kept: Kept,
    _lock: File,
}

/// What is kept from one start to the next.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    format: u32,
    /// The day from which the agreements' dates count.
    begun_on: Date,
    /// Port by name of its use.
    ports: BTreeMap<String, u16>,
    /// What exists whole: whatever is not named here was broken off and is made anew.
    made: BTreeSet<String>,
}

impl Place {
    /// Opens the folder, or makes it with a free port for each name.
    ///
    /// # Errors
    /// When another demo runs there, or it holds something else.
    pub(super) fn open(folder: &Path, ports: &[String]) -> Result<Self> {
        files::private_folder(folder)?;
        let root = folder.canonicalize().map_err(Error::file(folder, "read"))?;
        let fresh = !root.join(KEPT).exists();
        if fresh && holds_something_else(&root)? {
            let what = format!("the folder {} holds something else than the demo", root.display());
            return Err(Error::refused(what, "name an empty or new one with --dir"));
        }
        let lock = lock(&root)?;
        let kept = if fresh { Kept::first(ports)? } else { Kept::read(&root.join(KEPT))? };
        let place = Self { root, kept, _lock: lock };
        if fresh {
            place.keep()?;
        }
        Ok(place)
    }

    /// The folder, absolute.
    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// The day from which the agreements' dates count.
    pub(super) fn begun_on(&self) -> Date {
        self.kept.begun_on
    }

    /// The address of a port on this machine.
    ///
    /// # Errors
    /// When the folder was made by a demo that did not have the port.
    pub(super) fn address(&self, name: &str) -> Result<SocketAddr> {
        let port = self.kept.ports.get(name).ok_or_else(|| strange(&self.root))?;
        Ok((Ipv4Addr::LOCALHOST, *port).into())
    }

    /// Whether something was made here before, whole.
    pub(super) fn has_made(&self, name: &str) -> bool {
        self.kept.made.contains(name)
    }

    /// Remembers that something is made, whole.
    pub(super) fn made(&mut self, name: &str) -> Result<()> {
        self.kept.made.insert(name.to_owned());
        self.keep()
    }

    /// Removes the folder of something that was broken off while it was made.
    pub(super) fn clear(&self, name: &str) -> Result<()> {
        let path = self.root.join(name);
        if !self.has_made(name) && path.exists() {
            std::fs::remove_dir_all(&path).map_err(Error::file(&path, "removed"))?;
        }
        Ok(())
    }

    /// Writes a file below the folder for its owner alone, whole or not at all.
    pub(super) fn write(&self, name: &str, bytes: &[u8]) -> Result<PathBuf> {
        let path = self.root.join(name);
        files::private_folder(path.parent().unwrap_or(&self.root))?;
        let beside = path.with_added_extension("new");
        let file = File::options().write(true).create(true).truncate(true).mode(0o600).open(&beside);
        let written = file.and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()));
        written.and_then(|()| std::fs::rename(&beside, &path)).map_err(Error::file(&path, "written"))?;
        Ok(path)
    }

    /// Removes a file below the folder, if it is there.
    pub(super) fn remove(&self, name: &str) -> Result<()> {
        let path = self.root.join(name);
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(Error::file(&path, "removed")(error)),
            _ => Ok(()),
        }
    }

    fn keep(&self) -> Result<()> {
        let bytes = serde_json::to_vec_pretty(&self.kept).map_err(std::io::Error::other)?;
        self.write(KEPT, &bytes).map(|_| ())
    }
}

impl Kept {
    fn first(names: &[String]) -> Result<Self> {
        // All are held until all are known, so that no port is given out twice.
        let bind = |_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
        let held = names.iter().map(bind).collect::<std::io::Result<Vec<_>>>()?;
        let ports = held.iter().map(|listener| Ok(listener.local_addr()?.port())).collect::<Result<Vec<_>>>()?;
        let begun_on = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
        Ok(Self { format: FORMAT, begun_on, ports: names.iter().cloned().zip(ports).collect(), made: BTreeSet::new() })
    }

    fn read(path: &Path) -> Result<Self> {
        let kept: Option<Self> = serde_json::from_slice(&files::read(path, 64 * 1024)?).ok();
        kept.filter(|kept| kept.format == FORMAT).ok_or_else(|| strange(path))
    }
}

/// Whether the folder holds anything but our lock.
fn holds_something_else(root: &Path) -> Result<bool> {
    let entries = std::fs::read_dir(root).map_err(Error::file(root, "read"))?;
    let ours = |name: &std::ffi::OsStr| name == LOCK || name.to_str().is_some_and(|name| name.starts_with(KEPT));
    for entry in entries {
        if !ours(&entry.map_err(Error::file(root, "read"))?.file_name()) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The system lets go of the lock when the process ends, however it ends.
fn lock(root: &Path) -> Result<File> {
    let path = root.join(LOCK);
    let file = File::create(&path).map_err(Error::file(&path, "written"))?;
    file.try_lock().map_err(|_| {
        Error::refused(format!("another demo runs in {}", root.display()), "stop it, or name another folder with --dir")
    })?;
    Ok(file)
}

fn strange(path: &Path) -> Error {
    let what = format!("{} was made by another version of the demo", path.display());
    Error::refused(what, "remove the folder and start again")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Vec<String> {
        ["registry", "borough inside"].map(str::to_owned).to_vec()
    }

    #[test]
    fn ports_and_what_is_made_are_the_same_at_the_next_start() {
        let folder = tempfile::tempdir().unwrap();
        let mut first = Place::open(folder.path(), &names()).unwrap();
        let address = first.address("registry").unwrap();
        assert_ne!(address, first.address("borough inside").unwrap());
        first.made("registry").unwrap();
        drop(first);
        let second = Place::open(folder.path(), &names()).unwrap();
        assert_eq!(second.address("registry").unwrap(), address);
        assert!(second.has_made("registry") && !second.has_made("borough"));
    }

    #[test]
    fn one_folder_has_one_story_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let _first = Place::open(folder.path(), &names()).unwrap();
        let refused = Place::open(folder.path(), &names()).map(|_| ()).unwrap_err().to_string();
        assert!(refused.contains("another demo runs"), "{refused}");
    }

    #[test]
    fn a_folder_with_something_else_in_it_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("thesis.txt"), "mine").unwrap();
        assert!(Place::open(folder.path(), &names()).is_err());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_was_broken_off_is_cleared_and_what_is_whole_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let mut place = Place::open(folder.path(), &names()).unwrap();
        for name in ["whole", "half"] {
            place.write(&format!("{name}/a.toml"), b"x").unwrap();
        }
        place.made("whole").unwrap();
        place.clear("whole").unwrap();
        place.clear("half").unwrap();
        assert!(place.root().join("whole/a.toml").exists() && !place.root().join("half").exists());
    }
}
