//! Incidents with personal data: reported by anybody in three fields, then led by governance to its end.
//!
//! What happened to an incident is its timeline; everything else is folded from it, so that nothing in the
//! log of Article 33(5) can be changed unseen. Drills go the same way, marked. Nothing here knows a socket: partners
//! are told by the gateway.

mod fold;
mod step;

use std::collections::BTreeSet;

use jiff::Timestamp;
use packhorse_model::ExchangeId;
use packhorse_store::{Listing, Store};
use serde::{Deserialize, Serialize};

pub use fold::{Assessment, Case, PartnerTold, State, Told};
pub use step::{Kind, Link, Nature, Risk, Step};

use crate::clock::Nation;
use crate::filing::{Entry, Filed, Filing, Found, Sought, tag, text, word};
use crate::{GovernanceError, Result};

/// Most entries of one timeline.
const ENTRIES_LIMIT: usize = 1000;
/// Most bytes of a report's text.
const TEXT_LIMIT: usize = 5000;

/// What somebody reports, in under a minute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// What happened, in plain words.
    pub what: String,
    /// What kind of thing.
    pub kind: Kind,
    /// When the reporter noticed it: the organisation is aware from then on.
    pub noticed_at: Timestamp,
    /// Whether it is an exercise.
    #[serde(default)]
    pub drill: bool,
    /// The exchange it is about, when it was reported from one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exchange: Option<ExchangeId>,
}

/// An incident as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Incident {
    /// Its id, opaque.
    pub id: ExchangeId,
    /// What was reported.
    pub report: Report,
    /// Who reported it.
    pub reported_by: String,
    /// When.
    pub reported_at: Timestamp,
    /// Whose bank holidays count.
    pub nation: Nation,
    /// What was done since.
    pub timeline: Vec<Entry<Step>>,
}

impl Filed for Incident {
    const KIND: &'static str = "incident";
    const CALLED: &'static str = "incident";
    const LISTED: i64 = 1;

    fn listing(&self) -> Listing {
        let mut tags = BTreeSet::from([
            tag("kind", word(&self.report.kind)),
            tag("drill", self.report.drill),
            tag("by", &self.reported_by),
        ]);
        if let Ok(case) = Case::fold(self.clone()) {
            tags.extend(case.tags());
        }
        let text = format!("{} {} {}", self.report.what, word(&self.report.kind), self.id);
        Listing { place: self.reported_at.as_millisecond(), tags, text, ..Listing::default() }
    }
}

impl Report {
    fn checked(mut self, now: Timestamp) -> Result<Self> {
        self.what = text("report", &self.what, TEXT_LIMIT, true)?;
        if self.noticed_at > now {
            return Err(GovernanceError::act("it cannot have been noticed in the future", "give the time it was"));
        }
        Ok(self)
    }
}

/// The incidents of an organisation.
#[derive(Debug, Clone, Copy)]
pub struct Incidents<'a> {
    filing: Filing<'a>,
}

impl<'a> Incidents<'a> {
    /// Incidents in a store.
    #[must_use]
    pub fn new(store: &'a Store) -> Self {
        Self { filing: Filing::new(store) }
    }

    /// Takes a report in.
    ///
    /// # Errors
    /// When it says nothing, or was noticed in the future; else as the store fails.
    pub async fn report(&self, report: Report, by: &str, nation: Nation, now: Timestamp) -> Result<Case> {
        let report = report.checked(now)?;
        let id = ExchangeId::random();
        let reported_by = by.to_owned();
        let incident = Incident { id, report, reported_by, reported_at: now, nation, timeline: Vec::new() };
        self.filing.make(&id.to_string(), &incident).await?;
        Case::fold(incident)
    }

    /// Does one step.
    ///
    /// # Errors
    /// When the incident does not allow it; nothing when there is no such incident; else as the store fails.
    pub async fn step(&self, id: ExchangeId, step: &Step, by: &str, now: Timestamp) -> Result<Option<Case>> {
        let key = id.to_string();
        let changed = self.filing.change(&key, |incident: &mut Incident| {
            if incident.timeline.len() >= ENTRIES_LIMIT {
                return Err(GovernanceError::act("the timeline is full", "close the incident and open another"));
            }
            let step = step.clone().checked()?;
            incident.timeline.push(Entry { at: now, by: by.to_owned(), step });
            // What does not fold is not kept.
            Case::fold(incident.clone()).map(|_| ())
        });
        changed.await?.map(Case::fold).transpose()
    }

    /// One incident.
    ///
    /// # Errors
    /// As the store fails.
    pub async fn get(&self, id: ExchangeId) -> Result<Option<Case>> {
        self.filing.get::<Incident>(&id.to_string()).await?.map(Case::fold).transpose()
    }

    /// A page of the incidents by when they were reported, the newest first. They are sought by `state`, `kind`, `drill`
    /// (true or false), `by`, `regulator` (`met`, `late`: told in time or not), `people` (told), and by whether there are
    /// `lessons` or open `actions`. Nothing when there is no incident `after`.
    ///
    /// # Errors
    /// As the store fails.
    pub async fn find(&self, sought: &Sought, after: Option<&str>, limit: u32) -> Result<Option<Found<Case>>> {
        let found = self.filing.find::<Incident>(sought, after, limit).await?;
        found.map(|found| found.make(Case::fold)).transpose()
    }

    /// How many are found.
    ///
    /// # Errors
    /// As the store fails.
    pub async fn count(&self, sought: &Sought) -> Result<u64> {
        self.filing.count::<Incident>(sought).await
    }

    /// Every one that is found, the newest first.
    ///
    /// # Errors
    /// As the store fails.
    pub async fn each(&self, sought: &Sought) -> Result<Vec<Case>> {
        self.filing.each::<Incident>(sought).await?.into_iter().map(Case::fold).collect()
    }
}
