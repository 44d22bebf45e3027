//! The gateway's one configuration file: read strictly, judged before anything starts.
//!
//! What a key may hold is said by its type, so that a wrong value is refused at its line; what a key means is said
//! by the room that uses it, and defaults are that room's own. Secrets have no place here.

mod blame;
mod people;
mod template;
mod value;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::SignedDuration;
use packhorse_directory::client::ClientSettings;
use packhorse_gateway::inside::spelling::Spelling;
use packhorse_gateway::{Limits, MailSettings, OpenIdSettings, ScannerSettings};
use packhorse_governance::people::SignInSettings;
use packhorse_model::OrganisationId;
use packhorse_model::organisation::{Contact, SystemEntry};
use packhorse_store::StoreSettings;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::error::{Error, Result};
use crate::files;

pub(crate) use template::NewGateway;
pub(crate) use value::HostPort;
use value::{IdentifierPart, StoreUrl, Within};

/// Largest configuration read, in bytes.
const MAX_CONFIG_BYTES: u64 = 256 * 1024;
/// How long a scanner may take, when the file does not say: what clamd itself gives a scan.
pub(crate) const SCANNER_PATIENCE: Duration = Duration::from_secs(120);

/// What a gateway is told by its operator.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct GatewayConfig {
    /// The folder of the file: relative paths stand below it.
    #[serde(skip)]
    pub(crate) folder: PathBuf,
    /// Who the gateway belongs to, and what the directory shall say of it.
    pub(crate) organisation: Organisation,
    /// The port for our own staff and systems.
    pub(crate) inside: Inside,
    /// The port for other gateways.
    pub(crate) outside: Outside,
    /// Where evidence and documents are kept.
    #[serde(default)]
    pub(crate) store: Store,
    /// The network's registry.
    pub(crate) registry: Registry,
    #[serde(default)]
    limits: LimitsSection,
    #[serde(default)]
    parcels: ParcelsSection,
    #[serde(default)]
    people: people::PeopleSection,
    /// The X-Road interface.
    #[serde(default)]
    pub(crate) xroad: XRoad,
    /// What is logged.
    #[serde(default)]
    pub(crate) log: Log,
}

/// Who the gateway belongs to.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Organisation {
    /// `NET/CLASS/code`.
    pub(crate) id: OrganisationId,
    /// The gateway's code within the organisation, X-Road's server code.
    pub(crate) gateway: IdentifierPart,
    /// Its name, for people.
    pub(crate) name: String,
    /// The senior information risk owner.
    pub(crate) siro: Contact,
    /// Other role contacts.
    #[serde(default)]
    pub(crate) contacts: Vec<Contact>,
    /// Where its information charter is published.
    pub(crate) charter_url: Option<String>,
    /// The answered code of connection.
    pub(crate) code_of_connection: PathBuf,
    /// Its information systems.
    #[serde(default)]
    pub(crate) systems: Vec<SystemEntry>,
}

/// The port for our own staff and systems.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Inside {
    /// Address to listen at.
    pub(crate) listen: SocketAddr,
    /// How the port is encrypted.
    pub(crate) tls: InsideTls,
}

/// How the inside port is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum InsideTls {
    /// Not at all: behind a proxy that does, or on one machine.
    None,
    /// With the gateway's own TLS key.
    #[serde(rename = "self")]
    Own,
}

/// The port for other gateways.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Outside {
    /// Address to listen at.
    pub(crate) listen: SocketAddr,
    /// Where other gateways find this one, `host:port`: published in the directory.
    pub(crate) address: HostPort,
}

/// Where evidence and documents are kept.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Store {
    url: Option<StoreUrl>,
    objects: Option<String>,
    max_bytes: Option<u64>,
    data: Option<PathBuf>,
}

/// The network's registry.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Registry {
    anchor: PathBuf,
    /// The network promises that a suspension is known everywhere within a minute.
    poll_seconds: Option<Within<1, 50>>,
    max_age_seconds: Option<Within<120, 86_400>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct LimitsSection {
    body_bytes: Option<Within<1024, 1_073_741_824>>,
    answer_seconds: Option<Within<1, 3600>>,
    read_seconds: Option<Within<1, 3600>>,
    signature_age_seconds: Option<Within<10, 3600>>,
    clock_ahead_seconds: Option<Within<0, 600>>,
    connections: Option<Within<16, 1_000_000>>,
}

/// Parcels.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct ParcelsSection {
    /// ClamAV's `clamd`: `host:port`, or the path of its socket.
    clamd: Option<String>,
    /// How long it may take for one mebibyte of content, or for its verdict on a file.
    clamd_seconds: Option<Within<1, 3600>>,
    /// Address at which systems drop and fetch parcels over SFTP; none unless given.
    sftp: Option<SocketAddr>,
}

/// The X-Road interface.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct XRoad {
    /// Which spelling of error codes callers get.
    pub(crate) errors: Spelling,
}

/// What is logged, to standard error.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Log {
    /// From which level on.
    pub(crate) level: LogLevel,
    /// In which form.
    pub(crate) format: LogFormat,
}

/// From which level on something is logged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum LogLevel {
    /// What stopped working.
    Error,
    /// What needs looking at.
    Warn,
    /// What happens.
    #[default]
    Info,
    /// How it happens.
    Debug,
}

/// The form of a log line.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum LogFormat {
    /// One JSON object a line.
    #[default]
    Json,
    /// For people.
    Text,
}

impl GatewayConfig {
    /// Reads the file and resolves its relative paths.
    ///
    /// # Errors
    /// [`Error::Config`] naming file, line, column and rule.
    pub(crate) fn load(path: &Path) -> Result<Self> {
        let config: Self = read(path)?;
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let config = Self { folder: folder.to_owned(), ..config };
        if config.inside.listen == config.outside.listen {
            let rule = "[inside] and [outside] listen at the same address: give each its own port".to_owned();
            return Err(Error::Config { place: path.display().to_string(), rule });
        }
        Ok(config)
    }

    /// Where the private keys are.
    pub(crate) fn keys_folder(&self) -> PathBuf {
        self.folder.join("keys")
    }

    /// Where the data is: database, objects.
    pub(crate) fn data_folder(&self) -> PathBuf {
        self.folder.join(self.store.data.as_deref().unwrap_or(Path::new("data")))
    }

    /// Where what is known of the directory is kept.
    pub(crate) fn directory_folder(&self) -> PathBuf {
        self.folder.join("directory")
    }

    /// The token of the operator for the management API.
    pub(crate) fn token_file(&self) -> PathBuf {
        self.folder.join("operator.token")
    }

    /// The answered code of connection.
    pub(crate) fn code_of_connection(&self) -> PathBuf {
        self.folder.join(&self.organisation.code_of_connection)
    }

    /// The registry's anchor document.
    pub(crate) fn anchor_file(&self) -> PathBuf {
        self.folder.join(&self.registry.anchor)
    }

    /// The name of the request for membership, for asking what became of it.
    pub(crate) fn join_ticket(&self) -> PathBuf {
        self.folder.join("join-request.json")
    }

    /// Files and folders that are the gateway's own, besides this configuration and the data: what a backup has to
    /// hold. Anything else in the folder is somebody else's.
    pub(crate) fn own(&self) -> [PathBuf; 6] {
        [
            self.keys_folder(),
            self.directory_folder(),
            self.token_file(),
            self.code_of_connection(),
            self.anchor_file(),
            self.join_ticket(),
        ]
    }

    /// How the store is opened.
    pub(crate) fn store_settings(&self) -> StoreSettings {
        let settings = StoreSettings::in_folder(self.data_folder());
        StoreSettings {
            url: self.store.url.as_ref().map_or(settings.url, |url| url.as_str().to_owned()),
            objects_url: self.store.objects.clone(),
            max_bytes: self.store.max_bytes,
            ..settings
        }
    }

    /// How the directory is followed.
    pub(crate) fn directory_settings(&self) -> ClientSettings {
        let defaults = ClientSettings::default();
        let registry = &self.registry;
        ClientSettings {
            poll_every: registry.poll_seconds.map_or(defaults.poll_every, |seconds| seconds.as_duration()),
            max_age: registry
                .max_age_seconds
                .map_or(defaults.max_age, |seconds| SignedDuration::from_secs(i64::from(seconds.as_u32()))),
            ..defaults
        }
    }

    /// The scanner that looks at parcels, when there is one.
    pub(crate) fn scanner(&self) -> Option<ScannerSettings> {
        let patience = self.parcels.clamd_seconds.map_or(SCANNER_PATIENCE, Within::as_duration);
        self.parcels.clamd.clone().map(|clamd| ScannerSettings { clamd, patience })
    }

    /// Where SFTP is spoken, when it is.
    pub(crate) fn sftp(&self) -> Option<SocketAddr> {
        self.parcels.sftp
    }

    /// What the pages must be told.
    pub(crate) fn page_settings(&self) -> packhorse_web::Settings {
        packhorse_web::Settings {
            organisation: self.organisation.name.clone(),
            secure: self.inside.tls == InsideTls::Own || self.pages().is_some_and(|pages| pages.starts_with("https:")),
        }
    }

    /// What is decided about signing in.
    pub(crate) fn sign_in(&self) -> SignInSettings {
        self.people.sign_in()
    }

    /// After how many days without being confirmed an access ends.
    pub(crate) fn review_days(&self) -> Option<u32> {
        self.people.review_days()
    }

    /// The identity provider, when people sign in there.
    pub(crate) fn open_id(&self) -> Result<Option<OpenIdSettings>> {
        self.people.open_id(&self.folder)
    }

    /// The mail server, when notices are sent by e-mail.
    pub(crate) fn mail(&self) -> Result<Option<MailSettings>> {
        self.people.mail(&self.folder)
    }

    /// Where people reach the gateway with their browsers, for links.
    pub(crate) fn pages(&self) -> Option<String> {
        self.people.address()
    }

    /// Bounds on everything that comes in.
    pub(crate) fn limits(&self) -> Limits {
        let (defaults, given) = (Limits::default(), &self.limits);
        let duration = |given: Option<Duration>, default| given.unwrap_or(default);
        Limits {
            body: given.body_bytes.map_or(defaults.body, |bytes| bytes.as_u32() as usize),
            read: duration(given.read_seconds.map(Within::as_duration), defaults.read),
            answer: duration(given.answer_seconds.map(Within::as_duration), defaults.answer),
            signature_age: duration(given.signature_age_seconds.map(Within::as_duration), defaults.signature_age),
            clock_ahead: duration(given.clock_ahead_seconds.map(Within::as_duration), defaults.clock_ahead),
            connections: given.connections.map_or(defaults.connections, |places| places.as_u32() as usize),
        }
    }
}

/// Reads a TOML file.
pub(crate) fn read<T: DeserializeOwned>(path: &Path) -> Result<T> {
    parse(path, &files::read_text(path, MAX_CONFIG_BYTES)?)
}

/// Reads the text of a TOML file, so that its faults are shown at their lines.
pub(crate) fn parse<T: DeserializeOwned>(path: &Path, text: &str) -> Result<T> {
    toml::from_str(text).map_err(|fault| blame::locate(path, text, &fault))
}

#[cfg(test)]
mod tests;
