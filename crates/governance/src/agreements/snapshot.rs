//! What is held at one moment: every version with its standing and its compiled policies.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use jiff::civil::Date;
use packhorse_keys::sha256;
use packhorse_model::agreement::{Agreement, AgreementBundle, AgreementText, State};
use packhorse_model::{AgreementDigest, AgreementId, OrganisationId, ServiceId};

use crate::agreement::compile::{CompiledAgreement, Compiler};
use crate::agreement::sign::Verified;
use crate::agreement::state::Standing;
use crate::decide::{Ask, Decision, decide};

/// One version of an agreement: its text, who said what about it, and the policies it became.
#[derive(Debug)]
pub struct Held {
    compiled: Arc<CompiledAgreement>,
    statements: Vec<Verified>,
    standing: Standing,
    /// The first day on which a later version has taken its place.
    superseded_on: Option<Date>,
}

impl Held {
    fn new(compiled: Arc<CompiledAgreement>, mut statements: Vec<Verified>) -> Self {
        // As the store has them: whoever heard them in another order holds the same.
        statements.sort_by_cached_key(|statement| sha256(statement.event().as_str().as_bytes()));
        let standing = Standing::of(compiled.text(), &statements);
        Self { compiled, statements, standing, superseded_on: None }
    }

    /// The same with more said about it.
    fn with(&self, more: Vec<Verified>) -> Self {
        Self::new(Arc::clone(&self.compiled), self.statements.iter().cloned().chain(more).collect())
    }

    /// What the text says.
    #[must_use]
    pub fn agreement(&self) -> &Agreement {
        self.compiled.agreement()
    }

    /// The text.
    #[must_use]
    pub fn text(&self) -> &AgreementText {
        self.compiled.text()
    }

    /// The text's digest.
    #[must_use]
    pub fn digest(&self) -> AgreementDigest {
        self.compiled.digest()
    }

    /// The policies.
    #[must_use]
    pub fn compiled(&self) -> &CompiledAgreement {
        &self.compiled
    }

    /// Who said what.
    #[must_use]
    pub fn standing(&self) -> &Standing {
        &self.standing
    }

    /// The statements themselves.
    #[must_use]
    pub fn statements(&self) -> &[Verified] {
        &self.statements
    }

    /// Where this version stands on a day.
    #[must_use]
    pub fn state_on(&self, today: Date) -> State {
        match self.standing.state_on(today) {
            own @ (State::Draft | State::Proposed | State::Ended) => own,
            own => {
                if self.superseded_on.is_some_and(|day| day <= today) {
                    State::Superseded
                } else {
                    own
                }
            }
        }
    }

    /// Decides a request under this version.
    #[must_use]
    pub fn decide(&self, ask: &Ask<'_>) -> Decision {
        decide(&self.compiled, self.state_on(ask.today), ask)
    }

    /// What is sent to the other parties.
    #[must_use]
    pub fn bundle(&self) -> AgreementBundle {
        let statements = self.statements.iter().map(|statement| statement.event().clone()).collect();
        AgreementBundle { texts: vec![self.text().clone()], statements }
    }

    /// Every party but one.
    #[must_use]
    pub fn others(&self, own: &OrganisationId) -> Vec<OrganisationId> {
        let parties = self.agreement().parties.iter().map(|party| &party.organisation);
        parties.filter(|party| *party != own).cloned().collect()
    }
}

/// The newest version of each agreement, of versions in the order in which [`super::Agreements::list`] gives them.
pub fn newest(versions: impl IntoIterator<Item = Arc<Held>>) -> Vec<Arc<Held>> {
    let mut newest: Vec<Arc<Held>> = Vec::new();
    for held in versions {
        newest.pop_if(|known| known.agreement().id == held.agreement().id);
        newest.push(held);
    }
    newest
}

/// Everything held at one moment.
#[derive(Default)]
pub(super) struct Snapshot {
    /// The store's revision that it was made from.
    pub(super) revision: i64,
    pub(super) held: BTreeMap<AgreementDigest, Arc<Held>>,
    versions: BTreeMap<AgreementId, Vec<AgreementDigest>>,
    services: HashMap<ServiceId, BTreeSet<AgreementDigest>>,
    /// What was said of texts that are not held (yet).
    unplaced: HashMap<AgreementDigest, Vec<Verified>>,
}

impl Snapshot {
    /// The next snapshot, with what has come in since: texts and statements are only ever added. The agreements that
    /// none of it is about stay as they are. A text that cannot be enforced (a build may ask more than the one that took
    /// it in) is left out, which refuses what it would permit, and is reported to the operator.
    pub(super) fn grown(
        &self,
        revision: i64,
        texts: Vec<AgreementText>,
        statements: Vec<Verified>,
        compiler: &Compiler,
    ) -> Self {
        let mut said = self.unplaced.clone();
        for statement in statements {
            said.entry(statement.statement().digest).or_default().push(statement);
        }
        let mut anew: BTreeMap<AgreementDigest, Held> = BTreeMap::new();
        for text in texts.into_iter().filter(|text| !self.held.contains_key(&text.digest())) {
            let digest = text.digest();
            match compiler.compile(text).map(Arc::new) {
                Ok(compiled) => {
                    anew.insert(digest, Held::new(compiled, said.remove(&digest).unwrap_or_default()));
                }
                Err(error) => tracing::error!(%digest, %error, "a stored agreement cannot be enforced and is left out"),
            }
        }
        let mut unplaced = HashMap::new();
        for (digest, more) in said {
            match self.held.get(&digest) {
                Some(held) => {
                    anew.insert(digest, held.with(more));
                }
                None => {
                    unplaced.insert(digest, more);
                }
            }
        }
        Self {
            revision,
            held: self.held.clone(),
            versions: self.versions.clone(),
            services: self.services.clone(),
            unplaced,
        }
        .replaced(anew)
    }

    /// With these versions in place of what was held of them. Whether one has taken another's place is seen anew in
    /// every agreement that they are versions of.
    fn replaced(mut self, mut anew: BTreeMap<AgreementDigest, Held>) -> Self {
        let ids: BTreeSet<AgreementId> = anew.values().map(|held| held.agreement().id.clone()).collect();
        for digest in ids.iter().filter_map(|id| self.versions.remove(id)).flatten() {
            if let Some(held) = self.held.get(&digest) {
                anew.entry(digest).or_insert_with(|| held.with(Vec::new()));
            }
        }
        let mut held: Vec<Held> = anew.into_values().collect();
        held.sort_by_cached_key(|held| (held.agreement().id.clone(), held.agreement().version, held.digest()));
        supersede(&mut held);
        for held in held {
            let digest = held.digest();
            self.versions.entry(held.agreement().id.clone()).or_default().push(digest);
            for grant in &held.agreement().grants {
                self.services.entry(grant.service.clone()).or_default().insert(digest);
            }
            self.held.insert(digest, Arc::new(held));
        }
        self
    }

    pub(super) fn versions(&self, id: &AgreementId) -> Vec<Arc<Held>> {
        let digests = self.versions.get(id).map_or(&[][..], Vec::as_slice);
        digests.iter().filter_map(|digest| self.held.get(digest)).cloned().collect()
    }

    pub(super) fn by_service(&self, service: &ServiceId) -> impl Iterator<Item = &Arc<Held>> {
        self.services.get(service).into_iter().flatten().filter_map(|digest| self.held.get(digest))
    }
}

/// Tells each version the first day on which a later version of the same agreement took its place.
/// Expects them sorted by agreement and version.
fn supersede(held: &mut [Held]) {
    for index in 0..held.len() {
        let (earlier, later) = held.split_at_mut(index + 1);
        let Some(this) = earlier.last_mut() else { continue };
        let (id, version) = (&this.compiled.agreement().id, this.compiled.agreement().version);
        let same = later.iter().take_while(|later| later.agreement().id == *id);
        let newer = same.filter(|later| later.agreement().version > version);
        this.superseded_on = newer.filter_map(|later| later.standing.takes_over_on()).min();
    }
}
