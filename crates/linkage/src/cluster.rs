//! Clusters: who is one person, by the pairs that are trusted.

use std::collections::HashMap;

use crate::data::Data;
use crate::score::{Judged, weight};
use crate::spec::{Cardinality, Spec};

/// The clusters of a run.
#[derive(Debug)]
pub(crate) struct Clusters {
    /// For each row the first row of its cluster; itself, if it is alone.
    pub(crate) of: Vec<u32>,
}

impl Clusters {
    /// Joins the records of pairs at or above the threshold.
    pub(crate) fn new(spec: &Spec, data: &Data, pairs: &[Judged]) -> Self {
        let threshold = weight(spec.clusters.threshold);
        let trusted = pairs.iter().filter(|pair| pair.weight() >= threshold);
        let mut sets = Sets::new(data.rows);
        if spec.clusters.cardinality == Cardinality::Any {
            trusted.for_each(|pair| sets.join(pair.left, pair.right));
            return Self { of: sets.finish() };
        }
        let mut trusted: Vec<&Judged> = trusted.collect();
        // Ties are settled by the records' ids, so that the order of rows decides nothing.
        trusted.sort_by(|a, b| {
            let ids = |pair: &Judged| (data.record_id(pair.left), data.record_id(pair.right));
            b.weight().total_cmp(&a.weight()).then_with(|| ids(a).cmp(&ids(b)))
        });
        let mut used = vec![false; data.rows];
        for pair in trusted {
            let once = match spec.clusters.cardinality {
                Cardinality::Any => &[][..],
                Cardinality::OneToOne => &[pair.left, pair.right][..],
                Cardinality::OneToMany => &[pair.right][..],
                Cardinality::ManyToOne => &[pair.left][..],
            };
            if once.iter().any(|row| used[*row as usize]) {
                continue;
            }
            once.iter().for_each(|row| used[*row as usize] = true);
            sets.join(pair.left, pair.right);
        }
        Self { of: sets.finish() }
    }

    /// The clusters of two records and more: the rows of each, by the first row.
    pub(crate) fn several(&self) -> Vec<Vec<u32>> {
        let mut members: HashMap<u32, Vec<u32>> = HashMap::new();
        for (row, first) in (0..).zip(&self.of) {
            if row != *first {
                members.entry(*first).or_insert_with(|| vec![*first]).push(row);
            }
        }
        let mut clusters: Vec<Vec<u32>> = members.into_values().collect();
        clusters.sort_unstable();
        clusters
    }
}

/// Disjoint sets with path halving; the smallest row stands for its set.
struct Sets {
    parent: Vec<u32>,
}

impl Sets {
    fn new(rows: usize) -> Self {
        Self { parent: (0..rows as u32).collect() }
    }

    fn find(&mut self, row: u32) -> u32 {
        let mut row = row as usize;
        while self.parent[row] as usize != row {
            let above = self.parent[self.parent[row] as usize];
            self.parent[row] = above;
            row = above as usize;
        }
        row as u32
    }

    fn join(&mut self, left: u32, right: u32) {
        let (left, right) = (self.find(left), self.find(right));
        let (low, high) = (left.min(right), left.max(right));
        self.parent[high as usize] = low;
    }

    fn finish(mut self) -> Vec<u32> {
        (0..self.parent.len() as u32).map(|row| self.find(row)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn sets_do_not_depend_on_the_order_of_pairs(pairs in prop::collection::vec((0..30_u32, 0..30_u32), 0..60), seed: u64) {
            let finish = |pairs: &[(u32, u32)]| {
                let mut sets = Sets::new(30);
                pairs.iter().for_each(|(left, right)| sets.join(*left, *right));
                sets.finish()
            };
            let mut shuffled = pairs.clone();
            shuffled.sort_by_key(|(left, right)| crate::hash::random(seed, u64::from(*left) * 30 + u64::from(*right)));
            let turned: Vec<_> = shuffled.iter().map(|(left, right)| (*right, *left)).collect();
            prop_assert_eq!(finish(&pairs), finish(&turned));
        }
    }
}
