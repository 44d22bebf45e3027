//! The work of one shard: making its pairs, comparing each once, counting what was seen.
//!
//! The same function on one thread, on many and in another process.

use std::sync::Mutex;

use crate::Result;
use crate::compare::{Comparer, Scratch};
use crate::data::{Data, Mode};
use crate::error::LinkageError;
use crate::hash::{self, WordMap};
use crate::keys::Keys;
use crate::plan::Plan;
use crate::spec::Limits;
use crate::store::{Compared, Room, ShardPairs};

/// Blocks whose rows are brought near together.
const NEAR: usize = 24;

/// How often each pattern was seen, by the rules that the pair satisfies.
pub(crate) type Counts = WordMap<(u64, u64), u64>;

/// Everything a shard needs; the same for all.
pub(crate) struct Job<'a> {
    pub(crate) data: &'a Data,
    pub(crate) keys: &'a Keys,
    pub(crate) plan: &'a Plan,
    pub(crate) comparer: &'a Comparer,
    pub(crate) room: &'a Room,
    /// What threads need while they compare, lent and given back.
    pub(crate) scratches: Mutex<Vec<Scratch>>,
}

/// What a shard made.
#[derive(Debug, Default)]
pub(crate) struct ShardDone {
    pub(crate) pairs: ShardPairs,
    pub(crate) counts: Counts,
    pub(crate) tally: Tally,
}

/// What a shard counted, held against the plan.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Tally {
    /// Pairs that its blocks made.
    pub(crate) made: u64,
    /// Of them, those that another key or an earlier rule makes too.
    pub(crate) elsewhere: u64,
    /// The sum of the hashes of its rows.
    pub(crate) rows_sum: u64,
    /// Pairs that it kept, and the sum of their hashes.
    pub(crate) kept: u64,
    pub(crate) kept_sum: u64,
    /// Kept pairs that are truly the same person.
    pub(crate) matches: u64,
}

impl Tally {
    /// Whether nothing was lost or doubled.
    pub(crate) fn check(&self, plan: &Plan, rule: usize, shard: usize) -> Result<()> {
        let planned = plan.rules[rule].shard(shard);
        let whole =
            self.made == planned.pairs && self.rows_sum == planned.rows_sum && self.kept + self.elsewhere == self.made;
        if whole {
            return Ok(());
        }
        Err(LinkageError::Broken(format!(
            "shard {shard} of rule {rule} was planned with {} pairs and made {}, of which it kept {}",
            planned.pairs, self.made, self.kept
        )))
    }

    /// Whether these are the pairs that were kept.
    pub(crate) fn check_pairs(&self, pairs: &ShardPairs) -> Result<()> {
        let mut sum = 0_u64;
        pairs.for_each(|pair| {
            sum = sum.wrapping_add(sum_of(pair));
            Ok(())
        })?;
        if pairs.len() == self.kept && sum == self.kept_sum {
            return Ok(());
        }
        Err(LinkageError::Broken("a shard's pairs are not those that were counted".to_owned()))
    }
}

fn sum_of(pair: Compared) -> u64 {
    hash::fold(hash::mix((u64::from(pair.left) << 32) | u64::from(pair.right)), pair.pattern)
}

/// The room for pairs: what the limit leaves beside everything else that a shard needs.
pub(crate) fn room(limits: &Limits, data: &Data, keys: &Keys, plan: &Plan, comparer: &Comparer) -> Result<Room> {
    Room::beside(limits, data.held() + keys.held() + plan.held() + comparer.derived().held())
}

impl Job<'_> {
    /// Makes and compares the pairs of one shard of one rule.
    pub(crate) fn run(&self, rule: usize, shard: usize) -> Result<ShardDone> {
        let mut scratch = self.lend();
        let mut done = ShardDone::default();
        let blocks: Vec<(u64, &[u32])> = self.plan.rules[rule].blocks(shard).collect();
        for near in blocks.chunks(NEAR) {
            near.iter().flat_map(|(_, block)| *block).for_each(|row| self.touch(*row));
            for (key, block) in near {
                self.block(rule, *key, block, &mut scratch, &mut done)?;
            }
        }
        done.pairs.close()?;
        done.tally.check(self.plan, rule, shard)?;
        if let Ok(mut scratches) = self.scratches.lock() {
            scratches.push(scratch);
        }
        Ok(done)
    }

    /// Brings a row near the processor. The rows of a block lie far apart in memory: asked for one after the other
    /// without waiting, they come together.
    fn touch(&self, row: u32) {
        let keys = self.keys.row(row);
        std::hint::black_box((keys.first().copied(), keys.last().copied(), self.data.row(row).first().copied()));
    }

    fn lend(&self) -> Scratch {
        let lent = self.scratches.lock().ok().and_then(|mut scratches| scratches.pop());
        lent.unwrap_or_else(|| self.comparer.scratch())
    }

    fn block(&self, rule: usize, key: u64, block: &[u32], scratch: &mut Scratch, done: &mut ShardDone) -> Result<()> {
        for row in block {
            done.tally.rows_sum = done.tally.rows_sum.wrapping_add(hash::mix(u64::from(*row)));
        }
        let split = block.partition_point(|row| (*row as usize) < self.data.left_rows);
        let lefts = if self.data.mode == Mode::Link { split } else { block.len() };
        for (at, left) in block[..lefts].iter().enumerate() {
            let rights = if self.data.mode == Mode::Link { &block[split..] } else { &block[at + 1..] };
            done.tally.made += rights.len() as u64;
            for right in rights {
                self.pair(rule, key, (*left, *right), scratch, done)?;
            }
        }
        Ok(())
    }

    fn pair(
        &self,
        rule: usize,
        key: u64,
        (left, right): (u32, u32),
        scratch: &mut Scratch,
        done: &mut ShardDone,
    ) -> Result<()> {
        let satisfied = self.keys.satisfied(left, right);
        let earlier = satisfied & ((1 << rule) - 1) != 0;
        if earlier || (key != 0 && self.keys.shared(left, right, rule) != Some(key)) {
            done.tally.elsewhere += 1;
            return Ok(());
        }
        let pattern = self.comparer.pattern(self.data, self.data.row(left), self.data.row(right), scratch);
        let pair = Compared { left, right, pattern };
        *done.counts.entry((pattern, satisfied)).or_insert(0) += 1;
        done.tally.kept += 1;
        done.tally.kept_sum = done.tally.kept_sum.wrapping_add(sum_of(pair));
        done.tally.matches += u64::from(self.data.is_match(left, right) == Some(true));
        done.pairs.push(pair, self.room)
    }
}
