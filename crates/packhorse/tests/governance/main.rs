//! Stories of governance over two gateways and a registry that really run: incidents, decisions, requests, figures,
//! the evidence pack.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a panic is the failure report")]
#![allow(dead_code, reason = "every file of stories uses its part of the network")]

#[path = "../inside/call.rs"]
mod call;
mod cases;
mod lists;
#[path = "../network/mod.rs"]
mod network;
mod reports;

use network::Network;

/// A story and its name.
type Story = (&'static str, fn(&Network));

macro_rules! story {
    ($story:path) => {
        (stringify!($story), $story)
    };
}

const STORIES: [Story; 12] = [
    story!(cases::anybody_reports_an_incident_and_sees_their_own_alone),
    story!(cases::an_incident_shows_what_was_exposed_and_its_partner_is_told_by_signed_message),
    story!(cases::a_decision_is_linked_to_the_exchange_it_was_shared_by),
    story!(cases::what_was_exchanged_about_one_person_is_found_on_both_sides_until_it_is_erased),
    story!(cases::hostile_cases_are_refused_and_nothing_is_kept),
    story!(lists::a_list_is_read_page_by_page_and_nothing_is_left_out_or_twice),
    story!(lists::what_is_searched_is_found_by_its_words_until_they_are_forgotten),
    story!(lists::whoever_sees_their_own_alone_finds_and_counts_their_own_alone),
    story!(lists::agreements_training_and_exchanges_are_found),
    story!(reports::figures_come_from_counters_and_name_the_partner_and_the_rule),
    story!(reports::records_of_processing_say_what_was_really_exchanged),
    story!(reports::an_evidence_pack_unpacks_and_every_receipt_in_it_verifies),
];

/// One network for all, because setting it up takes seconds; each story is told whatever became of those before.
#[test]
fn governance_holds_what_it_promises() {
    let network = Network::start();
    let mut failed = Vec::new();
    for (name, story) in STORIES {
        let told = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| story(&network)));
        if told.is_err() {
            failed.push(name);
        }
    }
    assert!(failed.is_empty(), "stories that do not hold: {failed:#?}");
}
