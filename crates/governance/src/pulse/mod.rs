//! The pulse survey of a minute: does the front line know what the top says is done?
//!
//! Answers are added to counters of tier and department as they come and kept nowhere else; beside them only that
//! somebody has answered, so that nobody does twice. Results are given when a survey is closed, not while it runs:
//! two looks at a running one would tell what the person between them said.

mod disclosure;

use std::collections::BTreeMap;

use jiff::Timestamp;
use packhorse_keys::sha256;
use packhorse_model::ExchangeId;
use packhorse_store::{Store, StoreError};
use serde::{Deserialize, Serialize};

pub use disclosure::{FEWEST, Group, Shown, shown};

use crate::filing::{Filed, Filing, text};
use crate::{GovernanceError, Result};

/// Most surveys.
const WAVES_LIMIT: usize = 400;
/// Most bytes of a title.
const TITLE_LIMIT: usize = 200;

/// What is asked, with the figure of 2009 that it is held against.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Question {
    /// Does your organisation have an information charter? (B6)
    Charter,
    /// Does it have an information risk policy? (B7)
    RiskPolicy,
    /// Do you know how to report an incident with personal data? (B8)
    IncidentRoute,
    /// Were you trained in handling personal data in the last year? (B9)
    Training,
    /// Did you send personal data by post, courier or USB stick in the last month? (B1)
    Post,
}

impl Question {
    /// Every question, in the order asked.
    pub const ALL: [Self; 5] = [Self::Charter, Self::RiskPolicy, Self::IncidentRoute, Self::Training, Self::Post];

    /// As it is asked.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Charter => {
                "Does your organisation have an information charter that tells people how their data is handled?"
            }
            Self::RiskPolicy => "Does your organisation have an information risk policy?",
            Self::IncidentRoute => "Do you know how to report a loss or leak of personal data?",
            Self::Training => "Were you trained in handling personal data in the last 12 months?",
            Self::Post => "In the last month, did you send personal data by post, courier or USB stick?",
        }
    }
}

/// An answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// Yes.
    Yes,
    /// No.
    No,
    /// Don't know.
    DontKnow,
}

/// One survey.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wave {
    /// Its id, opaque.
    pub id: ExchangeId,
    /// What it is called: "Autumn 2026".
    pub title: String,
    /// Since when it runs.
    pub opened_at: Timestamp,
    /// Since when it is over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed_at: Option<Timestamp>,
}

impl Filed for Wave {
    const KIND: &'static str = "pulse-wave";
    const CALLED: &'static str = "survey";
}

/// How many gave each answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tally {
    /// Yes.
    pub yes: u64,
    /// No.
    pub no: u64,
    /// Don't know.
    pub dont_know: u64,
}

impl Tally {
    fn add(&mut self, answer: Answer) {
        *match answer {
            Answer::Yes => &mut self.yes,
            Answer::No => &mut self.no,
            Answer::DontKnow => &mut self.dont_know,
        } += 1;
    }

    /// Adds another's.
    pub fn merge(&mut self, other: Self) {
        self.yes += other.yes;
        self.no += other.no;
        self.dont_know += other.dont_know;
    }
}

/// The counters of one tier in one department.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cell {
    /// The survey.
    pub wave: ExchangeId,
    /// The tier.
    pub tier: String,
    /// The department.
    pub department: String,
    /// How many have answered.
    pub answers: u64,
    /// What they said.
    pub tallies: BTreeMap<Question, Tally>,
}

impl Filed for Cell {
    const KIND: &'static str = "pulse-count";
    const CALLED: &'static str = "survey's count";
}

/// That somebody has answered; not what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Answered {}

impl Filed for Answered {
    const KIND: &'static str = "pulse-answered";
    const CALLED: &'static str = "survey's list of who has answered";
}

/// Where somebody works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Their tier.
    pub tier: String,
    /// Their department.
    pub department: String,
}

/// The surveys of an organisation.
#[derive(Debug, Clone, Copy)]
pub struct Pulse<'a> {
    filing: Filing<'a>,
    store: &'a Store,
}

impl<'a> Pulse<'a> {
    /// Surveys in a store.
    #[must_use]
    pub fn new(store: &'a Store) -> Self {
        Self { filing: Filing::new(store), store }
    }

    /// Opens a survey. One runs at a time.
    ///
    /// # Errors
    /// When another one runs, or it has no title; else as the store fails.
    pub async fn open(&self, title: &str, now: Timestamp) -> Result<Wave> {
        let title = text("title", title, TITLE_LIMIT, true)?;
        let waves = self.waves().await?;
        if waves.iter().any(|wave| wave.closed_at.is_none()) || waves.len() >= WAVES_LIMIT {
            return Err(no("a survey runs already", "close it first"));
        }
        let wave = Wave { id: ExchangeId::random(), title, opened_at: now, closed_at: None };
        self.filing.make(&wave.id.to_string(), &wave).await?;
        Ok(wave)
    }

    /// Ends a survey for good; nothing when there is no such survey.
    ///
    /// # Errors
    /// When it has ended; else as the store fails.
    pub async fn close(&self, id: ExchangeId, now: Timestamp) -> Result<Option<Wave>> {
        self.filing
            .change(&id.to_string(), |wave: &mut Wave| {
                if wave.closed_at.is_some() {
                    return Err(no("the survey is over", "open another one"));
                }
                wave.closed_at = Some(now);
                Ok(())
            })
            .await
    }

    /// Every survey, the newest first.
    ///
    /// # Errors
    /// As the store fails.
    pub async fn waves(&self) -> Result<Vec<Wave>> {
        let mut waves = self.filing.all::<Wave>().await?;
        waves.sort_by_key(|wave| std::cmp::Reverse(wave.opened_at));
        Ok(waves)
    }

    /// The survey that runs.
    ///
    /// # Errors
    /// As the store fails.
    pub async fn running(&self) -> Result<Option<Wave>> {
        Ok(self.waves().await?.into_iter().find(|wave| wave.closed_at.is_none()))
    }

    /// Whether somebody has answered.
    ///
    /// # Errors
    /// As the store fails.
    pub async fn has_answered(&self, wave: ExchangeId, person: &str) -> Result<bool> {
        Ok(self.filing.get::<Answered>(&mark(wave, person)).await?.is_some())
    }

    /// Counts somebody's answers.
    ///
    /// # Errors
    /// When a question is left out, they have answered before, or the survey is over; else as the store fails.
    pub async fn answer(
        &self,
        id: ExchangeId,
        person: &str,
        place: &Place,
        answers: &BTreeMap<Question, Answer>,
    ) -> Result<()> {
        if Question::ALL.iter().any(|question| !answers.contains_key(question)) {
            return Err(no("a question is not answered", "answer all five; “don't know” is an answer"));
        }
        let wave = self.filing.get::<Wave>(&id.to_string()).await?;
        if wave.is_none_or(|wave| wave.closed_at.is_some()) {
            return Err(no("this survey does not run", "answer the one that does"));
        }
        // First, and once: of two answers at the same time one counts.
        match self.filing.make(&mark(id, person), &Answered {}).await {
            Err(GovernanceError::Store(StoreError::Conflict)) => {
                return Err(no("you have answered this survey", "wait for the next one"));
            }
            other => other?,
        }
        let counted = self.count(id, place, answers).await;
        if counted.is_err() {
            // Not counted: they may try again.
            self.store.documents().delete(Answered::KIND, &mark(id, person), None).await?;
        }
        counted
    }

    async fn count(&self, wave: ExchangeId, place: &Place, answers: &BTreeMap<Question, Answer>) -> Result<()> {
        let key = cell_key(wave, place);
        let Place { tier, department } = place.clone();
        let empty = Cell { wave, tier, department, answers: 0, tallies: BTreeMap::new() };
        match self.filing.make(&key, &empty).await {
            Ok(()) | Err(GovernanceError::Store(StoreError::Conflict)) => {}
            Err(error) => return Err(error),
        }
        self.filing
            .change(&key, |cell: &mut Cell| {
                cell.answers += 1;
                for (question, answer) in answers {
                    cell.tallies.entry(*question).or_default().add(*answer);
                }
                Ok(())
            })
            .await
            .map(|_| ())
    }

    /// The counters of a survey. Only [`shown`] makes of them what may be seen.
    ///
    /// # Errors
    /// As the store fails.
    pub async fn cells(&self, wave: ExchangeId) -> Result<Vec<Cell>> {
        self.filing.below(&format!("{wave} ")).await
    }
}

/// Not the account's id itself, which some lists show.
fn mark(wave: ExchangeId, person: &str) -> String {
    format!("{wave} {}", hex(&sha256(format!("{wave} {person}").as_bytes())))
}

fn cell_key(wave: ExchangeId, place: &Place) -> String {
    format!("{wave} {}", hex(&sha256(format!("{}\n{}", place.tier, place.department).as_bytes())))
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().take(16).fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn no(problem: &str, remedy: &'static str) -> GovernanceError {
    GovernanceError::act(problem, remedy)
}
