//! Splink's model JSON, read where it maps: comparisons, levels, m, u, prior and blocking rules.
//!
//! What does not map is refused by name, never left out silently.

mod sql;

use serde::Deserialize;

use crate::Result;
use crate::error::LinkageError;
use crate::model::{ComparisonModel, FORMAT, LevelModel, Model, RuleModel};
use crate::spec::{Block, Clusters, Column, Comparison, Estimate, Input, Kind, Limits, Prior, Scoring, Spec};

/// Bounds of what is taken from the file.
const SMALLEST: f64 = 1e-12;

#[derive(Deserialize)]
struct Settings {
    #[serde(default)]
    link_type: Option<String>,
    probability_two_random_records_match: f64,
    comparisons: Vec<SplinkComparison>,
    blocking_rules_to_generate_predictions: Vec<Rule>,
    #[serde(default)]
    unique_id_column_name: Option<String>,
}

/// Older versions write a rule as text, newer ones as an object.
#[derive(Deserialize)]
#[serde(untagged)]
enum Rule {
    Text(String),
    Object { blocking_rule: String },
}

#[derive(Deserialize)]
struct SplinkComparison {
    output_column_name: String,
    comparison_levels: Vec<SplinkLevel>,
}

#[derive(Deserialize)]
struct SplinkLevel {
    sql_condition: String,
    #[serde(default)]
    is_null_level: bool,
    #[serde(default)]
    m_probability: Option<f64>,
    #[serde(default)]
    u_probability: Option<f64>,
    #[serde(default)]
    tf_adjustment_column: Option<String>,
}

impl Model {
    /// Reads a model from JSON, ours or Splink's.
    ///
    /// # Errors
    /// [`LinkageError::Model`], which names what does not map.
    pub fn read(text: &str) -> Result<Self> {
        let value: serde_json::Value = serde_json::from_str(text)
            .map_err(|error| LinkageError::Model(format!("line {}: it is not JSON", error.line())))?;
        if value.get("blocking_rules_to_generate_predictions").is_none() {
            return Self::from_json(text);
        }
        let settings: Settings = serde_json::from_value(value)
            .map_err(|error| LinkageError::Model(format!("Splink's settings cannot be read: {error}")))?;
        convert(&settings)
    }
}

fn convert(settings: &Settings) -> Result<Model> {
    let mut columns = Vec::new();
    let mut comparisons = Vec::new();
    let mut learned = Vec::new();
    for comparison in &settings.comparisons {
        let (asked, model) = one(comparison)?;
        columns.extend(asked.columns.clone());
        comparisons.push(asked);
        learned.push(model);
    }
    let mut blocks = Vec::new();
    for rule in &settings.blocking_rules_to_generate_predictions {
        let (Rule::Text(sql) | Rule::Object { blocking_rule: sql }) = rule;
        let (on, used) = sql::rule(sql).ok_or_else(|| LinkageError::Model(format!("the rule {sql:?} does not map")))?;
        columns.extend(used);
        blocks.push(Block { on });
    }
    columns.sort_unstable();
    columns.dedup();
    let id = settings.unique_id_column_name.clone().unwrap_or_else(|| "unique_id".to_owned());
    let within = settings.link_type.as_deref() == Some("link_and_dedupe");
    let spec = Spec {
        input: Input { id, within, ..Input::default() },
        columns: columns.into_iter().map(raw).collect(),
        comparisons,
        blocks,
        prior: Prior::default(),
        estimate: Estimate::default(),
        scoring: Scoring { competition: Some(false), ..Scoring::default() },
        clusters: Clusters::default(),
        limits: Limits::default(),
    };
    spec.check()?;
    let rules = spec.blocks.iter().map(|block| RuleModel { on: block.on.clone(), prior: 0.5 }).collect();
    Ok(Model {
        format: FORMAT,
        prior: settings.probability_two_random_records_match.clamp(SMALLEST, 0.5),
        prior_source: "fixed".to_owned(),
        comparisons: learned,
        rules,
        household: None,
        spec,
    })
}

fn raw(name: String) -> Column {
    // As it stands: Splink compares what its user has cleaned.
    Column {
        name,
        kind: Kind::Raw,
        from: Vec::new(),
        from_right: Vec::new(),
        separator: None,
        missing: Vec::new(),
        format: None,
    }
}

fn one(comparison: &SplinkComparison) -> Result<(Comparison, ComparisonModel)> {
    let name: String =
        comparison.output_column_name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    let mut columns: Vec<String> = Vec::new();
    let mut levels = Vec::new();
    let (mut written, mut has_else) = (Vec::new(), false);
    for level in comparison.comparison_levels.iter().filter(|level| !level.is_null_level) {
        let slip = |why: &str| LinkageError::Model(format!("the comparison {name:?}: {:?} {why}", level.sql_condition));
        let is_else = level.sql_condition.trim().eq_ignore_ascii_case("else");
        let when = if is_else {
            "else".to_owned()
        } else {
            let (when, used) = sql::level(&level.sql_condition).ok_or_else(|| slip("does not map"))?;
            columns.extend(used.into_iter().filter(|column| !columns.contains(column)).collect::<Vec<_>>());
            written.push(when.clone());
            when
        };
        has_else |= is_else;
        let (Some(m), Some(u)) = (level.m_probability, level.u_probability) else {
            return Err(slip("has no m or u: train the model before it is saved"));
        };
        let share = |value: f64| value.clamp(SMALLEST, 1.0);
        levels.push(LevelModel { when, m: share(m), u: share(u), u_household: Vec::new() });
    }
    if !has_else {
        return Err(LinkageError::Model(format!("the comparison {name:?} has no ELSE level")));
    }
    let term_frequency = comparison.comparison_levels.iter().any(|level| level.tf_adjustment_column.is_some());
    let asked = Comparison { name: name.clone(), columns, levels: written, term_frequency };
    Ok((asked, ComparisonModel { name, levels, term_frequency, m_estimated: true }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPLINK: &str = r#"{
      "link_type": "link_only", "probability_two_random_records_match": 0.0001, "unique_id_column_name": "rec_id",
      "blocking_rules_to_generate_predictions": [
        {"blocking_rule": "l.\"surname\" = r.\"surname\" AND SUBSTR(l.dob, 1, 4) = SUBSTR(r.dob, 1, 4)", "sql_dialect": "duckdb"},
        "l.postcode = r.postcode"],
      "comparisons": [{"output_column_name": "surname", "comparison_levels": [
        {"sql_condition": "\"surname_l\" IS NULL OR \"surname_r\" IS NULL", "is_null_level": true},
        {"sql_condition": "\"surname_l\" = \"surname_r\"", "m_probability": 0.8, "u_probability": 0.01,
         "tf_adjustment_column": "surname"},
        {"sql_condition": "jaro_winkler_similarity(\"surname_l\", \"surname_r\") >= 0.92", "m_probability": 0.1, "u_probability": 0.01},
        {"sql_condition": "ELSE", "m_probability": 0.1, "u_probability": 0.98}]}]}"#;

    #[test]
    fn a_splink_model_is_read_with_its_levels_and_rules() {
        let model = Model::read(SPLINK).unwrap();
        assert_eq!(model.spec.blocks[0].on, "surname, prefix(dob, 4)");
        assert_eq!(model.spec.comparisons[0].levels, ["exact(surname)", "jaro_winkler(surname) >= 0.92"]);
        assert!(model.spec.comparisons[0].term_frequency);
        assert_eq!(model.comparisons[0].levels[2].u, 0.98);
        assert_eq!(Model::read(&model.to_json()).unwrap(), model);
    }

    #[test]
    fn what_does_not_map_is_named() {
        let text = SPLINK.replace("jaro_winkler_similarity", "my_own_function");
        let error = Model::read(&text).unwrap_err().to_string();
        assert!(
            error.contains("surname") && error.contains("my_own_function") && error.contains("does not map"),
            "{error}"
        );
    }
}
