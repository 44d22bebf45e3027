//! The seed of an SSH server's host key (Ed25519, RFC 8032 §5.1.5): by it, clients know the server again.

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::file::{read_secret, write_secret};
use crate::{KeyError, random};

/// The seed; wiped when dropped.
pub struct HostSeed(Zeroizing<[u8; 32]>);

impl HostSeed {
    /// Reads the seed, and makes it when there is none yet.
    ///
    /// # Errors
    /// [`KeyError::FileNotPrivate`] when others have any right to the file, [`KeyError::File`] when it cannot be used,
    /// [`KeyError::Malformed`] when it holds something else.
    pub fn load_or_make(path: &Path) -> Result<Self, KeyError> {
        if !path.exists() {
            let seed = Zeroizing::new(random::<32>()?);
            let line = Zeroizing::new(format!("{}\n", STANDARD.encode(*seed)));
            match write_secret(path, line.as_bytes()) {
                Ok(()) => return Ok(Self(seed)),
                // Another process was first: its seed counts.
                Err(KeyError::FileExists { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        let malformed = || KeyError::Malformed { what: "ssh host key file", why: "expected 32 bytes in base64" };
        let bytes = read_secret(path)?;
        let text = std::str::from_utf8(&bytes).map_err(|_| malformed())?;
        let seed = Zeroizing::new(STANDARD.decode(text.trim()).map_err(|_| malformed())?);
        let seed: [u8; 32] = seed.as_slice().try_into().map_err(|_| malformed())?;
        Ok(Self(Zeroizing::new(seed)))
    }

    /// The seed's bytes, for the SSH library alone.
    pub fn reveal(&self) -> &[u8; 32] {
        &self.0
    }
}
