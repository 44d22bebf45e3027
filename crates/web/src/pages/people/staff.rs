//! Staff: found, entered, changed, leaving.

use askama::Template;
use axum::Router;
use axum::extract::{Path, Query};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::get;
use http::HeaderMap;
use http::header::HOST;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Account, Listed, may};
use crate::Web;
use crate::api::part;
use crate::components::{Banner, Cell, Choice, Choices, Input, Paging, Select, Summary, Table};
use crate::dates::day;
use crate::error::WebError;
use crate::form::{Errors, Form};
use crate::layout::{Layout, amiss, page};
use crate::pages::sign_in::amiss_at;
use crate::visitor::Person;

const TIERS: [(&str, &str); 3] = [
    ("corporate", "Corporate: chief executive, councillor, senior corporate officer"),
    ("technology", "Technology: head of IT, IT senior"),
    ("department", "Department: front line"),
];
const ROLES: [(&str, &str); 5] = [
    ("officer", "Officer: asks and sends"),
    ("governance", "Information governance: agreements, people, evidence"),
    ("integrator", "Integrator: systems and services"),
    ("auditor", "Auditor: looks at everything that proves"),
    ("operator", "Operator: everything"),
];

pub(super) fn routes() -> Router<Web> {
    Router::new()
        .route("/people", get(list))
        .route("/people/new", get(ask_new).post(enter))
        .route("/people/{person}", get(show).post(act))
        .route("/people/{person}/change", get(ask_change).post(change))
}

#[derive(Deserialize)]
struct Wanted {
    #[serde(default)]
    text: String,
    #[serde(default)]
    after: String,
}

#[derive(Template)]
#[template(path = "people/list.html")]
struct Listing {
    layout: Layout,
    search: Input,
    table: Table,
    paging: Paging,
    may: bool,
}

#[derive(Template)]
#[template(path = "people/form.html")]
struct Described {
    layout: Layout,
    id: Option<Input>,
    name: Input,
    email: Input,
    roles: Choices,
    tier: Choices,
    department: Input,
    teams: Select,
    button: &'static str,
}

#[derive(Template)]
#[template(path = "people/one.html")]
struct One {
    layout: Layout,
    summary: Summary,
    status: String,
    change: String,
    review: String,
    link: Option<String>,
    may: bool,
}

async fn list(person: Person, Query(wanted): Query<Wanted>) -> Result<Response, WebError> {
    let path = format!("/api/people?text={}&after={}", part(&wanted.text), part(&wanted.after));
    let found: Listed = person.api.get(&path).await?;
    let row = |one: &Account| -> Vec<Cell> {
        vec![
            Cell::link(one.below("/people"), one.name.clone()),
            Cell::Code(one.id.clone()),
            one.department.clone().into(),
            one.roles().into(),
            one.tag().into(),
        ]
    };
    let columns = ["Name", "Id", "Department", "Roles", "Status"];
    let table = Table::new("Staff", &columns, "Nobody is found.").caption_hidden().rows(found.items.iter().map(row));
    let here = |after: &str| format!("/people?text={}&after={}", part(&wanted.text), part(after));
    let paging = Paging { first: (!wanted.after.is_empty()).then(|| here("")), next: found.next.as_deref().map(here) };
    let form = Form::filled([("text", wanted.text.clone())]);
    let search =
        Input::new("text", "Name, id, e-mail address or department").kind("search").filled(&form, &Errors::default());
    Ok(page(&Listing { layout: person.layout("Staff").at("/people").wide(), search, table, paging, may: may(&person) }))
}

#[derive(Deserialize)]
struct Team {
    code: String,
    title: String,
}

#[derive(Deserialize)]
struct Teams {
    items: Vec<Team>,
}

async fn described(
    person: &Person,
    title: &str,
    id: bool,
    form: &Form,
    errors: &Errors,
) -> Result<Described, WebError> {
    let teams: Teams = person.api.get("/api/teams").await?;
    let choices = |of: &[(&str, &str)]| of.iter().map(|(value, label)| Choice::new(*value, *label)).collect();
    let teams = teams.items.into_iter().map(|team| Choice::new(team.code, team.title)).collect();
    Ok(Described {
        layout: person.layout(title).with_errors(errors).back("/people"),
        id: id.then(|| {
            let hint = "The id that your systems send for them, too. It cannot be changed later";
            Input::new("id", "Id").hint(hint).code(false).width(20).filled(form, errors)
        }),
        name: Input::new("name", "Name").filled(form, errors),
        email: Input::new("email", "E-mail address").kind("email").code(false).filled(form, errors),
        roles: Choices::any("roles", "Roles at this gateway", choices(&ROLES)).filled(form, errors),
        tier: Choices::one("tier", "Where they stand", choices(&TIERS)).filled(form, errors),
        department: Input::new("department", "Department").filled(form, errors),
        teams: Select::new("teams", "Team", teams).none("None").filled(form, errors),
        button: if id { "Enter and invite" } else { "Change" },
    })
}

/// What was typed, for the API.
fn said(sent: &Form, errors: &mut Errors) -> Value {
    let tiers: Vec<&str> = TIERS.iter().map(|(tier, _)| *tier).collect();
    let teams: Vec<&str> = sent.all("teams").filter(|team| !team.is_empty()).collect();
    json!({
        "name": errors.line(sent, "name", "a name", 200),
        "email": errors.line(sent, "email", "an e-mail address", 200),
        "roles": sent.all("roles").collect::<Vec<_>>(),
        "tier": errors.choice(sent, "tier", "where they stand", &tiers),
        "department": errors.line(sent, "department", "a department", 200),
        "teams": teams,
    })
}

async fn ask_new(person: Person) -> Result<Response, WebError> {
    let form = Form::filled([("tier", "department".to_owned())]);
    Ok(page(&described(&person, "Enter somebody", true, &form, &Errors::default()).await?))
}

#[derive(Deserialize)]
struct Invited {
    #[serde(flatten)]
    account: Account,
    invitation: Link,
}

#[derive(Deserialize)]
struct Link {
    link: String,
    address: Option<String>,
}

impl Link {
    /// As it is to be opened: where the gateway was not told its pages' address, at the one by which they were reached.
    fn whole(self, kind: &str, person: &Person, headers: &HeaderMap) -> String {
        let scheme = if person.web.settings.secure { "https" } else { "http" };
        let host = headers.get(HOST).and_then(|host| host.to_str().ok());
        let origin = host.map(|host| format!("{scheme}://{host}")).unwrap_or_default();
        self.address.unwrap_or_else(|| format!("{origin}/{kind}/{}", part(&self.link)))
    }
}

async fn enter(person: Person, headers: HeaderMap, sent: Form) -> Result<Response, WebError> {
    let mut errors = Errors::default();
    let id = errors.line(&sent, "id", "an id", 64);
    let mut body = said(&sent, &mut errors);
    body["id"] = json!(id);
    if errors.is_empty() {
        match person.api.post("/api/people", &body).await {
            Ok(Invited { account, invitation }) => {
                let link = invitation.whole("invitation", &person, &headers);
                return Ok(page(&one(&person, &account, Some(link), "They are entered")));
            }
            Err(error) => amiss_at("id", error, &mut errors)?,
        }
    }
    Ok(amiss(&described(&person, "Enter somebody", true, &sent, &errors).await?))
}

fn one(person: &Person, account: &Account, link: Option<String>, banner: &str) -> One {
    let summary = Summary::new()
        .row("Name", account.name.clone())
        .row("Id", Cell::Code(account.id.clone()))
        .row("E-mail", account.email.clone())
        .row("Status", account.tag())
        .row("Roles", account.roles())
        .row("Stands in tier", account.tier.clone())
        .row("Department", account.department.clone())
        .maybe("Teams", Some(account.teams.join(", ")).filter(|teams| !teams.is_empty()))
        .maybe("First day without them", account.left_on.map(day))
        .row("Acceptable use accepted", account.accepted())
        .row("Access confirmed", format!("{} by {}", day(account.confirmed_on), account.confirmed_by))
        .row("Access ends unless confirmed by", account.ends());
    let banner = (!banner.is_empty()).then(|| Banner::success(banner));
    One {
        layout: person.layout(account.name.clone()).back("/people").banner(banner),
        summary,
        status: account.status.clone(),
        change: account.below("/people") + "/change",
        review: account.below("/access-review"),
        link,
        may: may(person),
    }
}

async fn show(person: Person, Path(id): Path<String>) -> Result<Response, WebError> {
    let account: Account = person.api.get(&format!("/api/people/{}", part(&id))).await?;
    Ok(page(&one(&person, &account, None, "")))
}

async fn ask_change(person: Person, Path(id): Path<String>) -> Result<Response, WebError> {
    let account: Account = person.api.get(&format!("/api/people/{}", part(&id))).await?;
    let fields =
        [("name", account.name), ("email", account.email), ("tier", account.tier), ("department", account.department)];
    let roles = account.roles.into_iter().map(|role| ("roles", role));
    let teams = account.teams.into_iter().map(|team| ("teams", team));
    let form = Form::filled(fields.into_iter().chain(roles).chain(teams));
    Ok(page(&described(&person, "Change what is said of somebody", false, &form, &Errors::default()).await?))
}

async fn change(person: Person, Path(id): Path<String>, sent: Form) -> Result<Response, WebError> {
    let mut errors = Errors::default();
    let body = said(&sent, &mut errors);
    if errors.is_empty() {
        match person.api.put(&format!("/api/people/{}", part(&id)), &body).await {
            Ok(()) => return Ok(Redirect::to(&format!("/people/{}", part(&id))).into_response()),
            Err(error) => amiss_at("name", error, &mut errors)?,
        }
    }
    Ok(amiss(&described(&person, "Change what is said of somebody", false, &sent, &errors).await?))
}

/// One of the buttons of somebody's page.
async fn act(person: Person, headers: HeaderMap, Path(id): Path<String>, sent: Form) -> Result<Response, WebError> {
    let path = format!("/api/people/{}", part(&id));
    match sent.text("act") {
        act @ ("invite" | "recover") => {
            let link: Link = person.api.post(&format!("{path}/{act}"), &json!({})).await?;
            let account: Account = person.api.get(&path).await?;
            let kind = if act == "invite" { "invitation" } else { "recovery" };
            let link = link.whole(kind, &person, &headers);
            Ok(page(&one(&person, &account, Some(link), "There is a new link")))
        }
        act @ ("leave" | "suspend" | "resume") => {
            person.api.tell(&format!("{path}/{act}"), &json!({})).await?;
            Ok(Redirect::to(&format!("/people/{}", part(&id))).into_response())
        }
        _ => Err(WebError::Missing),
    }
}
