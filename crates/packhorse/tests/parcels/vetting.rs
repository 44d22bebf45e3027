//! What is in a parcel is given to whoever is vetted as its agreement and its marking require, at every door.

use serde_json::json;

use crate::desk::Desk;
use crate::network::{Gateway, agreements, until};

pub(crate) fn require(gateway: &Gateway, by: &str, name: &str, level: Option<&str>) {
    let rule = json!({"by": by, "name": name, "level": level}).to_string();
    let answer = gateway.api("POST", "/vetting/requirements", rule.as_bytes());
    assert_eq!(answer.status, 200, "{}", answer.text());
}

/// Vetted since a year ago, until so many days from now.
fn vet(gateway: &Gateway, person: &str, level: &str, days: i64) {
    let ends_on = agreements::today().saturating_add(jiff::ToSpan::days(days));
    let vetting = json!({"level": level, "granted_on": agreements::months_ago(12), "ends_on": ends_on}).to_string();
    let answer = gateway.api("PUT", &format!("/vetting/register/{person}"), vetting.as_bytes());
    assert_eq!(answer.status, 200, "{}", answer.text());
}

#[test]
fn a_parcel_is_opened_by_whoever_is_vetted_for_its_agreement_and_its_marking() {
    let desk = Desk::open();
    let borough = desk.recipient();
    let content = b"invented";
    let parcel = desk.dispatch(&[("report.txt", content)]);
    desk.until_listed(&parcel);
    let file = || desk.receive("GET", &format!("/{parcel}/files/0"), &[], b"");
    let say =
        |act: &str| desk.receive("POST", &format!("/{parcel}/{act}"), &[("content-type", "application/json")], b"{}");
    assert_eq!(file().body, content, "the control");

    require(borough, "agreement", "reports", Some("bpss"));
    let refused = file();
    assert_eq!((refused.status, &refused.json()["rule"]), (403, &json!("vetting")), "{}", refused.text());
    let said = refused.json();
    assert!(said["error"].as_str().unwrap().contains("the agreement reports requires vetting to BPSS"), "{said}");
    assert!(said["remedy"].as_str().unwrap().contains("vetting register"), "{said}");
    for act in ["opened", "collected"] {
        assert_eq!(say(act).json()["rule"], "vetting", "nobody opens what they may not have");
    }
    let forward = json!({"to": ["PH/GOV/agency/main/REPORT"]}).to_string();
    let json = [("content-type", "application/json")];
    let forwarded = desk.receive("POST", &format!("/{parcel}/forward"), &json, forward.as_bytes());
    assert_eq!(forwarded.json()["rule"], "vetting", "{}", forwarded.text());
    // That it is there, and how it stands, is no content.
    assert_eq!(desk.receive("GET", &format!("/{parcel}"), &[], b"").json()["state"], "delivered");

    vet(borough, "officer-1", "bpss", 30);
    assert_eq!(file().body, content, "mended");
    require(borough, "marking", "official-sensitive", Some("sc"));
    let refused = file();
    assert!(refused.text().contains("the marking official-sensitive requires vetting to SC"), "{}", refused.text());
    vet(borough, "officer-1", "sc", -1);
    assert_eq!(file().json()["rule"], "vetting", "it has lapsed");
    let grace = json!({"vetting_grace_days": 2}).to_string();
    assert_eq!(borough.api("PUT", "/assurance/settings", grace.as_bytes()).status, 200);
    assert_eq!(file().body, content, "within the grace, as with an exchange");
    assert_eq!(say("collected").status, 204);

    // To answer needs no vetting: nothing is given out, and what is not theirs finds its way back.
    vet(borough, "officer-1", "bpss", 30);
    assert_eq!(file().status, 403);
    let declined = desk.receive("POST", &format!("/{parcel}/decline"), &json, b"{\"reason\": \"not ours\"}");
    assert_eq!(declined.status, 204, "{}", declined.text());
    desk.until_sender_sees(&parcel, "declined");
}

#[test]
fn a_folder_is_not_given_what_requires_a_vetted_person_and_is_told_why() {
    let desk = Desk::open();
    let borough = desk.recipient();
    let folder = borough.dir.join("found");
    borough.must(&["system", "mailbox", "main", "--folder", folder.to_str().unwrap()]);
    until("the folders are there", || folder.join("in").is_dir());
    let names = || -> Vec<String> {
        let entries = std::fs::read_dir(folder.join("in")).unwrap();
        let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    };
    require(borough, "marking", "official-sensitive", Some("bpss"));
    let parcel = desk.dispatch(&[("report.txt", b"invented")]);
    let message = parcel.replace('-', "").to_uppercase();
    until("the folder is told", || names() == [format!("{message}.err")]);
    let why = std::fs::read_to_string(folder.join(format!("in/{message}.err"))).unwrap();
    assert!(why.contains("requires vetting to BPSS") && why.contains("vetting register"), "{why}");
    assert_eq!(desk.track(&parcel)["state"], "delivered", "it waits for a person");
    require(borough, "marking", "official-sensitive", None);
    until("it is given", || names() == [format!("{message}.ctl"), format!("{message}.dat")]);
    desk.until_sender_sees(&parcel, "collected");
}
