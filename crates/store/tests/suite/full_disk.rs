//! A full disk: nothing half written, and on again when there is room.

use packhorse_store::{NewRecord, RecordWriter, Store, StoreError, StoreSettings};

use crate::place::{Place, record};

/// A record that compresses badly, so that the file fills quickly.
fn bulky(number: u64) -> NewRecord {
    let mut state = number + 1;
    let noise = (0..20_000).map(|_| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as u8
    });
    let mut bulky = record(&format!("bulky-{number}"));
    if let Some(content) = &mut bulky.content {
        content.bytes = noise.collect();
    }
    bulky
}

#[tokio::test]
async fn a_full_disk_fails_the_append_keeps_the_rest_and_is_over_when_there_is_room() {
    let place = Place::sqlite();
    let small = StoreSettings { max_bytes: Some(1 << 20), ..place.settings.clone() };
    let store = Store::open(&small).await.unwrap();
    let writer = RecordWriter::start(&store);
    let mut kept = 0;
    let error = loop {
        match writer.append(bulky(kept)).await {
            Ok(index) => assert_eq!(index, kept),
            Err(error) => break error,
        }
        kept += 1;
        assert!(kept < 1000, "the limit has no effect");
    };
    assert!(error.is_unavailable(), "{error}");
    assert!(matches!(&error, StoreError::Unavailable(reason) if reason.contains("full")), "{error}");

    // A whole group fails together, and nothing of it is there.
    let group = (kept..kept + 20).map(|number| writer.append(bulky(number)));
    let results = futures_util::future::join_all(group).await;
    assert!(results.iter().all(|result| result.as_ref().is_err_and(StoreError::is_unavailable)), "{results:?}");
    assert_eq!(store.ledger().size().await.unwrap(), kept);
    assert!(store.records().at(kept).await.unwrap().is_none());
    assert_eq!(store.records().named(&format!("bulky-{kept}")).await.unwrap(), []);
    assert_eq!(store.ledger().entries(0, 1000).await.unwrap().len() as u64, kept);
    let uses = store.records().daily_uses(record("").at_ms).await.unwrap();
    assert_eq!(uses.iter().map(|line| line.used).collect::<Vec<_>>(), [kept]);

    // Room comes without a restart: what was erased can be written over.
    assert_eq!(store.records().erase_before(i64::MAX).await.unwrap(), kept);
    assert_eq!(writer.append(bulky(kept)).await.unwrap(), kept);
}
