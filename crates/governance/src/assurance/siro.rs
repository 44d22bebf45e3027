//! The senior information risk owner: a named person at board level, appointed from a day on.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::wording::Findings;
use crate::Result;

/// Most appointments that are kept.
pub(super) const APPOINTMENTS_LIMIT: usize = 200;

/// Somebody's time in the post.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Appointment {
    /// Their account's id, with which they decide on overrides.
    pub account: String,
    /// Their name.
    pub name: String,
    /// Who appointed them.
    pub appointed_by: String,
    /// First day.
    pub start: Date,
    /// Last day, once it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<Date>,
}

impl Appointment {
    pub(super) fn check(&self) -> Result<()> {
        let mut findings = Findings::default();
        findings.name("account", &self.account, "name the account with which they sign in");
        findings.name("name", &self.name, "name the person");
        findings.name("appointed_by", &self.appointed_by, "name who appointed them, for example the chief executive");
        let ordered = self.end.is_none_or(|end| end >= self.start);
        findings.require(ordered, "end", "is before the start", "put the days in order");
        findings.end("the appointment")
    }

    /// Whether it holds on a day.
    #[must_use]
    pub fn holds_on(&self, day: Date) -> bool {
        self.start <= day && self.end.is_none_or(|end| day <= end)
    }
}

/// Who holds the post on a day: of two, who was appointed later.
pub(super) fn on(appointments: &[Appointment], day: Date) -> Option<&Appointment> {
    appointments.iter().filter(|one| one.holds_on(day)).max_by_key(|one| one.start)
}

/// The last day before `day` on which somebody held the post.
pub(super) fn last_before(appointments: &[Appointment], day: Date) -> Option<Date> {
    appointments.iter().filter_map(|one| one.end).filter(|end| *end < day).max()
}
