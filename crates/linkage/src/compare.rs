//! Comparing two records: which level each comparison reaches, as one number for the whole pair.
//!
//! What depends on two values is worked out once for each pair of values, not of records.

mod compile;
mod measure;

pub(crate) use compile::{Alternative, Compiled, Tested};

use crate::Result;
use crate::data::Data;
use crate::kernel::Positions;
use crate::keys::Derived;
use crate::spec::Spec;
use crate::table::MISSING;

/// Slots of one cache of value pairs: few enough for all caches of a thread to stay near the processor.
const SLOTS: usize = 1 << 13;

/// Everything needed to compare; the same for all threads.
#[derive(Debug)]
pub(crate) struct Comparer {
    pub(crate) comparisons: Vec<Compiled>,
    derived: Derived,
}

/// What one thread needs while it compares.
pub(crate) struct Scratch {
    positions: Positions,
    caches: Vec<Vec<Cache>>,
}

/// The tests that two values pass, kept by the pair of their numbers; what is newer displaces what is older.
struct Cache(Vec<Slot>);

/// A pair of numbers, and the tests it passes: side by side, so that one look finds both.
#[derive(Clone, Copy)]
struct Slot {
    key: u64,
    bits: u64,
}

impl Comparer {
    pub(crate) fn new(spec: &Spec, data: &Data) -> Result<Self> {
        let comparisons = compile::compile(spec, data)?;
        let derived = Derived::new(data, comparisons.iter().flat_map(Compiled::derives));
        Ok(Self { comparisons, derived })
    }

    pub(crate) fn scratch(&self) -> Scratch {
        let cache = |compiled: &Compiled| compiled.operands.iter().map(|_| Cache::new()).collect();
        Scratch { positions: Positions::new(), caches: self.comparisons.iter().map(cache).collect() }
    }

    /// The pair's pattern: its codes, each times the comparison's place value.
    pub(crate) fn pattern(&self, data: &Data, left: &[u32], right: &[u32], scratch: &mut Scratch) -> u64 {
        let mut pattern = 0;
        for (compiled, caches) in self.comparisons.iter().zip(&mut scratch.caches) {
            let code = self.code(compiled, data, left, right, caches, &mut scratch.positions);
            pattern += u64::from(code) * compiled.place;
        }
        pattern
    }

    /// 0 where a value is missing, else 1 for the level written first, and so on; the highest is "else".
    fn code(
        &self,
        compiled: &Compiled,
        data: &Data,
        left: &[u32],
        right: &[u32],
        caches: &mut [Cache],
        positions: &mut Positions,
    ) -> u8 {
        let same = |column: &usize| left[*column] == right[*column] && left[*column] != MISSING;
        if !compiled.exact_first.is_empty() && compiled.exact_first.iter().all(same) {
            return 1;
        }
        let (mut bits, mut missing) = (0_u64, true);
        for (operand, cache) in compiled.operands.iter().zip(caches) {
            let (l, r) = (left[operand.left], right[operand.right]);
            if l == MISSING || r == MISSING {
                continue;
            }
            missing = false;
            bits |= cache.get(l, r, || measure::tests(operand, data, &self.derived, l, r, positions));
        }
        if missing { 0 } else { compiled.level(bits) }
    }

    /// The codes that a pattern is made of.
    pub(crate) fn codes(&self, pattern: u64) -> impl Iterator<Item = u8> {
        self.comparisons.iter().map(move |compiled| compiled.code_in(pattern))
    }

    /// How many patterns there can be; patterns are below it.
    pub(crate) fn patterns(&self) -> u64 {
        self.comparisons.last().map_or(1, |last| last.place.saturating_mul(u64::from(last.codes())))
    }

    /// What was made of the values of a column.
    pub(crate) fn derived(&self) -> &Derived {
        &self.derived
    }
}

impl Cache {
    fn new() -> Self {
        Self(vec![Slot { key: u64::MAX, bits: 0 }; SLOTS])
    }

    fn get(&mut self, left: u32, right: u32, work_out: impl FnOnce() -> u64) -> u64 {
        let key = (u64::from(left) << 32) | u64::from(right);
        let slot = &mut self.0[crate::hash::mix(key) as usize % SLOTS];
        if slot.key != key {
            *slot = Slot { key, bits: work_out() };
        }
        slot.bits
    }
}
