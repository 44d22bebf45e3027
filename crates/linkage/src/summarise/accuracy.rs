//! How right the result is, where the truth is known.

use rayon::prelude::*;

use crate::data::Data;
use crate::score::{Judged, probability, weight};
use crate::summary::Accuracy;

/// How many pairs are truly the same person; nothing where that is not known.
pub(super) fn true_pairs(data: &Data) -> Option<u64> {
    let truth = data.truth.as_ref()?;
    u64::try_from(data.pairs_sharing(|row| truth[row])).ok()
}

pub(super) fn f1(precision: f64, recall: f64) -> f64 {
    if precision + recall == 0.0 { 0.0 } else { 2.0 * precision * recall / (precision + recall) }
}

/// Looks at every threshold.
pub(super) fn accuracy(data: &Data, kept: &[Judged], true_pairs: u64, blocked: u64) -> Accuracy {
    let mut sorted: Vec<(f64, bool)> =
        kept.iter().map(|pair| (pair.weight(), data.is_match(pair.left, pair.right) == Some(true))).collect();
    sorted.par_sort_unstable_by(|a, b| b.0.total_cmp(&a.0));
    let share = |part: usize, whole: u64| if whole == 0 { 1.0 } else { part as f64 / whole as f64 };
    let (mut best, mut right) = ((0.0, 1.0, 1.0, 0.0), 0_usize);
    for (at, (weight, is_match)) in sorted.iter().enumerate() {
        right += usize::from(*is_match);
        // A threshold stands between two weights, never among equal ones.
        if sorted.get(at + 1).is_some_and(|(next, _)| next == weight) {
            continue;
        }
        let (precision, recall) = (share(right, at as u64 + 1), share(right, true_pairs));
        let f1 = f1(precision, recall);
        if f1 > best.0 {
            best = (f1, probability(*weight), precision, recall);
        }
    }
    let sure = sorted.iter().take_while(|(found, _)| *found >= weight(0.95));
    let (sure, sure_right) = sure.fold((0_u64, 0_usize), |(all, right), (_, is)| (all + 1, right + usize::from(*is)));
    Accuracy {
        true_pairs,
        true_pairs_blocked: blocked,
        best_f1: best.0,
        best_probability: best.1,
        best_precision: best.2,
        best_recall: best.3,
        precision_at_95: share(sure_right, sure),
        recall_at_95: share(sure_right, true_pairs),
    }
}
