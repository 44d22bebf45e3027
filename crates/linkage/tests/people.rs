//! The invented people that linkage is measured with: the same everywhere, shaped as people are, and nobody's.
#![allow(clippy::unwrap_used, reason = "a panic is the failure report")]

#[path = "../examples/people/british.rs"]
mod british;
#[path = "../examples/people/dice.rs"]
mod dice;
#[path = "../examples/people/elsewhere.rs"]
mod elsewhere;
#[path = "../examples/people/files.rs"]
mod files;
#[path = "../examples/people/households.rs"]
mod households;
#[path = "../examples/people/mistakes.rs"]
mod mistakes;
#[path = "../examples/people/names.rs"]
mod names;
#[path = "../examples/people/nicknames.rs"]
mod nicknames;
#[path = "../examples/people/person.rs"]
mod person;
#[path = "../examples/people/places.rs"]
mod places;
#[path = "../examples/people/records.rs"]
mod records;

use std::collections::{HashMap, HashSet};

use files::Sizes;
use person::Day;
use proptest::prelude::*;

const COLUMNS: usize = 13;
/// Of both files of 2,000 rows and seed 1.
const MEASURED: [u64; 2] = [0x7b0a_26c9_54c3_b5d6, 0x2e1d_eb8a_7fb9_dabe];

/// Both files, as text.
fn texts(rows: u64, seed: u64, duplicates: f64) -> [String; 2] {
    let folder = tempfile::tempdir().unwrap();
    files::write(&Sizes { rows, seed, duplicates }, folder.path()).unwrap();
    ["a.csv", "b.csv"].map(|name| std::fs::read_to_string(folder.path().join(name)).unwrap())
}

/// The rows of a file, as a reader of CSV sees them.
fn rows(text: &str) -> Vec<csv::StringRecord> {
    csv::Reader::from_reader(text.as_bytes()).records().map(|row| row.unwrap()).collect()
}

/// Rows by the person that they truly are.
fn by_truth(rows: &[csv::StringRecord]) -> HashMap<&str, &csv::StringRecord> {
    rows.iter().map(|row| (&row[12], row)).collect()
}

fn date(cell: &str) -> Option<Day> {
    let mut parts = cell.split('-').map(|part| part.parse().unwrap());
    let (Some(year), Some(month), Some(day)) = (parts.next(), parts.next(), parts.next()) else { return None };
    Some(Day { year, month, day })
}

/// FNV-1a: enough to see that a byte changed.
fn digest(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |sum, byte| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[test]
fn the_people_of_a_seed_are_those_that_were_measured() {
    // Whoever changes the generator on purpose writes the new digests here, and measures anew.
    let digests = texts(2000, 1, 0.0).map(|text| digest(&text));
    assert_eq!(digests, MEASURED, "{digests:#x?}");
}

#[test]
fn the_files_that_the_guide_links_are_the_generators() {
    let shipped = [include_str!("../../../demo/data/people-a.csv"), include_str!("../../../demo/data/people-b.csv")];
    assert!(texts(1000, 1, 0.0).iter().zip(shipped).all(|(made, shipped)| made == shipped));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_size_and_seed_gives_two_whole_files(rows_wanted in 2u64..1500, seed: u64, duplicates in 0.0f64..0.3) {
        let both = texts(rows_wanted, seed, duplicates);
        prop_assert_eq!(&both, &texts(rows_wanted, seed, duplicates));
        let [first, second] = both.each_ref().map(|text| rows(text));
        prop_assert_eq!((first.len() + second.len()) as u64, rows_wanted);
        for row in first.iter().chain(&second) {
            prop_assert_eq!(row.len(), COLUMNS);
            prop_assert!(["M", "F", ""].contains(&&row[3]));
            prop_assert!(row[4].is_empty() || date(&row[4]).is_some_and(Day::exists), "{}", &row[4]);
            prop_assert!(row[12].parse::<u64>().is_ok());
        }
        let ids: HashSet<&str> = first.iter().chain(&second).map(|row| &row[0]).collect();
        prop_assert_eq!(ids.len() as u64, rows_wanted, "no id comes twice");
    }

    #[test]
    fn a_slip_changes_little_and_never_makes_a_day_that_is_none(seed: u64, year in 1920i32..2026, at in 0i32..365) {
        let mut dice = dice::Dice::new(seed, 0);
        let day = Day { year, month: at / 31 + 1, day: at % 28 + 1 };
        let wrong = mistakes::misdated(day, &mut dice);
        prop_assert!(wrong.exists() && wrong != day);
        for name in ["Catherine", "O'Brien", "Łukasz", "Ng", "de Sousa", "李", ""] {
            let slip = mistakes::misspelt(name, &mut dice);
            let (before, after) = (name.chars().count(), slip.chars().count());
            prop_assert!(after + 2 >= before && after <= before + 2, "{name} became {slip}");
        }
    }
}

#[test]
fn most_people_stand_in_both_files_and_some_have_moved_or_married_between() {
    let both = texts(40_000, 7, 0.0).map(|text| rows(&text));
    let [first, second] = both.each_ref().map(|rows| by_truth(rows));
    let pairs: Vec<_> = first.iter().filter_map(|(truth, one)| Some((*one, *second.get(truth)?))).collect();
    let share = |of: fn(&(&csv::StringRecord, &csv::StringRecord)) -> bool| {
        pairs.iter().filter(|pair| of(pair)).count() as f64 / pairs.len() as f64
    };
    assert!((0.55..0.65).contains(&(pairs.len() as f64 / first.len() as f64)), "{}", pairs.len());
    let moved = share(|(one, other)| one[7].to_uppercase().replace(' ', "") != other[7].replace(' ', ""));
    assert!((0.12..0.30).contains(&moved), "{moved}");
    let renamed = share(|(one, other)| one[2].chars().next() != other[2].chars().next());
    assert!((0.01..0.06).contains(&renamed), "{renamed}");
    let dates = share(|(one, other)| one[4] != other[4]);
    assert!((0.04..0.15).contains(&dates), "{dates}");
    // Swapped names: the one's first name is the other's surname.
    let swapped = share(|(one, other)| one[1].to_uppercase() == other[2] && one[2].to_uppercase() == other[1]);
    assert!((0.004..0.03).contains(&swapped), "{swapped}");
}

#[test]
fn households_hold_twins_and_sons_called_as_their_fathers() {
    let first = rows(&texts(40_000, 3, 0.0)[0]);
    let mut homes: HashMap<(&str, &str), Vec<&csv::StringRecord>> = HashMap::new();
    for row in first.iter().filter(|row| !row[5].is_empty() && !row[7].is_empty()) {
        homes.entry((&row[5], &row[7])).or_default().push(row);
    }
    let pairs = |same: fn(&csv::StringRecord, &csv::StringRecord) -> bool| {
        let in_home = |home: &Vec<&csv::StringRecord>| {
            let others = |at: usize| home[at + 1..].iter().filter(|other| same(home[at], other)).count();
            (0..home.len()).map(others).sum::<usize>()
        };
        homes.values().map(in_home).sum::<usize>()
    };
    let surnames = pairs(|one, other| one[2] == other[2]);
    let twins = pairs(|one, other| one[4] == other[4] && !one[4].is_empty() && one[1] != other[1]);
    let namesakes = pairs(|one, other| one[1] == other[1] && one[2] == other[2] && one[4] != other[4]);
    assert!(surnames > 4000, "{surnames}");
    assert!((20..400).contains(&twins), "{twins}");
    assert!((20..400).contains(&namesakes), "{namesakes}");
}

#[test]
fn names_are_skewed_with_a_long_tail_in_every_community() {
    let first = rows(&texts(60_000, 5, 0.0)[0]);
    let mut surnames: HashMap<&str, usize> = HashMap::new();
    let mut communities: HashMap<&str, usize> = HashMap::new();
    for row in &first {
        *surnames.entry(&row[2]).or_default() += 1;
        *communities.entry(&row[11]).or_default() += 1;
    }
    let most = *surnames.values().max().unwrap() as f64 / first.len() as f64;
    let once = surnames.values().filter(|rows| **rows <= 2).count() as f64 / surnames.len() as f64;
    assert!((0.008..0.04).contains(&most), "{most}");
    assert!(once > 0.3 && surnames.len() > 2500, "{once} of {}", surnames.len());
    assert_eq!(communities.len(), 11, "{communities:?}");
    assert!(communities.values().all(|rows| *rows > 100), "{communities:?}");
}

#[test]
fn identifiers_are_of_ranges_that_nobody_has() {
    let [first, _] = texts(20_000, 2, 0.0).map(|text| rows(&text));
    let numbers: Vec<&str> = first.iter().map(|row| &row[10]).filter(|number| !number.is_empty()).collect();
    let valid = |number: &&&str| {
        let digits: Vec<u32> = number.chars().filter_map(|digit| digit.to_digit(10)).collect();
        let sum: u32 = digits.iter().take(9).zip((2..=10).rev()).map(|(digit, weight)| digit * weight).sum();
        digits.len() == 10 && (11 - sum % 11) % 11 == digits[9]
    };
    assert!(numbers.len() > 500);
    let fine = numbers.iter().filter(valid).count() as f64 / numbers.len() as f64;
    assert!(fine > 0.97, "all but those with a slip: {fine}");
    let tests = numbers.iter().filter(|number| number.starts_with("999")).count() as f64 / numbers.len() as f64;
    assert!(tests > 0.97, "{tests}");
    let mails: Vec<&str> = first.iter().map(|row| &row[9]).filter(|mail| !mail.is_empty()).collect();
    let examples = mails.iter().filter(|mail| mail.contains("@example.")).count() as f64 / mails.len() as f64;
    assert!(mails.len() > 2000 && examples > 0.98, "{examples}");
}
