//! Stories about where data comes from: CSV, Parquet, SQLite, PostgreSQL and an HTTP service, each published by command,
//! agreed, asked through two gateways, changed, taken away and brought back.
//!
//! The register is the same everywhere, so that every source must answer alike.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a panic is the failure report"
)]
#![allow(dead_code, reason = "every file of stories uses its part of the network")]

#[path = "../../tables/tests/stories/cluster.rs"]
mod cluster;
mod network;
mod register;

use std::time::Duration;

use serde_json::{Value, json};

use network::http::{Answer, ask};
use network::{Network, until};
use register::{CsvFile, HttpService, ParquetFile, PostgresTable, Register, SqliteFile};

/// In place of the register's mark of which nobody is told.
const UNKNOWN: &str = "TE57XXX";

#[test]
fn every_source_is_published_agreed_asked_cut_changed_and_missed_alike() {
    let network = Network::start();
    let folder = network.agency.dir.clone();
    let mut sources: Vec<Box<dyn Register>> = vec![
        Box::new(CsvFile::make(&folder)),
        Box::new(ParquetFile::make(&folder)),
        Box::new(SqliteFile::make(&folder)),
        Box::new(HttpService::start()),
    ];
    sources.extend(PostgresTable::make().map(|table| Box::new(table) as Box<dyn Register>));
    for source in &sources {
        publish(&network, source.as_ref());
    }
    network.grant("sources", "personal", &sources.iter().map(|source| grant(source.kind())).collect::<String>());

    for source in &mut sources {
        println!("--- {}", source.kind());
        an_answer_is_cut_to_the_agreed_fields(&network, source.kind());
        what_was_not_agreed_is_refused(&network, source.kind());
        an_unknown_key_finds_nothing(&network, source.kind());
        a_change_is_taken_over(&network, source.as_mut());
        a_lost_column_is_no_reason_to_answer_wrongly(&network, source.as_mut());
    }
    sources_that_are_away_when_the_gateway_starts_come_back(&network, &mut sources);
}

fn publish(network: &Network, source: &dyn Register) {
    let (from, service) = (source.address(), format!("main/{}", source.kind()));
    let mut add = vec!["table", "add", &from, "--service", &service, "--synthetic"];
    add.extend(source.options());
    let said = network.agency.must(&add);
    assert!(said.contains(&format!("published as PH/GOV/agency/main/{}", source.kind())), "{said}");
}

fn grant(kind: &str) -> String {
    format!(
        "[[grants]]\nservice = \"PH/GOV/agency/main/{kind}\"\n\
         operations = [{{ method = \"GET\", path = \"/by-vrm/*\" }}]\nto = [\"PH/LOC/borough/main\"]\n\
         fields = [\"vrm\", \"make\", \"keeper\"]\npurposes = [\"parking-penalty\"]\nroles = [\"parking-officer\"]\n\
         training_months = 12\n\n"
    )
}

fn asked(network: &Network, kind: &str, mark: &str, more: &[(&str, &str)]) -> Answer {
    let key = network.borough.api_key.as_str();
    let mut headers =
        vec![("x-road-client", "PH/LOC/borough/main"), ("packhorse-api-key", key), ("x-road-userid", "officer-1")];
    headers.extend(more);
    ask(network.borough.inside, "GET", &format!("/r1/PH/GOV/agency/main/{kind}/by-vrm/{mark}"), &headers, b"")
}

/// How both sides recorded its end.
fn ended(network: &Network, answer: &Answer) -> Value {
    let ends = [&network.borough, &network.agency].map(|gateway| {
        let records = gateway.records(answer.header("packhorse-exchange"));
        assert_eq!(records.len(), 1, "{}: {}", gateway.organisation, answer.text());
        records[0]["record"]["ended"].clone()
    });
    assert_eq!((&ends[0]["outcome"], &ends[0]["rule"]), (&ends[1]["outcome"], &ends[1]["rule"]));
    ends[1].clone()
}

fn an_answer_is_cut_to_the_agreed_fields(network: &Network, kind: &str) {
    let answer = asked(network, kind, "AA19AAA", &[]);
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.json(), json!({"vrm": "AA19AAA", "make": "FORD", "keeper": "Ada Example"}));
    let end = ended(network, &answer);
    assert_eq!((&end["outcome"], &end["given"], &end["withheld"]), (&json!("answered"), &json!(3), &json!(1)));

    let fewer = asked(network, kind, "AA19AAA", &[("packhorse-fields", "make")]);
    assert_eq!(fewer.json(), json!({"make": "FORD"}));
    assert_eq!(ended(network, &fewer)["withheld"], json!(3));
}

fn what_was_not_agreed_is_refused(network: &Network, kind: &str) {
    for (header, rule) in [(("packhorse-fields", "marker"), "fields"), (("packhorse-purpose", "curiosity"), "purpose")]
    {
        let refused = asked(network, kind, "AA19AAA", &[header]);
        assert_eq!((refused.status, refused.rule()), (500, rule), "{}", refused.text());
    }
}

fn an_unknown_key_finds_nothing(network: &Network, kind: &str) {
    let nothing = asked(network, kind, UNKNOWN, &[]);
    assert_eq!(nothing.status, 404, "{}", nothing.text());
    assert!(!nothing.text().contains(UNKNOWN), "{}", nothing.text());
    assert_eq!(ended(network, &nothing)["outcome"], "answered");
}

fn a_change_is_taken_over(network: &Network, source: &mut dyn Register) {
    source.set_make("VAUXHALL");
    until("the change is seen", || asked(network, source.kind(), "AA19AAA", &[]).json()["make"] == "VAUXHALL");
    source.set_make("FORD");
    until("the change back is seen", || asked(network, source.kind(), "AA19AAA", &[]).json()["make"] == "FORD");
}

/// What was read whole before goes on being answered; what is asked live becomes a fault. Never half an answer.
fn a_lost_column_is_no_reason_to_answer_wrongly(network: &Network, source: &mut dyn Register) {
    source.lose_marker();
    std::thread::sleep(Duration::from_secs(3));
    let during = asked(network, source.kind(), "AA19AAA", &[]);
    if source.is_copied() {
        assert_eq!((during.status, &during.json()["make"]), (200, &json!("FORD")), "the copy before it still answers");
    } else {
        assert_eq!(during.status, 500, "{}", during.text());
        assert!(!during.text().contains("Ada"), "{}", during.text());
        assert_ne!(ended(network, &during)["outcome"], "answered");
    }
    source.restore();
    until("it answers again", || asked(network, source.kind(), "AA19AAA", &[]).status == 200);
}

fn sources_that_are_away_when_the_gateway_starts_come_back(network: &Network, sources: &mut [Box<dyn Register>]) {
    for source in sources.iter_mut() {
        source.go_away();
    }
    network.agency.stop();
    network.agency.start();
    for source in sources.iter() {
        let missed = asked(network, source.kind(), "AA19AAA", &[]);
        assert_eq!(missed.status, 500, "{}: {}", source.kind(), missed.text());
        assert_eq!(ended(network, &missed)["outcome"], "failed", "{}", source.kind());
    }
    for source in sources.iter_mut() {
        source.restore();
    }
    for source in sources.iter() {
        until(source.kind(), || asked(network, source.kind(), "AA19AAA", &[]).status == 200);
    }
}
