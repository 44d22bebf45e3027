//! What went in and what it cost: columns and their quality, blocking rules with their skew, clusters, time.

use super::charts::{bar, table};
use super::escape::{count, share, text, value};
use crate::Summary;

/// Sizes of clusters.
pub(super) fn clusters(summary: &Summary) -> String {
    let most = summary.cluster_sizes.iter().map(|it| (it.clusters as f64 + 1.0).log10()).fold(0.0, f64::max);
    let rows: Vec<Vec<String>> = summary
        .cluster_sizes
        .iter()
        .map(|it| vec![count(it.records), count(it.clusters), bar((it.clusters as f64 + 1.0).log10(), most)])
        .collect();
    format!(
        "<section id=\"clusters\"><h2>Clusters</h2>\n<p>Records joined at p ≥ {}. A large cluster is often a household or a \
         placeholder that was taken for a person.</p>\n{}</section>\n",
        share(summary.model.spec.clusters.threshold),
        table("Clusters by size", &["records", "clusters", "on a logarithmic scale"], &rows)
    )
}

/// Counts and skew of each blocking rule.
pub(super) fn rules(summary: &Summary) -> String {
    let known = summary.rules.iter().any(|rule| rule.matches_new.is_some());
    let mut heads = vec!["rule", "rows", "keys", "pairs", "largest block", "its share", "new pairs"];
    if known {
        heads.push("true among the new");
    }
    let rows: Vec<Vec<String>> = summary
        .rules
        .iter()
        .map(|rule| {
            let skew = if rule.pairs > 0 { rule.largest_block as f64 / rule.pairs as f64 } else { 0.0 };
            let mut row = vec![format!("<code>{}</code>", text(&rule.on))];
            row.extend([rule.rows, rule.keys, rule.pairs, rule.largest_block].map(count));
            row.push(share(skew));
            row.push(count(rule.pairs_new));
            if known {
                row.push(rule.matches_new.map_or_else(|| "–".to_owned(), count));
            }
            row
        })
        .collect();
    let mut page = format!(
        "<section id=\"rules\"><h2>Blocking rules</h2>\n<p>A pair is looked at when it satisfies any rule. New pairs are those \
         that no earlier rule had made.</p>\n{}",
        table("What each rule makes", &heads, &rows)
    );
    if !summary.advice.is_empty() {
        let rows: Vec<Vec<String>> = summary
            .advice
            .iter()
            .map(|it| vec![format!("<code>{}</code>", text(&it.on)), count(it.pairs), text(&it.why)])
            .collect();
        page += &table("Rules that might be added", &["rule", "pairs", "why"], &rows);
    }
    page + "</section>\n"
}

/// The profile of every column.
pub(super) fn columns(summary: &Summary) -> String {
    let mut page = "<section id=\"columns\"><h2>Columns and their quality</h2>\n".to_owned();
    for profile in &summary.tables {
        let rows: Vec<Vec<String>> = profile
            .columns
            .iter()
            .map(|column| {
                let filled = if profile.rows > 0 { column.filled as f64 / profile.rows as f64 } else { 0.0 };
                let common: Vec<String> = column
                    .common
                    .iter()
                    .take(5)
                    .map(|it| format!("{} ({})", value(&it.value), count(it.rows)))
                    .collect();
                vec![
                    value(&column.name),
                    share(filled),
                    bar(filled, 1.0),
                    count(column.missing),
                    count(column.unreadable),
                    count(column.distinct),
                    common.join(", "),
                ]
            })
            .collect();
        let heads = ["column", "filled", "", "missing", "unreadable", "different", "most frequent"];
        page += &table(&format!("{}: {} rows", text(&profile.name), count(profile.rows)), &heads, &rows);
        if profile.ids_repeated > 0 {
            page += &format!("<p>{} rows share their id with another row.</p>\n", count(profile.ids_repeated));
        }
    }
    page + "</section>\n"
}

/// Wall time by phase.
pub(super) fn timings(summary: &Summary) -> String {
    let most = summary.phases.iter().map(|phase| phase.seconds).fold(0.0, f64::max);
    let rows: Vec<Vec<String>> = summary
        .phases
        .iter()
        .map(|phase| vec![text(&phase.name), format!("{:.2} s", phase.seconds), bar(phase.seconds, most)])
        .collect();
    format!(
        "<section id=\"timings\"><h2>Time and memory</h2>\n<p>At most {} MB of memory.</p>\n{}</section>\n",
        count(summary.memory_peak_mb),
        table("Wall time by phase", &["phase", "time", ""], &rows)
    )
}
