//! Stories of linking, from files to pairs, through the public interface.
#![allow(clippy::unwrap_used, reason = "a panic is the failure report")]

mod bad_input;
mod kept;
mod people;

use packhorse_linkage::{Options, Pair, Unwatched, link};
use people::{SPEC, invented, spec, table};

/// The pairs of a run, as bits.
fn bits(pairs: impl Iterator<Item = Pair>) -> Vec<(String, String, u64, Vec<i8>)> {
    pairs.map(|pair| (pair.left_id, pair.right_id, pair.weight.to_bits(), pair.levels)).collect()
}

#[test]
fn people_are_found_again_and_the_summary_says_how_surely() {
    let (left, right) = invented(1500);
    let spec = spec(SPEC);
    let outcome = link(&spec, vec![table("a", &left), table("b", &right)], &Options::default(), &Unwatched).unwrap();
    let accuracy = outcome.summary.accuracy.clone().unwrap();
    assert!(accuracy.best_f1 > 0.98 && accuracy.precision_at_95 >= 0.99, "{accuracy:?}");
    assert_eq!(outcome.summary.pairs_kept, outcome.len() as u64);
    let sample = &outcome.summary.sample;
    for pair in sample {
        let sum: f64 = pair.contributions.iter().map(|one| one.weight + one.term_frequency).sum();
        let whole = pair.prior_weight + sum + pair.competition;
        assert!((whole - pair.weight).abs() < 1e-3, "a waterfall adds up: {whole} {}", pair.weight);
    }
    assert!(sample.iter().any(|pair| pair.weight < 0.0) && sample.iter().any(|pair| pair.weight > 10.0));
}

#[test]
fn any_two_records_can_be_asked_about_though_no_rule_made_them_a_pair() {
    let (left, right) = invented(300);
    let tables = vec![table("a", &left), table("b", &right)];
    let mut outcome = link(&spec(SPEC), tables, &Options::default(), &Unwatched).unwrap();
    let known = outcome.pairs().next().unwrap();
    let pair = outcome.ask(&known.left_id, &known.right_id).unwrap();
    assert!(pair.asked && pair.rule.is_some() && pair.weight == known.weight);
    let stranger = right.iter().find(|other| left[0].iter().zip(*other).all(|(one, other)| one != other)).unwrap();
    let pair = outcome.ask(&left[0][0], &stranger[0]).unwrap();
    assert!(pair.rule.is_none() && pair.weight < 0.0, "{pair:?}");
    assert!(outcome.ask("nobody", &stranger[0]).is_none());
    let asked = outcome.summary.sample.iter().filter(|pair| pair.asked).count();
    let page = packhorse_linkage::report::html(&outcome.summary);
    assert!(asked == 2 && page.contains("No blocking rule made it"));
}

#[test]
fn the_pairs_are_the_same_bit_for_bit_on_one_thread_and_on_many_and_however_it_is_cut() {
    let (left, right) = invented(600);
    let run = |threads: usize, spec_text: &str| {
        let options = Options { threads: Some(threads), ..Options::default() };
        let outcome =
            link(&spec(spec_text), vec![table("a", &left), table("b", &right)], &options, &Unwatched).unwrap();
        bits(outcome.pairs())
    };
    let one = run(1, SPEC);
    assert!(one.len() > 300);
    assert_eq!(one, run(4, SPEC));
    assert_eq!(one, run(2, &format!("{SPEC}\n[limits]\nshards = 3\n")));
    assert_eq!(one, run(2, &format!("{SPEC}\n[limits]\nmemory_mb = 17\n")), "what is spilled comes back");
}

#[test]
fn clusters_do_not_depend_on_the_order_of_rows() {
    let (mut left, right) = invented(400);
    left.extend(right);
    let members = |rows: &[people::Record], cardinality: &str| {
        let spec = spec(&format!("{SPEC}\n[cluster]\nthreshold = 0.9\ncardinality = \"{cardinality}\"\n"));
        let outcome = link(&spec, vec![table("a", rows)], &Options::default(), &Unwatched).unwrap();
        outcome.members()
    };
    let mut turned = left.clone();
    turned.reverse();
    let middle = turned.len() / 3;
    turned.rotate_left(middle);
    for cardinality in ["any", "one_to_one"] {
        let there = members(&left, cardinality);
        assert!(there.len() > 400);
        assert_eq!(there, members(&turned, cardinality), "{cardinality}");
    }
}

#[test]
fn each_record_is_linked_once_when_that_is_asked_for() {
    let (left, mut right) = invented(300);
    let mut copies = right[..50].to_vec();
    copies.iter_mut().for_each(|one| one[0].push_str("-copy"));
    right.extend(copies);
    let spec = spec(&format!("{SPEC}\n[cluster]\nthreshold = 0.2\ncardinality = \"one_to_one\"\n"));
    let outcome = link(&spec, vec![table("a", &left), table("b", &right)], &Options::default(), &Unwatched).unwrap();
    assert!(outcome.summary.cluster_sizes.iter().all(|size| size.records <= 2));
}

#[test]
fn a_record_with_several_names_is_found_by_either() {
    let mut left = vec![];
    let (rows, right) = invented(300);
    left.extend(rows);
    for record in &mut left {
        record[2] = format!("{};formerly{}", record[2], &record[0]);
    }
    let text =
        SPEC.replace("name = \"surname\"\nkind = \"name\"", "name = \"surname\"\nkind = \"name\"\nseparator = \";\"");
    let outcome =
        link(&spec(&text), vec![table("a", &left), table("b", &right)], &Options::default(), &Unwatched).unwrap();
    let accuracy = outcome.summary.accuracy.unwrap();
    assert!(accuracy.best_f1 > 0.97, "{accuracy:?}");
}
