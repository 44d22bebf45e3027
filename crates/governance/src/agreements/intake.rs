//! What other parties send: texts and statements, taken in only behind every check.
//!
//! A bundle may repeat what is known, and may hold statements that do not count: those are left out
//! and named, the rest is kept. Bounds keep a hostile member from filling the store.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use packhorse_model::agreement::{
    Act, AgreementBundle, AgreementEvent, AgreementStatement, AgreementText, TextError, check,
};
use packhorse_model::organisation::Members;
use packhorse_model::{AgreementDigest, OrganisationId};

use super::Agreements;
use super::snapshot::Held;
use crate::agreement::sign::{Flaw, Rejected, Verified, verify};
use crate::{GovernanceError, Result};

/// Most bytes of a bundle: one text and what a thousand parties say about it.
pub const BUNDLE_LIMIT: usize = 4 << 20;
const TEXTS_LIMIT: usize = 16;
const STATEMENTS_LIMIT: usize = 5000;
/// Texts not yet signed by everybody that one organisation may have lying here.
const OPEN_PROPOSALS_LIMIT: usize = 100;
/// Statements of one party about one text; its end is taken in always.
const WORDS_LIMIT: usize = 100;

/// What came of a bundle.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Texts that were not known.
    pub new_texts: Vec<AgreementDigest>,
    /// How many statements were not known.
    pub new_statements: usize,
    /// Statements that do not count.
    pub rejected: Vec<Rejected>,
}

impl Outcome {
    /// Whether anything changed here.
    #[must_use]
    pub fn changed(&self) -> bool {
        !self.new_texts.is_empty() || self.new_statements > 0
    }
}

/// Reads a bundle as it came.
///
/// # Errors
/// [`GovernanceError::Text`] when it is too long or malformed.
pub fn read_bundle(bytes: &[u8]) -> Result<AgreementBundle> {
    if bytes.len() > BUNDLE_LIMIT {
        return Err(TextError::TooLong.into());
    }
    serde_json::from_slice(bytes).map_err(|error| {
        let place = format!("line {} column {} of the bundle", error.line(), error.column());
        TextError::Field(place).into()
    })
}

impl Agreements {
    /// Takes a bundle in.
    ///
    /// # Errors
    /// [`GovernanceError::Act`] above a bound or for a version that may not be, [`GovernanceError::NotParty`],
    /// [`GovernanceError::Incomplete`] or [`GovernanceError::Policy`] for a text that cannot be held;
    /// else as the store fails. Nothing of a text that is refused is kept.
    pub async fn import(&self, bundle: AgreementBundle, members: &dyn Members, now: Timestamp) -> Result<Outcome> {
        if bundle.texts.len() > TEXTS_LIMIT || bundle.statements.len() > STATEMENTS_LIMIT {
            return Err(GovernanceError::act(
                "the bundle has too many texts or statements",
                "send one agreement at a time",
            ));
        }
        let mut outcome = Outcome::default();
        let taken = self.take_all_in(bundle, (members, now), &mut outcome).await;
        // What was kept before something was refused counts too.
        if outcome.changed() {
            self.refresh().await?;
        }
        taken.map(|()| outcome)
    }

    async fn take_all_in(
        &self,
        bundle: AgreementBundle,
        directory: (&dyn Members, Timestamp),
        outcome: &mut Outcome,
    ) -> Result<()> {
        let mut events = bundle.statements;
        for text in bundle.texts {
            let digest = text.digest();
            let (about, rest) = events.into_iter().partition(|event| event.statement().digest == digest);
            events = rest;
            self.take_in(text, about, directory, outcome).await?;
        }
        // What is left is about texts that were not sent: they may be held already.
        let mut about: BTreeMap<AgreementDigest, Vec<AgreementEvent>> = BTreeMap::new();
        for event in events {
            about.entry(event.statement().digest).or_default().push(event);
        }
        for (digest, events) in about {
            match self.find(&digest) {
                Some(held) => self.take_in(held.text().clone(), events, directory, outcome).await?,
                None => {
                    outcome.rejected.extend(events.iter().map(|event| rejected(event.statement(), Flaw::OtherText)))
                }
            }
        }
        Ok(())
    }

    async fn take_in(
        &self,
        text: AgreementText,
        events: Vec<AgreementEvent>,
        (members, now): (&dyn Members, Timestamp),
        outcome: &mut Outcome,
    ) -> Result<()> {
        let digest = text.digest();
        let held = self.find(&digest);
        let said = self.counting(&text, events, held.as_deref(), (members, now), outcome);
        if held.is_none() {
            self.check_new(&text, &said)?;
            if self.keep_text(&text).await? {
                outcome.new_texts.push(digest);
            }
        }
        for statement in &said {
            outcome.new_statements += usize::from(self.keep_statement(statement).await?);
        }
        Ok(())
    }

    /// The statements that count and are not known yet.
    fn counting(
        &self,
        text: &AgreementText,
        events: Vec<AgreementEvent>,
        held: Option<&Held>,
        (members, now): (&dyn Members, Timestamp),
        outcome: &mut Outcome,
    ) -> Vec<Verified> {
        let known: BTreeSet<&str> =
            held.iter().flat_map(|held| held.statements()).map(|said| said.event().as_str()).collect();
        let mut counting: Vec<Verified> = Vec::new();
        for event in events {
            if known.contains(event.as_str()) {
                continue;
            }
            let by = &event.statement().organisation;
            let own_words = |said: &&Verified| said.statement().organisation == *by;
            let words = held.iter().flat_map(|held| held.statements()).chain(&counting).filter(own_words).count();
            let ends = matches!(event.statement().act, Act::Ended { .. });
            if words > WORDS_LIMIT || (words == WORDS_LIMIT && !ends) {
                outcome.rejected.push(rejected(event.statement(), Flaw::TooMany));
                continue;
            }
            match verify(text, event, members, now) {
                Ok(verified) => counting.push(verified),
                Err(flaw) => outcome.rejected.push(flaw),
            }
        }
        counting
    }

    /// Whether a text that is not known may be held: it names us, is complete, can be enforced, and a
    /// party that may do so proposed it.
    fn check_new(&self, text: &AgreementText, said: &[Verified]) -> Result<()> {
        self.check_party(text)?;
        let findings = check(text.agreement());
        if !findings.is_empty() {
            return Err(GovernanceError::Incomplete(findings));
        }
        let proposed = said.iter().map(Verified::statement).find(|statement| statement.act == Act::Proposed);
        let Some(proposer) = proposed.map(|statement| &statement.organisation) else {
            return Err(GovernanceError::act("no party proposed the text", "let the proposing party send it"));
        };
        self.check_lineage(text, proposer)?;
        self.check_flood(proposer)?;
        self.compiler.compile(text.clone()).map(|_| ())
    }

    fn check_flood(&self, proposer: &OrganisationId) -> Result<()> {
        let open = |held: &&Arc<Held>| !held.standing().unsigned().is_empty();
        let theirs = |held: &&Arc<Held>| held.standing().proposed_by() == Some(proposer);
        if self.list().iter().filter(open).filter(theirs).count() >= OPEN_PROPOSALS_LIMIT {
            let problem = format!("{proposer} has {OPEN_PROPOSALS_LIMIT} open proposals here");
            return Err(GovernanceError::act(problem, "settle those first"));
        }
        Ok(())
    }
}

fn rejected(statement: &AgreementStatement, why: Flaw) -> Rejected {
    Rejected { organisation: statement.organisation.clone(), why }
}
