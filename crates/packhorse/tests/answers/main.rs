//! Whoever generates a client from the management API's document gets what it says, from every call that there is. Each
//! is made here at least once, so that the harness can hold what it answers against the document; a call that is added
//! and not made here fails the story.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a panic is the failure report")]
#![allow(dead_code, reason = "every file of stories uses its part of the network")]

mod judged;
#[path = "../network/mod.rs"]
mod network;

use std::cell::RefCell;
use std::collections::BTreeSet;

use network::http::ask;
use network::{Network, agreements};
use packhorse_keys::Fingerprint;
use serde_json::{Value, json};

const PASSWORD: &str = "copper teapot mountain";
/// Calls that need an identity provider, a mail server or the code of an app: the stories of people make them.
const ELSEWHERE: [&str; 4] =
    ["post /api/recovery", "post /api/sign-in/code", "post /api/sign-in/open-id", "post /api/sign-in/open-id/finish"];

/// The borough's operator and one of its people, who calls.
struct Desk<'a> {
    network: &'a Network,
    /// The person's session.
    session: RefCell<String>,
    /// The document's calls that were done.
    done: RefCell<BTreeSet<String>>,
    /// What was not done: all of it is told at the end.
    failed: RefCell<Vec<String>>,
    document: Value,
}

impl Desk<'_> {
    /// With the operator's token.
    fn operator(&self, method: &str, path: &str, body: Value) -> Value {
        self.call(&self.network.borough.token, method, path, &body)
    }

    /// With the person's session.
    fn person(&self, method: &str, path: &str, body: Value) -> Value {
        let session = self.session.borrow().clone();
        self.call(&session, method, path, &body)
    }

    /// A call that must be done.
    fn call(&self, token: &str, method: &str, path: &str, body: &Value) -> Value {
        let (status, answer) = self.tried(token, method, path, body);
        if !(200..300).contains(&status) {
            self.failed.borrow_mut().push(format!("{method} {path}: {status} {answer}"));
        }
        answer
    }

    fn tried(&self, token: &str, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let bearer = format!("Bearer {token}");
        let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
        let body = match body {
            Value::Null => String::new(),
            Value::String(text) => text.clone(),
            body => body.to_string(),
        };
        let answer = ask(self.network.borough.inside, method, &format!("/api{path}"), &headers, body.as_bytes());
        if (200..300).contains(&answer.status) {
            let path = format!("/api{}", path.split('?').next().unwrap());
            self.done.borrow_mut().insert(format!("{} {}", method.to_lowercase(), self.template(&path)));
        }
        (answer.status, serde_json::from_slice(&answer.body).unwrap_or_default())
    }

    /// The path as the document has it.
    fn template(&self, path: &str) -> &str {
        let fits = |template: &str| {
            let parts = template.split('/').zip(path.split('/'));
            template.split('/').count() == path.split('/').count()
                && parts.into_iter().all(|(of, part)| of.starts_with('{') || of == part)
        };
        let paths = self.document["paths"].as_object().unwrap().keys().filter(|template| fits(template));
        paths.min_by_key(|template| template.matches('{').count()).unwrap_or_else(|| panic!("{path} is no call"))
    }
}

#[test]
fn every_call_answers_what_the_document_says_of_it() {
    let network = Network::start();
    let borough = &network.borough;
    borough.configure("# second_factor = \"required\"", "second_factor = \"optional\"");
    borough.stop();
    borough.start();
    let document = borough.api("GET", "/openapi.json", b"").json();
    let desk = Desk {
        network: &network,
        session: RefCell::default(),
        done: RefCell::default(),
        failed: RefCell::default(),
        document: document.clone(),
    };
    people(&desk);
    let exchange = asking(&desk);
    assurance(&desk);
    systems(&desk);
    agreements(&desk);
    cases(&desk, &exchange);
    reads(&desk, &exchange);
    ends(&desk);
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let is_json = operation["responses"].as_object().unwrap().iter().any(|(status, response)| {
                status.starts_with('2') && response["content"].get("application/json").is_some()
            });
            let call = format!("{method} {path}");
            let known = desk.done.borrow().contains(&call) || ELSEWHERE.contains(&call.as_str());
            if is_json && !known {
                desk.failed.borrow_mut().push(format!("{call} is not made here: add it"));
            }
        }
    }
    let failed = desk.failed.borrow();
    assert!(failed.is_empty(), "calls that were not done, or not made:\n  {}", failed.join("\n  "));
}

fn enter(desk: &Desk, id: &str, roles: &[&str]) -> Value {
    let new = json!({"id": id, "name": format!("{id} Example"), "email": format!("{id}@borough.example"),
                     "roles": roles, "tier": "department", "department": "Parking", "teams": ["wardens"]});
    desk.operator("POST", "/people", new)
}

fn people(desk: &Desk) {
    desk.operator("PUT", "/teams/wardens", json!({"title": "Wardens", "department": "Parking"}));
    let entered = enter(desk, "officer-1", &["officer", "governance", "auditor", "integrator"]);
    let link = &entered["invitation"]["link"];
    desk.call("", "POST", "/invitation", &json!({"link": link}));
    let come = desk.call("", "POST", "/invitation/accept", &json!({"link": link, "password": PASSWORD}));
    desk.session.replace(come["session"].as_str().unwrap().to_owned());
    let changed = desk.person("POST", "/me/password", json!({"old": PASSWORD, "new": "a longer copper teapot"}));
    desk.session.replace(changed["session"].as_str().unwrap().to_owned());
    enter(desk, "clerk-2", &["officer"]);
    let described = json!({"name": "Cleo Example", "email": "cleo@borough.example", "tier": "corporate",
                           "department": "Parking"});
    desk.operator("PUT", "/people/clerk-2", described);
    desk.operator("POST", "/people/clerk-2/invite", Value::Null);
    desk.operator("POST", "/people/clerk-2/suspend", Value::Null);
    desk.operator("POST", "/people/clerk-2/resume", Value::Null);
    desk.operator("POST", "/access-review/clerk-2/confirm", Value::Null);
    desk.operator("POST", "/people/clerk-2/leave", json!({}));
    desk.operator("POST", "/people/officer-1/recover", Value::Null);
    desk.operator("PUT", "/notices/webhook", json!({"url": "http://127.0.0.1:9/"}));
}

fn assurance(desk: &Desk) {
    let today = agreements::today();
    let later = today.saturating_add(jiff::ToSpan::months(6));
    let whole = desk.operator("PUT", "/assurance/settings", json!({"due_days": 30}));
    desk.operator("PUT", "/assurance/charter", whole["charter"].clone());
    desk.operator("POST", "/assurance/charter/publish", whole["charter"].clone());
    desk.operator("PUT", "/assurance/risk-policy", whole["risk_policy"].clone());
    desk.operator("PUT", "/assurance/incident-route", whole["incident_route"].clone());
    desk.operator("POST", "/assurance/incident-route/drills", json!({"on": today, "found": "it is answered"}));
    let policy = json!({"title": "Acceptable use", "text": "Look up only what your case needs.",
                        "in_force_from": today, "review_date": later});
    let published = desk.operator("POST", "/assurance/acceptable-use/publish", policy);
    desk.person("POST", "/acceptable-use/accept", json!({"version": published["acceptable_use"]["version"]}));
    let dpia = json!({"agreement": "keepers", "description": "d", "necessity": "n", "risks": "r", "measures": "m",
                      "dpo_advice": "a"});
    desk.operator("PUT", "/dpias/keepers", dpia);
    let course = json!({"code": "sharing", "title": "Sharing well", "valid_months": 12, "pass_mark": 80});
    desk.operator("PUT", "/training/courses/sharing", course);
    desk.operator("PUT", "/training/register/officer-1/sharing", json!({"passed_on": today, "score": 90}));
    desk.operator(
        "POST",
        "/training/import",
        json!(format!("course,person,passed_on,score\nsharing,gone,{today},90\n")),
    );
    // Where the register knows somebody, it alone counts.
    desk.operator("DELETE", "/training/register/officer-1", Value::Null);
    let vetted = json!({"level": "sc", "granted_on": today, "ends_on": later});
    desk.operator("PUT", "/vetting/register/officer-1", vetted);
    let table = format!("person,level,granted_on,ends_on\ngone,bpss,{today},{later}\nx,none,,\n");
    desk.operator("POST", "/vetting/import", json!(table));
    desk.operator("DELETE", "/vetting/register/gone", Value::Null);
    desk.operator("POST", "/vetting/requirements", json!({"by": "role", "name": "auditor", "level": "sc"}));
}

/// A question that is answered; its exchange.
fn asking(desk: &Desk) -> String {
    let question = json!({"system": "main", "service": "PH/GOV/agency/main/vehicles", "lookup": "by-vrm",
                          "keys": {"vrm": "AA19AAA"}, "purpose": "parking-penalty", "case": "PCN-1"});
    let answer = desk.person("POST", "/asking", question);
    assert_eq!(answer["outcome"], "found", "{answer}");
    let would_be = json!({"client": "PH/LOC/borough/main", "service": "PH/GOV/agency/main/vehicles", "method": "GET",
                          "path": "/by-vrm/AA19AAA", "agreement": "keepers"});
    let explained = desk.operator("POST", "/explain", would_be.clone());
    assert_eq!(explained["permitted"], false, "nobody is named: {explained}");
    let whole = json!({"purpose": "parking-penalty", "role": "parking-officer", "trained_on": agreements::today()});
    let mut would_be = would_be;
    would_be.as_object_mut().unwrap().extend(whole.as_object().unwrap().clone());
    assert_eq!(desk.operator("POST", "/explain", would_be)["permitted"], true);
    answer["exchange"].as_str().unwrap().to_owned()
}

fn systems(desk: &Desk) {
    desk.operator("PUT", "/systems/old", json!({"title": "Old", "defaults": {"purpose": "parking-penalty"}}));
    desk.operator("POST", "/systems/old/keys", Value::Null);
    desk.operator("POST", "/systems/old/certificates", json!({"fingerprint": Fingerprint([7; 32]).to_string()}));
    desk.operator("POST", "/systems/old/addresses", json!({"address": "192.0.2.7"}));
    desk.operator("PUT", "/systems/old/mailbox", json!({"sends": ["LETTERS"], "warn_hours": 24}));
    desk.operator("PUT", "/systems/old/mesh", json!({"password": "a-long-password", "shared_key": "a-longer-key"}));
    desk.operator("PUT", "/systems/old/webhook", json!({"url": "http://127.0.0.1:9/"}));
    desk.operator("PUT", "/systems/old/people/ada", json!({"roles": ["clerk"], "trained_on": agreements::today()}));
    desk.operator("DELETE", "/systems/old/people/ada", Value::Null);
    desk.operator("DELETE", "/systems/old/mailbox", Value::Null);
    desk.operator("PUT", "/systems/main/mailbox", json!({"people": ["officer-1"]}));
    let table = desk.network.agency.dir.join("vehicles.csv");
    let definition = json!({"service": "cars", "title": "Cars",
                            "source": {"kind": "csv", "path": table}, "columns": [{"name": "vrm"}, {"name": "make"}],
                            "lookups": [{"name": "by-vrm", "keys": ["vrm"], "rule": "single"}]});
    desk.operator("PUT", "/services/main/cars", json!({"definition": definition}));
}

fn agreements(desk: &Desk) {
    desk.operator("POST", "/agreement-drafts", json!({"id": "next", "title": "Next"}));
    let parts = json!({"purpose": {"purpose": "parking", "aims": "fewer letters"}});
    desk.operator("PUT", "/agreement-drafts/next/purpose", json!({"parts": parts}));
    desk.operator("POST", "/agreement-drafts", json!({"id": "gone"}));
    desk.operator("DELETE", "/agreement-drafts/gone", Value::Null);
    desk.operator("POST", "/agreements/echo/suspend", json!({"reason": "a look at it"}));
    desk.operator("POST", "/agreements/echo/resume", Value::Null);
    desk.operator("POST", "/agreements/echo/share", Value::Null);
    desk.operator("POST", "/agreements/echo/end", json!({"reason": "nobody asks"}));
    let mut text = desk.operator("GET", "/agreements/keepers", Value::Null)["text"].clone();
    text["version"] = json!(2);
    text["title"] = json!("Keepers, anew");
    desk.operator("POST", "/agreements", text);
    desk.operator(
        "POST",
        "/agreements/keepers/sign",
        json!({"name": "Ada Example", "position": "SIRO",
                                                             "authority": "scheme of delegation"}),
    );
    // The next version of what is held is complete, and can be proposed.
    desk.operator("POST", "/agreement-drafts", json!({"id": "limited"}));
    desk.operator("POST", "/agreement-drafts/limited/propose", Value::Null);
}

fn id(made: &Value) -> &str {
    made["id"].as_str().unwrap_or_default()
}

fn cases(desk: &Desk, exchange: &str) {
    let now = jiff::Timestamp::now();
    let told = json!({"what": "a letter went to the neighbour", "kind": "wrong-recipient", "noticed_at": now});
    let incident = desk.person("POST", "/incidents", told);
    let steps = format!("/incidents/{}/steps", id(&incident));
    for to in [
        json!({"link": "exchange", "id": exchange}),
        json!({"link": "agreement", "id": "keepers"}),
        json!({"link": "partner", "id": "PH/GOV/agency"}),
        json!({"link": "medium", "id": "00000000-0000-4000-8000-000000000001"}),
    ] {
        desk.operator("POST", &steps, json!({"step": "link", "to": to}));
    }
    for step in [
        json!({"step": "assess", "nature": ["confidentiality"], "risk": "unlikely", "people": 1, "records": 1,
               "categories": "c", "consequences": "c", "measures": "m"}),
        json!({"step": "regulator", "told": false, "reasoning": "risk unlikely"}),
        json!({"step": "partner", "organisation": "PH/GOV/agency", "text": "an answer was misdirected"}),
        json!({"step": "action", "what": "look twice", "owner": "officer-1", "due_on": agreements::today()}),
        json!({"step": "lessons", "text": "check the address"}),
    ] {
        desk.operator("POST", &steps, step);
    }
    let decision = json!({
        "considered_at": now, "name": "Ada Example", "position": "Officer", "subject_ref": "PCN-1",
        "recipient": "the police", "data": "address", "purpose": "crime", "lawful_basis": "public task",
        "necessity": "no other way", "decision": "share", "reasons_for": "f", "reasons_against": "a", "reason": "r",
        "child": {"relevance": {"answer": true, "reason": "r"}, "facilitates_function": {"answer": true, "reason": "r"},
                  "detriment": {"answer": false, "reason": "r"}, "consistent_identifier": false,
                  "absent_reason": "not-relevant"},
    });
    let decision = desk.person("POST", "/decisions", decision);
    let path = format!("/decisions/{}", id(&decision));
    desk.person("PUT", &format!("{path}/exchange"), json!({"exchange": exchange}));
    desk.person("GET", &path, Value::Null);
    let asked = json!({"kind": "subject-access", "what": "everything", "channel": "letter", "received_at": now});
    let request = desk.operator("POST", "/requests", asked);
    let path = format!("/requests/{}", id(&request));
    desk.operator("POST", &format!("{path}/steps"), json!({"step": "ask", "question": "which years"}));
    let looked = json!({"step": "search", "place": "registers", "note": "n", "found": 1});
    desk.operator("POST", &format!("{path}/steps"), looked);
    desk.operator("GET", &path, Value::Null);
    desk.operator("POST", "/people/search", json!({"identifiers": ["AA19AAA"], "request": id(&request)}));
    desk.operator("PUT", "/assets/vehicles", json!({"title": "Vehicles", "description": "d", "owner": "officer-1"}));
    desk.person("POST", "/assets/vehicles/statements", json!({"text": "it is looked after"}));
    desk.operator("GET", &format!("/incidents/{}", id(&incident)), Value::Null);
    desk.operator("GET", &format!("/incidents/{}/exposed", id(&incident)), Value::Null);
    let survey = desk.operator("POST", "/pulse/surveys", json!({"title": "Spring"}));
    let path = format!("/pulse/surveys/{}", id(&survey));
    desk.person("GET", "/pulse", Value::Null);
    let answers = json!({"charter": "yes", "risk-policy": "no", "incident-route": "dont-know", "training": "yes",
                         "post": "no"});
    desk.person("POST", &format!("{path}/answers"), json!({"answers": answers}));
    desk.operator("POST", &format!("{path}/close"), Value::Null);
    desk.operator("GET", &path, Value::Null);
}

/// Everything that can be read, by whoever may.
fn reads(desk: &Desk, exchange: &str) {
    for (template, item) in desk.document["paths"].as_object().unwrap() {
        if item.get("get").is_none() || template.contains('{') {
            continue;
        }
        let path = template.strip_prefix("/api").unwrap();
        let query = if path == "/asking/form" { "?system=main&service=PH/GOV/agency/main/vehicles" } else { "" };
        let whole = format!("{path}{query}");
        let session = desk.session.borrow().clone();
        let tried = [&desk.network.borough.token, &session].map(|who| desk.tried(who, "GET", &whole, &Value::Null).0);
        if !tried.contains(&200) {
            desk.failed.borrow_mut().push(format!("GET {path}: {tried:?}"));
        }
    }
    for path in [
        "/people/clerk-2",
        "/access-review/officer-1",
        "/agreements/keepers",
        "/agreements/keepers/versions",
        "/agreements/keepers/compare?from=1&to=2",
        "/agreement-drafts/next",
        "/agreement-drafts/next/law",
        "/dpias/keepers",
        "/gates/charter",
        "/services/main/cars/openapi",
        "/assets/vehicles",
        &format!("/records/{exchange}"),
        &format!("/records/{exchange}/receipt"),
    ] {
        desk.operator("GET", path, Value::Null);
    }
    desk.person("GET", &format!("/asking/{exchange}/receipt"), Value::Null);
    desk.person("GET", "/mailboxes/main/recipients", Value::Null);
}

/// What changes who may do what comes last.
fn ends(desk: &Desk) {
    let borough = &desk.network.borough;
    let today = agreements::today();
    let siro =
        json!({"account": "officer-1", "name": "Ada Example", "appointed_by": "Chief executive", "start": today});
    desk.operator("POST", "/assurance/siro/end", json!({"end": today.yesterday().unwrap()}));
    desk.operator("PUT", "/assurance/siro", siro);
    let until = today.saturating_add(jiff::ToSpan::days(3));
    desk.person("POST", "/gates/charter/override", json!({"reason": "it is being printed", "until": until}));
    desk.operator("GET", "/gates", Value::Null);
    desk.person("POST", "/gates/charter/override/end", json!({"reason": "it is printed"}));
    let again = json!({"name": "officer-1", "password": "a longer copper teapot"});
    desk.person("POST", "/me/recovery-codes", json!({"password": "a longer copper teapot"}));
    desk.person("DELETE", "/session", Value::Null);
    let come = desk.call("", "POST", "/sign-in", &again);
    desk.session.replace(come["session"].as_str().unwrap().to_owned());
    desk.person("POST", "/me/sign-out-everywhere", Value::Null);
    assert!(borough.alive());
}
