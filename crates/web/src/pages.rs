//! The pages, an area of work each.
//!
//! An area is a folder here and one below `templates/`, its routes a function; its places stand in
//! `layout/navigation.rs`, and what waits for somebody there in `home/waiting.rs`.

mod agreements;
mod ask;
mod assets;
mod assurance;
mod chart;
mod dashboard;
mod exchanges;
mod files;
mod home;
mod incidents;
pub(crate) mod network;
mod parcels;
mod partners;
mod people;
mod pulse;
mod rights;
mod sharing;
mod sheet;
mod sign_in;

use axum::Router;
use axum::routing::get;

use crate::Web;

/// Every page whose forms are without files.
pub(crate) fn routes() -> Router<Web> {
    Router::new()
        .route("/", get(home::show))
        .merge(agreements::routes())
        .merge(assurance::routes())
        .merge(ask::routes())
        .merge(parcels::routes())
        .merge(sign_in::routes())
        .merge(partners::routes())
        .merge(incidents::routes())
        .merge(sharing::routes())
        .merge(rights::routes())
        .merge(assets::routes())
        .merge(pulse::routes())
        .merge(dashboard::routes())
        .merge(exchanges::routes())
        .merge(files::routes())
        .merge(people::routes())
}

/// What streams: uploads and downloads. Here no form has been judged for the handler; it must do so itself.
pub(crate) fn streams() -> Router<Web> {
    Router::new().route("/favicon.ico", get(home::icon)).merge(ask::streams()).merge(parcels::streams())
}
