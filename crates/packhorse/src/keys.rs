//! The gateway's private keys on disk: `<purpose>-<number>.key`, the highest number the one in use.
//!
//! A rotation adds a file and removes none: what was sealed to an old key must still open. A new key waits as `.new`
//! until the directory lists it, so that nobody meets a key that is not listed. It must never show a key.

use std::path::{Path, PathBuf};

use packhorse_keys::{Algorithm, Fingerprint, KeyError, SealingKey, Signer as _, SoftwareKey, TlsIdentity, sha256};
use packhorse_model::organisation::Purpose;

use crate::error::{Error, Result};
use crate::files;

/// Every purpose; a member has a key of each.
pub(crate) const PURPOSES: [Purpose; 4] = [Purpose::Sign, Purpose::Ledger, Purpose::Seal, Purpose::Tls];

const IN_USE: &str = "key";
const WAITING: &str = "new";

/// A private key of the gateway.
#[derive(Debug)]
pub(crate) enum OwnKey {
    /// Signs exchanges and agreements, or the ledger's heads.
    Signing(SoftwareKey),
    /// Opens what is sealed to the organisation.
    Sealing(SealingKey),
    /// Proves the gateway on a connection.
    Tls(TlsIdentity),
}

/// The signing key in use.
pub(crate) fn signing_file(folder: &Path) -> PathBuf {
    newest(folder, Purpose::Sign)
}

/// The key in use for the ledger's heads.
pub(crate) fn ledger_file(folder: &Path) -> PathBuf {
    newest(folder, Purpose::Ledger)
}

/// The TLS key in use.
pub(crate) fn tls_file(folder: &Path) -> PathBuf {
    newest(folder, Purpose::Tls)
}

/// The seed of the SFTP port's host key; no key of the directory.
pub(crate) fn sftp_file(folder: &Path) -> PathBuf {
    folder.join("sftp-host.key")
}

/// The key in use of a purpose. Where there is none, the name of the first, so that opening it says what is missing.
pub(crate) fn newest(folder: &Path, purpose: Purpose) -> PathBuf {
    let newest = numbers(folder, purpose).ok().and_then(|numbers| numbers.first().copied());
    file(folder, purpose, newest.unwrap_or(1), IN_USE)
}

/// Every key file of a purpose, newest first.
pub(crate) fn every(folder: &Path, purpose: Purpose) -> Result<Vec<PathBuf>> {
    Ok(numbers(folder, purpose)?.into_iter().map(|number| file(folder, purpose, number, IN_USE)).collect())
}

/// Makes a first key of every purpose in a new folder. `host` stands in the TLS key's certificate.
pub(crate) fn create(folder: &Path, host: &str) -> Result<()> {
    files::new_folder(folder)?;
    for purpose in PURPOSES {
        OwnKey::make(purpose, host)?.save(&file(folder, purpose, 1, IN_USE))?;
    }
    Ok(())
}

/// A key that is to replace the one in use. The same again until it does, so that a rotation that was interrupted
/// can be repeated.
pub(crate) fn waiting(folder: &Path, purpose: Purpose, host: &str) -> Result<OwnKey> {
    let path = file(folder, purpose, next(folder, purpose)?, WAITING);
    if !path.exists() {
        OwnKey::make(purpose, host)?.save(&path)?;
    }
    Ok(OwnKey::load(purpose, &path)?)
}

/// Puts the waiting key in use from the next start on.
pub(crate) fn put_in_use(folder: &Path, purpose: Purpose) -> Result<()> {
    let next = next(folder, purpose)?;
    let (from, to) = (file(folder, purpose, next, WAITING), file(folder, purpose, next, IN_USE));
    std::fs::rename(&from, &to).map_err(Error::file(&from, "put in use"))?;
    std::fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(Error::file(folder, "synced"))
}

/// One fingerprint over those of all keys, for an operator to compare in one look. Sorted by purpose, so that both
/// sides make the same.
pub(crate) fn together(fingerprints: &[(Purpose, Fingerprint)]) -> Fingerprint {
    packhorse_directory::registry::all_keys(fingerprints)
}

impl OwnKey {
    /// Reads a key, refusing a file that others can use.
    pub(crate) fn load(purpose: Purpose, path: &Path) -> Result<Self, KeyError> {
        match purpose {
            Purpose::Sign | Purpose::Ledger => SoftwareKey::load(path).map(Self::Signing),
            Purpose::Seal => SealingKey::load(path).map(Self::Sealing),
            Purpose::Tls => TlsIdentity::load(path).map(Self::Tls),
        }
    }

    /// The public half, as the directory lists it.
    pub(crate) fn listed(&self) -> String {
        match self {
            Self::Signing(key) => key.public_key().to_string(),
            Self::Sealing(key) => key.recipient().to_string(),
            Self::Tls(identity) => identity.public_key().to_string(),
        }
    }

    /// The fingerprint that people compare: for a sealing key, which has no other, that of its text.
    pub(crate) fn fingerprint(&self) -> Fingerprint {
        match self {
            Self::Signing(key) => key.public_key().fingerprint(),
            Self::Sealing(_) => Fingerprint(sha256(self.listed().as_bytes())),
            Self::Tls(identity) => identity.fingerprint(),
        }
    }

    fn make(purpose: Purpose, host: &str) -> Result<Self, KeyError> {
        Ok(match purpose {
            Purpose::Sign | Purpose::Ledger => Self::Signing(SoftwareKey::generate(Algorithm::Ed25519)?),
            Purpose::Seal => Self::Sealing(SealingKey::generate()?),
            Purpose::Tls => Self::Tls(TlsIdentity::generate_for(&[host, "localhost", "127.0.0.1"])?),
        })
    }

    fn save(&self, path: &Path) -> Result<(), KeyError> {
        match self {
            Self::Signing(key) => key.save(path),
            Self::Sealing(key) => key.save(path),
            Self::Tls(identity) => identity.save(path),
        }
    }
}

fn file(folder: &Path, purpose: Purpose, number: u32, state: &str) -> PathBuf {
    folder.join(format!("{purpose}-{number}.{state}"))
}

fn next(folder: &Path, purpose: Purpose) -> Result<u32> {
    Ok(numbers(folder, purpose)?.first().map_or(1, |newest| newest + 1))
}

/// The numbers of a purpose's keys in use and before, highest first.
fn numbers(folder: &Path, purpose: Purpose) -> Result<Vec<u32>> {
    let prefix = format!("{purpose}-");
    let mut numbers: Vec<u32> = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(Error::file(folder, "read"))? {
        let name = entry.map_err(Error::file(folder, "read"))?.file_name();
        let number = |name: &str| name.strip_prefix(&prefix)?.strip_suffix(".key")?.parse::<u32>().ok();
        numbers.extend(name.to_str().and_then(number));
    }
    numbers.sort_unstable_by(|a, b| b.cmp(a));
    Ok(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_waiting_key_is_the_same_until_it_is_put_in_use() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("keys");
        create(&folder, "gateway.example").unwrap();
        for purpose in PURPOSES {
            let in_use = || OwnKey::load(purpose, &newest(&folder, purpose)).unwrap().listed();
            let first = in_use();
            let second = waiting(&folder, purpose, "gateway.example").unwrap().listed();
            assert_eq!(waiting(&folder, purpose, "gateway.example").unwrap().listed(), second);
            assert_eq!(in_use(), first);
            put_in_use(&folder, purpose).unwrap();
            assert_eq!(in_use(), second);
            assert_eq!(every(&folder, purpose).unwrap().len(), 2, "the old key stays");
        }
    }

    #[test]
    fn the_tenth_key_is_newer_than_the_ninth() {
        let folder = tempfile::tempdir().unwrap();
        for number in [2, 10, 9] {
            std::fs::write(file(folder.path(), Purpose::Sign, number, IN_USE), "").unwrap();
        }
        assert!(newest(folder.path(), Purpose::Sign).ends_with("sign-10.key"));
        assert!(newest(folder.path(), Purpose::Tls).ends_with("tls-1.key"));
    }

    #[test]
    fn both_sides_see_one_fingerprint_whatever_the_order() {
        let one = (Purpose::Sign, Fingerprint([1; 32]));
        let two = (Purpose::Tls, Fingerprint([2; 32]));
        assert_eq!(together(&[one, two]), together(&[two, one]));
        assert_ne!(together(&[one, two]), together(&[(Purpose::Sign, two.1), (Purpose::Tls, one.1)]));
    }
}
