//! Counters kept beside the records, and the traces by which a person's records are found.

use packhorse_store::{CountBy, Counted, NewRecord, RecordWriter, Side, month_of};

use crate::place::{Place, record};

const DAY: i64 = 86_400_000;
/// 15 January 2026.
const JANUARY: i64 = 20_468 * DAY;

pub(crate) async fn exchanges_are_counted_by_month_and_by_what_they_were(place: &Place) {
    let store = place.open().await;
    let writer = RecordWriter::start(&store);
    let counted = |purpose: &str, tier: &str| Counted {
        purpose: purpose.to_owned(),
        tier: tier.to_owned(),
        department: if tier.is_empty() { String::new() } else { "Housing".to_owned() },
        given: 3,
        withheld: 1,
    };
    let appends = (0..40_i64).map(|number| {
        let at_ms = if number < 10 { JANUARY } else { JANUARY + 30 * DAY };
        let tier = if number % 2 == 0 { "department" } else { "" };
        let side = if number % 4 == 0 { Side::Outbound } else { Side::Inbound };
        writer.append(NewRecord { at_ms, side, counted: counted("debt", tier), ..record(&format!("c{number}")) })
    });
    assert!(futures_util::future::join_all(appends).await.iter().all(Result::is_ok));
    // Without an agreement the service and the purpose are a stranger's words: they are not told apart.
    for number in 0..5 {
        let refused = NewRecord {
            at_ms: JANUARY,
            agreement: String::new(),
            service: format!("UKX/GOV/00CD/register/{number}"),
            outcome: "refused".to_owned(),
            rule: "no-agreement".to_owned(),
            counted: counted(&format!("purpose-{number}"), ""),
            ..record(&format!("r{number}"))
        };
        writer.append(refused).await.unwrap();
    }
    let month = month_of(JANUARY);
    let sums = async |from, to, by: &[CountBy]| -> Vec<(Vec<String>, u64, u64)> {
        let counts = store.records().counts(from, to, by).await.unwrap();
        counts.into_iter().map(|count| (count.of, count.exchanges, count.given)).collect()
    };
    let words = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect::<Vec<_>>();
    assert_eq!(sums(month, month + 1, &[]).await, [(words(&[]), 45, 135)]);
    let by_outcome = [(words(&["answered", ""]), 10, 30), (words(&["refused", "no-agreement"]), 5, 15)];
    assert_eq!(sums(month, month, &[CountBy::Outcome, CountBy::Rule]).await, by_outcome);
    let by_side = sums(month + 1, month + 1, &[CountBy::Side]).await;
    assert_eq!(by_side, [(words(&["inbound"]), 23, 69), (words(&["outbound"]), 7, 21)]);
    let told_apart = sums(month, month, &[CountBy::Agreement, CountBy::Purpose, CountBy::Service]).await;
    assert_eq!(told_apart.len(), 2, "{told_apart:?}");
    assert_eq!(told_apart[0].0, words(&["", "", ""]));
    // Summed from the totals, and under the agreements named alone.
    let under = store.records().counts_under(&["agreement-1"], (month, month), &[CountBy::Outcome]).await.unwrap();
    assert_eq!((under.len(), under[0].exchanges), (1, 10));
    let all = store.records().counts(month, month + 1, &[CountBy::Agreement]).await.unwrap();
    assert_eq!(all.iter().map(|count| count.exchanges).sum::<u64>(), 45);
    assert!(store.records().counts_under(&[], (month, month), &[]).await.unwrap().is_empty());
    let staff = store.records().staff_counts(month, month + 1).await.unwrap();
    assert_eq!(staff.iter().map(|line| line.exchanges).sum::<u64>(), 20);
    assert!(staff.iter().all(|line| (line.tier.as_str(), line.department.as_str()) == ("department", "Housing")));
    assert!(sums(month + 2, month + 9, &[CountBy::Month]).await.is_empty());
}

pub(crate) async fn a_duplicate_is_not_counted_twice(place: &Place) {
    let store = place.open().await;
    let writer = RecordWriter::start(&store);
    writer.append(record("once")).await.unwrap();
    writer.append(record("once")).await.unwrap_err();
    let counts = store.records().counts(0, i64::MAX, &[]).await.unwrap();
    assert_eq!(counts[0].exchanges, 1);
}

pub(crate) async fn a_person_is_found_by_digest_until_the_content_is_erased(place: &Place) {
    let store = place.open().await;
    let writer = RecordWriter::start(&store);
    let (ada, bob) = ([1; 16], [2; 16]);
    for (id, people) in [("ada", vec![ada]), ("both", vec![ada, bob, ada]), ("nobody", vec![]), ("bob", vec![bob])] {
        writer.append(NewRecord { people, at_ms: 5, ..record(id) }).await.unwrap();
    }
    let many: Vec<[u8; 16]> = (0..200).map(|number| [number; 16]).collect();
    writer.append(NewRecord { people: many, at_ms: 9, ..record("many") }).await.unwrap();
    let found = async |people: &[[u8; 16]], before, limit| -> Vec<String> {
        let lines = store.records().about(people, before, limit).await.unwrap();
        lines.into_iter().map(|line| line.id).collect()
    };
    assert_eq!(found(&[ada], None, 100).await, ["many", "both", "ada"]);
    assert_eq!(found(&[ada, bob], None, 2).await, ["many", "bob"]);
    assert_eq!(found(&[ada, bob], Some(3), 100).await, ["both", "ada"]);
    assert!(found(&[], None, 100).await.is_empty());
    assert!(found(&[[150; 16]], None, 100).await.is_empty(), "only the first hundred of a record are kept");
    store.records().erase("both", Side::Inbound, "UKX/GOV/00AB").await.unwrap();
    assert_eq!(found(&[ada], None, 100).await, ["many", "ada"]);
    store.records().erase_before(6).await.unwrap();
    assert_eq!(found(&[ada, bob], None, 100).await, ["many"]);
}

pub(crate) async fn a_hundred_people_in_each_of_a_group_of_records_are_kept(place: &Place) {
    let store = place.open().await;
    let writer = RecordWriter::start(&store);
    let appends = (0..300_u32).map(|number| {
        let people =
            (0..100_u32).map(|person| packhorse_keys::sha256(&[number, person].map(u32::to_le_bytes).concat()));
        let people = people.map(|digest| digest[..16].try_into().unwrap()).collect();
        writer.append(NewRecord { people, ..record(&format!("m{number}")) })
    });
    assert!(futures_util::future::join_all(appends).await.iter().all(Result::is_ok));
    let last: [u8; 16] =
        packhorse_keys::sha256(&[299_u32, 99].map(u32::to_le_bytes).concat())[..16].try_into().unwrap();
    assert_eq!(store.records().about(&[last], None, 10).await.unwrap()[0].id, "m299");
}

pub(crate) async fn records_from_before_there_were_counts_are_counted_by_the_migration(place: &Place) {
    {
        let store = place.open().await;
        let writer = RecordWriter::start(&store);
        for (number, at_ms) in [(0, JANUARY), (1, JANUARY), (2, JANUARY + 31 * DAY)] {
            writer.append(NewRecord { at_ms, ..record(&format!("old{number}")) }).await.unwrap();
        }
        store.close().await;
    }
    for undo in [
        "DROP TABLE exchange_count",
        "DROP TABLE exchange_total",
        "DROP TABLE document_term",
        "ALTER TABLE document DROP COLUMN listed",
        "DROP INDEX record_kind",
        "DROP INDEX record_outcome",
        "DROP TABLE staff_count",
        "DROP TABLE person_trace",
        "DELETE FROM _sqlx_migrations WHERE description IN ('counts', 'lists')",
    ] {
        place.tamper(undo).await;
    }
    let store = place.open().await;
    let counts = store.records().counts(0, i64::MAX, &[CountBy::Month, CountBy::Agreement]).await.unwrap();
    let counts: Vec<_> = counts.iter().map(|count| (count.of[0].as_str(), count.exchanges)).collect();
    let month = |at_ms| month_of(at_ms).to_string();
    assert_eq!(counts, [(month(JANUARY).as_str(), 2), (month(JANUARY + 31 * DAY).as_str(), 1)]);
}
