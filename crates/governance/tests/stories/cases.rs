//! Incidents, rights requests, decisions, assets and the pulse survey as their keepers see them.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use packhorse_governance::assets::{Asset, Assets, Statement};
use packhorse_governance::clock::{Nation, Standing};
use packhorse_governance::incident::{self, Incidents, Link, Nature, Report, Risk, Step};
use packhorse_governance::pulse::{Answer, Place, Pulse, Question, shown};
use packhorse_governance::rights::{self, Received, Requests};
use packhorse_governance::sharing::{AbsentReason, ChildTests, DecisionLog, Form, Test, Verdict};
use packhorse_model::ExchangeId;
use packhorse_store::{Store, StoreSettings};

const NATION: Nation = Nation::EnglandAndWales;

async fn store() -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&StoreSettings::in_folder(folder.path())).await.unwrap();
    (folder, store)
}

fn hours(hours: i64) -> SignedDuration {
    SignedDuration::from_hours(hours)
}

fn report(noticed_at: Timestamp) -> Report {
    let what = "A USB stick with a parcel was left on the bus".to_owned();
    Report { what, kind: incident::Kind::Lost, noticed_at, drill: false, exchange: Some(ExchangeId::random()) }
}

fn assess(risk: Risk) -> Step {
    Step::Assess {
        nature: vec![Nature::Confidentiality, Nature::Confidentiality],
        risk,
        people: 12,
        records: 40,
        categories: "tenants; addresses and arrears".into(),
        consequences: "distress".into(),
        measures: "the medium was encrypted; the courier was asked".into(),
    }
}

fn regulator(told: bool, at: Option<Timestamp>, late_reason: &str) -> Step {
    let (reasoning, late_reason) = ("weighed with the DPO".to_owned(), late_reason.to_owned());
    Step::Regulator { told, at, reasoning, reference: "IC-1".into(), late_reason }
}

#[tokio::test]
async fn an_incident_is_led_from_a_report_of_three_fields_to_its_lessons() {
    let (_folder, store) = store().await;
    let incidents = Incidents::new(&store);
    let noticed: Timestamp = "2026-03-02T08:00:00Z".parse().unwrap();
    let case = incidents.report(report(noticed), "officer-1", NATION, noticed + hours(1)).await.unwrap();
    assert_eq!(case.clock.due_at(), Some(noticed + hours(72)));
    assert_eq!(case.links.len(), 1, "the exchange it was reported from");
    let id = case.id;
    let step = async |step: Step, after| incidents.step(id, &step, "governor", noticed + hours(after)).await;

    let early = step(Step::Close { outcome: "done".into() }, 2).await.unwrap_err();
    assert!(early.to_string().contains("cannot be closed yet"), "{early}");
    assert!(step(regulator(false, None, ""), 2).await.is_err(), "nobody has judged the risk");
    step(assess(Risk::High), 3).await.unwrap();
    assert!(step(regulator(false, None, ""), 4).await.is_err(), "a high risk is told");
    let late = step(regulator(true, None, ""), 73).await.unwrap_err();
    assert!(late.to_string().contains("reasons for the delay"), "{late}");
    let case = step(regulator(true, None, "the courier called on the third day"), 73).await.unwrap().unwrap();
    assert_eq!(case.clock.standing(noticed + hours(80)), Standing::Late);
    let case = step(regulator(true, Some(noticed + hours(71)), ""), 74).await.unwrap().unwrap();
    assert_eq!(case.clock.standing(noticed + hours(80)), Standing::Met, "told in time, entered later");
    step(Step::People { told: true, at: None, reasoning: "high risk".into() }, 75).await.unwrap();
    let partner = "PH/GOV/agency".parse().unwrap();
    step(Step::Partner { organisation: partner, text: "a medium of yours is lost".into() }, 75).await.unwrap();
    step(Step::Lessons { text: "send it over the gateway".into() }, 76).await.unwrap();
    let waits = step(Step::Close { outcome: "found".into() }, 77).await.unwrap_err();
    assert!(waits.to_string().contains("partners' gateways"), "{waits}");
    step(Step::PartnerTook { organisation: "PH/GOV/agency".parse().unwrap() }, 77).await.unwrap();
    let case = step(Step::Close { outcome: "found".into() }, 78).await.unwrap().unwrap();
    assert_eq!(case.state, incident::State::Closed);
    assert!(step(assess(Risk::Unlikely), 79).await.is_err(), "closed");
    assert_eq!(incidents.get(id).await.unwrap().unwrap().timeline.len(), 8, "what was refused is not in the log");
    assert!(incidents.step(ExchangeId::random(), &assess(Risk::High), "x", noticed).await.unwrap().is_none());
}

#[tokio::test]
async fn a_report_from_the_future_or_without_words_is_refused() {
    let (_folder, store) = store().await;
    let incidents = Incidents::new(&store);
    let now: Timestamp = "2026-03-02T08:00:00Z".parse().unwrap();
    assert!(incidents.report(report(now + hours(1)), "x", NATION, now).await.is_err());
    for what in ["", " \n ", "nul \0", &"x".repeat(5001)] {
        let report = Report { what: what.to_owned(), ..report(now) };
        assert!(incidents.report(report, "x", NATION, now).await.is_err(), "{:?}", what.get(..5));
    }
    let link = Step::Link { to: Link::Exchange { id: ExchangeId::random() } };
    let case = incidents.report(report(now), "x", NATION, now).await.unwrap();
    incidents.step(case.id, &link, "x", now).await.unwrap();
    assert!(incidents.step(case.id, &link, "x", now).await.is_err(), "linked twice");
}

fn received(kind: rights::Kind, at: Timestamp, identity_needed: bool) -> Received {
    let (what, requester) = ("everything you shared about me".to_owned(), "Ada Example, 1 Example Road".to_owned());
    Received { kind, what, requester, channel: "letter".into(), received_at: at, identity_needed, exchange: None }
}

#[tokio::test]
async fn a_subject_access_request_waits_for_identity_stops_for_a_question_and_needs_two_for_an_exemption() {
    use rights::{State, Step};
    let (_folder, store) = store().await;
    let requests = Requests::new(&store);
    let start: Timestamp = "2026-03-02T10:00:00Z".parse().unwrap();
    let day = |days: i64| start + hours(24 * days);
    let case = requests.receive(received(rights::Kind::SubjectAccess, start, true), "clerk", NATION, start).await;
    let case = case.unwrap();
    assert_eq!((case.state, case.clock.is_none()), (State::IdentityAwaited, true));
    let step = async |step: Step, by: &str, days| requests.step(case.id, &step, by, day(days)).await;
    let answer = || Step::Answer { at: None, summary: "a copy, and who received it".into() };
    assert!(step(answer(), "clerk", 1).await.is_err(), "nobody knows who asks");
    let known = step(Step::Identity { at: None }, "clerk", 3).await.unwrap().unwrap();
    assert_eq!(known.clock.as_ref().unwrap().due_on().unwrap().to_string(), "2026-04-07", "5 April is Easter Day");
    let asked = step(Step::Ask { at: None, question: "which years?".into() }, "clerk", 4).await.unwrap().unwrap();
    assert_eq!(asked.state, State::ClarificationAwaited);
    step(Step::Clarified { at: None }, "clerk", 9).await.unwrap();
    step(Step::Search { place: "parking".into(), note: "by keyed digest".into(), found: 2 }, "clerk", 9).await.unwrap();
    let exempt = Step::Exempt { item: "record 2".into(), code: "S2 P1 Crime".into(), reason: "an open case".into() };
    assert_eq!(step(exempt, "clerk", 9).await.unwrap().unwrap().state, State::Review);
    assert!(step(answer(), "clerk", 10).await.is_err(), "only one person has looked");
    assert!(step(Step::Agree { number: 0 }, "clerk", 10).await.is_err(), "the same person again");
    assert!(step(Step::Agree { number: 1 }, "siro", 10).await.is_err());
    step(Step::Agree { number: 0 }, "siro", 10).await.unwrap();
    assert!(step(Step::Forget, "clerk", 11).await.is_err(), "not answered yet");
    let answered = step(answer(), "clerk", 12).await.unwrap().unwrap();
    assert_eq!(answered.state, State::Answered);
    assert_eq!(answered.clock.unwrap().standing(day(400)), Standing::Met);
    assert!(step(Step::Note { text: "late".into() }, "clerk", 13).await.is_ok(), "a note is always possible");
    assert!(step(answer(), "clerk", 13).await.is_err());
    step(Step::Forget, "clerk", 400).await.unwrap();
    let kept = store.documents().get("rights-request", &case.id.to_string()).await.unwrap().unwrap();
    let kept = String::from_utf8(kept.body).unwrap();
    assert!(!kept.contains("Example") && !kept.contains("which years"), "{kept}");
}

#[tokio::test]
async fn a_complaint_is_acknowledged_within_thirty_days_and_answered_after() {
    use rights::{State, Step};
    let (_folder, store) = store().await;
    let requests = Requests::new(&store);
    let start: Timestamp = "2026-06-22T10:00:00Z".parse().unwrap();
    let case = requests.receive(received(rights::Kind::Complaint, start, false), "clerk", NATION, start).await.unwrap();
    let step = async |step: Step, days: i64| requests.step(case.id, &step, "clerk", start + hours(24 * days)).await;
    let acknowledged = step(Step::Acknowledge { at: None }, 30).await.unwrap().unwrap();
    assert_eq!(acknowledged.state, State::Acknowledged);
    let answered = step(Step::Answer { at: None, summary: "put right".into() }, 90).await.unwrap().unwrap();
    assert_eq!(answered.clock.unwrap().standing(start + hours(24 * 90)), Standing::Met);
    let foi = received(rights::Kind::FreedomOfInformation, start, true);
    assert!(requests.receive(foi, "clerk", NATION, start).await.is_err(), "who asks for information is anybody");
}

fn test(answer: bool) -> Test {
    Test { answer, reason: "weighed by the panel".into() }
}

fn child(relevance: bool, facilitates: bool, detriment: bool) -> ChildTests {
    ChildTests {
        relevance: test(relevance),
        facilitates_function: test(facilitates),
        detriment: test(detriment),
        consistent_identifier: true,
        absent_reason: None,
    }
}

fn form(decision: Verdict, child: Option<ChildTests>) -> Form {
    let say = |text: &str| text.to_owned();
    Form {
        considered_at: "2026-03-02T10:00:00Z".parse().unwrap(),
        name: say("Sam Example"),
        position: say("Duty social worker"),
        subject_ref: say("case 17"),
        recipient: say("PH/GOV/agency"),
        requester: String::new(),
        data: say("school attendance"),
        purpose: say("safeguarding"),
        lawful_basis: say("public task; the duty to share"),
        necessity: say("nobody else has it"),
        conditions: String::new(),
        dpia: String::new(),
        arrangements: String::new(),
        child,
        decision,
        reasons_for: say("the child may be at risk"),
        reasons_against: say("the family asked for confidence"),
        reason: say("the risk outweighs it"),
        exchange: None,
        replaces: None,
    }
}

#[tokio::test]
async fn a_decision_to_withhold_about_a_child_needs_the_detriment_and_both_need_reasons() {
    let (_folder, store) = store().await;
    let log = DecisionLog::new(&store);
    let now: Timestamp = "2026-03-02T11:00:00Z".parse().unwrap();
    let record = async |form| log.record(form, "officer-1", now).await;
    let duty = record(form(Verdict::Withhold, Some(child(true, true, false)))).await.unwrap_err();
    assert!(duty.to_string().contains("duty to share"), "{duty}");
    record(form(Verdict::Withhold, Some(child(true, true, true)))).await.unwrap();
    record(form(Verdict::Withhold, Some(child(false, true, false)))).await.unwrap();
    assert!(record(form(Verdict::Share, Some(child(true, true, true)))).await.is_err());
    let without = ChildTests { consistent_identifier: false, ..child(true, true, false) };
    assert!(record(form(Verdict::Share, Some(without.clone()))).await.is_err(), "no identifier and no reason");
    let reasoned = ChildTests { absent_reason: Some(AbsentReason::UnknownDelay), ..without };
    let shared = record(form(Verdict::Share, Some(reasoned))).await.unwrap();
    assert!(record(Form { reasons_against: " ".into(), ..form(Verdict::Share, None) }).await.is_err());
    let exchange = ExchangeId::random();
    assert!(record(Form { exchange: Some(exchange), ..form(Verdict::Withhold, None) }).await.is_err());
    log.link(shared.id, exchange).await.unwrap().unwrap();
    assert!(log.link(shared.id, ExchangeId::random()).await.is_err(), "shared by another exchange");
    assert!(record(Form { replaces: Some(ExchangeId::random()), ..form(Verdict::Share, None) }).await.is_err());
    record(Form { replaces: Some(shared.id), ..form(Verdict::Withhold, None) }).await.unwrap();
    assert_eq!(log.count(&packhorse_governance::filing::Sought::default()).await.unwrap(), 4);
}

#[tokio::test]
async fn an_asset_is_stated_by_its_owner_alone_and_for_a_year() {
    let (_folder, store) = store().await;
    let assets = Assets::new(&store);
    let asset: Asset = serde_json::from_value(serde_json::json!({
        "code": "tenants", "title": "Tenants", "description": "who rents", "owner": "head-of-housing",
    }))
    .unwrap();
    assets.put(asset.clone()).await.unwrap();
    let statement = |by: &str| Statement { on: "2026-03-02".parse().unwrap(), by: by.into(), text: "in order".into() };
    assert!(assets.state("tenants", statement("somebody")).await.is_err());
    assert!(assets.state("nothing", statement("somebody")).await.unwrap().is_none());
    let stated = assets.state("tenants", statement("head-of-housing")).await.unwrap().unwrap();
    assert!(stated.is_stated("2027-03-02".parse().unwrap()));
    assert!(!stated.is_stated("2027-03-04".parse().unwrap()));
    let changed = assets.put(Asset { title: "Our tenants".into(), ..asset.clone() }).await.unwrap();
    assert_eq!(changed.statements.len(), 1, "a change leaves the statements");
    assert!(assets.put(Asset { code: "a/b".into(), ..asset }).await.is_err());
}

#[tokio::test]
async fn a_survey_counts_each_person_once_and_keeps_no_answer() {
    let (_folder, store) = store().await;
    let pulse = Pulse::new(&store);
    let now: Timestamp = "2026-03-02T10:00:00Z".parse().unwrap();
    let wave = pulse.open("Spring 2026", now).await.unwrap();
    assert!(pulse.open("Another", now).await.is_err());
    let all = |answer| Question::ALL.into_iter().map(|question| (question, answer)).collect::<BTreeMap<_, _>>();
    let place = |tier: &str| Place { tier: tier.into(), department: "Housing".into() };
    for number in 0..25 {
        let (tier, answer) = if number < 12 { ("corporate", Answer::Yes) } else { ("department", Answer::DontKnow) };
        pulse.answer(wave.id, &format!("person-{number}"), &place(tier), &all(answer)).await.unwrap();
    }
    assert!(pulse.answer(wave.id, "person-3", &place("corporate"), &all(Answer::No)).await.is_err());
    assert!(pulse.answer(wave.id, "person-99", &place("corporate"), &BTreeMap::new()).await.is_err());
    assert!(pulse.has_answered(wave.id, "person-3").await.unwrap());
    assert!(!pulse.has_answered(wave.id, "person-99").await.unwrap());
    let seen = shown(&pulse.cells(wave.id).await.unwrap());
    assert_eq!(seen.tiers.len(), 2);
    assert_eq!(seen.tiers[0].yes_permille(Question::Charter), Some(1000));
    assert_eq!(seen.tiers[1].yes_permille(Question::Charter), Some(0));
    pulse.close(wave.id, now).await.unwrap().unwrap();
    assert!(pulse.answer(wave.id, "person-99", &place("corporate"), &all(Answer::No)).await.is_err());
    for document in store.documents().list("pulse-answered", "", 100).await.unwrap() {
        assert!(!document.key.contains("person"));
        assert_eq!(document.body, b"{}");
    }
}
