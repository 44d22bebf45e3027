//! What waits for somebody to do it.

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use crate::api::part;
use crate::dates::count;
use crate::pages::parcels::Mailboxes;
use crate::pages::sheet::{day, items, said};
use crate::visitor::Person;

/// Most of a list that is looked through.
const MOST: u32 = 200;
/// States in which a request's clock runs, or a complaint waits for its answer.
const UNANSWERED: [&str; 3] = ["running", "extended", "review"];

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
    let mut waiting: Vec<Waiting> = acceptable_use(person).await.into_iter().collect();
    waiting.extend(training(person).await);
    waiting.extend(parcels(person).await);
    waiting.extend(assets(person).await);
    if person.who.is_any(&["governance"]) {
        waiting.extend(overdue(person).await);
        waiting.extend(to_sign(person).await);
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

/// A version of the acceptable use policy that is published and counts soon. Once it does, every page leads there.
async fn acceptable_use(person: &Person) -> Option<Waiting> {
    person.who.person.as_ref()?;
    let said: Value = person.api.get("/api/acceptable-use").await.ok()?;
    let coming = said.get("coming").filter(|coming| !coming.is_null())?;
    let accepted = items(&said["accepted"]).iter().any(|one| one["version"] == coming["version"]);
    (!accepted).then(|| Waiting {
        href: "/acceptable-use".to_owned(),
        text: format!("A new acceptable use policy counts from {}", day(&coming["in_force_from"])),
        hint: Some("Read it and accept it: from that day on you are asked to before anything else.".to_owned()),
    })
}

/// The person's own training, where it has lapsed or soon will.
async fn training(person: &Person) -> Vec<Waiting> {
    if person.who.person.is_none() {
        return Vec::new();
    }
    let mine: Value = person.api.get("/api/training/mine").await.unwrap_or_default();
    let title = |course: &Value| {
        let offered = items(&mine["offered"]).iter().find(|offered| offered["code"] == *course);
        said(offered.map_or(course, |offered| &offered["title"]))
    };
    let due = items(&mine["courses"]).iter().filter(|entry| entry["counts"] != true || entry["reminded"] == true);
    let row = |entry: &Value| {
        let (course, until) = (title(&entry["course"]), day(&entry["expires_on"]));
        let (text, hint) = match entry["counts"] == true {
            true => (format!("Your training lapses on {until}"), "Take the course again before then."),
            false => {
                (format!("Your training lapsed on {until}"), "What needs it is refused to you. Take the course again.")
            }
        };
        Waiting { href: "/training".to_owned(), text: format!("{text}: {course}"), hint: Some(hint.to_owned()) }
    };
    due.map(row).collect()
}

/// What the person owns and has made no statement about this year.
async fn assets(person: &Person) -> Vec<Waiting> {
    let Some(owner) = &person.who.person else { return Vec::new() };
    let found: Value = person.api.get(&format!("/api/assets?limit={MOST}")).await.unwrap_or_default();
    let due = items(&found["items"]).iter().filter(|asset| asset["owner"] == **owner && asset["stated"] != true);
    let row = |asset: &Value| Waiting {
        href: format!("/assets-register/{}", part(&said(&asset["code"]))),
        text: format!("Your statement about “{}” is due", said(&asset["title"])),
        hint: Some("You own it: tell the SIRO once a year that it is looked after.".to_owned()),
    };
    due.map(row).collect()
}

/// Requests and complaints whose time is over.
async fn overdue(person: &Person) -> Option<Waiting> {
    let mut number = 0u64;
    for state in UNANSWERED {
        let found: Value = person.api.get(&format!("/api/requests?state={state}&limit={MOST}")).await.ok()?;
        let late = |request: &&Value| request["clock"]["standing"] == "overdue";
        number += items(&found["items"]).iter().filter(late).count() as u64;
    }
    (number > 0).then(|| Waiting {
        href: "/requests".to_owned(),
        text: format!("{} overdue", count(number, "request")),
        hint: Some("The law's time to answer is over.".to_owned()),
    })
}

/// Agreements that wait for this organisation's signature.
async fn to_sign(person: &Person) -> Vec<Waiting> {
    let status: Value = person.api.get("/api/status").await.unwrap_or_default();
    let held: Value = person.api.get(&format!("/api/agreements?state=proposed&limit={MOST}")).await.unwrap_or_default();
    let held = items(held.get("items").unwrap_or(&held));
    let ours = |one: &&Value| {
        one["state"] == "proposed" && items(&one["waiting"]).iter().any(|party| *party == status["organisation"])
    };
    let row = |one: &Value| Waiting {
        href: format!("/governance/agreements/{}", part(&said(&one["id"]))),
        text: format!("Sign “{}”, or say no", said(&one["title"])),
        hint: Some(match said(&one["signed"]).as_str() {
            "" => "Nobody has signed it yet.".to_owned(),
            signed => format!("Signed by {signed}."),
        }),
    };
    held.iter().filter(ours).map(row).collect()
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
