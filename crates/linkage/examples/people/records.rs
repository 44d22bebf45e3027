//! A person becomes a row: what two bodies write about the same life, at two times, with two degrees of care.

use std::fmt::Write as _;

use crate::dice::{Dice, Weighted};
use crate::mistakes::{miscoded, misdated, misspelt, readdressed};
use crate::names::Names;
use crate::nicknames::{SURNAMES, forms};
use crate::person::{Day, Person, Sex};

/// The columns, in order.
pub(crate) const HEADER: &str =
    "id,first_name,surname,sex,date_of_birth,address,town,postcode,phone,email,nhs_number,community,truth";

/// How a body keeps its register.
pub(crate) struct Clerk {
    /// Before the number in the column `id`.
    pub(crate) prefix: char,
    /// How many times the usual rate of mistakes.
    pub(crate) haste: f64,
    /// Names and addresses in capitals, without accents.
    pub(crate) capitals: bool,
    /// The share of phone numbers, e-mail addresses and health service numbers that are known.
    pub(crate) known: [f64; 3],
}

/// A register that people sign for, such as council tax.
pub(crate) const CAREFUL: Clerk = Clerk { prefix: 'a', haste: 0.4, capitals: false, known: [0.45, 0.4, 0.7] };
/// One that is filled in over a counter or a telephone.
pub(crate) const HASTY: Clerk = Clerk { prefix: 'b', haste: 1.0, capitals: true, known: [0.6, 0.3, 0.85] };

/// What is about to stand in a row.
struct Row {
    first_name: String,
    surname: String,
    sex: &'static str,
    born: Option<Day>,
    address: String,
    town: String,
    postcode: String,
}

/// Writes rows of people.
pub(crate) struct Records<'a> {
    names: &'a Names,
    /// Most rows are clean, some are full of mistakes: shares and rates.
    care: Weighted,
}

const CARE: [(f64, f64); 3] = [(0.62, 0.45), (0.31, 1.3), (0.07, 4.0)];

impl<'a> Records<'a> {
    pub(crate) fn new(names: &'a Names) -> Self {
        Self { names, care: Weighted::new(CARE.map(|(share, _)| share)) }
    }

    /// Adds the row of this person to a file that holds `number` rows already.
    pub(crate) fn write(&self, person: &Person, clerk: &Clerk, number: u64, dice: &mut Dice, into: &mut String) {
        let rate = CARE[self.care.draw(dice)].1 * clerk.haste;
        let community = self.names.communities[person.community].community;
        let mut row = Row {
            first_name: self.first_name(person, rate, dice),
            surname: self.surname(person, rate, dice),
            sex: sex(person, rate, dice),
            born: born(person.born, rate, community.customs.new_year, dice),
            address: person.place.address(),
            town: person.place.town(),
            postcode: person.place.postcode(),
        };
        if dice.chance(community.customs.swapped * rate) {
            std::mem::swap(&mut row.first_name, &mut row.surname);
        }
        place(&mut row, rate, dice);
        // The number tells nothing about the person: it is taken from the row's place before the rows are mixed.
        let id = number.wrapping_mul(2_654_435_761) & 0xffff_ffff;
        _ = write!(into, "{}{id:08x},", clerk.prefix);
        for text in [&row.first_name, &row.surname] {
            cell(into, text, clerk.capitals);
        }
        _ = write!(into, "{},", row.sex);
        if let Some(born) = row.born {
            _ = write!(into, "{born}");
        }
        into.push(',');
        for text in [&row.address, &row.town, &row.postcode] {
            cell(into, text, clerk.capitals);
        }
        let identifiers = [Some(person.phone()), Some(person.e_mail()), person.health_number()];
        for (identifier, known) in identifiers.into_iter().zip(clerk.known) {
            if let Some(identifier) = identifier.filter(|_| dice.chance(known)) {
                into.push_str(&if dice.chance(0.01 * rate) { miscoded(&identifier, dice) } else { identifier });
            }
            into.push(',');
        }
        _ = writeln!(into, "{},{}", community.label, person.number);
    }

    fn first_name(&self, person: &Person, rate: f64, dice: &mut Dice) -> String {
        let community = self.names.communities[person.community].community;
        let name = person.first_name.clone();
        if dice.chance(0.008 * rate) {
            return String::new();
        }
        if dice.chance(0.012 * rate) {
            return name.chars().take(1).collect();
        }
        let forms = forms(&name);
        if !forms.is_empty() && dice.chance(0.07 * rate) {
            return (*dice.one(forms)).to_owned();
        }
        if dice.chance(0.012 * rate) {
            // Known by a middle name.
            return self.names.communities[person.community].given(person.sex, person.born.year, dice);
        }
        if dice.chance(0.035 * rate * community.customs.misspelt) {
            return misspelt(&name, dice);
        }
        name
    }

    fn surname(&self, person: &Person, rate: f64, dice: &mut Dice) -> String {
        let community = self.names.communities[person.community].community;
        let name = person.surname.clone();
        if dice.chance(0.004 * rate) {
            return String::new();
        }
        if dice.chance(0.02 * rate)
            && let Some(other) = other_spelling(&name)
        {
            return other.to_owned();
        }
        if dice.chance(0.04 * rate * community.customs.misspelt) {
            return misspelt(&name, dice);
        }
        if let Some(rest) = name.strip_prefix("O'").filter(|_| dice.chance(0.3)) {
            return format!("O {rest}");
        }
        name
    }
}

fn other_spelling(name: &str) -> Option<&'static str> {
    SURNAMES.iter().find_map(|(one, other)| match name {
        _ if name == *one => Some(*other),
        _ if name == *other => Some(*one),
        _ => None,
    })
}

fn sex(person: &Person, rate: f64, dice: &mut Dice) -> &'static str {
    if dice.chance(0.02 * rate) {
        return "";
    }
    match (person.sex, dice.chance(0.003 * rate)) {
        (Sex::Man, false) | (Sex::Woman, true) => "M",
        _ => "F",
    }
}

fn born(day: Day, rate: f64, new_year: f64, dice: &mut Dice) -> Option<Day> {
    if dice.chance(0.015 * rate) {
        return None;
    }
    if dice.chance(new_year) {
        return Some(Day { month: 1, day: 1, ..day });
    }
    Some(if dice.chance(0.035 * rate) { misdated(day, dice) } else { day })
}

fn place(row: &mut Row, rate: f64, dice: &mut Dice) {
    if dice.chance(0.15 * rate) {
        row.address = readdressed(&row.address, dice);
    }
    if dice.chance(0.03 * rate) {
        row.postcode = miscoded(&row.postcode, dice);
    }
    match dice.share() / rate {
        share if share < 0.012 => row.postcode.clear(),
        share if share < 0.024 => row.address.clear(),
        // Of no fixed abode, or not asked.
        share if share < 0.032 => {
            row.postcode.clear();
            row.address.clear();
            row.town.clear();
        }
        share if share < 0.052 => row.postcode.retain(|letter| letter != ' '),
        share if share < 0.072 => row.town.clear(),
        _ => {}
    }
}

/// One cell and its comma; in quotation marks where the text itself has a comma.
fn cell(into: &mut String, text: &str, capitals: bool) {
    let quoted = text.contains(',');
    if quoted {
        into.push('"');
    }
    if capitals && text.is_ascii() {
        into.push_str(&text.to_ascii_uppercase());
    } else if capitals {
        into.extend(text.chars().map(plain).flat_map(char::to_uppercase));
    } else {
        titled(into, text);
    }
    if quoted {
        into.push('"');
    }
    into.push(',');
}

/// The first letter as a capital: a slip may have made it small.
fn titled(into: &mut String, text: &str) {
    let mut letters = text.chars();
    if let Some(first) = letters.next() {
        into.extend(first.to_uppercase());
    }
    into.push_str(letters.as_str());
}

/// The letter without its accent, as a system writes it that knows none.
fn plain(letter: char) -> char {
    const PLAIN: &[(&str, char)] = &[
        ("áàâãäą", 'a'),
        ("ÁÀÂ", 'A'),
        ("ç", 'c'),
        ("ćč", 'c'),
        ("éèêëę", 'e'),
        ("É", 'E'),
        ("íìîï", 'i'),
        ("Í", 'I'),
        ("ł", 'l'),
        ("Ł", 'L'),
        ("ńñ", 'n'),
        ("óòôõö", 'o'),
        ("ÓÖ", 'O'),
        ("śš", 's'),
        ("Ś", 'S'),
        ("úùûü", 'u'),
        ("źżž", 'z'),
        ("ŹŻ", 'Z'),
    ];
    PLAIN.iter().find(|(accented, _)| accented.contains(letter)).map_or(letter, |(_, plain)| *plain)
}
