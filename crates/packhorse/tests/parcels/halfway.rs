//! What changes while a parcel is on its way: the recipient is down, an agreement or a member is suspended, a key is
//! rotated; and what is nowhere on any disk meanwhile.

use std::path::Path;
use std::time::Duration;

use serde_json::json;

use crate::desk::{Desk, TO, grant};
use crate::network::{ok, until, until_within};
use crate::officer::{Officer, verify};

/// Stands in every content, name and subject of this file.
const MARKER: &str = "Ada-Example-4711";

fn content() -> Vec<u8> {
    MARKER.repeat(20_000).into_bytes()
}

/// The files below a folder that hold the marker.
fn in_the_clear(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(in_the_clear(&path));
        } else if let Ok(bytes) = std::fs::read(&path)
            && bytes.windows(MARKER.len()).any(|window| window == MARKER.as_bytes())
        {
            found.push(path.display().to_string());
        }
    }
    found
}

#[test]
fn nothing_of_the_content_is_on_any_disk_at_any_stage() {
    let desk = Desk::open();
    let nowhere = |stage: &str| {
        for gateway in [desk.sender(), desk.recipient()] {
            assert_eq!(in_the_clear(&gateway.dir), [""; 0], "{stage}");
        }
    };
    let whole = content();
    let parcel = desk.open_draft(&[("report.txt", &whole), ("second.txt", b"short")]);
    desk.upload(&parcel, 0, 0, &whole[..100_000]);
    nowhere("half uploaded");
    desk.upload(&parcel, 0, 100_000, &whole[100_000..]);
    desk.upload(&parcel, 1, 0, b"short");
    nowhere("uploaded");
    desk.recipient().stop();
    assert_eq!(desk.send("POST", &format!("/{parcel}/send"), &[], b"").status, 202);
    desk.until_sender_sees(&parcel, "sealed");
    nowhere("sealed");
    desk.recipient().start();
    desk.until_sender_sees(&parcel, "delivered");
    nowhere("delivered");
    assert!(desk.receive("GET", &format!("/{parcel}/files/0"), &[], b"").body == whole);
    nowhere("fetched");
    assert_eq!(desk.receive("POST", &format!("/{parcel}/acknowledge"), &[], b"").status, 204);
    desk.until_sender_sees(&parcel, "acknowledged");
    nowhere("acknowledged");
    for gateway in [desk.sender(), desk.recipient()] {
        gateway.stop();
    }
    nowhere("stopped");
}

#[test]
fn a_parcel_waits_for_a_recipient_that_is_down_and_for_whoever_is_suspended() {
    let desk = Desk::open();
    let whole = content();
    // Down for a while.
    desk.recipient().stop();
    let parcel = desk.dispatch(&[("a.txt", &whole)]);
    until("the sender reads why it waits", || desk.track(&parcel)["waiting_for"].is_string());
    desk.recipient().start();
    desk.until_sender_sees(&parcel, "delivered");
    assert!(desk.track(&parcel)["waiting_for"].is_null());

    // The agreement stops half way, and goes on.
    desk.recipient().stop();
    let parcel = desk.dispatch(&[("b.txt", &whole)]);
    desk.until_sender_sees(&parcel, "sealed");
    let sender = desk.sender();
    sender.must(&["agreement", "suspend", "reports", "--reason", "incident 12"]);
    desk.recipient().start();
    until("the sender reads why it waits", || {
        desk.track(&parcel)["waiting_for"].as_str().is_some_and(|why| why.contains("agreement"))
    });
    let new = json!({"to": [TO], "files": []});
    let refused = desk.send("POST", "", &[("content-type", "application/json")], new.to_string().as_bytes());
    assert_eq!(refused.status, 403, "{}", refused.text());
    sender.must(&["agreement", "resume", "reports"]);
    desk.until_sender_sees(&parcel, "delivered");

    // The sender is suspended half way, and let in again.
    desk.recipient().stop();
    let parcel = desk.dispatch(&[("c.txt", &whole)]);
    desk.until_sender_sees(&parcel, "sealed");
    ok(desk.network.registry(&["suspend", "PH/GOV/agency", "--reason", "under review"]));
    std::thread::sleep(Duration::from_secs(3));
    desk.recipient().start();
    // Longer than any pause between two attempts so far.
    std::thread::sleep(Duration::from_secs(10));
    assert!(desk.track(&parcel)["waiting_for"].is_string());
    assert_eq!(desk.receive("GET", &format!("/{parcel}"), &[], b"").status, 404);
    ok(desk.network.registry(&["resume", "PH/GOV/agency", "--reason", "reviewed"]));
    let waited = Duration::from_secs(90);
    until_within(waited, "it is delivered", || desk.track(&parcel)["state"] == "delivered");
    assert!(desk.receive("GET", &format!("/{parcel}/files/0"), &[], b"").body == whole);
}

#[test]
fn a_sealing_key_that_is_rotated_half_way_still_opens_what_was_sealed_to_the_old_one() {
    let desk = Desk::open();
    let whole = content();
    let before = desk.dispatch(&[("a.txt", &whole)]);
    desk.until_sender_sees(&before, "delivered");
    // On its way, sealed, while the key changes on both sides.
    desk.recipient().stop();
    let between = desk.dispatch(&[("b.txt", &whole)]);
    desk.until_sender_sees(&between, "sealed");
    for gateway in [desk.recipient(), desk.sender()] {
        gateway.must(&["gateway", "rotate", "--purpose", "seal"]);
    }
    desk.recipient().start();
    desk.sender().stop();
    desk.sender().start();
    desk.until_sender_sees(&between, "delivered");
    let after = desk.dispatch(&[("c.txt", &whole)]);
    desk.until_sender_sees(&after, "delivered");
    for parcel in [&before, &between, &after] {
        assert!(desk.receive("GET", &format!("/{parcel}/files/0"), &[], b"").body == whole);
        assert!(desk.send("GET", &format!("/{parcel}/files/0"), &[], b"").body == whole);
    }
}

#[test]
fn a_parcel_is_forwarded_without_its_content_leaving_the_gateway() {
    let desk = Desk::open();
    desk.network.grant_both_ways("onward", "personal", &grant("PH/GOV/agency/a%2Fb/CASES", "PH/LOC/borough/main"));
    let agency = desk.sender();
    agency.must(&["system", "add", "a/b", "--title", "Cases", "--purpose", "parking-penalty"]);
    agency.must(&["system", "mailbox", "a/b"]);
    let key = agency.key("a/b");
    let recipient = Officer::recipient(&desk);
    let whole = content();
    let parcel = desk.dispatch(&[("a.txt", &whole), ("folder/b.txt", b"")]);
    desk.until_listed(&parcel);
    let forward =
        ["forward", &parcel, "--to", "PH/GOV/agency/a%2Fb", "--workflow", "CASES", "--note", "yours, I think"];
    let unseen = recipient.refused(&forward);
    assert!(unseen.contains("was never sent to before"), "{unseen}");
    let sent = recipient.json(&[&forward[..], &["--yes"]].concat());
    let onward = sent["parcels"][0]["parcel"].as_str().unwrap().to_owned();
    // The same forwarding again is the same parcel.
    assert_eq!(recipient.json(&forward)["parcels"][0]["parcel"], onward.as_str());
    assert_eq!(in_the_clear(&desk.recipient().dir), [""; 0]);
    let told = recipient.must(&["track", &parcel]);
    assert_eq!(told.matches("forwarded as").count(), 1, "{told}");
    until("the first sender reads of it", || desk.events(&parcel).contains(&"forwarded".to_owned()));

    let cases = [("x-road-client", "PH/GOV/agency/a%2Fb"), ("packhorse-api-key", key.as_str())];
    let ask = |path: &str| crate::network::http::ask(agency.inside, "GET", &format!("/parcels{path}"), &cases, b"");
    until("it is delivered", || ask(&format!("/{onward}")).status == 200);
    let shown = ask(&format!("/{onward}")).json();
    assert_eq!(shown["cover"]["subject"], "Case 4711", "what is not said anew stays");
    assert_eq!((&shown["cover"]["note"], &shown["marking"]), (&json!("yours, I think"), &json!("official-sensitive")));
    assert!(ask(&format!("/{onward}/files/0")).body == whole);
    for (officer, parcel) in [(&recipient, &parcel), (&recipient, &onward)] {
        let file = officer.path(&format!("{parcel}.json"));
        officer.must(&["receipt", parcel, "--output", file.to_str().unwrap()]);
        let judged = verify(desk.recipient(), &file);
        assert!(judged.status.success(), "{}", String::from_utf8_lossy(&judged.stdout));
    }
    recipient.must(&["acknowledge", &parcel]);
    let late = recipient.refused(&["forward", &parcel, "--to", "PH/GOV/agency/a%2Fb", "--workflow", "OTHER"]);
    assert!(late.contains("acknowledged"), "{late}");
}
