//! Those who have accounts here: inviting, changing, leaving.

mod review;
mod teams;
mod webhook;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::routing::{get, post, put};
use jiff::Timestamp;
use jiff::civil::Date;
use packhorse_governance::OperatorRole;
use packhorse_governance::people::{Account, AccountFilter, AccountStatus, LinkPurpose, Tier};
use serde::Deserialize;
use serde_json::{Value, json};

use super::document::{Gives, Route, route};
use super::session::link;
use crate::inside::Inside;
use crate::inside::api::{ApiError, Manager};
use crate::notices::{self, Occasion};
use crate::steps::identify::today;

/// Accounts are governance's; whoever audits may look.
const GOVERNORS: [OperatorRole; 1] = [OperatorRole::Governance];
const READERS: [OperatorRole; 2] = [OperatorRole::Governance, OperatorRole::Auditor];
/// Most accounts of one page.
const PAGE: usize = 200;

const ROLES: &str = "roles?: [OperatorRole]";
const TIERS: &str = "tier: Tier";

/// The calls of this file.
pub(super) fn routes() -> Vec<Route> {
    [account_routes(), teams::routes(), review::routes(), webhook::routes()].into_iter().flatten().collect()
}

fn account_routes() -> Vec<Route> {
    vec![
        route("get", "/people", get(list), "accounts, by id; `text` searches")
            .answers("Account")
            .beside(&["total: integer"])
            .query(&["text", "status: AccountStatus", "team", "to_accept: boolean", "after", "limit: integer"])
            .gives(Gives::Page),
        route("post", "/people", post(enter), "enter somebody and invite them; the link is shown once")
            .answers("NewAccount")
            .body(&["id", "name", "email", ROLES, TIERS, "department", "teams?: texts"]),
        route("get", "/people/{person}", get(show), "one account").answers("Account"),
        route("put", "/people/{person}", put(change), "change what is said of somebody").answers("Account").body(&[
            "name",
            "email",
            ROLES,
            TIERS,
            "department",
            "teams?: texts",
        ]),
        route("post", "/people/{person}/invite", post(invite), "a new link; those given before are void")
            .answers("AccountLink"),
        route("post", "/people/{person}/recover", post(recover), "a link for a new password and a new app")
            .answers("AccountLink"),
        route(
            "post",
            "/people/{person}/leave",
            post(leave),
            "from this day they no longer work here; today when none is said",
        )
        .answers("Account")
        .body(&["left_on?: date"]),
        route("post", "/people/{person}/suspend", post(suspend), "stop an account for the time being")
            .answers("Account"),
        route(
            "post",
            "/people/{person}/resume",
            post(resume),
            "an account that was suspended, or has left, counts again",
        )
        .answers("Account"),
    ]
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    text: Option<String>,
    status: Option<AccountStatus>,
    team: Option<String>,
    /// Only those who have not accepted the acceptable use policy in force.
    to_accept: Option<bool>,
    #[serde(default)]
    after: String,
    limit: Option<usize>,
}

/// `GET /api/people`.
async fn list(
    manager: Manager,
    State(inside): State<Inside>,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Value>, ApiError> {
    manager.may(&READERS)?;
    let filter = AccountFilter {
        text: wanted.text.filter(|text| !text.trim().is_empty()),
        status: wanted.status,
        team: wanted.team,
        not_accepted: None,
        due_by: None,
    };
    if !wanted.to_accept.unwrap_or(false) {
        return Ok(Json(page(&inside, &filter, &wanted.after, wanted.limit)));
    }
    let papers = inside.context.assurance.papers();
    let Some(policy) = papers.acceptable_use_on(today()) else {
        return Ok(Json(json!({"items": [], "next": null, "total": inside.context.people.accounts().len()})));
    };
    let filter = AccountFilter { not_accepted: Some(policy.version), ..filter };
    Ok(Json(page(&inside, &filter, &wanted.after, wanted.limit)))
}

/// A page of accounts, and from where the next goes on.
pub(super) fn page(inside: &Inside, filter: &AccountFilter, after: &str, limit: Option<usize>) -> Value {
    let limit = limit.unwrap_or(50).clamp(1, PAGE);
    let accounts = inside.context.people.accounts();
    let days = accounts.review_days();
    let mut found = accounts.list(filter, after, limit + 1, today());
    let more = found.len() > limit;
    found.truncate(limit);
    let next = found.last().filter(|_| more).map(|account| account.id.clone());
    json!({
        "items": found.iter().map(|account| entry(account, days)).collect::<Vec<_>>(),
        "next": next, "total": accounts.len(),
    })
}

/// An account as it is shown.
pub(super) fn entry(account: &Account, review_days: Option<u32>) -> Value {
    let mut shown = json!(account);
    shown["status"] = json!(account.status_on(today()));
    shown["review_due"] = json!(account.review_due(review_days));
    shown
}

fn shown(inside: &Inside, account: &Account) -> Json<Value> {
    Json(entry(account, inside.context.people.accounts().review_days()))
}

fn find(inside: &Inside, id: &str) -> Result<std::sync::Arc<Account>, ApiError> {
    inside.context.people.accounts().get(id).ok_or_else(|| ApiError::missing("person"))
}

/// `GET /api/people/{person}`: others by those who may, oneself always.
async fn show(manager: Manager, State(inside): State<Inside>, Path(id): Path<String>) -> Result<Json<Value>, ApiError> {
    if manager.person.as_ref() != Some(&id) {
        manager.may(&READERS)?;
    }
    Ok(shown(&inside, &*find(&inside, &id)?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Newcomer {
    id: String,
    name: String,
    email: String,
    #[serde(default)]
    roles: Vec<OperatorRole>,
    tier: Tier,
    department: String,
    #[serde(default)]
    teams: std::collections::BTreeSet<String>,
}

/// `POST /api/people`.
async fn enter(
    manager: Manager,
    State(inside): State<Inside>,
    Json(new): Json<Newcomer>,
) -> Result<Json<Value>, ApiError> {
    manager.may(&GOVERNORS)?;
    may_give(&manager, &[], &new.roles)?;
    is_vetted_for(&inside, &new.id, &[], &new.roles)?;
    inside.context.people.accounts().check_teams(&new.teams).await?;
    let now = Timestamp::now();
    let account = Account {
        id: new.id,
        name: new.name.trim().to_owned(),
        email: new.email.trim().to_owned(),
        roles: new.roles,
        tier: new.tier,
        department: new.department.trim().to_owned(),
        teams: new.teams,
        status: AccountStatus::Invited,
        left_on: None,
        confirmed_on: today(),
        confirmed_by: manager.name.clone(),
        subject: None,
        acceptable_use: Vec::new(),
        created: now,
    };
    let account = inside.context.people.accounts().add(&account).await?;
    let token = inside.context.sign_in.invite(&account, LinkPurpose::Invitation, now).await?;
    notices::tell(&inside.context, &account, Occasion::Invitation, &format!("/invitation/{token}")).await?;
    let mut said = shown(&inside, &account).0;
    said["invitation"] = link(&inside, &token, LinkPurpose::Invitation);
    Ok(Json(said))
}

/// Only an operator makes operators, or unmakes them: else whoever enters people could do everything.
fn may_give(manager: &Manager, before: &[OperatorRole], after: &[OperatorRole]) -> Result<(), ApiError> {
    let operator = |roles: &[OperatorRole]| roles.contains(&OperatorRole::Operator);
    if operator(before) != operator(after) {
        manager.may(&[])?;
    }
    Ok(())
}

/// A role that requires vetting is given to whoever has it in date. Who has the role keeps it: it does not count while
/// the vetting has lapsed.
fn is_vetted_for(
    inside: &Inside,
    person: &str,
    before: &[OperatorRole],
    after: &[OperatorRole],
) -> Result<(), ApiError> {
    let papers = inside.context.assurance.papers();
    let mut new = after.iter().filter(|role| !before.contains(role));
    Ok(new.try_for_each(|role| papers.may_be_given(person, &role.to_string(), today()))?)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Described {
    name: String,
    email: String,
    #[serde(default)]
    roles: Vec<OperatorRole>,
    tier: Tier,
    department: String,
    #[serde(default)]
    teams: std::collections::BTreeSet<String>,
}

/// `PUT /api/people/{person}`.
async fn change(
    manager: Manager,
    State(inside): State<Inside>,
    Path(id): Path<String>,
    Json(new): Json<Described>,
) -> Result<Json<Value>, ApiError> {
    manager.may(&GOVERNORS)?;
    let before = find(&inside, &id)?;
    may_touch(&manager, &before)?;
    may_give(&manager, &before.roles, &new.roles)?;
    is_vetted_for(&inside, &id, &before.roles, &new.roles)?;
    inside.context.people.accounts().check_teams(new.teams.difference(&before.teams)).await?;
    if manager.person.as_ref() == Some(&id) && !manager.has(&[]) && before.roles != new.roles {
        let remedy = "have another governance officer or an operator do it";
        return Err(ApiError {
            status: axum::http::StatusCode::FORBIDDEN,
            ..ApiError::bad("nobody changes their own roles", remedy)
        });
    }
    let changed = inside
        .context
        .people
        .accounts()
        .change(&id, |account| {
            account.name = new.name.trim().to_owned();
            account.email = new.email.trim().to_owned();
            account.roles.clone_from(&new.roles);
            account.tier = new.tier;
            account.department = new.department.trim().to_owned();
            account.teams.clone_from(&new.teams);
        })
        .await?;
    Ok(shown(&inside, &changed))
}

/// Only an operator touches an operator's account: whoever could recover it could become one.
fn may_touch(manager: &Manager, account: &Account) -> Result<(), ApiError> {
    if account.roles.contains(&OperatorRole::Operator) { manager.may(&[]) } else { manager.may(&GOVERNORS) }
}

/// `POST /api/people/{person}/invite`.
async fn invite(
    manager: Manager,
    State(inside): State<Inside>,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    give_link(&manager, &inside, &id, LinkPurpose::Invitation).await
}

/// `POST /api/people/{person}/recover`.
async fn recover(
    manager: Manager,
    State(inside): State<Inside>,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    give_link(&manager, &inside, &id, LinkPurpose::Recovery).await
}

async fn give_link(
    manager: &Manager,
    inside: &Inside,
    id: &str,
    purpose: LinkPurpose,
) -> Result<Json<Value>, ApiError> {
    manager.may(&GOVERNORS)?;
    let account = find(inside, id)?;
    may_touch(manager, &account)?;
    let token = inside.context.sign_in.invite(&account, purpose, Timestamp::now()).await?;
    let (occasion, page) = match purpose {
        LinkPurpose::Invitation => (Occasion::Invitation, "invitation"),
        LinkPurpose::Recovery => (Occasion::Recovery, "recovery"),
    };
    notices::tell(&inside.context, &account, occasion, &format!("/{page}/{token}")).await?;
    Ok(Json(link(inside, &token, purpose)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Leaving {
    left_on: Option<Date>,
}

/// `POST /api/people/{person}/leave`: from that day on they are refused everywhere at once.
async fn leave(
    manager: Manager,
    State(inside): State<Inside>,
    Path(id): Path<String>,
    Json(leaving): Json<Leaving>,
) -> Result<Json<Value>, ApiError> {
    manager.may(&GOVERNORS)?;
    may_touch(&manager, &*find(&inside, &id)?)?;
    let day = leaving.left_on.unwrap_or_else(today);
    let account = inside.context.people.accounts().change(&id, |account| account.left_on = Some(day)).await?;
    if account.status_on(today()) == AccountStatus::Left {
        inside.context.sign_in.shut_out(&id, true).await?;
    }
    Ok(shown(&inside, &account))
}

/// `POST /api/people/{person}/suspend`.
async fn suspend(
    manager: Manager,
    State(inside): State<Inside>,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    manager.may(&GOVERNORS)?;
    may_touch(&manager, &*find(&inside, &id)?)?;
    let suspended = |account: &mut Account| account.status = AccountStatus::Suspended;
    let account = inside.context.people.accounts().change(&id, suspended).await?;
    inside.context.sign_in.shut_out(&id, false).await?;
    Ok(shown(&inside, &account))
}

/// `POST /api/people/{person}/resume`: whoever has no password any more is invited anew.
async fn resume(
    manager: Manager,
    State(inside): State<Inside>,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    manager.may(&GOVERNORS)?;
    let before = find(&inside, &id)?;
    may_touch(&manager, &before)?;
    let (has_password, ..) = inside.context.sign_in.factors(&id).await?;
    let status = if has_password || before.subject.is_some() { AccountStatus::Active } else { AccountStatus::Invited };
    let by = manager.name.clone();
    let account = inside
        .context
        .people
        .accounts()
        .change(&id, |account| {
            (account.status, account.left_on) = (status, None);
            (account.confirmed_on, account.confirmed_by) = (today(), by.clone());
        })
        .await?;
    Ok(shown(&inside, &account))
}
