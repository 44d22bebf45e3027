//! Stories at the inside door, over two gateways and a registry that really run.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a panic is the failure report")]
#![allow(dead_code, reason = "every file of stories uses its part of the network")]

mod access;
mod call;
mod hostile;
mod management;
mod metaservices;
#[path = "../network/mod.rs"]
mod network;
mod smuggling;
mod xroad;

use network::Network;

/// A story and its name.
type Story = (&'static str, fn(&Network));

macro_rules! story {
    ($story:path) => {
        (stringify!($story), $story)
    };
}

const STORIES: [Story; 26] = [
    story!(xroad::a_request_that_cannot_be_read_is_an_error_of_the_consumer_side),
    story!(xroad::what_is_posted_comes_back_with_the_five_headers),
    story!(xroad::what_the_provider_says_comes_back_unchanged),
    story!(xroad::identifiers_and_paths_are_read_as_they_are_encoded),
    story!(xroad::errors_have_the_form_that_accept_asks_for),
    story!(metaservices::the_members_are_listed),
    story!(metaservices::what_is_no_question_for_the_members_is_an_x_road_error),
    story!(metaservices::services_are_listed_and_described),
    story!(access::a_caller_proves_who_it_is),
    story!(access::every_refusal_names_its_rule),
    story!(access::whoever_has_left_asks_no_more),
    story!(access::an_answer_is_cut_and_recorded_on_both_sides),
    story!(access::who_was_not_identified_leaves_no_record),
    story!(smuggling::what_gateways_say_to_each_other_no_caller_may_say),
    story!(smuggling::of_headers_given_twice_x_roads_last_one_counts_and_ours_none),
    story!(hostile::no_path_leads_around_an_agreement),
    story!(hostile::what_is_no_request_is_refused_and_the_gateway_goes_on),
    story!(hostile::a_body_too_large_is_refused_with_a_remedy),
    story!(management::who_has_no_right_is_turned_away),
    story!(management::whatever_is_no_call_is_answered_in_json),
    story!(management::hostile_bodies_are_refused),
    story!(access::a_lapsed_assurance_is_no_suspension),
    // From here on the network is changed for good.
    story!(access::what_the_provider_refuses_is_recorded_on_both_sides),
    story!(xroad::the_newer_spelling_is_a_switch),
    story!(hostile::a_slow_body_is_cut_off),
    story!(access::no_log_holds_what_was_asked_or_by_whom),
];

/// One network for all, because setting it up takes seconds; the stories follow one another, and each is told
/// whatever became of those before.
#[test]
fn the_inside_door_holds_what_it_promises() {
    let network = Network::start();
    let slow = hostile::SlowLoris::begin(&network);
    let mut failed = Vec::new();
    for (name, story) in STORIES {
        let told = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| story(&network)));
        if told.is_err() {
            failed.push(name);
        }
    }
    slow.has_been_shut_out();
    assert!(failed.is_empty(), "stories that do not hold: {failed:#?}");
}
