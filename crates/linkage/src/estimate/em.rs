//! Expectation and maximisation over the patterns of all rules at once.
//!
//! Under a rule, comparisons that use its columns say nothing and are left out; every other one counts, with one m for
//! all rules and a prior for each.

use rayon::prelude::*;

use super::Evidence;
use super::chance::Chance;
use super::household::Sample;
use crate::hash::WordMap;
use crate::spec::expression::parse_rule;
use crate::summary::TrainingRound;

/// When no m moves by more, it is done.
const STILL: f64 = 1e-4;
/// What is added to every count, so that nothing is impossible.
const AT_LEAST: f64 = 0.5;
/// The least share of chance agreement that is not explained by matches.
const BY_CHANCE: f64 = 0.02;
/// Bounds of m and u.
const SMALLEST: f64 = 1e-12;

/// Probabilities by comparison and level.
pub(crate) type Levels = Vec<Vec<f64>>;

/// What was learned.
pub(crate) struct Trained {
    pub(crate) m: Levels,
    pub(crate) u: Levels,
    /// u at each level of the household comparison.
    pub(crate) u_household: Vec<Levels>,
    pub(crate) prior: f64,
    pub(crate) priors: Vec<f64>,
    /// Whether some rule leaves the comparison free.
    pub(crate) learned: Vec<bool>,
    pub(crate) rounds: Vec<TrainingRound>,
}

/// Equal patterns of pairs under one rule.
struct Seen {
    /// For each comparison: 0 where it is missing or left out, else the level from 1.
    codes: Vec<u8>,
    /// The household level from 1, or 0.
    household: usize,
    count: f64,
}

/// The patterns of one rule.
struct RuleSeen {
    seen: Vec<Seen>,
    free: Vec<bool>,
}

/// Before anything is learned: agreement is likely among matches, and the closer the likelier.
pub(crate) fn initial_m(levels: usize) -> Vec<f64> {
    let mut m: Vec<f64> = (0..levels).map(|level| 0.9 * 0.1_f64.powi(level as i32)).collect();
    let sum: f64 = m.iter().sum();
    m.iter_mut().for_each(|m| *m /= sum);
    m
}

/// Learns m, the priors, and u within households.
pub(crate) fn train(evidence: &Evidence<'_>, chance: &Chance, sample: Option<&Sample>, fixed: Option<f64>) -> Trained {
    let rules = rules(evidence, sample);
    let first = first_rules(evidence, sample);
    let homes = sample.map(|sample| homes(evidence, sample)).unwrap_or_default();
    let comparisons = chance.len();
    let records = evidence.data.rows as f64 / 2.0;
    let priors = rules.iter().map(|rule| {
        let pairs: f64 = rule.seen.iter().map(|seen| seen.count).sum();
        (records / (2.0 * pairs.max(1.0))).clamp(0.001, 0.5)
    });
    let possible = evidence.data.pairs_possible().max(1) as f64;
    let mut trained = Trained {
        m: chance.iter().map(|levels| initial_m(levels.len())).collect(),
        u: chance.clone(),
        u_household: homes.iter().map(|_| chance.clone()).collect(),
        prior: fixed.unwrap_or(records / possible).clamp(1e-12, 0.5),
        priors: priors.collect(),
        learned: (0..comparisons).map(|at| rules.iter().any(|rule| rule.learns(at))).collect(),
        rounds: Vec::new(),
    };
    let mut home_priors = vec![0.05; homes.len()];
    for round in 1..=evidence.spec.estimate.rounds_max {
        let change = trained.round(&rules);
        for (at, home) in homes.iter().enumerate() {
            home_priors[at] = trained.home_round(at, home, home_priors[at]);
        }
        if fixed.is_none() {
            let ratios = trained.ratios();
            let matches: f64 =
                first.iter().zip(&trained.priors).map(|(rule, prior)| rule.matches(*prior, &ratios)).sum();
            trained.prior = (matches / possible).clamp(1e-12, 0.5);
        }
        trained.correct(chance);
        trained.rounds.push(TrainingRound { round, change, priors: trained.priors.clone() });
        if change < STILL && round > 3 {
            break;
        }
    }
    trained
}

/// What one step adds up under one rule.
struct Sums {
    m: Levels,
    matches: f64,
    all: f64,
}

impl Trained {
    /// One round over all rules; the largest change of an m.
    fn round(&mut self, rules: &[RuleSeen]) -> f64 {
        let ratios = self.ratios();
        let sums: Vec<Sums> =
            rules.par_iter().zip(&self.priors).map(|(rule, prior)| self.expect(rule, *prior, &ratios)).collect();
        for (prior, sums) in self.priors.iter_mut().zip(&sums) {
            if sums.all > 0.0 {
                *prior = (sums.matches / sums.all).clamp(1e-9, 1.0 - 1e-6);
            }
        }
        let mut change = 0.0_f64;
        for at in (0..self.m.len()).filter(|at| self.learned[*at]) {
            let levels = self.m[at].len();
            let counts: Vec<f64> =
                (0..levels).map(|level| AT_LEAST + sums.iter().map(|sums| sums.m[at][level]).sum::<f64>()).collect();
            let all: f64 = counts.iter().sum();
            for (m, count) in self.m[at].iter_mut().zip(counts) {
                let next = (count / all).max(SMALLEST);
                change = change.max((next - *m).abs());
                *m = next;
            }
        }
        change
    }

    fn expect(&self, rule: &RuleSeen, prior: f64, ratios: &[Vec<Vec<f64>>]) -> Sums {
        let mut sums =
            Sums { m: self.m.iter().map(|levels| vec![0.0; levels.len()]).collect(), matches: 0.0, all: 0.0 };
        for seen in &rule.seen {
            let expected = seen.count * seen.probability(prior, ratios);
            sums.matches += expected;
            sums.all += seen.count;
            for (at, code) in seen.codes.iter().enumerate().filter(|(_, code)| **code > 0) {
                sums.m[at][usize::from(*code) - 1] += expected;
            }
        }
        sums
    }

    /// m/u by household level (0: none), comparison and code; 1 where nothing is said.
    fn ratios(&self) -> Vec<Vec<Vec<f64>>> {
        let table = |u: &Levels| {
            let one = |(m, u): (&Vec<f64>, &Vec<f64>)| {
                std::iter::once(1.0).chain(m.iter().zip(u).map(|(m, u)| m / u)).collect()
            };
            self.m.iter().zip(u).map(one).collect()
        };
        std::iter::once(&self.u).chain(&self.u_household).map(table).collect()
    }

    /// Learns u within the household from pairs of one place, of which few are matches; their share.
    fn home_round(&mut self, home: usize, rule: &RuleSeen, prior: f64) -> f64 {
        let mut sums: Levels = self.u.iter().map(|levels| vec![0.0; levels.len()]).collect();
        let (mut matches, mut all) = (0.0, 0.0);
        let ratios = self.ratios();
        for seen in &rule.seen {
            let expected = seen.count * seen.probability(prior, &ratios);
            matches += expected;
            all += seen.count;
            for (at, code) in seen.codes.iter().enumerate().filter(|(_, code)| **code > 0) {
                sums[at][usize::from(*code) - 1] += seen.count - expected;
            }
        }
        for (at, sums) in sums.into_iter().enumerate() {
            // Where little was seen, what holds for strangers stands in.
            let seen: f64 = sums.iter().sum();
            for (level, sum) in sums.into_iter().enumerate() {
                let strangers = self.u[at][level];
                self.u_household[home][at][level] = ((sum + 2.0 * strangers) / (seen + 2.0)).max(SMALLEST);
            }
        }
        if all > 0.0 { (matches / all).clamp(1e-6, 0.9) } else { prior }
    }

    /// Takes out of chance agreement what matches contribute: of a rare value's agreement that is most.
    fn correct(&mut self, chance: &Chance) {
        for (at, chance) in chance.iter().enumerate() {
            let corrected: Vec<f64> = chance
                .iter()
                .zip(&self.m[at])
                .map(|(chance, m)| (chance - self.prior * m).max(BY_CHANCE * chance).max(SMALLEST))
                .collect();
            let sum: f64 = corrected.iter().sum();
            self.u[at] = corrected.iter().map(|u| u / sum).collect();
        }
    }
}

impl Seen {
    /// The probability of a match under a prior.
    fn probability(&self, prior: f64, ratios: &[Vec<Vec<f64>>]) -> f64 {
        let mut odds = prior / (1.0 - prior);
        if let Some(tables) = ratios.get(self.household) {
            for (table, code) in tables.iter().zip(&self.codes) {
                odds *= table[usize::from(*code)];
            }
        }
        odds / (1.0 + odds)
    }
}

impl RuleSeen {
    fn matches(&self, prior: f64, ratios: &[Vec<Vec<f64>>]) -> f64 {
        self.seen.iter().map(|seen| seen.count * seen.probability(prior, ratios)).sum()
    }

    fn learns(&self, comparison: usize) -> bool {
        self.free[comparison] && self.seen.iter().any(|seen| seen.codes[comparison] > 0)
    }
}

/// Which comparisons a rule leaves free, for each rule.
fn free(evidence: &Evidence<'_>) -> Vec<Vec<bool>> {
    let blocks = evidence.spec.blocks.iter();
    let free = |on: &str| -> Vec<bool> {
        let terms = parse_rule(on).unwrap_or_default();
        let uses = |column: &String| terms.iter().any(|term| term.columns.contains(column));
        evidence.spec.comparisons.iter().map(|comparison| !comparison.columns.iter().any(uses)).collect()
    };
    blocks.map(|block| free(&block.on)).collect()
}

/// The patterns of each rule, of every pair that satisfies it.
fn rules(evidence: &Evidence<'_>, sample: Option<&Sample>) -> Vec<RuleSeen> {
    let free = free(evidence);
    let rule = |rule: usize| gather(evidence, sample, free[rule].clone(), |satisfied| satisfied & (1 << rule) != 0);
    (0..free.len()).into_par_iter().map(rule).collect()
}

/// The patterns of each rule, each pair under the first rule that it satisfies.
fn first_rules(evidence: &Evidence<'_>, sample: Option<&Sample>) -> Vec<RuleSeen> {
    let free = free(evidence);
    let rule = |rule: usize| {
        gather(evidence, sample, free[rule].clone(), |satisfied| satisfied.trailing_zeros() as usize == rule)
    };
    (0..free.len()).into_par_iter().map(rule).collect()
}

fn gather(evidence: &Evidence<'_>, sample: Option<&Sample>, free: Vec<bool>, wanted: impl Fn(u64) -> bool) -> RuleSeen {
    let comparisons = &evidence.comparer.comparisons;
    let mut counts: WordMap<(u64, u64), u64> = WordMap::default();
    for ((pattern, satisfied), count) in evidence.counts {
        if !wanted(*satisfied) {
            continue;
        }
        let home = sample.map_or(0, |sample| home(comparisons[sample.place].code_in(*pattern), sample));
        let blocked = comparisons.iter().zip(&free).filter(|(_, free)| !**free);
        let said_nothing: u64 =
            blocked.map(|(compiled, _)| u64::from(compiled.code_in(*pattern)) * compiled.place).sum();
        *counts.entry((pattern - said_nothing, home as u64)).or_insert(0) += count;
    }
    RuleSeen { seen: list(evidence, counts), free }
}

/// The household level of a code of the place, from 1; else 0.
fn home(code: u8, sample: &Sample) -> usize {
    let level = usize::from(code);
    if level <= sample.levels.len() { level } else { 0 }
}

/// In a fixed order, so that sums are the same on any number of threads.
fn list(evidence: &Evidence<'_>, counts: WordMap<(u64, u64), u64>) -> Vec<Seen> {
    let mut counts: Vec<((u64, u64), u64)> = counts.into_iter().collect();
    counts.sort_unstable();
    let seen = |((pattern, household), count): ((u64, u64), u64)| Seen {
        codes: evidence.comparer.codes(pattern).collect(),
        household: household as usize,
        count: count as f64,
    };
    counts.into_iter().map(seen).collect()
}

/// The patterns within households; the place itself says nothing there.
fn homes(evidence: &Evidence<'_>, sample: &Sample) -> Vec<RuleSeen> {
    let place = &evidence.comparer.comparisons[sample.place];
    let free: Vec<bool> = (0..evidence.comparer.comparisons.len()).map(|at| at != sample.place).collect();
    let home = |(level, counts): (usize, &WordMap<u64, u64>)| {
        let mut without: WordMap<(u64, u64), u64> = WordMap::default();
        for (pattern, count) in counts {
            let key = pattern - u64::from(place.code_in(*pattern)) * place.place;
            *without.entry((key, level as u64 + 1)).or_insert(0) += count;
        }
        RuleSeen { seen: list(evidence, without), free: free.clone() }
    };
    sample.levels.iter().enumerate().map(home).collect()
}
