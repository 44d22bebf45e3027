//! Who is signed in: sessions kept as tickets of the store, so that every process of a cluster knows them and ending
//! one counts at once.
//!
//! The token is 256 random bits; its digest is all that is kept.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use packhorse_keys::{random, sha256};
use packhorse_store::{Store, Ticket};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::{GovernanceError, Result};

const SESSION: &str = "session";
/// What every session token begins with: so it is told from an operator's token without asking the store.
pub const SESSION_PREFIX: &str = "phs_";
/// A session's time is written anew when this much of its idle time has gone: not with every request.
const TOUCH_MS: i64 = 60_000;
/// Longest token that is looked at.
const TOKEN_LIMIT: usize = 128;

/// The sessions of a store.
pub struct Sessions {
    store: Store,
    idle_ms: i64,
    longest_ms: i64,
}

/// Somebody who is signed in.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Session {
    /// The account's id.
    pub account: String,
    /// How they signed in.
    pub by: SignedInBy,
    /// Since when.
    pub since: Timestamp,
    /// When it ends, however much it is used.
    pub until: Timestamp,
    /// The identity provider's token, to sign out there too (OpenID Connect RP-Initiated Logout §2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id_token: Option<String>,
}

/// How somebody signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SignedInBy {
    /// With a password, and a code where the account has one.
    Password,
    /// At the organisation's identity provider.
    OpenId,
}

impl Sessions {
    pub(super) fn new(store: Store, idle: Duration, longest: Duration) -> Self {
        let ms = |time: Duration| i64::try_from(time.as_millis()).unwrap_or(i64::MAX / 4);
        Self { store, idle_ms: ms(idle), longest_ms: ms(longest) }
    }

    /// Begins one; its token is shown once and not kept.
    ///
    /// # Errors
    /// As the store fails, or when there is no randomness.
    pub async fn begin(
        &self,
        account: &str,
        by: SignedInBy,
        id_token: Option<String>,
        now: Timestamp,
    ) -> Result<(String, Session)> {
        let token = secret(SESSION_PREFIX)?;
        let now_ms = now.as_millisecond();
        let until = Timestamp::from_millisecond(now_ms + self.longest_ms).unwrap_or(Timestamp::MAX);
        let session = Session { account: account.to_owned(), by, since: now, until, id_token };
        let expires_ms = self.expires(now_ms, &session);
        self.store.tickets().put(&ticket(SESSION, &token, account, &session, expires_ms)?).await?;
        Ok((token, session))
    }

    /// The session of a token, used now.
    ///
    /// # Errors
    /// As the store fails.
    pub async fn find(&self, token: &str, now: Timestamp) -> Result<Option<Session>> {
        if !token.starts_with(SESSION_PREFIX) || token.len() > TOKEN_LIMIT {
            return Ok(None);
        }
        let (key, now_ms) = (digest(token), now.as_millisecond());
        let Some(ticket) = self.store.tickets().get(SESSION, &key, now_ms).await? else { return Ok(None) };
        let session: Session = content(&ticket)?;
        let expires_ms = self.expires(now_ms, &session);
        if expires_ms - ticket.expires_ms > TOUCH_MS.min(self.idle_ms / 2) {
            self.store.tickets().extend(SESSION, &key, expires_ms).await?;
        }
        Ok(Some(session))
    }

    /// Ends one; what it was.
    ///
    /// # Errors
    /// As the store fails.
    pub async fn end(&self, token: &str, now: Timestamp) -> Result<Option<Session>> {
        let ticket = self.store.tickets().take(SESSION, &digest(token), now.as_millisecond()).await?;
        ticket.as_ref().map(content).transpose()
    }

    /// Ends every session of an account; how many there were.
    ///
    /// # Errors
    /// As the store fails.
    pub async fn end_all(&self, account: &str) -> Result<u64> {
        Ok(self.store.tickets().remove_of(SESSION, account).await?)
    }

    fn expires(&self, now_ms: i64, session: &Session) -> i64 {
        (now_ms + self.idle_ms).min(session.until.as_millisecond())
    }
}

/// A new secret of 256 random bits.
pub(super) fn secret(prefix: &str) -> Result<String> {
    Ok(format!("{prefix}{}", URL_SAFE_NO_PAD.encode(random::<32>()?)))
}

/// What is kept of a secret, or of what must not stand in a key as it is.
pub(super) fn digest(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(sha256(text.as_bytes()))
}

pub(super) fn ticket<T: Serialize>(
    kind: &'static str,
    token: &str,
    owner: &str,
    body: &T,
    expires_ms: i64,
) -> Result<Ticket> {
    let body = serde_json::to_vec(body).map_err(|_| GovernanceError::Damaged(kind))?;
    Ok(Ticket { kind: kind.to_owned(), key: digest(token), owner: owner.to_owned(), body, expires_ms })
}

pub(super) fn content<T: DeserializeOwned>(ticket: &Ticket) -> Result<T> {
    serde_json::from_slice(&ticket.body).map_err(|_| GovernanceError::Damaged("ticket"))
}
