//! `listClients`: who is in the network, from the directory. Local, no client header needed.

use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use http::header::{ACCEPT, CONTENT_TYPE, HeaderMap};
use packhorse_model::organisation::Organisation;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::inside::Inside;
use crate::inside::spelling::escape;

#[derive(Deserialize)]
pub(crate) struct Instance {
    #[serde(rename = "xRoadInstance")]
    instance: Option<String>,
}

/// `GET /listClients[?xRoadInstance=XX]`: active members and their systems. JSON when asked for,
/// X-Road's XML otherwise.
pub(crate) async fn list_clients(
    State(inside): State<Inside>,
    Query(query): Query<Instance>,
    headers: HeaderMap,
) -> Response {
    let directory = inside.context.directory.current();
    let own = &inside.context.identity.organisation.network;
    let instance = query.instance.filter(|instance| !instance.trim().is_empty());
    let network = instance.as_deref().unwrap_or(own);
    let members = directory.organisations().filter(|member| member.is_active() && member.id.network == network);
    if wants_json(&headers) {
        let members: Vec<Value> = members.flat_map(|member| json_of(member)).collect();
        ([(CONTENT_TYPE, "application/json; charset=utf-8")], json!({ "member": members }).to_string()).into_response()
    } else {
        let members: String = members.map(|member| xml_of(member)).collect();
        let xml = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><xrd:clientList xmlns:xrd=\"http://x-road.eu/xsd/xroad.xsd\" \
             xmlns:id=\"http://x-road.eu/xsd/identifiers\">{members}</xrd:clientList>"
        );
        ([(CONTENT_TYPE, "text/xml")], xml).into_response()
    }
}

fn wants_json(headers: &HeaderMap) -> bool {
    headers
        .get_all(ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|entry| entry.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json"))
}

fn json_of(member: &Organisation) -> Vec<Value> {
    let id = &member.id;
    let name = &member.details.name;
    let mut entries = vec![json!({
        "id": {"object_type": "MEMBER", "xroad_instance": id.network, "member_class": id.class, "member_code": id.code},
        "name": name,
    })];
    entries.extend(member.details.systems.iter().map(|system| {
        json!({
            "id": {"object_type": "SUBSYSTEM", "xroad_instance": id.network, "member_class": id.class,
                   "member_code": id.code, "subsystem_code": system.code},
            "name": name, "subsystem_name": system.name,
        })
    }));
    entries
}

fn xml_of(member: &Organisation) -> String {
    let entry = |kind: &str, system: Option<&str>| {
        let id = &member.id;
        let system = system.map(|code| format!("<id:subsystemCode>{}</id:subsystemCode>", escape(code)));
        format!(
            "<xrd:member><xrd:id id:objectType=\"{kind}\"><id:xRoadInstance>{}</id:xRoadInstance>\
             <id:memberClass>{}</id:memberClass><id:memberCode>{}</id:memberCode>{}</xrd:id>\
             <xrd:name>{}</xrd:name></xrd:member>",
            escape(&id.network),
            escape(&id.class),
            escape(&id.code),
            system.unwrap_or_default(),
            escape(&member.details.name)
        )
    };
    let systems = member.details.systems.iter().map(|system| entry("SUBSYSTEM", Some(&system.code)));
    std::iter::once(entry("MEMBER", None)).chain(systems).collect()
}
