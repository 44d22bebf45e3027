//! The access review: what each person may do is shown to somebody who confirms that they need it. What nobody confirms
//! in time ends.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use jiff::civil::Date;
use packhorse_governance::people::{Account, AccountFilter};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{GOVERNORS, Gives, READERS, Route, entry, find, may_touch, page, route, shown};
use crate::inside::Inside;
use crate::inside::api::{ApiError, Manager};
use crate::steps::identify::today;

/// Accesses that end within so many days are listed when no day is named.
const AHEAD_DAYS: i64 = 30;

pub(super) fn routes() -> Vec<Route> {
    vec![
        route("get", "/access-review", get(due), "whose access ends by a day unless somebody confirms it")
            .answers("Account")
            .beside(&["total: integer", "due_by: date", "review_days: integer or null"])
            .query(&["due_by: date", "text", "team", "after", "limit: integer"])
            .gives(Gives::Page),
        route("get", "/access-review/{person}", get(access), "everything that one person may do here")
            .answers("AccountAccess"),
        route("post", "/access-review/{person}/confirm", post(confirm), "the person needs their access")
            .answers("Account"),
    ]
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    due_by: Option<Date>,
    text: Option<String>,
    team: Option<String>,
    #[serde(default)]
    after: String,
    limit: Option<usize>,
}

/// `GET /api/access-review`.
async fn due(
    manager: Manager,
    State(inside): State<Inside>,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Value>, ApiError> {
    manager.may(&READERS)?;
    let ahead = today().saturating_add(jiff::Span::new().days(AHEAD_DAYS));
    let day = wanted.due_by.unwrap_or(ahead);
    let filter = AccountFilter {
        text: wanted.text.filter(|text| !text.trim().is_empty()),
        status: None,
        team: wanted.team,
        not_accepted: None,
        due_by: Some(day),
    };
    let mut listed = page(&inside, &filter, &wanted.after, wanted.limit);
    listed["due_by"] = json!(day);
    listed["review_days"] = json!(inside.context.people.accounts().review_days());
    Ok(Json(listed))
}

/// `GET /api/access-review/{person}`.
async fn access(
    manager: Manager,
    State(inside): State<Inside>,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    manager.may(&READERS)?;
    let account = find(&inside, &id)?;
    let mut said = entry(&account, inside.context.people.accounts().review_days());
    said["systems"] = systems(&inside, &account);
    Ok(Json(said))
}

/// In which systems somebody has which roles, and whether their mailboxes are theirs.
fn systems(inside: &Inside, account: &Account) -> Value {
    let people = &inside.context.people;
    let used = people.systems().into_iter().filter_map(|system| {
        let user = system.users.iter().find(|user| user.id == account.id)?;
        let mailbox = system.mailbox.as_ref();
        let is_theirs = mailbox.is_some_and(|mailbox| people.is_delegated(mailbox, Some(&account.id)).is_ok());
        let releases = mailbox.is_some_and(|mailbox| people.accounts().is_among(&account.id, &mailbox.releasers));
        Some(json!({
            "code": system.code, "title": system.title, "roles": user.roles, "trained_on": user.trained_on,
            "mailbox": is_theirs, "releases": releases,
        }))
    });
    used.collect()
}

/// `POST /api/access-review/{person}/confirm`: by somebody else than the person.
async fn confirm(
    manager: Manager,
    State(inside): State<Inside>,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    manager.may(&GOVERNORS)?;
    may_touch(&manager, &*find(&inside, &id)?)?;
    if manager.person.as_ref() == Some(&id) {
        let refused = ApiError::bad("nobody confirms their own access", "have somebody else do it");
        return Err(ApiError { status: StatusCode::FORBIDDEN, ..refused });
    }
    let by = manager.name.clone();
    let confirm = |account: &mut Account| (account.confirmed_on, account.confirmed_by) = (today(), by.clone());
    let account = inside.context.people.accounts().change(&id, confirm).await?;
    Ok(shown(&inside, &account))
}
