//! What is stated about parcels: dense, known once, and longer-lived than they.

use packhorse_store::{NewStatement, Side, Statement};

use crate::parcels::{MAILBOX, job, outbound, parcel, statement};
use crate::place::Place;

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
