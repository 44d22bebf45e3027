//! The acceptable use policy: what everybody with an account agrees to, and who has agreed to which version.
//!
//! A version counts from its day on; whoever has accepted it or a later one has accepted it. Where none is in force
//! nothing is asked of anybody. Whoever signs in is asked from the first day; what a case system asks for somebody is
//! refused once the time of grace is over, because whoever works there alone may not see a page for a while.

use jiff::ToSpan as _;
use jiff::civil::Date;
use packhorse_model::{Refusal, Rule, Side};
use serde::{Deserialize, Serialize};

use super::Papers;
use super::settings::Settings;
use super::wording::{Findings, LONG_TEXT};
use crate::{GovernanceError, Result};

/// Most acceptances that are kept of one person: the latest.
const ACCEPTANCES_LIMIT: usize = 20;
/// A policy is published at most so many months before it counts.
const AHEAD_MONTHS: i32 = 12;
/// Whoever has not accepted it is told again so many days before they are refused.
const REMINDED_DAYS: i32 = 3;

/// A version of the policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AcceptableUse {
    /// 1 for the first; set when it is published.
    #[serde(default)]
    pub version: u32,
    /// What it is called.
    pub title: String,
    /// What is asked of people, in paragraphs.
    pub text: String,
    /// The first day on which it counts.
    pub in_force_from: Date,
    /// By when it is looked at again.
    pub review_date: Date,
    /// When it was published; set when it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published_on: Option<Date>,
}

/// That somebody accepted a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Acceptance {
    /// Which.
    pub version: u32,
    /// When.
    pub on: Date,
}

/// What somebody has still to accept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ToAccept {
    /// Which version.
    pub version: u32,
    /// Since when it counts.
    pub in_force_from: Date,
    /// From this day on their exchanges are refused.
    pub refused_from: Date,
}

/// A version that whoever has not accepted it is told of, once when it is published and once before they are refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Call {
    /// Which version.
    pub version: u32,
    /// From this day on they are refused.
    pub refused_from: Date,
    /// Whether they are reminded, and told no more that it was published.
    pub is_reminder: bool,
}

impl AcceptableUse {
    pub(super) fn check(&self, settings: &Settings, today: Date) -> Result<()> {
        let mut findings = Findings::default();
        findings.name("title", &self.title, "give it a title");
        findings.text("text", &self.text, LONG_TEXT, "say what people may and may not do with what they are given");
        findings.between("in_force_from", self.in_force_from, today, today.saturating_add(AHEAD_MONTHS.months()));
        let last = self.in_force_from.saturating_add(i32::from(settings.acceptable_use_months_max).months());
        findings.between("review_date", self.review_date, self.in_force_from.saturating_add(1.day()), last);
        findings.end("the acceptable use policy")
    }
}

/// Whether somebody has accepted a version: it, or a later one.
#[must_use]
pub fn is_accepted(version: u32, acceptances: &[Acceptance]) -> bool {
    acceptances.iter().any(|one| one.version >= version)
}

/// Puts an acceptance among somebody's. Who accepts a version twice did so the first time. Whether anything changed.
pub fn accept(acceptances: &mut Vec<Acceptance>, acceptance: Acceptance) -> bool {
    if acceptances.iter().any(|known| known.version == acceptance.version) {
        return false;
    }
    acceptances.push(acceptance);
    acceptances.sort_by_key(|one| one.version);
    let surplus = acceptances.len().saturating_sub(ACCEPTANCES_LIMIT);
    acceptances.drain(..surplus);
    true
}

impl Papers {
    /// The version that counts on a day.
    #[must_use]
    pub fn acceptable_use_on(&self, day: Date) -> Option<&AcceptableUse> {
        self.acceptable_use.values().rev().find(|policy| policy.in_force_from <= day).map(AsRef::as_ref)
    }

    /// The version that is published and does not count yet.
    #[must_use]
    pub fn acceptable_use_after(&self, day: Date) -> Option<&AcceptableUse> {
        let latest = self.acceptable_use.values().next_back();
        latest.filter(|policy| policy.in_force_from > day).map(AsRef::as_ref)
    }

    /// The acceptance of a version, on a day on which it is in force or coming.
    ///
    /// # Errors
    /// [`GovernanceError::Act`] when another has taken its place meanwhile: what nobody has read is not accepted.
    pub fn acceptance(&self, version: u32, on: Date) -> Result<Acceptance> {
        let offered = [self.acceptable_use_on(on), self.acceptable_use_after(on)];
        if offered.into_iter().flatten().any(|policy| policy.version == version) {
            return Ok(Acceptance { version, on });
        }
        let why = "this version of the acceptable use policy is neither in force nor coming";
        Err(GovernanceError::act(why, "read the one that is, and accept it"))
    }

    /// What somebody has still to accept on a day, by what they have accepted.
    #[must_use]
    pub fn to_accept(&self, acceptances: &[Acceptance], day: Date) -> Option<ToAccept> {
        let policy = self.acceptable_use_on(day)?;
        (!is_accepted(policy.version, acceptances)).then(|| self.owed(policy))
    }

    fn owed(&self, policy: &AcceptableUse) -> ToAccept {
        let grace = i32::from(self.settings.acceptable_use_grace_days).days();
        ToAccept {
            version: policy.version,
            in_force_from: policy.in_force_from,
            refused_from: policy.in_force_from.saturating_add(grace),
        }
    }

    /// The versions of which people are told on a day, while somebody may still accept them in time.
    #[must_use]
    pub fn calls_to_accept(&self, day: Date) -> Vec<Call> {
        let asked = [self.acceptable_use_on(day), self.acceptable_use_after(day)];
        asked.into_iter().flatten().filter_map(|policy| self.call(policy, day)).collect()
    }

    fn call(&self, policy: &AcceptableUse, day: Date) -> Option<Call> {
        let ToAccept { version, refused_from, .. } = self.owed(policy);
        let published_on = policy.published_on.unwrap_or(policy.in_force_from);
        // Not on the day on which it was published: that day's letter says the same.
        let is_reminder = published_on < day && refused_from.saturating_sub(REMINDED_DAYS.days()) <= day;
        // Later on the refusal itself tells them.
        let in_time = day < refused_from || day <= published_on;
        in_time.then_some(Call { version, refused_from, is_reminder })
    }

    /// Whether what a system asks for somebody may be, by what they have accepted.
    ///
    /// # Errors
    /// A refusal by rule acceptable-use, once the time of grace is over.
    pub fn has_accepted(&self, acceptances: &[Acceptance], day: Date) -> std::result::Result<(), Refusal> {
        match self.to_accept(acceptances, day) {
            Some(owed) if owed.refused_from <= day => Err(owed.refusal()),
            _ => Ok(()),
        }
    }

    /// Whether whoever signed in may do what they came for, by what they have accepted. They see the policy, so there is
    /// no grace.
    ///
    /// # Errors
    /// A refusal by rule acceptable-use, from the first day.
    pub fn may_go_on(&self, acceptances: &[Acceptance], day: Date) -> std::result::Result<(), Refusal> {
        self.to_accept(acceptances, day).map_or(Ok(()), |owed| Err(owed.refusal()))
    }
}

impl ToAccept {
    fn refusal(&self) -> Refusal {
        let Self { version, in_force_from, .. } = self;
        Refusal {
            side: Side::Outbound,
            rule: Rule::AcceptableUse,
            reason: format!(
                "the user has not accepted version {version} of the acceptable use policy, in force since {in_force_from}"
            ),
            remedy: super::Gate::AcceptableUse.remedy().into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    const TODAY: Date = date(2026, 11, 29);

    fn policy(version: u32, in_force_from: Date) -> AcceptableUse {
        AcceptableUse {
            version,
            title: "Acceptable use".into(),
            text: "Look up only what your case needs.".into(),
            in_force_from,
            review_date: in_force_from.saturating_add(12.months()),
            published_on: Some(in_force_from),
        }
    }

    fn papers(policies: impl IntoIterator<Item = AcceptableUse>) -> Papers {
        let mut papers = Papers::default();
        papers.acceptable_use.extend(policies.into_iter().map(|policy| (policy.version, policy.into())));
        papers
    }

    fn problems(policy: &AcceptableUse) -> Vec<String> {
        match policy.check(&Settings::default(), TODAY) {
            Ok(()) => Vec::new(),
            Err(GovernanceError::Unfit { findings, .. }) => findings.into_iter().map(|one| one.field).collect(),
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn where_none_is_published_nothing_is_asked_of_anybody() {
        let none = Papers::default();
        assert_eq!(none.to_accept(&[], TODAY), None);
        assert_eq!(none.has_accepted(&[], TODAY), Ok(()));
        let later = papers([policy(1, date(2026, 12, 1))]);
        assert_eq!(later.to_accept(&[], TODAY), None, "it does not count yet");
        assert_eq!(later.acceptable_use_after(TODAY).map(|policy| policy.version), Some(1));
    }

    #[test]
    fn who_has_not_accepted_is_asked_from_the_first_day_and_refused_after_the_grace() {
        let mut papers = papers([policy(1, date(2026, 11, 1))]);
        papers.settings.acceptable_use_grace_days = 14;
        let owed = papers.to_accept(&[], date(2026, 11, 1)).unwrap();
        assert_eq!((owed.version, owed.refused_from), (1, date(2026, 11, 15)));
        assert_eq!(papers.has_accepted(&[], date(2026, 11, 14)), Ok(()));
        let signed_in = papers.may_go_on(&[], date(2026, 11, 1)).unwrap_err();
        let refusal = papers.has_accepted(&[], date(2026, 11, 15)).unwrap_err();
        assert_eq!(refusal.rule, Rule::AcceptableUse);
        assert_eq!(signed_in, refusal, "whoever sees the policy has no grace, and is told the same");
        assert_eq!(papers.may_go_on(&[], date(2026, 10, 31)), Ok(()));
        assert!(refusal.reason.contains("version 1") && refusal.remedy.contains("accept"), "{refusal}");
        papers.settings.acceptable_use_grace_days = 0;
        assert!(papers.has_accepted(&[], date(2026, 11, 1)).is_err(), "without grace, from the first day");
    }

    #[test]
    fn a_new_version_is_accepted_anew_and_can_be_before_it_counts() {
        let papers = papers([policy(1, date(2026, 1, 1)), policy(2, TODAY), policy(3, date(2027, 1, 1))]);
        let versions: Vec<u32> = papers.calls_to_accept(TODAY).iter().map(|call| call.version).collect();
        assert_eq!(versions, [2, 3], "people are told of the one in force and of the one that is coming");
        let mut mine = vec![Acceptance { version: 1, on: date(2026, 1, 2) }];
        assert_eq!(papers.to_accept(&mine, date(2026, 11, 28)), None);
        assert_eq!(papers.to_accept(&mine, TODAY).unwrap().version, 2);
        assert!(accept(&mut mine, Acceptance { version: 3, on: TODAY }));
        assert_eq!(papers.to_accept(&mine, TODAY), None, "a later one is stricter or as strict");
        assert!(papers.acceptance(2, TODAY).is_ok() && papers.acceptance(3, TODAY).is_ok());
        assert!(papers.acceptance(1, TODAY).is_err() && papers.acceptance(4, TODAY).is_err());
        assert!(!accept(&mut mine, Acceptance { version: 3, on: date(2027, 1, 1) }));
        assert_eq!(mine[1].on, TODAY, "the first time counts");
    }

    #[test]
    fn people_are_told_when_it_is_published_and_again_before_they_are_refused() {
        let mut papers = papers([AcceptableUse { published_on: Some(TODAY), ..policy(1, date(2026, 12, 10)) }]);
        papers.settings.acceptable_use_grace_days = 14;
        let told = |papers: &Papers, day| {
            let calls = papers.calls_to_accept(day);
            assert!(calls.len() <= 1, "{calls:?}");
            calls.first().map(|call| (call.refused_from, call.is_reminder))
        };
        let refused_from = date(2026, 12, 24);
        assert_eq!(told(&papers, TODAY), Some((refused_from, false)));
        assert_eq!(told(&papers, date(2026, 12, 20)), Some((refused_from, false)));
        assert_eq!(told(&papers, date(2026, 12, 21)), Some((refused_from, true)));
        assert_eq!(told(&papers, date(2026, 12, 23)), Some((refused_from, true)));
        assert_eq!(told(&papers, refused_from), None, "whoever is refused is told by that");
        papers.settings.acceptable_use_grace_days = 0;
        assert_eq!(told(&papers, date(2026, 12, 7)), Some((date(2026, 12, 10), true)), "before its day, without grace");
        assert_eq!(Papers::default().calls_to_accept(TODAY), []);
    }

    #[test]
    fn nobody_is_reminded_on_the_day_of_the_first_letter() {
        let mut papers = papers([policy(1, TODAY)]);
        papers.settings.acceptable_use_grace_days = 2;
        let is_reminder = |papers: &Papers, day| papers.calls_to_accept(day).first().map(|call| call.is_reminder);
        assert_eq!(is_reminder(&papers, TODAY), Some(false));
        assert_eq!(is_reminder(&papers, date(2026, 11, 30)), Some(true));
        papers.settings.acceptable_use_grace_days = 0;
        assert_eq!(is_reminder(&papers, TODAY), Some(false), "refused from today on, and told so");
        assert_eq!(is_reminder(&papers, date(2026, 11, 30)), None);
    }

    #[test]
    fn the_latest_acceptances_are_kept() {
        let mut mine = Vec::new();
        for version in 1..=30 {
            assert!(accept(&mut mine, Acceptance { version, on: TODAY }));
        }
        assert_eq!((mine.len(), mine[0].version, mine[19].version), (ACCEPTANCES_LIMIT, 11, 30));
    }

    #[test]
    fn a_policy_counts_from_today_at_the_earliest_and_is_reviewed_within_the_interval() {
        assert_eq!(problems(&policy(0, TODAY)), Vec::<String>::new());
        assert_eq!(problems(&policy(0, date(2026, 11, 28))), ["in_force_from"]);
        assert_eq!(problems(&AcceptableUse { review_date: TODAY, ..policy(0, TODAY) }), ["review_date"]);
        let never = AcceptableUse { review_date: date(2031, 1, 1), ..policy(0, TODAY) };
        assert_eq!(problems(&never), ["review_date"]);
        let empty = AcceptableUse { title: String::new(), text: " ".into(), ..policy(0, TODAY) };
        assert_eq!(problems(&empty), ["title", "text"]);
    }
}
