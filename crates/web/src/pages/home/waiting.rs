//! What waits for somebody to do it.

use serde::Deserialize;
use serde::de::IgnoredAny;

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
    let mut waiting = parcels(person).await;
    if person.who.is_any(&["governance"]) {
        let clock = "Each has a clock of 72 hours from when it was noticed.";
        let expires = "Whose access nobody confirms in time is refused.";
        waiting.extend(listed(person, "/incidents", "state=open", "open incident", clock).await);
        waiting.extend(listed(person, "/access-review", "", "access review", expires).await);
    }
    waiting.extend(survey(person).await);
    waiting
}

async fn parcels(person: &Person) -> Vec<Waiting> {
    let mailboxes = match person.who.person {
        Some(_) => Mailboxes::of(person).await.ok(),
        None => None,
    };
    let waiting = mailboxes.iter().flat_map(|mailboxes| mailboxes.iter()).filter(|mailbox| mailbox.waiting > 0);
    let row = |mailbox: &crate::pages::parcels::Mailbox| Waiting {
        href: format!("/inbox?system={}", part(&mailbox.system)),
        text: format!("{} to collect", count(mailbox.waiting, "parcel")),
        hint: Some(format!("In the mailbox {}.", mailbox.title)),
    };
    waiting.map(row).collect()
}

/// What a list of the API begins with.
#[derive(Deserialize)]
struct Listed {
    items: Vec<IgnoredAny>,
    next: Option<String>,
}

/// How many there are in a place's list; nothing where there are none. More than a page of them are not counted.
async fn listed(person: &Person, place: &str, filter: &str, noun: &str, hint: &str) -> Option<Waiting> {
    let found: Listed = person.api.get(&format!("/api{place}?{filter}")).await.ok()?;
    let number = u64::try_from(found.items.len()).ok().filter(|number| *number > 0)?;
    let counted = count(number, noun);
    let text = if found.next.is_some() { format!("More than {counted}") } else { counted };
    Some(Waiting { href: place.to_owned(), text, hint: Some(hint.to_owned()) })
}

#[derive(Deserialize)]
struct Pulse {
    survey: Option<IgnoredAny>,
    answered: bool,
}

/// The survey that runs, for whoever has not answered it.
async fn survey(person: &Person) -> Option<Waiting> {
    person.who.person.as_ref()?;
    let pulse: Pulse = person.api.get("/api/pulse").await.ok()?;
    let waits = pulse.survey.is_some() && !pulse.answered;
    waits.then(|| Waiting {
        href: "/pulse".to_owned(),
        text: "A survey of one minute".to_owned(),
        hint: Some("Five questions. Your answers are counted and not kept.".to_owned()),
    })
}
