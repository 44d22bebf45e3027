//! An incident as its timeline makes it: what is known, decided and still to be done.

use jiff::Timestamp;
use jiff::civil::Date;
use packhorse_model::{ExchangeId, OrganisationId};
use serde::{Deserialize, Serialize};

use super::step::{Link, Nature, Risk, Step};
use super::{Incident, Report};
use crate::clock::{Clock, Duty, Standing};
use crate::filing::{Entry, tag, word};
use crate::{GovernanceError, Result};

/// Most things that one incident is about.
const LINKS_LIMIT: usize = 100;
/// Most partners, and most actions.
const PARTNERS_LIMIT: usize = 100;

/// Whether it is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// It is worked on.
    Open,
    /// It is over.
    Closed,
}

/// What Article 33(3) asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Assessment {
    /// What was harmed.
    pub nature: Vec<Nature>,
    /// How great the risk is.
    pub risk: Risk,
    /// About how many people.
    pub people: u64,
    /// About how many records.
    pub records: u64,
    /// Which people, which data.
    pub categories: String,
    /// What may come of it.
    pub consequences: String,
    /// What was done, or will be.
    pub measures: String,
}

/// A decision to tell somebody, or not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Told {
    /// Whether they were told.
    pub told: bool,
    /// When it was done or decided.
    pub at: Timestamp,
    /// Why.
    pub reasoning: String,
    /// Their reference.
    pub reference: String,
    /// Why it was late.
    pub late_reason: String,
}

/// A partner that is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PartnerTold {
    /// Who.
    pub organisation: OrganisationId,
    /// What they are told.
    pub text: String,
    /// Since when it is on its way.
    pub queued_at: Timestamp,
    /// When their gateway had it.
    pub taken_at: Option<Timestamp>,
}

/// Something to be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Action {
    /// What.
    pub what: String,
    /// By whom.
    pub owner: String,
    /// By when.
    pub due_on: Date,
    /// Since when it is done.
    pub done_at: Option<Timestamp>,
}

/// An incident with what its timeline makes of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Case {
    /// Its id.
    pub id: ExchangeId,
    /// What was reported.
    pub report: Report,
    /// Who reported it.
    pub reported_by: String,
    /// When.
    pub reported_at: Timestamp,
    /// Whether it is over.
    pub state: State,
    /// The 72 hours.
    pub clock: Clock,
    /// What is known.
    pub assessment: Assessment,
    /// What it is about.
    pub links: Vec<Link>,
    /// The Commissioner.
    pub regulator: Option<Told>,
    /// The people.
    pub people: Option<Told>,
    /// Partners.
    pub partners: Vec<PartnerTold>,
    /// What is to be done.
    pub actions: Vec<Action>,
    /// What was learned.
    pub lessons: String,
    /// How it ended.
    pub outcome: String,
    /// Everything that was done, in order.
    pub timeline: Vec<Entry<Step>>,
}

impl Case {
    /// What it is found by in lists, as its timeline stands.
    pub(super) fn tags(&self) -> Vec<String> {
        let mut tags = vec![tag("state", word(&self.state))];
        // A clock that has stopped says the same at any moment.
        if self.regulator.as_ref().is_some_and(|told| told.told) {
            tags.push(tag("regulator", word(&self.clock.standing(self.reported_at))));
        }
        tags.push(tag("people", self.people.as_ref().is_some_and(|told| told.told)));
        tags.push(tag("lessons", !self.lessons.is_empty()));
        tags.push(tag("actions", self.actions.iter().any(|action| action.done_at.is_none())));
        tags
    }

    /// What an incident's timeline makes of it.
    ///
    /// # Errors
    /// When a step does not fit what was before it.
    pub fn fold(incident: Incident) -> Result<Self> {
        let Incident { id, report, reported_by, reported_at, nation, timeline } = incident;
        let clock = Clock::start(Duty::BreachNotification, nation, report.noticed_at, "noticed");
        let links = report.exchange.map(|id| Link::Exchange { id }).into_iter().collect();
        let mut case = Self {
            id,
            report,
            reported_by,
            reported_at,
            state: State::Open,
            clock,
            assessment: Assessment::default(),
            links,
            regulator: None,
            people: None,
            partners: Vec::new(),
            actions: Vec::new(),
            lessons: String::new(),
            outcome: String::new(),
            timeline: Vec::new(),
        };
        for entry in timeline {
            case.take(&entry.step, entry.at)?;
            case.timeline.push(entry);
        }
        Ok(case)
    }

    /// What still has to be done before it can be closed, in words.
    #[must_use]
    pub fn open_points(&self) -> Vec<&'static str> {
        let partners_wait = self.partners.iter().any(|partner| partner.taken_at.is_none());
        [
            (self.assessment.nature.is_empty(), "say what was harmed, for whom and how great the risk is"),
            (self.regulator.is_none(), "tell the Information Commissioner, or say why not"),
            (self.people.is_none(), "tell the people it is about, or say why not"),
            (partners_wait, "wait until the partners' gateways have taken what they are told"),
            (self.lessons.is_empty(), "say what was learned"),
        ]
        .into_iter()
        .filter_map(|(open, what)| open.then_some(what))
        .collect()
    }

    fn take(&mut self, step: &Step, at: Timestamp) -> Result<()> {
        // What a partner's gateway answers may come after the end.
        let late = matches!(step, Step::Reopen { .. } | Step::PartnerTook { .. } | Step::ActionDone { .. });
        if self.state == State::Closed && !late && !matches!(step, Step::Note { .. }) {
            return Err(no("the incident is closed", "open it again first"));
        }
        match step {
            Step::Note { .. } => Ok(()),
            Step::Assess { .. } => {
                self.assess(step);
                Ok(())
            }
            Step::Link { to } => bounded(&mut self.links, to.clone(), |links| links.contains(to), LINKS_LIMIT),
            Step::Unlink { to } => {
                self.links.retain(|link| link != to);
                Ok(())
            }
            Step::Regulator { .. } => self.regulator(step, at),
            Step::People { told, at: when, reasoning } => self.people(*told, when.unwrap_or(at), reasoning, at),
            Step::Partner { organisation, text } => {
                let partner = PartnerTold {
                    organisation: organisation.clone(),
                    text: text.clone(),
                    queued_at: at,
                    taken_at: None,
                };
                let known = |all: &Vec<PartnerTold>| all.iter().any(|other| other.organisation == *organisation);
                bounded(&mut self.partners, partner, known, PARTNERS_LIMIT)
            }
            Step::PartnerTook { organisation } => {
                let partners = self.partners.iter_mut().filter(|partner| partner.organisation == *organisation);
                partners.for_each(|partner| partner.taken_at = partner.taken_at.or(Some(at)));
                Ok(())
            }
            Step::Action { what, owner, due_on } => {
                let action = Action { what: what.clone(), owner: owner.clone(), due_on: *due_on, done_at: None };
                bounded(&mut self.actions, action, |_| false, PARTNERS_LIMIT)
            }
            Step::ActionDone { number } => {
                let action = self.actions.get_mut(*number).filter(|action| action.done_at.is_none());
                action.ok_or_else(|| no("no such action is open", "look at the list of actions"))?.done_at = Some(at);
                Ok(())
            }
            Step::Lessons { text } => {
                self.lessons.clone_from(text);
                Ok(())
            }
            Step::Close { outcome } => self.close(outcome),
            Step::Reopen { .. } => {
                self.state = State::Open;
                Ok(())
            }
        }
    }

    fn assess(&mut self, step: &Step) {
        let Step::Assess { nature, risk, people, records, categories, consequences, measures } = step else { return };
        self.assessment = Assessment {
            nature: nature.clone(),
            risk: *risk,
            people: *people,
            records: *records,
            categories: categories.clone(),
            consequences: consequences.clone(),
            measures: measures.clone(),
        };
    }

    /// Art. 33(1): told later than 72 hours, the reasons for the delay are given.
    fn regulator(&mut self, step: &Step, entered: Timestamp) -> Result<()> {
        let Step::Regulator { told, at, reasoning, reference, late_reason } = step else { return Ok(()) };
        let at = within(at.unwrap_or(entered), self.report.noticed_at, entered)?;
        if !told && matches!(self.assessment.risk, Risk::Likely | Risk::High | Risk::Unassessed) {
            let problem = "the Commissioner need not be told only where a risk to people was judged unlikely";
            return Err(no(problem, "assess the risk first, or tell the Commissioner"));
        }
        let mut clock = self.clock.clone();
        clock.closed_at = None;
        clock.close(at)?;
        if *told && clock.standing(at) == Standing::Late && late_reason.is_empty() {
            return Err(no("the Commissioner is told after more than 72 hours", "give the reasons for the delay"));
        }
        self.clock = clock;
        self.regulator = Some(Told {
            told: *told,
            at,
            reasoning: reasoning.clone(),
            reference: reference.clone(),
            late_reason: late_reason.clone(),
        });
        Ok(())
    }

    fn people(&mut self, told: bool, at: Timestamp, reasoning: &str, entered: Timestamp) -> Result<()> {
        let at = within(at, self.report.noticed_at, entered)?;
        let (reference, late_reason) = (String::new(), String::new());
        self.people = Some(Told { told, at, reasoning: reasoning.to_owned(), reference, late_reason });
        Ok(())
    }

    fn close(&mut self, outcome: &str) -> Result<()> {
        if let Some(first) = self.open_points().first() {
            return Err(no(format!("the incident cannot be closed yet: {first}"), "do what is still open"));
        }
        outcome.clone_into(&mut self.outcome);
        self.state = State::Closed;
        Ok(())
    }
}

fn within(at: Timestamp, from: Timestamp, to: Timestamp) -> Result<Timestamp> {
    if at < from || at > to {
        return Err(no("the time given lies before the incident or in the future", "give the time it was"));
    }
    Ok(at)
}

fn bounded<T>(list: &mut Vec<T>, item: T, known: impl Fn(&Vec<T>) -> bool, most: usize) -> Result<()> {
    if known(list) {
        return Err(no("this is there already", "look at the list"));
    }
    if list.len() >= most {
        return Err(no("the incident lists 100 of these", "open a second incident for the rest"));
    }
    list.push(item);
    Ok(())
}

fn no(problem: impl Into<String>, remedy: &'static str) -> GovernanceError {
    GovernanceError::act(problem, remedy)
}
