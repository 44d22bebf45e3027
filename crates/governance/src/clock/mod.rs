//! The clocks that the law starts: how long a duty may take, when it is due, what stops it, what lengthens it.
//!
//! A clock is told its times; it never looks at one. Lengths are in one table, [`Duty::term`]; days are days in
//! London, working days are those of a nation's calendar.

mod calendar;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp};
use serde::{Deserialize, Serialize};

pub use calendar::Nation;

use crate::{GovernanceError, Result};

/// Most pauses of one clock.
const PAUSES_LIMIT: usize = 50;
/// Most bytes of a reason.
const REASON_LIMIT: usize = 2000;

/// What must be done in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Duty {
    /// Tell the Information Commissioner of a breach (UK GDPR Art. 33(1)).
    BreachNotification,
    /// Answer a subject access request or another right of a person (Art. 12(3)).
    RightsRequest,
    /// Acknowledge a complaint about data protection (Data Protection Act 2018 s.164A).
    Complaint,
    /// Answer a request under the Freedom of Information Act 2000 (s.10).
    FreedomOfInformation,
    /// Answer a request under the Environmental Information Regulations 2004 (reg. 5(2), 7(1)).
    EnvironmentalInformation,
    /// Answer a request for an internal review.
    InternalReview,
}

/// How long a duty may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Length {
    /// Hours that pass, whatever the clocks on the wall do.
    Hours(i32),
    /// To the same day of a later month, or its last day; then to the next working day.
    Months(i32),
    /// Days after the day it started.
    Days(i32),
    /// Working days after the day it started.
    WorkingDays(i32),
}

/// What the law says of a duty's time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Term {
    /// How long.
    pub usual: Length,
    /// How long altogether, once extended.
    pub extended: Option<Length>,
    /// Whether it stops while the person is asked what they mean.
    pub pauses: bool,
}

impl Duty {
    /// The one table of lengths.
    #[must_use]
    pub const fn term(self) -> Term {
        match self {
            Self::BreachNotification => Term { usual: Length::Hours(72), extended: None, pauses: false },
            Self::RightsRequest => Term { usual: Length::Months(1), extended: Some(Length::Months(3)), pauses: true },
            Self::Complaint => Term { usual: Length::Days(30), extended: None, pauses: false },
            Self::FreedomOfInformation => {
                Term { usual: Length::WorkingDays(20), extended: Some(Length::WorkingDays(40)), pauses: true }
            }
            Self::EnvironmentalInformation => {
                Term { usual: Length::WorkingDays(20), extended: Some(Length::WorkingDays(40)), pauses: false }
            }
            Self::InternalReview => Term { usual: Length::WorkingDays(40), extended: None, pauses: false },
        }
    }
}

/// A time in which a clock stood still.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pause {
    /// From when.
    pub from: Timestamp,
    /// Until when; absent while it lasts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Timestamp>,
    /// Why.
    pub reason: String,
}

/// That a clock runs longer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Extension {
    /// Why.
    pub reason: String,
    /// The day on which the person was told.
    pub told_on: Date,
}

/// One duty's clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clock {
    /// The duty.
    pub duty: Duty,
    /// Whose bank holidays count.
    pub nation: Nation,
    /// When it started.
    pub started_at: Timestamp,
    /// What started it.
    pub basis: String,
    /// When it stood still, in order.
    #[serde(default)]
    pub pauses: Vec<Pause>,
    /// Whether it runs longer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extension: Option<Extension>,
    /// When the duty was done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed_at: Option<Timestamp>,
}

/// How a clock stands at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// There is time left.
    Running,
    /// It stands still.
    Paused,
    /// The time is over, and the duty not done.
    Overdue,
    /// The duty was done in time.
    Met,
    /// The duty was done too late.
    Late,
}

impl Clock {
    /// A clock that starts.
    #[must_use]
    pub fn start(duty: Duty, nation: Nation, started_at: Timestamp, basis: impl Into<String>) -> Self {
        Self { duty, nation, started_at, basis: basis.into(), pauses: Vec::new(), extension: None, closed_at: None }
    }

    /// The first moment that is too late; none while the clock stands still, or where the calendar ends.
    #[must_use]
    pub fn due_at(&self) -> Option<Timestamp> {
        if self.is_paused() {
            return None;
        }
        let term = self.duty.term();
        let length = term.extended.filter(|_| self.extension.is_some()).unwrap_or(term.usual);
        match length {
            Length::Hours(hours) => self.started_at.checked_add(SignedDuration::from_hours(hours.into())).ok(),
            _ => start_of(self.last_day(length)?.tomorrow().ok()?),
        }
    }

    /// The last day on which the duty can be done in time, in London.
    #[must_use]
    pub fn due_on(&self) -> Option<Date> {
        let before = self.due_at()?.checked_sub(SignedDuration::from_nanos(1)).ok()?;
        Some(day_of(before))
    }

    /// How it stands.
    #[must_use]
    pub fn standing(&self, now: Timestamp) -> Standing {
        let in_time = |at: Timestamp| self.due_at().is_none_or(|due| at < due);
        match self.closed_at {
            Some(closed) if in_time(closed) => Standing::Met,
            Some(_) => Standing::Late,
            None if self.is_paused() => Standing::Paused,
            None if in_time(now) => Standing::Running,
            None => Standing::Overdue,
        }
    }

    /// Whether it stands still.
    #[must_use]
    pub fn is_paused(&self) -> bool {
        self.pauses.last().is_some_and(|pause| pause.to.is_none())
    }

    /// Stops the clock while the person is asked what they mean.
    ///
    /// # Errors
    /// When this duty's clock does not stop, stands still, or has ended.
    pub fn pause(&mut self, at: Timestamp, reason: &str) -> Result<()> {
        self.open()?;
        if !self.duty.term().pauses {
            return Err(no("this clock does not stop", "carry on: what is not known yet can follow later"));
        }
        if self.is_paused() || self.pauses.len() >= PAUSES_LIMIT {
            return Err(no("the clock stands still, or did so 50 times", "start it again first"));
        }
        let last = self.pauses.last().and_then(|pause| pause.to).unwrap_or(self.started_at);
        if at < last {
            return Err(no("the clock cannot stop before it ran", "give a later time"));
        }
        self.pauses.push(Pause { from: at, to: None, reason: said(reason)? });
        Ok(())
    }

    /// Starts the clock again.
    ///
    /// # Errors
    /// When it does not stand still, or had not stopped by then.
    pub fn resume(&mut self, at: Timestamp) -> Result<()> {
        match self.pauses.last_mut() {
            Some(pause) if pause.to.is_none() && at >= pause.from => {
                pause.to = Some(at);
                Ok(())
            }
            _ => Err(no("the clock does not stand still, or stopped later", "look at its pauses")),
        }
    }

    /// Lets the clock run longer: the person must have been told while the usual time ran.
    ///
    /// # Errors
    /// When this duty has no longer time, or the person was told too late.
    pub fn extend(&mut self, reason: &str, told_on: Date) -> Result<()> {
        self.open()?;
        let term = self.duty.term();
        if term.extended.is_none() || self.extension.is_some() {
            return Err(no("this clock cannot run longer", "answer by the day it is due"));
        }
        let reason = said(reason)?;
        if self.last_day(term.usual).is_some_and(|last| told_on > last) || told_on < day_of(self.started_at) {
            return Err(no("the person was not told within the usual time", "give the day on which they were told"));
        }
        self.extension = Some(Extension { reason, told_on });
        Ok(())
    }

    /// The duty is done. A clock that stands still goes on first.
    ///
    /// # Errors
    /// When it was done before, or the time lies before its start.
    pub fn close(&mut self, at: Timestamp) -> Result<()> {
        self.open()?;
        if at < self.started_at {
            return Err(no("a duty cannot be done before its clock started", "give a later time"));
        }
        if self.is_paused() {
            self.resume(at)?;
        }
        self.closed_at = Some(at);
        Ok(())
    }

    fn open(&self) -> Result<()> {
        match self.closed_at {
            None => Ok(()),
            Some(_) => Err(no("the duty is done and its clock has ended", "open a new case")),
        }
    }

    /// The last day of a length that is counted in days.
    fn last_day(&self, length: Length) -> Option<Date> {
        let started = day_of(self.started_at);
        match length {
            Length::Hours(_) => None,
            Length::Months(months) => {
                let day = started.checked_add(Span::new().months(months)).ok()?;
                let day = day.checked_add(Span::new().days(self.paused_days())).ok()?;
                calendar::this_or_next_working_day(self.nation, day)
            }
            Length::Days(days) => {
                started.checked_add(Span::new().days(i64::from(days).checked_add(self.paused_days())?)).ok()
            }
            Length::WorkingDays(days) => {
                let paused: i32 =
                    self.whole_pauses().map(|(from, to)| calendar::working_days_between(self.nation, from, to)).sum();
                calendar::working_days_after(self.nation, started, days.checked_add(paused)?)
            }
        }
    }

    fn paused_days(&self) -> i64 {
        self.whole_pauses().map(|(from, to)| i64::from((to - from).get_days())).sum()
    }

    fn whole_pauses(&self) -> impl Iterator<Item = (Date, Date)> {
        self.pauses.iter().filter_map(|pause| Some((day_of(pause.from), day_of(pause.to?))))
    }
}

/// London's clock, by its rule: a gateway's machine need not have a time zone database.
fn london() -> TimeZone {
    TimeZone::posix("GMT0BST,M3.5.0/1,M10.5.0").unwrap_or(TimeZone::UTC)
}

/// The day of a moment in London.
#[must_use]
pub fn day_of(at: Timestamp) -> Date {
    at.to_zoned(london()).date()
}

fn start_of(day: Date) -> Option<Timestamp> {
    day.to_zoned(london()).ok().map(|zoned| zoned.timestamp())
}

fn said(reason: &str) -> Result<String> {
    let reason = reason.trim();
    if reason.is_empty() || reason.len() > REASON_LIMIT {
        return Err(no("a reason is missing, or longer than 2000 bytes", "say why in a few sentences"));
    }
    Ok(reason.to_owned())
}

fn no(problem: &str, remedy: &'static str) -> GovernanceError {
    GovernanceError::act(problem, remedy)
}
