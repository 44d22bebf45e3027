//! The report shows what a run found, works without the network, and takes nothing from outside for markup.
#![allow(clippy::unwrap_used, reason = "a panic is the failure report")]

use packhorse_linkage::summary::Summary;
use packhorse_linkage::{Spec, report};

/// What a hostile cell may hold: markup, an end of a script, text from right to left, a picture, nothing.
const HOSTILE: &str = "</script><script>alert(1)</script>\" onload=\"x\u{202e}שלום🐴\0";

/// A small run of which everything was kept.
fn summary() -> Summary {
    let text = include_str!("report/summary.json");
    serde_json::from_str(text).unwrap()
}

#[test]
fn the_report_shows_every_part_of_a_run() {
    let page = report::html(&summary());
    for id in [
        "weights",
        "pairs",
        "thresholds",
        "accuracy",
        "groups",
        "unlinkables",
        "clusters",
        "rules",
        "columns",
        "training",
        "timings",
    ] {
        assert!(page.contains(&format!("<section id=\"{id}\">")), "{id}");
        assert!(page.contains(&format!("href=\"#{id}\"")), "{id} is listed");
    }
    for promised in
        ["jaro_winkler &gt;= 0.92", "linked, <strong>wrongly</strong>", "within a household", "west african"]
    {
        assert!(page.contains(promised), "{promised}");
    }
}

#[test]
fn it_asks_nothing_of_the_network() {
    let page = report::html(&summary());
    for reaching in ["http:", "https:", "//cdn", "src=", "@import", "url(", "<link"] {
        assert!(!page.contains(reaching), "{reaching}");
    }
    assert!(page.contains("default-src 'none'"));
}

#[test]
fn hostile_values_stay_text_wherever_they_stand() {
    let text = include_str!("report/summary.json");
    let plain: serde_json::Value = serde_json::from_str(text).unwrap();
    let hostile: Summary = serde_json::from_value(poisoned(plain, "")).unwrap();
    let page = report::html(&hostile);
    assert!(page.matches("&lt;script&gt;").count() > 20, "it is shown");
    assert_eq!(page.matches("<script>").count(), 1, "our own");
    assert!(!page.contains("onload=\"") && !page.contains('\0') && !page.contains('\u{202e}'));
    assert!(page.contains("[U+0000]") && page.contains("[U+202E]") && page.contains("🐴"));
}

/// The same with every text that is not a word of the format replaced.
fn poisoned(value: serde_json::Value, key: &str) -> serde_json::Value {
    use serde_json::Value;
    match value {
        Value::String(_) if !["kind", "cardinality"].contains(&key) => Value::String(HOSTILE.to_owned()),
        Value::Array(items) => Value::Array(items.into_iter().map(|item| poisoned(item, key)).collect()),
        Value::Object(fields) => {
            Value::Object(fields.into_iter().map(|(key, value)| (key.clone(), poisoned(value, &key))).collect())
        }
        other => other,
    }
}

#[test]
fn a_run_that_found_nothing_has_a_report_too() {
    let mut empty = summary();
    empty.sample.clear();
    empty.training.clear();
    empty.thresholds.clear();
    empty.weights.clear();
    empty.unlinkables.clear();
    empty.groups.clear();
    empty.accuracy = None;
    empty.model.comparisons.clear();
    empty.cluster_sizes.clear();
    let page = report::html(&empty);
    assert!(page.contains("there is none to look at") && !page.contains("NaN") && !page.contains("inf"));
    // The type is the file: a specification within it is the one that was asked for.
    assert_eq!(summary().model.spec, Spec::parse(include_str!("report/spec.toml")).unwrap());
}
