//! Files of the command line: read up to a bound, written once, and private where they must be.
//!
//! It must never know what a file says.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::Path;

use crate::error::{Error, Result};

/// Who may read a file that is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// Its owner alone: mode 0600.
    Owner,
    /// Everybody that the umask lets: mode 0644.
    Everybody,
}

/// Reads a file of at most `limit` bytes.
pub(crate) fn read(path: &Path, limit: u64) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(Error::file(path, "read"))?;
    file.take(limit + 1).read_to_end(&mut bytes).map_err(Error::file(path, "read"))?;
    if bytes.len() as u64 > limit {
        let what = format!("{} is larger than the {limit} bytes that are read", path.display());
        return Err(Error::refused(what, "name another file"));
    }
    Ok(bytes)
}

/// Reads a text file of at most `limit` bytes.
pub(crate) fn read_text(path: &Path, limit: u64) -> Result<String> {
    String::from_utf8(read(path, limit)?)
        .map_err(|_| Error::refused(format!("{} is not UTF-8 text", path.display()), "save it as UTF-8"))
}

/// Reads a secret of one line, refusing a file that others can read.
pub(crate) fn read_secret_line(path: &Path) -> Result<String> {
    let metadata = std::fs::metadata(path).map_err(Error::file(path, "read"))?;
    if metadata.mode() & 0o077 != 0 {
        let what = format!("{} can be read by others (mode {:04o})", path.display(), metadata.mode() & 0o7777);
        return Err(Error::refused(what, "set it to 0600"));
    }
    Ok(read_text(path, 4096)?.trim().to_owned())
}

/// Writes a new file and makes it durable; never overwrites.
pub(crate) fn write_new(path: &Path, bytes: &[u8], access: Access) -> Result<()> {
    let mode = if access == Access::Owner { 0o600 } else { 0o644 };
    let file = OpenOptions::new().write(true).create_new(true).mode(mode).open(path);
    let mut file = file.map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => {
            Error::refused(format!("{} exists already", path.display()), "move it away or name another place")
        }
        _ => Error::file(path, "written")(error),
    })?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(Error::file(path, "written"))
}

/// Makes a folder that only its owner may enter, and those above it.
pub(crate) fn private_folder(path: &Path) -> Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true).mode(0o700).create(path).map_err(Error::file(path, "made"))
}

/// Makes a folder like [`private_folder`] that holds nothing yet.
pub(crate) fn new_folder(path: &Path) -> Result<()> {
    private_folder(path)?;
    let mut inside = std::fs::read_dir(path).map_err(Error::file(path, "read"))?;
    if inside.next().is_some() {
        let what = format!("the folder {} is not empty", path.display());
        return Err(Error::refused(what, "name a new one"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_private_file_is_private_from_its_first_moment_and_never_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("operator.token");
        write_new(&path, b"one\n", Access::Owner).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        assert!(write_new(&path, b"two\n", Access::Owner).unwrap_err().to_string().contains("exists already"));
        assert_eq!(read_secret_line(&path).unwrap(), "one");
    }

    #[test]
    fn a_secret_that_others_can_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("open.token");
        write_new(&path, b"secret\n", Access::Everybody).unwrap();
        let refused = read_secret_line(&path).unwrap_err().to_string();
        assert!(refused.contains("set it to 0600") && !refused.contains("secret\n"), "{refused}");
    }

    #[test]
    fn a_file_larger_than_its_bound_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("large");
        std::fs::write(&path, [b'a'; 101]).unwrap();
        assert!(read(&path, 100).is_err());
        assert_eq!(read(&path, 101).unwrap().len(), 101);
    }
}
