//! Incidents, decisions, rights requests and the search for a person, through the management API.

use serde_json::{Value, json};

use crate::call::Call;
use crate::network::http::{Answer, ask};
use crate::network::{Gateway, Network, until};

/// A call with a token of one's own.
pub(crate) fn with(gateway: &Gateway, token: &str, method: &str, path: &str, body: &Value) -> Answer {
    let token = format!("Bearer {token}");
    let headers = [("authorization", token.as_str()), ("content-type", "application/json")];
    let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
    ask(gateway.inside, method, &format!("/api{path}"), &headers, &body)
}

/// A call with the operator's token that must end with this status.
pub(crate) fn done(gateway: &Gateway, method: &str, path: &str, body: &Value, status: u16) -> Value {
    let answer = with(gateway, &gateway.token, method, path, body);
    assert_eq!(answer.status, status, "{method} {path}: {}", answer.text());
    if answer.body.is_empty() { Value::Null } else { answer.json() }
}

/// Gives somebody a token, and waits until the gateway knows it.
fn token(gateway: &Gateway, name: &str, role: &str) -> String {
    let token = gateway.new_token(name, role);
    until("the token counts", || with(gateway, &token, "GET", "/status", &Value::Null).status == 200);
    token
}

fn id(value: &Value) -> String {
    value["id"].as_str().unwrap().to_owned()
}

fn report(gateway: &Gateway, token: &str, exchange: Option<&str>) -> Value {
    let now = jiff::Timestamp::now();
    let body = json!({"what": "a letter with arrears went to the neighbour", "kind": "wrong-recipient",
                      "noticed_at": now, "exchange": exchange});
    let answer = with(gateway, token, "POST", "/incidents", &body);
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.json()
}

/// An exchange that was answered; its id.
pub(crate) fn exchange(network: &Network) -> String {
    Call::keeper(network).answered(network, 200).header("packhorse-exchange").to_owned()
}

pub(crate) fn anybody_reports_an_incident_and_sees_their_own_alone(network: &Network) {
    let borough = &network.borough;
    let (one, other) = (token(borough, "clerk-one", "officer"), token(borough, "clerk-two", "officer"));
    let incident = report(borough, &one, None);
    assert_eq!(incident["clock"]["standing"], "running");
    assert!(incident["clock"]["seconds_left"].as_i64().unwrap() > 71 * 3600);
    let path = format!("/incidents/{}", id(&incident));
    assert_eq!(with(borough, &one, "GET", &path, &Value::Null).status, 200);
    // To others there is none; what they may not see they cannot change either.
    assert_eq!(with(borough, &other, "GET", &path, &Value::Null).status, 404);
    let note = json!({"step": "note", "text": "the neighbour gave it back"});
    assert_eq!(with(borough, &other, "POST", &format!("{path}/steps"), &note).status, 404);
    assert_eq!(with(borough, &one, "POST", &format!("{path}/steps"), &note).status, 200);
    let lessons = json!({"step": "lessons", "text": "check the address"});
    assert_eq!(with(borough, &one, "POST", &format!("{path}/steps"), &lessons).status, 403);
    let own = with(borough, &other, "GET", "/incidents", &Value::Null).json();
    assert_eq!(own["items"].as_array().unwrap().len(), 0);
    assert_eq!(with(borough, &one, "GET", "/incidents/log", &Value::Null).status, 403);
    let auditor = token(borough, "looker", "auditor");
    let log = with(borough, &auditor, "GET", "/incidents/log", &Value::Null).json();
    assert!(log["items"].as_array().unwrap().iter().any(|line| line["id"] == incident["id"]));
    assert_eq!(with(borough, &auditor, "POST", &format!("{path}/steps"), &lessons).status, 403);
    // That it was reported stands in the ledger, without the words.
    let records = done(borough, "GET", "/records?kind=act&limit=1000", &Value::Null, 200);
    let acts = records.as_array().unwrap().iter().filter(|line| line["rule"] == "incident").count();
    assert!(acts >= 2, "{records}");
}

pub(crate) fn an_incident_shows_what_was_exposed_and_its_partner_is_told_by_signed_message(network: &Network) {
    let (borough, agency) = (&network.borough, &network.agency);
    let exchange = exchange(network);
    let incident = report(borough, &borough.token, Some(&exchange));
    let path = format!("/incidents/{}", id(&incident));
    let exposed = done(borough, "GET", &format!("{path}/exposed"), &Value::Null, 200);
    assert_eq!(exposed["exchanges"], 1, "{exposed}");
    assert_eq!(exposed["partners"], json!(["PH/GOV/agency"]));
    assert_eq!(exposed["agreements"][0]["held"], true);
    assert!(!exposed["agreements"][0]["fields"].as_array().unwrap().is_empty());
    assert_eq!(exposed["items"][0]["records"][0]["outcome"], "answered");

    let steps = format!("{path}/steps");
    for wrong in ["PH/LOC/borough", "PH/GOV/nobody"] {
        done(borough, "POST", &steps, &json!({"step": "partner", "organisation": wrong, "text": "x"}), 400);
    }
    let took = json!({"step": "partner-took", "organisation": "PH/GOV/agency"});
    done(borough, "POST", &steps, &took, 400);
    let tell =
        json!({"step": "partner", "organisation": "PH/GOV/agency", "text": "an answer of yours was misdirected"});
    done(borough, "POST", &steps, &tell, 200);
    until("the partner's gateway has the notice", || {
        let case = done(borough, "GET", &path, &Value::Null, 200);
        case["partners"][0]["taken_at"].is_string()
    });
    let heard = done(agency, "GET", "/incidents/heard", &Value::Null, 200);
    let notice = &heard["items"][0]["notice"];
    assert_eq!((&notice["from"], &notice["to"]), (&json!("PH/LOC/borough"), &json!("PH/GOV/agency")));
    assert_eq!(notice["exchanges"], json!([exchange]), "only what both have on record");
    assert!(heard["items"][0]["signature"].is_object(), "{heard}");

    let assess = json!({"step": "assess", "nature": ["confidentiality"], "risk": "unlikely", "people": 1, "records": 1,
                        "categories": "a tenant; arrears", "consequences": "embarrassment", "measures": "got it back"});
    done(borough, "POST", &steps, &assess, 200);
    done(borough, "POST", &steps, &json!({"step": "regulator", "told": false, "reasoning": "risk unlikely"}), 200);
    done(borough, "POST", &steps, &json!({"step": "people", "told": true, "reasoning": "they should know"}), 200);
    let early = done(borough, "POST", &steps, &json!({"step": "close", "outcome": "over"}), 422);
    assert!(early["error"].as_str().unwrap().contains("learned"), "{early}");
    done(borough, "POST", &steps, &json!({"step": "lessons", "text": "look twice"}), 200);
    let closed = done(borough, "POST", &steps, &json!({"step": "close", "outcome": "over"}), 200);
    assert_eq!((closed["state"].as_str(), closed["clock"]["standing"].as_str()), (Some("closed"), Some("met")));
}

fn decision(exchange: Option<&str>, decision: &str) -> Value {
    json!({
        "considered_at": jiff::Timestamp::now(), "name": "Sam Example", "position": "Duty officer",
        "subject_ref": "case 17", "recipient": "PH/GOV/agency", "data": "the keeper", "purpose": "parking-penalty",
        "lawful_basis": "public task", "necessity": "nobody else has it", "decision": decision,
        "reasons_for": "a penalty is due", "reasons_against": "the keeper may not be the driver",
        "reason": "the law provides for it", "exchange": exchange,
    })
}

pub(crate) fn a_decision_is_linked_to_the_exchange_it_was_shared_by(network: &Network) {
    let borough = &network.borough;
    let exchange = exchange(network);
    let made = done(borough, "POST", "/decisions", &decision(None, "share"), 201);
    let path = format!("/decisions/{}/exchange", id(&made));
    let never = json!({"exchange": "00000000-0000-4000-8000-000000000001"});
    done(borough, "PUT", &path, &never, 400);
    let linked = done(borough, "PUT", &path, &json!({"exchange": exchange}), 200);
    assert_eq!(linked["form"]["exchange"], json!(exchange));
    done(borough, "PUT", &path, &json!({"exchange": crate::cases::exchange(network)}), 422);
    let withheld = done(borough, "POST", "/decisions", &decision(Some(&exchange), "withhold"), 422);
    assert!(withheld["error"].as_str().unwrap().contains("withheld"), "{withheld}");
    done(borough, "POST", "/decisions", &decision(None, "withhold"), 201);
    let withheld = done(borough, "GET", "/decisions?decision=withhold", &Value::Null, 200);
    assert_eq!(withheld["total"], 1);
}

pub(crate) fn what_was_exchanged_about_one_person_is_found_on_both_sides_until_it_is_erased(network: &Network) {
    let (borough, agency) = (&network.borough, &network.agency);
    let exchange = exchange(network);
    let request = json!({"kind": "subject-access", "what": "what did you share about my car?", "channel": "letter",
                         "received_at": jiff::Timestamp::now(), "requester": "Ada Example"});
    for gateway in [borough, agency] {
        let request = done(gateway, "POST", "/requests", &request, 201);
        let search = |identifiers: Value, status| {
            let body = json!({"identifiers": identifiers, "request": request["id"], "limit": 1000});
            done(gateway, "POST", "/people/search", &body, status)
        };
        let found = search(json!(["aa19 aaa"]), 200);
        let ids = |found: &Value| -> Vec<String> {
            let items = found["items"].as_array().unwrap().iter();
            items.map(|line| line["exchange"].as_str().unwrap().to_owned()).collect()
        };
        assert!(ids(&found).contains(&exchange), "{found}");
        assert!(ids(&search(json!(["ZZ99ZZZ"]), 200)).is_empty());
        search(json!(["Example"]), 400);
        search(json!([]), 400);
        done(gateway, "DELETE", &format!("/records/{exchange}/content"), &Value::Null, 204);
        assert!(!ids(&search(json!(["AA19AAA"]), 200)).contains(&exchange), "erased");
        let refuse = json!({"step": "refuse", "reason": "withdrawn"});
        done(gateway, "POST", &format!("/requests/{}/steps", id(&request)), &refuse, 200);
        search(json!(["AA19AAA"]), 400);
    }
    let free = json!({"identifiers": ["AA19AAA"], "request": "00000000-0000-4000-8000-000000000001"});
    done(borough, "POST", "/people/search", &free, 400);
    let officer = token(borough, "curious", "officer");
    assert_eq!(with(borough, &officer, "POST", "/people/search", &free).status, 403);
    for gateway in [borough, agency] {
        let log = std::fs::read_to_string(gateway.dir.join("serve.log")).unwrap();
        assert!(!log.contains("AA19AAA") && !log.contains("Ada Example"), "a log says who was looked for");
    }
}

pub(crate) fn hostile_cases_are_refused_and_nothing_is_kept(network: &Network) {
    let borough = &network.borough;
    let before = done(borough, "GET", "/incidents", &Value::Null, 200)["total"].clone();
    let now = jiff::Timestamp::now();
    for (what, kind, noticed) in [
        (json!(""), json!("lost"), json!(now)),
        (json!("x".repeat(6000)), json!("lost"), json!(now)),
        (json!("nul \u{0} here"), json!("lost"), json!(now)),
        (json!("a report"), json!("unheard-of"), json!(now)),
        (json!("a report"), json!("lost"), json!("2999-01-01T00:00:00Z")),
        (json!("a report"), json!("lost"), json!("yesterday")),
        (json!({"a": 1}), json!("lost"), json!(now)),
    ] {
        done(borough, "POST", "/incidents", &json!({"what": what, "kind": kind, "noticed_at": noticed}), 422);
    }
    let more = json!({"what": "a", "kind": "lost", "noticed_at": now, "state": "closed"});
    done(borough, "POST", "/incidents", &more, 422);
    assert_eq!(done(borough, "GET", "/incidents", &Value::Null, 200)["total"], before);
    // What is text stays text, whatever it looks like.
    let odd = "<script>alert(1)</script>'; DROP TABLE record; -- \u{202e}gpj 🐴";
    let made = done(borough, "POST", "/incidents", &json!({"what": odd, "kind": "other", "noticed_at": now}), 201);
    assert_eq!(made["what"], odd);
    for path in ["/incidents/1", "/requests/x", "/decisions/%00"] {
        done(borough, "GET", path, &Value::Null, 400);
    }
    done(borough, "GET", "/incidents?after=nothing", &Value::Null, 400);
    done(borough, "GET", "/figures?from=2026-13", &Value::Null, 400);
    done(borough, "GET", "/figures?from=2026-05&to=2026-04", &Value::Null, 400);
}
