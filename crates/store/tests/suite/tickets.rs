//! Tickets: expiry, single use, owners, counts.

use packhorse_store::Ticket;

use crate::place::Place;

fn ticket(key: &str, owner: &str, expires_ms: i64) -> Ticket {
    Ticket { kind: "session".into(), key: key.into(), owner: owner.into(), body: key.as_bytes().into(), expires_ms }
}

pub(crate) async fn a_ticket_is_there_until_it_is_taken_or_expires(place: &Place) {
    let tickets = place.open().await.tickets();
    tickets.put(&ticket("a", "kim", 1000)).await.unwrap();
    assert_eq!(tickets.get("session", "a", 999).await.unwrap(), Some(ticket("a", "kim", 1000)));
    assert_eq!(tickets.get("session", "a", 1000).await.unwrap(), None);
    assert_eq!(tickets.get("invitation", "a", 999).await.unwrap(), None);
    // Once there, it is not written again until it has expired.
    assert!(!tickets.put_once(&ticket("a", "lee", 2000), 999).await.unwrap());
    assert!(tickets.put_once(&ticket("a", "lee", 2000), 1000).await.unwrap());
    assert!(tickets.extend("session", "a", 3000).await.unwrap());
    assert!(!tickets.extend("session", "b", 3000).await.unwrap());
    assert_eq!(tickets.take("session", "a", 2999).await.unwrap(), Some(ticket("a", "lee", 3000)));
    assert_eq!(tickets.take("session", "a", 2999).await.unwrap(), None);
    // What has expired is not given, and is gone all the same.
    tickets.put(&ticket("c", "", 10)).await.unwrap();
    tickets.put(&ticket("d", "", 11)).await.unwrap();
    assert_eq!(tickets.take("session", "c", 10).await.unwrap(), None);
    assert_eq!(tickets.sweep(11).await.unwrap(), 1);
    let large = Ticket { body: vec![0; packhorse_store::MAX_TICKET_BYTES + 1], ..ticket("e", "", 10) };
    assert!(tickets.put(&large).await.is_err());
}

pub(crate) async fn of_many_who_take_one_ticket_one_has_it(place: &Place) {
    let tickets = place.open().await.tickets();
    tickets.put(&ticket("a", "kim", 1000)).await.unwrap();
    let (mut takers, mut writers) = (Vec::new(), Vec::new());
    for _ in 0..8 {
        let (one, two) = (tickets.clone(), tickets.clone());
        takers.push(tokio::spawn(async move { one.take("session", "a", 1).await.unwrap().is_some() }));
        writers.push(tokio::spawn(async move { two.put_once(&ticket("b", "kim", 1000), 1).await.unwrap() }));
    }
    let (mut taken, mut written) = (0, 0);
    for (taker, writer) in takers.into_iter().zip(writers) {
        taken += usize::from(taker.await.unwrap());
        written += usize::from(writer.await.unwrap());
    }
    assert_eq!((taken, written), (1, 1));
}

pub(crate) async fn all_of_an_owner_go_at_once(place: &Place) {
    let tickets = place.open().await.tickets();
    for (key, owner) in [("b", "kim"), ("a", "kim"), ("c", "lee")] {
        tickets.put(&ticket(key, owner, 1000)).await.unwrap();
    }
    tickets.put(&Ticket { kind: "invitation".into(), ..ticket("x", "kim", 1000) }).await.unwrap();
    let keys: Vec<String> = tickets.of("session", "kim", 1).await.unwrap().into_iter().map(|one| one.key).collect();
    assert_eq!(keys, ["a", "b"]);
    assert_eq!(tickets.remove_of("session", "kim").await.unwrap(), 2);
    assert!(tickets.of("session", "kim", 1).await.unwrap().is_empty());
    assert_eq!(tickets.of("session", "lee", 1).await.unwrap().len(), 1);
    assert_eq!(tickets.of("invitation", "kim", 1).await.unwrap().len(), 1);
}

pub(crate) async fn attempts_are_counted_until_they_are_forgotten(place: &Place) {
    let tickets = place.open().await.tickets();
    assert_eq!(tickets.counted("attempt", "kim", 1).await.unwrap(), None);
    let tries: Vec<_> = (0..10)
        .map(|_| {
            let tickets = tickets.clone();
            tokio::spawn(async move { tickets.count("attempt", "kim", 1, 1000).await.unwrap() })
        })
        .collect();
    let mut numbers = Vec::new();
    for one in tries {
        numbers.push(one.await.unwrap());
    }
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=10).collect::<Vec<_>>());
    assert_eq!(tickets.counted("attempt", "kim", 999).await.unwrap(), Some((10, 1000)));
    tickets.uncount("attempt", "kim").await.unwrap();
    tickets.uncount("attempt", "nobody").await.unwrap();
    assert_eq!(tickets.counted("attempt", "kim", 999).await.unwrap(), Some((9, 1000)));
    assert_eq!(tickets.counted("attempt", "kim", 1000).await.unwrap(), None);
    assert_eq!(tickets.count("attempt", "kim", 1000, 2000).await.unwrap(), 1, "what was forgotten begins anew");
    assert_eq!(tickets.count("attempt", "lee", 1000, 2000).await.unwrap(), 1);
}
