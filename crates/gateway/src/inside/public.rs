//! What anybody may read, without signing in: the information charter, the register of agreements, and `GET /apis` for
//! federated discovery. As data; pages are made of it elsewhere.

use std::sync::Arc;

use axum::Json;
use axum::Router;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::header::{ACCEPT, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use packhorse_governance::Held;
use packhorse_governance::agreements::{newest, register};
use packhorse_model::id::encode_part;
use packhorse_model::organisation::Members as _;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::inside::Inside;
use crate::inside::api::paging::{says, sought};
use crate::steps::identify::today;

/// The media type of federated discovery (federated-api-model, v1alpha).
const DISCOVERY: &str = "application/vnd.uk.gov.api.v1alpha+json";
const CORRELATION: &str = "correlation-id";
/// Most agreements of a page of the register.
const PAGE: usize = 100;

/// The public routes.
pub(super) fn router() -> Router<Inside> {
    Router::new()
        .route("/charter.json", get(charter))
        .route("/agreements.json", get(agreements))
        .route("/agreements/{file}", get(agreement))
        .route("/apis", get(apis))
}

/// `GET /charter.json`: the charter that is published, to be embedded elsewhere.
async fn charter(State(inside): State<Inside>) -> Response {
    let papers = inside.context.assurance.papers();
    let Some(charter) = &papers.charter else {
        return missing("no information charter is published here");
    };
    let published = published(&inside);
    // What has ended, or is stopped for now, stands in the register, not in what "we share".
    let in_force: Vec<Arc<Held>> = published
        .iter()
        .filter(|held| held.state_on(today()) == packhorse_model::agreement::State::Active)
        .cloned()
        .collect();
    let partners = partners(&inside, &in_force);
    let purposes: Vec<Value> = in_force
        .iter()
        .take(PAGE)
        .map(|held| {
            json!({"agreement": held.agreement().id, "title": held.agreement().title,
                           "purpose": held.agreement().purpose.purpose})
        })
        .collect();
    Json(json!({
        "organisation": name(&inside), "charter": charter, "partners": partners, "agreements": purposes,
        "agreements_in_all": published.len(), "register": "/agreements.json",
    }))
    .into_response()
}

fn partners(inside: &Inside, agreements: &[Arc<Held>]) -> Vec<String> {
    let own = &inside.context.identity.organisation;
    let mut names: Vec<String> = agreements
        .iter()
        .flat_map(|held| held.others(own))
        .map(|id| {
            inside.context.directory.organisation(&id).map_or_else(|| id.to_string(), |it| it.details.name.clone())
        })
        .collect();
    names.sort();
    names.dedup();
    names
}

fn name(inside: &Inside) -> String {
    let own = &inside.context.identity.organisation;
    inside.context.directory.organisation(own).map_or_else(|| own.to_string(), |it| it.details.name.clone())
}

/// The newest published version of each agreement, by id.
fn published(inside: &Inside) -> Vec<Arc<Held>> {
    let held = inside.context.agreements.list().into_iter();
    newest(held.filter(|held| register::is_published(held, today())))
}

#[derive(Deserialize)]
struct Page {
    page: Option<usize>,
    items: Option<usize>,
    /// Words that begin words of its name.
    q: Option<String>,
}

/// `GET /agreements.json`: the register, twenty at a time, or what is found in it.
async fn agreements(State(inside): State<Inside>, page: Result<Query<Page>, QueryRejection>) -> Response {
    let Ok(Query(page)) = page else {
        let said = json!({"error": "page and items are numbers", "remedy": "leave them out for the first page"});
        return (StatusCode::BAD_REQUEST, Json(said)).into_response();
    };
    let (size, number) = (page.items.unwrap_or(20).clamp(1, PAGE), page.page.unwrap_or(1).max(1));
    let mut all = published(&inside);
    let sought = sought(page.q.as_deref());
    all.retain(|held| says(&[&held.agreement().title, held.agreement().id.as_str()], &sought));
    let from = (number - 1).saturating_mul(size);
    let shown: Vec<Value> = all
        .iter()
        .skip(from)
        .take(size)
        .map(|held| {
            let agreement = held.agreement();
            json!({
                "data": {"id": agreement.id, "name": agreement.title, "isa_status": register::isa_status(held, today()),
                         "notes": register::notes(held, today())},
                "link": format!("/agreements/{}.json", agreement.id),
            })
        })
        .collect();
    let mut links = json!({"page_size": size, "current_page": number});
    let narrowed = sought.join(" ");
    let address = |number: usize| {
        let found = if narrowed.is_empty() { String::new() } else { format!("&q={}", encode_part(&narrowed)) };
        json!(format!("/agreements.json?page={number}&items={size}{found}"))
    };
    if from.saturating_add(size) < all.len() {
        links["next"] = address(number + 1);
    }
    if number > 1 {
        links["previous"] = address(number - 1);
    }
    Json(json!({"agreements": shown, "links": links})).into_response()
}

/// `GET /agreements/{id}.json`: one agreement with the register's fields.
async fn agreement(State(inside): State<Inside>, Path(file): Path<String>) -> Response {
    let found = file
        .strip_suffix(".json")
        .and_then(|id| published(&inside).into_iter().find(|held| held.agreement().id.as_str() == id));
    let context = &inside.context;
    match found {
        Some(held) => {
            Json(register::entry(&held, &context.identity.organisation, &context.directory, today())).into_response()
        }
        None => missing("no such agreement is published here"),
    }
}

/// `GET /apis`: the public APIs of this organisation. Those with personal data are found through the directory, by
/// members alone.
async fn apis(State(inside): State<Inside>, headers: HeaderMap) -> Response {
    let Ok(random) = packhorse_keys::random() else { return StatusCode::SERVICE_UNAVAILABLE.into_response() };
    let fresh = uuid::Builder::from_random_bytes(random).into_uuid();
    let correlation = match correlation(&headers, fresh) {
        Ok(id) => id,
        Err(id) => {
            let said =
                json!({"error": "invalid_request", "error-description": "correlation-id is not a UUID of version 4"});
            return discovery(StatusCode::BAD_REQUEST, id, Some(&said));
        }
    };
    if !accepts(&headers) {
        return discovery(StatusCode::NOT_ACCEPTABLE, correlation, None);
    }
    let papers = inside.context.assurance.papers();
    let base = papers.settings.public_url.trim_end_matches('/').to_owned();
    let contact = papers.charter.as_ref().map(|charter| charter.contact.clone());
    let mut listed: Vec<Value> = Vec::new();
    // Each of the six must be there: an organisation that has not said where it publishes lists nothing yet.
    if let Some(contact) = contact.filter(|_| !base.is_empty()) {
        for (name, description, path, page) in [
            (
                "Register of information sharing agreements",
                "Agreements in force and past, with the fields of the register \
              under the Digital Economy Act 2017",
                "/agreements.json",
                "/agreements",
            ),
            (
                "Information charter",
                "What the organisation promises to the people whose data it handles",
                "/charter.json",
                "/charter",
            ),
        ] {
            listed.push(json!({"api-version": "api.gov.uk/v1alpha", "data": {
                "name": name, "description": description, "url": format!("{base}{path}"), "contact": contact,
                "organisation": self::name(&inside), "documentation-url": format!("{base}{page}"),
            }}));
        }
    }
    discovery(StatusCode::OK, correlation, Some(&json!({"api-version": "api.gov.uk/v1alpha", "apis": listed})))
}

/// The caller's own, or a fresh one; the fresh one as an error where the caller's is none.
fn correlation(headers: &HeaderMap, fresh: uuid::Uuid) -> Result<uuid::Uuid, uuid::Uuid> {
    let Some(given) = headers.get(CORRELATION) else { return Ok(fresh) };
    let given = given.to_str().ok().and_then(|text| uuid::Uuid::try_parse(text).ok());
    given.filter(|id| id.get_version_num() == 4).ok_or(fresh)
}

fn accepts(headers: &HeaderMap) -> bool {
    let mut given = headers.get_all(ACCEPT).iter().peekable();
    if given.peek().is_none() {
        return true;
    }
    let ranges = given.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
    ranges.map(|range| range.split(';').collect::<Vec<_>>()).any(|range| {
        let kind = range.first().map_or("", |kind| kind.trim());
        // RFC 9110 §12.4.2: a weight of nought is "not this".
        let refused = range.iter().skip(1).any(|part| {
            let weight = part.trim().strip_prefix("q=").and_then(|weight| weight.parse::<f32>().ok());
            weight.is_some_and(|weight| weight <= 0.0)
        });
        !refused && (kind.eq_ignore_ascii_case(DISCOVERY) || matches!(kind, "*/*" | "application/*"))
    })
}

fn discovery(status: StatusCode, correlation: uuid::Uuid, body: Option<&Value>) -> Response {
    let body = body.map(Value::to_string).unwrap_or_default();
    let mut response = (status, body).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(DISCOVERY));
    if let Ok(id) = HeaderValue::from_str(&correlation.to_string()) {
        headers.insert(CORRELATION, id);
    }
    response
}

fn missing(what: &str) -> Response {
    (StatusCode::NOT_FOUND, Json(json!({"error": what, "remedy": "see the list"}))).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepting(text: &'static str) -> bool {
        accepts(&HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static(text))]))
    }

    #[test]
    fn discovery_is_given_to_who_takes_it_and_to_nobody_else() {
        assert!(accepts(&HeaderMap::new()));
        assert!(accepting("application/vnd.uk.gov.api.v1alpha+json"));
        assert!(accepting("text/html, */*;q=0.1"));
        assert!(!accepting("text/html"));
        assert!(!accepting("application/vnd.uk.gov.api.v1alpha+json;q=0"));
    }

    #[test]
    fn a_correlation_that_is_no_uuid_of_version_4_is_refused() {
        let given = |text: &'static str| {
            let name: axum::http::HeaderName = CORRELATION.parse().unwrap();
            correlation(&HeaderMap::from_iter([(name, HeaderValue::from_static(text))]), uuid::Uuid::nil())
        };
        let own = "6d5d2f5a-3c9f-4b6c-8f9a-0a4c1e2b3d4f";
        assert_eq!(given(own).map(|id| id.to_string()), Ok(own.to_owned()));
        assert!(given("6d5d2f5a-3c9f-1b6c-8f9a-0a4c1e2b3d4f").is_err());
        assert!(given("x").is_err());
    }
}
