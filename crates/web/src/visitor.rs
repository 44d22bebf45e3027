//! Who looks at a page, as the API says it.

use std::ops::Deref;

use axum::extract::FromRequestParts;
use http::request::Parts;
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::Web;
use crate::api::Api;
use crate::error::WebError;
use crate::guard::{Arrived, Visit};
use crate::layout::Layout;

/// Who has signed in.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Who {
    /// The account's id; none for an operator's token, which is nobody's in particular.
    pub(crate) person: Option<String>,
    /// Their name, for people.
    pub(crate) name: String,
    /// `officer`, `governance`, `integrator`, `operator`, `auditor`.
    pub(crate) roles: Vec<String>,
    /// After how many seconds without a request the session ends.
    #[serde(default)]
    pub(crate) idle_seconds: Option<u64>,
    /// There when the acceptable use policy in force is still to be accepted.
    #[serde(default)]
    to_accept: Option<IgnoredAny>,
}

/// Where whoever has not accepted the acceptable use policy may be: at the policy; where an incident is reported, because
/// nothing stands between anybody and that; and at their own account. What is below each is open, too.
const OPEN_TO_ALL: [&str; 3] = ["/acceptable-use", "/incidents/report", "/account"];

impl Who {
    /// Whether a place is one for this person; an operator may see every place.
    pub(crate) fn is_any(&self, roles: &[&str]) -> bool {
        let has = |role: &String| role == "operator" || roles.contains(&role.as_str());
        roles.is_empty() || self.roles.iter().any(has)
    }
}

/// Anybody, signed in or not.
#[derive(Clone)]
pub(crate) struct Visitor {
    pub(crate) web: Web,
    /// The inside door, called as this visitor.
    pub(crate) api: Api,
    /// Who it is, once signed in.
    pub(crate) who: Option<Who>,
    /// What their forms must show.
    pub(crate) token: String,
}

impl FromRequestParts<Web> for Visitor {
    type Rejection = WebError;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, WebError> {
        let Visit { session, token } = parts.extensions.get().cloned().ok_or(WebError::Fault)?;
        let signed_in = session.is_some();
        let Arrived(port) = parts.extensions.get().cloned().ok_or(WebError::Fault)?;
        let api = Api::new(web.api.clone(), session, &port);
        let who = match signed_in {
            false => None,
            true => match api.get("/api/me").await {
                Ok(who) => Some(who),
                Err(WebError::SignedOut(_)) => None,
                Err(error) => return Err(error),
            },
        };
        Ok(Self { web: web.clone(), api, who, token })
    }
}

impl Visitor {
    /// The frame of a page for this visitor.
    pub(crate) fn layout(&self, title: impl Into<String>) -> Layout {
        Layout::of(self, title.into())
    }
}

/// Somebody who has signed in.
#[derive(Clone)]
pub(crate) struct Person {
    pub(crate) visitor: Visitor,
    pub(crate) who: Who,
}

impl Deref for Person {
    type Target = Visitor;

    fn deref(&self) -> &Visitor {
        &self.visitor
    }
}

impl FromRequestParts<Web> for Person {
    type Rejection = WebError;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, WebError> {
        let visitor = Visitor::from_request_parts(parts, web).await?;
        let who = visitor.who.clone().ok_or(WebError::SignedOut(None))?;
        if who.to_accept.is_some() && !is_open_to_all(parts.uri.path()) {
            return Err(WebError::ToAccept);
        }
        Ok(Self { visitor, who })
    }
}

/// Whether it is a place for whoever has still to accept the acceptable use policy, too.
fn is_open_to_all(path: &str) -> bool {
    let is_there = |rest: &str| rest.is_empty() || rest.starts_with('/');
    OPEN_TO_ALL.iter().any(|place| path.strip_prefix(place).is_some_and(is_there))
}
