//! What is missing keeps agreements from being signed; what lapses suspends them, and what is mended resumes them.

use serde_json::json;

use super::network::{Network, agreements, until};
use super::{agreement, appoint_a_siro, call, lose_the_siro, question, standing};

#[test]
fn nothing_becomes_active_without_charter_policy_siro_and_a_tested_incident_route() {
    let network = Network::ungoverned();
    let (agency, borough) = (&network.agency, &network.borough);
    for gate in ["charter", "risk-policy", "siro", "incident-route"] {
        assert_eq!(standing(borough, gate), "shut", "{gate}");
    }
    let (id, text) = agreements::texts()[0].clone();
    let file = agency.dir.join("keepers.toml");
    std::fs::write(&file, text).unwrap();
    agency.must(&["agreement", "propose", file.to_str().unwrap()]);
    let by = json!({"name": "Ada Example", "position": "SIRO", "authority": "scheme of delegation"});
    let refused = call(agency, "POST", &format!("/agreements/{id}/sign"), &by);
    assert_eq!(refused.status, 409, "{}", refused.text());
    assert!(refused.text().contains("gate charter") && refused.text().contains("publish"), "{}", refused.text());
    // One body's documents are not the other's: the borough still cannot sign.
    network.govern(agency);
    assert_eq!(call(agency, "POST", &format!("/agreements/{id}/sign"), &by).status, 200);
    until("the proposal arrives", || borough.cli(&["agreement", "show", id]).status.success());
    assert_eq!(call(borough, "POST", &format!("/agreements/{id}/sign"), &by).status, 409);
    network.govern(borough);
    assert_eq!(call(borough, "POST", &format!("/agreements/{id}/sign"), &by).status, 200);
    until("it is in force", || agreement(borough, id).0 == "active" && agreement(agency, id).0 == "active");
    assert_eq!(question(borough, "officer-1").status, 200);
}

#[test]
fn a_charter_that_rests_on_the_act_of_1998_is_refused_with_the_field_that_says_so() {
    let network = Network::ungoverned();
    let charter = json!({
        "title": "Charter", "text": "We keep to the Data Protection Act 1998.", "contact": "data@borough.example",
        "dpo": "dpo@borough.example", "approved_by": "Cabinet", "legislation": ["Data Protection Act 1998"],
        "review_date": agreements::today().tomorrow().unwrap(),
    });
    let refused = call(&network.borough, "POST", "/assurance/charter/publish", &charter);
    assert_eq!(refused.status, 422, "{}", refused.text());
    assert_eq!(refused.json()["findings"][0]["field"], "legislation", "{}", refused.text());
    assert_eq!(standing(&network.borough, "charter"), "shut");
}

#[test]
fn a_lapse_suspends_what_is_in_force_the_partner_is_told_and_mending_it_resumes_it() {
    let network = Network::start();
    let (agency, borough) = (&network.agency, &network.borough);
    assert_eq!(question(borough, "officer-1").status, 200, "the control");
    lose_the_siro(agency);
    // Refused at once, before anything was suspended or told.
    let refused = question(borough, "officer-1");
    assert!(["gate", "agreement-not-in-force"].contains(&refused.rule()), "{} {}", refused.rule(), refused.text());
    for gateway in [agency, borough] {
        until("it is suspended", || agreement(gateway, "keepers").0 == "suspended");
        let (_, notices) = agreement(gateway, "keepers");
        assert!(notices.contains("suspended by PH/GOV/agency") && notices.contains("gate siro"), "{notices}");
    }
    // By hand it cannot be resumed while the post is empty.
    assert_eq!(call(agency, "POST", "/agreements/keepers/resume", &json!({})).status, 409);
    appoint_a_siro(agency);
    for gateway in [agency, borough] {
        until("it is in force again", || agreement(gateway, "keepers").0 == "active");
    }
    assert_eq!(question(borough, "officer-1").status, 200);
}

#[test]
fn what_an_officer_suspended_is_not_resumed_by_a_gate_that_opens() {
    let network = Network::start();
    let agency = &network.agency;
    let reason = json!({"reason": "a breach is looked into"});
    assert_eq!(call(agency, "POST", "/agreements/keepers/suspend", &reason).status, 200);
    lose_the_siro(agency);
    until("the others are suspended", || agreement(agency, "echo").0 == "suspended");
    appoint_a_siro(agency);
    until("the others are resumed", || agreement(agency, "echo").0 == "active");
    assert_eq!(agreement(agency, "keepers").0, "suspended");
}

#[test]
fn special_categories_are_not_signed_for_before_an_assessment_is_approved() {
    let network = Network::ungoverned();
    let agency = &network.agency;
    network.govern(agency);
    let text = agreements::texts()[0].1.replace("[\"personal\"]", "[\"personal\", \"special\"]");
    let text = text.replace("art6 = [", "art9 = [\"health_or_social_care\"]\nart6 = [");
    let file = agency.dir.join("special.toml");
    std::fs::write(&file, text).unwrap();
    agency.must(&["agreement", "propose", file.to_str().unwrap()]);
    let by = json!({"name": "Ada Example", "position": "SIRO", "authority": "scheme of delegation"});
    let refused = call(agency, "POST", "/agreements/keepers/sign", &by);
    assert_eq!(refused.status, 409, "{}", refused.text());
    assert!(refused.text().contains("gate dpia"), "{}", refused.text());
    let mut dpia = json!({
        "agreement": "keepers", "description": "Health of drivers", "necessity": "A statutory duty",
        "risks": "Disclosure", "measures": "Fields are cut", "dpo_advice": "", "outcome": "approved",
        "decided_by": "Data protection board", "decided_on": agreements::today(),
    });
    let unadvised = call(agency, "PUT", "/dpias/keepers", &dpia);
    assert_eq!(unadvised.status, 422, "{}", unadvised.text());
    assert_eq!(unadvised.json()["findings"][0]["field"], "dpo_advice");
    dpia["dpo_advice"] = json!("Content, with the measures named");
    assert_eq!(call(agency, "PUT", "/dpias/keepers", &dpia).status, 200);
    assert_eq!(call(agency, "POST", "/agreements/keepers/sign", &by).status, 200);
}
