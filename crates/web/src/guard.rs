//! What stands before every page: headers that keep a browser from doing more than a page needs, and proof that a form
//! came from a page of ours that this very session was shown.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::Extensions;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, HeaderMap, HeaderName, HeaderValue, ORIGIN,
    REFERRER_POLICY, SET_COOKIE, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use packhorse_keys::constant_time_equal;

use crate::Web;
use crate::cookies::{Cookie, form_token, secret};
use crate::error::WebError;
use crate::form::{FORM_LIMIT, Form};

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
/// Where a script that uploads shows the form's token.
pub(crate) const FORM_TOKEN: HeaderName = HeaderName::from_static("packhorse-form");

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
                      form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// What the port knew of a request before any path was matched. The API is told this and no more: the parameters of a
/// page's path would count as those of the call's.
#[derive(Clone)]
pub(crate) struct Arrived(pub(crate) Extensions);

/// Notes what the port knows of whoever calls.
pub(crate) async fn arrived(mut request: Request, next: Next) -> Response {
    let known = Arrived(request.extensions().clone());
    request.extensions_mut().insert(known);
    next.run(request).await
}

/// On every page.
pub(crate) async fn headers(request: Request, next: Next) -> Response {
    headed(next.run(request).await)
}

/// A page with the headers of every page.
pub(crate) fn headed(mut response: Response) -> Response {
    let headers = response.headers_mut();
    for (name, value) in [
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_FRAME_OPTIONS, "DENY"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // Not `no-referrer`: with it, a browser says `Origin: null` of our own forms.
        (REFERRER_POLICY, "same-origin"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Who visits: the session's token if there is one, and the secret to which forms are bound.
#[derive(Clone)]
pub(crate) struct Visit {
    pub(crate) session: Option<String>,
    /// What a form must show.
    pub(crate) token: String,
}

/// Gives somebody who has neither session nor secret a secret.
pub(crate) async fn visit(State(web): State<Web>, mut request: Request, next: Next) -> Response {
    let session = Cookie::Session.read(&web.settings, request.headers());
    let known = session.clone().or_else(|| Cookie::Visit.read(&web.settings, request.headers()));
    let (known, fresh) = match known {
        Some(known) => (known, None),
        None => match secret() {
            Ok(made) => (made.clone(), Cookie::Visit.set(&web.settings, &made)),
            Err(_) => return WebError::Fault.into_response(),
        },
    };
    request.extensions_mut().insert(Visit { session, token: form_token(&known) });
    let mut response = next.run(request).await;
    if let Some(cookie) = fresh {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}

/// Whatever is not `GET` or `HEAD` must be a form of ours: it is read here, once, and no handler sees another.
pub(crate) async fn form(State(_): State<Web>, request: Request, next: Next) -> Response {
    if request.method().is_safe() {
        return next.run(request).await;
    }
    match judged(request).await {
        Ok(request) => next.run(request).await,
        Err(error) => error.into_response(),
    }
}

async fn judged(request: Request) -> Result<Request, WebError> {
    let (mut parts, body) = request.into_parts();
    own_site(&parts.headers)?;
    let kind = parts.headers.get(CONTENT_TYPE).map(HeaderValue::as_bytes).unwrap_or_default();
    if !kind.starts_with(b"application/x-www-form-urlencoded") {
        return Err(WebError::Stale);
    }
    let bytes = match Limited::new(body, FORM_LIMIT).collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) if error.is::<LengthLimitError>() => return Err(WebError::TooLarge),
        Err(_) => return Err(WebError::Stale),
    };
    let form = Form::read(&bytes)?;
    let visit = parts.extensions.get::<Visit>().ok_or(WebError::Fault)?;
    if !constant_time_equal(form.token().as_bytes(), visit.token.as_bytes()) {
        return Err(WebError::Stale);
    }
    parts.extensions.insert(form);
    Ok(Request::from_parts(parts, bytes.into()))
}

/// For uploads: a script shows the token in a header; a form has it as its first part, which its handler must check
/// before it takes anything in.
pub(crate) async fn stream(State(_): State<Web>, request: Request, next: Next) -> Response {
    if request.method().is_safe() {
        return next.run(request).await;
    }
    let shown = request.headers().get(&FORM_TOKEN).map(HeaderValue::as_bytes);
    let right = |visit: &Visit| shown.is_some_and(|shown| constant_time_equal(shown, visit.token.as_bytes()));
    let kind = request.headers().get(CONTENT_TYPE).map(HeaderValue::as_bytes).unwrap_or_default();
    let by_script = request.extensions().get::<Visit>().is_some_and(right);
    if own_site(request.headers()).is_err() || !(by_script || kind.starts_with(b"multipart/form-data")) {
        return WebError::Stale.into_response();
    }
    next.run(request).await
}

/// A browser says where a request comes from (Fetch Metadata; Origin). One that says nothing is judged by the token.
fn own_site(headers: &HeaderMap) -> Result<(), WebError> {
    let site = headers.get(&SEC_FETCH_SITE).map(HeaderValue::as_bytes);
    if !matches!(site, None | Some(b"same-origin" | b"none")) {
        return Err(WebError::Stale);
    }
    // `null`: what a browser says after a redirect from elsewhere, or in a sandbox.
    let Some(origin) = headers.get(ORIGIN).and_then(|origin| origin.to_str().ok()) else { return Ok(()) };
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    match origin.split_once("://") {
        Some((_, from)) if from.eq_ignore_ascii_case(host) || host.is_empty() => Ok(()),
        _ => Err(WebError::Stale),
    }
}
