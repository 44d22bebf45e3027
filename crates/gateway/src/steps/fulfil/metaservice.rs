//! X-Road's metaservices: `listMethods`, `allowedMethods`, `getOpenAPI`. What services are called and
//! how they are described, never what they hold; so no agreement is needed (protocol §8.2–8.3).

use http::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use http::{Method, StatusCode};
use packhorse_model::agreement::State;
use packhorse_model::id::{SystemId, encode_part};
use packhorse_model::refusal::{FaultKind, Rule};
use packhorse_model::service::{Operation, ServiceType};
use serde_json::{Value, json};

use crate::context::Context;
use crate::kinds::query::{Answer, Question};
use crate::services::Service;
use crate::steps::fulfil::Found;
use crate::steps::identify::today;
use crate::trail::{Stop, Trail};

/// The reserved service codes.
pub(crate) const CODES: [&str; 3] = ["listMethods", "allowedMethods", "getOpenAPI"];

pub(super) fn answer(context: &Context, question: &Question, trail: &Trail) -> Result<Found, Stop> {
    if question.method != Method::GET {
        return Err(trail.refuse(Rule::Operation, "metaservices are asked with GET", "use GET"));
    }
    let body = match trail.exchange.service.service.as_str() {
        "listMethods" => list(context, trail, |_| None),
        "allowedMethods" => list(context, trail, |service| Some(allowed(context, trail, service))),
        _ => describe(context, question, trail)?,
    };
    let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
    Ok(Found::Own(Answer { status: StatusCode::OK, headers, body: body.to_string().into() }))
}

fn of_system(context: &Context, system: &SystemId) -> impl Iterator<Item = std::sync::Arc<Service>> {
    let system = system.clone();
    context.services.list().into_iter().filter(move |service| service.id.system == system)
}

/// The services of the system asked; `only` cuts a service's operations down, to none at all when the
/// caller may use nothing of it.
fn list(context: &Context, trail: &Trail, only: impl Fn(&Service) -> Option<Vec<Operation>>) -> Value {
    let mut services = Vec::new();
    for service in of_system(context, &trail.exchange.service.system) {
        let operations = match only(&service) {
            Some(operations) if operations.is_empty() => continue,
            Some(operations) => operations,
            None => service.table.as_ref().map(packhorse_tables::PublishedTable::operations).unwrap_or_default(),
        };
        services.push(entry(&service, &operations));
    }
    json!({ "service": services })
}

fn entry(service: &Service, operations: &[Operation]) -> Value {
    let (id, organisation) = (&service.id, &service.id.system.organisation);
    let is_base = |operation: &&Operation| operation.method == "*" && operation.path.to_string() == "**";
    let endpoints: Vec<Value> = operations
        .iter()
        .filter(|operation| !is_base(operation))
        .map(|operation| json!({"method": operation.method, "path": operation.path.to_string()}))
        .collect();
    json!({
        "object_type": "SERVICE", "service_type": service.service_type(),
        "xroad_instance": organisation.network, "member_class": organisation.class, "member_code": organisation.code,
        "subsystem_code": id.system.system, "service_code": id.service, "endpoint_list": endpoints,
    })
}

/// What the caller may use of a service under agreements in force: the grants' own operations.
fn allowed(context: &Context, trail: &Trail, service: &Service) -> Vec<Operation> {
    let mut operations: Vec<Operation> = context
        .agreements
        .candidates(&trail.exchange.client, &service.id)
        .iter()
        .filter(|held| held.state_on(today()) == State::Active)
        .flat_map(|held| held.agreement().grants.clone())
        .filter(|grant| grant.service == service.id && grant.names(&trail.exchange.client))
        .flat_map(|grant| grant.operations)
        .collect();
    operations.sort();
    operations.dedup();
    operations
}

fn describe(context: &Context, question: &Question, trail: &Trail) -> Result<Value, Stop> {
    let code = service_code(question.query.as_deref()).ok_or_else(|| {
        trail.refuse(Rule::Malformed, "Missing serviceCode in message body", "add ?serviceCode= and the service's code")
    })?;
    let service = of_system(context, &trail.exchange.service.system)
        .find(|service| service.id.service == code)
        .ok_or_else(|| {
            let system = &trail.exchange.service.system;
            trail.fail(FaultKind::Internal, format!("Service not found: SERVICE:{system}/{}", encode_part(&code)))
        })?;
    if service.service_type() == ServiceType::Rest {
        return Err(trail.fail(FaultKind::Internal, "Invalid service type: REST"));
    }
    let table = service.table.as_ref();
    table
        .map(packhorse_tables::PublishedTable::openapi)
        .map_err(|_| trail.fail(FaultKind::Internal, "Failed reading service description: its source is not usable"))
}

/// The parameter's name is compared without case; the last one wins.
fn service_code(query: Option<&str>) -> Option<String> {
    query?
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .rfind(|(name, _)| name.eq_ignore_ascii_case("serviceCode"))
        .and_then(|(_, value)| packhorse_model::id::decode_part(value).ok())
}

#[cfg(test)]
mod tests {
    use super::service_code;

    #[test]
    fn the_last_service_code_wins_whatever_its_case() {
        assert_eq!(service_code(Some("serviceCode=a&SERVICECODE=b%2Fc")).as_deref(), Some("b/c"));
        assert_eq!(service_code(Some("x=1")), None);
        assert_eq!(service_code(None), None);
    }
}
