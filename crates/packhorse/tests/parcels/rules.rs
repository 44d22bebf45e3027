//! Who may send what to whom: agreements, mailboxes, workflows, people, quotas, and the same request twice.

use serde_json::{Value, json};

use crate::desk::{Desk, TO};
use crate::network::http::Answer;
use crate::network::until;

const JSON: (&str, &str) = ("content-type", "application/json");

/// Opens a dispatch of one small file.
fn opens(desk: &Desk, to: &[&str], headers: &[(&str, &str)]) -> Answer {
    let new = json!({"to": to, "subject": "invented", "files": [{"name": "a.txt", "size": 3}]});
    desk.send("POST", "", &[&[JSON], headers].concat(), new.to_string().as_bytes())
}

fn parcels(answer: &Answer) -> Vec<String> {
    assert_eq!(answer.status, 201, "{}", answer.text());
    let all = answer.json()["parcels"].as_array().unwrap().clone();
    all.iter().map(|one| one["parcel"].as_str().unwrap().to_owned()).collect()
}

fn sends(desk: &Desk, parcel: &str, content: &[u8]) {
    desk.upload(parcel, 0, 0, content);
    let sent = desk.send("POST", &format!("/{parcel}/send"), &[], b"");
    assert_eq!(sent.status, 202, "{}", sent.text());
}

#[test]
fn one_dispatch_goes_to_several_recipients_each_with_its_own_receipt() {
    let desk = Desk::open();
    desk.network.grant("copies", "personal", &crate::desk::grant("PH/LOC/borough/plain/REPORT", "PH/GOV/agency/main"));
    desk.recipient().must(&["system", "mailbox", "plain"]);
    let key = desk.recipient().key("plain");
    let (to, case) = ([TO, "PH/LOC/borough/plain/REPORT"], [("idempotency-key", "case-1")]);
    let both = parcels(&opens(&desk, &to, &case));
    // The same key is the same dispatch, before and after it is sent, and no other.
    assert_eq!(parcels(&opens(&desk, &to, &case)), both);
    let other = opens(&desk, &[TO], &case);
    assert_eq!((other.status, other.json()["rule"].clone()), (422, "parcel".into()), "{}", other.text());
    sends(&desk, &both[0], b"abc");
    assert_eq!(parcels(&opens(&desk, &to, &case)), both);
    desk.until_sender_sees(&both[0], "delivered");
    desk.until_sender_sees(&both[1], "delivered");
    // Each has its own, and sees no other's.
    let plain = [("x-road-client", "PH/LOC/borough/plain"), ("packhorse-api-key", key.as_str())];
    let to_plain = |method: &str, path: &str| {
        crate::network::http::ask(desk.recipient().inside, method, &format!("/parcels{path}"), &plain, b"")
    };
    assert_eq!(to_plain("GET", &format!("/{}/files/0", both[1])).body, b"abc");
    assert_eq!(to_plain("GET", &format!("/{}", both[0])).status, 404);
    assert_eq!(to_plain("POST", &format!("/{}/acknowledge", both[0])).status, 404);
    assert_eq!(to_plain("POST", &format!("/{}/acknowledge", both[1])).status, 204);
    desk.until_sender_sees(&both[1], "acknowledged");
    // One has dealt with it, the other still can fetch it.
    assert_eq!(desk.track(&both[0])["state"], "delivered");
    assert_eq!(desk.receive("GET", &format!("/{}/files/0", both[0]), &[], b"").body, b"abc");
    for (parcel, count) in both.iter().zip([2, 3]) {
        let receipt = desk.send("GET", &format!("/{parcel}/receipt"), &[], b"").json();
        assert_eq!(receipt["receipts"].as_array().unwrap().len(), count);
    }
    // Named twice, or none at all.
    assert_eq!(opens(&desk, &[TO, TO], &[]).status, 422);
    assert_eq!(opens(&desk, &[], &[]).status, 422);
}

#[test]
fn nothing_is_taken_in_that_nobody_agreed_on_or_nobody_may() {
    let desk = Desk::open();
    let rule = |answer: &Answer| answer.json()["rule"].as_str().unwrap().to_owned();
    assert_eq!(rule(&opens(&desk, &["PH/LOC/borough/main/OTHER"], &[])), "no-agreement");
    assert_eq!(rule(&opens(&desk, &["PH/LOC/elsewhere/main/REPORT"], &[])), "unknown-member");
    let higher = json!({"to": [TO], "marking": "secret", "files": []});
    let higher = desk.send("POST", "", &[JSON], higher.to_string().as_bytes());
    assert_eq!(higher.status, 422, "{}", higher.text());

    // Per workflow: what the sender's mailbox may send, what the recipient's takes.
    desk.sender().must(&["system", "mailbox", "main", "--sends", "OTHER"]);
    assert_eq!(rule(&opens(&desk, &[TO], &[])), "mailbox");
    desk.sender().must(&["system", "mailbox", "main"]);
    desk.recipient().must(&["system", "mailbox", "main", "--takes", "OTHER"]);
    let parcel = parcels(&opens(&desk, &[TO], &[]))[0].clone();
    sends(&desk, &parcel, b"abc");
    desk.until_sender_sees(&parcel, "undeliverable");
    desk.recipient().must(&["system", "mailbox", "main"]);

    // Delegated to people: the others do not see it.
    desk.recipient().must(&["system", "mailbox", "main", "--people", "officer-2"]);
    let refused = desk.receive("GET", "?box=in", &[], b"");
    assert_eq!(refused.status, 403, "{}", refused.text());
    desk.recipient().must(&["system", "mailbox", "main", "--people", "officer-1"]);
    assert_eq!(desk.receive("GET", "?box=in", &[], b"").status, 200);

    // Names, on the way in as well.
    for name in ["../a", "/a", "a\\b", "nul", "a/../b", "packhorse-manifest.json", &"a".repeat(256)] {
        let new = json!({"to": [TO], "files": [{"name": name, "size": 3}]});
        let refused = desk.send("POST", "", &[JSON], new.to_string().as_bytes());
        assert_eq!(refused.status, 422, "{name}: {}", refused.text());
    }
    let many: Vec<Value> = (0..100_000).map(|n| json!({"name": format!("{n}"), "size": 0})).collect();
    let new = json!({"to": [TO], "files": many});
    let refused = desk.send("POST", "", &[JSON], new.to_string().as_bytes());
    assert_eq!(refused.status, 422, "{}", refused.text());
    let huge = json!({"to": [TO], "files": [{"name": "a", "size": u64::MAX}, {"name": "b", "size": u64::MAX}]});
    let refused = desk.send("POST", "", &[JSON], huge.to_string().as_bytes());
    assert_eq!(refused.status, 413, "{}", refused.text());
    // A reply of more than was announced, or not all of it.
    let parcel = parcels(&opens(&desk, &[TO], &[]))[0].clone();
    assert_eq!(desk.send("POST", &format!("/{parcel}/send"), &[], b"").status, 422);
    let tus = [("tus-resumable", "1.0.0"), ("content-type", "application/offset+octet-stream"), ("upload-offset", "0")];
    assert_eq!(desk.send("PATCH", &format!("/{parcel}/files/0"), &tus, b"four").status, 413);
    assert_eq!(desk.send("DELETE", &format!("/{parcel}"), &[], b"").status, 204);
    assert_eq!(desk.send("GET", &format!("/{parcel}"), &[], b"").status, 404);
}

#[test]
fn a_full_mailbox_makes_the_sender_wait_not_lose() {
    let desk = Desk::open();
    desk.recipient().must(&["system", "mailbox", "main", "--most-bytes-per-partner", "20000"]);
    let content = vec![1; 15_000];
    let first = desk.dispatch(&[("a.bin", &content)]);
    desk.until_sender_sees(&first, "delivered");
    let second = desk.dispatch(&[("b.bin", &content)]);
    until("the sender reads why it waits", || {
        desk.track(&second)["waiting_for"].as_str().is_some_and(|why| why.contains("no room"))
    });
    assert_eq!(desk.receive("POST", &format!("/{first}/acknowledge"), &[], b"").status, 204);
    desk.until_sender_sees(&second, "delivered");
}
