//! Parcels listed, paged, counted and summed.

use std::collections::BTreeSet;

use packhorse_store::{
    MAX_PARCEL_BYTES, NewParcel, ParcelFilter, ParcelLine, ParcelOrder, Side, Step, Usage, WorkflowFilter,
    WorkflowPattern,
};

use crate::parcels::{MAILBOX, outbound, parcel};
use crate::place::Place;

fn ids(lines: &[ParcelLine]) -> Vec<&str> {
    lines.iter().map(|line| line.id.as_str()).collect()
}

fn inbox(after: Option<i64>) -> ParcelFilter<'static> {
    ParcelFilter { mailbox: Some(MAILBOX), order: ParcelOrder::Listed { after }, ..ParcelFilter::new(Side::Inbound) }
}

/// A reader that goes on from the last number it saw must miss none, while many list at once.
pub(crate) async fn numbers_of_listed_parcels_appear_in_order(place: &Place) {
    const MANY: usize = 60;
    let (one, two) = (place.open().await, place.open().await);
    for number in 0..MANY {
        one.parcels().insert(&parcel(&format!("p{number}")), &[], &[]).await.unwrap();
    }
    let listing: Vec<_> = (0..6)
        .map(|worker| {
            let parcels = if worker % 2 == 0 { one.parcels() } else { two.parcels() };
            tokio::spawn(async move {
                for number in (worker..MANY).step_by(6) {
                    let id = format!("p{number}");
                    let list = Step { list: true, ..Step::new(&id, Side::Inbound, &["arriving"], "listed") };
                    assert!(parcels.advance(&list).await.unwrap());
                }
            })
        })
        .collect();
    let mut seen = Vec::new();
    let mut after = 0;
    while seen.len() < MANY {
        // Asked before the look: what was committed by then must be in it.
        let ended = listing.iter().all(tokio::task::JoinHandle::is_finished);
        let page = one.parcels().ids(&inbox(Some(after))).await.unwrap();
        assert!(!ended || !page.is_empty(), "{} of {MANY} were seen and no more come", seen.len());
        for line in page {
            assert_eq!(line.seq, after + 1, "numbers appear one after the other");
            after = line.seq;
            seen.push(line.id);
        }
    }
    assert_eq!(seen.into_iter().collect::<BTreeSet<_>>().len(), MANY);
    for task in listing {
        task.await.unwrap();
    }
}

pub(crate) async fn a_mailbox_is_listed_by_number_and_paged(place: &Place) {
    let parcels = place.open().await.parcels();
    for id in ["a", "b", "c", "d", "unlisted"] {
        parcels.insert(&parcel(id), &[], &[]).await.unwrap();
    }
    parcels.insert(&NewParcel { mailbox: "another".to_owned(), ..parcel("x") }, &[], &[]).await.unwrap();
    for id in ["c", "a", "x", "d", "b"] {
        let list = Step { list: true, ..Step::new(id, Side::Inbound, &["arriving"], "listed") };
        assert!(parcels.advance(&list).await.unwrap());
    }
    parcels.advance(&Step::new("a", Side::Inbound, &["listed"], "collected")).await.unwrap();
    let all = parcels.ids(&inbox(None)).await.unwrap();
    assert_eq!(ids(&all), ["c", "a", "d", "b"]);
    let waiting = ParcelFilter { states: &["listed"], limit: 2, ..inbox(None) };
    let page = parcels.ids(&waiting).await.unwrap();
    assert_eq!(ids(&page), ["c", "d"]);
    assert_eq!(parcels.count(&waiting).await.unwrap(), 3);
    let next = ParcelFilter { states: &["listed"], limit: 2, ..inbox(Some(page[1].seq)) };
    assert_eq!(ids(&parcels.ids(&next).await.unwrap()), ["b"]);
    let either = ParcelFilter { states: &["collected", "listed"], newest_first: true, ..inbox(Some(page[1].seq)) };
    assert_eq!(ids(&parcels.ids(&either).await.unwrap()), ["a", "c"]);
    let whole = parcels.list(&either).await.unwrap();
    assert_eq!((whole[0].id.as_str(), whole[0].body.as_slice()), ("a", &b"body of a"[..]));
}

pub(crate) async fn lists_are_filtered_and_go_by_the_moment_made(place: &Place) {
    let parcels = place.open().await.parcels();
    for (id, created_ms, partner) in [("c", 1, "P"), ("B", 2, "P"), ("a", 2, "Q"), ("d", 3, "P")] {
        let made = NewParcel { created_ms, partner: partner.to_owned(), ..outbound(id, "") };
        parcels.insert(&made, &[], &[]).await.unwrap();
    }
    parcels.insert(&parcel("inbound"), &[], &[]).await.unwrap();
    let sent = ParcelFilter::new(Side::Outbound);
    assert_eq!(ids(&parcels.ids(&sent).await.unwrap()), ["c", "B", "a", "d"]);
    let back = ParcelFilter { newest_first: true, order: ParcelOrder::Made { after: Some((2, "a")) }, ..sent };
    assert_eq!(ids(&parcels.ids(&back).await.unwrap()), ["B", "c"]);
    let forth = ParcelFilter { order: ParcelOrder::Made { after: Some((2, "B")) }, limit: 1, ..sent };
    assert_eq!(ids(&parcels.ids(&forth).await.unwrap()), ["a"]);
    let partner = ParcelFilter { partner: Some("P"), ..sent };
    assert_eq!(ids(&parcels.ids(&partner).await.unwrap()), ["c", "B", "d"]);
    assert_eq!(parcels.count(&partner).await.unwrap(), 3);
    assert_eq!(parcels.count(&ParcelFilter { states: &["ended"], ..sent }).await.unwrap(), 0);
}

pub(crate) async fn a_workflow_is_matched_letter_by_letter(place: &Place) {
    let parcels = place.open().await.parcels();
    for workflow in ["REFERRAL", "REFERRAL_ACK", "referral", "NEW_REFERRAL", "100%", "É"] {
        let made = NewParcel { workflow: workflow.to_owned(), ..parcel(workflow) };
        parcels.insert(&made, &[], &[]).await.unwrap();
    }
    let matched = async |pattern, negated| {
        let workflow = Some(WorkflowFilter { pattern, negated });
        let lines = parcels.ids(&ParcelFilter { workflow, ..ParcelFilter::new(Side::Inbound) }).await.unwrap();
        lines.into_iter().map(|line| line.id).collect::<Vec<_>>()
    };
    use WorkflowPattern::{Contains, Equals, Prefix};
    assert_eq!(matched(Equals("REFERRAL"), false).await, ["REFERRAL"]);
    assert_eq!(matched(Equals("REFERRAL"), true).await.len(), 5);
    assert_eq!(matched(Prefix("REFERRAL"), false).await, ["REFERRAL", "REFERRAL_ACK"]);
    assert_eq!(matched(Prefix("REFERRAL"), true).await, ["100%", "NEW_REFERRAL", "referral", "É"]);
    assert_eq!(matched(Contains("REFERRAL"), false).await, ["NEW_REFERRAL", "REFERRAL", "REFERRAL_ACK"]);
    assert_eq!(matched(Contains("REFERRAL"), true).await, ["100%", "referral", "É"]);
    assert_eq!(matched(Contains("%"), false).await, ["100%"]);
    assert_eq!(matched(Prefix("_"), false).await, [""; 0]);
    assert_eq!(matched(Prefix("É"), false).await, ["É"]);
    assert_eq!(matched(Contains(""), false).await.len(), 6);
    assert_eq!(matched(Prefix(""), true).await.len(), 0);
}

pub(crate) async fn use_is_summed_and_the_oldest_is_found(place: &Place) {
    let parcels = place.open().await.parcels();
    for (id, bytes, state) in [("a", MAX_PARCEL_BYTES, "arriving"), ("b", 5, "listed"), ("c", 7, "ended")] {
        let made = NewParcel { bytes, state: state.to_owned(), created_ms: bytes as i64, ..parcel(id) };
        parcels.insert(&made, &[], &[]).await.unwrap();
    }
    let here = ParcelFilter { mailbox: Some(MAILBOX), ..ParcelFilter::new(Side::Inbound) };
    let open = ParcelFilter { states: &["arriving", "listed"], ..here };
    assert_eq!(parcels.usage(&open).await.unwrap(), Usage { parcels: 2, bytes: MAX_PARCEL_BYTES + 5 });
    let theirs = ParcelFilter { partner: Some("UKX/GOV/00CD"), mailbox: None, ..here };
    assert_eq!(parcels.usage(&theirs).await.unwrap(), Usage { parcels: 3, bytes: MAX_PARCEL_BYTES + 12 });
    let nobodys = ParcelFilter { partner: Some("nobody"), ..here };
    assert_eq!(parcels.usage(&nobodys).await.unwrap(), Usage { parcels: 0, bytes: 0 });
    assert_eq!(parcels.oldest_uncollected(MAILBOX, &["listed", "ended"]).await.unwrap(), Some(5));
    assert_eq!(parcels.oldest_uncollected(MAILBOX, &["ended"]).await.unwrap(), Some(7));
    assert_eq!(parcels.oldest_uncollected("another", &["listed"]).await.unwrap(), None);
}

pub(crate) async fn what_expires_is_found_unless_it_is_held(place: &Place) {
    let parcels = place.open().await.parcels();
    for (id, expires_ms, state, hold) in [
        ("later", 300, "listed", false),
        ("second", 200, "listed", false),
        ("first", 100, "arriving", false),
        ("held", 50, "listed", true),
        ("ended", 50, "ended", false),
    ] {
        let made = NewParcel { expires_ms, hold, state: state.to_owned(), ..outbound(id, "") };
        parcels.insert(&made, &[], &[]).await.unwrap();
    }
    let open = ["arriving", "listed"];
    assert_eq!(ids(&parcels.expiring(300, &open, 10).await.unwrap()), ["first", "second"]);
    assert_eq!(ids(&parcels.expiring(301, &open, 2).await.unwrap()), ["first", "second"]);
    assert_eq!(ids(&parcels.expiring(301, &open, 10).await.unwrap()), ["first", "second", "later"]);
    assert_eq!(parcels.expiring(301, &open, 1).await.unwrap()[0].side, Side::Outbound);
    assert_eq!(parcels.expiring(301, &[], 10).await.unwrap(), []);
}
