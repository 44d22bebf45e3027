//! This organisation's own callers: systems, the people who use them, those who sign in, and operators.
//!
//! Like agreements, they are documents of the store with a snapshot in memory. Secrets are kept as
//! digests only; a key is shown once, when it is made.

mod account;
mod accounts;
mod credential;
mod invitation;
mod keep;
mod mailbox;
mod operator;
mod password_rules;
mod secrets;
mod session;
mod sign_in;
mod system;
mod team;
mod throttle;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicI64;

use arc_swap::ArcSwap;
use jiff::civil::Date;
use packhorse_model::{Refusal, Rule, Side};
use packhorse_store::Store;
use tokio::sync::Mutex;

pub use account::{Account, AccountStatus, Barred, Tier};
pub use accounts::{AccountFilter, Accounts, TEAM_PREFIX, day_of};
pub use credential::{Credential, Presented, SecretDigest, Token};
pub use invitation::{Accepted, LinkPurpose, Offered};
pub use mailbox::Mailbox;
pub use operator::{Operator, OperatorRole};
pub use session::{SESSION_PREFIX, Session, Sessions, SignedInBy};
pub use sign_in::{Entered, Shown, SignIn, SignInSettings, SignedIn, TurnedAway};
pub use system::{CallingSystem, Defaults, Person, Position};
pub use team::Team;

use crate::Result;

/// Who may call this gateway's inside port. Shared by everything that authenticates.
pub struct People {
    store: Store,
    snapshot: ArcSwap<Snapshot>,
    making: Mutex<()>,
    /// The store's revision up to which nothing has changed that is not in the snapshot.
    seen: AtomicI64,
    accounts: Arc<Accounts>,
}

#[derive(Default)]
struct Snapshot {
    systems: BTreeMap<String, Arc<CallingSystem>>,
    operators: Vec<Arc<Operator>>,
}

impl People {
    /// Reads what the store holds.
    ///
    /// # Errors
    /// As the store fails, or `Damaged` when a stored document cannot be read.
    pub async fn open(store: Store) -> Result<Self> {
        Self::open_reviewed(store, None).await
    }

    /// The same; an access that nobody confirms for so many days ends.
    ///
    /// # Errors
    /// As [`People::open`].
    pub async fn open_reviewed(store: Store, review_days: Option<u32>) -> Result<Self> {
        let accounts = Arc::new(Accounts::open(store.clone(), review_days).await?);
        let snapshot = ArcSwap::from_pointee(Snapshot::default());
        let people = Self { store, snapshot, making: Mutex::new(()), seen: AtomicI64::new(0), accounts };
        people.refresh().await?;
        Ok(people)
    }

    /// Those who have accounts here.
    #[must_use]
    pub fn accounts(&self) -> &Arc<Accounts> {
        &self.accounts
    }

    /// The system with this code.
    #[must_use]
    pub fn system(&self, code: &str) -> Option<Arc<CallingSystem>> {
        self.snapshot.load().systems.get(code).cloned()
    }

    /// Every system, by code.
    #[must_use]
    pub fn systems(&self) -> Vec<Arc<CallingSystem>> {
        self.snapshot.load().systems.values().cloned().collect()
    }

    /// Every operator, by name.
    #[must_use]
    pub fn operators(&self) -> Vec<Arc<Operator>> {
        self.snapshot.load().operators.clone()
    }

    /// Whether the caller is the system whose code it claims.
    ///
    /// A key or certificate that is shown must be right: the address is looked at only when neither is.
    ///
    /// # Errors
    /// A refusal by rule unknown-client or authentication.
    pub fn authenticate(
        &self,
        presented: &Presented<'_>,
        claimed: &str,
    ) -> std::result::Result<Arc<CallingSystem>, Refusal> {
        let system = self.registered(claimed)?;
        if presented.proves(&system.credentials) {
            return Ok(system);
        }
        let (reason, remedy) = if presented.is_empty() {
            ("the caller showed no credential", "send the system's API key, or connect with its certificate")
        } else {
            ("the caller's credential is not one of the system's", "make a new API key for the system")
        };
        Err(refused(Rule::Authentication, reason, remedy))
    }

    /// The system with this code, whoever asks.
    ///
    /// # Errors
    /// A refusal by rule unknown-client.
    pub fn registered(&self, claimed: &str) -> std::result::Result<Arc<CallingSystem>, Refusal> {
        self.system(claimed).ok_or_else(|| {
            let reason = "the calling system is not registered at this gateway";
            refused(Rule::UnknownClient, reason, "register it with `packhorse system add`")
        })
    }

    /// In which role a person of a system asks, and when they were trained.
    ///
    /// Whoever has an account here and may act no more is refused whatever the system says of them.
    /// A system that lists users vouches for those alone; one that lists none vouches for its callers
    /// itself, and knows no training.
    ///
    /// # Errors
    /// A refusal by rule role.
    pub fn person(
        &self,
        system: &CallingSystem,
        user: Option<&str>,
        role: Option<&str>,
        today: Date,
    ) -> std::result::Result<Position, Refusal> {
        if let Some(user) = user {
            self.accounts.may_act(user, today)?;
        }
        system.position(user, role, today).map_err(|(reason, remedy)| refused(Rule::Role, reason, remedy))
    }

    /// Whether the mailbox of a system is a person's: they use the system, may still act, and it is delegated to them
    /// or to one of their teams.
    ///
    /// # Errors
    /// A refusal by rule role or mailbox.
    pub fn may_use_mailbox(
        &self,
        system: &CallingSystem,
        user: Option<&str>,
        today: Date,
    ) -> std::result::Result<(), Refusal> {
        let Some(mailbox) = &system.mailbox else {
            let remedy = "give it one with `packhorse system mailbox`";
            return Err(refused(Rule::Mailbox, "the system has no mailbox", remedy));
        };
        if let Some(user) = user {
            self.accounts.may_act(user, today)?;
        }
        if !system.is_user(user, today) {
            let remedy = "send X-Road-UserId with one of the system's users, or have the user entered";
            return Err(refused(Rule::Role, "the user is not one of the system's users", remedy));
        }
        self.is_delegated(mailbox, user)
    }

    /// Whether a mailbox is delegated to a user of its system, or to one of their teams. A system that names no user
    /// vouches for its callers itself.
    ///
    /// # Errors
    /// A refusal by rule mailbox.
    pub fn is_delegated(&self, mailbox: &Mailbox, user: Option<&str>) -> std::result::Result<(), Refusal> {
        match user {
            Some(user) if !mailbox.people.is_empty() && !self.accounts.is_among(user, &mailbox.people) => {
                let remedy = "have the mailbox's owner add the user or one of their teams";
                Err(refused(Rule::Mailbox, "the mailbox is not delegated to this user", remedy))
            }
            _ => Ok(()),
        }
    }

    /// The operator whose token this is.
    ///
    /// # Errors
    /// A refusal by rule authentication.
    pub fn operator(&self, token: &str) -> std::result::Result<Arc<Operator>, Refusal> {
        let digest = SecretDigest::of(token);
        let snapshot = self.snapshot.load();
        let matching = snapshot.operators.iter().find(|operator| operator.token.matches(&digest));
        matching.cloned().ok_or_else(|| {
            let reason = "the token is missing or not one of this gateway's";
            refused(Rule::Authentication, reason, "send a token made with `packhorse gateway operator add`")
        })
    }
}

fn refused(rule: Rule, reason: &str, remedy: &str) -> Refusal {
    Refusal { side: Side::Outbound, rule, reason: reason.into(), remedy: remedy.into() }
}
