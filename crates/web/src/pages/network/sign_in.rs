//! Signing in at the registry: an operator's token, shown once, begins a session that ends by itself.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use http::header::SET_COOKIE;
use http::{Extensions, StatusCode};
use serde::Deserialize;
use serde_json::json;

use crate::Web;
use crate::api::Api;
use crate::components::Input;
use crate::cookies::Cookie;
use crate::error::WebError;
use crate::form::{Errors, Form};
use crate::layout::{Layout, amiss, page};
use crate::pages::sign_in::local;
use crate::visitor::{Person, Visitor};

#[derive(Template)]
#[template(path = "network/sign-in.html")]
struct SignIn {
    layout: Layout,
    token: Input,
    to: String,
}

#[derive(Deserialize)]
pub(super) struct Wanted {
    to: Option<String>,
}

#[derive(Deserialize)]
struct Begun {
    session: String,
}

fn sheet(visitor: &Visitor, to: &str, form: &Form, errors: &Errors) -> SignIn {
    SignIn {
        layout: visitor.layout("Sign in").with_errors(errors),
        token: Input::password("token", "Operator’s token", "current-password")
            .hint("It begins with phr_. An operator makes one with packhorse registry operator add.")
            .filled(form, errors),
        to: to.to_owned(),
    }
}

/// `GET /sign-in`.
pub(super) async fn show(visitor: Visitor, Query(Wanted { to }): Query<Wanted>) -> Response {
    page(&sheet(&visitor, to.as_deref().unwrap_or_default(), &Form::default(), &Errors::default()))
}

/// `POST /sign-in`.
pub(super) async fn sign_in(State(web): State<Web>, visitor: Visitor, sent: Form) -> Result<Response, WebError> {
    let to = sent.text("to");
    let mut errors = Errors::default();
    let api = Api::new(web.api.clone(), None, &Extensions::new());
    let begun = match sent.text("token") {
        "" => Err("Enter your token".to_owned()),
        token => match api.post::<Begun>("/api/sessions", &json!({ "token": token })).await {
            Ok(begun) => Ok(begun),
            Err(WebError::SignedOut(_)) => Err("Enter a token that is valid".to_owned()),
            Err(WebError::Refused(problem)) => Err(problem.said()),
            Err(error) => return Err(error),
        },
    };
    let begun = match begun {
        Ok(begun) => begun,
        Err(message) => {
            errors.add("token", message);
            return Ok(amiss(&sheet(&visitor, to, &sent, &errors)));
        }
    };
    let mut response = Redirect::to(local(to)).into_response();
    let cookie = Cookie::Session.set(&web.settings, &begun.session).ok_or(WebError::Fault)?;
    response.headers_mut().append(SET_COOKIE, cookie);
    response.headers_mut().extend(Cookie::Visit.forget(&web.settings).map(|cookie| (SET_COOKIE, cookie)));
    Ok(response)
}

/// `POST /sign-out`.
pub(super) async fn sign_out(State(web): State<Web>, person: Person, _: Form) -> Response {
    // A session that has ended already is signed out of, too.
    let _ = person.api.delete("/api/sessions").await;
    let mut response = (StatusCode::SEE_OTHER, Redirect::to("/sign-in")).into_response();
    response.headers_mut().extend(Cookie::Session.forget(&web.settings).map(|cookie| (SET_COOKIE, cookie)));
    response
}
