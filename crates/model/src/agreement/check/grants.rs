//! Whether the grants can be enforced and stand inside the rest of the agreement.

use std::collections::BTreeSet;

use super::Report;
use crate::agreement::{Agreement, Code, Delivery, Function, Grant, Tier};
use crate::parcel::PARCEL_METHOD;
use crate::service::FieldPath;

const METHODS: [&str; 9] = ["*", "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", PARCEL_METHOD];

pub(super) fn grants(report: &mut Report, agreement: &Agreement) {
    let specific = agreement.tier == Some(Tier::Specific) && agreement.flow.delivery == Some(Delivery::Gateway);
    report.given("grants", !specific || !agreement.grants.is_empty(), "write a grant for each service");
    for (index, grant) in agreement.grants.iter().enumerate() {
        let field = format!("grants[{index}]");
        callers(report, agreement, &field, grant);
        operations(report, &field, grant);
        fields(report, agreement, &field, grant);
        narrows(report, &format!("{field}.purposes"), &grant.purposes, &agreement.flow.purposes_permitted);
        narrows(report, &format!("{field}.roles"), &grant.roles, &agreement.flow.roles_permitted);
        let trains = grant.training_months.is_none_or(|months| (1..=120).contains(&months));
        report.require(
            trains,
            format_args!("{field}.training_months"),
            "is not 1 to 120",
            "say how old training may be",
        );
        let rated = grant.per_day != Some(0);
        report.require(rated, format_args!("{field}.per_day"), "is 0", "leave it out for no limit");
    }
}

/// Data flows from whose service it is to who calls; with parcels the other way.
fn callers(report: &mut Report, agreement: &Agreement, field: &str, grant: &Grant) {
    let parcels = grant.is_for_parcels();
    let gives = |function: Function| if parcels { function.receives() } else { function.provides() };
    let gets = |function: Function| if parcels { function.provides() } else { function.receives() };
    let [giving, getting] = if parcels { ["receives", "provides"] } else { ["provides", "receives"] };
    let provider = &grant.service.system.organisation;
    let provides = agreement.party(provider).is_some_and(|party| gives(party.function));
    let problem = format_args!("{provider} is no party that {giving}");
    report.require(provides, format_args!("{field}.service"), problem, "add it as a party or correct the service");
    report.given(format_args!("{field}.to"), !grant.to.is_empty(), "name a system or an organisation");
    for client in &grant.to {
        let receives = agreement.party(client.organisation()).is_some_and(|party| gets(party.function));
        let problem = format_args!("{client} is no party that {getting}");
        report.require(receives, format_args!("{field}.to"), problem, "add it as a party or correct the caller");
    }
}

fn operations(report: &mut Report, field: &str, grant: &Grant) {
    let field = format!("{field}.operations");
    report.given(&field, !grant.operations.is_empty(), "add method and path, for example POST and /lookup");
    let alone = !grant.is_for_parcels() || grant.operations.iter().all(|one| one.method == PARCEL_METHOD);
    report.require(alone, &field, "has PARCEL beside other methods", "write a grant for parcels and one for questions");
    for operation in &grant.operations {
        let known = METHODS.contains(&operation.method.as_str());
        report.require(known, &field, "has an unknown method", "an HTTP method in upper case, or *");
        let path = operation.path.to_string();
        let absolute = path.is_empty() || path.starts_with(['/', '*']);
        report.require(absolute, &field, "has a path that no request can match", "start the path with / or **");
        let reachable = !path.split('/').any(|segment| matches!(segment, "." | ".."));
        report.require(reachable, &field, "has a '.' or '..' segment", "requests with such segments are refused");
    }
}

fn fields(report: &mut Report, agreement: &Agreement, field: &str, grant: &Grant) {
    let field = format!("{field}.fields");
    report.given(&field, !grant.fields.is_empty(), "list the fields that may leave the provider");
    let everything = grant.gives_everything();
    let named = !(everything && agreement.is_personal());
    report.require(named, &field, "is * for personal data", "list each field that is needed");
    let alone = !everything || grant.fields.len() == 1;
    report.require(alone, &field, "has * beside other fields", "keep either");
    let formed = |path: &FieldPath| path.names().all(|name| !name.is_empty() && !name.chars().any(char::is_control));
    report.require(
        grant.fields.iter().all(formed),
        &field,
        "has a field with an empty name",
        "write names joined by dots",
    );
}

fn narrows(report: &mut Report, field: &str, narrow: &BTreeSet<Code>, wide: &[Code]) {
    for code in narrow {
        let problem = format_args!("{code} is not permitted by the agreement");
        report.require(wide.contains(code), field, problem, "add it under flow, or take it out here");
    }
}
