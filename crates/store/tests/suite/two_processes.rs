//! Several gateway processes on one database, each with a store, a writer and a publisher of its own.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use packhorse_ledger::verify_consistency;
use packhorse_store::publish::check;
use packhorse_store::{Publisher, RecordWriter};

use crate::place::{Place, record, signer};

pub(crate) async fn two_stores_on_one_database_keep_indexes_dense_and_one_publisher(place: &Place) {
    const EACH: usize = 1500;
    let mut heads = Vec::new();
    let mut running = Vec::new();
    let mut appending = Vec::new();
    let stopped = Arc::new(tokio::sync::Notify::new());
    for process in 0..2 {
        let store = place.open().await;
        let publisher = Arc::new(Publisher::open(&store, signer(1), &[]).await.unwrap());
        let writer = RecordWriter::start(&store);
        appending.push(tokio::spawn(async move {
            let appends = (0..EACH).map(|number| writer.append(record(&format!("{process}-{number}"))));
            let results = futures_util::future::join_all(appends).await;
            results.into_iter().map(Result::unwrap).collect::<Vec<u64>>()
        }));
        let stop = Arc::clone(&stopped);
        let task = Arc::clone(&publisher);
        running.push(tokio::spawn(async move { task.run(Duration::from_millis(150), stop.notified()).await }));
        heads.push(publisher);
    }
    let mut indexes = BTreeSet::new();
    for task in appending {
        indexes.extend(task.await.unwrap());
    }
    let total = 2 * EACH as u64;
    assert!(indexes.into_iter().eq(0..total));
    // Both learn of the head that covers the last entry, whoever signed it, and it is the same head.
    let mut seen = Vec::new();
    for publisher in &heads {
        let head = tokio::time::timeout(Duration::from_secs(20), publisher.wait_for(total - 1)).await.unwrap();
        seen.push(head.note());
    }
    assert_eq!(seen[0], seen[1]);
    stopped.notify_waiters();
    for task in running {
        task.await.unwrap().unwrap();
    }
    let store = place.open().await;
    let report = check(&store, &[signer(1).verifier_key().clone()]).await.unwrap();
    assert_eq!((report.size, report.faults), (total, vec![]));
}

pub(crate) async fn a_follower_takes_over_when_the_publisher_falls_silent(place: &Place) {
    let (one, two) = (place.open().await, place.open().await);
    let first = Publisher::open(&one, signer(1), &[]).await.unwrap();
    let second = Publisher::open(&two, signer(1), &[]).await.unwrap();
    one.ledger().append_entry(b"one").await.unwrap();
    let old = first.publish_once(0).await.unwrap().unwrap();
    two.ledger().append_entry(b"two").await.unwrap();
    // The second follows while the first has its lease, and publishes when it has run out.
    assert!(second.publish_once(4_999).await.unwrap().is_none());
    assert_eq!(second.latest().unwrap().note(), old.note());
    let new = second.publish_once(5_000).await.unwrap().unwrap();
    let path = second.prove_growth(old.size(), new.size()).await.unwrap();
    let (before, after) = (old.checkpoint.checkpoint().head(), new.checkpoint.checkpoint().head());
    verify_consistency(before.size, &before.root, after.size, &after.root, &path).unwrap();
    // The first wakes, finds that it is not the publisher any more, and follows.
    one.ledger().append_entry(b"three").await.unwrap();
    assert!(first.publish_once(6_000).await.unwrap().is_none());
    assert_eq!(first.latest().unwrap().note(), new.note());
    // When it gets the lease again, it goes on from the other's head.
    let last = first.publish_once(30_000).await.unwrap().unwrap();
    assert_eq!(last.size(), 3);
}

/// A store that is dropped leaves nothing behind but its lease, like a process that is killed.
pub(crate) async fn a_follower_takes_over_at_once_when_the_publisher_dies(place: &Place) {
    let (one, two) = (place.open().await, place.open().await);
    let first = Publisher::open(&one, signer(1), &[]).await.unwrap();
    let second = Publisher::open(&two, signer(1), &[]).await.unwrap();
    one.ledger().append_entry(b"one").await.unwrap();
    assert_eq!(first.publish_once(0).await.unwrap().unwrap().size(), 1);
    two.ledger().append_entry(b"two").await.unwrap();
    assert!(second.publish_once(1).await.unwrap().is_none(), "the first lives");
    drop(first);
    // PostgreSQL notices in its own time that a session is gone.
    for _ in 0..100 {
        if second.publish_once(2).await.unwrap().is_some_and(|published| published.size() == 2) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the lease of a dead publisher still stands");
}
