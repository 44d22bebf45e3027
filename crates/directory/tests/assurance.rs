//! Stories of assurance and health over a registry and its real routes, without connections between them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a panic is the failure report")]

mod support;

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::{Method, Request, StatusCode};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use packhorse_directory::assurance::{Decision, Judgement, Outcome, Verdict, shipped};
use packhorse_directory::client::Transport;
use packhorse_directory::heartbeat::{Heartbeat, tell};
use packhorse_directory::join::{join, submit_answers};
use packhorse_directory::registry::{
    AssuranceDates, Condition, PendingRequest, RegistryKeys, Standing, inside, server,
};
use packhorse_directory::{DirectoryError, Registry, Result};
use packhorse_keys::{Fingerprint, Signer};
use packhorse_model::organisation::{Members as _, Status};
use packhorse_store::{Store, StoreSettings};
use support::*;
use tower::ServiceExt as _;

/// A registry without a network: what is posted goes to its routes.
struct Desk {
    registry: Arc<Registry>,
    public: Direct,
    _folder: tempfile::TempDir,
}

/// The routes of a registry, called directly.
struct Direct(Router);

impl Direct {
    async fn call(&self, method: Method, path: &str, headers: &[(&str, &str)], body: Bytes) -> (StatusCode, Bytes) {
        let mut request = Request::builder().method(method).uri(path).header("content-type", "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = self.0.clone().oneshot(request.body(Body::from(body)).unwrap()).await.unwrap();
        let status = answer.status();
        (status, axum::body::to_bytes(answer.into_body(), 1 << 20).await.unwrap())
    }
}

impl Transport for Direct {
    fn get<'a>(&'a self, path: &'a str, _: usize) -> BoxFuture<'a, Result<Option<Bytes>>> {
        Box::pin(async move {
            let (status, body) = self.call(Method::GET, path, &[], Bytes::new()).await;
            Ok(status.is_success().then_some(body))
        })
    }

    fn post<'a>(&'a self, path: &'a str, body: Bytes, _: usize) -> BoxFuture<'a, Result<Bytes>> {
        Box::pin(async move {
            let (status, body) = self.call(Method::POST, path, &[], body).await;
            if status.is_success() {
                Ok(body)
            } else {
                Err(DirectoryError::Rejected(String::from_utf8_lossy(&body).into()))
            }
        })
    }
}

impl Desk {
    async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let keys = RegistryKeys::create(folder.path()).unwrap();
        let store = Store::open(&StoreSettings::in_folder(folder.path())).await.unwrap();
        let registry = Arc::new(Registry::init(NETWORK, store, keys, folder.path()).await.unwrap());
        Self { public: Direct(server::router(Arc::clone(&registry))), registry, _folder: folder }
    }

    async fn asked(&self, member: &Member, answers: &str) -> PendingRequest {
        let ticket = join(&self.public, &member.id, details("Anytown Council"), answers, &member.keys()).await.unwrap();
        self.registry.requests().await.unwrap().into_iter().find(|request| request.id == ticket.id).unwrap()
    }

    async fn assess(&self, request: &PendingRequest, decision: Decision) -> Result<Option<Date>> {
        let seen: Vec<Fingerprint> = request.fingerprints.iter().map(|(_, fingerprint)| *fingerprint).collect();
        let dates = AssuranceDates::default();
        let found = self.registry.assess_request(request, &seen, decision, dates, "desk", now()).await?;
        Ok(found.assessment.holds_until())
    }

    async fn admitted(&self, code: &str) -> Member {
        let member = Member::new(code);
        let request = self.asked(&member, &answered(None)).await;
        self.assess(&request, as_answered(Outcome::Certificate)).await.unwrap();
        member
    }

    async fn standing(&self, member: &Member) -> Standing {
        let organisation = self.registry.directory().await.unwrap().organisation(&member.id).unwrap();
        self.registry.glance(&organisation, now()).await.unwrap().standing
    }

    async fn status(&self, member: &Member) -> Status {
        self.registry.directory().await.unwrap().organisation(&member.id).unwrap().status
    }

    async fn beat(&self, member: &Member, at: Timestamp, gateway: &str, signer: &dyn Signer) -> Result<()> {
        let heartbeat = Heartbeat {
            organisation: member.id.clone(),
            gateway: gateway.into(),
            version: "0.1.0".into(),
            ledger_size: 12,
            directory_size: self.registry.directory().await.unwrap().size(),
            at,
        };
        tell(&self.public, &heartbeat, signer).await
    }
}

fn as_answered(outcome: Outcome) -> Decision {
    Decision { outcome, valid_until: None, reason: None, as_answered: true }
}

fn today() -> Date {
    now().to_zoned(jiff::tz::TimeZone::UTC).date()
}

/// Every control answered; patching in part, by this day, when one is given.
fn answered(patching_by: Option<Date>) -> String {
    let answer = |id: &str| match patching_by.filter(|_| id == "patching") {
        Some(due) => format!(
            "[[answer]]\ntopic = \"{id}\"\nanswer = \"Two servers wait.\"\nstatus = \"partial\"\n\
             remediation_due = \"{due}\"\n"
        ),
        None => format!("[[answer]]\ntopic = \"{id}\"\nanswer = \"Our policy says so.\"\n"),
    };
    shipped()[0].controls.iter().map(|control| answer(&control.id)).collect()
}

#[tokio::test]
async fn nobody_enters_on_answers_that_are_missing_or_not_met() {
    let desk = Desk::open().await;
    let council = Member::new("E1");
    let request = desk.asked(&council, "all yes").await;
    let refused = desk.assess(&request, as_answered(Outcome::Certificate)).await.unwrap_err().to_string();
    assert!(refused.contains("cannot be read"), "{refused}");
    let due = today().checked_add(90.days()).unwrap();
    let request = desk.asked(&council, &answered(Some(due))).await;
    let refused = desk.assess(&request, as_answered(Outcome::Certificate)).await.unwrap_err().to_string();
    assert!(refused.contains("no conditions"), "{refused}");
    assert!(desk.registry.directory().await.unwrap().organisation(&council.id).is_none());
    assert_eq!(desk.assess(&request, as_answered(Outcome::Conditional)).await.unwrap(), Some(due));
    assert_eq!(desk.standing(&council).await, Standing::Conditional);
    let listed = desk.registry.directory().await.unwrap().organisation(&council.id).unwrap();
    assert_eq!(listed.assurance.valid_until, Some(due), "every gateway refuses it after the condition's day");
    desk.registry.meet_condition(&council.id, "patching", now()).await.unwrap();
    assert_eq!(desk.standing(&council).await, Standing::Current);
    assert!(desk.registry.meet_condition(&council.id, "patching", now()).await.is_err(), "it is met once");
}

#[tokio::test]
async fn a_decision_on_an_approval_that_fails_leaves_no_trace() {
    let desk = Desk::open().await;
    let council = Member::new("E1");
    let request = desk.asked(&council, &answered(None)).await;
    let dates = AssuranceDates::default();
    let other = [Fingerprint([7; 32]); 4];
    let decision = as_answered(Outcome::Certificate);
    let refused = desk.registry.assess_request(&request, &other, decision, dates, "desk", now()).await;
    assert!(refused.unwrap_err().to_string().contains("fingerprints"));
    assert_eq!(desk.registry.assurance_file(&council.id).await.unwrap().assessments, []);
}

#[tokio::test]
async fn a_withdrawn_member_is_cut_off_until_it_is_assessed_anew() {
    let desk = Desk::open().await;
    let council = desk.admitted("E1").await;
    desk.registry.withdraw(&council.id, "no health check", "desk", now()).await.unwrap();
    assert_eq!((desk.status(&council).await, desk.standing(&council).await), (Status::Suspended, Standing::Withdrawn));
    let resumed = desk.registry.resume(&council.id, "they asked", now()).await.unwrap_err().to_string();
    assert!(resumed.contains("no current certificate"), "{resumed}");
    let year = today().checked_add(1.year()).unwrap();
    let accepted = desk.registry.accept(&council.id, year, AssuranceDates::default(), "desk", now()).await;
    assert!(accepted.unwrap_err().to_string().contains("withdrawn"));

    submit_answers(&desk.public, &council.id, &answered(None), &*council.sign, now()).await.unwrap();
    let (decision, dates) = (as_answered(Outcome::Certificate), AssuranceDates::default());
    desk.registry.assess_member(&council.id, decision, dates, "desk", now()).await.unwrap();
    assert_eq!((desk.status(&council).await, desk.standing(&council).await), (Status::Active, Standing::Current));
}

#[tokio::test]
async fn a_refused_renewal_leaves_the_certificate_to_its_end_and_needs_a_new_submission() {
    let desk = Desk::open().await;
    let council = desk.admitted("E1").await;
    let refuse = || Decision { reason: Some("no diagram".into()), ..as_answered(Outcome::Refused) };
    let dates = AssuranceDates::default();
    let nothing = desk.registry.assess_member(&council.id, refuse(), dates, "desk", now()).await;
    assert!(nothing.unwrap_err().to_string().contains("no submission waits"));
    submit_answers(&desk.public, &council.id, &answered(None), &*council.sign, now()).await.unwrap();
    let found = desk.registry.assess_member(&council.id, refuse(), dates, "desk", now()).await.unwrap();
    assert_eq!(found.entry, None);
    assert_eq!(desk.standing(&council).await, Standing::Current);
    desk.registry.suspend(&council.id, "key lost", now()).await.unwrap();
    desk.registry.resume(&council.id, "key found", now()).await.unwrap();
}

#[tokio::test]
async fn answers_are_taken_from_the_member_alone_and_once() {
    let desk = Desk::open().await;
    let (council, other) = (desk.admitted("E1").await, Member::new("E2"));
    let at = now();
    let send = |signer: Arc<packhorse_keys::SoftwareKey>, at| {
        let (public, id) = (&desk.public, &council.id);
        async move { submit_answers(public, id, &answered(None), &*signer, at).await }
    };
    assert!(send(Arc::clone(&other.sign), at).await.is_err(), "somebody else's key");
    assert!(send(Arc::clone(&council.sign), at - minutes(3)).await.is_err(), "kept back");
    send(Arc::clone(&council.sign), at).await.unwrap();
    assert!(send(Arc::clone(&council.sign), at).await.is_err(), "the same again");
    let stranger = submit_answers(&desk.public, &other.id, &answered(None), &*other.sign, at).await;
    assert!(stranger.unwrap_err().to_string().contains("no member"));
}

#[tokio::test]
async fn a_heartbeat_counts_once_from_a_listed_gateway_with_the_members_own_key() {
    let desk = Desk::open().await;
    let (council, other) = (desk.admitted("E1").await, desk.admitted("E2").await);
    let health = |at: Timestamp| {
        let (registry, id) = (Arc::clone(&desk.registry), council.id.clone());
        async move {
            let directory = registry.directory().await.unwrap();
            let organisation = directory.organisation(&id).unwrap();
            registry.health(&directory, &organisation, at).await.unwrap().remove(0).condition
        }
    };
    let at = now();
    assert_eq!(health(at).await, Condition::NeverHeard);
    for (moment, gateway, signer, why) in [
        (at, "gw1", &other.sign, "another member's key"),
        (at, "gw2", &council.sign, "an unlisted gateway"),
        (at - minutes(3), "gw1", &council.sign, "an old one"),
        (at + minutes(3), "gw1", &council.sign, "one from the future"),
    ] {
        assert!(desk.beat(&council, moment, gateway, &**signer).await.is_err(), "{why}");
    }
    assert_eq!(health(at).await, Condition::NeverHeard);
    desk.beat(&council, at, "gw1", &*council.sign).await.unwrap();
    assert!(desk.beat(&council, at, "gw1", &*council.sign).await.is_err(), "a replay");
    assert_eq!(health(at).await, Condition::Healthy);
    assert_eq!(health(at + minutes(4)).await, Condition::Late);
    assert_eq!(health(at + SignedDuration::from_hours(2)).await, Condition::Silent);
}

#[tokio::test]
async fn the_desk_is_for_those_with_a_token_and_an_auditor_changes_nothing() {
    let desk = Desk::open().await;
    let inside = Direct(inside::router(Arc::clone(&desk.registry)));
    let council = Member::new("E1");
    let request = desk.asked(&council, &answered(None)).await;
    let list = async |token: &str| {
        let bearer = format!("Bearer {token}");
        inside.call(Method::GET, "/api/requests", &[("authorization", &bearer)], Bytes::new()).await.0
    };
    let (anonymous, _) = inside.call(Method::GET, "/api/requests", &[], Bytes::new()).await;
    assert_eq!((anonymous, list("phr_wrong").await), (StatusCode::UNAUTHORIZED, StatusCode::UNAUTHORIZED));
    let auditor = desk.registry.add_operator("audit", "auditor".parse().unwrap(), now()).await.unwrap();
    assert_eq!(list(auditor.reveal()).await, StatusCode::OK);

    let sign_in = Bytes::from(serde_json::json!({"token": auditor.reveal()}).to_string());
    let (status, said) = inside.call(Method::POST, "/api/sessions", &[], sign_in).await;
    assert_eq!(status, StatusCode::CREATED);
    let session: serde_json::Value = serde_json::from_slice(&said).unwrap();
    let session = session["session"].as_str().unwrap().to_owned();
    assert_eq!(list(&session).await, StatusCode::OK);
    let refuse = Bytes::from(r#"{"outcome":"refused","reason":"no"}"#);
    let (path, bearer) = (format!("/api/requests/{}/decide", request.id), format!("Bearer {session}"));
    let (status, _) = inside.call(Method::POST, &path, &[("authorization", &bearer)], refuse).await;
    assert_eq!(status, StatusCode::FORBIDDEN);

    desk.registry.add_operator("audit", "auditor".parse().unwrap(), now()).await.unwrap();
    assert_eq!(list(&session).await, StatusCode::UNAUTHORIZED, "a new token ends the sessions of the old one");
}

#[tokio::test]
async fn findings_are_noted_control_by_control_and_a_decision_waits_for_all_of_them() {
    let desk = Desk::open().await;
    let council = Member::new("E1");
    let request = desk.asked(&council, &answered(None)).await;
    let whole = || Decision { as_answered: false, ..as_answered(Outcome::Certificate) };
    let met = Judgement { verdict: Verdict::Met, note: None, due: None };
    assert!(desk.assess(&request, whole()).await.unwrap_err().to_string().contains("not assessed"));
    let unknown = desk.registry.judge_request(&request, "no-such", met.clone(), now()).await;
    assert!(matches!(unknown, Err(DirectoryError::Unknown(_))));
    let silent = Judgement { verdict: Verdict::NotMet, note: None, due: None };
    assert!(desk.registry.judge_request(&request, "keys", silent, now()).await.is_err(), "what has to be done?");
    for control in &shipped()[0].controls {
        desk.registry.judge_request(&request, &control.id, met.clone(), now()).await.unwrap();
    }
    assert!(desk.assess(&request, whole()).await.unwrap().is_some());
    let kept = desk.registry.assurance_file(&council.id).await.unwrap();
    assert_eq!(kept.assessments.len(), 1);
    assert_eq!(kept.assessments[0].review.len(), shipped()[0].controls.len());
}
