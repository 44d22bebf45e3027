//! Clerical review: which pairs a person should look at, and what their answers say about all the others.
//!
//! Pairs are drawn within bands of probability, more where the program is unsure and where many pairs are. Within a band
//! chance decides, so that the share found there holds for the whole band. It must never know who answers, or how.

mod interval;
mod labels;

use std::collections::HashMap;

pub use interval::Interval;
pub use labels::Labels;

use crate::hash;

/// Upper ends of the bands; narrow where a threshold is likely to lie.
const ENDS: [f64; 10] = [0.05, 0.2, 0.4, 0.6, 0.8, 0.9, 0.95, 0.99, 0.999, 1.0];
/// A band is known from at least so many pairs, or from all it has.
const AT_LEAST: u64 = 8;

/// Pairs of similar probability.
#[derive(Debug, Clone, PartialEq)]
pub struct Band {
    /// Its pairs have at most this probability, and more than the band before.
    pub to: f64,
    /// So many.
    pub pairs: u64,
    /// The sum of their probabilities: the matches that the program expects among them.
    pub expected: f64,
}

/// The bands that these probabilities fill.
#[must_use]
pub fn bands(probabilities: &[f64]) -> Vec<Band> {
    let mut bands: Vec<Band> = ENDS.iter().map(|&to| Band { to, pairs: 0, expected: 0.0 }).collect();
    for &probability in probabilities {
        let band = &mut bands[band_of(probability)];
        band.pairs += 1;
        band.expected += probability;
    }
    bands
}

/// The band of a probability.
fn band_of(probability: f64) -> usize {
    ENDS.iter().position(|end| probability <= *end).unwrap_or(ENDS.len() - 1)
}

/// The pairs to look at, by their position, at most `wanted` and a few: bands take turns, so that whoever stops early has
/// seen something of each. The same pairs and the same `wanted` give the same sample.
#[must_use]
pub fn sample(pairs: &[(&str, &str, f64)], wanted: usize) -> Vec<usize> {
    let probabilities: Vec<f64> = pairs.iter().map(|pair| pair.2).collect();
    let shares = allotted(&bands(&probabilities), wanted);
    let mut drawn: Vec<Vec<(u64, usize)>> = vec![Vec::new(); ENDS.len()];
    for (at, (left, right, probability)) in pairs.iter().enumerate() {
        drawn[band_of(*probability)].push((hash::text(&format!("{left}\u{1f}{right}")), at));
    }
    for (band, share) in drawn.iter_mut().zip(shares) {
        band.sort_unstable();
        band.truncate(share);
    }
    let longest = drawn.iter().map(Vec::len).max().unwrap_or(0);
    (0..longest).flat_map(|turn| drawn.iter().filter_map(move |band| band.get(turn).map(|it| it.1))).collect()
}

/// How many of each band: by its size and by how unsure its pairs are, because there an answer tells most (Neyman).
fn allotted(bands: &[Band], wanted: usize) -> Vec<usize> {
    let unsure = |band: &Band| {
        let share = if band.pairs == 0 { 0.0 } else { band.expected / band.pairs as f64 };
        // A band that the program calls certain may hold its worst mistakes: never nothing.
        band.pairs as f64 * (share * (1.0 - share)).max(0.01).sqrt()
    };
    let all: f64 = bands.iter().map(unsure).sum();
    let share = |band: &Band| {
        let part = if all > 0.0 { (wanted as f64 * unsure(band) / all).round() as u64 } else { 0 };
        part.max(AT_LEAST).min(band.pairs) as usize
    };
    bands.iter().map(share).collect()
}

/// What somebody said of a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// The same person.
    Same,
    /// Two people.
    Different,
    /// It cannot be said from what stands there; counted for neither.
    Unsure,
}

impl Answer {
    /// The word in a file of labels.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Different => "different",
            Self::Unsure => "unsure",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn read(word: &str) -> Option<Self> {
        [Self::Same, Self::Different, Self::Unsure].into_iter().find(|it| it.word() == word)
    }
}

/// What the answers say about all pairs, linked at a threshold.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// Answers that were used.
    pub answers: u64,
    /// Answers "unsure".
    pub unsure: u64,
    /// The share of linked pairs that is right.
    pub precision: Option<Interval>,
    /// The share of matches that is linked, among those that the program kept at all: what no blocking rule made, or what
    /// was not kept, nobody was asked about.
    pub recall: Option<Interval>,
    /// Bands with pairs about which nobody was asked: there the program's own probabilities stand in.
    pub bands_unasked: u64,
}

/// Judges all pairs by the answers on some. A band that the threshold cuts is judged on each side of it.
#[must_use]
pub fn judge(pairs: &[(&str, &str, f64)], answers: &HashMap<(&str, &str), Answer>, threshold: f64) -> Judgement {
    let mut strata: HashMap<(usize, bool), Stratum> = HashMap::new();
    let mut judgement = Judgement { answers: 0, unsure: 0, precision: None, recall: None, bands_unasked: 0 };
    for (left, right, probability) in pairs {
        let stratum = strata.entry((band_of(*probability), *probability >= threshold)).or_default();
        stratum.pairs += 1.0;
        stratum.expected += probability;
        match answers.get(&(left, right)) {
            Some(Answer::Unsure) => judgement.unsure += 1,
            Some(answer) => {
                stratum.asked += 1.0;
                stratum.same += f64::from(u8::from(*answer == Answer::Same));
                judgement.answers += 1;
            }
            None => {}
        }
    }
    judgement.bands_unasked = strata.values().filter(|stratum| stratum.asked == 0.0).count() as u64;
    let side = |linked: bool| {
        let mut sum = Total::default();
        let mut keys: Vec<_> = strata.keys().filter(|key| key.1 == linked).collect();
        keys.sort_unstable();
        keys.iter().for_each(|key| sum.add(&strata[key]));
        sum
    };
    let (above, below) = (side(true), side(false));
    if above.pairs > 0.0 && judgement.answers > 0 {
        judgement.precision =
            Some(Interval::of(above.matches / above.pairs, above.variance / above.pairs.powi(2), above.asked));
    }
    let matches = above.matches + below.matches;
    if matches > 0.0 && judgement.answers > 0 {
        // The delta method for a share of two sums that know nothing of each other.
        let variance =
            (below.matches.powi(2) * above.variance + above.matches.powi(2) * below.variance) / matches.powi(4);
        judgement.recall = Some(Interval::of(above.matches / matches, variance, above.asked + below.asked));
    }
    judgement
}

/// Pairs that are judged together.
#[derive(Debug, Default)]
struct Stratum {
    pairs: f64,
    expected: f64,
    asked: f64,
    same: f64,
}

/// Several strata as one.
#[derive(Debug, Default)]
struct Total {
    pairs: f64,
    asked: f64,
    matches: f64,
    variance: f64,
}

impl Total {
    fn add(&mut self, stratum: &Stratum) {
        let share = if stratum.asked > 0.0 { stratum.same / stratum.asked } else { stratum.expected / stratum.pairs };
        // Where all answers are alike, one more of each kind keeps the variance from being nothing.
        let careful = (stratum.same + 1.0) / (stratum.asked + 2.0);
        let left = 1.0 - (stratum.asked / stratum.pairs).min(1.0);
        self.pairs += stratum.pairs;
        self.asked += stratum.asked;
        self.matches += stratum.pairs * share;
        self.variance += stratum.pairs.powi(2) * careful * (1.0 - careful) / (stratum.asked + 2.0) * left;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pairs of which those with an even number are matches as often as their probability says.
    fn pairs(count: usize) -> Vec<(String, String, f64)> {
        (0..count).map(|at| (format!("a{at}"), format!("b{at}"), (at as f64 + 0.5) / count as f64)).collect()
    }

    fn borrowed(pairs: &[(String, String, f64)]) -> Vec<(&str, &str, f64)> {
        pairs.iter().map(|(left, right, p)| (left.as_str(), right.as_str(), *p)).collect()
    }

    #[test]
    fn a_sample_sees_every_band_and_most_of_the_unsure_ones() {
        let owned = pairs(10_000);
        let all = borrowed(&owned);
        let drawn = sample(&all, 200);
        assert_eq!(drawn, sample(&all, 200), "the same again");
        assert!((190..260).contains(&drawn.len()), "{}", drawn.len());
        let mut seen = bands(&drawn.iter().map(|at| all[*at].2).collect::<Vec<_>>());
        assert!(seen.iter().all(|band| band.pairs >= 8), "{seen:?}");
        // The first ten are of ten bands.
        seen = bands(&drawn.iter().take(10).map(|at| all[*at].2).collect::<Vec<_>>());
        assert!(seen.iter().all(|band| band.pairs == 1), "{seen:?}");
    }

    #[test]
    fn answers_on_some_say_how_right_all_are() {
        let owned = pairs(20_000);
        let all = borrowed(&owned);
        // Truth by a hash, with the pair's own probability.
        let same = |at: usize| (hash::text(&format!("truth {at}")) % 1_000_000) as f64 / 1e6 < all[at].2;
        let answers: HashMap<_, _> = sample(&all, 600)
            .into_iter()
            .map(|at| ((all[at].0, all[at].1), if same(at) { Answer::Same } else { Answer::Different }))
            .collect();
        let linked: Vec<usize> = (0..all.len()).filter(|at| all[*at].2 >= 0.7).collect();
        let right = linked.iter().filter(|at| same(**at)).count() as f64;
        let matches = (0..all.len()).filter(|at| same(*at)).count() as f64;
        let judgement = judge(&all, &answers, 0.7);
        let precision = judgement.precision.expect("answers");
        let recall = judgement.recall.expect("answers");
        let truth = right / linked.len() as f64;
        assert!(precision.low <= truth && truth <= precision.high, "{precision:?} {truth}");
        assert!(precision.high - precision.low < 0.15, "{precision:?}");
        assert!(recall.low <= right / matches && right / matches <= recall.high, "{recall:?} {}", right / matches);
        assert_eq!(judgement.bands_unasked, 0);
    }

    #[test]
    fn nothing_is_claimed_without_an_answer() {
        let owned = pairs(100);
        let judgement = judge(&borrowed(&owned), &HashMap::new(), 0.5);
        assert_eq!((judgement.precision, judgement.recall), (None, None));
        assert_eq!(Answer::read("same"), Some(Answer::Same));
        assert_eq!(Answer::read("maybe"), None);
    }
}
