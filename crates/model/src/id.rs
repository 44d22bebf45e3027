//! Identifiers of the network: organisation, system, service, agreement, exchange.
//!
//! They are X-Road's identifiers (member, subsystem, service), written `NET/CLASS/code[/system[/service]]`,
//! each part percent-encoded on its own. Compared as given, never case-folded.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

mod part;

use part::check_part;
pub use part::{IdError, PART_LIMIT, decode_part, encode_part};

/// A member of the network: `NET/CLASS/code`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct OrganisationId {
    /// The network, X-Road's instance.
    pub network: String,
    /// The member class, for example `LOC`, `POL`, `GOV`.
    pub class: String,
    /// The official code within the class.
    pub code: String,
}

/// One of an organisation's information systems: `NET/CLASS/code/system`, X-Road's subsystem.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct SystemId {
    /// Whose system.
    pub organisation: OrganisationId,
    /// The system's code.
    pub system: String,
}

/// A service that a system offers: `NET/CLASS/code/system/service`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct ServiceId {
    /// The providing system.
    pub system: SystemId,
    /// The service's code.
    pub service: String,
}

/// Who calls: a whole organisation (3 parts) or one of its systems (4 parts).
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum ClientId {
    /// `NET/CLASS/code`.
    Organisation(OrganisationId),
    /// `NET/CLASS/code/system`.
    System(SystemId),
}

impl OrganisationId {
    /// Makes an identifier from decoded parts.
    ///
    /// # Errors
    /// [`IdError`] when a part is empty, too long or has invisible characters.
    pub fn new(network: &str, class: &str, code: &str) -> Result<Self, IdError> {
        for part in [network, class, code] {
            check_part(part)?;
        }
        Ok(Self { network: network.into(), class: class.into(), code: code.into() })
    }

    /// The identifier of one of this organisation's systems.
    ///
    /// # Errors
    /// [`IdError`] when the code is not a valid part.
    pub fn system(&self, system: &str) -> Result<SystemId, IdError> {
        check_part(system)?;
        Ok(SystemId { organisation: self.clone(), system: system.into() })
    }
}

impl SystemId {
    /// The identifier of one of this system's services.
    ///
    /// # Errors
    /// [`IdError`] when the code is not a valid part.
    pub fn service(&self, service: &str) -> Result<ServiceId, IdError> {
        check_part(service)?;
        Ok(ServiceId { system: self.clone(), service: service.into() })
    }
}

impl ClientId {
    /// The organisation that calls, or whose system calls.
    #[must_use]
    pub fn organisation(&self) -> &OrganisationId {
        match self {
            Self::Organisation(organisation) => organisation,
            Self::System(system) => &system.organisation,
        }
    }

    /// The calling system, when one is named.
    #[must_use]
    pub fn system(&self) -> Option<&SystemId> {
        match self {
            Self::Organisation(_) => None,
            Self::System(system) => Some(system),
        }
    }
}

impl fmt::Display for OrganisationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", encode_part(&self.network), encode_part(&self.class), encode_part(&self.code))
    }
}

impl fmt::Display for SystemId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.organisation, encode_part(&self.system))
    }
}

impl fmt::Display for ServiceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.system, encode_part(&self.service))
    }
}

impl fmt::Display for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Organisation(organisation) => organisation.fmt(f),
            Self::System(system) => system.fmt(f),
        }
    }
}

fn parts(text: &str) -> Result<Vec<String>, IdError> {
    if text.len() > 5 * 3 * PART_LIMIT {
        return Err(IdError::TooLong);
    }
    text.split('/').map(decode_part).collect()
}

impl FromStr for OrganisationId {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        let [network, class, code] = parts(text)?.try_into().map_err(|_| IdError::Parts)?;
        Ok(Self { network, class, code })
    }
}

impl FromStr for SystemId {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        let [network, class, code, system] = parts(text)?.try_into().map_err(|_| IdError::Parts)?;
        Ok(Self { organisation: OrganisationId { network, class, code }, system })
    }
}

impl FromStr for ServiceId {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        let [network, class, code, system, service] = parts(text)?.try_into().map_err(|_| IdError::Parts)?;
        Ok(Self { system: SystemId { organisation: OrganisationId { network, class, code }, system }, service })
    }
}

impl FromStr for ClientId {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        match text.bytes().filter(|byte| *byte == b'/').count() {
            2 => text.parse().map(Self::Organisation),
            3 => text.parse().map(Self::System),
            _ => Err(IdError::Parts),
        }
    }
}

/// Serialises an identifier as its text.
macro_rules! serde_as_text {
    ($($name:ty),+) => {$(
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    )+};
}
serde_as_text!(OrganisationId, SystemId, ServiceId, ClientId, AgreementId, ExchangeId);

/// An agreement's identifier: a short name that people say aloud, unique in the network.
/// Lower-case letters, digits, `-` and `.`, at most 100 bytes, for example `blue-badge-2026`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct AgreementId(String);

impl AgreementId {
    /// The identifier as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for AgreementId {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        if text.is_empty() {
            return Err(IdError::Empty);
        }
        if text.len() > 100 {
            return Err(IdError::TooLong);
        }
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'.';
        let framed = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
        let bytes = text.as_bytes();
        if !bytes.iter().copied().all(allowed) || !framed(bytes.first()) || !framed(bytes.last()) {
            return Err(IdError::Character);
        }
        Ok(Self(text.into()))
    }
}

impl fmt::Display for AgreementId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One exchange, the same on both sides: a UUID made by the consumer's gateway
/// (X-Road's `x-road-request-id`).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct ExchangeId(uuid::Uuid);

impl ExchangeId {
    /// A new identifier: the moment, then 74 random bits (RFC 9562 §5.7). Identifiers of one time lie together in
    /// the evidence's index, which random ones would scatter over a page each.
    #[must_use]
    pub fn random() -> Self {
        Self(uuid::Uuid::now_v7())
    }
}

impl FromStr for ExchangeId {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        // Only the hyphenated form: one exchange has one spelling, or a replay could hide in another.
        if text.len() != 36 || text.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Err(IdError::Character);
        }
        uuid::Uuid::try_parse(text).map(Self).map_err(|_| IdError::Character)
    }
}

impl fmt::Display for ExchangeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slash_inside_a_part_survives_the_round_trip() {
        let system: SystemId = "TEST/GOV/1000/sub%2Fsystem".parse().unwrap();
        assert_eq!(system.system, "sub/system");
        assert_eq!(system.to_string(), "TEST/GOV/1000/sub%2Fsystem");
    }

    #[test]
    fn percent_encoding_games_are_named() {
        for (text, error) in [
            ("A/B/c d", IdError::Character),
            ("A/B/c%", IdError::Incomplete),
            ("A/B/c%4", IdError::Incomplete),
            ("A/B/c%zz", IdError::Encoding),
            ("A/B/%ff", IdError::Utf8),
            ("A/B/%00", IdError::Invisible),
            ("A/B/%E2%80%8B", IdError::Invisible),
            ("A/B/", IdError::Empty),
            ("A/B", IdError::Parts),
            ("A/B/c/d", IdError::Parts),
        ] {
            assert_eq!(text.parse::<OrganisationId>().unwrap_err(), error, "{text}");
        }
    }

    #[test]
    fn a_client_is_an_organisation_or_a_system() {
        assert!(matches!("A/B/c".parse(), Ok(ClientId::Organisation(_))));
        assert!(matches!("A/B/c/d".parse(), Ok(ClientId::System(_))));
        assert_eq!("A/B/c/d/e".parse::<ClientId>(), Err(IdError::Parts));
    }

    #[test]
    fn an_exchange_has_one_spelling() {
        let id = ExchangeId::random();
        assert_eq!(id.to_string().parse::<ExchangeId>(), Ok(id));
        assert!(id.to_string().to_uppercase().parse::<ExchangeId>().is_err());
        assert!("{00000000-0000-4000-8000-000000000001}".parse::<ExchangeId>().is_err());
    }

    proptest::proptest! {
        #[test]
        fn any_part_round_trips_or_is_refused(text in "\\PC{0,40}") {
            if check_part(&text).is_ok() {
                proptest::prop_assert_eq!(decode_part(&encode_part(&text)).unwrap(), text);
            }
        }

        #[test]
        fn no_text_makes_the_parser_panic(text in ".{0,200}") {
            let _ = text.parse::<ClientId>();
            let _ = text.parse::<ServiceId>();
            let _ = text.parse::<AgreementId>();
        }
    }
}
