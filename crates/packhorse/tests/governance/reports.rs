//! Figures, records of processing and the evidence pack.

use std::process::Command;

use serde_json::{Value, json};

use crate::call::Call;
use crate::cases::{done, exchange, with};
use crate::network::{Network, run};

pub(crate) fn figures_come_from_counters_and_name_the_partner_and_the_rule(network: &Network) {
    let borough = &network.borough;
    let total = || done(borough, "GET", "/figures", &Value::Null, 200)["exchanges"]["total"].as_u64().unwrap();
    let before = total();
    exchange(network);
    Call::keeper(network).set("x-road-userid", "officer-2").refused(
        network,
        "training",
        "Server.ServerProxy.AccessDenied",
    );
    assert_eq!(total(), before + 2);
    let figures = done(borough, "GET", "/figures", &Value::Null, 200);
    let partners = figures["exchanges"]["by_partner"].as_array().unwrap();
    assert_eq!(partners[0]["partner"], "PH/GOV/agency", "{figures}");
    let refusals = figures["exchanges"]["refusals"].as_array().unwrap();
    assert!(refusals.iter().any(|line| line["rule"] == "training"), "{figures}");
    assert_eq!(figures["measures"].as_array().unwrap().len(), 9);
    assert_eq!(figures["measures"][5]["permille_2009"], 400);
    assert!(figures["headline"].is_null(), "no survey yet");
    staff_is_trained_by_tier(network, &figures["training"]["all"]);
    for shown in ["charter", "risk_policy", "siro"] {
        assert_eq!(figures["organisations"][shown]["of"], 2, "{figures}");
    }
    assert_eq!(figures["organisations"]["siro"]["permille"], 1000);
    let past = done(borough, "GET", "/figures?from=2001-01&to=2001-02", &Value::Null, 200);
    assert_eq!(past["exchanges"]["total"], 0);
    // A token is no person: a survey is answered by people.
    let wave = done(borough, "POST", "/pulse/surveys", &json!({"title": "Spring"}), 201);
    let answers = json!({"answers": {"charter": "yes", "risk-policy": "no", "incident-route": "yes",
                                     "training": "yes", "post": "no"}});
    let path = format!("/pulse/surveys/{}", wave["id"].as_str().unwrap());
    done(borough, "POST", &format!("{path}/answers"), &answers, 400);
    assert!(done(borough, "GET", &path, &Value::Null, 200)["results"].is_null(), "it runs");
    done(borough, "POST", &format!("{path}/close"), &json!({}), 200);
    assert!(done(borough, "GET", &path, &Value::Null, 200)["results"]["all"].is_null(), "too few");
}

/// Whoever has an account counts, trained as the register has it; whoever only a system lists, as the system has it.
fn staff_is_trained_by_tier(network: &Network, before: &Value) {
    let borough = &network.borough;
    assert_eq!(before["of"], 3, "those whom the systems list");
    let account = json!({"id": "trained-1", "name": "Fay Example", "email": "fay@borough.example", "roles": ["officer"],
                         "tier": "corporate", "department": "Leadership"});
    done(borough, "POST", "/people", &account, 200);
    let trained = || done(borough, "GET", "/figures", &Value::Null, 200)["training"].clone();
    let corporate = |figure: &Value| {
        let tiers = figure["tiers"].as_array().unwrap();
        let tier = tiers.iter().find(|tier| tier["name"] == "corporate").unwrap();
        (tier["count"].clone(), tier["of"].clone())
    };
    assert_eq!(corporate(&trained()), (json!(0), json!(1)));
    let course = json!({"code": "counted", "title": "Counted", "valid_months": 12});
    done(borough, "PUT", "/training/courses/counted", &course, 200);
    let today = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
    done(borough, "PUT", "/training/register/trained-1/counted", &json!({"passed_on": today}), 200);
    let after = trained();
    assert_eq!(corporate(&after), (json!(1), json!(1)));
    assert_eq!(after["all"]["of"], 4);
    let (count, was) = (after["all"]["count"].as_u64(), before["count"].as_u64());
    assert_eq!(count, was.map(|was| was + 1));
}

pub(crate) fn records_of_processing_say_what_was_really_exchanged(network: &Network) {
    let borough = &network.borough;
    let found = done(borough, "GET", "/processing-records", &Value::Null, 200);
    let records = found["items"].as_array().unwrap();
    let used = records.iter().find(|record| record["exchanges"].as_u64().unwrap() > 0).unwrap();
    assert_eq!(used["recipients"], json!(["PH/GOV/agency"]));
    assert!(!used["categories_of_data"].as_array().unwrap().is_empty(), "{used}");
    let shared = used["shared"].as_array().unwrap();
    assert!(shared.iter().any(|line| line["purpose"] == "parking-penalty" && line["partner"] == "PH/GOV/agency"));
    let csv = with(borough, &borough.token, "GET", "/processing-records/csv", &Value::Null);
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
    assert!(csv.text().lines().count() > records.len(), "{}", csv.text());
}

pub(crate) fn an_evidence_pack_unpacks_and_every_receipt_in_it_verifies(network: &Network) {
    let borough = &network.borough;
    exchange(network);
    let pack = with(borough, &borough.token, "GET", "/evidence-pack?receipts=20", &Value::Null);
    assert_eq!((pack.status, pack.header("content-type")), (200, "application/x-tar"), "{}", pack.text());
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("pack.tar");
    std::fs::write(&file, &pack.body).unwrap();
    // With the machine's own tar, as an auditor would.
    let unpacked = Command::new("tar").arg("-xf").arg(&file).arg("-C").arg(folder.path()).status().unwrap();
    assert!(unpacked.success());
    let read = |name: &str| std::fs::read(folder.path().join(name)).unwrap();
    let manifest: Value = serde_json::from_slice(&read("packhorse-manifest.json")).unwrap();
    let files = manifest["files"].as_array().unwrap();
    for file in files {
        let bytes = read(file["name"].as_str().unwrap());
        let digest = packhorse_model::record::encode_digest(&packhorse_keys::sha256(&bytes));
        assert_eq!(file["sha256"], json!(digest), "{}", file["name"]);
    }
    let names: Vec<&str> = files.iter().map(|file| file["name"].as_str().unwrap()).collect();
    for name in
        ["READ-ME.txt", "annual-report.json", "breach-log.json", "ledger/checkpoint.txt", "directory/snapshot.bin"]
    {
        assert!(names.contains(&name), "{name} in {names:?}");
    }
    let receipts: Vec<&&str> = names.iter().filter(|name| name.starts_with("receipts/")).collect();
    assert!(receipts.len() > 1, "{names:?}");
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let anchor = network.folder().join("anchor.json");
    let judge = |receipt: &str| {
        let (receipt, snapshot) = (at(receipt), at("directory/snapshot.bin"));
        let arguments = ["verify", &receipt, "--directory", &snapshot, "--anchor", anchor.to_str().unwrap()];
        run(folder.path(), &arguments)
    };
    for receipt in &receipts {
        let judged = judge(receipt);
        assert!(judged.status.success(), "{receipt}: {}", String::from_utf8_lossy(&judged.stdout));
        // What could tell about a person is left out.
        let receipt: Value = serde_json::from_slice(&read(receipt)).unwrap();
        assert!(receipt["content"].is_null());
    }
    // A receipt that somebody has changed is not believed.
    let forged = at(receipts[0]);
    let text = std::fs::read_to_string(&forged).unwrap();
    std::fs::write(&forged, text.replacen("\"kind\":\"", "\"kind\":\"x", 1)).unwrap();
    assert!(!judge(receipts[0]).status.success());
}
