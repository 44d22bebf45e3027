//! What people have in common who live together and are not the same person.
//!
//! Pairs of one table at one place are hardly ever matches: they tell how often surnames, dates and the rest agree
//! within a household.

use rayon::prelude::*;

use crate::compare::{Alternative, Comparer, Compiled, Tested};
use crate::data::{Data, Mode};
use crate::hash::{self, WordMap};
use crate::spec::expression::{Derive, Test};
use crate::table::MISSING;

/// Most pairs of one level that are looked at, and most rows of one place.
const PAIRS: usize = 40_000;
const ROWS: usize = 64;
/// Rows at the places that are looked at first.
const PART: u64 = 200_000;

/// How often each pattern was seen among pairs of one place.
pub(super) struct Sample {
    /// The comparison that says "same household".
    pub(super) place: usize,
    /// For each of its levels that count, the patterns.
    pub(super) levels: Vec<WordMap<u64, u64>>,
}

/// Counts patterns at the place's first levels, those that ask for a whole value to be the same.
pub(super) fn sample(data: &Data, comparer: &Comparer, place: usize) -> Sample {
    let compiled = &comparer.comparisons[place];
    let count = levels(compiled);
    let level = |level: usize| at_level(data, comparer, place, level);
    Sample { place, levels: (0..count).into_par_iter().map(level).collect() }
}

/// How many of the first levels ask for some whole value to be the same, such as the postcode.
fn levels(compiled: &Compiled) -> usize {
    let whole = |tested: &Tested| tested.left == tested.right && tested.test == Test::Same(Derive::Whole);
    let counts = |alternatives: &Vec<Alternative>| matches!(alternatives.as_slice(), [alternative] if alternative.tests.iter().any(whole));
    compiled.levels.iter().take_while(|alternatives| counts(alternatives)).count()
}

/// Of large tables a part of the places is enough, unless few people live together.
fn at_level(data: &Data, comparer: &Comparer, place: usize, level: usize) -> WordMap<u64, u64> {
    let share = (data.rows as u64 / PART).max(1);
    let (counts, seen) = in_part(data, comparer, place, level, u64::MAX / share);
    if seen >= PAIRS || share == 1 { counts } else { in_part(data, comparer, place, level, u64::MAX).0 }
}

/// The patterns at places whose key is at most `last`, and how many pairs were seen.
fn in_part(data: &Data, comparer: &Comparer, place: usize, level: usize, last: u64) -> (WordMap<u64, u64>, usize) {
    let compiled = &comparer.comparisons[place];
    let mut keyed: Vec<(u64, u32)> = (0..data.rows as u32)
        .into_par_iter()
        .filter_map(|row| key(data, comparer, compiled, level, row).map(|key| (key, row)))
        .filter(|(key, _)| *key <= last)
        .collect();
    keyed.par_sort_unstable();
    let mut counts = WordMap::default();
    let mut scratch = comparer.scratch();
    let mut seen = 0;
    // The keys are hashes: their order is no order of places, so that the first ones are a fair sample.
    for block in keyed.chunk_by(|a, b| a.0 == b.0) {
        let block = &block[..block.len().min(ROWS)];
        for (at, (_, left)) in block.iter().enumerate() {
            for (_, right) in &block[at + 1..] {
                let split = |row: u32| (row as usize) < data.left_rows;
                if data.mode == Mode::Link && split(*left) != split(*right) {
                    continue;
                }
                let pattern = comparer.pattern(data, data.row(*left), data.row(*right), &mut scratch);
                if usize::from(compiled.code_in(pattern)) == level + 1 {
                    *counts.entry(pattern).or_insert(0) += 1;
                    seen += 1;
                }
            }
        }
        if seen >= PAIRS {
            break;
        }
    }
    (counts, seen)
}

fn key(data: &Data, comparer: &Comparer, compiled: &Compiled, level: usize, row: u32) -> Option<u64> {
    let mut key = 1;
    for tested in &compiled.levels[level][0].tests {
        // What is fuzzy is left to the comparison itself.
        let Test::Same(how) = tested.test else { continue };
        if tested.left != tested.right {
            continue;
        }
        let id = data.cell(row as usize, tested.left);
        let part = match (id, how) {
            (MISSING, _) => return None,
            (id, Derive::Whole) => u64::from(id) + 1,
            (id, how) => comparer.derived().of(how, tested.left)[id as usize],
        };
        if part == 0 {
            return None;
        }
        key = hash::fold(key, part);
    }
    Some(hash::mix(key))
}
