//! Stories that PyPI's mesh-client tells; the test adds what a client of MESH cannot see.
//!
//! PACKHORSE_JUDGES_VENV names the environment that it is installed in. Without it they are skipped, unless
//! PACKHORSE_JUDGES=required.

use serde_json::Value;

use crate::accounts::Accounts;

/// The parcel of a message.
fn parcel(told: &Value) -> String {
    let id = told["message"].as_str().unwrap().to_lowercase();
    [&id[..8], &id[8..12], &id[12..16], &id[16..20], &id[20..]].join("-")
}

#[test]
fn a_message_is_sent_fetched_acknowledged_and_tracked_and_nobody_is_said_to_have_read_it() {
    let accounts = Accounts::open();
    let Some(told) = accounts.judge("small") else { return };
    let parcel = parcel(&told);
    // The client acknowledges whatever it was given: that is collected, neither opened nor dealt with.
    assert_eq!(accounts.desk.events(&parcel), ["accepted", "delivered", "collected"]);
    assert_eq!(accounts.desk.receive("GET", &format!("/{parcel}/files/0"), &[], b"").status, 410);
}

#[test]
fn messages_in_chunks_plain_packed_and_large_arrive_whole() {
    let accounts = Accounts::open();
    for story in ["chunked", "members", "large"] {
        accounts.judge(story);
    }
}

#[test]
fn an_inbox_is_paged_filtered_and_emptied_and_workflows_are_looked_up() {
    let accounts = Accounts::open();
    for story in ["inbox", "lookup"] {
        accounts.judge(story);
    }
}

#[test]
fn whoever_may_not_is_refused_in_words_that_the_client_can_read() {
    let accounts = Accounts::open();
    for story in ["refusals", "stranger"] {
        accounts.judge(story);
    }
}

#[test]
fn a_client_that_hears_no_answer_asks_again_with_the_same_token_and_nothing_happens_twice() {
    Accounts::open().judge("retries");
}

#[test]
fn what_is_declined_is_reported_to_the_sender_until_that_is_acknowledged() {
    let accounts = Accounts::open();
    let Some(told) = accounts.judge("send") else { return };
    let parcel = parcel(&told);
    accounts.desk.until_listed(&parcel);
    let json = [("content-type", "application/json")];
    let reason = br#"{"reason": "not ours"}"#;
    let declined = accounts.desk.receive("POST", &format!("/{parcel}/decline"), &json, reason);
    assert_eq!(declined.status, 204, "{}", declined.text());
    accounts.desk.until_sender_sees(&parcel, "declined");
    assert_eq!(accounts.judge("report"), Some(told));
}
