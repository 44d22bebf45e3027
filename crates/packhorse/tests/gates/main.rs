//! The gates, over real gateways: nothing is signed without them, what lapses is suspended and told, what is mended is
//! resumed, and whoever is not trained is refused with the way to mend it.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a panic is the failure report")]
#![allow(dead_code, reason = "every file of stories uses its part of the network")]

#[path = "../network/mod.rs"]
mod network;

mod acceptable_use;
mod acts;
mod lapses;
mod letters;
#[path = "../people/mail_server.rs"]
mod mail_server;
#[path = "../people/office.rs"]
mod office;
mod pages;
#[path = "../parcels/receiver.rs"]
mod receiver;
mod training;
mod vetting;

use serde_json::{Value, json};

use network::Gateway;
use network::http::{Answer, ask};

/// A call of the management API with a JSON body.
fn call(gateway: &Gateway, method: &str, path: &str, body: &Value) -> Answer {
    gateway.api(method, path, body.to_string().as_bytes())
}

/// How a gate stands.
fn standing(gateway: &Gateway, gate: &str) -> String {
    let shown = gateway.api("GET", &format!("/gates/{gate}"), b"").json();
    shown["items"][0]["standing"].as_str().unwrap().to_owned()
}

/// How an agreement stands, and what is said of it.
fn agreement(gateway: &Gateway, id: &str) -> (String, String) {
    let listed = gateway.api("GET", "/agreements", b"").json();
    let held = listed["items"].as_array().unwrap().iter().find(|one| one["id"] == id).unwrap().clone();
    (held["state"].as_str().unwrap().to_owned(), held["notices"].to_string())
}

/// A question of the borough about a vehicle, by one of its people.
fn question(borough: &Gateway, person: &str) -> Answer {
    let key = borough.api_key.as_str();
    let headers = [
        ("x-road-client", "PH/LOC/borough/main"),
        ("packhorse-api-key", key),
        ("packhorse-agreement", "keepers"),
        ("x-road-userid", person),
    ];
    ask(borough.inside, "GET", "/r1/PH/GOV/agency/main/vehicles/by-vrm/AA19AAA", &headers, b"")
}

/// The SIRO's last day was yesterday, and there is no time of grace.
fn lose_the_siro(gateway: &Gateway) {
    let first = network::agreements::months_ago(1);
    let yesterday = network::agreements::today().yesterday().unwrap();
    let gone = json!({"account": "siro", "name": "Ada Example", "appointed_by": "Chief executive",
                      "start": first, "end": yesterday});
    assert_eq!(call(gateway, "PUT", "/assurance/settings", &json!({"siro_grace_days": 0})).status, 200);
    assert_eq!(call(gateway, "PUT", "/assurance/siro", &gone).status, 200);
}

/// Somebody is appointed from today on.
fn appoint_a_siro(gateway: &Gateway) {
    let today = network::agreements::today();
    let appointed =
        json!({"account": "siro-2", "name": "Bea Example", "appointed_by": "Chief executive", "start": today});
    assert_eq!(call(gateway, "PUT", "/assurance/siro", &appointed).status, 200);
}
