//! What a run hands back: judged pairs, clusters, and the summary with the model.

use std::collections::HashMap;

use crate::cluster::Clusters;
use crate::compare::Comparer;
use crate::data::Data;
use crate::pair::Pair;
use crate::score::{Judged, NO_RULE, Weigher};
use crate::summary::{SamplePair, Summary};

/// The result of a run.
#[derive(Debug)]
pub struct Outcome {
    /// Everything a report shows, and the model.
    pub summary: Summary,
    pub(crate) data: Data,
    comparer: Comparer,
    pairs: Vec<Judged>,
    clusters: Clusters,
}

/// A record in a cluster.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Member {
    /// The cluster: the smallest id among its members.
    pub cluster: String,
    /// The record's table, from 0.
    pub table: usize,
    /// The record's id.
    pub id: String,
}

impl Outcome {
    pub(crate) fn new(
        summary: Summary,
        data: Data,
        comparer: Comparer,
        pairs: Vec<Judged>,
        clusters: Clusters,
    ) -> Self {
        Self { summary, data, comparer, pairs, clusters }
    }

    /// How many pairs were kept.
    #[must_use]
    pub fn len(&self) -> usize {
        self.pairs.len()
    }

    /// Whether no pair was kept.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    /// The kept pairs, by the rows they stand in.
    pub fn pairs(&self) -> impl Iterator<Item = Pair> {
        self.pairs.iter().map(|pair| self.pair(pair))
    }

    fn pair(&self, judged: &Judged) -> Pair {
        let codes = self.comparer.codes(judged.pattern).zip(&self.comparer.comparisons);
        let levels =
            codes.map(|(code, compiled)| if code == 0 { -1 } else { compiled.levels.len() as i8 + 1 - code as i8 });
        Pair {
            left_id: self.data.record_id(judged.left).to_owned(),
            right_id: self.data.record_id(judged.right).to_owned(),
            probability: judged.probability(),
            weight: judged.weight(),
            levels: levels.collect(),
        }
    }

    /// Parts of a pair without copying: left id, right id, probability, weight, rule, and each comparison's level.
    pub(crate) fn rows(&self) -> impl Iterator<Item = (&str, &str, f64, f64, u32, u64)> {
        self.pairs.iter().map(|pair| {
            let (left, right) = (self.data.record_id(pair.left), self.data.record_id(pair.right));
            (left, right, pair.probability(), pair.weight(), pair.rule, pair.pattern)
        })
    }

    /// A comparison's level in a pattern: −1 missing, 0 else, upward.
    pub(crate) fn level(&self, comparison: usize, pattern: u64) -> i8 {
        let compiled = &self.comparer.comparisons[comparison];
        match compiled.code_in(pattern) {
            0 => -1,
            code => compiled.levels.len() as i8 + 1 - code as i8,
        }
    }

    /// The members of clusters of two records and more, by cluster, table and id.
    #[must_use]
    pub fn members(&self) -> Vec<Member> {
        let mut members = Vec::new();
        for rows in self.clusters.several() {
            let cluster = rows.iter().map(|row| self.data.record_id(*row)).min().unwrap_or_default().to_owned();
            members.extend(rows.iter().map(|row| Member {
                cluster: cluster.clone(),
                table: usize::from(*row as usize >= self.data.left_rows),
                id: self.data.record_id(*row).to_owned(),
            }));
        }
        members.sort_unstable();
        members
    }

    /// Puts two records among the pairs that the report shows, and says why they are, or are not, the same person;
    /// nothing when an id is not known.
    pub fn ask(&mut self, left_id: &str, right_id: &str) -> Option<&SamplePair> {
        let pair = SamplePair { asked: true, ..self.explain(left_id, right_id)? };
        let sample = &mut self.summary.sample;
        sample.retain(|known| (&known.left_id, &known.right_id) != (&pair.left_id, &pair.right_id));
        sample.insert(0, pair);
        sample.first()
    }

    /// Why two records are, or are not, the same person; nothing when an id is not known.
    #[must_use]
    pub fn explain(&self, left_id: &str, right_id: &str) -> Option<SamplePair> {
        let rows = |rows: std::ops::Range<usize>| {
            rows.map(|row| (self.data.record_id(row as u32), row as u32)).collect::<HashMap<_, _>>()
        };
        let data = &self.data;
        let lefts = rows(0..data.left_rows);
        let rights = if data.left_rows == data.rows { lefts.clone() } else { rows(data.left_rows..data.rows) };
        let (left, right) = (*lefts.get(left_id)?, *rights.get(right_id)?);
        let mut scratch = self.comparer.scratch();
        let pattern = self.comparer.pattern(data, data.row(left), data.row(right), &mut scratch);
        let model = &self.summary.model;
        let weigher = Weigher::new(model, data, &self.comparer, std::iter::once(pattern));
        let known = self.pairs.binary_search_by_key(&(left, right), |pair| (pair.left, pair.right));
        let judged = match known {
            Ok(at) => self.pairs[at],
            Err(_) => {
                let base = weigher.weight(data, crate::store::Compared { left, right, pattern });
                Judged { left, right, pattern, base, competition: 0.0, rule: NO_RULE }
            }
        };
        Some(crate::summarise::explain(&model.spec, data, &weigher, &judged))
    }
}
