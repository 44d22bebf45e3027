//! Evidence: appending, duplicates, listing, counting, erasing.

use std::collections::BTreeSet;

use packhorse_store::{Erasable, NewRecord, RecordFilter, RecordWriter, Side, StoreError};

use crate::place::{Place, record};

const PARTNER: &str = "UKX/GOV/00AB";

pub(crate) async fn a_kept_record_comes_back_byte_for_byte(place: &Place) {
    let store = place.open().await;
    let writer = RecordWriter::start(&store);
    let kept = record("one");
    assert_eq!(writer.append(kept.clone()).await.unwrap(), 0);
    let found = store.records().record("one", Side::Inbound, PARTNER).await.unwrap().unwrap();
    assert_eq!(found.record, kept.record);
    assert_eq!(found.salt, kept.salt);
    assert_eq!(found.entry, kept.entry);
    assert_eq!(found.content, kept.content);
    assert_eq!(found.line.service, kept.service);
    assert_eq!(store.ledger().entries(0, 10).await.unwrap(), [kept.entry.to_vec()]);
    assert_eq!(store.records().at(0).await.unwrap(), Some(found));
    assert_eq!(store.records().at(1).await.unwrap(), None);
    assert_eq!(store.records().record("one", Side::Outbound, PARTNER).await.unwrap(), None);
}

pub(crate) async fn records_of_many_callers_get_dense_indexes_and_all_are_there(place: &Place) {
    const CALLERS: usize = 256;
    const EACH: usize = 12;
    let store = place.open().await;
    let writer = RecordWriter::start(&store);
    let callers = (0..CALLERS).map(|caller| {
        let writer = writer.clone();
        tokio::spawn(async move {
            let mut indexes = Vec::new();
            for number in 0..EACH {
                let id = format!("{caller}-{number}");
                indexes.push((writer.append(record(&id)).await.unwrap(), id));
            }
            indexes
        })
    });
    let mut acknowledged = Vec::new();
    for caller in callers.collect::<Vec<_>>() {
        acknowledged.extend(caller.await.unwrap());
    }
    let indexes: BTreeSet<u64> = acknowledged.iter().map(|(index, _)| *index).collect();
    assert!(indexes.into_iter().eq(0..(CALLERS * EACH) as u64));
    for (index, id) in acknowledged {
        assert_eq!(store.records().at(index).await.unwrap().unwrap().line.id, id);
    }
    assert_eq!(store.ledger().size().await.unwrap(), (CALLERS * EACH) as u64);
}

pub(crate) async fn a_duplicate_fails_alone_and_its_group_is_kept(place: &Place) {
    let store = place.open().await;
    let writer = RecordWriter::start(&store);
    writer.append(record("taken")).await.unwrap();
    let ids: Vec<String> =
        (0..64).map(|n| if n % 16 == 3 { "taken".to_owned() } else { format!("new-{}", n % 60) }).collect();
    let appends = ids.iter().map(|id| writer.append(record(id)));
    let results = futures_util::future::join_all(appends).await;
    let kept: BTreeSet<u64> = results.iter().filter_map(|result| result.clone().ok()).collect();
    let refused = results.iter().filter(|result| **result == Err(StoreError::Duplicate)).count();
    // "taken" four times, and new-0 to new-3 a second time except where "taken" stood.
    let distinct: BTreeSet<&String> = ids.iter().filter(|id| *id != "taken").collect();
    assert_eq!(kept.len(), distinct.len());
    assert_eq!(refused, ids.len() - distinct.len());
    assert!(kept.into_iter().eq(1..=distinct.len() as u64));
    assert_eq!(store.ledger().size().await.unwrap(), 1 + distinct.len() as u64);
}

pub(crate) async fn another_partner_may_use_the_same_id(place: &Place) {
    let store = place.open().await;
    let writer = RecordWriter::start(&store);
    for (partner, side) in [("A", Side::Inbound), ("B", Side::Inbound), ("A", Side::Outbound)] {
        writer.append(NewRecord { partner: partner.to_owned(), side, ..record("same") }).await.unwrap();
    }
    assert_eq!(store.records().named("same").await.unwrap().len(), 3);
    let found = store.records().record("same", Side::Inbound, "B").await.unwrap().unwrap();
    assert_eq!(found.line.index, 1);
}

pub(crate) async fn values_that_cannot_be_kept_fail_before_they_reach_a_group(place: &Place) {
    let store = place.open().await;
    let writer = RecordWriter::start(&store);
    let nul = NewRecord { service: "a\0b".to_owned(), ..record("nul") };
    let long = NewRecord { id: "x".repeat(513), ..record("") };
    let huge = NewRecord { record: vec![b' '; (1 << 20) + 1], ..record("huge") };
    let good = [record("good-1"), record("good-2")];
    let appends = [good[0].clone(), nul, long, huge, good[1].clone()].map(|record| writer.append(record));
    let results = futures_util::future::join_all(appends).await;
    assert!(results[0].is_ok() && results[4].is_ok());
    assert_eq!(results[1], Err(StoreError::Nul("a record's service")));
    assert!(matches!(results[2], Err(StoreError::TooLarge { limit: 512, .. })));
    assert!(matches!(results[3], Err(StoreError::TooLarge { .. })));
    assert_eq!(store.ledger().size().await.unwrap(), 2);
}

pub(crate) async fn lists_are_filtered_paged_and_newest_first(place: &Place) {
    let store = place.open().await;
    let writer = RecordWriter::start(&store);
    for number in 0..30_i64 {
        let refused = number % 3 == 0;
        let new = NewRecord {
            at_ms: 1000 * number,
            partner: format!("P{}", number % 2),
            outcome: if refused { "refused" } else { "answered" }.to_owned(),
            ..record(&format!("r{number}"))
        };
        writer.append(new).await.unwrap();
    }
    let records = store.records();
    let list = async |filter: RecordFilter| -> Vec<u64> {
        records.list(&filter).await.unwrap().iter().map(|line| line.index).collect()
    };
    assert!(list(RecordFilter::default()).await.into_iter().eq((0..30).rev()));
    let odd_refused =
        RecordFilter { partner: Some("P1".to_owned()), outcome: Some("refused".to_owned()), ..RecordFilter::default() };
    assert_eq!(list(odd_refused).await, [27, 21, 15, 9, 3]);
    let some = RecordFilter { since_ms: Some(5000), until_ms: Some(8000), ..RecordFilter::default() };
    assert_eq!(list(some).await, [7, 6, 5]);
    let page = RecordFilter { limit: 4, before_index: Some(10), ..RecordFilter::default() };
    assert_eq!(list(page).await, [9, 8, 7, 6]);
    let none = RecordFilter { agreement: Some("another".to_owned()), ..RecordFilter::default() };
    assert!(list(none).await.is_empty());
}

pub(crate) async fn use_is_counted_by_agreement_partner_side_and_day(place: &Place) {
    const DAY: i64 = 86_400_000;
    let store = place.open().await;
    let writer = RecordWriter::start(&store);
    let appends = (0..40_i64).map(|number| {
        let uses = u32::from(number % 4 != 0);
        let at_ms = if number < 10 { 2 * DAY - 1 } else { 2 * DAY };
        let partner = if number == 39 { "another" } else { PARTNER }.to_owned();
        writer.append(NewRecord { uses, at_ms, partner, ..record(&format!("u{number}")) })
    });
    assert!(futures_util::future::join_all(appends).await.iter().all(Result::is_ok));
    writer.append(NewRecord { at_ms: 2 * DAY, side: Side::Outbound, ..record("out") }).await.unwrap();
    let used = async |at_ms| -> BTreeSet<(String, Side, u64)> {
        let uses = store.records().daily_uses(at_ms).await.unwrap();
        assert!(uses.iter().all(|line| line.agreement == "agreement-1"));
        uses.into_iter().map(|line| (line.partner, line.side, line.used)).collect()
    };
    let inbound = |partner: &str, used| (partner.to_owned(), Side::Inbound, used);
    assert_eq!(used(DAY).await, BTreeSet::from([inbound(PARTNER, 7)]));
    let second = [inbound(PARTNER, 22), inbound("another", 1), (PARTNER.to_owned(), Side::Outbound, 1)];
    assert_eq!(used(3 * DAY - 1).await, BTreeSet::from(second));
    assert!(used(3 * DAY).await.is_empty());
}

pub(crate) async fn recent_ids_come_back_after_a_restart(place: &Place) {
    {
        let store = place.open().await;
        let writer = RecordWriter::start(&store);
        for (id, at_ms) in [("old", 1000), ("new", 2000)] {
            writer.append(NewRecord { at_ms, ..record(id) }).await.unwrap();
        }
        store.close().await;
    }
    let store = place.open().await;
    let recent = store.records().recent_ids(Side::Inbound, 1500).await.unwrap();
    assert_eq!(recent.len(), 1);
    assert_eq!((recent[0].id.as_str(), recent[0].partner.as_str(), recent[0].at_ms), ("new", PARTNER, 2000));
    assert!(store.records().recent_ids(Side::Outbound, 0).await.unwrap().is_empty());
}

pub(crate) async fn erasing_takes_the_content_and_leaves_record_and_entry(place: &Place) {
    let store = place.open().await;
    let writer = RecordWriter::start(&store);
    let kept = record("person");
    writer.append(kept.clone()).await.unwrap();
    let records = store.records();
    if !place.is_postgres() {
        let wal = std::fs::read(place.settings.data_dir.join("packhorse.sqlite-wal")).unwrap();
        assert!(wal.windows(14).any(|window| window == b"case of person"));
    }
    assert_eq!(records.erase("person", Side::Inbound, "somebody else").await.unwrap(), None);
    let erased = records.erase("person", Side::Inbound, PARTNER).await.unwrap();
    assert_eq!(erased, kept.content);
    let after = records.record("person", Side::Inbound, PARTNER).await.unwrap().unwrap();
    assert_eq!(after.content, None::<Erasable>);
    assert!(after.line.erased_ms.is_some());
    assert_eq!((after.record, after.entry), (kept.record, kept.entry.to_vec()));
    assert_eq!(records.erase("person", Side::Inbound, PARTNER).await.unwrap(), None);
    // Not only out of reach: SQLite's files do not hold it any more. (PostgreSQL's go with the next vacuum.)
    if !place.is_postgres() {
        for file in ["packhorse.sqlite", "packhorse.sqlite-wal"] {
            let bytes = std::fs::read(place.settings.data_dir.join(file)).unwrap();
            assert!(!bytes.windows(14).any(|window| window == b"case of person"), "{file}");
        }
    }
}

pub(crate) async fn a_retention_period_erases_what_is_older(place: &Place) {
    let store = place.open().await;
    let writer = RecordWriter::start(&store);
    for number in 0..10 {
        writer.append(NewRecord { at_ms: number, ..record(&number.to_string()) }).await.unwrap();
    }
    assert_eq!(store.records().erase_before(6).await.unwrap(), 6);
    assert_eq!(store.records().erase_before(6).await.unwrap(), 0);
    for number in 0..10 {
        let found = store.records().at(number).await.unwrap().unwrap();
        assert_eq!(found.content.is_none(), number < 6);
    }
}
