//! Answers to a code of connection, profiles of controls, and letters of members, as strangers may send them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use packhorse_directory::Letter;
use packhorse_directory::assurance::{Decision, Outcome, Profile, Review, Submission, assess, shipped};

fuzz_target!(|text: &str| {
    let _ = serde_json::from_str::<Letter>(text);
    let _ = Profile::parse(text);
    let Ok(submission) = Submission::parse(text) else { return };
    let decision = Decision { outcome: Outcome::Certificate, valid_until: None, reason: None, as_answered: true };
    let today = "2026-11-29".parse().expect("a day");
    if assess(&shipped()[0], &submission, &Review::new(), decision, "fuzz", today).is_ok() {
        assert!(submission.unanswered(&shipped()[0]).all(|id| shipped()[0].control(id).is_some_and(|one| !one.mandatory)));
    }
});
