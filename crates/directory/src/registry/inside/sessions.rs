//! Sessions of people who signed in with their token: kept in memory, ended by idleness, time and sign-out.
//!
//! A page holds the session's token in place of the operator's, so that the operator's is typed once and stays with
//! its owner.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::operators::{OperatorToken, digest};
use super::super::{Operator, Registry};
use super::refusal::ApiError;
use super::{Caller, Inside};
use crate::error::{DirectoryError, Result};

/// A session that is not used for so long ends.
const IDLE: SignedDuration = SignedDuration::from_mins(30);
/// No session lasts longer: a working day.
const LIFE: SignedDuration = SignedDuration::from_hours(9);
/// Most sessions at once.
const MAX_SESSIONS: usize = 1000;

/// The sessions, by the digest of their token.
#[derive(Default)]
pub(super) struct Sessions {
    open: Mutex<HashMap<String, Session>>,
}

struct Session {
    operator: Operator,
    begun: Timestamp,
    used: Timestamp,
}

impl Session {
    fn is_over(&self, now: Timestamp) -> bool {
        now.duration_since(self.used) > IDLE || now.duration_since(self.begun) > LIFE
    }
}

impl Sessions {
    fn begin(&self, operator: &Operator, now: Timestamp) -> Result<OperatorToken> {
        let token = OperatorToken::random("phs_")?;
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|_, session| !session.is_over(now));
        if open.len() >= MAX_SESSIONS {
            return Err(DirectoryError::Busy("sessions"));
        }
        open.insert(digest(token.reveal()), Session { operator: operator.clone(), begun: now, used: now });
        Ok(token)
    }

    /// Whose session this is, as long as its operator still has the token it signed in with.
    pub(super) async fn operator(&self, registry: &Registry, token: &str) -> Result<Option<Operator>> {
        let (name, now) = (digest(token), Timestamp::now());
        let of = {
            let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
            open.retain(|_, session| !session.is_over(now));
            open.get_mut(&name).map(|session| {
                session.used = now;
                session.operator.clone()
            })
        };
        let Some(of) = of else { return Ok(None) };
        let still = registry.operators().await?.into_iter().find(|operator| operator.has_same_token(&of));
        if still.is_none() {
            self.end(token);
        }
        Ok(still)
    }

    fn end(&self, token: &str) {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).remove(&digest(token));
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SignIn {
    token: String,
}

/// `POST /api/sessions`: signs in with an operator's token.
pub(super) async fn begin(
    State(inside): State<Inside>,
    Json(sign_in): Json<SignIn>,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let now = Timestamp::now();
    inside.registry.limits.sign_ins.admit(now)?;
    let operator = inside.registry.operator_with(sign_in.token.trim()).await?.ok_or_else(ApiError::unauthorised)?;
    let session = inside.sessions.begin(&operator, now)?;
    let said = json!({"session": session.reveal(), "name": operator.name, "roles": [operator.role.named()],
                      "expires_at": now + LIFE, "idle_minutes": IDLE.as_mins()});
    Ok((StatusCode::CREATED, Json(said)))
}

/// `GET /api/me`: whose token is shown.
pub(super) async fn show(caller: Caller, State(inside): State<Inside>) -> Json<Value> {
    let Operator { name, role, .. } = &caller.operator;
    Json(json!({"person": null, "name": name, "roles": [role.named()], "network": inside.registry.network(),
                "idle_seconds": IDLE.as_secs()}))
}

/// `DELETE /api/sessions`: signs out.
pub(super) async fn end(caller: Caller, State(inside): State<Inside>) -> StatusCode {
    inside.sessions.end(&caller.token);
    StatusCode::NO_CONTENT
}
