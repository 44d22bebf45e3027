//! The gates by themselves: each a function of the documents and the day.

use jiff::ToSpan as _;
use jiff::civil::date;
use packhorse_governance::GovernanceError;
use packhorse_governance::assurance::gates::{blocking, measure, stopping};
use packhorse_governance::assurance::{Dpia, DpiaOutcome, Override, Papers, clear};
use packhorse_governance::{Gate, Standing};
use packhorse_model::agreement::DataType;

use crate::town::{SUMMER, blue_badge, papers};

#[test]
fn without_any_document_every_gate_of_the_organisation_is_shut() {
    for gate in Gate::ORGANISATION {
        assert_eq!(measure(gate, &Papers::default(), SUMMER).standing, Standing::Shut, "{gate}");
        assert_eq!(measure(gate, &papers(), SUMMER).standing, Standing::Open, "{gate}");
    }
}

#[test]
fn a_gate_goes_from_open_to_due_to_lapsed_to_shut_as_the_days_pass() {
    let papers = papers();
    for (day, standing) in [
        (date(2026, 12, 1), Standing::Open),
        (date(2026, 12, 2), Standing::Due),
        (date(2027, 1, 1), Standing::Due),
        (date(2027, 1, 2), Standing::Lapsed),
        (date(2027, 1, 31), Standing::Lapsed),
        (date(2027, 2, 1), Standing::Shut),
    ] {
        assert_eq!(measure(Gate::RiskPolicy, &papers, day).standing, standing, "{day}");
    }
}

#[test]
fn a_lapsed_gate_lets_nothing_be_signed_and_a_shut_one_nothing_be_shared() {
    let papers = papers();
    assert_eq!((blocking(&papers, date(2027, 1, 2)), stopping(&papers, date(2027, 1, 2))), (Some(Gate::Charter), None));
    assert_eq!(stopping(&papers, date(2027, 2, 1)), Some(Gate::Charter));
    let refused = clear(&papers, &blue_badge(), date(2027, 1, 2)).unwrap_err();
    assert!(matches!(&refused, GovernanceError::Gate { gate: Gate::Charter, .. }), "{refused}");
    assert!(refused.to_string().contains("publish an information charter"), "{refused}");
}

#[test]
fn an_override_opens_its_own_gate_until_its_last_day_and_no_other() {
    let mut papers = papers();
    papers.charter = None;
    let until = SUMMER.saturating_add(3.days());
    papers.overrides.push(Override {
        gate: Gate::Charter,
        agreement: None,
        reason: "printing".into(),
        until,
        by: "siro".into(),
        from: SUMMER,
        act: "act".into(),
    });
    assert_eq!((stopping(&papers, SUMMER), stopping(&papers, until)), (None, None));
    assert_eq!(stopping(&papers, until.saturating_add(1.day())), Some(Gate::Charter));
    papers.risk_policy = None;
    assert_eq!(stopping(&papers, SUMMER), Some(Gate::RiskPolicy));
}

#[test]
fn special_categories_need_an_approved_assessment_and_an_open_one_is_none() {
    let (mut papers, mut agreement) = (papers(), blue_badge());
    agreement.data.types.push(DataType::Special);
    assert!(matches!(clear(&papers, &agreement, SUMMER), Err(GovernanceError::Gate { gate: Gate::Dpia, .. })));
    for (outcome, lets) in [
        (DpiaOutcome::Open, false),
        (DpiaOutcome::Refused, false),
        (DpiaOutcome::ConsultIco, false),
        (DpiaOutcome::ApprovedWithMeasures, true),
        (DpiaOutcome::Approved, true),
    ] {
        let text = String::from("said");
        let dpia = Dpia {
            agreement: agreement.id.clone(),
            description: text.clone(),
            necessity: text.clone(),
            risks: text.clone(),
            measures: text.clone(),
            dpo_advice: text.clone(),
            outcome,
            decided_by: text,
            decided_on: Some(SUMMER),
            review_date: None,
        };
        papers.dpias.insert(agreement.id.clone(), dpia);
        assert_eq!(clear(&papers, &agreement, SUMMER).is_ok(), lets, "{outcome:?}");
    }
}

#[test]
fn of_two_appointments_the_later_counts_and_an_empty_post_shuts_the_gate_after_its_grace() {
    let mut papers = papers();
    papers.appointments[0].end = Some(date(2026, 6, 20));
    assert_eq!(measure(Gate::Siro, &papers, SUMMER).standing, Standing::Lapsed);
    assert_eq!(measure(Gate::Siro, &papers, date(2026, 7, 5)).standing, Standing::Shut);
    papers.appointments.push(papers.appointments[0].clone());
    papers.appointments[1].start = date(2026, 6, 25);
    papers.appointments[1].end = None;
    papers.appointments[1].account = "next".into();
    assert_eq!(papers.siro(SUMMER).unwrap().account, "next");
    assert_eq!(measure(Gate::Siro, &papers, SUMMER).standing, Standing::Open);
}
