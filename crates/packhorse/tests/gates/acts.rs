//! What is decided about the rules stands in the ledger, with a receipt that verifies; and only the SIRO sets one aside.

use serde_json::{Value, json};

use super::network::{Network, agreements, until};
use super::office::Staff;
use super::{agreement, call, lose_the_siro, question};

#[test]
fn a_suspension_by_a_gate_has_a_receipt_that_anybody_can_verify() {
    let network = Network::start();
    let agency = &network.agency;
    lose_the_siro(agency);
    until("it is suspended", || agreement(agency, "keepers").0 == "suspended");
    let acts = || agency.api("GET", "/records?kind=act", b"").json();
    until("the acts are recorded", || acts().as_array().unwrap().len() >= 3);
    let id = acts()[0]["exchange"].as_str().unwrap().to_owned();
    assert_eq!((acts()[0]["outcome"].clone(), acts()[0]["rule"].clone()), (json!("acted"), json!("gate-suspension")));
    let receipt = agency.dir.join("act.json");
    let text = agency.api("GET", &format!("/records/{id}/receipt"), b"").text();
    std::fs::write(&receipt, &text).unwrap();
    let judged = agency.must(&["verify", receipt.to_str().unwrap()]);
    assert!(judged.contains("gate-suspension about") && judged.contains("gate siro"), "{judged}");

    // Erased, the reason is gone and the proof stays.
    assert_eq!(agency.api("DELETE", &format!("/records/{id}/content"), b"").status, 204);
    let text = agency.api("GET", &format!("/records/{id}/receipt"), b"").text();
    assert!(!text.contains("gate siro"), "{text}");
    std::fs::write(&receipt, &text).unwrap();
    let judged = agency.must(&["verify", receipt.to_str().unwrap()]);
    assert!(judged.contains("gate-suspension of PH/GOV/agency"), "{judged}");

    // Another subject is another act.
    let forged = text.replace("\"subject\":\"", "\"subject\":\"x");
    std::fs::write(&receipt, forged).unwrap();
    assert!(!agency.cli(&["verify", receipt.to_str().unwrap()]).status.success());
}

#[test]
fn no_token_sets_a_gate_aside_not_even_the_operators() {
    let network = Network::start();
    let agency = &network.agency;
    let until_day = agreements::today().tomorrow().unwrap();
    let aside = json!({"reason": "the printer is broken", "until": until_day});
    let refused = call(agency, "POST", "/gates/charter/override", &aside);
    assert_eq!(refused.status, 403, "{}", refused.text());
    assert!(refused.text().contains("SIRO"), "{}", refused.text());
    let gates: Value = agency.api("GET", "/gates", b"").json();
    assert_eq!(gates["overrides"], json!([]));
}

#[test]
fn the_siro_alone_sets_a_gate_aside_for_a_time_and_the_ledger_has_it() {
    let network = Network::ungoverned();
    let (agency, borough) = (&network.agency, &network.borough);
    network.govern(agency);
    let today = agreements::today();
    let year = today.saturating_add(jiff::ToSpan::months(11));
    let drill = json!({"on": today, "found": "It arrived"});
    let route = json!({"text": "Report", "contact": "incidents@borough.example", "drills": [drill]});
    assert_eq!(call(borough, "PUT", "/assurance/incident-route", &route).status, 200);
    let siro = json!({"account": "siro", "name": "Ada Example", "appointed_by": "Board", "start": today});
    assert_eq!(call(borough, "PUT", "/assurance/siro", &siro).status, 200);
    let policy = json!({"title": "Policy", "text": "Risk is owned", "approved_by": "Board", "approval_minute": "1",
                        "approved_on": today, "expires_on": year});
    assert_eq!(call(borough, "PUT", "/assurance/risk-policy", &policy).status, 200);

    let (id, text) = agreements::texts()[0].clone();
    let file = agency.dir.join("keepers.toml");
    std::fs::write(&file, text).unwrap();
    agency.must(&["agreement", "propose", file.to_str().unwrap()]);
    let by = json!({"name": "Ada Example", "position": "SIRO", "authority": "scheme of delegation"});
    let sign = format!("/agreements/{id}/sign");
    assert_eq!(call(agency, "POST", &sign, &by).status, 200);
    until("the proposal arrives", || borough.cli(&["agreement", "show", id]).status.success());
    assert_eq!(call(borough, "POST", &sign, &by).status, 409, "no charter is published");

    let (siro, other) =
        (Staff::enter(&network, "siro", &["governance"]), Staff::enter(&network, "deputy", &["governance"]));
    let aside = |until: jiff::civil::Date| json!({"reason": "The printer is late", "until": until});
    let path = "/gates/charter/override";
    assert_eq!(other.call(&network, "POST", path, &aside(today)).status, 403);
    assert_eq!(siro.call(&network, "POST", path, &aside(year)).status, 422, "far beyond the bound");
    let done = siro.call(&network, "POST", path, &aside(today));
    assert_eq!(done.status, 200, "{}", done.text());
    let act = done.json()["act"].as_str().unwrap().to_owned();
    let receipt = borough.dir.join("override.json");
    std::fs::write(&receipt, borough.api("GET", &format!("/records/{act}/receipt"), b"").text()).unwrap();
    let judged = borough.must(&["verify", receipt.to_str().unwrap()]);
    assert!(judged.contains("gate-override about charter") && judged.contains("The printer is late"), "{judged}");
    let shown = borough.api("GET", "/gates", b"").json();
    assert_eq!(shown["overrides"][0]["act"], act.as_str());

    assert_eq!(call(borough, "POST", &sign, &by).status, 200);
    until("it is in force", || agreement(borough, id).0 == "active" && agreement(agency, id).0 == "active");
    assert_eq!(question(borough, "officer-1").status, 200);
    let end = json!({"reason": "It is printed"});
    assert_eq!(siro.call(&network, "POST", "/gates/charter/override/end", &end).status, 200);
    assert_ne!(question(borough, "officer-1").status, 200, "the rule counts again");

    let post = siro.call(&network, "POST", "/gates/siro/override", &aside(today));
    assert_eq!(post.status, 409, "an empty post cannot be set aside: {}", post.text());
}
