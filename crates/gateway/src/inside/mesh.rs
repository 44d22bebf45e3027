//! The NHS MESH mailbox API, versions 1 and 2, for software that speaks it already: its messages are parcels.
//!
//! A spelling, no more: who may send what to whom, and what is said of it, the parcels' own room decides. What is
//! compatible and what differs is told in `docs/protocol/mesh.md`.

mod account;
mod caller;
mod errors;
mod fetch;
mod filter;
pub mod headers;
mod inbox;
mod inflate;
mod lookup;
mod message;
pub(crate) mod name;
mod outbox;
mod rich;
mod spent;
mod standing;
pub mod token;
mod tracking;
mod version;

use axum::Json;
use axum::Router;
use axum::http::HeaderMap;
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use serde_json::json;

use crate::inside::Inside;
use caller::Caller;
use errors::Failed;
use version::Version;

pub(crate) use account::Account;
pub(crate) use name::name_of;

/// What the mailbox API remembers between requests: opened accounts, and tokens that were used.
#[derive(Default)]
pub(crate) struct Mesh {
    accounts: account::Accounts,
    spent: spent::Spent,
}

/// The routes below `/messageexchange`.
pub(super) fn router() -> Router<Inside> {
    Router::new()
        .route("/_ping", get(lookup::ping))
        .route("/endpointlookup/{ods}/{workflow}", get(lookup::endpoint))
        .route("/workflowsearch/{workflow}", get(lookup::workflow))
        .route("/{mailbox}", get(handshake).post(handshake))
        .route("/{mailbox}/update", post(update))
        .route("/{mailbox}/count", get(inbox::count))
        .route("/{mailbox}/inbox", get(inbox::list))
        .route("/{mailbox}/inbox/rich", get(rich::inbox))
        .route("/{mailbox}/inbox/{message}", get(fetch::first).head(fetch::head))
        .route("/{mailbox}/inbox/{message}/{chunk}", get(fetch::chunk))
        .route("/{mailbox}/inbox/{message}/status/acknowledged", put(inbox::acknowledge))
        .route("/{mailbox}/outbox", post(outbox::send))
        .route("/{mailbox}/outbox/rich", get(rich::outbox))
        .route("/{mailbox}/outbox/tracking", get(tracking::by_message))
        .route("/{mailbox}/outbox/tracking/{local}", get(tracking::by_local_id))
        .route("/{mailbox}/outbox/{message}/{chunk}", post(outbox::chunk))
        .fallback(no_such_path)
        .layer(middleware::from_fn(version::answered))
}

/// The answer at an address that is none.
pub(super) async fn no_such_path() -> Response {
    Failed::not_found().into_response()
}

/// `POST {mailbox}`, also `GET`: the client says what it is, and learns that its account is right.
async fn handshake(version: Version, caller: Caller, headers: HeaderMap) -> Result<Response, Failed> {
    for name in ["mex-clientversion", "mex-osname", "mex-osversion"] {
        if !headers.contains_key(name) {
            return Err(Failed::field(name, "Field required"));
        }
    }
    Ok(match version {
        Version::One => Json(json!({ "mailboxId": caller.name })).into_response(),
        Version::Two => ().into_response(),
    })
}

/// `POST {mailbox}/update`: the Java client asks whether there is a newer one; there is none here.
async fn update(_: Caller) {}
