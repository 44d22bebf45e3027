//! Signing in and out, with the second step, at the identity provider, and with a token. Whether somebody may is the
//! API's to say.

use askama::Template;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Query, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use http::header::{COOKIE, HeaderMap, HeaderValue, SET_COOKIE};
use http::{Extensions, Request, StatusCode};
use serde::Deserialize;
use serde_json::json;

use crate::Web;
use crate::api::Api;
use crate::components::Input;
use crate::cookies::Cookie;
use crate::error::WebError;
use crate::form::{Errors, Form, sentence};
use crate::layout::{Layout, amiss, page};
use crate::visitor::{Visitor, Who};

/// Most bytes of what is answered to signing out: a provider's address with a token in it.
const MOST_OF_AN_ANSWER: usize = 256 * 1024;

pub(super) fn routes() -> Router<Web> {
    Router::new()
        .route("/sign-in", get(show).post(sign_in))
        .route("/sign-in/code", post(code))
        .route("/sign-in/token", get(show_token).post(with_token))
        .route("/sign-in/open-id", post(open_id))
        .route("/sign-in/open-id/return", get(back_from_open_id))
        .route("/sign-out", post(sign_out))
        .route("/signed-out", get(signed_out))
}

/// Which ways in there are.
#[derive(Deserialize)]
struct Ways {
    open_id: bool,
    recovery_by_mail: bool,
}

#[derive(Template)]
#[template(path = "pages/sign-in.html")]
struct SignIn {
    layout: Layout,
    ways: Ways,
    name: Input,
    password: Input,
    to: String,
}

#[derive(Template)]
#[template(path = "pages/sign-in-code.html")]
struct Code {
    layout: Layout,
    code: Input,
    step: String,
    to: String,
}

#[derive(Template)]
#[template(path = "pages/sign-in-token.html")]
struct Token {
    layout: Layout,
    token: Input,
    to: String,
}

#[derive(Template)]
#[template(path = "pages/signed-out.html")]
struct SignedOut {
    layout: Layout,
}

#[derive(Deserialize)]
struct Wanted {
    to: Option<String>,
}

/// What the API answers to each step.
#[derive(Deserialize)]
struct Entered {
    session: Option<String>,
    step: Option<String>,
}

async fn form(visitor: &Visitor, to: &str, form: &Form, errors: &Errors) -> Result<SignIn, WebError> {
    Ok(SignIn {
        layout: visitor.layout("Sign in").with_errors(errors),
        ways: visitor.api.get("/api/sign-in").await?,
        name: Input::new("name", "Your id or e-mail address").autocomplete("username").code(false).filled(form, errors),
        password: Input::password("password", "Password", "current-password").filled(form, errors),
        to: to.to_owned(),
    })
}

async fn show(visitor: Visitor, Query(Wanted { to }): Query<Wanted>) -> Result<Response, WebError> {
    let to = to.unwrap_or_default();
    Ok(page(&form(&visitor, &to, &Form::default(), &Errors::default()).await?))
}

async fn sign_in(State(web): State<Web>, visitor: Visitor, sent: Form) -> Result<Response, WebError> {
    let mut errors = Errors::default();
    let to = sent.text("to");
    let name = errors.line(&sent, "name", "your id or e-mail address", 200);
    let password = sent.raw("password");
    if password.is_empty() {
        errors.add("password", "Enter your password");
    }
    if errors.is_empty() {
        let answer = visitor.api.post("/api/sign-in", &json!({"name": name, "password": password})).await;
        match answer.map(|Entered { session, step }| (session, step)) {
            Ok((Some(session), _)) => return entered(&web, &session, to),
            Ok((None, Some(step))) => return Ok(page(&code_form(&visitor, &step, to, &sent, &errors))),
            Ok((None, None)) => return Err(WebError::Fault),
            Err(error) => amiss_at("name", error, &mut errors)?,
        }
    }
    Ok(amiss(&form(&visitor, to, &sent, &errors).await?))
}

fn code_form(visitor: &Visitor, step: &str, to: &str, form: &Form, errors: &Errors) -> Code {
    let hint = "Six digits from the app, or one of your recovery codes";
    Code {
        layout: visitor.layout("Enter the code from your app").with_errors(errors).back("/sign-in"),
        code: Input::new("code", "Code")
            .hint(hint)
            .autocomplete("one-time-code")
            .code(false)
            .width(20)
            .filled(form, errors),
        step: step.to_owned(),
        to: to.to_owned(),
    }
}

async fn code(State(web): State<Web>, visitor: Visitor, sent: Form) -> Result<Response, WebError> {
    let mut errors = Errors::default();
    let (step, to) = (sent.text("step"), sent.text("to"));
    let code = errors.line(&sent, "code", "the code", 100);
    if errors.is_empty() {
        let answer = visitor.api.post("/api/sign-in/code", &json!({"step": step, "code": code})).await;
        match answer.map(|Entered { session, .. }| session) {
            Ok(Some(session)) => return entered(&web, &session, to),
            Ok(None) => return Err(WebError::Fault),
            Err(error) => amiss_at("code", error, &mut errors)?,
        }
    }
    Ok(amiss(&code_form(&visitor, step, to, &sent, &errors)))
}

/// What the API refused, said at a field; what broke stays broken.
pub(super) fn amiss_at(field: &str, error: WebError, errors: &mut Errors) -> Result<(), WebError> {
    match error {
        WebError::SignedOut(Some(problem)) => errors.add(field, sentence(&[&problem.error])),
        WebError::Refused(problem) => errors.add(field, sentence(&[&problem.error, &problem.remedy])),
        other => return Err(other),
    }
    Ok(())
}

/// Gives the browser the session, and sends it to where the person was.
pub(super) fn entered(web: &Web, session: &str, to: &str) -> Result<Response, WebError> {
    let mut response = Redirect::to(local(to)).into_response();
    remember(web, session, &mut response)?;
    Ok(response)
}

/// Gives the browser the session with whatever is answered.
pub(super) fn remember(web: &Web, session: &str, response: &mut Response) -> Result<(), WebError> {
    let cookie = Cookie::Session.set(&web.settings, session).ok_or(WebError::Fault)?;
    response.headers_mut().append(SET_COOKIE, cookie);
    response.headers_mut().extend(Cookie::Visit.forget(&web.settings).map(|cookie| (SET_COOKIE, cookie)));
    Ok(())
}

fn token_form(visitor: &Visitor, to: &str, form: &Form, errors: &Errors) -> Token {
    Token {
        layout: visitor.layout("Sign in with a token").with_errors(errors).back("/sign-in"),
        token: Input::password("token", "Token", "current-password").filled(form, errors),
        to: to.to_owned(),
    }
}

async fn show_token(visitor: Visitor, Query(Wanted { to }): Query<Wanted>) -> Response {
    page(&token_form(&visitor, to.as_deref().unwrap_or_default(), &Form::default(), &Errors::default()))
}

async fn with_token(State(web): State<Web>, visitor: Visitor, sent: Form) -> Result<Response, WebError> {
    let mut errors = Errors::default();
    match begin(&web, &sent).await {
        Ok(token) => entered(&web, &token, sent.text("to")),
        Err(WebError::SignedOut(_)) => {
            errors.add("token", "Enter a token that is valid");
            Ok(amiss(&token_form(&visitor, sent.text("to"), &sent, &errors)))
        }
        Err(error) => Err(error),
    }
}

/// Whether a token is one, by asking with it.
async fn begin(web: &Web, sent: &Form) -> Result<String, WebError> {
    let token = sent.text("token").to_owned();
    let plain = token.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.~+/=".contains(&byte));
    if token.is_empty() || !plain {
        return Err(WebError::SignedOut(None));
    }
    let api = Api::new(web.api.clone(), Some(token.clone()), &Extensions::new());
    let _: Who = api.get("/api/me").await?;
    Ok(token)
}

#[derive(Deserialize)]
struct Way {
    address: String,
    binding: String,
}

/// Ties the way back to this browser: a quarter of an hour, and sent along with the provider's redirect.
const BINDING: &str = "packhorse-open-id";

fn binding_cookie(web: &Web, value: &str, seconds: u32) -> Result<HeaderValue, WebError> {
    let (prefix, secure) = if web.settings.secure { ("__Host-", "; Secure") } else { ("", "") };
    let line = format!("{prefix}{BINDING}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}");
    HeaderValue::from_str(&line).map_err(|_| WebError::Fault)
}

async fn open_id(State(web): State<Web>, visitor: Visitor, _: Form) -> Result<Response, WebError> {
    let Way { address, binding } = visitor.api.post("/api/sign-in/open-id", &json!({})).await?;
    // A form may lead to our own pages alone (form-action); a page that leads on by itself may go anywhere.
    let refresh = HeaderValue::try_from(format!("0; url={address}")).map_err(|_| WebError::Fault)?;
    let mut response = page(&Leaving { layout: visitor.layout("Sign in at your organisation"), address });
    response.headers_mut().insert("refresh", refresh);
    response.headers_mut().append(SET_COOKIE, binding_cookie(&web, &binding, 900)?);
    Ok(response)
}

#[derive(Template)]
#[template(path = "pages/leaving.html")]
struct Leaving {
    layout: Layout,
    address: String,
}

#[derive(Deserialize)]
struct Brought {
    state: Option<String>,
    code: Option<String>,
    iss: Option<String>,
}

async fn back_from_open_id(
    State(web): State<Web>,
    visitor: Visitor,
    headers: HeaderMap,
    Query(brought): Query<Brought>,
) -> Result<Response, WebError> {
    let mut errors = Errors::default();
    let (Brought { state: Some(state), code: Some(code), iss, .. }, Some(binding)) = (brought, binding(&web, &headers))
    else {
        errors.add("", "Nobody was signed in at your organisation: try again");
        return Ok(amiss(&form(&visitor, "", &Form::default(), &errors).await?));
    };
    let body = json!({"state": state, "code": code, "binding": binding, "iss": iss});
    match visitor.api.post("/api/sign-in/open-id/finish", &body).await.map(|Entered { session, .. }| session) {
        Ok(Some(session)) => {
            let mut response = entered(&web, &session, "/")?;
            response.headers_mut().append(SET_COOKIE, binding_cookie(&web, "", 0)?);
            Ok(response)
        }
        Ok(None) => Err(WebError::Fault),
        Err(error) => {
            amiss_at("", error, &mut errors)?;
            Ok(amiss(&form(&visitor, "", &Form::default(), &errors).await?))
        }
    }
}

fn binding(web: &Web, headers: &HeaderMap) -> Option<String> {
    let name = format!("{}{BINDING}", if web.settings.secure { "__Host-" } else { "" });
    let texts = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = texts.flat_map(|text| text.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(given, _)| *given == name).map(|(_, value)| value.to_owned())
}

/// Only a path of this service: nobody is led elsewhere by a link to our own sign-in page.
pub(super) fn local(to: &str) -> &str {
    let plain = to.starts_with('/') && !to.starts_with("//") && !to.contains('\\');
    if plain && to.chars().all(|letter| letter.is_ascii_graphic()) { to } else { "/" }
}

async fn sign_out(State(web): State<Web>, visitor: Visitor, _: Form) -> Result<Response, WebError> {
    let mut response = match ended(&visitor).await? {
        // Out at the provider as well; a page that leads on, for the same reason as on the way in.
        Some(address) => {
            let refresh = HeaderValue::try_from(format!("0; url={address}")).map_err(|_| WebError::Fault)?;
            let layout = Layout::bare(&web, "You are being signed out at your organisation");
            let mut response = page(&Leaving { layout, address });
            response.headers_mut().insert("refresh", refresh);
            response
        }
        None => (StatusCode::SEE_OTHER, Redirect::to("/signed-out")).into_response(),
    };
    response.headers_mut().extend(Cookie::Session.forget(&web.settings).map(|cookie| (SET_COOKIE, cookie)));
    Ok(response)
}

#[derive(Deserialize)]
struct Ended {
    address: Option<String>,
}

/// Ends the session; where to go to end the provider's. An operator's token is no session: nothing ends but the cookie.
async fn ended(visitor: &Visitor) -> Result<Option<String>, WebError> {
    let request = Request::delete("/api/session").body(Body::empty()).map_err(|_| WebError::Fault)?;
    let Ok(answer) = visitor.api.send(request).await else { return Ok(None) };
    let bytes = to_bytes(answer.into_body(), MOST_OF_AN_ANSWER).await.map_err(|_| WebError::Fault)?;
    let Ended { address } = serde_json::from_slice(&bytes).map_err(|_| WebError::Fault)?;
    Ok(address)
}

async fn signed_out(visitor: Visitor) -> Response {
    page(&SignedOut { layout: visitor.layout("You have signed out") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_led_elsewhere_after_signing_in() {
        assert_eq!(local("/inbox?after=3"), "/inbox?after=3");
        for elsewhere in ["", "//example.com", "/\\example.com", "https://example.com", "/a\r\nb", "javascript:x"] {
            assert_eq!(local(elsewhere), "/", "{elsewhere:?}");
        }
    }
}
