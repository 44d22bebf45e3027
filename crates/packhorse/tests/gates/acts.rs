//! What is decided about the rules stands in the ledger, with a receipt that verifies; and only the SIRO sets one aside.

use serde_json::{Value, json};

use super::network::{Network, agreements, until};
use super::{agreement, call, lose_the_siro};

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
