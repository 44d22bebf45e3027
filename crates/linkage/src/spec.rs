//! The specification of a linkage: what is compared, which pairs are looked at, and how far to trust them.
//!
//! The types are the TOML file. It must never know how anything is computed.

mod check;
pub mod expression;
mod read;

pub(crate) use check::nearest;

use serde::{Deserialize, Serialize};

/// Everything that decides a linkage besides the data. Written as TOML; see [`Spec::parse`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// Which columns name a record.
    #[serde(default)]
    pub input: Input,
    /// The columns that are compared or blocked on, with their cleaning.
    #[serde(default, rename = "column")]
    pub columns: Vec<Column>,
    /// The comparisons, each with its levels.
    #[serde(default, rename = "comparison")]
    pub comparisons: Vec<Comparison>,
    /// The blocking rules: a pair is looked at when it satisfies any of them.
    #[serde(default, rename = "block")]
    pub blocks: Vec<Block>,
    /// How common matches are.
    #[serde(default)]
    pub prior: Prior,
    /// How the model is estimated.
    #[serde(default)]
    pub estimate: Estimate,
    /// How pairs are judged.
    #[serde(default)]
    pub scoring: Scoring,
    /// How pairs become clusters.
    #[serde(default, rename = "cluster")]
    pub clusters: Clusters,
    /// What a run may use up.
    #[serde(default)]
    pub limits: Limits,
}

/// Which columns name a record and, where it is known, the person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Input {
    /// The column that names each record, in both tables.
    pub id: String,
    /// The column that names the record in the second table, where it is called differently.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id_right: Option<String>,
    /// The column that says who it truly is, where that is known: it is never compared, only used to measure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub truth: Option<String>,
    /// Columns of the specification by which people are grouped, to see who is linked worse; dates by ten years. They
    /// need not be compared.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<String>,
    /// With two tables: whether pairs within each table are looked for too.
    pub within: bool,
}

impl Default for Input {
    fn default() -> Self {
        Self { id: "id".to_owned(), id_right: None, truth: None, groups: Vec::new(), within: false }
    }
}

/// What a column holds; decides how it is cleaned and which measures fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Any text: lower case, accents folded, blanks collapsed.
    Text,
    /// A name: as text, and only letters and blanks remain.
    Name,
    /// A calendar date in any of the usual forms, day before month; kept as `YYYY-MM-DD`.
    Date,
    /// A UK postcode: upper case with its blank; what is none becomes missing.
    Postcode,
    /// A decimal number.
    Number,
    /// Latitude and longitude in degrees, as `51.5,-0.12`.
    Coordinates,
    /// An identifier with a format of its own; see [`Column::format`].
    Identifier,
    /// Exactly as it stands.
    Raw,
}

/// One column of the linkage.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// Its name in the rest of the specification.
    pub name: String,
    /// What it holds.
    pub kind: Kind,
    /// The table columns it is made of, if not the one of its own name; several make several values per record.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub from: Vec<String>,
    /// The same for the second table, where they are called differently.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub from_right: Vec<String>,
    /// The character that separates several values in one cell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub separator: Option<char>,
    /// Values that mean "missing", such as `unknown`; compared after cleaning.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<String>,
    /// For identifiers: the format's name, such as `nhs-number` or `nino`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
}

/// One comparison: an ordered list of levels, the closest agreement first; "else" stands last unwritten.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Comparison {
    /// Its name, such as `surname`.
    pub name: String,
    /// The columns it looks at; a level's measure without a column means the first.
    pub columns: Vec<String>,
    /// The levels as expressions, such as `exact`, `jaro_winkler >= 0.92`, `exact(address) and exact(postcode)`.
    pub levels: Vec<String>,
    /// Whether agreeing on a rare value counts for more: applies to levels that are `exact` on the first column.
    #[serde(default)]
    pub term_frequency: bool,
}

/// One blocking rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Block {
    /// The keys that must be equal, such as `surname, year(dob)` or `soundex(surname), prefix(postcode, 4)`.
    pub on: String,
}

/// How common matches are among all pairs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Prior {
    /// Rules, written as blocking rules, that hold for hardly any pair of different people; without one, the prior
    /// is estimated together with everything else.
    pub deterministic: Vec<String>,
    /// The share of true matches that these rules find, 0 to 1.
    pub recall: f64,
    /// A fixed probability that two random records match, which overrides the rules.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub probability: Option<f64>,
}

impl Default for Prior {
    fn default() -> Self {
        Self { deterministic: Vec::new(), recall: 0.7, probability: None }
    }
}

/// How the model is estimated.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Estimate {
    /// Random pairs from which u of fuzzy levels is counted.
    pub random_pairs: u64,
    /// Rounds of expectation and maximisation at most.
    pub rounds_max: u32,
    /// The comparison that says "same household", such as `place`: among pairs that agree on it, every other
    /// comparison has a u of its own, because people who live together share more than strangers do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub household: Option<String>,
}

impl Default for Estimate {
    fn default() -> Self {
        Self { random_pairs: 200_000, rounds_max: 100, household: None }
    }
}

/// How pairs are judged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Scoring {
    /// Pairs below this probability are not written out.
    pub keep: f64,
    /// Whether the runner-up of either record lowers a pair's weight; right where a table holds a person once.
    /// Unless said: yes between two tables, no within one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub competition: Option<bool>,
}

impl Default for Scoring {
    fn default() -> Self {
        Self { keep: 0.01, competition: None }
    }
}

/// How often a record may be linked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cardinality {
    /// Any number of links.
    #[default]
    Any,
    /// Each record at most once: the heaviest pairs win.
    OneToOne,
    /// A record of the second table at most once; one of the first any number of times.
    OneToMany,
    /// A record of the first table at most once; one of the second any number of times.
    ManyToOne,
}

/// How pairs become clusters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Clusters {
    /// Pairs at or above this probability are joined.
    pub threshold: f64,
    /// How often a record may be linked.
    pub cardinality: Cardinality,
}

impl Default for Clusters {
    fn default() -> Self {
        Self { threshold: 0.95, cardinality: Cardinality::Any }
    }
}

/// What a run may use up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Pairs that one blocking rule may make.
    pub pairs_max: u64,
    /// Megabytes that a process of the run holds: records must fit, pairs that do not go to temporary files.
    pub memory_mb: u64,
    /// Bytes of one cell.
    pub cell_bytes_max: u64,
    /// Shards that each rule's pairs are cut into: decides the order of the result, not its content.
    pub shards: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { pairs_max: 500_000_000, memory_mb: 2048, cell_bytes_max: 1 << 20, shards: 32 }
    }
}
