//! The directory: the fold of the registry's entries, in order, each checked for authority.
//!
//! Strict: an entry that has no right to be there stops the fold, loudly, and leaves the state before
//! it. Never reads a clock, a file or a socket; time is what the entries say.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use packhorse_keys::{Fingerprint, PublicKey};
use packhorse_model::OrganisationId;
use packhorse_model::organisation::{Assurance, KeyEntry, MemberDetails, Members, Organisation, Purpose, Status};

use crate::entry::{Act, Entry, NewKey, SignedStatement, Statement};
use crate::error::{DirectoryError, Result};
use crate::rules::{Rule, check_details, check_keys, check_reason, key_id, public_key};

/// How many purposes of keys there are; a member has a key of each.
const PURPOSES: usize = 4;
/// Longest time for which a replaced key stays valid beside the new one.
const MAX_OVERLAP: SignedDuration = SignedDuration::from_hours(90 * 24);

/// Who belongs, as of a number of entries. Cheap to clone beside its size: organisations are shared.
#[derive(Clone)]
pub struct Directory {
    network: String,
    registry: PublicKey,
    size: u64,
    latest: Timestamp,
    members: Vec<Member>,
    by_id: HashMap<OrganisationId, u32>,
    /// The owner of every key ever listed, by [`key_id`].
    by_key: HashMap<Fingerprint, u32>,
}

/// An organisation and how many entries made it what it is.
#[derive(Clone)]
pub(crate) struct Member {
    pub(crate) organisation: Arc<Organisation>,
    pub(crate) version: u64,
}

impl Directory {
    /// The directory of a network before its first entry.
    #[must_use]
    pub fn new(network: &str, registry: PublicKey) -> Self {
        Self {
            network: network.to_owned(),
            registry,
            size: 0,
            latest: Timestamp::UNIX_EPOCH,
            members: Vec::new(),
            by_id: HashMap::new(),
            by_key: HashMap::new(),
        }
    }

    /// Folds the next entry in. On an error nothing changes.
    ///
    /// # Errors
    /// [`DirectoryError::Malformed`] when the bytes are no entry, [`DirectoryError::Unauthorised`] when it has no
    /// right to stand at this place.
    pub fn apply(&mut self, bytes: &[u8]) -> Result<()> {
        let entry = Entry::parse(bytes)?;
        let refused = |why| DirectoryError::Unauthorised { index: self.size, why };
        let next = self.check(&entry).map_err(refused)?;
        let new_keys = new_keys(&entry.statement.act).iter().map(|key| key_id(key.purpose, &key.key));
        let new_keys = new_keys.collect::<Rule<Vec<_>>>().map_err(refused)?;
        self.put(Member { organisation: Arc::new(next), version: entry.statement.version + 1 }, new_keys);
        self.size += 1;
        self.latest = entry.at;
        Ok(())
    }

    /// The network.
    #[must_use]
    pub fn network(&self) -> &str {
        &self.network
    }

    /// The registry's signing key.
    #[must_use]
    pub fn registry(&self) -> &PublicKey {
        &self.registry
    }

    /// How many entries were folded.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// When the newest entry was registered; 1970 before the first.
    #[must_use]
    pub fn latest(&self) -> Timestamp {
        self.latest
    }

    /// Every organisation ever listed, in the order of first admission.
    pub fn organisations(&self) -> impl ExactSizeIterator<Item = &Arc<Organisation>> {
        self.members.iter().map(|member| &member.organisation)
    }

    /// The version that the next statement of an organisation bears; 0 for a stranger.
    #[must_use]
    pub fn version(&self, id: &OrganisationId) -> u64 {
        self.member(id).map_or(0, |member| member.version)
    }

    /// The organisation that owns a TLS key, when the key is valid at a moment. Whatever its status.
    #[must_use]
    pub fn by_tls_key(&self, key: &Fingerprint, at: Timestamp) -> Option<Arc<Organisation>> {
        let organisation = &self.members.get(*self.by_key.get(key)? as usize)?.organisation;
        let mut valid = organisation.keys_at(Purpose::Tls, at).filter_map(KeyEntry::public_key);
        valid.any(|public| public.fingerprint() == *key).then(|| Arc::clone(organisation))
    }

    pub(crate) fn members(&self) -> &[Member] {
        &self.members
    }

    /// Rebuilds a directory from a snapshot's parts, whose truth the snapshot's signature vouches for.
    pub(crate) fn resume(mut self, size: u64, latest: Timestamp, members: Vec<Member>) -> Rule<Self> {
        (self.size, self.latest) = (size, latest);
        self.members.reserve_exact(members.len());
        self.by_id.reserve(members.len());
        self.by_key.reserve(members.iter().map(|member| member.organisation.keys.len()).sum());
        for member in members {
            let organisation = &member.organisation;
            let keys = organisation.keys.iter().map(|entry| key_id(entry.purpose, &entry.key));
            let keys = keys.collect::<Rule<Vec<_>>>()?;
            if self.by_id.contains_key(&organisation.id) || keys.iter().any(|key| self.by_key.contains_key(key)) {
                return Err("an organisation or a key is listed twice");
            }
            self.put(member, keys);
        }
        Ok(self)
    }

    fn member(&self, id: &OrganisationId) -> Option<&Member> {
        self.members.get(*self.by_id.get(id)? as usize)
    }

    fn put(&mut self, member: Member, keys: Vec<Fingerprint>) {
        let place = match self.by_id.get(&member.organisation.id) {
            Some(place) => *place,
            None => {
                let place = self.members.len() as u32;
                self.by_id.insert(member.organisation.id.clone(), place);
                place
            }
        };
        self.by_key.extend(keys.into_iter().map(|key| (key, place)));
        match self.members.get_mut(place as usize) {
            Some(kept) => *kept = member,
            None => self.members.push(member),
        }
    }

    /// Whether an entry may come next, and what it makes of its organisation.
    fn check(&self, entry: &Entry) -> Rule<Organisation> {
        if !entry.is_registered_by(&self.registry) {
            return Err("it is not signed by the registry");
        }
        if entry.index != self.size {
            return Err("it was registered for another place in the ledger");
        }
        if entry.at < self.latest {
            return Err("it is dated before the entry that it follows");
        }
        self.check_statement(&entry.signed, &entry.statement, entry.at)
    }

    /// Whether a statement may be registered at a moment, and what it makes of its organisation.
    pub(crate) fn check_statement(
        &self,
        signed: &SignedStatement,
        statement: &Statement,
        at: Timestamp,
    ) -> Rule<Organisation> {
        let Statement { organisation: id, version, act } = statement;
        if id.network != self.network {
            return Err("it is of another network");
        }
        let before = self.member(id);
        if *version != before.map_or(0, |member| member.version) {
            return Err("its version is not the organisation's next");
        }
        let before = before.map(|member| &*member.organisation);
        self.check_new_keys(id, act)?;
        check_signatures(signed, act, before, at)?;
        change(id, act, before, at)
    }

    fn check_new_keys(&self, id: &OrganisationId, act: &Act) -> Rule {
        let keys = new_keys(act);
        check_keys(id, keys)?;
        let mut seen = HashSet::new();
        for key in keys {
            let key = key_id(key.purpose, &key.key)?;
            if self.by_key.contains_key(&key) || !seen.insert(key) {
                return Err("a key is listed already: a key has one owner and one purpose, for ever");
            }
        }
        Ok(())
    }
}

impl Members for Directory {
    fn organisation(&self, id: &OrganisationId) -> Option<Arc<Organisation>> {
        self.member(id).map(|member| Arc::clone(&member.organisation))
    }
}

impl fmt::Debug for Directory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { network, size, members, .. } = self;
        let members = members.len();
        f.debug_struct("Directory").field("network", network).field("size", size).field("members", &members).finish()
    }
}

/// The keys that an act lists.
pub(crate) fn new_keys(act: &Act) -> &[NewKey] {
    match act {
        Act::Admit { keys, .. } | Act::Rotate { keys, .. } => keys,
        _ => &[],
    }
}

/// Every key that has to have signed did, and nobody else.
fn check_signatures(signed: &SignedStatement, act: &Act, before: Option<&Organisation>, at: Timestamp) -> Rule {
    let possessed = new_keys(act).iter().filter(|key| key.purpose != Purpose::Seal);
    let mut signers = possessed.map(|key| public_key(&key.key)).collect::<Rule<Vec<_>>>()?;
    if !signers.iter().all(|key| signed.is_signed_by(key)) {
        return Err("it lacks the signature of a key that it lists: possession is not proved");
    }
    if matches!(act, Act::Amend { .. } | Act::Rotate { .. }) {
        // Of two keys while a rotation overlaps, the newer: the older may be the one that was lost.
        let current = before.and_then(|organisation| organisation.signing_keys_at(at).last());
        let current = current.ok_or("the organisation has no signing key at this moment")?;
        if !signed.is_signed_by(&current) {
            return Err("it lacks the signature of the organisation's current signing key");
        }
        signers.push(current);
    }
    if signed.signatures().len() != signers.len() {
        return Err("it bears a signature by a key that has no say in it");
    }
    Ok(())
}

/// What an act makes of an organisation.
fn change(id: &OrganisationId, act: &Act, before: Option<&Organisation>, at: Timestamp) -> Rule<Organisation> {
    if let Act::Admit { details, keys, .. } = act {
        return admit(id, details, keys, before, at);
    }
    let mut next = before.ok_or("the organisation was never admitted")?.clone();
    if next.status == Status::Removed {
        return Err("the organisation was removed; it can only be admitted anew");
    }
    match act {
        Act::Admit { .. } => {}
        Act::Amend { details } => {
            check_details(id, details)?;
            next.details = details.clone();
        }
        Act::Rotate { keys, old_until, nonce } => {
            check_rotation(keys, *old_until, nonce.as_deref(), at)?;
            for key in keys {
                end_keys(&mut next, Some(key.purpose), (*old_until).max(at));
            }
            list_keys(&mut next, keys, at);
        }
        Act::Assure { assurance } => next.assurance = assurance.clone(),
        Act::Suspend { reason } => next.status = step(&next, reason, Status::Active, Status::Suspended)?,
        Act::Resume { reason } => next.status = step(&next, reason, Status::Suspended, Status::Active)?,
        Act::Remove { reason } => {
            check_reason(reason)?;
            next.status = Status::Removed;
            end_keys(&mut next, None, at);
        }
    }
    Ok(next)
}

/// A stranger becomes a member; a removed organisation comes back in the open, with new keys.
fn admit(
    id: &OrganisationId,
    details: &MemberDetails,
    keys: &[NewKey],
    before: Option<&Organisation>,
    at: Timestamp,
) -> Rule<Organisation> {
    check_details(id, details)?;
    if keys.len() != PURPOSES {
        return Err("an applicant lists one key of every purpose");
    }
    if before.is_some_and(|organisation| organisation.status != Status::Removed) {
        return Err("the organisation is a member already");
    }
    let mut organisation = Organisation {
        id: id.clone(),
        details: details.clone(),
        keys: before.map(|organisation| organisation.keys.clone()).unwrap_or_default(),
        status: Status::Active,
        assurance: Assurance::default(),
    };
    list_keys(&mut organisation, keys, at);
    Ok(organisation)
}

fn check_rotation(keys: &[NewKey], old_until: Timestamp, nonce: Option<&str>, at: Timestamp) -> Rule {
    if keys.is_empty() {
        return Err("a rotation lists at least one key");
    }
    if nonce.is_some() != keys.iter().any(|key| key.purpose == Purpose::Seal) {
        return Err("a rotation bears a nonce exactly when it lists a sealing key");
    }
    if old_until.duration_since(at) > MAX_OVERLAP {
        return Err("replaced keys stay valid for at most 90 days");
    }
    Ok(())
}

fn step(organisation: &Organisation, reason: &str, from: Status, to: Status) -> Rule<Status> {
    check_reason(reason)?;
    if organisation.status != from {
        return Err("only an active organisation is suspended, and only a suspended one resumed");
    }
    Ok(to)
}

fn list_keys(organisation: &mut Organisation, keys: &[NewKey], at: Timestamp) {
    let listed = keys.iter().map(|NewKey { purpose, key }| KeyEntry::new(*purpose, key.clone(), at, None));
    organisation.keys.extend(listed);
}

/// Ends the keys of a purpose, or all, unless they end sooner.
fn end_keys(organisation: &mut Organisation, purpose: Option<Purpose>, at: Timestamp) {
    for entry in organisation.keys.iter_mut().filter(|entry| purpose.is_none_or(|purpose| entry.purpose == purpose)) {
        entry.not_after = Some(entry.not_after.map_or(at, |end| end.min(at)));
    }
}
