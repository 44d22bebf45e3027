//! What no client would do, or cannot see: tokens used wrongly, chunks out of order, both versions' forms.

use std::cell::Cell;

use serde_json::{Value, json};

use crate::accounts::{Account, Accounts, WORKFLOW};
use crate::network::http::Answer;
use crate::network::until;

thread_local!(static COUNT: Cell<u32> = const { Cell::new(1000) });

/// A request with a token of its own.
fn call(account: &Account, method: &str, path: &str, more: &[(&str, &str)], body: &[u8]) -> Answer {
    let count = COUNT.with(|count| count.replace(count.get() + 1));
    account.ask(&account.token(count, 0), method, path, more, body)
}

fn to(accounts: &Accounts, range: &'static str) -> Vec<(&'static str, String)> {
    vec![
        ("mex-to", accounts.recipient.mailbox.clone()),
        ("mex-workflowid", WORKFLOW.to_owned()),
        ("mex-chunk-range", range.to_owned()),
    ]
}

fn lent<'a>(headers: &'a [(&'static str, String)]) -> Vec<(&'a str, &'a str)> {
    headers.iter().map(|(name, value)| (*name, value.as_str())).collect()
}

fn code(answer: &Answer) -> (u16, Value) {
    (answer.status, answer.json()["detail"][0]["code"].clone())
}

fn msg(answer: &Answer) -> (u16, Value) {
    (answer.status, answer.json()["detail"][0]["msg"].clone())
}

#[test]
fn a_token_is_good_for_one_request_near_its_time() {
    let accounts = Accounts::open();
    let sender = &accounts.sender;
    let token = sender.token(1, 0);
    // The same idempotent request again is a retry.
    for _ in 0..3 {
        assert_eq!(sender.ask(&token, "GET", "/inbox", &[], b"").status, 200);
    }
    let duplicated = json!("Error Duplicated Authentication Token");
    assert_eq!(msg(&sender.ask(&token, "GET", "/count", &[], b"")), (403, duplicated.clone()));
    let (headers, token) = (to(&accounts, "1:1"), sender.token(2, 0));
    assert_eq!(sender.ask(&token, "POST", "/outbox", &lent(&headers), b"x").status, 202);
    assert_eq!(msg(&sender.ask(&token, "POST", "/outbox", &lent(&headers), b"x")), (403, duplicated));
    for minutes_ago in [119, -119] {
        assert_eq!(sender.ask(&sender.token(3, minutes_ago), "GET", "/inbox", &[], b"").status, 200, "{minutes_ago}");
    }
    for minutes_ago in [125, -125] {
        let answer = sender.ask(&sender.token(4, minutes_ago), "GET", "/inbox", &[], b"");
        assert_eq!(msg(&answer), (403, json!("Invalid Authentication Token")), "{minutes_ago}");
    }
}

#[test]
fn refusals_come_in_meshs_order() {
    let accounts = Accounts::open();
    let (sender, stranger) = (&accounts.sender, &accounts.stranger);
    for token in ["", "NHSMESH", "NHSMESH A:b:c", "Bearer token"] {
        let answer = sender.ask(token, "GET", "/inbox", &[], b"");
        assert_eq!(msg(&answer), (403, json!("Error reading from Authorization header")), "{token}");
    }
    let other = sender.ask(&stranger.token(1, 0), "GET", "/inbox", &[], b"");
    assert_eq!(msg(&other), (403, json!("Mailbox id does not match token")));
    let nobody = stranger.named("NO.SUCH.BOX");
    assert_eq!(code(&nobody.ask(&nobody.token(1, 0), "GET", "/inbox", &[], b"")), (403, json!("EPL-151")));
    let wrong = stranger.named(&accounts.recipient.mailbox);
    let answer = wrong.ask(&wrong.token(1, 0), "GET", "/inbox", &[], b"");
    assert_eq!(msg(&answer), (403, json!("Invalid Authentication Token")));
    // Before anything else, and in the older form: a version that is none.
    let bad = sender.plainly("GET", "/inbox", &[("accept", "application/vnd.mesh.vx+json")], b"");
    assert_eq!((bad.status, &bad.json()["errorDescription"]), (400, &json!("Accept header api format incorrect")));
}

#[test]
fn chunks_may_come_in_any_order_and_again_and_a_message_with_a_gap_is_not_sent() {
    let accounts = Accounts::open();
    let (sender, recipient) = (&accounts.sender, &accounts.recipient);
    let first = call(sender, "POST", "/outbox", &lent(&to(&accounts, "1:4")), b"one ");
    assert_eq!(first.status, 202, "{}", first.text());
    let message = first.json()["message_id"].as_str().unwrap().to_owned();
    let put = |number: u32, range: &str, body: &[u8]| {
        call(sender, "POST", &format!("/outbox/{message}/{number}"), &[("mex-chunk-range", range)], body)
    };
    assert_eq!(code(&put(2, "3:4", b"")), (417, json!("InvalidHeaderChunks")));
    assert_eq!(code(&put(2, "2:5", b"")), (417, json!("InvalidHeaderChunks")));
    assert_eq!(put(5, "5:5", b"").status, 406);
    let packed = [("mex-chunk-range", "2:4"), ("content-encoding", "gzip")];
    let changed = call(sender, "POST", &format!("/outbox/{message}/2"), &packed, b"");
    assert_eq!(msg(&changed), (417, json!("cannot change content encoding")));
    assert_eq!(put(4, "4:4", b"four").status, 202);
    assert_eq!(put(2, "2:4", b"two ").status, 202);
    assert_eq!(put(2, "2:4", b"two ").status, 202);
    assert_eq!(recipient_lists(recipient), json!([]));
    let tracked = call(sender, "GET", &format!("/outbox/tracking?messageID={message}"), &[], b"").json();
    assert_eq!((&tracked["status"], &tracked["message_id"]), (&json!("uploading"), &json!(message)));
    assert_eq!(put(3, "3:4", b"three ").status, 202);
    until("it is listed", || recipient_lists(recipient) == json!([message]));
    assert_eq!(put(3, "3:4", b"three ").status, 423);
    let got = call(recipient, "GET", &format!("/inbox/{message}"), &[], b"");
    assert_eq!((got.status, got.text().as_str()), (200, "one two three four"));
    assert_eq!(got.header("mex-chunk-range"), "1:1");
    let foreign = call(&accounts.stranger, "POST", &format!("/outbox/{message}/2"), &[], b"");
    assert!([403, 404].contains(&foreign.status));
}

fn recipient_lists(recipient: &Account) -> Value {
    call(recipient, "GET", "/inbox", &[], b"").json()["messages"].clone()
}

#[test]
fn what_breaks_a_form_is_refused_with_meshs_codes_and_leaves_no_message() {
    let accounts = Accounts::open();
    let sender = &accounts.sender;
    let good = to(&accounts, "1:1");
    let with = |name: &'static str, value: &'static str, body: &[u8]| {
        let mut headers: Vec<(&str, &str)> = lent(&good).into_iter().filter(|(given, _)| *given != name).collect();
        headers.extend((!value.is_empty()).then_some((name, value)));
        call(sender, "POST", "/outbox", &headers, body)
    };
    assert_eq!(with("mex-to", "", b"x").status, 400);
    assert_eq!(with("mex-workflowid", "", b"x").status, 400);
    assert_eq!(code(&with("mex-to", "http://x", b"x")), (400, json!("06")));
    assert_eq!(code(&with("mex-content-checksum", "?", b"x")), (400, json!("Invalid checksum")));
    assert_eq!(code(&with("content-encoding", "br", b"x")), (422, json!("UnsupportedContentEncoding")));
    assert_eq!(code(&with("mex-chunk-range", "1:0", b"x")), (417, json!("InvalidHeaderChunks")));
    assert_eq!(code(&with("mex-subject", "x", b"")), (417, json!("02")));
    assert_eq!(with("content-encoding", "gzip", b"not packed").status, 400);
    let views = call(sender, "GET", "/outbox/rich", &[], b"").json();
    assert_eq!(views["messages"], json!([]));
    for query in ["max_results=9", "max_results=x", "workflow_filter=x", "continue_from=1"] {
        assert_eq!(call(sender, "GET", &format!("/inbox?{query}"), &[], b"").status, 400, "{query}");
    }
    assert_eq!(call(sender, "GET", "/outbox/tracking", &[], b"").status, 400);
    assert_eq!(call(sender, "POST", "", &[], b"").status, 400);
}

#[test]
fn version_one_has_forms_of_its_own() {
    let accounts = Accounts::open();
    let (sender, recipient) = (&accounts.sender, &accounts.recipient);
    let count = Cell::new(1);
    let v1 = |account: &Account, method: &str, path: &str, more: &[(&str, &str)], body: &[u8]| {
        count.set(count.get() + 1);
        let token = account.token(count.get(), 0);
        let headers: Vec<(&str, &str)> = [("authorization", token.as_str())].iter().chain(more).copied().collect();
        account.plainly(method, path, &headers, body)
    };
    let mut headers = to(&accounts, "1:1");
    headers.push(("mex-localid", "R-7".to_owned()));
    let sent = v1(sender, "POST", "/outbox", &lent(&headers), b"x").json();
    let message = sent["messageID"].as_str().unwrap();
    until("it is listed", || v1(recipient, "GET", "/inbox", &[], b"").json() == json!({"messages": [message]}));
    assert_eq!(v1(recipient, "GET", "/count", &[], b"").json()["allResultsIncluded"], true);
    let client = [("mex-clientversion", "1"), ("mex-osname", "x"), ("mex-osversion", "1")];
    assert_eq!(v1(sender, "POST", "", &client, b"").json(), json!({"mailboxId": sender.mailbox}));
    let tracked = v1(sender, "GET", "/outbox/tracking/R-7", &[], b"").json();
    assert_eq!((&tracked["messageId"], &tracked["status"]), (&json!(message), &json!("Accepted")));
    assert_eq!(v1(sender, "GET", "/outbox/tracking/R-8", &[], b"").status, 404);
    v1(sender, "POST", "/outbox", &lent(&headers), b"y");
    assert_eq!(v1(sender, "GET", "/outbox/tracking/R-7", &[], b"").status, 300);
    let acknowledged = v1(recipient, "PUT", &format!("/inbox/{message}/status/acknowledged"), &[], b"");
    assert_eq!(acknowledged.json(), json!({"messageId": message}));
    let refused = v1(recipient, "GET", &format!("/inbox/{}", "0".repeat(32)), &[], b"");
    assert_eq!((refused.status, &refused.json()["errorCode"]), (404, &json!("20")));
    let rich = v1(recipient, "GET", "/inbox/rich", &[], b"").json();
    assert!(rich["messages"].as_array().unwrap().iter().any(|one| one["status"] == "acknowledged"), "{rich}");
}

#[test]
fn what_requires_a_vetted_person_is_not_given_to_software_and_waits_for_one() {
    let accounts = Accounts::open();
    let (recipient, gateway) = (&accounts.recipient, accounts.desk.recipient());
    let require = |level: Option<&str>| {
        let rule = json!({"by": "agreement", "name": "reports", "level": level}).to_string();
        assert_eq!(gateway.api("POST", "/vetting/requirements", rule.as_bytes()).status, 200);
    };
    let sent = call(&accounts.sender, "POST", "/outbox", &lent(&to(&accounts, "1:1")), b"invented");
    let message = sent.json()["message_id"].as_str().unwrap().to_owned();
    until("it is listed", || recipient_lists(recipient) == json!([message]));
    let fetch = || call(recipient, "GET", &format!("/inbox/{message}"), &[], b"");
    let acknowledge = || call(recipient, "PUT", &format!("/inbox/{message}/status/acknowledged"), &[], b"");
    require(Some("bpss"));
    for refused in [fetch(), acknowledge()] {
        assert_eq!(code(&refused), (403, json!("16")), "{}", refused.text());
        assert!(refused.text().contains("the agreement reports requires vetting to BPSS"), "{}", refused.text());
    }
    assert_eq!(recipient_lists(recipient), json!([message]), "it waits");
    require(None);
    assert_eq!(fetch().text(), "invented");
    assert_eq!(acknowledge().status, 200);
}

#[test]
fn an_account_outlives_the_key_that_it_was_sealed_to() {
    let accounts = Accounts::open();
    let gateway = accounts.desk.sender();
    assert_eq!(call(&accounts.sender, "GET", "/inbox", &[], b"").status, 200);
    let keys = || -> std::collections::BTreeSet<std::path::PathBuf> {
        let all = std::fs::read_dir(gateway.dir.join("keys")).unwrap().map(|entry| entry.unwrap().path());
        all.filter(|path| path.file_name().unwrap().to_str().unwrap().starts_with("seal")).collect()
    };
    let former = keys();
    gateway.must(&["gateway", "rotate", "--purpose", "seal"]);
    // Started with both, it seals what lies here to the new one; then it can do without the former.
    gateway.stop();
    gateway.start();
    assert_eq!(call(&accounts.sender, "GET", "/inbox", &[], b"").status, 200);
    std::thread::sleep(std::time::Duration::from_secs(2));
    gateway.stop();
    assert_eq!(keys().difference(&former).count(), 1);
    former.iter().for_each(|path| std::fs::remove_file(path).unwrap());
    gateway.start();
    assert_eq!(call(&accounts.sender, "GET", "/inbox", &[], b"").status, 200);
}
