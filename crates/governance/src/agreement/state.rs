//! Where an agreement stands: the fold of what its parties said.
//!
//! The fold is over a set: statements may arrive twice, late and in any order, and every gateway
//! that holds the same ones sees the same state. A party speaks only for itself: its signature
//! counts once, its suspension lasts until its own later word, its end is for good.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use packhorse_model::OrganisationId;
use packhorse_model::agreement::{Act, AgreementText, State};

use super::sign::Verified;

/// What the parties have said about one text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    first_day: Option<Date>,
    last_day: Option<Date>,
    review_day: Option<Date>,
    stated: bool,
    proposed_by: Option<(Timestamp, OrganisationId)>,
    signed: BTreeMap<OrganisationId, SignOff>,
    unsigned: BTreeSet<OrganisationId>,
    pauses: BTreeMap<OrganisationId, Pause>,
    ended: Option<End>,
}

/// A party's signature, as people read it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SignOff {
    /// When.
    pub at: Timestamp,
    /// Who signed for the organisation.
    pub name: String,
    /// Their position.
    pub position: String,
    /// What gives them the authority.
    pub authority: String,
}

/// A party's latest word on suspension. Ordered so that of two words at one moment "suspended" is
/// the later: stopping wins.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Pause {
    at: Timestamp,
    suspended: bool,
    reason: String,
}

/// The earliest end or withdrawal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct End {
    at: Timestamp,
    by: OrganisationId,
    reason: String,
}

impl Standing {
    /// Folds the statements about a text; those about another text are passed over.
    #[must_use]
    pub fn of<'a>(text: &AgreementText, statements: impl IntoIterator<Item = &'a Verified>) -> Self {
        let agreement = text.agreement();
        let mut standing = Self {
            first_day: agreement.life.start_date,
            last_day: agreement.life.end_date,
            review_day: agreement.life.review_date,
            stated: false,
            proposed_by: None,
            signed: BTreeMap::new(),
            unsigned: agreement.parties.iter().map(|party| party.organisation.clone()).collect(),
            pauses: BTreeMap::new(),
            ended: None,
        };
        let digest = text.digest();
        for verified in statements {
            if verified.statement().digest == digest {
                standing.count(verified);
            }
        }
        standing
    }

    /// Takes one statement in. Every branch keeps the least or the greatest, so order cannot matter.
    fn count(&mut self, verified: &Verified) {
        let statement = verified.statement();
        let (at, by) = (statement.at, statement.organisation.clone());
        self.stated = true;
        match statement.act.clone() {
            Act::Proposed => keep_least(&mut self.proposed_by, (at, by)),
            Act::Signed { name, position, authority } => {
                self.unsigned.remove(&by);
                let sign_off = SignOff { at, name, position, authority };
                let kept = self.signed.entry(by).or_insert_with(|| sign_off.clone());
                *kept = sign_off.min(kept.clone());
            }
            Act::Suspended { reason } => self.pause(by, Pause { at, suspended: true, reason }),
            Act::Resumed => self.pause(by, Pause { at, suspended: false, reason: String::new() }),
            Act::Ended { reason } => keep_least(&mut self.ended, End { at, by, reason }),
            Act::Withdrawn => keep_least(&mut self.ended, End { at, by, reason: "withdrawn".into() }),
        }
    }

    fn pause(&mut self, by: OrganisationId, pause: Pause) {
        let kept = self.pauses.entry(by).or_insert_with(|| pause.clone());
        *kept = pause.max(kept.clone());
    }

    /// Where this version stands on a day, later versions aside.
    #[must_use]
    pub fn state_on(&self, today: Date) -> State {
        if !self.stated {
            State::Draft
        } else if self.ended.is_some() {
            State::Ended
        } else if !self.unsigned.is_empty() {
            State::Proposed
        } else if self.last_day.is_none_or(|last| today > last) {
            State::Expired
        } else if self.suspended_by().next().is_some() {
            State::Suspended
        } else if self.first_day.is_none_or(|first| today < first) {
            State::Agreed
        } else {
            State::Active
        }
    }

    /// The day from which this version takes the place of earlier ones: its first day, once everybody
    /// has signed it. A version that ended before its first day never does; one that is suspended or
    /// ended later still has: an earlier version does not come back to life.
    #[must_use]
    pub fn takes_over_on(&self) -> Option<Date> {
        let first = self.first_day.filter(|_| self.unsigned.is_empty())?;
        let ended_on = self.ended.as_ref().map(|end| end.at.to_zoned(TimeZone::UTC).date());
        ended_on.is_none_or(|ended| ended >= first).then_some(first)
    }

    /// Who sent it round first.
    #[must_use]
    pub fn proposed_by(&self) -> Option<&OrganisationId> {
        self.proposed_by.as_ref().map(|(_, organisation)| organisation)
    }

    /// Who has signed.
    #[must_use]
    pub fn signed(&self) -> &BTreeMap<OrganisationId, SignOff> {
        &self.signed
    }

    /// Who has not signed.
    #[must_use]
    pub fn unsigned(&self) -> &BTreeSet<OrganisationId> {
        &self.unsigned
    }

    /// Who has it suspended, and why.
    pub fn suspended_by(&self) -> impl Iterator<Item = (&OrganisationId, &str)> {
        let standing = self.pauses.iter().filter(|(_, pause)| pause.suspended);
        standing.map(|(organisation, pause)| (organisation, pause.reason.as_str()))
    }

    /// Who ended it first, and why.
    #[must_use]
    pub fn ended_by(&self) -> Option<(&OrganisationId, &str)> {
        self.ended.as_ref().map(|end| (&end.by, end.reason.as_str()))
    }

    /// What a reader should know about it on a day, one sentence each.
    #[must_use]
    pub fn notices(&self, today: Date) -> Vec<String> {
        let mut notices = Vec::new();
        if let Some((by, reason)) = self.ended_by() {
            notices.push(format!("ended by {by}: {reason}"));
        }
        notices.extend(self.suspended_by().map(|(by, reason)| format!("suspended by {by}: {reason}")));
        if self.ended.is_none() {
            notices.extend(self.unsigned.iter().map(|party| format!("not signed by {party} yet")));
        }
        if let Some(review) = self.review_day.filter(|review| *review <= today && self.ended.is_none()) {
            notices.push(format!("was due for review on {review}"));
        }
        notices
    }
}

fn keep_least<T: Ord>(slot: &mut Option<T>, candidate: T) {
    if slot.as_ref().is_none_or(|kept| candidate < *kept) {
        *slot = Some(candidate);
    }
}
