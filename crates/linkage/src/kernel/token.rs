//! Words in common.

/// Most words of a text that are looked at.
const WORDS: usize = 64;

/// Shared words over all words, 0 to 1.
#[must_use]
pub(crate) fn jaccard(left: &str, right: &str) -> f64 {
    let (mut left, mut right) = (words(left), words(right));
    left.dedup();
    right.dedup();
    let shared = left.iter().filter(|word| right.binary_search(word).is_ok()).count();
    let all = left.len() + right.len() - shared;
    if all == 0 { 1.0 } else { shared as f64 / all as f64 }
}

/// The cosine of the counts of words, 0 to 1.
#[must_use]
pub(crate) fn cosine(left: &str, right: &str) -> f64 {
    let (left, right) = (counts(left), counts(right));
    if left == right {
        return 1.0;
    }
    let of = |word: &str| right.binary_search_by(|(other, _)| (*other).cmp(word)).map_or(0, |at| right[at].1);
    let dot: u32 = left.iter().map(|(word, count)| count * of(word)).sum();
    let square = |counts: &[(&str, u32)]| counts.iter().map(|(_, count)| count * count).sum::<u32>();
    let lengths = f64::from(square(&left)) * f64::from(square(&right));
    if lengths == 0.0 { 0.0 } else { (f64::from(dot) / lengths.sqrt()).min(1.0) }
}

fn words(text: &str) -> Vec<&str> {
    let mut words: Vec<&str> = text.split_whitespace().take(WORDS).collect();
    words.sort_unstable();
    words
}

fn counts(text: &str) -> Vec<(&str, u32)> {
    let mut counts: Vec<(&str, u32)> = Vec::new();
    for word in words(text) {
        match counts.last_mut() {
            Some((last, count)) if *last == word => *count += 1,
            _ => counts.push((word, 1)),
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn words_count_whatever_their_order() {
        assert_eq!(jaccard("flat 2 high street", "high street flat 2"), 1.0);
        assert_eq!(jaccard("a b", "b c"), 1.0 / 3.0);
        assert!((cosine("a a b", "a b") - 0.948_683).abs() < 1e-6);
    }

    proptest! {
        #[test]
        fn symmetric_bounded_and_one_on_identical(left in "[a-c ]{0,30}", right in "[a-c ]{0,30}") {
            for measure in [jaccard, cosine] {
                prop_assert!((0.0..=1.0).contains(&measure(&left, &right)));
                prop_assert_eq!(measure(&left, &right), measure(&right, &left));
                prop_assert_eq!(measure(&left, &left), 1.0);
            }
        }
    }
}
