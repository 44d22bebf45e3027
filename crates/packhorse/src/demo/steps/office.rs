//! People come to work: accounts, and everything that a newcomer finds waiting in a browser.
//!
//! What has a day of its own is done here, through the gateways' doors; what lies behind was written before
//! (`demo/history.rs`).

mod applicants;
mod papers;
mod people;
mod post;

use std::pin::Pin;

use http::{HeaderMap, HeaderValue, Method, header};
use serde_json::Value;

use crate::api::{Api, accepted};
use crate::demo::sign_ins::{Desk, SignIns};
use crate::demo::stage::Stage;
use crate::error::{Error, Result};

/// A part, remembered by its name once it is done.
type Part = (&'static str, for<'a> fn(&'a mut Stage) -> Doing<'a>);
type Doing<'a> = Pin<Box<dyn Future<Output = Result<()>> + 'a>>;

const PARTS: [Part; 6] = [
    ("systems of people", |stage| Box::pin(people::systems(stage))),
    ("training", |stage| Box::pin(people::training(stage))),
    ("unfinished agreements", |stage| Box::pin(papers::agreements(stage))),
    ("papers", |stage| Box::pin(papers::others(stage))),
    ("post for people", |stage| Box::pin(post::arrives(stage))),
    ("applicants", |stage| Box::pin(applicants::ask(stage))),
];
/// That everybody has come in by their link.
const CAME: &str = "sign-ins";

pub(in crate::demo) async fn act(stage: &mut Stage) -> Result<String> {
    stage.narrator.found(
        "The borough's people get accounts, each with a password and an app for one-time codes. Behind them lie six \
         invented months, written down before the gateways were first served: exchanges, cases, training, a survey. \
         Their figures are counted from those records, as any others are.",
    )?;
    for (name, act) in PARTS {
        if !stage.place.has_made(name) {
            act(stage).await?;
            stage.place.made(name)?;
        }
    }
    if !stage.place.has_made(CAME) {
        let apps = people::come(stage).await?;
        let desk =
            Desk::new(format!("http://{}", stage.place.address(crate::demo::DESK)?), applicants::token(stage).await?);
        SignIns::new(stage.inside_url(&crate::demo::cast::BOROUGH)?, apps, desk).write(&stage.place)?;
        stage.place.made(CAME)?;
    }
    let sign_ins = SignIns::read(stage.place.root())?;
    Ok(format!("{} people of the borough can sign in, and the network's operator at the desk", sign_ins.people.len()))
}

/// A call of the API at a gateway's inside, as somebody who has signed in or as nobody.
async fn call(api: &Api, session: Option<&str>, path: &str, body: &Value) -> Result<Value> {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if let Some(session) = session {
        let bearer = HeaderValue::try_from(format!("Bearer {session}"));
        headers.insert(header::AUTHORIZATION, bearer.map_err(|_| no("a session's token is no header"))?);
    }
    let answer = accepted(api.raw(Method::POST, &format!("/api{path}"), headers, body.to_string().into()).await?)?;
    serde_json::from_slice(&answer.body).map_err(|_| no("what answers is not JSON"))
}

fn no(what: &str) -> Error {
    Error::NotHeld(what.to_owned())
}
