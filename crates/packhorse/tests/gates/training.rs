//! The training register decides in the pipeline: whose training has lapsed is refused, and told how to mend it.

use serde_json::json;

use super::network::{Network, agreements};
use super::{call, question};

#[test]
fn whoever_is_not_trained_is_refused_and_told_how_to_mend_it() {
    let network = Network::start();
    let borough = &network.borough;
    let old = question(borough, "officer-2");
    assert_eq!(old.rule(), "training", "{}", old.text());
    assert!(old.text().contains("training register"), "{}", old.text());

    let course = json!({"code": "data-protection", "title": "Data protection", "valid_months": 12, "pass_mark": 80});
    assert_eq!(call(borough, "PUT", "/training/courses/data-protection", &course).status, 200);
    let today = agreements::today();
    let file = format!("course,person,passed_on,score\ndata-protection,officer-2,{today},95\n");
    let imported = borough.api("POST", "/training/import", file.as_bytes());
    assert_eq!((imported.status, imported.json()["entered"].clone()), (200, json!(1)), "{}", imported.text());
    assert_eq!(question(borough, "officer-2").status, 200, "mended");
}

#[test]
fn the_register_counts_where_it_knows_a_person_and_the_systems_list_where_it_does_not() {
    let network = Network::start();
    let borough = &network.borough;
    let course = json!({"code": "data-protection", "title": "Data protection", "valid_months": 6});
    assert_eq!(call(borough, "PUT", "/training/courses/data-protection", &course).status, 200);
    assert_eq!(question(borough, "officer-1").status, 200, "the system's list says a month ago");
    let passed = json!({"passed_on": agreements::months_ago(7)});
    assert_eq!(call(borough, "PUT", "/training/register/officer-1/data-protection", &passed).status, 200);
    assert_eq!(question(borough, "officer-1").rule(), "training", "the register says that it has lapsed");
    let lapsing = borough.api("GET", "/training/register?lapsing=true", b"").json();
    assert_eq!(lapsing["items"][0]["person"], "officer-1");
}

#[test]
fn a_leaver_and_a_wrong_role_are_refused_with_what_to_do() {
    let network = Network::start();
    let borough = &network.borough;
    let clerk = question(borough, "clerk-1");
    assert_eq!(clerk.rule(), "role", "{}", clerk.text());
    let today = agreements::today().to_string();
    borough.must(&["person", "add", "officer-1", "--system", "main", "--role", "parking-officer", "--left-on", &today]);
    let leaver = question(borough, "officer-1");
    assert_eq!(leaver.rule(), "role", "{}", leaver.text());
    assert!(leaver.text().contains("have the user entered"), "{}", leaver.text());
}
