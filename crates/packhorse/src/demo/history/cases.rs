//! Incidents, decisions and information assets of the months behind.

use packhorse_governance::assets::{Asset, Assets, Statement};
use packhorse_governance::clock::Nation;
use packhorse_governance::incident::{Incidents, Kind, Nature, Report, Risk, Step};
use packhorse_governance::sharing::{AbsentReason, ChildTests, DecisionLog, Form, Test, Verdict};
use packhorse_store::Store;

use super::Before;
use crate::demo::staff::days_before;
use crate::error::Result;

/// Who leads incidents.
const LEADS: &str = "g.marsh";

/// An incident that is over.
struct Past {
    what: &'static str,
    kind: Kind,
    by: &'static str,
    hours_ago: i64,
    drill: bool,
    risk: Risk,
    people: u64,
    measures: &'static str,
    lesson: &'static str,
}

const PAST: [Past; 4] = [
    Past {
        what: "A memory stick with 31 reports on abandoned vehicles was left in a hire car",
        kind: Kind::Lost,
        by: "o.teasdale",
        hours_ago: 139 * 24,
        drill: false,
        risk: Risk::Likely,
        people: 31,
        measures: "The hire firm searched the car; the stick was encrypted and was not found",
        lesson: "Reports go through the gateway: nothing that can be lost leaves the building",
    },
    Past {
        what: "An answer about a keeper was printed and left in the shared printer overnight",
        kind: Kind::Misuse,
        by: "l.birch",
        hours_ago: 96 * 24,
        drill: false,
        risk: Risk::Unlikely,
        people: 1,
        measures: "Taken from the tray in the morning; the room is locked at night",
        lesson: "Printing waits for the badge of whoever prints",
    },
    Past {
        what: "A laptop with open cases is left on a train",
        kind: Kind::Lost,
        by: "l.birch",
        hours_ago: 61 * 24,
        drill: true,
        risk: Risk::Unlikely,
        people: 12,
        measures: "The access was blocked within nine minutes of the report",
        lesson: "The duty officer's number is on the back of every badge now",
    },
    Past {
        what: "A letter about arrears went to a flat of the same number in the next street",
        kind: Kind::WrongRecipient,
        by: "o.teasdale",
        hours_ago: 33 * 24,
        drill: false,
        risk: Risk::Unlikely,
        people: 2,
        measures: "The neighbour brought it back unopened",
        lesson: "Addresses are checked against the street register before letters are printed",
    },
];

/// Four that are over, and one that runs.
pub(super) async fn incidents(store: &Store, before: Before) -> Result<()> {
    let incidents = Incidents::new(store);
    for past in &PAST {
        let noticed_at = before.hours(past.hours_ago)?;
        let report =
            Report { what: past.what.to_owned(), kind: past.kind, noticed_at, drill: past.drill, exchange: None };
        let case = incidents.report(report, past.by, Nation::EnglandAndWales, noticed_at).await?;
        for (hours, step) in (5..).step_by(9).zip(past.steps()) {
            let then = before.hours(past.hours_ago - hours)?;
            incidents.step(case.id, &step, LEADS, then).await?;
        }
    }
    let noticed_at = before.hours(49)?;
    let what = "A penalty notice with a keeper's address was sent to the person who had sold the car";
    let report = Report { what: what.to_owned(), kind: Kind::WrongRecipient, noticed_at, drill: false, exchange: None };
    let case = incidents.report(report, "o.teasdale", Nation::EnglandAndWales, noticed_at).await?;
    let note = "The recipient was telephoned and will send the letter back".to_owned();
    incidents.step(case.id, &Step::Note { text: note }, LEADS, before.hours(45)?).await?;
    Ok(())
}

impl Past {
    fn steps(&self) -> [Step; 5] {
        let told = self.risk == Risk::Likely && !self.drill;
        let reasoning = if told {
            "Names and addresses, and nobody knows where the stick is"
        } else {
            "A risk to anybody is unlikely, because it came back and nobody used it"
        };
        [
            Step::Assess {
                nature: vec![Nature::Confidentiality],
                risk: self.risk,
                people: self.people,
                records: self.people,
                categories: "Keepers of vehicles; names, addresses, marks".to_owned(),
                consequences: "Somebody learns who keeps which vehicle".to_owned(),
                measures: self.measures.to_owned(),
            },
            Step::Regulator {
                told,
                at: None,
                reasoning: reasoning.to_owned(),
                reference: if told { "IC-0000-DEMO".to_owned() } else { String::new() },
                late_reason: String::new(),
            },
            Step::People { told: self.risk == Risk::Likely, at: None, reasoning: reasoning.to_owned() },
            Step::Lessons { text: self.lesson.to_owned() },
            Step::Close { outcome: "Nothing came of it for the people it was about".to_owned() },
        ]
    }
}

/// A decision of the months behind.
struct Decided {
    by: (&'static str, &'static str, &'static str),
    days_ago: i64,
    subject: &'static str,
    recipient: &'static str,
    data: &'static str,
    purpose: &'static str,
    child: bool,
    decision: Verdict,
    reason: &'static str,
}

const BIRCH: (&str, &str, &str) = ("l.birch", "Linden Birch", "Parking officer");
const TEASDALE: (&str, &str, &str) = ("o.teasdale", "Orla Teasdale", "Housing manager");

const DECIDED: [Decided; 4] = [
    Decided {
        by: TEASDALE,
        days_ago: 102,
        subject: "HB-4417",
        recipient: "PH/LOC/wexmoor",
        data: "That a family with two children is to lose its home, and when",
        purpose: "Safeguarding of the children",
        child: true,
        decision: Verdict::Share,
        reason: "The county's children's services can help before the day of the eviction",
    },
    Decided {
        by: BIRCH,
        days_ago: 74,
        subject: "PCN-2026-0088",
        recipient: "A firm of debt collectors",
        data: "The keeper's place of work",
        purpose: "To serve a letter",
        child: false,
        decision: Verdict::Withhold,
        reason: "No agreement and no law lets us give it; the letter reaches the address that they have",
    },
    Decided {
        by: TEASDALE,
        days_ago: 37,
        subject: "HB-4502",
        recipient: "PH/POL/wexmoor",
        data: "The present address of a former tenant",
        purpose: "A missing person",
        child: false,
        decision: Verdict::Share,
        reason: "Her life may be in danger, and nobody else knows the address",
    },
    Decided {
        by: BIRCH,
        days_ago: 15,
        subject: "PCN-2026-0109",
        recipient: "PH/POL/wexmoor",
        data: "All penalties of one street in a year",
        purpose: "A general picture of the street",
        child: false,
        decision: Verdict::Withhold,
        reason: "Asked for in general and about everybody; we answer about a case",
    },
];

/// Decisions to share and to withhold.
pub(super) async fn decisions(store: &Store, before: Before) -> Result<()> {
    let log = DecisionLog::new(store);
    for decided in &DECIDED {
        let at = before.days(decided.days_ago)?;
        let (account, name, position) = decided.by;
        let form = Form {
            considered_at: at,
            name: name.to_owned(),
            position: position.to_owned(),
            subject_ref: decided.subject.to_owned(),
            recipient: decided.recipient.to_owned(),
            requester: String::new(),
            data: decided.data.to_owned(),
            purpose: decided.purpose.to_owned(),
            lawful_basis: "Public task, UK GDPR Article 6(1)(e)".to_owned(),
            necessity: "What is asked for was held against what the purpose needs".to_owned(),
            conditions: String::new(),
            dpia: String::new(),
            arrangements: "By telephone, to a number from the directory; noted in the case".to_owned(),
            child: decided.child.then(duty_to_share),
            decision: decided.decision,
            reasons_for: "The recipient may need it for its own duty".to_owned(),
            reasons_against: "The person was not asked, and may not expect it".to_owned(),
            reason: decided.reason.to_owned(),
            exchange: None,
            replaces: None,
        };
        log.record(form, account, at).await?;
    }
    Ok(())
}

fn duty_to_share() -> ChildTests {
    let test = |answer, reason: &str| Test { answer, reason: reason.to_owned() };
    ChildTests {
        relevance: test(true, "Two children would be without a home"),
        facilitates_function: test(true, "Children's services find a place before the day"),
        detriment: test(false, "Nobody could name a harm in telling"),
        consistent_identifier: false,
        absent_reason: Some(AbsentReason::UnknownDelay),
    }
}

/// What the borough holds: stated, not stated, owned by nobody.
pub(super) async fn assets(store: &Store, before: Before) -> Result<()> {
    let assets = Assets::new(store);
    let list = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    for (code, title, description, owner, data) in [
        (
            "parking-cases",
            "Parking cases",
            "Penalties, appeals and what keepers wrote",
            "o.teasdale",
            "names, addresses, marks",
        ),
        (
            "permits",
            "Parking permits",
            "Who may park in which street, and why",
            "o.teasdale",
            "names, addresses, disabilities",
        ),
        ("camera-archive", "Camera recordings", "Bus lanes and crossings, kept for a month", "", "marks, pictures"),
    ] {
        let asset = Asset {
            code: code.to_owned(),
            title: title.to_owned(),
            description: description.to_owned(),
            owner: owner.to_owned(),
            people: list(&["keepers of vehicles", "residents"]),
            data: list(&[data]),
            special: code == "permits",
            services: Vec::new(),
            retention: "24 months after the case is closed".to_owned(),
            statements: Vec::new(),
        };
        assets.put(asset).await?;
    }
    let on = days_before(before.begun_on, 118)?;
    let text = "Access was reviewed, two former users were removed, and the backup was restored once".to_owned();
    assets.state("parking-cases", Statement { on, by: "o.teasdale".to_owned(), text }).await?;
    Ok(())
}
