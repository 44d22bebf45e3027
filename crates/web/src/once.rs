//! A form that is sent twice is done once: whoever presses twice, or loads the page again, sees what the first came to.
//!
//! Kept in this process for some minutes, bound to session and form, bounded in number and size. In a cluster the second
//! may reach another process: what must not happen twice there is held by the API, by its own keys and states.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use http::header::SET_COOKIE;
use http::{HeaderMap, StatusCode};
use http_body_util::{BodyExt as _, Limited};
use tokio::sync::OnceCell;

use crate::Web;
use crate::error::WebError;
use crate::form::Form;
use crate::guard::Visit;

const KEPT_FOR: Duration = Duration::from_secs(600);
/// How long what hands out a session is kept: for whoever presses twice, not for whoever goes back after signing out.
const SESSION_KEPT_FOR: Duration = Duration::from_secs(15);
const MOST: usize = 256;
const LARGEST: usize = 256 * 1024;

/// What a form came to.
#[derive(Clone)]
struct Result {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl Result {
    fn kept_for(&self) -> Duration {
        if self.headers.contains_key(SET_COOKIE) { SESSION_KEPT_FOR } else { KEPT_FOR }
    }

    fn response(self) -> Response {
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        response
    }
}

type Entry = Arc<OnceCell<Result>>;

/// What forms came to.
#[derive(Default)]
pub(crate) struct Once(Mutex<HashMap<[u8; 32], (Instant, Entry)>>);

impl Once {
    fn entry(&self, key: [u8; 32]) -> Entry {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        entries.retain(|_, (since, entry)| since.elapsed() < entry.get().map_or(KEPT_FOR, Result::kept_for));
        while entries.len() >= MOST {
            let oldest = entries.iter().min_by_key(|(_, (since, _))| *since).map(|(key, _)| *key);
            oldest.map(|oldest| entries.remove(&oldest));
        }
        Arc::clone(&entries.entry(key).or_insert_with(|| (Instant::now(), Entry::default())).1)
    }
}

/// Does a form's work once.
pub(crate) async fn once(State(web): State<Web>, request: Request, next: Next) -> Response {
    let Some(entry) = key(&request).map(|key| web.once.entry(key)) else { return next.run(request).await };
    // In a task of its own: who closes the page in the middle does not leave it half done.
    let work = tokio::spawn(async move {
        let mut failed = None;
        let done = entry
            .get_or_try_init(|| async {
                let ended = kept(next.run(request).await).await;
                ended.map_err(|response| failed = Some(response))
            })
            .await;
        match done {
            Ok(result) => result.clone().response(),
            Err(()) => failed.unwrap_or_else(|| WebError::Fault.into_response()),
        }
    });
    work.await.unwrap_or_else(|_| WebError::Fault.into_response())
}

/// The whole form counts: who goes back and changes it has another.
fn key(request: &Request) -> Option<[u8; 32]> {
    let form = request.extensions().get::<Form>()?;
    let visit = request.extensions().get::<Visit>()?;
    let id = form.id()?;
    let said = format!("{}\n{}\n{id}\n", visit.token, request.uri());
    Some(packhorse_keys::sha256(&[said.as_bytes(), &form.digest()].concat()))
}

/// A success is kept; what failed may be tried again.
async fn kept(response: Response) -> std::result::Result<Result, Response> {
    let good = response.status().is_success() || response.status().is_redirection();
    if !good {
        return Err(response);
    }
    let (parts, body) = response.into_parts();
    match Limited::new(body, LARGEST).collect().await {
        Ok(body) => Ok(Result { status: parts.status, headers: parts.headers, body: body.to_bytes() }),
        Err(_) => Err(WebError::Fault.into_response()),
    }
}
