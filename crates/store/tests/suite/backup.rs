//! Backups, made in use and restored.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use packhorse_store::publish::check;
use packhorse_store::{Publisher, RecordWriter, Side, Store, StoreError, StoreSettings, restore};

use crate::parcels::{parcel, statement};
use crate::place::{Place, record, signer};

pub(crate) async fn a_backup_made_in_use_restores_and_goes_on(place: &Place) {
    let store = place.open().await;
    let publisher = Publisher::open(&store, signer(1), &[]).await.unwrap();
    let writer = RecordWriter::start(&store);
    for number in 0..300 {
        writer.append(record(&format!("before-{number}"))).await.unwrap();
    }
    publisher.publish_once(0).await.unwrap().unwrap();
    store.objects().put("parcels/one", "sealed".into()).await.unwrap();
    store.parcels().insert(&parcel("one"), &[statement("s")], &[]).await.unwrap();

    let stop = Arc::new(AtomicBool::new(false));
    let busy = tokio::spawn({
        let stop = Arc::clone(&stop);
        async move {
            for number in 0.. {
                writer.append(record(&format!("during-{number}"))).await.unwrap();
                publisher.publish_once(number).await.unwrap();
                if stop.load(Ordering::Relaxed) {
                    return;
                }
            }
        }
    });
    let folder = place.folder.path().join("backup");
    let made = store.backup(&folder).await.unwrap();
    stop.store(true, Ordering::Relaxed);
    busy.await.unwrap();

    let target = place.folder.path().join("restored");
    let restored = restore(&folder, &target).await.unwrap();
    assert_eq!((restored.files, restored.bytes), (made.files, made.bytes));
    assert_eq!(restored.database, !place.is_postgres());
    assert_eq!(made.remaining.is_some(), place.is_postgres());
    let parcel = std::fs::read(target.join("objects/parcels/one")).unwrap();
    assert_eq!(parcel, b"sealed");
    if place.is_postgres() {
        return;
    }
    let again = Store::open(&StoreSettings::in_folder(&target)).await.unwrap();
    let kept = again.parcels().get("one", Side::Inbound).await.unwrap().unwrap();
    assert_eq!(Some(kept), store.parcels().get("one", Side::Inbound).await.unwrap());
    assert_eq!(again.parcels().statements("one", Side::Inbound).await.unwrap()[0].id, "s");
    let publisher = Publisher::open(&again, signer(1), &[]).await.unwrap();
    assert!(publisher.latest().unwrap().size() >= 300);
    let writer = RecordWriter::start(&again);
    writer.append(record("after")).await.unwrap();
    publisher.publish_once(i64::MAX / 2).await.unwrap().unwrap();
    let report = check(&again, &[signer(1).verifier_key().clone()]).await.unwrap();
    assert_eq!(report.faults, Vec::<String>::new());
}

pub(crate) async fn a_damaged_backup_and_a_used_folder_are_refused(place: &Place) {
    let store = place.open().await;
    RecordWriter::start(&store).append(record("one")).await.unwrap();
    store.objects().put("parcels/one", "sealed".into()).await.unwrap();
    let folder = place.folder.path().join("backup");
    store.backup(&folder).await.unwrap();
    assert!(matches!(store.backup(&folder).await, Err(StoreError::Backup(_))));
    assert!(matches!(restore(&folder, &place.settings.data_dir).await, Err(StoreError::Backup(_))));

    let target = place.folder.path().join("restored");
    std::fs::write(folder.join("objects/parcels/one"), "forged").unwrap();
    let refused = restore(&folder, &target).await.unwrap_err();
    assert!(refused.to_string().contains("objects/parcels/one"));
    assert!(!target.exists());

    let manifest = std::fs::read_to_string(folder.join("manifest.json")).unwrap();
    std::fs::write(folder.join("manifest.json"), manifest.replace("objects/parcels/one", "objects/../../x")).unwrap();
    assert!(restore(&folder, &target).await.unwrap_err().to_string().contains("outside"));
    std::fs::remove_file(folder.join("manifest.json")).unwrap();
    assert!(restore(&folder, &target).await.unwrap_err().to_string().contains("manifest"));
}
