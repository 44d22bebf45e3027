//! What collectors of catalogues ask.

use serde_json::{Value, json};

use crate::call::Call;
use crate::network::Network;
use crate::network::http::ask;

pub(crate) fn the_members_are_listed(network: &Network) {
    let list = |target: &str, accept: &str| ask(network.borough.inside, "GET", target, &[("accept", accept)], b"");
    let answer = list("/listClients", "text/html, application/json;q=0.1");
    assert_eq!((answer.status, answer.header("content-type")), (200, "application/json; charset=utf-8"));
    let members = answer.json()["member"].as_array().unwrap().clone();
    let id = json!({"object_type": "MEMBER", "xroad_instance": "PH", "member_class": "GOV", "member_code": "agency"});
    assert!(members.contains(&json!({"id": id, "name": "agency"})), "{members:?}");
    let mut id = id;
    id["object_type"] = json!("SUBSYSTEM");
    id["subsystem_code"] = json!("main");
    let system = json!({"id": id, "name": "agency", "subsystem_name": "System main"});
    assert!(members.contains(&system), "{members:?}");

    assert_eq!(list("/listClients?xRoadInstance=XX", "application/json").json(), json!({"member": []}));
    assert_eq!(list("/listClients?xRoadInstance=", "application/json").json()["member"], json!(members));
    let xml = list("/listClients", "*/*");
    assert_eq!(xml.header("content-type"), "text/xml");
    assert!(xml.text().contains("<id:memberCode>agency</id:memberCode>"), "{}", xml.text());
    assert!(xml.text().contains("xmlns:xrd=\"http://x-road.eu/xsd/xroad.xsd\""));
}

pub(crate) fn what_is_no_question_for_the_members_is_an_x_road_error(network: &Network) {
    for (method, target) in [
        ("POST", "/listClients"),
        ("DELETE", "/listClients"),
        ("POST", "/metrics"),
        ("GET", "/listClients?xRoadInstance=%zz"),
        ("GET", "/listClients?xRoadInstance=%ff"),
        ("GET", "/listClients?xRoadInstance=P"),
        ("GET", "/listClients?xRoadInstance=P%0aH"),
        ("GET", "/listClients?xRoadInstance=a/b"),
        ("GET", "/listClients?xRoadInstance=PH&xRoadInstance=PH"),
        ("GET", "/unheard-of"),
    ] {
        let answer = ask(network.borough.inside, method, target, &[("accept", "application/json")], b"");
        if target.ends_with("=P") {
            assert_eq!(answer.json(), json!({"member": []}), "a network that is not known has no members");
            continue;
        }
        let code = "Server.ClientProxy.InternalError";
        let said = format!("{method} {target}: {} {}", answer.status, answer.text());
        assert_eq!((answer.status, answer.header("x-road-error")), (500, code), "{said}");
        assert_eq!(answer.header("content-type"), "application/json", "{said}");
        let error = answer.json();
        assert!(error["type"] == code && error["message"].as_str().is_some_and(|said| said.contains("; ")), "{said}");
    }
    let xml = ask(network.borough.inside, "POST", "/listClients", &[("accept", "text/xml")], b"");
    assert!(xml.text().starts_with("<error><type>Server.ClientProxy.InternalError</type>"), "{}", xml.text());
}

pub(crate) fn services_are_listed_and_described(network: &Network) {
    let codes = |listed: &Value| -> Vec<String> {
        let services = listed["service"].as_array().unwrap();
        services.iter().map(|service| service["service_code"].as_str().unwrap().to_owned()).collect()
    };
    let methods = Call::new(network, "GET", "listMethods").answered(network, 200);
    assert_eq!(methods.header("content-type"), "application/json");
    let listed = methods.json();
    assert_eq!(codes(&listed), ["echo", "limited", "narrow", "vehicles"]);
    let expected = json!({
        "object_type": "SERVICE", "service_type": "REST", "xroad_instance": "PH", "member_class": "GOV",
        "member_code": "agency", "subsystem_code": "main", "service_code": "echo", "endpoint_list": [],
    });
    assert_eq!(listed["service"][0], expected);
    assert_eq!(listed["service"][3]["service_type"], "OPENAPI");

    // Any member may ask what there is; nobody may use more for it.
    let allowed = Call::new(network, "GET", "allowedMethods").answered(network, 200).json();
    assert_eq!(codes(&allowed), ["echo", "limited", "narrow", "vehicles"]);
    assert_eq!(allowed["service"][2]["endpoint_list"], json!([{"method": "GET", "path": "/a/**"}]));
    let plain = Call::new(network, "GET", "allowedMethods")
        .set("x-road-client", "PH/LOC/borough/plain")
        .set("packhorse-api-key", &network.borough.key("plain"));
    assert_eq!(codes(&plain.answered(network, 200).json()), ["echo", "narrow"]);

    let described = Call::new(network, "GET", "getOpenAPI?SERVICECODE=vehicles").answered(network, 200);
    assert!(described.json()["openapi"].as_str().unwrap().starts_with("3."), "{}", described.text());
    for (query, code, message) in [
        ("", "Server.ServerProxy.InvalidRequest", "Missing serviceCode in message body"),
        ("?serviceCode=echo", "Server.ServerProxy.InternalError", "Invalid service type: REST"),
        ("?serviceCode=none", "Server.ServerProxy.InternalError", "Service not found: "),
    ] {
        let answer = Call::new(network, "GET", &format!("getOpenAPI{query}")).send(network);
        assert_eq!((answer.status, answer.header("x-road-error")), (500, code), "{}", answer.text());
        let said = answer.json()["message"].as_str().unwrap().to_owned();
        assert!(said.starts_with(message), "{said}");
        assert!(query != "?serviceCode=echo" || said == message, "{said}");
    }
}
