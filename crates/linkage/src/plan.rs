//! The plan of a run: for each rule its blocks, cut into shards, with everything counted before a pair is made.
//!
//! A shard holds the blocks whose keys fall into it. Which shard that is depends on the key alone, so that any number
//! of threads or processes makes the same pairs in the same order, shard by shard.

use rayon::prelude::*;

use crate::Result;
use crate::data::{Data, Mode, pairs};
use crate::error::LinkageError;
use crate::hash::{self, WordHasher};
use crate::keys::Keys;
use crate::spec::Spec;
use crate::spec::expression::parse_rule;
use crate::store::fits;

/// A set of keys.
type KeySet = std::collections::HashSet<u64, std::hash::BuildHasherDefault<WordHasher>>;

/// One rule's blocks.
#[derive(Debug, Default)]
pub(crate) struct RulePlan {
    /// The rows of all blocks that make a pair, block by block; in a block, in the tables' order.
    rows: Vec<u32>,
    /// Where each block ends.
    ends: Vec<u32>,
    /// The key of each block, where a pair could share several.
    block_keys: Vec<u64>,
    /// Where each shard's blocks end.
    shards: Vec<Shard>,
    /// Rows that have all keys.
    pub(crate) keyed: u64,
    /// Different keys.
    pub(crate) keys: u64,
    /// Pairs that satisfy the rule.
    pub(crate) pairs: u128,
    /// Pairs of the largest block.
    pub(crate) largest: u128,
}

/// What must hold of one shard of one rule, known before it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shard {
    /// The last block, exclusively.
    end: usize,
    /// Pairs that its blocks make.
    pub(crate) pairs: u64,
    /// The sum of its rows' hashes: whichever order they stand in.
    pub(crate) rows_sum: u64,
}

/// The blocks of a run.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) rules: Vec<RulePlan>,
    pub(crate) shards: usize,
}

impl Plan {
    /// Bytes of memory that it takes.
    pub(crate) fn held(&self) -> usize {
        let held = |rule: &RulePlan| 4 * (rule.rows.capacity() + rule.ends.capacity()) + 8 * rule.block_keys.capacity();
        self.rules.iter().map(held).sum()
    }

    /// The keys of every rule and its blocks, unless they would take more memory than a process may hold.
    pub(crate) fn with_keys(spec: &Spec, data: &Data) -> Result<(Keys, Self)> {
        let rules: Vec<_> = spec.blocks.iter().filter_map(|block| parse_rule(&block.on).ok()).collect();
        // While they are made: words for each row and rule, and a list of keys for each thread.
        let lists = rayon::current_num_threads().min(rules.len()) * size_of::<(u64, u32)>();
        fits(&spec.limits, data.held() + data.rows * (rules.len() * (8 + 4) + lists))?;
        let keys = Keys::new(data, &rules);
        let plan = Self::new(spec, data, &keys)?;
        Ok((keys, plan))
    }

    /// Finds the blocks of every rule, and refuses a rule that would explode before anything is compared.
    fn new(spec: &Spec, data: &Data, keys: &Keys) -> Result<Self> {
        let shards = spec.limits.shards as usize;
        let rules: Vec<RulePlan> =
            (0..keys.rules).into_par_iter().map(|rule| RulePlan::new(data, keys, rule, shards)).collect();
        for (plan, block) in rules.iter().zip(&spec.blocks) {
            if plan.pairs > u128::from(spec.limits.pairs_max) {
                return Err(LinkageError::Explosion {
                    rule: block.on.clone(),
                    pairs: plan.pairs,
                    largest: plan.largest,
                    limit: spec.limits.pairs_max,
                });
            }
        }
        Ok(Self { rules, shards })
    }
}

impl RulePlan {
    pub(crate) fn new(data: &Data, keys: &Keys, rule: usize, shards: usize) -> Self {
        let mut parted = part(data, keys, rule, shards);
        parted.par_iter_mut().for_each(|entries| entries.sort_unstable());
        let mut plan = Self::default();
        for entries in parted {
            plan.keyed += entries.len() as u64;
            plan.take(data, &entries, keys.has_further());
        }
        plan.rows.shrink_to_fit();
        plan.ends.shrink_to_fit();
        plan
    }

    /// Keeps the blocks of one shard that make a pair.
    fn take(&mut self, data: &Data, entries: &[(u64, u32)], keep_keys: bool) {
        let (before, mut rows_sum) = (self.pairs, 0_u64);
        for block in entries.chunk_by(|a, b| a.0 == b.0) {
            self.keys += 1;
            let left = block.partition_point(|(_, row)| (*row as usize) < data.left_rows);
            let made = pairs(data.mode, left as u128, (block.len() - left) as u128);
            if made == 0 {
                continue;
            }
            self.pairs += made;
            self.largest = self.largest.max(made);
            for (_, row) in block {
                rows_sum = rows_sum.wrapping_add(hash::mix(u64::from(*row)));
                self.rows.push(*row);
            }
            self.ends.push(self.rows.len() as u32);
            if keep_keys {
                self.block_keys.push(block[0].0);
            }
        }
        let pairs = u64::try_from(self.pairs - before).unwrap_or(u64::MAX);
        self.shards.push(Shard { end: self.ends.len(), pairs, rows_sum });
    }

    pub(crate) fn shard(&self, shard: usize) -> Shard {
        self.shards[shard]
    }

    /// The blocks of a shard, each with its key where a pair could share several, else 0.
    pub(crate) fn blocks(&self, shard: usize) -> impl Iterator<Item = (u64, &[u32])> {
        let first = shard.checked_sub(1).map_or(0, |before| self.shards[before].end);
        let start = move |block: usize| block.checked_sub(1).map_or(0, |before| self.ends[before] as usize);
        (first..self.shards[shard].end).map(move |block| {
            let key = self.block_keys.get(block).copied().unwrap_or(0);
            (key, &self.rows[start(block)..self.ends[block] as usize])
        })
    }
}

/// The keys and rows of a rule, parted by shard.
fn part(data: &Data, keys: &Keys, rule: usize, shards: usize) -> Vec<Vec<(u64, u32)>> {
    let mut parted = vec![Vec::with_capacity(data.rows / shards); shards];
    let wanted = few(data, keys, rule);
    for row in 0..data.rows as u32 {
        let mut push = |key: u64| {
            if key != 0 && wanted.as_ref().is_none_or(|wanted| wanted.contains(&key)) {
                parted[(key >> 32) as usize % shards].push((key, row));
            }
        };
        let (first, further) = keys.all(row, rule);
        if further.is_empty() {
            push(first);
        } else {
            further.iter().copied().for_each(push);
        }
    }
    parted
}

/// Where one table is small, only its keys are of interest in the other.
fn few(data: &Data, keys: &Keys, rule: usize) -> Option<KeySet> {
    let right = data.rows - data.left_rows;
    if data.mode != Mode::Link || right.min(data.left_rows) * 8 > data.rows {
        return None;
    }
    let rows = if right < data.left_rows { data.left_rows..data.rows } else { 0..data.left_rows };
    let mut set = KeySet::default();
    for row in rows {
        let (first, further) = keys.all(row as u32, rule);
        set.insert(first);
        set.extend(further);
    }
    Some(set)
}
