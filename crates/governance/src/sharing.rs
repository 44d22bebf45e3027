//! The log of decisions to share or to withhold: what was asked, what was weighed, what was decided and why.
//!
//! A decision is written once and never changed; a later one may replace it. Withholding needs a reason as much as
//! sharing does. About children the duty is to share (Children's Wellbeing and Schools Act): only that sharing would
//! be more detrimental to the child stands against it.

use std::collections::BTreeSet;

use jiff::Timestamp;
use packhorse_model::ExchangeId;
use packhorse_store::{Listing, Store};
use serde::{Deserialize, Serialize};

use crate::filing::{Filed, Filing, Found, Sought, tag, text, word};
use crate::{GovernanceError, Result};

/// Most bytes of one text.
const TEXT_LIMIT: usize = 5000;
/// Most bytes of a line.
const LINE_LIMIT: usize = 300;

/// What was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It is shared.
    Share,
    /// It is withheld.
    Withhold,
}

/// An answer with its reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Test {
    /// The answer.
    pub answer: bool,
    /// Why.
    pub reason: String,
}

/// Why a child's consistent identifier is not included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AbsentReason {
    /// The child has none.
    NotAllocated,
    /// It is not known, and finding it would cause unreasonable delay.
    UnknownDelay,
    /// Including it would be more detrimental to the child.
    Detrimental,
    /// It would not help.
    NotRelevant,
}

/// The duty to share information about children.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChildTests {
    /// Is it relevant to safeguarding or welfare?
    pub relevance: Test,
    /// May it help the recipient's functions?
    pub facilitates_function: Test,
    /// Would sharing be more detrimental to the child than not sharing?
    pub detriment: Test,
    /// Whether the consistent identifier is included. The identifier itself is not kept here.
    pub consistent_identifier: bool,
    /// Why not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub absent_reason: Option<AbsentReason>,
}

/// What somebody writes down: the request and decision form of the data sharing code (Annex B).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Form {
    /// When it was considered.
    pub considered_at: Timestamp,
    /// The name of who decided.
    pub name: String,
    /// Their position.
    pub position: String,
    /// The case's reference; no name.
    pub subject_ref: String,
    /// Who asks, or is to be given it.
    pub recipient: String,
    /// Name and position of the requester there, where somebody asked.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub requester: String,
    /// What data, in words.
    pub data: String,
    /// What for.
    pub purpose: String,
    /// The lawful basis and, where there is one, the legal power.
    pub lawful_basis: String,
    /// Why sharing is necessary, or is not.
    pub necessity: String,
    /// What was considered for special category and criminal data.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub conditions: String,
    /// Whether an impact assessment was considered, and the data protection officer's view.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub dpia: String,
    /// Retention, deletion, security, the person's rights.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub arrangements: String,
    /// The duty about children, where it applies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub child: Option<ChildTests>,
    /// What was decided.
    pub decision: Verdict,
    /// What speaks for sharing.
    pub reasons_for: String,
    /// What speaks against.
    pub reasons_against: String,
    /// Why it was decided so.
    pub reason: String,
    /// The exchange by which it was shared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exchange: Option<ExchangeId>,
    /// The decision that this one replaces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<ExchangeId>,
}

/// A decision as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SharingDecision {
    /// Its id, opaque.
    pub id: ExchangeId,
    /// Who wrote it down: an account's id, or an operator's name.
    pub recorded_by: String,
    /// When.
    pub recorded_at: Timestamp,
    /// What.
    pub form: Form,
}

impl Filed for SharingDecision {
    const KIND: &'static str = "sharing-decision";
    const CALLED: &'static str = "decision";
    const LISTED: i64 = 1;

    fn listing(&self) -> Listing {
        let Form { subject_ref, recipient, data, purpose, name, .. } = &self.form;
        let tags = BTreeSet::from([
            tag("decision", word(&self.form.decision)),
            tag("by", &self.recorded_by),
            tag("child", self.form.child.is_some()),
        ]);
        let text = format!("{subject_ref} {} {recipient} {name} {data} {purpose}", self.id);
        Listing { place: self.recorded_at.as_millisecond(), tags, text, ..Listing::default() }
    }
}

impl Form {
    /// The form with its texts in bounds and its answers in agreement with the decision.
    ///
    /// # Errors
    /// When something is missing, or the decision contradicts the answers.
    pub fn checked(mut self, now: Timestamp) -> Result<Self> {
        if self.considered_at > now {
            return Err(no("it cannot have been considered in the future", "give the time it was"));
        }
        for (what, line, must) in [
            ("name", &mut self.name, true),
            ("position", &mut self.position, true),
            ("case reference", &mut self.subject_ref, true),
            ("recipient", &mut self.recipient, true),
            ("requester", &mut self.requester, false),
        ] {
            *line = text(what, line, LINE_LIMIT, must)?;
        }
        for (what, said, must) in [
            ("data", &mut self.data, true),
            ("purpose", &mut self.purpose, true),
            ("lawful basis", &mut self.lawful_basis, true),
            ("necessity", &mut self.necessity, true),
            ("conditions", &mut self.conditions, false),
            ("impact assessment", &mut self.dpia, false),
            ("arrangements", &mut self.arrangements, false),
            ("reasons for sharing", &mut self.reasons_for, true),
            ("reasons against sharing", &mut self.reasons_against, true),
            ("reason for the decision", &mut self.reason, true),
        ] {
            *said = text(what, said, TEXT_LIMIT, must)?;
        }
        if let Some(child) = &mut self.child {
            child.check(self.decision)?;
        }
        if self.decision == Verdict::Withhold && self.exchange.is_some() {
            return Err(no("what is withheld has no exchange", "leave the exchange out, or say that it was shared"));
        }
        Ok(self)
    }
}

impl ChildTests {
    fn check(&mut self, decision: Verdict) -> Result<()> {
        for test in [&mut self.relevance, &mut self.facilitates_function, &mut self.detriment] {
            test.reason = text("reason of a test's answer", &test.reason, TEXT_LIMIT, true)?;
        }
        let duty = self.relevance.answer && self.facilitates_function.answer && !self.detriment.answer;
        if duty && decision == Verdict::Withhold {
            let problem =
                "the answers say that the duty to share about a child applies, and the decision is to withhold";
            return Err(no(problem, "share it, or answer why sharing would be more detrimental to the child"));
        }
        if self.detriment.answer && decision == Verdict::Share {
            let problem = "the answers say that sharing would be more detrimental to the child than not sharing";
            return Err(no(problem, "withhold it, or weigh the detriment again"));
        }
        match (decision, self.consistent_identifier, self.absent_reason) {
            (Verdict::Share, false, None) => {
                Err(no("the child's consistent identifier is missing without a reason", "include it, or say why not"))
            }
            (_, true, Some(_)) => Err(no("the identifier is included and absent", "leave the reason out")),
            _ => Ok(()),
        }
    }
}

/// The log of an organisation's decisions.
#[derive(Debug, Clone, Copy)]
pub struct DecisionLog<'a> {
    filing: Filing<'a>,
}

impl<'a> DecisionLog<'a> {
    /// Decisions in a store.
    #[must_use]
    pub fn new(store: &'a Store) -> Self {
        Self { filing: Filing::new(store) }
    }

    /// Writes a decision down.
    ///
    /// # Errors
    /// As [`Form::checked`]; when what it replaces is not there; else as the store fails.
    pub async fn record(&self, form: Form, by: &str, now: Timestamp) -> Result<SharingDecision> {
        let form = form.checked(now)?;
        if let Some(former) = &form.replaces
            && self.get(*former).await?.is_none()
        {
            return Err(no("the decision that it replaces is not here", "look it up in the log"));
        }
        let id = ExchangeId::random();
        let decision = SharingDecision { id, recorded_by: by.to_owned(), recorded_at: now, form };
        self.filing.make(&id.to_string(), &decision).await?;
        Ok(decision)
    }

    /// Notes by which exchange it was shared, once.
    ///
    /// # Errors
    /// When it was withheld, or another exchange is noted; else as the store fails.
    pub async fn link(&self, id: ExchangeId, exchange: ExchangeId) -> Result<Option<SharingDecision>> {
        self.filing
            .change(&id.to_string(), |decision: &mut SharingDecision| {
                let form = &mut decision.form;
                if form.decision == Verdict::Withhold || form.exchange.is_some_and(|other| other != exchange) {
                    return Err(no("it was withheld, or shared by another exchange", "record another decision"));
                }
                form.exchange = Some(exchange);
                Ok(())
            })
            .await
    }

    /// One decision.
    ///
    /// # Errors
    /// As the store fails.
    pub async fn get(&self, id: ExchangeId) -> Result<Option<SharingDecision>> {
        self.filing.get(&id.to_string()).await
    }

    /// A page of the decisions, the newest first. They are sought by `decision`, `by` and `child` (true or false). Nothing
    /// when there is no decision `after`.
    ///
    /// # Errors
    /// As the store fails.
    pub async fn find(
        &self,
        sought: &Sought,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Option<Found<SharingDecision>>> {
        self.filing.find(sought, after, limit).await
    }

    /// How many are found.
    ///
    /// # Errors
    /// As the store fails.
    pub async fn count(&self, sought: &Sought) -> Result<u64> {
        self.filing.count::<SharingDecision>(sought).await
    }
}

fn no(problem: &str, remedy: &'static str) -> GovernanceError {
    GovernanceError::act(problem, remedy)
}
