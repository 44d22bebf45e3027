//! Teams.

use askama::Template;
use axum::Router;
use axum::extract::Path;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::json;

use crate::Web;
use crate::api::part;
use crate::components::{Cell, Input, Table};
use crate::error::WebError;
use crate::form::{Errors, Form};
use crate::layout::{Layout, amiss, page};
use crate::pages::sign_in::amiss_at;
use crate::visitor::Person;

pub(super) fn routes() -> Router<Web> {
    Router::new().route("/teams", get(list).post(make)).route("/teams/{team}/remove", post(remove))
}

#[derive(Deserialize)]
struct Team {
    code: String,
    title: String,
    department: String,
    members: u64,
}

#[derive(Deserialize)]
struct Listed {
    items: Vec<Team>,
}

#[derive(Template)]
#[template(path = "people/teams.html")]
struct Listing {
    layout: Layout,
    table: Table,
    empty: Vec<(String, String)>,
    code: Input,
    title: Input,
    department: Input,
}

async fn listing(person: &Person, form: &Form, errors: &Errors) -> Result<Listing, WebError> {
    let teams: Listed = person.api.get("/api/teams").await?;
    let row = |team: &Team| -> Vec<Cell> {
        vec![
            team.title.clone().into(),
            Cell::Code(format!("team:{}", team.code)),
            team.department.clone().into(),
            Cell::Number(team.members.to_string()),
        ]
    };
    let columns = ["Team", "Named in mailboxes as", "Department", "#Members"];
    let table = Table::new("Teams", &columns, "There are no teams yet.").caption_hidden();
    let removable = teams.items.iter().filter(|team| team.members == 0);
    Ok(Listing {
        layout: person.layout("Teams").with_errors(errors).at("/teams"),
        empty: removable.map(|team| (part(&team.code), team.title.clone())).collect(),
        table: table.rows(teams.items.iter().map(row)),
        code: Input::new("code", "Code").hint("Letters, digits and hyphens").code(false).width(20).filled(form, errors),
        title: Input::new("title", "Name").filled(form, errors),
        department: Input::new("department", "Department").filled(form, errors),
    })
}

async fn list(person: Person) -> Result<Response, WebError> {
    Ok(page(&listing(&person, &Form::default(), &Errors::default()).await?))
}

async fn make(person: Person, sent: Form) -> Result<Response, WebError> {
    let mut errors = Errors::default();
    let code = errors.line(&sent, "code", "a code", 64);
    let body = json!({
        "title": errors.line(&sent, "title", "a name", 200),
        "department": errors.line(&sent, "department", "a department", 200),
    });
    if errors.is_empty() {
        match person.api.put(&format!("/api/teams/{}", part(&code)), &body).await {
            Ok(()) => return Ok(Redirect::to("/teams").into_response()),
            Err(error) => amiss_at("code", error, &mut errors)?,
        }
    }
    Ok(amiss(&listing(&person, &sent, &errors).await?))
}

async fn remove(person: Person, Path(code): Path<String>, _: Form) -> Result<Response, WebError> {
    person.api.delete(&format!("/api/teams/{}", part(&code))).await?;
    Ok(Redirect::to("/teams").into_response())
}
