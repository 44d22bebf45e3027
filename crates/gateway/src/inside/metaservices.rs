//! `listClients`: who is in the network, from the directory. Local, no client header needed.

use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Response};
use http::header::{ACCEPT, CONTENT_TYPE, HeaderMap};
use packhorse_model::id::{ExchangeId, decode_part};
use packhorse_model::organisation::Organisation;
use packhorse_model::refusal::{Refusal, Rule};
use serde_json::{Value, json};

use crate::inside::Inside;
use crate::inside::spelling::escape;
use crate::inside::xroad::{no, refused};
use crate::trail::Stop;

/// `GET /listClients[?xRoadInstance=XX]`: active members and their systems. JSON when asked for,
/// X-Road's XML otherwise.
pub(crate) async fn list_clients(
    State(inside): State<Inside>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let instance = match instance(query.as_deref().unwrap_or_default()) {
        Ok(instance) => instance,
        Err(refusal) => return refused(&inside, &headers, &Stop::Refused(refusal), ExchangeId::random()),
    };
    let directory = inside.context.directory.current();
    let own = &inside.context.identity.organisation.network;
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

/// The network asked for; `None` when the parameter is absent or blank.
fn instance(query: &str) -> Result<Option<String>, Refusal> {
    let malformed =
        |reason: String| no(Rule::Malformed, reason, "send xRoadInstance once, percent-encoded, or not at all");
    let mut given = query.split('&').filter_map(|pair| match pair.split_once('=').unwrap_or((pair, "")) {
        ("xRoadInstance", value) => Some(value.replace('+', "%20")),
        _ => None,
    });
    let first = given.next().filter(|value| !value.is_empty());
    if given.next().is_some() {
        return Err(malformed("xRoadInstance is given twice".to_owned()));
    }
    let instance = first.map(|value| decode_part(&value)).transpose();
    let instance = instance.map_err(|error| malformed(format!("xRoadInstance: {error}")))?;
    Ok(instance.filter(|instance| !instance.trim().is_empty()))
}

/// Any other method at an address that has only one: an error of X-Road's form, as at any address that is none.
pub(crate) async fn wrong_method(State(inside): State<Inside>, headers: HeaderMap) -> Response {
    let refusal = no(Rule::Malformed, "Unsupported method", "use GET");
    refused(&inside, &headers, &Stop::Refused(refusal), ExchangeId::random())
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
