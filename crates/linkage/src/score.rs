//! Scoring: a weight for every compared pair, lowered by what competes with it.

mod weigh;

pub(crate) use weigh::Weigher;

use rayon::prelude::*;

use crate::Result;
use crate::data::{Data, Mode};
use crate::error::LinkageError;
use crate::hash;
use crate::spec::Spec;
use crate::store::{Compared, PAIR_BYTES, Room, ShardPairs};

/// Pairs below what is kept that are shown as examples.
const BELOW: u64 = 48;
/// The bins of the histogram of weights, in bits.
pub(crate) const BINS: std::ops::Range<i32> = -64..64;

/// Stands for the rule of a pair that no rule made.
pub(crate) const NO_RULE: u32 = u32::MAX;

/// A pair that is kept.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Judged {
    pub(crate) left: u32,
    pub(crate) right: u32,
    pub(crate) pattern: u64,
    /// log2 of the odds before competition.
    pub(crate) base: f64,
    /// What the runner-up of either record takes away, at most 0.
    pub(crate) competition: f32,
    /// The rule that made it.
    pub(crate) rule: u32,
}

impl Judged {
    /// log2 of the odds.
    pub(crate) fn weight(&self) -> f64 {
        self.base + f64::from(self.competition)
    }

    /// The probability of a match.
    pub(crate) fn probability(&self) -> f64 {
        probability(self.weight())
    }
}

/// The probability of a weight.
pub(crate) fn probability(weight: f64) -> f64 {
    1.0 / (1.0 + (-weight).exp2())
}

/// The weight of a probability.
pub(crate) fn weight(probability: f64) -> f64 {
    (probability / (1.0 - probability).max(f64::MIN_POSITIVE)).log2()
}

/// All pairs, judged.
#[derive(Debug)]
pub(crate) struct Scores {
    /// Kept pairs, by left row and right row.
    pub(crate) kept: Vec<Judged>,
    /// A few that are not kept.
    pub(crate) below: Vec<Judged>,
    /// All pairs by weight before competition.
    pub(crate) histogram: Vec<u64>,
}

/// Scores every shard's pairs; they are given up on the way.
pub(crate) fn score(
    spec: &Spec,
    data: &Data,
    weigher: &Weigher<'_>,
    room: &Room,
    shards: Vec<(usize, ShardPairs)>,
) -> Result<Scores> {
    let total: u64 = shards.iter().map(|(_, pairs)| pairs.len()).sum();
    let part = |(rule, pairs): (usize, ShardPairs)| one(spec, data, weigher, rule as u32, &pairs, total);
    let parts: Vec<Scores> = shards.into_par_iter().map(part).collect::<Result<_>>()?;
    let mut scores = Scores { kept: Vec::new(), below: Vec::new(), histogram: vec![0; BINS.len()] };
    let kept: usize = parts.iter().map(|part| part.kept.len()).sum();
    // Those that are kept take the place of those that were compared.
    let given_up = total.saturating_mul(PAIR_BYTES as u64);
    let limit = room.left().saturating_add(given_up) / size_of::<Judged>() as u64;
    if kept as u64 > limit {
        return Err(LinkageError::Spec(format!(
            "{kept} pairs reach scoring.keep, and {limit} fit into limits.memory_mb: raise one of them"
        )));
    }
    scores.kept.reserve_exact(kept);
    for part in parts {
        scores.kept.extend(part.kept);
        scores.below.extend(part.below);
        scores.histogram.iter_mut().zip(part.histogram).for_each(|(all, some)| *all += some);
    }
    if spec.scoring.competition.unwrap_or(data.mode == Mode::Link) {
        compete(data, &mut scores.kept);
    }
    let floor = weight(spec.scoring.keep);
    scores.kept.retain(|pair| pair.weight() >= floor);
    scores.kept.par_sort_unstable_by_key(|pair| (pair.left, pair.right));
    scores.below.truncate(2 * BELOW as usize);
    Ok(scores)
}

fn one(spec: &Spec, data: &Data, weigher: &Weigher<'_>, rule: u32, pairs: &ShardPairs, total: u64) -> Result<Scores> {
    let mut scores = Scores { kept: Vec::new(), below: Vec::new(), histogram: vec![0; BINS.len()] };
    let floor = weight(spec.scoring.keep);
    let example = u64::MAX / total.max(1) * BELOW.min(total);
    pairs.for_each(|pair| {
        let base = weigher.weight(data, pair);
        scores.histogram[bin(base)] += 1;
        let judged = |base| {
            let Compared { left, right, pattern } = pair;
            Judged { left, right, pattern, base, competition: 0.0, rule }
        };
        if base >= floor {
            scores.kept.push(judged(base));
        } else if hash::random(u64::from(pair.left), u64::from(pair.right)) < example {
            scores.below.push(judged(base));
        }
        Ok(())
    })?;
    scores.kept.shrink_to_fit();
    Ok(scores)
}

/// The histogram's bin of a weight.
pub(crate) fn bin(weight: f64) -> usize {
    let bin = weight.floor().clamp(f64::from(BINS.start), f64::from(BINS.end - 1));
    (bin as i32 - BINS.start) as usize
}

/// The two heaviest pairs of a record.
#[derive(Clone, Copy)]
struct Best {
    first: f64,
    second: f64,
}

/// A record is one person: if two pairs claim it, at most one of them is right. Each pair's odds are shared with the
/// runner-up of either record; which pair that is depends on no order.
fn compete(data: &Data, pairs: &mut [Judged]) {
    let mut best = vec![Best { first: f64::NEG_INFINITY, second: f64::NEG_INFINITY }; data.rows];
    for pair in pairs.iter() {
        for row in [pair.left, pair.right] {
            let best = &mut best[row as usize];
            if pair.base > best.first {
                best.second = best.first;
                best.first = pair.base;
            } else {
                best.second = best.second.max(pair.base);
            }
        }
    }
    let rival = |row: u32, weight: f64| {
        let best = best[row as usize];
        if weight >= best.first { best.second } else { best.first }
    };
    for pair in pairs {
        let odds = rival(pair.left, pair.base).exp2() + rival(pair.right, pair.base).exp2();
        pair.competition = -(odds.ln_1p() / std::f64::consts::LN_2) as f32;
    }
}
