//! What of a survey may be seen: no group of fewer than ten, and none that can be worked out from the others.
//!
//! Groups are given one way at a time, by tier and by department, never crossed. What is hidden of one list amounts to
//! at least ten people as well, and to two groups or more: else the total less the groups shown would tell.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Cell, Question, Tally};

/// The fewest answers that are shown.
pub const FEWEST: u64 = 10;

/// What may be seen of one survey.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Shown {
    /// Everybody; absent while there are too few.
    pub all: Option<Group>,
    /// By tier. What is hidden has no figures.
    pub tiers: Vec<Group>,
    /// By department.
    pub departments: Vec<Group>,
}

/// One group's answers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Group {
    /// Its name; empty for everybody.
    pub name: String,
    /// How many answered; absent when hidden.
    pub answers: Option<u64>,
    /// What they said; empty when hidden.
    pub tallies: BTreeMap<Question, Tally>,
}

impl Group {
    /// The share that said yes, in tenths of a percent.
    #[must_use]
    pub fn yes_permille(&self, question: Question) -> Option<u64> {
        let answers = self.answers.filter(|answers| *answers > 0)?;
        Some(self.tallies.get(&question)?.yes * 1000 / answers)
    }
}

/// What may be seen of a survey's counters.
#[must_use]
pub fn shown(cells: &[Cell]) -> Shown {
    let all = sum(cells, |_| String::new()).into_iter().next();
    let Some(all) = all.filter(|all| all.answers >= Some(FEWEST)) else { return Shown::default() };
    Shown {
        all: Some(all),
        tiers: hidden(sum(cells, |cell| cell.tier.clone())),
        departments: hidden(sum(cells, |cell| cell.department.clone())),
    }
}

fn sum(cells: &[Cell], name: impl Fn(&Cell) -> String) -> Vec<Group> {
    let mut groups: BTreeMap<String, Group> = BTreeMap::new();
    for cell in cells.iter().filter(|cell| cell.answers > 0) {
        let name = name(cell);
        let group = groups.entry(name.clone()).or_insert_with(|| Group { name, ..Group::default() });
        group.answers = Some(group.answers.unwrap_or(0) + cell.answers);
        for (question, tally) in &cell.tallies {
            group.tallies.entry(*question).or_default().merge(*tally);
        }
    }
    groups.into_values().collect()
}

/// Hides the small groups, and then the smallest of the others until the hidden ones cover each other.
fn hidden(mut groups: Vec<Group>) -> Vec<Group> {
    let size = |group: &Group| group.answers.unwrap_or(0);
    let mut hide: Vec<bool> = groups.iter().map(|group| size(group) < FEWEST).collect();
    loop {
        let hidden = || groups.iter().zip(&hide).filter(|(_, hide)| **hide);
        let (count, people) = (hidden().count(), hidden().map(|(group, _)| size(group)).sum::<u64>());
        if count == 0 || (count > 1 && people >= FEWEST) {
            break;
        }
        let open = groups.iter().enumerate().filter(|(index, _)| !hide[*index]);
        let Some((smallest, _)) = open.min_by_key(|(_, group)| size(group)) else { break };
        hide[smallest] = true;
    }
    for (group, hide) in groups.iter_mut().zip(hide) {
        if hide {
            group.answers = None;
            group.tallies.clear();
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;
    use packhorse_model::ExchangeId;

    fn cell(tier: &str, department: &str, answers: u64) -> Cell {
        let tally = Tally { yes: answers / 2, no: answers - answers / 2, dont_know: 0 };
        let tallies = Question::ALL.into_iter().map(|question| (question, tally)).collect();
        Cell { wave: ExchangeId::random(), tier: tier.into(), department: department.into(), answers, tallies }
    }

    fn answers(groups: &[Group]) -> Vec<(&str, Option<u64>)> {
        groups.iter().map(|group| (group.name.as_str(), group.answers)).collect()
    }

    #[test]
    fn fewer_than_ten_answers_show_nothing_at_all() {
        assert_eq!(shown(&[cell("corporate", "A", 4), cell("department", "B", 5)]), Shown::default());
        assert_eq!(shown(&[]), Shown::default());
    }

    #[test]
    fn a_small_group_takes_the_next_smallest_with_it_so_that_the_total_does_not_tell() {
        let cells = [cell("corporate", "A", 3), cell("technology", "A", 12), cell("department", "B", 60)];
        let shown = shown(&cells);
        assert_eq!(shown.all.as_ref().unwrap().answers, Some(75));
        let tiers = [("corporate", None), ("department", Some(60)), ("technology", None)];
        assert_eq!(answers(&shown.tiers), tiers);
        assert_eq!(answers(&shown.departments), [("A", Some(15)), ("B", Some(60))]);
        assert!(shown.tiers[0].tallies.is_empty());
    }

    #[test]
    fn two_small_groups_that_together_are_few_take_a_third_with_them() {
        let cells = [cell("x", "A", 2), cell("x", "B", 3), cell("x", "C", 11), cell("x", "D", 40)];
        let departments = [("A", None), ("B", None), ("C", None), ("D", Some(40))];
        assert_eq!(answers(&shown(&cells).departments), departments);
    }

    #[test]
    fn nothing_hidden_can_be_worked_out_from_what_is_shown() {
        for seed in 0_u64..2000 {
            let cells: Vec<Cell> = (0..1 + seed % 7)
                .map(|number| {
                    let size = (seed.wrapping_mul(6_364_136_223_846_793_005) >> (8 * number)) % 25;
                    cell("x", &number.to_string(), size)
                })
                .collect();
            let shown = shown(&cells);
            let Some(all) = shown.all else { continue };
            let total = all.answers.unwrap();
            let seen: u64 = shown.departments.iter().filter_map(|group| group.answers).sum();
            let hidden = shown.departments.iter().filter(|group| group.answers.is_none()).count();
            assert!(shown.departments.iter().all(|group| group.answers.is_none_or(|answers| answers >= FEWEST)));
            assert!(total == seen || (hidden > 1 && total - seen >= FEWEST), "{:?}", shown.departments);
        }
    }
}
