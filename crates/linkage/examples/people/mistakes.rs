//! What goes wrong between a person and a row: fingers on a keyboard, machines that read paper, ears that hear names,
//! boxes mixed up, dates turned round.

use crate::dice::Dice;
use crate::person::Day;

/// Neighbours of each letter on a keyboard.
const KEYS: &[(char, &str)] = &[
    ('a', "qwsz"),
    ('b', "vghn"),
    ('c', "xdfv"),
    ('d', "serfcx"),
    ('e', "wsdr"),
    ('f', "drtgvc"),
    ('g', "ftyhbv"),
    ('h', "gyujnb"),
    ('i', "ujko"),
    ('j', "huiknm"),
    ('k', "jiolm"),
    ('l', "kop"),
    ('m', "njk"),
    ('n', "bhjm"),
    ('o', "iklp"),
    ('p', "ol"),
    ('q', "wa"),
    ('r', "edft"),
    ('s', "awedxz"),
    ('t', "rfgy"),
    ('u', "yhji"),
    ('v', "cfgb"),
    ('w', "qase"),
    ('x', "zsdc"),
    ('y', "tghu"),
    ('z', "asx"),
];
/// What a machine reads in place of what was printed.
const MISREAD: &[(&str, &str)] = &[
    ("rn", "m"),
    ("m", "rn"),
    ("cl", "d"),
    ("d", "cl"),
    ("li", "h"),
    ("l", "i"),
    ("i", "l"),
    ("e", "c"),
    ("o", "0"),
    ("s", "5"),
    ("b", "6"),
    ("vv", "w"),
    ("w", "vv"),
    ("h", "b"),
    ("u", "v"),
    ("nn", "m"),
];
/// What an ear takes for the same.
const HEARD: &[(&str, &str)] = &[
    ("ph", "f"),
    ("f", "ph"),
    ("ck", "k"),
    ("k", "c"),
    ("c", "k"),
    ("ee", "ea"),
    ("ea", "ee"),
    ("ie", "y"),
    ("y", "ie"),
    ("ey", "y"),
    ("i", "y"),
    ("ou", "oo"),
    ("aw", "or"),
    ("ss", "s"),
    ("ll", "l"),
    ("tt", "t"),
    ("nn", "n"),
    ("rr", "r"),
    ("s", "z"),
    ("z", "s"),
    ("x", "cks"),
    ("gh", ""),
    ("e", "a"),
    ("a", "e"),
    ("o", "u"),
    ("sh", "sch"),
    ("w", "v"),
    ("j", "g"),
    ("kn", "n"),
    ("wr", "r"),
    ("mb", "m"),
    ("th", "t"),
];
const STREET_KINDS: &[(&str, &str)] = &[
    ("Road", "Rd"),
    ("Street", "St"),
    ("Avenue", "Ave"),
    ("Lane", "Ln"),
    ("Close", "Cl"),
    ("Drive", "Dr"),
    ("Gardens", "Gdns"),
    ("Court", "Ct"),
    ("Crescent", "Cres"),
];
/// Letters and digits that are taken for one another in codes.
const ALIKE: &[(char, char)] = &[
    ('0', 'O'),
    ('O', '0'),
    ('1', 'I'),
    ('I', '1'),
    ('5', 'S'),
    ('S', '5'),
    ('8', 'B'),
    ('B', '8'),
    ('2', 'Z'),
    ('Z', '2'),
];

/// A name with one slip in it.
pub(crate) fn misspelt(name: &str, dice: &mut Dice) -> String {
    match dice.below(10) {
        0..=2 => heard(name, dice),
        3 | 4 => replaced(name, MISREAD, dice),
        _ => mistyped(name, dice),
    }
}

fn heard(name: &str, dice: &mut Dice) -> String {
    replaced(name, HEARD, dice)
}

/// One of the replacements that fit, at one of the places where it fits; a slip of the fingers where none does.
fn replaced(name: &str, by: &[(&str, &str)], dice: &mut Dice) -> String {
    let lower = name.to_lowercase();
    let begin = dice.below(by.len());
    for step in 0..by.len() {
        let (from, to) = by[(begin + step) % by.len()];
        let places: Vec<usize> = lower.match_indices(from).map(|(at, _)| at).collect();
        // Lower case may have other lengths than the name in some scripts; those names are left to the fingers.
        if places.is_empty() || lower.len() != name.len() {
            continue;
        }
        let at = *dice.one(&places);
        return format!("{}{to}{}", &lower[..at], &lower[at + from.len()..]);
    }
    mistyped(name, dice)
}

fn mistyped(name: &str, dice: &mut Dice) -> String {
    let mut letters: Vec<char> = name.chars().collect();
    if letters.len() < 2 {
        return name.to_owned();
    }
    // The first letter is the one that is looked at.
    let at = if dice.chance(0.06) { 0 } else { 1 + dice.below(letters.len() - 1) };
    match dice.below(10) {
        0..=2 => letters[at] = neighbour(letters[at], dice),
        3 | 4 => drop(letters.remove(at)),
        5 | 6 => letters.insert(at, letters[at]),
        7 => letters.insert(at, neighbour(letters[at], dice)),
        _ if at + 1 < letters.len() => letters.swap(at, at + 1),
        _ => letters.swap(at - 1, at),
    }
    letters.into_iter().collect()
}

fn neighbour(letter: char, dice: &mut Dice) -> char {
    let lower = letter.to_ascii_lowercase();
    match KEYS.iter().find(|(key, _)| *key == lower) {
        Some((_, around)) => char::from(*dice.one(around.as_bytes())),
        None => 'e',
    }
}

/// A code (postcode, number of a house) with one character wrong.
pub(crate) fn miscoded(code: &str, dice: &mut Dice) -> String {
    let mut letters: Vec<char> = code.chars().collect();
    let at = dice.below(letters.len());
    let letter = letters[at];
    if letter == ' ' {
        letters.remove(at);
        return letters.into_iter().collect();
    }
    let alike = ALIKE.iter().find(|(from, _)| *from == letter).filter(|_| dice.chance(0.3));
    letters[at] = match alike {
        Some((_, to)) => *to,
        None if letter.is_ascii_digit() => char::from(b'0' + dice.below(10) as u8),
        None => neighbour(letter, dice).to_ascii_uppercase(),
    };
    if dice.chance(0.25) && at + 1 < letters.len() {
        letters[at] = letter;
        letters.swap(at, at + 1);
    }
    letters.into_iter().collect()
}

/// A day as somebody wrote it wrongly; always one that the calendar has.
pub(crate) fn misdated(day: Day, dice: &mut Dice) -> Day {
    for _ in 0..8 {
        let wrong = misdated_once(day, dice);
        if wrong != day && wrong.exists() && wrong.year <= crate::households::NOW {
            return wrong;
        }
    }
    Day { year: day.year - 1, day: day.day.min(28), ..day }
}

fn misdated_once(day: Day, dice: &mut Dice) -> Day {
    let Day { year, month, day: date } = day;
    match dice.below(20) {
        // The American way round.
        0..=4 => Day { year, month: date, day: month },
        5..=7 => Day { year: year + *dice.one(&[-1, 1]), ..day },
        8 | 9 => Day { year: year + *dice.one(&[-10, 10]), ..day },
        10 | 11 => Day { month: month + *dice.one(&[-1, 1]), ..day },
        12..=14 => Day { day: date + *dice.one(&[-1, 1]), ..day },
        15 => Day { day: date + *dice.one(&[-10, 10, -20]), ..day },
        16 => Day { day: date % 10 * 10 + date / 10, ..day },
        17 => Day { year: year - year % 100 + year % 10 * 10 + year / 10 % 10, ..day },
        18 => Day { year: year - year % 10 + dice.between(0, 9), ..day },
        _ => Day { day: dice.between(1, 28), ..day },
    }
}

/// An address as somebody else writes it: abbreviated, without its flat, with another number.
pub(crate) fn readdressed(address: &str, dice: &mut Dice) -> String {
    match dice.below(10) {
        0..=5 => match STREET_KINDS.iter().find(|(long, _)| address.ends_with(long)) {
            Some((long, short)) => format!("{}{short}", address.trim_end_matches(long)),
            None => address.to_owned(),
        },
        6 => match address.split_once(", ") {
            Some((_, rest)) => rest.to_owned(),
            None => address.to_owned(),
        },
        7 => match address.split_once(' ') {
            Some((number, rest)) if number.bytes().all(|byte| byte.is_ascii_digit()) => {
                format!("{} {rest}", miscoded(number, dice))
            }
            _ => address.to_owned(),
        },
        _ => match address.rsplit_once(' ') {
            Some((before, kind)) => match before.rsplit_once(' ') {
                Some((number, street)) => format!("{number} {} {kind}", misspelt(street, dice)),
                None => address.to_owned(),
            },
            None => address.to_owned(),
        },
    }
}
