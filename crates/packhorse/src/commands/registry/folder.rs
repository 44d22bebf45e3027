//! A registry's folder: `registry.toml`, `anchor.json`, the keys in `keys`, everything else in `data`.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use packhorse_directory::registry::RegistryKeys;
use packhorse_directory::{Anchor, Registry};
use packhorse_keys::TlsIdentity;
use packhorse_store::{Store, StoreSettings};
use serde::Deserialize;
use toml::Value;

use crate::config::{self, Inside, InsideTls, Log};
use crate::error::Result;
use crate::files::{self, Access};

/// What a registry is told by its operator.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RegistrySettings {
    /// The network.
    pub(crate) network: String,
    /// Address to listen at.
    pub(crate) listen: SocketAddr,
    /// Where members find it; part of the anchor.
    pub(crate) url: String,
    /// Where the operator's own pages and management API are; nowhere unless said.
    #[serde(default)]
    pub(crate) inside: Option<Inside>,
    /// What is logged.
    #[serde(default)]
    pub(crate) log: Log,
}

impl RegistrySettings {
    /// What the operator's pages must be told.
    pub(crate) fn page_settings(&self, inside: &Inside) -> packhorse_web::Settings {
        packhorse_web::Settings {
            organisation: format!("Network {}", self.network),
            secure: inside.tls == InsideTls::Own,
        }
    }
}

/// What a new registry is told.
pub(super) struct NewRegistry<'a> {
    pub(super) network: &'a str,
    pub(super) listen: SocketAddr,
    pub(super) url: &'a str,
    /// The operator's own address, and whether it is plain.
    pub(super) inside: Option<(SocketAddr, bool)>,
}

impl NewRegistry<'_> {
    /// The commented TOML.
    fn to_toml(&self) -> String {
        let quoted = |text: &str| Value::String(text.to_owned()).to_string();
        let inside = match self.inside {
            Some((address, plain)) => {
                let tls = if plain { "none" } else { "self" };
                format!("[inside]\nlisten = {}\ntls = {}\n", quoted(&address.to_string()), quoted(tls))
            }
            None => "# [inside]\n# listen = \"127.0.0.1:7001\"\n# tls = \"self\"\n".to_owned(),
        };
        format!(
            "# A Packhorse registry. Its keys are in the folder keys beside this file, everything else in data.\n\
             network = {}\n\
             listen = {}\n\
             # Where members find it; a change needs a new anchor for every member.\n\
             url = {}\n\n\
             # The operator's own pages and management API, never for members. \"self\": TLS with the registry's own\n\
             # key. \"none\": plain, for one machine or behind a proxy that encrypts.\n\
             {inside}\n\
             [log]\n\
             # error, warn, info, debug; json or text.\n\
             # level = \"info\"\n\
             # format = \"json\"\n",
            quoted(self.network),
            quoted(&self.listen.to_string()),
            quoted(self.url),
        )
    }
}

/// A registry on disk.
#[derive(Debug)]
pub(crate) struct RegistryFolder {
    folder: PathBuf,
    /// Its configuration.
    pub(crate) settings: RegistrySettings,
}

impl RegistryFolder {
    /// Makes a new registry in a folder that is empty or does not exist.
    pub(super) async fn create(folder: &Path, new: &NewRegistry<'_>) -> Result<Self> {
        files::new_folder(folder)?;
        let text = new.to_toml();
        let made = Self { folder: folder.to_owned(), settings: config::parse(&folder.join("registry.toml"), &text)? };
        files::private_folder(&made.keys())?;
        let keys = RegistryKeys::create(&made.keys())?;
        let registry = Registry::init(new.network, made.store().await?, keys, &made.data()).await?;
        let anchor = Anchor::parse(&registry.anchor(new.url)?.to_json())?;
        files::write_new(&made.anchor_file(), anchor.to_json().as_bytes(), Access::Everybody)?;
        files::write_new(&folder.join("registry.toml"), text.as_bytes(), Access::Everybody)?;
        Ok(made)
    }

    /// Reads the configuration of a registry.
    pub(crate) fn load(folder: &Path) -> Result<Self> {
        Ok(Self { folder: folder.to_owned(), settings: config::read(&folder.join("registry.toml"))? })
    }

    /// Opens the registry, beside a running one if need be.
    pub(crate) async fn open(&self) -> Result<Registry> {
        let keys = RegistryKeys::load(&self.keys())?;
        Ok(Registry::open(self.store().await?, keys, &self.data()).await?)
    }

    /// The anchor, made anew from the keys at hand.
    pub(crate) async fn anchor(&self) -> Result<Anchor> {
        Ok(self.open().await?.anchor(&self.settings.url)?)
    }

    /// Where the anchor was written when the registry was made.
    pub(crate) fn anchor_file(&self) -> PathBuf {
        self.folder.join("anchor.json")
    }

    /// The registry's own TLS key, for the operator's address.
    pub(crate) fn tls(&self) -> Result<TlsIdentity> {
        Ok(TlsIdentity::load(&self.keys().join("tls.pem"))?)
    }

    fn keys(&self) -> PathBuf {
        self.folder.join("keys")
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    async fn store(&self) -> Result<Store> {
        Ok(Store::open(&StoreSettings::in_folder(self.data())).await?)
    }
}
