//! A member of the network as the directory states it: names, systems, gateways, keys, status, assurance.
//!
//! The words only. Who may write them, and how they are signed, is the directory's; this room never
//! decides who belongs, and never looks at a clock: moments come in as arguments.

use std::fmt;
use std::sync::{Arc, OnceLock};

use jiff::{Timestamp, civil::Date};
use packhorse_keys::{Fingerprint, PublicKey};
use serde::{Deserialize, Serialize};

use crate::id::{OrganisationId, SystemId};

/// An organisation of the network, as the directory states it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Organisation {
    /// Who it is.
    pub id: OrganisationId,
    /// What it says about itself.
    pub details: MemberDetails,
    /// Every key it ever had: an old public key is kept for ever, so that old proofs stay checkable.
    pub keys: Vec<KeyEntry>,
    /// Whether it may take part.
    pub status: Status,
    /// What the registry has seen of its assurance.
    pub assurance: Assurance,
}

/// What an organisation says about itself, and may amend with its own signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct MemberDetails {
    /// Its name, for people.
    pub name: String,
    /// The senior information risk owner's contact.
    pub siro: Contact,
    /// Role contacts: data protection officer, operations, security.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contacts: Vec<Contact>,
    /// Where its information charter is published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub charter_url: Option<String>,
    /// Digest of the code-of-connection answers that the registry holds, `sha256:<hex>`.
    pub code_of_connection: String,
    /// Its information systems.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub systems: Vec<SystemEntry>,
    /// Where its gateway listens.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gateways: Vec<GatewayEntry>,
}

/// A role that can be reached. Published: a role's mailbox, not a person's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Contact {
    /// The role's title, for example `Data Protection Officer`.
    pub role: String,
    /// The role's e-mail address.
    pub email: String,
    /// The role's telephone number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
}

/// An information system, X-Road's subsystem.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct SystemEntry {
    /// Its code, the last part of `NET/CLASS/code/system`.
    pub code: String,
    /// Its name, for people.
    pub name: String,
}

/// An address of the organisation's gateway. It proves itself with one of the organisation's [`Purpose::Tls`] keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct GatewayEntry {
    /// Its code, X-Road's security server code.
    pub code: String,
    /// `host:port` of the outside port.
    pub address: String,
}

/// What a key is for. A key has one purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// Signs exchanges, agreements and what the organisation tells the registry.
    Sign,
    /// Signs the heads of the organisation's ledger.
    Ledger,
    /// Others seal to it.
    Seal,
    /// Proves the gateway on a connection.
    Tls,
}

/// A public key with its purpose and validity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct KeyEntry {
    /// What it is for.
    pub purpose: Purpose,
    /// The key: [`PublicKey`]'s text, or an age recipient for [`Purpose::Seal`].
    pub key: String,
    /// First moment of validity.
    pub not_before: Timestamp,
    /// End of validity, the first moment at which it is not valid; absent while no end is set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_after: Option<Timestamp>,
    #[serde(skip)]
    parsed: Parsed,
}

/// What [`KeyEntry::public_key`] read the text as, once somebody asked. Says nothing that the text does not,
/// so that all are equal.
#[derive(Debug, Clone, Default)]
struct Parsed(OnceLock<Option<PublicKey>>);

impl PartialEq for Parsed {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Parsed {}

/// Whether a member may take part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// It may.
    Active,
    /// Cut off, for now.
    Suspended,
    /// Cut off, for good. Its keys stay listed.
    Removed,
}

/// What the registry has seen of a member's assurance. A date that is absent was not seen.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Assurance {
    /// Day on which the code-of-connection answers were accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code_of_connection: Option<Date>,
    /// Day on which the information charter was signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub charter: Option<Date>,
    /// Day of the latest statement that staff training is in order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub training: Option<Date>,
    /// Last day on which the assurance holds; absent while no end is set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<Date>,
}

/// Who is a member: the question that every other room may ask of the directory.
pub trait Members: Send + Sync {
    /// The organisation, whatever its status; `None` when the directory never listed it.
    fn organisation(&self, id: &OrganisationId) -> Option<Arc<Organisation>>;
}

impl Organisation {
    /// Whether it may take part.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.status == Status::Active
    }

    /// Whether its assurance holds on a day: code of connection accepted, and no end of validity passed.
    #[must_use]
    pub fn is_assured(&self, today: Date) -> bool {
        let accepted = self.assurance.code_of_connection.is_some_and(|day| day <= today);
        accepted && self.assurance.valid_until.is_none_or(|last| today <= last)
    }

    /// Whether one of its systems is registered.
    #[must_use]
    pub fn has_system(&self, system: &SystemId) -> bool {
        system.organisation == self.id && self.details.systems.iter().any(|entry| entry.code == system.system)
    }

    /// Its keys of a purpose that are valid at a moment, in the order in which they were listed.
    pub fn keys_at(&self, purpose: Purpose, at: Timestamp) -> impl Iterator<Item = &KeyEntry> {
        self.keys.iter().filter(move |entry| entry.purpose == purpose && entry.is_valid_at(at))
    }

    /// The keys with which it may sign at a moment: one, or two while a rotation overlaps.
    pub fn signing_keys_at(&self, at: Timestamp) -> impl Iterator<Item = PublicKey> {
        self.keys_at(Purpose::Sign, at).filter_map(KeyEntry::public_key)
    }

    /// The signing key with this fingerprint, if it was valid at a moment.
    #[must_use]
    pub fn signing_key_at(&self, fingerprint: &Fingerprint, at: Timestamp) -> Option<PublicKey> {
        self.signing_keys_at(at).find(|key| key.fingerprint() == *fingerprint)
    }

    /// Every key that ever signed its ledger, newest first: heads outlive the key that signed them.
    pub fn ledger_keys(&self) -> impl Iterator<Item = PublicKey> {
        self.keys.iter().rev().filter(|entry| entry.purpose == Purpose::Ledger).filter_map(KeyEntry::public_key)
    }

    /// The newest age recipient valid at a moment, to which others seal.
    #[must_use]
    pub fn sealing_recipient_at(&self, at: Timestamp) -> Option<&str> {
        self.keys_at(Purpose::Seal, at).last().map(|entry| entry.key.as_str())
    }

    /// The origin of its ledger, see [`OrganisationId::ledger_origin`].
    #[must_use]
    pub fn ledger_origin(&self) -> String {
        self.id.ledger_origin()
    }
}

impl OrganisationId {
    /// The origin of this organisation's ledger and the name of its ledger key: the identifier without
    /// the characters that a signed note's key name may not have (C2SP signed-note, "Format").
    #[must_use]
    pub fn ledger_origin(&self) -> String {
        self.to_string().replace('+', "%2B")
    }
}

impl KeyEntry {
    /// An entry of the directory.
    #[must_use]
    pub fn new(purpose: Purpose, key: String, not_before: Timestamp, not_after: Option<Timestamp>) -> Self {
        Self { purpose, key, not_before, not_after, parsed: Parsed::default() }
    }

    /// Whether the key is valid at a moment.
    #[must_use]
    pub fn is_valid_at(&self, at: Timestamp) -> bool {
        self.not_before <= at && self.not_after.is_none_or(|end| at < end)
    }

    /// The public key; `None` for a sealing key, or for a text that is none (the directory lists no such entry).
    #[must_use]
    pub fn public_key(&self) -> Option<PublicKey> {
        let parse = || match self.purpose {
            Purpose::Seal => None,
            Purpose::Sign | Purpose::Ledger | Purpose::Tls => self.key.parse().ok(),
        };
        self.parsed.0.get_or_init(parse).clone()
    }
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(not_before: i64, not_after: Option<i64>) -> KeyEntry {
        let moment = |second| Timestamp::from_second(second).unwrap();
        KeyEntry::new(Purpose::Sign, String::new(), moment(not_before), not_after.map(moment))
    }

    #[test]
    fn a_key_is_valid_from_its_first_moment_up_to_but_not_at_its_end() {
        let entry = key(100, Some(200));
        let valid = |second| entry.is_valid_at(Timestamp::from_second(second).unwrap());
        assert!(!valid(99));
        assert!(valid(100));
        assert!(valid(199));
        assert!(!valid(200));
    }

    #[test]
    fn a_ledger_origin_is_a_name_that_a_signed_note_can_carry() {
        let id = OrganisationId::new("TEST", "LOC", "a b+c").unwrap();
        assert_eq!(id.ledger_origin(), "TEST/LOC/a%20b%2Bc");
    }
}
