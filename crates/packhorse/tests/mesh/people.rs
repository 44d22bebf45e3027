//! Whom small messages are about is found on both sides, also of those that travelled together.

use serde_json::{Value, json};

use crate::accounts::{Account, Accounts, WORKFLOW};
use crate::network::http::ask;
use crate::network::{Gateway, until};

/// A call with the operator's token that must end well.
fn done(gateway: &Gateway, path: &str, body: &Value) -> Value {
    let token = format!("Bearer {}", gateway.token);
    let headers = [("authorization", token.as_str()), ("content-type", "application/json")];
    let answer = ask(gateway.inside, "POST", &format!("/api{path}"), &headers, body.to_string().as_bytes());
    assert!((200..300).contains(&answer.status), "{path}: {} {}", answer.status, answer.text());
    answer.json()
}

fn send(account: &Account, count: u32, to: &str, subject: &str) {
    let headers = [("mex-to", to), ("mex-workflowid", WORKFLOW), ("mex-subject", subject), ("mex-chunk-range", "1:1")];
    let sent = account.ask(&account.token(count, 0), "POST", "/outbox", &headers, b"invented");
    assert_eq!(sent.status, 202, "{}", sent.text());
}

#[test]
fn whom_small_messages_name_is_found_on_both_sides_also_when_they_travelled_together() {
    let accounts = Accounts::open();
    let (sender, recipient) = (accounts.desk.sender(), accounts.desk.recipient());
    let people = ["999 000 0018", "999 000 0026", "999 000 0034"];
    recipient.stop();
    for (count, person) in (1..).zip(people) {
        send(&accounts.sender, count, &accounts.recipient.mailbox, &format!("Report on {person}"));
    }
    recipient.start();
    let listed = std::cell::Cell::new(100);
    until("all are listed", || {
        listed.set(listed.get() + 1);
        let answer = accounts.recipient.ask(&accounts.recipient.token(listed.get(), 0), "GET", "/inbox", &[], b"");
        answer.json()["messages"].as_array().is_some_and(|messages| messages.len() == people.len())
    });
    let request = json!({"kind": "subject-access", "what": "what was sent about me?", "channel": "letter",
                         "received_at": jiff::Timestamp::now(), "requester": "Ada Example"});
    for gateway in [sender, recipient] {
        let request = done(gateway, "/requests", &request);
        for (person, count) in people.iter().map(|person| (*person, 1)).chain([("999 000 0042", 0)]) {
            let search = json!({"identifiers": [person], "request": request["id"], "limit": 100});
            let found = done(gateway, "/people/search", &search);
            assert_eq!(found["items"].as_array().unwrap().len(), count, "{person}: {found}");
        }
    }
}
