//! The figures of 2009, and what this organisation measures beside each: pure arithmetic over counts.
//!
//! Source: UKauthority.com, "Connecting the Public Sector", 8 December 2009. The finding to reproduce was the gap
//! between those at the top and the front line, so that every figure is kept by tier and the gap stands first.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::pulse::{Question, Shown};

/// A figure of the survey of 2009.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Baseline {
    /// Its id, B1 to B9.
    pub id: &'static str,
    /// A few words, for a chart.
    pub label: &'static str,
    /// In tenths of a percent.
    pub permille_2009: u64,
    /// What it says exactly.
    pub meaning: &'static str,
    /// What is measured here.
    pub measured: &'static str,
    /// What it should be, in tenths of a percent; none where nothing is said.
    pub target: Option<u64>,
}

const fn baseline(
    id: &'static str,
    label: &'static str,
    permille_2009: u64,
    meaning: &'static str,
    measured: &'static str,
    target: Option<u64>,
) -> Baseline {
    Baseline { id, label, permille_2009, meaning, measured, target }
}

/// The nine that have a measure here.
pub const BASELINES: [Baseline; 9] = [
    baseline(
        "B1",
        "Sent on paper or media",
        440,
        "authorities that regularly send sensitive citizen data by post or courier, on paper, USB stick or disk",
        "parcels that left on a physical medium, of all parcels sent",
        Some(0),
    ),
    baseline(
        "B2",
        "To central government",
        619,
        "councils already using GCSX to send information to central government",
        "exchanges with central bodies (class GOV), of all exchanges",
        None,
    ),
    baseline(
        "B3",
        "Point-to-point connections",
        150,
        "councils using a secure point-to-point connection to central government",
        "exchanges outside the gateways: none is on record here, so none can be counted",
        None,
    ),
    baseline(
        "B4",
        "To other councils",
        410,
        "used GCSX to share sensitive data with other local authorities",
        "exchanges with other local authorities (class LOC), of all exchanges",
        None,
    ),
    baseline(
        "B5",
        "Highly sensitive data",
        790,
        "handling of personal data that is “highly sensitive”",
        "agreements in force under which special category data is shared, of all in force",
        None,
    ),
    baseline(
        "B6",
        "Know of a charter",
        400,
        "said their council has an Information Charter on how citizen data is handled",
        "staff who know that there is an information charter",
        Some(1000),
    ),
    baseline(
        "B7",
        "Know of no risk policy",
        450,
        "answered “no” or “don't know” to having a Corporate Information Risk Policy",
        "staff who say “no” or “don't know” to an information risk policy",
        Some(0),
    ),
    baseline(
        "B8",
        "Cannot report an incident",
        410,
        "did not know whether there is a clear incident reporting mechanism for a breach",
        "staff who do not know how to report an incident",
        Some(0),
    ),
    baseline(
        "B9",
        "Trained",
        660,
        "said staff are regularly trained in the sensitivity of citizen information and procedures for handling it",
        "staff who say that they were trained in the last year",
        Some(1000),
    ),
];

/// A share, kept as its two numbers so that nobody takes a share of nothing for a zero.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Share {
    /// How many.
    pub count: u64,
    /// Of how many.
    pub of: u64,
    /// In tenths of a percent, rounded to the nearest; none of nothing.
    pub permille: Option<u64>,
}

impl Share {
    /// So many of so many.
    #[must_use]
    pub fn of(count: u64, of: u64) -> Self {
        let permille = (of > 0).then(|| (count.saturating_mul(2000) + of) / (2 * of));
        Self { count, of, permille }
    }
}

/// A figure of one group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GroupShare {
    /// The tier or department.
    pub name: String,
    /// None when the group is too small to be shown.
    pub permille: Option<u64>,
}

/// A figure with what is measured beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Measure {
    /// The figure of 2009.
    #[serde(flatten)]
    pub baseline: Baseline,
    /// Ours; none while nothing was measured.
    pub ours: Option<Share>,
    /// By tier.
    pub tiers: Vec<GroupShare>,
    /// By department.
    pub departments: Vec<GroupShare>,
    /// Between the highest and the lowest tier, where two are shown.
    pub gap: Option<u64>,
}

/// What is counted outside the survey.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counted {
    /// Parcels sent, and those of them that left on a medium.
    pub parcels: Share,
    /// Exchanges with central bodies.
    pub central: Share,
    /// Exchanges with other local authorities.
    pub local: Share,
    /// Agreements with special category data.
    pub special: Share,
}

/// The nine figures with ours beside them.
#[must_use]
pub fn measures(counted: &Counted, pulse: &Shown) -> Vec<Measure> {
    let of = |share: Share| (share.of > 0).then_some(share);
    BASELINES
        .into_iter()
        .map(|baseline| match baseline.id {
            "B1" => plain(baseline, of(counted.parcels)),
            "B2" => plain(baseline, of(counted.central)),
            "B4" => plain(baseline, of(counted.local)),
            "B5" => plain(baseline, of(counted.special)),
            "B6" => surveyed(baseline, pulse, Question::Charter, false),
            "B7" => surveyed(baseline, pulse, Question::RiskPolicy, true),
            "B8" => surveyed(baseline, pulse, Question::IncidentRoute, true),
            "B9" => surveyed(baseline, pulse, Question::Training, false),
            _ => plain(baseline, None),
        })
        .collect()
}

fn plain(baseline: Baseline, ours: Option<Share>) -> Measure {
    Measure { baseline, ours, tiers: Vec::new(), departments: Vec::new(), gap: None }
}

/// A figure of the survey; `turned` counts who did not say yes.
fn surveyed(baseline: Baseline, pulse: &Shown, question: Question, turned: bool) -> Measure {
    let share = |group: &crate::pulse::Group| {
        let of = group.answers?;
        let yes = group.tallies.get(&question)?.yes;
        Some(Share::of(if turned { of.saturating_sub(yes) } else { yes }, of))
    };
    let groups = |groups: &[crate::pulse::Group]| -> Vec<GroupShare> {
        let named = |group: &crate::pulse::Group| GroupShare {
            name: group.name.clone(),
            permille: share(group).and_then(|share| share.permille),
        };
        groups.iter().map(named).collect()
    };
    let tiers = groups(&pulse.tiers);
    let seen: Vec<u64> = tiers.iter().filter_map(|tier| tier.permille).collect();
    let gap = (seen.len() > 1).then(|| spread(&seen));
    let ours = pulse.all.as_ref().and_then(share);
    Measure { baseline, ours, tiers, departments: groups(&pulse.departments), gap }
}

/// A share of one group of the staff.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StaffGroup {
    /// The tier or department.
    pub name: String,
    /// How many of it.
    #[serde(flatten)]
    pub share: Share,
}

/// A share of the staff as registers tell it, and of each tier and department. It is known of everybody by name to
/// whoever governs, so that no group is too small to be shown.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct StaffShare {
    /// Of everybody.
    pub all: Share,
    /// By tier.
    pub tiers: Vec<StaffGroup>,
    /// By department.
    pub departments: Vec<StaffGroup>,
    /// Between the highest and the lowest tier, where there are two.
    pub gap: Option<u64>,
}

/// The group of those who have no account, and so neither tier nor department. It is no tier that others are held against.
pub const NO_ACCOUNT: &str = "no account";

/// Of how many, by tier and department, something is true.
#[must_use]
pub fn of_staff<'a>(staff: impl IntoIterator<Item = (&'a str, &'a str, bool)>) -> StaffShare {
    let (mut tiers, mut departments) = (BTreeMap::new(), BTreeMap::new());
    let (mut count, mut of) = (0, 0);
    for (tier, department, is_true) in staff {
        (count, of) = (count + u64::from(is_true), of + 1);
        for (groups, name) in [(&mut tiers, tier), (&mut departments, department)] {
            let group: &mut (u64, u64) = groups.entry(name).or_default();
            *group = (group.0 + u64::from(is_true), group.1 + 1);
        }
    }
    let groups = |groups: BTreeMap<&str, (u64, u64)>| -> Vec<StaffGroup> {
        groups
            .into_iter()
            .map(|(name, (count, of))| StaffGroup { name: name.to_owned(), share: Share::of(count, of) })
            .collect()
    };
    let tiers = groups(tiers);
    let of_tiers = tiers.iter().filter(|tier| tier.name != NO_ACCOUNT);
    let seen: Vec<u64> = of_tiers.filter_map(|tier| tier.share.permille).collect();
    let gap = (seen.len() > 1).then(|| spread(&seen));
    StaffShare { all: Share::of(count, of), tiers, departments: groups(departments), gap }
}

fn spread(seen: &[u64]) -> u64 {
    seen.iter().max().copied().unwrap_or(0) - seen.iter().min().copied().unwrap_or(0)
}

/// The widest gap between tiers: the headline.
#[must_use]
pub fn headline(measures: &[Measure]) -> Option<&Measure> {
    measures.iter().filter(|measure| measure.gap.is_some()).max_by_key(|measure| measure.gap)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pulse::{Cell, Tally, shown};
    use packhorse_model::ExchangeId;

    #[test]
    fn the_gap_between_the_top_and_the_front_line_is_the_headline() {
        let cell = |tier: &str, department: &str, yes, no| Cell {
            wave: ExchangeId::random(),
            tier: tier.into(),
            department: department.into(),
            answers: yes + no,
            tallies: Question::ALL
                .into_iter()
                .map(|question| match question {
                    Question::Training => (question, Tally { yes: yes + no, no: 0, dont_know: 0 }),
                    _ => (question, Tally { yes, no: 0, dont_know: no }),
                })
                .collect(),
        };
        let cells = [cell("corporate", "A", 20, 0), cell("department", "B", 10, 30)];
        let counted = Counted { parcels: Share::of(3, 4), ..Counted::default() };
        let measures = measures(&counted, &shown(&cells));
        assert_eq!(measures.len(), 9);
        assert_eq!(measures[0].ours.unwrap().permille, Some(750));
        assert_eq!(measures[1].ours, None, "nothing exchanged is no share of nothing");
        let charter = &measures[5];
        assert_eq!((charter.ours.unwrap().permille, charter.gap), (Some(500), Some(750)));
        let policy = &measures[6];
        assert_eq!(policy.ours.unwrap().count, 30, "no and don't know together, as in 2009");
        assert_eq!(headline(&measures).unwrap().gap, Some(750));
        assert_eq!(measures[8].gap, Some(0));
    }

    #[test]
    fn a_share_of_the_staff_is_told_by_tier_and_department_with_the_gap() {
        let staff = [
            ("corporate", "Leadership", true),
            ("department", "Parking", true),
            ("department", "Parking", false),
            ("department", "Housing", false),
        ];
        let share = of_staff(staff);
        assert_eq!((share.all.count, share.all.of, share.gap), (2, 4, Some(667)));
        let named = |group: &StaffGroup| (group.name.clone(), group.share.count, group.share.of);
        assert_eq!(
            share.tiers.iter().map(named).collect::<Vec<_>>(),
            [("corporate".to_owned(), 1, 1), ("department".to_owned(), 1, 3)]
        );
        assert_eq!(share.departments.len(), 3);
        assert_eq!(of_staff([]).all.permille, None, "nobody is no share of nobody");
    }

    #[test]
    fn shares_are_rounded_to_the_nearest_tenth_of_a_percent() {
        assert_eq!(Share::of(2, 3).permille, Some(667));
        assert_eq!(Share::of(1, 3).permille, Some(333));
        assert_eq!(Share::of(1, 2000).permille, Some(1));
        assert_eq!(Share::of(0, 0).permille, None);
    }
}
