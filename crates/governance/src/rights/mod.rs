//! What people ask of the organisation by right: their data, a correction, a complaint answered, information.
//!
//! A request is what was received and its timeline; state, clock and schedule of exemptions are folded from them. Who
//! asked is personal data: it stands in the document alone and can be forgotten once the request is answered.

mod fold;
mod step;

use std::collections::BTreeSet;

use jiff::Timestamp;
use packhorse_model::ExchangeId;
use packhorse_store::{Listing, Store};
use serde::{Deserialize, Serialize};

pub use fold::{Case, Exemption, Search, State};
pub use step::Step;

use crate::clock::{Duty, Nation};
use crate::filing::{Entry, Filed, Filing, Found, Sought, tag, text, word};
use crate::{GovernanceError, Result};

/// Most entries of one timeline.
const ENTRIES_LIMIT: usize = 2000;
/// Most bytes of what was asked.
const TEXT_LIMIT: usize = 10_000;
/// Most bytes of a line.
const LINE_LIMIT: usize = 300;

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A copy of one's data (UK GDPR Art. 15).
    SubjectAccess,
    /// A correction (Art. 16).
    Rectification,
    /// Erasure (Art. 17).
    Erasure,
    /// Restriction (Art. 18).
    Restriction,
    /// Portability (Art. 20).
    Portability,
    /// An objection (Art. 21).
    Objection,
    /// A complaint about data protection (Data Protection Act 2018 s.164A).
    Complaint,
    /// Freedom of information.
    FreedomOfInformation,
    /// Environmental information.
    EnvironmentalInformation,
    /// A second look at an answer about information.
    InternalReview,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 10] = [
        Self::SubjectAccess,
        Self::Rectification,
        Self::Erasure,
        Self::Restriction,
        Self::Portability,
        Self::Objection,
        Self::Complaint,
        Self::FreedomOfInformation,
        Self::EnvironmentalInformation,
        Self::InternalReview,
    ];

    /// Its clock.
    #[must_use]
    pub const fn duty(self) -> Duty {
        match self {
            Self::Complaint => Duty::Complaint,
            Self::FreedomOfInformation => Duty::FreedomOfInformation,
            Self::EnvironmentalInformation => Duty::EnvironmentalInformation,
            Self::InternalReview => Duty::InternalReview,
            _ => Duty::RightsRequest,
        }
    }

    /// Whether it is a right of a person over data about them: then it matters who asks.
    #[must_use]
    pub fn is_personal(self) -> bool {
        self.duty() == Duty::RightsRequest
    }
}

/// What was received.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Received {
    /// What is asked for.
    pub kind: Kind,
    /// In the person's words.
    pub what: String,
    /// Who asks and how to reach them; forgotten later.
    #[serde(default)]
    pub requester: String,
    /// How it came: letter, e-mail, form, in person.
    pub channel: String,
    /// When it was received.
    pub received_at: Timestamp,
    /// Whether it must be found out first who they are: the clock of a right starts then.
    #[serde(default)]
    pub identity_needed: bool,
    /// The exchange it is about, where it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exchange: Option<ExchangeId>,
}

/// A request as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// Its id, opaque.
    pub id: ExchangeId,
    /// What was received.
    pub received: Received,
    /// Who entered it.
    pub entered_by: String,
    /// When.
    pub entered_at: Timestamp,
    /// Whose bank holidays count.
    pub nation: Nation,
    /// What was done since.
    pub timeline: Vec<Entry<Step>>,
    /// Since when it is forgotten who asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forgotten_at: Option<Timestamp>,
}

impl Filed for Request {
    const KIND: &'static str = "rights-request";
    const CALLED: &'static str = "request";
    const LISTED: i64 = 1;

    fn listing(&self) -> Listing {
        let mut tags = BTreeSet::from([tag("kind", word(&self.received.kind))]);
        if let Ok(case) = Case::fold(self.clone()) {
            tags.extend(case.tags());
        }
        let Received { kind, what, requester, channel, .. } = &self.received;
        let text = format!("{requester} {} {channel} {} {what}", word(kind), self.id);
        Listing { place: self.received.received_at.as_millisecond(), tags, text, ..Listing::default() }
    }
}

impl Received {
    fn checked(mut self, now: Timestamp) -> Result<Self> {
        self.what = text("request", &self.what, TEXT_LIMIT, true)?;
        self.requester = text("requester", &self.requester, LINE_LIMIT, false)?;
        self.channel = text("channel", &self.channel, LINE_LIMIT, true)?;
        if self.received_at > now {
            return Err(GovernanceError::act("it cannot have been received in the future", "give the day it was"));
        }
        if self.identity_needed && !self.kind.is_personal() {
            let problem = "who asks for information need not say who they are";
            return Err(GovernanceError::act(problem, "leave identity out: the clock runs already"));
        }
        Ok(self)
    }
}

/// The requests to an organisation.
#[derive(Debug, Clone, Copy)]
pub struct Requests<'a> {
    filing: Filing<'a>,
}

impl<'a> Requests<'a> {
    /// Requests in a store.
    #[must_use]
    pub fn new(store: &'a Store) -> Self {
        Self { filing: Filing::new(store) }
    }

    /// Takes a request in.
    ///
    /// # Errors
    /// When it says nothing, or was received in the future; else as the store fails.
    pub async fn receive(&self, received: Received, by: &str, nation: Nation, now: Timestamp) -> Result<Case> {
        let request = Request {
            id: ExchangeId::random(),
            received: received.checked(now)?,
            entered_by: by.to_owned(),
            entered_at: now,
            nation,
            timeline: Vec::new(),
            forgotten_at: None,
        };
        self.filing.make(&request.id.to_string(), &request).await?;
        Case::fold(request)
    }

    /// Does one step; nothing when there is no such request.
    ///
    /// # Errors
    /// When the request does not allow it; else as the store fails.
    pub async fn step(&self, id: ExchangeId, step: &Step, by: &str, now: Timestamp) -> Result<Option<Case>> {
        let key = id.to_string();
        let changed = self.filing.change(&key, |request: &mut Request| {
            if request.timeline.len() >= ENTRIES_LIMIT {
                return Err(GovernanceError::act("the timeline is full", "answer the request"));
            }
            let step = step.clone().checked(now)?;
            if matches!(step, Step::Forget) {
                request.requester_forgotten(now);
            }
            request.timeline.push(Entry { at: now, by: by.to_owned(), step });
            // What does not fold is not kept.
            Case::fold(request.clone()).map(|_| ())
        });
        changed.await?.map(Case::fold).transpose()
    }

    /// One request.
    ///
    /// # Errors
    /// As the store fails.
    pub async fn get(&self, id: ExchangeId) -> Result<Option<Case>> {
        self.filing.get::<Request>(&id.to_string()).await?.map(Case::fold).transpose()
    }

    /// A page of the requests by when they were received, the newest first. They are sought by `kind`, `state` and `clock`
    /// (`met`, `late`, or `open`). Nothing when there is no request `after`.
    ///
    /// # Errors
    /// As the store fails.
    pub async fn find(&self, sought: &Sought, after: Option<&str>, limit: u32) -> Result<Option<Found<Case>>> {
        let found = self.filing.find::<Request>(sought, after, limit).await?;
        found.map(|found| found.make(Case::fold)).transpose()
    }

    /// How many are found.
    ///
    /// # Errors
    /// As the store fails.
    pub async fn count(&self, sought: &Sought) -> Result<u64> {
        self.filing.count::<Request>(sought).await
    }

    /// Every one that is found, the newest first.
    ///
    /// # Errors
    /// As the store fails.
    pub async fn each(&self, sought: &Sought) -> Result<Vec<Case>> {
        self.filing.each::<Request>(sought).await?.into_iter().map(Case::fold).collect()
    }
}

impl Request {
    /// Who asked, in what words, and what was noted on the way: any of it may name somebody.
    fn requester_forgotten(&mut self, now: Timestamp) {
        self.received.requester = String::new();
        self.received.what = "forgotten".to_owned();
        self.forgotten_at = Some(now);
        for entry in &mut self.timeline {
            entry.step.forget();
        }
    }
}
