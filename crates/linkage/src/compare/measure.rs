//! Two values against the tests of one operand.

use crate::clean::Date;
use crate::compare::compile::{Group, Operand};
use crate::data::Data;
use crate::kernel::{self, Positions};
use crate::keys::Derived;
use crate::spec::expression::{Derive, Measure};
use crate::table::SEVERAL;

/// The bits of the tests that two values pass; of several values, the closest pair counts for each test.
pub(super) fn tests(
    operand: &Operand,
    data: &Data,
    derived: &Derived,
    left: u32,
    right: u32,
    positions: &mut Positions,
) -> u64 {
    let columns = (&data.columns[operand.left], &data.columns[operand.right]);
    let (Some(l), Some(r)) = (columns.0.values.get(left), columns.1.values.get(right)) else { return 0 };
    if columns.0.several || columns.1.several {
        return several(operand, l, r, positions);
    }
    let mut bits = 0;
    for group in &operand.groups {
        match group {
            Group::Same(Derive::Whole, bit) if operand.left == operand.right => {
                bits |= if left == right { *bit } else { 0 };
            }
            Group::Same(how, bit) => {
                let made = derived.of(*how, operand.left)[left as usize];
                let same = made != 0 && made == derived.of(*how, operand.right)[right as usize];
                bits |= if same { *bit } else { 0 };
            }
            Group::Within(measure, bounds) => bits |= within(*measure, bounds, l, r, positions),
        }
    }
    bits
}

fn several(operand: &Operand, left: &str, right: &str, positions: &mut Positions) -> u64 {
    let mut bits = 0;
    for l in left.split(SEVERAL) {
        for r in right.split(SEVERAL) {
            for group in &operand.groups {
                match group {
                    Group::Same(how, bit) => {
                        let made = crate::derive::derive(*how, l);
                        bits |= if made != 0 && made == crate::derive::derive(*how, r) { *bit } else { 0 };
                    }
                    Group::Within(measure, bounds) => bits |= within(*measure, bounds, l, r, positions),
                }
            }
        }
    }
    bits
}

fn within(measure: Measure, bounds: &[(f64, u64)], left: &str, right: &str, positions: &mut Positions) -> u64 {
    let Some(measured) = value(measure, left, right, positions) else { return 0 };
    let similar = measure.is_similarity() || measure.is_plain();
    let passes = |bound: f64| if similar { measured >= bound } else { measured <= bound };
    bounds.iter().filter(|(bound, _)| passes(*bound)).fold(0, |bits, (_, bit)| bits | bit)
}

/// The measure of two values; nothing where one cannot be measured.
fn value(measure: Measure, left: &str, right: &str, positions: &mut Positions) -> Option<f64> {
    use Measure as M;
    let plain = |holds: bool| Some(f64::from(u8::from(holds)));
    match measure {
        M::Jaro => Some(kernel::jaro(left, right, positions)),
        M::JaroWinkler => Some(kernel::jaro_winkler(left, right, positions)),
        M::Levenshtein => Some(kernel::levenshtein(left, right, positions) as f64),
        M::Damerau => Some(kernel::damerau(left, right, positions) as f64),
        M::Jaccard => Some(kernel::jaccard(left, right)),
        M::Cosine => Some(kernel::cosine(left, right)),
        M::Nickname => plain(kernel::nickname::same(left, right)),
        M::Contains => plain(left.contains(right) || right.contains(left)),
        M::Transposed => plain(kernel::transposed(date(left)?, date(right)?)),
        M::FirstOfJanuary => plain(kernel::first_of_january(date(left)?, date(right)?)),
        M::Days => Some(kernel::days(date(left)?, date(right)?)),
        M::Months => Some(kernel::months(date(left)?, date(right)?)),
        M::Years => Some(kernel::years(date(left)?, date(right)?)),
        M::Difference => Some((number(left)? - number(right)?).abs()),
        M::Relative => Some(kernel::relative(number(left)?, number(right)?)),
        M::Kilometres => Some(kernel::kilometres(place(left)?, place(right)?)),
    }
}

/// A date as cleaning wrote it.
fn date(text: &str) -> Option<Date> {
    let bytes = text.as_bytes();
    if bytes.len() != 10 {
        return None;
    }
    let digits =
        |range: std::ops::Range<usize>| bytes[range].iter().fold(0, |n, b| n * 10 + u16::from(b.wrapping_sub(b'0')));
    Date::new(digits(0..4), digits(5..7) as u8, digits(8..10) as u8)
}

fn number(text: &str) -> Option<f64> {
    text.parse().ok()
}

fn place(text: &str) -> Option<(f64, f64)> {
    let (latitude, longitude) = text.split_once(',')?;
    Some((number(latitude)?, number(longitude)?))
}
