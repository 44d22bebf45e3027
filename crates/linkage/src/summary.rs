//! What a run found out besides the pairs: everything a report shows, as JSON.
//!
//! The types are the file. Values of records stand in `sample` and in `columns[].common` only.

use serde::{Deserialize, Serialize};

use crate::model::Model;

/// Everything a report shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// The version of this format.
    pub format: u32,
    /// `link`, `dedupe` or `link and dedupe`.
    pub mode: String,
    /// The tables, with their columns' quality.
    pub tables: Vec<TableProfile>,
    /// What each blocking rule makes, before and after running.
    pub rules: Vec<RuleSummary>,
    /// Rules that would find more for little, if the run was asked for advice.
    pub advice: Vec<Advice>,
    /// The trained model, with the table of levels.
    pub model: Model,
    /// Each round of estimation.
    pub training: Vec<TrainingRound>,
    /// Pairs that were compared.
    pub pairs_compared: u64,
    /// Pairs that were written out.
    pub pairs_kept: u64,
    /// Pairs at and above each threshold.
    pub thresholds: Vec<Threshold>,
    /// All compared pairs by weight before competition, in bins of one bit.
    pub weights: Vec<Bin>,
    /// Clusters by size: how many clusters have so many records.
    pub cluster_sizes: Vec<ClusterSize>,
    /// For each record the weight it would have with its own copy, in bins of one bit: those that stay low can never
    /// be linked, however good the other table is.
    pub unlinkables: Vec<Bin>,
    /// A few pairs, chosen over the whole range of weights, with what each comparison contributed.
    pub sample: Vec<SamplePair>,
    /// How right it is, where the truth is known.
    pub accuracy: Option<Accuracy>,
    /// How well each group is served, for the columns of `input.groups`: ordered by column.
    #[serde(default)]
    pub groups: Vec<Group>,
    /// Wall time of each phase, in order.
    pub phases: Vec<Phase>,
    /// The most memory the process held, in megabytes.
    pub memory_peak_mb: u64,
    /// What the reader should know, in sentences: m that could not be learned, columns that hold nothing, and so on.
    pub warnings: Vec<String>,
}

/// One table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TableProfile {
    /// Its name, as the caller gave it.
    pub name: String,
    /// Its rows.
    pub rows: u64,
    /// Rows whose id another row has too.
    pub ids_repeated: u64,
    /// The columns that the specification names.
    pub columns: Vec<ColumnProfile>,
}

/// One column of one table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ColumnProfile {
    /// Its name in the specification.
    pub name: String,
    /// What it holds.
    pub kind: crate::spec::Kind,
    /// Rows with a value after cleaning.
    pub filled: u64,
    /// Rows without one.
    pub missing: u64,
    /// Rows that had something, but nothing of the column's kind.
    pub unreadable: u64,
    /// Different values.
    pub distinct: u64,
    /// The most common values, at most ten, each in at least ten rows.
    pub common: Vec<CommonValue>,
}

/// A common value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CommonValue {
    /// The value after cleaning.
    pub value: String,
    /// Rows that have it.
    pub rows: u64,
}

/// One blocking rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RuleSummary {
    /// The rule as written.
    pub on: String,
    /// Rows that have all its keys.
    pub rows: u64,
    /// Different keys.
    pub keys: u64,
    /// Pairs that satisfy it, counted before anything ran.
    pub pairs: u64,
    /// Pairs in its largest block.
    pub largest_block: u64,
    /// Pairs that no earlier rule had made.
    pub pairs_new: u64,
    /// True matches among `pairs_new`, where the truth is known.
    pub matches_new: Option<u64>,
}

/// A rule that might be added.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Advice {
    /// The rule, ready to be copied into the specification.
    pub on: String,
    /// Pairs it would make.
    pub pairs: u64,
    /// Why, in a sentence.
    pub why: String,
}

/// One round of estimation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrainingRound {
    /// From 1.
    pub round: u32,
    /// The largest change of any m.
    pub change: f64,
    /// The share of matches by rule, in the specification's order.
    pub priors: Vec<f64>,
}

/// The result at one threshold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Threshold {
    /// Pairs with at least this probability.
    pub probability: f64,
    /// The same as weight.
    pub weight: f64,
    /// So many.
    pub pairs: u64,
    /// Records that are in any of them.
    pub records: u64,
    /// The share of them expected to be right, by their own probabilities.
    pub precision_expected: f64,
    /// Precision, where the truth is known.
    pub precision: Option<f64>,
    /// Recall, where the truth is known.
    pub recall: Option<f64>,
    /// F1, where the truth is known.
    pub f1: Option<f64>,
}

/// A bar of a histogram: from `from` up to the next.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Bin {
    /// Its lower edge, in bits.
    pub from: f64,
    /// So many.
    pub count: u64,
}

/// So many clusters of a size.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClusterSize {
    /// Records in the cluster.
    pub records: u64,
    /// Clusters of that size.
    pub clusters: u64,
}

/// A pair with what each comparison contributed: what a waterfall shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SamplePair {
    /// Id in the first table.
    pub left_id: String,
    /// Id in the second.
    pub right_id: String,
    /// After competition.
    pub probability: f64,
    /// After competition.
    pub weight: f64,
    /// The weight of the prior, where the waterfall begins.
    pub prior_weight: f64,
    /// One for each comparison.
    pub contributions: Vec<Contribution>,
    /// What the runner-up of either record took away, at most 0.
    pub competition: f64,
    /// The blocking rule that made it, from 0; nothing where none did, so that it was never compared.
    pub rule: Option<u32>,
    /// Whether they are the same person, where the truth is known.
    pub truth: Option<bool>,
    /// Whether somebody asked for this pair.
    #[serde(default)]
    pub asked: bool,
}

/// What one comparison contributed to a pair.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Contribution {
    /// The comparison.
    pub comparison: String,
    /// The level as written, `else` or `missing`.
    pub level: String,
    /// The values on the left, in the order of the comparison's columns.
    pub left: Vec<Option<String>>,
    /// The values on the right.
    pub right: Vec<Option<String>>,
    /// log2(m/u), for the household's u where that applies.
    pub weight: f64,
    /// What the value's rarity adds.
    pub term_frequency: f64,
    /// Whether the household's u was used.
    pub household: bool,
}

/// How right it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Accuracy {
    /// Pairs that are truly the same person.
    pub true_pairs: u64,
    /// True pairs that some blocking rule made.
    pub true_pairs_blocked: u64,
    /// The best F1 over all thresholds.
    pub best_f1: f64,
    /// Its probability.
    pub best_probability: f64,
    /// Precision there.
    pub best_precision: f64,
    /// Recall there.
    pub best_recall: f64,
    /// Precision of the pairs at p ≥ 0.95.
    pub precision_at_95: f64,
    /// Recall of the pairs at p ≥ 0.95.
    pub recall_at_95: f64,
}

/// People who have something in common, and how well they are linked at the threshold of clusters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Group {
    /// The column that says who belongs, such as `community` or `date_of_birth` (by age in tens).
    pub column: String,
    /// Its value.
    pub group: String,
    /// Records of the first table that have it.
    pub records: u64,
    /// The share of them that is linked to any record.
    pub linked_share: f64,
    /// Pairs that are truly the same person; 0 where the truth is unknown.
    pub true_pairs: u64,
    /// The share of those that is linked, where the truth is known.
    pub recall: Option<f64>,
    /// The share of the group's links that is right, where the truth is known.
    pub precision: Option<f64>,
}

/// A phase of the run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Phase {
    /// `read`, `clean`, `keys`, `compare`, `estimate`, `score`, `cluster`, `write`.
    pub name: String,
    /// Wall time.
    pub seconds: f64,
}
