//! Agreement by chance: how often each level is reached by two records taken at random.

use std::collections::HashMap;

use rayon::prelude::*;

use crate::compare::{Alternative, Comparer, Compiled, Tested};
use crate::data::{Data, Mode, pairs};
use crate::hash::{self, WordMap};
use crate::spec::expression::{Derive, Test};
use crate::table::MISSING;

/// The seed of the random pairs: the same run, the same pairs.
const SEED: u64 = 0x5eed_0f9a_1125_0001;
/// Random pairs of one piece of work.
const AT_ONCE: u64 = 1 << 14;
/// Most earlier levels for which overlaps are worked out exactly.
const OVERLAPS: usize = 6;

/// For each comparison, the probability of each level among pairs that have the values.
pub(super) type Chance = Vec<Vec<f64>>;

/// Works them out: exactly where a level is an equality, else from random pairs.
pub(super) fn chance(data: &Data, comparer: &Comparer, random_pairs: u64) -> Chance {
    let counted = random(data, comparer, random_pairs);
    let comparisons = comparer.comparisons.par_iter().zip(counted);
    comparisons.map(|(compiled, counts)| one(data, comparer, compiled, &counts)).collect()
}

/// How often random pairs have each code of each comparison.
fn random(data: &Data, comparer: &Comparer, wanted: u64) -> Vec<Vec<u64>> {
    let nothing = || -> Vec<Vec<u64>> {
        comparer.comparisons.iter().map(|compiled| vec![0; compiled.codes() as usize]).collect()
    };
    let pieces = wanted.div_ceil(AT_ONCE) as usize;
    let piece = |piece: usize| {
        let piece = piece as u64;
        let mut counts = nothing();
        let mut scratch = comparer.scratch();
        for place in piece * AT_ONCE..((piece + 1) * AT_ONCE).min(wanted) {
            let (left, right) = pair(data, place);
            if data.may_pair(left, right) {
                let pattern = comparer.pattern(data, data.row(left), data.row(right), &mut scratch);
                for (counts, code) in counts.iter_mut().zip(comparer.codes(pattern)) {
                    counts[usize::from(code)] += 1;
                }
            }
        }
        counts
    };
    let add = |mut all: Vec<Vec<u64>>, some: Vec<Vec<u64>>| {
        all.iter_mut().flatten().zip(some.into_iter().flatten()).for_each(|(all, some)| *all += some);
        all
    };
    (0..pieces).into_par_iter().map(piece).reduce(nothing, add)
}

fn pair(data: &Data, place: u64) -> (u32, u32) {
    let below = |word: u64, limit: usize| ((u128::from(word) * limit as u128) >> 64) as u32;
    let (first, second) = (hash::random(SEED, 2 * place), hash::random(SEED, 2 * place + 1));
    if data.mode == Mode::Link {
        let right = below(second, data.rows - data.left_rows) + data.left_rows as u32;
        return (below(first, data.left_rows), right);
    }
    (below(first, data.rows), below(second, data.rows))
}

fn one(data: &Data, comparer: &Comparer, compiled: &Compiled, counts: &[u64]) -> Vec<f64> {
    let seen: u64 = counts[1..].iter().sum();
    // Half a pair is what was seen of a level that was not seen.
    let share = |count: u64| (count as f64 + 0.5) / (seen as f64 + 0.5 * (counts.len() - 1) as f64);
    let mut chance: Vec<f64> = counts[1..].iter().map(|count| share(*count)).collect();
    let mut exact = Exact { data, comparer, known: HashMap::new(), present: present(data, compiled) };
    if exact.present == 0.0 {
        return chance;
    }
    let mut earlier: Vec<&Alternative> = Vec::new();
    for (level, alternatives) in compiled.levels.iter().enumerate() {
        let [alternative] = alternatives.as_slice() else { break };
        if !is_equality(data, alternative) || earlier.len() >= OVERLAPS {
            break;
        }
        chance[level] = exact.first_at(alternative, &earlier).max(0.5 / exact.present);
        earlier.push(alternative);
    }
    let known: f64 = chance[..earlier.len()].iter().sum();
    let rest: f64 = chance[earlier.len()..].iter().sum();
    chance[earlier.len()..].iter_mut().for_each(|chance| *chance *= (1.0 - known).max(1e-9) / rest);
    chance
}

/// Whether frequencies tell how often it holds: not where a value is several, of which any may agree.
fn is_equality(data: &Data, alternative: &Alternative) -> bool {
    let counted = |tested: &Tested| {
        tested.left == tested.right && matches!(tested.test, Test::Same(_)) && !data.columns[tested.left].several
    };
    alternative.tests.iter().all(counted)
}

/// The pairs of which both have a value in some column.
fn present(data: &Data, compiled: &Compiled) -> f64 {
    let mut masks: [WordMap<u64, u64>; 2] = Default::default();
    for row in 0..data.rows {
        let has = |(bit, column): (usize, &usize)| u64::from(data.cell(row, *column) != MISSING) << bit;
        let mask = compiled.columns.iter().enumerate().map(has).fold(0, |all, bit| all | bit);
        *masks[usize::from(row >= data.left_rows)].entry(mask).or_insert(0) += 1;
    }
    let mut total = 0_u128;
    let all: Vec<(u64, u64, u64)> = {
        let mut keys: Vec<u64> = masks.iter().flat_map(|side| side.keys().copied()).collect();
        keys.sort_unstable();
        keys.dedup();
        let of = |side: usize, mask: &u64| masks[side].get(mask).copied().unwrap_or(0);
        keys.iter().map(|mask| (*mask, of(0, mask), of(1, mask))).collect()
    };
    for (at, (mask, left, right)) in all.iter().enumerate() {
        if *mask != 0 {
            total += pairs(data.mode, u128::from(*left), u128::from(*right));
        }
        for (other, left2, right2) in all[at + 1..].iter().filter(|(other, ..)| other & mask != 0) {
            debug_assert_ne!(other, mask);
            total += match data.mode {
                Mode::Link => u128::from(*left) * u128::from(*right2) + u128::from(*left2) * u128::from(*right),
                Mode::Dedupe | Mode::Both => u128::from(left + right) * u128::from(left2 + right2),
            };
        }
    }
    total as f64
}

/// Exact shares of pairs that agree.
struct Exact<'a> {
    data: &'a Data,
    comparer: &'a Comparer,
    known: HashMap<Vec<(usize, Derive)>, f64>,
    present: f64,
}

impl Exact<'_> {
    /// The share of pairs that reach this equality and none of the earlier ones, by inclusion and exclusion.
    fn first_at(&mut self, alternative: &Alternative, earlier: &[&Alternative]) -> f64 {
        let mut share = 0.0;
        for subset in 0..1_u32 << earlier.len() {
            let also = earlier.iter().enumerate().filter(|(at, _)| subset & (1 << at) != 0).map(|(_, other)| *other);
            let tests = also.chain([alternative]).flat_map(|alternative| &alternative.tests);
            let agree = self.agree(normal(tests));
            share += if subset.count_ones() % 2 == 0 { agree } else { -agree };
        }
        share
    }

    /// The share of pairs that agree on everything given.
    fn agree(&mut self, tests: Vec<(usize, Derive)>) -> f64 {
        if let Some(known) = self.known.get(&tests) {
            return *known;
        }
        let agree = self.count(&tests) / self.present;
        self.known.insert(tests, agree);
        agree
    }

    fn count(&self, tests: &[(usize, Derive)]) -> f64 {
        match tests {
            [(column, how)] => self.count_values(*column, *how),
            _ => self.data.pairs_sharing(|row| self.row_key(row, tests)) as f64,
        }
    }

    /// The pairs that agree on what is made of one column's values.
    fn count_values(&self, column: usize, how: Derive) -> f64 {
        let (left, right) = self.data.frequencies(column);
        let counted = left.iter().enumerate().map(|(id, left)| (*left, right.get(id).copied().unwrap_or(0)));
        let made = |(left, right): (u64, u64)| pairs(self.data.mode, u128::from(left), u128::from(right));
        if how == Derive::Whole {
            return counted.map(|(left, right)| made((left.into(), right.into()))).sum::<u128>() as f64;
        }
        let mut seen: WordMap<u64, (u64, u64)> = WordMap::default();
        for ((left, right), key) in counted.zip(self.comparer.derived().of(how, column)).filter(|(_, key)| **key != 0) {
            let entry = seen.entry(*key).or_insert((0, 0));
            entry.0 += u64::from(left);
            entry.1 += u64::from(right);
        }
        seen.into_values().map(made).sum::<u128>() as f64
    }

    /// What a row has in everything given, as one word; 0 where something is missing.
    fn row_key(&self, row: usize, tests: &[(usize, Derive)]) -> u64 {
        let mut key = 1;
        for (column, how) in tests {
            let id = self.data.cell(row, *column);
            let part = match (id, how) {
                (MISSING, _) => 0,
                (id, Derive::Whole) => u64::from(id) + 1,
                (id, how) => self.comparer.derived().of(*how, *column)[id as usize],
            };
            if part == 0 {
                return 0;
            }
            key = hash::fold(key, part);
        }
        key.max(1)
    }
}

/// The equalities in order, without those that another implies.
fn normal<'a>(tests: impl Iterator<Item = &'a Tested>) -> Vec<(usize, Derive)> {
    let mut all: Vec<(usize, Derive)> = tests
        .filter_map(|tested| match tested.test {
            Test::Same(how) => Some((tested.left, how)),
            Test::Within(..) => None,
        })
        .collect();
    all.sort_unstable();
    all.dedup();
    let implied = |(column, how): &(usize, Derive), by: &(usize, Derive)| {
        use Derive as D;
        column == &by.0
            && how != &by.1
            && match (by.1, *how) {
                (D::Whole, _) => true,
                (D::Sector, D::District | D::Area) | (D::District, D::Area) => true,
                (D::Prefix(long), D::Prefix(short)) => long > short,
                _ => false,
            }
    };
    let kept = all.clone();
    all.retain(|test| !kept.iter().any(|other| implied(test, other)));
    all
}
