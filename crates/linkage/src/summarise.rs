//! The summary of a run, from everything that was counted.

mod accuracy;
mod groups;

use rayon::prelude::*;

use crate::cluster::Clusters;
use crate::data::{self, Data, Mode};
use crate::hash;
use crate::model::Model;
use crate::score::{BINS, Judged, NO_RULE, Scores, Weigher, bin, probability, weight};
use crate::spec::Spec;
use crate::store::Compared;
use crate::summary::{
    Advice, Bin, ClusterSize, Contribution, RuleSummary, SamplePair, Summary, Threshold, TrainingRound,
};
use crate::table::SEVERAL;

/// The version of the format that is written.
const FORMAT: u32 = 1;
/// Pairs that are shown of each bin of weights.
const SHOWN: usize = 8;
/// Rows whose own copy is looked at, in each table.
const COPIES: usize = 50_000;
/// The thresholds of the table.
const THRESHOLDS: [f64; 14] = [0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 0.999];

/// What other phases have to tell.
pub(crate) struct Told {
    pub(crate) rules: Vec<RuleSummary>,
    pub(crate) training: Vec<TrainingRound>,
    pub(crate) warnings: Vec<String>,
    pub(crate) advice: Vec<Advice>,
}

/// Everything a report shows; phases and memory are filled in at the end.
pub(crate) fn summarise(
    spec: &Spec,
    data: &Data,
    model: &Model,
    weigher: &Weigher<'_>,
    scores: &Scores,
    clusters: &Clusters,
    told: Told,
) -> Summary {
    let mode = match data.mode {
        Mode::Link => "link",
        Mode::Dedupe => "dedupe",
        Mode::Both => "link and dedupe",
    };
    let blocked: u64 = told.rules.iter().filter_map(|rule| rule.matches_new).sum();
    let mut warnings = told.warnings;
    warnings.extend(data::warnings(&data.profiles));
    let (groups, (accuracy, thresholds)) = rayon::join(
        || groups::groups(spec, data, &scores.kept),
        || {
            let true_pairs = accuracy::true_pairs(data);
            let thresholds = THRESHOLDS.par_iter().map(|at| threshold(data, &scores.kept, *at, true_pairs));
            let thresholds: Vec<Threshold> = thresholds.collect();
            (true_pairs.map(|true_pairs| accuracy::accuracy(data, &scores.kept, true_pairs, blocked)), thresholds)
        },
    );
    Summary {
        format: FORMAT,
        mode: mode.to_owned(),
        tables: data.profiles.clone(),
        pairs_compared: told.rules.iter().map(|rule| rule.pairs_new).sum(),
        rules: told.rules,
        advice: told.advice,
        model: model.clone(),
        training: told.training,
        pairs_kept: scores.kept.len() as u64,
        thresholds,
        weights: bins(&scores.histogram),
        cluster_sizes: cluster_sizes(clusters),
        unlinkables: unlinkables(data, weigher),
        sample: sample(spec, data, weigher, scores),
        accuracy,
        groups,
        phases: Vec::new(),
        memory_peak_mb: 0,
        warnings,
    }
}

/// The most memory this process has held, in megabytes; 0 where the system does not tell.
pub(crate) fn memory_peak_mb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.trim().trim_end_matches("kB").trim().parse::<u64>().ok());
    kilobytes.unwrap_or(0) / 1024
}

fn threshold(data: &Data, pairs: &[Judged], at: f64, true_pairs: Option<u64>) -> Threshold {
    let floor = weight(at);
    let mut records = vec![false; data.rows];
    let (mut count, mut expected, mut right) = (0_u64, 0.0, 0_u64);
    for pair in pairs.iter().filter(|pair| pair.weight() >= floor) {
        count += 1;
        expected += pair.probability();
        right += u64::from(data.is_match(pair.left, pair.right) == Some(true));
        records[pair.left as usize] = true;
        records[pair.right as usize] = true;
    }
    let share = |part: f64, whole: u64| if whole == 0 { 1.0 } else { part / whole as f64 };
    let precision = share(right as f64, count);
    let recall = true_pairs.map(|all| share(right as f64, all));
    Threshold {
        probability: at,
        weight: floor,
        pairs: count,
        records: records.iter().filter(|touched| **touched).count() as u64,
        precision_expected: share(expected, count),
        precision: true_pairs.map(|_| precision),
        recall,
        f1: recall.map(|recall| accuracy::f1(precision, recall)),
    }
}

/// From the first bin that has something to the last.
fn bins(counts: &[u64]) -> Vec<Bin> {
    let first = counts.iter().position(|count| *count > 0).unwrap_or(0);
    let last = counts.iter().rposition(|count| *count > 0).map_or(0, |last| last + 1);
    let bin = |at: usize| Bin { from: f64::from(BINS.start + at as i32), count: counts[at] };
    (first..last).map(bin).collect()
}

fn cluster_sizes(clusters: &Clusters) -> Vec<ClusterSize> {
    let mut sizes = std::collections::BTreeMap::new();
    let mut counts = vec![0_u64; clusters.of.len()];
    clusters.of.iter().for_each(|first| counts[*first as usize] += 1);
    counts.into_iter().filter(|count| *count > 0).for_each(|count| *sizes.entry(count).or_insert(0) += 1);
    sizes.into_iter().map(|(records, clusters)| ClusterSize { records, clusters }).collect()
}

/// The weight each record would have with its own copy.
fn unlinkables(data: &Data, weigher: &Weigher<'_>) -> Vec<Bin> {
    let step = (data.rows / (2 * COPIES)).max(1);
    let mut counts = vec![0; BINS.len()];
    for row in (0..data.rows as u32).step_by(step) {
        counts[bin(weigher.own_copy(data, row))] += 1;
    }
    bins(&counts)
}

/// A few pairs of every bin of weights, chosen by the hashes of their rows.
fn sample(spec: &Spec, data: &Data, weigher: &Weigher<'_>, scores: &Scores) -> Vec<SamplePair> {
    let mut by_bin: Vec<Vec<(u64, &Judged)>> = vec![Vec::new(); BINS.len()];
    for pair in scores.kept.iter().chain(&scores.below) {
        let chosen = hash::random(u64::from(pair.left), u64::from(pair.right));
        let bin = &mut by_bin[bin(pair.weight())];
        bin.push((chosen, pair));
        if bin.len() >= 64 * SHOWN {
            bin.sort_unstable_by_key(|(chosen, _)| *chosen);
            bin.truncate(SHOWN);
        }
    }
    let shown = by_bin.into_iter().flat_map(|mut bin| {
        bin.sort_unstable_by_key(|(chosen, _)| *chosen);
        bin.truncate(SHOWN);
        bin
    });
    shown.map(|(_, pair)| explain(spec, data, weigher, pair)).collect()
}

/// What each comparison contributed to a pair.
pub(crate) fn explain(spec: &Spec, data: &Data, weigher: &Weigher<'_>, pair: &Judged) -> SamplePair {
    let compared = Compared { left: pair.left, right: pair.right, pattern: pair.pattern };
    let weighed = weigher.explain(data, compared);
    let codes = weigher.codes(pair.pattern);
    let contributions = spec.comparisons.iter().zip(weighed).zip(codes).map(|((comparison, weighed), code)| {
        let level = match usize::from(code) {
            0 => "missing",
            code => comparison.levels.get(code - 1).map_or("else", String::as_str),
        };
        let values = |row: u32| comparison.columns.iter().map(|name| text(data, row, name)).collect();
        Contribution {
            comparison: comparison.name.clone(),
            level: level.to_owned(),
            left: values(pair.left),
            right: values(pair.right),
            weight: weighed.weight,
            term_frequency: weighed.rarity,
            household: weighed.household,
        }
    });
    SamplePair {
        left_id: data.record_id(pair.left).to_owned(),
        right_id: data.record_id(pair.right).to_owned(),
        probability: probability(pair.weight()),
        weight: pair.weight(),
        prior_weight: weigher.prior(),
        contributions: contributions.collect(),
        competition: f64::from(pair.competition),
        rule: (pair.rule != NO_RULE).then_some(pair.rule),
        truth: data.is_match(pair.left, pair.right),
        asked: false,
    }
}

fn text(data: &Data, row: u32, column: &str) -> Option<String> {
    let value = data.value(row, data.column(column)?)?;
    Some(value.chars().take(200).map(|c| if c == SEVERAL { ';' } else { c }).collect())
}
