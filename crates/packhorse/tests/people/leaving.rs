//! Leavers, teams' mailboxes, and what a restart leaves of it all.

use serde_json::{Value, json};

use crate::network::Network;
use crate::network::http::{Answer, ask};
use crate::office::{Staff, done, open, with};

/// The borough's `main` asks for a person who keeps a vehicle.
fn question(network: &Network, user: &str) -> Answer {
    let headers = [
        ("x-road-client", "PH/LOC/borough/main"),
        ("packhorse-api-key", network.borough.api_key.as_str()),
        ("x-road-userid", user),
    ];
    ask(network.borough.inside, "GET", "/r1/PH/GOV/agency/main/vehicles/by-vrm/AA19AAA", &headers, b"")
}

/// Somebody looks into a system's mailbox.
fn mailbox(network: &Network, user: &str) -> Answer {
    let headers = [
        ("x-road-client", "PH/LOC/borough/main"),
        ("packhorse-api-key", network.borough.api_key.as_str()),
        ("x-road-userid", user),
    ];
    ask(network.borough.inside, "GET", "/parcels?box=in", &headers, b"")
}

/// Enters somebody as a user of `main` as well.
fn use_main(network: &Network, user: &str) {
    let today = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date().to_string();
    let add = ["person", "add", user, "--system", "main", "--role", "parking-officer", "--trained-on", &today];
    network.borough.must(&add);
}

pub(crate) fn a_leaver_is_refused_everywhere_at_once_and_told_how_to_mend_it(network: &Network) {
    let borough = &network.borough;
    let mut lee = Staff::enter(network, "lee", &["officer"]);
    use_main(network, "lee");
    let main = done(borough, &borough.token, "PUT", "/systems/main/mailbox", &json!({}));
    assert!(main["mailbox"].is_object(), "{main}");
    assert_eq!(question(network, "lee").status, 200);
    assert_eq!(mailbox(network, "lee").status, 200);
    let before = borough.api("GET", "/records?limit=1", b"").json();
    let left = borough.must(&["person", "leave", "lee", "--json"]);
    assert!(left.contains("\"left\""), "{left}");
    // The session, the question, the mailbox: at once, without waiting for anything.
    assert_eq!(lee.call(network, "GET", "/me", &Value::Null).status, 401);
    let refused = question(network, "lee");
    assert_eq!((refused.status, refused.rule()), (500, "role"), "{}", refused.text());
    assert!(refused.text().contains("no longer works here"), "{}", refused.text());
    assert!(refused.text().contains("take back the leaving date"), "{}", refused.text());
    let refused = mailbox(network, "lee");
    assert_eq!(refused.json()["rule"], "role", "{} {}", refused.status, refused.text());
    assert_ne!(borough.api("GET", "/records?limit=1", b"").json(), before, "the refusal is on record");
    assert_eq!(lee.sign_in(network).status, 401, "their secrets are gone, so nothing proves them");
    // Mended as it was said.
    done(borough, &borough.token, "POST", "/people/lee/resume", &json!({}));
    assert_eq!(question(network, "lee").status, 200);
    let again = done(borough, &borough.token, "POST", "/people/lee/invite", &json!({}));
    assert_eq!(open(borough, "POST", "/invitation", &json!({"link": again["link"]})).status, 200);
}

pub(crate) fn a_mailbox_is_delegated_to_a_team(network: &Network) {
    let borough = &network.borough;
    let token = &borough.token;
    for user in ["mia", "ned"] {
        Staff::enter(network, user, &["officer"]);
        use_main(network, user);
    }
    done(borough, token, "PUT", "/teams/post-room", &json!({"title": "Post room", "department": "Resources"}));
    let delegated = json!({"people": ["team:post-room"]});
    done(borough, token, "PUT", "/systems/main/mailbox", &delegated);
    for user in ["mia", "ned"] {
        assert_eq!(mailbox(network, user).json()["rule"], "mailbox", "{user} belongs to no team");
    }
    let join = |teams: &[&str]| {
        json!({"name": "Mia Example", "email": "mia@borough.example", "roles": ["officer"], "tier": "department",
               "department": "Resources", "teams": teams})
    };
    done(borough, token, "PUT", "/people/mia", &join(&["post-room"]));
    assert_eq!(mailbox(network, "mia").status, 200);
    assert_eq!(mailbox(network, "ned").json()["rule"], "mailbox");
    let review = done(borough, token, "GET", "/access-review/mia", &Value::Null);
    assert_eq!((&review["systems"][0]["code"], &review["systems"][0]["mailbox"]), (&json!("main"), &json!(true)));
    assert_eq!(with(borough, token, "DELETE", "/teams/post-room", &Value::Null).status, 422, "somebody belongs to it");
    done(borough, token, "PUT", "/people/mia", &join(&[]));
    assert_eq!(mailbox(network, "mia").json()["rule"], "mailbox", "who left the team has left its mailbox");
    done(borough, token, "DELETE", "/teams/post-room", &Value::Null);
    done(borough, token, "PUT", "/systems/main/mailbox", &json!({}));
}

pub(crate) fn a_restart_changes_nothing_of_it(network: &Network) {
    let borough = &network.borough;
    let pat = Staff::enter(network, "pat", &["officer"]);
    let quin = Staff::enter(network, "quin", &["officer"]);
    borough.must(&["person", "suspend", "quin"]);
    borough.stop();
    borough.start();
    assert_eq!(pat.call(network, "GET", "/me", &Value::Null).status, 200, "who is signed in stays so");
    assert_eq!(quin.call(network, "GET", "/me", &Value::Null).status, 401);
    let listed = borough.must(&["person", "list", "--json"]);
    let listed: Value = serde_json::from_str(&listed).unwrap();
    let status = |id: &str| listed.as_array().unwrap().iter().find(|one| one["id"] == id).unwrap()["status"].clone();
    assert_eq!((status("pat"), status("quin")), (json!("active"), json!("suspended")));
    let log = std::fs::read_to_string(borough.dir.join("serve.log")).unwrap();
    for secret in [pat.session.as_str(), "copper teapot", "pat@borough.example", "pat Example"] {
        assert!(!log.contains(secret), "the log says {secret}");
    }
}
