//! A request as its timeline makes it.

use jiff::Timestamp;
use packhorse_model::ExchangeId;
use serde::{Deserialize, Serialize};

use super::step::Step;
use super::{Kind, Received, Request};
use crate::clock::{Clock, Nation, Standing};
use crate::filing::{Entry, tag, word};
use crate::{GovernanceError, Result};

/// Most exemptions, and most searches.
const LIMIT: usize = 1000;

/// Where a request stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// It is not known who asks; the clock has not started.
    IdentityAwaited,
    /// The clock runs.
    Running,
    /// The person was asked what they mean; the clock stands still.
    ClarificationAwaited,
    /// The clock runs longer.
    Extended,
    /// Something is withheld that no second person has agreed to.
    Review,
    /// A complaint that was acknowledged and not answered.
    Acknowledged,
    /// Answered.
    Answered,
    /// Refused.
    Refused,
}

/// A place that was searched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Search {
    /// Where.
    pub place: String,
    /// How.
    pub note: String,
    /// How many things.
    pub found: u64,
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub by: String,
}

/// Something that is withheld.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Exemption {
    /// What.
    pub item: String,
    /// The code.
    pub code: String,
    /// Why.
    pub reason: String,
    /// Who decided.
    pub decided_by: String,
    /// The second pair of eyes.
    pub agreed_by: Option<String>,
    /// It is not withheld after all.
    pub released: bool,
}

/// A request with what its timeline makes of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Case {
    /// Its id.
    pub id: ExchangeId,
    /// What was received.
    pub received: Received,
    /// Who entered it.
    pub entered_by: String,
    /// When.
    pub entered_at: Timestamp,
    /// Where it stands.
    pub state: State,
    /// Its clock, once it has started.
    pub clock: Option<Clock>,
    /// Where was searched.
    pub searches: Vec<Search>,
    /// The schedule of what is withheld.
    pub exemptions: Vec<Exemption>,
    /// What was answered, or why not.
    pub outcome: String,
    /// When.
    pub ended_at: Option<Timestamp>,
    /// Since when it is forgotten who asked.
    pub forgotten_at: Option<Timestamp>,
    /// Everything that was done, in order.
    pub timeline: Vec<Entry<Step>>,
    #[serde(skip)]
    nation: Nation,
    #[serde(skip)]
    acknowledged: bool,
    #[serde(skip)]
    ended: Option<State>,
}

impl Case {
    /// What it is found by in lists, as its timeline stands.
    pub(super) fn tags(&self) -> Vec<String> {
        // A clock that has stopped says the same at any moment; one that has not may run out without a change.
        let clock = match self.clock.as_ref().map(|clock| clock.standing(self.received.received_at)) {
            Some(standing @ (Standing::Met | Standing::Late)) => word(&standing),
            _ => "open".to_owned(),
        };
        vec![tag("state", word(&self.state)), tag("clock", clock)]
    }

    /// What a request's timeline makes of it.
    ///
    /// # Errors
    /// When a step does not fit what was before it.
    pub fn fold(request: Request) -> Result<Self> {
        let Request { id, received, entered_by, entered_at, nation, timeline, forgotten_at } = request;
        let duty = received.kind.duty();
        let clock = (!received.identity_needed).then(|| Clock::start(duty, nation, received.received_at, "received"));
        let mut case = Self {
            id,
            received,
            entered_by,
            entered_at,
            state: State::Running,
            clock,
            searches: Vec::new(),
            exemptions: Vec::new(),
            outcome: String::new(),
            ended_at: None,
            forgotten_at,
            timeline: Vec::new(),
            nation,
            acknowledged: false,
            ended: None,
        };
        for entry in timeline {
            case.take(&entry)?;
            case.timeline.push(entry);
        }
        case.state = case.now();
        Ok(case)
    }

    fn now(&self) -> State {
        let unagreed = |exemption: &Exemption| exemption.agreed_by.is_none() && !exemption.released;
        match (&self.ended, &self.clock) {
            (Some(ended), _) => *ended,
            (None, None) => State::IdentityAwaited,
            (None, Some(clock)) if clock.is_paused() => State::ClarificationAwaited,
            (None, Some(_)) if self.exemptions.iter().any(unagreed) => State::Review,
            (None, Some(_)) if self.acknowledged => State::Acknowledged,
            (None, Some(clock)) if clock.extension.is_some() => State::Extended,
            (None, Some(_)) => State::Running,
        }
    }

    fn take(&mut self, entry: &Entry<Step>) -> Result<()> {
        let at = entry.step.moment().unwrap_or(entry.at);
        if at < self.received.received_at {
            return Err(no("that would be before the request was received", "give the time it was"));
        }
        match &entry.step {
            Step::Note { .. } => Ok(()),
            Step::Forget if self.ended.is_some() => Ok(()),
            Step::Forget => Err(no("the request is not answered yet", "answer or refuse it first")),
            _ if self.ended.is_some() => Err(no("the request has ended", "enter a new one")),
            Step::Identity { .. } => self.identified(at),
            Step::Ask { question, .. } => self.running()?.pause(at, question),
            Step::Clarified { .. } => self.running()?.resume(at),
            Step::Extend { reason, told_on } => self.running()?.extend(reason, *told_on),
            Step::Acknowledge { .. } => self.acknowledge(at),
            Step::Search { place, note, found } => {
                let (place, note, by) = (place.clone(), note.clone(), entry.by.clone());
                push(&mut self.searches, Search { place, note, found: *found, at, by })
            }
            Step::Exempt { item, code, reason } => {
                let (item, code, reason, decided_by) = (item.clone(), code.clone(), reason.clone(), entry.by.clone());
                let exemption = Exemption { item, code, reason, decided_by, agreed_by: None, released: false };
                push(&mut self.exemptions, exemption)
            }
            Step::Agree { number } => self.agree(*number, &entry.by),
            Step::Release { number } => {
                self.exemption(*number)?.released = true;
                Ok(())
            }
            Step::Answer { summary, .. } => self.end(State::Answered, summary, at),
            Step::Refuse { reason, .. } => self.end(State::Refused, reason, at),
        }
    }

    fn identified(&mut self, at: Timestamp) -> Result<()> {
        if self.clock.is_some() {
            return Err(no("the clock runs already", "nobody waits for an identity"));
        }
        self.clock = Some(Clock::start(self.received.kind.duty(), self.nation, at, "identity known"));
        Ok(())
    }

    fn running(&mut self) -> Result<&mut Clock> {
        self.clock.as_mut().ok_or_else(|| no("the clock has not started", "find out first who asks"))
    }

    fn acknowledge(&mut self, at: Timestamp) -> Result<()> {
        if self.received.kind != Kind::Complaint || self.acknowledged {
            return Err(no("only a complaint is acknowledged, and once", "answer it"));
        }
        self.running()?.close(at)?;
        self.acknowledged = true;
        Ok(())
    }

    fn exemption(&mut self, number: usize) -> Result<&mut Exemption> {
        let open = self.exemptions.get_mut(number).filter(|exemption| !exemption.released);
        open.ok_or_else(|| no("nothing is withheld under this number", "look at the schedule"))
    }

    fn agree(&mut self, number: usize, by: &str) -> Result<()> {
        let exemption = self.exemption(number)?;
        if exemption.decided_by == by {
            return Err(no("whoever decided to withhold it cannot be the second person", "have somebody else look"));
        }
        exemption.agreed_by.get_or_insert_with(|| by.to_owned());
        Ok(())
    }

    fn end(&mut self, how: State, outcome: &str, at: Timestamp) -> Result<()> {
        if self.exemptions.iter().any(|exemption| exemption.agreed_by.is_none() && !exemption.released) {
            return Err(no("something is withheld that only one person has looked at", "have a second person agree"));
        }
        let acknowledged = self.acknowledged;
        match (&mut self.clock, how) {
            (Some(_), _) if acknowledged => {}
            (Some(clock), _) => clock.close(at)?,
            // Who they are was never found out.
            (None, State::Refused) => {}
            (None, _) => return Err(no("it is not known who asks", "find out first, or refuse it")),
        }
        self.ended = Some(how);
        self.ended_at = Some(at);
        outcome.clone_into(&mut self.outcome);
        Ok(())
    }
}

fn push<T>(list: &mut Vec<T>, item: T) -> Result<()> {
    if list.len() >= LIMIT {
        return Err(no("the request lists 1000 of these", "sum several up in one entry"));
    }
    list.push(item);
    Ok(())
}

fn no(problem: &str, remedy: &'static str) -> GovernanceError {
    GovernanceError::act(problem, remedy)
}
