//! The health of the network: which gateway was heard of when, and what that means.
//!
//! Each gateway sends a signed heartbeat every minute. The newest of each is kept in memory, and in the store so that
//! commands beside a running registry see it too and a restart forgets nothing. Admits and suspends nobody.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use packhorse_model::OrganisationId;
use packhorse_model::organisation::{Members as _, Organisation, Status};
use serde::{Deserialize, Serialize};

use super::Registry;
use super::requests::refused;
use crate::error::{DirectoryError, Result};
use crate::fold::Directory;
use crate::heartbeat::Heartbeat;
use crate::letter::{Letter, Subject, check_date};

/// Kind of the documents that hold each gateway's newest heartbeat.
const KIND: &str = "gateway-heartbeat";
const FORMAT: i64 = 1;
/// Longest version named.
const MAX_VERSION: usize = 64;
/// Without a word for so long a gateway is late: two beats were missed.
const LATE_AFTER: SignedDuration = SignedDuration::from_secs(150);
/// Without a word for so long it is silent.
const SILENT_AFTER: SignedDuration = SignedDuration::from_hours(1);
/// How long a gateway may take to know what was added to the directory.
const KNOWN_WITHIN: SignedDuration = SignedDuration::from_mins(2);
/// How old the stored heartbeat of a gateway may get before a newer one is stored.
const STORE_AFTER: SignedDuration = SignedDuration::from_secs(50);

/// The newest heartbeat of a gateway, and what was noticed.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Beat {
    /// What it said.
    pub said: Heartbeat,
    /// When the registry heard it.
    pub heard: Timestamp,
    /// The longest that its organisation's ledger ever was said to be by this gateway.
    pub longest_ledger: u64,
}

/// How a gateway is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// It was heard of in the last minutes and knows the directory.
    Healthy,
    /// It lives, but does not know the newest of the directory.
    Behind,
    /// It missed its last beats.
    Late,
    /// Its ledger became shorter than it was: a ledger only grows.
    LedgerShrank,
    /// It was not heard of for an hour.
    Silent,
    /// It was never heard of.
    NeverHeard,
}

/// A gateway of a member, and how it is.
#[derive(Debug, Clone)]
pub struct GatewayHealth {
    /// Its code.
    pub gateway: String,
    /// Its published address.
    pub address: String,
    /// How it is.
    pub condition: Condition,
    /// The newest heartbeat.
    pub beat: Option<Beat>,
}

/// The newest heartbeats, by organisation and gateway.
#[derive(Debug, Default)]
pub(super) struct Beats {
    newest: Mutex<HashMap<(OrganisationId, String), Known>>,
}

#[derive(Debug, Clone)]
struct Known {
    beat: Beat,
    stored: Timestamp,
}

impl Registry {
    /// Takes a heartbeat of a listed gateway, signed with its organisation's current key.
    ///
    /// # Errors
    /// [`DirectoryError::NotAllowed`] with the rule, [`DirectoryError::Busy`] when too many come.
    pub async fn hear(&self, letter: &Letter, now: Timestamp) -> Result<()> {
        self.limits.heartbeats.admit(now)?;
        let said: Heartbeat = letter.read()?;
        let directory = self.directory().await?;
        let organisation = directory.organisation(&said.organisation).ok_or(stranger())?;
        let listed = organisation.details.gateways.iter().any(|gateway| gateway.code == said.gateway);
        if organisation.status == Status::Removed || !listed {
            return Err(stranger());
        }
        if said.version.len() > MAX_VERSION || said.version.chars().any(char::is_control) {
            return Err(refused("a version is one line of at most 64 bytes", "send the program's own version"));
        }
        let name = (said.organisation.clone(), said.gateway.clone());
        let before = self.known_beat(&name).await?;
        let last = before.as_ref().map(|known| known.beat.said.at);
        check_date(said.at, last, now).map_err(|why| refused(why, "check the clock of the gateway"))?;
        let current = organisation.signing_keys_at(now).last();
        if !current.is_some_and(|key| letter.is_signed_by(Subject::Heartbeat, &key)) {
            return Err(refused("it is not signed by the member's current signing key", "sign it with the key in use"));
        }
        let longest = before.as_ref().map_or(0, |known| known.beat.longest_ledger).max(said.ledger_size);
        let beat = Beat { said, heard: now, longest_ledger: longest };
        let due = before.as_ref().is_none_or(|known| now.duration_since(known.stored) >= STORE_AFTER);
        let stored = match before {
            Some(known) if !due => known.stored,
            _ => {
                let body = serde_json::to_vec(&beat).map_err(|_| unreadable())?;
                self.store.documents().put(KIND, &key(&name), FORMAT, &body, None).await?;
                now
            }
        };
        self.beats.keep(name, Known { beat, stored });
        Ok(())
    }

    /// How each gateway of an organisation is, in the order of the directory.
    ///
    /// # Errors
    /// As the store fails.
    pub async fn health(
        &self,
        directory: &Directory,
        organisation: &Organisation,
        now: Timestamp,
    ) -> Result<Vec<GatewayHealth>> {
        let mut all = Vec::with_capacity(organisation.details.gateways.len());
        for gateway in &organisation.details.gateways {
            let name = (organisation.id.clone(), gateway.code.clone());
            let beat = self.known_beat(&name).await?.map(|known| known.beat);
            let condition = condition(beat.as_ref(), directory, now);
            let (gateway, address) = (gateway.code.clone(), gateway.address.clone());
            all.push(GatewayHealth { gateway, address, condition, beat });
        }
        Ok(all)
    }

    /// The newest heartbeat that is known here, from the store when this process has heard none.
    async fn known_beat(&self, name: &(OrganisationId, String)) -> Result<Option<Known>> {
        if let Some(known) = self.beats.get(name) {
            return Ok(Some(known));
        }
        let Some(document) = self.store.documents().get(KIND, &key(name)).await? else { return Ok(None) };
        let beat: Beat = serde_json::from_slice(&document.body).map_err(|_| unreadable())?;
        Ok(Some(Known { stored: beat.heard, beat }))
    }
}

impl Beats {
    fn get(&self, name: &(OrganisationId, String)) -> Option<Known> {
        self.newest.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    /// Bounded by the directory: only listed gateways come this far.
    fn keep(&self, name: (OrganisationId, String), known: Known) {
        let mut newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
        // Two that crossed: the newer one stays.
        if newest.get(&name).is_none_or(|kept| kept.beat.said.at < known.beat.said.at) {
            newest.insert(name, known);
        }
    }
}

fn condition(beat: Option<&Beat>, directory: &Directory, now: Timestamp) -> Condition {
    let Some(beat) = beat else { return Condition::NeverHeard };
    let unheard = now.duration_since(beat.heard);
    if unheard > SILENT_AFTER {
        return Condition::Silent;
    }
    if beat.said.ledger_size < beat.longest_ledger {
        return Condition::LedgerShrank;
    }
    if unheard > LATE_AFTER {
        return Condition::Late;
    }
    let news_is_old = beat.heard.duration_since(directory.latest()) > KNOWN_WITHIN;
    if beat.said.directory_size < directory.size() && news_is_old { Condition::Behind } else { Condition::Healthy }
}

fn key((organisation, gateway): &(OrganisationId, String)) -> String {
    format!("{organisation} {gateway}")
}

fn stranger() -> DirectoryError {
    refused("no gateway of this name is listed in the directory", "join first, or amend what the directory says")
}

fn unreadable() -> DirectoryError {
    DirectoryError::Malformed { what: "kept heartbeat", why: "it is not the JSON that was written" }
}

#[cfg(test)]
mod tests {
    use packhorse_keys::{Algorithm, Signer as _, SoftwareKey};

    use super::*;

    #[test]
    fn a_gateway_is_healthy_then_late_then_silent_and_a_shorter_ledger_is_seen() {
        let key = SoftwareKey::generate(Algorithm::Ed25519).unwrap();
        let directory = Directory::new("TEST", key.public_key().clone());
        let at = |second: i64| Timestamp::from_second(1_800_000_000 + second).unwrap();
        let said = Heartbeat {
            organisation: OrganisationId::new("TEST", "LOC", "a").unwrap(),
            gateway: "gw1".into(),
            version: "0.1.0".into(),
            ledger_size: 5,
            directory_size: 0,
            at: at(0),
        };
        let mut beat = Beat { said, heard: at(0), longest_ledger: 5 };
        let seen = |beat: &Beat, second| condition(Some(beat), &directory, at(second));
        assert_eq!(seen(&beat, 60), Condition::Healthy);
        assert_eq!(seen(&beat, 151), Condition::Late);
        assert_eq!(seen(&beat, 3601), Condition::Silent);
        beat.longest_ledger = 6;
        assert_eq!(seen(&beat, 60), Condition::LedgerShrank);
        assert_eq!(condition(None, &directory, at(0)), Condition::NeverHeard);
    }
}
