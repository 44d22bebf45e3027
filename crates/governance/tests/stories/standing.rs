//! Where an agreement stands: any order, any repetition, each party for itself.

use jiff::civil::date;
use packhorse_governance::agreement::sign::{Flaw, Verified, verify};
use packhorse_governance::agreement::state::Standing;
use packhorse_model::agreement::{Act, AgreementText, State};
use packhorse_model::organisation::Status;
use proptest::prelude::*;

use crate::town::{BOROUGH, COUNTY, POLICE, STRANGER, SUMMER, Town, at, blue_badge, signed};

fn text() -> AgreementText {
    blue_badge().to_text().unwrap()
}

/// Everybody has signed.
fn all_signed(town: &Town, text: &AgreementText) -> Vec<Verified> {
    vec![
        town.verified(text, COUNTY, Act::Proposed, at(0)),
        town.verified(text, COUNTY, signed("A"), at(1)),
        town.verified(text, BOROUGH, signed("B"), at(2)),
        town.verified(text, POLICE, signed("C"), at(3)),
    ]
}

fn suspended() -> Act {
    Act::Suspended { reason: "a breach is looked into".into() }
}

#[test]
fn an_agreement_goes_from_draft_through_signatures_to_its_last_day() {
    let (town, text) = (Town::new(), text());
    let all = all_signed(&town, &text);
    let state = |count: usize, day| Standing::of(&text, &all[..count]).state_on(day);
    assert_eq!(state(0, SUMMER), State::Draft);
    assert_eq!(state(1, SUMMER), State::Proposed);
    assert_eq!(state(3, SUMMER), State::Proposed);
    assert_eq!(state(4, SUMMER), State::Active);
    let standing = Standing::of(&text, &all[..3]);
    assert_eq!(standing.unsigned().iter().map(ToString::to_string).collect::<Vec<_>>(), [POLICE]);
    assert_eq!(standing.proposed_by().unwrap().to_string(), COUNTY);
}

#[test]
fn it_begins_on_its_first_day_and_is_over_the_day_after_its_last() {
    let (town, text) = (Town::new(), text());
    let standing = Standing::of(&text, &all_signed(&town, &text));
    for (day, state) in [
        (date(2026, 3, 31), State::Agreed),
        (date(2026, 4, 1), State::Active),
        (date(2027, 3, 31), State::Active),
        (date(2027, 4, 1), State::Expired),
    ] {
        assert_eq!(standing.state_on(day), state, "{day}");
    }
}

#[test]
fn any_party_stops_it_at_once_and_only_that_party_lets_it_go_on() {
    let (town, text) = (Town::new(), text());
    let mut said = all_signed(&town, &text);
    said.push(town.verified(&text, POLICE, suspended(), at(10)));
    assert_eq!(Standing::of(&text, &said).state_on(SUMMER), State::Suspended);
    said.push(town.verified(&text, COUNTY, Act::Resumed, at(11)));
    assert_eq!(Standing::of(&text, &said).state_on(SUMMER), State::Suspended);
    said.push(town.verified(&text, POLICE, Act::Resumed, at(12)));
    assert_eq!(Standing::of(&text, &said).state_on(SUMMER), State::Active);
}

#[test]
fn of_two_words_at_one_moment_stopping_wins() {
    let (town, text) = (Town::new(), text());
    let mut said = all_signed(&town, &text);
    said.push(town.verified(&text, POLICE, suspended(), at(10)));
    said.push(town.verified(&text, POLICE, Act::Resumed, at(10)));
    assert_eq!(Standing::of(&text, &said).state_on(SUMMER), State::Suspended);
}

#[test]
fn whoever_ends_or_withdraws_ends_it_for_good() {
    let (town, text) = (Town::new(), text());
    for act in [Act::Ended { reason: "no longer needed".into() }, Act::Withdrawn] {
        let mut said = all_signed(&town, &text);
        said.push(town.verified(&text, BOROUGH, act, at(20)));
        said.push(town.verified(&text, BOROUGH, Act::Resumed, at(30)));
        said.push(town.verified(&text, BOROUGH, signed("B"), at(31)));
        assert_eq!(Standing::of(&text, &said).state_on(SUMMER), State::Ended);
    }
}

#[test]
fn statements_about_another_text_do_not_count() {
    let (town, text) = (Town::new(), text());
    let other = {
        let mut agreement = blue_badge();
        agreement.grants[0].per_day = Some(1_000_000);
        agreement.to_text().unwrap()
    };
    assert_eq!(Standing::of(&other, &all_signed(&town, &text)).state_on(SUMMER), State::Draft);
    let flaw = verify(&other, town.event(&text, COUNTY, signed("A"), at(1)), &town, at(2)).unwrap_err();
    assert_eq!(flaw.why, Flaw::OtherText);
}

#[test]
fn a_statement_counts_only_under_a_partys_own_key_of_the_time() {
    let (mut town, text) = (Town::new(), text());
    let why = |town: &Town, event| verify(&text, event, town, at(60)).map(|_| ()).unwrap_err().why;
    assert_eq!(why(&town, town.event(&text, STRANGER, signed("S"), at(1))), Flaw::NotParty);
    assert_eq!(why(&town, town.forged(&text, COUNTY, BOROUGH, signed("A"), at(1))), Flaw::Key);
    assert_eq!(why(&town, town.event(&text, COUNTY, signed("A"), at(-2000))), Flaw::Key);
    assert_eq!(why(&town, town.event(&text, COUNTY, signed("A"), at(66))), Flaw::Future);
    assert!(verify(&text, town.event(&text, COUNTY, signed("A"), at(64)), &town, at(60)).is_ok());
    town.amend(COUNTY, |county| county.keys[0].not_after = Some(at(30)));
    assert_eq!(why(&town, town.event(&text, COUNTY, signed("A"), at(30))), Flaw::Key);
    assert!(verify(&text, town.event(&text, COUNTY, signed("A"), at(29)), &town, at(60)).is_ok());
    town.amend(COUNTY, |county| county.status = Status::Suspended);
    assert_eq!(why(&town, town.event(&text, COUNTY, signed("A"), at(29))), Flaw::Inactive);
}

#[test]
fn a_changed_word_breaks_the_signature() {
    let (town, text) = (Town::new(), text());
    let event = town.event(&text, COUNTY, suspended(), at(1));
    let changed = event.as_str().replace("looked into", "looked past");
    let event = packhorse_model::agreement::AgreementEvent::parse(&changed, event.signature().clone()).unwrap();
    assert_eq!(verify(&text, event, &town, at(2)).unwrap_err().why, Flaw::Signature);
}

#[test]
fn a_reader_is_told_who_is_waited_for_and_what_is_due() {
    let (town, text) = (Town::new(), text());
    let mut said = all_signed(&town, &text);
    said.pop();
    said.push(town.verified(&text, BOROUGH, suspended(), at(10)));
    let notices = Standing::of(&text, &said).notices(date(2026, 10, 1));
    assert_eq!(
        notices,
        [
            "suspended by TEST/LOC/borough: a breach is looked into",
            "not signed by TEST/POL/police yet",
            "was due for review on 2026-10-01",
        ]
    );
}

/// Acts of the three parties at a few moments, so that ties and repetitions happen.
fn acts() -> impl Strategy<Value = Vec<(usize, usize, i64)>> {
    prop::collection::vec((0..3_usize, 0..6_usize, 0..4_i64), 0..14)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn order_and_repetition_change_nothing(acts in acts(), seed in any::<u64>()) {
        let (town, text) = (Town::new(), text());
        let said: Vec<Verified> = acts.into_iter().map(|(party, act, minute)| {
            let act = match act {
                0 => Act::Proposed,
                1 => signed(["A", "B", "C"][usize::try_from(minute).unwrap() % 3]),
                2 => suspended(),
                3 => Act::Resumed,
                4 => Act::Ended { reason: "done".into() },
                _ => Act::Withdrawn,
            };
            town.verified(&text, [COUNTY, BOROUGH, POLICE][party], act, at(minute))
        }).collect();
        let mut shuffled: Vec<&Verified> = said.iter().chain(&said).collect();
        let mut state = seed;
        for index in (1..shuffled.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            shuffled.swap(index, usize::try_from(state >> 33).unwrap() % (index + 1));
        }
        prop_assert_eq!(Standing::of(&text, shuffled), Standing::of(&text, &said));
    }
}
