//! The information asset register.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::routing::{get, post, put};
use packhorse_governance::OperatorRole;
use packhorse_governance::assets::{Asset, Assets, Statement};
use packhorse_governance::clock::day_of;
use packhorse_governance::filing::Sought;
use serde::Deserialize;
use serde_json::{Value, json};

use super::acting::{Act, note};
use super::document::{Gives, Route, route};
use super::paging::{Page, found};
use crate::inside::Inside;
use crate::inside::api::{ApiError, Manager};

const KEEPERS: [OperatorRole; 1] = [OperatorRole::Governance];

pub(super) fn routes() -> Vec<Route> {
    vec![
        route("get", "/assets", get(list), "the information asset register")
            .answers("Asset")
            .beside(&["total: integer"])
            .query(&["q", "after", "limit: integer"])
            .gives(Gives::Page),
        route("get", "/assets/{code}", get(show), "one asset with its owner's statements").answers("Asset"),
        route("put", "/assets/{code}", put(enter), "enter an asset, or change it; its statements stay")
            .answers("Asset")
            .body(&[
                "title",
                "description",
                "owner?",
                "people?: texts",
                "data?: texts",
                "special?: boolean",
                "services?: texts",
                "retention?",
            ]),
        route("post", "/assets/{code}/statements", post(state), "its owner states that it is looked after")
            .answers("Asset")
            .body(&["text"]),
    ]
}

fn assets(inside: &Inside) -> Assets<'_> {
    Assets::new(inside.context.evidence.store())
}

fn shown(asset: &Asset) -> Value {
    let mut shown = json!(asset);
    shown["stated"] = asset.is_stated(day_of(jiff::Timestamp::now())).into();
    shown
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Filter {
    q: Option<String>,
    after: Option<String>,
    limit: Option<usize>,
}

async fn list(_: Manager, State(inside): State<Inside>, Query(filter): Query<Filter>) -> Result<Json<Value>, ApiError> {
    let which = Page { after: filter.after, limit: filter.limit };
    let sought = Sought::default().saying(filter.q);
    let page = assets(&inside).find(&sought, which.after.as_deref(), which.rows()).await?;
    found(page, |asset| asset.code.clone(), shown)
}

async fn show(_: Manager, State(inside): State<Inside>, Path(code): Path<String>) -> Result<Json<Value>, ApiError> {
    let asset = assets(&inside).get(&code).await?.ok_or_else(|| ApiError::missing("asset"))?;
    Ok(Json(shown(&asset)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Described {
    title: String,
    description: String,
    #[serde(default)]
    owner: String,
    #[serde(default)]
    people: Vec<String>,
    #[serde(default)]
    data: Vec<String>,
    #[serde(default)]
    special: bool,
    #[serde(default)]
    services: Vec<String>,
    #[serde(default)]
    retention: String,
}

async fn enter(
    manager: Manager,
    State(inside): State<Inside>,
    Path(code): Path<String>,
    Json(described): Json<Described>,
) -> Result<Json<Value>, ApiError> {
    manager.may(&KEEPERS)?;
    let Described { title, description, owner, people, data, special, services, retention } = described;
    let asset =
        Asset { code, title, description, owner, people, data, special, services, retention, statements: Vec::new() };
    let asset = assets(&inside).put(asset).await?;
    note(&inside.context, Act { what: "asset", word: "put", subject: asset.code.clone() }, &manager).await?;
    Ok(Json(shown(&asset)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Said {
    text: String,
}

async fn state(
    manager: Manager,
    State(inside): State<Inside>,
    Path(code): Path<String>,
    Json(said): Json<Said>,
) -> Result<Json<Value>, ApiError> {
    let on = day_of(jiff::Timestamp::now());
    let statement = Statement { on, by: manager.name.clone(), text: said.text };
    let asset = assets(&inside).state(&code, statement).await?.ok_or_else(|| ApiError::missing("asset"))?;
    note(&inside.context, Act { what: "asset", word: "state", subject: code }, &manager).await?;
    Ok(Json(shown(&asset)))
}
