//! The registry's own keys: for entries, for heads, for the clock, for connections. One purpose each.
//!
//! Never decides what is signed with them.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use packhorse_keys::{Algorithm, Signer, SoftwareKey, TlsIdentity};
use packhorse_ledger::{Cosigner, NoteSigner};

use crate::anchor::{Anchor, clock_name, log_origin};
use crate::error::Result;

/// The keys of a registry. Another [`Signer`] can take a software key's place.
#[derive(Clone)]
pub struct RegistryKeys {
    /// Signs entries and snapshots.
    pub sign: Arc<dyn Signer>,
    /// Signs heads; Ed25519.
    pub log: Arc<dyn Signer>,
    /// Confirms the newest head every minute; Ed25519.
    pub clock: Arc<dyn Signer>,
    /// Proves the registry on a connection.
    pub tls: Arc<TlsIdentity>,
}

impl RegistryKeys {
    /// Makes new keys and saves them in a folder that exists: `sign.pem`, `log.pem`, `clock.pem`, `tls.pem`.
    ///
    /// # Errors
    /// [`crate::DirectoryError::Key`] when one is there already or cannot be written.
    pub fn create(folder: &Path) -> Result<Self> {
        for name in ["sign.pem", "log.pem", "clock.pem"] {
            SoftwareKey::generate(Algorithm::Ed25519)?.save(&folder.join(name))?;
        }
        TlsIdentity::generate()?.save(&folder.join("tls.pem"))?;
        Self::load(folder)
    }

    /// Loads the keys that [`RegistryKeys::create`] saved.
    ///
    /// # Errors
    /// [`crate::DirectoryError::Key`] when one cannot be read or used.
    pub fn load(folder: &Path) -> Result<Self> {
        let key = |name: &str| SoftwareKey::load(&folder.join(name)).map(|key| Arc::new(key) as Arc<dyn Signer>);
        Ok(Self {
            sign: key("sign.pem")?,
            log: key("log.pem")?,
            clock: key("clock.pem")?,
            tls: Arc::new(TlsIdentity::load(&folder.join("tls.pem"))?),
        })
    }

    pub(super) fn anchor(&self, network: &str, url: &str) -> Result<Anchor> {
        Ok(Anchor {
            network: network.to_owned(),
            url: url.to_owned(),
            tls: self.tls.fingerprint(),
            log: self.log_signer(network)?.verifier_key().clone(),
            clock: self.clock_signer(network)?.verifier_key().clone(),
            registry: self.sign.public_key().clone(),
        })
    }

    pub(super) fn log_signer(&self, network: &str) -> Result<NoteSigner> {
        Ok(NoteSigner::new(&log_origin(network), Arc::clone(&self.log))?)
    }

    pub(super) fn clock_signer(&self, network: &str) -> Result<Cosigner> {
        Ok(Cosigner::new(&clock_name(network), Arc::clone(&self.clock))?)
    }
}

impl fmt::Debug for RegistryKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RegistryKeys").field("sign", self.sign.public_key()).finish_non_exhaustive()
    }
}
