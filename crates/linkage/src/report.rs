//! The report: one HTML file that works offline, in which an analyst sees what was linked and why.
//!
//! It draws what a [`Summary`] holds and computes nothing of its own. Everything from outside is text to it, never
//! markup: names of columns, values, ids. Without JavaScript everything is there; with it a pair is found by its ids.

mod charts;
mod data;
mod escape;
mod judged;
mod learned;
mod waterfall;

use std::fmt::Write as _;

use crate::Summary;
use escape::{count, text};

const STYLE: &str = include_str!("report/style.css");
const CHOOSE: &str = include_str!("report/choose.js");

/// The whole file.
#[must_use]
pub fn html(summary: &Summary) -> String {
    let title = title(summary);
    let mut page = String::with_capacity(256 * 1024);
    _ = write!(
        page,
        "<!DOCTYPE html>\n<html lang=\"en-GB\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; \
         script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n<title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n\
         <a class=\"skip\" href=\"#content\">Skip to the report</a>\n<header><h1>{title}</h1>\n{}</header>\n",
        outline(summary)
    );
    page.push_str("<main id=\"content\">\n");
    page.push_str(&overview(summary));
    let sections = [
        learned::weights(summary),
        waterfall::section(summary),
        judged::thresholds(summary),
        judged::accuracy(summary),
        judged::groups(summary),
        judged::unlinkables(summary),
        data::clusters(summary),
        data::rules(summary),
        data::columns(summary),
        learned::training(summary),
        data::timings(summary),
    ];
    page.extend(sections);
    _ = write!(page, "</main>\n<script>\n{CHOOSE}</script>\n</body>\n</html>\n");
    page
}

fn title(summary: &Summary) -> String {
    let names: Vec<String> = summary.tables.iter().map(|table| text(&table.name)).collect();
    match summary.tables.len() {
        1 => format!("Duplicates in {}", names.join("")),
        _ => format!("Linkage of {}", names.join(" and ")),
    }
}

/// Links to the sections, so that a reader who cannot see the page's length knows what is on it.
fn outline(summary: &Summary) -> String {
    const ALL: [(&str, &str); 11] = [
        ("weights", "What agreement is worth"),
        ("pairs", "Why these two are, or are not, the same"),
        ("thresholds", "Where to draw the line"),
        ("accuracy", "How right it is"),
        ("groups", "Who is linked worse"),
        ("unlinkables", "Who can never be linked"),
        ("clusters", "Clusters"),
        ("rules", "Blocking rules"),
        ("columns", "Columns and their quality"),
        ("training", "Estimation"),
        ("timings", "Time and memory"),
    ];
    let there = |id: &str| match id {
        "accuracy" => summary.accuracy.is_some(),
        "groups" => !summary.groups.is_empty(),
        _ => true,
    };
    let links: String = ALL
        .iter()
        .filter(|(id, _)| there(id))
        .map(|(id, name)| format!("<li><a href=\"#{id}\">{name}</a></li>"))
        .collect();
    format!("<nav aria-label=\"Contents\"><ul>{links}</ul></nav>\n")
}

fn overview(summary: &Summary) -> String {
    let rows: Vec<String> = summary
        .tables
        .iter()
        .map(|table| format!("<bdi>{}</bdi> {} rows", text(&table.name), count(table.rows)))
        .collect();
    let threshold = summary.model.spec.clusters.threshold;
    let mut figures = vec![
        ("Records", rows.join("<br>")),
        ("Pairs compared", count(summary.pairs_compared)),
        ("Pairs kept", count(summary.pairs_kept)),
    ];
    if let Some(at) = summary.thresholds.iter().find(|it| (it.probability - threshold).abs() < 1e-9) {
        figures.push(("Pairs linked", format!("{} at p ≥ {threshold}", count(at.pairs))));
    }
    let seconds: f64 = summary.phases.iter().map(|phase| phase.seconds).sum();
    figures.push(("Time and memory", format!("{seconds:.1} s, {} MB", count(summary.memory_peak_mb))));
    let figures: String =
        figures.iter().map(|(name, value)| format!("<div><dt>{name}</dt><dd>{value}</dd></div>")).collect();
    let mut page = format!("<section aria-label=\"Overview\"><dl class=\"figures\">{figures}</dl>\n");
    if !summary.warnings.is_empty() {
        let all: String = summary.warnings.iter().map(|it| format!("<li>{}</li>", text(it))).collect();
        _ = writeln!(page, "<div class=\"warnings\"><h2>What you should know</h2><ul>{all}</ul></div>");
    }
    page + "</section>\n"
}
