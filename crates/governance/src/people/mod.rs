//! This organisation's own callers: systems, the people who use them, and operators.
//!
//! Like agreements, they are documents of the store with a snapshot in memory. Secrets are kept as
//! digests only; a key is shown once, when it is made.

mod credential;
mod keep;
mod mailbox;
mod operator;
mod system;

use std::collections::BTreeMap;
use std::sync::Arc;

use arc_swap::ArcSwap;
use jiff::civil::Date;
use packhorse_model::{Refusal, Rule, Side};
use packhorse_store::Store;
use tokio::sync::Mutex;

pub use credential::{Credential, Presented, SecretDigest, Token};
pub use mailbox::Mailbox;
pub use operator::{Operator, OperatorRole};
pub use system::{CallingSystem, Defaults, Person, Position};

use crate::Result;

/// Who may call this gateway's inside port. Shared by everything that authenticates.
pub struct People {
    store: Store,
    snapshot: ArcSwap<Snapshot>,
    making: Mutex<()>,
}

#[derive(Default)]
struct Snapshot {
    revision: i64,
    systems: BTreeMap<String, Arc<CallingSystem>>,
    operators: Vec<Arc<Operator>>,
}

impl People {
    /// Reads what the store holds.
    ///
    /// # Errors
    /// As the store fails, or `Damaged` when a stored document cannot be read.
    pub async fn open(store: Store) -> Result<Self> {
        let people = Self { store, snapshot: ArcSwap::from_pointee(Snapshot::default()), making: Mutex::new(()) };
        people.refresh().await?;
        Ok(people)
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
        system.position(user, role, today).map_err(|(reason, remedy)| refused(Rule::Role, reason, remedy))
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
