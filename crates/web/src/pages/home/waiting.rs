//! What waits for somebody to do it.

use crate::visitor::Person;

/// Something that waits.
pub(super) struct Waiting {
    pub(super) href: String,
    /// What is to be done: `3 parcels to collect`.
    pub(super) text: String,
    /// Until when, or why it matters.
    pub(super) hint: Option<String>,
}

/// Everything that waits for this person, the most pressing first. What cannot be asked for is left out: its own page
/// says why.
pub(super) async fn waiting(person: &Person) -> Vec<Waiting> {
    let _ = person;
    Vec::new()
}
