//! Edits between two texts: Levenshtein and Damerau (optimal string alignment).

use super::{Positions, characters, fits_word};

/// Insertions, deletions and substitutions from one text to the other.
#[must_use]
pub(crate) fn levenshtein(left: &str, right: &str, positions: &mut Positions) -> usize {
    edits(left, right, positions, false)
}

/// The same, a swap of neighbours counting as one.
#[must_use]
pub(crate) fn damerau(left: &str, right: &str, positions: &mut Positions) -> usize {
    edits(left, right, positions, true)
}

fn edits(left: &str, right: &str, positions: &mut Positions, swaps: bool) -> usize {
    if left == right {
        return 0;
    }
    if fits_word(left, right) {
        return short(left.as_bytes(), right.as_bytes(), positions, swaps);
    }
    long(&characters(left), &characters(right), swaps)
}

/// Hyyrö's bit-parallel column (2003): one word holds the differences down a whole column.
fn short(left: &[u8], right: &[u8], positions: &mut Positions, swaps: bool) -> usize {
    if left.is_empty() || right.is_empty() {
        return left.len().max(right.len());
    }
    positions.mark(left);
    let last = 1_u64 << (left.len() - 1);
    let (mut plus, mut minus) = (u64::MAX, 0_u64);
    let (mut diagonal, mut before) = (0_u64, 0_u64);
    let mut distance = left.len();
    for byte in right {
        let here = positions.of(*byte);
        let swap = if swaps { ((!diagonal & here) << 1) & before } else { 0 };
        diagonal = ((here & plus).wrapping_add(plus) ^ plus) | here | minus | swap;
        let up = minus | !(diagonal | plus);
        let down = diagonal & plus;
        distance += usize::from(up & last != 0);
        distance -= usize::from(down & last != 0);
        let up = (up << 1) | 1;
        plus = (down << 1) | !(diagonal | up);
        minus = up & diagonal;
        before = here;
    }
    positions.clear(left);
    distance
}

fn long(left: &[char], right: &[char], swaps: bool) -> usize {
    let mut two_back = vec![0; right.len() + 1];
    let mut back: Vec<usize> = (0..=right.len()).collect();
    let mut row = back.clone();
    for (i, l) in left.iter().enumerate() {
        row[0] = i + 1;
        for (j, r) in right.iter().enumerate() {
            let mut best = (back[j] + usize::from(l != r)).min(back[j + 1] + 1).min(row[j] + 1);
            if swaps && i > 0 && j > 0 && *l == right[j - 1] && left[i - 1] == *r {
                best = best.min(two_back[j - 1] + 1);
            }
            row[j + 1] = best;
        }
        std::mem::swap(&mut two_back, &mut back);
        std::mem::swap(&mut back, &mut row);
    }
    back[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_known_examples_come_out() {
        let mut positions = Positions::new();
        for (left, right, plain, swapped) in
            [("kitten", "sitting", 3, 3), ("ab", "ba", 2, 1), ("", "abc", 3, 3), ("ca", "abc", 3, 3)]
        {
            assert_eq!(levenshtein(left, right, &mut positions), plain, "{left}");
            assert_eq!(damerau(left, right, &mut positions), swapped, "{left}");
        }
    }

    proptest! {
        #[test]
        fn symmetric_bounded_and_nothing_on_identical(left in "[a-c é]{0,80}", right in "[a-c é]{0,80}") {
            let mut positions = Positions::new();
            for measure in [levenshtein, damerau] {
                let there = measure(&left, &right, &mut positions);
                prop_assert!(there <= left.chars().count().max(right.chars().count()));
                prop_assert_eq!(there, measure(&right, &left, &mut positions));
                prop_assert_eq!(measure(&left, &left, &mut positions), 0);
            }
        }

        #[test]
        fn the_bit_parallel_way_agrees_with_the_plain_one(left in "[a-c]{0,64}", right in "[a-c]{0,64}") {
            let mut positions = Positions::new();
            for swaps in [false, true] {
                let plain = long(&characters(&left), &characters(&right), swaps);
                prop_assert_eq!(edits(&left, &right, &mut positions, swaps), plain);
            }
        }
    }
}
