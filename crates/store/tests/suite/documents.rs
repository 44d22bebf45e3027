//! Documents: revisions, lists, changes.

use packhorse_store::{Change, StoreError};

use crate::place::Place;

pub(crate) async fn a_document_is_written_read_and_changed_under_its_revision(place: &Place) {
    let store = place.open().await;
    let documents = store.documents();
    assert_eq!(documents.get("system", "a").await.unwrap(), None);
    let first = documents.insert_new("system", "a", 1, b"one").await.unwrap();
    assert_eq!(documents.insert_new("system", "a", 1, b"again").await, Err(StoreError::Conflict));
    let second = documents.put("system", "a", 2, b"two", Some(first)).await.unwrap();
    assert_eq!(documents.put("system", "a", 2, b"three", Some(first)).await, Err(StoreError::Conflict));
    let found = documents.get("system", "a").await.unwrap().unwrap();
    assert_eq!((found.revision, found.format, found.body.as_slice()), (second, 2, b"two".as_slice()));
    assert!(found.updated_ms > 1_700_000_000_000);
    assert_eq!(documents.delete("system", "a", Some(first)).await, Err(StoreError::Conflict));
    assert!(documents.delete("system", "a", Some(second)).await.unwrap());
    assert!(!documents.delete("system", "a", None).await.unwrap());
    assert_eq!(documents.get("system", "a").await.unwrap(), None);
    assert_eq!(documents.put("system", "a", 1, b"x", Some(second)).await, Err(StoreError::Conflict));
    documents.insert_new("system", "a", 1, b"back").await.unwrap();
    documents.put("system", "a", 1, b"whatever", None).await.unwrap();
}

pub(crate) async fn lists_go_by_key_and_page(place: &Place) {
    let store = place.open().await;
    let documents = store.documents();
    for key in ["b", "a/2", "B", "a/10", "é"] {
        documents.put("person", key, 1, key.as_bytes(), None).await.unwrap();
    }
    documents.put("another", "a", 1, b"", None).await.unwrap();
    let keys = async |after: &str, limit| -> Vec<String> {
        documents.list("person", after, limit).await.unwrap().into_iter().map(|document| document.key).collect()
    };
    assert_eq!(keys("", 100).await, ["B", "a/10", "a/2", "b", "é"]);
    assert_eq!(keys("a/10", 2).await, ["a/2", "b"]);
}

pub(crate) async fn changes_tell_what_to_read_again(place: &Place) {
    let store = place.open().await;
    let documents = store.documents();
    let start = documents.revision().await.unwrap();
    documents.put("k", "1", 1, b"", None).await.unwrap();
    let middle = documents.put("k", "2", 1, b"", None).await.unwrap();
    documents.put("k", "1", 1, b"new", None).await.unwrap();
    documents.delete("k", "2", None).await.unwrap();
    let end = documents.revision().await.unwrap();
    let change = |key: &str, revision, deleted| Change { kind: "k".to_owned(), key: key.to_owned(), revision, deleted };
    let expected = [change("1", end - 1, false), change("2", end, true)];
    assert_eq!(documents.changes_since(start).await.unwrap(), expected);
    assert_eq!(documents.changes_since(middle).await.unwrap(), expected);
    assert_eq!(documents.changes_since(end).await.unwrap(), []);
    // A change that was refused takes no number.
    documents.insert_new("k", "1", 1, b"").await.unwrap_err();
    assert_eq!(documents.revision().await.unwrap(), end);
}

pub(crate) async fn of_many_writers_of_one_revision_one_wins(place: &Place) {
    let store = place.open().await;
    let documents = store.documents();
    let revision = documents.insert_new("k", "contended", 1, b"").await.unwrap();
    let bodies: Vec<[u8; 1]> = (0..16).map(|writer| [writer]).collect();
    let writes = bodies.iter().map(|body| documents.put("k", "contended", 1, body, Some(revision)));
    let results = futures_util::future::join_all(writes).await;
    let winners: Vec<usize> = (0..16).filter(|writer| results[*writer].is_ok()).collect();
    assert_eq!(winners.len(), 1);
    assert!(results.iter().filter(|result| result.is_err()).all(|result| *result == Err(StoreError::Conflict)));
    let found = documents.get("k", "contended").await.unwrap().unwrap();
    assert_eq!(found.body, [winners[0] as u8]);
}
