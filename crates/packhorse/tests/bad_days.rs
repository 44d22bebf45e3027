//! Stories of bad days: members cut off, a registry that is gone, sources that misbehave, power that fails.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a panic is the failure report"
)]
#![allow(dead_code, reason = "every file of stories uses its part of the network")]

mod load;
mod network;
mod peer;
mod upstream;

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use load::{Load, nothing_is_lost};
use network::http::{Answer, ask};
use network::{Gateway, Network, until, until_within};
use peer::{AGREEMENT, Asking, Peer, VEHICLES};
use upstream::BadUpstream;
use upstream::tls::TlsUpstream;

/// How often the power fails, unless PACKHORSE_KILLS says otherwise.
const KILLS: u32 = 12;
/// The least age of a directory that a gateway can be told to refuse: twice the time between two heads.
const LEAST_AGE: Duration = Duration::from_secs(120);
/// How long a receipt of what was answered before a fall may take: less than the lease of whoever fell.
const RECEIPT: Duration = Duration::from_secs(4);
/// How long after the registry's word a member may still get answers.
const CUT_OFF: Duration = Duration::from_secs(60);

#[test]
fn bad_days_end_in_refusals_and_faults_on_record_and_never_in_lost_evidence() {
    let network = Network::start();
    let peer = Peer::borough_to_agency(&network);
    assert_eq!(vehicle(&network).status, 200, "the control");

    exchanges_outlast_the_registry(&network);
    a_suspended_member_is_cut_off_until_it_is_resumed(&network, &peer);
    an_agreement_stops_the_moment_either_side_suspends_it(&network, &peer);
    whatever_an_upstream_does_is_recorded(&network);
    an_upstream_over_tls_is_asked_when_the_authority_given_vouches_for_it(&network);
    a_table_that_lost_a_column_is_not_taken_over(&network);
    the_power_fails_under_load(&network);
    a_receipt_does_not_wait_for_a_publisher_that_died(&network);
    a_backup_brings_everything_back(&network);
    erased_content_leaves_a_receipt_that_holds(&network);
}

/// In a network of its own, beside the other story: it waits for as long as the least setting allows.
#[test]
fn on_a_directory_too_old_nobody_is_let_in_or_out_until_the_registry_is_back() {
    let network = Network::start();
    for gateway in [&network.borough, &network.agency] {
        gateway.stop();
        gateway.configure("# max_age_seconds = 600", &format!("max_age_seconds = {}", LEAST_AGE.as_secs()));
        gateway.start();
    }
    let peer = Peer::borough_to_agency(&network);
    let asking = Asking::vehicle(&peer);
    let ready = |gateway: &Gateway| ask(gateway.inside, "GET", "/readyz", &[], b"").status == 200;
    network.stop_registry();
    let gone = Instant::now();
    assert_eq!(vehicle(&network).status, 200, "what is known is fresh enough");

    // The registry confirms its head every minute: the last word may be that old already.
    until_within(LEAST_AGE + Duration::from_secs(10), "the borough stops asking", || vehicle(&network).status != 200);
    println!("refused {:?} after the registry's last word", gone.elapsed());
    assert!(gone.elapsed() > LEAST_AGE - Duration::from_secs(70));
    let refused = vehicle(&network);
    assert_eq!((refused.status, refused.rule()), (500, "stale-directory"), "{}", refused.text());
    assert!(refused.text().contains("restore the connection to the registry"), "{}", refused.text());
    assert_eq!(recorded(&network.borough, &refused), ("refused".to_owned(), "stale-directory".to_owned()));
    until("the agency lets nobody in", || peer.ask(&asking.again()).rule() == "stale-directory");
    assert!(!ready(&network.borough) && !ready(&network.agency), "and both say so");

    network.start_registry();
    until("exchanges resume by themselves", || vehicle(&network).status == 200);
    assert!(ready(&network.borough) && ready(&network.agency));
}

/// Officer 1 asks for a vehicle.
fn vehicle(network: &Network) -> Answer {
    service(network, &format!("{VEHICLES}/by-vrm/AA19AAA"))
}

fn service(network: &Network, path: &str) -> Answer {
    let key = network.borough.api_key.as_str();
    let headers =
        [("x-road-client", "PH/LOC/borough/main"), ("packhorse-api-key", key), ("x-road-userid", "officer-1")];
    ask(network.borough.inside, "GET", &format!("/r1/{path}"), &headers, b"")
}

/// Outcome and rule of an exchange, on this gateway's record.
fn recorded(gateway: &Gateway, answer: &Answer) -> (String, String) {
    let records = gateway.records(answer.header("packhorse-exchange"));
    assert_eq!(records.len(), 1, "{} {}", answer.status, answer.text());
    let word = |name: &str| records[0][name].as_str().unwrap_or_default().to_owned();
    (word("outcome"), word("rule"))
}

/// Both sides recorded the same end of the exchange.
fn ended(network: &Network, answer: &Answer, outcome: &str, rule: &str) {
    for gateway in [&network.borough, &network.agency] {
        let (said, why) = recorded(gateway, answer);
        assert_eq!((said.as_str(), why.as_str()), (outcome, rule), "{}: {}", gateway.organisation, answer.text());
    }
}

fn exchanges_outlast_the_registry(network: &Network) {
    network.stop_registry();
    assert_eq!(vehicle(network).status, 200, "what is known of the directory is fresh enough");
    for gateway in [&network.borough, &network.agency] {
        gateway.stop();
        gateway.start();
    }
    assert_eq!(vehicle(network).status, 200, "a gateway starts from what it kept");
    network.start_registry();
}

fn a_suspended_member_is_cut_off_until_it_is_resumed(network: &Network, peer: &Peer) {
    let asking = Asking::vehicle(peer);
    let answered = || peer.send_as(Some(&peer.tls), &asking.again().sign(peer)).is_some_and(|it| it.status == 200);
    assert!(answered(), "the control");

    let said = Instant::now();
    network::ok(network.registry(&["suspend", "PH/LOC/borough", "--reason", "under review"]));
    // A gateway of its own making, which does not listen to the registry, is cut off by the others.
    until("the agency cuts the borough off", || !answered());
    println!("cut off after {:?}", said.elapsed());
    assert!(said.elapsed() < CUT_OFF);
    let refused = vehicle(network);
    assert_eq!(refused.status, 500, "{}", refused.text());

    network::ok(network.registry(&["resume", "PH/LOC/borough", "--reason", "settled"]));
    until("the agency lets it in again", answered);
    until("it can ask again", || vehicle(network).status == 200);
}

fn an_agreement_stops_the_moment_either_side_suspends_it(network: &Network, peer: &Peer) {
    let asking = Asking::vehicle(peer);
    let why = ["--reason", "a wrong answer is looked into"];
    for by in [&network.borough, &network.agency] {
        assert_eq!(vehicle(network).status, 200, "the control");
        // A gateway that was cut off a moment ago has to hear first that it may speak again.
        until("it may act", || by.cli(&["agreement", "suspend", AGREEMENT, why[0], why[1]]).status.success());
        let refused = vehicle(network);
        assert_eq!((refused.status, refused.rule()), (500, "agreement-not-in-force"), "{}", refused.text());
        // Whatever the other side's gateway says, at the latest when it has heard of it.
        until("the provider refuses too", || peer.ask(&asking.again()).rule() == "agreement-not-in-force");
        by.must(&["agreement", "resume", AGREEMENT]);
        until("it is in force again", || vehicle(network).status == 200);
    }
}

fn whatever_an_upstream_does_is_recorded(network: &Network) {
    let bad = BadUpstream::start();
    let publish = |columns: Value| {
        let source = json!({
            "kind": "upstream", "base_url": bad.url(), "first_byte_timeout_ms": 500, "timeout_ms": 1000,
            "max_body": 10_000,
        });
        let definition = json!({"service": "echo", "title": "Bad", "source": source, "columns": columns});
        let put =
            network.agency.api("PUT", "/services/main/echo", json!({"definition": definition}).to_string().as_bytes());
        assert_eq!(put.status, 200, "{}", put.text());
    };
    let asked = |path: &str| service(network, &format!("PH/GOV/agency/main/echo{path}"));

    publish(json!([]));
    for (path, rule) in [
        ("/hang", "timed-out"),
        ("/drip", "timed-out"),
        ("/reset", "source"),
        ("/short", "source"),
        ("/babble", "source"),
        ("/large", "source"),
    ] {
        let answer = asked(path);
        assert_eq!(answer.status, 500, "{path}: {}", answer.text());
        ended(network, &answer, "failed", rule);
    }
    let moved = asked("/redirect");
    assert_eq!((moved.status, moved.header("location")), (302, "/secret"), "given back, not followed");
    assert_eq!(bad.asked("/secret"), 0);
    ended(network, &moved, "answered", "");
    let page = asked("/page");
    assert_eq!((page.status, page.text().as_str()), (200, "<p>a page</p>"), "everything was agreed");

    publish(json!([{"name": "name"}]));
    let good = asked("/json");
    assert_eq!((good.status, good.json()), (200, json!({"name": "one"})), "the control");
    ended(network, &good, "answered", "");
    for path in ["/page", "/claims-json"] {
        let answer = asked(path);
        assert_eq!(answer.status, 500, "{path}: {}", answer.text());
        assert!(!answer.text().contains("a page"), "{path}: {}", answer.text());
        ended(network, &answer, "failed", "source");
    }
    let more = asked("/more");
    assert_eq!((more.status, more.json()), (200, json!({"name": "one"})), "what is not declared does not leave");
    let other = asked("/other-shape");
    assert_eq!((other.status, other.rule()), (500, "answer-shape"), "{}", other.text());
    assert!(!other.text().contains("Ada"), "{}", other.text());
    ended(network, &other, "refused", "answer-shape");
}

fn an_upstream_over_tls_is_asked_when_the_authority_given_vouches_for_it(network: &Network) {
    let upstream = TlsUpstream::start(network.folder());
    let add = |url: &str, authority: Option<&std::path::Path>| {
        let given = authority.map(|file| ["--ca-file", file.to_str().unwrap()]);
        let table = ["table", "add", url, "--service", "main/echo"];
        network.agency.cli(&[&table[..], given.as_ref().map_or(&[], |given| &given[..])].concat())
    };
    let (right, wrong) = (Some(&*upstream.authority), Some(&*upstream.stranger));
    let encrypted = upstream.url("https", "localhost");
    for (url, authority) in [(&encrypted, None), (&upstream.url("http", "localhost"), right)] {
        let refused = add(url, authority);
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(!refused.status.success() && said.contains("ca_file"), "{url}: {said}");
    }
    let asked = || service(network, "PH/GOV/agency/main/echo/look");
    for (url, authority) in [(&encrypted, wrong), (&upstream.url("https", "127.0.0.1"), right)] {
        network::ok(add(url, authority));
        let refused = asked();
        assert_eq!(refused.status, 500, "{url}: {}", refused.text());
        ended(network, &refused, "failed", "source");
    }
    network::ok(add(&encrypted, right));
    let answer = asked();
    assert_eq!((answer.status, answer.text().as_str()), (200, r#"{"over":"tls"}"#));
    ended(network, &answer, "answered", "");
}

fn a_table_that_lost_a_column_is_not_taken_over(network: &Network) {
    let file = network.agency.dir.join("vehicles.csv");
    let whole = std::fs::read_to_string(&file).unwrap();
    let before = vehicle(network);
    assert_eq!(before.status, 200);

    let replace = |text: &str| {
        let new = file.with_extension("new");
        std::fs::write(&new, text).unwrap();
        std::fs::rename(new, &file).unwrap();
    };
    replace(&whole.lines().map(|line| format!("{}\n", line.rsplit_once(',').unwrap().0)).collect::<String>());
    let trouble = || network.agency.api("GET", "/services", b"").text().contains("marker");
    until("the trouble is shown", trouble);
    let during = vehicle(network);
    assert_eq!((during.status, &during.body), (200, &before.body), "the old copy still answers");

    replace(&whole.replace("BLUE", "GREEN"));
    until("the whole table is taken over", || vehicle(network).text().contains("GREEN"));
}

fn the_power_fails_under_load(network: &Network) {
    let rounds = std::env::var("PACKHORSE_KILLS").map_or(KILLS, |text| text.parse().unwrap());
    let load = Load::on(&[&network.borough], 4);
    let mut chance = u64::from(std::process::id()) | 1;
    for round in 0..rounds {
        // Somewhere within the next half second, wherever the gateway then is.
        chance ^= chance << 13;
        chance ^= chance >> 7;
        chance ^= chance << 17;
        std::thread::sleep(Duration::from_millis(chance % 500));
        let gateway = if chance >> 32 & 1 == 0 { &network.borough } else { &network.agency };
        gateway.kill9();
        gateway.start();
        let so_far = load.so_far();
        until("exchanges go on", || load.so_far() > so_far);
        println!("round {round}: {} fell, {so_far:?} answered so far", gateway.organisation);
    }
    nothing_is_lost(&[&network.borough, &network.agency], &load.finish());
}

/// Whoever fell had a lease on the ledger for some seconds more.
fn a_receipt_does_not_wait_for_a_publisher_that_died(network: &Network) {
    let borough = &network.borough;
    for round in 0..3 {
        let exchange = vehicle(network).header("packhorse-exchange").to_owned();
        borough.kill9();
        borough.start();
        let up = Instant::now();
        let receipt = borough.dir.join(format!("after-fall-{round}.json"));
        borough.must(&["records", "receipt", &exchange, "--out", receipt.to_str().unwrap()]);
        println!("a receipt {:?} after the gateway was up again", up.elapsed());
        assert!(up.elapsed() < RECEIPT);
        assert!(verifies(borough, &receipt));
    }
}

fn a_backup_brings_everything_back(network: &Network) {
    let agency = &network.agency;
    let exchange = vehicle(network).header("packhorse-exchange").to_owned();
    let records = agency.records(&exchange);
    let stray = |folder: &std::path::Path| ["notes.txt", "keys.old/sign-1.key"].map(|name| folder.join(name));
    std::fs::create_dir(agency.dir.join("keys.old")).unwrap();
    stray(&agency.dir).iter().for_each(|file| std::fs::write(file, "not the gateway's").unwrap());
    let backup = network.folder().join("backup");
    agency.must(&["gateway", "backup", "--to", backup.to_str().unwrap()]);
    let later = vehicle(network).header("packhorse-exchange").to_owned();

    agency.stop();
    std::fs::rename(&agency.dir, network.folder().join("lost")).unwrap();
    let restored = std::process::Command::new(env!("CARGO_BIN_EXE_packhorse"))
        .args(["gateway", "restore", "--from", backup.to_str().unwrap(), "--dir", agency.dir.to_str().unwrap()])
        .output()
        .unwrap();
    network::ok(restored);
    for folder in [&backup, &agency.dir] {
        assert!(stray(folder).iter().all(|file| !file.exists()), "a stray file is in {}", folder.display());
    }
    // What a table is read from is its owner's, who puts it back.
    std::fs::copy(network.folder().join("lost/vehicles.csv"), agency.dir.join("vehicles.csv")).unwrap();
    agency.must(&["ledger", "check"]);
    agency.start();
    assert_eq!(agency.records(&exchange), records);
    assert_eq!(records.len(), 1);
    assert_eq!(agency.records(&later), [Value::Null; 0], "the backup is of its moment");
    let receipt = agency.dir.join("receipt.json");
    agency.must(&["records", "receipt", &exchange, "--side", "inbound", "--out", receipt.to_str().unwrap()]);
    assert!(verifies(agency, &receipt));
}

fn verifies(gateway: &Gateway, receipt: &std::path::Path) -> bool {
    gateway.cli(&["verify", receipt.to_str().unwrap()]).status.success()
}

fn erased_content_leaves_a_receipt_that_holds(network: &Network) {
    let borough = &network.borough;
    let exchange = vehicle(network).header("packhorse-exchange").to_owned();
    let receipt = |name: &str| {
        let file = borough.dir.join(name);
        borough.must(&["records", "receipt", &exchange, "--out", file.to_str().unwrap()]);
        file
    };
    let whole = receipt("whole.json");
    assert!(verifies(borough, &whole));
    assert!(std::fs::read_to_string(&whole).unwrap().contains("AA19AAA"), "the signed text names the vehicle");

    borough.must(&["records", "erase", &exchange, "--yes"]);
    let erased = receipt("erased.json");
    let text = std::fs::read_to_string(&erased).unwrap();
    assert!(!text.contains("AA19AAA") && !text.contains("officer-1"), "{text}");
    assert!(verifies(borough, &erased));
    borough.must(&["ledger", "check"]);

    let forged = borough.dir.join("forged.json");
    std::fs::write(&forged, text.replace("answered", "rejected")).unwrap();
    assert!(!verifies(borough, &forged), "the control");
}
