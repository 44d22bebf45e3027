//! The queue: order, leases, competition.

use std::collections::BTreeSet;
use std::time::Duration;

use packhorse_store::Job;

use crate::place::Place;

pub(crate) async fn jobs_come_in_the_order_they_are_due(place: &Place) {
    let store = place.open().await;
    let queue = store.queue();
    for (key, run_at_ms) in [("late", 300), ("first", 100), ("second", 200), ("future", 5000)] {
        queue.enqueue("post", key, key.as_bytes(), run_at_ms).await.unwrap();
    }
    queue.enqueue("another", "x", b"", 0).await.unwrap();
    let keys = |jobs: &[Job]| -> Vec<String> { jobs.iter().map(|job| job.key.clone()).collect() };
    let two = queue.claim("post", 1000, 60_000, 2).await.unwrap();
    assert_eq!(keys(&two), ["first", "second"]);
    assert_eq!((two[0].attempts, two[0].body.as_slice()), (1, b"first".as_slice()));
    assert_eq!(keys(&queue.claim("post", 1000, 60_000, 10).await.unwrap()), ["late"]);
    assert!(queue.done(&two[0]).await.unwrap());
    assert!(!queue.done(&two[0]).await.unwrap());
    assert!(queue.retry(&two[1], 4000, "peer-unreachable").await.unwrap());
    assert!(queue.claim("post", 3999, 60_000, 10).await.unwrap().is_empty());
    let again = queue.claim("post", 4000, 60_000, 10).await.unwrap();
    assert_eq!((keys(&again), again[0].attempts), (vec!["second".to_owned()], 2));
    assert_eq!(queue.waiting("post").await.unwrap(), 3);
}

pub(crate) async fn a_lease_that_ran_out_gives_the_job_to_another(place: &Place) {
    let store = place.open().await;
    let queue = store.queue();
    queue.enqueue("t", "k", b"", 0).await.unwrap();
    let slow = queue.claim("t", 1000, 500, 1).await.unwrap().remove(0);
    assert!(queue.claim("t", 1499, 500, 1).await.unwrap().is_empty());
    let quick = queue.claim("t", 1500, 500, 1).await.unwrap().remove(0);
    assert_eq!((quick.id, quick.attempts), (slow.id, 2));
    // The slow one is told that the job is no longer its own.
    assert!(!queue.retry(&slow, 9000, "late").await.unwrap());
    assert!(!queue.done(&slow).await.unwrap());
    assert!(queue.done(&quick).await.unwrap());
}

pub(crate) async fn who_begins_anew_takes_up_what_it_held_unless_others_may_be_at_it(place: &Place) {
    let queue = place.open().await.queue();
    queue.enqueue("t", "k", b"", 0).await.unwrap();
    let held = queue.claim("t", 1000, 60_000, 1).await.unwrap().remove(0);
    queue.release_held().await.unwrap();
    let again = queue.claim("t", 1001, 60_000, 1).await.unwrap();
    assert_eq!(again.len(), usize::from(!place.is_postgres()));
    assert_eq!(queue.done(&held).await.unwrap(), place.is_postgres());
}

pub(crate) async fn no_job_is_claimed_twice_by_many_workers(place: &Place) {
    let store = place.open().await;
    let queue = store.queue();
    for number in 0..100 {
        queue.enqueue("t", &number.to_string(), b"", 0).await.unwrap();
    }
    let workers: Vec<_> = (0..8)
        .map(|_| {
            let queue = queue.clone();
            tokio::spawn(async move {
                let mut mine = Vec::new();
                loop {
                    let jobs = queue.claim("t", 1, 60_000, 3).await.unwrap();
                    if jobs.is_empty() {
                        return mine;
                    }
                    for job in jobs {
                        assert!(queue.done(&job).await.unwrap());
                        mine.push(job.key);
                    }
                }
            })
        })
        .collect();
    let mut all = Vec::new();
    for worker in workers {
        all.extend(worker.await.unwrap());
    }
    assert_eq!(all.len(), 100);
    assert_eq!(all.into_iter().collect::<BTreeSet<_>>().len(), 100);
}

pub(crate) async fn whoever_waits_for_jobs_is_woken_by_a_commit(place: &Place) {
    const SOON: Duration = Duration::from_millis(200);
    let store = place.open().await;
    assert!(tokio::time::timeout(SOON, store.jobs_added("t")).await.is_err(), "nobody put a job");
    // The job comes between the look for work and the wait: it is not missed.
    let added = store.jobs_added("t");
    let late = store.jobs_added("t");
    assert!(store.queue().claim("t", 1, 60_000, 1).await.unwrap().is_empty());
    store.queue().enqueue("t", "k", b"", 0).await.unwrap();
    tokio::time::timeout(SOON, added).await.expect("the first who waits is woken");
    tokio::time::timeout(SOON, late).await.expect("everybody who waits is woken");
    assert_eq!(store.queue().claim("t", 1, 60_000, 1).await.unwrap().len(), 1);
}

pub(crate) async fn who_goes_away_in_the_middle_leaves_nothing_half_and_harms_nobody(place: &Place) {
    let store = place.open().await;
    let put = |number: u64| {
        let queue = store.queue();
        tokio::spawn(async move { queue.enqueue("t", &number.to_string(), b"", 0).await })
    };
    let mut kept = Vec::new();
    for number in 0..200 {
        let task = put(number);
        if number % 2 == 1 {
            // At any moment: while it waits, while it writes, while others wait for the same commit.
            tokio::time::sleep(Duration::from_micros(37 * (number % 16))).await;
            task.abort();
        } else {
            kept.push((number, task));
        }
    }
    let mut numbers = BTreeSet::new();
    for (number, task) in kept {
        task.await.unwrap().unwrap();
        numbers.insert(number.to_string());
    }
    let jobs = store.queue().claim("t", 1, 60_000, 256).await.unwrap();
    let found: BTreeSet<String> = jobs.iter().map(|job| job.key.clone()).collect();
    assert_eq!(found.len(), jobs.len(), "nothing twice");
    assert!(numbers.is_subset(&found), "whoever was answered is kept");
    assert_eq!(store.queue().waiting("t").await.unwrap(), jobs.len() as u64);
}

pub(crate) async fn jobs_that_were_done_together_go_and_those_of_others_stay(place: &Place) {
    let queue = place.open().await.queue();
    for key in ["a", "b", "c"] {
        queue.enqueue("t", key, b"", 0).await.unwrap();
    }
    let slow = queue.claim("t", 1000, 500, 3).await.unwrap();
    // Somebody else has taken one up meanwhile.
    let quick = queue.claim("t", 1500, 500, 1).await.unwrap().remove(0);
    queue.done_all(&slow).await.unwrap();
    assert_eq!(queue.waiting("t").await.unwrap(), 1);
    queue.done_all(&[]).await.unwrap();
    assert!(queue.done(&quick).await.unwrap());
}
