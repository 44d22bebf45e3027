//! The process is killed while it writes: whatever was acknowledged is there.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use packhorse_store::{Publisher, RecordWriter, Side, Store, StoreSettings};

use crate::place::{Place, record, signer};

const FOLDER: &str = "STORE_CRASH_FOLDER";
const ROUND: &str = "STORE_CRASH_ROUND";

/// The part of the process that is killed: appends from many tasks for ever and prints what was acknowledged.
#[test]
#[ignore = "started and killed by the test below"]
fn appends_until_it_is_killed() {
    let (folder, round) = (std::env::var(FOLDER).unwrap(), std::env::var(ROUND).unwrap());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let store = Store::open(&StoreSettings::in_folder(folder)).await.unwrap();
        let writer = RecordWriter::start(&store);
        let appenders = (0..32).map(|task| {
            let (writer, round) = (writer.clone(), round.clone());
            tokio::spawn(async move {
                for number in 0.. {
                    let id = format!("{round}-{task}-{number}");
                    let index = writer.append(record(&id)).await.unwrap();
                    // One write for one line: a line is whole or absent.
                    std::io::stdout().write_all(format!("\nacknowledged {index} {id}\n").as_bytes()).unwrap();
                }
            })
        });
        futures_util::future::join_all(appenders.collect::<Vec<_>>()).await;
    });
}

/// Starts the process above, reads acknowledgements and kills it in the middle of its work.
fn acknowledged_before_the_kill(folder: &std::path::Path, round: usize) -> Vec<(u64, String)> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "crash::appends_until_it_is_killed", "--ignored", "--nocapture"])
        .env(FOLDER, folder)
        .env(ROUND, round.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut acknowledged = Vec::new();
    let parse = |line: &str| {
        let (index, id) = line.strip_prefix("acknowledged ")?.split_once(' ')?;
        Some((index.parse().ok()?, id.to_owned()))
    };
    while acknowledged.len() < 300 + 171 * round {
        let line = lines.next().expect("the process ended by itself").unwrap();
        acknowledged.extend(parse(&line));
    }
    child.kill().unwrap();
    // What it had printed before the kill counts too; its last line may be cut, then it was not acknowledged.
    acknowledged.extend(lines.map_while(Result::ok).filter_map(|line| parse(&line)));
    child.wait().unwrap();
    acknowledged
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_was_acknowledged_survives_sigkill_and_the_ledger_goes_on() {
    let place = Place::sqlite();
    let mut published = None;
    for round in 0..5 {
        let folder = place.settings.data_dir.clone();
        let acknowledged =
            tokio::task::spawn_blocking(move || acknowledged_before_the_kill(&folder, round)).await.unwrap();
        let store = place.open().await;
        for (index, id) in &acknowledged {
            let found = store.records().record(id, Side::Inbound, "UKX/GOV/00AB").await.unwrap();
            let found = found.unwrap_or_else(|| panic!("{id} was acknowledged and is gone"));
            assert_eq!(found.line.index, *index);
        }
        let size = store.ledger().size().await.unwrap();
        assert!(size >= acknowledged.len() as u64);
        assert!(store.records().at(size - 1).await.unwrap().is_some());
        assert!(store.records().at(size).await.unwrap().is_none());
        let publisher = Publisher::open(&store, signer(1), &[]).await.unwrap();
        assert_eq!(publisher.latest().map(|head| head.size()), published);
        published = publisher.publish_once(20_000 * round as i64).await.unwrap().map(|head| head.size());
        assert_eq!(published, Some(size));
        store.close().await;
    }
}
