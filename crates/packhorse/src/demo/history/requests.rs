//! What people asked of the borough in the months behind: answered in time, answered late, overdue, running.

use packhorse_governance::clock::Nation;
use packhorse_governance::rights::{Kind, Received, Requests, Step};
use packhorse_store::Store;

use super::Before;
use crate::error::Result;

/// Who enters requests.
const BY: &str = "g.marsh";

/// A request, and what was done about it so many days ago.
struct Past {
    kind: Kind,
    what: &'static str,
    requester: &'static str,
    channel: &'static str,
    days_ago: i64,
    identity_needed: bool,
    done: &'static [(i64, Done)],
}

#[derive(Clone, Copy)]
enum Done {
    Searched(&'static str, u64),
    Acknowledged,
    Answered(&'static str),
}

const PAST: [Past; 8] = [
    Past {
        kind: Kind::SubjectAccess,
        what: "Everything that you hold about my parking penalties, and with whom you shared it",
        requester: "Hollis Packsaddle, by letter",
        channel: "letter",
        days_ago: 128,
        identity_needed: false,
        done: &[(110, Done::Searched("parking system", 4)), (104, Done::Answered("Four cases and their exchanges"))],
    },
    Past {
        kind: Kind::Erasure,
        what: "Erase the case about the car that I sold in spring",
        requester: "Marigold Wadeford, by e-mail",
        channel: "e-mail",
        days_ago: 83,
        identity_needed: false,
        done: &[(41, Done::Answered("The case is erased; we are sorry that it took so long"))],
    },
    Past {
        kind: Kind::SubjectAccess,
        what: "A copy of my data, and who has seen it",
        requester: "Ivo Drovesend, by letter",
        channel: "letter",
        days_ago: 46,
        identity_needed: false,
        done: &[(30, Done::Searched("parking system", 2))],
    },
    Past {
        kind: Kind::FreedomOfInformation,
        what: "How many parking penalties were cancelled because the keeper on the register was the wrong one?",
        requester: "",
        channel: "web form",
        days_ago: 44,
        identity_needed: false,
        done: &[],
    },
    Past {
        kind: Kind::Complaint,
        what: "A penalty came to my late father's address although you had been told",
        requester: "Linnea Saltersway, by telephone",
        channel: "telephone",
        days_ago: 21,
        identity_needed: false,
        done: &[(19, Done::Acknowledged)],
    },
    Past {
        kind: Kind::FreedomOfInformation,
        what: "Which bodies did the council share personal data with last year, and under which agreements?",
        requester: "",
        channel: "e-mail",
        days_ago: 12,
        identity_needed: false,
        done: &[],
    },
    Past {
        kind: Kind::Rectification,
        what: "My name is misspelt in the letters about my permit",
        requester: "Perran Limersgate, in person",
        channel: "in person",
        days_ago: 9,
        identity_needed: false,
        done: &[],
    },
    Past {
        kind: Kind::SubjectAccess,
        what: "All my data, please",
        requester: "unknown sender, by e-mail",
        channel: "e-mail",
        days_ago: 3,
        identity_needed: true,
        done: &[],
    },
];

/// Takes them in, and does what was done.
pub(super) async fn receive(store: &Store, before: Before) -> Result<()> {
    let requests = Requests::new(store);
    for past in &PAST {
        let received_at = before.days(past.days_ago)?;
        let received = Received {
            kind: past.kind,
            what: past.what.to_owned(),
            requester: past.requester.to_owned(),
            channel: past.channel.to_owned(),
            received_at,
            identity_needed: past.identity_needed,
            exchange: None,
        };
        let case = requests.receive(received, BY, Nation::EnglandAndWales, received_at).await?;
        for (days_ago, done) in past.done {
            requests.step(case.id, &step(*done), BY, before.days(*days_ago)?).await?;
        }
    }
    Ok(())
}

fn step(done: Done) -> Step {
    match done {
        Done::Searched(place, found) => Step::Search {
            place: place.to_owned(),
            note: "By the reference of the case and by the mark of the vehicle".to_owned(),
            found,
        },
        // A moment that is left out would be the gateway's own now: it is that of the entry.
        Done::Acknowledged => Step::Acknowledge { at: None },
        Done::Answered(summary) => Step::Answer { at: None, summary: summary.to_owned() },
    }
}
