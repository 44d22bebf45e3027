//! What the registry's API says of a member, and how it is shown: in words first, in colour besides.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Deserialize;

use crate::api::part;
use crate::components::{Cell, Tag};
use crate::dates::{count, day};

/// A member at a glance.
#[derive(Deserialize)]
pub(super) struct Member {
    pub(super) organisation: String,
    pub(super) class: String,
    pub(super) code: String,
    pub(super) name: String,
    pub(super) status: String,
    pub(super) standing: String,
    pub(super) profile: Option<String>,
    pub(super) ends: Option<Date>,
    pub(super) days_left: Option<i32>,
    pub(super) conditions: Vec<Condition>,
    pub(super) has_open_submission: bool,
    pub(super) gateways: Vec<Gateway>,
}

/// What is still to be done.
#[derive(Deserialize)]
pub(super) struct Condition {
    pub(super) control: String,
    pub(super) what: String,
    pub(super) due: Date,
}

/// A gateway, and what was heard of it.
#[derive(Deserialize)]
pub(super) struct Gateway {
    pub(super) gateway: String,
    pub(super) address: String,
    pub(super) condition: String,
    pub(super) heard_at: Option<Timestamp>,
    pub(super) version: Option<String>,
}

impl Member {
    /// The path of its page.
    pub(super) fn path(&self) -> String {
        format!("/members/{}/{}", part(&self.class), part(&self.code))
    }

    /// How its assurance stands, in a word.
    pub(super) fn tag(&self) -> Tag {
        if self.standing != "withdrawn" && self.status == "suspended" {
            return Tag::new("Suspended", "red");
        }
        match self.standing.as_str() {
            "withdrawn" => Tag::new("Withdrawn", "red"),
            "lapsed" => Tag::new("Lapsed", "red"),
            "ending" => Tag::new("Ending", "orange"),
            "conditional" => Tag::new("Conditional", "yellow"),
            _ => Tag::new("Current", "green"),
        }
    }

    /// The last day of its assurance, and how far that is.
    pub(super) fn ends(&self) -> String {
        match (self.ends, self.days_left) {
            (Some(ends), Some(left)) if left < 0 => format!("{}, {} ago", day(ends), days(left)),
            (Some(ends), Some(left)) => format!("{}, in {}", day(ends), days(left)),
            _ => "No end is set".to_owned(),
        }
    }

    /// How its gateways are: the one that is worst.
    pub(super) fn health(&self) -> &'static Health {
        let all = self.gateways.iter().map(|gateway| health(&gateway.condition));
        all.max_by_key(|health| health.weight).unwrap_or_else(|| health("never_heard"))
    }
}

fn days(number: i32) -> String {
    count(number.unsigned_abs(), "day")
}

/// How a gateway is.
pub(super) struct Health {
    /// In a word.
    pub(super) word: &'static str,
    /// What that means.
    pub(super) meaning: &'static str,
    /// A sign that needs no colour.
    pub(super) sign: &'static str,
    /// The colour of its tag, and of its place on the map.
    pub(super) colour: &'static str,
    pub(super) fill: &'static str,
    weight: u8,
}

impl Health {
    pub(super) fn tag(&self) -> Tag {
        Tag::new(self.word, self.colour)
    }
}

const HEALTHY: Health = Health {
    word: "Healthy",
    meaning: "heard of in the last minutes, and knows the directory",
    sign: "✓",
    colour: "green",
    fill: "#00703c",
    weight: 0,
};
const BEHIND: Health = Health {
    word: "Behind",
    meaning: "lives, but does not know the newest of the directory",
    sign: "…",
    colour: "yellow",
    fill: "#594d00",
    weight: 1,
};
const LATE: Health = Health {
    word: "Late",
    meaning: "missed its last heartbeats",
    sign: "!",
    colour: "orange",
    fill: "#a8480a",
    weight: 3,
};
const SILENT: Health = Health {
    word: "Silent",
    meaning: "not heard of for an hour or more",
    sign: "✕",
    colour: "red",
    fill: "#aa2a16",
    weight: 4,
};
const SHRANK: Health = Health {
    word: "Ledger shrank",
    meaning: "tells of fewer entries in its ledger than before, which cannot be",
    sign: "▼",
    colour: "red",
    fill: "#aa2a16",
    weight: 5,
};
const NEVER: Health = Health {
    word: "Never heard of",
    meaning: "no heartbeat has come since it was admitted",
    sign: "?",
    colour: "grey",
    fill: "#505a5f",
    weight: 2,
};

/// Every condition, the best first.
pub(super) const ALL: [&Health; 6] = [&HEALTHY, &BEHIND, &NEVER, &LATE, &SILENT, &SHRANK];

/// What a condition is called by the API.
pub(super) fn health(condition: &str) -> &'static Health {
    match condition {
        "healthy" => &HEALTHY,
        "behind" => &BEHIND,
        "late" => &LATE,
        "silent" => &SILENT,
        "ledger_shrank" => &SHRANK,
        _ => &NEVER,
    }
}

/// A word of the API, as people write it.
pub(super) fn words(text: &str) -> String {
    let text = text.replace('_', " ");
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// The row of a member in a list.
pub(super) fn row(member: &Member) -> Vec<Cell> {
    let conditions = match member.conditions.len() {
        0 => "None".to_owned(),
        open => count(open as u64, "condition"),
    };
    let waiting = if member.has_open_submission { "To assess" } else { "" };
    vec![
        Cell::link(member.path(), member.name.clone()),
        Cell::Code(member.organisation.clone()),
        member.tag().into(),
        member.ends().into(),
        conditions.into(),
        waiting.into(),
        member.health().tag().into(),
    ]
}

/// The columns of [`row`].
pub(super) const COLUMNS: [&str; 7] =
    ["Member", "Identifier", "Assurance", "Ends", "Open conditions", "Submission", "Gateways"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_gateway_says_how_a_member_is_and_words_stand_beside_colours() {
        let gateway = |condition: &str| Gateway {
            gateway: "gw1".into(),
            address: "gw.marsh.example:8443".into(),
            condition: condition.into(),
            heard_at: None,
            version: None,
        };
        let member = Member {
            organisation: "PH/LOC/marsh".into(),
            class: "LOC".into(),
            code: "a/b".into(),
            name: "Marsh".into(),
            status: "active".into(),
            standing: "ending".into(),
            profile: None,
            ends: Some(Date::constant(2026, 12, 1)),
            days_left: Some(2),
            conditions: Vec::new(),
            has_open_submission: false,
            gateways: vec![gateway("healthy"), gateway("late")],
        };
        assert_eq!(member.health().word, "Late");
        assert_eq!(member.ends(), "1 December 2026, in 2 days");
        assert_eq!(member.path(), "/members/LOC/a%2Fb");
        let signs: std::collections::HashSet<&str> = ALL.iter().map(|health| health.sign).collect();
        assert_eq!(signs.len(), ALL.len(), "each condition has a sign of its own");
    }
}
