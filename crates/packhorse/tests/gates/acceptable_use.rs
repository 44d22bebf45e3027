//! The acceptable use policy: whoever has an account is led to it until they have accepted it, and refused after the
//! grace; where there is none, nothing changes.

use serde_json::{Value, json};

use super::network::http::{Answer, ask};
use super::network::{Gateway, Network, agreements};
use super::office::Staff;
use super::pages::Browser;
use super::{call, question};

/// Publishes a version that counts from a day on.
pub(super) fn publish(gateway: &Gateway, title: &str, in_force_from: jiff::civil::Date) -> Answer {
    let policy = json!({
        "title": title, "text": "Look up only what your case needs.\n\nLend your account to nobody.",
        "in_force_from": in_force_from, "review_date": in_force_from.saturating_add(jiff::ToSpan::months(12)),
    });
    call(gateway, "POST", "/assurance/acceptable-use/publish", &policy)
}

pub(super) fn grace(gateway: &Gateway, days: u16) {
    assert_eq!(call(gateway, "PUT", "/assurance/settings", &json!({"acceptable_use_grace_days": days})).status, 200);
}

/// How the gate is explained.
fn gate(gateway: &Gateway) -> Value {
    gateway.api("GET", "/gates/acceptable-use", b"").json()["items"][0].clone()
}

/// What the dashboard says.
fn figure(gateway: &Gateway) -> Value {
    gateway.api("GET", "/figures", b"").json()["acceptable_use"].clone()
}

#[test]
fn whoever_has_not_accepted_the_policy_is_led_to_it_and_refused_until_they_have() {
    let network = Network::start();
    let borough = &network.borough;
    let today = agreements::today();
    let (day, role) = (today.to_string(), ["--system", "main", "--role", "parking-officer"]);
    borough.must(&[&["person", "add", "officer-9", "--trained-on", &day][..], &role].concat());
    let officer = Staff::enter(&network, "officer-1", &["officer"]);
    let auditor = Staff::enter(&network, "auditor-1", &["auditor"]);
    let (browser, other) = (Browser::holding(borough, &officer.session), Browser::holding(borough, &auditor.session));

    // None is published: that is said, and nothing is asked of anybody.
    assert_eq!(question(borough, "officer-1").status, 200, "the control");
    assert_eq!(figure(borough), json!({"policy": null}));
    assert!(gate(borough)["why"].as_str().unwrap().starts_with("no acceptable use policy"), "{}", gate(borough));
    assert!(browser.page("/acceptable-use").contains("has published no acceptable use policy"));
    assert!(other.page("/dashboard").contains("no policy is published"));

    grace(borough, 0);
    let published = publish(borough, "Acceptable use", today);
    assert_eq!(published.status, 200, "{}", published.text());
    let refused = question(borough, "officer-1");
    assert_eq!(refused.rule(), "acceptable-use", "{}", refused.text());
    assert!(refused.text().contains("version 1") && refused.text().contains("accepts it"), "{}", refused.text());
    assert_eq!(question(borough, "officer-9").status, 200, "the system vouches for whoever has no account");

    let waited_for = || Browser::holding(borough, &borough.token).page("/assurance/acceptable-use");
    assert!(waited_for().contains("officer-1 Example"), "{}", waited_for());

    // Every page leads there, those of an open session too; an incident can be reported all the same.
    for (path, to) in [("/", ""), ("/ask", "?to=%2Fask"), ("/incidents?state=open", "?to=%2Fincidents%3Fstate%3Dopen")]
    {
        let led = browser.get(path);
        assert_eq!((led.status, led.header("location")), (303, format!("/acceptable-use{to}").as_str()), "{path}");
    }
    assert_eq!(browser.get("/incidents/report").status, 200);
    let read = browser.page("/acceptable-use?to=%2Fincidents");
    assert!(read.contains("Lend your account to nobody.") && read.contains("I have read it and accept it"), "{read}");
    assert!(Browser::holding(borough, &borough.token).page("/").contains("Home"), "a token is nobody in particular");

    let page = "/acceptable-use?to=%2Fincidents";
    let elsewhere = [("version", "1"), ("to", "//elsewhere.example")];
    let accepted = browser.send(page, "/acceptable-use", &elsewhere);
    assert_eq!((accepted.status, accepted.header("location")), (303, "/"), "{}", accepted.text());
    assert!(browser.page("/").contains("Hello"));
    assert!(browser.page("/acceptable-use").contains("You accepted it on"));
    assert_eq!(question(borough, "officer-1").status, 200, "mended");
    assert!(!waited_for().contains("officer-1 Example") && waited_for().contains("auditor-1 Example"));
    assert_eq!(other.get("/dashboard").status, 303, "another's acceptance is not theirs");
    let figure = figure(borough);
    assert_eq!(
        (&figure["all"]["count"], &figure["all"]["of"], &figure["policy"]["version"]),
        (&json!(1), &json!(2), &json!(1))
    );
    assert_eq!(figure["tiers"], json!([{"name": "department", "count": 1, "of": 2, "permille": 500}]));
}

#[test]
fn a_new_version_is_accepted_anew_with_grace_and_can_be_before_it_counts() {
    let network = Network::start();
    let borough = &network.borough;
    let today = agreements::today();
    let officer = Staff::enter(&network, "officer-1", &["officer"]);
    let browser = Browser::holding(borough, &officer.session);
    let accept = |version: u32| officer.call(&network, "POST", "/acceptable-use/accept", &json!({"version": version}));

    assert_eq!(publish(borough, "First", today).status, 200);
    assert_eq!(question(borough, "officer-1").status, 200, "within the grace an exchange goes on");
    assert_eq!(browser.get("/").status, 303, "and a page leads to the policy");
    assert_eq!(accept(2).status, 422, "there is no such version yet");
    assert_eq!(accept(1).status, 200);

    // What is to come asks beforehand, at home, and nowhere else.
    let later = today.saturating_add(jiff::ToSpan::days(30));
    assert_eq!(publish(borough, "Second", later).status, 200);
    assert!(browser.page("/").contains("A new acceptable use policy counts from"));
    assert_eq!(accept(2).status, 200);
    assert!(!browser.page("/").contains("A new acceptable use policy counts from"));

    // A third in its place counts at once: nobody has accepted it, and the second is no longer to be had.
    grace(borough, 0);
    assert_eq!(publish(borough, "Third", today).status, 200);
    assert_eq!(question(borough, "officer-1").rule(), "acceptable-use");
    assert_eq!(accept(2).status, 422);
    assert_eq!(accept(3).status, 200);
    assert_eq!(question(borough, "officer-1").status, 200);
    let account = borough.api("GET", "/people/officer-1", b"").json();
    let versions: Vec<&Value> =
        account["acceptable_use"].as_array().unwrap().iter().map(|one| &one["version"]).collect();
    assert_eq!(versions, [1, 2, 3]);
    assert_eq!(account["acceptable_use"][2]["on"], json!(today));

    // Nobody accepts for somebody else, and nobody publishes who may not; the ledger has each version.
    assert_eq!(call(borough, "POST", "/acceptable-use/accept", &json!({"version": 3})).status, 400);
    let policy = json!({"title": "x", "text": "x", "in_force_from": today, "review_date": later});
    assert_eq!(officer.call(&network, "POST", "/assurance/acceptable-use/publish", &policy).status, 403);
    assert_eq!(publish(borough, "Yesterday", today.yesterday().unwrap()).status, 422);
    let acts = borough.api("GET", "/records?kind=act", b"").json();
    let published = acts.as_array().unwrap().iter().filter(|act| act["rule"] == "acceptable-use-published");
    assert_eq!(published.count(), 3);
}

#[test]
fn a_mailbox_stays_shut_to_whoever_has_not_accepted_the_policy() {
    let network = Network::start();
    let borough = &network.borough;
    let officer = Staff::enter(&network, "officer-1", &["officer"]);
    borough.must(&["system", "mailbox", "main"]);
    let bearer = format!("Bearer {}", officer.session);
    let inbox = || {
        let headers = [("authorization", bearer.as_str()), ("x-road-client", "PH/LOC/borough/main")];
        ask(borough.inside, "GET", "/parcels", &headers, b"")
    };
    assert_eq!(inbox().status, 200, "{}", inbox().text());
    grace(borough, 0);
    assert_eq!(publish(borough, "Acceptable use", agreements::today()).status, 200);
    assert!(inbox().status >= 400 && inbox().text().contains("acceptable-use"), "{}", inbox().text());
    assert_eq!(officer.call(&network, "POST", "/acceptable-use/accept", &json!({"version": 1})).status, 200);
    assert_eq!(inbox().status, 200);
}

/// Every call of the API that needs a token, with something in the places of its path.
fn calls(gateway: &Gateway) -> Vec<(String, String)> {
    let document = gateway.api("GET", "/openapi.json", b"").json();
    let mut calls = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        let filled: Vec<&str> = path.split('/').map(|part| if part.starts_with('{') { "0" } else { part }).collect();
        let filled = filled.join("/");
        let methods = methods.as_object().unwrap().iter().filter(|(_, call)| call["security"] != json!([]));
        calls.extend(methods.map(|(method, _)| (method.to_uppercase(), filled.trim_start_matches("/api").to_owned())));
    }
    calls
}

#[test]
fn whoever_signed_in_may_do_nothing_before_they_accept_but_what_leads_there() {
    let network = Network::start();
    let borough = &network.borough;
    // Who may do everything, so that no role is in the way.
    let officer = Staff::enter(&network, "officer-1", &["operator"]);
    borough.must(&["system", "mailbox", "main"]);
    assert_eq!(officer.call(&network, "GET", "/people", &Value::Null).status, 200, "the control");
    assert_eq!(publish(borough, "Acceptable use", agreements::today()).status, 200);

    let ends = ["/session", "/me/sign-out-everywhere"];
    let is_refused = |answer: &Answer| answer.text().contains("\"rule\":\"acceptable-use\"");
    let mut open = Vec::new();
    for (method, path) in calls(borough).iter().filter(|(_, path)| !ends.contains(&path.as_str())) {
        let answer = officer.call(&network, method, path, &json!({}));
        if !is_refused(&answer) {
            open.push(format!("{method} {path}"));
            continue;
        }
        assert_eq!(answer.status, 403, "{method} {path}");
    }
    open.sort();
    let expected = [
        "GET /acceptable-use",
        "GET /me",
        "POST /acceptable-use/accept",
        "POST /incidents",
        "POST /me/password",
        "POST /me/recovery-codes",
    ];
    assert_eq!(open, expected);
    let incident = json!({"what": "A letter is lost", "kind": "lost", "noticed_at": jiff::Timestamp::now()});
    assert_eq!(officer.call(&network, "POST", "/incidents", &incident).status, 201);

    // What a system asks for them goes on until the grace is over, and is refused then in the same words; a session has no
    // grace, whatever it is used for.
    let refused = officer.call(&network, "GET", "/people", &Value::Null).json();
    assert_eq!(question(borough, "officer-1").status, 200);
    let bearer = format!("Bearer {}", officer.session);
    let client = ("x-road-client", "PH/LOC/borough/main");
    let inbox = |headers: &[(&str, &str)]| ask(borough.inside, "GET", "/parcels", headers, b"");
    let by_session = inbox(&[client, ("authorization", &bearer)]);
    assert!(by_session.status == 403 && is_refused(&by_session), "{}", by_session.text());
    assert_eq!(inbox(&[client, ("packhorse-api-key", &borough.api_key), ("x-road-userid", "officer-1")]).status, 200);
    grace(borough, 0);
    let exchange = question(borough, "officer-1").text();
    for words in ["error", "remedy"] {
        assert!(exchange.contains(refused[words].as_str().unwrap()), "{refused}: {exchange}");
    }
    assert_eq!(officer.call(&network, "POST", "/acceptable-use/accept", &json!({"version": 1})).status, 200);
    assert_eq!(officer.call(&network, "GET", "/people", &Value::Null).status, 200, "mended");

    // Whoever does not want to accept it signs out.
    assert_eq!(publish(borough, "The next", agreements::today()).status, 200);
    assert_eq!(officer.call(&network, "POST", ends[1], &json!({})).status, 200);
    assert_eq!(officer.call(&network, "GET", "/me", &Value::Null).status, 401);
}
