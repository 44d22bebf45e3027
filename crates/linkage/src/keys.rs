//! The keys of blocking: for each row and rule one 64-bit word, and whether a pair satisfies a rule.

use std::collections::HashMap;

use rayon::prelude::*;

use crate::data::Data;
use crate::derive::{derive, derive_all};
use crate::hash;
use crate::spec::expression::{Derive, Term};
use crate::table::MISSING;

/// Most keys of one row under one rule, where its values are several.
const SEVERAL_KEYS: usize = 16;

/// What was made of each distinct value of a column: its hash, 0 where there is none.
pub(crate) type Made = Vec<u64>;

/// What is made of the values of columns, each once.
#[derive(Debug, Default)]
pub(crate) struct Derived {
    /// In order; there are few.
    made: Vec<((Derive, usize), Made)>,
}

impl Derived {
    /// Bytes of memory that it takes.
    pub(crate) fn held(&self) -> usize {
        self.made.iter().map(|(_, made)| 8 * made.capacity()).sum()
    }

    /// Makes everything that is asked for.
    pub(crate) fn new(data: &Data, wanted: impl IntoIterator<Item = (Derive, usize)>) -> Self {
        let mut wanted: Vec<_> = wanted.into_iter().collect();
        wanted.sort_unstable();
        wanted.dedup();
        let make = |(how, column): (Derive, usize)| {
            let values = &data.columns[column].values;
            let made = (0..values.len() as u32).into_par_iter().with_min_len(4096);
            let made: Made = made.map(|id| values.get(id).map_or(0, |value| first(how, value))).collect();
            ((how, column), made)
        };
        Self { made: wanted.into_iter().map(make).collect() }
    }

    /// What was made of a column; empty if it was not asked for.
    pub(crate) fn of(&self, how: Derive, column: usize) -> &[u64] {
        let known = self.made.iter().find(|(asked, _)| *asked == (how, column));
        known.map_or(&[], |(_, made)| made.as_slice())
    }
}

/// The only one, or of several the first.
fn first(how: Derive, value: &str) -> u64 {
    if value.contains(crate::table::SEVERAL) {
        derive_all(how, value).first().copied().unwrap_or(0)
    } else {
        derive(how, value)
    }
}

/// The keys of all rows under all rules.
#[derive(Debug)]
pub(crate) struct Keys {
    pub(crate) rules: usize,
    keys: Vec<u64>,
    /// Further keys of rows whose values are several: by row and rule.
    further: HashMap<(u32, usize), Vec<u64>>,
}

/// One key of a rule: its columns, each with what was made of its values.
type MadeTerm<'a> = (Derive, Vec<(usize, &'a [u64])>);

/// One rule with its columns found.
struct Rule {
    terms: Vec<(Derive, Vec<usize>)>,
    several: bool,
}

impl Keys {
    /// Makes the keys of rules.
    pub(crate) fn new(data: &Data, rules: &[Vec<Term>]) -> Self {
        let rules: Vec<Rule> = rules.iter().map(|terms| Rule::new(data, terms)).collect();
        let wanted = rules.iter().flat_map(|rule| &rule.terms);
        let wanted = wanted.flat_map(|(how, columns)| columns.iter().map(|column| (*how, *column)));
        let derived = Derived::new(data, wanted);
        let count = rules.len();
        let tables: Vec<Vec<MadeTerm<'_>>> = rules
            .iter()
            .map(|rule| {
                let made = |(how, columns): &(Derive, Vec<usize>)| {
                    (*how, columns.iter().map(|column| (*column, derived.of(*how, *column))).collect())
                };
                rule.terms.iter().map(made).collect()
            })
            .collect();
        let mut keys = vec![0_u64; data.rows * count];
        keys.par_chunks_mut(count.max(1) * 1024).enumerate().for_each(|(chunk, keys)| {
            for (at, keys) in keys.chunks_mut(count).enumerate() {
                let row = data.row((chunk * 1024 + at) as u32);
                for (key, terms) in keys.iter_mut().zip(&tables) {
                    *key = key_of(row, terms);
                }
            }
        });
        let further = further(data, &rules);
        Self { rules: count, keys, further }
    }

    /// Bytes of memory that they take.
    pub(crate) fn held(&self) -> usize {
        let further: usize = self.further.values().map(|keys| 64 + 8 * keys.capacity()).sum();
        8 * self.keys.capacity() + further
    }

    /// The keys of a row, rule by rule; 0 where it has none.
    pub(crate) fn row(&self, row: u32) -> &[u64] {
        let start = row as usize * self.rules;
        &self.keys[start..start + self.rules]
    }

    /// Every key of a row under a rule.
    pub(crate) fn all(&self, row: u32, rule: usize) -> (u64, &[u64]) {
        let further = if self.further.is_empty() { None } else { self.further.get(&(row, rule)) };
        (self.row(row)[rule], further.map_or(&[], Vec::as_slice))
    }

    /// Whether rows have more than one key under some rule.
    pub(crate) fn has_further(&self) -> bool {
        !self.further.is_empty()
    }

    /// Which rules a pair satisfies, one bit each.
    pub(crate) fn satisfied(&self, left: u32, right: u32) -> u64 {
        let mut satisfied = 0;
        for (rule, (l, r)) in self.row(left).iter().zip(self.row(right)).enumerate() {
            satisfied |= u64::from(*l == *r && *l != 0) << rule;
        }
        if self.has_further() {
            for rule in 0..self.rules {
                satisfied |= u64::from(self.shared(left, right, rule).is_some()) << rule;
            }
        }
        satisfied
    }

    /// The smallest key that two rows share under a rule.
    pub(crate) fn shared(&self, left: u32, right: u32, rule: usize) -> Option<u64> {
        let (first, further) = self.all(right, rule);
        let has = |key: &u64| *key != 0 && (*key == first || further.contains(key));
        let (first, further) = self.all(left, rule);
        std::iter::once(&first).chain(further).filter(|key| has(key)).min().copied()
    }
}

impl Rule {
    fn new(data: &Data, terms: &[Term]) -> Self {
        let places = |term: &Term| term.columns.iter().filter_map(|name| data.column(name)).collect::<Vec<_>>();
        let terms: Vec<_> = terms.iter().map(|term| (term.derive, places(term))).collect();
        let several = terms.iter().flat_map(|(_, columns)| columns).any(|column| data.columns[*column].several);
        Self { terms, several }
    }
}

fn key_of(row: &[u32], terms: &[MadeTerm<'_>]) -> u64 {
    let mut key = terms.len() as u64;
    for (how, columns) in terms {
        let mut part = 0_u64;
        for (column, made) in columns {
            let id = row[*column];
            let one = if id == MISSING { 0 } else { made[id as usize] };
            if one == 0 {
                return 0;
            }
            part = part.wrapping_add(one);
        }
        debug_assert!(columns.len() == 1 || *how == Derive::SortedTokens);
        key = hash::fold(key, part);
    }
    hash::mix(key).max(1)
}

/// The keys of rows with several values, besides the first.
fn further(data: &Data, rules: &[Rule]) -> HashMap<(u32, usize), Vec<u64>> {
    let mut further = HashMap::new();
    for (number, rule) in rules.iter().enumerate().filter(|(_, rule)| rule.several) {
        for row in 0..data.rows as u32 {
            let mut keys = vec![rule.terms.len() as u64];
            for (how, columns) in &rule.terms {
                let parts = parts(data, row, *how, columns);
                keys = keys.iter().flat_map(|key| parts.iter().map(|part| hash::fold(*key, *part))).collect();
                keys.truncate(SEVERAL_KEYS);
            }
            let mut keys: Vec<u64> = keys.iter().map(|key| hash::mix(*key).max(1)).collect();
            if keys.len() > 1 {
                keys.sort_unstable();
                keys.dedup();
                further.insert((row, number), keys);
            }
        }
    }
    further
}

fn parts(data: &Data, row: u32, how: Derive, columns: &[usize]) -> Vec<u64> {
    let mut parts = vec![0_u64];
    for column in columns {
        let made = data.value(row, *column).map(|value| derive_all(how, value)).unwrap_or_default();
        parts = parts.iter().flat_map(|part| made.iter().map(|one| part.wrapping_add(*one))).collect();
        parts.truncate(SEVERAL_KEYS);
    }
    parts
}
