//! Who is linked worse: the same figures for each group of people.

use std::collections::HashMap;

use rayon::prelude::*;

use crate::clean::Date;
use crate::data::{Data, Mode};
use crate::score::{Judged, weight};
use crate::spec::{Kind, Spec};
use crate::summary::Group;
use crate::table::MISSING;

/// Groups that are shown of one column, the largest.
const GROUPS_MAX: usize = 30;
/// Smaller groups are not shown: their shares say little, and may say it of one person.
const RECORDS_LEAST: u64 = 10;

/// For each column of `input.groups`, its groups by size.
pub(super) fn groups(spec: &Spec, data: &Data, kept: &[Judged]) -> Vec<Group> {
    let columns: Vec<usize> = spec.input.groups.iter().filter_map(|name| data.column(name)).collect();
    if columns.is_empty() {
        return Vec::new();
    }
    let floor = weight(spec.clusters.threshold);
    let links: Vec<&Judged> = kept.iter().filter(|pair| pair.weight() >= floor).collect();
    let mut linked = vec![false; data.rows];
    for pair in &links {
        linked[pair.left as usize] = true;
        linked[pair.right as usize] = true;
    }
    let matches = matches(data);
    let groups = columns.into_par_iter().map(|column| of_column(data, column, &links, &linked, matches.as_deref()));
    groups.collect::<Vec<_>>().into_iter().flatten().collect()
}

/// What is counted for a group. A pair belongs to the group of its left record.
#[derive(Clone, Default)]
struct Counted {
    records: u64,
    linked: u64,
    matches: u64,
    links: u64,
    right: u64,
}

fn of_column(data: &Data, column: usize, links: &[&Judged], linked: &[bool], matches: Option<&[u32]>) -> Vec<Group> {
    let (labels, group_of) = labels(data, column);
    let at = |row: usize| match data.cell(row, column) {
        MISSING => 0,
        value => group_of[value as usize],
    };
    let mut counted = vec![Counted::default(); labels.len()];
    for row in 0..data.left_rows {
        let group = &mut counted[at(row)];
        group.records += 1;
        group.linked += u64::from(linked[row]);
        group.matches += matches.map_or(0, |matches| u64::from(matches[row]));
    }
    for pair in links {
        let group = &mut counted[at(pair.left as usize)];
        group.links += 1;
        group.right += u64::from(data.is_match(pair.left, pair.right) == Some(true));
    }
    let share = |part: u64, whole: u64| part as f64 / whole.max(1) as f64;
    let known = matches.is_some();
    let shown = labels.into_iter().zip(counted).filter(|(_, it)| it.records >= RECORDS_LEAST);
    let mut groups: Vec<Group> = shown
        .map(|(label, it)| Group {
            column: data.columns[column].name.clone(),
            group: label,
            records: it.records,
            linked_share: share(it.linked, it.records),
            true_pairs: it.matches,
            recall: (known && it.matches > 0).then(|| share(it.right, it.matches)),
            precision: (known && it.links > 0).then(|| share(it.right, it.links)),
        })
        .collect();
    groups.sort_by(|one, other| other.records.cmp(&one.records).then_with(|| one.group.cmp(&other.group)));
    groups.truncate(GROUPS_MAX);
    groups
}

/// The groups of a column, the missing first, and the group of each of its values. Dates are grouped by ten years.
fn labels(data: &Data, column: usize) -> (Vec<String>, Vec<usize>) {
    let column = &data.columns[column];
    let mut labels = vec!["missing".to_owned()];
    let mut known: HashMap<String, usize> = HashMap::new();
    let mut group_of = Vec::with_capacity(column.values.len());
    for value in 0..column.values.len() {
        let text = column.values.get(value as u32).unwrap_or_default();
        let label = match (column.kind, Date::read(text)) {
            (Kind::Date, Some(date)) => format!("born {} to {}", date.year / 10 * 10, date.year / 10 * 10 + 9),
            _ => text.to_owned(),
        };
        let next = labels.len();
        let group = *known.entry(label.clone()).or_insert(next);
        if group == next {
            labels.push(label);
        }
        group_of.push(group);
    }
    (labels, group_of)
}

/// For each row of the first table, the pairs that it truly makes as the left record; nothing where that is not known.
fn matches(data: &Data) -> Option<Vec<u32>> {
    let truth = data.truth.as_ref()?;
    let known = (0..data.rows as u32).into_par_iter().filter(|row| truth[*row as usize] != 0);
    let mut known: Vec<(u64, u32)> = known.map(|row| (truth[row as usize], row)).collect();
    known.par_sort_unstable();
    let mut matches = vec![0; data.left_rows];
    for person in known.chunk_by(|one, other| one.0 == other.0) {
        let left = person.partition_point(|(_, row)| (*row as usize) < data.left_rows);
        for (at, (_, row)) in person[..left].iter().enumerate() {
            // Between two tables only records of the second are partners.
            let partners = if data.mode == Mode::Link { &person[left..] } else { &person[at + 1..] };
            matches[*row as usize] = partners.len() as u32;
        }
    }
    Some(matches)
}
