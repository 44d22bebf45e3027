//! What waits for somebody to do it.

use crate::api::part;
use crate::dates::count;
use crate::pages::parcels::Mailboxes;
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
    let mut waiting = Vec::new();
    if person.who.person.is_some()
        && let Ok(mailboxes) = Mailboxes::of(person).await
    {
        waiting.extend(mailboxes.iter().filter(|mailbox| mailbox.waiting > 0).map(|mailbox| Waiting {
            href: format!("/inbox?system={}", part(&mailbox.system)),
            text: format!("{} to collect", count(mailbox.waiting, "parcel")),
            hint: Some(format!("In the mailbox {}.", mailbox.title)),
        }));
    }
    waiting
}
