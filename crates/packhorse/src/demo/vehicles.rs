//! The vehicles register: invented rows, the same on every machine.
//!
//! It must never make a mark that a vehicle bears, nor a keeper that exists: how is said in `demo/data/README.md`.

use std::fmt::Write as _;

use jiff::ToSpan as _;
use jiff::civil::{Date, date};

/// DVLA's published test marks; the story asks for the first.
pub(super) const TEST_MARKS: [&str; 4] = ["AA19AAA", "TE57VRN", "ER19NFD", "L2WPS"];

/// Rows of the register.
const ROWS: usize = 3_000;
const SEED: u64 = 0x5041_434b_484f_5253;

/// Letters of the current pattern's first two places, without those that its last three do not have.
const LETTERS: &[u8] = b"ABCDEFGHJKLMNOPRSTUVWXY";
/// Letters of an inward postcode; Z is left out, which the pseudo-postcodes of health statistics end in.
const INWARD: &[u8] = b"ABDEFGHJLNPQRSTUWXY";
const GIVEN: [&str; 12] = [
    "Alder", "Briar", "Clover", "Damson", "Elowen", "Fennel", "Hazel", "Juniper", "Linden", "Rowan", "Sorrel", "Teasel",
];
const SURNAMES: [&str; 12] = [
    "Packsaddle",
    "Drovesend",
    "Hollowgate",
    "Causeyfoot",
    "Jaggersley",
    "Limersgate",
    "Saltersway",
    "Stoopingstone",
    "Bellmareham",
    "Corvesholt",
    "Panniersby",
    "Wadeford",
];
const MAKES: [&str; 8] = ["Ford", "Vauxhall", "Volkswagen", "Nissan", "Toyota", "BMW", "Kia", "Skoda"];
const COLOURS: [&str; 7] = ["black", "white", "blue", "silver", "grey", "red", "green"];
/// Most vehicles have none.
const MARKERS: [&str; 3] = ["reported stolen", "seized as uninsured", "cloned plates suspected"];

/// The register as a CSV file.
pub(super) fn csv() -> String {
    let mut draw = Draw(SEED);
    let mut csv = String::from("vrm,make,colour,keeper_name,keeper_postcode,taxed_until,mot_until,marker\n");
    for row in 0..ROWS {
        let vrm = TEST_MARKS.get(row).map_or_else(|| mark(row, &mut draw), |mark| (*mark).to_owned());
        // The first row is the one that the story asks for: it has something to withhold in every field.
        let marker = if row == 0 || draw.below(40) == 0 { *draw.of(&MARKERS) } else { "" };
        let (make, colour) = (draw.of(&MAKES), draw.of(&COLOURS));
        let (given, surname) = (draw.of(&GIVEN), draw.of(&SURNAMES));
        let (postcode, taxed, tested) = (postcode(&mut draw), day(&mut draw), day(&mut draw));
        // Writing to a String cannot fail.
        let _ = writeln!(csv, "{vrm},{make},{colour},{given} {surname},{postcode},{taxed},{tested},{marker}");
    }
    csv
}

/// A mark of its own for each row: the number of the row stands in its letters.
fn mark(row: usize, draw: &mut Draw) -> String {
    let letter = |number: usize| char::from(LETTERS[number % LETTERS.len()]);
    let area = [letter(row / LETTERS.len()), letter(row)];
    let tail: String = (0..2).map(|_| char::from(*draw.of(LETTERS))).collect();
    let [first, second] = area;
    format!("{first}{second}{}{}{tail}", 91 + draw.below(9), letter(row / LETTERS.len().pow(2)))
}

fn postcode(draw: &mut Draw) -> String {
    let [first, second] = [draw.of(INWARD), draw.of(INWARD)].map(|letter| char::from(*letter));
    format!("ZZ99 {}{first}{second}", draw.below(10))
}

/// Some day of two years.
fn day(draw: &mut Draw) -> Date {
    const FIRST: Date = date(2026, 1, 1);
    let days = i64::try_from(draw.below(730)).unwrap_or_default();
    FIRST.checked_add(days.days()).unwrap_or(FIRST)
}

/// `SplitMix64`: enough for rows that look like a register's, and months that look like a borough's.
pub(super) struct Draw(u64);

impl Draw {
    /// What is drawn from a seed is the same on every machine.
    pub(super) fn from(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number.
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// The next number below a bound.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        // The remainder is smaller than the bound.
        usize::try_from(self.next() % bound as u64).unwrap_or_default()
    }

    fn of<'a, T>(&mut self, among: &'a [T]) -> &'a T {
        &among[self.below(among.len())]
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use packhorse_model::identifier::{Format, Rules};

    use super::*;

    #[test]
    fn every_mark_is_valid_stands_once_and_is_no_vehicles() {
        let rules = Rules { allow_synthetic: false, this_year: 2026 };
        let csv = csv();
        let marks: Vec<&str> = csv.lines().skip(1).filter_map(|row| row.split(',').next()).collect();
        assert_eq!(marks.len(), ROWS);
        assert_eq!(marks.iter().collect::<HashSet<_>>().len(), ROWS);
        assert!(marks.iter().all(|mark| Format::Vrm.parse(mark, rules).is_ok_and(|found| found.is_valid())));
        assert!(marks[TEST_MARKS.len()..].iter().all(|mark| mark[2..4].parse::<u8>().is_ok_and(|age| age >= 91)));
    }

    #[test]
    fn every_keeper_lives_where_nobody_does() {
        let csv = csv();
        for row in csv.lines().skip(1) {
            let cells: Vec<&str> = row.split(',').collect();
            assert_eq!(cells.len(), 8, "{row}");
            assert!(cells[4].starts_with("ZZ99 ") && !cells[4].ends_with('Z'), "{row}");
        }
    }
}
