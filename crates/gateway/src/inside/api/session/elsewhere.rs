//! Ways in that lead past somewhere else: the identity provider, and the letter box of whoever lost their password.

use axum::Json;
use axum::extract::{Extension, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use jiff::Timestamp;
use packhorse_governance::GovernanceError;
use packhorse_governance::people::LinkPurpose;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Gives, Route, address, entered, route, short, turned_away};
use crate::door::Peer;
use crate::error::GatewayError;
use crate::inside::Inside;
use crate::inside::api::ApiError;
use crate::notices::{self, Occasion};
use crate::open_id::{Back, OpenId};

/// The calls of this file.
pub(super) fn routes() -> Vec<Route> {
    vec![
        route("get", "/sign-in", get(ways), "which ways to sign in there are").answers("SignInWays").open(),
        route("post", "/sign-in/open-id", post(begin), "begin at the identity provider: where to send the browser")
            .answers("OpenIdWay")
            .open(),
        route("post", "/sign-in/open-id/finish", post(finish), "end it with what the browser brought back")
            .answers("Session")
            .body(&["state", "code", "binding", "iss?"])
            .open(),
        route("post", "/recovery", post(recovery), "ask for a link to a new password, by e-mail")
            .answers("RecoveryBegun")
            .body(&["name"])
            .gives(Gives::Begun)
            .open(),
    ]
}

/// `GET /api/sign-in`.
async fn ways(State(inside): State<Inside>) -> Json<Value> {
    let context = &inside.context;
    Json(json!({"password": true, "open_id": context.open_id.is_some(), "recovery_by_mail": context.mail.is_some()}))
}

fn open_id(inside: &Inside) -> Result<&OpenId, ApiError> {
    inside.context.open_id.as_ref().ok_or_else(|| ApiError::missing("identity provider"))
}

/// `POST /api/sign-in/open-id`: `binding` stays with the browser and comes back with it.
async fn begin(State(inside): State<Inside>) -> Result<Json<Value>, ApiError> {
    let way = open_id(&inside)?.begin(&inside.context).await?;
    Ok(Json(json!({"address": way.address, "binding": way.binding})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Returned {
    state: String,
    code: String,
    binding: String,
    iss: Option<String>,
}

/// Longest code that a provider gives.
const CODE_LIMIT: usize = 4096;

/// `POST /api/sign-in/open-id/finish`.
async fn finish(State(inside): State<Inside>, Json(given): Json<Returned>) -> Result<Response, ApiError> {
    if given.code.len() > CODE_LIMIT {
        return Err(ApiError::bad("the code is longer than any", "begin again"));
    }
    let issuer = given.iss.as_deref().map(short).transpose()?;
    let back = Back { state: short(&given.state)?, code: &given.code, binding: short(&given.binding)?, issuer };
    let whole = open_id(&inside)?.finish(&inside.context, back).await?;
    Ok(Json(entered(&whole)).into_response())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Named {
    name: String,
}

/// `POST /api/recovery`: answered alike and at once, whoever is named; what follows happens beside it.
async fn recovery(
    State(inside): State<Inside>,
    peer: Option<Extension<Peer>>,
    Json(given): Json<Named>,
) -> Result<Response, ApiError> {
    if inside.context.mail.is_none() {
        let remedy = "ask the information governance officer for a link";
        return Err(ApiError::bad("this gateway sends no e-mail", remedy));
    }
    let (name, address) = (short(given.name.trim())?.to_owned(), address(peer));
    if let Err(error) = inside.context.sign_in.may_ask_to_recover(&name, &address, Timestamp::now()).await {
        return Ok(turned_away(error));
    }
    tokio::spawn(async move {
        if let Err(error) = send_recovery(&inside, &name).await {
            tracing::warn!(%error, "a recovery could not be begun");
        }
    });
    Ok((StatusCode::ACCEPTED, Json(json!({"sent": "if there is such an account, a link is on its way"})))
        .into_response())
}

async fn send_recovery(inside: &Inside, name: &str) -> Result<(), GatewayError> {
    let context = &inside.context;
    let Some(account) = context.people.accounts().named(name) else { return Ok(()) };
    let (has_password, ..) = context.sign_in.factors(&account.id).await?;
    // Who signs in elsewhere recovers there; who may not come in is sent nothing.
    if !has_password {
        return Ok(());
    }
    match context.sign_in.invite(&account, LinkPurpose::Recovery, Timestamp::now()).await {
        Ok(token) => notices::tell(context, &account, Occasion::Recovery, &format!("/recovery/{token}")).await,
        Err(GovernanceError::TurnedAway(_) | GovernanceError::Act { .. }) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
