//! The management API and the parcels' own, called in this process as any integrator would over the network: with a
//! token, and judged the same.

use axum::Router;
use axum::body::Body;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderName};
use http::{Extensions, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Limited};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tower::ServiceExt as _;

use crate::error::{Problem, WebError};

/// Most bytes of an answer that is read whole.
const ANSWER_LIMIT: usize = 8 * 1024 * 1024;

/// Which system calls (X-Road REST protocol, §4.2).
const CLIENT: HeaderName = HeaderName::from_static("x-road-client");

/// What stands for itself in a path or a query (RFC 3986 §2.3).
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// One part of a path, or a value of a query, as it is written there.
pub(crate) fn part(text: &str) -> String {
    utf8_percent_encode(text, PLAIN).to_string()
}

/// The inside door, for one request of a browser.
#[derive(Clone)]
pub(crate) struct Api {
    router: Router,
    token: Option<String>,
    /// The system through which is called, where the call is one of a system's.
    client: Option<String>,
    /// What the port knows of who called: the API is told the same.
    extensions: Extensions,
}

impl Api {
    pub(crate) fn new(router: Router, token: Option<String>, extensions: &Extensions) -> Self {
        Self { router, token, client: None, extensions: extensions.clone() }
    }

    /// The same, through one of the organisation's systems, by its identifier.
    pub(crate) fn through(&self, client: &str) -> Self {
        Self { client: Some(client.to_owned()), ..self.clone() }
    }

    /// `GET`, with the answer read as JSON.
    pub(crate) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, WebError> {
        json(self.call(Method::GET, path, Body::empty()).await?).await
    }

    /// `POST` of JSON, with the answer read as JSON.
    pub(crate) async fn post<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T, WebError> {
        json(self.call(Method::POST, path, written(body)?).await?).await
    }

    /// `POST` of JSON, where nothing is read of the answer.
    pub(crate) async fn tell(&self, path: &str, body: &impl Serialize) -> Result<(), WebError> {
        self.call(Method::POST, path, written(body)?).await.map(drop)
    }

    /// `PUT` of JSON, where nothing is read of the answer.
    pub(crate) async fn put(&self, path: &str, body: &impl Serialize) -> Result<(), WebError> {
        self.call(Method::PUT, path, written(body)?).await.map(drop)
    }

    /// `DELETE`.
    pub(crate) async fn delete(&self, path: &str) -> Result<(), WebError> {
        self.call(Method::DELETE, path, Body::empty()).await.map(drop)
    }

    async fn call(&self, method: Method, path: &str, body: Body) -> Result<Response<Body>, WebError> {
        let json = (method != Method::GET).then_some((CONTENT_TYPE, "application/json"));
        let request = Request::builder().method(method).uri(path);
        let request = json.into_iter().fold(request, |request, (name, value)| request.header(name, value));
        self.send(request.body(body).map_err(|_| WebError::Missing)?).await
    }

    /// Sends a request as it is, with the session's token; what was not done is an error.
    pub(crate) async fn send(&self, mut request: Request<Body>) -> Result<Response<Body>, WebError> {
        *request.extensions_mut() = self.extensions.clone();
        if let Some(token) = &self.token {
            let value = format!("Bearer {token}").parse().map_err(|_| WebError::SignedOut(None))?;
            request.headers_mut().insert(AUTHORIZATION, value);
        }
        if let Some(client) = &self.client {
            request.headers_mut().insert(CLIENT, client.parse().map_err(|_| WebError::Missing)?);
        }
        let response = self.router.clone().oneshot(request).await.map_err(|never| match never {})?;
        if response.status().is_success() {
            return Ok(response);
        }
        Err(refused(response).await)
    }
}

fn written(body: &impl Serialize) -> Result<Body, WebError> {
    serde_json::to_vec(body).map(Body::from).map_err(|_| WebError::Fault)
}

async fn json<T: DeserializeOwned>(response: Response<Body>) -> Result<T, WebError> {
    let body = Limited::new(response.into_body(), ANSWER_LIMIT).collect().await;
    let body = body.map_err(|error| fault("the answer is too long or broke off", &*error))?;
    serde_json::from_slice(&body.to_bytes()).map_err(|error| fault("the answer has another form", &error))
}

fn fault(what: &str, error: &dyn std::error::Error) -> WebError {
    tracing::error!(error = %error, "a page could not read what the api answered: {what}");
    WebError::Fault
}

async fn refused(response: Response<Body>) -> WebError {
    let status = response.status();
    let body = Limited::new(response.into_body(), ANSWER_LIMIT).collect().await;
    let said: Problem = body.ok().and_then(|body| serde_json::from_slice(&body.to_bytes()).ok()).unwrap_or_else(|| {
        Problem { error: status.canonical_reason().unwrap_or("refused").into(), ..Problem::default() }
    });
    match status {
        StatusCode::UNAUTHORIZED => WebError::SignedOut(Some(said)),
        StatusCode::NOT_FOUND => WebError::Missing,
        StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT => WebError::Busy,
        // What came into force since the page was asked for.
        _ if said.rule.as_deref() == Some("acceptable-use") => WebError::ToAccept,
        status if status.is_client_error() => WebError::Refused(Box::new(Problem { status: status.as_u16(), ..said })),
        _ if said.rule.is_some() => WebError::Refused(Box::new(Problem { status: status.as_u16(), ..said })),
        _ => {
            tracing::error!(%status, said = said.error, "the api could not do what a page asked");
            WebError::Fault
        }
    }
}
