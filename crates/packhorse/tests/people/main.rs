//! Stories of people: signing in, teams, leaving, reviews, over gateways that really run.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a panic is the failure report")]
#![allow(clippy::print_stdout, reason = "a judge that is not there is said to be skipped")]
#![allow(dead_code, reason = "every file of stories uses its part of the network")]

mod accounts;
mod leaving;
mod mail;
mod mail_server;
#[path = "../network/mod.rs"]
mod network;
mod office;
mod open_id;
mod provider;

use network::Network;

/// A story and its name.
type Story = (&'static str, fn(&Network));

macro_rules! story {
    ($story:path) => {
        (stringify!($story), $story)
    };
}

const STORIES: [Story; 11] = [
    story!(accounts::whoever_was_invited_signs_in_and_out),
    story!(accounts::a_wrong_name_and_a_wrong_password_are_answered_alike),
    story!(accounts::too_many_tries_have_to_wait),
    story!(accounts::everybody_may_do_what_their_roles_allow_and_no_more),
    story!(accounts::what_is_said_of_people_is_bounded),
    story!(leaving::a_leaver_is_refused_everywhere_at_once_and_told_how_to_mend_it),
    story!(leaving::a_mailbox_is_delegated_to_a_team),
    story!(mail::a_letter_says_where_and_never_what),
    story!(mail::whoever_lost_their_password_recovers_by_letter),
    story!(open_id::staff_sign_in_at_the_organisations_identity_provider),
    story!(leaving::a_restart_changes_nothing_of_it),
];

/// One network for all, because setting it up takes seconds.
#[test]
fn people_are_let_in_and_kept_out() {
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
