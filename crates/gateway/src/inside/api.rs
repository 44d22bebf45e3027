//! The management API: what officers, integrators and operators do to this gateway, as JSON.
//!
//! Every call carries a bearer token whose role decides what it may do. Whoever signed in and has still to accept the
//! acceptable use policy may do what leads there, and nothing else. Its document is
//! `docs/protocol/management-api.json`, a snapshot made from the one list of routes in `document`.

mod acting;
mod agreements;
mod annual;
mod asking;
mod assets;
mod assurance;
mod document;
mod drafting;
mod figures;
mod incidents;
mod mailboxes;
pub(super) mod paging;
mod partners;
mod people;
mod processing;
mod pulse;
mod records;
mod rights;
mod services;
mod session;
mod sharing;
mod status;
mod systems;

use axum::Router;
use axum::extract::{DefaultBodyLimit, FromRequestParts, MatchedPath};
use axum::http::header::{ALLOW, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::middleware;
use axum::response::{IntoResponse, Response};
use packhorse_governance::people::{SESSION_PREFIX, TurnedAway};
use packhorse_governance::{Gate, GovernanceError, OperatorRole};
use packhorse_model::agreement::Finding;
use packhorse_model::{Refusal, Rule};
use serde_json::json;

use crate::error::GatewayError;
use crate::inside::Inside;
use crate::inside::credentials::bearer;
use crate::steps::identify::{may_go_on, today};

/// Most bytes of a request to the API: an agreement's text is the largest thing said here.
const BODY_LIMIT: usize = 1024 * 1024;
/// Most bytes of what a refusal says.
const SAID_LIMIT: usize = 4096;

/// The API's routes, below `/api`, as [`document::routes`] lists them.
pub(super) fn router() -> Router<Inside> {
    document::routes()
        .into_iter()
        .fold(Router::new(), |router, route| router.route(route.path, route.handler))
        .fallback(no_such_call)
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(middleware::map_response(in_our_words))
}

/// The answer at an address that is none.
pub(super) async fn no_such_call() -> ApiError {
    ApiError::missing("call")
}

/// What is refused before a call is reached (a method, a body, a parameter that does not fit) is said in the same
/// form as everything else.
async fn in_our_words(response: Response) -> Response {
    let status = response.status();
    let is_json = response.headers().get(CONTENT_TYPE).is_some_and(|given| given == "application/json");
    if is_json || !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let allow = response.headers().get(ALLOW).cloned();
    let said = axum::body::to_bytes(response.into_body(), SAID_LIMIT).await.unwrap_or_default();
    let error = match String::from_utf8_lossy(&said).trim() {
        "" => status.canonical_reason().unwrap_or("refused").to_lowercase(),
        said => said.to_owned(),
    };
    let remedy = "see docs/protocol/management-api.json for every call and what it takes".into();
    let mut response = ApiError { status, rule: None, error, remedy, findings: Vec::new() }.into_response();
    // RFC 9110 §15.5.6: which methods there are.
    response.headers_mut().extend(allow.map(|allow| (ALLOW, allow)));
    response
}

/// What whoever signed in may call before they have accepted the acceptable use policy: what leads to it and out again,
/// their own account and, because nothing stands between anybody and that, the report of an incident.
const COMES_FIRST: [(&str, &str); 8] = [
    ("GET", "/api/me"),
    ("POST", "/api/me/password"),
    ("POST", "/api/me/recovery-codes"),
    ("POST", "/api/me/sign-out-everywhere"),
    ("DELETE", "/api/session"),
    ("GET", "/api/acceptable-use"),
    ("POST", "/api/acceptable-use/accept"),
    ("POST", "/api/incidents"),
];

/// Who calls the API: extracted before anything else of a request is looked at.
pub(crate) struct Manager {
    /// The token's operator name or the account's id.
    pub(crate) name: String,
    /// What they may do.
    pub(crate) roles: Vec<OperatorRole>,
    /// What they might do if they were vetted as the role requires.
    unvetted: Vec<OperatorRole>,
    /// The account's id when a person has signed in.
    pub(crate) person: Option<String>,
}

impl FromRequestParts<Inside> for Manager {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, inside: &Inside) -> Result<Self, ApiError> {
        let manager = Self::of_token(&parts.headers, inside).await?;
        let path = parts.extensions.get::<MatchedPath>().map_or("", MatchedPath::as_str);
        if !COMES_FIRST.contains(&(parts.method.as_str(), path)) {
            may_go_on(&inside.context, manager.person.as_deref())?;
        }
        Ok(manager)
    }
}

impl Manager {
    /// Whose the token is, whatever else is asked of them.
    pub(crate) async fn of_token(headers: &HeaderMap, inside: &Inside) -> Result<Self, ApiError> {
        let token = bearer(headers).unwrap_or_default();
        let context = &inside.context;
        if token.starts_with(SESSION_PREFIX) {
            let found = context.sign_in.who(token, jiff::Timestamp::now()).await?;
            let (account, _) = found.ok_or_else(|| {
                ApiError::unauthorised("the session has ended, or the access has", "sign in again with /api/sign-in")
            })?;
            let papers = context.assurance.papers();
            let vetted =
                |role: &OperatorRole| papers.is_vetted_for_role(Some(&account.id), &role.to_string(), today()).is_ok();
            let (roles, unvetted) = account.roles.iter().copied().partition(vetted);
            return Ok(Self { name: account.id.clone(), roles, unvetted, person: Some(account.id.clone()) });
        }
        let operator = context.people.operator(token).map_err(|_| {
            let remedy = "send Authorization: Bearer with the token of the operator.token file";
            ApiError::unauthorised("no valid management token was shown", remedy)
        })?;
        Ok(Self { name: operator.name.clone(), roles: vec![operator.role], unvetted: Vec::new(), person: None })
    }

    /// In which capacity they act, as the ledger says it.
    pub(crate) fn capacity(&self) -> &'static str {
        if self.person.is_some() { "account" } else { "operator" }
    }

    /// The call is one for these roles; an operator may do everything.
    pub(crate) fn may(&self, roles: &[OperatorRole]) -> Result<(), ApiError> {
        if self.has(roles) {
            return Ok(());
        }
        if self.unvetted.iter().any(|role| *role == OperatorRole::Operator || roles.contains(role)) {
            let error = "the role that may do this requires vetting, and yours has lapsed or is missing";
            return Err(ApiError { status: StatusCode::FORBIDDEN, ..ApiError::bad(error, Gate::Vetting.remedy()) });
        }
        let remedy = "use the token of a role that may: see docs/guide/run.md";
        Err(ApiError { status: StatusCode::FORBIDDEN, ..ApiError::bad("the token's role may not do this", remedy) })
    }

    /// Whether one of these roles is theirs; an operator has all.
    pub(crate) fn has(&self, roles: &[OperatorRole]) -> bool {
        self.roles.iter().any(|own| *own == OperatorRole::Operator || roles.contains(own))
    }
}

/// What the API answers when it does not do what it was asked.
#[derive(Debug)]
pub(crate) struct ApiError {
    pub(crate) status: StatusCode,
    /// The stable name of the rule that refused it, where it is one that refuses exchanges, too.
    pub(crate) rule: Option<Rule>,
    pub(crate) error: String,
    pub(crate) remedy: String,
    pub(crate) findings: Vec<Finding>,
}

impl ApiError {
    /// Something asked for is not here.
    pub(crate) fn missing(what: &str) -> Self {
        let status = StatusCode::NOT_FOUND;
        Self { status, ..Self::bad(format!("no such {what} here"), "check the name against the list") }
    }

    /// The caller has not shown who they are.
    pub(crate) fn unauthorised(error: impl Into<String>, remedy: &str) -> Self {
        Self { status: StatusCode::UNAUTHORIZED, ..Self::bad(error, remedy) }
    }

    /// The request makes no sense.
    pub(crate) fn bad(error: impl Into<String>, remedy: &str) -> Self {
        let (error, remedy) = (error.into(), remedy.into());
        Self { status: StatusCode::BAD_REQUEST, rule: None, error, remedy, findings: Vec::new() }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut body = json!({ "error": self.error, "remedy": self.remedy });
        if let Some(rule) = self.rule {
            body["rule"] = json!(rule);
        }
        if !self.findings.is_empty() {
            let finding = |finding: &Finding| json!({"field": finding.field, "problem": finding.problem, "remedy": finding.remedy});
            body["findings"] = self.findings.iter().map(finding).collect();
        }
        (self.status, axum::Json(body)).into_response()
    }
}

impl From<GatewayError> for ApiError {
    fn from(error: GatewayError) -> Self {
        if let GatewayError::Governance(GovernanceError::TurnedAway(turned_away)) = error {
            return turned_away.into();
        }
        let (status, remedy) = match &error {
            GatewayError::Missing { .. } => (StatusCode::NOT_FOUND, "check the name against the list"),
            GatewayError::Table(_) | GatewayError::Service { .. } => {
                (StatusCode::UNPROCESSABLE_ENTITY, "mend the definition or its source")
            }
            GatewayError::Identity(_) => (StatusCode::BAD_GATEWAY, "the operator must look at [people.open_id]"),
            GatewayError::Governance(_) | GatewayError::Act(_) => (StatusCode::UNPROCESSABLE_ENTITY, "see the message"),
            _ => (StatusCode::SERVICE_UNAVAILABLE, "the operator must look at the gateway's log"),
        };
        if status == StatusCode::SERVICE_UNAVAILABLE {
            tracing::error!(%error, "a management call failed");
        }
        Self { status, ..Self::bad(error.to_string(), remedy) }
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        let refused = Self::bad(refusal.reason, &refusal.remedy);
        Self { status: StatusCode::FORBIDDEN, rule: Some(refusal.rule), ..refused }
    }
}

impl From<GovernanceError> for ApiError {
    fn from(error: GovernanceError) -> Self {
        match error {
            GovernanceError::Unfit { what, findings } => Self {
                status: StatusCode::UNPROCESSABLE_ENTITY,
                findings,
                ..Self::bad(format!("{what} cannot be taken as it stands"), "mend what the findings name")
            },
            GovernanceError::Gate { gate, why, remedy } => {
                Self { status: StatusCode::CONFLICT, ..Self::bad(format!("{why} (gate {gate})"), remedy) }
            }
            GovernanceError::Incomplete(findings) => Self {
                status: StatusCode::UNPROCESSABLE_ENTITY,
                findings,
                ..Self::bad("the agreement is not complete", "mend what the findings name")
            },
            GovernanceError::TurnedAway(turned_away) => turned_away.into(),
            other => GatewayError::from(other).into(),
        }
    }
}

impl From<TurnedAway> for ApiError {
    fn from(turned_away: TurnedAway) -> Self {
        let (status, remedy) = match &turned_away {
            TurnedAway::Wrong => (StatusCode::UNAUTHORIZED, "try again, or recover the account"),
            TurnedAway::NotTheProvider => {
                (StatusCode::UNAUTHORIZED, "if it happens again, tell the gateway's operator")
            }
            TurnedAway::Expired => (StatusCode::GONE, "begin again, or have a new link sent"),
            TurnedAway::Wait { .. } => (StatusCode::TOO_MANY_REQUESTS, "wait, or recover the account"),
            TurnedAway::Busy => (StatusCode::SERVICE_UNAVAILABLE, "try again in a moment"),
            TurnedAway::Barred { remedy, .. } => (StatusCode::FORBIDDEN, *remedy),
        };
        Self { status, ..Self::bad(turned_away.to_string(), remedy) }
    }
}

impl From<packhorse_store::StoreError> for ApiError {
    fn from(error: packhorse_store::StoreError) -> Self {
        GatewayError::from(error).into()
    }
}
