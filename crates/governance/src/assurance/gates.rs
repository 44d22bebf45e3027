//! The gates: what must be true before anything is shared, each a pure function of the documents and the day.
//!
//! A gate's name is stable: it stands in the ledger, in refusals and on pages. What it says is for whoever must mend it.

use std::fmt;
use std::str::FromStr;

use jiff::ToSpan as _;
use jiff::civil::Date;
use packhorse_model::AgreementId;
use packhorse_model::agreement::{Agreement, DataType};
use serde::{Deserialize, Serialize};

use super::{Papers, siro};

/// What is watched over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Gate {
    /// A published information charter in date.
    Charter,
    /// A corporate information risk policy in date.
    RiskPolicy,
    /// A senior information risk owner in post.
    Siro,
    /// An incident route that was tested.
    IncidentRoute,
    /// An impact assessment where special categories are shared.
    Dpia,
    /// Training of whoever asks, in date.
    Training,
    /// The acceptable use policy in force, accepted by whoever asks.
    AcceptableUse,
    /// Vetting of whoever asks, to the level that role, agreement or marking requires.
    Vetting,
    /// Whoever asks still works here.
    Leaver,
    /// Whoever asks has the role that they ask in.
    Role,
}

/// How a gate stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// It holds.
    Open,
    /// It holds, and ends soon.
    Due,
    /// It has lapsed: nothing new is signed, what is in force goes on until the grace ends.
    Lapsed,
    /// Nothing is signed and nothing shared.
    Shut,
}

/// How a gate stands on a day, and until when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Measure {
    /// How.
    pub standing: Standing,
    /// The last day on which it stands so, where that is known.
    pub until: Option<Date>,
}

/// A gate explained.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GateState {
    /// Which.
    pub gate: Gate,
    /// What it asks for.
    pub asks: &'static str,
    /// How it stands by the documents, overrides aside.
    pub standing: Standing,
    /// The last day on which it stands so.
    pub until: Option<Date>,
    /// Why, for the reader.
    pub why: String,
    /// What to do; empty when it is open.
    pub remedy: &'static str,
    /// The last day of an override that holds.
    pub overridden_until: Option<Date>,
}

impl Gate {
    /// Every gate, in the order in which people read them.
    pub const ALL: [Self; 10] = [
        Self::Charter,
        Self::RiskPolicy,
        Self::Siro,
        Self::IncidentRoute,
        Self::Dpia,
        Self::Training,
        Self::AcceptableUse,
        Self::Vetting,
        Self::Leaver,
        Self::Role,
    ];
    /// Those of the organisation as a whole.
    pub const ORGANISATION: [Self; 4] = [Self::Charter, Self::RiskPolicy, Self::Siro, Self::IncidentRoute];

    /// What it asks for.
    #[must_use]
    pub fn asks(self) -> &'static str {
        match self {
            Self::Charter => "an information charter is published and in date",
            Self::RiskPolicy => "a corporate information risk policy is approved and in date",
            Self::Siro => "a senior information risk owner is in post",
            Self::IncidentRoute => "staff have a way to report an incident, and it was tested",
            Self::Dpia => "an impact assessment is approved before an agreement about special categories is signed",
            Self::Training => "whoever asks has the training that the agreement asks for, in date",
            Self::AcceptableUse => "whoever asks has accepted the acceptable use policy in force, where there is one",
            Self::Vetting => "whoever has a role, or asks, is vetted to the level that it requires, in date",
            Self::Leaver => "whoever asks still works here",
            Self::Role => "whoever asks has the role that they ask in",
        }
    }

    /// What mends it.
    #[must_use]
    pub fn remedy(self) -> &'static str {
        match self {
            Self::Charter => "publish an information charter with a review date to come",
            Self::RiskPolicy => "have the risk policy approved, and enter its minute and the day on which it ends",
            Self::Siro => "appoint a senior information risk owner",
            Self::IncidentRoute => "write down how incidents are reported, hold a drill and enter its day",
            Self::Dpia => {
                "complete the impact assessment of the agreement, with the advice of the data protection officer"
            }
            Self::Training => "the person takes the training, and it is entered in the training register",
            Self::AcceptableUse => "the person signs in to the gateway's pages, reads the policy and accepts it",
            Self::Vetting => {
                "have the person vetted, and enter it in the vetting register; until then a colleague who is vetted asks"
            }
            Self::Leaver => "take the person off the systems they used; a colleague asks instead",
            Self::Role => "have the role entered for the person, or ask in one of their roles",
        }
    }

    /// Why nobody can set it aside; nothing where the SIRO can.
    #[must_use]
    pub fn stands_because(self) -> Option<&'static str> {
        match self {
            Self::Charter | Self::RiskPolicy | Self::IncidentRoute | Self::Dpia => None,
            Self::Siro => Some("while the post is empty, nobody could answer for it"),
            Self::Training | Self::Role => Some("partners check it too"),
            Self::AcceptableUse => {
                Some("nobody accepts a policy for somebody else, and whoever is refused mends it in a minute")
            }
            Self::Vetting => Some("it protects others' data, and what requires it is changed in the open instead"),
            Self::Leaver => Some("whoever has left has nothing to ask for"),
        }
    }
}

impl fmt::Display for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

impl FromStr for Gate {
    type Err = GateError;
    fn from_str(text: &str) -> Result<Self, GateError> {
        Self::ALL.into_iter().find(|gate| gate.to_string() == text).ok_or(GateError)
    }
}

/// There is no such gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there is no such gate: see the list of gates")]
pub struct GateError;

/// How one of the organisation's gates stands by the documents. Those of a person or an agreement are always open here.
#[must_use]
pub fn measure(gate: Gate, papers: &Papers, today: Date) -> Measure {
    let settings = &papers.settings;
    match gate {
        Gate::Charter => {
            let last = papers.charter.as_ref().and_then(|charter| charter.review_date);
            by_last_day(last, settings.charter_grace_days, papers, today)
        }
        Gate::RiskPolicy => {
            let last = papers.risk_policy.as_ref().map(|policy| policy.expires_on);
            by_last_day(last, settings.risk_policy_grace_days, papers, today)
        }
        Gate::Siro => match papers.siro(today) {
            Some(siro) if siro.end.is_none() => Measure { standing: Standing::Open, until: None },
            Some(siro) => by_last_day(siro.end, settings.siro_grace_days, papers, today),
            None => {
                let last = siro::last_before(&papers.appointments, today);
                by_last_day(last, settings.siro_grace_days, papers, today)
            }
        },
        Gate::IncidentRoute => {
            let tested = papers.incident_route.as_ref().and_then(|route| route.tested_on());
            let last = tested.map(|day| day.saturating_add(i32::from(settings.drill_months).months()));
            by_last_day(last, settings.incident_route_grace_days, papers, today)
        }
        Gate::AcceptableUse => by_review(papers, today),
        Gate::Dpia | Gate::Training | Gate::Vetting | Gate::Leaver | Gate::Role => {
            Measure { standing: Standing::Open, until: None }
        }
    }
}

/// The acceptable use policy stops a person, never the organisation: an overdue review makes it due, and no worse.
fn by_review(papers: &Papers, today: Date) -> Measure {
    let until = papers.acceptable_use_on(today).map(|policy| policy.review_date);
    let due_from = until.map(|last| last.saturating_sub(i32::from(papers.settings.due_days).days()));
    let standing = if due_from.is_some_and(|day| day <= today) { Standing::Due } else { Standing::Open };
    Measure { standing, until }
}

/// A document that holds until a day: due before it, lapsed after it, shut after the grace; shut when there is none.
fn by_last_day(last: Option<Date>, grace_days: u16, papers: &Papers, today: Date) -> Measure {
    let Some(last) = last else { return Measure { standing: Standing::Shut, until: None } };
    let due_from = last.saturating_sub(i32::from(papers.settings.due_days).days());
    let grace_ends = last.saturating_add(i32::from(grace_days).days());
    let standing = if today < due_from {
        Standing::Open
    } else if today <= last {
        Standing::Due
    } else if today <= grace_ends {
        Standing::Lapsed
    } else {
        Standing::Shut
    };
    let until = match standing {
        Standing::Open | Standing::Due => last,
        Standing::Lapsed => grace_ends,
        Standing::Shut => return Measure { standing, until: None },
    };
    Measure { standing, until: Some(until) }
}

/// The first gate of the organisation that stops what is in force, overrides considered.
#[must_use]
pub fn stopping(papers: &Papers, today: Date) -> Option<Gate> {
    standing_at_least(papers, Standing::Shut, today)
}

/// The first gate of the organisation that keeps anything from being signed.
#[must_use]
pub fn blocking(papers: &Papers, today: Date) -> Option<Gate> {
    standing_at_least(papers, Standing::Lapsed, today)
}

fn standing_at_least(papers: &Papers, least: Standing, today: Date) -> Option<Gate> {
    let stands = |gate: &Gate| measure(*gate, papers, today).standing >= least;
    let overridden = |gate: &Gate| papers.overriding(*gate, None, today).is_some();
    Gate::ORGANISATION.into_iter().find(|gate| stands(gate) && !overridden(gate))
}

/// Whether the gate of impact assessments is open for an agreement: nothing special is shared, or an assessment that
/// was approved lets it, or the SIRO does.
#[must_use]
pub fn dpia_is_open(papers: &Papers, agreement: &Agreement, today: Date) -> bool {
    let special = agreement.data.types.contains(&DataType::Special);
    let approved = || papers.dpias.get(&agreement.id).is_some_and(super::Dpia::lets_share);
    !special || approved() || papers.overriding(Gate::Dpia, Some(&agreement.id), today).is_some()
}

/// One of the organisation's gates, explained.
#[must_use]
pub fn explain(gate: Gate, papers: &Papers, today: Date) -> GateState {
    let Measure { standing, until } = measure(gate, papers, today);
    let remedy = match (gate, standing) {
        // Its own remedy is the person's who is refused; these are the organisation's.
        (Gate::AcceptableUse, _) if papers.acceptable_use.is_empty() => "publish one, and have everybody accept it",
        (Gate::AcceptableUse, Standing::Due) => "look the policy over, and publish it with a review date to come",
        (_, Standing::Open) => "",
        _ => gate.remedy(),
    };
    let overridden_until = papers.overriding(gate, None, today).map(|one| one.until);
    GateState { gate, asks: gate.asks(), standing, until, why: why(gate, papers, today), remedy, overridden_until }
}

/// The gate of impact assessments for one agreement, explained.
#[must_use]
pub fn explain_dpia(papers: &Papers, agreement: &AgreementId, today: Date) -> GateState {
    let gate = Gate::Dpia;
    let dpia = papers.dpias.get(agreement);
    let (standing, why) = match dpia {
        Some(dpia) if dpia.lets_share() => (Standing::Open, format!("the assessment of {agreement} was approved")),
        Some(_) => (Standing::Shut, format!("the assessment of {agreement} is open, or does not let it be shared")),
        None => (Standing::Shut, format!("{agreement} shares special categories and has no assessment here")),
    };
    let remedy = if standing == Standing::Open { "" } else { gate.remedy() };
    let overridden_until = papers.overriding(gate, Some(agreement), today).map(|one| one.until);
    let until = dpia.and_then(|dpia| dpia.review_date);
    GateState { gate, asks: gate.asks(), standing, until, why, remedy, overridden_until }
}

/// In words. The SIRO is told by the post, not by name: the text stands in refusals.
fn why(gate: Gate, papers: &Papers, today: Date) -> String {
    let Measure { standing, until } = measure(gate, papers, today);
    let what = match gate {
        Gate::Charter => "the information charter",
        Gate::RiskPolicy => "the corporate information risk policy",
        Gate::Siro => "the appointment of a senior information risk owner",
        Gate::IncidentRoute => "the last test of the incident route",
        Gate::AcceptableUse => return acceptable_use_said(papers, today),
        Gate::Vetting if papers.settings.vetting.is_empty() => return "nothing here requires vetting".to_owned(),
        Gate::Dpia | Gate::Training | Gate::Vetting | Gate::Leaver | Gate::Role => {
            return "it is judged for each exchange".to_owned();
        }
    };
    match (standing, until) {
        (Standing::Open, None) => format!("{what} holds"),
        (Standing::Open, Some(last)) => format!("{what} holds until {last}"),
        (Standing::Due, last) => format!("{what} ends on {}", day(last)),
        (Standing::Lapsed, last) => {
            format!("{what} has lapsed: nothing new is signed, and after {} nothing is shared", day(last))
        }
        (Standing::Shut, _) if nothing_there(gate, papers) => match gate {
            Gate::Charter => "no information charter is published".to_owned(),
            Gate::RiskPolicy => "there is no corporate information risk policy".to_owned(),
            Gate::Siro => "nobody was appointed senior information risk owner".to_owned(),
            _ => "there is no incident route that was tested".to_owned(),
        },
        (Standing::Shut, _) => format!("{what} has lapsed and the time of grace is over"),
    }
}

/// Which version is in force, and what becomes of whoever has not accepted it.
fn acceptable_use_said(papers: &Papers, today: Date) -> String {
    if let Some(owed) = papers.to_accept(&[], today) {
        let refused = if owed.refused_from <= today {
            "is refused".to_owned()
        } else {
            format!("is refused from {}", owed.refused_from)
        };
        let review = papers.acceptable_use_on(today).map(|policy| policy.review_date);
        let (version, since) = (owed.version, owed.in_force_from);
        return format!(
            "version {version} is in force since {since} and reviewed by {}; whoever has not accepted it {refused}",
            day(review)
        );
    }
    match papers.acceptable_use_after(today) {
        Some(policy) => format!("the acceptable use policy is published and counts from {}", policy.in_force_from),
        None => "no acceptable use policy is published, so that nobody is asked to accept one".to_owned(),
    }
}

fn nothing_there(gate: Gate, papers: &Papers) -> bool {
    match gate {
        Gate::Charter => papers.charter.is_none(),
        Gate::RiskPolicy => papers.risk_policy.is_none(),
        Gate::Siro => papers.appointments.is_empty(),
        _ => papers.incident_route.as_ref().is_none_or(|route| route.drills.is_empty()),
    }
}

fn day(day: Option<Date>) -> String {
    day.map_or_else(|| "that day".to_owned(), |day| day.to_string())
}
