//! Comparisons made ready: tests on pairs of values, one bit each, and levels as sets of bits.

use crate::Result;
use crate::data::Data;
use crate::error::LinkageError;
use crate::spec::expression::{Condition, Derive, Measure, Test, parse_level};
use crate::spec::{Comparison, Spec};

/// Most different tests of one comparison: one bit each in a word.
const TESTS: usize = 64;

/// One comparison.
#[derive(Debug)]
pub(crate) struct Compiled {
    pub(crate) operands: Vec<Operand>,
    /// The levels in order, each with its alternatives.
    pub(crate) levels: Vec<Vec<Alternative>>,
    /// What one step of its code adds to a pattern.
    pub(crate) place: u64,
    /// The columns whose values are the same at the first level, if that is all it asks for: most pairs that are made
    /// reach it, and need no look at anything else.
    pub(crate) exact_first: Vec<usize>,
    /// The columns it looks at.
    pub(crate) columns: Vec<usize>,
    /// The first column, if rarity counts.
    pub(crate) term_frequency: Option<usize>,
}

/// Tests that must all pass.
#[derive(Debug, Clone)]
pub(crate) struct Alternative {
    bits: u64,
    pub(crate) tests: Vec<Tested>,
}

/// One test of an alternative, with its columns found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Tested {
    pub(crate) left: usize,
    pub(crate) right: usize,
    pub(crate) test: Test,
}

/// The tests on the values of one column on the left and one on the right.
#[derive(Debug)]
pub(crate) struct Operand {
    pub(crate) left: usize,
    pub(crate) right: usize,
    pub(crate) groups: Vec<Group>,
}

/// Tests that need one thing to be worked out.
#[derive(Debug)]
pub(crate) enum Group {
    /// What is made of both is the same.
    Same(Derive, u64),
    /// A measure against several bounds, each with its bit.
    Within(Measure, Vec<(f64, u64)>),
}

impl Compiled {
    /// How many codes: missing, each level, else.
    pub(crate) fn codes(&self) -> u32 {
        self.levels.len() as u32 + 2
    }

    /// This comparison's code in a pattern.
    pub(crate) fn code_in(&self, pattern: u64) -> u8 {
        (pattern / self.place % u64::from(self.codes())) as u8
    }

    /// The code of the first level that the bits reach.
    pub(super) fn level(&self, bits: u64) -> u8 {
        let reached = |level: &Vec<Alternative>| level.iter().any(|all| bits & all.bits == all.bits);
        self.levels.iter().position(reached).unwrap_or(self.levels.len()) as u8 + 1
    }

    /// What must be made of values before comparing.
    pub(super) fn derives(&self) -> Vec<(Derive, usize)> {
        let mut derives = Vec::new();
        for operand in &self.operands {
            for group in &operand.groups {
                let Group::Same(how, _) = group else { continue };
                if *how != Derive::Whole || operand.left != operand.right {
                    derives.extend([(*how, operand.left), (*how, operand.right)]);
                }
            }
        }
        derives
    }
}

/// Makes every comparison of a checked specification ready.
pub(super) fn compile(spec: &Spec, data: &Data) -> Result<Vec<Compiled>> {
    let mut place = 1_u64;
    let mut all = Vec::new();
    for comparison in &spec.comparisons {
        let compiled = one(comparison, data, place)?;
        place = place.checked_mul(u64::from(compiled.codes())).ok_or_else(|| {
            LinkageError::Spec("the comparisons have too many levels together: join some of them".to_owned())
        })?;
        all.push(compiled);
    }
    Ok(all)
}

fn one(comparison: &Comparison, data: &Data, place: u64) -> Result<Compiled> {
    let slip = |what: String| LinkageError::Spec(format!("the comparison {:?}: {what}", comparison.name));
    let first = comparison.columns.first().map(String::as_str).unwrap_or_default();
    let mut bits = Bits::default();
    let mut levels = Vec::new();
    for level in &comparison.levels {
        let mut alternatives = Vec::new();
        for conditions in parse_level(level, first).map_err(slip)? {
            let tests: Option<Vec<Tested>> = conditions.iter().map(|condition| find(condition, data)).collect();
            let tests = tests.ok_or_else(|| slip("a column is not known".to_owned()))?;
            let mut all = 0;
            for test in &tests {
                all |= bits.bit(*test).ok_or_else(|| slip(format!("it has more than {TESTS} different conditions")))?;
            }
            alternatives.push(Alternative { bits: all, tests });
        }
        levels.push(alternatives);
    }
    let columns: Vec<usize> = comparison.columns.iter().filter_map(|name| data.column(name)).collect();
    let operands = bits.operands();
    let same = |tested: &Tested| tested.left == tested.right && tested.test == Test::Same(Derive::Whole);
    let exact_first = match levels.first().map(Vec::as_slice) {
        Some([first]) if first.tests.iter().all(same) => first.tests.iter().map(|tested| tested.left).collect(),
        _ => Vec::new(),
    };
    let term_frequency = columns.first().copied().filter(|_| comparison.term_frequency);
    Ok(Compiled { operands, levels, place, exact_first, columns, term_frequency })
}

fn find(condition: &Condition, data: &Data) -> Option<Tested> {
    let (left, right) = (data.column(&condition.left)?, data.column(&condition.right)?);
    Some(Tested { left, right, test: condition.test })
}

/// The different tests of a comparison.
#[derive(Default)]
struct Bits {
    tests: Vec<Tested>,
}

impl Bits {
    fn bit(&mut self, test: Tested) -> Option<u64> {
        let place = self.tests.iter().position(|known| *known == test).unwrap_or_else(|| {
            self.tests.push(test);
            self.tests.len() - 1
        });
        (place < TESTS).then(|| 1 << place)
    }

    /// The tests by the columns they need.
    fn operands(&self) -> Vec<Operand> {
        let mut operands: Vec<Operand> = Vec::new();
        for (place, tested) in self.tests.iter().enumerate() {
            let bit = 1 << place;
            let known = operands.iter().position(|known| known.left == tested.left && known.right == tested.right);
            let at = known.unwrap_or_else(|| {
                operands.push(Operand { left: tested.left, right: tested.right, groups: Vec::new() });
                operands.len() - 1
            });
            let groups = &mut operands[at].groups;
            match tested.test {
                Test::Same(how) => groups.push(Group::Same(how, bit)),
                Test::Within(measure, bound) => {
                    let same = groups.iter_mut().find_map(|group| match group {
                        Group::Within(known, bounds) if *known == measure => Some(bounds),
                        _ => None,
                    });
                    match same {
                        Some(bounds) => bounds.push((bound, bit)),
                        None => groups.push(Group::Within(measure, vec![(bound, bit)])),
                    }
                }
            }
        }
        operands
    }
}
