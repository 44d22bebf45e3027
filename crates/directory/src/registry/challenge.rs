//! Challenges: a nonce sealed to a sealing key, so that its owner shows that it can open what is sealed to it.
//!
//! A nonce is good for one organisation, one key, ten minutes and one use. Kept in memory: after a restart the
//! applicant asks again.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jiff::{SignedDuration, Timestamp};
use packhorse_keys::{SealingRecipient, random, seal};
use packhorse_model::OrganisationId;
use serde::{Deserialize, Serialize};

use super::Registry;
use crate::error::{DirectoryError, Result};

/// How long a nonce may be used.
const LIFE: SignedDuration = SignedDuration::from_mins(10);
/// Most nonces waiting to be used.
const MAX_WAITING: usize = 2000;

/// Asks for a nonce, sealed to the key that is to be listed.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChallengeRequest {
    /// Who asks.
    pub organisation: OrganisationId,
    /// Its new sealing key.
    pub seal: SealingRecipient,
}

/// The sealed nonce.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChallengeAnswer {
    /// The nonce in the age format, base64.
    pub sealed: String,
    /// The version that the organisation's next statement bears.
    pub version: u64,
}

/// Nonces given out and not yet used.
#[derive(Debug, Default)]
pub(super) struct Challenges {
    waiting: Mutex<HashMap<String, Waiting>>,
}

#[derive(Debug)]
struct Waiting {
    organisation: OrganisationId,
    seal: String,
    until: Timestamp,
}

impl Registry {
    /// Gives out a nonce, sealed.
    ///
    /// # Errors
    /// [`DirectoryError::Busy`] when too many ask, [`DirectoryError::NotAllowed`] for another network.
    pub async fn challenge(&self, request: &ChallengeRequest, now: Timestamp) -> Result<ChallengeAnswer> {
        self.limits.challenges.admit(now)?;
        if request.organisation.network != self.network {
            return Err(DirectoryError::NotAllowed {
                why: "the organisation's identifier is of another network",
                remedy: "ask that network's registry",
            });
        }
        let version = self.directory().await?.version(&request.organisation);
        let nonce = URL_SAFE_NO_PAD.encode(random::<32>()?);
        let sealed = seal(std::slice::from_ref(&request.seal), nonce.as_bytes())?;
        self.challenges.keep(nonce, request, now)?;
        Ok(ChallengeAnswer { sealed: STANDARD.encode(sealed), version })
    }
}

impl Challenges {
    fn keep(&self, nonce: String, request: &ChallengeRequest, now: Timestamp) -> Result<()> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.retain(|_, kept| now < kept.until);
        if waiting.len() >= MAX_WAITING {
            return Err(DirectoryError::Busy("challenges"));
        }
        let ChallengeRequest { organisation, seal } = request.clone();
        waiting.insert(nonce, Waiting { organisation, seal: seal.to_string(), until: now + LIFE });
        Ok(())
    }

    /// Uses a nonce up. It is random and unguessable, so looking it up tells nothing.
    pub(super) fn redeem(
        &self,
        nonce: Option<&str>,
        organisation: &OrganisationId,
        seal: &str,
        now: Timestamp,
    ) -> Result<()> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = nonce.and_then(|nonce| waiting.remove(nonce));
        let good = |kept: Waiting| kept.organisation == *organisation && kept.seal == seal && now < kept.until;
        if kept.is_some_and(good) {
            return Ok(());
        }
        Err(DirectoryError::NotAllowed {
            why: "possession of the sealing key is not proved: the nonce is unknown, used, expired or for another key",
            remedy: "ask for a new challenge and answer it within ten minutes",
        })
    }
}
