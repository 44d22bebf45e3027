//! Two files: who stands in which, what happened to people between them, and an order that tells nothing.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write as _};
use std::path::Path;

use crate::dice::Dice;
use crate::households::Households;
use crate::names::Names;
use crate::person::{Person, Sex};
use crate::places::Place;
use crate::records::{CAREFUL, Clerk, HASTY, HEADER, Records};

/// What is asked for.
pub(crate) struct Sizes {
    /// Of both files together.
    pub(crate) rows: u64,
    pub(crate) seed: u64,
    /// The share of the second file's rows that repeat somebody.
    pub(crate) duplicates: f64,
}

/// Of those who stand in either file, so many stand in both; the rest is halved.
const IN_BOTH: f64 = 0.43;
/// Households that are known, or not, as one.
const AS_ONE: f64 = 0.7;
/// Households that moved between the files, and those of them who went where somebody lived before.
const MOVED: f64 = 0.1;
const MOVED_IN_AFTER: f64 = 0.4;

/// Rows of one file, and where each begins.
struct Pile {
    clerk: &'static Clerk,
    text: String,
    begins: Vec<usize>,
    wanted: usize,
}

/// Makes both files below `into`.
pub(crate) fn write(sizes: &Sizes, into: &Path) -> io::Result<()> {
    fs::create_dir_all(into)?;
    let [first, second] = piles(sizes);
    first.write(&into.join("a.csv"), &mut Dice::new(sizes.seed, u64::MAX - 1))?;
    second.write(&into.join("b.csv"), &mut Dice::new(sizes.seed, u64::MAX - 2))
}

/// Both files in the order in which their people were made.
fn piles(sizes: &Sizes) -> [Pile; 2] {
    let names = Names::new();
    let (households, records) = (Households::new(&names), Records::new(&names));
    let half = sizes.rows / 2;
    let mut piles = [(&CAREFUL, sizes.rows - half), (&HASTY, half)].map(|(clerk, wanted)| Pile::new(clerk, wanted));
    let mut number = 1;
    for household in 0.. {
        if piles.iter().all(Pile::is_full) {
            break;
        }
        let mut dice = Dice::new(sizes.seed, household);
        let before = households.fill(Place::of_household(household), number, &mut dice);
        number += before.len() as u64;
        let after = lived(&before, &names, household + 1, &mut dice);
        let together = dice.chance(AS_ONE).then(|| stands_in(&mut dice));
        for (before, after) in before.iter().zip(&after) {
            let stands = together.unwrap_or_else(|| stands_in(&mut dice));
            for ((pile, person), stands) in piles.iter_mut().zip([before, after]).zip(stands) {
                if stands {
                    pile.add(person, &records, &mut dice);
                }
            }
            if stands[1] && dice.chance(sizes.duplicates) {
                piles[1].add(after, &records, &mut dice);
            }
        }
    }
    piles
}

/// Whether somebody is in the first file, in the second.
fn stands_in(dice: &mut Dice) -> [bool; 2] {
    match dice.share() {
        share if share < IN_BOTH => [true, true],
        share if share < IN_BOTH + (1.0 - IN_BOTH) / 2.0 => [true, false],
        _ => [false, true],
    }
}

/// The same people some years later: moved together, moved out, married.
fn lived(before: &[Person], names: &Names, households: u64, dice: &mut Dice) -> Vec<Person> {
    let mut after = before.to_vec();
    if dice.chance(MOVED) {
        let to = moved_to(households, dice);
        after.iter_mut().for_each(|person| person.place = to);
    }
    for person in &mut after {
        let age = crate::households::NOW - person.born.year;
        if before.len() > 1 && (18..32).contains(&age) && dice.chance(0.12) {
            person.place = moved_to(households, dice);
        }
        if person.sex == Sex::Woman && (20..45).contains(&age) && dice.chance(0.025) {
            let hers = names.communities[person.community].surname(dice);
            person.surname = if dice.chance(0.15) { format!("{}-{hers}", person.surname) } else { hers };
        }
    }
    after
}

fn moved_to(households: u64, dice: &mut Dice) -> Place {
    if dice.chance(MOVED_IN_AFTER) {
        return Place::of_household(dice.below(households as usize) as u64);
    }
    Place::built_later(households, dice)
}

impl Pile {
    fn new(clerk: &'static Clerk, wanted: u64) -> Self {
        Self { clerk, text: String::new(), begins: Vec::new(), wanted: wanted as usize }
    }

    fn is_full(&self) -> bool {
        self.begins.len() == self.wanted
    }

    fn add(&mut self, person: &Person, records: &Records<'_>, dice: &mut Dice) {
        if !self.is_full() {
            self.begins.push(self.text.len());
            records.write(person, self.clerk, self.begins.len() as u64, dice, &mut self.text);
        }
    }

    /// Writes the rows in an order in which households do not stand together.
    fn write(mut self, path: &Path, dice: &mut Dice) -> io::Result<()> {
        for at in (1..self.begins.len()).rev() {
            self.begins.swap(at, dice.below(at + 1));
        }
        let mut file = BufWriter::with_capacity(1 << 20, File::create(path)?);
        writeln!(file, "{HEADER}")?;
        for &begin in &self.begins {
            let rest = &self.text[begin..];
            // No cell has a line break.
            let end = rest.find('\n').map_or(rest.len(), |at| at + 1);
            file.write_all(&rest.as_bytes()[..end])?;
        }
        file.into_inner()?.sync_all()
    }
}
