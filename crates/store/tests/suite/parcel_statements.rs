//! What is stated about parcels: dense, known once, and longer-lived than they.

use packhorse_store::{
    Counted, NewParcel, NewRecord, NewStatement, ParcelFilter, ParcelOrder, RecordWriter, Side, Statement, Step,
};

use crate::parcels::{MAILBOX, job, outbound, parcel, statement};
use crate::place::{Place, record};

pub(crate) async fn statements_are_dense_and_known_once(place: &Place) {
    let store = place.open().await;
    let parcels = store.parcels();
    let side = Side::Inbound;
    assert!(!parcels.note("a", side, &statement("s"), &[job("x")]).await.unwrap(), "there is no such parcel");
    parcels.insert(&parcel("a"), &[statement("0")], &[]).await.unwrap();
    parcels.insert(&parcel("b"), &[], &[]).await.unwrap();
    let before = parcels.get("a", side).await.unwrap();
    assert!(parcels.note("a", side, &statement("1"), &[job("x")]).await.unwrap());
    let forged = NewStatement { body: b"another text".to_vec(), ..statement("1") };
    assert!(!parcels.note("a", side, &forged, &[job("x")]).await.unwrap());
    assert!(parcels.note("a", side, &statement("2"), &[]).await.unwrap());
    // Another parcel's statement with the same id is another statement.
    assert!(parcels.note("b", side, &statement("1"), &[]).await.unwrap());
    assert_eq!(parcels.get("a", side).await.unwrap(), before);
    assert_eq!(store.queue().waiting("parcel").await.unwrap(), 1);
    let chain = parcels.statements("a", side).await.unwrap();
    for (number, said) in chain.iter().enumerate() {
        assert_eq!((said.number, said.id.clone()), (number as u64, number.to_string()));
        assert_eq!((said.parcel.as_str(), said.side, said.recorded), ("a", side, false));
        assert_eq!((said.event.as_str(), said.by_organisation.as_str()), ("delivered", "UKX/GOV/00AB"));
        assert_eq!((said.at_ms, said.body.clone()), (1234, format!("statement {number}").into_bytes()));
    }
    assert_eq!(chain.len(), 3);
    assert_eq!(parcels.statements("a", Side::Outbound).await.unwrap(), []);
}

pub(crate) async fn statements_of_many_at_once_stay_dense(place: &Place) {
    let (one, two) = (place.open().await, place.open().await);
    one.parcels().insert(&parcel("lives"), &[], &[]).await.unwrap();
    one.parcels().insert(&parcel("deleted"), &[statement("first")], &[]).await.unwrap();
    one.parcels().delete("deleted", Side::Inbound).await.unwrap();
    // Each statement is told twice, to either process.
    let notes = (0..40).flat_map(|number| {
        [("lives", one.parcels()), ("deleted", two.parcels()), ("lives", two.parcels()), ("deleted", one.parcels())]
            .map(|(id, parcels)| {
                tokio::spawn(async move {
                    parcels.note(id, Side::Inbound, &statement(&number.to_string()), &[]).await.unwrap()
                })
            })
    });
    let kept = futures_util::future::join_all(notes.collect::<Vec<_>>()).await;
    assert_eq!(kept.into_iter().filter(|kept| *kept.as_ref().unwrap()).count(), 80);
    for (id, many) in [("lives", 40), ("deleted", 41)] {
        let chain = one.parcels().statements(id, Side::Inbound).await.unwrap();
        assert!(chain.iter().map(|said| said.number).eq(0..many), "{id}");
    }
}

pub(crate) async fn statements_outlive_their_parcel(place: &Place) {
    let parcels = place.open().await.parcels();
    parcels.insert(&outbound("a", "key"), &[statement("0")], &[]).await.unwrap();
    assert!(parcels.delete("a", Side::Outbound).await.unwrap());
    assert!(!parcels.delete("a", Side::Outbound).await.unwrap());
    assert_eq!(parcels.get("a", Side::Outbound).await.unwrap(), None);
    assert_eq!(parcels.by_dispatch(MAILBOX, "key").await.unwrap(), None);
    // What is said later joins the chain, and its id never begins another.
    assert!(parcels.note("a", Side::Outbound, &statement("1"), &[]).await.unwrap());
    assert_eq!(parcels.statements("a", Side::Outbound).await.unwrap().len(), 2);
    assert!(!parcels.insert(&outbound("a", "other key"), &[], &[]).await.unwrap());
}

pub(crate) async fn unrecorded_statements_are_found_until_they_are_marked(place: &Place) {
    let parcels = place.open().await.parcels();
    for id in ["b", "a"] {
        parcels.insert(&parcel(id), &[statement("0")], &[]).await.unwrap();
        parcels.note(id, Side::Inbound, &statement("1"), &[]).await.unwrap();
    }
    let open = parcels.unrecorded(3).await.unwrap();
    let names: Vec<_> = open.iter().map(|said| (said.parcel.as_str(), said.number)).collect();
    assert_eq!(names, [("a", 0), ("a", 1), ("b", 0)]);
    let marked: Vec<_> = open[1..].iter().map(Statement::name).collect();
    parcels.mark_recorded(&marked).await.unwrap();
    parcels.mark_recorded(&marked).await.unwrap();
    let open = parcels.unrecorded(100).await.unwrap();
    let names: Vec<_> = open.iter().map(|said| (said.parcel.as_str(), said.number)).collect();
    assert_eq!(names, [("a", 0), ("b", 1)]);
    assert!(parcels.statements("a", Side::Inbound).await.unwrap()[1].recorded);
}

fn recorded(id: &str) -> NewStatement {
    NewStatement { record: Some(record(id).packed().unwrap()), ..statement(id) }
}

pub(crate) async fn a_statement_and_its_record_are_kept_together_or_not_at_all(place: &Place) {
    let store = place.open().await;
    let parcels = store.parcels();
    let (writer, ledger) = (RecordWriter::start(&store), store.ledger());
    parcels.insert(&parcel("a"), &[recorded("0"), statement("quiet")], &[]).await.unwrap();
    writer.append(record("between")).await.unwrap();
    let step = Step { statements: &[recorded("1")], ..Step::new("a", Side::Inbound, &["arriving"], "delivered") };
    assert!(parcels.advance(&step).await.unwrap());
    assert!(parcels.note("a", Side::Inbound, &recorded("2"), &[]).await.unwrap());
    assert_eq!(ledger.size().await.unwrap(), 4);
    // From another state, or known before: neither statement nor record.
    assert!(!parcels.advance(&step).await.unwrap());
    assert!(!parcels.note("a", Side::Inbound, &recorded("2"), &[]).await.unwrap());
    let again = Step { statements: &[recorded("2")], ..Step::new("a", Side::Inbound, &["delivered"], "collected") };
    assert!(parcels.advance(&again).await.unwrap());
    assert_eq!(ledger.size().await.unwrap(), 4);
    for (index, id) in ["0", "between", "1", "2"].into_iter().enumerate() {
        let kept = store.records().at(index as u64).await.unwrap().unwrap();
        assert_eq!((kept.record, ledger.entries(index as u64, index as u64 + 1).await.unwrap()[0].to_vec()), {
            let expected = record(id);
            (expected.record, expected.entry.to_vec())
        });
    }
    let open: Vec<_> = parcels.unrecorded(9).await.unwrap().into_iter().map(|said| said.id).collect();
    assert_eq!(open, ["quiet"]);
}

pub(crate) async fn a_record_whose_name_is_taken_does_not_keep_a_statement_out(place: &Place) {
    let store = place.open().await;
    let parcels = store.parcels();
    let writer = RecordWriter::start(&store);
    writer.append(record("1")).await.unwrap();
    parcels.insert(&parcel("a"), &[recorded("1")], &[job("x")]).await.unwrap();
    assert!(parcels.note("a", Side::Inbound, &statement("2"), &[]).await.unwrap());
    // Of several in one step only the record whose name is taken is left out.
    writer.append(record("4")).await.unwrap();
    let said = [recorded("3"), recorded("4"), recorded("5")];
    let step = Step { statements: &said, ..Step::new("a", Side::Inbound, &["arriving"], "x") };
    assert!(parcels.advance(&step).await.unwrap());
    assert_eq!(parcels.statements("a", Side::Inbound).await.unwrap().len(), 5);
    assert_eq!(store.ledger().size().await.unwrap(), 4);
    for (index, id) in ["1", "4", "3", "5"].into_iter().enumerate() {
        assert_eq!(store.records().at(index as u64).await.unwrap().unwrap().record, record(id).record);
    }
    assert_eq!(store.queue().waiting("parcel").await.unwrap(), 1);
}

pub(crate) async fn records_of_statements_and_of_exchanges_share_one_dense_sequence(place: &Place) {
    let (one, two) = (place.open().await, place.open().await);
    let writer = RecordWriter::start(&one);
    let made = (0..40).map(|number| {
        let (id, parcels, writer) = (format!("p{number}"), [&one, &two][number % 2].parcels(), writer.clone());
        tokio::spawn(async move {
            let made = NewParcel { listed: true, ..parcel(&id) };
            assert!(parcels.insert(&made, &[recorded(&format!("s{id}"))], &[]).await.unwrap());
            writer.append(record(&format!("x{id}"))).await.unwrap();
        })
    });
    for made in made.collect::<Vec<_>>() {
        made.await.unwrap();
    }
    assert_eq!(one.ledger().size().await.unwrap(), 80);
    assert_eq!(one.ledger().entries(0, 80).await.unwrap().len(), 80);
    let filter = ParcelFilter { order: ParcelOrder::Listed { after: None }, ..ParcelFilter::new(Side::Inbound) };
    let listed: Vec<i64> = one.parcels().ids(&filter).await.unwrap().iter().map(|line| line.seq).collect();
    assert_eq!(listed, (1..=40).collect::<Vec<i64>>());
}

pub(crate) async fn a_record_kept_with_its_statement_is_counted_and_found_like_any_other(place: &Place) {
    let store = place.open().await;
    let parcels = store.parcels();
    let (ada, bob) = ([1; 16], [2; 16]);
    let with = |id: &str, people: Vec<[u8; 16]>| {
        let counted = Counted { tier: "corporate".to_owned(), department: "intake".to_owned(), ..Counted::default() };
        let record = NewRecord { people, counted, ..record(id) };
        NewStatement { record: Some(record.packed().unwrap()), ..statement(id) }
    };
    parcels.insert(&parcel("a"), &[with("0", vec![ada]), with("1", vec![ada, bob])], &[]).await.unwrap();
    let said = [with("2", vec![bob])];
    let step = Step { statements: &said, ..Step::new("a", Side::Inbound, &["arriving"], "x") };
    assert!(parcels.advance(&step).await.unwrap());
    assert!(parcels.note("a", Side::Inbound, &with("3", vec![ada]), &[]).await.unwrap());
    let found = async |person| -> Vec<String> {
        let lines = store.records().about(&[person], None, 9).await.unwrap();
        lines.into_iter().map(|line| line.id).collect()
    };
    assert_eq!(found(ada).await, ["3", "1", "0"]);
    assert_eq!(found(bob).await, ["2", "1"]);
    assert_eq!(store.records().counts(0, i64::MAX, &[]).await.unwrap()[0].exchanges, 4);
    assert_eq!(store.records().staff_counts(0, i64::MAX).await.unwrap()[0].exchanges, 4);
    let uses = store.records().daily_uses(record("0").at_ms).await.unwrap();
    assert_eq!(uses.iter().map(|line| line.used).sum::<u64>(), 4);
}
