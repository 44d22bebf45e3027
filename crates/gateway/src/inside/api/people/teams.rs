//! Teams.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{delete, get, put};
use packhorse_governance::people::Team;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{GOVERNORS, Gives, Route, route};
use crate::inside::Inside;
use crate::inside::api::{ApiError, Manager};

pub(super) fn routes() -> Vec<Route> {
    vec![
        route("get", "/teams", get(list), "the organisation's teams, and how many belong to each")
            .answers("TeamWithMembers")
            .gives(Gives::Items),
        route("put", "/teams/{team}", put(put_team), "make a team, or change it")
            .answers("Team")
            .body(&["title", "department"]),
        route("delete", "/teams/{team}", delete(remove), "remove a team that nobody belongs to").gives(Gives::Nothing),
    ]
}

/// `GET /api/teams`: anybody of the organisation may know its teams.
async fn list(_: Manager, State(inside): State<Inside>) -> Result<Json<Value>, ApiError> {
    let accounts = inside.context.people.accounts();
    let teams = accounts.teams().await?;
    let entry = |team: &Team| {
        json!({"code": team.code, "title": team.title, "department": team.department,
               "members": accounts.members(&team.code)})
    };
    Ok(Json(json!({"items": teams.iter().map(entry).collect::<Vec<_>>()})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Described {
    title: String,
    department: String,
}

/// `PUT /api/teams/{team}`.
async fn put_team(
    manager: Manager,
    State(inside): State<Inside>,
    Path(code): Path<String>,
    Json(said): Json<Described>,
) -> Result<Json<Value>, ApiError> {
    manager.may(&GOVERNORS)?;
    let team = Team { code, title: said.title.trim().to_owned(), department: said.department.trim().to_owned() };
    inside.context.people.accounts().put_team(&team).await?;
    Ok(Json(json!(team)))
}

/// `DELETE /api/teams/{team}`.
async fn remove(
    manager: Manager,
    State(inside): State<Inside>,
    Path(code): Path<String>,
) -> Result<StatusCode, ApiError> {
    manager.may(&GOVERNORS)?;
    match inside.context.people.accounts().remove_team(&code).await? {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(ApiError::missing("team")),
    }
}
