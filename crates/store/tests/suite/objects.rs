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

pub(crate) async fn a_range_of_an_object_is_read(place: &Place) {
    let store = place.open().await;
    let objects = store.objects();
    objects.put("a/b", "0123456789".into()).await.unwrap();
    assert_eq!(objects.get_range("a/b", 0, 10).await.unwrap().unwrap(), "0123456789");
    assert_eq!(objects.get_range("a/b", 3, 4).await.unwrap().unwrap(), "3456");
    assert_eq!(objects.get_range("a/b", 8, u64::MAX).await.unwrap().unwrap(), "89");
    assert_eq!(objects.get_range("a/none", 0, 1).await.unwrap(), None);
    for (start, len) in [(10, 1), (0, 0), (u64::MAX, 1)] {
        assert!(matches!(objects.get_range("a/b", start, len).await, Err(StoreError::Objects { .. })), "{start}");
    }
}

pub(crate) async fn what_lies_below_a_prefix_is_measured_and_removed(place: &Place) {
    let store = place.open().await;
    let objects = store.objects();
    for number in 0..40 {
        objects.put(&format!("out/one/staged/{number}"), "12345".into()).await.unwrap();
    }
    objects.put("out/one-more/staged/0", "kept".into()).await.unwrap();
    objects.put("out/one/manifest", "m".into()).await.unwrap();
    assert_eq!(objects.size_below("out/one/staged").await.unwrap(), 200);
    assert_eq!(objects.size_below("out").await.unwrap(), 205);
    assert_eq!(objects.size_below("nothing/here").await.unwrap(), 0);
    assert_eq!(objects.delete_below("out/one/staged").await.unwrap(), 40);
    assert_eq!(objects.delete_below("out/one/staged").await.unwrap(), 0);
    assert_eq!(objects.list("out/one").await.unwrap(), ["out/one/manifest"]);
    assert!(!place.settings.data_dir.join("objects/out/one/staged").exists(), "no empty folder stays");
    assert_eq!(objects.delete_below("out/one").await.unwrap(), 1);
    assert_eq!(objects.list("").await.unwrap(), ["out/one-more/staged/0"]);
    for everything in ["", "/", ".."] {
        assert!(matches!(objects.delete_below(everything).await, Err(StoreError::Objects { .. })), "{everything}");
        assert!(matches!(objects.size_below(everything).await, Err(StoreError::Objects { .. })), "{everything}");
    }
}

pub(crate) async fn objects_come_beside_others_that_are_removed(place: &Place) {
    let store = place.open().await;
    let tasks = (0..8).map(|task| {
        let objects = store.objects().below("parcels").unwrap();
        tokio::spawn(async move {
            for number in 0..50 {
                let parcel = format!("out/{task}-{number}");
                objects.put(&format!("{parcel}/staged/0/0"), "x".into()).await.unwrap();
                assert_eq!(objects.delete_below(&parcel).await.unwrap(), 1);
            }
        })
    });
    for task in futures_util::future::join_all(tasks.collect::<Vec<_>>()).await {
        task.unwrap();
    }
    let left = std::fs::read_dir(place.settings.data_dir.join("objects/parcels/out")).unwrap();
    assert_eq!(left.count(), 0);
}

#[cfg(not(feature = "s3"))]
#[tokio::test]
async fn a_bucket_is_refused_with_the_reason_when_built_without_it() {
    let place = Place::sqlite();
    let url = Some("s3://bucket/prefix".to_owned());
    let refused = Store::open(&StoreSettings { objects_url: url, ..place.settings.clone() }).await;
    assert!(refused.unwrap_err().to_string().contains("built without it"));
}
