//! Jaro and Jaro–Winkler similarity.

use super::{MEASURED, Positions, characters, fits_word};

/// Weight of each agreeing first character, and how many count.
const WINKLER: f64 = 0.1;
const PREFIX: usize = 4;

/// Jaro similarity, 0 to 1.
#[must_use]
pub(crate) fn jaro(left: &str, right: &str, positions: &mut Positions) -> f64 {
    if left == right {
        return 1.0;
    }
    if left.is_empty() || right.is_empty() {
        return 0.0;
    }
    if fits_word(left, right) {
        return short(left.as_bytes(), right.as_bytes(), positions);
    }
    long(&characters(left), &characters(right))
}

/// Jaro–Winkler similarity, 0 to 1: agreement at the start counts for more. The prefix counts at any similarity, as
/// in the databases that analysts know.
#[must_use]
pub(crate) fn jaro_winkler(left: &str, right: &str, positions: &mut Positions) -> f64 {
    let jaro = jaro(left, right, positions);
    let prefix = left.chars().zip(right.chars()).take(PREFIX).take_while(|(l, r)| l == r).count();
    if jaro > 0.7 { jaro + prefix as f64 * WINKLER * (1.0 - jaro) } else { jaro }
}

fn window(left: usize, right: usize) -> usize {
    (left.max(right) / 2).saturating_sub(1)
}

fn similarity(matches: usize, transposed: usize, left: usize, right: usize) -> f64 {
    if matches == 0 {
        return 0.0;
    }
    let matched = matches as f64;
    let halves = (transposed / 2) as f64;
    (matched / left as f64 + matched / right as f64 + (matched - halves) / matched) / 3.0
}

/// Bit-parallel: the free positions of a character within the window are one word.
fn short(left: &[u8], right: &[u8], positions: &mut Positions) -> f64 {
    // The longer stands first, so that the result does not depend on who is left.
    let (left, right) = if (left.len(), left) >= (right.len(), right) { (left, right) } else { (right, left) };
    positions.mark(right);
    let window = window(left.len(), right.len());
    let (mut used, mut matched) = (0_u64, 0_u64);
    for (place, byte) in left.iter().enumerate() {
        let high = place + window + 1;
        let below = if high >= 64 { u64::MAX } else { (1 << high) - 1 };
        let low = place.saturating_sub(window);
        let above = if low >= 64 { 0 } else { u64::MAX << low };
        let free = positions.of(*byte) & below & above & !used;
        if free != 0 {
            used |= free & free.wrapping_neg();
            matched |= 1 << place;
        }
    }
    positions.clear(right);
    let matches = matched.count_ones() as usize;
    let mut transposed = 0;
    let (mut from, mut to) = (matched, used);
    while from != 0 && to != 0 {
        let differs = left[from.trailing_zeros() as usize] != right[to.trailing_zeros() as usize];
        transposed += usize::from(differs);
        from &= from - 1;
        to &= to - 1;
    }
    similarity(matches, transposed, left.len(), right.len())
}

fn long(left: &[char], right: &[char]) -> f64 {
    let (left, right) = if (left.len(), left) >= (right.len(), right) { (left, right) } else { (right, left) };
    let window = window(left.len(), right.len());
    let mut used = [false; MEASURED];
    let mut matched = Vec::new();
    for (place, c) in left.iter().enumerate() {
        let low = place.saturating_sub(window);
        let high = (place + window + 1).min(right.len());
        if let Some(at) = (low..high).find(|at| !used[*at] && right[*at] == *c) {
            used[at] = true;
            matched.push(*c);
        }
    }
    let other = right.iter().zip(used).filter_map(|(c, used)| used.then_some(c));
    let transposed = matched.iter().zip(other).filter(|(l, r)| l != r).count();
    similarity(matched.len(), transposed, left.len(), right.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_known_examples_come_out() {
        let mut positions = Positions::new();
        for (left, right, jaro_is, winkler_is) in [
            ("martha", "marhta", 0.944_444, 0.961_111),
            ("dixon", "dicksonx", 0.766_667, 0.813_333),
            ("jellyfish", "smellyfish", 0.896_296, 0.896_296),
            ("a", "b", 0.0, 0.0),
            ("", "b", 0.0, 0.0),
        ] {
            assert!((jaro(left, right, &mut positions) - jaro_is).abs() < 1e-6, "{left}");
            assert!((jaro_winkler(left, right, &mut positions) - winkler_is).abs() < 1e-6, "{left}");
        }
    }

    proptest! {
        #[test]
        fn symmetric_bounded_and_one_on_identical(left in "[a-d é]{0,80}", right in "[a-d é]{0,80}") {
            let mut positions = Positions::new();
            for measure in [jaro, jaro_winkler] {
                let there = measure(&left, &right, &mut positions);
                prop_assert!((0.0..=1.0).contains(&there));
                prop_assert_eq!(there.to_bits(), measure(&right, &left, &mut positions).to_bits());
                prop_assert_eq!(measure(&left, &left, &mut positions), 1.0);
            }
        }

        #[test]
        fn the_bit_parallel_way_agrees_with_the_plain_one(left in "[a-d]{1,64}", right in "[a-d]{1,64}") {
            let mut positions = Positions::new();
            let quick = jaro(&left, &right, &mut positions);
            let plain = if left == right { 1.0 } else { long(&characters(&left), &characters(&right)) };
            prop_assert_eq!(quick.to_bits(), plain.to_bits());
        }
    }
}
