//! Several processes make the pairs that one makes, also when one of them falls.
//!
//! This program is its own worker: its first argument says what it is to be.
#![allow(clippy::unwrap_used, reason = "a panic is the failure report")]
#![allow(clippy::print_stdout, reason = "a worker answers on standard output")]

#[path = "stories/people.rs"]
mod people;

use std::io::BufRead as _;
use std::path::Path;

use packhorse_linkage::{LinkageError, Options, Unwatched, Workers, link, serve_shards};
use people::{SPEC, invented, spec, table};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.first().map(String::as_str) {
        Some("serve") => serve_shards(Path::new(&arguments[1]), std::io::stdin().lock(), std::io::stdout()).unwrap(),
        Some("fall-once") => fall_once(Path::new(&arguments[1]), Path::new(&arguments[2])),
        Some("lie") => lie(),
        _ => {
            several_processes_make_the_same_pairs();
            a_fallen_workers_shards_are_done_again();
            a_worker_that_loses_pairs_is_found_out();
            a_worker_whose_coordinator_is_gone_leaves_no_records_behind();
        }
    }
}

fn run(workers: Option<Workers>) -> Result<Vec<(String, String, u64)>, LinkageError> {
    let (left, right) = invented(500);
    let options = Options { workers, ..Options::default() };
    let spec = spec(&format!("{SPEC}\n[limits]\nshards = 4\n"));
    let outcome = link(&spec, vec![table("a", &left), table("b", &right)], &options, &Unwatched)?;
    Ok(outcome.pairs().map(|pair| (pair.left_id, pair.right_id, pair.weight.to_bits())).collect())
}

fn workers(arguments: &[&str]) -> Option<Workers> {
    let program = std::env::current_exe().unwrap();
    Some(Workers { count: 2, program, arguments: arguments.iter().map(|one| (*one).to_owned()).collect() })
}

fn several_processes_make_the_same_pairs() {
    let alone = run(None).unwrap();
    assert!(alone.len() > 300);
    assert_eq!(run(workers(&["serve"])).unwrap(), alone);
}

fn a_fallen_workers_shards_are_done_again() {
    let folder = tempfile::tempdir().unwrap();
    let mark = folder.path().join("fell");
    assert_eq!(run(workers(&["fall-once", mark.to_str().unwrap()])).unwrap(), run(None).unwrap());
    assert!(mark.exists(), "one of them did fall");
}

fn a_worker_that_loses_pairs_is_found_out() {
    let error = run(workers(&["lie"])).unwrap_err();
    assert!(matches!(error, LinkageError::Broken(_)), "{error}");
}

fn a_worker_whose_coordinator_is_gone_leaves_no_records_behind() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("run");
    let (left, _) = invented(60);
    let text = format!("{SPEC}\n[limits]\nshards = 1\n");
    link(&spec(&text), vec![table("a", &left)], &Options::default(), &Unwatched).unwrap().save_index(&folder).unwrap();
    std::fs::write(folder.join("spec.toml"), text).unwrap();
    let mut answers = Vec::new();
    serve_shards(&folder, "0 0\n".as_bytes(), &mut answers).unwrap();
    assert!(String::from_utf8(answers).unwrap().contains("\"fault\":null"));
    assert!(!folder.exists());
}

/// Takes an order and falls, if nobody has fallen yet.
fn fall_once(mark: &Path, folder: &Path) {
    if std::fs::OpenOptions::new().write(true).create_new(true).open(mark).is_ok() {
        std::io::stdin().lock().read_line(&mut String::new()).unwrap();
        std::process::exit(9);
    }
    serve_shards(folder, std::io::stdin().lock(), std::io::stdout()).unwrap();
}

/// Says that a shard is done, and that there was nothing in it.
fn lie() {
    for order in std::io::stdin().lock().lines() {
        let order = order.unwrap();
        let (rule, shard) = order.split_once(' ').unwrap();
        let tally = r#"{"made":0,"elsewhere":0,"rows_sum":0,"kept":0,"kept_sum":0,"matches":0}"#;
        println!(r#"{{"rule":{rule},"shard":{shard},"tally":{tally},"fault":null}}"#);
    }
}
