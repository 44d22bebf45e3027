//! The law's clocks, on hard days of the calendar.

use jiff::Timestamp;
use jiff::civil::Date;
use packhorse_governance::clock::{Clock, Duty, Nation, Standing};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn clock(duty: Duty, started: &str) -> Clock {
    Clock::start(duty, Nation::EnglandAndWales, at(started), "received")
}

fn due(duty: Duty, started: &str) -> String {
    clock(duty, started).due_on().unwrap().to_string()
}

#[test]
fn seventy_two_hours_are_hours_whatever_the_clocks_on_the_wall_do() {
    // Over a weekend in which summer time ends, and over Christmas.
    let breach = clock(Duty::BreachNotification, "2026-10-23T16:00:00Z");
    assert_eq!(breach.due_at(), Some(at("2026-10-26T16:00:00Z")));
    let christmas = clock(Duty::BreachNotification, "2026-12-24T17:30:00Z");
    assert_eq!(christmas.due_at(), Some(at("2026-12-27T17:30:00Z")));
    assert_eq!(christmas.standing(at("2026-12-27T17:29:59Z")), Standing::Running);
    assert_eq!(christmas.standing(at("2026-12-27T17:30:00Z")), Standing::Overdue);
    assert!(christmas.clone().pause(at("2026-12-25T00:00:00Z"), "asked").is_err(), "nothing stops these hours");
}

#[test]
fn a_month_ends_on_the_same_day_or_the_last_and_rolls_to_a_working_day() {
    for (received, due_on) in [
        ("2026-09-03T10:00:00Z", "2026-10-05"), // the 3rd is a Saturday
        ("2026-01-31T10:00:00Z", "2026-03-02"), // 28 February is a Saturday
        ("2028-01-31T10:00:00Z", "2028-02-29"),
        ("2026-11-25T10:00:00Z", "2026-12-29"), // Christmas, a weekend, a substitute day
        ("2026-03-03T10:00:00Z", "2026-04-07"), // Good Friday to Easter Monday
        ("2026-06-30T23:30:00Z", "2026-08-03"), // 1 July already in London: 1 August is a Saturday
    ] {
        assert_eq!(due(Duty::RightsRequest, received), due_on, "received {received}");
    }
}

#[test]
fn the_last_day_counts_whole_and_in_london() {
    let summer = clock(Duty::RightsRequest, "2026-06-10T09:00:00Z");
    assert_eq!(summer.due_at(), Some(at("2026-07-10T23:00:00Z")), "midnight of the 10th in summer time");
    let winter = clock(Duty::RightsRequest, "2026-11-10T09:00:00Z");
    assert_eq!(winter.due_at(), Some(at("2026-12-11T00:00:00Z")));
    let mut answered = winter.clone();
    answered.close(at("2026-12-10T23:59:59Z")).unwrap();
    assert_eq!(answered.standing(at("2030-01-01T00:00:00Z")), Standing::Met);
    let mut late = winter;
    late.close(at("2026-12-11T00:00:00Z")).unwrap();
    assert_eq!(late.standing(at("2026-12-11T00:00:00Z")), Standing::Late);
}

#[test]
fn a_request_for_information_has_twenty_working_days_of_the_nation() {
    let received = at("2026-12-18T15:00:00Z");
    let due =
        |nation| Clock::start(Duty::FreedomOfInformation, nation, received, "received").due_on().unwrap().to_string();
    // Two days of Christmas and New Year's Day; Scotland has 4 January for the 2nd besides.
    assert_eq!(due(Nation::EnglandAndWales), "2027-01-20");
    assert_eq!(due(Nation::Scotland), "2027-01-21");
    assert_eq!(due(Nation::NorthernIreland), "2027-01-20");
    // Received on a Saturday: Monday is the first day.
    let saturday =
        Clock::start(Duty::EnvironmentalInformation, Nation::EnglandAndWales, at("2026-02-07T10:00:00Z"), "");
    assert_eq!(saturday.due_on(), Some(day("2026-03-06")));
}

#[test]
fn forty_working_days_when_extended_or_reviewed_and_thirty_days_for_a_complaint() {
    assert_eq!(due(Duty::InternalReview, "2026-02-06T10:00:00Z"), "2026-04-07");
    let mut eir = clock(Duty::EnvironmentalInformation, "2026-02-06T10:00:00Z");
    assert!(eir.clone().extend("large", day("2026-03-07")).is_err(), "told after the twenty days");
    eir.extend("complex and voluminous", day("2026-03-06")).unwrap();
    assert_eq!(eir.due_on(), Some(day("2026-04-07")));
    assert_eq!(due(Duty::Complaint, "2026-06-19T10:00:00Z"), "2026-07-19");
}

#[test]
fn a_month_is_extended_to_three_when_the_person_was_told_within_the_first() {
    let mut request = clock(Duty::RightsRequest, "2026-11-30T10:00:00Z");
    assert_eq!(request.due_on(), Some(day("2026-12-30")));
    assert!(request.clone().extend("many", day("2026-12-31")).is_err());
    assert!(request.clone().extend("many", day("2026-11-29")).is_err(), "before it was received");
    assert!(request.clone().extend(" ", day("2026-12-30")).is_err(), "without a reason");
    request.extend("numerous requests", day("2026-12-30")).unwrap();
    assert_eq!(request.due_on(), Some(day("2027-03-01")), "28 February 2027 is a Sunday");
    assert!(request.extend("again", day("2026-12-30")).is_err());
}

#[test]
fn a_clock_stands_still_while_the_person_is_asked_what_they_mean() {
    let mut request = clock(Duty::RightsRequest, "2026-03-02T10:00:00Z");
    assert_eq!(request.due_on(), Some(day("2026-04-02")));
    request.pause(at("2026-03-10T09:00:00Z"), "which file").unwrap();
    assert_eq!(request.due_at(), None);
    assert_eq!(request.standing(at("2027-01-01T00:00:00Z")), Standing::Paused);
    assert!(request.pause(at("2026-03-11T09:00:00Z"), "again").is_err());
    assert!(request.resume(at("2026-03-09T09:00:00Z")).is_err(), "before it stopped");
    request.resume(at("2026-03-17T09:00:00Z")).unwrap();
    // Seven days more: Thursday 9 April.
    assert_eq!(request.due_on(), Some(day("2026-04-09")));
    assert!(request.pause(at("2026-03-16T09:00:00Z"), "back in time").is_err());

    let mut foi = clock(Duty::FreedomOfInformation, "2026-03-02T10:00:00Z");
    assert_eq!(foi.due_on(), Some(day("2026-03-30")));
    foi.pause(at("2026-03-06T09:00:00Z"), "which year").unwrap();
    foi.resume(at("2026-03-10T09:00:00Z")).unwrap();
    assert_eq!(foi.due_on(), Some(day("2026-04-01")), "two working days stood still, the weekend did not count");
}

#[test]
fn a_clock_that_has_ended_is_not_touched_again_and_one_beyond_the_calendar_says_nothing() {
    let mut request = clock(Duty::RightsRequest, "2026-03-02T10:00:00Z");
    request.pause(at("2026-03-10T09:00:00Z"), "which file").unwrap();
    request.close(at("2026-03-12T09:00:00Z")).unwrap();
    assert_eq!(request.standing(at("2026-06-01T00:00:00Z")), Standing::Met);
    assert!(request.close(at("2026-03-13T09:00:00Z")).is_err());
    assert!(request.pause(at("2026-03-13T09:00:00Z"), "x").is_err());
    assert!(request.extend("x", day("2026-03-13")).is_err());
    assert_eq!(clock(Duty::FreedomOfInformation, "2035-12-20T10:00:00Z").due_at(), None);
}
