//! The section `[people]`: how an organisation's own staff sign in.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use packhorse_gateway::{MailSecurity, MailSettings, OpenIdSettings};
use packhorse_governance::OperatorRole;
use packhorse_governance::people::SignInSettings;
use serde::Deserialize;

use crate::error::{Error, Result};
use crate::files;

use super::value::{PagesUrl, Within};

/// After how many days an access ends that nobody confirms, when the file does not say.
pub(super) const REVIEW_DAYS: u32 = 365;

/// How staff sign in.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct PeopleSection {
    address: Option<PagesUrl>,
    idle_minutes: Option<Within<1, 480>>,
    longest_hours: Option<Within<1, 24>>,
    second_factor: SecondFactor,
    review_days: Option<Within<0, 3650>>,
    open_id: Option<OpenIdSection>,
    mail: Option<MailSection>,
}

/// The organisation's identity provider.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct OpenIdSection {
    issuer: String,
    client_id: String,
    /// A file of mode 0600.
    client_secret_file: Option<PathBuf>,
    ca_file: Option<PathBuf>,
    #[serde(default = "scopes")]
    scopes: Vec<String>,
    #[serde(default = "groups")]
    groups_claim: String,
    /// Group to roles.
    roles: BTreeMap<String, Vec<OperatorRole>>,
}

/// The organisation's mail server.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct MailSection {
    host: String,
    port: Option<Within<1, 65535>>,
    #[serde(default)]
    security: Security,
    from: String,
    ca_file: Option<PathBuf>,
    user: Option<String>,
    /// A file of mode 0600.
    password_file: Option<PathBuf>,
}

/// How a connection to a mail server is encrypted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Security {
    #[default]
    Starttls,
    Tls,
    None,
}

fn scopes() -> Vec<String> {
    ["profile", "email", "groups"].map(str::to_owned).to_vec()
}

fn groups() -> String {
    "groups".to_owned()
}

/// Largest file of authorities.
const AUTHORITIES_LIMIT: u64 = 1 << 20;

/// Whether a local account needs the code of an app.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum SecondFactor {
    #[default]
    Required,
    Optional,
}

impl PeopleSection {
    /// What is decided about signing in.
    pub(super) fn sign_in(&self) -> SignInSettings {
        let defaults = SignInSettings::default();
        SignInSettings {
            idle: self
                .idle_minutes
                .map_or(defaults.idle, |minutes| Duration::from_secs(u64::from(minutes.as_u32()) * 60)),
            longest: self
                .longest_hours
                .map_or(defaults.longest, |hours| Duration::from_secs(u64::from(hours.as_u32()) * 3600)),
            second_factor: self.second_factor == SecondFactor::Required,
        }
    }

    /// After how many days without being confirmed an access ends.
    pub(super) fn review_days(&self) -> Option<u32> {
        let days = self.review_days.map_or(REVIEW_DAYS, Within::as_u32);
        Some(days).filter(|days| *days > 0)
    }

    /// Where people reach the gateway with their browsers.
    pub(super) fn address(&self) -> Option<String> {
        self.address.as_ref().map(|url| url.as_str().to_owned())
    }

    /// The identity provider, with its secret read from its file.
    pub(super) fn open_id(&self, folder: &Path) -> Result<Option<OpenIdSettings>> {
        let Some(section) = &self.open_id else { return Ok(None) };
        let no_address = || {
            Error::Usage("[people.open_id] needs [people] address: the provider sends browsers back there".to_owned())
        };
        let secret = section.client_secret_file.as_ref().map(|file| files::read_secret_line(&folder.join(file)));
        Ok(Some(OpenIdSettings {
            issuer: section.issuer.clone(),
            client_id: section.client_id.clone(),
            client_secret: secret.transpose()?,
            ca_file: section.ca_file.as_ref().map(|file| folder.join(file)),
            scopes: section.scopes.clone(),
            groups_claim: section.groups_claim.clone(),
            roles: section.roles.clone(),
            pages: self.address().ok_or_else(no_address)?,
        }))
    }

    /// The mail server, with its password read from its file.
    pub(super) fn mail(&self, folder: &Path) -> Result<Option<MailSettings>> {
        let Some(section) = &self.mail else { return Ok(None) };
        if self.address.is_none() {
            return Err(Error::Usage("[people.mail] needs [people] address: it stands in every letter".to_owned()));
        }
        let (security, port) = match section.security {
            Security::Starttls => (MailSecurity::StartTls, 587),
            Security::Tls => (MailSecurity::Tls, 465),
            Security::None => (MailSecurity::None, 25),
        };
        let credentials = match (&section.user, &section.password_file) {
            (Some(user), Some(file)) => Some((user.clone(), files::read_secret_line(&folder.join(file))?)),
            (None, None) => None,
            _ => return Err(Error::Usage("[people.mail] has user and password_file, or neither".to_owned())),
        };
        if security == MailSecurity::None && credentials.is_some() {
            return Err(Error::Usage("[people.mail] sends no password over a plain connection".to_owned()));
        }
        let authorities = section.ca_file.as_ref().map(|file| files::read_text(&folder.join(file), AUTHORITIES_LIMIT));
        Ok(Some(MailSettings {
            host: section.host.clone(),
            port: section.port.and_then(|port| u16::try_from(port.as_u32()).ok()).unwrap_or(port),
            security,
            from: section.from.clone(),
            authorities: authorities.transpose()?.map(String::into_bytes),
            credentials,
        }))
    }
}
