//! Values of the configuration that are refused where they stand when they make no sense.
//!
//! It must never know which key a value belongs to.

use std::fmt;
use std::time::Duration;

use packhorse_model::OrganisationId;
use serde::Deserialize;
use serde::de::{Deserializer, Error};

/// A whole number between two bounds, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Within<const LEAST: u32, const MOST: u32>(u32);

impl<const LEAST: u32, const MOST: u32> Within<LEAST, MOST> {
    /// The number.
    pub(crate) fn as_u32(self) -> u32 {
        self.0
    }

    /// The number as seconds.
    pub(crate) fn as_duration(self) -> Duration {
        Duration::from_secs(self.0.into())
    }
}

impl<'de, const LEAST: u32, const MOST: u32> Deserialize<'de> for Within<LEAST, MOST> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let refused = || D::Error::custom(format!("expected a whole number from {LEAST} to {MOST}"));
        let number = i64::deserialize(from).map_err(|_| refused())?;
        u32::try_from(number).ok().filter(|number| (LEAST..=MOST).contains(number)).map(Self).ok_or_else(refused)
    }
}

/// `host:port`, where others find a port of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HostPort(String);

impl HostPort {
    /// `host:port`.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The host alone, as it stands in a certificate: without the brackets of an IPv6 address.
    pub(crate) fn host(&self) -> &str {
        let host = self.0.rsplit_once(':').map_or(self.0.as_str(), |(host, _)| host);
        host.trim_start_matches('[').trim_end_matches(']')
    }
}

impl std::str::FromStr for HostPort {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let refused = || "expected host:port, for example gateway.example.gov.uk:8443".to_owned();
        let (host, port) = text.rsplit_once(':').ok_or_else(refused)?;
        let is_port = port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok_and(|port| port > 0);
        let v6 = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.';
        let is_host = match v6 {
            Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
            None => !host.is_empty() && host.bytes().all(is_name),
        };
        if is_port && is_host { Ok(Self(text.to_owned())) } else { Err(refused()) }
    }
}

/// A code that can stand in an identifier, unescaped in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct IdentifierPart(String);

impl fmt::Display for IdentifierPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::str::FromStr for IdentifierPart {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        // The model says what a part may hold; the two other parts are there to ask it.
        OrganisationId::new("NET", "CLASS", text).map_err(|error| error.to_string())?;
        Ok(Self(text.to_owned()))
    }
}

/// Where the store is. A password in it would be a secret in the configuration.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct StoreUrl(String);

impl StoreUrl {
    /// The URL as the store takes it.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for StoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StoreUrl(…)")
    }
}

impl std::str::FromStr for StoreUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let postgres = text.strip_prefix("postgres://").or_else(|| text.strip_prefix("postgresql://"));
        let Some(rest) = postgres else {
            let is_file = text.strip_prefix("sqlite:").is_some_and(|path| !path.is_empty());
            return if is_file {
                Ok(Self(text.to_owned()))
            } else {
                Err("expected sqlite:<file> or postgres://…".to_owned())
            };
        };
        let authority = rest.split('/').next().unwrap_or_default();
        let has_password = authority.rsplit_once('@').is_some_and(|(user, _)| user.contains(':'));
        if has_password || rest.contains("password=") {
            return Err("a password has no place in this file: give it in PGPASSWORD or ~/.pgpass".to_owned());
        }
        Ok(Self(text.to_owned()))
    }
}

/// Where people reach this gateway with their browsers: `https://host`, plain only on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PagesUrl(String);

impl PagesUrl {
    /// The URL, without a slash at the end.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::str::FromStr for PagesUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let refused = || "expected https://host or https://host:port, without a path".to_owned();
        let url: http::Uri = text.trim_end_matches('/').parse().map_err(|_| refused())?;
        let (scheme, authority) = url.scheme_str().zip(url.authority()).ok_or_else(refused)?;
        let is_here = ["localhost", "127.0.0.1", "[::1]"].contains(&authority.host());
        let is_bare = url.path() == "/" && url.query().is_none() && !authority.as_str().contains('@');
        if is_bare && (scheme == "https" || (scheme == "http" && is_here)) {
            return Ok(Self(format!("{scheme}://{authority}")));
        }
        Err(refused())
    }
}

macro_rules! deserialize_from_text {
    ($($name:ty),+) => {$(
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(from)?;
                text.parse().map_err(D::Error::custom)
            }
        }
    )+};
}
deserialize_from_text!(HostPort, IdentifierPart, PagesUrl, StoreUrl);
