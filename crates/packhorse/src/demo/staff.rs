//! Who works at the borough: those who sign in, and the others of whom registers and figures tell. All invented.
//!
//! It must never know how an account is made.

use jiff::ToSpan as _;
use jiff::civil::Date;
use packhorse_governance::OperatorRole;
use packhorse_governance::people::Tier;

use crate::error::{Error, Result};

/// Somebody who signs in.
pub(super) struct Member {
    pub(super) id: &'static str,
    pub(super) name: &'static str,
    /// As whom they come: an officer, a SIRO.
    pub(super) comes_as: &'static str,
    pub(super) roles: &'static [OperatorRole],
    pub(super) tier: Tier,
    pub(super) department: &'static str,
    /// Days since they passed the course on data protection.
    pub(super) passed_days_ago: i64,
    /// Where to look first, and what is to be seen there.
    pub(super) look: &'static [(&'static str, &'static str)],
}

/// The password of everybody who signs in: nobody else's, and nothing but this story is behind it.
pub(super) const PASSWORD: &str = "six grey ponies over the moor";
/// Who came this week, and has not accepted the acceptable use policy yet.
pub(super) const NEWCOMER: &str = "n.fell";
/// The course that the agreements ask for, and another.
pub(super) const COURSE: (&str, &str) = ("data-protection", "Data protection");
pub(super) const SECOND_COURSE: (&str, &str) = ("incident-reporting", "Reporting an incident");
/// For how many months a course counts.
pub(super) const COURSE_MONTHS: u16 = 12;

/// Those who sign in.
pub(super) static MEMBERS: [Member; 8] = [
    Member {
        id: "l.birch",
        name: "Linden Birch",
        comes_as: "front-line officer",
        roles: &[OperatorRole::Officer],
        tier: Tier::Department,
        department: PARKING,
        passed_days_ago: 355,
        look: &[
            ("/", "a parcel to collect, training that soon lapses"),
            ("/ask", "ask the vehicles agency who keeps AA19AAA"),
            ("/inbox", "the agency's answer about an abandoned vehicle"),
        ],
    },
    Member {
        id: "r.stone",
        name: "Rufus Stone",
        comes_as: "officer whose training has lapsed",
        roles: &[OperatorRole::Officer],
        tier: Tier::Department,
        department: PARKING,
        passed_days_ago: 420,
        look: &[("/ask", "refused, with the course that mends it")],
    },
    Member {
        id: NEWCOMER,
        name: "Nerys Fell",
        comes_as: "newcomer, who has yet to accept the acceptable use policy",
        roles: &[OperatorRole::Officer],
        tier: Tier::Department,
        department: HOUSING,
        passed_days_ago: 3,
        look: &[("/acceptable-use", "where every page leads until the policy is accepted")],
    },
    Member {
        id: "g.marsh",
        name: "Gentian Marsh",
        comes_as: "governance officer",
        roles: &[OperatorRole::Governance],
        tier: Tier::Department,
        department: GOVERNANCE,
        passed_days_ago: 40,
        look: &[
            ("/", "an agreement to sign, requests overdue, an incident with its clock"),
            ("/governance/agreements", "agreements in every state: sign bus-lanes-2026"),
            ("/requests", "a subject access request that is overdue"),
            ("/training/register?lapsing=true", "whose training has lapsed or soon will"),
            ("/vetting", "which roles require vetting, and whose ends soon"),
        ],
    },
    Member {
        id: "siro",
        name: "Averil Holloway",
        comes_as: "SIRO",
        roles: &[OperatorRole::Governance],
        tier: Tier::Corporate,
        department: LEADERSHIP,
        passed_days_ago: 120,
        look: &[
            ("/dashboard", "the gap between the top and the front line; media going down"),
            ("/annual-report", "the report on one page, and the evidence pack"),
            ("/assurance", "the four gates, open, and until when"),
        ],
    },
    Member {
        id: "o.teasdale",
        name: "Orla Teasdale",
        comes_as: "asset owner",
        roles: &[OperatorRole::Officer],
        tier: Tier::Department,
        department: HOUSING,
        passed_days_ago: 200,
        look: &[("/assets-register", "two assets are hers, one without this year's statement")],
    },
    Member {
        id: "a.quill",
        name: "Ansel Quill",
        comes_as: "auditor",
        roles: &[OperatorRole::Auditor],
        tier: Tier::Corporate,
        department: LEADERSHIP,
        passed_days_ago: 90,
        look: &[
            ("/incidents/log", "every breach, what was done and why"),
            ("/processing-records", "what is really exchanged, under which agreement"),
        ],
    },
    Member {
        id: "i.byrne",
        name: "Imogen Byrne",
        comes_as: "integrator",
        roles: &[OperatorRole::Integrator],
        tier: Tier::Technology,
        department: DIGITAL,
        passed_days_ago: 30,
        look: &[
            ("/partners", "every member, and until when its assurance holds"),
            ("/account", "password, codes, sessions"),
        ],
    },
];

const LEADERSHIP: &str = "Leadership";
const DIGITAL: &str = "Digital";
const PARKING: &str = "Parking";
const HOUSING: &str = "Housing";
const GOVERNANCE: &str = "Information governance";

/// Everybody else: so many in a department of a tier.
const OTHERS: [(Tier, &str, usize); 4] = [
    (Tier::Corporate, LEADERSHIP, 10),
    (Tier::Technology, DIGITAL, 11),
    (Tier::Department, PARKING, 12),
    (Tier::Department, HOUSING, 14),
];
const GIVEN: [&str; 8] = ["Ada", "Bram", "Cicely", "Dermot", "Edith", "Faisal", "Greta", "Hamish"];
const SURNAMES: [&str; 7] = ["Alderson", "Birkett", "Cragg", "Dinsdale", "Eskdale", "Fothergill", "Garth"];

/// Somebody who does not sign in.
pub(super) struct Colleague {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) tier: Tier,
    pub(super) department: &'static str,
    /// Their number among all of them, from which what is invented of them is drawn.
    pub(super) number: usize,
}

/// Everybody who does not sign in, the same at every start.
pub(super) fn colleagues() -> Vec<Colleague> {
    let places = OTHERS.iter().flat_map(|(tier, department, many)| std::iter::repeat_n((*tier, *department), *many));
    let named = |(number, (tier, department)): (usize, (Tier, &'static str))| {
        let (given, surname) = (GIVEN[number % GIVEN.len()], SURNAMES[number % SURNAMES.len()]);
        let first = given.chars().next().unwrap_or_default().to_ascii_lowercase();
        let id = format!("{first}.{}", surname.to_lowercase());
        Colleague { id, name: format!("{given} {surname}"), tier, department, number }
    };
    places.enumerate().map(named).collect()
}

impl Colleague {
    /// Days since they passed the course: most within the year, every seventh longer ago, every eleventh never.
    pub(super) fn passed_days_ago(&self) -> Option<i64> {
        let days = i64::try_from(self.number).unwrap_or_default();
        match (self.number % 11, self.number % 7) {
            (10, _) => None,
            (_, 6) => Some(380 + days),
            _ => Some(25 + days * 7 % 330),
        }
    }

    /// Days since somebody confirmed that they need their access: a few are due.
    pub(super) fn confirmed_days_ago(&self) -> i64 {
        let days = i64::try_from(self.number).unwrap_or_default();
        if self.number % 12 == 5 { 345 + days % 10 } else { 20 + days * 5 % 200 }
    }
}

/// Days after the first on which somebody accepted the acceptable use policy: most at once, some after a while.
pub(super) fn accepted_days_later(number: usize) -> i64 {
    i64::try_from(number * number % 13).unwrap_or_default()
}

/// A day before another.
pub(super) fn days_before(day: Date, days: i64) -> Result<Date> {
    day.checked_sub(days.days()).map_err(|_| Error::NotHeld("the calendar does not reach back".to_owned()))
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use packhorse_governance::pulse::FEWEST;

    use super::*;

    #[test]
    fn everybody_has_an_id_of_their_own_and_every_tier_is_large_enough_to_be_shown() {
        let colleagues = colleagues();
        let ids = colleagues.iter().map(|one| one.id.as_str()).chain(MEMBERS.iter().map(|one| one.id));
        assert_eq!(ids.collect::<BTreeSet<_>>().len(), colleagues.len() + MEMBERS.len());
        let mut tiers = BTreeMap::<&str, u64>::new();
        for colleague in &colleagues {
            *tiers.entry(colleague.tier.word()).or_default() += 1;
        }
        assert!(tiers.len() == 3 && tiers.values().all(|many| *many >= FEWEST), "{tiers:?}");
    }
}
