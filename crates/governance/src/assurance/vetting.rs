//! Vetting: who was vetted to which level until when, and what requires which level.
//!
//! What requires it is the organisation's own to say, in the settings: a role, an agreement, a marking. Whoever lacks it
//! is not given the role, and whose vetting has lapsed is refused as one whose training has. A refusal never says which
//! level somebody has.

use std::fmt;

use jiff::ToSpan as _;
use jiff::civil::Date;
use packhorse_model::agreement::{Agreement, Code};
use packhorse_model::marking::Marking;
use packhorse_model::{AgreementId, Refusal, Rule, Side};
use serde::{Deserialize, Serialize};

use super::settings::Settings;
use super::wording::Findings;
use super::{Gate, Papers};
use crate::{GovernanceError, Result};

/// Most rules of what requires vetting.
const RULES_LIMIT: usize = 200;
/// Vetting is looked at again within so many years, whatever the level.
const YEARS_MAX: i32 = 10;

/// A level; each includes those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum VettingLevel {
    /// Baseline Personnel Security Standard: identity, right to work, employment, unspent convictions.
    Bpss,
    /// Counter-Terrorist Check.
    Ctc,
    /// Security Check.
    Sc,
    /// Developed Vetting.
    Dv,
}

/// Somebody was vetted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vetting {
    /// To which level.
    pub level: VettingLevel,
    /// Since when.
    pub granted_on: Date,
    /// The last day on which it counts.
    pub ends_on: Date,
}

/// What a rule is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RequiredBy {
    /// A role of an account, or of a calling system's user.
    Role,
    /// What is exchanged under an agreement.
    Agreement,
    /// What is exchanged under any agreement whose data has the marking.
    Marking,
}

/// Something requires a level.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VettingRule {
    /// What sort of thing.
    pub by: RequiredBy,
    /// Its code or id.
    pub name: String,
    /// Which level, or one above it.
    pub level: VettingLevel,
}

impl VettingLevel {
    /// Every level, the lowest first.
    pub const ALL: [Self; 4] = [Self::Bpss, Self::Ctc, Self::Sc, Self::Dv];

    /// The level of this word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.to_string().eq_ignore_ascii_case(word))
    }
}

impl fmt::Display for VettingLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bpss => "BPSS",
            Self::Ctc => "CTC",
            Self::Sc => "SC",
            Self::Dv => "DV",
        })
    }
}

impl Vetting {
    /// What keeps it from being entered, in words without the person.
    pub(super) fn check(&self, today: Date) -> std::result::Result<(), &'static str> {
        if self.granted_on > today {
            return Err("the day lies in the future");
        }
        let last = self.granted_on.saturating_add(YEARS_MAX.years());
        if self.ends_on < self.granted_on || self.ends_on > last {
            return Err("the end is before the day it was granted, or more than ten years after it");
        }
        Ok(())
    }

    /// Whether it is enough on a day, so many days after its end included.
    #[must_use]
    pub fn covers(&self, level: VettingLevel, day: Date, grace_days: u16) -> bool {
        let last = self.ends_on.saturating_add(i32::from(grace_days).days());
        self.level >= level && self.granted_on <= day && day <= last
    }
}

impl VettingRule {
    fn is_formed(&self) -> bool {
        match self.by {
            RequiredBy::Role => self.name.parse::<Code>().is_ok(),
            RequiredBy::Agreement => self.name.parse::<AgreementId>().is_ok(),
            RequiredBy::Marking => self.name.parse::<Marking>().is_ok(),
        }
    }
}

/// Every rule is well formed, and nothing stands twice.
pub(super) fn check(rules: &[VettingRule], findings: &mut Findings) {
    findings.require(rules.len() <= RULES_LIMIT, "vetting", "has more than 200 rules", "take some out");
    let formed = rules.iter().all(VettingRule::is_formed);
    findings.require(
        formed,
        "vetting",
        "names what is no role, agreement or marking",
        "write a role's code, an agreement's id, official or official-sensitive",
    );
    let twice = |(index, rule): (usize, &VettingRule)| {
        rules.iter().take(index).any(|other| other.by == rule.by && other.name == rule.name)
    };
    let once = !rules.iter().enumerate().any(twice);
    findings.require(once, "vetting", "says something twice", "leave one level for each");
}

impl Settings {
    /// The level that something requires.
    #[must_use]
    pub fn vetting_for(&self, by: RequiredBy, name: &str) -> Option<VettingLevel> {
        self.vetting.iter().find(|rule| rule.by == by && rule.name == name).map(|rule| rule.level)
    }
}

impl Papers {
    /// Whether somebody's vetting is enough for a role, on a day without grace: whether they may be given it.
    ///
    /// # Errors
    /// [`GovernanceError::Gate`] with the level that the role requires.
    pub fn may_be_given(&self, person: &str, role: &str, today: Date) -> Result<()> {
        match self.settings.vetting_for(RequiredBy::Role, role) {
            Some(level) if !self.is_vetted(Some(person), level, today, 0) => Err(GovernanceError::Gate {
                gate: Gate::Vetting,
                why: format!("the role {role} requires vetting to {level}, and the person has none in date"),
                remedy: "enter the vetting in the vetting register first, then give the role",
            }),
            _ => Ok(()),
        }
    }

    /// Whether somebody may ask in a role.
    ///
    /// # Errors
    /// A refusal by rule vetting.
    pub fn is_vetted_for_role(
        &self,
        person: Option<&str>,
        role: &str,
        today: Date,
    ) -> std::result::Result<(), Refusal> {
        self.judged(person, RequiredBy::Role, role, today)
    }

    /// Whether somebody may exchange under an agreement, by itself and by its data's marking.
    ///
    /// # Errors
    /// A refusal by rule vetting.
    pub fn is_vetted_for_agreement(
        &self,
        person: Option<&str>,
        agreement: &Agreement,
        today: Date,
    ) -> std::result::Result<(), Refusal> {
        self.is_vetted_for_content(person, &agreement.id, agreement.data.marking, today)
    }

    /// Whether somebody may have what is shared under an agreement, by itself and by everything that it is marked with.
    ///
    /// # Errors
    /// A refusal by rule vetting.
    pub fn is_vetted_for_content(
        &self,
        person: Option<&str>,
        agreement: &AgreementId,
        markings: impl IntoIterator<Item = Marking>,
        today: Date,
    ) -> std::result::Result<(), Refusal> {
        self.judged(person, RequiredBy::Agreement, agreement.as_str(), today)?;
        markings.into_iter().try_for_each(|marking| self.is_vetted_for_marking(person, marking, today))
    }

    /// Whether somebody may send or have what is marked so.
    ///
    /// # Errors
    /// A refusal by rule vetting.
    pub fn is_vetted_for_marking(
        &self,
        person: Option<&str>,
        marking: Marking,
        today: Date,
    ) -> std::result::Result<(), Refusal> {
        self.judged(person, RequiredBy::Marking, &marking.to_string(), today)
    }

    fn judged(
        &self,
        person: Option<&str>,
        by: RequiredBy,
        name: &str,
        today: Date,
    ) -> std::result::Result<(), Refusal> {
        let Some(level) = self.settings.vetting_for(by, name) else { return Ok(()) };
        if self.is_vetted(person, level, today, self.settings.vetting_grace_days) {
            return Ok(());
        }
        let what = match by {
            RequiredBy::Role => "the role",
            RequiredBy::Agreement => "the agreement",
            RequiredBy::Marking => "the marking",
        };
        Err(Refusal {
            side: Side::Outbound,
            rule: Rule::Vetting,
            reason: format!("{what} {name} requires vetting to {level}, and the user has none in date"),
            remedy: Gate::Vetting.remedy().into(),
        })
    }

    /// Nobody who is not named was vetted.
    fn is_vetted(&self, person: Option<&str>, level: VettingLevel, day: Date, grace_days: u16) -> bool {
        let vetting = person.and_then(|person| self.vetting.get(person));
        vetting.is_some_and(|vetting| vetting.covers(level, day, grace_days))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    const TODAY: Date = date(2026, 11, 29);

    fn sc(ends_on: Date) -> Vetting {
        Vetting { level: VettingLevel::Sc, granted_on: date(2020, 1, 1), ends_on }
    }

    fn papers(rules: &[(RequiredBy, &str, VettingLevel)]) -> Papers {
        let mut papers = Papers::default();
        let rule = |(by, name, level): &(RequiredBy, &str, VettingLevel)| VettingRule {
            by: *by,
            name: (*name).into(),
            level: *level,
        };
        papers.settings.vetting = rules.iter().map(rule).collect();
        papers
    }

    #[test]
    fn a_higher_level_covers_a_lower_one_until_its_last_day() {
        let vetting = sc(TODAY);
        assert!(vetting.covers(VettingLevel::Bpss, TODAY, 0) && vetting.covers(VettingLevel::Sc, TODAY, 0));
        assert!(!vetting.covers(VettingLevel::Dv, TODAY, 0), "a higher one is not covered");
        let tomorrow = TODAY.tomorrow().unwrap();
        assert!(!vetting.covers(VettingLevel::Sc, tomorrow, 0) && vetting.covers(VettingLevel::Sc, tomorrow, 1));
        assert!(!vetting.covers(VettingLevel::Sc, date(2019, 12, 31), 0), "not before it was granted");
    }

    #[test]
    fn a_role_that_requires_vetting_is_not_given_without_and_refused_when_it_lapses() {
        let mut papers = papers(&[(RequiredBy::Role, "fraud-officer", VettingLevel::Sc)]);
        let refused = papers.may_be_given("kim", "fraud-officer", TODAY).unwrap_err();
        assert!(matches!(refused, GovernanceError::Gate { gate: Gate::Vetting, .. }), "{refused}");
        assert!(refused.to_string().contains("SC"), "{refused}");
        assert!(papers.may_be_given("kim", "parking-officer", TODAY).is_ok(), "another role requires nothing");
        papers.vetting.insert("kim".into(), sc(date(2026, 11, 1)));
        papers.settings.vetting_grace_days = 30;
        assert!(papers.may_be_given("kim", "fraud-officer", TODAY).is_err(), "grace is for who has the role");
        assert!(papers.is_vetted_for_role(Some("kim"), "fraud-officer", TODAY).is_ok());
        papers.settings.vetting_grace_days = 0;
        let refusal = papers.is_vetted_for_role(Some("kim"), "fraud-officer", TODAY).unwrap_err();
        assert_eq!(refusal.rule, Rule::Vetting);
        assert!(!refusal.reason.contains("kim") && !refusal.remedy.is_empty(), "{refusal}");
        assert!(papers.is_vetted_for_role(None, "fraud-officer", TODAY).is_err(), "nobody is nobody vetted");
    }

    #[test]
    fn a_parcel_is_judged_by_its_agreement_and_by_the_highest_of_its_markings() {
        let mut papers = papers(&[
            (RequiredBy::Agreement, "reports", VettingLevel::Bpss),
            (RequiredBy::Marking, "official-sensitive", VettingLevel::Sc),
        ]);
        papers.vetting.insert("kim".into(), Vetting { level: VettingLevel::Ctc, ..sc(TODAY) });
        let may = |agreement: &str, markings: &[Marking]| {
            let markings = markings.iter().copied();
            papers.is_vetted_for_content(Some("kim"), &agreement.parse().unwrap(), markings, TODAY)
        };
        assert_eq!(may("reports", &[Marking::Official]), Ok(()));
        let refusal = may("reports", &[Marking::Official, Marking::OfficialSensitive]).unwrap_err();
        assert!(refusal.reason.contains("marking official-sensitive requires vetting to SC"), "{refusal}");
        assert!(may("other", &[Marking::OfficialSensitive]).is_err());
        let nobody = papers.is_vetted_for_content(None, &"reports".parse().unwrap(), None, TODAY).unwrap_err();
        assert!(nobody.reason.contains("agreement reports requires vetting to BPSS"), "{nobody}");
    }

    #[test]
    fn a_rule_names_a_role_an_agreement_or_a_marking_and_each_once() {
        let amiss = |rules: &[(RequiredBy, &str, VettingLevel)]| {
            let mut findings = Findings::default();
            check(&papers(rules).settings.vetting, &mut findings);
            findings.end("the settings").is_err()
        };
        assert!(!amiss(&[
            (RequiredBy::Role, "fraud-officer", VettingLevel::Sc),
            (RequiredBy::Agreement, "keepers", VettingLevel::Bpss),
            (RequiredBy::Marking, "official-sensitive", VettingLevel::Ctc),
        ]));
        assert!(amiss(&[(RequiredBy::Marking, "secret", VettingLevel::Dv)]));
        assert!(amiss(&[(RequiredBy::Role, "Not A Code", VettingLevel::Dv)]));
        let twice = [(RequiredBy::Role, "officer", VettingLevel::Sc), (RequiredBy::Role, "officer", VettingLevel::Dv)];
        assert!(amiss(&twice));
    }

    #[test]
    fn vetting_has_an_end_within_ten_years() {
        assert!(sc(date(2029, 12, 31)).check(TODAY).is_ok());
        assert!(sc(date(2030, 1, 2)).check(TODAY).is_err());
        assert!(Vetting { granted_on: TODAY.tomorrow().unwrap(), ..sc(TODAY) }.check(TODAY).is_err());
    }
}
