//! Secret files: written once, for their owner alone, and read only while that holds.
//!
//! It must never know what the secret is for.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::KeyError;

/// No key file of ours comes near this; a larger one is not a key file.
const MAX_BYTES: u64 = 64 * 1024;

/// Writes a secret into a new file of mode 0600 and makes it durable.
///
/// The mode is set as the file is created, so there is no moment in which others could open it.
pub(crate) fn write_secret(path: &Path, secret: &[u8]) -> Result<(), KeyError> {
    let failed = |source| KeyError::File { path: path.into(), action: "written", source };
    let mut options = OpenOptions::new();
    let mut file = match options.write(true).create_new(true).mode(0o600).open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            return Err(KeyError::FileExists { path: path.into() });
        }
        Err(error) => return Err(failed(error)),
    };
    let written = file.write_all(secret).and_then(|()| file.sync_all()).and_then(|()| sync_folder(path));
    if let Err(error) = written {
        // Half a key is worse than none: it would block the next attempt. The write's own
        // error is the one to report, also when the file cannot be removed.
        let _ = fs::remove_file(path);
        return Err(failed(error));
    }
    Ok(())
}

/// The file's name must survive a power cut as well as its bytes.
fn sync_folder(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => File::open(folder)?.sync_all(),
        _ => File::open(".")?.sync_all(),
    }
}

/// Reads a secret, refusing a file that anyone but its owner has any right to.
///
/// Rights are read from the opened file, so the file checked is the file read.
pub(crate) fn read_secret(path: &Path) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let failed = |source| KeyError::File { path: path.into(), action: "read", source };
    let file = File::open(path).map_err(failed)?;
    let metadata = file.metadata().map_err(failed)?;
    if !metadata.is_file() {
        return Err(failed(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file")));
    }
    if metadata.mode() & 0o077 != 0 {
        return Err(KeyError::FileNotPrivate { path: path.into(), mode: metadata.mode() & 0o7777 });
    }
    if metadata.len() > MAX_BYTES {
        return Err(KeyError::TooLarge { what: "key file", limit: MAX_BYTES as usize });
    }
    // Room for the whole file at once: a growing vector would leave copies behind.
    let mut secret = Zeroizing::new(Vec::with_capacity(metadata.len() as usize + 1));
    file.take(metadata.len()).read_to_end(&mut secret).map_err(failed)?;
    Ok(secret)
}

/// One PEM block (RFC 7468) around a secret, wiped when dropped.
pub(crate) fn secret_pem(label: &str, der: &[u8]) -> Zeroizing<String> {
    let encoded = Zeroizing::new(STANDARD.encode(der));
    let mut pem = Zeroizing::new(String::with_capacity(encoded.len() * 2 + 128));
    pem.push_str("-----BEGIN ");
    pem.push_str(label);
    pem.push_str("-----\n");
    let mut rest = encoded.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(64));
        pem.push_str(line);
        pem.push('\n');
        rest = after;
    }
    pem.push_str("-----END ");
    pem.push_str(label);
    pem.push_str("-----\n");
    pem
}
