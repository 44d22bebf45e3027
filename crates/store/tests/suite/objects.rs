//! Objects: names, bounds, streams.

use futures_util::TryStreamExt;
use packhorse_store::{Store, StoreError, StoreSettings};

use crate::place::Place;

pub(crate) async fn objects_are_replaced_listed_bounded_and_removed(place: &Place) {
    let store = place.open().await;
    let objects = store.objects();
    assert_eq!(objects.get("a/b", 10).await.unwrap(), None);
    objects.put("a/b", "first".into()).await.unwrap();
    objects.put("a/b", "second".into()).await.unwrap();
    objects.put("a/c/d", "deep".into()).await.unwrap();
    assert_eq!(objects.get("a/b", 6).await.unwrap().unwrap(), "second");
    let refused = objects.get("a/b", 5).await;
    assert!(matches!(refused, Err(StoreError::TooLarge { bytes: 6, limit: 5, .. })));
    let pieces: Vec<_> = objects.stream("a/b").await.unwrap().unwrap().try_collect().await.unwrap();
    assert_eq!(pieces.concat(), b"second");
    let mut names = objects.list("a").await.unwrap();
    names.sort();
    assert_eq!(names, ["a/b", "a/c/d"]);
    assert_eq!(objects.below("a").unwrap().get("c/d", 10).await.unwrap().unwrap(), "deep");
    objects.delete("a/b").await.unwrap();
    objects.delete("a/b").await.unwrap();
    assert_eq!(objects.get("a/b", 10).await.unwrap(), None);
    for outside in ["../x", "a/../../x", "/etc//passwd", "a/./b"] {
        assert!(matches!(objects.get(outside, 10).await, Err(StoreError::Objects { .. })), "{outside}");
        assert!(matches!(objects.put(outside, "x".into()).await, Err(StoreError::Objects { .. })), "{outside}");
    }
}

#[cfg(not(feature = "s3"))]
#[tokio::test]
async fn a_bucket_is_refused_with_the_reason_when_built_without_it() {
    let place = Place::sqlite();
    let url = Some("s3://bucket/prefix".to_owned());
    let refused = Store::open(&StoreSettings { objects_url: url, ..place.settings.clone() }).await;
    assert!(refused.unwrap_err().to_string().contains("built without it"));
}
