//! Stories about a cluster: every organisation runs two gateway processes on one PostgreSQL, and any of them may fall.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a panic is the failure report"
)]
#![allow(dead_code, reason = "every file of stories uses its part of the network")]

#[path = "../../tables/tests/stories/cluster.rs"]
mod cluster;
mod database;
mod load;
mod network;
mod peer;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use http::StatusCode;
use sqlx::{Connection as _, PgConnection};
use tokio::runtime::Builder;

use cluster::Cluster;
use database::Database;
use load::{Load, nothing_is_lost};
use network::http::ask;
use network::{Gateway, Network, until};
use peer::{Asking, Peer};

/// How often a process falls.
const FALLS: usize = 8;
/// How long a ledger may stand still when the process that published it has fallen: less than its lease.
const TAKES_OVER: Duration = Duration::from_secs(4);

#[test]
fn two_processes_on_one_postgresql_go_on_whichever_falls() {
    let Some(cluster) = Cluster::start() else { return };
    let databases = ["borough", "agency"].map(|name| Database::make(&cluster, name));
    let network = Network::on([&databases[0].url, &databases[1].url]);
    let (borough_b, agency_b) = (network.borough.twin("borough-b"), network.agency.twin("agency-b"));
    let watches = databases.each_ref().map(Watch::begin);

    an_exchange_is_answered_by_one_process_only(&network);
    let load = Load::on(&[&network.borough, &borough_b], 2);
    until("both processes of the borough answer", || load.so_far().iter().all(|answered| *answered > 20));
    for process in [&network.agency, &agency_b] {
        until("both processes of the agency are asked", || inbound(process) > 20);
    }
    let pairs = [(&network.borough, &borough_b), (&network.agency, &agency_b)];
    for fall in 0..FALLS {
        let (pair, database) = (pairs[fall % 2], &databases[fall % 2]);
        let falls = if fall / 2 % 2 == 0 { pair.0 } else { pair.1 };
        falls.kill9();
        let fallen = Instant::now();
        let (published, answered) = (database.published(), load.so_far());
        let standing = if fall % 2 == 1 { vec![0, 1] } else { vec![1 - fall / 2 % 2] };
        until("the others answer", || standing.iter().all(|at| load.so_far()[*at] > answered[*at]));
        until("the ledger is published", || database.published() > published);
        println!("fall {fall}: {} goes on, published again after {:?}", falls.organisation, fallen.elapsed());
        assert!(fallen.elapsed() < TAKES_OVER, "the ledger stood still for {:?}", fallen.elapsed());
        falls.start();
    }
    nothing_is_lost(&[&network.borough, &agency_b], &load.finish());
    for watch in watches {
        let (publishers, looks) = watch.end();
        println!("{publishers} publishers one after the other in {looks} looks");
        assert!((2..=1 + FALLS / 2).contains(&publishers), "a publisher is followed only when it fell");
    }
}

/// The balancer brings the second copy to the other process, which never saw the first.
fn an_exchange_is_answered_by_one_process_only(network: &Network) {
    let peer = Peer::borough_to_agency(network);
    let signed = Asking::vehicle(&peer).sign(&peer);
    assert_eq!(peer.send(&signed).status, StatusCode::OK);
    for _ in 0..2 {
        let again = peer.send(&signed);
        assert_eq!((again.status, again.rule().as_str()), (StatusCode::FORBIDDEN, "replay"), "{again:?}");
    }
    assert_eq!(peer.recorded(&signed.exchange), ["answered"]);
}

/// How many exchanges of others a process has taken part in.
fn inbound(process: &Gateway) -> u64 {
    let text = ask(process.inside, "GET", "/metrics", &[], b"").text();
    let lines = text.lines().filter(|line| line.contains("packhorse_exchanges_total") && line.contains("inbound"));
    lines.filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok()).sum()
}

/// Looks all the time who publishes and how far.
struct Watch {
    stop: Arc<AtomicBool>,
    looking: JoinHandle<(usize, usize)>,
}

impl Watch {
    fn begin(database: &Database) -> Self {
        let (stop, url) = (Arc::<AtomicBool>::default(), database.url.clone());
        let until = Arc::clone(&stop);
        let looking = std::thread::spawn(move || {
            let runtime = Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(look(&url, &until))
        });
        Self { stop, looking }
    }

    /// How many publishers followed each other, in how many looks.
    fn end(self) -> (usize, usize) {
        self.stop.store(true, Ordering::Relaxed);
        self.looking.join().unwrap()
    }
}

async fn look(url: &str, stop: &AtomicBool) -> (usize, usize) {
    let mut connection = PgConnection::connect(url).await.unwrap();
    let (mut publishers, mut looks, mut last): (Vec<String>, usize, i64) = (Vec::new(), 0, 0);
    while !stop.load(Ordering::Relaxed) {
        let seen: Option<(String, i64)> = sqlx::query_as("SELECT owner, size FROM lease, ledger_published")
            .fetch_optional(&mut connection)
            .await
            .unwrap();
        if let Some((owner, size)) = seen {
            assert!(size >= last, "a head of {size} entries came after one of {last}");
            last = size;
            if publishers.last() != Some(&owner) {
                assert!(!publishers.contains(&owner), "who lost the ledger came back while another had it");
                publishers.push(owner);
            }
        }
        looks += 1;
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    (publishers.len(), looks)
}
