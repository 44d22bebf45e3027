//! Signing in and out, and what somebody may do to their own account.

mod elsewhere;

use std::net::IpAddr;

use axum::Json;
use axum::extract::{Extension, State};
use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use jiff::Timestamp;
use packhorse_governance::GovernanceError;
use packhorse_governance::people::{Account, Entered, LinkPurpose, Shown, SignedIn, TurnedAway};
use serde::Deserialize;
use serde_json::{Value, json};

use super::document::{Gives, Route, route};
use crate::door::Peer;
use crate::inside::Inside;
use crate::inside::api::{ApiError, Manager};
use crate::inside::credentials::bearer;
use crate::steps::identify::today;

/// Longest name, code or token that is looked at.
const SHOWN_LIMIT: usize = 300;

/// The calls of this file.
pub(super) fn routes() -> Vec<Route> {
    [own_routes(), elsewhere::routes()].into_iter().flatten().collect()
}

fn own_routes() -> Vec<Route> {
    vec![
        route(
            "post",
            "/sign-in",
            post(sign_in),
            "sign in with a password; a session's token, or the step for the code",
        )
        .answers("Session")
        .body(&["name", "password", "code?"])
        .gives(Gives::Stepwise("NextStep"))
        .open(),
        route("post", "/sign-in/code", post(code), "the second step: the code of the app, or a recovery code")
            .answers("Session")
            .body(&["step", "code"])
            .open(),
        route("get", "/me", get(me), "who the token belongs to, and what they may do").answers("Me"),
        route("delete", "/session", delete(sign_out), "sign out: the token is void").answers("SignedOut"),
        route("post", "/invitation", post(look_at_link), "what a link of an invitation or a recovery offers")
            .answers("LinkOffer")
            .body(&["link"])
            .open(),
        route("post", "/invitation/accept", post(accept_link), "set the password by a link, and sign in")
            .answers("NewSession")
            .body(&["link", "password", "code?"])
            .open(),
        route("post", "/me/password", post(change_password), "change one's own password; every other session ends")
            .answers("Session")
            .body(&["old", "new"]),
        route(
            "post",
            "/me/recovery-codes",
            post(new_recovery_codes),
            "new recovery codes in place of the old, shown once",
        )
        .answers("RecoveryCodes")
        .body(&["password"]),
        route("post", "/me/sign-out-everywhere", post(sign_out_everywhere), "end every session of one's own")
            .answers("SessionsEnded"),
    ]
}

/// Where somebody calls from, for counting tries. Behind a proxy it is the proxy's.
pub(super) fn address(peer: Option<Extension<Peer>>) -> String {
    let address: Option<IpAddr> = peer.map(|Extension(peer)| peer.address.ip().to_canonical());
    match address {
        // A household or a site has a /64 of addresses; counting each alone would count nothing.
        Some(IpAddr::V6(v6)) => format!("{:x?}", &v6.segments()[..4]),
        Some(other) => other.to_string(),
        None => "none".to_owned(),
    }
}

/// Refuses what is longer than anybody's name.
pub(super) fn short(text: &str) -> Result<&str, ApiError> {
    if text.len() > SHOWN_LIMIT || text.contains('\0') {
        return Err(ApiError::bad("a name, code or link is longer than there are any", "look at what was sent"));
    }
    Ok(text)
}

/// How an error of signing in is answered: with the seconds to wait, where there are any.
pub(super) fn turned_away(error: GovernanceError) -> Response {
    let wait = match &error {
        GovernanceError::TurnedAway(TurnedAway::Wait { seconds }) => Some(*seconds),
        _ => None,
    };
    let mut response = ApiError::from(error).into_response();
    response.headers_mut().extend(wait.map(|seconds| (RETRY_AFTER, seconds.into())));
    response
}

pub(super) fn entered(entered: &Entered) -> Value {
    json!({
        "session": entered.token, "until": entered.session.until,
        "person": entered.account.id, "name": entered.account.name, "roles": entered.account.roles,
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Credentials {
    name: String,
    password: String,
    code: Option<String>,
}

/// `POST /api/sign-in`.
async fn sign_in(
    State(inside): State<Inside>,
    peer: Option<Extension<Peer>>,
    Json(given): Json<Credentials>,
) -> Result<Response, ApiError> {
    let shown = Shown {
        name: short(given.name.trim())?,
        password: &given.password,
        code: given.code.as_deref().map(short).transpose()?,
        address: &address(peer),
    };
    Ok(match inside.context.sign_in.with_password(shown, Timestamp::now()).await {
        Ok(SignedIn::Whole(whole)) => Json(entered(&whole)).into_response(),
        Ok(SignedIn::Half(step)) => {
            (StatusCode::ACCEPTED, Json(json!({"needs": "code", "step": step}))).into_response()
        }
        Err(error) => turned_away(error),
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    step: String,
    code: String,
}

/// `POST /api/sign-in/code`.
async fn code(
    State(inside): State<Inside>,
    peer: Option<Extension<Peer>>,
    Json(given): Json<Step>,
) -> Result<Response, ApiError> {
    let (step, code) = (short(&given.step)?, short(&given.code)?);
    Ok(match inside.context.sign_in.with_code(step, code, &address(peer), Timestamp::now()).await {
        Ok(whole) => Json(entered(&whole)).into_response(),
        Err(error) => turned_away(error),
    })
}

/// `GET /api/me`.
async fn me(manager: Manager, State(inside): State<Inside>, headers: HeaderMap) -> Result<Json<Value>, ApiError> {
    let Some(person) = &manager.person else {
        return Ok(Json(json!({"name": manager.name, "roles": manager.roles, "person": null})));
    };
    let sign_in = &inside.context.sign_in;
    let account = inside.context.people.accounts().get(person).ok_or_else(|| ApiError::missing("account"))?;
    let session = sign_in.sessions().find(bearer(&headers).unwrap_or_default(), Timestamp::now()).await?;
    let (password, second_factor, recovery_codes) = sign_in.factors(person).await?;
    Ok(Json(json!({
        "person": account.id, "name": account.name, "email": account.email, "roles": manager.roles,
        "tier": account.tier, "department": account.department, "teams": account.teams,
        "confirmed_on": account.confirmed_on,
        "review_due": account.review_due(inside.context.people.accounts().review_days()),
        "signed_in": session.as_ref().map(|session| session.since),
        "until": session.as_ref().map(|session| session.until),
        "idle_seconds": sign_in.settings().idle.as_secs(),
        "signed_in_by": session.as_ref().map(|session| session.by),
        "vetting": inside.context.assurance.papers().vetting.get(person),
        "to_accept": inside.context.assurance.papers().to_accept(&account.acceptable_use, today()),
        "has_password": password, "has_second_factor": second_factor, "recovery_codes_left": recovery_codes,
    })))
}

/// `DELETE /api/session`.
async fn sign_out(_: Manager, State(inside): State<Inside>, headers: HeaderMap) -> Result<Json<Value>, ApiError> {
    let ended = inside.context.sign_in.sessions().end(bearer(&headers).unwrap_or_default(), Timestamp::now()).await?;
    let Some(ended) = ended else {
        return Err(ApiError::bad(
            "this token is no session's",
            "an operator's token is removed with the command line",
        ));
    };
    let there = match (&inside.context.open_id, &ended.id_token) {
        (Some(open_id), Some(token)) => open_id.sign_out(token).await,
        _ => None,
    };
    Ok(Json(json!({"signed_out": true, "address": there})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Link {
    link: String,
}

/// `POST /api/invitation`: the app's secret comes as text and as the address that apps read from a QR code.
async fn look_at_link(State(inside): State<Inside>, Json(given): Json<Link>) -> Result<Response, ApiError> {
    let offered = match inside.context.sign_in.look_at(short(&given.link)?, Timestamp::now()).await {
        Ok(offered) => offered,
        Err(error) => return Ok(turned_away(error)),
    };
    let organisation = inside.context.identity.organisation.to_string();
    let secret = offered.totp.as_ref().map(|totp| totp.to_base32());
    let address = secret.as_ref().map(|secret| otpauth(&organisation, &offered.account, secret));
    let body = json!({
        "person": offered.account.id, "name": offered.account.name, "purpose": offered.purpose,
        "needs_code": secret.is_some(), "secret": secret, "otpauth": address,
    });
    Ok(Json(body).into_response())
}

/// The form that apps read (Key URI Format). Nothing in it needs escaping but what is escaped here.
fn otpauth(organisation: &str, account: &Account, secret: &str) -> String {
    let issuer = organisation.replace('/', "%2F");
    let account = account.id.replace('@', "%40");
    format!("otpauth://totp/Packhorse%20{issuer}:{account}?secret={secret}&issuer=Packhorse%20{issuer}")
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Acceptance {
    link: String,
    password: String,
    code: Option<String>,
}

/// `POST /api/invitation/accept`.
async fn accept_link(
    State(inside): State<Inside>,
    peer: Option<Extension<Peer>>,
    Json(given): Json<Acceptance>,
) -> Result<Response, ApiError> {
    let (link, code) = (short(&given.link)?, given.code.as_deref().map(short).transpose()?);
    let sign_in = &inside.context.sign_in;
    Ok(match sign_in.accept(link, &given.password, code, &address(peer), Timestamp::now()).await {
        Ok(accepted) => {
            let mut body = entered(&accepted.entered);
            body["recovery_codes"] = json!(accepted.recovery_codes);
            Json(body).into_response()
        }
        Err(error) => turned_away(error),
    })
}

/// The account of whoever calls, who must be a person.
pub(super) fn own_account(manager: &Manager, inside: &Inside) -> Result<std::sync::Arc<Account>, ApiError> {
    let account = manager.person.as_ref().and_then(|person| inside.context.people.accounts().get(person));
    account.ok_or_else(|| ApiError::bad("the token is an operator's, not a person's", "sign in with /api/sign-in"))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewPassword {
    old: String,
    new: String,
}

/// `POST /api/me/password`.
async fn change_password(
    manager: Manager,
    State(inside): State<Inside>,
    peer: Option<Extension<Peer>>,
    Json(given): Json<NewPassword>,
) -> Result<Response, ApiError> {
    let account = own_account(&manager, &inside)?;
    let sign_in = &inside.context.sign_in;
    Ok(match sign_in.change_password(&account, &given.old, &given.new, &address(peer), Timestamp::now()).await {
        Ok(whole) => Json(entered(&whole)).into_response(),
        Err(error) => turned_away(error),
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Password {
    password: String,
}

/// `POST /api/me/recovery-codes`.
async fn new_recovery_codes(
    manager: Manager,
    State(inside): State<Inside>,
    peer: Option<Extension<Peer>>,
    Json(given): Json<Password>,
) -> Result<Response, ApiError> {
    let account = own_account(&manager, &inside)?;
    let sign_in = &inside.context.sign_in;
    Ok(match sign_in.new_recovery_codes(&account, &given.password, &address(peer), Timestamp::now()).await {
        Ok(codes) => Json(json!({"recovery_codes": codes})).into_response(),
        Err(error) => turned_away(error),
    })
}

/// `POST /api/me/sign-out-everywhere`.
async fn sign_out_everywhere(manager: Manager, State(inside): State<Inside>) -> Result<Json<Value>, ApiError> {
    let account = own_account(&manager, &inside)?;
    let ended = inside.context.sign_in.sessions().end_all(&account.id).await?;
    Ok(Json(json!({"sessions_ended": ended})))
}

/// What an operator or governance officer is given to hand over.
pub(super) fn link(inside: &Inside, token: &str, purpose: LinkPurpose) -> Value {
    let page = match purpose {
        LinkPurpose::Invitation => "invitation",
        LinkPurpose::Recovery => "recovery",
    };
    let address = inside.context.pages.as_ref().map(|pages| format!("{pages}/{page}/{token}"));
    json!({"link": token, "address": address, "purpose": purpose})
}
