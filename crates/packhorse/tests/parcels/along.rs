//! Small parcels that travel in one exchange: each counts, is decided and ends as if it had come by itself, and what is
//! wrong with one harms no other.

use http::StatusCode;
use packhorse_model::parcel::ParcelEvent;
use serde_json::{Value, json};

use crate::desk::{Desk, TO, grant};
use crate::forge::{Hostile, Made};
use crate::network::http::ask;
use crate::network::{Network, ok, until, until_within};
use crate::officer::{Officer, verify};

fn made(hostile: &Hostile, number: usize) -> Made {
    let content = format!("invented {number}");
    hostile.make(&[("note.txt", content.as_bytes())])
}

/// The parcels that an answer says were taken, in the order of `made`; whether each is said to be delivered.
fn taken(answer: &Value, made: &[Made]) -> Vec<Option<bool>> {
    let along = answer["along"].as_array().cloned().unwrap_or_default();
    let delivered = |one: &Value| {
        let events = one["statements"].as_array().cloned().unwrap_or_default();
        events.iter().any(|signed| signed["statement"]["what"]["event"] == "delivered")
    };
    let of = |made: &Made| along.iter().find(|one| one["parcel"] == made.parcel.as_str()).map(delivered);
    made.iter().map(of).collect()
}

/// How many parcels lie in the recipient's mailbox.
fn in_mailbox(desk: &Desk) -> usize {
    desk.receive("GET", "?box=in", &[], b"").json()["parcels"].as_array().unwrap().len()
}

#[test]
fn small_parcels_wait_together_arrive_once_and_each_has_a_receipt_of_its_own() {
    let desk = Desk::open();
    desk.recipient().stop();
    let parcels: Vec<String> =
        (0..12).map(|number| desk.dispatch(&[("note.txt", format!("invented {number}").as_bytes())])).collect();
    for parcel in &parcels {
        until("the sender reads why it waits", || desk.track(parcel)["waiting_for"].is_string());
    }
    desk.recipient().start();
    for (number, parcel) in parcels.iter().enumerate() {
        let waited = std::time::Duration::from_secs(90);
        until_within(waited, "it is delivered", || desk.track(parcel)["state"] == "delivered");
        let fetched = desk.receive("GET", &format!("/{parcel}/files/0"), &[], b"");
        assert_eq!(fetched.text(), format!("invented {number}"));
        assert_eq!(desk.receive("POST", &format!("/{parcel}/acknowledge"), &[], b"").status, 204);
    }
    for parcel in &parcels {
        desk.until_sender_sees(parcel, "acknowledged");
        assert_eq!(desk.events(parcel), ["accepted", "delivered", "acknowledged"]);
    }
    // In fewer exchanges than there are parcels: most came along with another.
    let metrics = ask(desk.recipient().inside, "GET", "/metrics", &[], b"").text();
    let offers = metrics.lines().find_map(|line| {
        let of_offers = line.starts_with("packhorse_exchanges_total") && line.contains("kind=\"parcel\"");
        line.rsplit_once(' ').filter(|_| of_offers && line.contains("outcome=\"answered\""))?.1.parse::<usize>().ok()
    });
    assert!(offers.is_some_and(|offers| offers <= parcels.len() / 2), "{offers:?}");
    for (officer, name) in [(Officer::sender(&desk), "sent.json"), (Officer::recipient(&desk), "received.json")] {
        let file = officer.path(name);
        officer.must(&["receipt", &parcels[7], "--output", file.to_str().unwrap()]);
        ok(verify(desk.sender(), &file));
    }
}

#[test]
fn what_is_wrong_with_one_harms_no_other_and_is_refused_by_itself() {
    let desk = Desk::open();
    let hostile = Hostile::at(&desk);
    let first = made(&hostile, 0);
    let good = [made(&hostile, 1), made(&hostile, 2)];
    let plain = |made: &Made| hostile.whole(made);
    // The object is another than its digest says; the acceptance is another parcel's; it has expired; it breaks the form.
    let mut other_object = made(&hostile, 3);
    other_object.objects[0] = vec![7; other_object.objects[0].len()].into();
    let mut other_word = made(&hostile, 4);
    other_word.accepted.clone_from(&good[0].accepted);
    let mut expired = made(&hostile, 5);
    expired.offer["expires_at"] = json!("2020-01-01T00:00:00Z");
    let mut form = made(&hostile, 6);
    form.offer["version"] = json!(9);
    // What it says of itself is true, but for its manifest.
    let lying = hostile.make_altered(
        &[("note.txt", b"invented")],
        |manifest| manifest["marking"] = json!("official-sensitive"),
        |_| {},
    );
    let wrong = [other_object, other_word, expired, form];
    let along: Vec<String> = wrong.iter().chain(&good).chain([&lying]).map(plain).collect();
    let answer = hostile.offers_along(&first, &along);
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.body);
    let said: Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(said["missing"], json!([]));
    assert_eq!(said["statements"][0]["statement"]["what"]["event"], "delivered");
    assert_eq!(taken(&said, &good), [Some(true), Some(true)]);
    assert_eq!(taken(&said, &wrong), [None; 4], "nothing is said of why");
    assert_eq!(hostile.stands(&lying.parcel).0, "declined");
    for parcel in [&first, &good[0], &good[1]] {
        assert_eq!(hostile.stands(&parcel.parcel).0, "delivered");
    }
    assert_eq!(in_mailbox(&desk), 3);
    // By itself each is told, signed, what is wrong.
    for (made, rule) in wrong.iter().zip(["digest", "parcel", "parcel", "parcel"]) {
        let answer = hostile.peer_offers(made, plain(made));
        assert_eq!((answer.status, answer.rule().as_str()), (StatusCode::FORBIDDEN, rule), "{}", answer.body);
        answer.verify(&hostile.peer).unwrap();
        assert_eq!(desk.receive("GET", &format!("/{}", made.parcel), &[], b"").status, 404);
    }
    // The same again, because the answer was lost: the same answer, and nothing twice.
    let again: Value = serde_json::from_str(&hostile.offers_along(&first, &along).body).unwrap();
    assert_eq!(again["statements"], said["statements"]);
    assert_eq!(taken(&again, &good), [Some(true), Some(true)]);
    assert_eq!(in_mailbox(&desk), 3);
}

#[test]
fn too_many_along_twice_the_same_or_one_with_others_along_are_refused_as_a_whole() {
    let desk = Desk::open();
    let hostile = Hostile::at(&desk);
    let first = made(&hostile, 0);
    let one = hostile.whole(&made(&hostile, 1));
    let nested = format!("{},\"along\":[{}]}}", &one[..one.len() - 1], hostile.whole(&made(&hostile, 2)));
    let mut without = made(&hostile, 3).offer;
    without["statements"] = json!([]);
    let many: Vec<String> = (0..32).map(|number| hostile.whole(&made(&hostile, number))).collect();
    let itself = hostile.whole(&first);
    for (what, along) in [
        ("too many", many),
        ("twice", vec![one.clone(), one.clone()]),
        ("itself", vec![itself]),
        ("nested", vec![nested]),
        ("without its object", vec![without.to_string()]),
    ] {
        let answer = hostile.offers_along(&first, &along);
        assert_eq!(
            (answer.status, answer.rule().as_str()),
            (StatusCode::FORBIDDEN, "parcel"),
            "{what}: {}",
            answer.body
        );
        assert!(answer.body.contains("along"), "{what}: {}", answer.body);
    }
    assert_eq!(in_mailbox(&desk), 0);
}

#[test]
fn each_parcel_along_is_a_use_of_its_own_and_beyond_the_days_allowance_none_is_taken() {
    let desk = Desk::under(Network::start(), &format!("{}per_day = 3\n", grant(TO, "PH/GOV/agency/main")));
    let hostile = Hostile::at(&desk);
    let all: Vec<Made> = (0..6).map(|number| made(&hostile, number)).collect();
    let along: Vec<String> = all[1..].iter().map(|made| hostile.whole(made)).collect();
    let said: Value = serde_json::from_str(&hostile.offers_along(&all[0], &along).body).unwrap();
    // They are decided side by side: which two are first is nobody's promise.
    let first = taken(&said, &all[1..]);
    assert_eq!(first.iter().flatten().count(), 2);
    let left_out = first.iter().position(Option::is_none).unwrap();
    let again = || hostile.peer_offers(&all[left_out + 1], along[left_out].clone());
    // Those that are known are no further use.
    let said: Value = serde_json::from_str(&hostile.offers_along(&all[0], &along).body).unwrap();
    assert_eq!(taken(&said, &all[1..]), first);
    assert_eq!(again().rule(), "rate");
    assert_eq!(in_mailbox(&desk), 3);
    // What is counted outlives a restart: it stands beside the record.
    desk.recipient().stop();
    desk.recipient().start();
    assert_eq!(again().rule(), "rate");
}

#[test]
fn who_takes_back_a_parcel_whose_delivery_it_has_not_heard_of_is_told_again() {
    let desk = Desk::open();
    let hostile = Hostile::at(&desk);
    let sent = made(&hostile, 0);
    assert_eq!(hostile.peer_offers(&sent, hostile.whole(&sent)).status, StatusCode::ACCEPTED);
    let digest = sent.offer["manifest_digest"].as_str().unwrap();
    let recall = ParcelEvent::RecallAsked { reason: "sent twice".to_owned() };
    assert_eq!(hostile.tells(&hostile.says(&sent.parcel, Some(digest), recall, |_| {})), "");
    assert_eq!(hostile.stands(&sent.parcel).0, "recalled");
    let path = format!("/{}", sent.parcel);
    let shown = desk.receive("GET", &path, &[], b"").json();
    let events: Vec<&Value> =
        shown["statements"].as_array().unwrap().iter().map(|signed| &signed["statement"]["what"]["event"]).collect();
    assert_eq!(events, ["accepted", "delivered", "recall-asked", "recalled"]);
    // Its content is gone with it.
    assert_ne!(desk.receive("GET", &format!("{path}/files/0"), &[], b"").status, 200);
}
