//! The links by which somebody comes to their password: what is shown, what is set, the recovery codes shown once.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::get;
use qrcode::{Color, QrCode};
use serde::Deserialize;
use serde_json::json;

use crate::Web;
use crate::components::Input;
use crate::error::WebError;
use crate::form::{Errors, Form};
use crate::layout::{Layout, amiss, page};
use crate::pages::sign_in::{amiss_at, remember};
use crate::visitor::Visitor;

pub(super) fn routes() -> Router<Web> {
    Router::new()
        .route("/invitation/{link}", get(show).post(accept))
        .route("/recovery/{link}", get(show).post(accept))
        .route("/recover", get(ask).post(send))
        .route("/recover/sent", get(told))
}

/// What a link offers.
#[derive(Deserialize)]
struct Offered {
    person: String,
    name: String,
    needs_code: bool,
    secret: Option<String>,
    otpauth: Option<String>,
}

#[derive(Template)]
#[template(path = "people/invitation.html")]
struct Invitation {
    layout: Layout,
    offered: Offered,
    picture: Option<Picture>,
    password: Input,
    again: Input,
    code: Input,
}

/// A QR code: how many modules wide it is with its margin, and the dark ones as a path.
struct Picture {
    width: usize,
    path: String,
}

#[derive(Template)]
#[template(path = "people/codes.html")]
pub(super) struct Codes {
    pub(super) layout: Layout,
    pub(super) codes: Vec<String>,
}

#[derive(Template)]
#[template(path = "people/recover.html")]
struct Recover {
    layout: Layout,
    name: Input,
}

/// Said alike whoever was named.
#[derive(Template)]
#[template(path = "people/recover-sent.html")]
struct Sent {
    layout: Layout,
}

async fn form(visitor: &Visitor, link: &str, form: &Form, errors: &Errors) -> Result<Invitation, WebError> {
    let offered: Offered = visitor.api.post("/api/invitation", &json!({"link": link})).await?;
    Ok(Invitation {
        layout: visitor.layout("Set your password").with_errors(errors),
        picture: offered.otpauth.as_deref().and_then(picture),
        offered,
        password: Input::password("password", "New password", "new-password")
            .hint("At least 12 characters. Three random words are easy to keep in mind")
            .filled(form, errors),
        again: Input::password("again", "The same password again", "new-password").filled(form, errors),
        code: Input::new("code", "Code that the app shows")
            .hint("Six digits")
            .autocomplete("one-time-code")
            .code(true)
            .width(10)
            .filled(form, errors),
    })
}

/// The dark modules row by row, within the margin of four that readers need (ISO/IEC 18004 §6.3.8).
fn picture(text: &str) -> Option<Picture> {
    use std::fmt::Write as _;
    const MARGIN: usize = 4;
    let code = QrCode::new(text).ok()?;
    let width = code.width();
    let mut path = String::new();
    for (index, _) in code.to_colors().iter().enumerate().filter(|(_, colour)| **colour == Color::Dark) {
        write!(path, "M{} {}h1v1h-1z", index % width + MARGIN, index / width + MARGIN).ok()?;
    }
    Some(Picture { width: width + 2 * MARGIN, path })
}

async fn show(visitor: Visitor, Path(link): Path<String>) -> Result<Response, WebError> {
    Ok(page(&form(&visitor, &link, &Form::default(), &Errors::default()).await?))
}

#[derive(Deserialize)]
struct Accepted {
    session: String,
    recovery_codes: Vec<String>,
}

async fn accept(
    State(web): State<Web>,
    visitor: Visitor,
    Path(link): Path<String>,
    sent: Form,
) -> Result<Response, WebError> {
    let mut errors = Errors::default();
    let password = sent.raw("password");
    if password.is_empty() {
        errors.add("password", "Enter a new password");
    } else if password != sent.raw("again") {
        errors.add("again", "Enter the same password twice");
    }
    if errors.is_empty() {
        let code = Some(sent.text("code")).filter(|code| !code.is_empty());
        let body = json!({"link": link, "password": password, "code": code});
        match visitor.api.post("/api/invitation/accept", &body).await {
            Ok(Accepted { session, recovery_codes }) => {
                let title = if recovery_codes.is_empty() { "Your password is set" } else { "Keep your recovery codes" };
                let codes = Codes { layout: visitor.layout(title), codes: recovery_codes };
                let mut response = page(&codes);
                remember(&web, &session, &mut response)?;
                return Ok(response);
            }
            Err(error @ WebError::SignedOut(_)) => amiss_at("code", error, &mut errors)?,
            Err(WebError::Refused(problem)) if problem.status == 410 => return Err(WebError::Refused(problem)),
            Err(error) => amiss_at("password", error, &mut errors)?,
        }
    }
    Ok(amiss(&form(&visitor, &link, &sent, &errors).await?))
}

fn recover(visitor: &Visitor, form: &Form, errors: &Errors) -> Recover {
    Recover {
        layout: visitor.layout("Set a new password").with_errors(errors).back("/sign-in"),
        name: Input::new("name", "Your id or e-mail address").autocomplete("username").code(false).filled(form, errors),
    }
}

async fn ask(visitor: Visitor) -> Response {
    page(&recover(&visitor, &Form::default(), &Errors::default()))
}

async fn send(visitor: Visitor, sent: Form) -> Result<Response, WebError> {
    let mut errors = Errors::default();
    let name = errors.line(&sent, "name", "your id or e-mail address", 200);
    if errors.is_empty() {
        match visitor.api.tell("/api/recovery", &json!({"name": name})).await {
            Ok(()) => return Ok(Redirect::to("/recover/sent").into_response()),
            Err(error) => amiss_at("name", error, &mut errors)?,
        }
    }
    Ok(amiss(&recover(&visitor, &sent, &errors)))
}

async fn told(visitor: Visitor) -> Response {
    page(&Sent { layout: visitor.layout("Look into your letter box").back("/sign-in") })
}
