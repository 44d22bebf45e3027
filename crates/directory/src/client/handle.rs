//! The newest verified directory, shared with everybody in the process: who is a member, whose keys are welcome.
//!
//! Answers from memory, without waiting. Never fetches, never verifies.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use jiff::{SignedDuration, Timestamp};
use packhorse_keys::Fingerprint;
use packhorse_keys::tls::PinnedKeys;
use packhorse_model::OrganisationId;
use packhorse_model::organisation::{Members, Organisation, Purpose};

use crate::error::DirectoryError;
use crate::fold::Directory;

/// A shared view of the newest verified directory. Clones see the same.
#[derive(Clone)]
pub struct DirectoryHandle {
    shared: Arc<Shared>,
}

struct Shared {
    view: ArcSwap<View>,
    last_error: Mutex<Option<String>>,
    max_age: SignedDuration,
}

struct View {
    directory: Arc<Directory>,
    confirmed: Option<Timestamp>,
}

impl DirectoryHandle {
    /// A view of a directory at hand, for tests and for tools that work offline.
    #[must_use]
    pub fn new(directory: Arc<Directory>, confirmed: Option<Timestamp>, max_age: SignedDuration) -> Self {
        let view = ArcSwap::from_pointee(View { directory, confirmed });
        Self { shared: Arc::new(Shared { view, last_error: Mutex::new(None), max_age }) }
    }

    /// The newest verified directory, fresh or not.
    #[must_use]
    pub fn current(&self) -> Arc<Directory> {
        Arc::clone(&self.shared.view.load().directory)
    }

    /// When the registry last confirmed it; nothing before the first success ever.
    #[must_use]
    pub fn confirmed(&self) -> Option<Timestamp> {
        self.shared.view.load().confirmed
    }

    /// How long ago the registry last confirmed it.
    #[must_use]
    pub fn age(&self, now: Timestamp) -> Option<SignedDuration> {
        self.confirmed().map(|confirmed| now.duration_since(confirmed))
    }

    /// Whether it may still decide who belongs.
    #[must_use]
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        self.age(now).is_some_and(|age| age <= self.shared.max_age)
    }

    /// Why the last poll failed; nothing when it succeeded.
    #[must_use]
    pub fn last_error(&self) -> Option<String> {
        self.shared.last_error.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The active member behind a TLS key, now.
    #[must_use]
    pub fn member_by_tls_key(&self, key: &Fingerprint, now: Timestamp) -> Option<Arc<Organisation>> {
        self.current().by_tls_key(key, now).filter(|organisation| organisation.is_active())
    }

    /// Pins the TLS keys of one member, for calling its gateway and nobody else's.
    #[must_use]
    pub fn pins_of(&self, organisation: &OrganisationId) -> Arc<MemberPins> {
        Arc::new(MemberPins { directory: self.clone(), organisation: organisation.clone() })
    }

    pub(super) fn set(&self, directory: Arc<Directory>, confirmed: Option<Timestamp>) {
        self.shared.view.store(Arc::new(View { directory, confirmed }));
    }

    pub(super) fn note(&self, error: Option<&DirectoryError>) {
        let mut last = self.shared.last_error.lock().unwrap_or_else(PoisonError::into_inner);
        *last = error.map(ToString::to_string);
    }
}

impl Members for DirectoryHandle {
    fn organisation(&self, id: &OrganisationId) -> Option<Arc<Organisation>> {
        self.current().organisation(id)
    }
}

/// The TLS keys of every active member are welcome.
impl PinnedKeys for DirectoryHandle {
    fn is_pinned(&self, key: &Fingerprint) -> bool {
        self.member_by_tls_key(key, Timestamp::now()).is_some()
    }
}

impl fmt::Debug for DirectoryHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let view = self.shared.view.load();
        let mut shown = f.debug_struct("DirectoryHandle");
        shown.field("directory", &view.directory).field("confirmed", &view.confirmed).finish()
    }
}

/// The TLS keys of one member, while it is active.
#[derive(Debug)]
pub struct MemberPins {
    directory: DirectoryHandle,
    organisation: OrganisationId,
}

impl PinnedKeys for MemberPins {
    fn is_pinned(&self, key: &Fingerprint) -> bool {
        let Some(organisation) = self.directory.organisation(&self.organisation) else { return false };
        let mut keys = organisation.keys_at(Purpose::Tls, Timestamp::now()).filter_map(|entry| entry.public_key());
        organisation.is_active() && keys.any(|public| public.fingerprint() == *key)
    }
}
