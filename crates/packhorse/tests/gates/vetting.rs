//! Vetting: a role that requires it is not given without, and whose vetting has lapsed is refused with what to do.

use serde_json::{Value, json};

use super::network::http::Answer;
use super::network::{Gateway, Network, agreements};
use super::office::Staff;
use super::{call, question};

fn require(gateway: &Gateway, by: &str, name: &str, level: Option<&str>) {
    let answer = call(gateway, "POST", "/vetting/requirements", &json!({"by": by, "name": name, "level": level}));
    assert_eq!(answer.status, 200, "{}", answer.text());
}

/// Vetted since a year ago, until so many days from now.
fn vetting(level: &str, days: i64) -> Value {
    let ends_on = agreements::today().saturating_add(jiff::ToSpan::days(days));
    json!({"level": level, "granted_on": agreements::months_ago(12), "ends_on": ends_on})
}

fn vet(gateway: &Gateway, person: &str, level: &str, days: i64) {
    let answer = call(gateway, "PUT", &format!("/vetting/register/{person}"), &vetting(level, days));
    assert_eq!(answer.status, 200, "{}", answer.text());
}

#[test]
fn a_role_that_requires_vetting_is_given_to_whoever_has_it_in_date_alone() {
    let network = Network::start();
    let borough = &network.borough;
    let give = || call(borough, "PUT", "/systems/main/people/officer-7", &json!({"roles": ["fraud-officer"]}));
    require(borough, "role", "fraud-officer", Some("sc"));
    let refused = give();
    assert_eq!(refused.status, 409, "{}", refused.text());
    assert!(refused.text().contains("gate vetting") && refused.text().contains("SC"), "{}", refused.text());
    assert!(refused.json()["remedy"].as_str().unwrap().contains("vetting register"), "{}", refused.text());
    vet(borough, "officer-7", "bpss", 30);
    assert_eq!(give().status, 409, "a lower level is not enough");
    vet(borough, "officer-7", "sc", -1);
    assert_eq!(give().status, 409, "it ended yesterday");
    let table = format!(
        "person,level,granted_on,ends_on\nofficer-7,DV,{0},{1}\nofficer-8,top,{0},{1}\n",
        agreements::months_ago(12),
        agreements::today()
    );
    let imported = borough.api("POST", "/vetting/import", table.as_bytes()).json();
    assert_eq!((&imported["entered"], &imported["refusals"][0]["line"]), (&json!(1), &json!(3)), "{imported}");
    assert_eq!(give().status, 200, "a higher level covers it");
    let lapsing = borough.api("GET", "/vetting/register?lapsing=true", b"").json();
    assert_eq!(lapsing["items"][0]["person"], "officer-7", "it ends today");
}

#[test]
fn whose_vetting_has_lapsed_is_refused_and_told_how_to_mend_it() {
    let network = Network::start();
    let borough = &network.borough;
    assert_eq!(question(borough, "officer-1").status, 200, "the control");
    require(borough, "role", "parking-officer", Some("bpss"));
    let refused = question(borough, "officer-1");
    assert_eq!(refused.rule(), "vetting", "{}", refused.text());
    assert!(refused.text().contains("parking-officer") && refused.text().contains("vetted"), "{}", refused.text());
    vet(borough, "officer-1", "bpss", 30);
    assert_eq!(question(borough, "officer-1").status, 200, "mended");
    vet(borough, "officer-1", "bpss", -3);
    assert_eq!(question(borough, "officer-1").rule(), "vetting", "it has lapsed");
    let rules = json!([{"by": "role", "name": "parking-officer", "level": "bpss"}]);
    let grace = json!({"vetting_grace_days": 5, "vetting": rules});
    assert_eq!(call(borough, "PUT", "/assurance/settings", &grace).status, 200);
    assert_eq!(question(borough, "officer-1").status, 200, "within the grace");
    let silent = json!({"vetting_grace_days": 0});
    assert_eq!(call(borough, "PUT", "/assurance/settings", &silent).status, 200);
    assert_eq!(question(borough, "officer-1").rule(), "vetting", "whoever says nothing of it lifts nothing");
    assert_eq!(call(borough, "PUT", "/assurance/settings", &json!({"vetting": "none"})).status, 400);
    assert_eq!(call(borough, "PUT", "/assurance/settings", &grace).status, 200);

    // An agreement can ask for more than a role.
    require(borough, "agreement", "keepers", Some("ctc"));
    let refused = question(borough, "officer-1");
    assert_eq!(refused.rule(), "vetting", "{}", refused.text());
    assert!(refused.text().contains("agreement keepers requires vetting to CTC"), "{}", refused.text());
    vet(borough, "officer-1", "ctc", 30);
    assert_eq!(question(borough, "officer-1").status, 200);
    require(borough, "agreement", "keepers", None);
    require(borough, "marking", "official-sensitive", Some("dv"));
    let refused = question(borough, "officer-1");
    assert!(refused.text().contains("marking official-sensitive requires vetting to DV"), "{}", refused.text());
    require(borough, "marking", "official-sensitive", None);
    require(borough, "role", "parking-officer", None);
    assert_eq!(borough.api("GET", "/vetting/requirements", b"").json()["items"], json!([]));
    assert_eq!(question(borough, "officer-1").status, 200);
    let acts = borough.api("GET", "/records?kind=act", b"").json();
    let changes = acts.as_array().unwrap().iter().filter(|act| act["rule"] == "vetting-requirement").count();
    assert_eq!(changes, 6, "each change is in the ledger, and none that changed nothing: {acts}");
}

#[test]
fn a_role_at_the_gateway_does_not_count_without_the_vetting_that_it_requires() {
    let network = Network::start();
    let borough = &network.borough;
    let governor = Staff::enter(&network, "governor-1", &["governance"]);
    let list = || -> Answer { governor.call(&network, "GET", "/people", &Value::Null) };
    assert_eq!(list().status, 200, "the control");
    require(borough, "role", "governance", Some("bpss"));
    let refused = list();
    assert_eq!(refused.status, 403, "{}", refused.text());
    assert!(refused.text().contains("vetting"), "{}", refused.text());
    let own = governor.call(&network, "PUT", "/vetting/register/governor-1", &vetting("bpss", 30));
    assert_eq!(own.status, 403, "{}", own.text());
    let figure = borough.api("GET", "/figures", b"").json()["vetting"].clone();
    assert_eq!((&figure["all"]["count"], &figure["all"]["of"], &figure["rules"]), (&json!(0), &json!(1), &json!(1)));
    vet(borough, "governor-1", "bpss", 30);
    assert_eq!(list().status, 200, "mended");
    let own = governor.call(&network, "PUT", "/vetting/register/governor-1", &vetting("dv", 30));
    assert_eq!(own.status, 422, "nobody vets themselves: {}", own.text());
    let mut newcomer = super::office::newcomer("governor-2", &["governance"]);
    assert_eq!(call(borough, "POST", "/people", &newcomer).status, 409);
    newcomer["roles"] = json!(["officer"]);
    assert_eq!(call(borough, "POST", "/people", &newcomer).status, 200);
    let figure = borough.api("GET", "/figures", b"").json()["vetting"].clone();
    assert_eq!(figure["tiers"], json!([{"name": "department", "count": 1, "of": 1, "permille": 1000}]));
}
