//! A trained model: readable JSON that can be kept, looked at, edited and used again.
//!
//! The types are the file. It must never know how it was estimated.

use serde::{Deserialize, Serialize};

use crate::Result;
use crate::error::LinkageError;
use crate::spec::Spec;

/// The version of the format that is written.
pub(crate) const FORMAT: u32 = 1;

/// What was learned about agreement among matches and among non-matches.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// The version of this format.
    pub format: u32,
    /// The specification it was trained for.
    pub spec: Spec,
    /// The probability that two random records match.
    pub prior: f64,
    /// Where the prior comes from: `fixed`, `deterministic rules` or `estimated`.
    pub prior_source: String,
    /// The comparisons, in the specification's order.
    pub comparisons: Vec<ComparisonModel>,
    /// The blocking rules, in the specification's order.
    pub rules: Vec<RuleModel>,
    /// The joint habits of people who live together, where a household comparison is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub household: Option<HouseholdModel>,
}

/// One comparison.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ComparisonModel {
    /// Its name.
    pub name: String,
    /// Its levels as the specification lists them, the closest first; the last is `else`.
    pub levels: Vec<LevelModel>,
    /// Whether agreeing on a rare value counts for more. The frequencies are those of the data that is linked.
    pub term_frequency: bool,
    /// Whether m was learned; if not, every blocking rule uses its columns and m is a default.
    pub m_estimated: bool,
}

/// One level of a comparison.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LevelModel {
    /// The level as written, or `else`.
    pub when: String,
    /// P(level | match).
    pub m: f64,
    /// P(level | not a match).
    pub u: f64,
    /// P(level | not a match, agreeing on the household comparison's level), one for each of its levels that count
    /// as the same household, the closest first; empty where no household comparison is named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub u_household: Vec<f64>,
}

impl LevelModel {
    /// log2(m/u): what reaching this level adds to a pair's weight.
    #[must_use]
    pub fn weight(&self) -> f64 {
        (self.m / self.u).log2()
    }
}

/// One blocking rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleModel {
    /// The rule as written.
    pub on: String,
    /// The share of matches among the pairs that satisfy it.
    pub prior: f64,
}

/// What people who live together and are not the same person have in common.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HouseholdModel {
    /// The comparison that says "same household".
    pub comparison: String,
    /// How many of its levels, the closest first, count as the same household.
    pub levels: u32,
}

impl Model {
    /// Reads a model from JSON.
    ///
    /// # Errors
    /// [`LinkageError::Model`] when it is no model of this format or holds an impossible number.
    pub fn from_json(text: &str) -> Result<Self> {
        let model: Self = serde_json::from_str(text)
            .map_err(|error| LinkageError::Model(format!("line {}: {error}", error.line())))?;
        model.check()?;
        Ok(model)
    }

    /// Writes the model as readable JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        // Every field is a plain value: there is nothing that JSON cannot say.
        serde_json::to_string_pretty(self).unwrap_or_default()
    }

    fn check(&self) -> Result<()> {
        let refuse = |why: String| Err(LinkageError::Model(why));
        if self.format != FORMAT {
            return refuse(format!("its format is {}, this program reads {FORMAT}", self.format));
        }
        let is_share = |value: f64| value > 0.0 && value <= 1.0;
        if !is_share(self.prior) {
            return refuse("its prior is not between 0 and 1".to_owned());
        }
        for comparison in &self.comparisons {
            for level in &comparison.levels {
                let fine = is_share(level.m) && is_share(level.u) && level.u_household.iter().all(|u| is_share(*u));
                if !fine {
                    return refuse(format!(
                        "the comparison {:?}, level {:?}: m and u must be above 0 and at most 1",
                        comparison.name, level.when
                    ));
                }
            }
        }
        self.fits(&self.spec)
    }

    /// Whether the model speaks of exactly the comparisons of `spec`.
    pub(crate) fn fits(&self, spec: &Spec) -> Result<()> {
        let same = self.comparisons.len() == spec.comparisons.len()
            && self.comparisons.iter().zip(&spec.comparisons).all(|(model, asked)| {
                let written = model.levels.iter().map(|level| level.when.as_str());
                model.name == asked.name && written.eq(asked.levels.iter().map(String::as_str).chain(["else"]))
            });
        if same {
            return Ok(());
        }
        Err(LinkageError::Model(
            "its comparisons and levels are not those of the specification: train again, or link by the model's own \
             specification"
                .to_owned(),
        ))
    }
}
