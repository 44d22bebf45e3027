//! What a page says when it cannot do what was asked: what happened, under which rule, and what to do.
//!
//! A handler answers with [`WebError`] alone; [`dress`] makes the page of it, because only there is known whose gateway
//! this is and where the person was.

use askama::Template;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{Method, StatusCode, Uri};
use serde::Deserialize;

use crate::Web;
use crate::api::part;
use crate::form::sentence;
use crate::guard::headed;
use crate::layout::Layout;

/// What the API says when it does not do something.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Problem {
    #[serde(skip)]
    pub(crate) status: u16,
    /// What was refused, and why.
    pub(crate) error: String,
    /// What to do about it.
    pub(crate) remedy: String,
    /// The stable name of the rule.
    pub(crate) rule: Option<String>,
    /// What is amiss, member by member.
    pub(crate) findings: Vec<Finding>,
}

impl Problem {
    /// What was refused, as a sentence.
    pub(crate) fn said(&self) -> String {
        sentence(&[&self.error])
    }
}

/// One thing that is amiss in what was sent.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Finding {
    pub(crate) field: String,
    pub(crate) problem: String,
    pub(crate) remedy: String,
}

/// Everything that keeps a page from being what was asked for.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum WebError {
    /// Nobody has signed in, or not for long enough; what the API said, if it was asked.
    #[error("nobody has signed in")]
    SignedOut(Option<Problem>),
    /// The acceptable use policy in force is to be accepted first.
    #[error("the acceptable use policy is to be accepted first")]
    ToAccept,
    /// A form that was not made for this session, or came from another site.
    #[error("the form was not made for this session")]
    Stale,
    /// The API says no.
    #[error("{}", .0.error)]
    Refused(Box<Problem>),
    /// No such thing, or none that this person may see.
    #[error("no such page")]
    Missing,
    /// More than is taken in.
    #[error("more was sent than is taken")]
    TooLarge,
    /// The gateway cannot serve now.
    #[error("the gateway is busy")]
    Busy,
    /// Something broke.
    #[error("something broke")]
    Fault,
}

impl WebError {
    fn status(&self) -> StatusCode {
        match self {
            Self::SignedOut(_) => StatusCode::UNAUTHORIZED,
            Self::Stale | Self::ToAccept => StatusCode::FORBIDDEN,
            // Some doors answer refusals with a status of the foreign protocol they speak.
            Self::Refused(problem) => StatusCode::from_u16(problem.status)
                .ok()
                .filter(StatusCode::is_client_error)
                .unwrap_or(StatusCode::FORBIDDEN),
            Self::Missing => StatusCode::NOT_FOUND,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Self::Fault => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn title(&self) -> &'static str {
        match self {
            Self::SignedOut(_) => "You are not signed in",
            Self::ToAccept => "Accept the acceptable use policy first",
            Self::Stale => "This form can no longer be sent",
            Self::Refused(_) => "This is not allowed",
            Self::Missing => "Page not found",
            Self::TooLarge => "This is too large",
            Self::Busy => "The gateway cannot answer now",
            Self::Fault => "Sorry, there is a problem with the service",
        }
    }
}

impl IntoResponse for WebError {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage<'a> {
    layout: Layout,
    error: &'a WebError,
}

/// Makes a page of an error, and of whatever a framework refused in plain text.
pub(crate) async fn dress(State(web): State<Web>, request: Request, next: Next) -> Response {
    let (method, uri) = (request.method().clone(), request.uri().clone());
    let response = next.run(request).await;
    let error = match response.extensions().get::<WebError>() {
        Some(WebError::SignedOut(None)) => return led_to("/sign-in", &method, &uri),
        // What was sent is not lost: the page that comes instead of its answer can be loaded again.
        Some(WebError::ToAccept) if method.is_safe() => return led_to("/acceptable-use", &method, &uri),
        Some(error) => error.clone(),
        None if is_bare_refusal(&response) => WebError::Missing,
        None => return response,
    };
    page(&web, &error)
}

fn page(web: &Web, error: &WebError) -> Response {
    let page = ErrorPage { layout: Layout::bare(web, error.title()), error };
    crate::layout::respond(error.status(), &page)
}

/// A path parameter or method that does not fit is refused by the framework, in plain text.
fn is_bare_refusal(response: &Response) -> bool {
    let html = response.headers().get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    response.status().is_client_error() && !html && response.headers().get("tus-resumable").is_none()
}

/// Somewhere else first, and then back to where the person was; what was posted is not posted again.
fn led_to(first: &str, method: &Method, uri: &Uri) -> Response {
    let back = (method == Method::GET && uri.path() != "/").then(|| uri.path_and_query().map(|path| path.as_str()));
    match back.flatten() {
        Some(path) => Redirect::to(&format!("{first}?to={}", part(path))).into_response(),
        None => Redirect::to(first).into_response(),
    }
}

/// A page's path, asked for by a method that it has not.
pub(crate) async fn wrong_method(State(web): State<Web>) -> Response {
    let mut response = headed(page(&web, &WebError::Missing));
    *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
    response
}

/// A path that is no page's goes to the door. What the door does not know either is, to a browser, a page that is not
/// there, and not a failure in the words of X-Road.
pub(crate) async fn lost(State(web): State<Web>, request: Request, next: Next) -> Response {
    let accepts = request.headers().get(ACCEPT).is_some_and(|kinds| kinds.as_bytes().starts_with(b"text/html"));
    let by_browser = request.method().is_safe() && accepts && !request.uri().path().starts_with("/r1/");
    let response = next.run(request).await;
    let unknown = response.headers().contains_key("x-road-error");
    if by_browser && unknown { headed(page(&web, &WebError::Missing)) } else { response }
}
