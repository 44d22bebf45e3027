//! The guide to linking is walked as its reader walks it: from two files to pairs, a report and a reviewed sample.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a panic is the failure report")]
#![allow(dead_code, reason = "the guide's reader is shared with the walk of the other pages")]

#[allow(clippy::print_stderr, reason = "a line says that a database is missing")]
#[path = "../../tables/tests/stories/cluster.rs"]
mod cluster;
mod guide;

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use sqlx::{AssertSqlSafe, Connection as _};

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
    assert_eq!(blocks.len(), 4);
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

/// Killed at any moment, a run leaves each file whole or not at all, and the next one needs nothing put right.
#[test]
fn a_run_that_is_killed_leaves_nothing_half_written() {
    let home = home();
    let link = "packhorse link packhorse/demo/data/people-a.csv packhorse/demo/data/people-b.csv --spec";
    let made = "link.toml --out pairs.csv --clusters clusters.csv --save-index index";
    let whole = typed(home.path(), &format!("{link} auto > link.toml\n{link} {made}"));
    assert!(whole.status.success(), "{}", said(&whole));
    let read = |name: &str| fs::read(home.path().join(name)).ok();
    let files = ["pairs.csv", "clusters.csv", "index/records.bin", "index/model.json"];
    let right = files.map(read);
    let mut killed = 0;
    for seconds in (0..).map(|round| 0.02 * 1.25_f64.powi(round)) {
        for file in files {
            let _ = fs::remove_file(home.path().join(file));
        }
        let command = format!("exec timeout --signal KILL {seconds:.3} {link} {made}");
        let run = typed(home.path(), &command);
        for (file, right) in files.into_iter().zip(&right) {
            let found = read(file);
            assert!(found.is_none() || found == *right, "{file} after {seconds} s is not whole");
        }
        let names = fs::read_dir(home.path()).unwrap().chain(fs::read_dir(home.path().join("index")).unwrap());
        let names: Vec<String> = names.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
        assert!(!names.iter().any(|name| name.contains(".part") || name.starts_with(".tmp")), "{names:?}");
        if run.status.success() {
            break;
        }
        killed += 1;
    }
    assert!(killed > 3, "it was killed {killed} times only");
    assert_eq!(files.map(read), right, "the last run, which nobody killed, gives what the first gave");
}

/// The statements that make a table of a file: all columns text but one date, and blank cells without a value.
fn as_table(name: &str, date: &str) -> Vec<String> {
    let file = format!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../demo/data/people-{}.csv"), name);
    let mut reader = csv::Reader::from_path(file).unwrap();
    let column = |heading: &str| {
        let kind = if heading == "date_of_birth" { date } else { "TEXT" };
        format!("{heading} {kind}")
    };
    let columns: Vec<String> = reader.headers().unwrap().iter().map(column).collect();
    let cell = |cell: &str| if cell.is_empty() { "NULL".into() } else { format!("'{}'", cell.replace('\'', "''")) };
    let row = |cells: csv::StringRecord| format!("({})", cells.iter().map(cell).collect::<Vec<_>>().join(", "));
    let rows: Vec<String> = reader.records().map(|cells| row(cells.unwrap())).collect();
    vec![
        format!("CREATE TABLE people_{name} ({})", columns.join(", ")),
        format!("INSERT INTO people_{name} VALUES {}", rows.join(", ")),
    ]
}

/// Links both and gives the pairs, in order.
fn pairs_of(home: &Path, left: &str, right: &str) -> Vec<String> {
    let command = format!("packhorse link '{left}' '{right}' --spec link.toml --out pairs.csv");
    let output = typed(home, &command);
    assert!(output.status.success(), "{left}: {}", said(&output));
    let mut pairs: Vec<String> =
        fs::read_to_string(home.join("pairs.csv")).unwrap().lines().map(str::to_owned).collect();
    pairs.sort_unstable();
    assert!(pairs.len() > 10);
    pairs
}

#[tokio::test]
async fn tables_of_a_database_give_the_pairs_that_the_same_files_give() {
    let home = home();
    let home = home.path();
    let (a, b) = ("packhorse/demo/data/people-a.csv", "packhorse/demo/data/people-b.csv");
    assert!(typed(home, &format!("packhorse link {a} {b} --spec auto > link.toml")).status.success());
    let expected = pairs_of(home, a, b);

    let file = home.join("people.db");
    let made = sqlx::sqlite::SqliteConnectOptions::new().filename(&file).create_if_missing(true);
    let mut sqlite = sqlx::SqliteConnection::connect_with(&made).await.unwrap();
    for statement in as_table("a", "TEXT").into_iter().chain(as_table("b", "TEXT")) {
        sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut sqlite).await.unwrap();
    }
    sqlite.close().await.unwrap();
    assert_eq!(pairs_of(home, "sqlite:people.db#people_a", "sqlite:people.db#people_b"), expected);
    let drafted = typed(home, "packhorse link sqlite:people.db#people_a sqlite:people.db#people_b --spec auto");
    assert!(said(&drafted).contains("name = \"surname\""), "{}", said(&drafted));
    for (named, promised) in [
        ("sqlite:people.db", "name the table behind the database"),
        ("sqlite:people.db#nobody", "the database has no table"),
        ("sqlite:nowhere.db#people_a", "could not be read"),
    ] {
        let output = typed(home, &format!("packhorse link '{named}' {b} --spec link.toml"));
        assert!(!output.status.success() && said(&output).contains(promised), "{named}: {}", said(&output));
    }

    let Some(cluster) = cluster::Cluster::start() else { return };
    let mut postgres = sqlx::PgConnection::connect(&cluster.url()).await.unwrap();
    for statement in as_table("a", "DATE").into_iter().chain(as_table("b", "TEXT")) {
        sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut postgres).await.unwrap();
    }
    let named = |table: &str| format!("{}#public.{table}", cluster.url());
    assert_eq!(pairs_of(home, &named("people_a"), &named("people_b")), expected);
    let odd = typed(home, &format!("packhorse link '{}' {b} --spec link.toml", named("people_c")));
    assert!(!odd.status.success() && said(&odd).contains("the database has no table"), "{}", said(&odd));
}
