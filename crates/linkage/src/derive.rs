//! What is made of a value for a key or an equality: prefixes, sounds, years, districts, as 64-bit hashes.
//!
//! Done once per distinct value.

use crate::clean::Date;
use crate::hash;
use crate::kernel::{metaphone::metaphone, nickname, soundex::soundex};
use crate::spec::expression::Derive;
use crate::table::SEVERAL;

/// The hash of what is made of a value; 0 when nothing can be made of it.
pub(crate) fn derive(derive: Derive, value: &str) -> u64 {
    use Derive as D;
    let text = |text: &str| if text.is_empty() { 0 } else { hash::text(text) };
    match derive {
        D::Whole => hash::text(value),
        D::Prefix(count) => text(prefix(value, count)),
        D::Suffix(count) => text(suffix(value, count)),
        D::Soundex => soundex(value).map_or(0, |code| hash::text(&code)),
        D::Metaphone => metaphone(value).map_or(0, |code| hash::text(&code)),
        D::Nickname => text(nickname::formal(value)),
        // A sum, so that the words of several columns can be added up in any order.
        D::SortedTokens => value.split_whitespace().map(hash::text).fold(0, u64::wrapping_add),
        D::FirstToken => text(value.split_whitespace().next().unwrap_or_default()),
        D::LastToken => text(value.split_whitespace().next_back().unwrap_or_default()),
        D::Digits => text(&value.chars().filter(char::is_ascii_digit).collect::<String>()),
        D::Year | D::Month | D::Day | D::DayMonth => Date::read(value).map_or(0, |date| part(derive, date)),
        D::Sector => value.len().checked_sub(2).map_or(0, |end| text(value.get(..end).unwrap_or_default())),
        D::District => text(value.split(' ').next().unwrap_or_default()),
        D::Area => text(value.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default()),
        D::Round(decimals) => rounded(value, decimals).map_or(0, |text| hash::text(&text)),
    }
}

/// All of them for a value that may be several values; each once.
pub(crate) fn derive_all(how: Derive, value: &str) -> Vec<u64> {
    let mut made: Vec<u64> = value.split(SEVERAL).map(|one| derive(how, one)).filter(|hash| *hash != 0).collect();
    made.sort_unstable();
    made.dedup();
    made
}

/// The text itself, for those who look at the keys of a rule: what is made of one value.
fn prefix(value: &str, count: u8) -> &str {
    let end = value.char_indices().nth(count.into()).map_or(value.len(), |(end, _)| end);
    &value[..end]
}

fn suffix(value: &str, count: u8) -> &str {
    let skip = value.chars().count().saturating_sub(count.into());
    let start = value.char_indices().nth(skip).map_or(value.len(), |(start, _)| start);
    &value[start..]
}

fn part(derive: Derive, date: Date) -> u64 {
    let (first, second) = (date.day.min(date.month), date.day.max(date.month));
    let number = match derive {
        Derive::Year => u64::from(date.year),
        Derive::Month => u64::from(date.month),
        Derive::Day => u64::from(date.day),
        _ => (u64::from(date.year) << 16) | (u64::from(first) << 8) | u64::from(second),
    };
    hash::mix(number)
}

fn rounded(value: &str, decimals: u8) -> Option<String> {
    let decimals = usize::from(decimals.min(12));
    let numbers: Option<Vec<String>> = value
        .split(',')
        .map(|number| {
            let number: f64 = number.parse().ok()?;
            // Adding nothing turns −0 into 0.
            let scale = 10_f64.powi(decimals as i32);
            Some(format!("{:.decimals$}", (number * scale).round() / scale + 0.0))
        })
        .collect();
    Some(numbers?.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_made_of_like_values_is_the_same() {
        for (how, left, right) in [
            (Derive::Prefix(3), "smith", "smiley"),
            (Derive::Suffix(2), "zoë", "noë"),
            (Derive::Nickname, "bill", "william"),
            (Derive::SortedTokens, "anna maria", "maria anna"),
            (Derive::FirstToken, "anna maria", "anna"),
            (Derive::Year, "2001-12-31", "2001-01-01"),
            (Derive::DayMonth, "2001-12-03", "2001-03-12"),
            (Derive::Sector, "SW1A 1AA", "SW1A 1ZZ"),
            (Derive::District, "SW1A 1AA", "SW1A 2AA"),
            (Derive::Area, "SW1A 1AA", "SW9 2AA"),
            (Derive::Round(1), "51.51,-0.01", "51.49,0.04"),
            (Derive::Digits, "12a high street", "flat 12"),
        ] {
            assert_eq!(derive(how, left), derive(how, right), "{how:?}");
            assert_ne!(derive(how, left), 0, "{how:?}");
        }
        assert_eq!(derive(Derive::Digits, "high street"), 0);
        assert_ne!(derive(Derive::Sector, "SW1A 1AA"), derive(Derive::Sector, "SW1A 2AA"));
    }
}
