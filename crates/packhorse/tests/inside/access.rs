//! Who may ask what, what comes back, and what is kept of it.

use serde_json::json;

use crate::call::Call;
use crate::network::{Network, ok, until};

const DENIED: &str = "Server.ServerProxy.AccessDenied";
const NOT_PROVED: &str = "Server.ClientProxy.SslAuthenticationFailed";
const UNKNOWN: &str = "Server.ClientProxy.UnknownMember";

pub(crate) fn a_caller_proves_who_it_is(network: &Network) {
    let (rule, key) = ("authentication", "packhorse-api-key");
    let keeper = Call::keeper(network);
    keeper.answered(network, 200);
    keeper.clone().without(key).refused(network, rule, NOT_PROVED);
    let (right, plain) = (&network.borough.api_key, network.borough.key("plain"));
    let mut wrong = right.clone();
    wrong.replace_range(wrong.len() - 1.., if right.ends_with('A') { "E" } else { "A" });
    for wrong in [wrong.as_str(), "", &right[..right.len() - 1], &right.to_uppercase(), &plain, &network.borough.token]
    {
        keeper.clone().set(key, wrong).refused(network, rule, NOT_PROVED);
    }
    for (client, rule, code) in [
        ("PH/LOC/borough/nobody", "unknown-client", UNKNOWN),
        ("PH/LOC/borough/MAIN", "unknown-client", UNKNOWN),
        ("PH/GOV/agency/main", "unknown-client", UNKNOWN),
        ("PH/LOC/borough", "client-identifier", "Server.ClientProxy.InvalidClientIdentifier"),
        ("PH/LOC/borough/main/echo", "client-identifier", "Server.ClientProxy.InvalidClientIdentifier"),
        ("PH/LOC/borough/%zz", "client-identifier", "Server.ClientProxy.InvalidClientIdentifier"),
        ("", "client-identifier", "Server.ClientProxy.InvalidClientIdentifier"),
    ] {
        keeper.clone().set("x-road-client", client).refused(network, rule, code);
    }

    // By address alone only where somebody said so, and never past a key that is wrong.
    let old = Call::new(network, "GET", "echo/look").set("x-road-client", "PH/LOC/borough/old").without(key);
    old.refused(network, rule, NOT_PROVED);
    network.borough.must(&["system", "address", "old", "--ip", "192.0.2.7"]);
    old.refused(network, rule, NOT_PROVED);
    network.borough.must(&["system", "address", "old", "--ip", "127.0.0.1"]);
    old.answered(network, 200);
    old.clone().set("x-forwarded-for", "192.0.2.7").answered(network, 200);
    for wrong in ["", right.as_str()] {
        old.clone().set(key, wrong).refused(network, rule, NOT_PROVED);
    }
    keeper.without(key).refused(network, rule, NOT_PROVED);
}

pub(crate) fn every_refusal_names_its_rule(network: &Network) {
    let keeper = Call::keeper(network);
    for (name, value, rule) in [
        ("packhorse-purpose", "curiosity", "purpose"),
        ("packhorse-purpose", "", "purpose"),
        ("packhorse-purpose", "Parking-Penalty", "purpose"),
        ("packhorse-role", "clerk", "role"),
        ("x-road-userid", "clerk-1", "role"),
        ("x-road-userid", "somebody", "role"),
        ("x-road-userid", "officer-2", "training"),
        ("packhorse-fields", "make,marker", "fields"),
        ("packhorse-fields", "*", "fields"),
        ("packhorse-fields", ",", "fields"),
        ("packhorse-agreement", "unheard-of", "no-agreement"),
        ("packhorse-agreement", "echo", "operation"),
    ] {
        let refused = keeper.clone().set(name, value).refused(network, rule, DENIED);
        let said = refused.json()["message"].as_str().unwrap().to_owned();
        assert!(said.starts_with("Request is not allowed: ") && said.contains("; "), "without a remedy: {said}");
    }
    keeper.clone().without("x-road-userid").refused(network, "role", DENIED);
    for path in ["vehicles", "vehicles/", "vehicles/by-vrm", "vehicles/by-vrm/AA19AAA/x", "vehicles/by-VRM/AA19AAA"] {
        Call::new(network, "GET", path).refused(network, "operation", DENIED);
    }
    Call::new(network, "GET", "unheard-of").refused(network, "no-agreement", DENIED);
    let to = |target: &str| Call::new(network, "GET", "").to(target);
    to("/r1/PH/GOV/nobody/main/vehicles").refused(network, "unknown-member", UNKNOWN);
    to("/r1/PH/GOV/agency/none/vehicles").refused(network, "unknown-member", UNKNOWN);
    to("/r1/XX/GOV/agency/main/vehicles").refused(network, "unknown-member", UNKNOWN);
    let server = |code: &str| keeper.clone().set("x-road-security-server", code);
    server("PH/GOV/agency/gateway").answered(network, 200);
    for code in ["PH/GOV/agency/other", "PH/LOC/borough/gateway"] {
        server(code).refused(network, "gateway-address", "Server.ClientProxy.InvalidSecurityServer");
    }

    let limited = Call::new(network, "GET", "limited/by-vrm/AA19AAA");
    for _ in 0..2 {
        assert_eq!(limited.answered(network, 200).json(), json!({"make": "FORD"}));
    }
    limited.refused(network, "rate", DENIED);
    keeper.answered(network, 200);
}

pub(crate) fn an_answer_is_cut_and_recorded_on_both_sides(network: &Network) {
    let whole = json!({"vrm": "AA19AAA", "make": "FORD", "colour": "BLUE", "keeper_name": "Ada Example",
        "keeper_postcode": "ZZ99 1AA"});
    let both = |exchange: &str, given: u64, withheld: u64| {
        for gateway in [&network.borough, &network.agency] {
            let records = gateway.records(exchange);
            assert_eq!(records.len(), 1, "{records:?}");
            let record = &records[0]["record"];
            assert_eq!(
                (&record["ended"]["given"], &record["ended"]["withheld"]),
                (&json!(given), &json!(withheld)),
                "{record}"
            );
            assert_eq!(
                (&record["ended"]["outcome"], &record["purpose"]),
                (&json!("answered"), &json!("parking-penalty"))
            );
            let text = record.to_string();
            assert!(!text.contains("AA19AAA") && !text.contains("officer-1"), "personal: {text}");
        }
    };
    let answer = Call::keeper(network).answered(network, 200);
    assert_eq!(answer.json(), whole);
    both(answer.header("packhorse-exchange"), 5, 1);

    let by_body = Call::new(network, "POST", "vehicles/by-vrm").body(br#"{"vrm":"aa19 aaa"}"#);
    assert_eq!(by_body.answered(network, 200).json(), whole);
    let fewer = Call::keeper(network).set("packhorse-fields", "make, colour").answered(network, 200);
    assert_eq!(fewer.json(), json!({"make": "FORD", "colour": "BLUE"}));
    both(fewer.header("packhorse-exchange"), 2, 4);

    let none = Call::new(network, "GET", "vehicles/by-vrm/TE57XXX").answered(network, 404);
    assert!(!none.text().contains("TE57XXX"), "{}", none.text());
    both(none.header("packhorse-exchange"), 0, 0);
}

pub(crate) fn who_was_not_identified_leaves_no_record(network: &Network) {
    let anonymous = Call::keeper(network).without("packhorse-api-key").send(network);
    let known = Call::keeper(network).set("packhorse-purpose", "curiosity").send(network);
    for (answer, kept) in [(anonymous, 0), (known, 1)] {
        let exchange = answer.header("packhorse-exchange");
        assert_eq!(exchange.len(), 36);
        assert_eq!(answer.json()["detail"], exchange);
        assert_eq!(network.borough.records(exchange).len(), kept);
        assert!(network.agency.records(exchange).is_empty(), "nothing was sent");
    }
}

pub(crate) fn what_the_provider_refuses_is_recorded_on_both_sides(network: &Network) {
    let narrow = Call::new(network, "GET", "narrow/a/b");
    narrow.answered(network, 200);
    network.agency.must(&["table", "remove", "main/narrow"]);
    let refused = narrow.refused(network, "unknown-service", "Server.ServerProxy.UnknownService");
    for gateway in [&network.borough, &network.agency] {
        let records = gateway.records(refused.header("packhorse-exchange"));
        assert_eq!(records.len(), 1, "{}", gateway.organisation);
        let record = &records[0]["record"];
        assert_eq!(
            (&record["ended"]["outcome"], &record["ended"]["rule"]),
            (&json!("refused"), &json!("unknown-service")),
            "{record}"
        );
    }
}

pub(crate) fn whoever_has_left_asks_no_more(network: &Network) {
    let today = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let trained_on = today.yesterday().unwrap().to_string();
    let leaves = |day: jiff::civil::Date| {
        let who = ["person", "add", "leaver-1", "--system", "main", "--role", "parking-officer"];
        let day = day.to_string();
        let when = ["--trained-on", trained_on.as_str(), "--left-on", day.as_str()];
        network.borough.must(&[&who[..], &when[..]].concat());
    };
    let keeper = Call::keeper(network).set("x-road-userid", "leaver-1");
    leaves(today.tomorrow().unwrap().tomorrow().unwrap());
    keeper.answered(network, 200);
    leaves(today);
    let refused = keeper.refused(network, "role", DENIED);
    let unknown = Call::keeper(network).set("x-road-userid", "nobody").refused(network, "role", DENIED);
    assert_eq!(refused.json()["message"], unknown.json()["message"], "who left is told apart from who never was");
    network.borough.must(&["person", "remove", "leaver-1", "--system", "main"]);
    keeper.refused(network, "role", DENIED);
}

/// The registry's word reaches the gateways with the next poll, as a suspension does.
pub(crate) fn a_lapsed_assurance_is_no_suspension(network: &Network) {
    let assure = |last: &str| ok(network.registry(&["assure", "PH/GOV/agency", "--valid-until", last]));
    Call::keeper(network).answered(network, 200);
    assure("2020-01-01");
    until("the lapse is known", || Call::keeper(network).send(network).status != 200);
    let refused = Call::keeper(network).refused(network, "assurance-lapsed", DENIED);
    let said = refused.json()["message"].as_str().unwrap().to_owned();
    assert!(said.contains("providing organisation") && said.contains("packhorse registry assure"), "{said}");
    assure("2099-12-31");
    until("the renewal is known", || Call::keeper(network).send(network).status == 200);
}

pub(crate) fn no_log_holds_what_was_asked_or_by_whom(network: &Network) {
    for gateway in [&network.borough, &network.agency] {
        let log = std::fs::read_to_string(gateway.dir.join("serve.log")).unwrap();
        assert!(log.contains("the gateway is open"), "{log}");
        for personal in ["AA19AAA", "TE57", "officer-", "clerk-1", "Ada Example", "ph_"] {
            assert!(!log.contains(personal), "{personal} stands in the log of {}", gateway.organisation);
        }
    }
}
