//! Signing in and out. Whether somebody may is the API's to say.

use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use http::header::SET_COOKIE;
use http::{Extensions, StatusCode};
use serde::Deserialize;

use crate::Web;
use crate::api::Api;
use crate::components::Input;
use crate::cookies::Cookie;
use crate::error::WebError;
use crate::form::{Errors, Form};
use crate::layout::{Layout, amiss, page};
use crate::visitor::{Visitor, Who};

pub(super) fn routes() -> Router<Web> {
    Router::new().route("/sign-in", get(show).post(sign_in)).route("/sign-out", post(sign_out))
}

#[derive(Template)]
#[template(path = "pages/sign-in.html")]
struct SignIn {
    layout: Layout,
    token: Input,
    to: String,
}

#[derive(Deserialize)]
struct Wanted {
    to: Option<String>,
}

fn form(visitor: &Visitor, to: &str, form: &Form, errors: &Errors) -> SignIn {
    SignIn {
        layout: visitor.layout("Sign in").with_errors(errors),
        token: Input::password("token", "Token", "current-password").filled(form, errors),
        to: to.to_owned(),
    }
}

async fn show(visitor: Visitor, Query(Wanted { to }): Query<Wanted>) -> Response {
    page(&form(&visitor, to.as_deref().unwrap_or_default(), &Form::default(), &Errors::default()))
}

async fn sign_in(State(web): State<Web>, visitor: Visitor, sent: Form) -> Result<Response, WebError> {
    let mut errors = Errors::default();
    let to = sent.text("to");
    match begin(&web, &sent).await {
        Ok(token) => {
            let mut response = Redirect::to(local(to)).into_response();
            let cookie = Cookie::Session.set(&web.settings, &token).ok_or(WebError::Fault)?;
            response.headers_mut().append(SET_COOKIE, cookie);
            response.headers_mut().extend(Cookie::Visit.forget(&web.settings).map(|cookie| (SET_COOKIE, cookie)));
            Ok(response)
        }
        Err(WebError::SignedOut(_)) => {
            errors.add("token", "Enter a token that is valid");
            Ok(amiss(&form(&visitor, to, &sent, &errors)))
        }
        Err(error) => Err(error),
    }
}

/// Begins a session, and says its token.
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

/// Only a path of this service: nobody is led elsewhere by a link to our own sign-in page.
pub(super) fn local(to: &str) -> &str {
    let plain = to.starts_with('/') && !to.starts_with("//") && !to.contains('\\');
    if plain && to.chars().all(|letter| letter.is_ascii_graphic()) { to } else { "/" }
}

async fn sign_out(State(web): State<Web>, _: Form) -> Response {
    let mut response = (StatusCode::SEE_OTHER, Redirect::to("/sign-in")).into_response();
    response.headers_mut().extend(Cookie::Session.forget(&web.settings).map(|cookie| (SET_COOKIE, cookie)));
    response
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
