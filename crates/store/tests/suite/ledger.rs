//! The ledger: publishing, proving, and noticing what is wrong.

use std::time::Duration;

use packhorse_ledger::{Cosigner, LogPath, Policy, SignedCheckpoint, leaf_hash, verify_consistency, verify_inclusion};
use packhorse_store::publish::check;
use packhorse_store::{Published, Publisher, RecordWriter, Side, Store, StoreError};

use crate::place::{Place, record, signer};

/// Appends entries of many sizes.
async fn grow(store: &Store, entries: usize) {
    for number in 0..entries {
        store.ledger().append_entry(&vec![number as u8; 1 + number * 7 % 300]).await.unwrap();
    }
}

/// Appends evidence quickly.
async fn grow_fast(store: &Store, label: &str, entries: usize) {
    let writer = RecordWriter::start(store);
    let appends = (0..entries).map(|number| writer.append(record(&format!("{label}-{number}"))));
    assert!(futures_util::future::join_all(appends).await.iter().all(Result::is_ok));
}

async fn publisher(store: &Store) -> Publisher {
    Publisher::open(store, signer(1), &[]).await.unwrap()
}

async fn publish(publisher: &Publisher) -> Published {
    publisher.publish_once(1000).await.unwrap().unwrap()
}

async fn faults(store: &Store) -> Vec<String> {
    check(store, &[signer(1).verifier_key().clone()]).await.unwrap().faults
}

pub(crate) async fn entries_of_any_size_share_one_dense_sequence(place: &Place) {
    let store = place.open().await;
    assert_eq!(store.ledger().append_entry(&[]).await.unwrap(), 0);
    assert_eq!(RecordWriter::start(&store).append(record("r")).await.unwrap(), 1);
    assert_eq!(store.ledger().append_entry(&[5; 65_535]).await.unwrap(), 2);
    let refused = store.ledger().append_entry(&[5; 65_536]).await;
    assert!(matches!(refused, Err(StoreError::TooLarge { .. })));
    let entries = store.ledger().entries(0, 100).await.unwrap();
    assert_eq!(entries, [vec![], record("r").entry.to_vec(), vec![5; 65_535]]);
    assert_eq!(store.ledger().entries(2, 1).await.unwrap(), Vec::<Vec<u8>>::new());
}

pub(crate) async fn every_head_continues_the_one_before(place: &Place) {
    let store = place.open().await;
    let publisher = publisher(&store).await;
    assert!(publisher.publish_once(0).await.unwrap().is_none());
    let mut before: Option<Published> = None;
    // Below a tile, exactly a tile, one more, several batches at once, and small steps after them.
    for (round, step) in [1, 2, 252, 1, 1, 5000, 1, 130, 3].into_iter().enumerate() {
        grow_fast(&store, &round.to_string(), step).await;
        let published = publish(&publisher).await;
        let opened = SignedCheckpoint::open(&published.note(), &[publisher.verifier_key().clone()]).unwrap();
        assert_eq!(opened.checkpoint().size(), store.ledger().size().await.unwrap());
        if let Some(before) = before {
            let path = publisher.prove_growth(before.size(), published.size()).await.unwrap();
            let (old, new) = (before.checkpoint.checkpoint().head(), opened.checkpoint().head());
            verify_consistency(old.size, &old.root, new.size, &new.root, &path).unwrap();
        }
        before = Some(published);
    }
    assert_eq!(faults(&store).await, Vec::<String>::new());
    let head = before.unwrap().checkpoint.checkpoint().head();
    for index in [0, 255, 256, 5000, head.size - 1] {
        let entry = store.ledger().entries(index, index + 1).await.unwrap().remove(0);
        let proof = publisher.proof_for(index).await.unwrap().unwrap();
        assert_eq!(proof.index(), index);
        let policy = Policy::parse(format!("log {}\nquorum none\n", publisher.verifier_key()).as_bytes()).unwrap();
        proof.verify(&leaf_hash(&entry), &policy).unwrap();
    }
    assert!(publisher.proof_for(head.size).await.unwrap().is_none());
    // Partial tiles go when the full tile is there.
    let tile: LogPath = "tile/0/000".parse().unwrap();
    assert!(publisher.resource(&tile).await.unwrap().is_some());
    let partial: LogPath = "tile/0/000.p/255".parse().unwrap();
    assert!(publisher.resource(&partial).await.unwrap().is_none());
}

pub(crate) async fn a_proof_verifies_and_survives_erasure(place: &Place) {
    let store = place.open().await;
    let publisher = publisher(&store).await;
    grow_fast(&store, "e", 20).await;
    let head = publish(&publisher).await;
    let records = store.records();
    records.erase("e-7", Side::Inbound, "UKX/GOV/00AB").await.unwrap().unwrap();
    let kept = records.record("e-7", Side::Inbound, "UKX/GOV/00AB").await.unwrap().unwrap();
    let remade = packhorse_model::record::salted_digest(&kept.salt, &kept.record);
    let policy = Policy::parse(format!("log {}\nquorum none\n", publisher.verifier_key()).as_bytes()).unwrap();
    let proof = publisher.prove(kept.line.index, &head.checkpoint).await.unwrap();
    proof.verify(&leaf_hash(&remade), &policy).unwrap();
    assert_eq!(faults(&store).await, Vec::<String>::new());
}

pub(crate) async fn a_restarted_publisher_goes_on(place: &Place) {
    let mut before: Option<Published> = None;
    for round in 0..4 {
        let store = place.open().await;
        let publisher = publisher(&store).await;
        assert_eq!(publisher.latest().map(|head| head.size()), before.as_ref().map(Published::size));
        grow(&store, 90).await;
        // A new process has a new name: it waits for the lease of the one before to run out.
        let head = publisher.publish_once(1000 + 20_000 * round).await.unwrap().unwrap();
        if let Some(before) = before {
            let (old, new) = (before.checkpoint.checkpoint().head(), head.checkpoint.checkpoint().head());
            let path = publisher.prove_growth(old.size, new.size).await.unwrap();
            verify_consistency(old.size, &old.root, new.size, &new.root, &path).unwrap();
        }
        before = Some(head);
        store.close().await;
    }
}

pub(crate) async fn a_new_key_carries_the_ledger_on(place: &Place) {
    let store = place.open().await;
    grow(&store, 3).await;
    publish(&publisher(&store).await).await;
    let stranger = Publisher::open(&store, signer(2), &[]).await;
    assert!(matches!(stranger, Err(StoreError::Doubtful(_))));
    let successor = Publisher::open(&store, signer(2), &[signer(1).verifier_key().clone()]).await.unwrap();
    grow(&store, 1).await;
    let head = successor.publish_once(60_000).await.unwrap().unwrap();
    SignedCheckpoint::open(&head.note(), &[signer(2).verifier_key().clone()]).unwrap();
}

pub(crate) async fn a_changed_tile_is_noticed(place: &Place) {
    let store = place.open().await;
    let publisher = publisher(&store).await;
    grow_fast(&store, "t", 700).await;
    let head = publish(&publisher).await;
    for path in ["tile/0/001", "tile/0/002.p/188", "tile/1/000.p/2", "tile/entries/000", "checkpoint"] {
        let name = format!("ledger/{path}");
        let good = store.objects().get(&name, 1 << 20).await.unwrap().unwrap();
        let mut bad = good.to_vec();
        bad[10] ^= 1;
        store.objects().put(&name, bad.into()).await.unwrap();
        assert_eq!(faults(&store).await.len(), 1, "{path}");
        store.objects().delete(&name).await.unwrap();
        assert_eq!(faults(&store).await.len(), 1, "{path} gone");
        store.objects().put(&name, good).await.unwrap();
        assert_eq!(faults(&store).await, Vec::<String>::new(), "{path} mended");
    }
    // A proof from a wrong tile is not handed out.
    let mut tile = store.objects().get("ledger/tile/0/001", 1 << 20).await.unwrap().unwrap().to_vec();
    tile[0] ^= 1;
    store.objects().put("ledger/tile/0/001", tile.into()).await.unwrap();
    assert!(matches!(publisher.prove(300, &head.checkpoint).await, Err(StoreError::Doubtful(_))));
}

pub(crate) async fn a_changed_entry_is_noticed(place: &Place) {
    let store = place.open().await;
    let publisher = publisher(&store).await;
    grow_fast(&store, "c", 300).await;
    let head = publish(&publisher).await;
    place.tamper("UPDATE ledger_entry SET entry = (SELECT entry FROM ledger_entry WHERE idx = 6) WHERE idx = 5").await;
    let faults = faults(&store).await;
    assert!(faults.iter().any(|fault| fault.contains("tile/0/000")), "{faults:?}");
    assert!(faults.iter().any(|fault| fault.contains("tile/entries/000")), "{faults:?}");
    assert!(faults.iter().any(|fault| fault.contains("root")), "{faults:?}");
    assert!(matches!(publisher.prove(5, &head.checkpoint).await, Err(StoreError::Doubtful(_))));
}

pub(crate) async fn a_changed_record_is_noticed(place: &Place) {
    let store = place.open().await;
    grow_fast(&store, "r", 30).await;
    publish(&publisher(&store).await).await;
    place.tamper("UPDATE record SET body = (SELECT body FROM record WHERE idx = 6) WHERE idx = 5").await;
    place.tamper("UPDATE record SET salt = body WHERE idx = 7").await;
    let faults = faults(&store).await;
    assert_eq!(faults.len(), 2, "{faults:?}");
    assert!(faults[0].starts_with("record 5 ") && faults[1].starts_with("record 7 "), "{faults:?}");
}

pub(crate) async fn a_changed_last_entry_stops_the_publisher(place: &Place) {
    let store = place.open().await;
    let publisher = publisher(&store).await;
    grow(&store, 10).await;
    publish(&publisher).await;
    place.tamper("UPDATE ledger_entry SET entry = (SELECT entry FROM ledger_entry WHERE idx = 3) WHERE idx = 9").await;
    grow(&store, 1).await;
    assert!(matches!(publisher.publish_once(1000).await, Err(StoreError::Doubtful(_))));
    assert!(matches!(Publisher::open(&store, signer(1), &[]).await, Err(StoreError::Doubtful(_))));
}

pub(crate) async fn a_database_that_went_back_in_time_is_not_published(place: &Place) {
    let store = place.open().await;
    grow(&store, 10).await;
    publish(&publisher(&store).await).await;
    place.tamper("UPDATE ledger_head SET size = 8").await;
    place.tamper("DELETE FROM ledger_entry WHERE idx >= 8").await;
    assert!(matches!(Publisher::open(&store, signer(1), &[]).await, Err(StoreError::Doubtful(_))));
    // Also when the remembered head went back with it, and only the served one is left.
    place.tamper("DELETE FROM ledger_published").await;
    assert!(matches!(Publisher::open(&store, signer(1), &[]).await, Err(StoreError::Doubtful(_))));
}

pub(crate) async fn a_lost_served_head_is_written_again(place: &Place) {
    let store = place.open().await;
    grow(&store, 10).await;
    let head = publish(&publisher(&store).await).await;
    store.objects().delete("ledger/checkpoint").await.unwrap();
    publisher(&store).await;
    let served = store.objects().get("ledger/checkpoint", 10_000).await.unwrap().unwrap();
    assert_eq!(served, head.note());
}

/// As on a disk that is full at this moment: a folder stands where the head has to go.
pub(crate) async fn a_head_that_could_not_be_served_is_served_as_soon_as_it_can(place: &Place) {
    let store = place.open().await;
    let publisher = publisher(&store).await;
    grow(&store, 10).await;
    let in_the_way = place.settings.data_dir.join("objects/ledger/checkpoint/stone");
    std::fs::create_dir_all(&in_the_way).unwrap();
    publisher.publish_once(0).await.unwrap_err();
    std::fs::remove_dir_all(in_the_way.parent().unwrap()).unwrap();
    assert!(publisher.publish_once(1).await.unwrap().is_none(), "nothing is left to publish");
    assert_eq!(faults(&store).await, Vec::<String>::new());
    assert_eq!(publisher.latest().unwrap().size(), 10);
}

pub(crate) async fn a_check_beside_a_publisher_at_work_finds_nothing(place: &Place) {
    let store = place.open().await;
    let publisher = publisher(&store).await;
    let work = async {
        for _ in 0..40 {
            grow(&store, 3).await;
            publish(&publisher).await;
        }
    };
    let checks = async {
        for _ in 0..40 {
            assert_eq!(faults(&store).await, Vec::<String>::new());
        }
    };
    futures_util::future::join(work, checks).await;
}

pub(crate) async fn a_cosigned_head_is_served_until_the_next(place: &Place) {
    let store = place.open().await;
    let publisher = publisher(&store).await;
    grow(&store, 10).await;
    let head = publish(&publisher).await;
    let key = packhorse_keys::SoftwareKey::from_ed25519_seed(&[3; 32]).unwrap();
    let witness = Cosigner::new("witness.example.org/w", std::sync::Arc::new(key)).unwrap();
    let mut cosigned = (*head.checkpoint).clone();
    let line = witness.cosign(&cosigned, 1_700_000_000).unwrap();
    cosigned.add_cosignature(line, witness.verifier_key()).unwrap();
    assert!(publisher.adopt(cosigned.clone()).await.unwrap());
    let served = publisher.resource(&LogPath::Checkpoint).await.unwrap().unwrap();
    assert_eq!(served, cosigned.to_bytes());
    assert_eq!(faults(&store).await, Vec::<String>::new());
    grow(&store, 1).await;
    publish(&publisher).await;
    assert!(!publisher.adopt(cosigned).await.unwrap());
}

pub(crate) async fn the_running_publisher_covers_a_lone_entry_at_once(place: &Place) {
    let store = place.open().await;
    let publisher = std::sync::Arc::new(publisher(&store).await);
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let running = tokio::spawn({
        let publisher = publisher.clone();
        async move { publisher.run(Duration::from_secs(30), async { drop(stopped.await) }).await }
    });
    tokio::time::sleep(Duration::from_millis(50)).await;
    let entry = b"lone".to_vec();
    let index = store.ledger().append_entry(&entry).await.unwrap();
    let head = tokio::time::timeout(Duration::from_secs(5), publisher.wait_for(index)).await.unwrap();
    let proof = publisher.prove(index, &head.checkpoint).await.unwrap();
    assert_eq!(proof.index(), 0);
    let head = head.checkpoint.checkpoint().head();
    verify_inclusion(&leaf_hash(&entry), 0, head.size, &[], &head.root).unwrap();
    // What comes just before the stop is published by it.
    let last = store.ledger().append_entry(b"last").await.unwrap();
    stop.send(()).unwrap();
    running.await.unwrap().unwrap();
    assert_eq!(publisher.latest().unwrap().size(), last + 1);
    // It gave its lease back: a successor publishes at once.
    store.ledger().append_entry(b"next").await.unwrap();
    let successor = Publisher::open(&store, signer(1), &[]).await.unwrap();
    assert!(successor.publish_once(0).await.unwrap().is_some());
}
