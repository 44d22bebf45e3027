//! Lists of documents: their order, their pages, what they are chosen and found by.

use std::collections::BTreeSet;

use packhorse_store::{Documents, Listing, Order, Search};

use crate::place::Place;

fn listing(place: i64, tags: &[&str], text: &str) -> Listing {
    let tags = tags.iter().map(|&tag| tag.to_owned()).collect::<BTreeSet<_>>();
    Listing { version: 1, place, tags, text: text.to_owned() }
}

async fn keep(documents: &Documents, key: &str, listing: &Listing) {
    documents.put_listed(("case", key), 1, key.as_bytes(), None, listing).await.unwrap();
}

async fn found(documents: &Documents, search: &Search<'_>) -> Vec<String> {
    let page = documents.find(search, Order::Descending, None, 100).await.unwrap().unwrap();
    assert_eq!(documents.count(search).await.unwrap(), page.documents.len() as u64);
    page.documents.into_iter().map(|document| document.key).collect()
}

fn every() -> Search<'static> {
    Search::every("case")
}

pub(crate) async fn a_list_goes_by_place_and_is_read_page_by_page(place: &Place) {
    let store = place.open().await;
    let documents = store.documents();
    for (key, place) in [("b", 20), ("a", 20), ("c", 10), ("d", 30), ("B", 20)] {
        keep(&documents, key, &listing(place, &[], "")).await;
    }
    documents.put("case", "unlisted", 1, b"", None).await.unwrap();
    assert_eq!(found(&documents, &every()).await, ["d", "b", "a", "B", "c"]);
    for (order, expected) in
        [(Order::Ascending, ["c", "B", "a", "b", "d"]), (Order::Descending, ["d", "b", "a", "B", "c"])]
    {
        let (mut read, mut after) = (Vec::new(), None);
        loop {
            let page = documents.find(&every(), order, after.as_deref(), 2).await.unwrap().unwrap();
            read.extend(page.documents.into_iter().map(|document| document.key));
            assert_eq!(page.more, read.len() < 5);
            if !page.more {
                break;
            }
            after = read.last().cloned();
        }
        assert_eq!(read, expected);
    }
    assert_eq!(found(&documents, &every().within(10..21)).await, ["b", "a", "B", "c"]);
    assert_eq!(documents.find(&every(), Order::Ascending, Some("nobody"), 2).await.unwrap(), None);
}

pub(crate) async fn a_list_is_chosen_by_tags_and_searched_by_the_beginnings_of_words(place: &Place) {
    let store = place.open().await;
    let documents = store.documents();
    keep(&documents, "1", &listing(1, &["open", "by=ann"], "A Laptop left on the train")).await;
    keep(&documents, "2", &listing(2, &["open", "by=bob"], "A letter; the laptop's bag. ÄRGER")).await;
    keep(&documents, "3", &listing(3, &["closed", "by=ann"], "Lapland letters 07-11")).await;
    assert_eq!(found(&documents, &every().tagged("open")).await, ["2", "1"]);
    assert_eq!(found(&documents, &every().tagged("open").tagged("by=ann")).await, ["1"]);
    assert_eq!(found(&documents, &every().tagged("ope")).await, [""; 0], "a tag is whole");
    assert_eq!(found(&documents, &every().saying("LAP")).await, ["3", "2", "1"]);
    assert_eq!(found(&documents, &every().saying("laptop letter")).await, ["2"]);
    assert_eq!(found(&documents, &every().saying("ärg")).await, ["2"]);
    assert_eq!(found(&documents, &every().saying("11/07")).await, ["3"]);
    assert_eq!(found(&documents, &every().saying("aptop")).await, [""; 0], "a word is found from its beginning");
    assert_eq!(found(&documents, &every().saying("open")).await, [""; 0], "a tag is no word");
    assert_eq!(found(&documents, &every().tagged("by=ann").saying("lap").within(2..9)).await, ["3"]);
    for hostile in ["%", "'; DROP TABLE document_term; --", "\u{10ffff}", "~", "", "\0"] {
        documents.find(&every().saying(hostile).tagged("open"), Order::Ascending, None, 5).await.unwrap();
    }
}

pub(crate) async fn a_change_moves_a_document_in_its_lists_and_a_deletion_takes_it_out(place: &Place) {
    let store = place.open().await;
    let documents = store.documents();
    let open = listing(1, &["open"], "flood");
    let revision = documents.put_listed(("case", "1"), 1, b"a", Some(0), &open).await.unwrap();
    assert!(documents.put_listed(("case", "1"), 1, b"a", Some(0), &open).await.is_err(), "it is there already");
    let closed = listing(5, &["closed"], "fire");
    assert!(documents.put_listed(("case", "1"), 1, b"b", Some(revision + 9), &closed).await.is_err());
    assert_eq!(found(&documents, &every().tagged("open")).await, ["1"], "a change that was refused lists nothing");
    documents.put_listed(("case", "1"), 1, b"b", Some(revision), &closed).await.unwrap();
    assert_eq!(found(&documents, &every().tagged("open")).await, [""; 0]);
    assert_eq!(found(&documents, &every().tagged("closed").saying("fire")).await, ["1"]);
    assert_eq!(found(&documents, &every().saying("flood")).await, [""; 0]);
    documents.delete("case", "1", None).await.unwrap();
    assert_eq!(found(&documents, &every()).await, [""; 0]);
}

pub(crate) async fn documents_from_before_there_were_lists_are_listed_once_and_anew_by_another_rule(place: &Place) {
    let store = place.open().await;
    let documents = store.documents();
    for key in ["1", "2"] {
        documents.put("case", key, 1, key.as_bytes(), None).await.unwrap();
    }
    keep(&documents, "3", &listing(3, &[], "")).await;
    let before = documents.unlisted("case", 1).await.unwrap();
    assert_eq!(before.iter().map(|document| document.key.as_str()).collect::<Vec<_>>(), ["1", "2"]);
    // One of them changes while they are looked through.
    keep(&documents, "2", &listing(2, &["new"], "")).await;
    for document in &before {
        documents.enlist(document, &listing(9, &["old"], "")).await.unwrap();
    }
    assert_eq!(found(&documents, &every()).await, ["1", "3", "2"]);
    assert_eq!(found(&documents, &every().tagged("old")).await, ["1"]);
    assert!(documents.unlisted("case", 1).await.unwrap().is_empty());
    let revision = documents.revision().await.unwrap();
    assert_eq!(documents.unlisted("case", 2).await.unwrap().len(), 3);
    for document in documents.unlisted("case", 2).await.unwrap() {
        documents.enlist(&document, &Listing { version: 2, ..listing(1, &[], "") }).await.unwrap();
    }
    assert_eq!(found(&documents, &every().tagged("new")).await, [""; 0]);
    assert!(documents.unlisted("case", 2).await.unwrap().is_empty());
    assert_eq!(documents.revision().await.unwrap(), revision, "listing is no change of a document");
}
