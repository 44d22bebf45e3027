//! Completeness of the groups that say who, what for, about whom, how and until when.

use std::collections::BTreeSet;

use super::Report;
use crate::agreement::{Agreement, Contact, ContactRole, DataType, Instrument, Party, Role};

pub(super) fn identity(report: &mut Report, agreement: &Agreement) {
    report.require(agreement.version >= 1, "version", "is 0", "the first version is 1");
    report.texts(&[("title", &agreement.title)]);
    report.given("instrument", agreement.instrument.is_some(), "one of accord, isp, dda, jca, dpa, dsa, mou");
    report.given("tier", agreement.tier.is_some(), "overarching or specific");
    let own_parent = agreement.parent.as_ref() == Some(&agreement.id);
    report.require(!own_parent, "parent", "is the agreement itself", "name the overarching agreement or leave it out");
}

pub(super) fn parties(report: &mut Report, agreement: &Agreement) {
    report.require(agreement.parties.len() >= 2, "parties", "has fewer than two", "name each party");
    let mut seen = BTreeSet::new();
    for (index, party) in agreement.parties.iter().enumerate() {
        let field = format!("parties[{index}]");
        let fresh = seen.insert(&party.organisation);
        report.require(fresh, &field, format_args!("{} is named twice", party.organisation), "keep one");
        party_contacts(report, agreement, &field, party);
        let known = party.role != Role::DontKnow;
        report.require(known, format_args!("{field}.role"), "is dont_know", "settle it before proposing");
    }
    let gives = agreement.parties.iter().any(|party| party.function.provides());
    let gets = agreement.parties.iter().any(|party| party.function.receives());
    report.require(
        gives && gets,
        "parties",
        "nobody gives or nobody gets",
        "say of each whether it provides, receives or both",
    );
    let joint = agreement.control.joint_controllers;
    let roles = agreement.parties.iter().any(|party| party.role == Role::JointController);
    report.require(
        joint == roles,
        "control.joint_controllers",
        "contradicts the parties' roles",
        "make both say the same",
    );
    if joint {
        report.texts(&[("control.joint_arrangement", &agreement.control.joint_arrangement)]);
    }
}

fn party_contacts(report: &mut Report, agreement: &Agreement, field: &str, party: &Party) {
    let mut needed =
        vec![(ContactRole::Dpo, "dpo"), (ContactRole::Siro, "siro"), (ContactRole::Operational, "operational")];
    if party.function.provides() {
        needed.push((ContactRole::Owner, "owner"));
    }
    if matches!(agreement.instrument, Some(Instrument::Accord | Instrument::Isp)) {
        needed.push((ContactRole::DesignatedPerson, "designated_person"));
    }
    for (role, name) in needed {
        let said = |contact: &Contact| contact.role == role && !contact.name.is_empty() && contact.email.contains('@');
        let named = party.contacts.iter().any(said);
        let remedy = format_args!("add a contact with role {name}, name and email");
        report.require(named, format_args!("{field}.contacts"), format_args!("names no {name}"), remedy);
    }
}

pub(super) fn purpose(report: &mut Report, agreement: &Agreement) {
    let purpose = &agreement.purpose;
    report.texts(&[
        ("purpose.purpose", &purpose.purpose),
        ("purpose.aims", &purpose.aims),
        ("purpose.how_data_helps", &purpose.how_data_helps),
    ]);
    let said = !purpose.benefits.is_empty() && purpose.benefits.iter().all(|benefit| !benefit.how.trim().is_empty());
    report.given("purpose.benefits", said, "add a kind and how it comes about");
}

pub(super) fn data(report: &mut Report, agreement: &Agreement) {
    let data = &agreement.data;
    report.given("data.types", !data.types.is_empty(), "one or more of personal, special, or none");
    let mixed = data.types.contains(&DataType::None) && data.types.len() > 1;
    report.require(!mixed, "data.types", "has none beside other types", "none stands alone");
    report.given("data.subjects", !agreement.is_personal() || !data.subjects.is_empty(), "say whose data it is");
    report.given("data.marking", data.marking.is_some(), "official or official-sensitive");
}

pub(super) fn flow(report: &mut Report, agreement: &Agreement) {
    let flow = &agreement.flow;
    report.given("flow.delivery", flow.delivery.is_some(), "gateway, secure_third_party, physical or other");
    report.given("flow.format", flow.format.is_some(), "query, parcel, notice, match, csv, sql or other");
    report.given("flow.leaves_uk", flow.leaves_uk.is_some(), "true or false");
    if flow.leaves_uk == Some(true) {
        report.given("flow.countries", !flow.countries.is_empty(), "list the countries");
        report.texts(&[("flow.safeguard", &flow.safeguard)]);
    }
    report.texts(&[("flow.method", &flow.method)]);
    let enforced = !agreement.grants.is_empty();
    let purposes = !enforced || !flow.purposes_permitted.is_empty();
    report.given("flow.purposes_permitted", purposes, "list the codes that a request may name");
    let roles = !enforced || !agreement.is_personal() || !flow.roles_permitted.is_empty();
    report.given("flow.roles_permitted", roles, "list the codes of the roles that may ask for personal data");
}

pub(super) fn governance(report: &mut Report, agreement: &Agreement) {
    let (governance, rights) = (&agreement.governance, &agreement.rights);
    report.texts(&[
        ("governance.accuracy_arrangements", &governance.accuracy_arrangements),
        ("governance.security_measures", &governance.security_measures),
        ("governance.breach_handling", &governance.breach_handling),
        ("governance.complaints_handling", &governance.complaints_handling),
        ("governance.training", &governance.training),
        ("governance.vetting", &governance.vetting),
        ("governance.retention_period", &governance.retention_period),
        ("governance.deletion", &governance.deletion),
        ("governance.disposal_evidence", &governance.disposal_evidence),
    ]);
    if agreement.is_personal() {
        report.texts(&[
            ("rights.individual_rights_arrangements", &rights.individual_rights_arrangements),
            ("rights.privacy_information_url", &rights.privacy_information_url),
            ("rights.objections", &rights.objections),
        ]);
    }
    report.given("rights.foi_publication.publish", rights.foi_publication.publish.is_some(), "true or false");
}

pub(super) fn life(report: &mut Report, agreement: &Agreement) {
    let life = &agreement.life;
    for (field, date) in
        [("life.start_date", life.start_date), ("life.end_date", life.end_date), ("life.review_date", life.review_date)]
    {
        report.given(field, date.is_some(), "write a date as \"2026-04-01\"");
    }
    if let (Some(start), Some(end), Some(review)) = (life.start_date, life.end_date, life.review_date) {
        report.require(start <= end, "life.end_date", "is before start_date", "put the dates in order");
        let within = start <= review && review <= end;
        report.require(within, "life.review_date", "is not between start and end", "review while it is in force");
    }
    report.texts(&[("life.termination_terms", &life.termination_terms)]);
    report.texts(&[("life.suspension_terms", &life.suspension_terms)]);
}
