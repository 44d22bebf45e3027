//! The dashboard's figures: from kept counters and the last survey, never by reading records.

use axum::Json;
use axum::extract::{Query, State};
use axum::routing::get;
use jiff::civil::Date;
use packhorse_governance::OperatorRole;
use packhorse_governance::assurance::latest;
use packhorse_governance::figures::{Counted, NO_ACCOUNT, Share, headline, measures, of_staff};
use packhorse_governance::filing::Sought;
use packhorse_governance::incident::Incidents;
use packhorse_governance::people::Account;
use packhorse_governance::pulse::{Pulse, Shown, Wave, shown};
use packhorse_model::agreement::{DataType, State as Standing};
use packhorse_model::organisation::{Organisation, Status};
use packhorse_store::{Count, CountBy};
use serde::Deserialize;
use serde_json::{Value, json};

use super::assurance::vetting;
use super::document::{Route, route};
use crate::inside::Inside;
use crate::inside::api::{ApiError, Manager};
use crate::steps::identify::today;

const READERS: [OperatorRole; 2] = [OperatorRole::Governance, OperatorRole::Auditor];
/// Most months of one answer.
const MONTHS_LIMIT: i64 = 120;

pub(super) fn routes() -> Vec<Route> {
    vec![
        route(
            "get",
            "/figures",
            get(figures),
            "the dashboard: figures by kind, partner, channel, rule, tier, department",
        )
        .answers("Figures")
        .query(&["from", "to"]),
    ]
}

/// Months, both included, as `2026-04`; the last twelve when nothing is said.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Period {
    from: Option<String>,
    to: Option<String>,
}

/// Months as the store numbers them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Months {
    pub(super) from: i64,
    pub(super) to: i64,
}

impl Period {
    pub(super) fn of(from: Option<String>, to: Option<String>) -> Self {
        Self { from, to }
    }

    pub(super) fn months(&self) -> Result<Months, ApiError> {
        let now = number(today());
        let to = self.to.as_deref().map_or(Ok(now), month)?;
        let from = self.from.as_deref().map_or(Ok(to - 11), month)?;
        if from > to || to - from >= MONTHS_LIMIT {
            return Err(ApiError::bad("the period ends before it begins, or has more than 120 months", "shorten it"));
        }
        Ok(Months { from, to })
    }
}

fn number(day: Date) -> i64 {
    i64::from(day.year()) * 12 + i64::from(day.month()) - 1
}

fn month(text: &str) -> Result<i64, ApiError> {
    let day = format!("{text}-01").parse::<Date>();
    day.map(number).map_err(|_| ApiError::bad("a month is not written as 2026-04", "write year and month"))
}

/// A month as people write it.
pub(super) fn written(month: i64) -> String {
    format!("{:04}-{:02}", month.div_euclid(12), month.rem_euclid(12) + 1)
}

impl Months {
    pub(super) fn shown(self) -> Value {
        json!({"from": written(self.from), "to": written(self.to)})
    }

    /// What stands in lists within the period.
    pub(super) fn sought(self) -> Sought {
        let (begins, ends) = self.moments();
        Sought::default().between(begins, ends)
    }

    /// The moment at which the period begins, and that at which it is over.
    pub(super) fn moments(self) -> (jiff::Timestamp, jiff::Timestamp) {
        let moment = |month| format!("{}-01T00:00:00Z", written(month)).parse().unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        (moment(self.from), moment(self.to + 1))
    }
}

async fn figures(
    manager: Manager,
    State(inside): State<Inside>,
    Query(period): Query<Period>,
) -> Result<Json<Value>, ApiError> {
    manager.may(&READERS)?;
    Ok(Json(dashboard(&inside, period.months()?).await?))
}

/// Everything on the dashboard.
pub(super) async fn dashboard(inside: &Inside, months: Months) -> Result<Value, ApiError> {
    let by = [CountBy::Kind, CountBy::Side, CountBy::Outcome, CountBy::Rule, CountBy::Partner];
    let records = inside.context.evidence.store().records();
    let counts = records.counts(months.from, months.to, &by).await?;
    let staff = records.staff_counts(months.from, months.to).await?;
    let by_month = records.counts(months.from, months.to, &[CountBy::Month, CountBy::Kind, CountBy::Outcome]).await?;
    let (wave, pulse) = last_survey(inside).await?;
    let counted = counted(inside, &counts);
    let measures = measures(&counted, &pulse);
    let incidents = Incidents::new(inside.context.evidence.store());
    let reported = months.sought();
    let real = incidents.count(&reported.clone().with("drill", false)).await?;
    let drills = incidents.count(&reported.with("drill", true)).await?;
    let staff = staff.iter().map(|line| {
        json!({"tier": line.tier, "department": line.department, "kind": line.kind, "outcome": line.outcome,
               "exchanges": line.exchanges})
    });
    Ok(json!({
        "period": months.shown(),
        "headline": headline(&measures),
        "measures": measures,
        "survey": wave,
        "exchanges": exchanges(&counts),
        "by_month": by_month.iter().filter(|count| is_exchange(&count.of[1], &count.of[2])).map(|count| {
            let month = count.of[0].parse().map_or_else(|_| count.of[0].clone(), written);
            json!({"month": month, "kind": count.of[1], "outcome": count.of[2], "exchanges": count.exchanges})
        }).collect::<Vec<_>>(),
        "staff": staff.collect::<Vec<_>>(),
        "training": training(inside),
        "organisations": organisations(inside),
        "acceptable_use": acceptable_use(inside),
        "vetting": vetting(inside),
        "agreements": inside.context.agreements.counts(today()).iter()
            .map(|(state, count)| json!({"state": state, "agreements": count})).collect::<Vec<_>>(),
        "incidents": {"real": real, "drills": drills},
        "overrides": sum(&counts, |of| of[0] == "act" && of[3].contains("override")),
    }))
}

/// The last survey that was closed, as far as it may be seen.
async fn last_survey(inside: &Inside) -> Result<(Option<Wave>, Shown), ApiError> {
    let pulse = Pulse::new(inside.context.evidence.store());
    let closed = pulse.waves().await?.into_iter().find(|wave| wave.closed_at.is_some());
    match closed {
        Some(wave) => {
            let results = shown(&pulse.cells(wave.id).await?);
            Ok((Some(wave), results))
        }
        None => Ok((None, Shown::default())),
    }
}

/// Statements about parcels are no exchanges, nor are acts of governance.
fn is_exchange(kind: &str, outcome: &str) -> bool {
    kind != "act" && outcome != "stated"
}

fn sum(counts: &[Count], of: impl Fn(&[String]) -> bool) -> u64 {
    counts.iter().filter(|count| of(&count.of)).map(|count| count.exchanges).sum()
}

/// Sums by one of the columns.
fn grouped(counts: &[Count], column: usize, name: &str, of: impl Fn(&[String]) -> bool) -> Vec<Value> {
    let mut sums = std::collections::BTreeMap::<&str, (u64, u64, u64)>::new();
    for count in counts.iter().filter(|count| of(&count.of)) {
        let sum = sums.entry(&count.of[column]).or_default();
        *sum = (sum.0 + count.exchanges, sum.1 + count.given, sum.2 + count.withheld);
    }
    let mut sums: Vec<_> = sums.into_iter().collect();
    sums.sort_by_key(|(_, sum)| std::cmp::Reverse(sum.0));
    let line = |(value, (exchanges, given, withheld)): (&str, (u64, u64, u64))| json!({name: value, "exchanges": exchanges, "given": given, "withheld": withheld});
    sums.into_iter().map(line).collect()
}

fn exchanges(counts: &[Count]) -> Value {
    let own = |of: &[String]| is_exchange(&of[0], &of[2]);
    let event = |side: &'static str, event: &'static str| {
        move |of: &[String]| of[0] == "parcel" && of[1] == side && of[2] == "stated" && of[3] == event
    };
    let sent = sum(counts, event("outbound", "accepted"));
    let by_hand = sum(counts, event("outbound", "exported"));
    json!({
        "total": sum(counts, own),
        "by_kind": grouped(counts, 0, "kind", own),
        "by_partner": grouped(counts, 4, "partner", own),
        "by_outcome": grouped(counts, 2, "outcome", own),
        "refusals": grouped(counts, 3, "rule", |of| own(of) && of[2] == "refused"),
        "channels": [
            {"channel": "query over the gateway", "count": sum(counts, |of| own(of) && of[0] == "query" && of[2] == "answered")},
            {"channel": "parcel over the gateway", "count": sent.saturating_sub(by_hand)},
            {"channel": "parcel on a physical medium", "count": by_hand},
        ],
        "parcels_sent": sent,
        "parcels_delivered": sum(counts, event("inbound", "delivered")),
        "parcels_on_lost_media": sum(counts, event("outbound", "medium-lost")),
    })
}

fn counted(inside: &Inside, counts: &[Count]) -> Counted {
    let own = |of: &[String]| is_exchange(&of[0], &of[2]);
    let class = |class: &'static str| move |of: &[String]| own(of) && of[4].split('/').nth(1) == Some(class);
    let total = sum(counts, own);
    let stated = |event: &'static str| {
        move |of: &[String]| of[0] == "parcel" && of[1] == "outbound" && of[2] == "stated" && of[3] == event
    };
    let in_force: Vec<_> = inside
        .context
        .agreements
        .list()
        .into_iter()
        .filter(|held| held.state_on(today()) == Standing::Active)
        .collect();
    let special = in_force.iter().filter(|held| held.agreement().data.types.contains(&DataType::Special)).count();
    Counted {
        parcels: Share::of(sum(counts, stated("exported")), sum(counts, stated("accepted"))),
        central: Share::of(sum(counts, class("GOV")), total),
        local: Share::of(sum(counts, class("LOC")), total),
        special: Share::of(special as u64, in_force.len() as u64),
    }
}

/// Of those who work here or use a system, whose training is in date: as the register has it, else as the system does. By
/// tier and department where they have an account.
fn training(inside: &Inside) -> Value {
    let (papers, today) = (inside.context.assurance.papers(), today());
    let mut people = std::collections::BTreeMap::<String, bool>::new();
    for system in inside.context.people.systems() {
        for person in system.users.iter().filter(|person| person.left_on.is_none_or(|left| today < left)) {
            let recent = person.trained_on.is_some_and(|day| (today - day).get_days() <= 366);
            *people.entry(person.id.clone()).or_default() |= recent;
        }
    }
    let accounts = inside.context.people.accounts();
    for account in accounts.all() {
        if account.works_here_on(today) {
            people.entry(account.id.clone()).or_default();
        } else {
            people.remove(&account.id);
        }
    }
    for (person, trained) in &mut people {
        if let Some(entries) = papers.training.get(person) {
            *trained = latest(entries).iter().all(|entry| entry.counts_on(today, &papers.settings));
        }
    }
    let known: Vec<_> = people.iter().map(|(person, trained)| (accounts.get(person), *trained)).collect();
    json!(of_staff(known.iter().map(|(account, trained)| placed(account.as_deref(), *trained))))
}

/// Where somebody stands, for a share of the staff.
fn placed(account: Option<&Account>, is_so: bool) -> (&str, &str, bool) {
    match account {
        Some(account) => (account.tier.word(), account.department.as_str(), is_so),
        None => (NO_ACCOUNT, NO_ACCOUNT, is_so),
    }
}

/// Of the network's members, how many show the directory a charter, a risk policy (which the code of connection asks for)
/// and a senior information risk owner.
fn organisations(inside: &Inside) -> Value {
    let directory = inside.context.directory.current();
    let members: Vec<_> = directory.organisations().filter(|member| member.status != Status::Removed).collect();
    let share = |shows: fn(&Organisation) -> bool| {
        Share::of(members.iter().filter(|member| shows(member)).count() as u64, members.len() as u64)
    };
    json!({
        "charter": share(|member| member.details.charter_url.is_some() || member.assurance.charter.is_some()),
        "risk_policy": share(|member| member.assurance.code_of_connection.is_some() && member.is_assured(today())),
        "siro": share(|member| !member.details.siro.email.is_empty()),
    })
}

/// Who of those with an account has accepted the acceptable use policy in force, by tier and department. Where none is
/// in force there is nothing to measure, and that is said.
fn acceptable_use(inside: &Inside) -> Value {
    let (papers, today) = (inside.context.assurance.papers(), today());
    let Some(policy) = papers.acceptable_use_on(today) else { return json!({"policy": null}) };
    let accounts = inside.context.people.accounts().all();
    let staff = accounts.iter().filter(|account| account.works_here_on(today)).map(|account| {
        let accepted = papers.to_accept(&account.acceptable_use, today).is_none();
        (account.tier.word(), account.department.as_str(), accepted)
    });
    let mut shown = json!(of_staff(staff));
    shown["policy"] = json!({"version": policy.version, "in_force_from": policy.in_force_from});
    shown
}

/// Of everybody with a role that requires vetting, who has it in date: by tier and department where the person has an
/// account. Where nothing requires it, there is nothing to measure.
fn vetting(inside: &Inside) -> Value {
    let holders = vetting::holders(inside);
    let accounts = inside.context.people.accounts();
    let known: Vec<_> = holders.iter().map(|((person, _), vetted)| (accounts.get(person), *vetted)).collect();
    let staff = known.iter().map(|(account, vetted)| placed(account.as_deref(), *vetted));
    let mut shown = json!(of_staff(staff));
    shown["rules"] = json!(inside.context.assurance.papers().settings.vetting.len());
    shown
}
