//! The weight of a pattern, and what a value's rarity adds to it.

use crate::compare::Comparer;
use crate::data::Data;
use crate::hash::WordMap;
use crate::model::Model;
use crate::spec::expression::{Derive, Test};
use crate::store::Compared;
use crate::table::MISSING;

/// So many patterns are looked up by number; more, by hash.
const DENSE: u64 = 1 << 22;

/// What one comparison adds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Weighed {
    /// log2(m/u); 0 where a value is missing.
    pub(crate) weight: f64,
    /// What the value's rarity adds.
    pub(crate) rarity: f64,
    /// Whether u within the household was used.
    pub(crate) household: bool,
}

/// Weighs pairs by a model.
pub(crate) struct Weigher<'a> {
    comparer: &'a Comparer,
    prior: f64,
    /// By comparison, household level (0: none) and code.
    tables: Vec<Vec<Vec<f64>>>,
    household: Option<(usize, usize)>,
    /// By comparison: log2(u/frequency) of each value of the first column.
    rarity: Vec<Option<Rarity>>,
    patterns: Patterns,
}

/// Rarity of the values of one column.
struct Rarity {
    column: usize,
    /// The codes of the levels at which the value is the same.
    codes: Vec<u8>,
    added: Vec<f32>,
}

/// Weights that were worked out before.
enum Patterns {
    Dense(Vec<f32>),
    Sparse(WordMap<u64, f32>),
}

impl<'a> Weigher<'a> {
    /// Tables for a model, and the weights of the patterns that were seen.
    pub(crate) fn new(model: &Model, data: &Data, comparer: &'a Comparer, seen: impl Iterator<Item = u64>) -> Self {
        let household = model.household.as_ref().and_then(|household| {
            let place = model.comparisons.iter().position(|comparison| comparison.name == household.comparison)?;
            Some((place, household.levels as usize))
        });
        let homes = household.map_or(0, |(_, levels)| levels);
        let tables = model.comparisons.iter().map(|comparison| {
            let table = |home: usize| {
                let levels = comparison.levels.iter().map(|level| {
                    let at_home = home.checked_sub(1).and_then(|home| level.u_household.get(home));
                    (level.m / at_home.unwrap_or(&level.u)).log2()
                });
                std::iter::once(0.0).chain(levels).collect()
            };
            (0..=homes).map(table).collect()
        });
        let tables: Vec<Vec<Vec<f64>>> = tables.collect();
        let rarity = comparer.comparisons.iter().zip(&model.comparisons);
        let rarity = rarity.map(|(compiled, learned)| {
            let column = compiled.term_frequency.filter(|_| learned.term_frequency)?;
            Some(Rarity::new(data, compiled, column, learned.levels.iter().map(|level| level.u).collect()))
        });
        let rarity = rarity.collect();
        let prior = super::weight(model.prior);
        let mut weigher =
            Self { comparer, prior, tables, household, rarity, patterns: Patterns::Sparse(WordMap::default()) };
        weigher.patterns = weigher.patterns(seen);
        weigher
    }

    fn patterns(&self, seen: impl Iterator<Item = u64>) -> Patterns {
        let patterns = self.comparer.patterns();
        if patterns > DENSE {
            return Patterns::Sparse(seen.map(|pattern| (pattern, self.pattern(pattern) as f32)).collect());
        }
        let mut dense = vec![f32::NAN; patterns as usize];
        for pattern in seen {
            dense[pattern as usize] = self.pattern(pattern) as f32;
        }
        Patterns::Dense(dense)
    }

    /// The weight of the prior.
    pub(crate) fn prior(&self) -> f64 {
        self.prior
    }

    /// The weight of a pair before competition.
    pub(crate) fn weight(&self, data: &Data, pair: Compared) -> f64 {
        let known = match &self.patterns {
            Patterns::Dense(dense) => dense.get(pair.pattern as usize).copied(),
            Patterns::Sparse(sparse) => sparse.get(&pair.pattern).copied(),
        };
        let base = match known {
            Some(known) if !known.is_nan() => f64::from(known),
            _ => f64::from(self.pattern(pair.pattern) as f32),
        };
        base + self.rarity(data, pair)
    }

    fn pattern(&self, pattern: u64) -> f64 {
        let home = self.home(pattern);
        let codes = self.comparer.codes(pattern);
        self.prior + codes.zip(&self.tables).map(|(code, tables)| tables[home][usize::from(code)]).sum::<f64>()
    }

    /// The household level of a pattern, from 1; else 0.
    fn home(&self, pattern: u64) -> usize {
        let Some((place, levels)) = self.household else { return 0 };
        let code = usize::from(self.comparer.comparisons[place].code_in(pattern));
        if code <= levels { code } else { 0 }
    }

    fn rarity(&self, data: &Data, pair: Compared) -> f64 {
        if self.rarity.iter().all(Option::is_none) {
            return 0.0;
        }
        let home = self.home(pair.pattern);
        let added = self.rarity.iter().enumerate().map(|(at, _)| self.rarity_of(data, pair, at, home));
        added.sum()
    }

    /// Within a household, a shared name is no surprise, however rare it is.
    fn rarity_of(&self, data: &Data, pair: Compared, comparison: usize, home: usize) -> f64 {
        let Some(rarity) = &self.rarity[comparison] else { return 0.0 };
        let is_place = self.household.is_some_and(|(place, _)| place == comparison);
        let code = self.comparer.comparisons[comparison].code_in(pair.pattern);
        if (home > 0 && !is_place) || !rarity.codes.contains(&code) {
            return 0.0;
        }
        let id = data.cell(pair.left as usize, rarity.column);
        if id != data.cell(pair.right as usize, rarity.column) {
            // Of several values one is shared: how rare that one is, is not counted.
            return 0.0;
        }
        rarity.added.get(id as usize).map_or(0.0, |added| f64::from(*added))
    }

    /// What each comparison adds to a pair.
    pub(crate) fn explain(&self, data: &Data, pair: Compared) -> Vec<Weighed> {
        let home = self.home(pair.pattern);
        let place = self.household.map(|(place, _)| place);
        let one = |(at, code): (usize, u8)| Weighed {
            weight: self.tables[at][home][usize::from(code)],
            rarity: self.rarity_of(data, pair, at, home),
            household: home > 0 && place != Some(at) && code > 0,
        };
        self.comparer.codes(pair.pattern).enumerate().map(one).collect()
    }
}

impl Rarity {
    fn new(data: &Data, compiled: &crate::compare::Compiled, column: usize, u: Vec<f64>) -> Self {
        let whole = |alternatives: &Vec<crate::compare::Alternative>| match alternatives.as_slice() {
            [alternative] => alternative.tests.iter().any(|tested| {
                tested.test == Test::Same(Derive::Whole) && tested.left == column && tested.right == column
            }),
            _ => false,
        };
        // A level that asks for more than this column is rare for other reasons too: only the plain one is adjusted.
        let plain =
            |alternatives: &Vec<crate::compare::Alternative>| whole(alternatives) && alternatives[0].tests.len() == 1;
        let levels: Vec<usize> = (0..compiled.levels.len()).filter(|level| plain(&compiled.levels[*level])).collect();
        let (left, right) = data.frequencies(column);
        let all: u64 = left.iter().chain(&right).map(|count| u64::from(*count)).sum();
        let usual = levels.first().map_or(1.0, |level| u[*level]);
        let added = left.iter().enumerate().map(|(id, left)| {
            let count = left + right.get(id).copied().unwrap_or(0);
            let share = f64::from(count.max(1)) / all.max(1) as f64;
            (usual / share).log2() as f32
        });
        debug_assert!(data.rows == 0 || data.cell(0, column) == MISSING || !left.is_empty());
        Self { column, codes: levels.iter().map(|level| *level as u8 + 1).collect(), added: added.collect() }
    }
}

impl Weigher<'_> {
    /// The codes of a pattern.
    pub(crate) fn codes(&self, pattern: u64) -> impl Iterator<Item = u8> {
        self.comparer.codes(pattern)
    }

    /// The weight a record would have with its own copy: every comparison at its first level, or missing. A household
    /// of strangers is not assumed.
    pub(crate) fn own_copy(&self, data: &Data, row: u32) -> f64 {
        let mut weight = self.prior;
        for (at, compiled) in self.comparer.comparisons.iter().enumerate() {
            if compiled.columns.iter().any(|column| data.cell(row as usize, *column) == MISSING) {
                continue;
            }
            weight += self.tables[at][0][1];
            if let Some(rarity) = self.rarity[at].as_ref().filter(|rarity| rarity.codes.contains(&1)) {
                let id = data.cell(row as usize, rarity.column);
                weight += rarity.added.get(id as usize).map_or(0.0, |added| f64::from(*added));
            }
        }
        weight
    }
}
