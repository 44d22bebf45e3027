//! Estimation: m, u and the prior from counts of patterns, without labels.
//!
//! u comes from the data's frequencies and from random pairs; m from expectation–maximisation over all blocking rules
//! jointly, one m for all and a prior for each rule.

mod chance;
mod em;
mod household;

use rayon::prelude::*;

use em::{Trained, train};

use crate::Result;
use crate::compare::Comparer;
use crate::data::Data;
use crate::keys::Keys;
use crate::model::{ComparisonModel, FORMAT, HouseholdModel, LevelModel, Model, RuleModel};
use crate::spec::Spec;
use crate::summary::TrainingRound;
use crate::work::Counts;

/// Pieces in which the pairs of a deterministic rule are found.
const SHARDS: usize = 16;

/// Everything that is known when estimation begins.
pub(crate) struct Evidence<'a> {
    pub(crate) spec: &'a Spec,
    pub(crate) data: &'a Data,
    pub(crate) comparer: &'a Comparer,
    pub(crate) counts: &'a Counts,
}

/// Learns a model.
pub(crate) fn estimate(evidence: &Evidence<'_>) -> Result<(Model, Vec<TrainingRound>, Vec<String>)> {
    let Evidence { spec, data, comparer, .. } = evidence;
    let place = spec.estimate.household.as_ref();
    let place = place.and_then(|name| spec.comparisons.iter().position(|comparison| comparison.name == *name));
    // None of the three needs another, and each has stretches that one thread does alone.
    let ((chance, household), fixed) = rayon::join(
        || {
            rayon::join(
                || chance::chance(data, comparer, spec.estimate.random_pairs),
                || place.map(|place| household::sample(data, comparer, place)),
            )
        },
        || prior(spec, data),
    );
    let trained = train(evidence, &chance, household.as_ref(), fixed);
    let warnings = warnings(spec, &trained);
    let model = model(spec, &trained, household.as_ref(), fixed.is_some());
    Ok((model, trained.rounds, warnings))
}

/// A prior that does not have to be estimated.
fn prior(spec: &Spec, data: &Data) -> Option<f64> {
    if spec.prior.probability.is_some() {
        return spec.prior.probability;
    }
    if spec.prior.deterministic.is_empty() {
        return None;
    }
    let rules: Vec<_> =
        spec.prior.deterministic.iter().filter_map(|rule| crate::spec::expression::parse_rule(rule).ok()).collect();
    let keys = Keys::new(data, &rules);
    let found = |rule: usize| {
        let plan = crate::plan::RulePlan::new(data, &keys, rule, SHARDS);
        let blocks = (0..SHARDS).flat_map(|shard| plan.blocks(shard));
        let made = blocks.map(|(_, block)| {
            let pairs =
                block.iter().enumerate().flat_map(|(at, left)| block[at + 1..].iter().map(move |r| (*left, *r)));
            let new = pairs.filter(|(left, right)| data.may_pair(*left, *right));
            new.filter(|(left, right)| keys.satisfied(*left, *right) & ((1 << rule) - 1) == 0).count() as u64
        });
        made.sum::<u64>()
    };
    let found: u64 = (0..keys.rules).into_par_iter().map(found).sum();
    let share = found as f64 / spec.prior.recall / data.pairs_possible().max(1) as f64;
    Some(share.clamp(1e-12, 0.5))
}

fn model(spec: &Spec, trained: &Trained, household: Option<&household::Sample>, fixed: bool) -> Model {
    let comparisons = spec.comparisons.iter().enumerate().map(|(at, comparison)| {
        let names = comparison.levels.iter().map(String::as_str).chain(["else"]);
        let is_place = household.is_some_and(|household| household.place == at);
        let level = |(level, when): (usize, &str)| LevelModel {
            when: when.to_owned(),
            m: readable(trained.m[at][level]),
            u: readable(trained.u[at][level]),
            u_household: trained.u_household.iter().filter(|_| !is_place).map(|u| readable(u[at][level])).collect(),
        };
        ComparisonModel {
            name: comparison.name.clone(),
            levels: names.enumerate().map(level).collect(),
            term_frequency: comparison.term_frequency,
            m_estimated: trained.learned[at],
        }
    });
    let source = match (fixed, spec.prior.probability.is_some()) {
        (true, true) => "fixed",
        (true, false) => "deterministic rules",
        (false, _) => "estimated",
    };
    Model {
        format: FORMAT,
        spec: spec.clone(),
        prior: readable(trained.prior),
        prior_source: source.to_owned(),
        comparisons: comparisons.collect(),
        rules: spec
            .blocks
            .iter()
            .zip(&trained.priors)
            .map(|(block, prior)| RuleModel { on: block.on.clone(), prior: readable(*prior) })
            .collect(),
        household: household.map(|household| HouseholdModel {
            comparison: spec.comparisons[household.place].name.clone(),
            levels: household.levels.len() as u32,
        }),
    }
}

/// Eight digits: a kept model reads well, and after reading is the same to the last bit.
fn readable(number: f64) -> f64 {
    format!("{number:.7e}").parse().unwrap_or(number)
}

fn warnings(spec: &Spec, trained: &Trained) -> Vec<String> {
    let unlearned = spec.comparisons.iter().zip(&trained.learned).filter(|(_, learned)| !**learned);
    let mut warnings: Vec<String> = unlearned
        .map(|(comparison, _)| {
            format!(
                "the comparison {}: every blocking rule uses its columns, or no pair has them, so that m could not be \
                 learned; add a rule without them",
                comparison.name
            )
        })
        .collect();
    warnings.extend(dependent(spec));
    warnings
}

/// Parts of one address as separate comparisons count the same agreement twice.
fn dependent(spec: &Spec) -> Option<String> {
    let is_place = |name: &String| {
        ["address", "street", "postcode", "town", "suburb", "locality", "uprn"].iter().any(|word| name.contains(word))
    };
    let places: Vec<&str> = spec
        .comparisons
        .iter()
        .filter(|comparison| comparison.columns.iter().any(is_place))
        .map(|comparison| comparison.name.as_str())
        .collect();
    (places.len() > 1).then(|| {
        format!(
            "the comparisons {} all speak of the place: people of one household agree on all of them at once; join them \
             into one comparison with a level for each way to agree",
            places.join(", ")
        )
    })
}
