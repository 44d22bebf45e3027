//! The agreements that this organisation holds, ready to decide with.
//!
//! Texts and statements are documents of the store that are only ever added, so that several gateway
//! processes and late messages cannot contradict each other. Deciding reads a snapshot in memory and
//! takes no I/O; whoever changes something makes the next snapshot, and [`Agreements::refresh_if_changed`]
//! takes in what another process wrote.

mod acts;
pub mod calendar;
pub mod compare;
pub mod drafting;
mod drafts;
mod intake;
mod keep;
pub mod register;
mod snapshot;

use std::collections::BTreeMap;
use std::sync::Arc;

use arc_swap::ArcSwap;
use jiff::civil::Date;
use packhorse_model::agreement::{AgreementBundle, State};
use packhorse_model::{AgreementDigest, AgreementId, ClientId, OrganisationId, ServiceId};
use packhorse_store::Store;
use tokio::sync::Mutex;

pub use acts::{Hand, Sent};
pub use intake::{BUNDLE_LIMIT, Outcome, read_bundle};
pub use snapshot::{Held, newest};

use crate::agreement::compile::Compiler;
use crate::decide::{Ask, Decision};
use crate::{GovernanceError, Result};
use snapshot::Snapshot;

/// What this organisation holds. Shared by everything that decides.
pub struct Agreements {
    own: OrganisationId,
    store: Store,
    compiler: Compiler,
    snapshot: ArcSwap<Snapshot>,
    /// Held while a snapshot is made, so that an older one never replaces a newer.
    making: Mutex<()>,
}

impl Agreements {
    /// Reads what the store holds.
    ///
    /// # Errors
    /// As the store fails, or [`GovernanceError::Damaged`] when a stored document cannot be read.
    pub async fn open(store: Store, own: OrganisationId) -> Result<Self> {
        let (compiler, snapshot) = (Compiler::new()?, ArcSwap::from_pointee(Snapshot::default()));
        let agreements = Self { own, store, compiler, snapshot, making: Mutex::new(()) };
        agreements.read().await?;
        Ok(agreements)
    }

    /// The organisation whose agreements these are.
    #[must_use]
    pub fn own(&self) -> &OrganisationId {
        &self.own
    }

    /// The version with this text.
    #[must_use]
    pub fn find(&self, digest: &AgreementDigest) -> Option<Arc<Held>> {
        self.snapshot.load().held.get(digest).cloned()
    }

    /// Every version of an agreement, oldest first.
    #[must_use]
    pub fn versions(&self, id: &AgreementId) -> Vec<Arc<Held>> {
        self.snapshot.load().versions(id)
    }

    /// The version of an agreement that people mean on a day: the one in force, else the newest.
    #[must_use]
    pub fn get(&self, id: &AgreementId, today: Date) -> Option<Arc<Held>> {
        self.in_force(id, today).or_else(|| self.versions(id).pop())
    }

    /// The version of an agreement that is in force on a day.
    #[must_use]
    pub fn in_force(&self, id: &AgreementId, today: Date) -> Option<Arc<Held>> {
        self.versions(id).into_iter().rev().find(|held| held.state_on(today) == State::Active)
    }

    /// The agreements that let a caller use a service at all, in whatever state, by id and version.
    #[must_use]
    pub fn candidates(&self, client: &ClientId, service: &ServiceId) -> Vec<Arc<Held>> {
        let snapshot = self.snapshot.load();
        let covers = |held: &&Arc<Held>| {
            let mut grants = held.agreement().grants.iter();
            grants.any(|grant| grant.service == *service && grant.names(client))
        };
        let mut found: Vec<_> = snapshot.by_service(service).filter(covers).cloned().collect();
        found.sort_by_cached_key(|held| (held.agreement().id.clone(), held.agreement().version));
        found
    }

    /// Everything held, by agreement and version.
    #[must_use]
    pub fn list(&self) -> Vec<Arc<Held>> {
        let mut all: Vec<_> = self.snapshot.load().held.values().cloned().collect();
        all.sort_by_cached_key(|held| (held.agreement().id.clone(), held.agreement().version));
        all
    }

    /// Decides a request: under the agreement it names, or under the one that fits when it names none.
    /// Also says which version decided, when there is one.
    #[must_use]
    pub fn decide(&self, named: Option<&AgreementId>, ask: &Ask<'_>) -> (Option<Arc<Held>>, Decision) {
        match named {
            Some(id) => match self.get(id, ask.today) {
                Some(held) => (Some(Arc::clone(&held)), held.decide(ask)),
                None => (None, unknown_agreement(ask)),
            },
            None => self.decide_unnamed(ask),
        }
    }

    /// Tries what fits, those in force first; the first that permits decides, else the first of all.
    fn decide_unnamed(&self, ask: &Ask<'_>) -> (Option<Arc<Held>>, Decision) {
        let mut fitting = self.candidates(ask.client, ask.service);
        fitting.sort_by_key(|held| held.state_on(ask.today) != State::Active);
        let mut first = None;
        for held in fitting {
            let decision = held.decide(ask);
            if decision.is_permit() {
                return (Some(held), decision);
            }
            first.get_or_insert((Some(held), decision));
        }
        first.unwrap_or_else(|| (None, nothing_fits(ask)))
    }

    /// What is sent to the other parties: a text and what was said about it.
    ///
    /// # Errors
    /// [`GovernanceError::Act`] when no such text is held.
    pub fn bundle(&self, digest: &AgreementDigest) -> Result<AgreementBundle> {
        self.find(digest).map(|held| held.bundle()).ok_or_else(not_held)
    }

    /// How many versions stand in each state on a day, for metrics.
    #[must_use]
    pub fn counts(&self, today: Date) -> BTreeMap<State, usize> {
        let mut counts = BTreeMap::new();
        for held in self.snapshot.load().held.values() {
            *counts.entry(held.state_on(today)).or_default() += 1;
        }
        counts
    }
}

fn unknown_agreement(ask: &Ask<'_>) -> Decision {
    let reason = "the agreement named in the request is not known here".into();
    Decision::no_agreement(ask.side, reason, "check the agreement's name, or have it sent to this organisation")
}

fn nothing_fits(ask: &Ask<'_>) -> Decision {
    let reason = format!("no agreement lets {} call {}", ask.client, ask.service);
    Decision::no_agreement(ask.side, reason, "propose one with `packhorse agreement new`, or ask from another system")
}

fn not_held() -> GovernanceError {
    GovernanceError::act("no such agreement is held here", "see `packhorse agreement list`")
}
