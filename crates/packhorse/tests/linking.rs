//! The guide to linking is walked as its reader walks it: from two files to pairs, a report and a reviewed sample.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a panic is the failure report")]
#![allow(dead_code, reason = "the guide's reader is shared with the walk of the other pages")]

mod guide;

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use guide::{Found, When, blocks, filled, missing};

const PROGRAM: &str = env!("CARGO_BIN_EXE_packhorse");

/// A reader's home, with the clone in it.
fn home() -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    let clone = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../..")).canonicalize().unwrap();
    std::os::unix::fs::symlink(clone, home.path().join("packhorse")).unwrap();
    home
}

fn typed(home: &Path, commands: &str) -> Output {
    let path = format!("{}:{}", Path::new(PROGRAM).parent().unwrap().display(), std::env::var("PATH").unwrap());
    Command::new("bash")
        .args(["-e", "-o", "pipefail", "-c", &format!("exec 2>&1\n{commands}")])
        .current_dir(home)
        .env("HOME", home)
        .env("PATH", path)
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn every_command_of_the_guide_to_linking_works_and_shows_what_it_promises() {
    let home = home();
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/guide/link.md");
    let blocks = blocks("docs/guide/link.md", &fs::read_to_string(page).unwrap());
    assert_eq!(blocks.len(), 3);
    let mut found = Found::new();
    for block in &blocks {
        assert_eq!(block.when, When::InOrder, "{}", block.place);
        let output = typed(home.path(), &filled(&block.commands, &found));
        let text = said(&output);
        assert!(output.status.success(), "{}: {text}", block.place);
        if let Some(line) = missing(&block.promised, &text, &mut found) {
            panic!("{}: the page promises {line:?}; what came is\n{text}", block.place);
        }
    }
    let report = fs::read_to_string(home.path().join("report.html")).unwrap();
    assert!(report.contains("Who is linked worse") && report.ends_with("</html>\n"));
    let labels = fs::read_to_string(home.path().join("labels.csv")).unwrap();
    assert_eq!(labels.lines().count(), 4, "{labels}");
}

#[test]
fn a_review_goes_on_where_it_was_left_and_does_not_lead() {
    let home = home();
    let files = "packhorse/demo/data/people-a.csv packhorse/demo/data/people-b.csv";
    let first = typed(
        home.path(),
        &format!(
            "packhorse link {files} --spec auto > link.toml\npackhorse link {files} --spec link.toml --out pairs.csv"
        ),
    );
    assert!(first.status.success(), "{}", said(&first));
    let review = |answers: &str| {
        let command = format!(
            "printf '{answers}' | packhorse link review pairs.csv {files} --spec link.toml --labels labels.csv --sample 30"
        );
        said(&typed(home.path(), &command))
    };
    let begun = review("y\\nwhat\\nn\\n");
    assert!(begun.contains("2 answers, 0 of them unsure"), "{begun}");
    let asked = begun.lines().filter(|line| line.contains(" of ") && line.contains(" and ")).count();
    let again = review("u\\n");
    assert!(again.contains("3 answers, 1 of them unsure"), "{again}");
    let open =
        |text: &str| text.lines().find_map(|line| line.strip_prefix("1 of ")?.split(':').next()?.parse::<u32>().ok());
    assert_eq!(open(&again), open(&begun).map(|open| open - 2), "{asked} were shown");
    let (asking, _) = begun.split_once("2 answers, ").unwrap();
    assert!(!asking.contains("probability"), "what the program thinks is not shown before the end");
}

#[test]
fn what_cannot_be_linked_is_refused_with_a_way_out() {
    let home = home();
    fs::write(home.path().join("numbers.csv"), "a,b\n1,2\n3,4\n").unwrap();
    for (command, promised) in [
        ("packhorse link numbers.csv --spec auto", "too little was recognised"),
        ("packhorse link numbers.csv", "name a specification with --spec"),
        ("packhorse link nowhere.csv --spec auto", "failed"),
    ] {
        let output = typed(home.path(), command);
        assert!(!output.status.success() && said(&output).contains(promised), "{command}: {}", said(&output));
    }
}
