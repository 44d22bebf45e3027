//! Records of processing (UK GDPR Art. 30), made from what is really exchanged: each agreement with what was shared
//! under it, counted.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Query, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use packhorse_governance::agreements::newest;
use packhorse_governance::{Held, OperatorRole};
use packhorse_store::CountBy;
use serde::Deserialize;
use serde_json::{Value, json};

use super::document::{Gives, Route, route};
use super::figures::{Months, Period};
use super::paging::{Page, Paged, paged, says, sought};
use crate::inside::Inside;
use crate::inside::api::{ApiError, Manager};
use crate::steps::identify::today;

const READERS: [OperatorRole; 2] = [OperatorRole::Governance, OperatorRole::Auditor];

pub(super) fn routes() -> Vec<Route> {
    vec![
        route("get", "/processing-records", get(list), "records of processing, from what was really exchanged")
            .answers("ProcessingRecord")
            .beside(&["period: Period", "total: integer"])
            .query(&["from", "to", "q", "after", "limit: integer"])
            .gives(Gives::Page),
        route("get", "/processing-records/json", get(whole), "the same as one document, every agreement in it")
            .answers("ProcessingRecord")
            .beside(&["period: Period"])
            .query(&["from", "to"])
            .gives(Gives::Items),
        route(
            "get",
            "/processing-records/csv",
            get(csv),
            "the same as CSV, a line for each agreement, partner and service",
        )
        .query(&["from", "to"])
        .gives(Gives::File("text/csv")),
    ]
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Filter {
    from: Option<String>,
    to: Option<String>,
    /// Words of which each begins one of an agreement's title or id.
    q: Option<String>,
    after: Option<String>,
    limit: Option<usize>,
}

async fn list(
    manager: Manager,
    State(inside): State<Inside>,
    Query(filter): Query<Filter>,
) -> Result<Json<Value>, ApiError> {
    manager.may(&READERS)?;
    let months = Period::of(filter.from, filter.to).months()?;
    let sought = sought(filter.q.as_deref());
    let mut held = newest(inside.context.agreements.list());
    held.retain(|held| says(&[&held.agreement().title, held.agreement().id.as_str()], &sought));
    let which = Page { after: filter.after, limit: filter.limit };
    let Paged { items, next, total } = paged(held, &which, |held| held.agreement().id.to_string())?;
    let items = recorded(&inside, months, items).await?;
    Ok(Json(json!({"period": months.shown(), "items": items, "next": next, "total": total})))
}

/// What was shared under an agreement, by partner, service, purpose, side and outcome.
type Shared = BTreeMap<String, Vec<Value>>;

/// One record for each agreement that is held.
pub(super) async fn records(inside: &Inside, months: Months) -> Result<Vec<Value>, ApiError> {
    recorded(inside, months, newest(inside.context.agreements.list())).await
}

/// One record for each of these agreements.
async fn recorded(inside: &Inside, months: Months, agreements: Vec<Arc<Held>>) -> Result<Vec<Value>, ApiError> {
    let by = [
        CountBy::Agreement,
        CountBy::Partner,
        CountBy::Service,
        CountBy::Purpose,
        CountBy::Side,
        CountBy::Kind,
        CountBy::Outcome,
    ];
    let ids: Vec<&str> = agreements.iter().map(|held| held.agreement().id.as_str()).collect();
    let records = inside.context.evidence.store().records();
    let counts = records.counts_under(&ids, (months.from, months.to), &by).await?;
    let mut shared = Shared::new();
    for count in counts {
        let [agreement, partner, service, purpose, side, kind, outcome] = &count.of[..] else { continue };
        shared.entry(agreement.clone()).or_default().push(json!({
            "partner": partner, "service": service, "purpose": purpose, "side": side, "kind": kind,
            "outcome": outcome, "exchanges": count.exchanges, "fields_given": count.given,
            "fields_withheld": count.withheld,
        }));
    }
    let own = inside.context.identity.organisation.clone();
    let mut of = |held: &Held| shared.remove(held.agreement().id.as_str()).unwrap_or_default();
    Ok(agreements.iter().map(|held| record(held, &own, of(held))).collect())
}

fn record(held: &Held, own: &packhorse_model::OrganisationId, shared: Vec<Value>) -> Value {
    let agreement = held.agreement();
    let party = agreement.party(own);
    let dpo = party.and_then(|party| {
        party.contacts.iter().find(|contact| contact.role == packhorse_model::agreement::ContactRole::Dpo)
    });
    let categories: std::collections::BTreeSet<_> = agreement.grants.iter().flat_map(|grant| &grant.fields).collect();
    let flow = &agreement.flow;
    json!({
        "agreement": agreement.id, "version": agreement.version, "title": agreement.title,
        "state": held.state_on(today()),
        "controller": own, "role": party.map(|party| party.role), "dpo": dpo,
        "parties": agreement.parties.iter().map(|party| json!({"organisation": party.organisation, "role": party.role}))
            .collect::<Vec<_>>(),
        "processors": agreement.control.processors,
        "purposes": {"text": agreement.purpose.purpose, "codes": flow.purposes_permitted},
        "lawful_basis": {"article_6": agreement.law.art6, "article_9": agreement.law.art9,
                         "legal_gateways": agreement.law.legal_gateways},
        "categories_of_people": agreement.data.subjects, "types_of_data": agreement.data.types,
        "categories_of_data": categories,
        "recipients": held.others(own), "onward": agreement.governance.onward_sharing,
        "transfers": {"leaves_uk": flow.leaves_uk, "countries": flow.countries, "safeguard": flow.safeguard},
        "retention": agreement.governance.retention_period,
        "security": agreement.governance.security_measures,
        "exchanges": shared.iter().filter(|line| line["outcome"] == "answered")
            .filter_map(|line| line["exchanges"].as_u64()).sum::<u64>(),
        "shared": shared,
    })
}

async fn whole(
    manager: Manager,
    State(inside): State<Inside>,
    Query(period): Query<Period>,
) -> Result<Json<Value>, ApiError> {
    manager.may(&READERS)?;
    let months = period.months()?;
    Ok(Json(json!({"period": months.shown(), "items": records(&inside, months).await?})))
}

async fn csv(
    manager: Manager,
    State(inside): State<Inside>,
    Query(period): Query<Period>,
) -> Result<Response, ApiError> {
    manager.may(&READERS)?;
    let text = lines(&records(&inside, period.months()?).await?);
    let named = "attachment; filename=\"processing-records.csv\"";
    Ok(([(CONTENT_TYPE, "text/csv; charset=utf-8"), (CONTENT_DISPOSITION, named)], text).into_response())
}

const COLUMNS: [&str; 17] = [
    "agreement",
    "title",
    "state",
    "purpose",
    "article 6",
    "article 9",
    "categories of people",
    "categories of data",
    "retention",
    "partner",
    "service",
    "purpose code",
    "side",
    "kind",
    "outcome",
    "exchanges",
    "fields given",
];

/// As CSV (RFC 4180): one line for each thing shared, one for an agreement under which nothing was.
pub(super) fn lines(records: &[Value]) -> String {
    let mut text = String::new();
    row(&mut text, &COLUMNS.map(str::to_owned));
    for record in records {
        let head = [
            plain(&record["agreement"]),
            plain(&record["title"]),
            plain(&record["state"]),
            plain(&record["purposes"]["text"]),
            plain(&record["lawful_basis"]["article_6"]),
            plain(&record["lawful_basis"]["article_9"]),
            plain(&record["categories_of_people"]),
            plain(&record["categories_of_data"]),
            plain(&record["retention"]),
        ];
        let nothing = [Value::Null];
        let shared = record["shared"].as_array().filter(|shared| !shared.is_empty());
        for line in shared.map_or(nothing.as_slice(), Vec::as_slice) {
            let names = ["partner", "service", "purpose", "side", "kind", "outcome", "exchanges", "fields_given"];
            let cells = head.iter().cloned().chain(names.map(|name| plain(&line[name])));
            row(&mut text, &cells.collect::<Vec<_>>());
        }
    }
    text
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join("; "),
        other => other.to_string(),
    }
}

/// A cell that begins like a formula is quoted with an apostrophe: a spreadsheet must not run what somebody wrote.
fn row(text: &mut String, cells: &[String]) {
    for (index, cell) in cells.iter().enumerate() {
        let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
        let cell = format!("{}{cell}", if formula { "'" } else { "" }).replace('"', "\"\"");
        let _ = write!(text, "{}\"{cell}\"", if index == 0 { "" } else { "," });
    }
    text.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_csv_quotes_what_would_break_it_and_what_would_run() {
        let record = json!({"agreement": "PH/1", "title": "=1+1, \"quoted\"", "shared": [
            {"partner": "PH/GOV/agency", "exchanges": 3}, {"partner": "-x", "exchanges": 1},
        ]});
        let text = lines(&[record, json!({"agreement": "PH/2"})]);
        let lines: Vec<&str> = text.split("\r\n").collect();
        assert_eq!(lines.len(), 5, "{text}");
        assert!(lines[1].starts_with("\"PH/1\",\"'=1+1, \"\"quoted\"\"\""), "{}", lines[1]);
        assert!(lines[2].contains("\"'-x\""), "{}", lines[2]);
        assert!(lines[3].starts_with("\"PH/2\",\"\""));
    }
}
