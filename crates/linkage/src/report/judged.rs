//! How good it is: thresholds, precision and recall where the truth is known, groups, and who can never be linked.

use super::charts::{Line, bar, histogram, lines, table};
use super::escape::{count, share, share_or_dash, signed, text, value};
use crate::Summary;

/// The threshold table and the histogram of weights.
pub(super) fn thresholds(summary: &Summary) -> String {
    let mut page = "<section id=\"thresholds\"><h2>Where to draw the line</h2>\n".to_owned();
    let bins: Vec<(f64, u64)> = summary.weights.iter().map(|bin| (bin.from, bin.count)).collect();
    page += &histogram("Pairs by match weight, before competition", "bits", &bins);
    let known = summary.thresholds.iter().any(|it| it.precision.is_some());
    let mut heads = vec!["p at least", "weight", "pairs", "records", "expected precision"];
    if known {
        heads.extend(["precision", "recall", "F1"]);
    }
    let rows: Vec<Vec<String>> = summary
        .thresholds
        .iter()
        .map(|it| {
            let mut row = vec![
                share(it.probability),
                signed(it.weight),
                count(it.pairs),
                count(it.records),
                share(it.precision_expected),
            ];
            if known {
                row.extend([it.precision, it.recall, it.f1].map(share_or_dash));
            }
            row
        })
        .collect();
    page += &table("Pairs at and above each threshold", &heads, &rows);
    page + "<p>Expected precision is what the pairs' own probabilities promise.</p></section>\n"
}

/// Precision and recall.
pub(super) fn accuracy(summary: &Summary) -> String {
    let Some(accuracy) = &summary.accuracy else { return String::new() };
    let mut page = "<section id=\"accuracy\"><h2>How right it is</h2>\n".to_owned();
    page += &format!(
        "<p>The truth is known for these tables: {} pairs are the same person. The blocking rules make {} of them; the rest \
         cannot be found. F1 is best, {}, at p ≥ {}, with precision {} and recall {}. At p ≥ 0.95 precision is {} and recall \
         {}.</p>\n",
        count(accuracy.true_pairs),
        count(accuracy.true_pairs_blocked),
        share(accuracy.best_f1),
        share(accuracy.best_probability),
        share(accuracy.best_precision),
        share(accuracy.best_recall),
        share(accuracy.precision_at_95),
        share(accuracy.recall_at_95)
    );
    let mut ranked: Vec<_> = summary.thresholds.iter().filter(|it| it.weight.is_finite()).collect();
    ranked.sort_by(|one, other| one.weight.total_cmp(&other.weight));
    let (Some(first), Some(last)) = (ranked.first(), ranked.last()) else { return page + "</section>\n" };
    let width = (last.weight - first.weight).max(1e-9);
    // The picture begins at a tenth below the lowest value: all of them are near 1.
    let all = ranked.iter().flat_map(|it| [it.precision, it.recall, it.f1]).flatten();
    let floor = ((all.fold(1.0, f64::min) * 10.0).floor() / 10.0).clamp(0.0, 0.9);
    let line = |name, of: fn(&crate::summary::Threshold) -> Option<f64>| Line {
        name,
        points: ranked
            .iter()
            .filter_map(|it| Some(((it.weight - first.weight) / width, (of(it)? - floor) / (1.0 - floor))))
            .collect(),
    };
    page += &lines(
        "Precision, recall and F1 by threshold",
        [&format!("{} bits", signed(first.weight)), &format!("{} bits", signed(last.weight))],
        [&format!("{floor:.1}"), "1"],
        &[line("precision", |it| it.precision), line("recall", |it| it.recall), line("F1", |it| it.f1)],
    );
    page + "</section>\n"
}

/// Who is linked worse.
pub(super) fn groups(summary: &Summary) -> String {
    if summary.groups.is_empty() {
        return String::new();
    }
    let mut page = format!(
        "<section id=\"groups\"><h2>Who is linked worse</h2>\n<p>The same line, p ≥ {}, is not equally right for everybody. A \
         group whose people are found less often is served worse by whatever is built on this linkage, and one whose links \
         are wrong more often is accused more often.</p>\n",
        share(summary.model.spec.clusters.threshold)
    );
    let mut columns: Vec<&str> = summary.groups.iter().map(|it| it.column.as_str()).collect();
    columns.dedup();
    for column in columns {
        let rows: Vec<Vec<String>> = summary
            .groups
            .iter()
            .filter(|it| it.column == column)
            .map(|it| {
                let missed = it.recall.map_or(0.0, |recall| 1.0 - recall);
                vec![
                    value(&it.group),
                    count(it.records),
                    share(it.linked_share),
                    count(it.true_pairs),
                    share_or_dash(it.recall),
                    bar(missed, 0.25),
                    share_or_dash(it.precision),
                ]
            })
            .collect();
        let heads = [
            "group",
            "records",
            "share linked",
            "true pairs",
            "found (recall)",
            "missed, of a quarter",
            "right (precision)",
        ];
        page += &table(&format!("By {}", text(column)), &heads, &rows);
    }
    page + "</section>\n"
}

/// The weight of each record with its own copy.
pub(super) fn unlinkables(summary: &Summary) -> String {
    let bins: Vec<(f64, u64)> = summary.unlinkables.iter().map(|bin| (bin.from, bin.count)).collect();
    let all: u64 = bins.iter().map(|(_, count)| count).sum();
    let mut page =
        "<section id=\"unlinkables\"><h2>Who can never be linked</h2>\n<p>Each record against its own copy: one that \
                    does not reach the line even so has too little filled in, and no other table can help.</p>\n"
            .to_owned();
    page += &histogram("Records by the weight they have with themselves", "bits", &bins);
    let mut below = 0;
    let mut rows = Vec::new();
    for (from, count_here) in &bins {
        below += count_here;
        let to = from + 1.0;
        if [-4.0, 0.0, 4.0, 7.0, 10.0].contains(&to) {
            let part = if all > 0 { below as f64 / all as f64 } else { 0.0 };
            let p = 1.0 / (1.0 + (-to).exp2());
            rows.push(vec![format!("{} bits (p = {})", signed(to), share(p)), count(below), share(part)]);
        }
    }
    page += &table("Records that cannot reach a threshold", &["threshold", "records", "share"], &rows);
    page + "</section>\n"
}
