//! One pair of records and what was decided of it.

use serde::{Deserialize, Serialize};

/// Two records that may be the same person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pair {
    /// The record's id in the first table (in a table against itself: the one that stands earlier).
    pub left_id: String,
    /// The record's id in the second table.
    pub right_id: String,
    /// The probability that both are the same person, after competition, 0 to 1.
    pub probability: f64,
    /// The match weight: log2 of the odds, after competition.
    pub weight: f64,
    /// The level each comparison reached, in the order of the model's comparisons: −1 where a value is missing,
    /// 0 where no level holds, then upward: the highest number is the level written first.
    pub levels: Vec<i8>,
}
