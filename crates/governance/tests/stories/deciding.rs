//! What may be asked under the agreement, and which rule says no.

use jiff::civil::{Date, date};
use packhorse_governance::decide::decide;
use packhorse_governance::{Ask, CompiledAgreement, Compiler, Decision, GovernanceError, Verdict};
use packhorse_model::agreement::{Agreement, DataType, State};
use packhorse_model::service::FieldSet;
use packhorse_model::{CanonicalPath, ClientId, Refusal, Rule, ServiceId, Side};
use proptest::prelude::*;

use crate::town::{SUMMER, blue_badge};

fn compiled(agreement: &Agreement) -> CompiledAgreement {
    Compiler::new().unwrap().compile(agreement.to_text().unwrap()).unwrap()
}

/// A request that the first grant permits, to be changed in one thing.
struct Request {
    client: ClientId,
    service: ServiceId,
    method: &'static str,
    path: CanonicalPath,
    purpose: Option<&'static str>,
    role: Option<&'static str>,
    trained_on: Option<Date>,
    fields: Option<FieldSet>,
    used_today: u64,
    today: Date,
    assured: [bool; 2],
    state: State,
}

impl Request {
    fn good() -> Self {
        Self {
            client: "TEST/LOC/borough/parking".parse().unwrap(),
            service: "TEST/LOC/county/badges/lookup".parse().unwrap(),
            method: "POST",
            path: CanonicalPath::parse("/lookup").unwrap(),
            purpose: Some("badge-check"),
            role: Some("parking-officer"),
            trained_on: Some(date(2026, 1, 15)),
            fields: None,
            used_today: 0,
            today: SUMMER,
            assured: [true, true],
            state: State::Active,
        }
    }

    fn decide(&self, compiled: &CompiledAgreement) -> Decision {
        let ask = Ask {
            side: Side::Inbound,
            client: &self.client,
            service: &self.service,
            method: self.method,
            path: &self.path,
            purpose: self.purpose,
            role: self.role,
            trained_on: self.trained_on,
            fields: self.fields.as_ref(),
            used_today: self.used_today,
            today: self.today,
            client_assured: self.assured[0],
            provider_assured: self.assured[1],
        };
        decide(compiled, self.state, &ask)
    }

    fn refusal(&self) -> Refusal {
        match self.decide(&compiled(&blue_badge())).verdict {
            Verdict::Deny(refusal) => refusal,
            Verdict::Permit { .. } => panic!("permitted"),
        }
    }
}

fn fields(names: &[&str]) -> FieldSet {
    names.iter().map(|name| (*name).into()).collect()
}

#[test]
fn a_request_within_the_agreement_is_permitted_with_the_agreed_fields() {
    let decision = Request::good().decide(&compiled(&blue_badge()));
    let Verdict::Permit { fields: given, grant } = &decision.verdict else { panic!("{decision:?}") };
    assert_eq!((&**given, *grant), (&fields(&["valid", "expires", "holder.postcode"]), 0));
    assert!(decision.rules.iter().all(|rule| rule.held));
    let narrower = Request { fields: Some(fields(&["valid"])), ..Request::good() };
    let Verdict::Permit { fields: given, .. } = narrower.decide(&compiled(&blue_badge())).verdict else { panic!() };
    assert_eq!(*given, fields(&["valid"]));
}

#[test]
fn each_rule_says_no_by_its_name_with_a_reason_and_a_remedy() {
    let good = Request::good;
    for (request, rule, reason) in [
        (
            Request { client: "TEST/LOC/borough/housing".parse().unwrap(), ..good() },
            Rule::Party,
            "does not let this system",
        ),
        (Request { client: "TEST/LOC/borough".parse().unwrap(), ..good() }, Rule::Party, "does not let this system"),
        (
            Request { service: "TEST/LOC/county/badges/other".parse().unwrap(), ..good() },
            Rule::Operation,
            "does not cover",
        ),
        (Request { method: "DELETE", ..good() }, Rule::Operation, "does not cover"),
        (Request { state: State::Suspended, ..good() }, Rule::AgreementNotInForce, "is suspended"),
        (Request { state: State::Proposed, ..good() }, Rule::AgreementNotInForce, "is proposed"),
        (Request { assured: [false, true], ..good() }, Rule::AssuranceLapsed, "asking organisation"),
        (Request { assured: [true, false], ..good() }, Rule::AssuranceLapsed, "providing organisation"),
        (Request { purpose: Some("badge-renewal"), ..good() }, Rule::Purpose, "purpose"),
        (Request { purpose: None, ..good() }, Rule::Purpose, "purpose"),
        (Request { role: Some("badge-officer"), ..good() }, Rule::Role, "role"),
        (Request { role: None, ..good() }, Rule::Role, "role"),
        (Request { trained_on: None, ..good() }, Rule::Training, "training"),
        (Request { trained_on: Some(date(2025, 6, 30)), ..good() }, Rule::Training, "12 months"),
        (Request { trained_on: Some(date(2026, 7, 2)), ..good() }, Rule::Training, "unknown"),
        (Request { fields: Some(fields(&["valid", "holder.name"])), ..good() }, Rule::Fields, "field"),
        (Request { fields: Some(fields(&["holder"])), ..good() }, Rule::Fields, "field"),
        (Request { used_today: 100, ..good() }, Rule::Rate, "100 requests"),
        (Request { used_today: u64::MAX, ..good() }, Rule::Rate, "100 requests"),
    ] {
        let refusal = request.refusal();
        assert_eq!((refusal.rule, refusal.side), (rule, Side::Inbound), "{refusal:?}");
        assert!(refusal.reason.contains(reason), "{refusal:?} lacks {reason}");
        assert!(refusal.remedy.len() > 10, "{refusal:?}");
    }
}

#[test]
fn the_edges_of_each_condition_belong_to_the_permitted_side() {
    let compiled = compiled(&blue_badge());
    for request in [
        Request { trained_on: Some(date(2025, 7, 1)), ..Request::good() },
        Request { used_today: 99, ..Request::good() },
        Request { today: date(2026, 4, 1), ..Request::good() },
        Request { today: date(2027, 3, 31), trained_on: Some(date(2027, 3, 31)), ..Request::good() },
        Request { client: "TEST/POL/police/control".parse().unwrap(), ..Request::good() },
        Request { client: "TEST/POL/police".parse().unwrap(), ..Request::good() },
        Request { method: "post", ..Request::good() },
        Request { fields: Some(FieldSet::new()), ..Request::good() },
    ] {
        assert!(request.decide(&compiled).is_permit(), "{:?}", request.decide(&compiled));
    }
}

#[test]
fn a_day_outside_the_dates_is_refused_even_if_the_state_is_not_told_yet() {
    for today in [date(2026, 3, 31), date(2027, 4, 1)] {
        let request = Request { today, trained_on: Some(date(2026, 3, 31)), ..Request::good() };
        let refusal = request.refusal();
        assert_eq!(refusal.rule, Rule::AgreementNotInForce);
        assert!(refusal.reason.contains("from 2026-04-01 to 2027-03-31"), "{refusal:?}");
    }
}

#[test]
fn of_two_grants_the_one_for_the_caller_and_operation_gives_the_reason() {
    let request = Request {
        client: "TEST/LOC/borough/badges".parse().unwrap(),
        path: CanonicalPath::parse("/renew").unwrap(),
        role: Some("badge-officer"),
        trained_on: None,
        ..Request::good()
    };
    assert_eq!(request.refusal().rule, Rule::Purpose);
    let right = Request { purpose: Some("badge-renewal"), ..request };
    let Verdict::Permit { grant, .. } = right.decide(&compiled(&blue_badge())).verdict else { panic!() };
    assert_eq!(grant, 1);
}

#[test]
fn all_that_is_broken_is_told_and_the_first_rule_decides() {
    let request = Request { purpose: None, role: None, used_today: 100, ..Request::good() };
    let decision = request.decide(&compiled(&blue_badge()));
    let broken: Vec<Rule> = decision.rules.iter().filter(|rule| !rule.held).map(|rule| rule.rule).collect();
    assert_eq!(broken, [Rule::Purpose, Rule::Role, Rule::Rate]);
    assert_eq!(request.refusal().rule, Rule::Purpose);
}

/// X-Road's trap: what is matched and what reaches the provider must be one path.
#[test]
fn no_spelling_of_a_path_leaves_the_agreed_folder() {
    let compiled = compiled(&blue_badge());
    for raw in [
        "/a/b/../../c",
        "/a/b/%2e%2e/%2e%2e/c",
        "/a/%2E%2e/c",
        "/a/b/../../%2e%2e/c/d",
        "/a/..%2fc",
        "/a/%2e%2e%2fc",
        "/a/b%2f..%2f..%2fc",
        "/a/%252e%252e/c",
        "/a/b/./c",
        "/a/b%00",
        "/a",
        "/b/a/c",
        "/A/c",
        "//a/c",
    ] {
        let permitted = CanonicalPath::parse(raw)
            .is_ok_and(|path| Request { method: "GET", path, ..Request::good() }.decide(&compiled).is_permit());
        assert!(!permitted, "{raw}");
    }
    for raw in ["/a/", "/a/b/c", "/a/b%20c", "/a/b...c"] {
        let path = CanonicalPath::parse(raw).unwrap();
        assert!(Request { method: "GET", path, ..Request::good() }.decide(&compiled).is_permit(), "{raw}");
    }
}

#[test]
fn open_data_may_give_everything_and_personal_data_may_not() {
    let mut agreement = blue_badge();
    agreement.grants[0].fields = fields(&["*"]);
    let refused = Compiler::new().unwrap().compile(agreement.to_text().unwrap()).unwrap_err();
    assert!(
        matches!(&refused, GovernanceError::Incomplete(findings) if findings[0].field == "grants[0].fields"),
        "{refused}"
    );
    agreement.data.types = vec![DataType::None];
    let request = Request { fields: Some(fields(&["whatever"])), ..Request::good() };
    assert!(request.decide(&compiled(&agreement)).is_permit());
}

#[test]
fn the_policies_can_be_read() {
    let compiled = compiled(&blue_badge());
    let text = compiled.policy_text();
    for line in [
        "@grant(\"0\")",
        "permit (principal, action == Action::\"share\", resource == Service::\"TEST/LOC/county/badges/lookup\")",
        "principal in [System::\"TEST/LOC/borough/parking\"] || principal in [Organisation::\"TEST/POL/police\"]",
        "@rule(\"purpose\")",
        "unless { context has purpose && [\"badge-check\"].contains(context.purpose) };",
        "unless { context.used_today < 100 };",
    ] {
        assert!(text.contains(line), "{line} not in\n{text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    /// Whatever a stranger writes into names stays a name: it neither breaks the policy nor widens it.
    #[test]
    fn hostile_names_stay_names(name in "[^\\.\\p{Cc}]{1,30}", path in "[^\\p{Cc}]{0,30}") {
        let mut agreement = blue_badge();
        agreement.grants.truncate(1);
        agreement.grants[0].fields = [name.as_str()].map(Into::into).into();
        agreement.grants[0].operations = [packhorse_model::service::Operation {
            method: "POST".into(),
            path: format!("/{path}").parse().unwrap(),
        }].into();
        prop_assume!(packhorse_model::agreement::check(&agreement).is_empty());
        let compiled = compiled(&agreement);
        let here = CanonicalPath::parse("/lookup").unwrap();
        let covered = agreement.grants[0].covers("POST", &here);
        let request = Request { fields: Some(fields(&["secret"])), ..Request::good() };
        prop_assert!(!request.decide(&compiled).is_permit() || name == "secret");
        let request = Request { fields: Some(fields(&[&name])), ..Request::good() };
        prop_assert_eq!(request.decide(&compiled).is_permit(), covered);
    }
}
