//! Where somebody begins: what waits for them, and every place that is theirs.

mod waiting;

use askama::Template;
use axum::response::{IntoResponse as _, Redirect, Response};

use crate::assets;
use crate::error::WebError;
use crate::layout::{Group, Layout, groups, page};
use crate::visitor::Person;
use waiting::Waiting;

#[derive(Template)]
#[template(path = "pages/home.html")]
struct Home {
    layout: Layout,
    name: String,
    waiting: Vec<Waiting>,
    groups: Vec<Group>,
}

/// `GET /`.
pub(super) async fn show(person: Person) -> Result<Response, WebError> {
    let layout = person.layout("Home").at("/").wide();
    let waiting = waiting::waiting(&person).await;
    Ok(page(&Home { layout, name: person.who.name.clone(), waiting, groups: groups(&person.who) }))
}

/// `GET /favicon.ico`: what browsers ask for, whatever a page says.
pub(super) async fn icon() -> Response {
    Redirect::permanent(&format!("{}/icon.svg", *assets::FOLDER)).into_response()
}
