//! Signing in with a password and the code of an app, and keeping those who may not out.
//!
//! Whoever tries a name that is none is answered with the same words after the same work as whoever mistypes a
//! password. A password is hashed off the threads that serve others, and only so many at once.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use packhorse_keys::{SealingKey, TOTP_STEP_SECONDS, hash_password, pretend_to_verify, verify_password};
use packhorse_store::{Store, Ticket};
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

use super::account::{Account, AccountStatus};
use super::accounts::{Accounts, day_of};
use super::secrets::{Vault, recovery_digest};
use super::session::{Session, Sessions, SignedInBy, digest, secret, ticket};
use super::throttle::{Throttle, Try};
use crate::{GovernanceError, Result};

/// Passwords hashed at once: each takes 19 MiB and a processor.
const HASHING: usize = 4;
/// How long somebody waits for their turn to be hashed.
const PATIENCE: Duration = Duration::from_secs(10);
/// A password was right, the code is still to come.
const HALF: &str = "half-signed-in";
const HALF_MS: i64 = 5 * 60_000;
/// A code counts once (RFC 6238 §5.2).
const USED: &str = "used-code";

/// What an organisation decides about signing in.
#[derive(Debug, Clone)]
pub struct SignInSettings {
    /// Without use for so long, a session ends.
    pub idle: Duration,
    /// However much it is used, a session ends after this.
    pub longest: Duration,
    /// Whether a local account needs the code of an app.
    pub second_factor: bool,
}

impl Default for SignInSettings {
    fn default() -> Self {
        Self { idle: Duration::from_secs(30 * 60), longest: Duration::from_secs(12 * 60 * 60), second_factor: true }
    }
}

/// Why somebody was not let in, in words for them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TurnedAway {
    /// Name, password or code is wrong; which is not said.
    #[error("the name, the password or the code is not right")]
    Wrong,
    /// Too many tries.
    #[error("there were too many tries: try again in {} minutes", .seconds / 60 + 1)]
    Wait {
        /// For how long.
        seconds: i64,
    },
    /// They proved who they are, and may not.
    #[error("{reason}")]
    Barred {
        /// Why not.
        reason: &'static str,
        /// What mends it.
        remedy: &'static str,
    },
    /// What came back with a browser is not the identity provider's.
    #[error("what came back is not your organisation's identity provider's answer to this sign-in: begin again")]
    NotTheProvider,
    /// Too many others are signing in.
    #[error("too many people are signing in at once")]
    Busy,
    /// A link or a step has run out, or was used.
    #[error("the link or the step has run out, or was used already")]
    Expired,
}

/// How far somebody got.
pub enum SignedIn {
    /// They are in.
    Whole(Entered),
    /// The password is right; the code is to be sent with this token.
    Half(String),
}

/// Somebody who is in.
pub struct Entered {
    /// The session's token, shown once.
    pub token: String,
    /// The session.
    pub session: Session,
    /// Whose it is.
    pub account: Arc<Account>,
}

/// What somebody shows to sign in.
#[derive(Clone, Copy)]
pub struct Shown<'a> {
    /// Id or e-mail address.
    pub name: &'a str,
    /// The password.
    pub password: &'a str,
    /// The app's code or a recovery code, if it is sent at once.
    pub code: Option<&'a str>,
    /// Where from, for counting tries.
    pub address: &'a str,
}

/// Lets people in.
pub struct SignIn {
    pub(super) store: Store,
    pub(super) accounts: Arc<Accounts>,
    pub(super) sessions: Sessions,
    pub(super) vault: Vault,
    pub(super) throttle: Throttle,
    hashing: Arc<Semaphore>,
    pub(super) settings: SignInSettings,
}

impl SignIn {
    /// Over the accounts of a store, with the organisation's sealing keys, the current one first.
    #[must_use]
    pub fn new(store: Store, accounts: Arc<Accounts>, keys: Vec<SealingKey>, settings: SignInSettings) -> Self {
        Self {
            accounts,
            sessions: Sessions::new(store.clone(), settings.idle, settings.longest),
            vault: Vault::new(store.clone(), keys),
            throttle: Throttle::new(store.clone()),
            hashing: Arc::new(Semaphore::new(HASHING)),
            settings,
            store,
        }
    }

    /// What the organisation decided.
    #[must_use]
    pub fn settings(&self) -> &SignInSettings {
        &self.settings
    }

    /// Those who are signed in.
    #[must_use]
    pub fn sessions(&self) -> &Sessions {
        &self.sessions
    }

    /// Who uses a session's token, if they still may: asked for each call, so that whoever leaves is out at once.
    ///
    /// # Errors
    /// As the store fails.
    pub async fn who(&self, token: &str, now: Timestamp) -> Result<Option<(Arc<Account>, Session)>> {
        let Some(session) = self.sessions.find(token, now).await? else { return Ok(None) };
        let account = self.accounts.get(&session.account).filter(|account| account.status == AccountStatus::Active);
        let may = |account: &Arc<Account>| account.may_act(day_of(now), self.accounts.review_days()).is_ok();
        Ok(account.filter(may).map(|account| (account, session)))
    }

    /// Signs somebody in with a password, and with the code if it is sent.
    ///
    /// # Errors
    /// [`TurnedAway`]; else as the store fails.
    pub async fn with_password(&self, shown: Shown<'_>, now: Timestamp) -> Result<SignedIn> {
        let account = self.accounts.named(shown.name);
        // Counted for the account however its name is written, and for whatever else is tried.
        let name = account.as_ref().map_or(shown.name, |account| account.id.as_str()).to_owned();
        let attempt = Try { name: &name, address: shown.address };
        self.may_try(attempt, now).await?;
        let account = account.filter(|account| account.status != AccountStatus::Invited);
        let kept = match &account {
            Some(account) => self.vault.get(&account.id).await?,
            None => Default::default(),
        };
        let right = self.verify(shown.password, kept.password).await?;
        let Some(account) = account.filter(|_| right) else { return Err(TurnedAway::Wrong.into()) };
        self.may_enter(&account, now)?;
        match (&kept.totp, shown.code) {
            (None, _) if self.settings.second_factor => Err(TurnedAway::Barred {
                reason: "the account has no second factor yet",
                remedy: "have a new invitation sent, or recover the account",
            }
            .into()),
            (None, _) => self.enter(attempt, account, now).await.map(SignedIn::Whole),
            (Some(_), None) => {
                let token = secret("phh_")?;
                let expires_ms = now.as_millisecond() + HALF_MS;
                self.store.tickets().put(&ticket(HALF, &token, &account.id, &(), expires_ms)?).await?;
                Ok(SignedIn::Half(token))
            }
            (Some(totp), Some(code)) => {
                self.check_code(&account.id, totp, code, now).await?;
                self.enter(attempt, account, now).await.map(SignedIn::Whole)
            }
        }
    }

    /// The second step: the code that belongs to a password that was right.
    ///
    /// # Errors
    /// [`TurnedAway`]; else as the store fails.
    pub async fn with_code(&self, step: &str, code: &str, address: &str, now: Timestamp) -> Result<Entered> {
        let found = self.store.tickets().get(HALF, &digest(step), now.as_millisecond()).await?;
        let ticket = found.ok_or(TurnedAway::Expired)?;
        let attempt = Try { name: &ticket.owner, address };
        self.may_try(attempt, now).await?;
        let account = self.accounts.get(&ticket.owner).ok_or(TurnedAway::Expired)?;
        self.may_enter(&account, now)?;
        let kept = self.vault.get(&account.id).await?;
        let totp = kept.totp.ok_or(TurnedAway::Expired)?;
        self.check_code(&account.id, &totp, code, now).await?;
        // Of many who send the step at once, one enters.
        self.store.tickets().take(HALF, &ticket.key, now.as_millisecond()).await?.ok_or(TurnedAway::Expired)?;
        self.enter(attempt, account, now).await
    }

    /// Lets somebody in whom the identity provider has named.
    ///
    /// # Errors
    /// [`TurnedAway`]; else as the store fails.
    pub async fn with_open_id(
        &self,
        account: Arc<Account>,
        id_token: Option<String>,
        now: Timestamp,
    ) -> Result<Entered> {
        self.may_enter(&account, now)?;
        let account = self.activated(account).await?;
        let (token, session) = self.sessions.begin(&account.id, SignedInBy::OpenId, id_token, now).await?;
        Ok(Entered { token, session, account })
    }

    pub(super) async fn enter(&self, attempt: Try<'_>, account: Arc<Account>, now: Timestamp) -> Result<Entered> {
        self.throttle.succeeded(attempt, now).await?;
        let (token, session) = self.sessions.begin(&account.id, SignedInBy::Password, None, now).await?;
        Ok(Entered { token, session, account })
    }

    /// Whoever was invited and has come is active from then on.
    pub(super) async fn activated(&self, account: Arc<Account>) -> Result<Arc<Account>> {
        if account.status != AccountStatus::Invited {
            return Ok(account);
        }
        self.accounts
            .change(&account.id, |account| {
                if account.status == AccountStatus::Invited {
                    account.status = AccountStatus::Active;
                }
            })
            .await
    }

    pub(super) async fn may_try(&self, attempt: Try<'_>, now: Timestamp) -> Result<()> {
        match self.throttle.begin(attempt, now).await? {
            Ok(()) => Ok(()),
            Err(seconds) => Err(TurnedAway::Wait { seconds }.into()),
        }
    }

    pub(super) fn may_enter(&self, account: &Account, now: Timestamp) -> Result<()> {
        let barred = account.may_act(day_of(now), self.accounts.review_days());
        barred.map_err(|(reason, remedy)| TurnedAway::Barred { reason, remedy }.into())
    }

    /// Judges a code of the app, each once, or uses a recovery code up.
    async fn check_code(&self, account: &str, totp: &str, code: &str, now: Timestamp) -> Result<()> {
        let code: String = code.chars().filter(|c| !c.is_whitespace()).take(64).collect();
        if let Some(step) = self.vault.opened(totp)?.step_of(&code, now.as_second()) {
            return self.use_step(account, totp, step, now).await;
        }
        let kept = recovery_digest(&code);
        let used = self
            .vault
            .change(account, |secrets| {
                let before = secrets.recovery.len();
                secrets.recovery.retain(|one| *one != kept);
                secrets.recovery.len() < before
            })
            .await?;
        if used { Ok(()) } else { Err(TurnedAway::Wrong.into()) }
    }

    /// Marks a step of time as used by an account's app; whoever comes second is turned away. A new app begins anew.
    pub(super) async fn use_step(&self, account: &str, totp: &str, step: i64, now: Timestamp) -> Result<()> {
        let used = Ticket {
            kind: USED.to_owned(),
            key: format!("{account} {step} {}", digest(totp)),
            owner: account.to_owned(),
            body: Vec::new(),
            expires_ms: (step + 3) * TOTP_STEP_SECONDS * 1000,
        };
        match self.store.tickets().put_once(&used, now.as_millisecond()).await? {
            true => Ok(()),
            false => Err(TurnedAway::Wrong.into()),
        }
    }

    /// Whether this is the password that was kept; takes as long when none was.
    pub(super) async fn verify(&self, password: &str, kept: Option<String>) -> Result<bool> {
        let password = Zeroizing::new(password.to_owned());
        self.hashed(move || match kept {
            Some(kept) => verify_password(&password, &kept),
            None => pretend_to_verify(&password).map(|()| false),
        })
        .await
    }

    /// What is to be kept of a password.
    pub(super) async fn hash(&self, password: &str) -> Result<String> {
        let password = Zeroizing::new(password.to_owned());
        self.hashed(move || hash_password(&password)).await
    }

    /// Off the threads that serve others, and only so many at once.
    async fn hashed<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> std::result::Result<T, packhorse_keys::KeyError> + Send + 'static,
    ) -> Result<T> {
        let turn = tokio::time::timeout(PATIENCE, Arc::clone(&self.hashing).acquire_owned()).await;
        let Ok(Ok(turn)) = turn else { return Err(TurnedAway::Busy.into()) };
        let done = tokio::task::spawn_blocking(move || {
            let done = work();
            drop(turn);
            done
        });
        match done.await {
            Ok(Err(packhorse_keys::KeyError::TooLarge { .. })) => Err(TurnedAway::Wrong.into()),
            Ok(done) => Ok(done?),
            Err(_) => Err(GovernanceError::TurnedAway(TurnedAway::Busy)),
        }
    }
}
