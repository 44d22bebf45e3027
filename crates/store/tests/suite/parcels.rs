//! Parcels: made and taken from state to state, and who wins when several want the same.

use packhorse_store::{
    MAX_PARCEL_BODY_BYTES, MAX_PARCEL_BYTES, MAX_STATEMENT_BYTES, NewJob, NewParcel, NewStatement, Parcel,
    ParcelFilter, Private, Side, Step, StoreError,
};

use crate::place::Place;

pub(crate) const MAILBOX: &str = "UKX/GOV/00AB/benefits";

/// An inbound parcel that waits to be listed.
pub(crate) fn parcel(id: &str) -> NewParcel {
    NewParcel {
        id: id.to_owned(),
        side: Side::Inbound,
        mailbox: MAILBOX.to_owned(),
        partner: "UKX/GOV/00CD".to_owned(),
        workflow: "REFERRAL".to_owned(),
        state: "arriving".to_owned(),
        created_ms: 1000,
        expires_ms: 9000,
        bytes: 10,
        payload: format!("payload-{id}"),
        dispatch: String::new(),
        hold: false,
        listed: false,
        body: format!("body of {id}").into_bytes(),
        private: Some(b"private".to_vec()),
    }
}

pub(crate) fn outbound(id: &str, dispatch: &str) -> NewParcel {
    NewParcel { side: Side::Outbound, dispatch: dispatch.to_owned(), ..parcel(id) }
}

pub(crate) fn statement(id: &str) -> NewStatement {
    NewStatement {
        id: id.to_owned(),
        event: "delivered".to_owned(),
        by_organisation: "UKX/GOV/00AB".to_owned(),
        at_ms: 1234,
        body: format!("statement {id}").into_bytes(),
        record: None,
    }
}

pub(crate) fn job(key: &str) -> NewJob {
    NewJob { topic: "parcel".to_owned(), key: key.to_owned(), body: b"job".to_vec(), run_at_ms: 0 }
}

pub(crate) async fn a_parcel_comes_back_as_it_was_made(place: &Place) {
    let parcels = place.open().await.parcels();
    let made = NewParcel { hold: true, bytes: MAX_PARCEL_BYTES, ..outbound("a", "key") };
    assert!(parcels.insert(&made, &[], &[]).await.unwrap());
    let kept = parcels.get("a", Side::Outbound).await.unwrap().unwrap();
    assert!(kept.changed_ms > 1_700_000_000_000);
    assert_eq!((kept.seq, kept.side, kept.bytes, kept.hold), (0, Side::Outbound, MAX_PARCEL_BYTES, true));
    assert_eq!((kept.mailbox.as_str(), kept.partner.as_str()), (MAILBOX, "UKX/GOV/00CD"));
    assert_eq!((kept.workflow.as_str(), kept.state.as_str()), ("REFERRAL", "arriving"));
    assert_eq!((kept.created_ms, kept.expires_ms), (1000, 9000));
    assert_eq!((kept.payload.as_str(), kept.dispatch.as_str()), ("payload-a", "key"));
    assert_eq!((kept.body.as_slice(), kept.private.as_deref()), (&b"body of a"[..], Some(&b"private"[..])));
    assert_eq!(parcels.by_dispatch(MAILBOX, "key").await.unwrap(), Some(kept));
    assert_eq!(parcels.by_dispatch("another", "key").await.unwrap(), None);
    assert_eq!(parcels.by_dispatch(MAILBOX, "").await.unwrap(), None);
    // The other side is another parcel.
    assert_eq!(parcels.get("a", Side::Inbound).await.unwrap(), None);
    assert!(parcels.insert(&NewParcel { private: None, ..parcel("a") }, &[], &[]).await.unwrap());
    assert_eq!(parcels.get("a", Side::Inbound).await.unwrap().unwrap().private, None);
}

pub(crate) async fn an_id_and_a_dispatch_key_are_used_once(place: &Place) {
    let store = place.open().await;
    let parcels = store.parcels();
    assert!(parcels.insert(&outbound("a", "key"), &[statement("s")], &[job("first")]).await.unwrap());
    assert!(!parcels.insert(&outbound("a", ""), &[statement("t")], &[job("again")]).await.unwrap());
    assert!(!parcels.insert(&outbound("b", "key"), &[statement("t")], &[job("again")]).await.unwrap());
    assert_eq!(parcels.get("b", Side::Outbound).await.unwrap(), None);
    assert_eq!(parcels.statements("a", Side::Outbound).await.unwrap().len(), 1);
    assert_eq!(parcels.statements("b", Side::Outbound).await.unwrap(), []);
    assert_eq!(store.queue().waiting("parcel").await.unwrap(), 1);
    // A key belongs to a mailbox and to the outbound side, and no key is not a key.
    let elsewhere = NewParcel { mailbox: "another".to_owned(), ..outbound("c", "key") };
    let inbound = NewParcel { dispatch: "key".to_owned(), ..parcel("d") };
    for other in [elsewhere, inbound, outbound("e", ""), outbound("f", "")] {
        assert!(parcels.insert(&other, &[], &[]).await.unwrap(), "{}", other.id);
    }
}

pub(crate) async fn several_parcels_are_made_all_or_none(place: &Place) {
    let store = place.open().await;
    let parcels = store.parcels();
    let (one, two, three) = (outbound("1", "key"), outbound("2", ""), outbound("3", ""));
    let (first, second) = (statement("s"), statement("s"));
    assert!(parcels.insert(&three, &[], &[]).await.unwrap());
    let taken: [(_, &[_]); 3] = [(&one, &[first]), (&two, &[second]), (&three, &[])];
    assert!(!parcels.insert_many(&taken, &[job("1")]).await.unwrap());
    for id in ["1", "2"] {
        assert_eq!(parcels.get(id, Side::Outbound).await.unwrap(), None);
        assert_eq!(parcels.statements(id, Side::Outbound).await.unwrap(), []);
    }
    assert_eq!(store.queue().waiting("parcel").await.unwrap(), 0);
    assert!(parcels.insert_many(&taken[..2], &[job("1"), job("2")]).await.unwrap());
    assert_eq!(parcels.statements("2", Side::Outbound).await.unwrap()[0].id, "s");
    assert_eq!(store.queue().waiting("parcel").await.unwrap(), 2);
}

pub(crate) async fn of_many_senders_with_one_dispatch_key_one_wins(place: &Place) {
    let (one, two) = (place.open().await, place.open().await);
    let made: Vec<NewParcel> = (0..16).map(|number| outbound(&format!("p{number}"), "key")).collect();
    let stores = [one.parcels(), two.parcels()];
    let (said, after) = (statement("s"), [job("send")]);
    let inserts =
        made.iter().enumerate().map(|(at, parcel)| stores[at % 2].insert(parcel, std::slice::from_ref(&said), &after));
    let won: Vec<bool> = futures_util::future::join_all(inserts).await.into_iter().map(Result::unwrap).collect();
    let winners: Vec<usize> = (0..won.len()).filter(|at| won[*at]).collect();
    assert_eq!(winners.len(), 1);
    let kept = stores[0].by_dispatch(MAILBOX, "key").await.unwrap().unwrap();
    assert_eq!(kept.id, made[winners[0]].id);
    assert_eq!(stores[0].count(&ParcelFilter::new(Side::Outbound)).await.unwrap(), 1);
    assert_eq!(one.queue().waiting("parcel").await.unwrap(), 1);
}

pub(crate) async fn a_step_changes_state_statements_and_jobs_together(place: &Place) {
    let store = place.open().await;
    let parcels = store.parcels();
    parcels.insert(&parcel("a"), &[statement("one")], &[]).await.unwrap();
    let before = parcels.get("a", Side::Inbound).await.unwrap().unwrap();
    let added = store.jobs_added("parcel");
    let (said, after) = ([statement("one"), statement("two")], [job("x"), job("y")]);
    let step = Step {
        body: Some(b"new body"),
        private: Private::Set(b"new private"),
        expires_ms: Some(7),
        hold: Some(true),
        bytes: Some(77),
        list: true,
        statements: &said,
        jobs: &after,
        ..Step::new("a", Side::Inbound, &["checked", "arriving"], "listed")
    };
    assert!(parcels.advance(&step).await.unwrap());
    tokio::time::timeout(std::time::Duration::from_secs(5), added).await.expect("workers are told");
    let kept = parcels.get("a", Side::Inbound).await.unwrap().unwrap();
    assert_eq!((kept.state.as_str(), kept.seq, kept.expires_ms, kept.hold, kept.bytes), ("listed", 1, 7, true, 77));
    assert_eq!((kept.body.as_slice(), kept.private.as_deref()), (&b"new body"[..], Some(&b"new private"[..])));
    assert!(kept.changed_ms >= before.changed_ms);
    let chain = parcels.statements("a", Side::Inbound).await.unwrap();
    let chain: Vec<_> = chain.iter().map(|said| (said.number, said.id.as_str())).collect();
    assert_eq!(chain, [(0, "one"), (1, "two")]);
    let jobs = store.queue().claim("parcel", 1, 1000, 10).await.unwrap();
    assert_eq!(jobs.iter().map(|job| job.key.as_str()).collect::<Vec<_>>(), ["x", "y"]);

    // A plain step leaves all else alone.
    assert!(parcels.advance(&Step::new("a", Side::Inbound, &["listed"], "collected")).await.unwrap());
    let later = parcels.get("a", Side::Inbound).await.unwrap().unwrap();
    let changed_ms = later.changed_ms;
    assert_eq!(later, Parcel { state: "collected".to_owned(), changed_ms, ..kept });
    let erase = Step { private: Private::Erase, ..Step::new("a", Side::Inbound, &["collected"], "ended") };
    assert!(parcels.advance(&erase).await.unwrap());
    assert_eq!(parcels.get("a", Side::Inbound).await.unwrap().unwrap().private, None);
}

pub(crate) async fn a_step_from_another_state_writes_nothing(place: &Place) {
    let store = place.open().await;
    let parcels = store.parcels();
    parcels.insert(&parcel("a"), &[], &[]).await.unwrap();
    let before = parcels.get("a", Side::Inbound).await.unwrap();
    let (said, after) = ([statement("s")], [job("x")]);
    for (id, side, from) in [
        ("a", Side::Inbound, &["listed", "collected"][..]),
        ("a", Side::Inbound, &[]),
        ("a", Side::Outbound, &["arriving"]),
        ("b", Side::Inbound, &["arriving"]),
    ] {
        let full =
            Step { list: true, body: Some(b"new"), statements: &said, jobs: &after, ..Step::new(id, side, from, "x") };
        assert!(!parcels.advance(&full).await.unwrap(), "{id} {from:?}");
    }
    assert_eq!(parcels.get("a", Side::Inbound).await.unwrap(), before);
    assert_eq!(parcels.statements("a", Side::Inbound).await.unwrap(), []);
    assert_eq!(store.queue().waiting("parcel").await.unwrap(), 0);
    // Nor was a number taken.
    let list = Step { list: true, ..Step::new("a", Side::Inbound, &["arriving"], "listed") };
    assert!(parcels.advance(&list).await.unwrap());
    assert_eq!(parcels.get("a", Side::Inbound).await.unwrap().unwrap().seq, 1);
}

pub(crate) async fn of_many_who_step_from_one_state_one_wins(place: &Place) {
    let (one, two) = (place.open().await, place.open().await);
    let stores = [one.parcels(), two.parcels()];
    for round in 0..8 {
        let id = format!("contended-{round}");
        stores[0].insert(&parcel(&id), &[], &[]).await.unwrap();
        let outcomes = (0..8).map(|stepper| {
            let (parcels, id) = (stores[stepper % 2].clone(), id.clone());
            tokio::spawn(async move {
                let (to, said, after) = (format!("by-{stepper}"), [statement(&stepper.to_string())], [job("x")]);
                let step =
                    Step { statements: &said, jobs: &after, ..Step::new(&id, Side::Inbound, &["arriving"], &to) };
                parcels.advance(&step).await.unwrap()
            })
        });
        let won = futures_util::future::join_all(outcomes.collect::<Vec<_>>()).await;
        let winners: Vec<usize> = (0..8).filter(|at| *won[*at].as_ref().unwrap()).collect();
        assert_eq!(winners.len(), 1, "round {round}");
        let kept = stores[0].get(&id, Side::Inbound).await.unwrap().unwrap();
        assert_eq!(kept.state, format!("by-{}", winners[0]));
        let chain = stores[0].statements(&id, Side::Inbound).await.unwrap();
        assert_eq!(chain.iter().map(|said| said.id.clone()).collect::<Vec<_>>(), [winners[0].to_string()]);
    }
    assert_eq!(one.queue().waiting("parcel").await.unwrap(), 8);
}

pub(crate) async fn values_that_cannot_be_kept_are_refused(place: &Place) {
    let parcels = place.open().await.parcels();
    let long = vec![0; MAX_PARCEL_BODY_BYTES + 1];
    for made in [
        NewParcel { body: long.clone(), ..parcel("a") },
        NewParcel { private: Some(long.clone()), ..parcel("a") },
        NewParcel { bytes: MAX_PARCEL_BYTES + 1, ..parcel("a") },
        NewParcel { workflow: "w".repeat(513), ..parcel("a") },
    ] {
        assert!(matches!(parcels.insert(&made, &[], &[]).await, Err(StoreError::TooLarge { .. })));
    }
    let nul = NewParcel { mailbox: "a\0b".to_owned(), ..parcel("a") };
    assert_eq!(parcels.insert(&nul, &[], &[]).await, Err(StoreError::Nul("a parcel's mailbox")));
    let wordy = NewStatement { body: vec![0; MAX_STATEMENT_BYTES + 1], ..statement("s") };
    assert!(matches!(
        parcels.insert(&parcel("a"), std::slice::from_ref(&wordy), &[]).await,
        Err(StoreError::TooLarge { .. })
    ));
    let loaded = NewJob { key: "\0".to_owned(), ..job("x") };
    assert_eq!(
        parcels.insert(&parcel("a"), &[], std::slice::from_ref(&loaded)).await,
        Err(StoreError::Nul("a job's key"))
    );
    assert_eq!(parcels.get("a", Side::Inbound).await.unwrap(), None);

    assert!(parcels.insert(&parcel("a"), &[], &[]).await.unwrap());
    let before = parcels.get("a", Side::Inbound).await.unwrap();
    let (wordy, loaded) = ([wordy], [loaded]);
    let step = Step::new("a", Side::Inbound, &["arriving"], "listed");
    for refused in [
        Step { body: Some(&long), ..step },
        Step { private: Private::Set(&long), ..step },
        Step { bytes: Some(MAX_PARCEL_BYTES + 1), ..step },
        Step { to: "\0", ..step },
        Step { statements: &wordy, ..step },
        Step { jobs: &loaded, ..step },
    ] {
        let error = parcels.advance(&refused).await.unwrap_err();
        assert!(matches!(error, StoreError::TooLarge { .. } | StoreError::Nul(_)), "{error}");
    }
    assert!(parcels.note("a", Side::Inbound, &wordy[0], &[]).await.is_err());
    assert_eq!(parcels.get("a", Side::Inbound).await.unwrap(), before);
}

pub(crate) async fn an_erased_private_part_is_nowhere_in_the_file(place: &Place) {
    if place.is_postgres() {
        return; // Its pages are the server's, whose vacuum comes by itself.
    }
    let store = place.open().await;
    let parcels = store.parcels();
    let secret = b"nothing shall stay of this sentence".to_vec();
    let holds = |file: &str| {
        let bytes = std::fs::read(place.settings.data_dir.join(file)).unwrap_or_default();
        bytes.windows(secret.len()).any(|window| window == secret)
    };
    for id in ["erased", "deleted"] {
        let made = NewParcel { private: Some(secret.clone()), ..parcel(id) };
        parcels.insert(&made, &[], &[]).await.unwrap();
    }
    assert!(holds("packhorse.sqlite-wal"));
    let erase = Step { private: Private::Erase, ..Step::new("erased", Side::Inbound, &["arriving"], "ended") };
    assert!(parcels.advance(&erase).await.unwrap());
    assert!(holds("packhorse.sqlite"), "the other one is still there");
    assert!(parcels.delete("deleted", Side::Inbound).await.unwrap());
    assert!(!holds("packhorse.sqlite") && !holds("packhorse.sqlite-wal"));
}
