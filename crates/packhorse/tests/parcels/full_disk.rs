//! A disk that is full, on either side: nothing is accepted that cannot be kept, nothing accepted is lost, and with room
//! everything goes on without a hand.

use serde_json::json;

use crate::desk::{Desk, TO};
use crate::network::{Gateway, until};
use crate::software::{Software, arrived_once, content, nothing_in_the_clear};
use crate::tight::{Tight, Way};

/// Bytes of each parcel.
const BYTES: usize = 50_000;

#[test]
fn a_sender_without_room_accepts_nothing_and_goes_on_when_there_is_some() {
    on_every_disk(Desk::sender, |desk, disk| {
        let software = Software::of(desk);
        let before = software.send(0, &content(0, BYTES));
        disk.fill(desk.sender());
        let new = json!({"to": [TO], "files": [{"name": "a.txt", "size": 8}]}).to_string();
        let json = [("content-type", "application/json")];
        until("nothing is accepted any more", || desk.send("POST", "", &json, new.as_bytes()).status >= 500);
        let refused = desk.send("POST", "", &json, new.as_bytes());
        assert!(!refused.text().contains("plaintext"), "{}", refused.text());
        assert!(desk.sender().alive());
        let trying = std::thread::spawn(move || software.send(1, &content(1, BYTES)));
        std::thread::sleep(std::time::Duration::from_secs(1));
        assert!(!trying.is_finished(), "what cannot be kept is not accepted");
        disk.make_room(desk.sender());
        vec![before, trying.join().unwrap()]
    });
}

#[test]
fn a_parcel_waits_for_a_recipient_without_room() {
    on_every_disk(Desk::recipient, |desk, disk| {
        let software = Software::of(desk);
        let before = software.send(0, &content(0, BYTES));
        desk.until_sender_sees(&before, "delivered");
        disk.fill(desk.recipient());
        let waits = software.send(1, &content(1, BYTES));
        until("the sender reads that it waits", || desk.track(&waits)["waiting_for"].is_string());
        assert_eq!(desk.track(&waits)["state"], "sealed");
        assert!(desk.recipient().alive());
        disk.make_room(desk.recipient());
        vec![before, waits]
    });
}

/// Tells the story once for each way in which a disk can be full.
fn on_every_disk(whose: impl Fn(&Desk) -> &Gateway, story: impl Fn(&Desk, &Tight) -> Vec<String>) {
    for way in [Way::SmallFileSystem, Way::LimitedFiles] {
        let desk = Desk::open();
        let gateway = whose(&desk);
        gateway.stop();
        let disk = Tight::around(&gateway.dir.join("data"), way);
        gateway.start();
        let Some(disk) = disk else { continue };
        println!("{}: {way:?}", gateway.organisation);
        let sent = story(&desk, &disk);
        arrived_once(&desk, &sent, |number| content(number, BYTES));
        nothing_in_the_clear(&desk);
        gateway.stop();
        disk.dissolve();
    }
}
