//! How parcels end: taken back before and after they were collected, expired, extended, declined, kept by a legal hold.

use std::path::Path;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::desk::Desk;
use crate::network::until;
use crate::officer::{Officer, verify};

#[test]
fn a_parcel_that_is_taken_back_is_destroyed_unless_somebody_has_it() {
    let desk = Desk::open();
    let (sender, recipient) = (Officer::sender(&desk), Officer::recipient(&desk));
    let reason = ["--reason", "sent to the wrong team"];

    // Uncollected: the recipient destroys it and says so.
    let parcel = desk.dispatch(&[("a.txt", b"one")]);
    desk.until_sender_sees(&parcel, "delivered");
    sender.must(&[&["recall", &parcel], &reason[..]].concat());
    desk.until_sender_sees(&parcel, "recalled");
    assert_eq!(desk.events(&parcel), ["accepted", "delivered", "recall-asked", "recalled"]);
    assert_eq!(desk.receive("GET", &format!("/{parcel}/files/0"), &[], b"").status, 410);
    let late = recipient.refused(&["acknowledge", &parcel]);
    assert!(late.contains("the parcel is recalled"), "{late}");
    holds(&sender, &desk, &parcel);

    // Collected: the recipient is asked, and deletes.
    let parcel = desk.dispatch(&[("b.txt", b"two")]);
    desk.until_listed(&parcel);
    recipient.must(&["fetch", &parcel]);
    desk.until_sender_sees(&parcel, "collected");
    sender.must(&[&["recall", &parcel], &reason[..]].concat());
    until("the recipient reads that it is asked", || {
        recipient.must(&["track", &parcel]).contains("recall-asked (sent to the wrong team)")
    });
    recipient.must(&["deleted", &parcel]);
    until("the sender reads that it is deleted", || desk.events(&parcel).ends_with(&["deleted".to_owned()]));
    assert_eq!(desk.receive("GET", &format!("/{parcel}/files/0"), &[], b"").status, 410);
    holds(&sender, &desk, &parcel);

    // Not delivered yet: it never leaves.
    desk.recipient().stop();
    let parcel = desk.dispatch(&[("c.txt", b"three")]);
    desk.until_sender_sees(&parcel, "sealed");
    sender.must(&[&["recall", &parcel], &reason[..]].concat());
    assert_eq!(desk.track(&parcel)["state"], "recalled");
    desk.recipient().start();
    std::thread::sleep(Duration::from_secs(3));
    assert_eq!(desk.receive("GET", &format!("/{parcel}"), &[], b"").status, 404);
    holds(&sender, &desk, &parcel);
    assert!(sender.refused(&["recall", &parcel, "--reason", "again"]).contains("the parcel is recalled"));
    assert!(!sender.types(&["recall", &parcel]).status.success(), "a reason is needed");
}

/// Its receipt is believed by who hands it out.
fn holds(officer: &Officer, desk: &Desk, parcel: &str) {
    let file = officer.path(&format!("{parcel}.json"));
    officer.must(&["receipt", parcel, "--output", file.to_str().unwrap()]);
    let judged = verify(desk.sender(), &file);
    assert!(judged.status.success(), "{}", String::from_utf8_lossy(&judged.stdout));
}

#[test]
fn what_nobody_collects_expires_on_both_sides_and_time_can_be_given() {
    let desk = Desk::open();
    let (sender, recipient) = (Officer::sender(&desk), Officer::recipient(&desk));
    sender.write("a.txt", b"one");
    let send = ["send", "--to", "PH/LOC/borough/main", "--workflow", "REPORT", "--yes", "a.txt", "--expires"];
    let sends = |expires: &str, again: &[&str]| {
        let sent = sender.json(&[&send[..], &[expires], again].concat());
        sent["parcels"][0]["parcel"].as_str().unwrap().to_owned()
    };
    // Delivered, not collected.
    let (short, long) = (sends("6s", &[]), sends("7s", &[]));
    desk.until_sender_sees(&short, "delivered");
    desk.until_sender_sees(&long, "delivered");
    sender.must(&["extend", &long, "--until", "1d"]);
    desk.until_sender_sees(&short, "expired");
    assert_eq!(desk.receive("GET", &format!("/{short}/files/0"), &[], b"").status, 410);
    holds(&sender, &desk, &short);
    // Its first end is past, and it is there.
    std::thread::sleep(Duration::from_secs(3));
    assert_eq!(desk.receive("GET", &format!("/{long}/files/0"), &[], b"").status, 200);
    assert!(recipient.must(&["track", &long]).contains("extended until"));
    for wrong in ["1s", "200d"] {
        let said = sender.refused(&["extend", &long, "--until", wrong]);
        assert!(said.contains("at most 90 days"), "{said}");
    }
    // Never delivered: the recipient was down for all of its time.
    desk.recipient().stop();
    let never = sends("3s", &["--again"]);
    desk.until_sender_sees(&never, "undeliverable");
    until("its content is gone", || desk.track(&never)["cover"].is_null());
    holds(&sender, &desk, &never);
    for wrong in [Timestamp::now(), Timestamp::now() + SignedDuration::from_hours(24 * 91)] {
        let new = json!({"to": [crate::desk::TO], "expires_at": wrong, "files": []});
        let refused = desk.send("POST", "", &[("content-type", "application/json")], new.to_string().as_bytes());
        assert_eq!(refused.status, 422, "{}", refused.text());
    }
}

#[test]
fn what_is_begun_and_never_sent_goes_when_its_time_is_up() {
    let desk = Desk::open();
    let end = Timestamp::now() + SignedDuration::from_secs(5);
    let new = json!({"to": [crate::desk::TO], "expires_at": end, "files": [{"name": "a.txt", "size": 8}]});
    let opened = desk.send("POST", "", &[("content-type", "application/json")], new.to_string().as_bytes());
    let draft = opened.json()["parcels"][0]["parcel"].as_str().unwrap().to_owned();
    desk.upload(&draft, 0, 0, b"invented");
    let staged = desk.sender().dir.join("data/objects/parcels/out");
    assert!(holds_files(&staged));
    until("the draft is gone", || desk.send("GET", &format!("/{draft}"), &[], b"").status == 404);
    assert!(!holds_files(&staged));
    assert_eq!(desk.send("POST", &format!("/{draft}/send"), &[], b"").status, 404);
}

fn holds_files(folder: &Path) -> bool {
    std::fs::read_dir(folder).is_ok_and(|mut entries| {
        entries.any(|entry| entry.is_ok_and(|entry| entry.path().is_file() || holds_files(&entry.path())))
    })
}

#[test]
fn a_legal_hold_keeps_what_would_go_until_it_is_lifted() {
    let desk = Desk::open();
    let (sender, recipient) = (Officer::sender(&desk), Officer::recipient(&desk));
    let parcel = desk.dispatch(&[("a.txt", b"one")]);
    desk.until_sender_sees(&parcel, "delivered");
    for officer in [&sender, &recipient] {
        officer.must(&["hold", &parcel]);
    }
    recipient.must(&["decline", &parcel, "--reason", "not our case"]);
    desk.until_sender_sees(&parcel, "declined");
    assert!(sender.must(&["track", &parcel]).contains("declined (not our case) by officer-1"));
    for side in [
        desk.receive("GET", &format!("/{parcel}/files/0"), &[], b""),
        desk.send("GET", &format!("/{parcel}/files/0"), &[], b""),
    ] {
        assert_eq!((side.status, side.body.as_slice()), (200, b"one".as_slice()));
    }
    for officer in [&sender, &recipient] {
        officer.must(&["unhold", &parcel]);
    }
    for side in [
        desk.receive("GET", &format!("/{parcel}/files/0"), &[], b""),
        desk.send("GET", &format!("/{parcel}/files/0"), &[], b""),
    ] {
        assert_eq!(side.status, 410);
    }
    holds(&sender, &desk, &parcel);
}
