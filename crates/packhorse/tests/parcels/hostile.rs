//! A member that signs whatever it likes: pieces that are not those it offered, manifests that lie, other bodies' words.
//! Beside the refusals stands the same parcel unaltered, which is delivered.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{Method, StatusCode};
use jiff::{SignedDuration, Timestamp};
use packhorse_keys::{Algorithm, SealingKey, SoftwareKey};
use packhorse_model::ExchangeId;
use packhorse_model::parcel::{ParcelEvent, ParcelStatement};
use serde_json::{Value, json};

use crate::desk::Desk;
use crate::forge::{Hostile, Made, digests};
use crate::network::until;
use crate::peer::Peer;

#[test]
fn a_manifest_that_lies_brings_nothing_into_the_mailbox() {
    let desk = Desk::open();
    let hostile = Hostile::at(&desk);
    let files: [(&str, &[u8]); 2] = [("report.pdf", b"%PDF invented"), ("b.txt", b"more")];
    assert_eq!(hostile.delivers(&hostile.make(&files)).0, "delivered", "the parcel unaltered");

    let wrong_digest = STANDARD.encode([0; 32]);
    let many: Vec<Value> =
        (0..10_001).map(|n| json!({"name": format!("f{n}"), "size": 0, "sha256": wrong_digest})).collect();
    let long = "a".repeat(256);
    let form = "its manifest breaks the form";
    let lies: Vec<(&str, &str, Value)> = vec![
        ("its archive is not", "/files/0/size", json!(5)),
        ("its size is not", "/files/0/size", json!(1u64 << 40)),
        ("a file is not the one", "/files/1/sha256", json!(wrong_digest)),
        ("it is for somebody else", "/to/0/parcel", json!(ExchangeId::random())),
        ("another mailbox, workflow", "/to/0/service", json!("PH/LOC/borough/main/OTHER")),
        ("another mailbox, workflow", "/to/0/agreement", json!("keepers")),
        ("names another sender", "/from", json!("PH/GOV/agency/a%2Fb")),
        ("marking or expiry", "/marking", json!("official-sensitive")),
        ("marking or expiry", "/expires_at", json!("2099-01-01T00:00:00Z")),
        (form, "/marking", json!("secret")),
        (form, "/version", json!(2)),
        (form, "/files", json!([])),
        (form, "/files", json!(many)),
        (form, "/files/0/size", json!(u64::MAX)),
        (form, "/files/1/name", json!("REPORT.PDF")),
        (form, "/files/1/name", json!("report.pdf/b")),
        (form, "/files/0/name", json!("../../etc/cron.d/evil")),
        (form, "/files/0/name", json!("/etc/passwd")),
        (form, "/files/0/name", json!("C:\\autoexec.bat")),
        (form, "/files/0/name", json!("aux.txt")),
        (form, "/files/0/name", json!(long)),
        (form, "/files/0/name", json!("a\u{202e}fdp.exe")),
        (form, "/files/0/name", json!("packhorse-manifest.json")),
    ];
    for (reason, pointer, lie) in lies {
        let made =
            hostile.make_altered(&files, |manifest| *manifest.pointer_mut(pointer).unwrap() = lie.clone(), |_| {});
        let (state, said) = hostile.delivers(&made);
        assert!(state == "declined" && said.contains(reason), "{pointer} {reason}: {state} {said}");
    }
    let listed = desk.receive("GET", "?box=in", &[], b"").json();
    assert_eq!(listed["parcels"].as_array().unwrap().len(), 1, "only the parcel unaltered");

    bytes_that_do_not_follow_from_the_manifest(&hostile, &files);
    offers_that_cannot_be_are_refused_before_anything_is_taken(&hostile, &files);
}

fn bytes_that_do_not_follow_from_the_manifest(hostile: &Hostile, files: &[(&str, &[u8])]) {
    // The name in the archive's own header; padding; the end.
    for at in [3, 1, 2] {
        let flip = |archive: &mut Vec<u8>| {
            let at = archive.len() / at - 1;
            archive[at] ^= 1;
        };
        let (state, said) = hostile.delivers(&hostile.make_altered(files, |_| {}, flip));
        assert!(state == "declined", "{state} {said}");
    }
    // What is offered is not what is sealed.
    let mut other = hostile.make(files);
    other.offer["manifest_digest"] = json!(STANDARD.encode([1; 32]));
    let offered = hostile.offers(&other);
    assert_eq!(offered.rule(), "parcel", "its acceptance names the other manifest: {}", offered.body);
    // Sealed to somebody else.
    let stranger = Hostile {
        desk: hostile.desk,
        peer: Peer::between(&hostile.desk.network, hostile.desk.sender(), hostile.desk.recipient(), "reports"),
        recipient: SealingKey::generate().unwrap().recipient(),
    };
    let (state, said) = hostile.delivers(&stranger.make(files));
    assert!(state == "declined" && said.contains("does not open"), "{state} {said}");
    // Whole pieces in another order, with digests to fit.
    let large = vec![5; 17 << 20];
    let mut swapped = hostile.make(&[("large.bin", &large)]);
    swapped.objects.swap(0, 1);
    swapped.offer["chunks"] = json!(digests(&swapped.objects));
    let (state, said) = hostile.delivers(&swapped);
    assert!(state == "declined" && said.contains("does not open"), "{state} {said}");
}

fn offers_that_cannot_be_are_refused_before_anything_is_taken(hostile: &Hostile, files: &[(&str, &[u8])]) {
    let made = hostile.make(files);
    let refused = |rule: &str, pointer: &str, lie: Value| {
        let mut made = made.clone();
        *made.offer.pointer_mut(pointer).unwrap() = lie;
        let answer = hostile.offers(&made);
        assert_eq!(
            (answer.status, answer.rule().as_str()),
            (StatusCode::FORBIDDEN, rule),
            "{pointer}: {}",
            answer.body
        );
    };
    refused("parcel", "/size", json!(1u64 << 50));
    refused("parcel", "/size", json!(20 << 20));
    refused("parcel", "/chunks", json!([]));
    refused("parcel", "/chunks/0", json!("short"));
    refused("parcel", "/version", json!(9));
    refused("parcel", "/parcel", json!(ExchangeId::random()));
    refused("parcel", "/expires_at", json!("2020-01-01T00:00:00Z"));
    refused("parcel", "/expires_at", json!("2099-01-01T00:00:00Z"));
    refused("parcel", "/statements", json!([]));
    refused("parcel", "/manifest", json!(5));
    // Another body's acceptance, and one of another parcel.
    let other = hostile.make(files);
    let answer = hostile.offers(&Made { accepted: other.accepted, ..made.clone() });
    assert_eq!(answer.rule(), "parcel", "{}", answer.body);
    // To a mailbox that is none, and for a workflow that nobody agreed on.
    assert_ne!(hostile.offers_to("PH/LOC/borough/plain/REPORT", &made).status, StatusCode::ACCEPTED);
    assert_eq!(hostile.offers_to("PH/LOC/borough/main/OTHER", &made).rule(), "operation");
    // As many names as an offer cannot hold.
    let name = |n: usize| json!({"name": format!("file-{n}"), "size": 0, "sha256": STANDARD.encode([0; 32])});
    let many: Vec<Value> = (0..100_000).map(name).collect();
    let huge = hostile.make_altered(files, |manifest| manifest["files"] = json!(many), |_| {});
    let answer = hostile.offers(&huge);
    assert_ne!(answer.status, StatusCode::ACCEPTED, "{}", answer.body);
    // None of them is known.
    assert_eq!(hostile.puts(&made.parcel, 0, made.objects[0].clone()), StatusCode::NOT_FOUND);
    // Unaltered it is taken; another one under its id is not.
    assert_eq!(hostile.delivers(&made).0, "delivered");
    let mut usurper = hostile.make(files);
    usurper.offer["parcel"] = json!(made.parcel);
    let digest = usurper.offer["manifest_digest"].as_str().unwrap().to_owned();
    usurper.accepted = hostile.says(&made.parcel, Some(&digest), ParcelEvent::Accepted, |_| {});
    usurper.parcel.clone_from(&made.parcel);
    let answer = hostile.offers(&usurper);
    assert!(answer.rule() == "parcel" && answer.body.contains("another parcel"), "{}", answer.body);
}

#[test]
fn a_piece_counts_only_if_it_is_the_one_that_was_offered() {
    let desk = Desk::open();
    let hostile = Hostile::at(&desk);
    let content: Vec<u8> = (0..17u32 << 20).map(|n| (n % 253) as u8).collect();
    let made = hostile.make(&[("large.bin", &content)]);
    let offered = hostile.offers(&made);
    assert_eq!(offered.body, r#"{"missing":[0,1,2]}"#);
    let whole = made.objects[0].clone();
    let mut flipped = whole.to_vec();
    flipped[4_000_000] ^= 1;
    let mut longer = whole.to_vec();
    longer.push(0);
    for (what, index, bytes) in [
        ("truncated", 0, whole.slice(..whole.len() - 1)),
        ("empty", 0, Bytes::new()),
        ("flipped", 0, flipped.into()),
        ("oversized", 0, longer.into()),
        ("far oversized", 2, vec![0; 20 << 20].into()),
        ("another's place", 1, whole.clone()),
        ("beyond the last", 3, whole.clone()),
        ("far beyond", 4_000_000_000, whole.clone()),
    ] {
        let status = hostile.puts(&made.parcel, index, bytes);
        assert!(status.is_client_error(), "{what}: {status}");
    }
    let missing = hostile.completes(&made.parcel);
    assert_eq!((missing.status, missing.body.as_str()), (StatusCode::CONFLICT, r#"{"missing":[0,1,2]}"#));
    // Nobody else's pieces, and no stranger's.
    let path = format!("/parcels/{}/chunks/0", made.parcel);
    let own = packhorse_keys::TlsIdentity::load(&desk.recipient().dir.join("keys/tls-1.key")).unwrap();
    let other = hostile.peer.bytes(Some(&own), Method::PUT, &path, whole.clone()).unwrap();
    assert_eq!(other.status, StatusCode::NOT_FOUND);
    let nobody = hostile.peer.bytes(None, Method::PUT, &path, whole.clone());
    assert!(nobody.is_none_or(|answer| answer.status == StatusCode::FORBIDDEN));
    // In any order, and twice.
    for index in [2, 0, 2, 0] {
        assert_eq!(hostile.puts(&made.parcel, index, made.objects[index].clone()), StatusCode::NO_CONTENT);
    }
    assert_eq!(hostile.completes(&made.parcel).body, r#"{"missing":[1]}"#);
    assert_eq!(hostile.offers(&made).body, r#"{"missing":[1]}"#);
    assert_eq!(hostile.puts(&made.parcel, 1, made.objects[1].clone()), StatusCode::NO_CONTENT);
    assert_eq!(hostile.completes(&made.parcel).status, StatusCode::NO_CONTENT);
    assert_eq!(hostile.stands(&made.parcel).0, "delivered");
    assert!(desk.receive("GET", &format!("/{}/files/0", made.parcel), &[], b"").body == content);
    // Offered once more, it is the same one, once.
    let again: Value = serde_json::from_str(&hostile.offers(&made).body).unwrap();
    assert_eq!(again["missing"], json!([]));
    assert_eq!(again["statements"][0]["statement"]["what"]["event"], "delivered");
    assert_eq!(desk.receive("GET", "?box=in", &[], b"").json()["parcels"].as_array().unwrap().len(), 1);
}

#[test]
fn a_sender_that_fell_before_saying_that_all_is_there_offers_again_and_has_nothing_to_bring() {
    let desk = Desk::open();
    let hostile = Hostile::at(&desk);
    let made = hostile.make(&[("large.bin", &[7; 9 << 20])]);
    assert_eq!(hostile.offers(&made).body, r#"{"missing":[0,1]}"#);
    for (index, object) in made.objects.iter().enumerate() {
        assert_eq!(hostile.puts(&made.parcel, index, object.clone()), StatusCode::NO_CONTENT);
    }
    assert_eq!(hostile.offers(&made).body, r#"{"missing":[]}"#);
    assert_eq!(hostile.stands(&made.parcel).0, "delivered");
    // Whoever did not hear it says so later, which does no harm.
    assert_eq!(hostile.completes(&made.parcel).status, StatusCode::NO_CONTENT);
    assert_eq!(hostile.stands(&made.parcel).0, "delivered");
}

#[test]
fn the_other_sides_word_and_a_strangers_change_nothing() {
    let desk = Desk::open();
    let hostile = Hostile::at(&desk);
    let made = hostile.make(&[("report.pdf", b"%PDF invented")]);
    assert_eq!(hostile.delivers(&made).0, "delivered");
    let digest = made.offer["manifest_digest"].as_str().unwrap().to_owned();
    let says = |what: ParcelEvent| hostile.says(&made.parcel, Some(&digest), what, |_| {});
    let told = |what: &str, statement: &str, flaw: &str| {
        let said = hostile.tells(statement);
        assert!(if flaw.is_empty() { said.is_empty() } else { said.contains(flaw) }, "{what}: {said}");
        assert_eq!(hostile.stands(&made.parcel).0, "delivered", "{what}");
        assert_eq!(desk.receive("GET", &format!("/{}/files/0", made.parcel), &[], b"").status, 200, "{what}");
    };
    let reason = || "we say so".to_owned();
    for what in [
        ParcelEvent::Delivered { scanned: true },
        ParcelEvent::Collected,
        ParcelEvent::Acknowledged,
        ParcelEvent::Declined { reason: reason() },
        ParcelEvent::Deleted,
    ] {
        told(what.word(), &says(what.clone()), "the other side's to say");
    }
    // The sender's, or either's: kept, and the mailbox stays its owner's.
    for what in [
        ParcelEvent::Undeliverable { reason: reason() },
        ParcelEvent::Expired,
        ParcelEvent::Recalled,
        ParcelEvent::Quarantined,
    ] {
        told(what.word(), &says(what.clone()), "");
    }
    for until in ["2020-01-01T00:00:00Z", "2099-01-01T00:00:00Z"] {
        let extended = says(ParcelEvent::Extended { until: until.parse().unwrap() });
        told("extended", &extended, "at most 90 days");
    }
    let altered = |alter: fn(&mut ParcelStatement)| {
        hostile.says(&made.parcel, Some(&digest), ParcelEvent::RecallAsked { reason: reason() }, alter)
    };
    told("another's name", &altered(|s| s.organisation = "PH/LOC/borough".parse().unwrap()), "no such parcel");
    told("a third body", &altered(|s| s.organisation = "PH/GOV/elsewhere".parse().unwrap()), "no such parcel");
    told("another parcel", &altered(|s| s.parcel = ExchangeId::random()), "no such parcel");
    told("another mailbox", &altered(|s| s.to = "PH/LOC/borough/plain/REPORT".parse().unwrap()), "no such parcel");
    told("another manifest", &altered(|s| s.manifest = Some(STANDARD.encode([3; 32]))), "its agreement or manifest");
    told("another agreement", &altered(|s| s.agreement = "keepers".parse().unwrap()), "its agreement or manifest");
    told("the future", &altered(|s| s.at = Timestamp::now() + SignedDuration::from_hours(1)), "dated in the future");
    told("before its key", &altered(|s| s.at = Timestamp::UNIX_EPOCH), "its key was not");
    let key = SoftwareKey::generate(Algorithm::Ed25519).unwrap();
    let forged =
        hostile.says_with(&key, &made.parcel, Some(&digest), ParcelEvent::RecallAsked { reason: reason() }, |_| {});
    told("a key of nobody's", &forged, "its key was not");
    let mended = says(ParcelEvent::RecallAsked { reason: reason() }).replace("we say so", "we say otherwise");
    told("altered behind the signature", &mended, "its signature is wrong");
    // The recipient says nothing wrong of it all, and can still answer.
    assert_eq!(desk.receive("POST", &format!("/{}/acknowledge", made.parcel), &[], b"").status, 204);
    // A request that is none.
    for body in ["", "{}", "[1]", &"[".repeat(10_000)] {
        assert_eq!(
            hostile.peer.plain(Method::POST, "/parcels/statements", body).unwrap().status,
            StatusCode::BAD_REQUEST
        );
    }
    until("the gateway is well", || desk.recipient().alive());
}
