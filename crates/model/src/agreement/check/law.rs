//! Completeness of the legal grounds.

use super::Report;
use crate::agreement::{Agreement, Answer, Art6, Art9, LEGAL_GATEWAYS, Law};

pub(super) fn law(report: &mut Report, agreement: &Agreement) {
    let law = &agreement.law;
    report.texts(&[("law.necessity", &law.necessity), ("law.proportionality", &law.proportionality)]);
    power(report, law);
    if agreement.is_personal() {
        personal(report, agreement, law);
    }
    if agreement.data.types.contains(&crate::agreement::DataType::Special) {
        special(report, law);
    }
    if let Some(test) = &law.hra_test {
        report.texts(&[
            ("law.hra_test.in_accordance_with_law", &test.in_accordance_with_law),
            ("law.hra_test.legitimate_aim", &test.legitimate_aim),
            ("law.hra_test.necessary", &test.necessary),
            ("law.hra_test.proportionate", &test.proportionate),
        ]);
    }
}

fn power(report: &mut Report, law: &Law) {
    let settled = law.legal_power.is_some_and(|answer| answer != Answer::DontKnow);
    report.require(settled, "law.legal_power", "is not settled", "yes or no, after advice");
    if law.legal_power == Some(Answer::Yes) {
        report.texts(&[("law.legal_power_text", &law.legal_power_text)]);
    }
    report.given("law.legal_gateways", !law.legal_gateways.is_empty(), "list the codes, or other_grounds");
    for code in &law.legal_gateways {
        let known = code == "other_grounds" || LEGAL_GATEWAYS.iter().any(|gateway| gateway.code == code);
        let remedy = "take a code of the list, or other_grounds with legal_advice";
        let problem = format_args!("has no code {:?}", code.chars().take(40).collect::<String>());
        report.require(known, "law.legal_gateways", problem, remedy);
    }
    if law.legal_gateways.iter().any(|code| code == "other_grounds") {
        report.texts(&[("law.legal_advice", &law.legal_advice)]);
    }
}

fn personal(report: &mut Report, agreement: &Agreement, law: &Law) {
    report.given(
        "law.art6",
        !law.art6.is_empty(),
        "name the lawful basis of UK GDPR Art 6(1), for example public_task",
    );
    report.require(law.dpia.considered, "law.dpia.considered", "is false", "consider whether a DPIA is needed");
    report.texts(&[("law.dpia.outcome", &law.dpia.outcome), ("law.dpia.dpo_view", &law.dpia.dpo_view)]);
    if law.art6.contains(&Art6::RecognisedLegitimateInterest) {
        let given = !law.legitimate_interest_conditions.is_empty();
        report.given("law.legitimate_interest_conditions", given, "name the condition of UK GDPR Annex 1");
    }
    if law.art6.contains(&Art6::LawEnforcement) {
        report.given("law.part3_basis", law.part3_basis.is_some(), "consent or necessary_for_task (DPA 2018 s.35)");
        let given = !agreement.data.part3_subjects.is_empty();
        report.given("data.part3_subjects", given, "name the categories of DPA 2018 s.38(3)");
    }
    if law.art6.contains(&Art6::Consent) {
        report.texts(&[("life.consent_processes", &agreement.life.consent_processes)]);
    }
}

fn special(report: &mut Report, law: &Law) {
    report.given("law.art9", !law.art9.is_empty(), "name the condition of UK GDPR Art 9(2)");
    report.texts(&[("law.dpia.reference", &law.dpia.reference)]);
    if law.art9.contains(&Art9::SubstantialPublicInterest) {
        report.given("law.sch1", !law.sch1.is_empty(), "name the condition of DPA 2018 Sch 1 Part 2");
        report.texts(&[("law.policy_document", &law.policy_document)]);
    }
}
